package crm_test

import (
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// state changes preferences of an owner as Sanne does.
func state(o *crmtest.Office, owner crm.ID, patch crm.InvoicingFields) (*crm.UpdateInvoicingPreferencesPayload, error) {
	return stateAs(o, crmtest.Sanne, owner, patch)
}

func stateAs(o *crmtest.Office, who string, owner crm.ID, patch crm.InvoicingFields) (*crm.UpdateInvoicingPreferencesPayload, error) {
	return o.Preferences.Update(o.As(who), crm.UpdateInvoicingPreferencesInput{OwnerID: owner, ExpectedVersion: new(versionOfPreferences(o, owner)), Patch: patch})
}

func versionOfPreferences(o *crmtest.Office, owner crm.ID) int {
	if owner == o.ID {
		office, err := o.Preferences.OfOffice(o.As(crmtest.Peter))
		if err != nil {
			panic(err)
		}
		return office.Version
	}
	cards, err := o.Nodes.Cards(o.As(crmtest.Peter), []crm.ID{owner})
	if err != nil || cards[0] == nil {
		return 1
	}
	return cards[0].Frame().Version
}

func delivery(fields crm.InvoiceDeliveryFields) crm.InvoicingFields {
	return crm.InvoicingFields{Delivery: crmtest.Given(fields)}
}

func channel(c crm.DeliveryChannel) graphql.Omittable[*crm.DeliveryChannel] { return crmtest.Given(c) }

func emails(addresses ...string) graphql.Omittable[[]string] {
	return graphql.OmittableOf(addresses)
}

func preferencesOf(t *testing.T, o *crmtest.Office, number string) *crm.InvoicingPreferences {
	t.Helper()
	return must2(o.Preferences.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(number).ID}))(t)[0]
}

func preferencesOfProject(t *testing.T, o *crmtest.Office, number string) *crm.InvoicingPreferences {
	t.Helper()
	return must2(o.Preferences.OfEngagements(o.As(crmtest.Ruben), []*crm.Dossier{o.Engagement(number)}))(t)[0]
}

func conditionCalled(o *crmtest.Office, text string) graphql.Omittable[*crm.ID] {
	return crmtest.Given(o.Lookup(crm.PaymentConditionList, text).ID)
}

