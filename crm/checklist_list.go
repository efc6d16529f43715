package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// Checklists are what cards have their colleagues check, and how far they are.
type Checklists struct{ *core }

// OfCards gives for each card its checklist; nil where its status shows no item.
func (s *Checklists) OfCards(ctx context.Context, cards []ID) ([]*Checklist, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if !actor.Rights.Has(ViewChecklists) {
		return make([]*Checklist, len(cards)), nil
	}
	return checklistsOf(ctx, conn, actor.OrganizationID, cards)
}

// VisibleFor tells for each card whether it has a checklist, so that there is such a tab.
func (s *Checklists) VisibleFor(ctx context.Context, cards []ID) ([]bool, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	kinds, err := checklistCards(ctx, conn, actor.OrganizationID, cards)
	if err != nil {
		return nil, err
	}
	shown, err := db.Rows[ChecklistSetting](ctx, conn,
		"SELECT DISTINCT t.card FROM checklist_settings AS t JOIN checklist_items AS i ON i.organization_id = t.organization_id AND i.id = t.item_id"+
			" WHERE t.organization_id = ? AND i.active AND t.visibility <> 'HIDE'", string(actor.OrganizationID))
	if err != nil {
		return nil, fmt.Errorf("which cards have a checklist: %w", err)
	}
	shows := make(map[ChecklistCard]bool, len(shown))
	for _, setting := range shown {
		shows[setting.Card] = true
	}
	visible := make([]bool, len(cards))
	for i, card := range cards {
		visible[i] = shows[kinds[card]]
	}
	return visible, nil
}

// checklistCard is a card with the kind that its checklist goes by.
type checklistCard struct {
	ID   ID
	Kind ChecklistCard
}

// checklistCards tells of which kind cards are; those that are not there for the office are absent.
func checklistCards(ctx context.Context, conn db.Conn, office ID, cards []ID) (map[ID]ChecklistCard, error) {
	list := db.List(conn, cards)
	found, err := db.Rows[checklistCard](ctx, conn,
		"SELECT t.id, t.stage AS kind FROM customers AS t WHERE t.organization_id = ? AND "+conn.In("t.id")+
			" UNION ALL SELECT t.id, 'CONTACT' AS kind FROM contacts AS t WHERE t.organization_id = ? AND "+conn.In("t.id")+
			" UNION ALL SELECT t.id, t.phase AS kind FROM engagements AS t WHERE t.organization_id = ? AND "+conn.In("t.id"),
		string(office), list, string(office), list, string(office), list)
	if err != nil {
		return nil, fmt.Errorf("kinds of %d cards: %w", len(cards), err)
	}
	kinds := make(map[ID]ChecklistCard, len(found))
	for _, card := range found {
		kinds[card.ID] = card.Kind
	}
	return kinds, nil
}

// settingOfItem is an item together with what one kind of card does with it.
type settingOfItem struct {
	ChecklistItem `bun:",extend"`
	Card          ChecklistCard
	Visibility    ChecklistVisibility
}

// checklistsOf reads the checklists of cards, whatever their number in the same statements: their kinds, the
// items, what was ticked and noted, and the categories.
func checklistsOf(ctx context.Context, conn db.Conn, office ID, cards []ID) ([]*Checklist, error) {
	kinds, err := checklistCards(ctx, conn, office, cards)
	if err != nil {
		return nil, err
	}
	items, err := db.Rows[*settingOfItem](ctx, conn,
		"SELECT "+db.Columns[*ChecklistItem](ctx, conn)+", s.card, s.visibility FROM checklist_items AS t"+
			" JOIN checklist_settings AS s ON s.organization_id = t.organization_id AND s.item_id = t.id"+
			" WHERE t.organization_id = ? AND (t.active OR EXISTS (SELECT 1 FROM checklist_entries AS e"+
			" WHERE e.organization_id = t.organization_id AND e.item_id = t.id AND "+conn.In("e.card_id")+"))"+
			" ORDER BY t.sort_order, t.id", string(office), db.List(conn, cards))
	if err != nil {
		return nil, fmt.Errorf("items of %d checklists: %w", len(cards), err)
	}
	entries, err := db.Rows[*ChecklistEntry](ctx, conn,
		"SELECT "+db.Columns[*ChecklistEntry](ctx, conn)+" FROM checklist_entries AS t WHERE t.organization_id = ? AND "+conn.In("t.card_id"),
		string(office), db.List(conn, cards))
	if err != nil {
		return nil, fmt.Errorf("entries of %d checklists: %w", len(cards), err)
	}
	categories, err := categoriesOf(ctx, conn, office, items)
	if err != nil {
		return nil, err
	}
	byCard := grouped(cards, entries, func(e *ChecklistEntry) ID { return e.CardID })
	found := make([]*Checklist, len(cards))
	for i, card := range cards {
		found[i] = checklistOf(office, card, kinds[card], items, byCard[i], categories)
	}
	return found, nil
}

