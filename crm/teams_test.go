package crm_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func memberNames(t *testing.T, o *crmtest.Office, team crm.ID) []string {
	t.Helper()
	return each(must2(o.Teams.MembersOf(o.As(crmtest.Ruben), []crm.ID{team}))(t)[0], func(u *crm.User) string { return u.Name })
}

func TestTeams(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		id := func(name string) crm.ID { return o.Actor(name).UserID }
		team := must2(o.Teams.Create(peter, crm.CreateTeamInput{Name: " Techniek ", MemberIds: []crm.ID{id(crmtest.Sanne), id(crmtest.Mila), id(crmtest.Sanne)}}))(t).Team
		t.Run("are shown to everyone, with their members", func(t *testing.T) {
			sameList(t, "teams", each(must2(o.Teams.OfOffice(o.As(crmtest.Ruben)))(t), func(t *crm.Team) string { return t.Name }), []string{"Techniek"})
			sameList(t, "members", memberNames(t, o, team.ID), []string{crmtest.Mila, crmtest.Sanne})
			of := must2(o.Teams.OfColleagues(o.As(crmtest.Ruben), []crm.ID{id(crmtest.Joris), id(crmtest.Mila)}))(t)
			sameList(t, "teams of each", each(of, func(teams []*crm.Team) int { return len(teams) }), []int{0, 1})
		})
		t.Run("want a name of their own, and colleagues", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Teams.Create(peter, crm.CreateTeamInput{Name: "TECHNIEK"})
				refused(t, err, crm.DuplicateName, "input", "name")
				_, err = o.Teams.Create(peter, crm.CreateTeamInput{Name: " ", MemberIds: []crm.ID{"usr_00000000000000000000000004"}})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.name", "NOT_FOUND input.memberIds"})
			})
		})
		t.Run("are for who manages rights and sees all cards", func(t *testing.T) {
			narrow := o.Actor(crmtest.Peter)
			narrow.Scope = crm.TeamRelations
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Teams.Create(o.As(crmtest.Sanne), crm.CreateTeamInput{Name: "x"})
				refused(t, err, crm.Forbidden)
				_, err = o.Teams.Update(crm.WithActor(t.Context(), narrow), crm.UpdateTeamInput{ID: team.ID, ExpectedVersion: 1, MemberIds: graphql.OmittableOf([]crm.ID{narrow.UserID})})
				refused(t, err, crm.Forbidden, "input")
			})
		})
		t.Run("change as a whole, once", func(t *testing.T) {
			changed := must2(o.Teams.Update(peter, crm.UpdateTeamInput{ID: team.ID, ExpectedVersion: 1, Name: crmtest.Text("Installatie"),
				MemberIds: graphql.OmittableOf([]crm.ID{id(crmtest.Joris), id(crmtest.Sanne)})}))(t).Team
			equal(t, "version", changed.Version, 2)
			sameList(t, "members", memberNames(t, o, team.ID), []string{crmtest.Joris, crmtest.Sanne})
			o.Signals()
			changesNothing(t, o, func() {
				must2(o.Teams.Update(peter, crm.UpdateTeamInput{ID: team.ID, ExpectedVersion: 2, MemberIds: graphql.OmittableOf([]crm.ID{id(crmtest.Sanne), id(crmtest.Joris)})}))(t)
				_, err := o.Teams.Update(peter, crm.UpdateTeamInput{ID: team.ID, ExpectedVersion: 1, Name: crmtest.Text("x")})
				refused(t, err, crm.Conflict, "input", "expectedVersion")
			})
		})
		t.Run("go, and leave their members", func(t *testing.T) {
			must2(o.Teams.Delete(peter, crm.DeleteTeamInput{ID: team.ID}))(t)
			equal(t, "teams", len(must2(o.Teams.OfOffice(peter))(t)), 0)
			_, err := o.Teams.Delete(peter, crm.DeleteTeamInput{ID: team.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
	})
}

// TestCardsOfTheTeam looks with the eyes of a colleague whose role sees the cards of his teams.
func TestCardsOfTheTeam(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, mila := o.As(crmtest.Peter), o.Actor(crmtest.Mila).UserID
		role := must2(o.Roles.Create(peter, crm.CreateRoleInput{Name: "Teamlid", Kind: crm.Colleague, Rights: crm.AllRights().List(), Scope: crm.TeamRelations}))(t).Role
		must2(o.Users.Update(peter, crm.UpdateColleagueInput{ID: mila, RoleID: graphql.OmittableOf(&role.ID)}))(t)
		account := account(t, crmtest.Mila)
		token := must2(o.Sessions.SignIn(t.Context(), account.Email, account.Password))(t).Token
		seen := func() []string {
			t.Helper()
			actor := must2(o.Sessions.Authenticate(t.Context(), token))(t)
			list := must2(o.Customers.List(crm.WithActor(t.Context(), actor), crm.CustomerListArgs{Archived: crm.ArchivedExclude}, page.Args{}))(t)
			return each(list.Nodes, func(c *crm.Customer) string { return c.Number })
		}
		own := seen()
		sameList(t, "her own", own, []string{crmtest.Installatie})
		head := o.Head()
		team := must2(o.Teams.Create(peter, crm.CreateTeamInput{Name: "Zuid", MemberIds: []crm.ID{mila, o.Actor(crmtest.Joris).UserID}}))(t).Team
		sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.TeamCreatedEvent, crm.AccessChangedEvent})
		sameList(t, "with those of Joris", seen(), []string{crmtest.Brouwer, crmtest.Waterlanden, crmtest.Noorderlicht, crmtest.Installatie})
		must2(o.Teams.Update(peter, crm.UpdateTeamInput{ID: team.ID, ExpectedVersion: 1, MemberIds: graphql.OmittableOf([]crm.ID{mila})}))(t)
		sameList(t, "without him", seen(), own)
		head = o.Head()
		must2(o.Customers.Update(peter, crm.UpdateCustomerInput{ID: o.Customer(crmtest.Installatie).ID, ExpectedVersion: new(o.Customer(crmtest.Installatie).Version),
			Patch: crm.CustomerFields{AccountManagerID: crmtest.Given(mila)}}))(t)
		sameList(t, "kinds where nobody loses sight", kinds(o.LogAfter(head)), []crm.EventKind{crm.CustomerUpdatedEvent})
		head = o.Head()
		must2(o.Customers.Update(peter, crm.UpdateCustomerInput{ID: o.Customer(crmtest.Installatie).ID, ExpectedVersion: new(o.Customer(crmtest.Installatie).Version),
			Patch: crm.CustomerFields{AccountManagerID: crmtest.Given(o.Actor(crmtest.Sanne).UserID)}}))(t)
		sameList(t, "kinds where she may", kinds(o.LogAfter(head)), []crm.EventKind{crm.CustomerUpdatedEvent, crm.AccessChangedEvent})
	})
}
