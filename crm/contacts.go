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
		contact, fields := tx.newContact(customer), patchingAt("input", "fields")
		before := *contact
		input.Fields.apply(contact, fields)
		if err := tx.checkListed(ctx, fields, contact.listed(&before)...); err != nil {
			return nil, err
		}
		if err := tx.checkContact(ctx, customer, &before, contact, fields); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(contact).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert contact: %w", sameEmail(err, "fields"))
		}
		if err := tx.keepFunction(ctx, &before, contact); err != nil {
			return nil, err
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

// Update changes fields, as Customers.Update does. Function and department are those of the first function.
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
		if err := tx.checkListed(ctx, patch, contact.listed(&before)...); err != nil {
			return nil, err
		}
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
		if err := tx.checkContact(ctx, customer, &before, contact, patch); err != nil {
			return nil, err
		}
		if err := tx.keepFunction(ctx, &before, contact); err != nil {
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
		before := *contact
		contact.archive(tx, reason)
		contact.IsPrimary = false // the first contact of a relation is one in daily use
		if err := tx.warnOfProcess(ctx, contact); err != nil {
			return nil, err
		}
		return &ArchiveContactPayload{Contact: contact},
			tx.saveContact(ctx, customer, contact, ContactArchivedEvent, contactChanges(&before, contact))
	})
}

// contact locks a contact for a change, and first the relation it belongs to. One that moved to another
// relation meanwhile is locked there.
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
	if err := tx.sees(ctx, id, "input", "id"); err != nil {
		return nil, nil, err
	}
	contact, err := tx.contactRow(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case contact.CustomerID != customer.ID:
		return tx.contact(ctx, id, expectedVersion)
	}
	return customer, contact, contact.at(expectedVersion)
}

// contactRow locks the row itself, against those who are about to name the contact from another relation.
func (tx *Tx) contactRow(ctx context.Context, id ID) (*Contact, error) {
	contact, err := db.Lock[*Contact](ctx, tx.Tx, "contacts", string(tx.Actor.OrganizationID), string(id))
	if err != nil {
		return nil, fmt.Errorf("lock contact %s: %w", id, err)
	}
	return contact, nil
}

// customerInUse locks a relation under which something new is to be made.
func (tx *Tx) customerInUse(ctx context.Context, id ID) (*Customer, error) {
	customer, err := tx.customer(ctx, id, nil)
	if err != nil {
		return nil, faultAt(err, "customerId")
	}
	return customer, customer.inUse()
}

// saveContact stores a changed contact as its next version, with its event.
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
	left := *contact
	tx.logSaved(&Event{Kind: kind, CustomerID: contact.CustomerID, CardID: contact.ID, CardVersion: contact.Version, Changes: changes}, &left)
}

// contactChanges are what differs between two states of a contact, with what comes with the archive.
func contactChanges(before, after *Contact) []FieldChange {
	return append(archiving(&before.CardFrame, &after.CardFrame), changesBetween(before, after)...)
}
