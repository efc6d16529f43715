package graph

import (
	"context"
	"errors"

	"klantkaart/crm"
	"klantkaart/live"
)

// followPresence streams who views and edits a card that the actor can see, and makes the actor one of them.
func (r *Resolver) followPresence(ctx context.Context, card crm.ID) (<-chan *crm.CardPresence, error) {
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	at, tab := seatOf(actor, card)
	return watch(ctx, r, watched[*crm.CardPresence]{
		topic: at.Topic(),
		read: func(context.Context) (*crm.CardPresence, int64, bool, error) {
			now := r.live.presence.At(at)
			return presenceOf(now), now.Version, false, nil
		},
		enter: func(ctx context.Context) (leave func(), err error) {
			if err := r.crm.Nodes.MustSee(ctx, card); err != nil {
				return nil, err
			}
			return r.live.presence.Enter(ctx, at, tab), nil
		},
	})
}

// announce passes on what a screen says of itself.
func (r *Resolver) announce(ctx context.Context, input crm.AnnounceEditingInput) (*crm.AnnounceEditingPayload, error) {
	input, payload, err := r.crm.Presence.Admit(ctx, input)
	if err != nil {
		return nil, err
	}
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	said := live.Announcement{Typing: input.Typing, TakeOver: input.TakeOver}
	if input.Field != nil {
		said.Field = *input.Field
	}
	at, tab := seatOf(actor, input.CardID)
	now, err := r.live.presence.Announce(ctx, at, tab, said)
	if errors.Is(err, live.ErrNotThere) {
		return nil, r.crm.Presence.NotThere()
	}
	payload.Presence = presenceOf(now)
	return payload, err
}

// seatOf is where an actor is on a card.
func seatOf(actor crm.Actor, card crm.ID) (live.Spot, live.Tab) {
	return live.Spot{Office: string(actor.OrganizationID), Card: string(card)}, live.Tab{User: string(actor.UserID), Client: actor.ClientID}
}

// presenceOf puts an attendance into the words of the schema.
func presenceOf(now live.Attendance) *crm.CardPresence {
	viewers := make([]*crm.CardViewer, len(now.Faces))
	for i, face := range now.Faces {
		viewer := &crm.CardViewer{UserID: crm.ID(face.User), EnteredAt: face.Entered, Mode: crm.Viewing}
		if face.Field != "" {
			viewer.Mode, viewer.Field = crm.Editing, &face.Field
		}
		if !face.Typed.IsZero() {
			viewer.TypingAt = &face.Typed
		}
		if face.TakenOverBy != "" {
			by := crm.ID(face.TakenOverBy)
			viewer.TakenOverByID = &by
		}
		viewers[i] = viewer
	}
	return &crm.CardPresence{Version: int(now.Version), Known: now.Known, Viewers: viewers, ViewerCount: now.Count}
}
