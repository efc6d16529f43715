package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// Lookups are the lists of values that an office keeps itself.
type Lookups struct{ *core }

// ByIDs finds many values, in the order of the ids; nil where there is none for the actor.
func (s *Lookups) ByIDs(ctx context.Context, ids []ID) ([]*LookupValue, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "lookup_values", ids, (*LookupValue).NodeID)
}

// Values gives a list in the office's order.
func (s *Lookups) Values(ctx context.Context, list LookupListKey, includeInactive bool) ([]*LookupValue, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.list = ?", Args: []any{string(list)}}}
	if !includeInactive {
		where = append(where, db.Part{SQL: "t.active"})
	}
	values, err := db.Select[*LookupValue](ctx, conn, db.Selection{
		Table: "lookup_values", Columns: db.Columns[*LookupValue](ctx, conn), Where: where, Order: "t.sort_order, t.id", Limit: maxLookupValues,
	})
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", list, err)
	}
	return values, nil
}

// Lists gives all lists with their values, in one statement.
func (s *Lookups) Lists(ctx context.Context) ([]*LookupList, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	values, err := db.Select[*LookupValue](ctx, conn, db.Selection{
		Table: "lookup_values", Columns: db.Columns[*LookupValue](db.WithFields(ctx, db.Fields{}), conn),
		Where: []db.Part{ofOrganization(actor.OrganizationID)}, Order: "t.list, t.sort_order, t.id",
		Limit: maxLookupValues * len(lookupLists()),
	})
	if err != nil {
		return nil, fmt.Errorf("values of all lists: %w", err)
	}
	byKey := make(map[LookupListKey][]*LookupValue)
	for _, value := range values {
		byKey[value.List] = append(byKey[value.List], value)
	}
	var lists []*LookupList
	for _, one := range lookupLists() {
		lists = append(lists, &LookupList{Key: one.key, name: one.name, group: one.group, Values: byKey[one.key], language: actor.Language})
	}
	return lists, nil
}

// InUse tells of each value whether something bears it.
func (s *Lookups) InUse(ctx context.Context, ids []ID) ([]bool, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	uses, err := usesOf(ctx, conn, actor.OrganizationID, ids)
	if err != nil {
		return nil, err
	}
	used := make([]bool, len(ids))
	for i, id := range ids {
		used[i] = uses[id]
	}
	return used, nil
}

// lookup finds the value that a field is to be given; nil where none is chosen. One that is unknown, of
// another list, or out of use is a fault of the field. before is what the field has now: a card keeps a
// value that was taken out of use meanwhile.
func (tx *Tx) lookup(ctx context.Context, list LookupListKey, id, before *ID, fields *patching, field string) (*LookupValue, error) {
	if id == nil {
		return nil, nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "lookup_values", []ID{*id}, (*LookupValue).NodeID)
	if err != nil {
		return nil, err
	}
	value := found[0]
	if before != nil && *before == *id {
		return value, nil
	}
	if fault := value.mayChoose(list, fields.at(field)); fault != nil {
		fields.faults = append(fields.faults, fault)
	}
	return value, nil
}
