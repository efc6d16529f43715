package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// A selection keeps its cards as they were found. Cards that can no longer be seen are passed over: whoever
// stands on one stands on the next instead.

// visible are the cards of a selection that can be seen; its values are the office and the selection.
func (s *Selection) visible() string {
	return "SELECT s.ordinal, s.card_id FROM selection_cards AS s JOIN " + s.CardType.table() +
		" AS c ON c.organization_id = s.organization_id AND c.id = s.card_id WHERE s.organization_id = ? AND s.selection_id = ?"
}

// locate finds out where the walk stands.
func (s *Selection) locate(ctx context.Context, conn db.Conn) error {
	found, err := db.Rows[walk](ctx, conn,
		"WITH v AS ("+s.visible()+"),"+
			" h AS (SELECT COALESCE(MIN(CASE WHEN v.ordinal >= ? THEN v.ordinal END), MAX(v.ordinal)) AS here, COUNT(*) AS n FROM v)"+
			" SELECT h.n AS count, (SELECT COUNT(*) FROM v WHERE v.ordinal <= h.here) AS position,"+
			" (SELECT v.card_id FROM v WHERE v.ordinal = h.here) AS current_id,"+
			" (SELECT v.card_id FROM v WHERE v.ordinal > h.here ORDER BY v.ordinal LIMIT 1) AS next_id,"+
			" (SELECT v.card_id FROM v WHERE v.ordinal < h.here ORDER BY v.ordinal DESC LIMIT 1) AS previous_id FROM h",
		string(s.OrganizationID), string(s.ID), s.Ordinal)
	if err != nil || len(found) == 0 {
		return fmt.Errorf("locate a selection: %w", err)
	}
	s.walk = found[0]
	return nil
}

// places says how the cards of a selection are listed.
func (s *Selection) places() listing[*selectedCard, *selectedCard] {
	return listing[*selectedCard, *selectedCard]{
		table: "selection_cards", scope: scope("selection", s.ID), node: same[*selectedCard], row: same[*selectedCard],
		where: []db.Part{ofOrganization(s.OrganizationID), {SQL: "t.selection_id = ?", Args: []any{string(s.ID)}},
			{SQL: "EXISTS (SELECT 1 FROM " + s.CardType.table() + " AS c WHERE c.organization_id = t.organization_id AND c.id = t.card_id)"}},
		keys: []key[*selectedCard]{{column: "t.ordinal", direction: Ascending, number: func(c *selectedCard) int64 { return int64(c.Ordinal) }}},
	}
}

// destination is the place of the card to go to.
func (tx *Tx) destination(ctx context.Context, selection *Selection, input MoveSelectionInput) (int, error) {
	to, field := input.To, "to"
	if input.Step != nil {
		field = "step"
		switch *input.Step {
		case NextStep:
			to = selection.NextID()
		case PreviousStep:
			to = selection.PreviousID()
		default:
			return tx.end(ctx, selection, *input.Step)
		}
	}
	if to == nil {
		return 0, Invalid(Text{NL: "Hier houdt de selectie op.", EN: "The selection ends here."}, "input", field)
	}
	found, err := db.Rows[place](ctx, tx.Conn, "SELECT v.ordinal FROM ("+selection.visible()+") AS v WHERE v.card_id = ?",
		string(selection.OrganizationID), string(selection.ID), string(*to))
	if err != nil {
		return 0, fmt.Errorf("find a card of a selection: %w", err)
	}
	if len(found) == 0 {
		return 0, notFound("input", field)
	}
	return found[0].Ordinal, nil
}

// place is where a card stands in a selection.
type place struct{ Ordinal int }

// end is the place of the first or the last card.
func (tx *Tx) end(ctx context.Context, selection *Selection, step SelectionStep) (int, error) {
	direction := "ASC"
	if step == LastStep {
		direction = "DESC"
	}
	found, err := db.Rows[place](ctx, tx.Conn, "SELECT v.ordinal FROM ("+selection.visible()+") AS v ORDER BY v.ordinal "+direction+" LIMIT 1",
		string(selection.OrganizationID), string(selection.ID))
	if err != nil {
		return 0, fmt.Errorf("find the end of a selection: %w", err)
	}
	if len(found) == 0 {
		return selection.Ordinal, nil
	}
	return found[0].Ordinal, nil
}

// activeSelection is the one that the actor used last; nil when there is none.
func activeSelection(ctx context.Context, conn db.Conn, actor Actor, now time.Time) (*Selection, error) {
	found, err := db.Rows[*Selection](ctx, conn,
		"SELECT "+db.Columns[*Selection](ctx, conn)+" FROM selections AS t WHERE t.organization_id = ? AND t.user_id = ? AND t.expires_at > ?"+
			" ORDER BY t.used_at DESC, t.id DESC LIMIT 1", string(actor.OrganizationID), string(actor.UserID), now)
	if err != nil {
		return nil, fmt.Errorf("read the active selection: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], found[0].locate(ctx, conn)
}

// cardsOfSelection are all cards of a selection that can be seen, in their order.
func (tx *Tx) cardsOfSelection(ctx context.Context, selection *Selection) ([]ID, error) {
	found, err := db.Rows[*selectedCard](ctx, tx.Conn, "SELECT v.card_id FROM ("+selection.visible()+") AS v ORDER BY v.ordinal",
		string(selection.OrganizationID), string(selection.ID))
	if err != nil {
		return nil, fmt.Errorf("read the cards of a selection: %w", err)
	}
	ids := make([]ID, len(found))
	for i, one := range found {
		ids[i] = one.CardID
	}
	return ids, nil
}
