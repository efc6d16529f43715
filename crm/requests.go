package crm

import "context"

// HonourRequestInput says which request the relation says yes to.
type HonourRequestInput struct {
	ID              ID
	ExpectedVersion *int
	StartOn         Date
	EndOn           *Date
}

// HonourRequestPayload is the answer to HonourRequest.
type HonourRequestPayload struct {
	Outcome
	Project  *Project
	Request  *Request
	Customer *Customer
	Promoted bool
}

// HonourRequest turns a request into a project, and a prospect into a customer in the same moment.
func (s *Engagements) HonourRequest(ctx context.Context, input HonourRequestInput) (*HonourRequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*HonourRequestPayload, error) {
		customer, request, err := tx.engagementInUse(ctx, input.ID, RequestPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := request.mayChange(); err != nil {
			return nil, err
		}
		project, err := tx.projectFrom(ctx, customer, request, input)
		if err != nil {
			return nil, err
		}
		before := *request
		request.Status = Honoured
		if err := tx.saveEngagement(ctx, customer, &before, request, RequestHonouredEvent); err != nil {
			return nil, err
		}
		promoted := customer.Stage == Prospect
		if promoted {
			before := *customer
			if err := tx.promote(ctx, customer); err != nil {
				return nil, err
			}
			if err := tx.saveCustomer(ctx, &before, customer, CustomerPromotedEvent); err != nil {
				return nil, err
			}
		}
		return &HonourRequestPayload{Project: projectOn(project, tx.Today), Request: &Request{request}, Customer: customer, Promoted: promoted}, nil
	})
}

// projectFrom makes the project of an honoured request: what was asked for is what is delivered, by whoever was
// chosen.
func (tx *Tx) projectFrom(ctx context.Context, customer *Customer, request *Dossier, input HonourRequestInput) (*Dossier, error) {
	project := tx.newDossier(projectPrefix, ProjectPhase, statusFrom(input.StartOn, tx.Today), customer)
	project.takeOver(request)
	project.ExpectedValueCents, project.Probability, project.ExpectedCloseOn, project.OpeningsCount = nil, nil, nil, nil // it was closed
	project.RateMinCents, project.RateMaxCents = nil, nil                                                                // a nomination has its own
	fields := patchingAt("input")
	EngagementFields{StartOn: given(&input.StartOn), EndOn: given(input.EndOn)}.applyTerm(project, fields)
	if err := tx.insertSuccessor(ctx, customer, request, project, fields, ProjectCreatedEvent); err != nil {
		return nil, err
	}
	if err := tx.takeNominations(ctx, request, project); err != nil {
		return nil, err
	}
	tx.warnOfCredit(customer)
	return project, tx.warnUnbilled(ctx, project)
}

// takeOver makes the card the successor of another: it begins with what was known.
func (d *Dossier) takeOver(from *Dossier) {
	number, frame, own := d.Number, d.CardFrame, *d
	*d = *from
	d.CardFrame, d.Number, d.OriginID = frame, number, &from.ID
	d.Phase, d.Status, d.PhaseSince = own.Phase, own.Status, own.PhaseSince
	d.ClosedReason, d.ClosedReasonID, d.ClosedRemark = nil, nil, nil
}

// RejectRequest closes a request that the relation declined, for a reason of the office's list.
func (s *Engagements) RejectRequest(ctx context.Context, input CloseEngagementInput) (*RequestPayload, error) {
	return s.closeRequest(ctx, input, Rejected, RequestRejectedEvent)
}

// WithdrawRequest closes a request that the relation withdrew, for a reason of the office's list.
func (s *Engagements) WithdrawRequest(ctx context.Context, input CloseEngagementInput) (*RequestPayload, error) {
	return s.closeRequest(ctx, input, Withdrawn, RequestWithdrawnEvent)
}

func (s *Engagements) closeRequest(ctx context.Context, input CloseEngagementInput, status EngagementStatus, kind EventKind) (*RequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*RequestPayload, error) {
		customer, request, err := tx.engagementInUse(ctx, input.ID, RequestPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := request.mayChange(); err != nil {
			return nil, err
		}
		before := *request
		if err := tx.closeFor(ctx, request, status, input); err != nil {
			return nil, err
		}
		return &RequestPayload{Request: &Request{request}}, tx.saveEngagement(ctx, customer, &before, request, kind)
	})
}

// ReopenRequestInput says which request is open again, and who is to be asked where its contact left meanwhile.
type ReopenRequestInput struct {
	ID              ID
	ExpectedVersion *int
	ContactID       *ID
}

// ReopenRequest takes a rejected or withdrawn request up again. An honoured one has its project.
func (s *Engagements) ReopenRequest(ctx context.Context, input ReopenRequestInput) (*RequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*RequestPayload, error) {
		customer, request, err := tx.engagementInUse(ctx, input.ID, RequestPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := request.mayReopenRequest(); err != nil {
			return nil, err
		}
		before := *request
		if err := tx.takeUpAgain(ctx, customer, request, input.ContactID); err != nil {
			return nil, err
		}
		request.Status = Open
		return &RequestPayload{Request: &Request{request}}, tx.saveEngagement(ctx, customer, &before, request, RequestReopenedEvent)
	})
}

func (d *Dossier) mayReopenRequest() error {
	if d.Status == Rejected || d.Status == Withdrawn {
		return nil
	}
	return &Error{Code: RequestNotClosed, Path: []string{"input", "id"}, Text: Text{
		NL: "De aanvraag is niet afgewezen of ingetrokken.",
		EN: "The request was neither rejected nor withdrawn."}}
}
