package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/mail"
)

// Emails are the e-mails that go out and come in.
type Emails struct {
	*core
	sender mail.Sender // nil where the operator has set none
	// queued holds a token when something waits that this process was told of.
	queued chan struct{}
}

func newEmails(c *core, sender mail.Sender) *Emails {
	return &Emails{core: c, sender: sender, queued: make(chan struct{}, 1)}
}

// CreateEmailInput is a new e-mail.
type CreateEmailInput struct {
	CustomerID  ID
	Fields      EmailFields
	InReplyToID *ID
}

// CreateEmailPayload is the answer to Create.
type CreateEmailPayload struct {
	Outcome
	Email *Email
}

// Create makes a draft. An answer joins the thread of what it answers.
func (s *Emails) Create(ctx context.Context, input CreateEmailInput) (*CreateEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*CreateEmailPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		message := &Message{
			OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID,
			Kind: EmailKind, Direction: Outgoing, Status: Draft, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now,
		}
		thread := string(message.ID)
		message.ThreadID = &thread
		fields := patchingAt("input", "fields")
		draft := message.draft([]ID{})
		if err := tx.answer(ctx, message, draft, input, fields); err != nil {
			return nil, err
		}
		if err := tx.nameContacts(ctx, customer, draft, fields, input.Fields); err != nil {
			return nil, err
		}
		input.Fields.apply(draft, fields)
		files, err := tx.checkDraft(ctx, customer, draft, fields)
		if err != nil {
			return nil, err
		}
		if err := tx.signMail(ctx, message); err != nil {
			return nil, err
		}
		message.takeDraft(draft)
		contacts, err := tx.contactsAt(ctx, customer, draft)
		if err != nil {
			return nil, err
		}
		if err := tx.insertMessage(ctx, message, contacts); err != nil {
			return nil, err
		}
		return &CreateEmailPayload{Email: &Email{message}}, tx.attach(ctx, message.ID, files)
	})
}

// answer makes a draft the answer to an e-mail of the same card: of the same thread, about the same, and to who
// wrote it, or to whom it went when that was us.
func (tx *Tx) answer(ctx context.Context, m *Message, draft *emailDraft, input CreateEmailInput, fields *patching) error {
	if input.InReplyToID == nil {
		return nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "communications", []ID{*input.InReplyToID}, (*Message).NodeID)
	if err != nil {
		return err
	}
	original := found[0]
	if original == nil || original.CustomerID != m.CustomerID || original.Kind != EmailKind {
		fields.faults = append(fields.faults, notFound("input", "inReplyToId"))
		return nil
	}
	m.join(original)
	draft.EngagementID = original.EngagementID
	if original.Direction == Incoming && original.MailFrom != nil {
		draft.To = []string{*original.MailFrom}
	} else {
		draft.To = append([]string{}, original.MailTo...)
	}
	return nil
}

// join makes a message a part of the thread of the one that it answers.
func (m *Message) join(original *Message) {
	m.ThreadID, m.RepliesTo = original.ThreadID, original.MessageID
	if m.ThreadID == nil {
		own := string(original.ID)
		m.ThreadID = &own
	}
	if original.MessageID != nil && m.MailReferences == nil {
		m.MailReferences = append(append([]string{}, original.MailReferences...), *original.MessageID)
	}
}

// nameContacts finds the contacts that an input names as recipients. Who may not be named is a fault.
func (tx *Tx) nameContacts(ctx context.Context, customer *Customer, draft *emailDraft, fields *patching, inputs ...EmailFields) error {
	var ids []ID
	for _, input := range inputs {
		ids = append(ids, input.contactIDs()...)
	}
	ids = distinct(ids)
	if err := tx.checkContacts(ctx, customer, ids, true, fields, "to"); err != nil {
		return err
	}
	found, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "contacts", ids, (*Contact).NodeID)
	draft.contacts = make(map[ID]*Contact, len(found))
	for _, contact := range found {
		if contact != nil {
			draft.contacts[contact.ID] = contact
		}
	}
	return err
}

// checkDraft tells all faults of a draft at once, and finds its files.
func (tx *Tx) checkDraft(ctx context.Context, customer *Customer, draft *emailDraft, fields *patching) ([]*File, error) {
	if len(draft.addresses()) > maxRecipientsOfMail {
		fields.refuse("to", Text{NL: "Ten hoogste 100 ontvangers.", EN: "At most 100 receivers."})
	}
	if err := tx.checkEngagement(ctx, customer, draft.EngagementID, fields); err != nil {
		return nil, err
	}
	files, err := tx.filesToAttach(ctx, draft.AttachmentIds, fields, "attachmentIds")
	if err != nil {
		return nil, err
	}
	size := 0
	for _, file := range files {
		size += file.Size
	}
	if size > mail.MaxSize {
		fields.refuse("attachmentIds", Text{NL: "De bijlagen zijn samen te groot voor een e-mail (25 MB).", EN: "The attachments are too large for an e-mail together (25 MB)."})
	}
	if err := fields.err(); err != nil {
		return nil, err
	}
	return files, tx.warnOfOptOuts(ctx, customer, draft)
}

