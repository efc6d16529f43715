package crm_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// sectors are the values of the list of sectors, in their order.
func sectors(t *testing.T, o *crmtest.Office) []string {
	t.Helper()
	values := must2(o.Lookups.Values(o.As(crmtest.Ruben), crm.SectorList, false))(t)
	return each(values, func(v *crm.LookupValue) string { return v.Text })
}

func newValue(text string) crm.CreateLookupValueInput {
	return crm.CreateLookupValueInput{List: crm.SectorList, Fields: crm.LookupValueFields{Text: crmtest.Text(text)}}
}

func TestLookupListsAreKept(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		zorg := o.Lookup(crm.SectorList, "Zorg")
		t.Run("with a new value at the end, for those who follow the office", func(t *testing.T) {
			before := o.Head()
			value := must2(o.Lookups.Create(peter, newValue("  Energie ")))(t).Value
			equal(t, "text", value.Text, "Energie")
			list := sectors(t, o)
			equal(t, "last", list[len(list)-1], "Energie")
			log := o.LogAfter(before)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.LookupCreatedEvent})
			equal(t, "subject", *log[0].SubjectID, value.ID)
			sameList(t, "topics", log[0].Topics(), []string{"office:" + string(o.ID)})
		})
		t.Run("without two values of one name", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Lookups.Create(peter, newValue("ZÓRG"))
				refused(t, err, crm.DuplicateName, "input", "fields", "text")
				_, err = o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: zorg.ID, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text("bouw")}})
				refused(t, err, crm.DuplicateName, "input", "patch", "text")
			})
		})
		t.Run("with texts that are in order", func(t *testing.T) {
			changesNothing(t, o, func() {
				for text, fault := range map[string]string{"": "BAD_INPUT input.fields.text", strings.Repeat("x", 61): "BAD_INPUT input.fields.text", "\u0301": "BAD_INPUT input.fields.text"} {
					_, err := o.Lookups.Create(peter, newValue(text))
					sameList(t, "faults of "+text, faultsOf(err), []string{fault})
				}
			})
		})
		t.Run("by administrators alone", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Lookups.Create(o.As(crmtest.Sanne), newValue("x"))
				refused(t, err, crm.Forbidden)
				for _, verb := range keeping() {
					refused(t, verb.do(o.As(crmtest.Sanne), o, ids{lookup: zorg.ID}), crm.Forbidden)
				}
			})
		})
		t.Run("with one default", func(t *testing.T) {
			value := must2(o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: zorg.ID, ExpectedVersion: new(1), Patch: crm.LookupValueFields{IsDefault: crmtest.Given(true), Code: crmtest.Text("Z")}}))(t).Value
			equal(t, "default", value.IsDefault, true)
			must2(o.Lookups.Create(peter, crm.CreateLookupValueInput{List: crm.SectorList, Fields: crm.LookupValueFields{Text: crmtest.Text("Onderwijs"), IsDefault: crmtest.Given(true)}}))(t)
			equal(t, "the default before", o.Lookup(crm.SectorList, "Zorg").IsDefault, false)
			equal(t, "its version", o.Lookup(crm.SectorList, "Zorg").Version, 3)
		})
		t.Run("with codes that differ", func(t *testing.T) {
			_, err := o.Lookups.Create(peter, crm.CreateLookupValueInput{List: crm.SectorList, Fields: crm.LookupValueFields{Text: crmtest.Text("Zee"), Code: crmtest.Text("Z")}})
			refused(t, err, crm.DuplicateName, "input", "fields", "code")
		})
		t.Run("in the order that is asked", func(t *testing.T) {
			before := o.Head()
			list := must2(o.Lookups.Reorder(peter, crm.ReorderLookupValuesInput{List: crm.SectorList, Ids: []crm.ID{zorg.ID, o.Lookup(crm.SectorList, "Vastgoed").ID}}))(t).Values
			equal(t, "values", len(list), 10)
			sameList(t, "order", sectors(t, o), []string{"Zorg", "Vastgoed", "Bouw", "Holding", "Installatietechniek", "Machinebouw", "Overheid", "Software", "Energie", "Onderwijs"})
			sameList(t, "kinds", kinds(o.LogAfter(before)), []crm.EventKind{crm.LookupsReorderedEvent})
			o.Signals()
			changesNothing(t, o, func() {
				must2(o.Lookups.Reorder(peter, crm.ReorderLookupValuesInput{List: crm.SectorList, Ids: []crm.ID{zorg.ID}}))(t)
				_, err := o.Lookups.Reorder(peter, crm.ReorderLookupValuesInput{List: crm.SectorList, Ids: []crm.ID{zorg.ID, zorg.ID}})
				refused(t, err, crm.BadInput, "input", "ids")
				_, err = o.Lookups.Reorder(peter, crm.ReorderLookupValuesInput{List: crm.SectorList, Ids: []crm.ID{o.Lookup(crm.LegalFormList, "BV").ID}})
				refused(t, err, crm.NotFound, "input", "ids")
			})
		})
		t.Run("so that colleagues do not overwrite each other", func(t *testing.T) {
			rename := func(version int, text string) error {
				_, err := o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: zorg.ID, ExpectedVersion: &version, Patch: crm.LookupValueFields{Text: crmtest.Text(text)}})
				return err
			}
			if err := rename(3, "Zorg en welzijn"); err != nil {
				t.Fatal(err)
			}
			refused(t, rename(3, "Gezondheidszorg"), crm.Conflict)
		})
	})
}

