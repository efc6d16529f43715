package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// ResyncReason is why a stream cannot simply go on, so that the client fetches anew.
type ResyncReason string

// The reasons; the schema says what each means.
const (
	CursorTooOld  ResyncReason = "CURSOR_TOO_OLD"
	CursorUnknown ResyncReason = "CURSOR_UNKNOWN"
	AccessChanged ResyncReason = "ACCESS_CHANGED"
)

// Log gives the events of an office from a number on, in order and whole, whoever asks: it is for the
// process, which judges itself who may see what.
func (s *Events) Log(ctx context.Context, office ID, from int64, limit int) ([]*Event, error) {
	ctx, conn := db.WithFields(db.Whole(within(ctx, office)), db.Fields{}), s.db.Read()
	found, err := db.Select[*Event](ctx, conn, db.Selection{
		Table: "events", Columns: db.Columns[*Event](ctx, conn), Order: "t.position", Limit: limit,
		Where: []db.Part{ofOrganization(office), {SQL: "t.position >= ?", Args: []any{from}}},
	})
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return found, nil
}

// Heads gives the last position of each office, in one statement; the zero Position where nothing was
// logged yet.
func (s *Events) Heads(ctx context.Context, offices []ID) (map[ID]Position, error) {
	ctx, conn := db.Everywhere(ctx), s.db.Read()
	last, err := db.Rows[*Event](ctx, conn,
		"SELECT t.organization_id, t.position, t.id FROM organizations AS o"+
			" JOIN events AS t ON t.organization_id = o.id AND t.position = o.position WHERE "+conn.In("o.id"),
		db.List(conn, offices))
	if err != nil {
		return nil, fmt.Errorf("read the heads of %d logs: %w", len(offices), err)
	}
	heads := make(map[ID]Position, len(offices))
	for _, office := range offices {
		heads[office] = Position{}
	}
	for _, event := range last {
		heads[event.OrganizationID] = event.Position()
	}
	return heads, nil
}

// reach is how far back a log goes, and the id of the event at one number; empty when there is none.
type reach struct {
	Floor int64
	ID    *ID
}

// Admits tells whether a stream of the actor's office can go on behind a position: "" when it can,
// because the position names an event of the log and everything behind that is kept, else why not.
func (s *Events) Admits(ctx context.Context, position Position) (ResyncReason, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return "", err
	}
	found, err := db.Rows[reach](db.Whole(ctx), conn, // a position may be that of an event that the actor does not see
		"SELECT o.floor, t.id FROM organizations AS o LEFT JOIN events AS t ON t.organization_id = o.id AND t.position = ? WHERE o.id = ?",
		position.Number, string(actor.OrganizationID))
	if err != nil {
		return "", fmt.Errorf("look up a position: %w", err)
	}
	switch {
	case len(found) == 0:
		return CursorUnknown, nil
	case position == Position{} && found[0].Floor == 0:
		return "", nil
	case position.Number <= found[0].Floor:
		return CursorTooOld, nil
	case found[0].ID == nil || positionCheck(*found[0].ID) != position.check:
		return CursorUnknown, nil
	}
	return "", nil
}
