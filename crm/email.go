package crm

import (
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// The events, faults and warnings of e-mails.
const (
	EmailQueuedEvent         EventKind = "EMAIL_QUEUED"
	EmailSentEvent           EventKind = "EMAIL_SENT"
	EmailDeliveryFailedEvent EventKind = "EMAIL_DELIVERY_FAILED"
	EmailWithdrawnEvent      EventKind = "EMAIL_WITHDRAWN"

	EmailQueued       ErrorCode = "EMAIL_QUEUED"
	EmailBeingSent    ErrorCode = "EMAIL_BEING_SENT"
	EmailNotQueued    ErrorCode = "EMAIL_NOT_QUEUED"
	EmailAlreadyFiled ErrorCode = "EMAIL_ALREADY_FILED"
	MailNotConfigured ErrorCode = "MAIL_NOT_CONFIGURED"

	EmailUndated     WarningCode = "EMAIL_UNDATED"
	EmailShortened   WarningCode = "EMAIL_SHORTENED"
	ReplyToOtherCard WarningCode = "REPLY_TO_OTHER_CARD"
)

// EmailFrame is the part of a communication that e-mails use.
type EmailFrame struct {
	MailCc         []string `bun:"type:text" read:"cc"`
	MailBcc        []string `bun:"type:text" read:"bcc"`
	MessageID      *string  `read:"messageId"`
	RepliesTo      *string  `bun:"in_reply_to" read:"inReplyTo"`
	MailReferences []string `bun:"type:text" read:"messageId"`
	Campaign       bool     `read:"isCampaign"`
}

// Cc are those who get a copy.
func (e *Email) Cc() []string { return append([]string{}, e.MailCc...) }

// Bcc are those who get a copy that is told to nobody.
func (e *Email) Bcc() []string { return append([]string{}, e.MailBcc...) }

// IsCampaign tells whether it is a part of a mailing.
func (e *Email) IsCampaign() bool { return e.Campaign }

// EmailRecipientInput is who gets an e-mail: exactly one field is given.
type EmailRecipientInput struct {
	ContactID *ID
	Address   *string
}

// EmailFields are the fields of an e-mail as input: absent leaves, null clears, a value sets.
type EmailFields struct {
	To            graphql.Omittable[[]*EmailRecipientInput]
	Cc            graphql.Omittable[[]*EmailRecipientInput]
	Bcc           graphql.Omittable[[]*EmailRecipientInput]
	Subject       graphql.Omittable[*string]
	Body          graphql.Omittable[*string]
	BodyHTML      graphql.Omittable[*string]
	EngagementID  graphql.Omittable[*ID]
	AttachmentIds graphql.Omittable[[]ID]
	IsCampaign    graphql.Omittable[*bool]
}

// emailDraft is what a colleague says of an e-mail.
type emailDraft struct {
	contacts map[ID]*Contact // who may be named, by id

	To            []string `change:"to"`
	Cc            []string `change:"cc"`
	Bcc           []string `change:"bcc"`
	Subject       string   `change:"subject"`
	Body          string   `change:"body"`
	BodyHTML      *string  `change:"bodyHtml"`
	EngagementID  *ID      `change:"engagementId"`
	AttachmentIds []ID     `change:"attachmentIds"`
	IsCampaign    bool     `change:"isCampaign"`
}

// The measures of an e-mail.
const (
	maxRecipientsOfMail = 100
	maxMailText         = 100_000
)

// apply sets the given fields, each checked and in its stored form.
func (f EmailFields) apply(d *emailDraft, p *patching) {
	d.recipients(p, "to", f.To, &d.To)
	d.recipients(p, "cc", f.Cc, &d.Cc)
	d.recipients(p, "bcc", f.Bcc, &d.Bcc)
	p.words("subject", f.Subject, &d.Subject, upTo(200))
	p.written(f.Body, f.BodyHTML, &d.Body, &d.BodyHTML, maxMailText)
	value(p, "engagementId", f.EngagementID, &d.EngagementID, asIs)
	if files, set := f.AttachmentIds.ValueOK(); set {
		d.AttachmentIds = append([]ID{}, distinct(files)...)
	}
	choice(f.IsCampaign, &d.IsCampaign, false)
}

// recipients applies a list of who gets the e-mail, each once.
func (d *emailDraft) recipients(p *patching, field string, given graphql.Omittable[[]*EmailRecipientInput], target *[]string) {
	list, set := given.ValueOK()
	if !set {
		return
	}
	if len(list) > maxRecipientsOfMail {
		p.refuse(field, Text{NL: "Ten hoogste 100 ontvangers.", EN: "At most 100 receivers."})
		return
	}
	addresses := []string{}
	for _, one := range list {
		if address := d.address(p, field, one); address != "" && !slices.ContainsFunc(addresses, sameAddress(address)) {
			addresses = append(addresses, address)
		}
	}
	*target = addresses
}

func sameAddress(address string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(address, other) }
}

