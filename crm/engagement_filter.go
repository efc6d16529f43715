package crm

import "klantkaart/db"

// EngagementFilter are conditions on leads, requests and projects; all given ones hold.
type EngagementFilter struct {
	And               []*EngagementFilter
	Or                []*EngagementFilter
	Not               *EngagementFilter
	Customer          *IDFilter
	Handler           *IDFilter
	Owner             *IDFilter
	Source            *IDFilter
	Campaign          *IDFilter `json:",omitempty"` // cursors of before it go on
	RequestedFunction *IDFilter
	Priorities        []EngagementPriority
	ExpectedCloseOn   *DateFilter
	StartOn           *DateFilter
	EndOn             *DateFilter
	IsRunning         *bool
}

// DateFilter are conditions on a day; all given ones hold.
type DateFilter struct {
	Eq     *Date
	Gt     *Date
	Gte    *Date
	Lt     *Date
	Lte    *Date
	IsNull *bool
}

// day adds the conditions on a column that holds a day.
func (c *conditions) day(column string, f *DateFilter) {
	if f == nil {
		return
	}
	for _, one := range []struct {
		operator string
		value    *Date
	}{{"=", f.Eq}, {">", f.Gt}, {">=", f.Gte}, {"<", f.Lt}, {"<=", f.Lte}} {
		if one.value != nil {
			c.add(column+" "+one.operator+" ?", string(*one.value))
		}
	}
	c.null(column+" IS NULL", f.IsNull)
}

// part turns the filter into one condition.
func (f *EngagementFilter) part(engine db.Engine, today Date, depth int) (db.Part, error) {
	if depth > maxFilterDepth {
		return db.Part{}, Invalid(Text{NL: "Een filter is ten hoogste vier niveaus diep.", EN: "A filter is at most four levels deep."}, "filter")
	}
	c := &conditions{engine: engine}
	c.reference("customer", "t.customer_id", f.Customer)
	c.reference("handler", "t.handler_id", f.Handler)
	c.reference("owner", "t.owner_id", f.Owner)
	c.reference("source", "t.source_id", f.Source)
	c.reference("campaign", "t.campaign_id", f.Campaign)
	c.reference("requestedFunction", "t.requested_function_id", f.RequestedFunction)
	c.parts = append(c.parts, oneOf("t.priority", f.Priorities)...)
	c.day("t.expected_close_on", f.ExpectedCloseOn)
	c.day("t.start_on", f.StartOn)
	c.day("t.end_on", f.EndOn)
	if f.IsRunning != nil {
		is := map[bool]string{true: "", false: "NOT "}[*f.IsRunning]
		c.add(is+"("+running("t")+")", string(today))
	}
	for _, one := range []struct {
		filters []*EngagementFilter
		with    string
	}{{f.And, " AND "}, {f.Or, " OR "}} {
		if err := c.joined(one.filters, one.with, today, depth); err != nil {
			return db.Part{}, err
		}
	}
	if f.Not != nil {
		not, err := f.Not.part(engine, today, depth+1)
		if err != nil {
			return db.Part{}, err
		}
		c.add("NOT (("+not.SQL+") IS TRUE)", not.Args...)
	}
	return all(c.parts, " AND "), c.fault
}

// joined adds filters as one condition; none is no condition.
func (c *conditions) joined(filters []*EngagementFilter, with string, today Date, depth int) error {
	var parts []db.Part
	for _, one := range filters {
		part, err := one.part(c.engine, today, depth+1)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		c.parts = append(c.parts, all(parts, with))
	}
	return nil
}
