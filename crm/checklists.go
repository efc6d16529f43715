package crm

import (
	"context"
	"fmt"
	"strings"
)

// SetChecklistItemInput is a tick on a card.
type SetChecklistItemInput struct {
	CardID  ID
	ItemID  ID
	Checked bool
}

// SetChecklistItemPayload is the answer to SetItem.
type SetChecklistItemPayload struct {
	Outcome
	Entry     *ChecklistEntry
	Checklist *Checklist
}

// SetItem ticks or unticks an item on a card. Of two who tick it at once the first is kept; the other gets
// the state as it is, and nothing changes.
func (s *Checklists) SetItem(ctx context.Context, input SetChecklistItemInput) (*SetChecklistItemPayload, error) {
	return write(ctx, s.core, EditChecklists, func(ctx context.Context, tx *Tx) (*SetChecklistItemPayload, error) {
		customer, entry, err := tx.checklistEntry(ctx, input.CardID, input.ItemID)
		if err != nil {
			return nil, err
		}
		kind := ChecklistTickedEvent
		if !input.Checked {
			kind = ChecklistUntickedEvent
		}
		if entry.tick(input.Checked, actorID(tx.Actor), tx.Now) {
			changes := []FieldChange{{Field: "checked", From: !input.Checked, To: input.Checked}}
			if err := tx.saveEntry(ctx, customer, entry, kind, changes); err != nil {
				return nil, err
			}
		}
		lists, err := checklistsOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{input.CardID})
		if err != nil {
			return nil, err
		}
		return &SetChecklistItemPayload{Entry: lists[0].entry(input.ItemID), Checklist: lists[0]}, nil
	})
}

// SetChecklistNoteInput is a note beside an item on a card.
type SetChecklistNoteInput struct {
	CardID ID
	ItemID ID
	Note   string
}

// SetChecklistNotePayload is the answer to SetNote.
type SetChecklistNotePayload struct {
	Outcome
	Entry *ChecklistEntry
}

// SetNote writes a note beside an item on a card, ticked or not; an empty one clears.
func (s *Checklists) SetNote(ctx context.Context, input SetChecklistNoteInput) (*SetChecklistNotePayload, error) {
	return write(ctx, s.core, EditChecklists, func(ctx context.Context, tx *Tx) (*SetChecklistNotePayload, error) {
		customer, entry, err := tx.checklistEntry(ctx, input.CardID, input.ItemID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		note := fields.part("note", &input.Note, upTo(maxNote))
		if err := fields.err(); err != nil {
			return nil, err
		}
		before := entry.Note
		if !entry.annotate(note, actorID(tx.Actor), tx.Now) {
			return &SetChecklistNotePayload{Entry: entry}, nil
		}
		changes := differing([]FieldChange{{Field: "note", From: before, To: note}})
		return &SetChecklistNotePayload{Entry: entry}, tx.saveEntry(ctx, customer, entry, ChecklistNotedEvent, changes)
	})
}

// checklistEntry gives an item on a card for a change: the card's relation is locked, the card and the item
// are in use, and cards of this status let it be changed.
func (tx *Tx) checklistEntry(ctx context.Context, cardID, itemID ID) (customer ID, entry *ChecklistEntry, err error) {
	card, err := tx.lockCard(ctx, cardID)
	if err != nil {
		return "", nil, err
	}
	item, err := tx.checklistItem(ctx, itemID, "itemId")
	if err != nil {
		return "", nil, err
	}
	if err := card.inUse(); err != nil {
		return "", nil, err
	}
	kinds, err := checklistCards(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{cardID})
	if err != nil {
		return "", nil, err
	}
	entry = &ChecklistEntry{OrganizationID: tx.Actor.OrganizationID, CardID: cardID, ItemID: itemID, Visibility: HideItem}
	var found []*ChecklistEntry
	err = tx.NewSelect().Model(&found).Where("organization_id = ? AND card_id = ? AND item_id = ?", entry.OrganizationID, cardID, itemID).Scan(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("entry of %s on %s: %w", itemID, cardID, err)
	}
	if len(found) > 0 {
		entry = found[0]
	}
	entry.Item = item
	for _, setting := range item.Settings {
		if setting.Card == kinds[cardID] {
			entry.Visibility = setting.Visibility
		}
	}
	return card.customer, entry, entry.mayChange(kinds[cardID])
}

// saveEntry keeps what became of an item on a card, with the card's next version and the event.
func (tx *Tx) saveEntry(ctx context.Context, customer ID, entry *ChecklistEntry, kind EventKind, changes []FieldChange) error {
	insert := tx.NewInsert().Model(entry).On("CONFLICT (organization_id, card_id, item_id) DO UPDATE")
	for _, column := range strings.Fields("checked checked_by checked_at note note_by note_at") {
		insert = insert.Set(column + " = EXCLUDED." + column)
	}
	if _, err := insert.Exec(ctx); err != nil {
		return fmt.Errorf("save entry of %s on %s: %w", entry.ItemID, entry.CardID, err)
	}
	version, err := tx.raiseVersion(ctx, tableOf(entry.CardID), entry.CardID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: customer, CardID: entry.CardID, CardVersion: version, SubjectID: &entry.ItemID, Changes: changes})
	return nil
}
