package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"klantkaart/db"
	"klantkaart/page"
)

// Events are the log of an office.
type Events struct{ *core }

// appendAtOnce raises the office's position and writes the events in one statement, so that the lock on
// the office's row is held for one round trip and the commit.
func (tx *Tx) appendAtOnce(ctx context.Context) (raised, error) {
	type row struct {
		N              int           `json:"n"`
		ID             ID            `json:"id"`
		Kind           EventKind     `json:"kind"`
		CustomerID     ID            `json:"customer_id"`
		CardID         ID            `json:"card_id"`
		CardVersion    int           `json:"card_version"`
		ShownOn        []ID          `json:"shown_on"`
		SubjectID      *ID           `json:"subject_id"`
		Recipients     []ID          `json:"recipients"`
		Changes        []FieldChange `json:"changes"`
		Whole          []FieldChange `json:"whole"`
		OriginClientID *string       `json:"origin_client_id"`
	}
	rows := make([]row, len(tx.events))
	for i, e := range tx.events {
		rows[i] = row{N: i + 1, ID: e.ID, Kind: e.Kind, CustomerID: e.CustomerID, CardID: e.CardID, CardVersion: e.CardVersion, ShownOn: e.ShownOn,
			SubjectID: e.SubjectID, Recipients: e.Recipients, Changes: e.Changes, Whole: e.Whole, OriginClientID: e.OriginClientID}
	}
	encoded, err := json.Marshal(rows)
	if err != nil {
		return raised{}, err
	}
	n := len(tx.events)
	var actor *string
	if id := actorID(tx.Actor); id != nil {
		text := string(*id)
		actor = &text
	}
	written, err := db.Rows[raised](ctx, tx.Conn, `
		WITH head AS (UPDATE organizations SET position = position + ?::bigint, previous_event = last_event, last_event = ?::text
			WHERE id = ?::text RETURNING id, position, previous_event),
		written AS (INSERT INTO events (organization_id, position, id, kind, at, actor_id, origin_client_id,
			customer_id, card_id, card_version, shown_on, subject_id, recipients, changes, whole)
		SELECT head.id, head.position - ?::bigint + e.n, e.id, e.kind, ?::timestamptz, ?::text, e.origin_client_id,
			e.customer_id, e.card_id, e.card_version, e.shown_on::text, e.subject_id, e.recipients::text, e.changes::text, NULLIF(e.whole::text, 'null')
		FROM head, json_to_recordset(?::json) AS e(n bigint, id text, kind text, customer_id text, card_id text, card_version bigint, shown_on json,
			subject_id text, recipients json, changes json, whole json, origin_client_id text)
		RETURNING position)
		SELECT head.position, head.previous_event FROM head, written`,
		n, string(tx.events[n-1].ID), string(tx.Actor.OrganizationID), n, tx.Now, actor, string(encoded))
	if err != nil {
		return raised{}, err
	}
	if len(written) != n {
		return raised{}, fmt.Errorf("%d of %d events written", len(written), n)
	}
	return written[0], nil
}

// head is the office's last position.
func head(ctx context.Context, conn db.Conn, organization ID) (Position, error) {
	last, err := db.Rows[*Event](ctx, conn,
		"SELECT t.position, t.id FROM events AS t WHERE t.organization_id = ? ORDER BY t.position DESC LIMIT 1", string(organization))
	if err != nil || len(last) == 0 {
		return Position{}, err
	}
	return last[0].Position(), nil
}

// Head is the last position of the actor's office.
func (s *Events) Head(ctx context.Context) (*Position, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	last, err := head(db.Whole(ctx), conn, actor.OrganizationID)
	return &last, err
}

// OfCustomers gives for each relation a page of what happened on its card, newest first.
func (s *Events) OfCustomers(ctx context.Context, customers []ID, window page.Args) ([]*page.Connection[*Event], error) {
	return s.history(ctx, "customer_id", func(e *Event) ID { return e.CustomerID }, customers, window)
}

// OfCards gives for each contact, lead, request or project a page of what happened to it, newest first.
func (s *Events) OfCards(ctx context.Context, cards []ID, window page.Args) ([]*page.Connection[*Event], error) {
	return s.history(ctx, "card_id", func(e *Event) ID { return e.CardID }, cards, window)
}

