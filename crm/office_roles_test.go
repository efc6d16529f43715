package crm_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// someRights are what a role of the tests holds.
func someRights() []crm.Right {
	return []crm.Right{crm.ViewContacts, crm.EditContacts, crm.ViewEngagements}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		create := func(name string, rights ...crm.Right) (*crm.CreateRolePayload, error) {
			return o.Roles.Create(peter, crm.CreateRoleInput{Name: name, Kind: crm.Colleague, Rights: rights, Scope: crm.AllRelations})
		}
		role := must2(create(" Binnendienst ", someRights()...))(t).Role
		mila := account(t, crmtest.Mila)
		token := must2(o.Sessions.SignIn(t.Context(), mila.Email, mila.Password))(t).Token
		actor := func() crm.Actor { t.Helper(); return must2(o.Sessions.Authenticate(t.Context(), token))(t) }
		give := func(ctx context.Context, who string, id *crm.ID) error {
			_, err := o.Users.Update(ctx, crm.UpdateColleagueInput{ID: o.Actor(who).UserID, RoleID: graphql.OmittableOf(id)})
			return err
		}
		t.Run("are made of rights, in their order", func(t *testing.T) {
			equal(t, "name", role.Name, "Binnendienst")
			sameList(t, "rights", role.Rights, []crm.Right{crm.ViewContacts, crm.ViewEngagements, crm.EditContacts})
			sameList(t, "roles", each(must2(o.Roles.OfOffice(peter))(t), func(r *crm.OfficeRole) string { return r.Name }), []string{"Binnendienst"})
			equal(t, "shown to others", len(must2(o.Roles.OfOffice(o.As(crmtest.Sanne)))(t)), 0)
		})
		t.Run("want a name of their own, and the right to see what one changes", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := create("binnendienst")
				refused(t, err, crm.DuplicateName, "input", "name")
				_, err = create(" ", crm.EditContacts)
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.name", "BAD_INPUT input.rights"})
			})
		})
		t.Run("hold for a colleague at once", func(t *testing.T) {
			head := o.Head()
			if err := give(peter, crmtest.Mila, &role.ID); err != nil {
				t.Fatal(err)
			}
			accessEvent(t, o, head, crm.AccessChangedEvent, o.Actor(crmtest.Mila).UserID, o.Actor(crmtest.Mila).UserID)
			equal(t, "rights", actor().Rights, crm.RightsOf(someRights()...))
			sameList(t, "colleagues", must2(o.Roles.CountsOf(peter, []crm.ID{role.ID}))(t), []int{1})
		})
		t.Run("change for all who have them, at once", func(t *testing.T) {
			head := o.Head()
			changed := must2(o.Roles.Update(peter, crm.UpdateRoleInput{ID: role.ID, ExpectedVersion: 1, Rights: graphql.OmittableOf([]crm.Right{crm.ViewContacts})}))(t)
			equal(t, "version", changed.Role.Version, 2)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.RoleUpdatedEvent, crm.AccessChangedEvent})
			equal(t, "rights", actor().Rights, crm.RightsOf(crm.ViewContacts))
			_, err := o.Roles.Update(peter, crm.UpdateRoleInput{ID: role.ID, ExpectedVersion: 1})
			refused(t, err, crm.Conflict, "input", "expectedVersion")
		})
		t.Run("are for who manages rights alone, who gives no more than he has", func(t *testing.T) {
			less := o.Actor(crmtest.Sanne)
			less.Rights = crm.RightsOf(crm.Administer, crm.ViewContacts)
			narrow := o.Actor(crmtest.Peter)
			narrow.Scope = crm.OwnRelations
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Roles.Create(o.As(crmtest.Sanne), crm.CreateRoleInput{Name: "x", Kind: crm.Colleague, Scope: crm.AllRelations})
				refused(t, err, crm.Forbidden)
				ctx := crm.WithActor(t.Context(), less)
				_, err = o.Roles.Create(ctx, crm.CreateRoleInput{Name: "x", Kind: crm.Colleague, Rights: []crm.Right{crm.ArchiveCards}, Scope: crm.AllRelations})
				refused(t, err, crm.Forbidden, "input", "rights")
				_, err = o.Users.Update(ctx, crm.UpdateColleagueInput{ID: less.UserID, Role: crmtest.Given(crm.Admin)})
				refused(t, err, crm.Forbidden, "input", "role")
				_, err = o.Roles.Create(crm.WithActor(t.Context(), narrow), crm.CreateRoleInput{Name: "x", Kind: crm.Colleague, Scope: crm.AllRelations})
				refused(t, err, crm.Forbidden, "input", "rights")
				refused(t, give(peter, crmtest.Mila, new(crm.ID("rol_00000000000000000000000000"))), crm.NotFound, "input", "roleId")
			})
		})
		t.Run("stay while somebody has them", func(t *testing.T) {
			_, err := o.Roles.Delete(peter, crm.DeleteRoleInput{ID: role.ID})
			refused(t, err, crm.RoleInUse, "input", "id")
		})
		t.Run("leave an office somebody who manages rights", func(t *testing.T) {
			managing := must2(create("Beheer", crm.Administer))(t).Role
			for _, one := range []struct {
				who string
				id  *crm.ID
			}{{crmtest.Mila, &managing.ID}, {crmtest.Peter, &managing.ID}, {crmtest.Mila, nil}} {
				if err := give(peter, one.who, one.id); err != nil {
					t.Fatal(err)
				}
			}
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Roles.Update(peter, crm.UpdateRoleInput{ID: managing.ID, ExpectedVersion: 1, Rights: graphql.OmittableOf([]crm.Right{})})
				refused(t, err, crm.LastAdministrator, "input", "rights")
				refused(t, give(peter, crmtest.Peter, &role.ID), crm.LastAdministrator, "input", "role")
			})
		})
		t.Run("go with nobody in them", func(t *testing.T) {
			must2(o.Roles.Delete(peter, crm.DeleteRoleInput{ID: role.ID}))(t)
			_, err := o.Roles.Delete(peter, crm.DeleteRoleInput{ID: role.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
	})
}
