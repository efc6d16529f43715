package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// How an office keeps its lists. Every verb locks the list first, so that two administrators take turns.

// CreateLookupValueInput is a new value of a list.
type CreateLookupValueInput struct {
	List   LookupListKey
	Fields LookupValueFields
}

// CreateLookupValuePayload is the answer to Create.
type CreateLookupValuePayload struct {
	Outcome
	Value *LookupValue
}

// maxLookupValues bounds a list: it is shown whole.
const maxLookupValues = 500

// Create adds a value at the end of a list.
func (s *Lookups) Create(ctx context.Context, input CreateLookupValueInput) (*CreateLookupValuePayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*CreateLookupValuePayload, error) {
		list, err := tx.lockList(ctx, input.List)
		if err != nil {
			return nil, err
		}
		if len(list) >= maxLookupValues {
			return nil, &Error{Code: LimitExceeded, Path: []string{"input", "list"}, Text: Text{
				NL: "Een lijst heeft ten hoogste 500 waarden.",
				EN: "A list has at most 500 values."}}
		}
		value := &LookupValue{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(lookupValuePrefix), Version: 1,
			List: input.List, SortOrder: 1, Active: true}
		if len(list) > 0 {
			value.SortOrder = list[len(list)-1].SortOrder + 1
		}
		fields := patchingAt("input", "fields")
		input.Fields.apply(value, fields)
		value.checkAlone(list, fields)
		value.means(fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		if err := tx.takeDefault(ctx, value, list); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(value).Exec(ctx); err != nil {
			return nil, sameValue(err)
		}
		tx.logLookup(LookupCreatedEvent, value, changesBetween(&LookupValue{}, value))
		return &CreateLookupValuePayload{Value: value}, nil
	})
}

// UpdateLookupValueInput is a change of a value, with what it is based on.
type UpdateLookupValueInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *LookupValueFields
	Patch           LookupValueFields
}

// UpdateLookupValuePayload is the answer to Update.
type UpdateLookupValuePayload struct {
	Outcome
	Value *LookupValue
}

// Update changes a value. A new text is the same value under another name: what bears it shows the new one.
func (s *Lookups) Update(ctx context.Context, input UpdateLookupValueInput) (*UpdateLookupValuePayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*UpdateLookupValuePayload, error) {
		value, list, err := tx.lockValue(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, patch := *value, patchingAt("input", "patch")
		input.Patch.apply(value, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, LookupValueFields.apply, patch)
		value.checkAlone(list, patch)
		value.means(patch)
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, value)
		if err := tx.checkBasis(ctx, &CardFrame{ID: value.ID, Version: before.Version}, basis, changes); err != nil {
			return nil, err
		}
		if err := tx.keepsMeaning(ctx, &before, changes, patch); err != nil {
			return nil, err
		}
		if err := tx.takeDefault(ctx, value, list); err != nil {
			return nil, err
		}
		return &UpdateLookupValuePayload{Value: value}, tx.saveLookup(ctx, &before, value, changes)
	})
}

// DeactivateLookupValueInput says which value to take out of use.
type DeactivateLookupValueInput struct{ ID ID }

// DeactivateLookupValuePayload is the answer to Deactivate.
type DeactivateLookupValuePayload struct {
	Outcome
	Value *LookupValue
}

// Deactivate takes a value out of use: it stays on what bears it, and cannot be chosen. Again changes nothing.
func (s *Lookups) Deactivate(ctx context.Context, input DeactivateLookupValueInput) (*DeactivateLookupValuePayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*DeactivateLookupValuePayload, error) {
		value, err := tx.setActive(ctx, input.ID, false)
		return &DeactivateLookupValuePayload{Value: value}, err
	})
}

// ReactivateLookupValueInput says which value to take into use again.
type ReactivateLookupValueInput struct{ ID ID }

// ReactivateLookupValuePayload is the answer to Reactivate.
type ReactivateLookupValuePayload struct {
	Outcome
	Value *LookupValue
}

