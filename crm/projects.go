package crm

import "context"

// project runs one step of a project: load for update, rule, save.
func (s *Engagements) project(ctx context.Context, id ID, expectedVersion *int, kind EventKind,
	step func(ctx context.Context, tx *Tx, customer *Customer, project *Dossier) error) (*ProjectPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*ProjectPayload, error) {
		customer, project, err := tx.engagementInUse(ctx, id, ProjectPhase, expectedVersion)
		if err != nil {
			return nil, err
		}
		before := *project
		if err := step(ctx, tx, customer, project); err != nil {
			return nil, err
		}
		if err := tx.saveEngagement(ctx, customer, &before, project, kind); err != nil {
			return nil, err
		}
		if err := tx.followTerm(ctx, project); err != nil {
			return nil, err
		}
		return &ProjectPayload{Project: projectOn(project, tx.Today)}, tx.warnUnbilled(ctx, project)
	})
}

// StartProject begins a planned project today, before its first day. On that day it begins by itself.
func (s *Engagements) StartProject(ctx context.Context, input EngagementStep) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectStartedEvent,
		func(_ context.Context, tx *Tx, _ *Customer, project *Dossier) error {
			if err := project.mustBePlanned(tx.Today); err != nil {
				return err
			}
			today := tx.Today
			project.Start, project.Status = &today, Active
			return nil
		})
}

// HoldProject interrupts a running project. It still counts as running: there is a contract.
func (s *Engagements) HoldProject(ctx context.Context, input EngagementStep) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectHeldEvent,
		func(_ context.Context, tx *Tx, _ *Customer, project *Dossier) error {
			if err := project.mayHold(tx.Today); err != nil {
				return err
			}
			project.Status = OnHold
			return nil
		})
}

func (d *Dossier) mayHold(today Date) error {
	if d.Status != OnHold && d.runsOn(today) {
		return nil
	}
	return &Error{Code: ProjectNotRunning, Path: []string{"input", "id"}, Text: Text{
		NL: "Het project loopt niet, of is al onderbroken.",
		EN: "The project is not running, or waits already."}}
}

// ResumeProject goes on with an interrupted project.
func (s *Engagements) ResumeProject(ctx context.Context, input EngagementStep) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectResumedEvent,
		func(_ context.Context, tx *Tx, _ *Customer, project *Dossier) error {
			if err := project.mayResume(tx.Today); err != nil {
				return err
			}
			project.Status = statusFrom(*project.Start, tx.Today)
			return nil
		})
}

func (d *Dossier) mayResume(today Date) error {
	if d.statusOn(today) == OnHold {
		return nil
	}
	return &Error{Code: ProjectNotOnHold, Path: []string{"input", "id"}, Text: Text{
		NL: "Het project is niet onderbroken.",
		EN: "The project does not wait."}}
}

// EndProjectInput says which project ends, and its last day.
type EndProjectInput struct {
	ID              ID
	ExpectedVersion *int
	EndOn           Date
}

// EndProject settles the last day of a project. It runs until that day has passed; what is not yet invoiced stays.
func (s *Engagements) EndProject(ctx context.Context, input EndProjectInput) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectEndedEvent,
		func(_ context.Context, tx *Tx, customer *Customer, project *Dossier) error {
			return project.end(input.EndOn, customer, tx.Today)
		})
}

// end settles the last day. At a prospect no project begins to run again by it.
func (d *Dossier) end(on Date, customer *Customer, today Date) error {
	ran := d.runsOn(today)
	if err := d.mayEnd(today); err != nil {
		return err
	}
	if on < *d.Start {
		return Invalid(Text{NL: "Een einde ligt niet voor het begin.", EN: "An end does not lie before the start."}, "input", "endOn")
	}
	d.EndOn, d.IsEndSettled = &on, true
	if on < today {
		d.Status = Ended
	}
	if customer.Stage == Prospect && !ran && d.runsOn(today) {
		return prospectNeedsRequest("input", "endOn")
	}
	return nil
}

// mayEnd says whether its last day can be settled still.
func (d *Dossier) mayEnd(today Date) error {
	if d.statusOn(today) == Ended {
		return projectEnded("input", "id")
	}
	return nil
}

// CancelProject says that a planned project does not happen, for a reason of the office's list. Its term stays as
// it was agreed.
func (s *Engagements) CancelProject(ctx context.Context, input CloseEngagementInput) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectCancelledEvent,
		func(ctx context.Context, tx *Tx, _ *Customer, project *Dossier) error {
			if err := project.mustBePlanned(tx.Today); err != nil {
				return err
			}
			return tx.closeFor(ctx, project, Ended, input)
		})
}

// mustBePlanned says that the project has not begun, though it is on hold.
func (d *Dossier) mustBePlanned(today Date) error {
	if d.statusOn(today) != Ended && *d.Start > today {
		return nil
	}
	return &Error{Code: ProjectNotPlanned, Path: []string{"input", "id"}, Text: Text{
		NL: "Het project is al begonnen of beëindigd.",
		EN: "The project has begun or is over already."}}
}

// ReopenProjectInput says which project goes on, until when, and with whom where its contact left meanwhile.
type ReopenProjectInput struct {
	ID              ID
	ExpectedVersion *int
	EndOn           *Date
	ContactID       *ID
}

// ReopenProject goes on with an ended project, or lets one go on whose end was settled. It runs again, so the
// relation cannot be archived or put back.
func (s *Engagements) ReopenProject(ctx context.Context, input ReopenProjectInput) (*ProjectPayload, error) {
	return s.project(ctx, input.ID, input.ExpectedVersion, ProjectReopenedEvent,
		func(ctx context.Context, tx *Tx, customer *Customer, project *Dossier) error {
			if err := project.reopen(input.EndOn, customer, tx.Today); err != nil {
				return err
			}
			tx.warnOfCredit(customer)
			return tx.takeUpAgain(ctx, customer, project, input.ContactID)
		})
}

// mayReopenProject says whether the project can go on; at a prospect none begins to run again.
func (d *Dossier) mayReopenProject(customer *Customer) error {
	switch {
	case d.Status != Ended && !d.IsEndSettled:
		return projectNotEnded()
	case customer.Stage == Prospect:
		return prospectNeedsRequest("input", "id")
	}
	return nil
}

func (d *Dossier) reopen(end *Date, customer *Customer, today Date) error {
	if err := d.mayReopenProject(customer); err != nil {
		return err
	}
	if end != nil && (*end < today || *end < *d.Start) {
		return Invalid(Text{
			NL: "Het nieuwe einde ligt niet voor vandaag en niet voor het begin.",
			EN: "The new end lies neither before today nor before the start."}, "input", "endOn")
	}
	d.EndOn, d.IsEndSettled = end, false
	if d.Status == Ended {
		d.Status = statusFrom(*d.Start, today)
	}
	return nil
}
