package crm

import (
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"

	"klantkaart/page"
)

// The kinds of events of campaigns: those of members are of a card, the others of the office.
const (
	CampaignMemberAddedEvent   EventKind = "CAMPAIGN_MEMBER_ADDED"
	CampaignMemberUpdatedEvent EventKind = "CAMPAIGN_MEMBER_UPDATED"
	CampaignMemberRemovedEvent EventKind = "CAMPAIGN_MEMBER_REMOVED"
	CampaignCreatedEvent       EventKind = "CAMPAIGN_CREATED"
	CampaignUpdatedEvent       EventKind = "CAMPAIGN_UPDATED"
	CampaignEndedEvent         EventKind = "CAMPAIGN_ENDED"
)

// What can be wrong with campaigns, and what is worth knowing.
const (
	AlreadyMember         ErrorCode   = "ALREADY_MEMBER"
	CampaignOver          ErrorCode   = "CAMPAIGN_OVER"
	MembershipStepRefused ErrorCode   = "MEMBERSHIP_STEP_REFUSED"
	DuplicateCampaign     ErrorCode   = "DUPLICATE_CAMPAIGN"
	AddedToOver           WarningCode = "CAMPAIGN_OVER"
	MailingOptOut         WarningCode = "MAILING_OPT_OUT"
)

// CampaignStatus is where a campaign is in its term.
type CampaignStatus string

// The statuses.
const (
	CampaignPlanned CampaignStatus = "PLANNED"
	CampaignRunning CampaignStatus = "RUNNING"
	CampaignEnded   CampaignStatus = "ENDED"
)

// Campaign is a marketing or sales action over many relations. Fields with a `change` tag are what a
// colleague may edit; the log names them so.
type Campaign struct {
	bun.BaseModel `bun:"table:campaigns,alias:t"`

	OrganizationID     ID `bun:",pk"`
	ID                 ID `bun:",pk"`
	Version            int
	Name               string `change:"name"`
	NameKey            string // folded
	TypeID             *ID    `change:"typeId"`
	StartOn            Date   `change:"startOn"`
	EndOn              *Date  `change:"endOn"`
	EndedAt            *time.Time
	ExpectedYieldCents *Decimal `bun:"expected_yield" change:"expectedYield"`
	BudgetCents        *Decimal `bun:"budget" change:"budget"`
	OwnerID            *ID      `change:"ownerId"`
	CreatedAt          time.Time
	CreatedByID        *ID `bun:"created_by"`

	today Date
}

// IsNode marks a Node.
func (*Campaign) IsNode() {}

// NodeID is the campaign's id.
func (c *Campaign) NodeID() ID { return c.ID }

// Status is where it was in its term on the day it was read.
func (c *Campaign) Status() CampaignStatus {
	switch {
	case c.EndedAt != nil || (c.EndOn != nil && *c.EndOn < c.today):
		return CampaignEnded
	case c.StartOn > c.today:
		return CampaignPlanned
	}
	return CampaignRunning
}

// ExpectedYield is what it may bring.
func (c *Campaign) ExpectedYield() *Money { return euros(c.ExpectedYieldCents) }

// Budget is what it may cost.
func (c *Campaign) Budget() *Money { return euros(c.BudgetCents) }

// frame is what the check of an update's base needs to know of the campaign.
func (c *Campaign) frame() *CardFrame {
	return &CardFrame{OrganizationID: c.OrganizationID, ID: c.ID, Version: c.Version}
}

// CampaignFields are the fields of a campaign as input: absent leaves, null clears, a value sets.
type CampaignFields struct {
	Name          graphql.Omittable[*string]
	TypeID        graphql.Omittable[*ID]
	StartOn       graphql.Omittable[*Date]
	EndOn         graphql.Omittable[*Date]
	ExpectedYield graphql.Omittable[*MoneyInput]
	Budget        graphql.Omittable[*MoneyInput]
	OwnerID       graphql.Omittable[*ID]
}

// apply sets the given fields on the campaign, each checked and in its stored form.
func (f CampaignFields) apply(c *Campaign, p *patching) {
	p.required("name", f.Name, &c.Name, nameUpTo(100))
	value(p, "typeId", f.TypeID, &c.TypeID, asIs)
	replace(p, "startOn", f.StartOn, &c.StartOn)
	value(p, "endOn", f.EndOn, &c.EndOn, asIs)
	p.costs("expectedYield", f.ExpectedYield, &c.ExpectedYieldCents)
	p.costs("budget", f.Budget, &c.BudgetCents)
	value(p, "ownerId", f.OwnerID, &c.OwnerID, asIs)
	c.NameKey = fold(c.Name)
	switch {
	case c.StartOn == "":
		p.refuse("startOn", missing())
	case c.EndOn != nil && *c.EndOn < c.StartOn:
		p.refuse("endOn", Text{NL: "Een campagne eindigt niet voor zij begint.", EN: "A campaign does not end before it begins."})
	}
}

