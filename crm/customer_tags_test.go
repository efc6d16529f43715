package crm_test

import (
	"fmt"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// tagged gives the demo office's relation by its number these tags, as Sanne who just saw it.
func tagged(o *crmtest.Office, number string, tags ...crm.ID) (*crm.UpdateCustomerPayload, error) {
	return update(o, crmtest.Sanne, o.Customer(number), crm.CustomerFields{TagIDs: crmtest.List(tags...)})
}

// newTags are fresh values of the list of tags.
func newTags(t *testing.T, o *crmtest.Office, n int) []crm.ID {
	t.Helper()
	made := make([]crm.ID, n)
	for i := range n {
		made[i] = must2(o.Lookups.Create(o.As(crmtest.Peter), crm.CreateLookupValueInput{List: crm.TagList,
			Fields: crm.LookupValueFields{Text: crmtest.Text(fmt.Sprint("Label ", i))}}))(t).Value.ID
	}
	return made
}

func TestTagsOfRelations(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, tags := o.As(crmtest.Peter), newTags(t, o, 21)
		t.Run("are set, with one event that names them, and cleared", func(t *testing.T) {
			head := o.Head()
			must2(tagged(o, crmtest.Brouwer, tags[1], tags[0]))(t)
			sameList(t, "tags", o.Customer(crmtest.Brouwer).TagIDs, []crm.ID{tags[1], tags[0]})
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.CustomerUpdatedEvent})
			sameList(t, "fields", each(log[0].Changes, func(c crm.FieldChange) string { return c.Field }), []string{"tagIds"})
			must2(tagged(o, crmtest.Brouwer))(t)
			equal(t, "tags", len(o.Customer(crmtest.Brouwer).TagIDs), 0)
		})
		t.Run("are a set: another order is no change, also of what an update starts from", func(t *testing.T) {
			must2(tagged(o, crmtest.Brouwer, tags[0], tags[1]))(t)
			o.Signals()
			changesNothing(t, o, func() { must2(tagged(o, crmtest.Brouwer, tags[1], tags[0]))(t) })
			must2(o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: o.Customer(crmtest.Brouwer).ID,
				Base: &crm.CustomerFields{TagIDs: crmtest.List(tags[1], tags[0])}, Patch: crm.CustomerFields{TagIDs: crmtest.List(tags[2])}}))(t)
		})
		t.Run("clash as a whole, with all three values", func(t *testing.T) {
			seen := o.Customer(crmtest.Brouwer)
			must2(tagged(o, crmtest.Brouwer, tags[3]))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(o, crmtest.Joris, seen, crm.CustomerFields{TagIDs: crmtest.List(tags[2], tags[4])})
				clash := refusal(t, err, crm.Conflict).Conflicts[0]
				for name, values := range map[string][2]any{"base": {clash.Base, []any{string(tags[2])}}, "theirs": {clash.Theirs, []any{string(tags[3])}},
					"mine": {clash.Mine, []any{string(tags[2]), string(tags[4])}}} {
					equal(t, name, fmt.Sprint(values[0]), fmt.Sprint(values[1]))
				}
			})
		})
		t.Run("are of the list of tags, each once, at most twenty", func(t *testing.T) {
			must2(tagged(o, crmtest.Groep, append(tags[:20:20], tags[0])...))(t)
			equal(t, "how many", len(o.Customer(crmtest.Groep).TagIDs), 20)
			foreign := o.Neighbour().Lookup
			o.Signals()
			changesNothing(t, o, func() {
				for fault, given := range map[string][]crm.ID{
					"NOT_FOUND input.patch.tagIds.1": {tags[0], o.Lookup(crm.SectorList, "Zorg").ID},
					"NOT_FOUND input.patch.tagIds.0": {foreign, tags[0]},
					"BAD_INPUT input.patch.tagIds":   tags,
				} {
					_, err := tagged(o, crmtest.HanzeBouw, given...)
					sameList(t, "faults", faultsOf(err), []string{fault})
				}
				_, err := o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{
					Name: crmtest.Text("Nieuw"), TagIDs: crmtest.List[crm.ID]("lok_00000000000000000000000000")}})
				refused(t, err, crm.NotFound, "input", "fields", "tagIds", "0")
			})
		})
		t.Run("stay when out of use, cannot be chosen then, and are not deleted", func(t *testing.T) {
			must2(tagged(o, crmtest.Brouwer, tags[5]))(t)
			must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: tags[5]}))(t)
			must2(tagged(o, crmtest.Brouwer, tags[5], tags[6]))(t)
			_, err := tagged(o, crmtest.HanzeBouw, tags[6], tags[5])
			refused(t, err, crm.LookupInactive, "input", "patch", "tagIds", "1")
			_, err = o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: tags[5]})
			refused(t, err, crm.LookupInUse, "input", "id")
			sameList(t, "in use", must2(o.Lookups.InUse(peter, []crm.ID{tags[6], tags[20]}))(t), []bool{true, false})
		})
		t.Run("come back with an undo, but for what is gone from the list", func(t *testing.T) {
			old := must2(tagged(o, crmtest.HanzeBouw, tags[7], tags[20]))(t).Customer
			now := must2(tagged(o, crmtest.HanzeBouw))(t).Customer
			must2(o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: tags[20]}))(t)
			must2(tagged(o, crmtest.Groep))(t)
			must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: tags[7]}))(t)
			undone := must2(undoTo(o, old.ID, old.Version, now.Version))(t)
			sameList(t, "tags", o.Customer(crmtest.HanzeBouw).TagIDs, []crm.ID{tags[7]})
			sameList(t, "warnings", warningCodes(undone.Warnings), []crm.WarningCode{crm.NotRestored, crm.ValueOutOfUse})
		})
		t.Run("of which all are gone leave none, and no empty list", func(t *testing.T) {
			old := must2(tagged(o, crmtest.Waterlanden, tags[8]))(t).Customer
			now := must2(tagged(o, crmtest.Waterlanden, tags[9]))(t).Customer
			must2(o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: tags[8]}))(t)
			must2(undoTo(o, old.ID, old.Version, now.Version))(t)
			equal(t, "is nil", o.Customer(crmtest.Waterlanden).TagIDs == nil, true)
		})
	})
}

