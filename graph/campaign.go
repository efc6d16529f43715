package graph

import (
	"context"

	"klantkaart/crm"
	"klantkaart/page"
)

// memberships gives pages of memberships, of campaigns or of relations.
func memberships[P keyed](ctx context.Context, parents []P, field string,
	of func(context.Context, []crm.ID, crm.MembershipListArgs, page.Args) ([]*crm.CampaignMembershipConnection, error),
	status []crm.CampaignMembershipStatus, window page.Args) ([]*crm.CampaignMembershipConnection, error) {
	return pages(ctx, parents, field, status, window, func(ctx context.Context, ids []crm.ID, window page.Args) ([]*crm.CampaignMembershipConnection, error) {
		return of(ctx, ids, crm.MembershipListArgs{Status: status}, window)
	})
}

// goalsOf gives pages of goals with some statuses.
func goalsOf(goals *crm.Goals, status []crm.AcquisitionGoalStatus) func(context.Context, []crm.ID, page.Args) ([]*crm.AcquisitionGoalConnection, error) {
	return func(ctx context.Context, ids []crm.ID, window page.Args) ([]*crm.AcquisitionGoalConnection, error) {
		return goals.OfCustomers(ctx, ids, crm.GoalListArgs{Status: status}, window)
	}
}
