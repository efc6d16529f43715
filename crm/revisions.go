package crm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"klantkaart/db"
	"klantkaart/page"
)

// Revisions are the versions of cards that one can go back to.
type Revisions struct{ *core }

// OfCards gives for each card a page of its revisions, newest first.
func (s *Revisions) OfCards(ctx context.Context, cards []ID, window page.Args) ([]*page.Connection[*Revision], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	list := listing[*Event, *Revision]{
		table: "events", where: []db.Part{ofOrganization(actor.OrganizationID), {SQL: ofCard}}, scope: scope("revisions"),
		node: func(e *Event) *Revision { return &Revision{e} }, row: func(r *Revision) *Event { return r.Event },
		parent: "card_id", parentOf: func(e *Event) ID { return e.CardID },
		keys: []key[*Event]{{column: "t.position", direction: Descending, number: func(e *Event) int64 { return e.Number }}},
	}
	return list.pages(db.WithFields(ctx, db.Fields{}), conn, cards, window)
}

// UndoCustomerChangesInput says which changes of a relation to take back.
type UndoCustomerChangesInput struct {
	ID              ID
	ToVersion       int
	ExpectedVersion int
}

// UndoCustomerChangesPayload is the answer to UndoCustomer.
type UndoCustomerChangesPayload struct {
	Outcome
	Customer *Customer
}

// UndoCustomer gives a relation's own fields the values that they had at an earlier version, as a new one. The
// stage, the archive and what hangs on the card stay as they are.
func (s *Revisions) UndoCustomer(ctx context.Context, input UndoCustomerChangesInput) (*UndoCustomerChangesPayload, error) {
	return write(ctx, s.core, EditCards, func(ctx context.Context, tx *Tx) (*UndoCustomerChangesPayload, error) {
		customer, err := tx.customer(ctx, input.ID, nil)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		before := *customer
		owner := &invoicingOwner{id: customer.ID, level: CustomerLevel, customer: &customer.ID, relation: customer, version: customer.Version}
		undone, err := undo(ctx, tx, &before.CardFrame, customer, undoInput{to: input.ToVersion, from: input.ExpectedVersion}, owner)
		if err != nil || undone.isEmpty() {
			return &UndoCustomerChangesPayload{Customer: customer}, err
		}
		fields, err := tx.listedAgain(ctx, customer.listed(&before))
		if err != nil {
			return nil, err
		}
		if err := tx.tolerate(tx.checkCustomer(ctx, &before, customer, fields)); err != nil {
			return nil, err
		}
		if err := tx.takeBackInvoicing(ctx, owner, undone.invoicing); err != nil {
			return nil, err
		}
		return &UndoCustomerChangesPayload{Customer: customer},
			tx.saveCustomer(ctx, &before, customer, ChangesUndoneEvent, undone.invoicing.changes...)
	})
}

// UndoContactChangesInput says which changes of a contact to take back.
type UndoContactChangesInput struct {
	ID              ID
	ToVersion       int
	ExpectedVersion int
}

// UndoContactChangesPayload is the answer to UndoContact.
type UndoContactChangesPayload struct {
	Outcome
	Contact *Contact
}

// UndoContact does for a contact what UndoCustomer does for a relation.
func (s *Revisions) UndoContact(ctx context.Context, input UndoContactChangesInput) (*UndoContactChangesPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*UndoContactChangesPayload, error) {
		customer, contact, err := tx.contact(ctx, input.ID, nil)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(customer.inUse(), contact.inUse()); err != nil {
			return nil, err
		}
		before := *contact
		undone, err := undo(ctx, tx, &before.CardFrame, contact, undoInput{to: input.ToVersion, from: input.ExpectedVersion}, nil)
		if err != nil || undone.isEmpty() {
			return &UndoContactChangesPayload{Contact: contact}, err
		}
		if err := tx.tolerate(tx.checkContact(ctx, customer, &before, contact, patchingAt("input"))); err != nil {
			return nil, err
		}
		if err := tx.takeBackFunction(ctx, &before, contact, input.ToVersion); err != nil {
			return nil, err
		}
		return &UndoContactChangesPayload{Contact: contact},
			faultAt(tx.saveContact(ctx, customer, contact, ChangesUndoneEvent, undone.changes), "toVersion")
	})
}

// undone is what an undo changes: fields of the card's own, and how it is invoiced.
type undone struct {
	changes   []FieldChange
	invoicing *restatement
}

func (u *undone) isEmpty() bool { return len(u.changes) == 0 && len(u.invoicing.changes) == 0 }

