package crm

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"klantkaart/db"
	"klantkaart/page"
)

// Selections are the cards that colleagues walk through.
type Selections struct {
	*core
	nodes *Nodes
}

// ByIDs finds many selections of the actor, in the order of the ids; nil where there is none, or no longer.
func (s *Selections) ByIDs(ctx context.Context, ids []ID) ([]*Selection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := db.Rows[*Selection](ctx, conn,
		"SELECT "+db.Columns[*Selection](ctx, conn)+" FROM selections AS t WHERE t.organization_id = ? AND t.user_id = ? AND t.expires_at > ? AND "+conn.In("t.id"),
		string(actor.OrganizationID), string(actor.UserID), s.moment(), db.List(conn, ids))
	if err != nil {
		return nil, fmt.Errorf("read selections: %w", err)
	}
	for _, selection := range found {
		if err := selection.locate(ctx, conn); err != nil {
			return nil, err
		}
	}
	return aligned(ids, found, (*Selection).NodeID), nil
}

// ActiveOf is the selection that the actor made or moved through last; nil when there is none.
func (s *Selections) ActiveOf(ctx context.Context) (*Selection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return activeSelection(ctx, conn, actor, s.moment())
}

// Cards gives a page of the cards of a selection that can be seen, in their order.
func (s *Selections) Cards(ctx context.Context, selection *Selection, window page.Args) (*page.Connection[Card], error) {
	_, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	places, err := selection.places().page(ctx, conn, window)
	if err != nil {
		return nil, err
	}
	ids, ordinals := make([]ID, len(places.Nodes)), make(map[ID]any, len(places.Nodes))
	for i, place := range places.Nodes {
		ids[i], ordinals[place.CardID] = place.CardID, int64(place.Ordinal)
	}
	found, err := s.nodes.Cards(ctx, ids)
	if err != nil {
		return nil, err
	}
	cards := make(map[ID]Card, len(found))
	for i, card := range found {
		cards[ids[i]] = card
	}
	return page.Map(places, selection.places().scope, func(c Card) []any { return []any{ordinals[c.NodeID()]} },
		func(p *selectedCard) Card { return cards[p.CardID] }), nil
}

// CreateSelectionInput says which cards to walk through.
type CreateSelectionInput struct {
	CardType  SelectionCardType
	Ids       []ID
	Overview  *CustomerListArgs
	Origin    *string
	CurrentID *ID
}

// CreateSelectionPayload is the answer to Create.
type CreateSelectionPayload struct {
	Outcome
	Selection *Selection
}

