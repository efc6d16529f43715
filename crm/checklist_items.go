package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// ChecklistItems are the items that an office's checklists are made of.
type ChecklistItems struct{ *core }

// maxChecklistItems bounds how many items of a group are in use; maxRetiredItems how many of those that are
// not are listed.
const (
	maxChecklistItems = 100
	maxRetiredItems   = 500
)

// ByIDs finds many items, in the order of the ids; nil where there is none for the actor.
func (s *ChecklistItems) ByIDs(ctx context.Context, ids []ID) ([]*ChecklistItem, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "checklist_items", ids, (*ChecklistItem).NodeID)
}

// List gives the items of a group in the office's order, those out of use behind the others.
func (s *ChecklistItems) List(ctx context.Context, group ChecklistGroup, includeInactive bool) ([]*ChecklistItem, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.card_group = ?", Args: []any{string(group)}}}
	if !includeInactive {
		where = append(where, db.Part{SQL: "t.active"})
	}
	items, err := db.Select[*ChecklistItem](ctx, conn, db.Selection{
		Table: "checklist_items", Columns: db.Columns[*ChecklistItem](ctx, conn), Where: where,
		Order: "t.active DESC, t.sort_order, t.id", Limit: maxChecklistItems + maxRetiredItems,
	})
	if err != nil {
		return nil, fmt.Errorf("checklist items of %s: %w", group, err)
	}
	return items, nil
}

// SettingsOf gives for each item what the kinds of card of its group do with it.
func (s *ChecklistItems) SettingsOf(ctx context.Context, items []*ChecklistItem) ([][]*ChecklistSetting, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := readItemSettings(ctx, conn, actor.OrganizationID, items); err != nil {
		return nil, err
	}
	found := make([][]*ChecklistSetting, len(items))
	for i, item := range items {
		for place := range item.Settings {
			found[i] = append(found[i], &item.Settings[place])
		}
	}
	return found, nil
}

func readItemSettings(ctx context.Context, conn db.Conn, office ID, items []*ChecklistItem) error {
	ids := make([]ID, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	rows, err := db.Rows[*ChecklistSetting](ctx, conn,
		"SELECT "+db.Columns[*ChecklistSetting](ctx, conn)+" FROM checklist_settings AS t WHERE t.organization_id = ? AND "+conn.In("t.item_id"),
		string(office), db.List(conn, ids))
	if err != nil {
		return fmt.Errorf("settings of checklist items: %w", err)
	}
	for i, settings := range grouped(ids, rows, func(s *ChecklistSetting) ID { return s.ItemID }) {
		items[i].arrange(settings)
	}
	return nil
}

// CreateChecklistItemInput is a new item.
type CreateChecklistItemInput struct {
	Group  ChecklistGroup
	Fields ChecklistItemFields
}

// CreateChecklistItemPayload is the answer to Create.
type CreateChecklistItemPayload struct {
	Outcome
	Item *ChecklistItem
}

// Create adds an item at the end of its group. Kinds of card that are not named hide it.
func (s *ChecklistItems) Create(ctx context.Context, input CreateChecklistItemInput) (*CreateChecklistItemPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*CreateChecklistItemPayload, error) {
		item := &ChecklistItem{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(checklistItemPrefix), Version: 1,
			Group: input.Group, Active: true}
		item.hideEverywhere()
		fields := patchingAt("input", "fields")
		input.Fields.apply(item, fields)
		if _, err := tx.lookup(ctx, ChecklistCategoryList, item.CategoryID, nil, fields, "categoryId"); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		if err := tx.placeLast(ctx, item); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(item).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert checklist item: %w", sameItemText(err, "fields", "text"))
		}
		if _, err := tx.NewInsert().Model(&item.Settings).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert settings of a checklist item: %w", err)
		}
		tx.logOffice(ChecklistItemCreatedEvent, item.ID, item.Version, changesBetween(&ChecklistItem{}, item))
		return &CreateChecklistItemPayload{Item: item}, nil
	})
}

// UpdateChecklistItemInput is a change of an item's fields, with what it is based on.
type UpdateChecklistItemInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *ChecklistItemFields
	Patch           ChecklistItemFields
}

