package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql/handler/transport"

	"klantkaart/crm"
	"klantkaart/live"
)

// NewResolver answers the schema from the business; hub wakes the subscriptions.
func NewResolver(services *crm.CRM, hub *live.Hub) *Resolver {
	return &Resolver{crm: services, hub: hub}
}

// followCard streams what happens on a card that the actor can see.
func (r *Resolver) followCard(ctx context.Context, card crm.ID, after *crm.Position) (<-chan crm.CardFeed, error) {
	if err := r.crm.Nodes.MustSee(ctx, card); err != nil {
		return nil, err
	}
	return follow(ctx, r, string(card), crm.EventScope{CardID: card}, after,
		func(ready *crm.Ready) crm.CardFeed { return ready },
		func(_ context.Context, event *crm.Event) (crm.CardFeed, error) { return event, nil })
}

// followAttentions streams what happens to the attentions addressed to the actor.
func (r *Resolver) followAttentions(ctx context.Context, after *crm.Position) (<-chan crm.AttentionFeed, error) {
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return follow(ctx, r, string(actor.OrganizationID), crm.EventScope{Attentions: true}, after,
		func(ready *crm.Ready) crm.AttentionFeed { return ready },
		func(ctx context.Context, event *crm.Event) (crm.AttentionFeed, error) {
			return r.crm.Attentions.Notice(ctx, event)
		})
}

// follow streams the events of a scope: first Ready, then each event once and in order. It registers for
// wake-ups before it reads where to begin, so that nothing falls between. The actor's credential is
// checked again before each batch; when it no longer works the stream ends with the error.
func follow[M any](ctx context.Context, r *Resolver, topic string, scope crm.EventScope, after *crm.Position,
	first func(*crm.Ready) M, message func(context.Context, *crm.Event) (M, error)) (<-chan M, error) {
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	wake, stop := r.hub.Listen(string(actor.OrganizationID), topic)
	ready, err := r.crm.Events.Begin(ctx, after)
	if err != nil {
		stop()
		return nil, err
	}
	messages := make(chan M)
	send := func(m M) bool {
		select {
		case messages <- m:
			return true
		case <-ctx.Done():
			return false
		}
	}
	read := func(ctx context.Context, number int64) ([]M, int64, error) {
		return next(ctx, r, scope, number, message)
	}
	go func() {
		defer close(messages)
		defer stop()
		if !send(first(ready)) {
			return
		}
		if err := live.Follow(ctx, wake, ready.Position.Number, read, send); err != nil && ctx.Err() == nil {
			transport.AddSubscriptionError(ctx, PresentError(ctx, err))
		}
	}()
	return messages, nil
}

// next reads the next events of a scope as messages, for an actor whose credential still works.
func next[M any](ctx context.Context, r *Resolver, scope crm.EventScope, number int64,
	message func(context.Context, *crm.Event) (M, error)) ([]M, int64, error) {
	events, number, err := r.crm.Events.After(ctx, scope, number)
	if err != nil || len(events) == 0 {
		return nil, number, err
	}
	if err := r.crm.Sessions.Check(ctx); err != nil {
		return nil, number, err
	}
	if err := r.crm.Attentions.DeliverIn(ctx, events); err != nil {
		return nil, number, err
	}
	messages := make([]M, len(events))
	for i, event := range events {
		if messages[i], err = message(ctx, event); err != nil {
			return nil, number, err
		}
	}
	return messages, number, nil
}
