package transport

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/graph"
)

// operation is what runs under an id of the client.
type operation struct {
	socket *socket
	id     string // as it stands in JSON

	// Guarded by the socket. Once the operation is over, cancel and feed stay as they are.
	cancel  context.CancelFunc // ends a query or a mutation
	feed    Feed               // of a subscription, once it is open
	behind  *operation         // the next one that may have more
	marked  bool               // it is among them
	counted bool               // it is part of the budget
	over    bool               // nothing may be sent of it any more
}

// wake is called when a subscription may have more.
func (o *operation) wake() { o.socket.wake(o) }

// stop ends what runs of an operation that is over.
func (o *operation) stop() {
	if o.cancel != nil {
		o.cancel()
	}
	if o.feed != nil {
		o.feed.Close()
	}
}

// begin starts an operation. The reader waits while too many run. It leaves to the operation all that needs
// more than a small stack, which the reader would keep.
func (s *socket) begin(m incoming) *Ending {
	err := s.identifyAgain()
	if errors.Is(err, crm.ErrUnauthenticated) {
		return &Revoked
	}
	o := &operation{socket: s, id: quoted(m.id)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(o.id) >= 0 {
		return new(endDuplicate(m.id))
	}
	s.operations = append(s.operations, o)
	if s.await(func() bool { return s.running < maxRunning }) && s.retiring == nil {
		s.running++
		go s.run(s.acting, o, m, err)
	}
	return nil
}

// identifyAgain finds out who the client is by now, when the rights have changed.
func (s *socket) identifyAgain() error {
	if !s.changed.Swap(false) {
		return nil
	}
	now, err := s.of.Again(s.acting)
	if err != nil {
		s.changed.Store(true)
		return err
	}
	s.acting = crm.WithActor(s.ctx, now)
	return nil
}

// run executes an operation, or opens it when it is a subscription.
func (s *socket) run(ctx context.Context, o *operation, m incoming, unknown error) {
	defer s.ran()
	defer func() {
		if panicked := recover(); panicked != nil {
			slog.ErrorContext(ctx, "an operation panicked", slog.Any("panic", panicked), slog.String("stack", string(debug.Stack())))
			s.fail(o, gqlerror.List{graph.PresentError(ctx, errPanicked)})
		}
	}()
	if unknown != nil {
		s.fail(o, gqlerror.List{graph.PresentError(ctx, unknown)})
		return
	}
	params, err := m.request()
	if err != nil {
		s.End(endInvalid)
		return
	}
	operation, faults := s.of.Graph.CreateOperationContext(graphql.StartOperationTrace(ctx), params)
	switch {
	case len(faults) > 0:
		s.fail(o, s.of.Graph.DispatchError(graphql.WithOperationContext(ctx, operation), faults).Errors)
	case operation.Operation.Operation == ast.Subscription:
		s.follow(ctx, o, operation)
	default:
		s.answer(graphql.WithOperationContext(ctx, operation), o, operation)
	}
}

var errPanicked = errors.New("an operation panicked")

// ran makes room for the next operation.
func (s *socket) ran() {
	s.mu.Lock()
	s.running--
	s.change()
	retire := s.retiring
	if s.running > 0 {
		retire = nil
	}
	s.mu.Unlock()
	if retire != nil {
		s.End(*retire)
	}
}

// answer executes a query or a mutation.
func (s *socket) answer(ctx context.Context, o *operation, operation *graphql.OperationContext) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !s.cancelBy(o, cancel) {
		return
	}
	handler, running := s.of.Graph.DispatchOperation(ctx, operation)
	answer := handler(running)
	if answer == nil { // its time was over before it began
		s.fail(o, s.of.Graph.DispatchError(ctx, gqlerror.List{graph.Late()}).Errors)
		return
	}
	s.conclude(o, newFrame().next(o.id, graph.Encode(answer)).completed(o.id))
}

// cancelBy has the end of a query or a mutation cancel it, unless it is over already: then nothing of it
// may change any more, for whoever ended it reads it without the lock.
func (s *socket) cancelBy(o *operation, cancel context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.over {
		return false
	}
	o.cancel = cancel
	return true
}

// follow opens a subscription, and sends what it has.
func (s *socket) follow(ctx context.Context, o *operation, operation *graphql.OperationContext) {
	if fault := s.charge(o); fault != nil {
		s.fail(o, gqlerror.List{graph.PresentError(ctx, fault)})
		return
	}
	feed, refused := s.of.Graph.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: o.wake})
	if refused != nil {
		s.fail(o, refused.Errors)
		return
	}
	s.mu.Lock()
	if o.over {
		s.mu.Unlock()
		feed.Close()
		return
	}
	o.feed = feed
	mine := s.mark(o) && s.claim()
	s.mu.Unlock()
	if mine {
		s.pump(true)
	}
}

// charge takes a subscription from the socket's budget.
func (s *socket) charge(o *operation) *gqlerror.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.over {
		return nil
	}
	fault := s.budget.take(time.Now())
	o.counted = fault == nil
	return fault
}

// fail ends an operation with errors.
func (s *socket) fail(o *operation, faults gqlerror.List) {
	s.conclude(o, newFrame().failed(o.id, faults))
}

// conclude ends an operation with its last messages, unless the client has completed it.
func (s *socket) conclude(o *operation, f *frame) {
	s.mu.Lock()
	mine := false
	if s.await(func() bool { return o.over || s.hasRoom() }) && !o.over {
		s.remove(o)
		mine = s.add(f)
	}
	s.mu.Unlock()
	if mine {
		s.pump(true)
	}
}

// complete ends an operation because the client wants no more of it. It is not told so: it knows.
func (s *socket) complete(id string) {
	s.mu.Lock()
	at := s.find(id)
	if at < 0 {
		s.mu.Unlock()
		return
	}
	o := s.operations[at]
	s.remove(o)
	s.change()
	s.mu.Unlock()
	o.stop()
}

// find gives the place of an operation, or less than nothing. The lock is held.
func (s *socket) find(id string) int {
	return slices.IndexFunc(s.operations, func(o *operation) bool { return o.id == id })
}

// remove takes an operation out, whose id is free again. The lock is held.
func (s *socket) remove(o *operation) {
	o.over = true
	if o.counted {
		o.counted = false
		s.budget.giveBack()
	}
	if at := slices.Index(s.operations, o); at >= 0 {
		s.operations = slices.Delete(s.operations, at, at+1)
	}
	if len(s.operations) == 0 {
		s.operations = nil
	}
}
