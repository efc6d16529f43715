package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// anonymous stands where a person was.
const anonymous = "Geanonimiseerd"

// AnonymizeContactInput says whom to erase, and why.
type AnonymizeContactInput struct {
	ID              ID
	ExpectedVersion *int
	Reason          string
}

// AnonymizeContactPayload is the answer to Anonymize.
type AnonymizeContactPayload struct {
	Outcome
	Contact *Contact
}

// Anonymize erases who a contact was, for good: on the card, in search, in the log and on what was sent. That
// there was someone, and who changed something when, stays. It is allowed on archived cards too.
func (s *Contacts) Anonymize(ctx context.Context, input AnonymizeContactInput) (*AnonymizeContactPayload, error) {
	return write(ctx, s.core, AnonymizePeople, func(ctx context.Context, tx *Tx) (*AnonymizeContactPayload, error) {
		fields := patchingAt("input")
		reason := fields.needed("reason", input.Reason, upTo(500))
		if err := fields.err(); err != nil {
			return nil, err
		}
		customer, contact, err := tx.contact(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if contact.AnonymizedAt != nil {
			return nil, contactAnonymized("input", "id")
		}
		usedBy, err := tx.usesOfContact(ctx, contact.ID)
		if err != nil {
			return nil, err
		}
		if err := contact.mayLeave(usedBy); err != nil {
			return nil, err
		}
		return &AnonymizeContactPayload{Contact: contact}, tx.anonymize(ctx, customer, contact, &reason)
	})
}

// anonymize erases the person everywhere; what hangs on the card first, for its events precede the card's own.
func (tx *Tx) anonymize(ctx context.Context, customer *Customer, contact *Contact, reason *string) error {
	traces, err := tracesOf(ctx, tx.Conn, contact)
	if err != nil {
		return err
	}
	if err := tx.forgetPins(ctx, contact); err != nil {
		return err
	}
	if err := tx.forgetInLog(ctx, traces.history); err != nil {
		return err
	}
	if err := tx.forgetTraces(ctx, traces); err != nil {
		return err
	}
	if err := tx.forgetBeside(ctx, contact); err != nil {
		return err
	}
	if err := tx.forgetProcesses(ctx, contact); err != nil {
		return err
	}
	before := *contact
	contact.forget(tx, reason)
	changes := differing([]FieldChange{{Field: "archivedAt", From: before.ArchivedAt, To: contact.ArchivedAt}})
	for _, change := range changesBetween(&before, contact) {
		changes = append(changes, FieldChange{Field: change.Field}) // that it changed, not what it was
	}
	contact.Version, err = tx.versionOf(ctx, contact.ID)
	if err != nil {
		return err
	}
	return tx.saveContact(ctx, customer, contact, ContactAnonymizedEvent, changes)
}

// forget leaves of a contact what tells of nobody.
func (c *Contact) forget(tx *Tx, reason *string) {
	at, name := tx.Now, anonymous
	*c = Contact{CardFrame: c.CardFrame, CustomerID: c.CustomerID, FunctionalName: &name, AnonymizedAt: &at,
		Gender: unknownGender, NameUse: OwnName, SalutationStyle: FormalSalutation, Language: LanguageNL, MailingOptOut: true}
	archived := c.ArchivedAt
	c.archive(tx, reason)
	if archived != nil {
		c.ArchivedAt = archived
	}
	c.derive()
}

// versionOf is the version that a contact has now, behind what its verb raised it to meanwhile.
func (tx *Tx) versionOf(ctx context.Context, contact ID) (int, error) {
	version := 0
	err := tx.NewSelect().Table("contacts").Column("version").
		Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, contact).Scan(ctx, &version)
	return version, err
}

// forgetPins takes what is pinned on the contact's card off, and erases what it said.
func (tx *Tx) forgetPins(ctx context.Context, contact *Contact) error {
	pinned, err := db.Rows[*Attention](ctx, tx.Conn,
		"SELECT "+db.Columns[*Attention](ctx, tx.Conn)+" FROM attentions AS t WHERE t.organization_id = ? AND t.card_id = ? ORDER BY t.id",
		string(contact.OrganizationID), string(contact.ID))
	if err != nil {
		return fmt.Errorf("attentions of %s: %w", contact.ID, err)
	}
	for _, attention := range pinned {
		standing := attention.RemovedAt == nil
		attention.Text = anonymous
		if standing {
			now := tx.Now
			attention.RemovedAt, attention.RemovedByID = &now, actorID(tx.Actor)
		}
		_, err := tx.NewUpdate().Model(attention).Column("text", "removed_at", "removed_by").
			Where("organization_id = ? AND id = ?", attention.OrganizationID, attention.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("erase attention: %w", err)
		}
		if standing {
			if err := tx.logOfAddressed(ctx, AttentionRemovedEvent, attention, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetBeside erases what other tables keep of the person: functions, notes on the checklist, and how letters
// addressed them.
func (tx *Tx) forgetBeside(ctx context.Context, contact *Contact) error {
	_, err := tx.NewDelete().Table("contact_functions").
		Where("organization_id = ? AND contact_id = ?", contact.OrganizationID, contact.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("erase functions: %w", err)
	}
	_, err = tx.NewUpdate().Table("checklist_entries").Set("note = NULL").Set("note_by = NULL").Set("note_at = NULL").
		Where("organization_id = ? AND card_id = ?", contact.OrganizationID, contact.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("erase notes of the checklist: %w", err)
	}
	_, err = tx.NewUpdate().Table("documents").Set("address_lines = '[]'").Set("salutation = ''").
		Where("organization_id = ? AND addressee_id = ?", contact.OrganizationID, contact.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("erase the addressee of letters: %w", err)
	}
	return nil
}

// tellsOfNobody are the fields of which the log keeps the values.
func tellsOfNobody(field string) bool {
	return slices.Contains([]string{"customerId", "archivedAt", "isPrimary", "isInvoiceContact", "mailingOptOut"}, field)
}

// Anonymous is the event without what it tells of a person: that a field changed stays, its values go.
func (e *Event) Anonymous() *Event {
	without := *e
	without.Whole = nil
	without.Changes = make([]FieldChange, len(e.Changes))
	for i, change := range e.Changes {
		without.Changes[i] = FieldChange{Field: change.Field}
		if tellsOfNobody(change.Field) {
			without.Changes[i] = change
		}
	}
	return &without
}

// forgetInLog rewrites what the log tells of the contact.
func (tx *Tx) forgetInLog(ctx context.Context, history []*Event) error {
	for _, event := range history {
		if len(event.Changes) == 0 {
			continue
		}
		if err := tx.rewrite(ctx, event.Anonymous()); err != nil {
			return err
		}
	}
	return nil
}
