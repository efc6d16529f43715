package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// forgetTraces takes someone's addresses from e-mails, and from what the log tells of e-mails and letters. What was
// said stays; what waits to be said to them does not go out.
func (tx *Tx) forgetTraces(ctx context.Context, t *traces) error {
	mails, err := t.mails(ctx, tx.Conn)
	if err != nil {
		return err
	}
	for _, mail := range mails {
		if mail.MailFrom != nil && t.has(*mail.MailFrom) {
			mail.MailFrom = new(anonymous)
		}
		mail.MailTo, mail.MailCc, mail.MailBcc = t.hidden(mail.MailTo), t.hidden(mail.MailCc), t.hidden(mail.MailBcc)
		_, err := tx.NewUpdate().Model(mail).Column("mail_from", "mail_to", "mail_cc", "mail_bcc").
			Where("organization_id = ? AND id = ?", mail.OrganizationID, mail.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("erase addresses: %w", err)
		}
	}
	if err := tx.takeBackAll(ctx, mails); err != nil {
		return err
	}
	events, err := t.mentions(ctx, tx.Conn)
	if err != nil {
		return err
	}
	for _, event := range events {
		event.Changes, _ = t.without(event, event.Changes)
		event.Whole, _ = t.without(event, event.Whole)
		if err := tx.rewrite(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// rewrite changes what an event tells. Only erasing does that.
func (tx *Tx) rewrite(ctx context.Context, event *Event) error {
	_, err := tx.NewUpdate().Model(event).Column("changes", "whole").
		Where("organization_id = ? AND position = ?", event.OrganizationID, event.Number).Exec(ctx)
	if err != nil {
		return fmt.Errorf("rewrite event %d: %w", event.Number, err)
	}
	return nil
}

// forgetProcesses erases what colleagues wrote beside processes on the contact's card: at the steps, as reasons, and
// as it stands on the timeline again.
func (tx *Tx) forgetProcesses(ctx context.Context, contact *Contact) error {
	ofContact := "(SELECT p.id FROM processes AS p WHERE p.organization_id = ? AND p.card_id = ?)"
	_, err := tx.NewUpdate().Table("process_steps").Set("note = NULL").
		Where("organization_id = ? AND process_id IN "+ofContact, contact.OrganizationID, contact.OrganizationID, contact.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("erase notes of processes: %w", err)
	}
	_, err = tx.NewUpdate().Table("processes").Set("cancel_reason = ?", anonymous).
		Where("organization_id = ? AND card_id = ? AND cancel_reason IS NOT NULL", contact.OrganizationID, contact.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("erase reasons of processes: %w", err)
	}
	entries, err := db.Rows[*Message](ctx, tx.Conn, "SELECT "+db.Columns[*Message](ctx, tx.Conn)+" FROM communications AS t WHERE t.organization_id = ?"+
		" AND t.kind = 'WORKFLOW' AND t.body <> '' AND t.process_id IN "+ofContact,
		string(contact.OrganizationID), string(contact.OrganizationID), string(contact.ID))
	if err != nil {
		return fmt.Errorf("entries of processes: %w", err)
	}
	for _, entry := range entries {
		entry.Body = ""
		entry.SearchText = entry.searchText()
		_, err := tx.NewUpdate().Model(entry).Column("body", "search_text").
			Where("organization_id = ? AND id = ?", entry.OrganizationID, entry.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("erase entries of processes: %w", err)
		}
	}
	return nil
}
