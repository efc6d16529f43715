package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// CompleteStepInput says which step is done, and what came of it.
type CompleteStepInput struct {
	ID      ID
	Outcome *string
	Note    *string
}

// CompleteStepPayload is the answer to CompleteStep.
type CompleteStepPayload struct {
	Outcome
	Step    *ProcessStep
	Process *Process
}

// CompleteStep says that a step is done. What came of it tells which step is next, or that the process is at
// its end. Of two who complete the same step one comes too late.
func (s *Processes) CompleteStep(ctx context.Context, input CompleteStepInput) (*CompleteStepPayload, error) {
	return write(ctx, s.core, EditProcesses, func(ctx context.Context, tx *Tx) (*CompleteStepPayload, error) {
		at, err := tx.openStep(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		at.step.Note = fields.part("note", input.Note, upTo(maxStepNote))
		outcome := at.step.chosen(input.Outcome, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		at.step.Status, at.step.OutcomeKey = DoneStep, input.Outcome
		return &CompleteStepPayload{Step: at.step, Process: at.process},
			tx.leave(ctx, at, ProcessStepCompletedEvent, at.step.summary(outcome), outcome.leadsTo(at.step.Following))
	})
}

// maxStepNote is how many characters the note on a step has at most.
const maxStepNote = 2000

// chosen finds what came of a step. A step that has outcomes needs one of them.
func (s *ProcessStep) chosen(key *string, fields *patching) *ProcessOutcome {
	switch {
	case key == nil && len(s.Plan.Outcomes) > 0:
		fields.refuse("outcome", Text{NL: "Kies wat de uitkomst van deze stap is.", EN: "Choose what came of this step."})
	case key != nil && s.Plan.outcome(*key) == nil:
		fields.refuse("outcome", Text{NL: "Deze stap heeft zo'n uitkomst niet.", EN: "This step has no such outcome."})
	case key != nil:
		return s.Plan.outcome(*key)
	}
	return nil
}

// SkipStepInput says which step is not done, and why.
type SkipStepInput struct {
	ID     ID
	Reason string
}

// SkipStepPayload is the answer to SkipStep.
type SkipStepPayload struct {
	Outcome
	Step    *ProcessStep
	Process *Process
}

// SkipStep passes over a step, on to the one behind it.
func (s *Processes) SkipStep(ctx context.Context, input SkipStepInput) (*SkipStepPayload, error) {
	return write(ctx, s.core, EditProcesses, func(ctx context.Context, tx *Tx) (*SkipStepPayload, error) {
		at, err := tx.openStep(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		fields.requiredText("reason", &input.Reason, maxReason)
		if err := fields.err(); err != nil {
			return nil, err
		}
		at.step.Status, at.step.Note = SkippedStep, &input.Reason
		return &SkipStepPayload{Step: at.step, Process: at.process},
			tx.leave(ctx, at, ProcessStepSkippedEvent, "stap "+at.step.Title()+" overgeslagen", at.step.Following)
	})
}

// maxReason is how many characters a reason has at most.
const maxReason = 500

// ReassignStepInput says who takes a step from now on.
type ReassignStepInput struct {
	ID     ID
	UserID ID
}

// ReassignStepPayload is the answer to ReassignStep.
type ReassignStepPayload struct {
	Outcome
	Step *ProcessStep
}

// ReassignStep hands an open step to a colleague.
func (s *Processes) ReassignStep(ctx context.Context, input ReassignStepInput) (*ReassignStepPayload, error) {
	return write(ctx, s.core, EditProcesses, func(ctx context.Context, tx *Tx) (*ReassignStepPayload, error) {
		at, err := tx.openStep(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		if err := tx.checkUsers(ctx, []ID{input.UserID}, fields, "userId"); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		before := *at.step
		at.step.AssigneeID, at.step.AssigneeRole = &input.UserID, nil
		changes := differing([]FieldChange{{Field: "assignee", From: before.AssigneeID, To: at.step.AssigneeID},
			{Field: "assigneeRole", From: before.AssigneeRole, To: at.step.AssigneeRole}})
		if len(changes) == 0 {
			return &ReassignStepPayload{Step: at.step}, nil
		}
		if err := tx.saveStep(ctx, at.step); err != nil {
			return nil, err
		}
		version, err := tx.raiseVersion(ctx, tableOf(at.process.CardID), at.process.CardID)
		tx.log(&Event{Kind: ProcessStepReassigned, CustomerID: at.process.CustomerID, CardID: at.process.CardID, CardVersion: version,
			SubjectID: &at.process.ID, Changes: changes})
		return &ReassignStepPayload{Step: at.step}, err
	})
}

// CancelProcessInput says which process to break off, and why.
type CancelProcessInput struct {
	ID     ID
	Reason string
}

// CancelProcessPayload is the answer to Cancel.
type CancelProcessPayload struct {
	Outcome
	Process *Process
}

// Cancel breaks off a process: for whoever started it, the account manager of the relation, and who manages
// processes. An archived card is read-only for this too.
func (s *Processes) Cancel(ctx context.Context, input CancelProcessInput) (*CancelProcessPayload, error) {
	return write(ctx, s.core, EditProcesses, func(ctx context.Context, tx *Tx) (*CancelProcessPayload, error) {
		process, card, err := tx.process(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		fields.requiredText("reason", &input.Reason, maxReason)
		switch {
		case card.inUse() != nil:
			return nil, card.inUse()
		case process.Status != RunningProcess:
			return nil, &Error{Code: ProcessNotRunning, Path: []string{"input", "id"}, Text: Text{
				NL: "Dit proces is al afgerond of geannuleerd.",
				EN: "This process was completed or cancelled already."}}
		case !process.mayCancel(tx.Actor, card.relation):
			return nil, forbidden()
		case fields.err() != nil:
			return nil, fields.err()
		}
		process.CancelReason = &input.Reason
		return &CancelProcessPayload{Process: process}, tx.finish(ctx, process, CancelledProcess, ProcessCancelledEvent, "geannuleerd", input.Reason)
	})
}

func (p *Process) mayCancel(actor Actor, relation *Customer) bool {
	started := p.StartedByID != nil && *p.StartedByID == actor.UserID
	manages := relation.AccountManagerID != nil && *relation.AccountManagerID == actor.UserID
	return started || manages || actor.Rights.Has(ManageProcesses)
}

// stepAt is a step with what it stands on, all of it locked.
type stepAt struct {
	step    *ProcessStep
	process *Process
	card    lockedCard
}

// openStep locks a step that the actor may take now.
func (tx *Tx) openStep(ctx context.Context, id ID) (stepAt, error) {
	read := func() (*ProcessStep, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "process_steps", []ID{id}, (*ProcessStep).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		found[0].today = tx.Today
		return found[0], nil
	}
	step, err := read()
	if err != nil {
		return stepAt{}, err
	}
	process, card, err := tx.process(ctx, step.ProcessID)
	if err != nil {
		return stepAt{}, err
	}
	if err := card.inUse(); err != nil {
		return stepAt{}, err
	}
	if step, err = read(); err != nil { // as it is now that nobody else can change it
		return stepAt{}, err
	}
	if err := step.isOpen(); err != nil {
		return stepAt{}, err
	}
	return stepAt{step, process, card}, step.mayTake(tx.Actor)
}

// process locks a process through the card it stands on.
func (tx *Tx) process(ctx context.Context, id ID) (*Process, lockedCard, error) {
	read := func() (*Process, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "processes", []ID{id}, (*Process).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		return found[0], nil
	}
	process, err := read()
	if err != nil {
		return nil, lockedCard{}, err
	}
	card, err := tx.lockCard(ctx, process.CardID)
	if err != nil {
		return nil, lockedCard{}, faultAt(err, "id") // that of a card which is not seen is as if it were not there
	}
	process, err = read()
	return process, card, err
}

// leave closes a step and opens the next one; at the end it closes the process.
func (tx *Tx) leave(ctx context.Context, at stepAt, kind EventKind, what string, next *string) error {
	now := tx.Now
	at.step.CompletedAt, at.step.CompletedByID = &now, actorID(tx.Actor)
	if err := tx.saveStep(ctx, at.step); err != nil {
		return err
	}
	if err := tx.tellProcess(ctx, at.process, kind, at.step.passed(next), what, deref(at.step.Note)); err != nil {
		return err
	}
	if next == nil {
		return tx.finish(ctx, at.process, CompletedProcess, ProcessCompletedEvent, "afgerond", "")
	}
	return tx.openNext(ctx, at, *next)
}

// openNext opens the step with a key: the one whose turn has not come yet, or, where a road leads back, the
// same step once more.
func (tx *Tx) openNext(ctx context.Context, at stepAt, key string) error {
	steps, err := tx.stepsOf(ctx, at.process)
	if err != nil {
		return err
	}
	waiting := slices.IndexFunc(steps, func(s *ProcessStep) bool { return s.Key == key && s.Status == PendingStep })
	if waiting >= 0 {
		if err := tx.open(steps[waiting], at.process, at.card.relation); err != nil {
			return err
		}
		return tx.saveStep(ctx, steps[waiting])
	}
	before := slices.IndexFunc(steps, func(s *ProcessStep) bool { return s.Key == key })
	if before < 0 {
		return fmt.Errorf("process %s has no step %s", at.process.ID, key)
	}
	again := &ProcessStep{OrganizationID: at.process.OrganizationID, ID: tx.core.newID(stepPrefix), ProcessID: at.process.ID,
		CustomerID: at.process.CustomerID, Ordinal: steps[len(steps)-1].Ordinal + 1, Key: key, Plan: steps[before].Plan, Following: steps[before].Following}
	if err := tx.open(again, at.process, at.card.relation); err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(again).Exec(ctx)
	return err
}

// stepsOf are the steps of a process, in order.
func (tx *Tx) stepsOf(ctx context.Context, process *Process) ([]*ProcessStep, error) {
	steps, err := db.Rows[*ProcessStep](ctx, tx.Conn,
		"SELECT "+db.Columns[*ProcessStep](ctx, tx.Conn)+" FROM process_steps AS t WHERE t.organization_id = ? AND t.process_id = ? ORDER BY t.ordinal",
		string(process.OrganizationID), string(process.ID))
	if err != nil {
		return nil, fmt.Errorf("steps of %s: %w", process.ID, err)
	}
	return steps, nil
}

// finish ends a process. Steps whose turn never came are passed over.
func (tx *Tx) finish(ctx context.Context, process *Process, status ProcessStatus, kind EventKind, what, note string) error {
	now := tx.Now
	process.Status, process.FinishedAt, process.FinishedByID = status, &now, actorID(tx.Actor)
	_, err := tx.NewUpdate().Model(process).Column("status", "finished_at", "finished_by", "cancel_reason").
		Where("organization_id = ? AND id = ?", process.OrganizationID, process.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("finish process: %w", err)
	}
	_, err = tx.NewUpdate().Table("process_steps").Set("status = 'SKIPPED'").
		Where("organization_id = ? AND process_id = ? AND status IN ('OPEN', 'PENDING')", process.OrganizationID, process.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("pass over steps: %w", err)
	}
	return tx.tellProcess(ctx, process, kind, process.ended(), what, note)
}

func (tx *Tx) saveStep(ctx context.Context, step *ProcessStep) error {
	_, err := tx.NewUpdate().Model(step).Column("status", "assignee_id", "assignee_role", "opened_at", "due_on", "due_key",
		"completed_at", "completed_by", "outcome", "note").Where("organization_id = ? AND id = ?", step.OrganizationID, step.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save step: %w", err)
	}
	return nil
}
