package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// What the verbs of a contact must know of what is around it, read inside their transaction.

// checkContact adds what only the store can tell to the faults of the fields, and gives them all. Of a
// relation one contact is the first: who becomes it takes the place of another.
func (tx *Tx) checkContact(ctx context.Context, customer *Customer, before, contact *Contact, fields *patching) error {
	if _, err := tx.lookup(ctx, PreferredChannelList, contact.PreferredChannelID, before.PreferredChannelID, fields, "preferredChannelId"); err != nil {
		return err
	}
	if err := fields.err(); err != nil {
		return err
	}
	if err := tx.warnAboutContact(ctx, before, contact); err != nil {
		return err
	}
	if !contact.IsPrimary || before.IsPrimary {
		return nil
	}
	return tx.takePrimary(ctx, customer, contact)
}

// takePrimary has the first contact of a relation make place for another.
func (tx *Tx) takePrimary(ctx context.Context, customer *Customer, contact *Contact) error {
	first := new(Contact)
	err := tx.NewSelect().Model(first).
		Where("organization_id = ? AND customer_id = ? AND is_primary AND id <> ?", contact.OrganizationID, contact.CustomerID, contact.ID).Scan(ctx)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("first contact of %s: %w", contact.CustomerID, err)
	}
	before := *first
	first.IsPrimary = false
	return tx.saveContact(ctx, customer, first, ContactUpdatedEvent, changesBetween(&before, first))
}

// namedContacts reads contacts that something is to name. Where only those in daily use may be named they are
// kept from leaving meanwhile: their relation, which may be another one, is not locked.
func (tx *Tx) namedContacts(ctx context.Context, ids []ID, inUse bool) ([]*Contact, error) {
	if !inUse || len(ids) == 0 {
		return byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", ids, (*Contact).NodeID)
	}
	var rows []*Contact
	err := tx.ForShare(tx.NewSelect().Model(&rows).
		Where("organization_id = ? AND id IN (?)", tx.Actor.OrganizationID, bun.List(ids)).OrderExpr("id")).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("contacts to be named: %w", err)
	}
	return aligned(ids, rows, (*Contact).NodeID), nil
}

// usesOfContact are the open requests and running projects that name the contact, and the cards whose invoices
// are for it.
func (tx *Tx) usesOfContact(ctx context.Context, contact ID) ([]Card, error) {
	uses, err := usesOfContacts(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{contact}, tx.Today)
	return uses[contact], err
}

// usesOfContacts are the uses of many contacts, each at most a hundred times named and invoiced for.
func usesOfContacts(ctx context.Context, conn db.Conn, organization ID, contacts []ID, today Date) (map[ID][]Card, error) {
	rows, err := db.SelectPerParent[*Dossier](ctx, conn, db.Selection{
		Table: "engagements", Columns: db.Columns[*Dossier](ctx, conn), Order: "t.number, t.id", Limit: 100,
		Where: []db.Part{ofOrganization(organization), {SQL: standingEngagement("t"), Args: []any{string(today)}}},
	}, "contact_id", contacts)
	if err != nil {
		return nil, fmt.Errorf("uses of %d contacts: %w", len(contacts), err)
	}
	uses := make(map[ID][]Card, len(contacts))
	for _, row := range rows {
		uses[*row.ContactID] = append(uses[*row.ContactID], typed(today)(row))
	}
	invoiced, err := invoicedFor(ctx, conn, organization, contacts, today)
	if err != nil {
		return nil, err
	}
	for contact, cards := range invoiced {
		for _, card := range cards {
			if !slices.ContainsFunc(uses[contact], func(known Card) bool { return known.NodeID() == card.NodeID() }) {
				uses[contact] = append(uses[contact], card)
			}
		}
	}
	return uses, nil
}