func TestPreferencesAreDecidedFieldByField(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("a relation that states nothing has the office's", func(t *testing.T) {
			p := preferencesOf(t, o, crmtest.Noorderlicht)
			equal(t, "channel", *p.Delivery.Channel.Value, crm.EmailPDF)
			equal(t, "level", p.Delivery.Channel.Origin.Level, crm.OrganizationLevel)
			equal(t, "own", p.Delivery.Channel.IsOwn, false)
			equal(t, "VAT of the card", p.VatRegime.Origin.Level, crm.CustomerLevel)
		})
		t.Run("a statement of its own decides on that field alone", func(t *testing.T) {
			must2(state(o, o.Customer(crmtest.Noorderlicht).ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}))(t)
			p := preferencesOf(t, o, crmtest.Noorderlicht)
			equal(t, "frequency", *p.Frequency.Value, "QUARTERLY")
			equal(t, "who", *p.Frequency.Origin.SetByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "when", p.Frequency.Origin.SetAt, o.Clock.Now())
			equal(t, "channel still", p.Delivery.Channel.Origin.Level, crm.OrganizationLevel)
		})
		t.Run("clearing falls back, and so does clearing a whole group", func(t *testing.T) {
			id := o.Customer(crmtest.Installatie).ID
			must2(state(o, id, crm.InvoicingFields{Frequency: crmtest.Null[crm.InvoiceFrequency](), Delivery: graphql.OmittableOf(&crm.InvoiceDeliveryFields{
				Channel: crmtest.Null[crm.DeliveryChannel]()}), Approval: crmtest.Null[crm.InvoicingApprovalFields]()}))(t)
			p := preferencesOf(t, o, crmtest.Installatie)
			equal(t, "frequency", p.Frequency.Origin.Level, crm.OrganizationLevel)
			equal(t, "channel", *p.Delivery.Channel.Value, crm.EmailPDF)
			equal(t, "approval", p.Approval.HoursManager.Value, nil)
			equal(t, "e-mail stays", p.Delivery.Emails.IsOwn, true)
		})
		t.Run("an empty list can be stated", func(t *testing.T) {
			must2(state(o, o.Customer(crmtest.Installatie).ID, delivery(crm.InvoiceDeliveryFields{SplitBy: graphql.OmittableOf([]crm.InvoiceSplit{})})))(t)
			equal(t, "own", preferencesOf(t, o, crmtest.Installatie).Delivery.SplitBy.IsOwn, true)
		})
		t.Run("what the card says of VAT tells who changed it", func(t *testing.T) {
			groep := o.Customer(crmtest.Groep)
			before := preferencesOf(t, o, crmtest.Groep).VatRegime.Origin
			equal(t, "since", before.SetAt, groep.CreatedAt.UTC())
			must2(o.Customers.Update(o.As(crmtest.Joris), crm.UpdateCustomerInput{ID: groep.ID, ExpectedVersion: &groep.Version,
				Patch: crm.CustomerFields{VatRegime: crmtest.Given(crm.VatRegime("EXEMPT"))}}))(t)
			after := preferencesOf(t, o, crmtest.Groep).VatRegime
			equal(t, "value", *after.Value, "EXEMPT")
			equal(t, "by", *after.Origin.SetByID, o.Actor(crmtest.Joris).UserID)
		})
	})
}

func TestPreferencesOfTheOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("are for administrators", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := state(o, o.ID, crm.InvoicingFields{SelfBilling: crmtest.Given(true)})
				refused(t, err, crm.Forbidden)
			})
		})
		t.Run("reach relations that state nothing, and only these", func(t *testing.T) {
			answer := must2(stateAs(o, crmtest.Peter, o.ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "14 dagen")}))(t)
			equal(t, "version", answer.Preferences.Version, 2)
			equal(t, "De Linde", *preferencesOf(t, o, crmtest.DeLinde).PaymentCondition.Value, o.Lookup(crm.PaymentConditionList, "14 dagen").ID)
			equal(t, "Groep", *preferencesOf(t, o, crmtest.Groep).PaymentCondition.Value, o.Lookup(crm.PaymentConditionList, "30 dagen netto").ID)
			o.Signals()
		})
		t.Run("refuse a contact, and a version that passed", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := stateAs(o, crmtest.Peter, o.ID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(o.Contact("Erik Jansen").ID)}))
				refused(t, err, crm.BadInput, "input", "patch", "delivery", "attentionContactId")
				_, err = o.Preferences.Update(o.As(crmtest.Peter), crm.UpdateInvoicingPreferencesInput{OwnerID: o.ID, ExpectedVersion: new(1),
					Patch: crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "45 dagen")}})
				fault := refusal(t, err, crm.Conflict)
				equal(t, "field", fault.Conflicts[0].Field, "paymentConditionId")
				equal(t, "by", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Peter).UserID)
			})
		})
	})
}

