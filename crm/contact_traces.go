package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"klantkaart/db"
)

// traces are where a person is named beside the own card: by an address, or as who a letter is to. What erases a
// person and what tells a person everything look in the same places.
type traces struct {
	contact   *Contact
	addresses []string // that the contact has or had, in lower case
	customers []ID     // where the contact was, or took part in what was said
	letters   []ID     // to the contact
	history   []*Event // what the log tells of the contact's own card
}

// tracesOf looks in the history of a contact.
func tracesOf(ctx context.Context, conn db.Conn, contact *Contact) (*traces, error) {
	t := &traces{contact: contact, customers: []ID{contact.CustomerID}}
	known := []any{}
	if contact.Email != nil {
		known = append(known, *contact.Email)
	}
	var err error
	t.history, err = eventsWhole(ctx, conn, "t.organization_id = ? AND t.card_id = ?", string(contact.OrganizationID), string(contact.ID))
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", contact.ID, err)
	}
	for _, event := range t.history {
		t.customers = append(t.customers, event.CustomerID)
		for _, change := range event.Changes {
			if change.Field == "email" {
				known = append(known, change.From, change.To)
			}
		}
	}
	for _, one := range known {
		if text, ok := one.(string); ok && text != "" {
			t.addresses = append(t.addresses, strings.ToLower(text))
		}
	}
	said, err := db.Rows[*Message](ctx, conn, "SELECT DISTINCT t.customer_id FROM communications AS t JOIN communication_contacts AS l"+
		" ON l.organization_id = t.organization_id AND l.communication_id = t.id WHERE l.organization_id = ? AND l.contact_id = ?",
		string(contact.OrganizationID), string(contact.ID))
	if err != nil {
		return nil, fmt.Errorf("where %s was spoken to: %w", contact.ID, err)
	}
	for _, one := range said {
		t.customers = append(t.customers, one.CustomerID)
	}
	letters, err := db.Rows[*DocumentDetails](ctx, conn, "SELECT t.communication_id FROM documents AS t WHERE t.organization_id = ? AND t.addressee_id = ?",
		string(contact.OrganizationID), string(contact.ID))
	if err != nil {
		return nil, fmt.Errorf("letters to %s: %w", contact.ID, err)
	}
	for _, one := range letters {
		t.letters = append(t.letters, one.CommunicationID)
	}
	t.addresses, t.customers = distinct(t.addresses), distinct(t.customers)
	return t, nil
}

// eventsWhole reads events with all of their texts, in the order of the log.
func eventsWhole(ctx context.Context, conn db.Conn, where string, args ...any) ([]*Event, error) {
	whole := db.WithFields(ctx, db.Fields{})
	return db.Rows[*Event](whole, conn, "SELECT "+db.Columns[*Event](whole, conn)+", t.whole FROM events AS t WHERE "+where+" ORDER BY t.position", args...)
}

// mails are the e-mails, and what went out as one, that have an address of the person.
func (t *traces) mails(ctx context.Context, conn db.Conn) ([]*Message, error) {
	if len(t.addresses) == 0 {
		return nil, nil
	}
	c := &conditions{engine: conn.Engine()}
	for _, address := range t.addresses {
		quoted, err := json.Marshal(address)
		if err != nil {
			return nil, err
		}
		c.add("lower(t.mail_from) = ?", address)
		for _, list := range []string{"t.mail_to", "t.mail_cc", "t.mail_bcc"} {
			c.add(c.position("lower("+list+")")+" > 0", string(quoted))
		}
	}
	named := all(c.parts, " OR ")
	whole := db.WithFields(ctx, db.Fields{})
	mails, err := db.Rows[*Message](whole, conn,
		"SELECT "+db.Columns[*Message](whole, conn)+" FROM communications AS t WHERE t.organization_id = ? AND "+conn.In("t.customer_id")+
			" AND ("+named.SQL+") ORDER BY t.id",
		append([]any{string(t.contact.OrganizationID), db.List(conn, t.customers)}, named.Args...)...)
	if err != nil {
		return nil, fmt.Errorf("e-mails of an address: %w", err)
	}
	return mails, nil
}

// mentions are the events of e-mails and letters that tell who they are to, and name the person.
func (t *traces) mentions(ctx context.Context, conn db.Conn) ([]*Event, error) {
	events, err := eventsWhole(ctx, conn, "t.organization_id = ? AND "+conn.In("t.customer_id")+" AND t.kind IN ('"+
		string(CommunicationUpdatedEvent)+"', '"+string(DocumentUpdatedEvent)+"')", string(t.contact.OrganizationID), db.List(conn, t.customers))
	if err != nil {
		return nil, fmt.Errorf("who e-mails and letters were to: %w", err)
	}
	return slices.DeleteFunc(events, func(e *Event) bool {
		_, named := t.without(e, e.Changes)
		return !named
	}), nil
}

// without are changes that name the person no more, and whether they did.
func (t *traces) without(event *Event, changes []FieldChange) (clean []FieldChange, named bool) {
	for _, change := range changes {
		kept := FieldChange{Field: change.Field}
		switch change.Field {
		case "to", "cc", "bcc":
			var from, to bool
			kept.From, from = t.hiddenAmong(change.From)
			kept.To, to = t.hiddenAmong(change.To)
			named = named || from || to
		case "salutation", "addressLines":
			if event.SubjectID == nil || !slices.Contains(t.letters, *event.SubjectID) {
				kept = change
				break
			}
			named = named || change.From != nil || change.To != nil
		default:
			kept = change
		}
		clean = append(clean, kept)
	}
	return clean, named
}

// hiddenAmong hides the person's addresses in a list as the log keeps it.
func (t *traces) hiddenAmong(logged any) (any, bool) {
	list, ok := logged.([]any)
	if !ok {
		return logged, false
	}
	hidden, found := make([]any, len(list)), false
	for i, one := range list {
		hidden[i] = one
		if address, ok := one.(string); ok && t.has(address) {
			hidden[i], found = anonymous, true
		}
	}
	return hidden, found
}

// has tells whether an address is the person's.
func (t *traces) has(address string) bool {
	return slices.Contains(t.addresses, strings.ToLower(address))
}

// hidden is a list of addresses without the person's.
func (t *traces) hidden(addresses []string) []string {
	for i, address := range addresses {
		if t.has(address) {
			addresses[i] = anonymous
		}
	}
	return addresses
}
