package graph

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/live"
)

// watched is a small state that is told wholly anew whenever it has changed: only the newest matters, and
// there is nothing to replay.
type watched[T any] struct {
	// topic wakes it, among those of the actor's office.
	topic string
	// read gives the state with its version, which rises with every change; last says that none follows.
	read func(ctx context.Context) (state T, version int64, last bool, err error)
	// enter is called once for each subscriber, before its first read; leave when it ends. It may be nil.
	enter func(ctx context.Context) (leave func(), err error)
}

// watchedState is a watched state of any kind.
type watchedState struct {
	topic string
	read  func(ctx context.Context) (state any, version int64, last bool, err error)
	leave func()
}

// watch is the resolver of a subscription that tells a state. Like follow it is asked for one message, for
// what there is to listen to, or for a channel.
func watch[T any](ctx context.Context, r *Resolver, of watched[T]) (<-chan T, error) {
	if told := tellingFrom(ctx); told != nil {
		return only1(told.state.(T)), nil
	}
	found := openingFrom(ctx)
	if found != nil {
		found.called = true
	}
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	leave := func() {}
	if of.enter != nil {
		if leave, err = of.enter(ctx); err != nil {
			return nil, err
		}
	}
	if found != nil {
		found.state = &watchedState{topic: of.topic, leave: sync.OnceFunc(leave),
			read: func(ctx context.Context) (any, int64, bool, error) { return of.read(ctx) }}
		return nil, nil
	}
	states := make(chan T)
	wake, stop := r.live.hub.Listen(string(actor.OrganizationID), of.topic)
	go func() {
		defer close(states)
		defer leave()
		defer stop()
		if err := passStates(ctx, wake, of, states); err != nil && ctx.Err() == nil {
			transport.AddSubscriptionError(ctx, PresentError(ctx, err))
		}
	}()
	return states, nil
}

// passStates sends each new state, until the last one or the end of the context.
func passStates[T any](ctx context.Context, wake <-chan struct{}, of watched[T], states chan<- T) error {
	for sent, first := int64(0), true; ; {
		state, version, last, err := of.read(ctx)
		if err != nil {
			return err
		}
		if first || version != sent {
			select {
			case states <- state:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if last {
			return nil
		}
		sent, first = version, false
		select {
		case <-wake:
		case <-time.After(rereading):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// seen is a subscription to a state.
type seen struct {
	*listener
	shape *shape
	stop  func()
	pause pause

	begun, done bool
	version     int64

	mu     sync.Mutex
	state  *watchedState
	stale  bool // rights have changed
	closed bool
}

func (l *listener) listenToState(of *shape, own *watchedState) source {
	actor, _ := crm.ActorFrom(l.ctx)
	s := &seen{listener: l, shape: of, state: own}
	s.stop = l.executor.live.hub.On(string(actor.OrganizationID), own.topic, l.wake)
	return s
}

func (s *seen) next(context.Context) (*Message, error) {
	if s.done {
		return nil, io.EOF
	}
	if err := s.refresh(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.executor.settings.Timeout)
	defer cancel()
	state, version, last, err := s.current().read(ctx)
	if err != nil {
		return s.tryLater(err)
	}
	if s.begun && version == s.version {
		return nil, nil
	}
	payload := s.shape.tellState(state, version)
	if payload == nil {
		return s.tryLater(nil)
	}
	s.begun, s.version, s.done, s.pause = true, version, last, 0
	return &Message{Payload: payload}, nil
}

// tryLater has the subscriber asked again after a pause, unless the business itself refuses.
func (s *seen) tryLater(err error) (*Message, error) {
	if err != nil && len(crm.FaultsOf(err)) > 0 {
		return nil, &Refusal{gqlerror.List{PresentError(s.ctx, err)}}
	}
	s.pause.rest(s.wake)
	return nil, nil
}

func (s *seen) current() *watchedState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// refresh opens the subscription anew once its rights have changed.
func (s *seen) refresh() error {
	s.mu.Lock()
	stale := s.stale
	s.stale = false
	s.mu.Unlock()
	if !stale {
		return nil
	}
	actor, _ := crm.ActorFrom(s.ctx)
	now, err := s.executor.live.services.Sessions.Again(s.ctx, actor.CredentialID)
	if err != nil {
		return &Refusal{gqlerror.List{PresentError(s.ctx, err)}}
	}
	s.listener = &listener{s.executor, crm.WithActor(s.ctx, now), s.operation, s.wake}
	of, own, _, refused := s.executor.live.shapeFor(s.listener)
	if refused != nil || own == nil {
		return &Refusal{append(gqlerror.List{}, errorsOf(refused)...)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.state
	s.executor.live.forget(s.shape)
	s.state, s.shape, s.begun = own, of, false
	old.leave()
	if s.closed {
		own.leave()
		s.executor.live.forget(of)
	}
	return nil
}

func errorsOf(response *graphql.Response) gqlerror.List {
	if response == nil {
		return nil
	}
	return response.Errors
}

// tellState makes the message of a state, once for all who get the same version; nil when it cannot be made
// just now.
func (s *shape) tellState(state any, version int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told != nil && s.version == version {
		return s.told
	}
	response := s.execute(&telling{state: state})
	if failed(response) {
		return nil
	}
	s.told, s.version = Encode(response), version
	return s.told
}

func (s *seen) move(live.Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = true
}

// poke wakes beside: who pokes has more to do than to tell a state.
func (s *seen) poke() { go s.wake() }

func (s *seen) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.stop()
		s.state.leave()
		s.executor.live.forget(s.shape)
	}
}
