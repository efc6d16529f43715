package crm

import (
	"context"
)

// emailDraft locks a draft that the actor may change.
func (tx *Tx) emailDraft(ctx context.Context, id ID) (*Customer, *Message, error) {
	customer, message, err := tx.message(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := customer.inUse(); err != nil {
		return nil, nil, err
	}
	if err := message.mayEdit(tx.Actor); err != nil {
		return nil, nil, err
	}
	delivery, err := tx.delivery(ctx, message)
	if err == nil && delivery != nil {
		err = &Error{Code: EmailQueued, Path: []string{"input", "id"}, Text: Text{
			NL: "De e-mail wacht op verzending; trek haar eerst terug.",
			EN: "The e-mail waits to be sent; withdraw it first."}}
	}
	return customer, message, err
}

// DiscardEmailInput says which draft to throw away.
type DiscardEmailInput struct{ ID ID }

// DiscardEmailPayload is the answer to Discard.
type DiscardEmailPayload struct {
	Outcome
	Email *Email
}

// Discard says that a draft is never sent.
func (s *Emails) Discard(ctx context.Context, input DiscardEmailInput) (*DiscardEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*DiscardEmailPayload, error) {
		_, message, err := tx.emailDraft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		message.Status = CancelledMeeting
		if err := tx.saveMessage(ctx, message, "status"); err != nil {
			return nil, err
		}
		changes := []FieldChange{{Field: "status", From: string(Draft), To: string(CancelledMeeting)}}
		return &DiscardEmailPayload{Email: &Email{message}}, tx.logMessage(ctx, CommunicationUpdatedEvent, message, changes)
	})
}
