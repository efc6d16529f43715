package crm_test

import (
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// marker stands in everything that tells of a person in these tests.
const marker = "Qxzvk"

// anonymize erases who a contact was.
func anonymize(o *crmtest.Office, contact crm.ID) (*crm.AnonymizeContactPayload, error) {
	return o.Contacts.Anonymize(o.As(crmtest.Peter), crm.AnonymizeContactInput{ID: contact, Reason: "Verzoek van betrokkene"})
}

// planted is a contact with the marker in every field, old and new, and in all that hangs on it; and every value that
// was put there.
type planted struct {
	*crm.Contact
	values []string
	other  crm.ID // an e-mail that went to someone else besides
}

// plant makes such a contact.
func plant(t *testing.T, o *crmtest.Office) *planted {
	t.Helper()
	p := &planted{}
	m := func(more string) string {
		p.values = append(p.values, marker+more)
		return marker + more
	}
	p.Contact = must2(newContact(o, o.Customer(crmtest.Brouwer).ID, crm.ContactFields{LastName: crmtest.Text(m("oud")), Function: crmtest.Text(m("functie")),
		Email: crmtest.Text(m("@oud.example")), Department: crmtest.Text("Directie")}))(t).Contact
	must2(updateContact(o, p.Contact, crm.ContactFields{Initials: crmtest.Text(m("")), FirstName: crmtest.Text(m("voor")), Prefix: crmtest.Text(m("tus")), LastName: crmtest.Text(m("achter")),
		PartnerName: crmtest.Text(m("partner")), PartnerPrefix: crmtest.Text(m("p")), NameUse: crmtest.Given(crm.PartnerFirst), FunctionalName: crmtest.Text(m("desk")),
		TitleBefore: crmtest.Text(m("t")), TitleAfter: crmtest.Text(m("a")), SalutationOverride: crmtest.Text(m("aanhef")), Function: crmtest.Text(m("nieuw")),
		Email: crmtest.Text(m("@nieuw.example")), Phone: crmtest.Text("+31741112223"), Mobile: crmtest.Text("+31641112223"),
		LinkedIn: crmtest.Text("linkedin.com/in/" + m("profiel")), Notes: crmtest.Text(strings.Repeat("x", 1000) + m("notitie")), IsPrimary: crmtest.Given(true)}))(t)
	p.values = append(p.values, "+31741112223", "+31641112223")
	must2(addFunction(o, p.ID, crm.ContactFunctionFields{Title: crmtest.Text(m("tweede"))}))(t)
	must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: p.ID, Text: m("let op"), Level: "INFO"}))(t)
	item := o.ChecklistItem("Kennismakingsgesprek gevoerd").ID
	must2(o.Checklists.SetNote(o.As(crmtest.Sanne), crm.SetChecklistNoteInput{CardID: p.ID, ItemID: item, Note: m("genoteerd")}))(t)
	must2(o.Communications.CreateContactMoment(o.As(crmtest.Sanne), crm.CreateContactMomentInput{CustomerID: p.CustomerID, Kind: crm.NoteMoment, Channel: "PHONE",
		Subject: new("Gesproken"), ContactIds: []crm.ID{p.ID}}))(t)
	write(t, o, "UPDATE communications SET kind = 'EMAIL', mail_from = ?, mail_to = ? WHERE subject = 'Gesproken'", strings.ToUpper(m("@oud.example")),
		`["`+m("@nieuw.example")+`","ander@brouwer-zonen.example"]`)
	p.correspond(t, o, m)
	p.proceed(t, o, m)
	must2(o.Contacts.Move(o.As(crmtest.Sanne), crm.MoveContactInput{ID: p.ID, ToCustomerID: o.Customer(crmtest.DeLinde).ID, KeepEmail: true}))(t)
	must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: p.ID, Reason: new(m("reden"))}))(t)
	return p
}

