package crm

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"

	"klantkaart/page"
)

// The kinds of events of acquisition goals.
const (
	GoalCreatedEvent  EventKind = "ACQUISITION_GOAL_CREATED"
	GoalUpdatedEvent  EventKind = "ACQUISITION_GOAL_UPDATED"
	GoalClosedEvent   EventKind = "ACQUISITION_GOAL_CLOSED"
	GoalReopenedEvent EventKind = "ACQUISITION_GOAL_REOPENED"
)

// What can be wrong with acquisition goals, and what is worth knowing.
const (
	GoalClosed           ErrorCode   = "GOAL_CLOSED"
	GoalOpen             ErrorCode   = "GOAL_OPEN"
	OpenAcquisitionGoals WarningCode = "OPEN_ACQUISITION_GOALS"
)

// AcquisitionGoalStatus is whether a goal is open, or how it was closed.
type AcquisitionGoalStatus string

// OpenGoal is the status of a goal that someone goes after; the schema lists the others.
const OpenGoal AcquisitionGoalStatus = "OPEN"

// AcquisitionGoalOutcome is how a goal is closed.
type AcquisitionGoalOutcome string

// AcquisitionGoal is a concrete sales target at one relation. Fields with a `change` tag are what a colleague
// may edit; the log names them so.
type AcquisitionGoal struct {
	bun.BaseModel `bun:"table:acquisition_goals,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	CustomerID     ID
	Title          string  `change:"title"`
	KindID         *ID     `change:"kindId"`
	OwnerID        *ID     `change:"ownerId"`
	DueOn          *Date   `change:"dueOn"`
	NextAction     *string `change:"nextAction"`
	NextActionOn   *Date   `change:"nextActionOn"`
	Status         AcquisitionGoalStatus
	Result         *string
	ClosedAt       *time.Time
	ClosedByID     *ID  `bun:"closed_by"`
	CreatedOn      Date // where the office is
	CreatedAt      time.Time
	CreatedByID    *ID `bun:"created_by"`

	today Date
}

// IsNode marks a Node.
func (*AcquisitionGoal) IsNode() {}

// NodeID is the goal's id.
func (g *AcquisitionGoal) NodeID() ID { return g.ID }

// IsOverdue tells whether it is open and its day had passed on the day it was read.
func (g *AcquisitionGoal) IsOverdue() bool {
	return g.Status == OpenGoal && g.DueOn != nil && *g.DueOn < g.today
}

// AcquisitionGoalFields are the fields of a goal as input: absent leaves, null clears, a value sets.
type AcquisitionGoalFields struct {
	Title        graphql.Omittable[*string]
	KindID       graphql.Omittable[*ID]
	OwnerID      graphql.Omittable[*ID]
	DueOn        graphql.Omittable[*Date]
	NextAction   graphql.Omittable[*string]
	NextActionOn graphql.Omittable[*Date]
}

// apply sets the given fields on the goal, each checked and in its stored form.
func (f AcquisitionGoalFields) apply(g *AcquisitionGoal, p *patching) {
	p.required("title", f.Title, &g.Title, upTo(200))
	value(p, "kindId", f.KindID, &g.KindID, asIs)
	value(p, "ownerId", f.OwnerID, &g.OwnerID, asIs)
	value(p, "dueOn", f.DueOn, &g.DueOn, asIs)
	p.text("nextAction", f.NextAction, &g.NextAction, upTo(500))
	value(p, "nextActionOn", f.NextActionOn, &g.NextActionOn, asIs)
	if g.DueOn != nil && *g.DueOn < g.CreatedOn {
		p.refuse("dueOn", Text{
			NL: "Een doel is niet te bereiken voor de dag waarop het gemaakt is.",
			EN: "A goal cannot be due before the day it was made."})
	}
}

// mayChange says that only an open goal is edited.
func (g *AcquisitionGoal) mayChange() error {
	if g.Status == OpenGoal {
		return nil
	}
	return &Error{Code: GoalClosed, Path: []string{"input", "id"}, Text: Text{
		NL: "Het acquisitiedoel is afgesloten; heropen het eerst.",
		EN: "The goal was closed; reopen it first."}}
}

// mayReopen says that only a closed goal is reopened.
func (g *AcquisitionGoal) mayReopen() error {
	if g.Status != OpenGoal {
		return nil
	}
	return &Error{Code: GoalOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "Het acquisitiedoel is niet afgesloten.",
		EN: "The goal was not closed."}}
}

// ending are the fields that closing and reopening change, as the log names them.
func (g *AcquisitionGoal) ending(before *AcquisitionGoal) []FieldChange {
	return differing([]FieldChange{
		{Field: "status", From: before.Status, To: g.Status},
		{Field: "result", From: before.Result, To: g.Result},
	})
}

// Pages and rows of goals, under the names that the schema gives them.
type (
	// AcquisitionGoalConnection is a page of goals.
	AcquisitionGoalConnection = page.Connection[*AcquisitionGoal]
	// AcquisitionGoalEdge is a row of goals with its place.
	AcquisitionGoalEdge = page.Edge[*AcquisitionGoal]
)
