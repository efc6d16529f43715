package crm

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// maxTags bounds how many tags a relation has.
const maxTags = 20

// tags applies the tags of a card. They are a set: the same ones in another order are no change.
func (p *patching) tags(field string, given graphql.Omittable[[]ID], target *choices[ID]) {
	list := []ID(*target)
	p.ids(field, given, &list, maxTags, Text{NL: "Ten hoogste 20 labels.", EN: "At most 20 tags."})
	switch {
	case len(list) == 0:
		*target = nil
	case len(list) != len(*target) || slices.ContainsFunc(list, func(id ID) bool { return !slices.Contains(*target, id) }):
		*target = list
	}
}

// checkTags says that each new tag can be chosen; those that the card has already are kept. The values stay as they
// are until the card is saved: the key of customer_tags keeps them from being deleted, not from going out of use.
func (tx *Tx) checkTags(ctx context.Context, before, after []ID, fields *patching) error {
	added := slices.DeleteFunc(slices.Clone(after), func(id ID) bool { return slices.Contains(before, id) })
	if len(added) == 0 {
		return nil
	}
	var values []*LookupValue
	query := tx.NewSelect().Model(&values).Where("t.organization_id = ? AND t.id IN (?)", tx.Actor.OrganizationID, bun.List(added)).OrderExpr("t.id")
	if err := tx.ForShare(query).Scan(ctx); err != nil {
		return fmt.Errorf("tags of a relation: %w", err)
	}
	for i, value := range aligned(after, values, (*LookupValue).NodeID) {
		if slices.Contains(before, after[i]) {
			continue
		}
		if fault := value.mayChoose(TagList, fields.under("tagIds").at(strconv.Itoa(i))); fault != nil {
			fields.faults = append(fields.faults, fault)
		}
	}
	return nil
}

// tagged adds the conditions on the tags of a relation. Which relations bear one is found from the tag, in
// customer_tags, which the database keeps in line with their lists.
func (c *conditions) tagged(organization ID, f *IDFilter) {
	if f == nil {
		return
	}
	has := func(wanted bool, one IDFilter) {
		inner := &conditions{engine: c.engine}
		inner.reference("tag", "g.tag_id", &one)
		if inner.fault != nil {
			c.fault = inner.fault
		}
		meets, is := all(inner.parts, " AND "), map[bool]string{true: "IN", false: "NOT IN"}[wanted]
		c.add("t.id "+is+" (SELECT g.customer_id FROM customer_tags AS g WHERE g.organization_id = ? AND ("+meets.SQL+"))",
			append([]any{string(organization)}, meets.Args...)...)
	}
	if f.Eq != nil {
		has(true, IDFilter{Eq: f.Eq})
	}
	if f.In != nil {
		has(true, IDFilter{In: f.In})
	}
	if f.Ne != nil {
		has(false, IDFilter{Eq: f.Ne})
	}
	if f.NotIn != nil {
		has(false, IDFilter{In: f.NotIn})
	}
	c.null("t.tag_ids IS NULL", f.IsNull)
}
