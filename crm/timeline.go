package crm

import (
	"fmt"
	"time"

	"klantkaart/db"
)

// TimelineArgs say which communications a list shows.
type TimelineArgs struct {
	Kinds     []CommunicationKind
	Search    *string
	DateRange *DateRange           `json:",omitempty"` // cursors of before these two go on
	Filter    *CommunicationFilter `json:",omitempty"`
}

// DateRange is a number of days where the office is, both ends included; an absent end is open.
type DateRange struct {
	StartOn *Date
	EndOn   *Date
}

// CommunicationFilter are conditions on communications; all given ones hold.
type CommunicationFilter struct {
	And        []*CommunicationFilter
	Or         []*CommunicationFilter
	Not        *CommunicationFilter
	Kinds      []CommunicationKind
	Directions []CommunicationDirection
	Statuses   []CommunicationStatus
	At         *DateTimeFilter
	Contact    *IDFilter
	Engagement *IDFilter
	Author     *IDFilter
	IsOverdue  *bool `json:",omitempty"`
}

func timelineScope(args TimelineArgs) string { return scope("communications", args) }

// timelineWhere gives the conditions of a timeline.
func (c *core) timelineWhere(args TimelineArgs, organization ID, engine db.Engine) ([]db.Part, error) {
	where := append([]db.Part{ofOrganization(organization)}, oneOf("t.kind", args.Kinds)...)
	days, err := c.daysPart(args.DateRange)
	if err != nil {
		return nil, err
	}
	where = append(where, days...)
	if args.Filter != nil {
		part, err := args.Filter.part(engine, organization, c.day(c.moment()), 1)
		if err != nil {
			return nil, err
		}
		where = append(where, part)
	}
	if args.Search == nil {
		return where, nil
	}
	wanted, err := words("search", *args.Search)
	return append(where, containing(engine, "t.search_text", wanted)...), err
}

// daysPart is the condition that a moment lies on one of the days: a day begins and ends at midnight where the
// office is.
func (c *core) daysPart(days *DateRange) ([]db.Part, error) {
	if days == nil {
		return nil, nil
	}
	if days.StartOn != nil && days.EndOn != nil && *days.EndOn < *days.StartOn {
		return nil, Invalid(Text{NL: "De laatste dag ligt niet voor de eerste.", EN: "The last day does not lie before the first."}, "dateRange", "endOn")
	}
	var where []db.Part
	for _, end := range []struct {
		day   *Date
		later int
		sql   string
	}{{days.StartOn, 0, "t.at >= ?"}, {days.EndOn, 1, "t.at < ?"}} {
		if end.day == nil {
			continue
		}
		midnight, err := time.ParseInLocation(time.DateOnly, string(*end.day), c.amsterdam)
		if err != nil {
			return nil, fmt.Errorf("read a day that was checked: %w", err)
		}
		where = append(where, db.Part{SQL: end.sql, Args: []any{midnight.AddDate(0, 0, end.later).UTC()}})
	}
	return where, nil
}

// part turns the filter into one condition.
func (f *CommunicationFilter) part(engine db.Engine, organization ID, today Date, depth int) (db.Part, error) {
	if depth > maxFilterDepth {
		return db.Part{}, Invalid(Textf("Ten hoogste %s niveaus diep.", "At most %s levels deep.", maxFilterDepth), "filter")
	}
	c := &conditions{engine: engine}
	c.parts = append(c.parts, amongst("t.kind", f.Kinds)...)
	c.parts = append(c.parts, amongst("t.direction", f.Directions)...)
	c.parts = append(c.parts, amongst("t.status", f.Statuses)...)
	c.moment("t.at", f.At)
	c.reference("engagement", "t.engagement_id", f.Engagement)
	if f.Engagement != nil { // one that is not seen tells nothing of what is about it
		c.add("(t.engagement_id IS NULL OR EXISTS (SELECT 1 FROM engagements AS e WHERE e.organization_id = t.organization_id AND e.id = t.engagement_id))")
	}
	c.reference("author", "t.author_id", f.Author)
	c.contact(organization, f.Contact)
	if f.IsOverdue != nil {
		late := overdue
		if !*f.IsOverdue {
			late = "NOT (" + overdue + ")"
		}
		c.add(late, string(today))
	}
	for _, group := range []struct {
		filters []*CommunicationFilter
		with    string
	}{{f.And, " AND "}, {f.Or, " OR "}} {
		if group.filters == nil {
			continue
		}
		if len(group.filters) > maxFilterValues {
			c.refuse(Textf("Ten hoogste %s waarden.", "At most %s values.", maxFilterValues))
			break
		}
		parts := make([]db.Part, len(group.filters))
		for i, one := range group.filters {
			var err error
			if parts[i], err = one.part(engine, organization, today, depth+1); err != nil {
				return db.Part{}, err
			}
		}
		c.parts = append(c.parts, all(parts, group.with))
	}
	if f.Not != nil {
		part, err := f.Not.part(engine, organization, today, depth+1)
		if err != nil {
			return db.Part{}, err
		}
		c.add("NOT ("+part.SQL+")", part.Args...)
	}
	if c.fault != nil {
		return db.Part{}, c.fault
	}
	return all(c.parts, " AND "), nil
}

// amongst is oneOf, but that nothing is in an empty list.
func amongst[S ~string](column string, values []S) []db.Part {
	if values != nil && len(values) == 0 {
		return []db.Part{{SQL: "1 = 0"}}
	}
	return oneOf(column, values)
}

// contact adds the conditions on the contacts: that one of them is, or that none is.
func (c *conditions) contact(organization ID, f *IDFilter) {
	if f == nil {
		return
	}
	link := "SELECT 1 FROM communication_contacts AS l WHERE l.organization_id = ? AND l.communication_id = t.id"
	some := func(exists string, ids []ID) {
		if len(ids) > maxFilterValues {
			c.refuse(Textf("Ten hoogste %s waarden.", "At most %s values.", maxFilterValues), "contact")
			return
		}
		if len(ids) == 0 {
			c.parts = append(c.parts, db.Part{SQL: map[string]string{"EXISTS": "1 = 0", "NOT EXISTS": "1 = 1"}[exists]})
			return
		}
		c.add(exists+" ("+link+" AND l.contact_id IN ("+db.Placeholders(len(ids))+"))", append([]any{string(organization)}, idArgs(ids)...)...)
	}
	if f.Eq != nil {
		some("EXISTS", []ID{*f.Eq})
	}
	if f.Ne != nil {
		some("NOT EXISTS", []ID{*f.Ne})
	}
	if f.In != nil {
		some("EXISTS", f.In)
	}
	if f.NotIn != nil {
		some("NOT EXISTS", f.NotIn)
	}
	if f.IsNull != nil {
		c.add(map[bool]string{true: "NOT ", false: ""}[*f.IsNull]+"EXISTS ("+link+")", string(organization))
	}
}

// timeline says how communications are listed: newest first.
func timeline(where []db.Part, args TimelineArgs) listing[*Message, Communication] {
	return listing[*Message, Communication]{
		table: "communications", where: where, scope: timelineScope(args),
		node: (*Message).communication, row: func(c Communication) *Message { return c.Core() },
		parent: "customer_id", parentOf: func(m *Message) ID { return m.CustomerID },
		keys: []key[*Message]{
			{column: "t.at", direction: Descending, moment: func(m *Message) time.Time { return m.At }},
			{column: "t.id", direction: Descending, text: func(m *Message) string { return string(m.ID) }},
		},
	}
}