func TestClassificationAndSourceAreOfLists(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, value := o.As(crmtest.Peter), o.Lookup(crm.ClassificationList, "B").ID
		set := func(fields crm.CustomerFields) error {
			_, err := update(o, crmtest.Sanne, o.Customer(crmtest.Waterlanden), fields)
			return err
		}
		if err := set(crm.CustomerFields{Classification: crmtest.Text(" b"), Source: crmtest.Text("BÉURS")}); err != nil {
			t.Fatal(err)
		}
		equal(t, "classification", *o.Customer(crmtest.Waterlanden).Classification, "B")
		equal(t, "source", *o.Customer(crmtest.Waterlanden).Source, "Beurs")
		sameList(t, "faults", faultsOf(set(crm.CustomerFields{Classification: crmtest.Text("Q"), Source: crmtest.Text("Q")})),
			[]string{"BAD_INPUT input.patch.classification", "BAD_INPUT input.patch.source"})
		_, err := o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: value})
		refused(t, err, crm.LookupInUse, "input", "id")
		for list, one := range map[crm.LookupListKey][2]string{crm.ClassificationList: {"B", "Beta"}, crm.RelationSourceList: {"Beurs", "Vakbeurs"}} {
			must2(o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: o.Lookup(list, one[0]).ID, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text(one[1])}}))(t)
		}
		equal(t, "renamed source", *o.Customer(crmtest.Waterlanden).Source, "Vakbeurs")
		found := must2(o.Customers.List(peter, crm.CustomerListArgs{Filter: &crm.CustomerFilter{Classification: &crm.TextFilter{Eq: new("BETA")}}}, page.Args{}))(t)
		sameList(t, "found by the new name", numbers(found.Nodes), []string{crmtest.Waterlanden, crmtest.HanzeBouw})
		found = must2(o.Customers.List(peter, crm.CustomerListArgs{Filter: &crm.CustomerFilter{Source: &crm.TextFilter{Eq: new("vákbeurs")}}}, page.Args{}))(t)
		sameList(t, "found by the new source", numbers(found.Nodes), []string{crmtest.Waterlanden, "10005"})
	})
}

func numbers(found []*crm.Customer) []string {
	return each(found, func(c *crm.Customer) string { return c.Number })
}

func TestRelationsAreFilteredByTag(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		tags := newTags(t, o, 3)
		write(t, o, "UPDATE customers SET tag_ids = NULL")
		must2(tagged(o, crmtest.Groep, tags[0], tags[1]))(t)
		must2(tagged(o, crmtest.Brouwer, tags[1]))(t)
		all := must2(o.Customers.List(o.As(crmtest.Ruben), crm.CustomerListArgs{Filter: &crm.CustomerFilter{}}, page.Args{}))(t)
		var costs []int64
		for name, one := range map[string]struct {
			filter crm.IDFilter
			want   func(number string) bool
		}{
			"one":               {crm.IDFilter{Eq: &tags[0]}, func(n string) bool { return n == crmtest.Groep }},
			"one of several":    {crm.IDFilter{In: tags}, func(n string) bool { return n == crmtest.Groep || n == crmtest.Brouwer }},
			"one of none":       {crm.IDFilter{In: []crm.ID{}}, func(string) bool { return false }},
			"both":              {crm.IDFilter{Eq: &tags[0], In: tags[1:]}, func(n string) bool { return n == crmtest.Groep }},
			"not one":           {crm.IDFilter{Ne: &tags[0]}, func(n string) bool { return n != crmtest.Groep }},
			"none of several":   {crm.IDFilter{NotIn: tags}, func(n string) bool { return n != crmtest.Groep && n != crmtest.Brouwer }},
			"none of none":      {crm.IDFilter{NotIn: []crm.ID{}}, func(string) bool { return true }},
			"no tag":            {crm.IDFilter{IsNull: new(true)}, func(n string) bool { return n != crmtest.Groep && n != crmtest.Brouwer }},
			"any tag":           {crm.IDFilter{IsNull: new(false)}, func(n string) bool { return n == crmtest.Groep || n == crmtest.Brouwer }},
			"a pattern":         {crm.IDFilter{Eq: new(crm.ID("lok_%"))}, func(string) bool { return false }},
			"one that is spare": {crm.IDFilter{Eq: &tags[2]}, func(string) bool { return false }},
		} {
			counted, count := db.WithCount(o.As(crmtest.Ruben))
			found := must2(o.Customers.List(counted, crm.CustomerListArgs{Filter: &crm.CustomerFilter{Tag: &one.filter}}, page.Args{}))(t)
			var want []string
			for _, number := range numbers(all.Nodes) {
				if one.want(number) {
					want = append(want, number)
				}
			}
			sameList(t, name, numbers(found.Nodes), want)
			costs = append(costs, count.N())
		}
		for _, cost := range costs {
			equal(t, "statements, however many ids", cost, costs[0])
		}
	})
}
