package crm_test

import (
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// without switches parts of the card off for the office, as Peter.
func without(t *testing.T, o *crmtest.Office, off ...crm.Feature) *crm.OrganizationSettings {
	t.Helper()
	return must2(o.Settings.SetFeatures(o.As(crmtest.Peter), crm.SetOrganizationFeaturesInput{Disable: off}))(t).Settings
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		customer := o.Customer(crmtest.Installatie).ID
		place := func(who string) error {
			_, err := o.Attentions.Add(o.As(who), crm.AddAttentionInput{CardID: customer, Text: "x", Level: "INFO"})
			return err
		}
		t.Run("are all in use at an office that never chose", func(t *testing.T) {
			settings := must2(o.Settings.OfActor(o.As(crmtest.Ruben)))(t)
			equal(t, "version", settings.Version, 1)
			for _, feature := range settings.Features() {
				equal(t, feature.Label, feature.IsEnabled, true)
			}
		})
		t.Run("are switched off by an administrator, as a change of everyone's access", func(t *testing.T) {
			before := o.Head()
			o.Signals()
			settings := without(t, o, crm.AttentionsFeature, crm.RevertFeature)
			equal(t, "version", settings.Version, 2)
			event := accessEvent(t, o, before, crm.AccessChangedEvent, o.ID, o.ID)
			equal(t, "field", event.Changes[0].Field, "disabledFeatures")
		})
		t.Run("are refused when off", func(t *testing.T) {
			changesNothing(t, o, func() {
				refused(t, place(crmtest.Sanne), crm.FeatureDisabled)
				refused(t, place(crmtest.Peter), crm.FeatureDisabled)
				_, err := o.Attentions.Acknowledge(o.As(crmtest.Ruben), crm.AcknowledgeAttentionInput{ID: o.Attention(crmtest.HanzeBouw).ID})
				refused(t, err, crm.FeatureDisabled)
				_, err = o.Customers.RevertToProspect(o.As(crmtest.Joris), crm.RevertToProspectInput{ID: o.Customer(crmtest.Brouwer).ID})
				refused(t, err, crm.FeatureDisabled)
			})
		})
		t.Run("say first what the role forbids", func(t *testing.T) { refused(t, place(crmtest.Ruben), crm.Forbidden) })
		t.Run("keep what was recorded", func(t *testing.T) {
			equal(t, "attentions", len(must2(o.Attentions.OfActor(o.As(crmtest.Sanne)))(t)), 2)
		})
		t.Run("leave the others in use", func(t *testing.T) {
			must2(o.Contacts.Create(o.As(crmtest.Sanne), crm.CreateContactInput{CustomerID: customer, Fields: crm.ContactFields{LastName: crmtest.Text("Vos")}}))(t)
		})
		t.Run("that are as asked already change nothing", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() { without(t, o, crm.RevertFeature, crm.RevertFeature) })
		})
		t.Run("cannot go on and off at once", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Settings.SetFeatures(o.As(crmtest.Peter), crm.SetOrganizationFeaturesInput{
					Enable: []crm.Feature{crm.ReportsFeature}, Disable: []crm.Feature{crm.ReportsFeature}})
				refused(t, err, crm.BadInput, "input", "disable")
			})
		})
		t.Run("are chosen by administrators alone", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Settings.SetFeatures(o.As(crmtest.Sanne), crm.SetOrganizationFeaturesInput{Enable: []crm.Feature{crm.RevertFeature}})
				refused(t, err, crm.Forbidden)
			})
		})
		t.Run("are off for whoever signs in, at no statement more", func(t *testing.T) {
			signedIn := must2(o.Sessions.SignIn(t.Context(), "sanne.verhoef@delta-detachering.example", "welkom-bij-delta"))(t)
			counted, count := dbCount(t.Context())
			actor := must2(o.Sessions.Authenticate(counted, signedIn.Token))(t)
			equal(t, "statements", count.N(), int64(1))
			equal(t, "disabled", actor.Disabled, crm.FeaturesOf([]crm.Feature{crm.AttentionsFeature, crm.RevertFeature}))
		})
		t.Run("come back", func(t *testing.T) {
			must2(o.Settings.SetFeatures(o.As(crmtest.Peter), crm.SetOrganizationFeaturesInput{Enable: []crm.Feature{crm.AttentionsFeature}}))(t)
			if err := place(crmtest.Sanne); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestTwoAdministratorsSwitchFeaturesAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		off := []crm.Feature{crm.ContactsFeature, crm.ReportsFeature, crm.ChecklistFeature}
		peter := o.As(crmtest.Peter)
		var all sync.WaitGroup
		for _, feature := range off {
			all.Go(func() {
				if _, err := o.Settings.SetFeatures(peter, crm.SetOrganizationFeaturesInput{Disable: []crm.Feature{feature}}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		settings := must2(o.Settings.OfActor(peter))(t)
		equal(t, "disabled", crm.FeaturesOf(settings.FeaturesOff), crm.FeaturesOf(off))
		equal(t, "version", settings.Version, 4)
	})
}

func TestOrganizationSettings(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		update := func(who string, version int, patch crm.OrganizationSettingsFields) (*crm.UpdateOrganizationSettingsPayload, error) {
			return o.Settings.Update(o.As(who), crm.UpdateOrganizationSettingsInput{ExpectedVersion: &version, Patch: patch})
		}
		t.Run("change, for those who follow the office", func(t *testing.T) {
			before := o.Head()
			settings := must2(update(crmtest.Peter, 1, crm.OrganizationSettingsFields{StrictRevert: crmtest.Given(true), GAccountIban: crmtest.Text("nl46 demo 0100 0002 22")}))(t).Settings
			equal(t, "IBAN", *settings.GAccountIban, "NL46DEMO0100000222")
			equal(t, "by", *settings.UpdatedByID, o.Actor(crmtest.Peter).UserID)
			event := o.LogAfter(before)[0]
			equal(t, "kind", event.Kind, crm.SettingsChangedEvent)
			sameList(t, "fields", event.ChangedFields(), []string{"strictRevert", "gAccountIban"})
			sameList(t, "topics", event.Topics(), []string{"office:" + string(o.ID)})
			equal(t, "found as a card's event", must2(o.Events.ByIDs(o.As(crmtest.Peter), []crm.ID{event.ID}))(t)[0], nil)
			replayed, _, err := o.Events.Replay(o.As(crmtest.Sanne), crm.EventScope{Office: true}, before, 10)
			sameList(t, "replayed", kinds(must(t, replayed, err)), []crm.EventKind{crm.SettingsChangedEvent})
		})
		t.Run("pass a colleague's change of another setting", func(t *testing.T) {
			settings := must2(update(crmtest.Peter, 1, crm.OrganizationSettingsFields{AllowsHTTPHelp: crmtest.Given(true)}))(t).Settings
			equal(t, "strict", settings.StrictRevert, true)
			equal(t, "version", settings.Version, 3)
		})
		t.Run("clash on the same setting", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(crmtest.Peter, 1, crm.OrganizationSettingsFields{StrictRevert: crmtest.Given(false)})
				refused(t, err, crm.Conflict)
			})
		})
		t.Run("tell all that is wrong", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := update(crmtest.Peter, 3, crm.OrganizationSettingsFields{StrictRevert: crmtest.Null[bool](), GAccountIban: crmtest.Text("NL00DEMO")})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.strictRevert", "BAD_INPUT input.patch.gAccountIban"})
				_, err = o.Settings.Update(o.As(crmtest.Peter), crm.UpdateOrganizationSettingsInput{Patch: crm.OrganizationSettingsFields{StrictRevert: crmtest.Given(false)}})
				refused(t, err, crm.BadInput, "input")
				_, err = update(crmtest.Sanne, 3, crm.OrganizationSettingsFields{StrictRevert: crmtest.Given(false)})
				refused(t, err, crm.Forbidden)
			})
		})
	})
}

