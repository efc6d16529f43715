package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestSearchNames(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		found := func(text string) []string {
			hits := must2(o.Search.Find(o.As(crmtest.Ruben), text, nil, crm.ArchivedExclude, 10))(t)
			return each(hits, func(h *crm.SearchHit) string { return h.Title })
		}
		named := func(number, name string) {
			must2(update(o, crmtest.Sanne, o.Customer(number), crm.CustomerFields{SearchName: crmtest.Text(name)}))(t)
		}
		t.Run("find a card by two letters and by a part of it, as long as it bears the name", func(t *testing.T) {
			named(crmtest.Brouwer, "Zß-é")
			sameList(t, "short", found("zs"), []string{"Brouwer & Zonen Machinefabriek B.V."})
			sameList(t, "long", found("ss-e"), []string{"Brouwer & Zonen Machinefabriek B.V."})
			named(crmtest.Brouwer, " ")
			equal(t, "found by what it was", len(found("zs")), 0)
			equal(t, "is nil", o.Customer(crmtest.Brouwer).SearchName == nil, true)
		})
		t.Run("count as much as a title", func(t *testing.T) {
			named(crmtest.Brouwer, "hanze")
			named(crmtest.HanzeBouw, "x") // and last changed
			equal(t, "first", found("hanze")[0], "Brouwer & Zonen Machinefabriek B.V.")
		})
	})
}

func TestEditionsOfTheSbiCode(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		set := func(fields crm.CustomerFields) (*crm.UpdateCustomerPayload, error) {
			return update(o, crmtest.Sanne, o.Customer(crmtest.Brouwer), fields)
		}
		was := o.Customer(crmtest.Brouwer)
		t.Run("go with the code, there and back", func(t *testing.T) {
			gone := must2(set(crm.CustomerFields{SbiCode: crmtest.Null[string]()}))(t).Customer
			equal(t, "is nil", gone.SbiVersion == nil, true)
			again := must2(set(crm.CustomerFields{SbiCode: crmtest.Text("2811")}))(t).Customer
			equal(t, "edition of a new code", *again.SbiVersion, crm.Sbi2025)
			back := must2(undoTo(o, was.ID, was.Version, again.Version))(t).Customer
			equal(t, "edition after an undo", *back.SbiVersion, crm.Sbi2008)
		})
		t.Run("of a code that the log tells without one go with it too", func(t *testing.T) {
			entered := must2(set(crm.CustomerFields{SbiCode: crmtest.Null[string]()}))(t).Customer
			now := must2(set(crm.CustomerFields{SbiCode: crmtest.Text("2899")}))(t).Customer
			write(t, o, "UPDATE events SET changes = ? WHERE card_id = ? AND card_version = ?",
				`[{"field":"sbiCode","from":null,"to":"2899"}]`, string(now.ID), now.Version)
			back := must2(undoTo(o, entered.ID, entered.Version, now.Version))(t).Customer
			equal(t, "has none", back.SbiCode == nil && back.SbiVersion == nil, true)
		})
		t.Run("can be stated as what was, of a code that a colleague cleared", func(t *testing.T) {
			_, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: was.ID, Base: &crm.CustomerFields{SbiVersion: crmtest.Given(crm.Sbi2008)},
				Patch: crm.CustomerFields{SbiVersion: crmtest.Null[crm.SbiVersion]()}})
			sameList(t, "faults", faultsOf(err), nil)
		})
	})
}
