package crm

import (
	"context"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// ByIDs finds many campaigns, in the order of the ids; nil where there is none for the actor.
func (s *Campaigns) ByIDs(ctx context.Context, ids []ID) ([]*Campaign, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "campaigns", ids, (*Campaign).NodeID)
	today := s.day(s.moment())
	for _, campaign := range found {
		if campaign != nil {
			campaign.today = today
		}
	}
	return found, err
}

// CampaignListArgs say which campaigns a list shows.
type CampaignListArgs struct {
	Status []CampaignStatus
	Search *string
}

// List gives a page of the office's campaigns, last begun first.
func (s *Campaigns) List(ctx context.Context, args CampaignListArgs, window page.Args) (*CampaignConnection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	where := append([]db.Part{ofOrganization(actor.OrganizationID)}, campaignStatusPart(args.Status, today)...)
	if args.Search != nil {
		wanted, err := keyWords("search", *args.Search)
		if err != nil {
			return nil, err
		}
		where = append(where, containing(conn.Engine(), "t.name_key", wanted)...)
	}
	list := listing[*Campaign, *Campaign]{
		table: "campaigns", where: where, scope: scope("campaigns", args),
		node: func(c *Campaign) *Campaign { c.today = today; return c }, row: same[*Campaign],
		keys: []key[*Campaign]{
			{column: "t.start_on", direction: Descending, text: func(c *Campaign) string { return string(c.StartOn) }},
			{column: "t.id", direction: Descending, text: func(c *Campaign) string { return string(c.ID) }},
		},
	}
	return list.page(ctx, conn, window)
}

// MembershipsByIDs finds many memberships, in the order of the ids; nil where there is none for the actor.
func (s *Campaigns) MembershipsByIDs(ctx context.Context, ids []ID) ([]*CampaignMembership, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "campaign_memberships", ids, (*CampaignMembership).NodeID)
}

// MembershipListArgs say which memberships a list shows.
type MembershipListArgs struct{ Status []CampaignMembershipStatus }

// MembersOf gives for each campaign a page of the relations in it, last added first.
func (s *Campaigns) MembersOf(ctx context.Context, campaigns []ID, args MembershipListArgs, window page.Args) ([]*CampaignMembershipConnection, error) {
	return s.memberships(ctx, campaigns, args, window, "campaign_id", func(m *CampaignMembership) ID { return m.CampaignID })
}

// OfCustomers gives for each relation a page of the campaigns it is in, last added first.
func (s *Campaigns) OfCustomers(ctx context.Context, customers []ID, args MembershipListArgs, window page.Args) ([]*CampaignMembershipConnection, error) {
	return s.memberships(ctx, customers, args, window, "customer_id", func(m *CampaignMembership) ID { return m.CustomerID })
}

func (s *Campaigns) memberships(ctx context.Context, parents []ID, args MembershipListArgs, window page.Args, parent string, parentOf func(*CampaignMembership) ID) ([]*CampaignMembershipConnection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	list := listing[*CampaignMembership, *CampaignMembership]{
		table: "campaign_memberships", scope: scope("memberships", parent, args),
		where: append([]db.Part{ofOrganization(actor.OrganizationID)}, oneOf("t.status", args.Status)...),
		node:  same[*CampaignMembership], row: same[*CampaignMembership], parent: parent, parentOf: parentOf,
		keys: []key[*CampaignMembership]{
			{column: "t.added_at", direction: Descending, moment: func(m *CampaignMembership) time.Time { return m.AddedAt }},
			{column: "t.id", direction: Descending, text: func(m *CampaignMembership) string { return string(m.ID) }},
		},
	}
	return list.pages(ctx, conn, parents, window)
}
