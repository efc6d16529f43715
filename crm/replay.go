package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// EventScope says whose events a listener follows: those of one card, of all relations, of all attentions, or
// of the office itself.
type EventScope struct {
	CardID     ID
	Customers  bool
	Attentions bool
	Office     bool
}

// The topics of the events of an office. Those of a card are its id.
const (
	customersTopic  = "customers"  // all that shows on a relation's card
	officeTopic     = "office"     // what shows on no card, with the office's or the colleague's id behind it
	attentionsTopic = "attentions" // attentions for everyone; those for one colleague have his id behind them
)

// Topics name whom the event concerns: its card, the cards that show it, overviews of relations, and those
// whom an attention is for. An event of access concerns nobody; any other that shows on no card, the office or
// the colleague that stands in the card's place.
func (e *Event) Topics() []string {
	switch {
	case e.Kind.OfAccess():
		return nil
	case !e.ShowsOnCard():
		return []string{officeTopic + ":" + string(e.CustomerID)}
	}
	topics := []string{string(e.CustomerID), customersTopic}
	if e.CardID != e.CustomerID {
		topics = append(topics, string(e.CardID))
	}
	for _, card := range e.ShownOn {
		topics = append(topics, string(card))
	}
	switch {
	case !e.Kind.ofAttention():
	case len(e.Recipients) == 0:
		topics = append(topics, attentionsTopic)
	default:
		for _, user := range e.Recipients {
			topics = append(topics, attentionsTopic+":"+string(user))
		}
	}
	return topics
}

// Topics name what an actor has to hear of for the scope.
func (s EventScope) Topics(actor Actor) []string {
	user := actor.UserID
	switch {
	case s.Office:
		return []string{officeTopic + ":" + string(actor.OrganizationID), officeTopic + ":" + string(user)}
	case s.Attentions:
		return []string{attentionsTopic, attentionsTopic + ":" + string(user)}
	case s.Customers:
		return []string{customersTopic}
	}
	return []string{string(s.CardID)}
}

// TouchesOverview tells whether the event changed the relation itself, so that a filter may answer
// differently about it than before.
func (e *Event) TouchesOverview() bool { return e.CardID == e.CustomerID && !e.Kind.ofAttention() }

// Replay gives the next events of a scope behind the event with a number, in order, and then up to which
// number the log was no longer told from once they were read: events may be missing when the number lies
// before it.
func (s *Events) Replay(ctx context.Context, scope EventScope, after int64, limit int) (events []*Event, floor int64, err error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, 0, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.position > ?", Args: []any{after}}}
	switch {
	case scope.Office:
		where = append(where, db.Part{SQL: "t.customer_id IN (?, ?) AND t.kind NOT IN ('ACCESS_ENDED', 'ACCESS_CHANGED', 'ACCESS_LINKED')",
			Args: []any{string(actor.OrganizationID), string(actor.UserID)}})
	case scope.Attentions:
		where = append(where, db.Part{SQL: "t.kind IN ('ATTENTION_ADDED', 'ATTENTION_UPDATED', 'ATTENTION_SEEN', 'ATTENTION_ACKNOWLEDGED', 'ATTENTION_REMOVED')"})
	case scope.CardID != "":
		where = append(where, toldOn(actor.OrganizationID, scope.CardID, after))
	}
	events, err = db.Select[*Event](ctx, conn, db.Selection{
		Table: "events", Columns: db.Columns[*Event](db.WithFields(ctx, db.Fields{}), conn),
		Where: where, Order: "t.position", Limit: limit,
	})
	if err != nil {
		return nil, 0, fmt.Errorf("replay the log: %w", err)
	}
	if floor, err = s.floor(ctx, conn, actor.OrganizationID); err != nil {
		return nil, 0, err
	}
	return events, floor, nil
}

// toldOn are the events behind a number that a card is told of: a relation of all that happens beneath it; another,
// of what happens to it and of what it is shown of others. Each of the two has its index.
func toldOn(office, card ID, after int64) db.Part {
	if card.Prefix() == customerPrefix {
		return db.Part{SQL: "t.customer_id = ?", Args: []any{string(card)}}
	}
	return db.Part{
		SQL: "t.position IN (SELECT e.position FROM events AS e WHERE e.organization_id = ? AND e.card_id = ? AND e.position > ?" +
			" UNION ALL SELECT e.position FROM events AS e WHERE e.organization_id = ? AND e.shown_on <> '[]' AND e.shown_on LIKE ? AND e.position > ?)",
		Args: []any{string(office), string(card), after, string(office), `%"` + string(card) + `"%`, after},
	}
}

// floor is up to which number an office's log is no longer told from.
func (s *Events) floor(ctx context.Context, conn db.Conn, office ID) (int64, error) {
	found, err := db.Rows[reach](ctx, conn, "SELECT o.floor FROM organizations AS o WHERE o.id = ?", string(office))
	if err != nil || len(found) == 0 {
		return 0, fmt.Errorf("floor of the log: %w", err)
	}
	return found[0].Floor, nil
}

// PositionAt is the place behind the event with a number and the check of its id.
func PositionAt(number int64, check uint32) Position { return Position{Number: number, check: check} }
