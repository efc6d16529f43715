package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// CustomerListArgs say which relations an overview shows, and in which order.
type CustomerListArgs struct {
	Stages   []CustomerStage
	Archived Archived
	Search   *string
	Filter   *CustomerFilter
	OrderBy  []*CustomerOrder
}

// CustomerOrder is one field of an order of relations.
type CustomerOrder struct {
	Field     CustomerOrderField
	Direction OrderDirection
}

// CustomerOrderField is by what relations can be ordered.
type CustomerOrderField string

// The fields.
const (
	CustomersByName      CustomerOrderField = "NAME"
	CustomersByNumber    CustomerOrderField = "NUMBER"
	CustomersByCity      CustomerOrderField = "CITY"
	CustomersByCreatedAt CustomerOrderField = "CREATED_AT"
	CustomersByUpdatedAt CustomerOrderField = "UPDATED_AT"
)

// CustomerFilter are conditions on relations; all given ones hold.
type CustomerFilter struct {
	And                []*CustomerFilter
	Or                 []*CustomerFilter
	Not                *CustomerFilter
	ID                 *IDFilter
	Number             *TextFilter
	Name               *TextFilter
	KvkNumber          *TextFilter
	Sector             *TextFilter
	SbiVersions        []SbiVersion
	Classification     *TextFilter
	Source             *TextFilter
	Tag                *IDFilter
	CreditStatuses     []CreditStatus
	City               *TextFilter
	AccountManager     *IDFilter
	CreatedAt          *DateTimeFilter
	UpdatedAt          *DateTimeFilter
	HasRunningProjects *bool
	Contacts           *ContactListFilter
}

// ContactListFilter are conditions on the contacts of a relation.
type ContactListFilter struct {
	Some *ContactFilter
	None *ContactFilter
}

// customerList says how relations are listed.
func customerList(where []db.Part, keys []key[*Customer], scope string) listing[*Customer, *Customer] {
	return listing[*Customer, *Customer]{table: "customers",
		where: where, keys: keys, scope: scope, node: same[*Customer], row: same[*Customer]}
}

// List gives a page of the overview of relations.
func (s *Customers) List(ctx context.Context, args CustomerListArgs, window page.Args) (*page.Connection[*Customer], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := args.where(actor.OrganizationID, conn.Engine(), s.day(s.moment()))
	if err != nil {
		return nil, err
	}
	keys, err := customerKeys(args.OrderBy)
	if err != nil {
		return nil, err
	}
	return customerList(where, keys, scope("customers", args)).page(ctx, conn, window)
}

// Among tells which of these relations meet a filter now, in the order asked; without a filter, which of
// them there are.
func (s *Customers) Among(ctx context.Context, filter *CustomerFilter, ids []ID) ([]ID, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := CustomerListArgs{Archived: ArchivedInclude, Filter: filter}.where(actor.OrganizationID, conn.Engine(), s.day(s.moment()))
	if err != nil {
		return nil, err
	}
	meets := all(append(where, db.Part{SQL: conn.In("t.id"), Args: []any{db.List(conn, ids)}}), " AND ")
	rows, err := db.Rows[*Customer](ctx, conn, "SELECT t.id FROM customers AS t WHERE "+meets.SQL, meets.Args...)
	if err != nil {
		return nil, fmt.Errorf("filter %d relations: %w", len(ids), err)
	}
	var met []ID
	for i, row := range aligned(ids, rows, (*Customer).NodeID) {
		if row != nil {
			met = append(met, ids[i])
		}
	}
	return met, nil
}

// where gives the conditions of the overview.
func (args CustomerListArgs) where(organization ID, engine db.Engine, today Date) ([]db.Part, error) {
	where := []db.Part{ofOrganization(organization)}
	where = append(where, oneOf("t.stage", args.Stages)...)
	where = append(where, archivedPart(args.Archived)...)
	if args.Search != nil {
		found, err := found(engine, organization, "search", *args.Search)
		if err != nil {
			return nil, err
		}
		where = append(where, found...)
	}
	if args.Filter != nil {
		part, err := args.Filter.part(engine, organization, today, 1)
		if err != nil {
			return nil, err
		}
		where = append(where, part)
	}
	return where, nil
}

