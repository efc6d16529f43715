package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// Taking items out of use and back, and putting them in order.

// DeactivateChecklistItemInput says which item to take out of use.
type DeactivateChecklistItemInput struct{ ID ID }

// DeactivateChecklistItemPayload is the answer to Deactivate.
type DeactivateChecklistItemPayload struct {
	Outcome
	Item *ChecklistItem
}

// Deactivate takes an item out of use. Cards no longer show it; what they ticked is kept. Its text is free
// again.
func (s *ChecklistItems) Deactivate(ctx context.Context, input DeactivateChecklistItemInput) (*DeactivateChecklistItemPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*DeactivateChecklistItemPayload, error) {
		item, err := tx.checklistItem(ctx, input.ID, "id")
		if err != nil {
			return nil, err
		}
		if !item.Active {
			return nil, itemInactive("input", "id")
		}
		item.Active = false
		changes := []FieldChange{{Field: "isActive", From: true, To: false}}
		return &DeactivateChecklistItemPayload{Item: item}, tx.saveChecklistItem(ctx, item, ChecklistItemDeactivatedEvent, changes)
	})
}

// ReactivateChecklistItemInput says which item to take back into use.
type ReactivateChecklistItemInput struct{ ID ID }

// ReactivateChecklistItemPayload is the answer to Reactivate.
type ReactivateChecklistItemPayload struct {
	Outcome
	Item *ChecklistItem
}

// Reactivate takes an item back into use, at the end of its group, with all that cards had ticked.
func (s *ChecklistItems) Reactivate(ctx context.Context, input ReactivateChecklistItemInput) (*ReactivateChecklistItemPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*ReactivateChecklistItemPayload, error) {
		item, err := tx.checklistItem(ctx, input.ID, "id")
		if err != nil {
			return nil, err
		}
		if item.Active {
			return nil, &Error{Code: ChecklistItemActive, Path: []string{"input", "id"}, Text: Text{
				NL: "Dit checklistonderdeel is al in gebruik.",
				EN: "This checklist item is in use already."}}
		}
		if err := tx.placeLast(ctx, item); err != nil {
			return nil, err
		}
		item.Active = true
		changes := []FieldChange{{Field: "isActive", From: false, To: true}}
		return &ReactivateChecklistItemPayload{Item: item}, sameItemText(tx.saveChecklistItem(ctx, item, ChecklistItemReactivatedEvent, changes), "id")
	})
}

// DeleteChecklistItemInput says which item to delete.
type DeleteChecklistItemInput struct{ ID ID }

// DeleteChecklistItemPayload is the answer to Delete.
type DeleteChecklistItemPayload struct {
	Outcome
	DeletedID *ID
}

// Delete removes an item that no card ever used.
func (s *ChecklistItems) Delete(ctx context.Context, input DeleteChecklistItemInput) (*DeleteChecklistItemPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*DeleteChecklistItemPayload, error) {
		item, err := tx.checklistItem(ctx, input.ID, "id")
		if err != nil {
			return nil, err
		}
		used, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "checklist_entries", Where: []db.Part{
			ofOrganization(tx.Actor.OrganizationID), {SQL: "t.item_id = ?", Args: []any{string(item.ID)}}}})
		if err != nil {
			return nil, fmt.Errorf("uses of checklist item %s: %w", item.ID, err)
		}
		if used > 0 {
			return nil, &Error{Code: ChecklistItemInUse, Path: []string{"input", "id"}, Text: Text{
				NL: "Kaarten hebben dit onderdeel gebruikt; neem het uit gebruik.",
				EN: "Cards have used this item; take it out of use."}}
		}
		if _, err := tx.NewDelete().Table("checklist_settings").Where("organization_id = ? AND item_id = ?", item.OrganizationID, item.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete settings of %s: %w", item.ID, err)
		}
		if _, err := tx.NewDelete().Model(item).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete checklist item %s: %w", item.ID, err)
		}
		tx.logOffice(ChecklistItemDeletedEvent, item.ID, item.Version+1, []FieldChange{{Field: "text", From: item.Text}})
		return &DeleteChecklistItemPayload{DeletedID: &item.ID}, nil
	})
}

// ReorderChecklistItemsInput is a new order of a group.
type ReorderChecklistItemsInput struct {
	Group ChecklistGroup
	Ids   []ID
}

// ReorderChecklistItemsPayload is the answer to Reorder.
type ReorderChecklistItemsPayload struct {
	Outcome
	Items []*ChecklistItem
}

// Reorder puts the items in use of a group in a new order. Each that moves has its event.
func (s *ChecklistItems) Reorder(ctx context.Context, input ReorderChecklistItemsInput) (*ReorderChecklistItemsPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*ReorderChecklistItemsPayload, error) {
		items, err := tx.checklistItemsInUse(ctx, input.Group)
		if err != nil {
			return nil, err
		}
		if err := sameItems(items, input.Ids); err != nil {
			return nil, err
		}
		items = aligned(input.Ids, items, (*ChecklistItem).NodeID)
		for i, item := range items {
			if item.SortOrder == i+1 {
				continue
			}
			changes := []FieldChange{{Field: "sortOrder", From: item.SortOrder, To: i + 1}}
			item.SortOrder = i + 1
			if err := tx.saveChecklistItem(ctx, item, ChecklistItemUpdatedEvent, changes); err != nil {
				return nil, err
			}
		}
		return &ReorderChecklistItemsPayload{Items: items}, nil
	})
}

// sameItems says that an order names just the items that are there. A colleague may have added one.
func sameItems(items []*ChecklistItem, ids []ID) error {
	there := make([]ID, len(items))
	for i, item := range items {
		there[i] = item.ID
	}
	if slices.Equal(slices.Sorted(slices.Values(there)), slices.Sorted(slices.Values(ids))) {
		return nil
	}
	return &Error{Code: Conflict, Path: []string{"input", "ids"}, Text: Text{
		NL: "Dit zijn niet de onderdelen die de groep nu heeft; haal de lijst opnieuw op.",
		EN: "These are not the items that the group has now; fetch the list again."}}
}
