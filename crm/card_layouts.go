package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// CardLayouts are what colleagues chose to see on cards.
type CardLayouts struct{ *core }

// OfActor gives how cards of a kind look for the actor.
func (s *CardLayouts) OfActor(ctx context.Context, card CardType) (*CardLayout, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return cardLayoutOf(ctx, conn, actor, card)
}

func cardLayoutOf(ctx context.Context, conn db.Conn, actor Actor, card CardType) (*CardLayout, error) {
	layouts, err := layoutsOf(ctx, conn, actor)
	if err != nil {
		return nil, err
	}
	hasChecklist, err := hasChecklist(ctx, conn, actor, card)
	if err != nil {
		return nil, err
	}
	return layouts[card].cardLayout(card, actor, hasChecklist), nil
}

// layoutsOf are the actor's choices, by kind of card.
func layoutsOf(ctx context.Context, conn db.Conn, actor Actor) (map[CardType]*layout, error) {
	found, err := db.Rows[*layout](ctx, conn,
		"SELECT t.card_type, t.buttons, t.detail_tabs FROM card_layouts AS t WHERE t.organization_id = ? AND t.user_id = ?",
		string(actor.OrganizationID), string(actor.UserID))
	if err != nil {
		return nil, fmt.Errorf("read layouts: %w", err)
	}
	layouts := make(map[CardType]*layout, len(found))
	for _, one := range found {
		layouts[one.CardType] = one
	}
	return layouts, nil
}

// SetVisibleButtonsInput says which buttons the actor wants to see on cards of a kind, in which order.
type SetVisibleButtonsInput struct {
	CardType CardType
	Keys     []ActionKey
}

// SetVisibleButtonsPayload is the answer to SetButtons.
type SetVisibleButtonsPayload struct {
	Outcome
	Layout *CardLayout
}

// SetButtons chooses the visible buttons. Hidden is not forbidden: what a button does can still be asked for.
func (s *CardLayouts) SetButtons(ctx context.Context, input SetVisibleButtonsInput) (*SetVisibleButtonsPayload, error) {
	return write(ctx, s.core, ChooseLayout, func(ctx context.Context, tx *Tx) (*SetVisibleButtonsPayload, error) {
		var known []ActionKey
		for _, one := range buttonsOf(input.CardType) {
			known = append(known, one.key)
		}
		keys, err := chosen(input.Keys, known)
		if err != nil {
			return nil, err
		}
		looks, err := tx.choose(ctx, input.CardType, func(l *layout) { l.Buttons = keys }, "buttons")
		return &SetVisibleButtonsPayload{Layout: looks}, err
	})
}

// SetVisibleDetailTabsInput says which detail tabs the actor wants to see on cards of a kind, in which order.
type SetVisibleDetailTabsInput struct {
	CardType CardType
	Keys     []TabKey
}

// SetVisibleDetailTabsPayload is the answer to SetDetailTabs.
type SetVisibleDetailTabsPayload struct {
	Outcome
	Layout *CardLayout
}

// SetDetailTabs chooses the visible detail tabs. One that the actor cannot have just now is kept for when he can.
func (s *CardLayouts) SetDetailTabs(ctx context.Context, input SetVisibleDetailTabsInput) (*SetVisibleDetailTabsPayload, error) {
	return write(ctx, s.core, ChooseLayout, func(ctx context.Context, tx *Tx) (*SetVisibleDetailTabsPayload, error) {
		var known []TabKey
		for _, one := range tabsOf(detailTabs(), input.CardType) {
			known = append(known, one.key)
		}
		keys, err := chosen(input.Keys, known)
		if err != nil {
			return nil, err
		}
		looks, err := tx.choose(ctx, input.CardType, func(l *layout) { l.DetailTabs = keys }, "detail_tabs")
		return &SetVisibleDetailTabsPayload{Layout: looks}, err
	})
}

// ResetCardLayoutInput says for which kind of card to go back to the usual.
type ResetCardLayoutInput struct{ CardType CardType }

// ResetCardLayoutPayload is the answer to Reset.
type ResetCardLayoutPayload struct {
	Outcome
	Layout *CardLayout
}

// Reset goes back to the usual buttons and tabs.
func (s *CardLayouts) Reset(ctx context.Context, input ResetCardLayoutInput) (*ResetCardLayoutPayload, error) {
	return write(ctx, s.core, ChooseLayout, func(ctx context.Context, tx *Tx) (*ResetCardLayoutPayload, error) {
		looks, err := tx.choose(ctx, input.CardType, func(l *layout) { l.Buttons, l.DetailTabs = nil, nil }, "buttons", "detail_tabs")
		return &ResetCardLayoutPayload{Layout: looks}, err
	})
}

// chosen gives each key once, in the order of their first appearance, or says that one is not of the card.
func chosen[K comparable](keys, known []K) ([]K, error) {
	for _, key := range keys {
		if !slices.Contains(known, key) {
			return nil, Invalid(Textf("Kaarten van dit type hebben geen %s.", "Cards of this type have no %s.", key), "input", "keys")
		}
	}
	return append([]K{}, distinct(keys)...), nil
}

// choose changes some columns of the actor's layout, and tells the actor's other screens when it became another.
func (tx *Tx) choose(ctx context.Context, card CardType, change func(l *layout), columns ...string) (*CardLayout, error) {
	layouts, err := layoutsOf(ctx, tx.Conn, tx.Actor)
	if err != nil {
		return nil, err
	}
	after := &layout{OrganizationID: tx.Actor.OrganizationID, UserID: tx.Actor.UserID, CardType: card, UpdatedAt: tx.Now}
	before := *after
	if known := layouts[card]; known != nil {
		before.Buttons, before.DetailTabs = known.Buttons, known.DetailTabs
	}
	after.Buttons, after.DetailTabs = before.Buttons, before.DetailTabs
	change(after)
	changes := differing([]FieldChange{
		{Field: "buttons", From: before.Buttons, To: after.Buttons},
		{Field: "detailTabs", From: before.DetailTabs, To: after.DetailTabs}})
	if len(changes) > 0 {
		query := tx.NewInsert().Model(after).On("CONFLICT (organization_id, user_id, card_type) DO UPDATE")
		for _, column := range append(columns, "updated_at") {
			query.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := query.Exec(ctx); err != nil {
			return nil, fmt.Errorf("save layout: %w", err)
		}
		user := tx.Actor.UserID
		tx.log(&Event{Kind: LayoutChangedEvent, CustomerID: user, CardID: user, SubjectID: &user, Changes: changes})
	}
	return cardLayoutOf(ctx, tx.Conn, tx.Actor, card)
}

// hasChecklist tells whether the office shows any item of its checklists on cards of a kind.
func hasChecklist(ctx context.Context, conn db.Conn, actor Actor, card CardType) (bool, error) {
	shown, err := db.CountAll(ctx, conn, db.Selection{Table: "checklist_settings", Where: []db.Part{
		ofOrganization(actor.OrganizationID),
		{SQL: "t.card = ? AND t.visibility <> 'HIDE' AND EXISTS (SELECT 1 FROM checklist_items AS i WHERE i.organization_id = t.organization_id AND i.id = t.item_id AND i.active)", Args: []any{string(card)}},
	}})
	if err != nil {
		return false, fmt.Errorf("look for a checklist: %w", err)
	}
	return shown > 0, nil
}