// address is that of a recipient; empty when there is a fault.
func (d *emailDraft) address(p *patching, field string, one *EmailRecipientInput) string {
	if one.Address != nil {
		address, fault := email(strings.TrimSpace(*one.Address))
		if fault != nil {
			p.refuse(field, *fault)
		}
		return address
	}
	contact := d.contacts[*one.ContactID]
	switch {
	case contact == nil: // told with all contacts that may not be named
		return ""
	case contact.Email == nil:
		p.faults = append(p.faults, &Error{Code: BadInput, Path: p.at(field), Cards: []Card{contact}, Text: Text{
			NL: contact.Name + " heeft geen e-mailadres.",
			EN: contact.Name + " has no e-mail address."}})
		return ""
	}
	return *contact.Email
}

// contactIDs are the contacts that are named as recipients.
func (f EmailFields) contactIDs() []ID {
	var ids []ID
	for _, list := range []graphql.Omittable[[]*EmailRecipientInput]{f.To, f.Cc, f.Bcc} {
		for _, one := range list.Value() {
			if one.ContactID != nil {
				ids = append(ids, *one.ContactID)
			}
		}
	}
	return distinct(ids)
}

// addresses are all who get the e-mail, each once.
func (d *emailDraft) addresses() []string {
	var all []string
	for _, address := range slices.Concat(d.To, d.Cc, d.Bcc) {
		if !slices.ContainsFunc(all, sameAddress(address)) {
			all = append(all, address)
		}
	}
	return all
}

// takeDraft puts what was said into the row.
func (m *Message) takeDraft(d *emailDraft) {
	m.MailTo, m.MailCc, m.MailBcc, m.Subject, m.Body, m.BodyHTML = d.To, d.Cc, d.Bcc, d.Subject, d.Body, d.BodyHTML
	m.EngagementID, m.Campaign = d.EngagementID, d.IsCampaign
	m.SearchText = m.searchText()
}

// draft is what the row says, for a change of it.
func (m *Message) draft(attachments []ID) *emailDraft {
	filled := func(list []string) []string { return append([]string{}, list...) }
	return &emailDraft{To: filled(m.MailTo), Cc: filled(m.MailCc), Bcc: filled(m.MailBcc), Subject: m.Subject, Body: m.Body, BodyHTML: m.BodyHTML,
		EngagementID: m.EngagementID, AttachmentIds: attachments, IsCampaign: m.Campaign}
}

// mayEdit says whether the actor can change the draft: nobody can change what was sent, and the rest is for its
// author and administrators.
func (m *Message) mayEdit(actor Actor) error {
	switch {
	case m.Kind != EmailKind:
		return notFound("input", "id")
	case m.Status != Draft:
		return immutable()
	case actor.Rights.Has(EditOfOthers) || (m.AuthorID != nil && *m.AuthorID == actor.UserID):
		return nil
	}
	return forbidden()
}

// ready says whether a draft can be sent.
func (m *Message) ready() error {
	fields := patchingAt("input", "id")
	if len(m.MailTo) == 0 {
		fields.faults = append(fields.faults, Invalid(Text{NL: "Aan wie gaat deze e-mail?", EN: "To whom does this e-mail go?"}, "input", "id"))
	}
	if m.goesToErased() {
		fields.faults = append(fields.faults, Invalid(Text{NL: "Een van de geadresseerden is geanonimiseerd; haal die weg.", EN: "One of the addressees was anonymized; take it away."}, "input", "id"))
	}
	if m.Subject == "" {
		fields.faults = append(fields.faults, Invalid(Text{NL: "De e-mail heeft geen onderwerp.", EN: "The e-mail has no subject."}, "input", "id"))
	}
	if m.Body == "" {
		fields.faults = append(fields.faults, Invalid(Text{NL: "De e-mail heeft geen tekst.", EN: "The e-mail has no text."}, "input", "id"))
	}
	return fields.err()
}

// newMessageID makes the identity under which an e-mail travels. It stays the same however often it is tried.
func newMessageID(m *Message, now time.Time) string {
	_, domain, _ := strings.Cut(deref(m.MailFrom), "@")
	return string(m.ID) + "." + now.UTC().Format("20060102150405") + "@" + domain
}