// correspond plants e-mails and letters: in each list of receivers, and in what the log tells of them.
func (p *planted) correspond(t *testing.T, o *crmtest.Office, m func(string) string) {
	t.Helper()
	colleague := &crm.EmailRecipientInput{Address: new("collega@brouwer-zonen.example")}
	them := &crm.EmailRecipientInput{Address: new(m("@nieuw.example"))}
	email := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: p.CustomerID, Fields: crm.EmailFields{To: crmtest.List(them),
		Subject: crmtest.Text("Uitnodiging"), Body: crmtest.Text("x")}}))(t).Email
	must2(o.Emails.Update(o.As(crmtest.Sanne), crm.UpdateEmailInput{ID: email.ID, ExpectedVersion: new(1), Patch: crm.EmailFields{
		To: crmtest.List(colleague), Cc: crmtest.List(them), Body: crmtest.Text(strings.Repeat("y", 1200))}}))(t)
	p.other = email.ID
	hidden := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: p.CustomerID, Fields: crm.EmailFields{To: crmtest.List(colleague),
		Bcc: crmtest.List(them), Subject: crmtest.Text("Stil"), Body: crmtest.Text("x")}}))(t).Email
	must2(send(o, hidden.ID))(t)
	letter := must2(o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{CustomerID: p.CustomerID, Subject: new("Aanbod"), Body: new("x"), ContactID: &p.ID}))(t).Letter
	for version, salutation := range []string{m("eerste"), m("tweede aanhef")} {
		must2(o.Documents.Update(o.As(crmtest.Sanne), crm.UpdateDocumentInput{ID: letter.ID, ExpectedVersion: version + 1,
			Salutation: crmtest.Text(salutation), AddressLines: crmtest.List("Brouwer", m("regel"+salutation[len(marker):]))}))(t)
	}
}

// proceed plants processes on the card: one that is completed, one that is cancelled.
func (p *planted) proceed(t *testing.T, o *crmtest.Office, m func(string) string) {
	t.Helper()
	step := stepOn(t, o, p.ID)
	must2(o.Processes.CompleteStep(o.As(crmtest.Sanne), crm.CompleteStepInput{ID: step, Note: new(m("stapnotitie"))}))(t)
	process := must2(o.Processes.StepsByIDs(o.As(crmtest.Sanne), []crm.ID{step}))(t)[0].ProcessID
	template := must2(o.Processes.ByIDs(o.As(crmtest.Sanne), []crm.ID{process}))(t)[0].TemplateID
	second := must2(o.Processes.Start(o.As(crmtest.Sanne), crm.StartProcessInput{CardID: p.ID, TemplateID: template}))(t).Process
	must2(o.Processes.Cancel(o.As(crmtest.Sanne), crm.CancelProcessInput{ID: second.ID, Reason: m("afgebroken")}))(t)
}

func TestAnonymizeContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		contact := plant(t, o)
		before := strings.ToLower(dump(t, o))
		for _, value := range contact.values {
			if !strings.Contains(before, strings.ToLower(value)) {
				t.Fatalf("%s was not planted", value)
			}
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
			sameList(t, "kinds", fresh, []crm.EventKind{crm.AttentionRemovedEvent, crm.EmailWithdrawnEvent, crm.ContactAnonymizedEvent})
			checkVersions(t, o)
		})
		t.Run("leaves what was said, and the other addressee", func(t *testing.T) {
			var mail struct{ MailFrom, MailTo string }
			err := o.DB.Read().NewSelect().Table("communications").Column("mail_from", "mail_to").Where("subject = 'Gesproken'").Scan(db.Everywhere(t.Context()), &mail)
			equal(t, "error", err, nil)
			equal(t, "from", mail.MailFrom, "Geanonimiseerd")
			equal(t, "to", mail.MailTo, `["Geanonimiseerd","ander@brouwer-zonen.example"]`)
			kept := emailOf(t, o, contact.other)
			sameList(t, "to", kept.To(), []string{"collega@brouwer-zonen.example"})
			sameList(t, "cc", kept.Cc(), []string{"Geanonimiseerd"})
			equal(t, "text", kept.Body, strings.Repeat("y", 1200))
		})
		o.Signals()
		t.Run("cannot be done twice, nor undone", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := anonymize(o, contact.ID)
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = o.Contacts.Restore(o.As(crmtest.Peter), crm.RestoreContactInput{ID: contact.ID})
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = updateContact(o, o.Contact("Geanonimiseerd"), crm.ContactFields{LastName: crmtest.Text("Terug")})
				refused(t, err, crm.ContactAnonymized, "input", "id")
				_, err = moment(o, crm.CreateContactMomentInput{CustomerID: o.Contact("Geanonimiseerd").CustomerID, Subject: new("Nog gesproken"),
					ContactIds: []crm.ID{o.Contact("Geanonimiseerd").ID}})
				refused(t, err, crm.ContactAnonymized, "input", "contactIds")
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
