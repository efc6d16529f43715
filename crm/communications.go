package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// Communications are everything said, sent or planned with or about the relations.
type Communications struct{ *core }

// insertMessage stores a communication with its contacts. The card's version rises; that it was changed
// does not show, for its own data was not.
func (tx *Tx) insertMessage(ctx context.Context, m *Message, contacts []ID) error {
	m.Version = 1
	if _, err := tx.NewInsert().Model(m).Exec(ctx); err != nil {
		return fmt.Errorf("insert communication: %w", err)
	}
	if err := tx.linkContacts(ctx, m, contacts); err != nil {
		return err
	}
	return tx.logMessageOf(ctx, CommunicationAddedEvent, m, contacts, nil)
}

// linkContacts names the contacts of a communication, in their order.
func (tx *Tx) linkContacts(ctx context.Context, m *Message, contacts []ID) error {
	if len(contacts) == 0 {
		return nil
	}
	links := make([]communicationContact, len(contacts))
	for i, contact := range contacts {
		links[i] = communicationContact{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Ordinal: i, ContactID: contact, At: m.At}
	}
	if _, err := tx.NewInsert().Model(&links).Exec(ctx); err != nil {
		return fmt.Errorf("link communication: %w", err)
	}
	return nil
}

// relinkContacts names the contacts anew, after they or the moment changed.
func (tx *Tx) relinkContacts(ctx context.Context, m *Message, contacts []ID) error {
	if err := tx.unlinkContacts(ctx, m); err != nil {
		return err
	}
	return tx.linkContacts(ctx, m, contacts)
}

// unlinkContacts takes a communication off the timelines of its contacts, who are told.
func (tx *Tx) unlinkContacts(ctx context.Context, m *Message) error {
	_, err := tx.NewDelete().Model((*communicationContact)(nil)).
		Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).Returning("contact_id").Exec(ctx, &m.formerContacts)
	if err != nil {
		return fmt.Errorf("unlink communication: %w", err)
	}
	return nil
}

// contactIDsOf are the contacts that a communication names, in their order.
func (tx *Tx) contactIDsOf(ctx context.Context, m *Message) ([]ID, error) {
	ids := []ID{}
	err := tx.NewSelect().Model((*communicationContact)(nil)).Column("contact_id").
		Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).OrderExpr("ordinal").Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("contacts of %s: %w", m.ID, err)
	}
	return ids, nil
}

// logMessage raises the version of the card and notes what happened to a communication on it.
func (tx *Tx) logMessage(ctx context.Context, kind EventKind, m *Message, changes []FieldChange) error {
	contacts, err := tx.contactIDsOf(ctx, m)
	if err != nil {
		return err
	}
	return tx.logMessageOf(ctx, kind, m, contacts, changes)
}

// logMessageOf does so of a communication with the given contacts.
func (tx *Tx) logMessageOf(ctx context.Context, kind EventKind, m *Message, contacts []ID, changes []FieldChange) error {
	version, err := tx.raiseVersion(ctx, "customers", m.CustomerID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: m.CustomerID, CardID: m.CustomerID, CardVersion: version, ShownOn: m.shownOn(contacts, changes), SubjectID: &m.ID, Changes: changes})
	return nil
}

// shownOn are the cards beside the relation's that have the communication on their timelines, or had it before
// the changes.
func (m *Message) shownOn(contacts []ID, changes []FieldChange) []ID {
	cards := slices.Concat(contacts, m.formerContacts)
	if m.EngagementID != nil {
		cards = append(cards, *m.EngagementID)
	}
	for _, change := range changes {
		if before, ok := change.From.(string); ok && change.Field == "engagementId" {
			cards = append(cards, ID(before))
		}
	}
	return distinct(cards)
}

// message locks a communication for a change, and first the relation it belongs to.
func (tx *Tx) message(ctx context.Context, id ID) (*Customer, *Message, error) {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "communications", []ID{id}, (*Message).NodeID)
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
	locked, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "communications", []ID{id}, (*Message).NodeID)
	if err != nil {
		return nil, nil, err
	}
	return customer, locked[0], nil
}

// saveMessage stores the columns of a communication that changed, each by its name, with who changed it.
func (tx *Tx) saveMessage(ctx context.Context, m *Message, columns ...string) error {
	now := tx.Now
	m.Version++
	m.UpdatedAt, m.UpdatedByID = &now, actorID(tx.Actor)
	m.SearchText = m.searchText()
	_, err := tx.NewUpdate().Model(m).Column(append(columns, "version", "updated_at", "updated_by", "search_text")...).
		Where("organization_id = ? AND id = ?", m.OrganizationID, m.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save communication %s: %w", m.ID, err)
	}
	return nil
}

// raiseVersion makes the next version of a card of which something changed that hangs on it.
func (tx *Tx) raiseVersion(ctx context.Context, table string, id ID) (int, error) {
	return tx.raise(ctx, tx.NewUpdate().Table(table), id)
}

// raise raises the version of a card beside what the update sets.
func (tx *Tx) raise(ctx context.Context, update *bun.UpdateQuery, id ID) (int, error) {
	version := 0
	_, err := update.Set("version = version + 1").
		Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id).Returning("version").Exec(ctx, &version)
	if err != nil {
		return 0, fmt.Errorf("raise version of %s: %w", id, err)
	}
	return version, nil
}

// ByIDs finds many communications, in the order of the ids; nil where there is none for the actor.
func (s *Communications) ByIDs(ctx context.Context, ids []ID) ([]Communication, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := byIDs(ctx, conn, actor.OrganizationID, "communications", ids, (*Message).NodeID)
	if err != nil {
		return nil, err
	}
	found := make([]Communication, len(rows))
	for i, row := range rows {
		if row != nil {
			found[i] = row.communication()
		}
	}
	return found, nil
}

// Amount is one of an invoice, for those with the finance right; null for others.
func (s *Communications) Amount(ctx context.Context, cents *Decimal) (*Money, error) {
	actor, err := ActorFrom(ctx)
	if err != nil || !actor.Rights.Has(ViewFinance) {
		return nil, err
	}
	return euros(cents), nil
}

// InvoicedOn is the day of an invoice.
func (s *Communications) InvoicedOn(invoice *Invoice) Date { return s.day(invoice.At) }

// IsOverdue tells whether an invoice should have been paid before today.
func (s *Communications) IsOverdue(invoice *Invoice) bool { return invoice.overdue(s.day(s.moment())) }
