package crm_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/mail"
	"klantkaart/mail/mailtest"
	"klantkaart/page"
)

// to names who gets an e-mail: an address, or a contact by name.
func to(o *crmtest.Office, names ...string) []*crm.EmailRecipientInput {
	return each(names, func(name string) *crm.EmailRecipientInput {
		if strings.Contains(name, "@") {
			return &crm.EmailRecipientInput{Address: &name}
		}
		return &crm.EmailRecipientInput{ContactID: new(o.Contact(name).ID)}
	})
}

// letterTo is what an e-mail says.
func letterTo(o *crmtest.Office, names ...string) crm.EmailFields {
	return crm.EmailFields{To: crmtest.List(to(o, names...)...), Subject: crmtest.Text("Voorstel"), Body: crmtest.Text("Beste Naima, …")}
}

// drafted makes a draft of Sanne's.
func drafted(t *testing.T, o *crmtest.Office, fields crm.EmailFields) *crm.Email {
	t.Helper()
	return must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: o.Customer(crmtest.Installatie).ID, Fields: fields}))(t).Email
}

func send(o *crmtest.Office, id crm.ID) (*crm.SendEmailPayload, error) {
	return o.Emails.Send(o.As(crmtest.Sanne), crm.SendEmailInput{ID: id})
}

// deliveryOf reads what the spool knows of an e-mail.
func deliveryOf(t *testing.T, o *crmtest.Office, id crm.ID) *crm.MailDelivery {
	t.Helper()
	return must2(o.Emails.DeliveriesOf(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0]
}

func emailOf(t *testing.T, o *crmtest.Office, id crm.ID) *crm.Email {
	t.Helper()
	return must2(o.Communications.ByIDs(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0].(*crm.Email)
}

func TestDraftsOfEmails(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie := o.Customer(crmtest.Installatie).ID
		t.Run("are on the timeline, and not in the correspondence", func(t *testing.T) {
			fields := letterTo(o, "Naima Bouzid", "e.jansen@VDV-installatie.example", "vreemd@elders.example")
			fields.Bcc = crmtest.List(to(o, "Hans Oudekerk")...) // of the mother
			fields.BodyHTML, fields.Body = crmtest.Text("<p>Beste <b>Naima</b></p><script>x</script>"), crm.EmailFields{}.Body
			draft := drafted(t, o, fields)
			equal(t, "status", draft.Status, crm.Draft)
			sameList(t, "to", draft.To(), []string{"n.bouzid@vdv-installatie.example", "e.jansen@VDV-installatie.example", "vreemd@elders.example"})
			sameList(t, "bcc", draft.Bcc(), []string{"h.oudekerk@vandervelde.example"})
			equal(t, "from", *draft.From(), "sanne.verhoef@delta-detachering.example")
			equal(t, "HTML", *draft.BodyHTML, "<p>Beste <b>Naima</b></p>")
			equal(t, "text", draft.Body, "Beste Naima")
			contacts := must2(o.Communications.ContactsOf(o.As(crmtest.Sanne), []crm.ID{draft.ID}))(t)[0]
			sameList(t, "contacts", each(contacts, func(c *crm.Contact) string { return c.Name }), []string{"Naima Bouzid", "Erik Jansen", "Hans Oudekerk"})
			sent := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Sanne), []crm.ID{installatie}, crm.TimelineArgs{Search: new("beste naima"), Filter: &crm.CommunicationFilter{Statuses: []crm.CommunicationStatus{crm.Draft}}}, page.Args{}))(t)[0]
			equal(t, "in the correspondence", len(sent.Nodes), 0)
			equal(t, "on the timeline", len(timelineOf(t, o, installatie, crm.TimelineArgs{Search: new("beste naima"), Filter: &crm.CommunicationFilter{Statuses: []crm.CommunicationStatus{crm.Draft}}}, page.Args{}).Nodes), 1)
			equal(t, "nothing is sent", len(o.Post.Mails()), 0)
		})
		t.Run("tell all faults at once", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: installatie, InReplyToID: new(o.Engagement("A-2026-0040").ID), Fields: crm.EmailFields{
					To: crmtest.List(to(o, "geen adres@", "Klaas Brouwer")...), Subject: crmtest.Text(strings.Repeat("x", 201)), Body: crmtest.Text("x"), BodyHTML: crmtest.Text("y"),
					EngagementID: crmtest.Given(o.Engagement("P-2025-0003").ID), AttachmentIds: crmtest.List[crm.ID]("fil_00000000000000000000000000")}})
				sameList(t, "faults", faultsOf(err), []string{"NOT_FOUND input.inReplyToId", "CONTACT_NOT_OF_CUSTOMER input.fields.to", "BAD_INPUT input.fields.to",
					"BAD_INPUT input.fields.subject", "BAD_INPUT input.fields.bodyHtml", "NOT_FOUND input.fields.engagementId", "NOT_FOUND input.fields.attachmentIds"})
			})
			_, err := o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: o.Customer(crmtest.Vastgoed).ID})
			refused(t, err, crm.CardArchived)
		})
		t.Run("change as long as they are drafts, by their author or an administrator", func(t *testing.T) {
			draft := drafted(t, o, letterTo(o, "Naima Bouzid"))
			change := func(who string, version int, patch crm.EmailFields) error {
				_, err := o.Emails.Update(o.As(who), crm.UpdateEmailInput{ID: draft.ID, ExpectedVersion: &version, Patch: patch})
				return err
			}
			file := upload(t, o, crmtest.Sanne, "profiel.pdf", aPDF)
			head := o.Head()
			if err := change(crmtest.Sanne, 1, crm.EmailFields{Subject: crmtest.Text("Anders"), To: crmtest.List(to(o, "Erik Jansen")...), AttachmentIds: crmtest.List(file.ID)}); err != nil {
				t.Fatal(err)
			}
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.CommunicationUpdatedEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"to", "subject", "attachmentIds"})
			refused(t, change(crmtest.Sanne, 1, crm.EmailFields{Subject: crmtest.Text("x")}), crm.Conflict)
			refused(t, change(crmtest.Joris, 2, crm.EmailFields{Subject: crmtest.Text("x")}), crm.Forbidden)
			if err := change(crmtest.Peter, 2, crm.EmailFields{Cc: crmtest.List(to(o, "joris@delta.example")...)}); err != nil {
				t.Fatal(err)
			}
			must2(o.Emails.Discard(o.As(crmtest.Sanne), crm.DiscardEmailInput{ID: draft.ID}))(t)
			refused(t, change(crmtest.Sanne, 4, crm.EmailFields{Subject: crmtest.Text("x")}), crm.CommunicationImmutable)
			_, err := send(o, draft.ID)
			refused(t, err, crm.CommunicationImmutable)
		})
		t.Run("answer what they answer: same thread, same subject matter, to who wrote it", func(t *testing.T) {
			received := messageWhere(t, o, "status = 'RECEIVED'")
			answer := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: installatie, InReplyToID: &received.ID}))(t).Email
			equal(t, "thread", *answer.ThreadID, *received.ThreadID)
			equal(t, "engagement", *answer.EngagementID, *received.EngagementID)
			sameList(t, "to", answer.To(), []string{*received.MailFrom})
			original := must2(o.Emails.AnsweredBy(o.As(crmtest.Ruben), []*crm.Message{answer.Message}))(t)[0]
			equal(t, "answers", original.ID, received.ID)
		})
		t.Run("warn of who does not want mailings, and go on", func(t *testing.T) {
			write(t, o, "UPDATE contacts SET mailing_opt_out = TRUE WHERE organization_id = ? AND id = ?", o.ID, o.Contact("Naima Bouzid").ID)
			fields := letterTo(o, "Naima Bouzid")
			made := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: installatie, Fields: fields}))(t)
			equal(t, "warnings about one mail", len(made.Warnings), 0)
			fields.IsCampaign = crmtest.Given(true)
			made = must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: installatie, Fields: fields}))(t)
			equal(t, "warnings about a mailing", len(made.Warnings), 1)
			equal(t, "code", made.Warnings[0].Code, crm.MailingOptOut)
		})
	})
}

