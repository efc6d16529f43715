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
func (s *Documents) spool(ctx context.Context, tx *Tx, customer *Customer, p *paper, input SendDocumentInput) error {
	contact, err := s.maySpool(ctx, tx.Conn, p)
	if err != nil {
		return err
	}
	fields := patchingAt("input")
	if err := tx.checkNamed(ctx, customer, []ID{contact.ID}, true, fields, "channel"); err != nil {
		return err
	}
	if err := tx.wordMail(ctx, customer, p, input, fields); err != nil {
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

// maxMailMessage bounds what a colleague writes around a document.
const maxMailMessage = 5000

// wordMail fills in what a colleague writes around the document or letter, as in a template. An e-mail cannot be
// looked at before it goes, so that a field without a value is a fault here.
func (tx *Tx) wordMail(ctx context.Context, customer *Customer, p *paper, input SendDocumentInput, fields *patching) error {
	p.details.MailSubject = fields.part("subject", input.Subject, mergeable(200))
	p.details.MailMessage = fields.part("message", input.Message, mergeable(maxMailMessage))
	if len(fields.faults) > 0 || p.details.MailSubject == nil && p.details.MailMessage == nil {
		return nil
	}
	c := &composition{customer: customer, contactID: p.details.AddresseeID, engagementID: p.EngagementID, fields: fields,
		merging: &merging{customer: customer, today: tx.Today}}
	if err := tx.gatherPeople(ctx, c); err != nil {
		return err
	}
	c.merging.language = p.details.Language
	c.fillIn("subject", p.details.MailSubject)
	c.fillIn("message", p.details.MailMessage)
	if subject := p.details.MailSubject; subject != nil {
		*subject = cut(strings.Join(strings.Fields(*subject), " "), 200)
	}
	return nil
}

// fillIn fills the fields of a text in. One without a value is a fault.
func (c *composition) fillIn(field string, text *string) {
	if text == nil {
		return
	}
	filled, missing := c.merging.merge(*text)
	if *text = filled; len(missing) == 0 {
		return
	}
	names := strings.Join(distinct(missing), ", ")
	c.fields.faults = append(c.fields.faults, &Error{Code: DraftIncomplete, Path: c.fields.at(field), Text: Text{
		NL: "Voor deze velden is er geen waarde: " + names + ".",
		EN: "There is no value for these fields: " + names + "."}})
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
		return &WithdrawDocumentPayload{Communication: p.communication()}, tx.takeBackPaper(ctx, p)
	})
}

// takeBackPaper makes a document or a letter that is in the spool a draft again.
func (tx *Tx) takeBackPaper(ctx context.Context, p *paper) error {
	if err := tx.unspool(ctx, p.delivery); err != nil {
		return err
	}
	p.notMailed()
	if p.Kind == DocumentKind {
		p.details.Salutation = ""
	}
	if p.Body != "" { // what was uploaded has no text, and stays
		p.FileName = nil
		if err := tx.detach(ctx, p.ID); err != nil {
			return err
		}
	}
	if err := tx.savePaper(ctx, p); err != nil {
		return err
	}
	return tx.logMessage(ctx, EmailWithdrawnEvent, p.Message, nil)
}

// notMailed forgets the e-mail around a document or a letter.
func (p *paper) notMailed() {
	p.MailFrom, p.MailTo, p.MessageID = nil, nil, nil
	p.details.MailSubject, p.details.MailMessage = nil, nil
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

// cover writes the e-mail to which a document or a letter is attached: what a colleague wrote, or else one sentence.
func (s *Emails) cover(ctx context.Context, conn db.Conn, m *Message, sender *User, message *mail.Message) error {
	found, err := (&Documents{core: s.core}).DetailsOf(ctx, []ID{m.ID})
	if err != nil {
		return err
	}
	head, err := letterhead(ctx, conn, m.OrganizationID)
	if err != nil {
		return err
	}
	details := found[0]
	words := paperWordsIn(details.Language)
	text := fmt.Sprintf(words.attached, m.Subject)
	if details.MailMessage != nil {
		text = *details.MailMessage
	}
	if details.MailSubject != nil {
		message.Subject = *details.MailSubject
	}
	message.HTML = ""
	message.Text = details.Salutation + ",\n\n" + text + "\n\n" + words.closing + "\n\n" + strings.Join(signer(sender, head), "\n") + "\n"
	return nil
}
