package crm_test

import (
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func TestContactRetention(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, neighbour := o.As(crmtest.Peter), o.Neighbour()
		expire := func() int {
			t.Helper()
			return must2(o.Contacts.Expire(t.Context()))(t)
		}
		set := func(months *int) []crm.WarningCode {
			t.Helper()
			version := must2(o.Settings.OfActor(peter))(t).Version
			return warningCodes(must2(o.Settings.Update(peter, crm.UpdateOrganizationSettingsInput{ExpectedVersion: &version,
				Patch: crm.OrganizationSettingsFields{ContactRetentionMonths: optional(months)}}))(t).Warnings)
		}
		names := func(months int) []string {
			t.Helper()
			found := must2(o.Contacts.BeyondRetention(peter, months, page.Args{}))(t)
			return each(found.Nodes, func(c *crm.Contact) string { return c.Name })
		}
		write(t, o, "UPDATE contacts SET archived_at = ? WHERE id = ?", o.Clock.Now().AddDate(-9, 0, 0), neighbour.Contact)
		must2(o.Contacts.Archive(o.As(crmtest.Joris), crm.ArchiveContactInput{ID: o.Contact("Lisa Wolters").ID}))(t)
		long := names(12)
		if len(long) == 0 || len(names(600)) > 0 {
			t.Fatalf("out of use for a year: %v; for fifty: %v", long, names(600))
		}
		o.Signals()
		changesNothing(t, o, func() { equal(t, "without a term", expire(), 0) })

		t.Run("is an administrator's to say", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Contacts.BeyondRetention(o.As(crmtest.Sanne), 24, page.Args{})
				refused(t, err, crm.Forbidden)
				_, err = o.Contacts.BeyondRetention(peter, 0, page.Args{})
				refused(t, err, crm.BadInput, "months")
				version := must2(o.Settings.OfActor(peter))(t).Version
				_, err = o.Settings.Update(peter, crm.UpdateOrganizationSettingsInput{ExpectedVersion: &version,
					Patch: crm.OrganizationSettingsFields{ContactRetentionMonths: crmtest.Given(601)}})
				refused(t, err, crm.BadInput, "input", "patch", "contactRetentionMonths")
			})
		})
		sameList(t, "warnings of a term that is over for nobody", set(new(600)), nil)
		sameList(t, "warnings", set(new(12)), []crm.WarningCode{crm.ContactsBeyondRetention})
		sameList(t, "warnings of a longer term", set(new(13)), nil)
		sameList(t, "warnings of the term again", set(new(12)), []crm.WarningCode{crm.ContactsBeyondRetention})
		head := o.Head()
		equal(t, "anonymized", expire(), len(long))
		log := o.LogAfter(head)
		equal(t, "events", strings.Count(strings.Join(each(log, func(e *crm.Event) string { return string(e.Kind) }), " "), string(crm.ContactAnonymizedEvent)), len(long))
		for _, event := range log {
			equal(t, "actor", event.ActorID, nil)
		}
		equal(t, "left", len(names(12)), 0)
		erased := must2(o.Contacts.ByIDs(peter, []crm.ID{log[len(log)-1].CardID}))(t)[0]
		equal(t, "name", erased.Name, "Geanonimiseerd")
		equal(t, "when", erased.AnonymizedAt.UTC(), o.Clock.Now())
		equal(t, "who was archived today", o.Contact("Lisa Wolters").AnonymizedAt, nil)
		o.Signals()
		changesNothing(t, o, func() { equal(t, "anonymized again", expire(), 0) })

		o.Clock.Advance(13 * 31 * 24 * time.Hour)
		equal(t, "later", expire(), 2)
		if found := must2(o.Contacts.ByIDs(neighbour.Context(), []crm.ID{neighbour.Contact}))(t)[0]; found.AnonymizedAt != nil {
			t.Error("a contact of an office without a term is anonymized")
		}
		equal(t, "no term", len(set(nil)), 0)
	})
}

// TestRetentionSparesWhoIsCountedOn leaves a contact of an archived relation alone as long as an invoice is for it.
func TestRetentionSparesWhoIsCountedOn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		card := prospect(t, o, "Oud B.V.")
		contact := must2(o.Contacts.Create(o.As(crmtest.Sanne), crm.CreateContactInput{CustomerID: card.ID, Fields: crm.ContactFields{LastName: crmtest.Text("Blijver")}}))(t).Contact.ID
		must2(o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: card.ID, Title: "x", ContactID: contact, Openings: 1}))(t)
		write(t, o, "UPDATE customers SET archived_at = ? WHERE id = ?", o.Clock.Now().AddDate(-5, 0, 0), card.ID)
		must2(o.Settings.Update(o.As(crmtest.Peter), crm.UpdateOrganizationSettingsInput{ExpectedVersion: new(1),
			Patch: crm.OrganizationSettingsFields{ContactRetentionMonths: crmtest.Given(1)}}))(t)
		must2(o.Contacts.Expire(t.Context()))(t)
		equal(t, "anonymized", o.Contact("Blijver").AnonymizedAt, nil)
	})
}
