package crm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// newContact adds a contact to a relation.
func newContact(o *crmtest.Office, customer crm.ID, fields crm.ContactFields) (*crm.CreateContactPayload, error) {
	return o.Contacts.Create(o.As(crmtest.Sanne), crm.CreateContactInput{CustomerID: customer, Fields: fields})
}

// updateContact changes a contact from a version on.
func updateContact(o *crmtest.Office, contact *crm.Contact, patch crm.ContactFields) (*crm.UpdateContactPayload, error) {
	return o.Contacts.Update(o.As(crmtest.Sanne), crm.UpdateContactInput{ID: contact.ID, ExpectedVersion: &contact.Version, Patch: patch})
}

func TestCreateContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie := o.Customer(crmtest.Installatie).ID
		t.Run("shows a person with first name, prefix and last name, and sorts by the last", func(t *testing.T) {
			head := o.Head()
			contact := must2(newContact(o, installatie, crm.ContactFields{Initials: crmtest.Text("I."), FirstName: crmtest.Text("Ingrid"),
				Prefix: crmtest.Text("van den"), LastName: crmtest.Text("Bergh"), Mobile: crmtest.Text("06-00012345")}))(t).Contact
			equal(t, "name", contact.Name, "Ingrid van den Bergh")
			equal(t, "sort key", contact.SortKey, "bergh van den ingrid i.")
			equal(t, "mobile", *contact.Mobile, "+31600012345")
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ContactCreatedEvent})
			equal(t, "card that shows it", events[0].CustomerID, installatie)
			equal(t, "card that changed", events[0].CardID, contact.ID)
		})
		t.Run("shows the initials of a person without a first name", func(t *testing.T) {
			contact := must2(newContact(o, installatie, crm.ContactFields{Initials: crmtest.Text("J."), LastName: crmtest.Text("Puk")}))(t).Contact
			equal(t, "name", contact.Name, "J. Puk")
		})
		t.Run("shows a desk with its functional name", func(t *testing.T) {
			contact := must2(newContact(o, installatie, crm.ContactFields{FunctionalName: crmtest.Text("Receptie")}))(t).Contact
			equal(t, "name", contact.Name, "Receptie")
			equal(t, "sort key", contact.SortKey, "receptie")
		})
		t.Run("warns when nobody can reach the contact", func(t *testing.T) {
			answer := must2(newContact(o, installatie, crm.ContactFields{LastName: crmtest.Text("Stil")}))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.NotReachable})
		})
		t.Run("warns when a related card knows the address", func(t *testing.T) {
			answer := must2(newContact(o, installatie, crm.ContactFields{LastName: crmtest.Text("Velde"), Email: crmtest.Text("M.vandervelde@vandervelde.example")}))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.EmailAtRelatedCard})
			sameList(t, "contacts", cardIDs(answer.Warnings[0].Cards), []crm.ID{o.Contact("Marijke van der Velde-Prins").ID})
		})
		t.Run("tells all faults at once, and writes nothing", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := newContact(o, installatie, crm.ContactFields{FirstName: crmtest.Text(strings.Repeat("x", 61)), Email: crmtest.Text("x@y"),
					Phone: crmtest.Text("bel maar"), Mobile: crmtest.Text("06")})
				got := each(crm.FaultsOf(err), func(e *crm.Error) string { return fmt.Sprint(e.Code, " ", strings.Join(e.Path, ".")) })
				sameList(t, "faults", got, []string{"BAD_INPUT input.fields.firstName", "BAD_INPUT input.fields.email",
					"BAD_INPUT input.fields.phone", "BAD_INPUT input.fields.mobile", "BAD_INPUT input.fields.lastName"})
			})
		})
		t.Run("refuses an address that the relation has already, whatever its case", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := newContact(o, installatie, crm.ContactFields{LastName: crmtest.Text("Jansen"), Email: crmtest.Text("E.JANSEN@vdv-installatie.example")})
				refused(t, err, crm.DuplicateEmail, "input", "fields", "email")
			})
		})
		t.Run("refuses an archived relation and one that is not there", func(t *testing.T) {
			_, err := newContact(o, o.Customer(crmtest.Vastgoed).ID, crm.ContactFields{LastName: crmtest.Text("Laat")})
			refused(t, err, crm.CardArchived)
			_, err = newContact(o, "cus_00000000000000000000000000", crm.ContactFields{LastName: crmtest.Text("Nergens")})
			refused(t, err, crm.NotFound, "input", "customerId")
		})
	})
}

func TestUpdateContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("changes the name shown with its parts, and makes the contact the last changed", func(t *testing.T) {
			o.Clock.Advance(time.Minute)
			head, before := o.Head(), o.Contact("Wouter de Wit")
			must2(updateContact(o, before, crm.ContactFields{Prefix: crmtest.Null[string](), LastName: crmtest.Text("Witte")}))(t)
			after := o.Contact("Wouter Witte")
			equal(t, "version", after.Version, before.Version+1)
			equal(t, "function", *after.Function, *before.Function)
			sameList(t, "changed fields", o.LogAfter(head)[0].ChangedFields(), []string{"prefix", "lastName"})
			recent := must2(o.Contacts.RecentOfCustomers(o.As(crmtest.Sanne), []crm.ID{after.CustomerID}))(t)
			equal(t, "first of the recent contacts", recent[0][0].ID, after.ID)
		})
		t.Run("refuses a field that a colleague changed, and passes another", func(t *testing.T) {
			seen := o.Contact("Erik Jansen")
			must2(updateContact(o, seen, crm.ContactFields{Function: crmtest.Text("Directeur")}))(t)
			_, err := updateContact(o, seen, crm.ContactFields{Function: crmtest.Text("Adviseur")})
			fault := refusal(t, err, crm.Conflict, "input", "patch")
			sameConflict(t, o, fault, crmtest.Sanne, crm.FieldConflict{Field: "function", Base: "Projectdirecteur", Theirs: "Directeur", Mine: "Adviseur"})
			must2(updateContact(o, seen, crm.ContactFields{Department: crmtest.Text("Projecten")}))(t)
		})
		t.Run("compares with the old values where they are stated", func(t *testing.T) {
			contact := o.Contact("Erik Jansen")
			_, err := o.Contacts.Update(o.As(crmtest.Sanne), crm.UpdateContactInput{ID: contact.ID,
				Base: &crm.ContactFields{Function: crmtest.Text("Projectdirecteur")}, Patch: crm.ContactFields{Function: crmtest.Text("Adviseur")}})
			refused(t, err, crm.Conflict)
		})
		t.Run("makes no new version of a patch that changes nothing", func(t *testing.T) {
			contact := o.Contact("Naima Bouzid")
			o.Signals()
			changesNothing(t, o, func() { must2(updateContact(o, contact, crm.ContactFields{LastName: crmtest.Text(" Bouzid ")}))(t) })
		})
		t.Run("refuses an address that a colleague of the contact has", func(t *testing.T) {
			_, err := updateContact(o, o.Contact("Naima Bouzid"), crm.ContactFields{Email: crmtest.Text("e.jansen@vdv-installatie.example")})
			refused(t, err, crm.DuplicateEmail, "input", "patch", "email")
		})
		t.Run("refuses to take away the only name", func(t *testing.T) {
			_, err := updateContact(o, o.Contact("Naima Bouzid"), crm.ContactFields{LastName: crmtest.Null[string]()})
			refused(t, err, crm.BadInput, "input", "patch", "lastName")
		})
		t.Run("refuses an archived contact, and one of an archived relation", func(t *testing.T) {
			for _, name := range []string{"Piet Nijhuis", "Gerard Lammers"} {
				_, err := updateContact(o, o.Contact(name), crm.ContactFields{Function: crmtest.Text("Oud")})
				refused(t, err, crm.CardArchived)
			}
		})
	})
}

func TestArchiveContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		archive := func(name string) (*crm.ArchiveContactPayload, error) {
			return o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: o.Contact(name).ID, Reason: new("Uit dienst")})
		}
		t.Run("refuses while open requests or running projects name the contact", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := archive("Erik Jansen")
				fault := refusal(t, err, crm.ContactInUse, "input", "id")
				sameList(t, "cards", cardIDs(fault.Cards), []crm.ID{
					o.Engagement("A-2026-0040").ID, o.Engagement("P-2026-0012").ID, o.Engagement("P-2026-0031").ID})
			})
		})
		t.Run("takes one out of daily use who is named in leads and past projects only", func(t *testing.T) {
			head, before := o.Head(), o.Contact("Naima Bouzid")
			must2(archive("Naima Bouzid"))(t)
			after := o.Contact("Naima Bouzid")
			equal(t, "reason", *after.ArchivedReason, "Uit dienst")
			equal(t, "version", after.Version, before.Version+1)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ContactArchivedEvent})
			must2(archive("Wouter de Wit"))(t)
		})
		t.Run("refuses a contact that is archived already, and one of an archived relation", func(t *testing.T) {
			_, err := archive("Piet Nijhuis")
			refused(t, err, crm.AlreadyArchived, "input", "id")
			_, err = archive("Gerard Lammers")
			refused(t, err, crm.CardArchived)
		})
		t.Run("refuses another version than the one seen", func(t *testing.T) {
			contact := o.Contact("Klaas Brouwer")
			_, err := o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: contact.ID, ExpectedVersion: new(contact.Version - 1)})
			refused(t, err, crm.Conflict, "input", "expectedVersion")
		})
	})
}
