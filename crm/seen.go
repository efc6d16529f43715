package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"klantkaart/db"
)

// A change overlooks no row, so that its rules hold for everyone alike; what it is made to, and what it tells of
// other cards, is held against what the actor may see.

// sees says that a card is there for the actor, or NOT_FOUND. For who sees all cards it costs nothing.
func (tx *Tx) sees(ctx context.Context, card ID, path ...string) error {
	if tx.Actor.SeesAll() {
		return nil
	}
	found, err := db.Rows[*cardKey](tx.Actor.looking(ctx), tx.Conn,
		"SELECT t.id FROM "+tableOf(card)+" AS t WHERE t.organization_id = ? AND t.id = ?", string(tx.Actor.OrganizationID), string(card))
	if err != nil {
		return fmt.Errorf("look whether %s is seen: %w", card, err)
	}
	if len(found) == 0 {
		return notFound(path...)
	}
	return nil
}

// shown are those of the cards that the actor may see.
func (c *core) shown(ctx context.Context, actor Actor, cards []Card) ([]Card, error) {
	if len(cards) == 0 || actor.SeesAll() {
		return cards, nil
	}
	ids := make([]ID, len(cards))
	for i, card := range cards {
		ids[i] = card.NodeID()
	}
	found, err := c.nodes(db.WithFields(WithActor(ctx, actor), db.Fields{}), ids)
	if err != nil {
		return nil, err
	}
	var seen []Card
	for i, node := range found {
		if node != nil {
			seen = append(seen, cards[i])
		}
	}
	return seen, nil
}

// discreet is what is wrong with a change, without the cards that the actor may not see.
func (c *core) discreet(ctx context.Context, actor Actor, err error) error {
	for _, fault := range FaultsOf(err) {
		seen, failed := c.shown(ctx, actor, fault.Cards)
		if failed != nil {
			return errors.Join(err, failed)
		}
		fault.Cards = seen
	}
	return err
}

// warningsFor are the warnings without the cards that the actor may not see; none where it is of these alone.
func (c *core) warningsFor(ctx context.Context, actor Actor, warnings []*Warning) ([]*Warning, error) {
	var shown []*Warning
	for _, warning := range warnings {
		about := len(warning.Cards)
		cards, err := c.shown(ctx, actor, warning.Cards)
		if err != nil {
			return nil, err
		}
		if warning.Cards = cards; about == 0 || len(cards) > 0 {
			shown = append(shown, warning)
		}
	}
	return shown, nil
}

// Shown are those of the events that the actor may see now: of the parts and of the cards that he sees.
func (s *Events) Shown(ctx context.Context, events []*Event) ([]*Event, error) {
	actor, err := ActorFrom(ctx)
	if err != nil || actor.SeesAll() {
		return events, err
	}
	var parts []*Event
	var relations []ID
	for _, event := range events {
		if actor.seesPartOf(event) {
			parts, relations = append(parts, event), append(relations, event.CustomerID)
		}
	}
	if actor.seesAllCards() {
		return parts, nil
	}
	there, err := db.Rows[*cardKey](ctx, s.db.Read(), "SELECT t.id FROM customers AS t WHERE t.organization_id = ? AND "+s.db.Read().In("t.id"),
		string(actor.OrganizationID), db.List(s.db.Read(), distinct(relations)))
	if err != nil {
		return nil, fmt.Errorf("whose cards events are on: %w", err)
	}
	known := make(map[ID]bool, len(there))
	for _, one := range there {
		known[one.ID] = true
	}
	return slices.DeleteFunc(parts, func(e *Event) bool { return e.ShowsOnCard() && !known[e.CustomerID] }), nil
}

// seesPartOf tells whether the actor may see the part of a card that an event is of.
func (a Actor) seesPartOf(event *Event) bool {
	for _, part := range parts() {
		if a.Rights.Has(part.right) {
			continue
		}
		if part.cards != "" && strings.Contains(part.cards, event.CardID.Prefix()) {
			return false
		}
		for _, kind := range part.events {
			if strings.HasPrefix(string(event.Kind), kind) {
				return false
			}
		}
	}
	return true
}