// UpdateChecklistItemPayload is the answer to Update.
type UpdateChecklistItemPayload struct {
	Outcome
	Item *ChecklistItem
}

// Update changes fields of an item, as Customers.Update does. What cards have ticked stays.
func (s *ChecklistItems) Update(ctx context.Context, input UpdateChecklistItemInput) (*UpdateChecklistItemPayload, error) {
	return write(ctx, s.core, ManageChecklists, func(ctx context.Context, tx *Tx) (*UpdateChecklistItemPayload, error) {
		item, err := tx.checklistItem(ctx, input.ID, "id")
		if err != nil {
			return nil, err
		}
		before, patch := *item, patchingAt("input", "patch")
		input.Patch.apply(item, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, ChecklistItemFields.apply, patch)
		if _, err := tx.lookup(ctx, ChecklistCategoryList, item.CategoryID, before.CategoryID, patch, "categoryId"); err != nil {
			return nil, err
		}
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, item)
		if err := tx.checkBasis(ctx, before.frame(), basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateChecklistItemPayload{Item: item}, nil
		}
		if err := tx.saveItemSettings(ctx, item.Settings); err != nil {
			return nil, err
		}
		return &UpdateChecklistItemPayload{Item: item}, sameItemText(tx.saveChecklistItem(ctx, item, ChecklistItemUpdatedEvent, changes), "patch", "text")
	})
}

// checklistItem locks an item, with its settings, so that what depends on it waits for what changes it.
func (tx *Tx) checklistItem(ctx context.Context, id ID, argument string) (*ChecklistItem, error) {
	var found []*ChecklistItem
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock checklist item: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound("input", argument)
	}
	return found[0], readItemSettings(ctx, tx.Conn, tx.Actor.OrganizationID, found)
}

// placeLast puts an item behind all others of its group, if there is room.
func (tx *Tx) placeLast(ctx context.Context, item *ChecklistItem) error {
	items, err := tx.checklistItemsInUse(ctx, item.Group)
	if err != nil {
		return err
	}
	if len(items) >= maxChecklistItems {
		return &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Textf(
			"Een groep heeft ten hoogste %s onderdelen in gebruik.",
			"A group has at most %s items in use.", maxChecklistItems)}
	}
	item.SortOrder = 1
	if len(items) > 0 {
		item.SortOrder = items[len(items)-1].SortOrder + 1
	}
	return nil
}

// itemsInUse locks the items in use of a group, in their order.
func (tx *Tx) checklistItemsInUse(ctx context.Context, group ChecklistGroup) ([]*ChecklistItem, error) {
	var items []*ChecklistItem
	err := tx.ForUpdate(tx.NewSelect().Model(&items).
		Where("organization_id = ? AND card_group = ? AND active", tx.Actor.OrganizationID, group).OrderExpr("sort_order, id")).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock checklist items of %s: %w", group, err)
	}
	return items, nil
}

// saveItem keeps a changed item as its next version, with its event.
func (tx *Tx) saveChecklistItem(ctx context.Context, item *ChecklistItem, kind EventKind, changes []FieldChange) error {
	item.Version++
	if _, err := tx.NewUpdate().Model(item).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save checklist item %s: %w", item.ID, err)
	}
	tx.logOffice(kind, item.ID, item.Version, changes)
	return nil
}

func (tx *Tx) saveItemSettings(ctx context.Context, settings []ChecklistSetting) error {
	rows := slices.Clone(settings)
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (organization_id, item_id, card) DO UPDATE").Set("visibility = EXCLUDED.visibility").Exec(ctx)
	if err != nil {
		return fmt.Errorf("save settings of a checklist item: %w", err)
	}
	return nil
}

// sameItemText turns the violated unique index on the text into the user's error.
func sameItemText(err error, path ...string) error {
	if !db.IsUnique(err, "checklist_items_by_text", "checklist_items.organization_id, checklist_items.card_group, checklist_items.text_key") {
		return err
	}
	return &Error{Code: DuplicateText, Path: slices.Concat([]string{"input"}, path), Text: Text{
		NL: "Er is in deze groep al een onderdeel met deze tekst.",
		EN: "There is an item with this text in the group already."}}
}