func TestNewRequestsAndProjectsBeginWithPreferences(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		customer := o.Customer(crmtest.Installatie)
		request := must2(o.Engagements.CreateRequest(o.As(crmtest.Sanne), crm.CreateRequestInput{CustomerID: customer.ID, Title: "Nieuw",
			ContactID: o.Contact("Erik Jansen").ID, Openings: 1}))(t).Request
		o.Clock.Advance(time.Hour)
		t.Run("as their own, told as taken over", func(t *testing.T) {
			p := preferencesOfProject(t, o, request.Number)
			equal(t, "channel", *p.Delivery.Channel.Own, crm.EmailPDFUBL)
			equal(t, "level", p.Delivery.Channel.Origin.Level, crm.RequestLevel)
			equal(t, "from", *p.Delivery.Channel.Origin.CopiedFrom, crm.CustomerLevel)
			equal(t, "G-account", *p.GAccountPercentage.Own, 25_00)
		})
		t.Run("and keep them when the relation changes", func(t *testing.T) {
			must2(state(o, customer.ID, delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF), Emails: emails("nieuw@vdv.example")})))(t)
			equal(t, "channel", *preferencesOfProject(t, o, request.Number).Delivery.Channel.Value, crm.EmailPDFUBL)
		})
		t.Run("the project of a request begins with the request's", func(t *testing.T) {
			must2(state(o, request.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}))(t)
			project := must2(o.Engagements.HonourRequest(o.As(crmtest.Sanne), crm.HonourRequestInput{ID: request.ID, StartOn: "2026-12-01"}))(t).Project
			p := preferencesOfProject(t, o, project.Number)
			equal(t, "frequency", *p.Frequency.Own, "WEEKLY")
			equal(t, "from", *p.Frequency.Origin.CopiedFrom, crm.RequestLevel)
			equal(t, "channel", *p.Delivery.Channel.Own, crm.EmailPDFUBL)
			t.Run("and falls back to the relation's when cleared", func(t *testing.T) {
				must2(state(o, project.ID, crm.InvoicingFields{Delivery: crmtest.Null[crm.InvoiceDeliveryFields]()}))(t)
				p := preferencesOfProject(t, o, project.Number)
				equal(t, "channel", *p.Delivery.Channel.Value, crm.EmailPDF)
				equal(t, "level", p.Delivery.Channel.Origin.Level, crm.CustomerLevel)
			})
		})
		t.Run("leads have none", func(t *testing.T) {
			_, err := state(o, o.Engagement("L-2026-0101").ID, crm.InvoicingFields{})
			refused(t, err, crm.NotFound, "input", "ownerId")
		})
	})
}

