package graph

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"

	"klantkaart/crm"
	"klantkaart/live"
)

// NewResolver answers the schema from the business and its live feed.
func NewResolver(services *crm.CRM, feed *Live) *Resolver {
	return &Resolver{crm: services, live: feed}
}

// feed is how a subscription follows the log: what it is about, and how an event becomes a message of it.
type feed[M any] struct {
	scope  crm.EventScope
	filter *crm.CustomerFilter
	// see says why the actor may not follow; nobody is refused when nil.
	see  func(ctx context.Context) error
	tell func(ctx context.Context, event *crm.Event) (M, error)
	// merge makes one message of more than mergesFrom events that wait; nil when each has its own.
	merge func(at crm.Position, events []*crm.Event) M
}

// mergesFrom is how many events may wait for a subscriber until they are merged, where they are.
const mergesFrom = 64

// followCard streams what happens on a card that the actor can see.
func (r *Resolver) followCard(ctx context.Context, card crm.ID, after *crm.Position) (<-chan crm.CardFeed, error) {
	return follow(ctx, r, after, feed[crm.CardFeed]{
		scope: crm.EventScope{CardID: card},
		see:   func(ctx context.Context) error { return r.crm.Nodes.MustSee(ctx, card) },
		tell:  func(_ context.Context, event *crm.Event) (crm.CardFeed, error) { return event, nil },
	})
}

// followCustomers streams what happens to the relations that an overview shows.
func (r *Resolver) followCustomers(ctx context.Context, filter *crm.CustomerFilter, after *crm.Position) (<-chan crm.CustomerFeed, error) {
	return follow(ctx, r, after, feed[crm.CustomerFeed]{
		scope:  crm.EventScope{Customers: true},
		filter: filter,
		see: func(ctx context.Context) error {
			_, err := r.crm.Customers.Among(ctx, filter, nil) // a filter that is not in order is refused now
			return err
		},
		tell: func(ctx context.Context, event *crm.Event) (crm.CustomerFeed, error) {
			among, err := r.crm.Customers.Among(ctx, filter, []crm.ID{event.CustomerID})
			return &crm.CustomerNotice{Event: event, InFilter: len(among) > 0}, err
		},
		merge: func(at crm.Position, events []*crm.Event) crm.CustomerFeed { return crm.Changed(at, events) },
	})
}

// followAttentions streams what happens to the attentions addressed to the actor.
func (r *Resolver) followAttentions(ctx context.Context, after *crm.Position) (<-chan crm.AttentionFeed, error) {
	return follow(ctx, r, after, feed[crm.AttentionFeed]{
		scope: crm.EventScope{Attentions: true},
		tell: func(ctx context.Context, event *crm.Event) (crm.AttentionFeed, error) {
			return r.crm.Attentions.Notice(ctx, event)
		},
	})
}

// followOffice streams what happens to the actor's office, and to what is the actor's own.
func (r *Resolver) followOffice(ctx context.Context, after *crm.Position) (<-chan crm.OfficeFeed, error) {
	return follow(ctx, r, after, feed[crm.OfficeFeed]{
		scope: crm.EventScope{Office: true},
		tell: func(_ context.Context, event *crm.Event) (crm.OfficeFeed, error) {
			return &crm.OfficeNotice{Event: event}, nil
		},
	})
}

// follow is the resolver of a subscription that follows the log. It is asked for three things: for one
// message, when a subscription is being told what happened; for what there is to listen to, when one is being
// opened; or for a channel, by a transport that keeps an execution of its own for each subscriber.
func follow[M any](ctx context.Context, r *Resolver, after *crm.Position, of feed[M]) (<-chan M, error) {
	if told := tellingFrom(ctx); told != nil {
		message, err := of.message(ctx, told.notice)
		return only1(message), err
	}
	found := openingFrom(ctx)
	if found != nil {
		found.called = true
	}
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if of.see != nil {
		if err := of.see(ctx); err != nil {
			return nil, err
		}
	}
	asked := &question{services: r.crm, actor: actor, scope: of.scope, filter: of.filter, topics: of.scope.Topics(actor)}
	if of.merge != nil {
		asked.merges = mergesFrom
	}
	if found != nil {
		found.question = asked
		return nil, nil
	}
	return channel(ctx, r, after, of, asked)
}

