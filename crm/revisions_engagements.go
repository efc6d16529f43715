package crm

import "context"

// UndoEngagementChangesInput says which changes of a lead, a request or a project to take back.
type UndoEngagementChangesInput struct {
	ID              ID
	ToVersion       int
	ExpectedVersion int
}

// UndoLead does for a lead that is open what UndoCustomer does for a relation.
func (s *Revisions) UndoLead(ctx context.Context, input UndoEngagementChangesInput) (*LeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*LeadPayload, error) {
		lead, err := tx.undoEngagement(ctx, LeadPhase, input)
		return &LeadPayload{Lead: &Lead{lead}}, err
	})
}

// UndoRequest does so for a request that is open, with how it is invoiced.
func (s *Revisions) UndoRequest(ctx context.Context, input UndoEngagementChangesInput) (*RequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*RequestPayload, error) {
		request, err := tx.undoEngagement(ctx, RequestPhase, input)
		return &RequestPayload{Request: &Request{request}}, err
	})
}

// UndoProject does so for a project. The people on it keep within its term; those who were cut to another one do not
// get their days back.
func (s *Revisions) UndoProject(ctx context.Context, input UndoEngagementChangesInput) (*ProjectPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*ProjectPayload, error) {
		project, err := tx.undoEngagement(ctx, ProjectPhase, input)
		if err != nil {
			return nil, err
		}
		return &ProjectPayload{Project: projectOn(project, tx.Today)}, tx.followTerm(ctx, project)
	})
}

func (tx *Tx) undoEngagement(ctx context.Context, phase EngagementPhase, input UndoEngagementChangesInput) (*Dossier, error) {
	customer, d, err := tx.engagementInUse(ctx, input.ID, phase, nil)
	if err != nil {
		return nil, err
	}
	if err := d.mayChange(); err != nil {
		return nil, err
	}
	before := *d
	var owner *invoicingOwner // a lead says nothing about invoices
	if phase != LeadPhase {
		owner = new(ownerOfDossier(d))
	}
	undone, err := undo(ctx, tx, &before.CardFrame, d, undoInput{to: input.ToVersion, from: input.ExpectedVersion}, owner)
	if err != nil || undone.isEmpty() {
		return d, err
	}
	fields := patchingAt("input")
	EngagementFields{}.apply(d, fields) // what must hold of several fields together, one of which a colleague changed
	if err := tx.tolerate(tx.checkSale(ctx, customer, &before, d, fields)); err != nil {
		return nil, err
	}
	if err := d.mayMove(&before, customer, tx.Today); err != nil {
		return nil, atVersion(err)
	}
	if err := tx.takeBackInvoicing(ctx, owner, undone.invoicing); err != nil {
		return nil, err
	}
	return d, tx.saveEngagement(ctx, customer, &before, d, ChangesUndoneEvent, undone.invoicing.changes...)
}