func (s *Events) history(ctx context.Context, parent string, parentOf func(*Event) ID, parents []ID, window page.Args) ([]*page.Connection[*Event], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	list := listing[*Event, *Event]{
		table: "events", where: []db.Part{ofOrganization(actor.OrganizationID)}, scope: scope("events"),
		node: same[*Event], row: same[*Event], parent: parent, parentOf: parentOf,
		keys: []key[*Event]{{column: "t.position", direction: Descending, number: func(e *Event) int64 { return e.Number }}},
	}
	return list.pages(ctx, conn, parents, window)
}

// ByIDs finds many events, in the order of the ids; nil where there is none for the actor.
func (s *Events) ByIDs(ctx context.Context, ids []ID) ([]*Event, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "events", ids, func(e *Event) ID { return e.ID })
	for i, event := range found {
		if event != nil && !event.ShowsOnCard() {
			found[i] = nil
		}
	}
	return found, err
}

// checkBasis says that an update states what it starts from, and finds the clashes with what colleagues
// changed since: by the stated old values, by the log since the stated version, or both.
func (tx *Tx) checkBasis(ctx context.Context, frame *CardFrame, b basis, wanted []FieldChange) error {
	if err := b.check(frame.Version, wanted); err != nil {
		return err
	}
	stale := b.stale
	if b.version != nil && *b.version < frame.Version {
		since, err := tx.changedSince(ctx, frame.ID, *b.version, frame.Version, wanted)
		if err != nil {
			return err
		}
		maps.Copy(since, stale)
		stale = since
	}
	found := conflicts(wanted, stale)
	if len(found) == 0 {
		return nil
	}
	if err := tx.attribute(ctx, frame.ID, frame.ID, found); err != nil {
		return err
	}
	return conflict(found, frame.Version)
}

// attribute finds who saved the fields of conflicts, and when: the last event of the card, or of what hangs on it,
// that changed each.
func (tx *Tx) attribute(ctx context.Context, card ID, subject ID, found []*FieldConflict) error {
	for _, one := range found {
		last, err := db.Rows[*Event](ctx, tx.Conn,
			"SELECT t.actor_id, t.at FROM events AS t WHERE t.organization_id = ? AND t.card_id = ? AND COALESCE(t.subject_id, t.card_id) = ? AND t.changes LIKE ? ORDER BY t.position DESC LIMIT 1",
			string(tx.Actor.OrganizationID), string(card), string(subject), `%{"field":"`+one.Field+`",%`)
		if err != nil {
			return fmt.Errorf("last change of %s of %s: %w", one.Field, card, err)
		}
		if len(last) > 0 {
			at := last[0].At.UTC()
			one.ChangedByID, one.ChangedAt = last[0].ActorID, &at
		}
	}
	return nil
}

// changedSince gives the fields that changed after a version, each with the value it had then. When the
// log no longer reaches back so far, every wanted field counts as changed.
func (tx *Tx) changedSince(ctx context.Context, card ID, version, current int, wanted []FieldChange) (map[string]any, error) {
	since, err := db.Rows[*Event](ctx, tx.Conn,
		"SELECT "+db.Columns[*Event](ctx, tx.Conn)+" FROM events AS t WHERE t.organization_id = ? AND t.card_id = ? AND t.card_version > ? ORDER BY t.position",
		string(tx.Actor.OrganizationID), string(card), version)
	if err != nil {
		return nil, fmt.Errorf("changes of %s: %w", card, err)
	}
	changed := make(map[string]any)
	if len(since) < current-version {
		for _, change := range wanted {
			changed[change.Field] = nil
		}
	}
	for _, event := range since {
		if event.SubjectID != nil && *event.SubjectID != card {
			continue // the fields of what hangs on the card, which may be called like the card's own
		}
		for _, change := range event.Changes {
			if _, known := changed[change.Field]; !known {
				changed[change.Field] = change.From
			}
		}
	}
	return changed, nil
}

// startingValues gives the old value of each change.
func startingValues(changes []FieldChange) map[string]any {
	values := make(map[string]any, len(changes))
	for _, change := range changes {
		values[change.Field] = change.From
	}
	return values
}
