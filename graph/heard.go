package graph

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/live"
)

// The pauses before a message is tried again that could not be made.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
	// patience is how often a message is tried while the database answers: then its errors are sent.
	patience = 3
)

// pause is how long a subscriber last waited for a message that could not be made; 0 when it could.
type pause time.Duration

// rest has the subscriber asked again, after twice as long as the last time.
func (p *pause) rest(wake func()) {
	*p = min(max(2**p, pause(firstPause)), pause(lastPause))
	time.AfterFunc(time.Duration(*p), wake)
}

// heard is a subscription to events of the log.
type heard struct {
	*listener
	shape *shape
	user  string

	pending *live.Entry[*crm.Event] // could not be made into a message yet
	pause   pause
	moving  *live.Place // rights have changed here, and the new ones could not be found out yet

	mu     sync.Mutex
	sub    *live.Subscription[*crm.Event]
	closed bool
}

func (h *heard) current() *live.Subscription[*crm.Event] {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sub
}

func (h *heard) move(at live.Place) { h.current().Move(at) }
func (h *heard) poke()              { h.current().Poke() }

func (h *heard) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		h.sub.Close()
		h.executor.live.forget(h.shape)
	}
}

func (h *heard) next(ctx context.Context) (*Message, error) {
	for {
		if h.moving != nil {
			if again, err := h.askAnew(); again || err != nil {
				return nil, err
			}
		}
		entry, err := h.entry(ctx)
		switch {
		case errors.Is(err, live.ErrMoved):
			at := h.current().Ended()
			h.moving = &at
			continue
		case errors.Is(err, live.ErrClosed):
			return nil, io.EOF
		case err != nil:
			h.later()
			return nil, nil //nolint:nilerr // the log cannot be read just now; it is tried again
		case entry == nil:
			return nil, nil
		}
		payload := h.shape.answer(h, entry)
		if payload == nil {
			h.pending = entry
			h.later()
			return nil, nil
		}
		h.pending, h.pause = nil, 0
		return &Message{Payload: payload, Position: positionAt(entry.At).String()}, nil
	}
}

func (h *heard) entry(ctx context.Context) (*live.Entry[*crm.Event], error) {
	if h.pending != nil {
		return h.pending, nil
	}
	return h.current().Next(ctx)
}

// later has the subscriber asked again after a pause.
func (h *heard) later() { h.pause.rest(h.wake) }

// askAnew goes on with the rights that the subscriber has now; again says that it is to be tried later.
func (h *heard) askAnew() (again bool, err error) {
	actor, _ := crm.ActorFrom(h.ctx)
	now, err := h.executor.live.services.Sessions.Again(h.ctx, actor.CredentialID)
	if errors.Is(err, crm.ErrUnauthenticated) {
		return false, &Refusal{gqlerror.List{PresentError(h.ctx, err)}}
	}
	if err != nil {
		h.later()
		return true, nil // who it is cannot be found out just now
	}
	h.listener = &listener{h.executor, crm.WithActor(h.ctx, now), h.operation, h.wake}
	opened, refused := h.open(*h.moving, true, true)
	if refused != nil {
		return false, &Refusal{refused.Errors}
	}
	other, ok := opened.(*heard)
	if !ok {
		opened.close()
		return false, io.EOF
	}
	h.moving = nil
	h.mu.Lock()
	defer h.mu.Unlock()
	old, oldShape := h.sub, h.shape
	h.sub, h.shape = other.sub, other.shape
	old.Close()
	h.executor.live.forget(oldShape)
	if h.closed {
		h.sub.Close()
		h.executor.live.forget(h.shape)
		return false, io.EOF
	}
	return false, nil
}
