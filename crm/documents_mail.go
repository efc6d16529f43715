package crm

import (
	"context"
	"fmt"
	"strings"

	"klantkaart/db"
	"klantkaart/mail"
)

// maySpool says to whom a document or a letter would go by e-mail now, or why it cannot. That someone does not
// want mailings does not stand in the way: a document is for one reader.
func (s *Documents) maySpool(ctx context.Context, conn db.Conn, p *paper) (*Contact, error) {
	path := []string{"input", "channel"}
	size := 0
	for _, file := range p.files {
		size += file.Size
	}
	switch {
	case s.emails.sender == nil:
		return nil, faultAt(mailNotConfigured(), "channel")
	case p.details.AddresseeID == nil:
		return nil, &Error{Code: DraftIncomplete, Path: path, Text: Text{
			NL: "Aan wie gaat dit? Het stuk heeft geen geadresseerde.",
			EN: "To whom does this go? It has no addressee."}}
	case size > mail.MaxSize:
		return nil, Invalid(Text{NL: "Het bestand is te groot voor een e-mail (25 MB).", EN: "The file is too large for an e-mail (25 MB)."}, path...)
	}
	found, err := byIDs(db.WithFields(ctx, db.Fields{}), conn, p.OrganizationID, "contacts", []ID{*p.details.AddresseeID}, (*Contact).NodeID)
	if err != nil {
		return nil, err
	}
	switch contact := found[0]; {
	case contact == nil:
		return nil, notFound(path...)
	case contact.AnonymizedAt != nil:
		return nil, faultAt(contactAnonymized(), "channel")
	case contact.ArchivedAt != nil:
		return nil, contact.mayBeNamed(path...)
	case contact.Email == nil:
		return nil, &Error{Code: DraftIncomplete, Path: path, Cards: []Card{contact}, Text: Text{
			NL: contact.Name + " heeft geen e-mailadres.",
			EN: contact.Name + " has no e-mail address."}}
	default:
		return contact, nil
	}
}

// spool has a document or a letter go out as an attachment. It is the e-mail itself, not beside one: the row of
// the timeline that is the document carries the address and the delivery, and is sent once the mail server has it.
func (s *Documents) spool(ctx context.Context, tx *Tx, customer *Customer, p *paper) error {
	contact, err := s.maySpool(ctx, tx.Conn, p)
	if err != nil {
		return err
	}
	fields := patchingAt("input")
	if err := tx.checkContacts(ctx, customer, []ID{contact.ID}, true, fields, "channel"); err != nil {
		return err
	}
	if err := fields.err(); err != nil {
		return err
	}
	if err := tx.signMail(ctx, p.Message); err != nil {
		return err
	}
	identity := newMessageID(p.Message, tx.Now)
	p.MailTo, p.MessageID = []string{*contact.Email}, &identity
	if p.Kind == DocumentKind {
		p.details.Salutation = contact.Salutation() // a letter has one already
	}
	if err := tx.savePaper(ctx, p); err != nil {
		return err
	}
	return s.emails.enqueue(ctx, tx, p.Message)
}

// mayChange says that the file which is on its way does not change any more, nor who gets it.
func (p *paper) mayChange() error {
	if p.delivery == nil {
		return nil
	}
	return &Error{Code: EmailQueued, Path: []string{"input", "id"}, Text: Text{
		NL: "Dit is aangeboden voor verzending per e-mail; trek het eerst terug.",
		EN: "This was handed in to be sent by e-mail; withdraw it first."}}
}

// maySendAgain says that nothing is on its way. What could not be delivered can go out anew, over any channel.
func (p *paper) maySendAgain() error {
	if p.delivery != nil && p.delivery.Status == DeliveryFailed {
		return nil
	}
	return p.mayChange()
}

// WithdrawDocumentInput says which document or letter is not to go out by e-mail after all.
type WithdrawDocumentInput struct{ ID ID }

// WithdrawDocumentPayload is the answer to Withdraw.
type WithdrawDocumentPayload struct {
	Outcome
	Communication Communication
}

// Withdraw takes a document or a letter out of the spool; it is a draft again, without the file that was laid out.
func (s *Documents) Withdraw(ctx context.Context, input WithdrawDocumentInput) (*WithdrawDocumentPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*WithdrawDocumentPayload, error) {
		_, p, err := tx.draft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := p.delivery.mayWithdraw(); err != nil {
			return nil, err
		}
		if err := tx.unspool(ctx, p.delivery); err != nil {
			return nil, err
		}
		p.MailFrom, p.MailTo, p.MessageID = nil, nil, nil
		if p.Kind == DocumentKind {
			p.details.Salutation = ""
		}
		if p.Body != "" { // what was uploaded has no text, and stays
			p.FileName = nil
			if err := tx.detach(ctx, p.ID); err != nil {
				return nil, err
			}
		}
		if err := tx.savePaper(ctx, p); err != nil {
			return nil, err
		}
		return &WithdrawDocumentPayload{Communication: p.communication()}, tx.logMessage(ctx, EmailWithdrawnEvent, p.Message, nil)
	})
}

// mailed says that the mail server took a document or a letter.
func (tx *Tx) mailed(ctx context.Context, m *Message) error {
	_, err := tx.NewUpdate().Table("documents").Set("version = version + 1").Set("sent_via = ?", ByEmail).Set("sent_at = ?", tx.Now).
		Set("sent_by = ?", tx.Actor.UserID).Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("say that %s was mailed: %w", m.ID, err)
	}
	return nil
}

// covering is the text of the e-mail to which a document or a letter is attached.
func (s *Emails) covering(ctx context.Context, conn db.Conn, m *Message, sender *User) (string, error) {
	details, err := (&Documents{core: s.core}).DetailsOf(ctx, []ID{m.ID})
	if err != nil {
		return "", err
	}
	head, err := letterhead(ctx, conn, m.OrganizationID)
	if err != nil {
		return "", err
	}
	words := paperWordsIn(details[0].Language)
	return details[0].Salutation + ",\n\n" + fmt.Sprintf(words.attached, m.Subject) + "\n\n" + words.closing + "\n\n" +
		strings.Join(signer(sender, head), "\n") + "\n", nil
}
