package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// CardActions are the buttons of cards.
type CardActions struct{ *core }

// OfCustomers gives the buttons of relations, as the actor sees them. What they depend on is read once for
// all of them: the projects, the actor's layout and selection.
func (s *CardActions) OfCustomers(ctx context.Context, customers []*Customer) ([][]*CardAction, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	ctx = db.WithFields(ctx, db.Fields{}) // the cards that stand in the way are shown as asked
	layouts, err := layoutsOf(ctx, conn, actor)
	if err != nil {
		return nil, err
	}
	hasSelection, err := hasSelection(ctx, conn, actor, s.moment())
	if err != nil {
		return nil, err
	}
	settings, err := settingsIn(ctx, conn, actor)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	running, err := projectsOf(ctx, conn, actor, customers, today, db.Part{SQL: running("t"), Args: []any{string(today)}})
	if err != nil {
		return nil, err
	}
	var sold map[ID][]Card
	if settings.StrictRevert {
		if sold, err = projectsOf(ctx, conn, actor, customers, today, db.Part{SQL: "t.phase = 'PROJECT'"}); err != nil {
			return nil, err
		}
	}
	actions := make([][]*CardAction, len(customers))
	for i, customer := range customers {
		actions[i] = customer.actions(circumstances{actor: actor, layout: layouts[customer.Type()], hasSelection: hasSelection,
			running: running[customer.ID], sold: sold[customer.ID]})
	}
	return actions, nil
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
