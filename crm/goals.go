package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// Goals are the concrete sales targets at relations.
type Goals struct{ *core }

// ByIDs finds many goals, in the order of the ids; nil where there is none for the actor.
func (s *Goals) ByIDs(ctx context.Context, ids []ID) ([]*AcquisitionGoal, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "acquisition_goals", ids, (*AcquisitionGoal).NodeID)
	today := s.day(s.moment())
	for _, goal := range found {
		if goal != nil {
			goal.today = today
		}
	}
	return found, err
}

// GoalListArgs say which goals a list shows.
type GoalListArgs struct{ Status []AcquisitionGoalStatus }

// OfCustomers gives for each relation a page of its goals, last made first.
func (s *Goals) OfCustomers(ctx context.Context, customers []ID, args GoalListArgs, window page.Args) ([]*AcquisitionGoalConnection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	list := listing[*AcquisitionGoal, *AcquisitionGoal]{
		table: "acquisition_goals", scope: scope("goals", args),
		where: append([]db.Part{ofOrganization(actor.OrganizationID)}, oneOf("t.status", args.Status)...),
		node:  func(g *AcquisitionGoal) *AcquisitionGoal { g.today = today; return g }, row: same[*AcquisitionGoal],
		parent: "customer_id", parentOf: func(g *AcquisitionGoal) ID { return g.CustomerID },
		keys: []key[*AcquisitionGoal]{
			{column: "t.created_at", direction: Descending, moment: func(g *AcquisitionGoal) time.Time { return g.CreatedAt }},
			{column: "t.id", direction: Descending, text: func(g *AcquisitionGoal) string { return string(g.ID) }},
		},
	}
	return list.pages(ctx, conn, customers, window)
}

// CreateAcquisitionGoalInput is a new goal at a relation.
type CreateAcquisitionGoalInput struct {
	CustomerID ID
	Fields     AcquisitionGoalFields
}

// CreateAcquisitionGoalPayload is the answer to Create.
type CreateAcquisitionGoalPayload struct {
	Outcome
	Goal *AcquisitionGoal
}

// Create sets a goal at a relation in daily use. It is the actor's unless another owner is named.
func (s *Goals) Create(ctx context.Context, input CreateAcquisitionGoalInput) (*CreateAcquisitionGoalPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*CreateAcquisitionGoalPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		goal := &AcquisitionGoal{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(goalPrefix), Version: 1, CustomerID: customer.ID,
			OwnerID: actorID(tx.Actor), Status: OpenGoal, CreatedOn: tx.Today, CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor), today: tx.Today}
		fields := patchingAt("input", "fields")
		input.Fields.apply(goal, fields)
		if err := tx.checkGoal(ctx, goal, &AcquisitionGoal{}, fields); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(goal).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert goal: %w", err)
		}
		return &CreateAcquisitionGoalPayload{Goal: goal},
			tx.logOnCustomer(ctx, GoalCreatedEvent, customer.ID, goal.ID, changesBetween(&AcquisitionGoal{}, goal))
	})
}

// UpdateAcquisitionGoalInput is a change of a goal's fields, with what it is based on.
type UpdateAcquisitionGoalInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *AcquisitionGoalFields
	Patch           AcquisitionGoalFields
}

// UpdateAcquisitionGoalPayload is the answer to Update.
type UpdateAcquisitionGoalPayload struct {
	Outcome
	Goal *AcquisitionGoal
}

// Update changes fields of an open goal, as Customers.Update does.
func (s *Goals) Update(ctx context.Context, input UpdateAcquisitionGoalInput) (*UpdateAcquisitionGoalPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*UpdateAcquisitionGoalPayload, error) {
		goal, err := tx.goal(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := goal.mayChange(); err != nil {
			return nil, err
		}
		before, patch := *goal, patchingAt("input", "patch")
		input.Patch.apply(goal, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, AcquisitionGoalFields.apply, patch)
		if err := tx.checkGoal(ctx, goal, &before, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, goal)
		if err := tx.checkBasisOf(ctx, goal.CustomerID, goal.ID, before.Version, basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateAcquisitionGoalPayload{Goal: goal}, nil
		}
		return &UpdateAcquisitionGoalPayload{Goal: goal}, tx.saveGoal(ctx, goal, GoalUpdatedEvent, changes)
	})
}

// CloseAcquisitionGoalInput says which goal to close, and how it ended.
type CloseAcquisitionGoalInput struct {
	ID      ID
	Outcome AcquisitionGoalOutcome
	Result  string
}

