package crm_test

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// officeVerbs change what an office keeps of its colleagues: roles and teams.
func officeVerbs() []verb {
	return []verb{
		{"update role", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Roles.Update(ctx, crm.UpdateRoleInput{ID: on.role, ExpectedVersion: 1, Name: crmtest.Text("x")})
			return err
		}},
		{"delete role", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Roles.Delete(ctx, crm.DeleteRoleInput{ID: on.role})
			return err
		}},
		{"create team", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Teams.Create(ctx, crm.CreateTeamInput{Name: "x", MemberIds: []crm.ID{on.user}})
			return err
		}},
		{"update team", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Teams.Update(ctx, crm.UpdateTeamInput{ID: on.team, ExpectedVersion: 1, MemberIds: graphql.OmittableOf([]crm.ID{})})
			return err
		}},
		{"delete team", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Teams.Delete(ctx, crm.DeleteTeamInput{ID: on.team})
			return err
		}},
	}
}

// officeReadings read what an office keeps of its colleagues.
func officeReadings() []reading {
	one := func(id crm.ID) []crm.ID { return []crm.ID{id} }
	return []reading{
		{"roles by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Roles.ByIDs(ctx, one(on.role))
		}},
		{"teams by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Teams.ByIDs(ctx, one(on.team))
		}},
		{"members of teams", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Teams.MembersOf(ctx, one(on.team))
		}},
		{"teams of colleagues", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Teams.OfColleagues(ctx, one(on.user))
		}},
	}
}
