package crm_test

import (
	"context"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/mail"
)

// during is a mail server that something happens to before it answers.
type during struct{ do func() error }

func (d during) Send(context.Context, *mail.Message) error { return d.do() }

func TestNothingGoesToWhoWasErased(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		rik := o.Contact("Rik Scholten")
		// waiting is an e-mail and a letter to Rik, in the spool.
		waiting := func(t *testing.T) (email, letter crm.ID) {
			t.Helper()
			email = must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: rik.CustomerID, Fields: letterTo(o, "Rik Scholten", "collega@brouwer-zonen.example")}))(t).Email.ID
			must2(send(o, email))(t)
			letter = letterFor(t, o, "Rik Scholten").ID
			must2(sendBy(o, letter, crm.ByEmail))(t)
			return email, letter
		}
		email, letter := waiting(t)
		failed := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: rik.CustomerID, Fields: letterTo(o, "Rik Scholten")}))(t).Email.ID
		must2(send(o, failed))(t)
		write(t, o, "UPDATE outbox SET status = 'FAILED', next_attempt_at = NULL, finished_at = queued_at WHERE communication_id = ?", failed)
		head, delivered := o.Head(), len(o.Post.Mails())
		must2(anonymize(o, rik.ID))(t)
		t.Run("what waited is a draft again", func(t *testing.T) {
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.EmailWithdrawnEvent, crm.EmailWithdrawnEvent, crm.EmailWithdrawnEvent, crm.ContactAnonymizedEvent})
			for _, id := range []crm.ID{email, letter, failed} {
				equal(t, "status", messageNow(t, o, id).Status, crm.Draft)
				equal(t, "withdrawn", deliveryOf(t, o, id) == nil, true)
			}
			equal(t, "files", len(must2(o.Files.AttachmentsOf(o.As(crmtest.Sanne), []crm.ID{letter}))(t)[0]), 0)
			o.Deliver()
			equal(t, "delivered", len(o.Post.Mails()), delivered)
			checkVersions(t, o)
		})
		t.Run("and does not go out again", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := send(o, email)
				refused(t, err, crm.BadInput, "input", "id")
				_, err = sendBy(o, letter, crm.ByEmail)
				refused(t, err, crm.ContactAnonymized, "input", "channel")
			})
		})
	})
}

func TestWhatWasBeingHandedOverIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		rik := o.Contact("Rik Scholten")
		id, tries := must2(o.Emails.Create(o.As(crmtest.Sanne), crm.CreateEmailInput{CustomerID: rik.CustomerID, Fields: letterTo(o, "Rik Scholten")}))(t).Email.ID, 0
		must2(send(o, id))(t)
		other := o.Beside(during{func() error {
			tries++
			must2(anonymize(o, rik.ID))(t)
			return &mail.Failure{Kind: mail.Postponed}
		}})
		must2(other.Emails.SendNext(t.Context()))(t)
		equal(t, "waits", deliveryOf(t, o, id).Status, crm.DeliveryQueued)
		o.Clock.Advance(24 * time.Hour)
		head := o.Head()
		must2(other.Emails.SendNext(t.Context()))(t)
		equal(t, "tries", tries, 1)
		equal(t, "withdrawn", deliveryOf(t, o, id) == nil, true)
		equal(t, "status", messageNow(t, o, id).Status, crm.Draft)
		sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.EmailWithdrawnEvent})
	})
}
