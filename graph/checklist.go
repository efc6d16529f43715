package graph

import (
	"context"

	"klantkaart/crm"
)

// checklists gives the checklists of cards. Their entries, and the items of these, are siblings over all of
// them, so that who ticked what is read once for a whole list of cards.
func checklists[P keyed](ctx context.Context, r *Resolver, parents []P) ([]*crm.Checklist, error) {
	return children(ctx, parents, "checklist", nil, byID[P](r.crm.Checklists.OfCards), func(list *crm.Checklist) []any {
		entries := list.Entries()
		return append(anys(entries), anys(cores(entries, func(e *crm.ChecklistEntry) *crm.ChecklistItem { return e.Item }))...)
	})
}
