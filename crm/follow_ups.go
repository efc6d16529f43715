package crm

import (
	"context"

	"klantkaart/db"
	"klantkaart/page"
)

// CompleteFollowUpInput says which contact moment was followed up.
type CompleteFollowUpInput struct{ ID ID }

// CompleteFollowUpPayload is the answer to CompleteFollowUp.
type CompleteFollowUpPayload struct {
	Outcome
	Communication Communication
}

// CompleteFollowUp says that a contact moment was followed up, by whoever did it.
func (s *Communications) CompleteFollowUp(ctx context.Context, input CompleteFollowUpInput) (*CompleteFollowUpPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*CompleteFollowUpPayload, error) {
		customer, message, err := tx.message(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		if message.FollowUpOn == nil || message.FollowUpDoneAt != nil {
			return nil, &Error{Code: FollowUpNotOpen, Path: []string{"input", "id"}, Text: Text{
				NL: "Hier valt niets meer op te volgen.",
				EN: "There is nothing left to follow up."}}
		}
		now := tx.Now
		message.FollowUpDoneAt, message.FollowUpDoneByID = &now, actorID(tx.Actor)
		if err := tx.saveMessage(ctx, message, "follow_up_done_at", "follow_up_done_by"); err != nil {
			return nil, err
		}
		changes := differing([]FieldChange{{Field: "followUpDoneAt", To: message.FollowUpDoneAt}})
		return &CompleteFollowUpPayload{Communication: message.communication()}, tx.logMessage(ctx, FollowUpCompletedEvent, message, changes)
	})
}

// FollowUps gives a page of what the actor is to follow up, on cards in daily use: those due first.
func (s *Communications) FollowUps(ctx context.Context, dueBy *Date, window page.Args) (*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID),
		{SQL: "t.follow_up_user_id = ? AND t.follow_up_on IS NOT NULL AND t.follow_up_done_at IS NULL", Args: []any{string(actor.UserID)}}, onCardInUse()}
	if dueBy != nil {
		where = append(where, db.Part{SQL: "t.follow_up_on <= ?", Args: []any{string(*dueBy)}})
	}
	list := timeline(where, TimelineArgs{})
	list.scope = scope("followUps", actor.UserID, dueBy)
	list.keys = []key[*Message]{
		{column: "t.follow_up_on", direction: Ascending, text: func(m *Message) string { return string(*m.FollowUpOn) }},
		{column: "t.id", direction: Ascending, text: func(m *Message) string { return string(m.ID) }},
	}
	return list.page(ctx, conn, window)
}

// onCardInUse is the condition that the relation of a communication is not archived.
func onCardInUse() db.Part {
	return db.Part{SQL: "NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.organization_id = t.organization_id AND c.id = t.customer_id AND c.archived_at IS NOT NULL)"}
}