// categoriesOf reads the categories of items, by id.
func categoriesOf(ctx context.Context, conn db.Conn, office ID, items []*settingOfItem) (map[ID]*LookupValue, error) {
	categories := make(map[ID]*LookupValue)
	var ids []ID
	for _, item := range items {
		if item.CategoryID != nil {
			ids = append(ids, *item.CategoryID)
		}
	}
	values, err := byIDs(ctx, conn, office, "lookup_values", distinct(ids), (*LookupValue).NodeID)
	for _, value := range values {
		if value != nil {
			categories[value.ID] = value
		}
	}
	return categories, err
}

// checklistOf puts together what a card of a kind shows; nil when that is nothing.
func checklistOf(office, card ID, kind ChecklistCard, items []*settingOfItem, entries []*ChecklistEntry, categories map[ID]*LookupValue) *Checklist {
	used := make(map[ID]*ChecklistEntry, len(entries))
	for _, entry := range entries {
		used[entry.ItemID] = entry
	}
	list := &Checklist{Named: categories}
	for _, item := range items {
		entry := used[item.ID]
		if item.Card != kind || (entry == nil && !item.Active) {
			continue
		}
		if entry == nil {
			entry = &ChecklistEntry{OrganizationID: office, CardID: card, ItemID: item.ID}
		}
		entry.Item, entry.Visibility = &item.ChecklistItem, item.Visibility
		switch {
		case !item.Active:
			entry.Visibility = ShowItem
			if entry.Checked || entry.Note != nil {
				list.Retired = append(list.Retired, entry)
			}
		case item.Visibility != HideItem:
			list.Shown = append(list.Shown, entry)
		}
	}
	if len(list.Shown) == 0 {
		return nil
	}
	return list
}

// maxEntryHistory is how many events of an item on a card are told.
const maxEntryHistory = 50

// HistoryOf gives for each entry what happened to it, newest first.
func (s *Checklists) HistoryOf(ctx context.Context, entries []*ChecklistEntry) ([][]*Event, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	cards := make([]ID, len(entries))
	for i, entry := range entries {
		cards[i] = entry.CardID
	}
	events, err := db.Rows[*Event](db.WithFields(ctx, db.Fields{}), conn,
		"SELECT "+db.Columns[*Event](db.WithFields(ctx, db.Fields{}), conn)+" FROM"+
			" (SELECT e.*, row_number() OVER (PARTITION BY e.card_id, e.subject_id ORDER BY e.position DESC) AS place FROM events AS e"+
			" WHERE e.organization_id = ? AND "+conn.In("e.card_id")+" AND e.kind IN ('CHECKLIST_TICKED', 'CHECKLIST_UNTICKED', 'CHECKLIST_NOTED')) AS t"+
			" WHERE t.place <= ? ORDER BY t.position DESC",
		string(actor.OrganizationID), db.List(conn, distinct(cards)), maxEntryHistory)
	if err != nil {
		return nil, fmt.Errorf("history of %d entries: %w", len(entries), err)
	}
	type place struct{ card, item ID }
	byEntry := make(map[place][]*Event)
	for _, event := range events {
		at := place{event.CardID, *event.SubjectID}
		byEntry[at] = append(byEntry[at], event)
	}
	found := make([][]*Event, len(entries))
	for i, entry := range entries {
		found[i] = byEntry[place{entry.CardID, entry.ItemID}]
	}
	return found, nil
}