// undo takes a card back to how it was at a version, as far as what was saved goes, and gives what changes by
// that. What colleagues changed behind the version that the user saw is not taken back; where both would touch
// a field it is a conflict, as in an update. owner is whose invoices the card says something about; nil for none.
func undo[C any, P interface {
	*C
	derive()
}](ctx context.Context, tx *Tx, before *CardFrame, card P, input undoInput, owner *invoicingOwner) (*undone, error) {
	found := &undone{invoicing: &restatement{}}
	if err := input.check(before.Version); err != nil {
		return nil, err
	}
	if input.to >= input.from {
		return found, nil
	}
	past, since, err := tx.changesOf(ctx, before.ID, input)
	if err != nil {
		return nil, err
	}
	current := *card
	values, err := tx.earlier(ctx, past)
	if err != nil {
		return nil, err
	}
	if err := goBack((*C)(card), values); err != nil {
		return nil, err
	}
	card.derive()
	if owner != nil {
		if found.invoicing, err = tx.earlierInvoicing(ctx, owner, values); err != nil {
			return nil, err
		}
	}
	found.changes = changesBetween(&current, (*C)(card))
	wanted := slices.Concat(found.changes, found.invoicing.changes)
	seen := basis{version: &input.from, stale: countedOn(since, wanted)}
	return found, faultAt(tx.checkBasis(ctx, before, seen, wanted), "expectedVersion")
}

// earlier gives the value that each field had before it was first saved, where it can have that again, and tells of
// those that cannot.
func (tx *Tx) earlier(ctx context.Context, past []pastChanges) (map[string]any, error) {
	values, unknown := earlier(past)
	if len(unknown) > 0 {
		list := strings.Join(unknown, ", ")
		tx.warn(NotRestored, Text{
			NL: "De oude tekst is niet meer volledig bekend: " + list + ". Het veld blijft zoals het is.",
			EN: "The old text is not known whole any more: " + list + ". The field stays as it is."})
	}
	chosen := chosenFrom(values)
	found, err := rowsByID(ctx, tx.Conn, tx.Actor.OrganizationID, "lookup_values", slices.Concat(slices.Collect(maps.Values(chosen))...), (*LookupValue).NodeID)
	if err != nil {
		return nil, err
	}
	gone, fewer := leaveOut(values, chosen, func(id ID) bool { return found[id] == nil })
	if len(fewer) > 0 {
		list := strings.Join(fewer, ", ")
		tx.warn(NotRestored, Text{
			NL: "Niet elke oude waarde bestaat nog: " + list + ". Wat er niet meer is, komt niet terug.",
			EN: "Not every old value is still there: " + list + ". What is gone does not come back."})
	}
	if len(gone) > 0 {
		list := strings.Join(gone, ", ")
		tx.warn(NotRestored, Text{
			NL: "De oude waarde bestaat niet meer: " + list + ". Het veld blijft zoals het is.",
			EN: "The old value is no longer there: " + list + ". The field stays as it is."})
	}
	return values, nil
}

// changesOf reads how a card got from one version to another, and what came behind that. When the log no longer
// tells all of it, nobody knows the way back.
func (tx *Tx) changesOf(ctx context.Context, card ID, between undoInput) (past, since []pastChanges, err error) {
	all, err := db.Rows[pastChanges](ctx, tx.Conn,
		"SELECT t.kind, t.card_version, t.subject_id, t.whole IS NOT NULL AS is_whole, COALESCE(t.whole, t.changes) AS changes FROM events AS t"+
			" WHERE t.organization_id = ? AND t.card_id = ? AND t.card_version > ? ORDER BY t.position",
		string(tx.Actor.OrganizationID), string(card), between.to)
	if err != nil {
		return nil, nil, fmt.Errorf("changes of %s: %w", card, err)
	}
	steps := 0
	for _, event := range all {
		isPast := event.CardVersion <= between.from
		if isPast {
			steps++
		}
		switch {
		case event.SubjectID != nil: // of what hangs on the card
		case isPast:
			past = append(past, event)
		default:
			since = append(since, event)
		}
	}
	if steps < between.from-between.to {
		return nil, nil, &Error{Code: NotFound, Path: []string{"input", "toVersion"}, Text: Text{
			NL: "De geschiedenis van de kaart reikt niet meer tot deze versie.",
			EN: "The history of the card no longer reaches back to this version."}}
	}
	return past, since, nil
}

// tolerate lets a card keep what came back although it can no longer be chosen, and tells so. All other faults
// stay faults, of the version that brings them back.
func (tx *Tx) tolerate(err error) error {
	faults := FaultsOf(err)
	if faults == nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(faults), func(fault *Error) bool {
		if fault.Code == LookupInactive {
			tx.warn(ValueOutOfUse, fault.Text)
		}
		return fault.Code == LookupInactive
	})
	if len(rest) == 0 {
		return nil
	}
	return atVersion(rest)
}

// atVersion lays the faults of what came back at the version that brings it: an undo has no other fields.
func atVersion(err error) error {
	for _, fault := range FaultsOf(err) {
		fault.Path = []string{"input", "toVersion"}
	}
	return err
}

// CardVersion is the version that a card has now; nil where there is none for the actor.
func (s *Revisions) CardVersion(ctx context.Context, card ID) (*int, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	table := tableOf(card)
	if table == "" {
		return nil, nil
	}
	found, err := db.Rows[struct{ Version int }](ctx, conn,
		"SELECT t.version FROM "+table+" AS t WHERE t.organization_id = ? AND t.id = ?", string(actor.OrganizationID), string(card))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0].Version, nil
}