// part turns the filter into one condition.
func (f *CustomerFilter) part(engine db.Engine, organization ID, today Date, depth int) (db.Part, error) {
	if depth > maxFilterDepth {
		return db.Part{}, Invalid(Text{NL: "Een filter is ten hoogste vier niveaus diep.", EN: "A filter is at most four levels deep."}, "filter")
	}
	c := &conditions{engine: engine}
	c.reference("id", "t.id", f.ID)
	c.text("number", "t.number", f.Number)
	c.text("name", "t.name_key", f.Name)
	c.text("kvkNumber", "t.kvk_number", f.KvkNumber)
	c.text("sector", "t.sector_key", f.Sector)
	c.parts = append(c.parts, oneOf("t.sbi_version", f.SbiVersions)...)
	c.text("classification", "t.classification_key", f.Classification)
	c.text("source", "t.source_key", f.Source)
	c.tagged(organization, f.Tag)
	c.parts = append(c.parts, oneOf("t.credit_status", f.CreditStatuses)...)
	c.text("city", "t.city_key", f.City)
	c.reference("accountManager", "t.account_manager_id", f.AccountManager)
	c.moment("t.created_at", f.CreatedAt)
	c.moment("t.updated_at", f.UpdatedAt)
	if f.HasRunningProjects != nil {
		c.add(existence(*f.HasRunningProjects)+" (SELECT 1 FROM engagements AS e WHERE e.organization_id = ? AND e.customer_id = t.id AND "+
			running("e")+")", string(organization), string(today))
	}
	f.Contacts.add(c, organization)
	if err := f.combine(c, organization, today, depth); err != nil {
		return db.Part{}, err
	}
	return all(c.parts, " AND "), c.fault
}

// combine adds and, or and not.
func (f *CustomerFilter) combine(c *conditions, organization ID, today Date, depth int) error {
	each := func(filters []*CustomerFilter) ([]db.Part, error) {
		var parts []db.Part
		for _, one := range filters {
			part, err := one.part(c.engine, organization, today, depth+1)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
		return parts, nil
	}
	both, err := each(f.And)
	if err != nil {
		return err
	}
	c.parts = append(c.parts, both...)
	either, err := each(f.Or)
	if err != nil {
		return err
	}
	if len(either) > 0 {
		c.parts = append(c.parts, all(either, " OR "))
	}
	if f.Not == nil {
		return nil
	}
	not, err := f.Not.part(c.engine, organization, today, depth+1)
	c.add("NOT (("+not.SQL+") IS TRUE)", not.Args...)
	return err
}

func existence(wanted bool) string {
	if wanted {
		return "EXISTS"
	}
	return "NOT EXISTS"
}

// add gives the conditions on the contacts of a relation.
func (f *ContactListFilter) add(c *conditions, organization ID) {
	if f == nil {
		return
	}
	for _, one := range []struct {
		wanted bool
		filter *ContactFilter
	}{{true, f.Some}, {false, f.None}} {
		if one.filter == nil {
			continue
		}
		inner := &conditions{engine: c.engine}
		one.filter.add(inner, "x")
		meets := all(inner.parts, " AND ")
		c.add(existence(one.wanted)+" (SELECT 1 FROM contacts AS x WHERE x.organization_id = ? AND x.customer_id = t.id AND ("+meets.SQL+"))",
			append([]any{string(organization)}, meets.Args...)...)
		if inner.fault != nil && c.fault == nil {
			c.fault = inner.fault
		}
	}
}

// customerKeys turns an order into columns; the id decides between equals.
func customerKeys(orders []*CustomerOrder) ([]key[*Customer], error) {
	if len(orders) > maxOrderFields {
		return nil, Invalid(Text{NL: "Ten hoogste drie velden.", EN: "At most three fields."}, "orderBy")
	}
	if len(orders) == 0 {
		orders = []*CustomerOrder{{Field: CustomersByName, Direction: Ascending}}
	}
	var keys []key[*Customer]
	for _, order := range orders {
		keys = append(keys, order.key())
	}
	last := orders[len(orders)-1].Direction
	return append(keys, key[*Customer]{column: "t.id", direction: last, text: func(c *Customer) string { return string(c.ID) }}), nil
}

func (o CustomerOrder) key() key[*Customer] {
	k := key[*Customer]{direction: o.Direction}
	switch o.Field {
	case CustomersByNumber:
		k.column, k.text = "t.number", func(c *Customer) string { return c.Number }
	case CustomersByCity:
		k.column, k.text = "t.city_key", func(c *Customer) string { return c.CityKey }
	case CustomersByCreatedAt:
		k.column, k.moment = "t.created_at", func(c *Customer) time.Time { return c.CreatedAt }
	case CustomersByUpdatedAt:
		k.column, k.moment = "t.updated_at", func(c *Customer) time.Time { return c.UpdatedAt }
	default:
		k.column, k.text = "t.name_key", func(c *Customer) string { return c.NameKey }
	}
	return k
}
