package graph

import (
	"context"
	"sync"

	"klantkaart/crm"
	"klantkaart/live"
)

// Access is what happened to the credential of a connection.
type Access int

// The two things.
const (
	// AccessEnded: it was revoked, or its owner may no longer sign in. Nothing more may be sent.
	AccessEnded Access = iota
	// AccessChanged: its owner's rights are others now. Before its next operation the connection finds out
	// anew who it is; its subscriptions see to themselves.
	AccessChanged
)

// attendee is a connection that uses a credential.
type attendee struct {
	actor crm.Actor
	told  func(Access)
	stale bool // the actor's rights have changed; under the lock of Live
}

// Attend watches over the credential of the context's actor while a connection uses it, until leave is
// called. told is called for what happens to it, before any event behind that is sent on this node; it must
// return at once. The error is crm.ErrUnauthenticated when the credential works no longer.
func (e *Executor) Attend(ctx context.Context, told func(Access)) (leave func(), err error) {
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	release, fresh, err := e.live.feed.Follow(ctx, string(actor.OrganizationID))
	if err != nil {
		return nil, err
	}
	one := &attendee{actor: actor, told: told}
	known := e.live.attend(one)
	leave = sync.OnceFunc(func() {
		e.live.unattend(one)
		release()
	})
	if fresh || !known {
		// What happened between the look at the credential and here has passed unseen.
		now, err := e.live.services.Sessions.Again(ctx, actor.CredentialID)
		if err != nil {
			leave()
			return nil, err
		}
		if !now.HasRightsOf(actor) {
			told(AccessChanged)
		}
	}
	return leave, nil
}

// attend tells whether the credential was in use already, with the same rights: then nothing has happened to it.
func (l *Live) attend(one *attendee) (known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	office := l.attended[one.actor.OrganizationID]
	if office == nil {
		office = make(map[*attendee]struct{})
		l.attended[one.actor.OrganizationID] = office
	}
	for other := range office {
		if other.actor.CredentialID == one.actor.CredentialID && !other.stale {
			known = other.actor.HasRightsOf(one.actor)
			break
		}
	}
	office[one] = struct{}{}
	return known
}

func (l *Live) unattend(one *attendee) {
	l.mu.Lock()
	defer l.mu.Unlock()
	office := l.attended[one.actor.OrganizationID]
	delete(office, one)
	if len(office) == 0 {
		delete(l.attended, one.actor.OrganizationID)
	}
}

// watch sees each event of the offices that are followed before any stream does. An event about rights
// parts what comes before it, which is told by the old rights, from what comes after.
func (l *Live) watch(office string, event live.Event[*crm.Event]) (then func()) {
	what, about := AccessEnded, event.Value
	left, _ := event.Beside.(crm.Card)
	l.rows.passed(crm.ID(office), about, left)
	switch about.Kind {
	case crm.AccessEndedEvent:
	case crm.AccessChangedEvent:
		what = AccessChanged
	case crm.ContactAnonymizedEvent:
		l.erase(about)
		return nil
	default:
		return nil
	}
	var told []func(Access)
	var moved []*Subscription
	l.mu.Lock()
	for one := range l.attended[crm.ID(office)] {
		if about.Concerns(one.actor) {
			told = append(told, one.told)
			one.stale = true
			if what == AccessEnded {
				delete(l.attended[crm.ID(office)], one) // it no longer shows that the credential works
			}
		}
	}
	for one := range l.listeners {
		if one.actor.OrganizationID != crm.ID(office) || about.SubjectID == nil || *about.SubjectID == one.actor.CredentialID || !about.Concerns(one.actor) {
			continue
		}
		if one.source == nil {
			one.outrun = true
			continue
		}
		moved = append(moved, one)
	}
	l.mu.Unlock()
	for _, tell := range told {
		tell(what)
	}
	at := live.Place{Number: event.Number, Check: event.Check}
	for _, one := range moved {
		one.source.move(at)
	}
	return func() {
		for _, one := range moved {
			one.source.poke()
		}
	}
}