func TestPreferencesMustWorkOutTogether(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		id := o.Customer(crmtest.DeLinde).ID
		refuses := func(name string, patch crm.InvoicingFields, path ...string) {
			t.Helper()
			t.Run("refuses "+name, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := state(o, id, patch)
					refused(t, err, crm.BadInput, append([]string{"input", "patch"}, path...)...)
				})
			})
		}
		refuses("e-mail without an address", delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF)}), "delivery", "emails")
		refuses("a bad address", delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF), Emails: emails("geen adres")}), "delivery", "emails")
		refuses("eleven addresses", delivery(crm.InvoiceDeliveryFields{Cc: emails(make([]string, 11)...)}), "delivery", "cc")
		peppol := func(scheme crm.PeppolScheme, address string) crm.InvoiceDeliveryFields {
			return crm.InvoiceDeliveryFields{Channel: channel(crm.PeppolNet), PeppolScheme: crmtest.Given(scheme), PeppolID: crmtest.Text(address),
				CustomerReference: crmtest.Text("Afdeling Inkoop")}
		}
		refuses("a KvK address of seven digits", delivery(peppol(crm.PeppolKVK, "0090010")), "delivery", "peppolId")
		refuses("an OIN of nineteen digits", delivery(peppol(crm.PeppolOIN, "0000000190000008900")), "delivery", "peppolId")
		refuses("a VAT address that is none", delivery(peppol(crm.PeppolVAT, "NL000000000B00")), "delivery", "peppolId")
		unscheme := peppol(crm.PeppolKVK, "00900105")
		unscheme.PeppolScheme = crmtest.Null[crm.PeppolScheme]()
		refuses("Peppol without a scheme", delivery(unscheme), "delivery", "peppolScheme")
		unreferenced := peppol(crm.PeppolKVK, "00900105")
		unreferenced.CustomerReference = crmtest.Null[string]()
		refuses("Peppol without a reference", delivery(unreferenced), "delivery", "customerReference")
		refuses("post to an address the card lacks", delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.PostedInvoice),
			PostalAddressKind: crmtest.Given(crm.PostalAddressKind("POSTAL"))}), "delivery", "postalAddressKind")
		refuses("a channel beside self-billing", crm.InvoicingFields{SelfBilling: crmtest.Given(true),
			Delivery: crmtest.Given(crm.InvoiceDeliveryFields{Channel: channel(crm.PostedInvoice)})}, "delivery", "channel")
		refuses("the VAT regime, which is on the card", crm.InvoicingFields{VatRegime: crmtest.Given(crm.VatRegime("EXEMPT"))}, "vatRegime")
		refuses("the G-account, which is on the card", crm.InvoicingFields{GAccountPercentage: crmtest.Given(crm.Decimal(10_00))}, "gAccountPercentage")
		t.Run("accepts each of them complete", func(t *testing.T) {
			for _, patch := range []crm.InvoicingFields{
				delivery(peppol(crm.PeppolKVK, "00 90 01 05")), delivery(peppol(crm.PeppolOIN, "00000001900000089000")),
				delivery(peppol(crm.PeppolVAT, "nl900000016b01")), delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.PostedInvoice)}),
				delivery(crm.InvoiceDeliveryFields{Channel: channel(crm.EmailPDF), AttentionContactID: crmtest.Given(o.Contact("Anneke Postma").ID)}),
			} {
				must2(state(o, id, patch))(t)
			}
		})
		t.Run("what was amiss before does not keep other changes from being made", func(t *testing.T) {
			answer := must2(state(o, o.Customer(crmtest.Noorderlicht).ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "14 dagen")}))(t)
			sameList(t, "warnings", each(answer.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code }), []crm.WarningCode{crm.InvoicingIncomplete})
			problems := must2(o.Preferences.ProblemsOf(o.As(crmtest.Ruben), []*crm.InvoicingPreferences{preferencesOf(t, o, crmtest.Noorderlicht)}))(t)[0]
			equal(t, "problem", problems[0].Code, crm.EmailMissing)
		})
		t.Run("self-billing sends nothing, and gives the channel back when it ends", func(t *testing.T) {
			groep := o.Customer(crmtest.Groep).ID
			must2(state(o, groep, crm.InvoicingFields{SelfBilling: crmtest.Given(true)}))(t)
			p := preferencesOf(t, o, crmtest.Groep)
			equal(t, "channel", *p.Delivery.Channel.Value, crm.NoDelivery)
			equal(t, "own", *p.Delivery.Channel.Own, crm.EmailPDF)
			must2(state(o, groep, crm.InvoicingFields{SelfBilling: crmtest.Null[bool]()}))(t)
			equal(t, "channel again", *preferencesOf(t, o, crmtest.Groep).Delivery.Channel.Value, crm.EmailPDF)
		})
	})
}

func TestPaymentConditions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		warned := func(number, text string) []crm.WarningCode {
			answer := must2(state(o, o.Customer(number).ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, text)}))(t)
			return each(answer.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code })
		}
		write(t, o, "UPDATE lookup_values SET days = 61 WHERE text = '60 dagen'")
		t.Run("warn of more than 60 days, and of more than 30 at a large enterprise", func(t *testing.T) {
			sameList(t, "61 days", warned(crmtest.Installatie, "60 dagen"), []crm.WarningCode{crm.LongPaymentTerm})
			sameList(t, "45 days", warned(crmtest.Installatie, "45 dagen"), nil)
			sameList(t, "45 days, large", warned(crmtest.Groep, "45 dagen"), []crm.WarningCode{crm.LongPaymentTerm})
		})
		t.Run("taken out of use stay on the cards that have them, and cannot be chosen", func(t *testing.T) {
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE text = '45 dagen'")
			_, err := state(o, o.Customer(crmtest.Brouwer).ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "45 dagen")})
			refused(t, err, crm.LookupInactive, "input", "patch", "paymentConditionId")
			must2(state(o, o.Customer(crmtest.Groep).ID, crm.InvoicingFields{PaymentConditionID: conditionCalled(o, "45 dagen"), SelfBilling: crmtest.Given(false)}))(t)
			equal(t, "kept", *preferencesOf(t, o, crmtest.Groep).PaymentCondition.Value, o.Lookup(crm.PaymentConditionList, "45 dagen").ID)
		})
		t.Run("are values of their own list", func(t *testing.T) {
			_, err := state(o, o.Customer(crmtest.Brouwer).ID, crm.InvoicingFields{PaymentConditionID: crmtest.Given(o.Lookup(crm.SectorList, "Bouw").ID)})
			refused(t, err, crm.NotFound, "input", "patch", "paymentConditionId")
		})
	})
}

