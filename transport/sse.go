package transport

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/graph"
)

// The measures of an event stream.
const (
	// Proxies and browsers take a stream for dead that is silent for longer, commonly for a minute.
	leastSilence, mostSilence = 15 * time.Second, 25 * time.Second
	// A client that takes not one piece of a message for so long is cut off.
	stall = 30 * time.Second
	// What a stream that ends may still take to say so.
	farewell = time.Second
)

// Stream is a client that follows one subscription by Server-Sent Events.
type Stream struct {
	woken chan struct{} // holds one
	ended chan Ending   // holds one: why the stream ends before its subscription

	mu       sync.Mutex
	control  *http.ResponseController // nil while nothing is served
	deadline time.Time                // of all writing, once the stream ends
}

// NewStream makes a stream that is not served yet.
func NewStream() *Stream {
	return &Stream{woken: make(chan struct{}, 1), ended: make(chan Ending, 1)}
}

// Wake says that the feed may have more. It never waits.
func (s *Stream) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// End ends the stream before its subscription: it is not completed, so that the client comes back and is
// told how things stand. Only the first ending counts; it never waits.
func (s *Stream) End(why Ending) {
	select {
	case s.ended <- why:
	default:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = time.Now().Add(farewell)
	if s.control != nil {
		_ = s.control.SetWriteDeadline(s.deadline) // for a message that the client does not take
	}
}

// Serve writes the messages of a feed until it is complete, the stream is ended, or the client has left
// or takes nothing any more. Only what is wrong on this side is an error.
func (s *Stream) Serve(ctx context.Context, w http.ResponseWriter, feed Feed) error {
	s.attach(http.NewResponseController(w))
	defer s.attach(nil)
	out := &events{w: w, beforeWrite: s.allowWriting}
	out.open()
	silence := time.NewTimer(between(leastSilence, mostSilence))
	defer silence.Stop()
	for {
		done, err := s.forward(ctx, out, feed)
		if ctx.Err() != nil {
			return nil
		}
		if done || out.err != nil {
			return err
		}
		silence.Reset(between(leastSilence, mostSilence))
		select {
		case <-s.woken:
		case <-silence.C:
			out.comment("")
		case why := <-s.ended:
			out.comment(why.Reason)
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// forward writes all that the feed has for now. It is done when no more will come.
func (s *Stream) forward(ctx context.Context, out *events, feed Feed) (done bool, err error) {
	for out.err == nil {
		select {
		case why := <-s.ended:
			out.comment(why.Reason)
			return true, nil
		default:
		}
		message, err := feed.Next(ctx)
		refusal, refused := errors.AsType[*graph.Refusal](err)
		switch {
		case errors.Is(err, io.EOF):
			out.complete()
			return true, nil
		case refused && isUnauthenticated(refusal.Errors):
			out.comment(Revoked.Reason) // as if it had been told first
			return true, nil
		case refused:
			out.next("", faulty(refusal.Errors))
			out.complete()
			return true, nil
		case err != nil:
			return true, err
		case message == nil:
			out.flush()
			return false, nil
		}
		out.next(message.Position, message.Payload)
	}
	return true, nil
}

// isUnauthenticated tells whether the credential no longer works: its client is not done, it has to sign in.
func isUnauthenticated(faults gqlerror.List) bool {
	return slices.ContainsFunc(faults, func(fault *gqlerror.Error) bool { return fault.Extensions["code"] == string(crm.Unauthenticated) })
}

// attach binds the stream to the connection it is served on, which may be read from for as long as it lasts.
func (s *Stream) attach(control *http.ResponseController) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.control = control
	if control != nil {
		_ = control.SetReadDeadline(time.Time{}) // that of the request would end the stream
	}
}

// allowWriting gives the next piece its time.
func (s *Stream) allowWriting() {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline := s.deadline
	if deadline.IsZero() {
		deadline = time.Now().Add(stall)
	}
	_ = s.control.SetWriteDeadline(deadline)
}

// between draws a duration, so that clients do not all do the same at the same moment.
func between(least, most time.Duration) time.Duration {
	return least + rand.N(most-least) //nolint:gosec // nobody gains by guessing it
}
