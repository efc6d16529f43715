package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"klantkaart/db"
)

// CardActions are the buttons of cards.
type CardActions struct{ *core }

// OfCustomers gives the buttons of relations, as the actor sees them. What they depend on is read once for
// all of them: the projects, the actor's layout and selection.
func (s *CardActions) OfCustomers(ctx context.Context, customers []*Customer) ([][]*CardAction, error) {
	view, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := settingsIn(view.ctx, view.conn, view.about.actor)
	if err != nil {
		return nil, err
	}
	today := view.about.today
	running, err := projectsOf(view.ctx, view.conn, view.about.actor, customers, today, db.Part{SQL: running("t"), Args: []any{string(today)}})
	if err != nil {
		return nil, err
	}
	var sold map[ID][]Card
	if settings.StrictRevert {
		if sold, err = projectsOf(view.ctx, view.conn, view.about.actor, customers, today, db.Part{SQL: "t.phase = 'PROJECT'"}); err != nil {
			return nil, err
		}
	}
	return s.discreetly(ctx, actionsOfCards(view, customers, func(c *Customer, about *circumstances) {
		about.running, about.sold = running[c.ID], sold[c.ID]
	}))
}

// OfContacts gives the buttons of contacts.
func (s *CardActions) OfContacts(ctx context.Context, contacts []*Contact) ([][]*CardAction, error) {
	view, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	relations, err := belongingTo(view, contacts, func(c *Contact) ID { return c.CustomerID })
	if err != nil {
		return nil, err
	}
	uses, err := usesOfContacts(view.ctx, view.conn, view.about.actor.OrganizationID, idsOfRows(contacts), view.about.today)
	if err != nil {
		return nil, err
	}
	return s.discreetly(ctx, actionsOfCards(view, contacts, func(c *Contact, about *circumstances) {
		about.relation, about.usedBy = relations[c.CustomerID], uses[c.ID]
	}))
}

// OfEngagements gives the buttons of leads, requests and projects.
func (s *CardActions) OfEngagements(ctx context.Context, engagements []*Dossier) ([][]*CardAction, error) {
	view, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	relations, err := belongingTo(view, engagements, func(d *Dossier) ID { return d.CustomerID })
	if err != nil {
		return nil, err
	}
	return actionsOfCards(view, engagements, func(d *Dossier, about *circumstances) { about.relation = relations[d.CustomerID] }), nil
}

// discreetly leaves out of the reasons the cards that the actor may not see. The reasons are those of the verbs.
func (s *CardActions) discreetly(ctx context.Context, ofCards [][]*CardAction) ([][]*CardAction, error) {
	actor, err := ActorFrom(ctx)
	if err != nil || actor.SeesAll() {
		return ofCards, err
	}
	for _, action := range slices.Concat(ofCards...) {
		for _, one := range append([]*CardAction{action}, action.SubActions...) {
			if one.Reason == nil {
				continue
			}
			if one.Reason.Cards, err = s.shown(ctx, actor, one.Reason.Cards); err != nil {
				return nil, err
			}
		}
	}
	return ofCards, nil
}

// actionsView is what the buttons of all cards depend on: who looks, and how.
type actionsView struct {
	ctx     context.Context //nolint:containedctx // of one call, in which cards are read whole
	conn    db.Conn
	about   circumstances
	layouts map[CardType]*layout
}

func (s *CardActions) view(ctx context.Context) (*actionsView, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	now := s.moment()
	view := &actionsView{ctx: db.Whole(db.WithFields(ctx, db.Fields{})), conn: conn, about: circumstances{actor: actor, today: s.day(now)}}
	if view.layouts, err = layoutsOf(view.ctx, conn, actor); err != nil {
		return nil, err
	}
	view.about.hasSelection, err = hasSelection(view.ctx, conn, actor, now)
	return view, err
}

func actionsOfCards[C withButtons](view *actionsView, cards []C, add func(C, *circumstances)) [][]*CardAction {
	actions := make([][]*CardAction, len(cards))
	for i, card := range cards {
		about := view.about
		about.layout = view.layouts[card.cardType()]
		add(card, &about)
		actions[i] = actionsOf(card, about)
	}
	return actions
}

// belongingTo are the relations that cards belong to.
func belongingTo[C any](view *actionsView, cards []C, of func(C) ID) (map[ID]*Customer, error) {
	ids := make([]ID, len(cards))
	for i, card := range cards {
		ids[i] = of(card)
	}
	ids = distinct(ids)
	found, err := byIDs(view.ctx, view.conn, view.about.actor.OrganizationID, "customers", ids, (*Customer).NodeID)
	relations := make(map[ID]*Customer, len(ids))
	for i, customer := range found {
		relations[ids[i]] = customer
	}
	return relations, err
}

// projectsOf are the projects of relations that meet a condition, at most a hundred of each.
func projectsOf(ctx context.Context, conn db.Conn, actor Actor, customers []*Customer, today Date, condition db.Part) (map[ID][]Card, error) {
	ids := make([]ID, len(customers))
	for i, customer := range customers {
		ids[i] = customer.ID
	}
	found, err := db.SelectPerParent[*Dossier](ctx, conn, db.Selection{
		Table: "engagements", Columns: db.Columns[*Dossier](ctx, conn), Order: "t.number, t.id", Limit: 100,
		Where: []db.Part{ofOrganization(actor.OrganizationID), condition},
	}, "customer_id", ids)
	if err != nil {
		return nil, fmt.Errorf("projects of %d relations: %w", len(ids), err)
	}
	projects := make(map[ID][]Card, len(ids))
	for _, project := range found {
		projects[project.CustomerID] = append(projects[project.CustomerID], typed(today)(project))
	}
	return projects, nil
}

// hasSelection tells whether the actor has cards to walk through.
func hasSelection(ctx context.Context, conn db.Conn, actor Actor, now time.Time) (bool, error) {
	found, err := db.Rows[*Selection](ctx, conn,
		"SELECT t.id FROM selections AS t WHERE t.organization_id = ? AND t.user_id = ? AND t.expires_at > ? LIMIT 1",
		string(actor.OrganizationID), string(actor.UserID), now)
	if err != nil {
		return false, fmt.Errorf("look for a selection: %w", err)
	}
	return len(found) > 0, nil
}