func TestSendEmail(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("hands over what was written, and then says that it was sent", func(t *testing.T) {
			fields := letterTo(o, "Naima Bouzid")
			fields.AttachmentIds = crmtest.List(upload(t, o, crmtest.Sanne, "profiel.pdf", aPDF).ID)
			draft, head := drafted(t, o, fields), o.Head()
			must2(send(o, draft.ID))(t)
			waiting := emailOf(t, o, draft.ID)
			equal(t, "status while it waits", waiting.Status, crm.Draft)
			equal(t, "delivery", deliveryOf(t, o, draft.ID).Status, crm.DeliveryQueued)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := send(o, draft.ID)
				refused(t, err, crm.EmailQueued)
				_, err = o.Emails.Update(o.As(crmtest.Sanne), crm.UpdateEmailInput{ID: draft.ID, ExpectedVersion: new(2), Patch: crm.EmailFields{Subject: crmtest.Text("x")}})
				refused(t, err, crm.EmailQueued)
			})
			o.Clock.Advance(time.Minute)
			o.Deliver()
			sent := emailOf(t, o, draft.ID)
			equal(t, "status", sent.Status, crm.Sent)
			equal(t, "at", sent.At.UTC(), o.Clock.Now())
			equal(t, "delivery", deliveryOf(t, o, draft.ID).Status, crm.DeliverySent)
			sameList(t, "events", kinds(o.LogAfter(head)), []crm.EventKind{crm.EmailQueuedEvent, crm.EmailSentEvent})
			took := o.Post.Mails()[len(o.Post.Mails())-1]
			equal(t, "identity", took.ID, *waiting.MessageID)
			equal(t, "from", took.From, mail.Address{Name: "Sanne Verhoef", Email: "sanne.verhoef@delta-detachering.example"})
			equal(t, "to", took.To[0], mail.Address{Name: "Naima Bouzid", Email: "n.bouzid@vdv-installatie.example"})
			equal(t, "files", len(took.Files), 1)
			correspondence := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Sanne), []crm.ID{sent.CustomerID}, crm.TimelineArgs{}, page.Args{First: new(1)}))(t)[0]
			sameList(t, "first of the correspondence", nodeIDs(correspondence.Nodes), []crm.ID{draft.ID})
			_, err := o.Emails.Retry(o.As(crmtest.Sanne), crm.RetryEmailInput{ID: draft.ID})
			refused(t, err, crm.CommunicationImmutable)
		})
		t.Run("refuses what is not complete, with every fault", func(t *testing.T) {
			draft := drafted(t, o, crm.EmailFields{})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := send(o, draft.ID)
				equal(t, "faults", len(crm.FaultsOf(err)), 3)
			})
		})
		t.Run("refuses when the operator has set nothing", func(t *testing.T) {
			draft := drafted(t, o, letterTo(o, "Naima Bouzid"))
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Beside(nil).Emails.Send(o.As(crmtest.Sanne), crm.SendEmailInput{ID: draft.ID})
				refused(t, err, crm.MailNotConfigured)
			})
		})
		t.Run("tells on the card what is refused for good, and tries it again when asked", func(t *testing.T) {
			draft := drafted(t, o, letterTo(o, "wie@weigert.example"))
			must2(send(o, draft.ID))(t)
			head := o.Head()
			o.Deliver()
			failed := deliveryOf(t, o, draft.ID)
			equal(t, "status", failed.Status, crm.DeliveryFailed)
			equal(t, "code", failed.Failure().Code, "REJECTED")
			equal(t, "status of the mail", emailOf(t, o, draft.ID).Status, crm.Draft)
			sameList(t, "events", kinds(o.LogAfter(head)), []crm.EventKind{crm.EmailDeliveryFailedEvent})
			identity := *emailOf(t, o, draft.ID).MessageID
			must2(o.Emails.Retry(o.As(crmtest.Sanne), crm.RetryEmailInput{ID: draft.ID}))(t)
			equal(t, "identity", *emailOf(t, o, draft.ID).MessageID, identity)
			o.Deliver()
			must2(o.Emails.Withdraw(o.As(crmtest.Sanne), crm.WithdrawEmailInput{ID: draft.ID}))(t)
			must2(o.Emails.Update(o.As(crmtest.Sanne), crm.UpdateEmailInput{ID: draft.ID, ExpectedVersion: new(emailOf(t, o, draft.ID).Version), Patch: crm.EmailFields{To: crmtest.List(to(o, "Naima Bouzid")...)}}))(t)
			o.Clock.Advance(time.Second)
			must2(send(o, draft.ID))(t)
			o.Deliver()
			equal(t, "status after mending", emailOf(t, o, draft.ID).Status, crm.Sent)
			if *emailOf(t, o, draft.ID).MessageID == identity {
				t.Error("another text goes under the same identity")
			}
			_, err := o.Emails.Withdraw(o.As(crmtest.Sanne), crm.WithdrawEmailInput{ID: drafted(t, o, crm.EmailFields{}).ID})
			refused(t, err, crm.EmailNotQueued)
		})
		t.Run("waits longer after each attempt, and gives up in the end", func(t *testing.T) {
			draft := drafted(t, o, letterTo(o, "wie@later.example"))
			must2(send(o, draft.ID))(t)
			begun := o.Clock.Now()
			var pauses []time.Duration
			for {
				o.Deliver()
				delivery := deliveryOf(t, o, draft.ID)
				if delivery.Status == crm.DeliveryFailed {
					break
				}
				equal(t, "code", delivery.Failure().Code, "POSTPONED")
				pauses = append(pauses, delivery.NextAttemptAt.Sub(o.Clock.Now()))
				o.Clock.Set(delivery.NextAttemptAt.Add(-time.Millisecond))
				o.Deliver()
				equal(t, "attempts before its time", deliveryOf(t, o, draft.ID).Attempts, len(pauses))
				o.Clock.Set(*delivery.NextAttemptAt)
			}
			sameList(t, "first pauses", pauses[:5], []time.Duration{time.Minute, 4 * time.Minute, 16 * time.Minute, 64 * time.Minute, 4 * time.Hour})
			if took := o.Clock.Now().Sub(begun); took < 24*time.Hour || took > 72*time.Hour {
				t.Errorf("it gave up after %s", took)
			}
		})
	})
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		backlog := func() crm.Backlog { return must2(o.Emails.Backlog(t.Context()))(t) }
		equal(t, "of an empty spool", backlog(), crm.Backlog{})
		for range 2 { // the oldest counts
			must2(send(o, drafted(t, o, letterTo(o, "Naima Bouzid")).ID))(t)
			o.Clock.Advance(time.Minute)
		}
		equal(t, "while two wait", backlog(), crm.Backlog{Length: 2, Oldest: 2 * time.Minute})
		o.Deliver()
		equal(t, "once they went out", backlog(), crm.Backlog{})
		must2(send(o, drafted(t, o, letterTo(o, "wie"+crmtest.Busy)).ID))(t)
		o.Deliver()
		o.Clock.Advance(time.Hour)
		equal(t, "of what was postponed", backlog(), crm.Backlog{Length: 1, Oldest: time.Hour})
	})
}

