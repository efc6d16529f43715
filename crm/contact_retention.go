package crm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// ContactsBeyondRetention warns of a term that is over for some contacts already.
const ContactsBeyondRetention WarningCode = "CONTACTS_BEYOND_RETENTION"

// The limits of a term, in months.
const (
	leastRetention = 1
	mostRetention  = 600
)

// expiredReason is why the office itself anonymized someone, as it stands on the card.
const expiredReason = "Bewaartermijn verstreken"

// retentionTerm accepts a term.
func retentionTerm(months int) (int, *Text) {
	if months < leastRetention || months > mostRetention {
		return 0, &Text{NL: "Een termijn is 1 tot 600 maanden.", EN: "A term is 1 to 600 months."}
	}
	return months, nil
}

// outOfUse is the condition on contacts that were out of use, themselves or with their relation, before a moment, and of
// whom it is still known who they were.
func outOfUse(organization ID, moment time.Time) []db.Part {
	return []db.Part{
		ofOrganization(organization), {SQL: "t.anonymized_at IS NULL"},
		{SQL: "t.id IN (SELECT a.id FROM contacts AS a WHERE a.organization_id = ? AND a.archived_at < ? AND a.anonymized_at IS NULL" +
			" UNION ALL SELECT a.id FROM customers AS c JOIN contacts AS a ON a.organization_id = c.organization_id AND a.customer_id = c.id" +
			" WHERE c.organization_id = ? AND c.archived_at < ?)",
			Args: []any{string(organization), moment, string(organization), moment}},
	}
}

// BeyondRetention gives a page of the contacts that a term would anonymize now, those who were archived first coming
// first. It is for administrators.
func (s *Contacts) BeyondRetention(ctx context.Context, months int, window page.Args) (*page.Connection[*Contact], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.may(ManageSettings); err != nil {
		return nil, err
	}
	if _, fault := retentionTerm(months); fault != nil {
		return nil, Invalid(*fault, "months")
	}
	keys := []key[*Contact]{
		{column: "COALESCE(t.archived_at, t.updated_at)", direction: Ascending, moment: func(c *Contact) time.Time {
			if c.ArchivedAt != nil {
				return *c.ArchivedAt
			}
			return c.UpdatedAt
		}},
		{column: "t.id", direction: Ascending, text: func(c *Contact) string { return string(c.ID) }},
	}
	where := outOfUse(actor.OrganizationID, s.moment().AddDate(0, -months, 0))
	return contactList(where, keys, scope("beyondRetention", months)).page(ctx, conn, window)
}

// warnOfExpired warns that a term of the office is over for some already.
func (tx *Tx) warnOfExpired(ctx context.Context, months int) error {
	n, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "contacts", Where: outOfUse(tx.Actor.OrganizationID, tx.Now.AddDate(0, -months, 0))})
	if err != nil {
		return fmt.Errorf("count contacts beyond retention: %w", err)
	}
	if n > 0 {
		tx.warn(ContactsBeyondRetention, Textf(
			"Contactpersonen voor wie deze termijn al om is: %s. Zij worden binnen een uur geanonimiseerd, voorgoed.",
			"Contacts for whom this term is over already: %s. They are anonymized within an hour, for good.", n))
	}
	return nil
}

// expiring is an office with a term, as the round reads it.
type expiring struct {
	OrganizationID         ID
	ContactRetentionMonths int
}

// expireBatch is how many contacts of an office are looked up at once.
const expireBatch = 100

// Expire anonymizes the contacts whose office has a term that is over, each in a transaction of its own, and tells how
// many. Several nodes may do so at once: who is locked was looked at again. An office that fails does not keep the others waiting.
func (s *Contacts) Expire(ctx context.Context) (int, error) {
	offices, err := db.Rows[expiring](db.Everywhere(ctx), s.db.Read(),
		"SELECT t.organization_id, t.contact_retention_months FROM organization_settings AS t JOIN organizations AS o ON o.id = t.organization_id"+
			" WHERE t.contact_retention_months IS NOT NULL AND o.suspended_at IS NULL ORDER BY t.organization_id")
	if err != nil {
		return 0, fmt.Errorf("read terms of retention: %w", err)
	}
	all := 0
	var faults []error
	for _, office := range offices {
		n, err := s.expireOf(within(ctx, office.OrganizationID), office)
		all += n
		if err != nil {
			faults = append(faults, fmt.Errorf("expire contacts of %s: %w", office.OrganizationID, err))
		}
	}
	return all, errors.Join(faults...)
}

// expireOf goes through the contacts of an office once. Who is still counted on is passed over until the next round.
func (s *Contacts) expireOf(ctx context.Context, office expiring) (int, error) {
	actor := Actor{OrganizationID: office.OrganizationID, Role: Admin, Rights: AllRights(), Language: LanguageNL}
	before := s.moment().AddDate(0, -office.ContactRetentionMonths, 0)
	for n, last := 0, ID(""); ; {
		some, err := db.Select[*cardKey](ctx, s.db.Read(), db.Selection{Table: "contacts", Columns: "t.id", Order: "t.id", Limit: expireBatch,
			Where: append(outOfUse(office.OrganizationID, before), db.Part{SQL: "t.id > ?", Args: []any{string(last)}})})
		if err != nil {
			return n, fmt.Errorf("find contacts beyond retention: %w", err)
		}
		for _, one := range some {
			last = one.ID
			gone, err := s.expire(ctx, actor, one.ID, before)
			if err != nil {
				return n, err
			}
			if gone {
				n++
			}
		}
		if len(some) < expireBatch {
			return n, nil
		}
	}
}

// expire anonymizes a contact whose term is over, unless that changed, or the contact is counted on.
func (s *Contacts) expire(ctx context.Context, actor Actor, id ID, before time.Time) (gone bool, err error) {
	_, err = s.transact(ctx, actor, func(ctx context.Context, tx *Tx) error {
		gone = false // a transaction may be tried again
		customer, contact, err := tx.contact(ctx, id, nil)
		if err != nil {
			return err
		}
		out := func(frame *CardFrame) bool { return frame.ArchivedAt != nil && frame.ArchivedAt.Before(before) }
		if contact.AnonymizedAt != nil || !out(&contact.CardFrame) && !out(&customer.CardFrame) {
			return nil
		}
		usedBy, err := tx.usesOfContact(ctx, contact.ID)
		if err != nil || contact.mayLeave(usedBy) != nil {
			return err
		}
		gone = true
		return tx.anonymize(ctx, customer, contact, new(expiredReason))
	})
	return gone && err == nil, err
}
