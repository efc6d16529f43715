package crm_test

import (
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/mail"
	"klantkaart/mail/mailtest"
	"klantkaart/page"
)

// letterFor drafts a letter to a contact.
func letterFor(t *testing.T, o *crmtest.Office, name string) *crm.Letter {
	t.Helper()
	contact := o.Contact(name)
	return must2(o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{CustomerID: contact.CustomerID, Subject: new("Bevestiging"),
		Body: new("Wij bevestigen onze afspraak."), ContactID: &contact.ID}))(t).Letter
}

func sendBy(o *crmtest.Office, id crm.ID, channel crm.DocumentChannel) (*crm.SendDocumentPayload, error) {
	return o.Documents.Send(o.As(crmtest.Sanne), crm.SendDocumentInput{ID: id, Channel: channel})
}

func withdraw(o *crmtest.Office, id crm.ID) (*crm.WithdrawDocumentPayload, error) {
	return o.Documents.Withdraw(o.As(crmtest.Sanne), crm.WithdrawDocumentInput{ID: id})
}

func detailsOf(t *testing.T, o *crmtest.Office, id crm.ID) *crm.DocumentDetails {
	t.Helper()
	return must2(o.Documents.DetailsOf(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0]
}

// messageNow reads a communication as it is now.
func messageNow(t *testing.T, o *crmtest.Office, id crm.ID) *crm.Message {
	t.Helper()
	return must2(o.Communications.ByIDs(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0].Core()
}

func TestDocumentsByEmail(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		server := mailtest.Start(t, "geheim")
		sender := must2(mail.OpenSMTP(server.URL()))(t)
		other := o.Beside(sender)
		next := func() { must2(other.Emails.SendNext(t.Context()))(t) }
		// received is the last e-mail that the server took, as its reader gets it.
		received := func() *mail.Received {
			all := server.Mails()
			return must2(mail.Read(strings.NewReader(all[len(all)-1].Data)))(t)
		}
		t.Run("arrive with their file attached, and are on the timeline once", func(t *testing.T) {
			letter, head := letterFor(t, o, "Ingrid van den Berg"), o.Head()
			queued := must2(sendBy(o, letter.ID, crm.ByEmail))(t).Communication.Core()
			equal(t, "status while it waits", queued.Status, crm.Draft)
			equal(t, "delivery", deliveryOf(t, o, letter.ID).Status, crm.DeliveryQueued)
			o.Clock.Advance(time.Minute)
			next()
			got := received()
			sameList(t, "to", each(got.To, func(a mail.Address) string { return a.Name + " " + a.Email }), []string{"Ingrid van den Berg i.vandenberg@waterlanden.example"})
			equal(t, "from", got.From.Email, "sanne.verhoef@delta-detachering.example")
			equal(t, "subject", got.Subject, "Bevestiging")
			if !strings.HasPrefix(got.Text, "Geachte mevrouw Van den Berg,") || !strings.Contains(got.Text, "Hierbij ontvangt u: Bevestiging.") {
				t.Errorf("it says %q", got.Text)
			}
			if len(got.Parts) != 1 || got.Parts[0].Name != "Bevestiging.pdf" || string(got.Parts[0].Content) != paperOf(t, o, letter.ID) {
				t.Errorf("attached are %d files", len(got.Parts))
			}
			sentNow := messageNow(t, o, letter.ID)
			equal(t, "status", sentNow.Status, crm.Sent)
			equal(t, "moment", sentNow.At.Equal(o.Clock.Now()), true)
			details := detailsOf(t, o, letter.ID)
			equal(t, "way", *details.SentVia, crm.ByEmail)
			equal(t, "by", *details.SentByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "delivery", deliveryOf(t, o, letter.ID).Status, crm.DeliverySent)
			sameList(t, "events", kinds(o.LogAfter(head)), []crm.EventKind{crm.EmailQueuedEvent, crm.DocumentSentEvent})
			shown := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Ruben), []crm.ID{letter.CustomerID}, crm.TimelineArgs{Search: new("bevestig")}, page.Args{}))(t)[0]
			sameList(t, "in the correspondence", nodeIDs(shown.Nodes), []crm.ID{letter.ID})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := sendBy(o, letter.ID, crm.ByEmail)
				refused(t, err, crm.DocumentSent)
				_, err = withdraw(o, letter.ID)
				refused(t, err, crm.DocumentSent)
			})
		})
		t.Run("arrive as they were uploaded", func(t *testing.T) {
			erik := o.Contact("Erik Jansen")
			file := upload(t, o, crmtest.Sanne, "profiel.pdf", aPDF)
			document := must2(o.Documents.Create(o.As(crmtest.Sanne), crm.CreateDocumentInput{CustomerID: erik.CustomerID, FileID: &file.ID, ContactID: &erik.ID}))(t).Document
			must2(sendBy(o, document.ID, crm.ByEmail))(t)
			next()
			got := received()
			equal(t, "file", got.Parts[0].Name+" "+string(got.Parts[0].Content), "profiel.pdf "+aPDF)
			equal(t, "addressed as", strings.SplitN(got.Text, "\n", 2)[0], erik.Salutation()+",")
		})
		t.Run("do not change while they wait, and are drafts again when they are withdrawn", func(t *testing.T) {
			letter := letterFor(t, o, "Ingrid van den Berg")
			before := detailsOf(t, o, letter.ID)
			must2(sendBy(o, letter.ID, crm.ByEmail))(t)
			o.Signals()
			changesNothing(t, o, func() {
				for _, verb := range documentVerbs(letter.ID) {
					refused(t, verb(o.As(crmtest.Sanne), o), crm.EmailQueued, "input", "id")
				}
				_, err := o.Emails.Withdraw(o.As(crmtest.Sanne), crm.WithdrawEmailInput{ID: letter.ID})
				refused(t, err, crm.NotFound)
			})
			must2(withdraw(o, letter.ID))(t)
			back := messageNow(t, o, letter.ID)
			if back.FileName != nil || back.MailTo != nil || back.MessageID != nil || deliveryOf(t, o, letter.ID) != nil {
				t.Errorf("%+v kept something", back)
			}
			equal(t, "files", len(must2(o.Files.AttachmentsOf(o.As(crmtest.Sanne), []crm.ID{letter.ID}))(t)[0]), 0)
			equal(t, "salutation", detailsOf(t, o, letter.ID).Salutation, before.Salutation)
			_, err := withdraw(o, letter.ID)
			refused(t, err, crm.EmailNotQueued)
			sent(t, o, letter.ID)
			equal(t, "way", *detailsOf(t, o, letter.ID).SentVia, crm.ByPost)
		})
		t.Run("can be sent again when they were refused, this way or another", func(t *testing.T) {
			for _, way := range []crm.DocumentChannel{crm.ByEmail, crm.ByPost} {
				letter := letterFor(t, o, "Ingrid van den Berg")
				must2(sendBy(o, letter.ID, crm.ByEmail))(t)
				server.FailNext(mailtest.Fault{At: "END", Reply: "554 5.6.0 spam"})
				next()
				equal(t, "delivery", deliveryOf(t, o, letter.ID).Status, crm.DeliveryFailed)
				equal(t, "status", messageNow(t, o, letter.ID).Status, crm.Draft)
				must2(sendBy(o, letter.ID, way))(t)
				next()
				equal(t, "status", messageNow(t, o, letter.ID).Status, crm.Sent)
				equal(t, "way", *detailsOf(t, o, letter.ID).SentVia, way)
				equal(t, "files", len(must2(o.Files.AttachmentsOf(o.As(crmtest.Sanne), []crm.ID{letter.ID}))(t)[0]), 1)
			}
		})
	})
}