func TestSpool(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		server := mailtest.Start(t, "geheim")
		sender, err := mail.OpenSMTP(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		one, other := o.Beside(sender), o.Beside(sender)
		queued := func() crm.ID {
			draft := drafted(t, o, letterTo(o, "Naima Bouzid"))
			must2(send(o, draft.ID))(t)
			return draft.ID
		}
		next := func(services *crm.CRM) bool { return must2(services.Emails.SendNext(t.Context()))(t) }
		took := func(id crm.ID) int {
			n := 0
			for _, m := range server.Mails() {
				if strings.Contains(m.Data, "<"+*emailOf(t, o, id).MessageID+">") {
					n++
				}
			}
			return n
		}
		t.Run("survives a server that is busy, and goes on where another process stopped", func(t *testing.T) {
			id := queued()
			server.FailNext(mailtest.Fault{At: "RCPT", Reply: "451 4.7.1 greylisted"})
			equal(t, "tried", next(one), true)
			equal(t, "taken", took(id), 0)
			equal(t, "attempts", deliveryOf(t, o, id).Attempts, 1)
			o.Clock.Advance(time.Minute)
			equal(t, "tried by the other", next(other), true)
			equal(t, "taken", took(id), 1)
			equal(t, "status", emailOf(t, o, id).Status, crm.Sent)
		})
		t.Run("gives up what is refused for good", func(t *testing.T) {
			id := queued()
			server.FailNext(mailtest.Fault{At: "END", Reply: "554 5.6.0 spam"})
			next(one)
			equal(t, "status", deliveryOf(t, o, id).Status, crm.DeliveryFailed)
			equal(t, "anything left", next(one), false)
		})
		t.Run("tries again when nobody knows whether it was taken, under the same identity", func(t *testing.T) {
			id := queued()
			server.FailNext(mailtest.Fault{At: "END", Keeps: true})
			next(one)
			equal(t, "status", emailOf(t, o, id).Status, crm.Draft)
			equal(t, "code", deliveryOf(t, o, id).Failure().Code, "UNREACHABLE")
			o.Clock.Advance(time.Minute)
			next(one)
			equal(t, "status", emailOf(t, o, id).Status, crm.Sent)
			equal(t, "taken under one identity", took(id), 2)
		})
		t.Run("has an e-mail in one pair of hands, and not withdrawn while it goes out", func(t *testing.T) {
			id := queued()
			asked := server.Hold()
			var sending sync.WaitGroup
			sending.Go(func() { _, _ = one.Emails.SendNext(t.Context()) })
			<-asked
			equal(t, "tried by the other", next(other), false)
			_, err := o.Emails.Withdraw(o.As(crmtest.Sanne), crm.WithdrawEmailInput{ID: id})
			refused(t, err, crm.EmailBeingSent)
			server.Release()
			sending.Wait()
			equal(t, "taken", took(id), 1)
			equal(t, "status", emailOf(t, o, id).Status, crm.Sent)
		})
		t.Run("goes on with what a process died over, and what that one says late does not count", func(t *testing.T) {
			id := queued()
			asked := server.Hold()
			var sending sync.WaitGroup
			sending.Go(func() { _, _ = one.Emails.SendNext(t.Context()) })
			<-asked
			o.Clock.Advance(10 * time.Minute) // its lease is over
			var again sync.WaitGroup
			again.Go(func() { _, _ = other.Emails.SendNext(t.Context()) })
			<-asked
			server.Release()
			sending.Wait()
			again.Wait()
			equal(t, "status", emailOf(t, o, id).Status, crm.Sent)
			equal(t, "attempts", deliveryOf(t, o, id).Attempts, 2)
			sentEvents := 0
			for _, event := range o.Log() {
				if event.Kind == crm.EmailSentEvent && *event.SubjectID == id {
					sentEvents++
				}
			}
			equal(t, "said to be sent", sentEvents, 1)
		})
	})
}