// Reactivate takes a value into use again. Again changes nothing.
func (s *Lookups) Reactivate(ctx context.Context, input ReactivateLookupValueInput) (*ReactivateLookupValuePayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*ReactivateLookupValuePayload, error) {
		value, err := tx.setActive(ctx, input.ID, true)
		return &ReactivateLookupValuePayload{Value: value}, err
	})
}

// setActive takes a value into use or out of it; one out of use is no default.
func (tx *Tx) setActive(ctx context.Context, id ID, active bool) (*LookupValue, error) {
	value, _, err := tx.lockValue(ctx, id)
	if err != nil || value.Active == active {
		return value, err
	}
	before := *value
	value.Active, value.IsDefault = active, value.IsDefault && active
	changes := append(changesBetween(&before, value), differing([]FieldChange{{Field: "isActive", From: before.Active, To: active}})...)
	return value, tx.saveLookup(ctx, &before, value, changes)
}

// DeleteLookupValueInput says which value to delete.
type DeleteLookupValueInput struct{ ID ID }

// DeleteLookupValuePayload is the answer to Delete.
type DeleteLookupValuePayload struct {
	Outcome
	DeletedID *ID
}

// Delete removes a value that nothing bears, such as a slip of the pen.
func (s *Lookups) Delete(ctx context.Context, input DeleteLookupValueInput) (*DeleteLookupValuePayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*DeleteLookupValuePayload, error) {
		value, _, err := tx.lockValue(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		uses, err := usesOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{value.ID})
		if err != nil {
			return nil, err
		}
		if uses[value.ID] {
			return nil, lookupInUse()
		}
		if _, err := tx.NewDelete().Model(value).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete %s: %w", value.ID, err)
		}
		value.Version++
		tx.logLookup(LookupDeletedEvent, value, changesBetween(value, &LookupValue{}))
		return &DeleteLookupValuePayload{DeletedID: &value.ID}, nil
	})
}

// ReorderLookupValuesInput is the order of a list.
type ReorderLookupValuesInput struct {
	List LookupListKey
	Ids  []ID
}

// ReorderLookupValuesPayload is the answer to Reorder.
type ReorderLookupValuesPayload struct {
	Outcome
	Values []*LookupValue
}

// Reorder puts values of a list in front, in the order given; the others keep theirs behind them, so that a
// value that a colleague just added loses nothing.
func (s *Lookups) Reorder(ctx context.Context, input ReorderLookupValuesInput) (*ReorderLookupValuesPayload, error) {
	return write(ctx, s.core, ManageLookups, func(ctx context.Context, tx *Tx) (*ReorderLookupValuesPayload, error) {
		list, err := tx.lockList(ctx, input.List)
		if err != nil {
			return nil, err
		}
		order, err := inFront(list, input.Ids)
		if err != nil || slices.Equal(order, list) {
			return &ReorderLookupValuesPayload{Values: list}, err
		}
		for i, value := range order {
			if value.SortOrder == i+1 {
				continue
			}
			value.SortOrder = i + 1
			if _, err := tx.NewUpdate().Model(value).Column("sort_order").WherePK().Exec(ctx); err != nil {
				return nil, fmt.Errorf("reorder %s: %w", input.List, err)
			}
		}
		office := tx.Actor.OrganizationID
		tx.log(&Event{Kind: LookupsReorderedEvent, CustomerID: office, CardID: office, SubjectID: &order[0].ID,
			Changes: []FieldChange{{Field: "order", From: idsOfValues(list), To: idsOfValues(order)}}})
		return &ReorderLookupValuesPayload{Values: order}, nil
	})
}

// inFront gives a list with some of its values in front.
func inFront(list []*LookupValue, ids []ID) ([]*LookupValue, error) {
	order := aligned(ids, list, (*LookupValue).NodeID)
	if slices.Contains(order, nil) {
		return nil, notFound("input", "ids")
	}
	if len(distinct(ids)) < len(ids) {
		return nil, Invalid(Text{NL: "Noem elke waarde één keer.", EN: "Name each value once."}, "input", "ids")
	}
	for _, value := range list {
		if !slices.Contains(ids, value.ID) {
			order = append(order, value)
		}
	}
	return order, nil
}

