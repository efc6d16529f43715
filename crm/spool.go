package crm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"klantkaart/db"
	"klantkaart/mail"
)

// Work hands over the e-mails that wait, one at a time, until the context ends. It looks at an interval for what
// other servers were asked for, or died over, and for what is to be tried again.
func (s *Emails) Work(ctx context.Context, every time.Duration) {
	if s.sender == nil {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ctx.Err() == nil {
		sent, err := s.SendNext(ctx)
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "the spool could not be worked on", slog.Any("error", err))
		}
		if sent && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.queued:
		case <-ticker.C:
		}
	}
}

// due is the condition on e-mails that a server may try now. Its two values are the moment.
const due = "((t.status = 'QUEUED' AND t.next_attempt_at <= ?) OR (t.status = 'SENDING' AND t.lease_until < ?))"

// SendNext tries the e-mail that has waited longest of those whose time has come. It tells whether there was
// one. An error is this server's; what is wrong with the e-mail itself is told by its delivery.
func (s *Emails) SendNext(ctx context.Context) (tried bool, err error) {
	delivery, err := s.claim(ctx)
	if err != nil || delivery == nil {
		return false, err
	}
	// Who has begun to hand over finishes, even when the process is to stop: otherwise nobody knew what became of
	// it. The sender itself does not wait for ever.
	ctx = context.WithoutCancel(ctx)
	err = s.guarded(ctx, delivery)
	if err == nil {
		return true, s.sent(ctx, delivery)
	}
	if errors.Is(err, errErased) {
		return true, s.settle(ctx, delivery, func(ctx context.Context, tx *Tx, m *Message) error { return tx.takeBack(ctx, m, delivery) })
	}
	code, final := deliveryInternal, false
	if failure := new(mail.Failure); errors.As(err, &failure) {
		code, final = MailDeliveryErrorCode(failure.Kind), failure.IsFinal()
	}
	slog.WarnContext(ctx, "an e-mail was not handed over", slog.String("email", string(delivery.CommunicationID)),
		slog.Int("attempt", delivery.Attempts), slog.Bool("final", final), slog.Any("error", err))
	return true, s.notSent(ctx, delivery, code, final)
}

// claim takes an e-mail for this server. No two servers get the same as long as its lease lasts.
func (s *Emails) claim(ctx context.Context) (*MailDelivery, error) {
	ctx, now := db.Everywhere(ctx), s.moment()
	idle, err := db.Rows[*MailDelivery](ctx, s.db.Read(), "SELECT t.communication_id FROM outbox AS t WHERE "+due+" AND t.status IN ('QUEUED', 'SENDING') LIMIT 1", now, now)
	if err != nil || len(idle) == 0 {
		return nil, err // a look costs no lock
	}
	var claimed []*MailDelivery
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		first := tx.FirstFree("SELECT t.communication_id FROM outbox AS t WHERE " + due + " AND t.status IN ('QUEUED', 'SENDING')" +
			" ORDER BY t.queued_at, t.organization_id, t.communication_id LIMIT 1")
		claimed = nil
		return tx.NewRaw(first+"UPDATE outbox SET status = 'SENDING', attempts = attempts + 1, next_attempt_at = NULL, lease_until = ?"+
			" WHERE communication_id IN (SELECT communication_id FROM first) RETURNING *", now, now, now.Add(mailLease)).Scan(ctx, &claimed)
	})
	if err != nil {
		return nil, fmt.Errorf("claim an e-mail: %w", err)
	}
	if len(claimed) == 0 {
		return nil, nil
	}
	return claimed[0], nil
}

// guarded hands an e-mail over; a panic is a failure like others.
func (s *Emails) guarded(ctx context.Context, delivery *MailDelivery) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	message, err := s.compose(s.asSender(ctx, delivery), delivery)
	if err != nil {
		return err
	}
	return s.sender.Send(ctx, message)
}

// asSender is a context in which whoever put the e-mail into the spool acts.
func (s *Emails) asSender(ctx context.Context, delivery *MailDelivery) context.Context {
	return WithActor(db.WithFields(ctx, db.Fields{}), sendingActor(delivery))
}

func sendingActor(delivery *MailDelivery) Actor {
	return Actor{OrganizationID: delivery.OrganizationID, UserID: delivery.QueuedByID, Role: Colleague, Rights: AllRights(), Language: LanguageNL}
}

