package crm_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// incoming is the text of an e-mail from Naima.
func incoming(id, extra string) string {
	return "From: Naima Bouzid <N.Bouzid@vdv-installatie.example>\r\nTo: sanne.verhoef@delta-detachering.example\r\nSubject: Vraag " + id +
		"\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\nMessage-ID: <" + id + "@vdv-installatie.example>\r\n" + extra
}

func file(o *crmtest.Office, customer *crm.ID, content string) (*crm.FileEmailPayload, error) {
	return o.Emails.File(o.As(crmtest.Joris), crm.FileEmailInput{CustomerID: customer, Content: &content})
}

func TestFileEmail(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie := o.Customer(crmtest.Installatie).ID
		t.Run("puts it where it came in, with its contacts and when it was sent", func(t *testing.T) {
			head := o.Head()
			filed := must2(file(o, nil, incoming("1", "\r\nKan het donderdag?")))(t).Email
			equal(t, "card", filed.CustomerID, installatie)
			equal(t, "direction", filed.Direction, crm.Incoming)
			equal(t, "status", filed.Status, crm.Received)
			equal(t, "at", filed.At.Format("2006-01-02 15:04"), "2026-11-21 09:00")
			equal(t, "author", filed.AuthorID == nil, true)
			contacts := must2(o.Communications.ContactsOf(o.As(crmtest.Sanne), []crm.ID{filed.ID}))(t)[0]
			sameList(t, "contacts", each(contacts, func(c *crm.Contact) string { return c.Name }), []string{"Naima Bouzid"})
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.CommunicationAddedEvent})
			equal(t, "who filed it", *events[0].ActorID, o.Actor(crmtest.Joris).UserID)
			files := must2(o.Files.AttachmentsOf(o.As(crmtest.Ruben), []crm.ID{filed.ID}))(t)[0]
			sameList(t, "the original", each(files, func(f *crm.File) string { return f.Name }), []string{"bericht.eml"})
			sent := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Sanne), []crm.ID{installatie}, crm.TimelineArgs{Search: new("vraag")}, page.Args{}))(t)[0]
			equal(t, "in the correspondence", len(sent.Nodes), 0)
		})
		o.Signals()
		t.Run("only for trial keeps nothing", func(t *testing.T) {
			left := filesLeft(t, o)
			changesNothing(t, o, func() {
				must2(o.Emails.File(crm.WithManner(o.As(crmtest.Joris), crm.Manner{Try: func([]*crm.Event) {}}), crm.FileEmailInput{Content: new(incoming("trial", "\r\nKan het?"))}))(t)
			})
			equal(t, "loose files", filesLeft(t, o), left)
		})
		t.Run("joins the e-mail that it answers", func(t *testing.T) {
			original := o.Message("Twee kandidaten projectleider E&W")
			filed := must2(file(o, nil, incoming("2", "References: <"+*original.MessageID+"> <onbekend@x.example>\r\nIn-Reply-To: <onbekend@x.example>\r\n\r\nJa")))(t).Email
			equal(t, "thread", *filed.ThreadID, *original.ThreadID)
			equal(t, "engagement", *filed.EngagementID, *original.EngagementID)
		})
		t.Run("joins what we sent, whoever answers", func(t *testing.T) {
			draft := drafted(t, o, letterTo(o, "Naima Bouzid"))
			must2(send(o, draft.ID))(t)
			o.Deliver()
			answer := "From: baas@onbekend.example\r\nSubject: Re\r\nMessage-ID: <3@onbekend.example>\r\nIn-Reply-To: <" + *emailOf(t, o, draft.ID).MessageID + ">\r\n\r\nAkkoord"
			filed := must2(file(o, nil, answer))(t)
			equal(t, "card", filed.Email.CustomerID, installatie)
			equal(t, "thread", *filed.Email.ThreadID, *draft.ThreadID)
			equal(t, "warning about its date", filed.Warnings[0].Code, crm.EmailUndated)
			equal(t, "at", filed.Email.At, o.Clock.Now())
		})
		t.Run("refuses it a second time, and points to the first", func(t *testing.T) {
			first := o.Message("Vraag 1")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := file(o, nil, incoming("1", "\r\nKan het donderdag?"))
				fault := refusal(t, err, crm.EmailAlreadyFiled)
				equal(t, "points to", *fault.SubjectID, first.ID)
			})
			nameless := "From: n.bouzid@vdv-installatie.example\r\nSubject: zonder\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\n\r\nx"
			must2(file(o, nil, nameless))(t)
			_, err := file(o, nil, nameless)
			refused(t, err, crm.EmailAlreadyFiled)
		})
		t.Run("by two at once happens once, and leaves no file", func(t *testing.T) {
			var both sync.WaitGroup
			outcomes := make([]error, 2)
			for i := range outcomes {
				both.Go(func() {
					_, outcomes[i] = file(o, []*crm.ID{&installatie, new(o.Customer(crmtest.Groep).ID)}[i], incoming("tegelijk", "\r\nx"))
				})
			}
			both.Wait()
			if (outcomes[0] == nil) == (outcomes[1] == nil) {
				t.Fatalf("got %v", outcomes)
			}
			equal(t, "files of nothing", filesLeft(t, o), 0)
		})
		t.Run("keeps what is attached, whatever it is, and cleans the HTML", func(t *testing.T) {
			filed := must2(file(o, nil, incoming("4", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>Dag <b>Sanne</b></p><img src=https://spion.example/x><script>1</script>\r\n"+
				"--a\r\nContent-Type: application/pdf; name=voorstel.pdf\r\n\r\n%PDF-1.7\r\n--a\r\nContent-Type: application/x-msdownload; name=virus.exe\r\n\r\nMZ\r\n--a--\r\n")))(t).Email
			equal(t, "text", filed.Body, "Dag Sanne")
			equal(t, "HTML", *filed.BodyHTML, "<p>Dag <b>Sanne</b></p>")
			files := must2(o.Files.AttachmentsOf(o.As(crmtest.Ruben), []crm.ID{filed.ID}))(t)[0]
			sameList(t, "files", each(files, func(f *crm.File) string { return f.Name + " " + f.MimeType }),
				[]string{"voorstel.pdf application/pdf", "virus.exe application/octet-stream", "bericht.eml message/rfc822"})
		})
		t.Run("reads an uploaded file, which becomes a part of the entry", func(t *testing.T) {
			uploaded := must2(o.Files.Upload(o.As(crmtest.Joris), "mail.eml", strings.NewReader(incoming("5", "\r\nx")), 1<<20))(t)
			filed := must2(o.Emails.File(o.As(crmtest.Joris), crm.FileEmailInput{FileID: &uploaded.ID}))(t).Email
			files := must2(o.Files.AttachmentsOf(o.As(crmtest.Ruben), []crm.ID{filed.ID}))(t)[0]
			sameList(t, "files", nodeIDs(files), []crm.ID{uploaded.ID})
		})
		t.Run("knows an e-mail of ours by who sent it", func(t *testing.T) {
			filed := must2(file(o, nil, "From: Sanne.Verhoef@delta-detachering.example\r\nTo: n.bouzid@vdv-installatie.example\r\nSubject: Van thuis\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\nMessage-ID: <6@thuis>\r\n\r\nx"))(t).Email
			equal(t, "direction", filed.Direction, crm.Outgoing)
			equal(t, "status", filed.Status, crm.Sent)
			equal(t, "author", *filed.AuthorID, o.Actor(crmtest.Sanne).UserID)
		})
		t.Run("is taken by an archived card", func(t *testing.T) {
			vastgoed := o.Customer(crmtest.Vastgoed).ID
			filed := must2(file(o, &vastgoed, incoming("7", "\r\nx")))(t).Email
			equal(t, "card", filed.CustomerID, vastgoed)
		})
		t.Run("warns when it answers an e-mail of another card", func(t *testing.T) {
			original := o.Message("Twee kandidaten projectleider E&W")
			filed := must2(file(o, new(o.Customer(crmtest.Groep).ID), incoming("8", "In-Reply-To: <"+*original.MessageID+">\r\n\r\nx")))(t)
			equal(t, "warning", filed.Warnings[0].Code, crm.ReplyToOtherCard)
			equal(t, "about nothing of the other", filed.Email.EngagementID == nil, true)
		})
		t.Run("shortens what no card holds, and keeps the original", func(t *testing.T) {
			filed := must2(file(o, nil, incoming("9", "\r\n"+strings.Repeat("woord ", 20_000))))(t)
			equal(t, "warning", filed.Warnings[0].Code, crm.EmailShortened)
			equal(t, "length", len(filed.Email.Body), 100_000)
		})
		for name, one := range map[string]struct {
			input crm.FileEmailInput
			fault string
		}{
			"what is no e-mail":               {crm.FileEmailInput{Content: new("hallo")}, "BAD_INPUT input.content"},
			"what is too long":                {crm.FileEmailInput{Content: new(strings.Repeat("é", 200_001))}, "BAD_INPUT input.content"},
			"too many parts":                  {crm.FileEmailInput{Content: new(incoming("x", "Content-Type: multipart/mixed; boundary=a\r\n\r\n"+strings.Repeat("--a\r\n\r\nx\r\n", 300)))}, "LIMIT_EXCEEDED input.content"},
			"nothing":                         {crm.FileEmailInput{}, "BAD_INPUT input"},
			"two at once":                     {crm.FileEmailInput{Content: new("x"), FileID: new(crm.ID("fil_00000000000000000000000000"))}, "BAD_INPUT input"},
			"a file that is not there":        {crm.FileEmailInput{FileID: new(crm.ID("fil_00000000000000000000000000"))}, "NOT_FOUND input.fileId"},
			"a relation that is not there":    {crm.FileEmailInput{CustomerID: new(crm.ID("cus_00000000000000000000000000")), Content: new(incoming("x", "\r\nx"))}, "NOT_FOUND input.customerId"},
			"one of which nobody knows whose": {crm.FileEmailInput{Content: new("From: wie@dan.example\r\nSubject: x\r\n\r\nx")}, "BAD_INPUT input.customerId"},
			"a project of another relation":   {crm.FileEmailInput{Content: new(incoming("x", "\r\nx")), EngagementID: new(o.Engagement("P-2025-0003").ID)}, "NOT_FOUND input.engagementId"},
		} {
			t.Run("refuses "+name, func(t *testing.T) {
				o.Signals()
				changesNothing(t, o, func() {
					_, err := o.Emails.File(o.As(crmtest.Joris), one.input)
					sameList(t, "faults", faultsOf(err), []string{one.fault})
				})
			})
		}
		t.Run("is told what to do with many of one moment", func(t *testing.T) {
			for i := range 3 {
				must2(file(o, nil, incoming(fmt.Sprint("reeks", i), "\r\nx")))(t)
			}
			found := timelineOf(t, o, installatie, crm.TimelineArgs{Search: new("reeks")}, page.Args{})
			equal(t, "on the timeline", len(found.Nodes), 3)
		})
	})
}
