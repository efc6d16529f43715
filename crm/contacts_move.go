package crm

import (
	"context"
	"errors"
	"fmt"
)

// MoveContactInput says where a contact goes on to work, and what goes along.
type MoveContactInput struct {
	ID              ID
	ToCustomerID    ID
	ExpectedVersion *int
	KeepEmail       bool
	KeepPhone       bool
	Fields          *ContactFields
}

// MoveContactPayload is the answer to Move.
type MoveContactPayload struct {
	Outcome
	Contact *Contact
}

// Move has a person go on at another relation. What was said, and what happened, stays where it was: only
// the contact's own card goes along, and what is pinned on it. Functions end there, and what belonged to the
// desk is cleared unless it is kept: the address, the phone, being the first or the invoices' contact.
func (s *Contacts) Move(ctx context.Context, input MoveContactInput) (*MoveContactPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*MoveContactPayload, error) {
		from, to, contact, err := tx.movable(ctx, input)
		if err != nil {
			return nil, err
		}
		before := *contact
		contact.leave(input)
		contact.CustomerID = to.ID
		left, fields := *contact, patchingAt("input", "fields")
		if input.Fields != nil {
			input.Fields.apply(contact, fields)
		}
		left.CustomerID = from.ID // to be warned of namesakes at the new relation
		if err := tx.checkContact(ctx, to, &left, contact, fields); err != nil {
			return nil, err
		}
		if err := tx.endFunctions(ctx, contact); err != nil {
			return nil, err
		}
		if err := tx.keepFunction(ctx, &left, contact); err != nil {
			return nil, err
		}
		if err := tx.movePins(ctx, contact); err != nil {
			return nil, err
		}
		return &MoveContactPayload{Contact: contact}, tx.saveMoved(ctx, to, &before, contact)
	})
}

// movable locks a contact and the relations on both sides, all in daily use, when nothing holds the contact.
func (tx *Tx) movable(ctx context.Context, input MoveContactInput) (from, to *Customer, contact *Contact, err error) {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{input.ID}, (*Contact).NodeID)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case found[0] == nil:
		return nil, nil, nil, notFound("input", "id")
	}
	if err := tx.sees(ctx, input.ID, "input", "id"); err != nil {
		return nil, nil, nil, err
	}
	if found[0].CustomerID == input.ToCustomerID {
		return nil, nil, nil, Invalid(Text{NL: "De contactpersoon werkt hier al.", EN: "The contact works here already."}, "input", "toCustomerId")
	}
	sides, err := tx.lockBoth(ctx, found[0].CustomerID, input.ToCustomerID)
	if err != nil {
		return nil, nil, nil, err
	}
	from, to = sides[0], sides[1]
	switch {
	case from == nil: // it has just ceased to be the actor's
		return nil, nil, nil, notFound("input", "id")
	case to == nil:
		return nil, nil, nil, notFound("input", "toCustomerId")
	}
	if contact, err = tx.contactRow(ctx, input.ID); err != nil {
		return nil, nil, nil, err
	}
	if contact.CustomerID != from.ID {
		return tx.movable(ctx, input) // a colleague was quicker
	}
	return from, to, contact, tx.mayMove(ctx, from, to, contact, input.ExpectedVersion)
}

func (tx *Tx) mayMove(ctx context.Context, from, to *Customer, contact *Contact, expectedVersion *int) error {
	if err := errors.Join(contact.at(expectedVersion), from.inUse(), contact.inUse()); err != nil {
		return err
	}
	if err := to.inUse(); err != nil {
		return faultAt(err, "toCustomerId")
	}
	usedBy, err := tx.usesOfContact(ctx, contact.ID)
	if err != nil {
		return err
	}
	if err := contact.mayLeave(usedBy); err != nil {
		return err
	}
	leads, err := tx.engagementsOfContact(ctx, contact.ID, "t.phase = 'LEAD' AND t.status = 'OPEN'")
	if err != nil {
		return err
	}
	tx.warnAbout(LeadsKeepContact, leads, Text{
		NL: "Open leads blijven deze contactpersoon noemen.",
		EN: "Open leads go on naming this contact."})
	return nil
}

// leave clears what belonged to the desk.
func (c *Contact) leave(input MoveContactInput) {
	if !input.KeepEmail {
		c.Email = nil
	}
	if !input.KeepPhone {
		c.Phone = nil
	}
	c.Function, c.Department = nil, nil
	c.IsPrimary, c.IsInvoiceContact = false, false
	c.derive()
}

// endFunctions ends what the contact does at the relation, today.
func (tx *Tx) endFunctions(ctx context.Context, contact *Contact) error {
	all, err := functionsOf(ctx, tx.Conn, contact.OrganizationID, []ID{contact.ID}, tx.Today)
	if err != nil {
		return err
	}
	for _, function := range all {
		if function.EndOn != nil {
			continue
		}
		if !function.IsCurrent() { // it will never begin
			if _, err := tx.NewDelete().Model(function).WherePK().Exec(ctx); err != nil {
				return fmt.Errorf("remove function: %w", err)
			}
			continue
		}
		today := tx.Today
		function.EndOn, function.IsPrimary = &today, false
		if err := tx.storeFunction(ctx, function); err != nil {
			return err
		}
	}
	return nil
}

// movePins has what hangs on the contact's card go along with it: attentions, and processes with their steps.
// Whatever else names both the contact and the relation tells what was, and stays.
func (tx *Tx) movePins(ctx context.Context, contact *Contact) error {
	for _, pins := range []struct{ table, where string }{
		{"attentions", "card_id = ?"},
		{"processes", "card_id = ?"},
		{"process_steps", "process_id IN (SELECT p.id FROM processes AS p WHERE p.organization_id = process_steps.organization_id AND p.card_id = ?)"},
	} {
		_, err := tx.NewUpdate().Table(pins.table).Set("customer_id = ?", contact.CustomerID).
			Where("organization_id = ?", contact.OrganizationID).Where(pins.where, contact.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("move %s of %s: %w", pins.table, contact.ID, err)
		}
	}
	return nil
}

// saveMoved stores a contact that moved, with an event on either side: the relation that is left is told
// where to, the new one with what.
func (tx *Tx) saveMoved(ctx context.Context, to *Customer, before, contact *Contact) error {
	contact.touch(tx)
	left := *contact
	left.CustomerID = before.CustomerID
	tx.logContact(ContactMovedEvent, &left, differing([]FieldChange{{Field: "customerId", From: before.CustomerID, To: contact.CustomerID}}))
	err := tx.saveContact(ctx, to, contact, ContactMovedEvent, changesBetween(before, contact))
	if fault := new(Error); errors.As(err, &fault) && fault.Code == DuplicateEmail {
		fault.Path = []string{"input", "fields", "email"}
	}
	return err
}
