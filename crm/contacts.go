package crm

import (
	"context"
	"errors"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// Contacts are the people and desks at the relations.
type Contacts struct{ *core }

// ByIDs finds many contacts, in the order of the ids; nil where there is none for the actor.
func (s *Contacts) ByIDs(ctx context.Context, ids []ID) ([]*Contact, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "contacts", ids, (*Contact).NodeID)
}

// recentContacts is how many the basic tab shows.
const recentContacts = 5

// RecentOfCustomers gives for each relation the contacts in daily use that changed last.
func (s *Contacts) RecentOfCustomers(ctx context.Context, customers []ID) ([][]*Contact, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := append([]db.Part{ofOrganization(actor.OrganizationID)}, archivedPart(ArchivedExclude)...)
	keys, _ := contactKeys(nil)
	return contactList(where, keys, "").firsts(ctx, conn, customers, recentContacts)
}

// ContactListArgs say which contacts a list shows, and in which order.
type ContactListArgs struct {
	Archived Archived
	Search   *string
	OrderBy  []*ContactOrder
}

// OfCustomers gives for each relation a page of its contacts.
func (s *Contacts) OfCustomers(ctx context.Context, customers []ID, args ContactListArgs, window page.Args) ([]*page.Connection[*Contact], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := append([]db.Part{ofOrganization(actor.OrganizationID)}, archivedPart(args.Archived)...)
	if args.Search != nil {
		wanted, err := words("search", *args.Search)
		if err != nil {
			return nil, err
		}
		where = append(where, containing(conn.Engine(), "t.search_text", wanted)...)
	}
	keys, err := contactKeys(args.OrderBy)
	if err != nil {
		return nil, err
	}
	return contactList(where, keys, scope("contacts", args)).pages(ctx, conn, customers, window)
}

// CreateContactInput is a new contact at a relation.
type CreateContactInput struct {
	CustomerID ID
	Fields     ContactFields
}

// CreateContactPayload is the answer to Create.
type CreateContactPayload struct {
	Outcome
	Contact *Contact
}

// Create adds a contact to a relation in daily use.
func (s *Contacts) Create(ctx context.Context, input CreateContactInput) (*CreateContactPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*CreateContactPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		contact := &Contact{CardFrame: tx.begin(contactPrefix), CustomerID: customer.ID, Gender: unknownGender, Language: LanguageNL}
		fields := patchingAt("input", "fields")
		input.Fields.apply(contact, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		if err := tx.warnAboutContact(ctx, contact); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(contact).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert contact: %w", sameEmail(err, "fields"))
		}
		tx.logContact(ContactCreatedEvent, contact, changesBetween(&Contact{}, contact))
		return &CreateContactPayload{Contact: contact}, tx.index(ctx, contact.searchEntry(customer))
	})
}

// UpdateContactInput is a change of a contact's fields, with what it is based on.
type UpdateContactInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *ContactFields
	Patch           ContactFields
}

// UpdateContactPayload is the answer to Update.
type UpdateContactPayload struct {
	Outcome
	Contact *Contact
}

// Update changes fields, as Customers.Update does.
func (s *Contacts) Update(ctx context.Context, input UpdateContactInput) (*UpdateContactPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*UpdateContactPayload, error) {
		customer, contact, err := tx.contact(ctx, input.ID, nil)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(customer.inUse(), contact.inUse()); err != nil {
			return nil, err
		}
		before, patch := *contact, patchingAt("input", "patch")
		input.Patch.apply(contact, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, ContactFields.apply, patch)
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, contact)
		if err := tx.checkBasis(ctx, &before.CardFrame, basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateContactPayload{Contact: contact}, nil
		}
		if err := tx.warnAboutContact(ctx, contact); err != nil {
			return nil, err
		}
		return &UpdateContactPayload{Contact: contact}, tx.saveContact(ctx, customer, contact, ContactUpdatedEvent, changes)
	})
}

// ArchiveContactInput says which contact to archive, and why.
type ArchiveContactInput struct {
	ID              ID
	ExpectedVersion *int
	Reason          *string
}

// ArchiveContactPayload is the answer to Archive.
type ArchiveContactPayload struct {
	Outcome
	Contact *Contact
}

