package crm

// demoCampaigned is what the demo office has of campaigns and goals, while it is made.
type demoCampaigned struct {
	campaigns   []*Campaign
	memberships []*CampaignMembership
	goals       []*AcquisitionGoal
}

// The campaigns of the demo office.
const (
	autumnCampaign = "Zorg & techniek najaar 2026"
	winterCampaign = "Installatiebranche Q1 2027"
)

// demoCampaigns are the campaigns, who is in them, and the goals at relations.
func demoCampaigns() []happening {
	return []happening{
		demoCampaign("2026-09-01 11:00", autumnCampaign, "Mailing", "2026-09-15", "2026-12-15", 60_000_00, 2_500_00),
		demoMember("2026-09-15 09:30", "U1", autumnCampaign, "C5", "CP15"),
		demoMember("2026-09-15 09:35", "U2", autumnCampaign, "C7", ""),
		demoContacted("2026-10-28 09:15", autumnCampaign, "C5"),
		demoCampaign("2026-11-09 14:00", winterCampaign, "Belactie", "2027-01-01", "2027-03-31", 120_000_00, 1_000_00),
		demoMember("2026-11-09 14:10", "U1", winterCampaign, "C2", ""),
		demoGoal("2026-10-14 15:45", "U2", "C4", AcquisitionGoal{Title: "Eerste plaatsing realiseren", DueOn: new(Date("2027-01-31"))}, "Eerste plaatsing"),
		demoGoal("2026-11-12 11:20", "U1", "C5", AcquisitionGoal{Title: "Kennismaking met raad van bestuur", DueOn: new(Date("2026-12-15")),
			NextAction: new("Bellen met mw. Postma"), NextActionOn: new(Date("2026-11-26"))}, "Kennismaking"),
	}
}

func demoCampaign(at, name, kind string, start, end Date, yield, budget Decimal) happening {
	return happening{at: at, by: "U1", make: func(d *demo) {
		campaign := &Campaign{OrganizationID: d.office.ID, ID: d.tx.core.newID(campaignPrefix), Version: 1, Name: name, NameKey: fold(name),
			TypeID: d.lookup(CampaignTypeList, kind), StartOn: start, EndOn: &end, ExpectedYieldCents: &yield, BudgetCents: &budget,
			OwnerID: actorID(d.tx.Actor), CreatedAt: d.tx.Now, CreatedByID: actorID(d.tx.Actor)}
		d.campaigned.campaigns = append(d.campaigned.campaigns, campaign)
		d.tx.logOffice(CampaignCreatedEvent, campaign.ID, campaign.Version, changesBetween(&Campaign{}, campaign))
	}}
}

// demoMember puts a relation into a campaign, with a contact where there is one.
func demoMember(at, by, campaign, customer, contact string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		member := &CampaignMembership{OrganizationID: d.office.ID, ID: d.tx.core.newID(membershipPrefix), Version: 1,
			CampaignID: d.campaigned.named(campaign).ID, CustomerID: d.customers[customer].ID, Status: MemberPlanned,
			AddedAt: d.tx.Now, AddedByID: actorID(d.tx.Actor)}
		if contact != "" {
			member.ContactID = &d.contacts[contact].ID
		}
		d.campaigned.memberships = append(d.campaigned.memberships, member)
		d.logOnCustomer(CampaignMemberAddedEvent, customer, member.ID, member.joined(d.campaigned.named(campaign)))
	}}
}

// demoContacted says that the relation was written to.
func demoContacted(at, campaign, customer string) happening {
	return happening{at: at, by: "U1", make: func(d *demo) {
		for _, member := range d.campaigned.memberships {
			if member.CampaignID == d.campaigned.named(campaign).ID && member.CustomerID == d.customers[customer].ID {
				before := *member
				member.Status = MemberContacted
				member.Version++
				d.logOnCustomer(CampaignMemberUpdatedEvent, customer, member.ID, changesBetween(&before, member))
			}
		}
	}}
}

func demoGoal(at, by, customer string, goal AcquisitionGoal, kind string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		row := goal
		row.OrganizationID, row.ID, row.Version, row.CustomerID = d.office.ID, d.tx.core.newID(goalPrefix), 1, d.customers[customer].ID
		row.KindID, row.OwnerID, row.Status = d.lookup(GoalKindList, kind), actorID(d.tx.Actor), OpenGoal
		row.CreatedOn, row.CreatedAt, row.CreatedByID = d.tx.Today, d.tx.Now, actorID(d.tx.Actor)
		d.campaigned.goals = append(d.campaigned.goals, &row)
		d.logOnCustomer(GoalCreatedEvent, customer, row.ID, changesBetween(&AcquisitionGoal{}, &row))
	}}
}

// named finds a campaign; a slip in the table is found by the test that loads it.
func (c demoCampaigned) named(name string) *Campaign {
	for _, campaign := range c.campaigns {
		if campaign.Name == name {
			return campaign
		}
	}
	panic("no campaign " + name)
}

// logOnCustomer notes what happened to something on a relation's card.
func (d *demo) logOnCustomer(kind EventKind, customer string, subject ID, changes []FieldChange) {
	card := d.customers[customer]
	card.Version++
	d.tx.log(&Event{Kind: kind, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version, SubjectID: &subject, Changes: changes})
}
