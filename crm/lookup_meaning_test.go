package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// valueOf adds a value to a list as Peter does.
func valueOf(o *crmtest.Office, list crm.LookupListKey, fields crm.LookupValueFields) (*crm.CreateLookupValuePayload, error) {
	return o.Lookups.Create(o.As(crmtest.Peter), crm.CreateLookupValueInput{List: list, Fields: fields})
}

func mendValue(o *crmtest.Office, value *crm.LookupValue, fields crm.LookupValueFields) (*crm.UpdateLookupValuePayload, error) {
	return o.Lookups.Update(o.As(crmtest.Peter), crm.UpdateLookupValueInput{ID: value.ID, ExpectedVersion: &value.Version, Patch: fields})
}

func TestValuesMeanSomething(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("in the lists that have it, with an event of what changed", func(t *testing.T) {
			method := must2(valueOf(o, crm.InvoicingMethodList, crm.LookupValueFields{Text: crmtest.Text("Abonnement"), Basis: crmtest.Given(crm.InvoicingBasis("RECURRING"))}))(t).Value
			equal(t, "basis", *method.Basis, crm.InvoicingBasis("RECURRING"))
			condition := must2(valueOf(o, crm.PaymentConditionList, crm.LookupValueFields{Text: crmtest.Text("Contant"), Days: crmtest.Given(0)}))(t).Value
			equal(t, "days", *condition.Days, 0)
			before := o.Head()
			mended := must2(mendValue(o, condition, crm.LookupValueFields{Days: crmtest.Given(120), IsEndOfMonth: crmtest.Given(true), IsDirectDebit: crmtest.Given(true)}))(t).Value
			equal(t, "days", *mended.Days, 120)
			log := o.LogAfter(before)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.LookupUpdatedEvent})
			sameList(t, "changed", log[0].ChangedFields(), []string{"days", "isEndOfMonth", "isDirectDebit"})
			kept := o.Lookup(crm.PaymentConditionList, "Contant")
			equal(t, "kept", *kept.Days == 120 && kept.IsEndOfMonth && kept.IsDirectDebit, true)
		})
		t.Run("which they must, within bounds, and the values of no other list", func(t *testing.T) {
			text := crmtest.Text("Anders")
			o.Signals()
			changesNothing(t, o, func() {
				for _, one := range []struct {
					list   crm.LookupListKey
					fields crm.LookupValueFields
					fault  string
				}{
					{crm.InvoicingMethodList, crm.LookupValueFields{Text: text}, "BAD_INPUT input.fields.basis"},
					{crm.PaymentConditionList, crm.LookupValueFields{Text: text, Days: crmtest.Null[int]()}, "BAD_INPUT input.fields.days"},
					{crm.PaymentConditionList, crm.LookupValueFields{Text: text, Days: crmtest.Given(-1)}, "BAD_INPUT input.fields.days"},
					{crm.PaymentConditionList, crm.LookupValueFields{Text: text, Days: crmtest.Given(121)}, "BAD_INPUT input.fields.days"},
					{crm.DeliveryPresetList, crm.LookupValueFields{Text: text, AttachTimesheets: crmtest.Given(true)}, "BAD_INPUT input.fields.channel"},
					{crm.SectorList, crm.LookupValueFields{Text: text, Basis: crmtest.Given(crm.TimeAndMaterial)}, "BAD_INPUT input.fields.basis"},
					{crm.InvoicingMethodList, crm.LookupValueFields{Text: text, Basis: crmtest.Given(crm.TimeAndMaterial), IsDirectDebit: crmtest.Given(true)}, "BAD_INPUT input.fields.isDirectDebit"},
				} {
					_, err := valueOf(o, one.list, one.fields)
					sameList(t, string(one.list), faultsOf(err), []string{one.fault})
				}
				_, err := mendValue(o, o.Lookup(crm.PaymentConditionList, "60 dagen"), crm.LookupValueFields{Days: crmtest.Null[int]()})
				refused(t, err, crm.BadInput, "input", "patch", "days")
			})
		})
		t.Run("based on what was seen", func(t *testing.T) {
			sixty := o.Lookup(crm.PaymentConditionList, "60 dagen")
			must2(mendValue(o, sixty, crm.LookupValueFields{Days: crmtest.Given(59)}))(t)
			_, err := o.Lookups.Update(o.As(crmtest.Peter), crm.UpdateLookupValueInput{ID: sixty.ID,
				Base: &crm.LookupValueFields{Days: crmtest.Given(60)}, Patch: crm.LookupValueFields{Days: crmtest.Given(58)}})
			conflict := refusal(t, err, crm.Conflict, "input", "patch").Conflicts
			equal(t, "conflict", conflict[0].Field, "days")
		})
	})
}