func TestDocumentsThatCannotBeMailed(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		rejected := func(o *crmtest.Office, id crm.ID, code crm.ErrorCode) {
			t.Helper()
			o.Signals()
			changesNothing(t, o, func() {
				_, err := sendBy(o, id, crm.ByEmail)
				refused(t, err, code, "input", "channel")
			})
		}
		rejected(o, aDraft(t, o).ID, crm.DraftIncomplete) // to nobody
		letter, rik := letterFor(t, o, "Rik Scholten"), o.Contact("Rik Scholten")
		must2(updateContact(o, rik, crm.ContactFields{Email: crmtest.Null[string]()}))(t)
		rejected(o, letter.ID, crm.DraftIncomplete)
		must2(updateContact(o, o.Contact("Rik Scholten"), crm.ContactFields{Email: crmtest.Text("rik@brouwer-zonen.example")}))(t)
		must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: rik.ID}))(t)
		rejected(o, letter.ID, crm.ContactArchived)
		must2(anonymize(o, rik.ID))(t)
		rejected(o, letter.ID, crm.ContactAnonymized)
		elsewhere := letterFor(t, o, "Mehmet Aydin")
		must2(goOn(o, "Mehmet Aydin", crmtest.Waterlanden, &crm.ContactFields{Email: crmtest.Text("m.aydin@waterlanden.example")}))(t)
		_, err := sendBy(o, elsewhere.ID, crm.ByEmail)
		refused(t, err, crm.ContactNotOfCustomer, "input", "channel")

		karim := letterFor(t, o, "Karim Yildiz") // who wants no mailings; a letter is none
		equal(t, "warnings", len(must2(sendBy(o, karim.ID, crm.ByEmail))(t).Warnings), 0)

		services := *o
		services.CRM = o.Beside(nil)
		rejected(&services, letterFor(t, o, "Ingrid van den Berg").ID, crm.MailNotConfigured)
	})
}