// Create keeps cards in their order as they are found now. The selection becomes the active one.
func (s *Selections) Create(ctx context.Context, input CreateSelectionInput) (*CreateSelectionPayload, error) {
	return write(ctx, s.core, KeepSelections, func(ctx context.Context, tx *Tx) (*CreateSelectionPayload, error) {
		fields := patchingAt("input")
		origin := fields.part("origin", input.Origin, upTo(200))
		if (input.Ids == nil) == (input.Overview == nil) {
			fields.refuse("ids", Text{NL: "Geef precies één van ids en overview.", EN: "Give exactly one of ids and overview."})
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		cards, err := tx.selectedCards(ctx, input)
		if err != nil {
			return nil, err
		}
		selection := &Selection{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(selectionPrefix), UserID: tx.Actor.UserID,
			CardType: input.CardType, Origin: origin, Ordinal: 1, CreatedAt: tx.Now}
		if input.CurrentID != nil {
			selection.Ordinal = slices.Index(cards, *input.CurrentID) + 1
		}
		if selection.Ordinal == 0 {
			return nil, notFound("input", "currentId")
		}
		return &CreateSelectionPayload{Selection: selection}, tx.insertSelection(ctx, selection, cards)
	})
}

// selectedCards finds the cards of a new selection, each once.
func (tx *Tx) selectedCards(ctx context.Context, input CreateSelectionInput) (cards []ID, err error) {
	ctx = tx.Actor.looking(ctx)
	field := "ids"
	if input.Overview != nil {
		field = "overview"
		if input.CardType != CustomerSelection {
			return nil, Invalid(Text{NL: "Een overzicht van relaties geeft een selectie van relaties.", EN: "An overview of relations gives a selection of relations."}, "input", field)
		}
		cards, err = tx.cardsOfOverview(ctx, *input.Overview)
	} else if cards = distinct(input.Ids); len(cards) <= maxSelectedCards {
		err = tx.checkSelected(ctx, input.CardType, input.Ids)
	}
	switch {
	case err != nil:
		return nil, err
	case len(cards) > maxSelectedCards:
		return nil, tooManySelected("input", field)
	case len(cards) == 0:
		return nil, noSelection("input", field)
	}
	return cards, nil
}

// cardsOfOverview finds the relations of an overview, in its order; one more than a selection may have, if
// there are so many.
func (tx *Tx) cardsOfOverview(ctx context.Context, overview CustomerListArgs) ([]ID, error) {
	where, err := overview.where(tx.Actor.OrganizationID, tx.Engine(), tx.Today)
	if err != nil {
		return nil, faultAt(err, "overview")
	}
	keys, err := customerKeys(overview.OrderBy)
	if err != nil {
		return nil, faultAt(err, "overview")
	}
	found, err := db.Select[*cardKey](ctx, tx.Conn, db.Selection{
		Table: "customers", Columns: "t.id", Where: where, Order: order(keys, false), Limit: maxSelectedCards + 1})
	if err != nil {
		return nil, fmt.Errorf("select the cards of an overview: %w", err)
	}
	ids := make([]ID, len(found))
	for i, one := range found {
		ids[i] = one.ID
	}
	return ids, nil
}

// maxNamedFaults bounds how many of the cards that are refused are named.
const maxNamedFaults = 100

// checkSelected refuses cards of another type and cards that are not there for the actor, each at its place.
func (tx *Tx) checkSelected(ctx context.Context, cardType SelectionCardType, ids []ID) error {
	found, err := db.Rows[*cardKey](ctx, tx.Conn,
		"SELECT t.id FROM "+cardType.table()+" AS t WHERE t.organization_id = ? AND "+tx.In("t.id"), string(tx.Actor.OrganizationID), db.List(tx.Conn, ids))
	if err != nil {
		return fmt.Errorf("look up %d cards: %w", len(ids), err)
	}
	there := make(map[ID]bool, len(found))
	for _, one := range found {
		there[one.ID] = true
	}
	var faults Faults
	for i, id := range ids {
		path := []string{"input", "ids", strconv.Itoa(i)}
		switch {
		case len(faults) == maxNamedFaults:
			return faults
		case tableOf(id) != "" && id.Prefix() != cardType.prefix():
			faults = append(faults, Invalid(Text{NL: "Deze kaart is van een ander kaarttype.", EN: "This card is of another type."}, path...))
		case !there[id]:
			faults = append(faults, notFound(path...))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// insertBatch is how many rows one statement inserts.
const insertBatch = 1000

// insertSelection stores a selection, and lets go of those that are over.
func (tx *Tx) insertSelection(ctx context.Context, selection *Selection, cards []ID) error {
	selection.use(tx.Now)
	if err := tx.dropSelections(ctx); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(selection).Exec(ctx); err != nil {
		return fmt.Errorf("insert selection: %w", err)
	}
	rows := make([]*selectedCard, len(cards))
	for i, card := range cards {
		rows[i] = &selectedCard{OrganizationID: selection.OrganizationID, SelectionID: selection.ID, Ordinal: i + 1, CardID: card}
	}
	for batch := range slices.Chunk(rows, insertBatch) {
		if _, err := tx.NewInsert().Model(&batch).Exec(ctx); err != nil {
			return fmt.Errorf("insert the cards of a selection: %w", err)
		}
	}
	return selection.locate(ctx, tx.Conn)
}

// dropSelections removes what expired at the office, and the actor's oldest beyond those he may keep.
func (tx *Tx) dropSelections(ctx context.Context) error {
	_, err := tx.NewRaw("DELETE FROM selections WHERE organization_id = ? AND (expires_at <= ? OR id IN (SELECT t.id FROM selections AS t"+
		" WHERE t.organization_id = ? AND t.user_id = ? ORDER BY t.used_at DESC, t.id DESC LIMIT 1000 OFFSET ?))",
		tx.Actor.OrganizationID, tx.Now, tx.Actor.OrganizationID, tx.Actor.UserID, maxSelections-1).Exec(ctx)
	if err != nil {
		return fmt.Errorf("remove old selections: %w", err)
	}
	return nil
}

// MoveSelectionInput says where to go in a selection.
type MoveSelectionInput struct {
	ID   ID
	To   *ID
	Step *SelectionStep
}

// MoveSelectionPayload is the answer to Move.
type MoveSelectionPayload struct {
	Outcome
	Selection *Selection
}

// Move goes to another card of a selection. It becomes the active one.
func (s *Selections) Move(ctx context.Context, input MoveSelectionInput) (*MoveSelectionPayload, error) {
	return write(ctx, s.core, KeepSelections, func(ctx context.Context, tx *Tx) (*MoveSelectionPayload, error) {
		if (input.To == nil) == (input.Step == nil) {
			return nil, Invalid(Text{NL: "Geef precies één van to en step.", EN: "Give exactly one of to and step."}, "input")
		}
		selection, err := tx.selection(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if selection.Ordinal, err = tx.destination(ctx, selection, input); err != nil {
			return nil, err
		}
		selection.use(tx.Now)
		_, err = tx.NewUpdate().Model(selection).Column("ordinal", "used_at", "expires_at").
			Where("organization_id = ? AND id = ?", selection.OrganizationID, selection.ID).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("move a selection: %w", err)
		}
		return &MoveSelectionPayload{Selection: selection}, selection.locate(ctx, tx.Conn)
	})
}

// CloseSelectionInput says which selection to close.
type CloseSelectionInput struct{ ID ID }

// CloseSelectionPayload is the answer to Close.
type CloseSelectionPayload struct {
	Outcome
	ActiveSelection *Selection
}

// Close lets go of a selection.
func (s *Selections) Close(ctx context.Context, input CloseSelectionInput) (*CloseSelectionPayload, error) {
	return write(ctx, s.core, KeepSelections, func(ctx context.Context, tx *Tx) (*CloseSelectionPayload, error) {
		selection, err := tx.selection(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if _, err := tx.NewDelete().Model(selection).Where("organization_id = ? AND id = ?", selection.OrganizationID, selection.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("close a selection: %w", err)
		}
		active, err := activeSelection(ctx, tx.Conn, tx.Actor, tx.Now)
		return &CloseSelectionPayload{ActiveSelection: active}, err
	})
}

// selection locks a selection of the actor's for a change.
func (tx *Tx) selection(ctx context.Context, id ID) (*Selection, error) {
	var found []*Selection
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND user_id = ? AND id = ? AND expires_at > ?",
		tx.Actor.OrganizationID, tx.Actor.UserID, id, tx.Now)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock selection: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound("input", "id")
	}
	return found[0], found[0].locate(ctx, tx.Conn)
}
