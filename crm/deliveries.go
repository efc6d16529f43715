package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// SendEmailInput says which draft to send.
type SendEmailInput struct {
	ID              ID
	ExpectedVersion *int
}

// SendEmailPayload is the answer to Send.
type SendEmailPayload struct {
	Outcome
	Email *Email
}

// Send puts a draft into the spool, from whoever sends it. A server hands it over soon.
func (s *Emails) Send(ctx context.Context, input SendEmailInput) (*SendEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*SendEmailPayload, error) {
		if s.sender == nil {
			return nil, mailNotConfigured()
		}
		_, message, err := tx.emailDraft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if version := input.ExpectedVersion; version != nil && *version != message.Version {
			return nil, conflict(nil, message.Version)
		}
		if err := message.ready(); err != nil {
			return nil, err
		}
		if err := tx.signMail(ctx, message); err != nil {
			return nil, err
		}
		identity := newMessageID(message, tx.Now)
		message.MessageID = &identity
		if err := tx.saveMessage(ctx, message, "message_id", "mail_from"); err != nil {
			return nil, err
		}
		return &SendEmailPayload{Email: &Email{message}}, s.enqueue(ctx, tx, message)
	})
}

func mailNotConfigured() *Error {
	return &Error{Code: MailNotConfigured, Path: []string{"input"}, Text: Text{
		NL: "Er is geen mailserver ingesteld.",
		EN: "No mail server is set."}}
}

// enqueue puts a message into the spool, from the actor, as it is stored.
func (s *Emails) enqueue(ctx context.Context, tx *Tx, m *Message) error {
	now := tx.Now
	delivery := &MailDelivery{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Status: DeliveryQueued,
		QueuedByID: tx.Actor.UserID, QueuedAt: now, NextAttemptAt: &now}
	if _, err := tx.NewInsert().Model(delivery).Exec(ctx); err != nil {
		return fmt.Errorf("put an e-mail into the spool: %w", err)
	}
	tx.AfterCommit(s.nudge)
	return tx.logMessage(ctx, EmailQueuedEvent, m, nil)
}

// unspool takes a message out of the spool.
func (tx *Tx) unspool(ctx context.Context, d *MailDelivery) error {
	_, err := tx.NewDelete().Model(d).Where("organization_id = ? AND communication_id = ?", d.OrganizationID, d.CommunicationID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take an e-mail out of the spool: %w", err)
	}
	return nil
}

// nudge wakes this process's worker.
func (s *Emails) nudge() {
	select {
	case s.queued <- struct{}{}:
	default:
	}
}

// RetryEmailInput says which e-mail to try again.
type RetryEmailInput struct{ ID ID }

// RetryEmailPayload is the answer to Retry.
type RetryEmailPayload struct {
	Outcome
	Email *Email
}

// Retry tries an e-mail at once that waits or that could not be delivered. It keeps its identity: who has got
// it all the same sees it once.
func (s *Emails) Retry(ctx context.Context, input RetryEmailInput) (*RetryEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*RetryEmailPayload, error) {
		message, delivery, err := tx.spooled(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		now := tx.Now
		if delivery.Status == DeliveryFailed {
			delivery.Attempts, delivery.QueuedAt, delivery.Fault = 0, now, nil
		}
		delivery.Status, delivery.NextAttemptAt, delivery.FinishedAt = DeliveryQueued, &now, nil
		if err := tx.saveDelivery(ctx, delivery); err != nil {
			return nil, err
		}
		tx.AfterCommit(s.nudge)
		return &RetryEmailPayload{Email: &Email{message}}, tx.logMessage(ctx, EmailQueuedEvent, message, nil)
	})
}

// WithdrawEmailInput says which e-mail to take out of the spool.
type WithdrawEmailInput struct{ ID ID }

// WithdrawEmailPayload is the answer to Withdraw.
type WithdrawEmailPayload struct {
	Outcome
	Email *Email
}

// Withdraw takes an e-mail out of the spool. When it is sent again it may say something else, so it gets
// another identity then.
func (s *Emails) Withdraw(ctx context.Context, input WithdrawEmailInput) (*WithdrawEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*WithdrawEmailPayload, error) {
		message, delivery, err := tx.spooled(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		return &WithdrawEmailPayload{Email: &Email{message}}, tx.takeBackEmail(ctx, message, delivery)
	})
}