// compose makes the e-mail as it travels.
func (s *Emails) compose(ctx context.Context, delivery *MailDelivery) (*mail.Message, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	ids := []ID{delivery.CommunicationID}
	rows, err := byIDs(ctx, conn, actor.OrganizationID, "communications", ids, (*Message).NodeID)
	if err != nil {
		return nil, err
	}
	senders, err := byIDs(ctx, conn, actor.OrganizationID, "users", []ID{delivery.QueuedByID}, (*User).NodeID)
	if err != nil {
		return nil, err
	}
	contacts, err := (&Communications{s.core}).ContactsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	files, err := (&Files{s.core}).AttachmentsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	row, names := rows[0], namesOf(contacts[0])
	if row.goesToErased() {
		return nil, errErased
	}
	message := &mail.Message{ID: deref(row.MessageID), Date: delivery.QueuedAt, From: mail.Address{Name: senders[0].Name, Email: deref(row.MailFrom)},
		To: addressed(row.MailTo, names), Cc: addressed(row.MailCc, names), Bcc: addressed(row.MailBcc, names),
		Subject: row.Subject, Text: row.Body, HTML: deref(row.BodyHTML), InReplyTo: deref(row.RepliesTo), References: row.MailReferences}
	if row.Kind != EmailKind {
		if err := s.cover(ctx, conn, row, senders[0], message); err != nil {
			return nil, err
		}
	}
	for _, file := range files[0] {
		message.Files = append(message.Files, mail.File{Name: file.Name, MediaType: file.MimeType,
			Open: func() (io.ReadCloser, error) { return (&Files{s.core}).Open(ctx, file, 0) }})
	}
	return message, nil
}

// namesOf are the names of contacts by their addresses.
func namesOf(contacts []*Contact) map[string]string {
	names := make(map[string]string, len(contacts))
	for _, contact := range contacts {
		if contact.Email != nil {
			names[strings.ToLower(*contact.Email)] = contact.Name
		}
	}
	return names
}

func addressed(addresses []string, names map[string]string) []mail.Address {
	list := make([]mail.Address, len(addresses))
	for i, address := range addresses {
		list[i] = mail.Address{Name: names[strings.ToLower(address)], Email: address}
	}
	return list
}

// sent says that an e-mail was handed over, and when.
func (s *Emails) sent(ctx context.Context, delivery *MailDelivery) error {
	return s.settle(ctx, delivery, func(ctx context.Context, tx *Tx, m *Message) error {
		now := tx.Now
		delivery.Status, delivery.FinishedAt, delivery.LeaseUntil, delivery.Fault = DeliverySent, &now, nil, nil
		m.Status, m.At = Sent, now
		if err := tx.saveMessage(ctx, m, "status", "at"); err != nil {
			return err
		}
		contacts, err := tx.contactIDsOf(ctx, m)
		if err != nil {
			return err
		}
		if err := tx.relinkContacts(ctx, m, contacts); err != nil { // they follow the moment
			return err
		}
		if m.Kind == EmailKind {
			return tx.logMessage(ctx, EmailSentEvent, m, []FieldChange{{Field: "status", From: string(Draft), To: string(Sent)}})
		}
		if err := tx.mailed(ctx, m); err != nil {
			return err
		}
		return tx.logMessage(ctx, DocumentSentEvent, m, sending(ByEmail))
	})
}

// notSent says that an e-mail was not handed over: it is tried again later, unless that is of no use.
func (s *Emails) notSent(ctx context.Context, delivery *MailDelivery, code MailDeliveryErrorCode, final bool) error {
	return s.settle(ctx, delivery, func(ctx context.Context, tx *Tx, m *Message) error {
		delivery.LeaseUntil, delivery.Fault = nil, &code
		if !final && delivery.Attempts < maxMailAttempts {
			next := tx.Now.Add(mailPause(delivery.Attempts))
			delivery.Status, delivery.NextAttemptAt = DeliveryQueued, &next
			return nil
		}
		now := tx.Now
		delivery.Status, delivery.FinishedAt = DeliveryFailed, &now
		return tx.logMessage(ctx, EmailDeliveryFailedEvent, m, nil)
	})
}

// settle says what became of an attempt, as long as the e-mail is this server's.
func (s *Emails) settle(ctx context.Context, delivery *MailDelivery, change func(context.Context, *Tx, *Message) error) error {
	attempt := delivery.Attempts
	_, err := s.transact(ctx, sendingActor(delivery), func(ctx context.Context, tx *Tx) error {
		_, message, err := tx.message(ctx, delivery.CommunicationID)
		if err != nil {
			return err
		}
		current, err := tx.delivery(ctx, message)
		if err != nil {
			return err
		}
		if current == nil || current.Status != DeliverySending || current.Attempts != attempt {
			return nil // another server has it
		}
		if err := change(ctx, tx, message); err != nil {
			return err
		}
		return tx.saveDelivery(ctx, delivery)
	})
	if err != nil {
		return fmt.Errorf("settle the delivery of %s: %w", delivery.CommunicationID, err)
	}
	return nil
}
