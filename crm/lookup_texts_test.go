package crm_test

import (
	"context"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

func TestDepartmentsOfFunctionsAreOfAList(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, erik := o.As(crmtest.Peter), o.Contact("Erik Jansen").ID
		staff := must2(o.Lookups.Create(peter, crm.CreateLookupValueInput{List: crm.DepartmentList, Fields: crm.LookupValueFields{Text: crmtest.Text("Staf")}}))(t).Value
		mend := func(fields crm.ContactFunctionFields) error {
			_, err := o.Contacts.UpdateFunction(o.As(crmtest.Sanne), crm.UpdateContactFunctionInput{ID: function(t, o, erik, "Preventiemedewerker").ID,
				ExpectedVersion: &o.Contact("Erik Jansen").Version, Patch: fields})
			return err
		}
		t.Run("in the list's spelling", func(t *testing.T) {
			added := must2(addFunction(o, erik, crm.ContactFunctionFields{Title: crmtest.Text("Preventiemedewerker"), Department: crmtest.Text(" stÁf")}))(t)
			equal(t, "department", *added.Function.Department, "Staf")
		})
		t.Run("and no other", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := addFunction(o, erik, crm.ContactFunctionFields{Title: crmtest.Text("Kok"), Department: crmtest.Text("Kantine")})
				refused(t, err, crm.BadInput, "input", "fields", "department")
				refused(t, mend(crm.ContactFunctionFields{Department: crmtest.Text("Kantine")}), crm.BadInput, "input", "patch", "department")
				_, err = o.Lookups.Delete(peter, crm.DeleteLookupValueInput{ID: staff.ID})
				refused(t, err, crm.LookupInUse, "input", "id")
			})
		})
		t.Run("renamed with their value", func(t *testing.T) {
			must2(o.Lookups.Update(peter, crm.UpdateLookupValueInput{ID: staff.ID, ExpectedVersion: new(1), Patch: crm.LookupValueFields{Text: crmtest.Text("Stafbureau")}}))(t)
			equal(t, "department", *function(t, o, erik, "Preventiemedewerker").Department, "Stafbureau")
		})
		t.Run("kept when their value is taken out of use, and chosen no more", func(t *testing.T) {
			must2(o.Lookups.Deactivate(peter, crm.DeactivateLookupValueInput{ID: staff.ID}))(t)
			if err := mend(crm.ContactFunctionFields{Department: crmtest.Text("stafbureau"), StartOn: crmtest.Given(crm.Date("2026-01-01"))}); err != nil {
				t.Error(err)
			}
			_, err := addFunction(o, erik, crm.ContactFunctionFields{Title: crmtest.Text("Kok"), Department: crmtest.Text("Stafbureau")})
			refused(t, err, crm.LookupInactive, "input", "fields", "department")
		})
	})
}

func TestPreferredChannelsAreOfAList(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		erik, channel := o.Contact("Erik Jansen").ID, o.Lookup(crm.PreferredChannelList, "Bezoek").ID
		prefers := func(id crm.ID) error {
			return directly(o, "UPDATE contacts SET preferred_channel_id = ? WHERE id = ?", id, erik)
		}
		if prefers("lok_00000000000000000000000000") == nil {
			t.Error("a contact prefers a channel that is nowhere")
		}
		foreign := o.Neighbour()
		if prefers(foreign.Lookup) == nil {
			t.Error("a contact prefers a channel of the neighbour's")
		}
		if err := prefers(channel); err != nil {
			t.Fatal(err)
		}
		if directly(o, "DELETE FROM lookup_values WHERE id = ?", channel) == nil {
			t.Error("a channel is gone that a contact prefers")
		}
	})
}

// directly runs a statement beside the verbs.
func directly(o *crmtest.Office, query string, args ...any) error {
	return o.DB.Write(db.Everywhere(context.Background()), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
}
