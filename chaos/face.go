package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// face is a reader who has a card open for all to see, and what it sees of the others there.
type face struct {
	card, user string
	open       bool // the subscription was sent on a connection that still is
	known      bool // the last message says that it names all
	seen       []string
}

const (
	faceID        = "face" // of the subscription, on the reader's socket
	faceOneIn     = 10     // one reader in so many shows its face
	watchPresence = `subscription ($card: ID!) { got: cardPresence(card: $card) { known viewers { user { id } } } }`
)

// Who has left is gone after its grace, or after the lease of a node that died; the rest is for nodes that
// share a small machine.
const (
	presenceSettles  = 10 * time.Second
	presencePatience = 20 * time.Second
)

// show opens the card on a new connection.
func (r *reader) show(s link) error {
	if r.face == nil {
		return nil
	}
	payload, err := json.Marshal(map[string]any{"query": watchPresence, "variables": map[string]any{"card": r.face.card}})
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.face.open, r.face.known, r.face.seen = true, false, nil
	r.mu.Unlock()
	return s.send(frame{ID: faceID, Type: "subscribe", Payload: payload})
}

// hide says that the connection has ended.
func (r *reader) hide() {
	if r.face == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.face.open = false
}

// look takes in who is there.
func (r *reader) look(raw json.RawMessage) error {
	var answer struct {
		Data struct {
			Got *struct {
				Known   bool
				Viewers []struct{ User struct{ ID string } }
			}
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return err
	}
	if r.face == nil || answer.Data.Got == nil {
		return errors.New("presence without data: " + string(raw))
	}
	seen := []string{}
	for _, viewer := range answer.Data.Got.Viewers {
		seen = append(seen, viewer.User.ID)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.face.known, r.face.seen = answer.Data.Got.Known, seen
	return nil
}

// presences is who sees whom at this moment. A node that is alone knows all, whatever it says.
func (r *run) presences() []presence {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := map[string][]string{}
	for _, one := range r.readers {
		if f := one.face; f != nil && f.open && !slices.Contains(open[f.card], f.user) {
			open[f.card] = append(open[f.card], f.user)
		}
	}
	var all []presence
	for _, one := range r.readers {
		if f := one.face; f != nil && f.open {
			all = append(all, presence{reader: one.number, card: f.card, known: f.known || len(r.stage.nodes) == 1, seen: f.seen, open: open[f.card]})
		}
	}
	return all
}

// meet waits until presence has had its time since the quiet began, and then, for a while, until everyone
// sees who is there; and takes down what they see.
func (r *run) meet(ctx context.Context, quiet time.Duration) {
	sleep(ctx, quiet+presenceSettles-r.now())
	end := r.now() + presencePatience
	for {
		r.ledger.presences = r.presences()
		if ctx.Err() != nil || r.now() >= end || !slices.ContainsFunc(r.ledger.presences, func(p presence) bool { return p.wrong() != "" }) {
			return
		}
		sleep(ctx, 100*time.Millisecond)
	}
}

// wrong is what somebody sees that is not so.
func (p presence) wrong() string {
	var wrong []string
	if !p.known {
		wrong = append(wrong, "does not know who is there")
	}
	for _, user := range p.seen {
		if !slices.Contains(p.open, user) {
			wrong = append(wrong, "sees "+user+", who is not there")
		}
	}
	for _, user := range p.open {
		if !slices.Contains(p.seen, user) {
			wrong = append(wrong, "does not see "+user+", who is there")
		}
	}
	if len(p.seen) > len(p.open) && len(wrong) == 0 {
		wrong = append(wrong, "sees someone twice")
	}
	return strings.Join(wrong, "; ")
}