func TestStrictRevert(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris, brouwer := o.As(crmtest.Joris), o.Customer(crmtest.Brouwer).ID
		must2(o.Settings.Update(o.As(crmtest.Peter), crm.UpdateOrganizationSettingsInput{ExpectedVersion: new(1), Patch: crm.OrganizationSettingsFields{StrictRevert: crmtest.Given(true)}}))(t)
		t.Run("refuses who ever had a project, and names the projects", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Customers.RevertToProspect(joris, crm.RevertToProspectInput{ID: brouwer})
				fault := refusal(t, err, crm.HasProjects, "input", "id")
				equal(t, "projects", len(fault.Cards), 2)
			})
		})
		t.Run("lets go who never had one", func(t *testing.T) {
			made := must2(o.Customers.Create(joris, crm.CreateCustomerInput{Stage: crm.Client, Fields: crm.CustomerFields{Name: crmtest.Text("Nieuw")}}))(t)
			must2(o.Customers.RevertToProspect(joris, crm.RevertToProspectInput{ID: made.Customer.ID}))(t)
		})
		t.Run("is the neighbour's own choice", func(t *testing.T) {
			n := o.Neighbour()
			equal(t, "theirs", must2(o.Settings.OfActor(n.Context()))(t).StrictRevert, false)
		})
	})
}