// engagementsOfContact are those that name the contact and meet a condition.
func (tx *Tx) engagementsOfContact(ctx context.Context, contact ID, condition string, args ...any) ([]Card, error) {
	rows, err := db.Rows[*Dossier](ctx, tx.Conn,
		"SELECT "+db.Columns[*Dossier](ctx, tx.Conn)+" FROM engagements AS t WHERE t.organization_id = ? AND t.contact_id = ? AND t.archived_at IS NULL"+
			" AND "+condition+" ORDER BY t.number LIMIT 100",
		append([]any{string(tx.Actor.OrganizationID), string(contact)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("uses of contact %s: %w", contact, err)
	}
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = typed(tx.Today)(row)
	}
	return cards, nil
}

// warnAboutContact tells when nobody can reach the contact, when a related card knows the address, or when
// someone of that name is there already.
func (tx *Tx) warnAboutContact(ctx context.Context, before, contact *Contact) error {
	if contact.Email == nil && contact.Phone == nil && contact.Mobile == nil {
		tx.warn(NotReachable, Text{NL: "Er is geen e-mailadres of telefoonnummer.", EN: "There is no e-mail address or phone number."})
	}
	related, err := tx.relatedIDs(ctx, contact.CustomerID)
	if err != nil {
		return err
	}
	if contact.EmailKey != nil && len(related) > 0 {
		twins, err := tx.contactsLike(ctx, contact, related, "t.email_key = ?", *contact.EmailKey)
		if err != nil {
			return err
		}
		tx.warnAbout(EmailAtRelatedCard, asCards(twins[:min(len(twins), maxAlike)]), Text{
			NL: "Een verwante kaart heeft een contactpersoon met dit adres.",
			EN: "A related card has a contact with this address."})
	}
	if contact.SortKey == before.SortKey && contact.CustomerID == before.CustomerID {
		return nil
	}
	namesakes, err := tx.namesakes(ctx, contact, append(related, contact.CustomerID))
	if err != nil {
		return err
	}
	tx.warnAbout(SameName, asCards(namesakes[:min(len(namesakes), maxAlike)]), Text{
		NL: "Deze klant of een verwante kaart heeft al een contactpersoon met deze naam.",
		EN: "This customer or a related card has a contact of this name already."})
	return nil
}

// namesakes are the other contacts of some relations that may be the same person: of the same last name, as far as what is
// known of their first names and initials does not tell them apart.
func (tx *Tx) namesakes(ctx context.Context, contact *Contact, customers []ID) ([]*Contact, error) {
	if contact.LastName == nil {
		return tx.contactsLike(ctx, contact, customers, "t.sort_key = ?", contact.SortKey)
	}
	family := contact.familyKey()
	found, err := tx.contactsLike(ctx, contact, customers, "t.sort_key >= ? AND t.sort_key < ?", family, family+"!")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(other *Contact) bool {
		if other.LastName == nil || other.familyKey() != family {
			return true
		}
		given, theirs := foldAll(contact.FirstName), foldAll(other.FirstName)
		if given != "" && theirs != "" {
			return given != theirs
		}
		initial, theirs := contact.initial(), other.initial()
		return initial != "" && theirs != "" && initial != theirs
	}), nil
}

// contactsLike are the other contacts of some relations that meet a condition.
func (tx *Tx) contactsLike(ctx context.Context, contact *Contact, customers []ID, condition string, values ...any) ([]*Contact, error) {
	found, err := db.Rows[*Contact](ctx, tx.Conn,
		"SELECT "+db.Columns[*Contact](ctx, tx.Conn)+" FROM contacts AS t WHERE t.organization_id = ? AND "+tx.In("t.customer_id")+
			" AND t.id <> ? AND t.anonymized_at IS NULL AND "+condition+" ORDER BY t.sort_key, t.id LIMIT 100",
		append([]any{string(tx.Actor.OrganizationID), db.List(tx.Conn, customers), string(contact.ID)}, values...)...)
	if err != nil {
		return nil, fmt.Errorf("contacts like %s: %w", contact.ID, err)
	}
	return found, nil
}

// sameEmail turns the violated unique index on the address into the user's error.
func sameEmail(err error, argument string) error {
	if !db.IsUnique(err, "contacts_email", "contacts.organization_id, contacts.customer_id, contacts.email_key") {
		return err
	}
	return &Error{Code: DuplicateEmail, Path: []string{"input", argument, "email"}, Text: Text{
		NL: "Een contactpersoon van deze klant heeft dit adres al.",
		EN: "A contact of this customer has this address already."}}
}
