package graph

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/live"
)

// Message is one thing that a subscriber is sent.
type Message struct {
	// Payload is the result as JSON. Many share it: it must not be changed.
	Payload []byte
	// Position is where the stream is behind it; empty when the stream has no positions.
	Position string
}

// Refusal ends a subscription with errors.
type Refusal struct{ Errors gqlerror.List }

// Error tells the first of the errors.
func (r *Refusal) Error() string { return r.Errors.Error() }

// Subscription is one subscriber's stream of messages. They are made when they are asked for, once for all
// who share them; a slow subscriber has no queue, it is only further back.
type Subscription struct {
	live      *Live
	actor     crm.Actor
	closeOnce sync.Once

	// Under the lock of Live.
	source source // nil while it is being opened
	outrun bool   // rights have changed meanwhile
}

// source is where the messages of a subscription come from.
type source interface {
	next(ctx context.Context) (*Message, error)
	// move says that the subscriber's rights have changed at a place; poke has it look once that has passed.
	move(at live.Place)
	poke()
	close()
}

// SubscribeOptions are how a subscriber wants to listen.
type SubscribeOptions struct {
	// Wake is called whenever Next may have something: from anywhere. It must not wait.
	Wake func()
	// After goes before the operation's `after` argument when it is not empty. A text that is no position is
	// answered like an unknown one.
	After string
}

// Subscribe begins a subscription. The response, when there is one, refuses it.
func (e *Executor) Subscribe(ctx context.Context, operation *graphql.OperationContext, options SubscribeOptions) (*Subscription, *graphql.Response) {
	actor, _ := crm.ActorFrom(ctx)
	s := &Subscription{live: e.live, actor: actor}
	e.live.enlist(s)
	refused := e.begin(ctx, s, operation, options)
	for refused == nil && s.source == nil {
		now, err := e.live.services.Sessions.Again(ctx, actor.CredentialID)
		if err != nil {
			refused = &graphql.Response{Errors: gqlerror.List{PresentError(ctx, err)}}
			break
		}
		refused = e.begin(crm.WithActor(ctx, now), s, operation, options)
	}
	if refused != nil {
		e.live.delist(s)
		return nil, refused
	}
	return s, nil
}

// begin opens a subscription, or tells why not. When rights have changed meanwhile it does neither: nothing was
// sent yet, and it is to be opened with the rights as they are now.
func (e *Executor) begin(ctx context.Context, s *Subscription, operation *graphql.OperationContext, options SubscribeOptions) (refused *graphql.Response) {
	listener := &listener{executor: e, ctx: ctx, operation: operation, wake: options.Wake}
	opened, refused := listener.begin(options.After)
	if refused == nil && !e.live.settle(s, opened) {
		opened.close()
	}
	return refused
}

func (l *Live) enlist(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listeners[s] = struct{}{}
}

func (l *Live) delist(s *Subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.listeners, s)
}

// settle gives a subscription its source, unless rights have changed while it was being opened.
func (l *Live) settle(s *Subscription, source source) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.outrun {
		s.outrun = false
		return false
	}
	s.source = source
	return true
}

// Next gives the next message; nil when there is none for now. It ends with io.EOF when the stream is
// complete, and with a *Refusal when it cannot go on. It has one caller at a time.
func (s *Subscription) Next(ctx context.Context) (*Message, error) { return s.source.next(ctx) }

// Close ends the subscription. It may be called more than once, also while Next is at work.
func (s *Subscription) Close() {
	s.closeOnce.Do(func() {
		s.live.delist(s)
		s.source.close()
	})
}

// opening collects what the resolver of a subscription wants to listen to.
type opening struct {
	called   bool // the resolver is one of the product's
	question *question
	state    *watchedState
}

type openingKey struct{}

func openingFrom(ctx context.Context) *opening {
	found, _ := ctx.Value(openingKey{}).(*opening)
	return found
}