// CloseAcquisitionGoalPayload is the answer to Close.
type CloseAcquisitionGoalPayload struct {
	Outcome
	Goal *AcquisitionGoal
}

// Close ends a goal, with what came of it.
func (s *Goals) Close(ctx context.Context, input CloseAcquisitionGoalInput) (*CloseAcquisitionGoalPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*CloseAcquisitionGoalPayload, error) {
		goal, err := tx.goal(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := goal.mayChange(); err != nil {
			return nil, err
		}
		before, fields, now := *goal, patchingAt("input"), tx.Now
		goal.Result = new(fields.needed("result", input.Result, upTo(1000)))
		if err := fields.err(); err != nil {
			return nil, err
		}
		goal.Status, goal.ClosedAt, goal.ClosedByID = AcquisitionGoalStatus(input.Outcome), &now, actorID(tx.Actor)
		return &CloseAcquisitionGoalPayload{Goal: goal}, tx.saveGoal(ctx, goal, GoalClosedEvent, goal.ending(&before))
	})
}

// ReopenAcquisitionGoalInput says which goal to reopen.
type ReopenAcquisitionGoalInput struct{ ID ID }

// ReopenAcquisitionGoalPayload is the answer to Reopen.
type ReopenAcquisitionGoalPayload struct {
	Outcome
	Goal *AcquisitionGoal
}

// Reopen goes on with a goal that was closed. How it ended stays in the card's history.
func (s *Goals) Reopen(ctx context.Context, input ReopenAcquisitionGoalInput) (*ReopenAcquisitionGoalPayload, error) {
	return write(ctx, s.core, EditCampaigns, func(ctx context.Context, tx *Tx) (*ReopenAcquisitionGoalPayload, error) {
		goal, err := tx.goal(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := goal.mayReopen(); err != nil {
			return nil, err
		}
		before := *goal
		goal.Status, goal.Result, goal.ClosedAt, goal.ClosedByID = OpenGoal, nil, nil, nil
		return &ReopenAcquisitionGoalPayload{Goal: goal}, tx.saveGoal(ctx, goal, GoalReopenedEvent, goal.ending(&before))
	})
}

// goal gives a goal for a change: its relation, which is in daily use, is locked first.
func (tx *Tx) goal(ctx context.Context, id ID) (*AcquisitionGoal, error) {
	read := func() ([]*AcquisitionGoal, error) {
		return byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "acquisition_goals", []ID{id}, (*AcquisitionGoal).NodeID)
	}
	found, err := read()
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, notFound("input", "id")
	}
	customer, err := tx.customer(ctx, found[0].CustomerID, nil)
	if err != nil {
		return nil, err
	}
	if err := customer.inUse(); err != nil {
		return nil, err
	}
	if found, err = read(); err != nil {
		return nil, err
	}
	found[0].today = tx.Today
	return found[0], nil
}

// checkGoal adds what only the store can tell to the faults of the fields, and gives them all.
func (tx *Tx) checkGoal(ctx context.Context, goal, before *AcquisitionGoal, fields *patching) error {
	if _, err := tx.lookup(ctx, GoalKindList, goal.KindID, before.KindID, fields, "kindId"); err != nil {
		return err
	}
	if goal.OwnerID != nil && (before.OwnerID == nil || *before.OwnerID != *goal.OwnerID) {
		if err := tx.checkUser(ctx, goal.OwnerID, fields, "ownerId"); err != nil {
			return err
		}
	}
	return fields.err()
}

// saveGoal keeps a changed goal as its next version, with an event on the relation's card.
func (tx *Tx) saveGoal(ctx context.Context, goal *AcquisitionGoal, kind EventKind, changes []FieldChange) error {
	goal.Version++
	if _, err := tx.NewUpdate().Model(goal).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save goal %s: %w", goal.ID, err)
	}
	return tx.logOnCustomer(ctx, kind, goal.CustomerID, goal.ID, changes)
}

// warnOfGoals tells which goals stay open on an archived card.
func (tx *Tx) warnOfGoals(ctx context.Context, customer ID) error {
	open, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "acquisition_goals", Where: []db.Part{
		ofOrganization(tx.Actor.OrganizationID), {SQL: "t.customer_id = ? AND t.status = 'OPEN'", Args: []any{string(customer)}}}})
	if err != nil {
		return fmt.Errorf("open goals of %s: %w", customer, err)
	}
	if open > 0 {
		tx.warn(OpenAcquisitionGoals, Textf("Acquisitiedoelen blijven openstaan: %s.", "Acquisition goals stay open: %s.", open))
	}
	return nil
}
