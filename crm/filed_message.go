package crm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"klantkaart/db"
	"klantkaart/mail"
	"klantkaart/markup"
)

// participants are all addresses of an e-mail.
func participants(received *mail.Received) []string {
	addresses := []string{received.From.Email}
	for _, one := range slices.Concat(received.To, received.Cc) {
		addresses = append(addresses, one.Email)
	}
	return distinct(addresses)
}

func lowered(addresses []string) []string {
	keys := make([]string, len(addresses))
	for i, address := range addresses {
		keys[i] = strings.ToLower(address)
	}
	return keys
}

// receivedMessage makes the row of an e-mail from elsewhere.
func (tx *Tx) receivedMessage(customer *Customer, received *mail.Received) *Message {
	m := &Message{
		OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID,
		Kind: EmailKind, Direction: Incoming, Status: Received, At: received.Date, CreatedAt: tx.Now, Subject: cut(received.Subject, 998),
	}
	thread := string(m.ID)
	m.ThreadID, m.MessageID, m.MailFrom = &thread, &received.ID, &received.From.Email
	m.MailTo, m.MailCc, m.MailReferences = emailsOf(received.To), emailsOf(received.Cc), received.References
	if received.InReplyTo != "" {
		m.RepliesTo = &received.InReplyTo
	}
	m.Body = received.Text
	if received.HTML != "" {
		clean := markup.Clean(received.HTML)
		m.BodyHTML = &clean
		if m.Body == "" {
			m.Body = markup.Text(clean)
		}
	}
	if utf8.RuneCountInString(m.Body) > maxMailText || len(deref(m.BodyHTML)) > 4*maxMailText {
		m.Body, m.BodyHTML = cut(m.Body, maxMailText), nil
		tx.warn(EmailShortened, Text{NL: "De tekst is ingekort; het origineel is bijgevoegd.", EN: "The text was shortened; the original is attached."})
	}
	if !received.IsDated || m.At.After(tx.Now.Add(24*time.Hour)) {
		m.At = tx.Now
		tx.warn(EmailUndated, Text{NL: "De datum van de e-mail is niet te lezen; zij staat onder nu.", EN: "The date of the e-mail cannot be read; it stands under now."})
	}
	m.SearchText = m.searchText()
	return m
}

func emailsOf(addresses []mail.Address) []string {
	list := make([]string, len(addresses))
	for i, one := range addresses {
		list[i] = one.Email
	}
	return list
}

// place puts an e-mail into the thread of what it answers on the same card, and says what it is about.
func (tx *Tx) place(ctx context.Context, customer *Customer, m *Message, input FileEmailInput, answered []*Message) error {
	for _, original := range answered {
		if original.CustomerID != customer.ID {
			continue
		}
		m.ThreadID, m.EngagementID = original.ThreadID, original.EngagementID
		if m.ThreadID == nil {
			own := string(original.ID)
			m.ThreadID = &own
		}
		break
	}
	here := func(m *Message) bool { return m.CustomerID == customer.ID && *m.MessageID == *answered[0].MessageID }
	if len(answered) > 0 && !slices.ContainsFunc(answered, here) {
		others, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "customers", []ID{answered[0].CustomerID}, (*Customer).NodeID)
		if err != nil {
			return err
		}
		tx.warnAbout(ReplyToOtherCard, asCards(others), Text{NL: "De e-mail antwoordt op een e-mail van een andere kaart.", EN: "The e-mail answers one on another card."})
	}
	fields := patchingAt("input")
	if err := tx.checkEngagement(ctx, customer, input.EngagementID, fields); err != nil {
		return err
	}
	if input.EngagementID != nil {
		m.EngagementID = input.EngagementID
	}
	return fields.err()
}

// contactsOfMail finds who of the relation took part, and whether it is an e-mail of ours.
func (tx *Tx) contactsOfMail(ctx context.Context, customer *Customer, m *Message, received *mail.Received) ([]ID, error) {
	users, err := db.Rows[*User](ctx, tx.Conn, "SELECT t.id FROM users AS t WHERE t.organization_id = ? AND t.email = ?",
		string(tx.Actor.OrganizationID), strings.ToLower(received.From.Email))
	if err != nil {
		return nil, fmt.Errorf("colleague by address: %w", err)
	}
	if len(users) > 0 {
		m.Direction, m.Status, m.AuthorID = Outgoing, Sent, &users[0].ID
	}
	contacts, err := tx.contactsByAddress(ctx, customer, participants(received))
	ids := make([]ID, len(contacts))
	for i, contact := range contacts {
		ids[i] = contact.ID
	}
	ids = distinct(ids)
	return ids[:min(len(ids), maxRecipientsOfMail)], err
}