func TestMeaningOfValuesThatWereAgreedOn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		t.Run("stays where a request or a project has it", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := mendValue(o, o.Lookup(crm.PaymentConditionList, "30 dagen netto"), crm.LookupValueFields{Days: crmtest.Given(45)})
				refused(t, err, crm.LookupInUse, "input", "patch", "days")
				_, err = mendValue(o, o.Lookup(crm.InvoicingMethodList, "Nacalculatie"), crm.LookupValueFields{Basis: crmtest.Given(crm.InvoicingBasis("RECURRING"))})
				refused(t, err, crm.LookupInUse, "input", "patch", "basis")
			})
			must2(mendValue(o, o.Lookup(crm.PaymentConditionList, "30 dagen netto"), crm.LookupValueFields{Text: crmtest.Text("Netto 30 dagen"), Days: crmtest.Given(30)}))(t)
		})
		t.Run("reaches relations, which begin new projects with it", func(t *testing.T) {
			customer, sixty := o.Customer(crmtest.DeLinde), o.Lookup(crm.PaymentConditionList, "60 dagen")
			must2(state(o, customer.ID, crm.InvoicingFields{PaymentConditionID: crmtest.Given(sixty.ID)}))(t)
			must2(mendValue(o, sixty, crm.LookupValueFields{Days: crmtest.Given(50)}))(t)
			contact := o.Contact("Anneke Postma")
			must2(o.Engagements.CreateRequest(sanne, crm.CreateRequestInput{CustomerID: customer.ID, Title: "Projectleider", ContactID: contact.ID, Openings: 1}))(t)
			_, err := mendValue(o, o.Lookup(crm.PaymentConditionList, "60 dagen"), crm.LookupValueFields{Days: crmtest.Given(40)})
			refused(t, err, crm.LookupInUse, "input", "patch", "days")
		})
		t.Run("is told where there was none", func(t *testing.T) {
			condition := o.Lookup(crm.PaymentConditionList, "45 dagen")
			write(t, o, "UPDATE lookup_values SET days = NULL WHERE id = ?", condition.ID)
			_, err := mendValue(o, condition, crm.LookupValueFields{Text: crmtest.Text("45 dagen netto")})
			refused(t, err, crm.BadInput, "input", "patch", "days")
			must2(mendValue(o, condition, crm.LookupValueFields{Days: crmtest.Given(45)}))(t)
		})
	})
}

func TestDeliveryPresets(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		customer := o.Customer(crmtest.Groep).ID
		apply := func(who string, owner crm.ID, preset string) (*crm.ApplyInvoiceDeliveryPresetPayload, error) {
			return o.Preferences.ApplyDeliveryPreset(o.As(who), crm.ApplyInvoiceDeliveryPresetInput{OwnerID: owner,
				ExpectedVersion: versionOfPreferences(o, owner), PresetID: o.Lookup(crm.DeliveryPresetList, preset).ID})
		}
		t.Run("state what they choose, and leave the rest", func(t *testing.T) {
			head := o.Head()
			must2(apply(crmtest.Sanne, customer, "Per post, per medewerker"))(t)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.InvoicingChangedEvent})
			sameList(t, "changed", events[0].ChangedFields(), []string{"delivery.channel", "delivery.splitBy"})
			o.Signals()
			changesNothing(t, o, func() { must2(apply(crmtest.Sanne, customer, "Per post, per medewerker"))(t) })
		})
		t.Run("are not remembered", func(t *testing.T) {
			preset := o.Lookup(crm.DeliveryPresetList, "Per post, per medewerker")
			must2(mendValue(o, preset, crm.LookupValueFields{Channel: channel("PORTAL"), SplitBy: crmtest.List[crm.InvoiceSplit]()}))(t)
			equal(t, "splits", len(o.Lookup(crm.DeliveryPresetList, "Per post, per medewerker").SplitBy()), 0)
			equal(t, "channel", *preferencesOf(t, o, crmtest.Groep).Delivery.Channel.Value, crm.PostedInvoice)
		})
		t.Run("are refused for what would not work", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := apply(crmtest.Sanne, customer, "Peppol met inkoopordernummer")
				refused(t, err, crm.BadInput, "input", "presetId")
				_, err = apply(crmtest.Ruben, customer, "E-mail met urenspecificatie")
				refused(t, err, crm.Forbidden)
				_, err = apply(crmtest.Sanne, o.ID, "E-mail met urenspecificatie")
				refused(t, err, crm.Forbidden)
				_, err = apply(crmtest.Sanne, o.Customer(crmtest.HanzeBouw).ID, "E-mail met urenspecificatie")
				refused(t, err, crm.BadInput, "input", "presetId")
				_, err = o.Preferences.ApplyDeliveryPreset(o.As(crmtest.Sanne), crm.ApplyInvoiceDeliveryPresetInput{OwnerID: customer,
					ExpectedVersion: versionOfPreferences(o, customer), PresetID: o.Lookup(crm.SectorList, "Bouw").ID})
				refused(t, err, crm.NotFound, "input", "presetId")
			})
		})
	})
}

func TestEveryListOfTheOfficeHasValues(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, list := range must2(o.Lookups.Lists(o.As(crmtest.Ruben)))(t) {
			equal(t, string(list.Key)+" has choices", list.HasChoices(), true)
			equal(t, string(list.Key)+" has a name", list.Name() != string(list.Key), true)
		}
	})
}