// warnOfOptOuts tells who of the recipients of a campaign mail does not want them.
func (tx *Tx) warnOfOptOuts(ctx context.Context, customer *Customer, draft *emailDraft) error {
	if !draft.IsCampaign {
		return nil
	}
	contacts, err := tx.contactsByAddress(ctx, customer, draft.addresses())
	if err != nil {
		return err
	}
	var out []*Contact
	for _, contact := range contacts {
		if contact.MailingOptOut {
			out = append(out, contact)
		}
	}
	tx.warnAbout(MailingOptOut, asCards(out), Text{
		NL: "Ontvangers hebben zich afgemeld voor mailings.",
		EN: "Receivers do not want mailings."})
	return nil
}

// contactsByAddress finds the contacts of the relation and of related cards that have one of the addresses, in
// the order of the addresses; those of the relation itself go first.
func (tx *Tx) contactsByAddress(ctx context.Context, customer *Customer, addresses []string) ([]*Contact, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	related, err := tx.relatedIDs(ctx, customer.ID)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*Contact](ctx, tx.Conn,
		"SELECT "+db.Columns[*Contact](ctx, tx.Conn)+" FROM contacts AS t WHERE t.organization_id = ? AND "+tx.In("t.customer_id")+" AND "+tx.In("t.email_key")+" ORDER BY t.id",
		string(tx.Actor.OrganizationID), db.List(tx.Conn, append([]ID{customer.ID}, related...)), db.List(tx.Conn, lowered(addresses)))
	if err != nil {
		return nil, fmt.Errorf("contacts by address: %w", err)
	}
	var found []*Contact
	for _, address := range addresses {
		var best *Contact
		for _, contact := range rows {
			if sameAddress(address)(*contact.Email) && (best == nil || (best.CustomerID != customer.ID && contact.CustomerID == customer.ID)) {
				best = contact
			}
		}
		if best != nil {
			found = append(found, best)
		}
	}
	return found, nil
}

// contactsAt are the contacts who get a draft.
func (tx *Tx) contactsAt(ctx context.Context, customer *Customer, draft *emailDraft) ([]ID, error) {
	contacts, err := tx.contactsByAddress(ctx, customer, draft.addresses())
	ids := make([]ID, len(contacts))
	for i, contact := range contacts {
		ids[i] = contact.ID
	}
	return distinct(ids), err
}

// signMail says that an e-mail is from the actor.
func (tx *Tx) signMail(ctx context.Context, m *Message) error {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "users", []ID{tx.Actor.UserID}, (*User).NodeID)
	if err != nil {
		return err
	}
	if found[0] == nil {
		return forbidden()
	}
	m.MailFrom = &found[0].Email
	return nil
}

// UpdateEmailInput is a change of a draft, with what it is based on.
type UpdateEmailInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *EmailFields
	Patch           EmailFields
}

// UpdateEmailPayload is the answer to Update.
type UpdateEmailPayload struct {
	Outcome
	Email *Email
}

// Update changes a draft, by its author or an administrator.
func (s *Emails) Update(ctx context.Context, input UpdateEmailInput) (*UpdateEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*UpdateEmailPayload, error) {
		customer, message, err := tx.emailDraft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		attachments, err := tx.attachmentIDsOf(ctx, message)
		if err != nil {
			return nil, err
		}
		before, patch := message.draft(attachments), patchingAt("input", "patch")
		inputs := []EmailFields{input.Patch}
		if input.Base != nil {
			inputs = append(inputs, *input.Base)
		}
		if err := tx.nameContacts(ctx, customer, before, patch, inputs...); err != nil {
			return nil, err
		}
		draft := *before
		input.Patch.apply(&draft, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, before, EmailFields.apply, patch)
		files, err := tx.checkDraft(ctx, customer, &draft, patch)
		if err != nil {
			return nil, err
		}
		changes := changesBetween(before, &draft)
		if err := basis.checkRow(message.Version, changes); err != nil {
			return nil, err
		}
		payload := &UpdateEmailPayload{Email: &Email{message}}
		if len(changes) == 0 {
			return payload, nil
		}
		return payload, tx.saveDraft(ctx, customer, message, &draft, files, changes)
	})
}

// saveDraft stores a draft that changed, and logs it.
func (tx *Tx) saveDraft(ctx context.Context, customer *Customer, m *Message, draft *emailDraft, files []*File, changes []FieldChange) error {
	m.takeDraft(draft)
	if err := tx.saveMessage(ctx, m, "mail_to", "mail_cc", "mail_bcc", "subject", "body", "body_html", "engagement_id", "campaign"); err != nil {
		return err
	}
	contacts, err := tx.contactsAt(ctx, customer, draft)
	if err != nil {
		return err
	}
	if err := tx.relinkContacts(ctx, m, contacts); err != nil {
		return err
	}
	if err := tx.detach(ctx, m.ID); err != nil {
		return err
	}
	if err := tx.attach(ctx, m.ID, files); err != nil {
		return err
	}
	return tx.logMessage(ctx, CommunicationUpdatedEvent, m, changes)
}

// attachmentIDsOf are the files of a communication, in their order.
func (tx *Tx) attachmentIDsOf(ctx context.Context, m *Message) ([]ID, error) {
	ids := []ID{}
	err := tx.NewSelect().Model((*attachment)(nil)).Column("file_id").
		Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).OrderExpr("ordinal").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("files of %s: %w", m.ID, err)
	}
	return ids, nil
}