func TestChangesOfPreferences(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		customer := o.Customer(crmtest.Installatie)
		t.Run("are an event of the card", func(t *testing.T) {
			head := o.Head()
			must2(state(o, customer.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}))(t)
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.InvoicingChangedEvent})
			equal(t, "version", events[0].CardVersion, customer.Version+1)
			equal(t, "change", events[0].Changes[0], crm.FieldChange{Field: "frequency", From: "MONTHLY", To: "WEEKLY"})
			o.Signals()
		})
		t.Run("that change nothing make no version", func(t *testing.T) {
			changesNothing(t, o, func() {
				must2(state(o, customer.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}))(t)
			})
		})
		t.Run("clash on the same field, and pass on another", func(t *testing.T) {
			_, err := o.Preferences.Update(o.As(crmtest.Joris), crm.UpdateInvoicingPreferencesInput{OwnerID: customer.ID, ExpectedVersion: &customer.Version,
				Patch: crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}})
			equal(t, "theirs", refusal(t, err, crm.Conflict).Conflicts[0].Theirs, "WEEKLY")
			must2(o.Preferences.Update(o.As(crmtest.Joris), crm.UpdateInvoicingPreferencesInput{OwnerID: customer.ID, ExpectedVersion: &customer.Version,
				Patch: crm.InvoicingFields{SelfBilling: crmtest.Given(false)}}))(t)
			_, err = o.Preferences.Update(o.As(crmtest.Joris), crm.UpdateInvoicingPreferencesInput{OwnerID: customer.ID,
				Base:  &crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("MONTHLY"))},
				Patch: crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}})
			refused(t, err, crm.Conflict)
			o.Signals()
		})
		t.Run("want a base", func(t *testing.T) {
			_, err := o.Preferences.Update(o.As(crmtest.Joris), crm.UpdateInvoicingPreferencesInput{OwnerID: customer.ID,
				Patch: crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}})
			refused(t, err, crm.BadInput, "input")
		})
		t.Run("are refused on an archived card", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := state(o, o.Customer(crmtest.Vastgoed).ID, crm.InvoicingFields{SelfBilling: crmtest.Given(true)})
				refused(t, err, crm.CardArchived)
				_, err = state(o, o.Engagement("P-2024-0007").ID, crm.InvoicingFields{SelfBilling: crmtest.Given(true)})
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("by two at once: one passes, the other is told", func(t *testing.T) {
			version := o.Customer(crmtest.Brouwer).Version
			outcomes := make([]error, 2)
			var together sync.WaitGroup
			for i, frequency := range []crm.InvoiceFrequency{"WEEKLY", "QUARTERLY"} {
				together.Go(func() {
					_, outcomes[i] = o.Preferences.Update(o.As(crmtest.Sanne), crm.UpdateInvoicingPreferencesInput{OwnerID: o.Customer(crmtest.Brouwer).ID,
						ExpectedVersion: &version, Patch: crm.InvoicingFields{Frequency: crmtest.Given(frequency)}})
				})
			}
			together.Wait()
			if (outcomes[0] == nil) == (outcomes[1] == nil) {
				t.Errorf("got %v", outcomes)
			}
		})
	})
}