func idsOfValues(values []*LookupValue) []ID {
	ids := make([]ID, len(values))
	for i, value := range values {
		ids[i] = value.ID
	}
	return ids
}

// lockList locks the values of a list, in its order.
func (tx *Tx) lockList(ctx context.Context, list LookupListKey) ([]*LookupValue, error) {
	var values []*LookupValue
	query := tx.NewSelect().Model(&values).Where("t.organization_id = ? AND t.list = ?", tx.Actor.OrganizationID, list).OrderExpr("t.sort_order, t.id")
	if err := tx.ForUpdate(query).Scan(ctx); err != nil {
		return nil, fmt.Errorf("lock the list %s: %w", list, err)
	}
	return values, nil
}

// lockValue locks a value, with its list.
func (tx *Tx) lockValue(ctx context.Context, id ID) (*LookupValue, []*LookupValue, error) {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "lookup_values", []ID{id}, (*LookupValue).NodeID)
	if err != nil {
		return nil, nil, err
	}
	if found[0] == nil {
		return nil, nil, notFound("input", "id")
	}
	list, err := tx.lockList(ctx, found[0].List)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(list, func(v *LookupValue) bool { return v.ID == id })
	if at < 0 { // deleted meanwhile
		return nil, nil, notFound("input", "id")
	}
	return list[at], list, nil
}

// saveLookup stores a changed value as its next version, and its new text where the old one stands.
func (tx *Tx) saveLookup(ctx context.Context, before, after *LookupValue, changes []FieldChange) error {
	if len(changes) == 0 {
		return nil
	}
	after.Version++
	if _, err := tx.NewUpdate().Model(after).WherePK().Exec(ctx); err != nil {
		return sameValue(err)
	}
	tx.logLookup(LookupUpdatedEvent, after, changes)
	return tx.renameListed(ctx, before, after)
}

// takeDefault makes the list's other default an ordinary value, where this one is to be the default.
func (tx *Tx) takeDefault(ctx context.Context, value *LookupValue, list []*LookupValue) error {
	for _, other := range list {
		if !value.IsDefault || !other.IsDefault || other.ID == value.ID {
			continue
		}
		before := *other
		other.IsDefault = false
		if err := tx.saveLookup(ctx, &before, other, changesBetween(&before, other)); err != nil {
			return err
		}
	}
	return nil
}

// checkAlone says that no other value of the list has its text or its code.
func (v *LookupValue) checkAlone(list []*LookupValue, fields *patching) {
	for _, other := range list {
		if other.ID == v.ID {
			continue
		}
		if other.TextKey == v.TextKey {
			fields.faults = append(fields.faults, duplicateValue(fields.at("text")))
		}
		if v.Code != nil && other.Code != nil && *other.Code == *v.Code {
			fields.faults = append(fields.faults, duplicateValue(fields.at("code")))
		}
	}
}

func duplicateValue(path []string) *Error {
	return &Error{Code: DuplicateName, Path: path, Text: Text{
		NL: "Een andere waarde van de lijst heet al zo.",
		EN: "Another value of the list is called so already."}}
}

// sameValue turns the violated unique indexes into the user's error: two colleagues began an empty list at once.
func sameValue(err error) error {
	switch {
	case db.IsUnique(err, "lookup_values_by_text", "lookup_values.organization_id, lookup_values.list, lookup_values.text_key"):
		return duplicateValue([]string{"input", "fields", "text"})
	case db.IsUnique(err, "lookup_values_by_code", "lookup_values.organization_id, lookup_values.list, lookup_values.code"):
		return duplicateValue([]string{"input", "fields", "code"})
	}
	return fmt.Errorf("save value: %w", err)
}

func (tx *Tx) logLookup(kind EventKind, value *LookupValue, changes []FieldChange) {
	tx.log(&Event{Kind: kind, CustomerID: value.OrganizationID, CardID: value.ID, CardVersion: value.Version,
		SubjectID: &value.ID, Changes: changes})
}