// takeBackEmail makes an e-mail that is in the spool a draft again.
func (tx *Tx) takeBackEmail(ctx context.Context, m *Message, d *MailDelivery) error {
	if err := tx.unspool(ctx, d); err != nil {
		return err
	}
	m.MessageID = nil
	if err := tx.saveMessage(ctx, m, "message_id"); err != nil {
		return err
	}
	return tx.logMessage(ctx, EmailWithdrawnEvent, m, nil)
}

// spooled locks an e-mail that waits or failed, for its author or an administrator.
func (tx *Tx) spooled(ctx context.Context, id ID) (*Message, *MailDelivery, error) {
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
	if err != nil {
		return nil, nil, err
	}
	return message, delivery, delivery.mayWithdraw()
}

// mayWithdraw says that it is in the spool, and that nobody is handing it over now.
func (d *MailDelivery) mayWithdraw() error {
	switch {
	case d == nil:
		return &Error{Code: EmailNotQueued, Path: []string{"input", "id"}, Text: Text{
			NL: "De e-mail staat niet in de wachtrij.",
			EN: "The e-mail is not in the spool."}}
	case d.Status == DeliverySending:
		return &Error{Code: EmailBeingSent, Path: []string{"input", "id"}, Text: Text{
			NL: "De e-mail wordt nu verstuurd.",
			EN: "The e-mail is being sent now."}}
	}
	return nil
}

// delivery locks what the spool knows of an e-mail; nil when it knows nothing.
func (tx *Tx) delivery(ctx context.Context, m *Message) (*MailDelivery, error) {
	var found []*MailDelivery
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("delivery of %s: %w", m.ID, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

func (tx *Tx) saveDelivery(ctx context.Context, d *MailDelivery) error {
	_, err := tx.NewUpdate().Model(d).Column("status", "attempts", "queued_at", "next_attempt_at", "lease_until", "fault", "finished_at").
		Where("organization_id = ? AND communication_id = ?", d.OrganizationID, d.CommunicationID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save delivery: %w", err)
	}
	return nil
}

// DeliveriesOf gives for each e-mail what the spool knows of it; nil when it knows nothing.
func (s *Emails) DeliveriesOf(ctx context.Context, emails []ID) ([]*MailDelivery, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	whole := db.WithFields(ctx, db.Fields{})
	rows, err := db.Rows[*MailDelivery](whole, conn,
		"SELECT "+db.Columns[*MailDelivery](whole, conn)+" FROM outbox AS t WHERE t.organization_id = ? AND "+conn.In("t.communication_id"),
		string(actor.OrganizationID), db.List(conn, emails))
	if err != nil {
		return nil, fmt.Errorf("deliveries: %w", err)
	}
	for _, row := range rows {
		row.language = actor.Language
	}
	return aligned(emails, rows, (*MailDelivery).NodeID), nil
}

// AnsweredBy gives for each e-mail the one of the same card that it answers; nil when it answers none there.
func (s *Emails) AnsweredBy(ctx context.Context, emails []*Message) ([]*Email, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, one := range emails {
		if one.RepliesTo != nil {
			wanted = append(wanted, *one.RepliesTo)
		}
	}
	found := make([]*Email, len(emails))
	if len(wanted) == 0 {
		return found, nil
	}
	rows, err := s.byMessageIDs(ctx, conn, actor.OrganizationID, wanted)
	if err != nil {
		return nil, err
	}
	for i, one := range emails {
		for _, row := range rows {
			if one.RepliesTo != nil && row.MessageID != nil && *row.MessageID == *one.RepliesTo && row.CustomerID == one.CustomerID {
				found[i] = &Email{row}
			}
		}
	}
	return found, nil
}

// byMessageIDs finds e-mails by the identity under which they travel, the first that was filed first: one may be on several
// cards.
func (c *core) byMessageIDs(ctx context.Context, conn db.Conn, organization ID, identities []string) ([]*Message, error) {
	rows, err := db.Rows[*Message](ctx, conn,
		"SELECT "+db.Columns[*Message](db.WithFields(ctx, db.Fields{}), conn)+" FROM communications AS t WHERE t.organization_id = ? AND "+conn.In("t.message_id")+" ORDER BY t.created_at, t.id",
		string(organization), db.List(conn, identities))
	if err != nil {
		return nil, fmt.Errorf("e-mails by Message-ID: %w", err)
	}
	return rows, nil
}