func TestAContactWhomInvoicesAreForIsInUse(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		anja := o.Contact("Anja Brouwer-Ter Haar").ID
		changesNothing(t, o, func() {
			_, err := o.Contacts.Archive(o.As(crmtest.Joris), crm.ArchiveContactInput{ID: anja})
			fault := refusal(t, err, crm.ContactInUse)
			equal(t, "card", fault.Cards[0].NodeID(), o.Customer(crmtest.Brouwer).ID)
		})
		must2(state(o, o.Customer(crmtest.Brouwer).ID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Null[crm.ID]()})))(t)
		must2(o.Contacts.Archive(o.As(crmtest.Joris), crm.ArchiveContactInput{ID: anja}))(t)
		_, err := state(o, o.Customer(crmtest.Brouwer).ID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(anja)}))
		refused(t, err, crm.ContactArchived, "input", "patch", "delivery", "attentionContactId")
		_, err = state(o, o.Customer(crmtest.Brouwer).ID, delivery(crm.InvoiceDeliveryFields{AttentionContactID: crmtest.Given(o.Contact("Erik Jansen").ID)}))
		refused(t, err, crm.ContactNotOfCustomer, "input", "patch", "delivery", "attentionContactId")
	})
}

func TestPreviewOfPreferences(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		preview := func(owner crm.ID, patch crm.InvoicingFields) *crm.InvoicingChangePreview {
			return must2(o.Preferences.Preview(o.As(crmtest.Ruben), crm.PreviewInvoicingChangeInput{OwnerID: owner, Patch: patch}))(t)
		}
		weekly := crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("WEEKLY"))}
		installatie := o.Customer(crmtest.Installatie).ID
		t.Run("names what keeps its own, with what counts there", func(t *testing.T) {
			changesNothing(t, o, func() {
				p := preview(installatie, weekly)
				equal(t, "kept", p.KeptCount, 3)
				equal(t, "reached", p.ReachedCount, 0)
				equal(t, "value", p.Kept[0].Fields[0].Value, "MONTHLY")
				equal(t, "level", *p.Kept[0].Fields[0].Level, crm.RequestLevel)
			})
		})
		t.Run("names what follows the relation", func(t *testing.T) {
			must2(state(o, o.Engagement("P-2026-0012").ID, crm.InvoicingFields{Frequency: crmtest.Null[crm.InvoiceFrequency]()}))(t)
			p := preview(installatie, weekly)
			equal(t, "kept", p.KeptCount, 2)
			equal(t, "reached", p.Reached[0].EngagementID, o.Engagement("P-2026-0012").ID)
			equal(t, "of the office", preview(o.ID, weekly).ReachedCount, 0)
			must2(state(o, o.Engagement("P-2026-0025").ID, crm.InvoicingFields{Frequency: crmtest.Null[crm.InvoiceFrequency]()}))(t)
			reached := preview(o.ID, weekly).Reached // Waterlanden states no frequency
			sameList(t, "of the office", each(reached, func(e *crm.InvoicingEffect) crm.ID { return e.EngagementID }), []crm.ID{o.Engagement("P-2026-0025").ID})
		})
		t.Run("tells what would refuse the change", func(t *testing.T) {
			_, err := o.Preferences.Preview(o.As(crmtest.Ruben), crm.PreviewInvoicingChangeInput{OwnerID: installatie,
				Patch: delivery(crm.InvoiceDeliveryFields{Emails: emails("x")})})
			refused(t, err, crm.BadInput)
			_, err = o.Preferences.Preview(o.As(crmtest.Ruben), crm.PreviewInvoicingChangeInput{OwnerID: o.Engagement("P-2026-0012").ID})
			refused(t, err, crm.NotFound, "input", "ownerId")
		})
	})
}