// telling is the one message that a subscription's resolver is asked for.
type telling struct {
	notice live.Notice[*crm.Event]
	state  any
}

type tellingKey struct{}

func tellingFrom(ctx context.Context) *telling {
	found, _ := ctx.Value(tellingKey{}).(*telling)
	return found
}

// listener is how a subscriber asks, so that it can be asked anew when its rights change.
type listener struct {
	executor  *Executor
	ctx       context.Context //nolint:containedctx // the subscriber's: who it is
	operation *graphql.OperationContext
	wake      func()
}

// begin opens the subscription, or tells why not.
func (l *listener) begin(after string) (source, *graphql.Response) {
	place, given := l.after(after)
	return l.open(place, given, false)
}

// after is the place where to go on: the subscriber's own, or the argument's.
func (l *listener) after(own string) (place live.Place, given bool) {
	text := any(own)
	if own == "" {
		fields := graphql.CollectFields(l.operation, l.operation.Operation.SelectionSet, []string{"Subscription"})
		if len(fields) == 0 || fields[0].Definition == nil {
			return live.Place{}, false
		}
		if text = fields[0].ArgumentMap(l.operation.Variables)["after"]; text == nil {
			return live.Place{}, false
		}
	}
	var position crm.Position
	if err := position.UnmarshalGQL(text); err != nil {
		return live.Place{Number: -1}, true
	}
	return placeAt(position), true
}

// open begins to listen, with the rights that the context's actor has now.
func (l *listener) open(after live.Place, given, moved bool) (source, *graphql.Response) {
	of, own, rest, refused := l.executor.live.shapeFor(l)
	switch {
	case refused != nil:
		return nil, refused
	case rest != nil:
		return rest, nil
	case own != nil:
		return l.listenToState(of, own), nil
	}
	l.operation = of.operation // the same, but for where to go on: one for all takes the memory of one
	actor, _ := crm.ActorFrom(l.ctx)
	heard := &heard{listener: l, shape: of, user: string(actor.UserID)}
	ask := live.Ask[*crm.Event]{Office: string(actor.OrganizationID), Key: of.key, Topics: of.question.topics, Question: of.question,
		User: heard.user, Wake: l.wake, Moved: moved, Admits: func(ctx context.Context) (live.Reason, error) {
			return admitted(l.executor.live.services.Events.Admits(crm.WithActor(ctx, actor), positionAt(after)))
		}}
	if given {
		ask.After = &after
	}
	sub, err := l.executor.live.feed.Subscribe(l.ctx, ask)
	if err != nil {
		l.executor.live.forget(of)
		return nil, &graphql.Response{Errors: gqlerror.List{PresentError(l.ctx, err)}}
	}
	heard.sub = sub
	return heard, nil
}

// admitted says why one cannot go on from a position, in the words of the feed.
func admitted(reason crm.ResyncReason, err error) (live.Reason, error) {
	switch reason {
	case crm.CursorTooOld:
		return live.TooOld, err
	case crm.CursorUnknown:
		return live.Unknown, err
	}
	return live.None, err
}

// Encode writes a response as JSON, around the data as the graph wrote it.
func Encode(response *graphql.Response) []byte {
	b := []byte{'{'}
	if len(response.Errors) > 0 {
		b = append(append(append(b, `"errors":`...), encoded(response.Errors)...), ',')
	}
	b = append(b, `"data":`...)
	if response.Data == nil {
		b = append(b, "null"...)
	}
	b = append(b, response.Data...)
	if len(response.Extensions) > 0 {
		b = append(append(b, `,"extensions":`...), encoded(response.Extensions)...)
	}
	return append(b, '}')
}

// encoded is JSON of errors or extensions, which are made of plain values.
func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// failed tells whether a response lacks something for a reason that may pass.
func failed(response *graphql.Response) bool {
	return slices.ContainsFunc(response.Errors, func(err *gqlerror.Error) bool {
		return err.Extensions["code"] == Internal || err.Extensions["code"] == Timeout
	})
}
