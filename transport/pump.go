package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// How a socket is written to: one at a time pumps, which is whoever has something to send when nobody
// does. It takes one message after another and writes it without waiting. When the client does not take
// it all, a goroutine sees to the rest and goes on from there, so that the others never wait for this
// client; it ends when nothing is left to send. Meanwhile nothing is queued but replies: a subscription
// is only marked, and asked for its next message when that can be written.

const (
	// inlineShare is how many frames a waker writes before a goroutine takes over.
	inlineShare = 16
	// maxTogether is how many bytes of a subscription's messages are enough for one write.
	maxTogether = 16 << 10
	// maxWaiting is how many bytes of replies wait for the client before no more are made.
	maxWaiting = 64 << 10
)

// wake has a subscription asked for its next message.
func (s *socket) wake(o *operation) {
	s.mu.Lock()
	mine := s.mark(o) && s.claim()
	s.mu.Unlock()
	if mine {
		s.pump(true)
	}
}

// mark puts a subscription among those that may have more, unless it is there. The lock is held.
func (s *socket) mark(o *operation) bool {
	if o.marked || o.over || o.feed == nil {
		return false
	}
	o.marked = true
	if s.first == nil {
		s.first = o
	} else {
		s.last.behind = o
	}
	s.last = o
	return true
}

// claim makes the caller the one who pumps, unless somebody does. The lock is held.
func (s *socket) claim() bool {
	if s.busy || s.dead {
		return false
	}
	s.busy = true
	return true
}

// say sends a reply, once there is room for it. It is dropped when the socket ends.
func (s *socket) say(f *frame) {
	s.mu.Lock()
	mine := s.await(s.hasRoom) && s.add(f)
	s.mu.Unlock()
	if mine {
		s.pump(true)
	}
}

// hasRoom tells whether a reply may be added. The lock is held.
func (s *socket) hasRoom() bool { return s.waiting < maxWaiting }

// add puts a reply behind the others, and tells whether the caller is to pump. The lock is held.
func (s *socket) add(f *frame) bool {
	s.waiting += len(f.rest)
	if s.reply == nil {
		s.reply = f
	} else {
		s.lastReply.behind = f
	}
	s.lastReply = f
	return s.claim()
}

// await waits until something is so, and tells whether it is: false when the socket ends. The lock is held.
func (s *socket) await(so func() bool) bool {
	for !so() && s.ending == nil {
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		<-room
		s.mu.Lock()
	}
	return s.ending == nil
}

// change lets those look again who wait. The lock is held.
func (s *socket) change() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// pump sends what there is. The caller has claimed it, and gives it back by coming to an end of it.
func (s *socket) pump(inline bool) {
	for sent := 0; ; sent++ {
		if inline && sent == inlineShare {
			go s.pump(false)
			return
		}
		f := s.pick()
		if f == nil {
			return
		}
		written, err := s.send(f)
		switch {
		case err != nil:
			s.die(f)
			return
		case written:
			s.written(f)
		case inline:
			go s.insist(f)
			return
		default:
			s.insist(f)
			return
		}
	}
}

// pick gives what is to be sent next: nil when there is nothing, and then nobody pumps any more.
func (s *socket) pick() *frame {
	s.mu.Lock()
	for {
		switch {
		case s.farewell || s.dead:
			s.busy = false
			s.mu.Unlock()
			return nil
		case s.ending != nil && (s.ending.abrupt || s.reply == nil):
			s.farewell = true
			f := newFrame().close(*s.ending)
			s.mu.Unlock()
			return f
		case s.pinging:
			s.pinging = false
			s.mu.Unlock()
			return newFrame().control(framePing, nil)
		case s.reply != nil:
			f := s.reply
			s.reply, f.behind = f.behind, nil
			s.waiting -= len(f.rest)
			s.change()
			s.mu.Unlock()
			return f
		case s.first != nil:
			o := s.first
			s.first, o.behind, o.marked = o.behind, nil, false
			s.mu.Unlock()
			if f := s.nextOf(o); f != nil {
				return f
			}
			s.mu.Lock()
		default:
			s.busy = false
			s.mu.Unlock()
			return nil
		}
	}
}

// nextOf asks a subscription for its next message, and for those behind it: what waits together is written
// together.
func (s *socket) nextOf(o *operation) *frame {
	var f *frame
	for f == nil || len(f.rest) < maxTogether {
		message, err := next(s.ctx, o.feed)
		if f == nil && (message != nil || err != nil) {
			f = newFrame()
			f.of = o
		}
		switch {
		case err != nil:
			f.ends = true
			return s.conclusion(f, err)
		case message == nil && f != nil:
			f.drained = true
			return f
		case message == nil:
			return nil
		}
		f.next(o.id, message.Payload)
	}
	return f
}

// conclusion adds how a subscription ends.
func (s *socket) conclusion(f *frame, err error) *frame {
	refusal, refused := errors.AsType[*graph.Refusal](err)
	switch {
	case errors.Is(err, io.EOF):
		return f.completed(f.of.id)
	case refused:
		return f.failed(f.of.id, refusal.Errors)
	}
	return f.failed(f.of.id, gqlerror.List{graph.PresentError(s.ctx, err)})
}

// next turns a panic into an error: many share the goroutine that pumps.
func next(ctx context.Context, feed Feed) (message *graph.Message, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			slog.ErrorContext(ctx, "a subscription panicked", slog.Any("panic", panicked), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panicked: %v", panicked)
		}
	}()
	return feed.Next(ctx)
}

// send writes a frame as far as it goes without waiting. Once End has returned, nothing is begun any more.
func (s *socket) send(f *frame) (written bool, err error) {
	s.mu.Lock()
	if !s.admits(f) {
		s.mu.Unlock()
		f.rest = nil
		return true, nil
	}
	if f.of != nil {
		switch {
		case f.ends:
			s.remove(f.of)
		case !f.drained:
			s.mark(f.of)
		}
	}
	if s.out != nil {
		if err = s.out.Write(f.now); err == nil {
			err = f.err
		}
	}
	s.mu.Unlock()
	if f.of != nil && f.ends {
		f.of.feed.Close()
	}
	return err == nil && len(f.rest) == 0, err
}

// admits tells whether a frame may still be sent. The lock is held.
func (s *socket) admits(f *frame) bool {
	switch {
	case f.closes:
		return true
	case f.of != nil:
		return s.ending == nil && !f.of.over
	}
	return s.ending == nil || !s.ending.abrupt
}

// insist writes what is left of a frame, and goes on pumping.
func (s *socket) insist(f *frame) {
	if err := s.wire.insist(f, s.push); err != nil {
		s.die(f)
		return
	}
	s.written(f)
	s.pump(false)
}

// push writes something of a frame, and waits for that.
func (s *socket) push(f *frame) error {
	if s.out == nil {
		return s.wire.push(f)
	}
	f.moved = false
	if err := s.out.Write(f.later); err != nil {
		return err
	}
	return f.err
}

// written lets go of a frame. Behind the last one the connection ends, when the client has said farewell too.
func (s *socket) written(f *frame) {
	if f.closes {
		s.mu.Lock()
		s.parted = true
		done := s.unread
		s.mu.Unlock()
		if done {
			s.cut()
		}
	}
	f.free()
}

// die gives up on a client that cannot be written to.
func (s *socket) die(f *frame) {
	f.free()
	s.mu.Lock()
	s.dead, s.busy = true, false
	s.mu.Unlock()
	s.cut()
}