// costs applies an optional amount that is not below zero.
func (p *patching) costs(field string, given graphql.Omittable[*MoneyInput], target **Decimal) {
	if amount, set := given.ValueOK(); set {
		*target = p.amount(field, amount)
	}
}

// CampaignMembershipStatus is how far a relation is in a campaign.
type CampaignMembershipStatus string

// The statuses.
const (
	MemberPlanned   CampaignMembershipStatus = "PLANNED"
	MemberContacted CampaignMembershipStatus = "CONTACTED"
	MemberResponded CampaignMembershipStatus = "RESPONDED"
	MemberConverted CampaignMembershipStatus = "CONVERTED"
	MemberDeclined  CampaignMembershipStatus = "DECLINED"
)

// next are the statuses that may follow.
func (s CampaignMembershipStatus) next() []CampaignMembershipStatus {
	switch s {
	case MemberPlanned:
		return []CampaignMembershipStatus{MemberContacted}
	case MemberContacted:
		return []CampaignMembershipStatus{MemberResponded}
	case MemberResponded:
		return []CampaignMembershipStatus{MemberConverted, MemberDeclined}
	}
	return nil
}

// responded tells whether the relation has said something.
func (s CampaignMembershipStatus) responded() bool {
	return slices.Contains([]CampaignMembershipStatus{MemberResponded, MemberConverted, MemberDeclined}, s)
}

// CampaignMembership is a relation in a campaign. Fields with a `change` tag are what a colleague may edit;
// the log names them so.
type CampaignMembership struct {
	bun.BaseModel `bun:"table:campaign_memberships,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	CampaignID     ID
	CustomerID     ID
	ContactID      *ID                      `change:"contactId"`
	Status         CampaignMembershipStatus `change:"status"`
	Result         *string                  `change:"result"`
	RespondedAt    *time.Time               `change:"respondedAt"`
	AddedAt        time.Time
	AddedByID      *ID `bun:"added_by"`
}

// IsNode marks a Node.
func (*CampaignMembership) IsNode() {}

// NodeID is the membership's id.
func (m *CampaignMembership) NodeID() ID { return m.ID }

// joined is what the log says of a new membership: its campaign by name, for the membership itself may go.
func (m *CampaignMembership) joined(campaign *Campaign) []FieldChange {
	return append(differing([]FieldChange{{Field: "campaign", To: campaign.Name}}), changesBetween(&CampaignMembership{}, m)...)
}

// CampaignMembershipFields are the fields of a membership as input: absent leaves, null clears, a value sets.
type CampaignMembershipFields struct {
	ContactID   graphql.Omittable[*ID]
	Status      graphql.Omittable[*CampaignMembershipStatus]
	Result      graphql.Omittable[*string]
	RespondedAt graphql.Omittable[*time.Time]
}

// apply sets the given fields on the membership, each in its stored form. Whether they fit together is for
// advance to say.
func (f CampaignMembershipFields) apply(m *CampaignMembership, p *patching) {
	value(p, "contactId", f.ContactID, &m.ContactID, asIs)
	replace(p, "status", f.Status, &m.Status)
	p.text("result", f.Result, &m.Result, upTo(500))
	value(p, "respondedAt", f.RespondedAt, &m.RespondedAt, func(at time.Time) (time.Time, *Text) { return at.UTC().Truncate(time.Millisecond), nil })
}

// advance says whether the membership can go from what it was to what it is, and dates a response.
func (m *CampaignMembership) advance(before *CampaignMembership, now time.Time, p *patching) error {
	if m.Status != before.Status && !slices.Contains(before.Status.next(), m.Status) {
		return &Error{Code: MembershipStepRefused, Path: p.at("status"), Text: Text{
			NL: "Van deze status gaat een deelname niet naar die.",
			EN: "A membership does not go from this status to that one."}}
	}
	if m.Status.responded() && m.RespondedAt == nil {
		m.RespondedAt = before.RespondedAt
		if m.RespondedAt == nil {
			m.RespondedAt = &now
		}
	}
	early := Text{NL: "Dit kan pas als de relatie heeft gereageerd.", EN: "This can be said once the relation has responded."}
	switch {
	case !m.Status.responded() && m.RespondedAt != nil:
		p.refuse("respondedAt", early)
	case m.RespondedAt != nil && m.RespondedAt.After(now):
		p.refuse("respondedAt", Text{NL: "Dit moment moet nog komen.", EN: "This moment is still to come."})
	}
	if !m.Status.responded() && m.Result != nil {
		p.refuse("result", early)
	}
	return nil
}

// Pages and rows of campaigns, under the names that the schema gives them.
type (
	// CampaignConnection is a page of campaigns.
	CampaignConnection = page.Connection[*Campaign]
	// CampaignEdge is a row of campaigns with its place.
	CampaignEdge = page.Edge[*Campaign]
	// CampaignMembershipConnection is a page of memberships.
	CampaignMembershipConnection = page.Connection[*CampaignMembership]
	// CampaignMembershipEdge is a row of memberships with its place.
	CampaignMembershipEdge = page.Edge[*CampaignMembership]
)
