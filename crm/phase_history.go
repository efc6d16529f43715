package crm

import (
	"context"
	"time"

	"klantkaart/db"
)

// PhaseStep is a status that a colleague gave to a lead, a request or a project.
type PhaseStep struct {
	Status EngagementStatus
	At     time.Time
	ByID   *ID
}

// maxPhaseSteps bounds the history of statuses that a card shows.
const maxPhaseSteps = 100

// PhaseHistoryOf gives for each lead, request or project the statuses it was given, the first one first, as the log
// tells them. What the calendar does nobody did: it has no step.
func (s *Engagements) PhaseHistoryOf(ctx context.Context, engagements []ID) ([][]*PhaseStep, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	whole := db.WithFields(ctx, db.Fields{}) // a step is made of columns that the API calls otherwise
	list := listing[*Event, *PhaseStep]{
		table: "events",
		where: []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.subject_id IS NULL AND t.changes LIKE ?", Args: []any{`%{"field":"status",%`}}},
		node:  phaseStep, parent: "card_id", parentOf: func(e *Event) ID { return e.CardID },
		keys: []key[*Event]{{column: "t.position", direction: Ascending, number: func(e *Event) int64 { return e.Number }}},
	}
	return list.firsts(whole, conn, engagements, maxPhaseSteps)
}

func phaseStep(event *Event) *PhaseStep {
	step := &PhaseStep{At: event.At.UTC(), ByID: event.ActorID}
	for _, change := range event.Changes {
		if status, ok := change.To.(string); ok && change.Field == "status" {
			step.Status = EngagementStatus(status)
		}
	}
	return step
}
