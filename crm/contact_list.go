package crm

import (
	"time"

	"klantkaart/db"
)

// ContactOrder is one field of an order of contacts.
type ContactOrder struct {
	Field     ContactOrderField
	Direction OrderDirection
}

// ContactOrderField is by what contacts can be ordered.
type ContactOrderField string

// The fields.
const (
	ContactsByName      ContactOrderField = "NAME"
	ContactsByUpdatedAt ContactOrderField = "UPDATED_AT"
)

// ContactFilter are conditions on contacts; all given ones hold.
type ContactFilter struct {
	Name       *TextFilter
	Function   *TextFilter
	Email      *TextFilter
	UpdatedAt  *DateTimeFilter
	IsArchived *bool
}

// add gives the conditions on a contact under an alias.
func (f *ContactFilter) add(c *conditions, alias string) {
	c.text("name", alias+".sort_key", f.Name)
	c.text("function", "lower("+alias+".function)", f.Function)
	c.text("email", alias+".email_key", f.Email)
	c.moment(alias+".updated_at", f.UpdatedAt)
	if f.IsArchived != nil {
		archived := *f.IsArchived
		active := !archived
		c.null(alias+".archived_at IS NULL", &active)
	}
}

// contactList says how contacts are listed.
func contactList(where []db.Part, keys []key[*Contact], scope string) listing[*Contact, *Contact] {
	return listing[*Contact, *Contact]{table: "contacts", where: where, keys: keys, scope: scope,
		node: same[*Contact], row: same[*Contact],
		parent: "customer_id", parentOf: func(c *Contact) ID { return c.CustomerID }}
}

// contactKeys turns an order into columns: last changed first when none is given; the id decides
// between equals.
func contactKeys(orders []*ContactOrder) ([]key[*Contact], error) {
	if len(orders) > maxOrderFields {
		return nil, Invalid(Text{NL: "Ten hoogste drie velden.", EN: "At most three fields."}, "orderBy")
	}
	if len(orders) == 0 {
		orders = []*ContactOrder{{Field: ContactsByUpdatedAt, Direction: Descending}}
	}
	var keys []key[*Contact]
	for _, order := range orders {
		if order.Field == ContactsByName {
			keys = append(keys, key[*Contact]{column: "t.sort_key", direction: order.Direction, text: func(c *Contact) string { return c.SortKey }})
			continue
		}
		keys = append(keys, key[*Contact]{column: "t.updated_at", direction: order.Direction, moment: func(c *Contact) time.Time { return c.UpdatedAt }})
	}
	last := orders[len(orders)-1].Direction
	return append(keys, key[*Contact]{column: "t.id", direction: last, text: func(c *Contact) string { return string(c.ID) }}), nil
}
