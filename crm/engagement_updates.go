package crm

import "context"

// UpdateEngagementInput is a change of a lead's, a request's or a project's fields, with what it is based on.
type UpdateEngagementInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *EngagementFields
	Patch           EngagementFields
}

// UpdateLead changes fields of an open lead, as Customers.Update does.
func (s *Engagements) UpdateLead(ctx context.Context, input UpdateEngagementInput) (*LeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*LeadPayload, error) {
		lead, err := tx.updateEngagement(ctx, LeadPhase, input)
		return &LeadPayload{Lead: &Lead{lead}}, err
	})
}

// UpdateRequest changes fields of an open request, as Customers.Update does.
func (s *Engagements) UpdateRequest(ctx context.Context, input UpdateEngagementInput) (*RequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*RequestPayload, error) {
		request, err := tx.updateEngagement(ctx, RequestPhase, input)
		return &RequestPayload{Request: &Request{request}}, err
	})
}

// UpdateProject changes fields of a project, as Customers.Update does. The people on it keep within its term.
func (s *Engagements) UpdateProject(ctx context.Context, input UpdateEngagementInput) (*ProjectPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*ProjectPayload, error) {
		project, err := tx.updateEngagement(ctx, ProjectPhase, input)
		if err != nil {
			return nil, err
		}
		return &ProjectPayload{Project: projectOn(project, tx.Today)}, tx.followTerm(ctx, project)
	})
}

func (tx *Tx) updateEngagement(ctx context.Context, phase EngagementPhase, input UpdateEngagementInput) (*Dossier, error) {
	customer, d, err := tx.engagementInUse(ctx, input.ID, phase, nil)
	if err != nil {
		return nil, err
	}
	if err := d.mayChange(); err != nil {
		return nil, err
	}
	before, patch := *d, patchingAt("input", "patch")
	input.Patch.apply(d, patch)
	basis := basisOf(input.ExpectedVersion, input.Base, &before, EngagementFields.apply, patch)
	if err := tx.checkSale(ctx, customer, &before, d, patch); err != nil {
		return nil, err
	}
	changes := changesBetween(&before, d)
	if err := tx.checkBasis(ctx, &before.CardFrame, basis, changes); err != nil {
		return nil, err
	}
	if err := d.mayMove(&before, customer, tx.Today); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return d, nil
	}
	kinds := map[EngagementPhase]EventKind{LeadPhase: LeadUpdatedEvent, RequestPhase: RequestUpdatedEvent, ProjectPhase: ProjectUpdatedEvent}
	return d, tx.saveEngagement(ctx, customer, &before, d, kinds[phase])
}

// ArchiveEngagementInput says which lead, request or project to archive, and why.
type ArchiveEngagementInput struct {
	ID              ID
	ExpectedVersion *int
	Reason          *string
}

// EngagementPayload is the answer to ArchiveEngagement and RestoreEngagement.
type EngagementPayload struct {
	Outcome
	Engagement Engagement
}

// ArchiveEngagement takes a lead, request or project out of daily use that nobody works on any more.
func (s *Engagements) ArchiveEngagement(ctx context.Context, input ArchiveEngagementInput) (*EngagementPayload, error) {
	return write(ctx, s.core, ArchiveCards, func(ctx context.Context, tx *Tx) (*EngagementPayload, error) {
		if err := tx.Actor.uses(EngagementsFeature); err != nil {
			return nil, err
		}
		reason, err := checkReason(input.Reason)
		if err != nil {
			return nil, err
		}
		customer, d, err := tx.engagement(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		if err := d.mayArchive(tx.Today); err != nil {
			return nil, err
		}
		before := *d
		d.archive(tx, reason)
		if err := tx.warnOfProcess(ctx, typed(tx.Today)(d)); err != nil {
			return nil, err
		}
		kinds := map[EngagementPhase]EventKind{LeadPhase: LeadArchivedEvent, RequestPhase: RequestArchivedEvent, ProjectPhase: ProjectArchivedEvent}
		if err := tx.saveEngagement(ctx, customer, &before, d, kinds[d.Phase]); err != nil {
			return nil, err
		}
		return &EngagementPayload{Engagement: typed(tx.Today)(d)}, nil
	})
}

// RestoreEngagement brings an archived lead, request or project back into daily use, in the status it had.
func (s *Engagements) RestoreEngagement(ctx context.Context, input EngagementStep) (*EngagementPayload, error) {
	return write(ctx, s.core, ArchiveCards, func(ctx context.Context, tx *Tx) (*EngagementPayload, error) {
		if err := tx.Actor.uses(EngagementsFeature); err != nil {
			return nil, err
		}
		customer, d, err := tx.engagement(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		if err := d.mayRestore(); err != nil {
			return nil, err
		}
		before := *d
		d.ArchivedAt, d.ArchivedByID, d.ArchivedReason = nil, nil, nil
		kinds := map[EngagementPhase]EventKind{LeadPhase: LeadRestoredEvent, RequestPhase: RequestRestoredEvent, ProjectPhase: ProjectRestoredEvent}
		if err := tx.saveEngagement(ctx, customer, &before, d, kinds[d.Phase]); err != nil {
			return nil, err
		}
		return &EngagementPayload{Engagement: typed(tx.Today)(d)}, nil
	})
}
