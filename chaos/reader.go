package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// reader is a client with one socket and a few streams on it, each with its own position; or with one stream, by
// Server-Sent Events.
type reader struct {
	*run
	number     int
	home       *home
	node       int
	dice       *rand.Rand
	credential credential
	follows    []*follow
	face       *face // nil for most; guarded by the run's mutex
	events     bool  // it reads Server-Sent Events
	connection int
}

// follow is a stream at work.
type follow struct {
	*stream
	query  string
	last   place
	first  string // the position with which it began
	begun  bool
	resync bool // what was shown must be fetched anew
}

// The protocol says the same of all that ends a reader's credential.
const (
	closeUnauthorized = 4401
	closeForbidden    = 4403
)

// attend reads until the context ends, over one connection after the other.
func (r *reader) attend(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.connect(ctx)
		if code := closeCode(err); code == closeUnauthorized || code == closeForbidden || errors.Is(err, errUnauthenticated) {
			if !r.comeBack(ctx, code) {
				return
			}
			continue
		}
		r.noteAll(step{kind: stepClosed, detail: fmt.Sprint(err)})
		if ctx.Err() == nil {
			sleep(ctx, time.Duration(20+r.dice.IntN(r.longestPause()))*time.Millisecond)
			r.node = (r.node + r.dice.IntN(2)) % len(r.stage.nodes)
		}
	}
}

// longestPause is how long a reader may be without a connection, in milliseconds: in the last office long enough that
// nobody follows it on a node.
func (r *reader) longestPause() int {
	if r.number == loneReader {
		return 2000
	}
	return 300
}

// comeBack signs in again after a dismissal. Until the new streams are there nobody may take the reader for one who
// has seen everything.
func (r *reader) comeBack(ctx context.Context, code int) bool {
	r.away.Add(1)
	defer r.away.Add(-1)
	r.dismiss(code)
	sleep(ctx, time.Duration(200+r.dice.IntN(600))*time.Millisecond)
	return r.renew(ctx)
}

// dismiss ends the streams, whose credential was revoked.
func (r *reader) dismiss(code int) {
	for _, f := range r.follows {
		r.note(f, step{kind: stepClosed, detail: "dismissed with " + strconv.Itoa(code)})
		f.dismissed = true
		f.reached.Store(math.MaxInt64)
	}
}

// renew signs in again: the streams are new ones.
func (r *reader) renew(ctx context.Context) bool {
	fresh, err := r.scene.signIn(ctx, r.home.id, r.credential.user)
	if err != nil {
		return false
	}
	r.credential = fresh
	r.lend(r.number, r.home.number, fresh)
	for i, f := range r.follows {
		r.follows[i] = r.newFollow(r, f.scope)
	}
	return true
}

// connect attends over one connection.
func (r *reader) connect(ctx context.Context) error {
	for _, f := range r.follows {
		if !f.begun || f.resync {
			if err := r.fetch(ctx, f); err != nil {
				return err
			}
		}
	}
	r.connection++
	s, err := r.dial(ctx)
	if err != nil {
		return err
	}
	fate := r.fate()
	defer func() {
		r.hide()
		if !fate.vanished {
			s.leave()
		}
	}()
	for i, f := range r.follows {
		if err := r.subscribe(s, strconv.Itoa(i), f); err != nil {
			return err
		}
	}
	if err := r.show(s); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, s.interrupt)
	defer stop()
	for ctx.Err() == nil {
		if err := r.next(ctx, s, fate); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// dial opens a connection of the kind that the reader has.
func (r *reader) dial(ctx context.Context) (link, error) {
	address := r.stage.nodes[r.node].address
	if r.events {
		return dialEvents(ctx, address, r.credential, r.number%2 == 0, r.follows[0])
	}
	return dial(ctx, address, r.credential.token)
}

func (r *reader) subscribe(s link, id string, f *follow) error {
	variables := map[string]any{}
	switch {
	case f.scope.filtered():
		variables["name"] = f.scope.named
	case f.scope.field == "cardEvents":
		variables["card"] = f.scope.card
	}
	if f.begun {
		variables["after"] = f.last.text
	}
	payload, err := json.Marshal(map[string]any{"query": f.query, "variables": variables})
	if err != nil {
		return err
	}
	opened := step{kind: stepOpened}
	if f.begun {
		opened.place = f.last
	}
	r.note(f, opened)
	return s.send(frame{ID: id, Type: "subscribe", Payload: payload})
}

// silence is how long a node may say nothing before its client goes elsewhere.
const silence = 3 * heartbeat

// next takes one message.
func (r *reader) next(ctx context.Context, s link, fate *fate) error {
	if err := fate.befall(ctx, r, s); err != nil {
		return err
	}
	f, err := s.read(silence)
	if err != nil {
		return err
	}
	switch f.Type {
	case "next":
		if f.ID == faceID {
			return r.look(f.Payload)
		}
		i, err := strconv.Atoi(f.ID)
		if err != nil || i >= len(r.follows) {
			return errors.New("a message for " + f.ID)
		}
		return r.message(ctx, r.follows[i], f.Payload)
	case "ping":
		return s.send(frame{Type: "pong"})
	case "error":
		return fmt.Errorf("a stream is refused: %s", f.Payload)
	case "complete":
		return errors.New("a stream is complete")
	}
	return nil
}
