package crm_test

import (
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestWordsAroundDocuments(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		worded := func(id crm.ID, subject, message string) error {
			_, err := o.Documents.Send(o.As(crmtest.Sanne), crm.SendDocumentInput{ID: id, Channel: crm.ByEmail, Subject: &subject, Message: &message})
			return err
		}
		t.Run("are what a colleague writes, between salutation and closing", func(t *testing.T) {
			letter := letterFor(t, o, "Ingrid van den Berg").ID
			if err := worded(letter, " Voor {{customer.name}} ", "Zoals besproken.\n\nTekent u voor vrijdag?"); err != nil {
				t.Fatal(err)
			}
			o.Deliver()
			all := o.Post.Mails()
			got := all[len(all)-1]
			equal(t, "subject", got.Subject, "Voor Gemeente Waterlanden")
			want := "Geachte mevrouw Van den Berg,\n\nZoals besproken.\n\nTekent u voor vrijdag?\n\nMet vriendelijke groet,\n\nSanne Verhoef"
			if !strings.HasPrefix(got.Text, want) {
				t.Errorf("it says %q", got.Text)
			}
			details := detailsOf(t, o, letter)
			equal(t, "kept subject", *details.MailSubject, "Voor Gemeente Waterlanden")
			equal(t, "kept message", *details.MailMessage, "Zoals besproken.\n\nTekent u voor vrijdag?")
			equal(t, "of the letter", messageNow(t, o, letter).Subject, "Bevestiging")
		})
		t.Run("are forgotten when it is withdrawn", func(t *testing.T) {
			letter := letterFor(t, o, "Ingrid van den Berg").ID
			if err := worded(letter, "Spoed", "Graag vandaag."); err != nil {
				t.Fatal(err)
			}
			must2(withdraw(o, letter))(t)
			details := detailsOf(t, o, letter)
			equal(t, "forgotten", details.MailSubject == nil && details.MailMessage == nil, true)
		})
		t.Run("are in order, and go by e-mail alone", func(t *testing.T) {
			letter := letterFor(t, o, "Ingrid van den Berg").ID
			o.Signals()
			for _, one := range []struct{ subject, message, fault string }{
				{strings.Repeat("x", 201), "x", "BAD_INPUT input.subject"},
				{"x", strings.Repeat("x", 5001), "BAD_INPUT input.message"},
				{"x", "{{niets}}", "BAD_INPUT input.message"},
				{"{{engagement.number}}", "x", "DRAFT_INCOMPLETE input.subject"},
			} {
				sameList(t, one.fault, faultsOf(worded(letter, one.subject, one.message)), []string{one.fault})
			}
			_, err := o.Documents.Send(o.As(crmtest.Sanne), crm.SendDocumentInput{ID: letter, Channel: crm.ByPost, Message: new("x")})
			refused(t, err, crm.BadInput, "input", "message")
			equal(t, "status", messageNow(t, o, letter).Status, crm.Draft)
			equal(t, "spooled", deliveryOf(t, o, letter) == nil, true)
		})
	})
}
