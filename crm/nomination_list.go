package crm

import (
	"context"

	"klantkaart/db"
)

// OfEngagements gives for each request or project who is offered or at work, in the order of nomination.
func (s *Nominations) OfEngagements(ctx context.Context, engagements []ID) ([][]*Nomination, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	list := listing[*Nomination, *Nomination]{
		table: "nominations", where: []db.Part{ofOrganization(actor.OrganizationID)},
		node: func(n *Nomination) *Nomination { return n.on(today) }, row: same[*Nomination],
		parent: "engagement_id", parentOf: func(n *Nomination) ID { return n.EngagementID },
		keys: []key[*Nomination]{{column: "t.id", direction: Ascending, text: func(n *Nomination) string { return string(n.ID) }}},
	}
	return list.firsts(ctx, conn, engagements, maxNominations)
}

// ByIDs finds many nominations, in the order of the ids; nil where there is none for the actor.
func (s *Nominations) ByIDs(ctx context.Context, ids []ID) ([]*Nomination, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	found, err := byIDs(ctx, conn, actor.OrganizationID, "nominations", ids, (*Nomination).NodeID)
	for _, n := range found {
		n.on(today)
	}
	return found, err
}
