package crm

import (
	"context"
)

// EngagementStep says which lead, request or project goes a step.
type EngagementStep struct {
	ID              ID
	ExpectedVersion *int
}

// CloseEngagementInput says which lead, request or project came to nothing, and why.
type CloseEngagementInput struct {
	ID              ID
	ExpectedVersion *int
	ReasonID        ID
	Remark          *string
}

// LeadPayload is the answer to what changes a lead.
type LeadPayload struct {
	Outcome
	Lead *Lead
}

// RequestPayload is the answer to what changes a request.
type RequestPayload struct {
	Outcome
	Request *Request
}

// ProjectPayload is the answer to what changes a project.
type ProjectPayload struct {
	Outcome
	Project *Project
}

// ConvertLeadInput says which lead has become concrete, who asks, and what for.
type ConvertLeadInput struct {
	ID              ID
	ExpectedVersion *int
	ContactID       *ID
	Title           *string
}

// ConvertLeadPayload is the answer to ConvertLead.
type ConvertLeadPayload struct {
	Outcome
	Lead    *Lead
	Request *Request
}

// ConvertLead makes a request of a lead. The lead stays as it was, and each points to the other.
func (s *Engagements) ConvertLead(ctx context.Context, input ConvertLeadInput) (*ConvertLeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*ConvertLeadPayload, error) {
		customer, lead, err := tx.engagementInUse(ctx, input.ID, LeadPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := lead.mayChange(); err != nil {
			return nil, err
		}
		request, err := tx.requestFrom(ctx, customer, lead, input)
		if err != nil {
			return nil, err
		}
		before := *lead
		lead.Status = Converted
		return &ConvertLeadPayload{Lead: &Lead{lead}, Request: &Request{request}},
			tx.saveEngagement(ctx, customer, &before, lead, LeadConvertedEvent)
	})
}

// requestFrom makes the request of a lead that has become concrete. A lead may have no contact; a request has one.
func (tx *Tx) requestFrom(ctx context.Context, customer *Customer, lead *Dossier, input ConvertLeadInput) (*Dossier, error) {
	request := tx.newDossier(requestPrefix, RequestPhase, Open, customer)
	request.takeOver(lead)
	chosen := EngagementFields{}
	if input.Title != nil {
		chosen.Title = given(input.Title)
	}
	if input.ContactID != nil {
		chosen.ContactID = given(input.ContactID)
	}
	fields := patchingAt("input")
	chosen.apply(request, fields)
	return request, tx.insertSuccessor(ctx, customer, lead, request, fields, RequestCreatedEvent)
}

// LoseLead closes a lead that came to nothing, for a reason of the office's list.
func (s *Engagements) LoseLead(ctx context.Context, input CloseEngagementInput) (*LeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*LeadPayload, error) {
		customer, lead, err := tx.engagementInUse(ctx, input.ID, LeadPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := lead.mayChange(); err != nil {
			return nil, err
		}
		before := *lead
		if err := tx.closeFor(ctx, lead, Lost, input); err != nil {
			return nil, err
		}
		return &LeadPayload{Lead: &Lead{lead}}, tx.saveEngagement(ctx, customer, &before, lead, LeadLostEvent)
	})
}

// ReopenLead takes a lost lead up again. A converted one has its request.
func (s *Engagements) ReopenLead(ctx context.Context, input EngagementStep) (*LeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*LeadPayload, error) {
		customer, lead, err := tx.engagementInUse(ctx, input.ID, LeadPhase, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := lead.mayReopenLead(); err != nil {
			return nil, err
		}
		before := *lead
		lead.forgetClosing()
		lead.Status = Open
		return &LeadPayload{Lead: &Lead{lead}}, tx.saveEngagement(ctx, customer, &before, lead, LeadReopenedEvent)
	})
}

func (d *Dossier) mayReopenLead() error {
	if d.Status == Lost {
		return nil
	}
	return &Error{Code: LeadNotLost, Path: []string{"input", "id"}, Text: Text{
		NL: "De lead is niet verloren.",
		EN: "The lead is not lost."}}
}

// closeFor notes how a card came to nothing, and why: the text of the reason as it is now, beside the value.
func (tx *Tx) closeFor(ctx context.Context, d *Dossier, status EngagementStatus, input CloseEngagementInput) error {
	fields := patchingAt("input")
	reason, err := tx.lookup(ctx, LostReasonList, &input.ReasonID, nil, fields, "reasonId")
	if err != nil {
		return err
	}
	d.ClosedRemark = fields.part("remark", input.Remark, upTo(2000))
	if err := fields.err(); err != nil {
		return err
	}
	d.Status, d.ClosedReasonID, d.ClosedReason = status, &reason.ID, &reason.Text
	return nil
}

func (d *Dossier) forgetClosing() { d.ClosedReason, d.ClosedReasonID, d.ClosedRemark = nil, nil, nil }

// takeUpAgain clears why a request or project was closed, and says that its contact is in daily use: the one
// given, or else the one it has.
func (tx *Tx) takeUpAgain(ctx context.Context, customer *Customer, d *Dossier, contact *ID) error {
	d.forgetClosing()
	check := tx.checkNamed
	if contact != nil {
		d.ContactID, check = contact, tx.checkContacts
	}
	fields := patchingAt("input")
	if err := check(ctx, customer, []ID{*d.ContactID}, true, fields, "contactId"); err != nil {
		return err
	}
	return fields.err()
}