// only1 is a channel with one message.
func only1[M any](message M) <-chan M {
	one := make(chan M, 1)
	one <- message
	close(one)
	return one
}

// message puts a notice into the words of the schema.
func (f feed[M]) message(ctx context.Context, notice live.Notice[*crm.Event]) (M, error) {
	at := positionAt(notice.At)
	switch notice.Kind {
	case live.Happened:
		return f.tell(ctx, notice.Events[0].Value)
	case live.Merged:
		return f.merge(at, eventsOf(notice.Events)), nil
	case live.Checkpoint:
		return any(&crm.Checkpoint{Position: at}).(M), nil
	}
	ready := &crm.Ready{Position: at, Mode: crm.LiveMode}
	switch {
	case notice.Kind == live.Resync:
		reason := reasonOf(notice.Reason)
		ready.Mode, ready.Reason = crm.ResyncMode, &reason
	case notice.Again:
		ready.Mode = crm.ReplayedMode
	}
	return any(ready).(M), nil
}

func reasonOf(reason live.Reason) crm.ResyncReason {
	switch reason {
	case live.TooOld:
		return crm.CursorTooOld
	case live.Access:
		return crm.AccessChanged
	}
	return crm.CursorUnknown
}

// channel follows the log for one subscriber alone, for a transport that takes messages from a channel. It
// ends when the rights of the subscriber change: the client comes back and is judged anew.
func channel[M any](ctx context.Context, r *Resolver, after *crm.Position, of feed[M], asked *question) (<-chan M, error) {
	wake := make(chan struct{}, 1)
	ask := live.Ask[*crm.Event]{Office: string(asked.actor.OrganizationID), Key: r.live.ownKey(), Topics: asked.topics, Question: asked,
		User: string(asked.actor.UserID), Wake: func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		}}
	if after != nil {
		place := placeAt(*after)
		ask.After = &place
		ask.Admits = func(ctx context.Context) (live.Reason, error) { return admitted(r.crm.Events.Admits(ctx, *after)) }
	}
	sub, err := r.live.feed.Subscribe(ctx, ask)
	if err != nil {
		return nil, err
	}
	messages := make(chan M)
	go func() {
		defer close(messages)
		defer sub.Close()
		if err := pass(ctx, r, sub, wake, of, messages); err != nil && ctx.Err() == nil && !errors.Is(err, live.ErrMoved) {
			transport.AddSubscriptionError(ctx, PresentError(ctx, err))
		}
	}()
	return messages, nil
}

// pass sends what a subscription gives, until the context ends.
func pass[M any](ctx context.Context, r *Resolver, sub *live.Subscription[*crm.Event], wake <-chan struct{}, of feed[M], messages chan<- M) error {
	for {
		entry, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		if entry == nil {
			select {
			case <-wake:
				continue
			case <-time.After(rereading): // the rights of the subscriber are looked at now and then
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := r.crm.Sessions.Check(ctx); err != nil {
				return err
			}
			continue
		}
		message, err := noticed(ctx, r, of, entry.Notice)
		if err != nil {
			return err
		}
		select {
		case messages <- message:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// noticed makes the message of a notice for an actor whose credential still works, and records that an
// attention reaches him.
func noticed[M any](ctx context.Context, r *Resolver, of feed[M], notice live.Notice[*crm.Event]) (message M, err error) {
	if notice.Kind == live.Happened {
		if err := r.crm.Sessions.Check(ctx); err != nil {
			return message, err
		}
		actor, err := crm.ActorFrom(ctx)
		if err != nil {
			return message, err
		}
		if event := notice.Events[0].Value; event.Kind.BringsAttention() {
			if err := r.crm.Attentions.Deliver(ctx, *event.SubjectID, []crm.ID{actor.UserID}); err != nil {
				return message, err
			}
		}
	}
	return of.message(ctx, notice)
}

// ownKey is a key that nobody shares.
func (l *Live) ownKey() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alone++
	return fmt.Sprint("own:", l.alone)
}