// Archive takes a contact out of daily use. Open requests and running projects that name the contact
// forbid it: their communication would go nowhere.
func (s *Contacts) Archive(ctx context.Context, input ArchiveContactInput) (*ArchiveContactPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*ArchiveContactPayload, error) {
		reason, err := checkReason(input.Reason)
		if err != nil {
			return nil, err
		}
		customer, contact, err := tx.contact(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		usedBy, err := tx.usesOfContact(ctx, contact.ID)
		if err != nil {
			return nil, err
		}
		if err := contact.mayArchive(usedBy); err != nil {
			return nil, err
		}
		before := contact.CardFrame
		contact.archive(tx, reason)
		return &ArchiveContactPayload{Contact: contact},
			tx.saveContact(ctx, customer, contact, ContactArchivedEvent, archiving(&before, &contact.CardFrame))
	})
}

// contact locks a contact for a change, and first the relation it belongs to.
func (tx *Tx) contact(ctx context.Context, id ID, expectedVersion *int) (*Customer, *Contact, error) {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{id}, (*Contact).NodeID)
	if err != nil {
		return nil, nil, err
	}
	if found[0] == nil {
		return nil, nil, notFound("input", "id")
	}
	customer, err := tx.customer(ctx, found[0].CustomerID, nil)
	if err != nil {
		return nil, nil, err
	}
	locked, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{id}, (*Contact).NodeID)
	if err != nil {
		return nil, nil, err
	}
	return customer, locked[0], locked[0].at(expectedVersion)
}

// customerInUse locks a relation under which something new is to be made.
func (tx *Tx) customerInUse(ctx context.Context, id ID) (*Customer, error) {
	customer, err := tx.customer(ctx, id, nil)
	if err != nil {
		return nil, faultAt(err, "customerId")
	}
	return customer, customer.inUse()
}

func (tx *Tx) saveContact(ctx context.Context, customer *Customer, contact *Contact, kind EventKind, changes []FieldChange) error {
	contact.touch(tx)
	contact.derive() // what is for searching only was not read
	if _, err := tx.NewUpdate().Model(contact).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save contact %s: %w", contact.ID, sameEmail(err, "patch"))
	}
	tx.logContact(kind, contact, changes)
	return tx.index(ctx, contact.searchEntry(customer))
}

func (tx *Tx) logContact(kind EventKind, contact *Contact, changes []FieldChange) {
	tx.log(&Event{Kind: kind, CustomerID: contact.CustomerID, CardID: contact.ID, CardVersion: contact.Version, Changes: changes})
}

// usesOfContact are the open requests and running projects that name the contact.
func (tx *Tx) usesOfContact(ctx context.Context, contact ID) ([]Card, error) {
	rows, err := db.Rows[*Dossier](ctx, tx.Conn,
		"SELECT "+db.Columns[*Dossier](ctx, tx.Conn)+" FROM engagements AS t WHERE t.organization_id = ? AND t.contact_id = ? AND t.archived_at IS NULL"+
			" AND ((t.phase = 'REQUEST' AND t.status = 'OPEN') OR ("+running("t")+")) ORDER BY t.number LIMIT 100",
		string(tx.Actor.OrganizationID), string(contact), string(tx.Today))
	if err != nil {
		return nil, fmt.Errorf("uses of contact %s: %w", contact, err)
	}
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = typed(tx.Today)(row)
	}
	return cards, nil
}

// warnAboutContact tells when nobody can reach the contact, or when a related card knows the address.
func (tx *Tx) warnAboutContact(ctx context.Context, contact *Contact) error {
	if contact.Email == nil && contact.Phone == nil && contact.Mobile == nil {
		tx.warn(NotReachable, Text{NL: "Er is geen e-mailadres of telefoonnummer.", EN: "There is no e-mail address or phone number."})
	}
	if contact.EmailKey == nil {
		return nil
	}
	related, err := tx.relatedIDs(ctx, contact.CustomerID)
	if err != nil || len(related) == 0 {
		return err
	}
	twins, err := db.Rows[*Contact](ctx, tx.Conn,
		"SELECT "+db.Columns[*Contact](ctx, tx.Conn)+" FROM contacts AS t WHERE t.organization_id = ? AND "+tx.In("t.customer_id")+" AND t.email_key = ?",
		string(tx.Actor.OrganizationID), db.List(tx.Conn, related), *contact.EmailKey)
	if err != nil {
		return fmt.Errorf("contacts of related cards: %w", err)
	}
	tx.warnAbout(EmailAtRelatedCard, asCards(twins), Text{
		NL: "Een verwante kaart heeft een contactpersoon met dit adres.",
		EN: "A related card has a contact with this address."})
	return nil
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
