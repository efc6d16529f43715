package crm_test

import (
	"bytes"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestSealedEvents(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, crmtest.Mila))(t) // the log learns where it is
		o.Signals()
		groep := o.Customer(crmtest.Groep)
		before := must2(o.Events.Head(o.As(crmtest.Sanne)))(t)
		attention := must2(attend(o, crmtest.Sanne, groep.ID, crmtest.Mila))(t).Attention
		must2(o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: attention.ID}))(t)
		must2(update(o, crmtest.Sanne, groep, crm.CustomerFields{Sector: crmtest.Text("Zorg"), EmployeesCount: crmtest.Given(70)}))(t)
		signals := o.Signals()
		t.Run("are what the log tells, behind the same place", func(t *testing.T) {
			var opened []*crm.Event
			for _, signal := range signals {
				told, err := o.Events.Open(o.ID, o.Events.Seal(signal))
				equal(t, "error", err, nil)
				equal(t, "place before", *told.Before, *signal.Before)
				equal(t, "place", told.Position, signal.Position)
				opened = append(opened, told.Events...)
			}
			sameEvents(t, opened, must2(o.Events.Log(t.Context(), o.ID, before.Number+1, 1000))(t))
		})
		sealed := o.Events.Seal(signals[0])
		t.Run("tell nothing to who has no key", func(t *testing.T) {
			for _, text := range []string{string(groep.ID), string(attention.ID), "ATTENTION"} {
				equal(t, "readable: "+text, strings.Contains(string(sealed), text), false)
			}
			stranger := must2(crm.New(o.DB, crm.Options{Vault: must2(crm.NewVault(bytes.Repeat([]byte{9}, crm.KeyLength)))(t)}))(t)
			none := must2(crm.New(o.DB, crm.Options{}))(t)
			for name, services := range map[string]*crm.CRM{"another key": stranger, "no key": none} {
				if _, err := services.Events.Open(o.ID, sealed); err == nil {
					t.Errorf("opened with %s", name)
				}
			}
			equal(t, "sealed without a key", len(none.Events.Seal(signals[0])), 0)
		})
		t.Run("open for their own office alone, and as they were", func(t *testing.T) {
			if _, err := o.Events.Open(o.Neighbour().Office, sealed); err == nil {
				t.Error("opened for another office")
			}
			for i := range sealed {
				changed := bytes.Clone(sealed)
				changed[i] ^= 1
				if _, err := o.Events.Open(o.ID, changed); err == nil {
					t.Fatalf("opened with byte %d changed", i)
				}
				if _, err := o.Events.Open(o.ID, sealed[:i]); err == nil {
					t.Fatalf("opened when cut off at byte %d", i)
				}
			}
		})
		t.Run("are not made of much, of nothing, and behind an unknown place", func(t *testing.T) {
			much := signals[0]
			for len(much.Events) < 100 {
				much.Events = append(much.Events[:len(much.Events):len(much.Events)], much.Events...)
			}
			behind := signals[0]
			behind.Before = nil
			for name, signal := range map[string]crm.Signal{"much": much, "nothing": {OrganizationID: o.ID}, "an unknown place": behind} {
				equal(t, "sealed of "+name, len(o.Events.Seal(signal)), 0)
			}
		})
	})
}
