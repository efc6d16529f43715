package crm_test

import (
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// marker stands in everything that tells of a person in these tests.
const marker = "Qxzvk"

// anonymize erases who a contact was.
func anonymize(o *crmtest.Office, contact crm.ID) (*crm.AnonymizeContactPayload, error) {
	return o.Contacts.Anonymize(o.As(crmtest.Peter), crm.AnonymizeContactInput{ID: contact, Reason: "Verzoek van betrokkene"})
}

// markedContact is a contact with the marker in every field, old and new, and in all that hangs on it.
func markedContact(t *testing.T, o *crmtest.Office) *crm.Contact {
	t.Helper()
	m := func(more string) string { return marker + more }
	contact := must2(newContact(o, o.Customer(crmtest.Brouwer).ID, crm.ContactFields{LastName: crmtest.Text(m("oud")), Function: crmtest.Text(m("functie")),
		Email: crmtest.Text(m("@oud.example")), Department: crmtest.Text("Directie")}))(t).Contact
	must2(updateContact(o, contact, crm.ContactFields{Initials: crmtest.Text(m("")), FirstName: crmtest.Text(m("voor")), Prefix: crmtest.Text(m("tus")), LastName: crmtest.Text(m("achter")),
		PartnerName: crmtest.Text(m("partner")), PartnerPrefix: crmtest.Text(m("p")), NameUse: crmtest.Given(crm.PartnerFirst), FunctionalName: crmtest.Text(m("desk")),
		TitleBefore: crmtest.Text(m("t")), TitleAfter: crmtest.Text(m("a")), SalutationOverride: crmtest.Text(m("aanhef")), Function: crmtest.Text(m("nieuw")),
		Email: crmtest.Text(m("@nieuw.example")), Phone: crmtest.Text("+31741112223"), Mobile: crmtest.Text("+31641112223"),
		LinkedIn: crmtest.Text("linkedin.com/in/" + m("")), Notes: crmtest.Text(m("notitie")), IsPrimary: crmtest.Given(true)}))(t)
	must2(addFunction(o, contact.ID, crm.ContactFunctionFields{Title: crmtest.Text(m("tweede"))}))(t)
	must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: contact.ID, Text: m("let op"), Level: "INFO"}))(t)
	var item crm.ID
	if err := o.DB.Read().NewSelect().Table("checklist_items").Column("id").Where("text = ?", "Kennismakingsgesprek gevoerd").Scan(t.Context(), &item); err != nil {
		t.Fatal(err)
	}
	must2(o.Checklists.SetNote(o.As(crmtest.Sanne), crm.SetChecklistNoteInput{CardID: contact.ID, ItemID: item, Note: m("genoteerd")}))(t)
	must2(o.Communications.CreateContactMoment(o.As(crmtest.Sanne), crm.CreateContactMomentInput{CustomerID: contact.CustomerID, Kind: crm.NoteMoment, Channel: "PHONE",
		Subject: new("Gesproken"), ContactIds: []crm.ID{contact.ID}}))(t)
	write(t, o, "UPDATE communications SET kind = 'EMAIL', mail_from = ?, mail_to = ? WHERE subject = 'Gesproken'", strings.ToUpper(m("@oud.example")),
		`["`+m("@nieuw.example")+`","ander@brouwer-zonen.example"]`)
	must2(o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: contact.ID, ToCustomerID: o.Customer(crmtest.DeLinde).ID, KeepEmail: true}))(t)
	must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: contact.ID, Reason: new(m("reden"))}))(t)
	return contact
}

func TestAnonymizeContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		contact := markedContact(t, o)
		if before := dump(t, o); strings.Count(strings.ToLower(before), strings.ToLower(marker)) < 30 {
			t.Fatal("the markers are not where they should be")
		}
		log := o.Log()
		answer := must2(anonymize(o, contact.ID))(t)
		t.Run("leaves nothing of the person in the store", func(t *testing.T) {
			for line := range strings.Lines(dump(t, o)) {
				for _, trace := range []string{marker, "741112223", "641112223"} {
					if strings.Contains(strings.ToLower(line), strings.ToLower(trace)) {
						t.Errorf("%s is left in %s", trace, line)
					}
				}
			}
			hits := must2(o.Search.Find(o.As(crmtest.Sanne), marker, nil, crm.ArchivedInclude, 10))(t)
			equal(t, "hits", len(hits), 0)
		})
		t.Run("leaves a card without a name in the archive", func(t *testing.T) {
			equal(t, "name", answer.Contact.Name, "Geanonimiseerd")
			equal(t, "salutation", answer.Contact.Salutation(), "Geachte heer, mevrouw")
			equal(t, "reason", *answer.Contact.ArchivedReason, "Verzoek van betrokkene")
			equal(t, "when", answer.Contact.AnonymizedAt.Equal(o.Clock.Now()), true)
			sameList(t, "functions", functionsOf(t, o, contact.ID), nil)
		})
		t.Run("leaves in the log who changed what, and when", func(t *testing.T) {
			after := o.Log()
			for i, event := range log {
				equal(t, "kind", after[i].Kind, event.Kind)
				equal(t, "id", after[i].ID, event.ID)
				equal(t, "moment", after[i].At.Equal(event.At), true)
				sameList(t, "changed fields", after[i].ChangedFields(), event.ChangedFields())
			}
			fresh := kinds(after[len(log):])
			sameList(t, "kinds", fresh, []crm.EventKind{crm.AttentionRemovedEvent, crm.ContactAnonymizedEvent})
			checkVersions(t, o)
		})
		t.Run("leaves what was said, and the other addressee", func(t *testing.T) {
			var mail struct{ MailFrom, MailTo string }
			err := o.DB.Read().NewSelect().Table("communications").Column("mail_from", "mail_to").Where("subject = 'Gesproken'").Scan(t.Context(), &mail)
			equal(t, "error", err, nil)
			equal(t, "from", mail.MailFrom, "Geanonimiseerd")
			equal(t, "to", mail.MailTo, `["Geanonimiseerd","ander@brouwer-zonen.example"]`)
		})
		o.Signals()
		t.Run("cannot be done twice, nor undone", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := anonymize(o, contact.ID)
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = o.Contacts.Restore(o.As(crmtest.Peter), crm.RestoreContactInput{ID: contact.ID})
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = updateContact(o, o.Contact("Geanonimiseerd"), crm.ContactFields{LastName: crmtest.Text("Terug")})
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("is for administrators, with a reason, and for nobody who is counted on", func(t *testing.T) {
			changesNothing(t, o, func() {
				rik := o.Contact("Rik Scholten").ID
				_, err := o.Contacts.Anonymize(o.As(crmtest.Sanne), crm.AnonymizeContactInput{ID: rik, Reason: "x"})
				refused(t, err, crm.Forbidden)
				_, err = o.Contacts.Anonymize(o.As(crmtest.Peter), crm.AnonymizeContactInput{ID: rik, Reason: " "})
				refused(t, err, crm.BadInput, "input", "reason")
				_, err = anonymize(o, o.Contact("Erik Jansen").ID)
				refused(t, err, crm.ContactInUse, "input", "id")
			})
		})
		t.Run("is allowed at an archived relation", func(t *testing.T) {
			must2(anonymize(o, o.Contact("Gerard Lammers").ID))(t)
			equal(t, "archived", o.Customer(crmtest.Vastgoed).ArchivedAt != nil, true)
		})
	})
}