// keeping are all verbs on a value.
func keeping() []verb {
	return []verb{
		{"update lookup value", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lookups.Update(ctx, crm.UpdateLookupValueInput{ID: on.lookup, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text("x")}})
			return err
		}},
		{"reorder lookup value", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lookups.Reorder(ctx, crm.ReorderLookupValuesInput{List: crm.SectorList, Ids: []crm.ID{on.lookup}})
			return err
		}},
		{"deactivate lookup value", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lookups.Deactivate(ctx, crm.DeactivateLookupValueInput{ID: on.lookup})
			return err
		}},
		{"reactivate lookup value", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lookups.Reactivate(ctx, crm.ReactivateLookupValueInput{ID: on.lookup})
			return err
		}},
		{"delete lookup value", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lookups.Delete(ctx, crm.DeleteLookupValueInput{ID: on.lookup})
			return err
		}},
	}
}

func TestTextsOfListsOnCards(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, zorg := o.As(crmtest.Peter), o.Lookup(crm.SectorList, "Zorg").ID
		set := func(fields crm.CustomerFields) error {
			_, err := update(o, crmtest.Sanne, o.Customer(crmtest.Groep), fields)
			return err
		}
		t.Run("are brought into the list's spelling", func(t *testing.T) {
			if err := set(crm.CustomerFields{Sector: crmtest.Text(" zÓRG"), LegalForm: crmtest.Text("nv")}); err != nil {
				t.Fatal(err)
			}
			equal(t, "sector", *o.Customer(crmtest.Groep).Sector, "Zorg")
			equal(t, "legal form", *o.Customer(crmtest.Groep).LegalForm, "NV")
		})
		t.Run("are in the list", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				err := set(crm.CustomerFields{Sector: crmtest.Text("Ruimtevaart"), LegalForm: crmtest.Text("Ltd")})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.legalForm", "BAD_INPUT input.patch.sector"})
				fault := crm.FaultsOf(err)[1]
				equal(t, "message", fault.Text.NL, "Kies een waarde van de lijst Branches.")
				_, err = o.Customers.Create(peter, crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{Name: crmtest.Text("Ruim"), Sector: crmtest.Text("Ruimtevaart")}})
				refused(t, err, crm.BadInput, "input", "fields", "sector")
			})
		})
		t.Run("are renamed with their value, at no new version of the card", func(t *testing.T) {
			version := o.Customer(crmtest.Groep).Version
			must2(o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: zorg, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text("Welzijn")}}))(t)
			equal(t, "sector", *o.Customer(crmtest.Groep).Sector, "Welzijn")
			equal(t, "sector of another", *o.Customer(crmtest.DeLinde).Sector, "Welzijn")
			equal(t, "version", o.Customer(crmtest.Groep).Version, version)
			found := must2(o.Customers.List(peter, crm.CustomerListArgs{Filter: &crm.CustomerFilter{Sector: &crm.TextFilter{Eq: new("welzijn")}}}, page.Args{}))(t)
			equal(t, "found by it", len(found.Nodes), 2)
		})
		t.Run("stay when their value is taken out of use, and cannot be chosen", func(t *testing.T) {
			must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: zorg}))(t)
			if err := set(crm.CustomerFields{Sector: crmtest.Text("welzijn"), Phone: crmtest.Text("010-1234567")}); err != nil {
				t.Error(err)
			}
			_, err := update(o, crmtest.Sanne, o.Customer(crmtest.HanzeBouw), crm.CustomerFields{Sector: crmtest.Text("Welzijn")})
			refused(t, err, crm.LookupInactive, "input", "patch", "sector")
			must2(o.Lookups.Reactivate(peter, crm.ReactivateLookupValueInput{ID: zorg}))(t)
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.HanzeBouw), crm.CustomerFields{Sector: crmtest.Text("Welzijn")}))(t)
		})
		t.Run("of contacts are of a list too", func(t *testing.T) {
			erik := o.Contact("Erik Jansen")
			_, err := updateContact(o, erik, crm.ContactFields{Department: crmtest.Text("Kantine")})
			refused(t, err, crm.BadInput, "input", "patch", "department")
			must2(updateContact(o, erik, crm.ContactFields{Department: crmtest.Text("INKOOP")}))(t)
			equal(t, "department", *o.Contact("Erik Jansen").Department, "Inkoop")
		})
		t.Run("are free where the list is empty", func(t *testing.T) {
			write(t, o, "DELETE FROM lookup_values WHERE list = 'LEGAL_FORM'")
			if err := set(crm.CustomerFields{LegalForm: crmtest.Text("Ltd")}); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestLookupValuesInUse(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		t.Run("are told", func(t *testing.T) {
			for _, list := range must2(o.Lookups.Lists(peter))(t) {
				if list.Key != crm.SectorList {
					continue
				}
				used := must2(o.Lookups.InUse(peter, each(list.Values, (*crm.LookupValue).NodeID)))(t)
				sameList(t, "in use", used, []bool{true, true, true, true, true, true, true, true})
				equal(t, "has choices", list.HasChoices(), true)
			}
		})
		t.Run("are told wherever they are chosen", func(t *testing.T) {
			nomination := o.Nomination("P-2026-0012", "Lotte Smits")
			hours, channel, kind := o.Lookup(crm.HourTypeList, "Reistijd"), o.Lookup(crm.PreferredChannelList, "Bezoek"), o.Lookup(crm.ContactMomentList, "Klacht")
			source, reason := o.Lookup(crm.LeadSourceList, "Website"), o.Lookup(crm.LostReasonList, "Tarief te hoog")
			write(t, o, "UPDATE nominations SET hour_type_ids = ? WHERE id = ?", `["`+string(hours.ID)+`"]`, nomination.ID)
			write(t, o, "UPDATE contacts SET preferred_channel_id = ? WHERE id = ?", channel.ID, o.Contact("Erik Jansen").ID)
			write(t, o, "UPDATE communications SET type_id = ? WHERE id = ?", kind.ID, o.Message("Gesprek planning kandidaten").ID)
			write(t, o, "UPDATE engagements SET source_id = ? WHERE number = 'L-2026-0101'", source.ID)
			used := must2(o.Lookups.InUse(peter, []crm.ID{hours.ID, channel.ID, kind.ID, source.ID, reason.ID, o.Lookup(crm.HourTypeList, "Overwerk").ID}))(t)
			sameList(t, "in use", used, []bool{true, true, true, true, true, false})
		})
		t.Run("cannot be deleted", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: o.Lookup(crm.SectorList, "Zorg").ID})
				refused(t, err, crm.LookupInUse, "input", "id")
			})
		})
		t.Run("are deleted when nothing bears them any more", func(t *testing.T) {
			id := must2(o.Lookups.Create(peter, newValue("Vergissing")))(t).Value.ID
			before := o.Head()
			equal(t, "deleted", *must2(o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: id}))(t).DeletedID, id)
			sameList(t, "kinds", kinds(o.LogAfter(before)), []crm.EventKind{crm.LookupDeletedEvent})
			_, err := o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: id})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("are taken out of use once", func(t *testing.T) {
			id := o.Lookup(crm.SectorList, "Zorg").ID
			must2(o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: id, ExpectedVersion: new(1), Patch: crm.LookupValueFields{IsDefault: crmtest.Given(true)}}))(t)
			equal(t, "default", must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: id}))(t).Value.IsDefault, false)
			o.Signals()
			changesNothing(t, o, func() {
				must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: id}))(t)
				_, err := o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: id, ExpectedVersion: new(3), Patch: crm.LookupValueFields{IsDefault: graphql.OmittableOf(new(true))}})
				refused(t, err, crm.BadInput, "input", "patch", "isDefault")
			})
		})
	})
}

func TestAValueIsRenamedWhileCardsTakeIt(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, sanne, zorg := o.As(crmtest.Peter), o.As(crmtest.Sanne), o.Lookup(crm.SectorList, "Zorg").ID
		var made []crm.ID
		for i := range 6 {
			answer := must2(o.Customers.Create(sanne, crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{Name: crmtest.Text(fmt.Sprint("Nieuw ", i))}}))(t)
			made = append(made, answer.Customer.ID)
		}
		var all sync.WaitGroup
		for _, id := range made {
			all.Go(func() {
				_, err := o.Customers.Update(sanne, crm.UpdateCustomerInput{ID: id, ExpectedVersion: new(1), Patch: crm.CustomerFields{Sector: crmtest.Text("Zorg")}})
				if err != nil && len(crm.FaultsOf(err)) == 0 {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			_, err := o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: zorg, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text("Welzijn")}})
			if err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		for _, customer := range must2(o.Customers.ByIDs(sanne, made))(t) {
			if customer.Sector != nil && *customer.Sector != "Welzijn" {
				t.Errorf("%s bears %q, which is in no list", customer.Name, *customer.Sector)
			}
		}
	})
}
