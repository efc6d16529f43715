package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// payload is what a stream sends, whichever of its kinds.
type payload struct {
	Typename    string `json:"__typename"`
	Position    string
	Mode        string
	Reason      string
	ID          string
	Kind        string
	CardVersion int
	Origin      string
	Card        *struct{ ID string }
	Changes     []change
	Event       *payload // of notices
	Count       int
	CustomerIDs []string `json:"customerIds"`
	InFilter    bool
	Customer    map[string]any
}

const eventFields = `id kind cardVersion origin: originClientId card { id } changes { field from to }`

// documents are the forms in which readers ask for a scope: those of one form share an execution.
func documents(of scope) []string {
	const ready = `__typename ... on Ready { position mode reason } ... on Checkpoint { position }`
	switch of.field {
	case "myAttentions":
		return []string{
			`subscription ($after: Position) { got: myAttentions(after: $after) { ` + ready + ` ... on AttentionNotice { position kind attention { id text } event { ` + eventFields + ` } } } }`,
		}
	case "customerEvents":
		const overview = ` { ` + ready + ` ... on CustomerNotice { position kind inFilter customer { id tradeName sector } event { ` + eventFields + ` } } ... on CustomersChanged { position count: eventCount customerIds } } }`
		if of.filtered() {
			return []string{`subscription ($name: String!, $after: Position) { got: customerEvents(filter: {name: {contains: $name}}, after: $after)` + overview}
		}
		return []string{`subscription ($after: Position) { got: customerEvents(after: $after)` + overview}
	}
	const head = `subscription ($card: ID!, $after: Position) { got: cardEvents(card: $card, after: $after) { ` + ready + ` ... on Event { position ` + eventFields
	return []string{
		head + ` } } }`,
		head + ` actor { name } subject { id } customer { id name tradeName sector } } } }`,
		head + ` customer { id communications(kinds: [INVOICE], first: 2) { nodes { id ... on Invoice { netAmount { amount } } } } } } } }`,
	}
}

// message notes what came over a stream, and keeps position and model.
func (r *reader) message(ctx context.Context, f *follow, raw json.RawMessage) error {
	if text := r.forbidden(raw); text != "" {
		r.note(f, step{kind: stepFrame, detail: text})
	}
	var answer struct {
		Data struct{ Got *payload }
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	if answer.Data.Got == nil {
		return fmt.Errorf("a message without data: %.300s", raw)
	}
	got := answer.Data.Got
	at, err := readPlace(got.Position)
	if err != nil {
		return fmt.Errorf("position %q: %w", got.Position, err)
	}
	one := step{kind: got.Typename, place: at, mode: got.Mode, reason: got.Reason, count: got.Count, customers: got.CustomerIDs, inFilter: got.InFilter,
		shows:  got.Customer,
		secret: bytes.Contains(raw, []byte(secretText))}
	event := got
	if got.Event != nil {
		event = got.Event
	}
	one.event, one.eventKind, one.version, one.origin = event.ID, event.Kind, event.CardVersion, event.Origin
	r.note(f, one)
	f.last, f.begun = at, true
	switch {
	case got.Typename == stepReady && got.Mode == "RESYNC":
		f.resync = true
		if err := r.fetch(ctx, f); err != nil {
			return err
		}
	case got.Typename == stepEvent && f.model != nil && event.Card != nil && event.Card.ID == f.model.id && at.number > f.model.place.number:
		if wrong := f.model.apply(event.CardVersion, event.Changes); wrong != "" {
			r.note(f, step{kind: stepBroken, place: at, detail: fmt.Sprintf("event %d: %s", at.number, wrong)})
		}
	}
	f.reached.Store(at.number)
	return nil
}

// forbidden finds in a frame what this reader may not see.
func (r *reader) forbidden(raw []byte) string {
	for _, h := range r.scene.offices {
		if h.number != r.home.number && bytes.Contains(raw, []byte(h.marker)) {
			return fmt.Sprintf("the frame holds data of office %d: %.300s", h.number, raw)
		}
	}
	return ""
}

const fetchCard = `query ($id: ID!) { viewer { position } node(id: $id) { ... on Customer { id version eventCursor tradeName sector legalForm notes }
	... on Contact { id version eventCursor function department notes } } }`

// errStale says that the card was read before the position from which the stream goes on.
var errStale = errors.New("the card is older than the stream")

// fetch reads what the stream is about, at a position from which it can go on. After a RESYNC it must be
// that of the RESYNC or a later one.
func (r *reader) fetch(ctx context.Context, f *follow) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := r.fetchOnce(ctx, f)
		if err == nil || ctx.Err() != nil || errors.Is(err, errUnauthenticated) {
			return err
		}
		sleep(ctx, 50*time.Millisecond)
		r.node = (r.node + 1) % len(r.stage.nodes)
	}
}

// errUnauthenticated says that the reader's credential no longer works.
var errUnauthenticated = errors.New("the credential no longer works")

func (r *reader) fetchOnce(ctx context.Context, f *follow) error {
	card := f.scope.card
	if card == "" {
		card = r.home.customers[0]
	}
	answer, err := ask(ctx, r.client, r.stage.nodes[r.node].address, r.credential.token, "reader", fetchCard, map[string]any{"id": card})
	if err != nil {
		return err
	}
	if answer.code() == "UNAUTHENTICATED" {
		return errUnauthenticated
	}
	var data struct {
		Viewer struct{ Position string }
		Node   map[string]any
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil || data.Node == nil {
		return fmt.Errorf("unreadable card: %.200s %w", answer.Data, err)
	}
	cursor, _ := data.Node["eventCursor"].(string)
	if f.scope.card == "" {
		cursor = data.Viewer.Position
	}
	at, err := readPlace(cursor)
	if err != nil {
		return err
	}
	if f.resync && at.number < f.last.number {
		return errStale
	}
	f.take(at, data.Node)
	r.note(f, step{kind: stepFetched, place: at})
	return nil
}

// take shows what was fetched.
func (f *follow) take(at place, node map[string]any) {
	if f.scope.card != "" {
		version, _ := node["version"].(float64)
		f.model = &model{id: f.scope.card, place: at, version: int(version), fields: node}
		for _, name := range []string{"id", "version", "eventCursor"} {
			delete(node, name)
		}
	}
	if !f.begun {
		f.last, f.first, f.begun = at, at.text, true
		f.reached.Store(at.number)
	}
	f.resync = false
}
