package crm

import (
	"context"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// EventFilter are conditions on the events of an office; all given ones hold.
type EventFilter struct {
	Actors []ID
	Cards  []ID
	Kinds  []EventKind
	From   *time.Time
	Until  *time.Time
}

// where gives the conditions. What shows on no card, such as access, is not part of it.
func (f EventFilter) where(organization ID, conn db.Conn) ([]db.Part, error) {
	where := []db.Part{ofOrganization(organization), {SQL: "substr(t.customer_id, 1, 4) = '" + customerPrefix + "_'"}}
	c := &conditions{engine: conn.Engine()}
	if f.Actors != nil {
		c.list("actors", "t.actor_id IN", idArgs(f.Actors))
	}
	if len(f.Cards) > maxFilterValues {
		c.refuse(Text{NL: "Ten hoogste 100 waarden.", EN: "At most 100 values."}, "cards")
	} else if f.Cards != nil {
		c.onCards(organization, conn, f.Cards)
	}
	c.moment("t.at", &DateTimeFilter{Gte: f.From, Lt: f.Until})
	if c.fault != nil {
		return nil, c.fault
	}
	where = append(where, oneOf("t.kind", f.Kinds)...)
	return append(where, all(c.parts, " AND ")), nil
}

// onCards adds the condition that an event is of one of some cards, or shows on one. PostgreSQL combines the two
// indexes where the cards are quiet, and walks back through the log where they are not. SQLite would always walk: it
// is told to take the indexes.
func (c *conditions) onCards(organization ID, conn db.Conn, some []ID) {
	cards := db.List(conn, some)
	if conn.Engine() == db.Postgres {
		c.add(conn.In("t.card_id")+" OR "+conn.In("t.customer_id"), cards, cards)
		return
	}
	c.add("t.position IN (SELECT e.position FROM events AS e WHERE e.organization_id = ? AND "+conn.In("e.card_id")+
		" UNION ALL SELECT e.position FROM events AS e WHERE e.organization_id = ? AND "+conn.In("e.customer_id")+")",
		string(organization), cards, string(organization), cards)
}

// Audit gives a page of what happened on the cards of the office, newest first.
func (s *Events) Audit(ctx context.Context, filter *EventFilter, window page.Args) (*page.Connection[*Event], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if filter == nil {
		filter = &EventFilter{}
	}
	where, err := filter.where(actor.OrganizationID, conn)
	if err != nil {
		return nil, err
	}
	list := listing[*Event, *Event]{
		table: "events", where: where, scope: scope("audit", filter), node: same[*Event], row: same[*Event],
		keys: []key[*Event]{{column: "t.position", direction: Descending, number: func(e *Event) int64 { return e.Number }}},
	}
	return list.page(ctx, conn, window)
}
