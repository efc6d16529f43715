package crm_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestWhatCannotBePrinted(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		card := o.Customer(crmtest.Brouwer).ID
		write := func(subject, body string) (*crm.CreateLetterPayload, error) {
			return o.Documents.CreateLetter(o.As(crmtest.Sanne), crm.CreateLetterInput{CustomerID: card, Subject: &subject, Body: &body})
		}
		unprintable := func(t *testing.T, err error, path, text string) {
			t.Helper()
			equal(t, "text", refusal(t, err, crm.NotPrintable, "input", path).Text.NL, "Deze tekens kunnen niet op papier: "+text+".")
		}
		t.Run("is refused in a letter, with where it is", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := write("Bevestiging", "Beste heer,\nTot in 北京 🎉")
				unprintable(t, err, "body", "“北” (regel 2, positie 8), “京” (regel 2, positie 9), “🎉” (regel 2, positie 11)")
				_, err = write("Bevestiging 🎉", "Tot dan.")
				unprintable(t, err, "subject", "“🎉” (regel 1, positie 13)")
			})
		})
		t.Run("is refused in a change of a draft", func(t *testing.T) {
			letter := aDraft(t, o)
			for path, input := range map[string]crm.UpdateDocumentInput{
				"body":         {Body: crmtest.Text("🎉")},
				"salutation":   {Salutation: crmtest.Text("🎉")},
				"addressLines": {AddressLines: graphql.OmittableOf([]string{"🎉"})},
			} {
				input.ID, input.ExpectedVersion = letter.ID, 1
				_, err := o.Documents.Update(o.As(crmtest.Sanne), input)
				unprintable(t, err, path, "“🎉” (regel 1, positie 1)")
			}
		})
		t.Run("is refused in templates and on the letterhead", func(t *testing.T) {
			_, err := o.Templates.Save(o.As(crmtest.Peter), crm.SaveDocumentTemplateInput{Name: "Feest", Kind: crm.TemplateKind(crm.LetterKind),
				CardTypes: []crm.CardType{crm.CustomerCard}, Language: crm.LanguageNL, Subject: "Feest", Body: "🎉", IsActive: true})
			unprintable(t, err, "body", "“🎉” (regel 1, positie 1)")
			head := must2(o.Templates.Letterhead(o.As(crmtest.Peter)))(t)
			_, err = o.Templates.SaveLetterhead(o.As(crmtest.Peter), crm.SaveLetterheadInput{ExpectedVersion: head.Version, Name: "北京 B.V."})
			unprintable(t, err, "name", "“北” (regel 1, positie 1), “京” (regel 1, positie 2)")
		})
		t.Run("is warned of in values that are filled in, and not sent", func(t *testing.T) {
			must2(o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: card, ExpectedVersion: new(o.Customer(crmtest.Brouwer).Version),
				Patch: crm.CustomerFields{Name: crmtest.Text("Brouwer 北京")}}))(t)
			drafted := must2(write("Voor {{customer.name}}", "Wij bevestigen onze afspraak."))(t)
			equal(t, "warning", drafted.Warnings[0].Message, "Deze tekens kunnen niet op papier: “北”, “京”.")
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Documents.Send(o.As(crmtest.Sanne), crm.SendDocumentInput{ID: drafted.Letter.ID, Channel: crm.ByPost})
				unprintable(t, err, "id", "“北”, “京”")
			})
		})
	})
}
