package crm_test

import (
	"reflect"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func TestUndoOfPreferences(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		quarterly := crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}
		t.Run("takes them back with the fields of a relation, in one version", func(t *testing.T) {
			first, stated := o.Customer(crmtest.Brouwer), preferencesOf(t, o, crmtest.Brouwer)
			must2(state(o, first.ID, quarterly))(t)
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Brouwer), crm.CustomerFields{Phone: crmtest.Text("010-1234567"), GAccountPercentage: crmtest.Given(crm.Decimal(25_00))}))(t)
			must2(state(o, first.ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "45 dagen"),
				Delivery: crmtest.Given(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF), Emails: emails("fout@brouwer.example")})}))(t)
			head := o.Head()
			must2(undoTo(o, first.ID, first.Version, o.Customer(crmtest.Brouwer).Version))(t)
			now := preferencesOf(t, o, crmtest.Brouwer)
			equal(t, "frequency", *now.Frequency.Value, *stated.Frequency.Value)
			equal(t, "condition", *now.PaymentCondition.Value, *stated.PaymentCondition.Value)
			equal(t, "channel", *now.Delivery.Channel.Value, crm.PostedInvoice)
			equal(t, "addresses", len(now.Delivery.Emails.Value), 0)
			equal(t, "who states it", *now.Frequency.Origin.SetByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "percentage", o.Customer(crmtest.Brouwer).GAccountPercentage, nil)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ChangesUndoneEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"phone", "gAccountPercentage", "frequency", "paymentConditionId", "delivery.channel", "delivery.emails"})
			equal(t, "version", o.Customer(crmtest.Brouwer).Version, first.Version+4)
		})
		t.Run("can itself be undone", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer)
			must2(undoTo(o, card.ID, card.Version-1, card.Version))(t)
			equal(t, "frequency", *preferencesOf(t, o, crmtest.Brouwer).Frequency.Value, "QUARTERLY")
			sameList(t, "addresses", preferencesOf(t, o, crmtest.Brouwer).Delivery.Emails.Value, []string{"fout@brouwer.example"})
			must2(undoTo(o, card.ID, card.Version, card.Version+1))(t)
		})
		t.Run("counts them as saved", func(t *testing.T) {
			revisions := must2(o.Revisions.OfCards(o.As(crmtest.Ruben), []crm.ID{o.Customer(crmtest.Brouwer).ID}, page.Args{}))(t)[0].Nodes
			equal(t, "kind", revisions[3].Kind, crm.InvoicingChangedEvent)
			equal(t, "source", revisions[3].Source(), crm.SavedRevision)
		})
		for _, number := range []string{"A-2026-0041", "P-2026-0012"} {
			t.Run("takes back those of "+number+", VAT and G-account too, and no other card's", func(t *testing.T) {
				first := o.Engagement(number)
				must2(state(o, first.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY")), GAccountPercentage: crmtest.Given(crm.Decimal(40_00)),
					VatRegime: crmtest.Given(crm.VatRegime("REVERSE_CHARGE"))}))(t)
				must2(state(o, first.CustomerID, quarterly))(t)
				goBackTo(t, o, number, first.Version)
				terms := must2(o.Preferences.OfEngagements(o.As(crmtest.Ruben), []*crm.Dossier{o.Engagement(number)}))(t)[0]
				equal(t, "frequency", *terms.Frequency.Value, "MONTHLY")
				equal(t, "VAT", *terms.VatRegime.Value, "STANDARD_21")
				relation := must2(o.Preferences.OfCustomers(o.As(crmtest.Ruben), []crm.ID{first.CustomerID}))(t)[0]
				equal(t, "the relation's", *relation.Frequency.Value, "QUARTERLY")
			})
		}
		t.Run("is a conflict where a colleague changed the same preference since", func(t *testing.T) {
			first := o.Customer(crmtest.Groep)
			must2(state(o, first.ID, quarterly))(t)
			must2(stateAs(o, crmtest.Joris, first.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := undoTo(o, first.ID, first.Version, first.Version+1)
				fault := refusal(t, err, crm.Conflict, "input", "expectedVersion")
				equal(t, "field", fault.Conflicts[0].Field, "frequency")
				equal(t, "theirs", fault.Conflicts[0].Theirs, any("WEEKLY"))
				equal(t, "by", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Joris).UserID)
			})
		})
	})
}

func TestUndoOfPreferencesKeepsTheirRules(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("refuses a channel that cannot work any more", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer)
			must2(state(o, card.ID, delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF), Emails: emails("facturen@brouwer.example")})))(t)
			email := o.Customer(crmtest.Brouwer)
			must2(update(o, crmtest.Joris, email, crm.CustomerFields{VisitingAddress: crmtest.Null[crm.AddressInput]()}))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := undoTo(o, card.ID, card.Version, email.Version)
				refused(t, err, crm.BadInput, "input", "toVersion")
			})
			// Judged is the card as the undo leaves it: with the address that comes back as well, a letter arrives.
			undone := must2(undoTo(o, card.ID, card.Version, o.Customer(crmtest.Brouwer).Version))(t)
			equal(t, "address", reflect.DeepEqual(undone.Customer.VisitingAddress, card.VisitingAddress), true)
			equal(t, "channel", *preferencesOf(t, o, crmtest.Brouwer).Delivery.Channel.Value, crm.PostedInvoice)
		})
		t.Run("brings back a value out of use with a warning", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer)
			must2(state(o, card.ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "30 dagen netto")}))(t)
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE organization_id = ? AND id = ?", o.ID, o.Lookup(crm.PaymentConditionList, "14 dagen").ID)
			undone := must2(undoTo(o, card.ID, card.Version, card.Version+1))(t)
			equal(t, "condition", *preferencesOf(t, o, crmtest.Brouwer).PaymentCondition.Value, o.Lookup(crm.PaymentConditionList, "14 dagen").ID)
			equal(t, "warning", undone.Warnings[0].Code, crm.ValueOutOfUse)
		})
		t.Run("refuses a contact who left", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer)
			must2(state(o, card.ID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(o.Contact("Klaas Brouwer").ID)})))(t)
			must2(o.Contacts.Archive(o.As(crmtest.Joris), crm.ArchiveContactInput{ID: o.Contact("Anja Brouwer-Ter Haar").ID}))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := undoTo(o, card.ID, card.Version, card.Version+1)
				refused(t, err, crm.ContactArchived, "input", "toVersion")
			})
		})
		t.Run("leaves them, and says so, where the office does without", func(t *testing.T) {
			card := o.Customer(crmtest.Groep)
			must2(state(o, card.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}))(t)
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{Notes: crmtest.Text("Fout")}))(t)
			without(t, o, crm.InvoicingFeature)
			undone := must2(undoTo(o, card.ID, card.Version, card.Version+2))(t)
			equal(t, "notes", undone.Customer.Notes, card.Notes)
			equal(t, "warning", undone.Warnings[0].Code, crm.NotRestored)
			equal(t, "frequency", *preferencesOf(t, o, crmtest.Groep).Frequency.Value, "WEEKLY")
		})
	})
}
