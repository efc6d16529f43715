package crm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

const autumn = "Zorg & techniek najaar 2026" // running; De Linde was contacted, Waterlanden is planned

func newCampaign(o *crmtest.Office, name string, start crm.Date, end *crm.Date) (*crm.Campaign, error) {
	answer, err := o.Campaigns.Create(o.As(crmtest.Sanne), crm.CreateCampaignInput{Fields: crm.CampaignFields{
		Name: crmtest.Text(name), StartOn: crmtest.Given(start), EndOn: optional(end)}})
	if err != nil {
		return nil, err
	}
	return answer.Campaign, nil
}

// memberOf reads the membership of a relation in the autumn campaign.
func memberOf(t *testing.T, o *crmtest.Office, number string) *crm.CampaignMembership {
	t.Helper()
	pages := must2(o.Campaigns.OfCustomers(o.As(crmtest.Ruben), []crm.ID{o.Customer(number).ID}, crm.MembershipListArgs{}, page.Args{}))(t)
	for _, member := range pages[0].Nodes {
		if member.CampaignID == o.Campaign(autumn).ID {
			return member
		}
	}
	t.Fatalf("%s is not in the campaign", number)
	return nil
}

func TestCampaigns(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		names := func(status ...crm.CampaignStatus) []string {
			found := must2(o.Campaigns.List(o.As(crmtest.Ruben), crm.CampaignListArgs{Status: status}, page.Args{}))(t)
			return each(found.Nodes, func(c *crm.Campaign) string { return c.Name })
		}
		t.Run("are planned, running or over by the day, last begun first", func(t *testing.T) {
			must2(newCampaign(o, "Voorjaar", "2026-03-01", new(crm.Date("2026-11-22"))))(t)
			must2(newCampaign(o, "Tot en met vandaag", "2026-11-23", new(crm.Date("2026-11-23"))))(t)
			sameList(t, "all", names(), []string{"Installatiebranche Q1 2027", "Tot en met vandaag", autumn, "Voorjaar"})
			sameList(t, "planned", names(crm.CampaignPlanned), []string{"Installatiebranche Q1 2027"})
			sameList(t, "running", names(crm.CampaignRunning), []string{"Tot en met vandaag", autumn})
			sameList(t, "over", names(crm.CampaignEnded), []string{"Voorjaar"})
			sameList(t, "not running", names(crm.CampaignPlanned, crm.CampaignEnded), []string{"Installatiebranche Q1 2027", "Voorjaar"})
			equal(t, "status", must2(o.Campaigns.ByIDs(o.As(crmtest.Ruben), []crm.ID{o.Campaign("Voorjaar").ID}))(t)[0].Status(), crm.CampaignEnded)
		})
		t.Run("are refused with faults, all at once", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Campaigns.Create(o.As(crmtest.Sanne), crm.CreateCampaignInput{Fields: crm.CampaignFields{
					Name: crmtest.Text("?"), EndOn: crmtest.Given(crm.Date("2026-01-01")), Budget: crmtest.Given(crm.MoneyInput{Amount: -1}),
					TypeID: crmtest.Given(o.Lookup(crm.SectorList, "Bouw").ID), OwnerID: crmtest.Given(crm.ID("usr_00000000000000000000000000"))}})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.fields.name", "BAD_INPUT input.fields.budget", "BAD_INPUT input.fields.startOn",
					"NOT_FOUND input.fields.typeId", "NOT_FOUND input.fields.ownerId"})
				_, err = newCampaign(o, "Winter", "2026-12-01", new(crm.Date("2026-11-30")))
				refused(t, err, crm.BadInput, "input", "fields", "endOn")
				_, err = newCampaign(o, "zórg & TECHNIEK najaar 2026", "2026-12-01", nil)
				refused(t, err, crm.DuplicateCampaign, "input", "fields", "name")
			})
		})
		t.Run("change from a base, and end once", func(t *testing.T) {
			update := func(base, budget crm.Decimal) error {
				_, err := o.Campaigns.Update(o.As(crmtest.Joris), crm.UpdateCampaignInput{ID: o.Campaign(autumn).ID,
					Base: &crm.CampaignFields{Budget: crmtest.Given(crm.MoneyInput{Amount: base})}, Patch: crm.CampaignFields{Budget: crmtest.Given(crm.MoneyInput{Amount: budget})}})
				return err
			}
			head := o.Head()
			equal(t, "refusal", update(2_500_00, 3_000_00), nil)
			fault := refusal(t, update(2_500_00, 4_000_00), crm.Conflict)
			equal(t, "by whom", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Joris).UserID)
			equal(t, "status", must2(o.Campaigns.End(o.As(crmtest.Sanne), crm.EndCampaignInput{ID: o.Campaign(autumn).ID}))(t).Campaign.Status(), crm.CampaignEnded)
			_, err := o.Campaigns.End(o.As(crmtest.Sanne), crm.EndCampaignInput{ID: o.Campaign(autumn).ID})
			refused(t, err, crm.CampaignOver, "input", "id")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.CampaignUpdatedEvent, crm.CampaignEndedEvent})
			sameList(t, "topics", o.LogAfter(head)[0].Topics(), []string{"office:" + string(o.ID)})
		})
	})
}

func TestAddToCampaign(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		add := func(customer, contact string) (*crm.AddToCampaignPayload, error) {
			input := crm.AddToCampaignInput{CampaignID: o.Campaign(autumn).ID, CustomerID: o.Customer(customer).ID}
			if contact != "" {
				input.ContactID = new(o.Contact(contact).ID)
			}
			return o.Campaigns.AddMember(o.As(crmtest.Sanne), input)
		}
		t.Run("plans the relation, with an event on its card", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.Installatie)
			answer := must2(add(crmtest.Installatie, "Naima Bouzid"))(t)
			equal(t, "status", answer.Membership.Status, crm.MemberPlanned)
			equal(t, "version of the card", o.Customer(crmtest.Installatie).Version, before.Version+1)
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.CampaignMemberAddedEvent})
			equal(t, "subject", *log[0].SubjectID, answer.Membership.ID)
		})
		t.Run("warns of a contact who wants no mailings, and of a campaign that is over", func(t *testing.T) {
			must2(newCampaign(o, "Voorbij", "2026-01-01", new(crm.Date("2026-01-31"))))(t)
			answer := must2(o.Campaigns.AddMember(o.As(crmtest.Sanne), crm.AddToCampaignInput{CampaignID: o.Campaign("Voorbij").ID,
				CustomerID: o.Customer(crmtest.DeLinde).ID, ContactID: new(o.Contact("Karim Yildiz").ID)}))(t)
			sameList(t, "warnings", each(answer.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code }), []crm.WarningCode{crm.MailingOptOut, crm.AddedToOver})
		})
		t.Run("is refused twice, for contacts of others, on archived cards, and for what is not there", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := add(crmtest.DeLinde, "")
				refused(t, err, crm.AlreadyMember, "input", "customerId")
				_, err = add(crmtest.Brouwer, "Erik Jansen")
				refused(t, err, crm.ContactNotOfCustomer, "input", "contactId")
				_, err = add(crmtest.Brouwer, "Piet Nijhuis")
				refused(t, err, crm.ContactArchived, "input", "contactId")
				_, err = add(crmtest.Vastgoed, "")
				refused(t, err, crm.CardArchived)
				_, err = o.Campaigns.AddMember(o.As(crmtest.Sanne), crm.AddToCampaignInput{CampaignID: "cam_00000000000000000000000000", CustomerID: o.Customer(crmtest.Brouwer).ID})
				refused(t, err, crm.NotFound, "input", "campaignId")
				_, err = o.Campaigns.AddMember(o.As(crmtest.Sanne), crm.AddToCampaignInput{CampaignID: o.Campaign(autumn).ID, CustomerID: "cus_00000000000000000000000000"})
				refused(t, err, crm.NotFound, "input", "customerId")
			})
		})
		t.Run("happens once when two do it at once", func(t *testing.T) {
			ctx, input := o.As(crmtest.Joris), crm.AddToCampaignInput{CampaignID: o.Campaign(autumn).ID, CustomerID: o.Customer(crmtest.Groep).ID}
			one := func() error { _, err := o.Campaigns.AddMember(ctx, input); return err }
			errs := atOnce(one, one)
			if errs[0] == nil {
				errs[0], errs[1] = errs[1], errs[0]
			}
			refused(t, errs[0], crm.AlreadyMember)
			equal(t, "the other", errs[1], nil)
		})
	})
}

func TestUpdateCampaignMembership(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		member := memberOf(t, o, crmtest.Waterlanden)
		update := func(base crm.CampaignMembershipStatus, patch crm.CampaignMembershipFields) (*crm.UpdateCampaignMembershipPayload, error) {
			return o.Campaigns.UpdateMember(o.As(crmtest.Joris), crm.UpdateCampaignMembershipInput{ID: member.ID, ExpectedVersion: new(memberOf(t, o, crmtest.Waterlanden).Version),
				Base: &crm.CampaignMembershipFields{Status: crmtest.Given(base)}, Patch: patch})
		}
		to := func(status crm.CampaignMembershipStatus) crm.CampaignMembershipFields {
			return crm.CampaignMembershipFields{Status: crmtest.Given(status)}
		}
		t.Run("goes one step at a time", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				for _, status := range []crm.CampaignMembershipStatus{crm.MemberResponded, crm.MemberConverted, crm.MemberDeclined} {
					_, err := update(crm.MemberPlanned, to(status))
					refused(t, err, crm.MembershipStepRefused, "input", "patch", "status")
				}
				early := crm.CampaignMembershipFields{Status: crmtest.Given(crm.MemberContacted), Result: crmtest.Text("x"), RespondedAt: crmtest.Given(o.Clock.Now())}
				_, err := update(crm.MemberPlanned, early)
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.respondedAt", "BAD_INPUT input.patch.result"})
			})
			head := o.Head()
			equal(t, "version", must2(update(crm.MemberPlanned, to(crm.MemberContacted)))(t).Membership.Version, 2)
			sameList(t, "fields", o.LogAfter(head)[0].ChangedFields(), []string{"status"})
		})
		t.Run("dates a response now, unless it is said when, and not in the future", func(t *testing.T) {
			later := to(crm.MemberResponded)
			later.RespondedAt = crmtest.Given(o.Clock.Now().Add(time.Second))
			_, err := update(crm.MemberContacted, later)
			refused(t, err, crm.BadInput, "input", "patch", "respondedAt")
			equal(t, "responded at", *must2(update(crm.MemberContacted, to(crm.MemberResponded)))(t).Membership.RespondedAt, o.Clock.Now())
		})
		t.Run("ends converted or declined, with what came of it, and goes no further", func(t *testing.T) {
			patch := to(crm.MemberConverted)
			patch.Result = crmtest.Text(" Aanvraag in januari ")
			at := o.Clock.Now()
			o.Clock.Advance(time.Hour)
			ended := must2(update(crm.MemberResponded, patch))(t).Membership
			equal(t, "result", *ended.Result, "Aanvraag in januari")
			equal(t, "responded at", ended.RespondedAt.UTC(), at)
			_, err := update(crm.MemberConverted, to(crm.MemberDeclined))
			refused(t, err, crm.MembershipStepRefused)
			_, err = update(crm.MemberConverted, crm.CampaignMembershipFields{Result: crmtest.Text(strings.Repeat("x", 501))})
			refused(t, err, crm.BadInput, "input", "patch", "result")
		})
		t.Run("answers CONFLICT when a colleague went another way", func(t *testing.T) {
			_, err := update(crm.MemberResponded, to(crm.MemberDeclined))
			fault := refusal(t, err, crm.Conflict)
			equal(t, "theirs", fault.Conflicts[0].Theirs, any("CONVERTED"))
			equal(t, "by whom", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Joris).UserID)
			_, err = o.Campaigns.UpdateMember(o.As(crmtest.Sanne), crm.UpdateCampaignMembershipInput{ID: member.ID, ExpectedVersion: new(3), Patch: to(crm.MemberDeclined)})
			refused(t, err, crm.Conflict)
			_, err = o.Campaigns.UpdateMember(o.As(crmtest.Sanne), crm.UpdateCampaignMembershipInput{ID: member.ID, Patch: to(crm.MemberDeclined)})
			refused(t, err, crm.BadInput, "input")
		})
	})
}

func TestRemoveFromCampaign(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		member, head := memberOf(t, o, crmtest.DeLinde), o.Head()
		remove := func() error {
			_, err := o.Campaigns.RemoveMember(o.As(crmtest.Sanne), crm.RemoveFromCampaignInput{ID: member.ID})
			return err
		}
		equal(t, "refusal", remove(), nil)
		sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.CampaignMemberRemovedEvent})
		equal(t, "campaigns of the relation", len(must2(o.Campaigns.OfCustomers(o.As(crmtest.Ruben), []crm.ID{member.CustomerID}, crm.MembershipListArgs{}, page.Args{}))(t)[0].Nodes), 0)
		refused(t, remove(), crm.NotFound, "input", "id")
	})
}

// newGoal sets a goal at De Linde.
func newGoal(o *crmtest.Office, fields crm.AcquisitionGoalFields) (*crm.AcquisitionGoal, error) {
	answer, err := o.Goals.Create(o.As(crmtest.Sanne), crm.CreateAcquisitionGoalInput{CustomerID: o.Customer(crmtest.DeLinde).ID, Fields: fields})
	if err != nil {
		return nil, err
	}
	return answer.Goal, nil
}

func TestAcquisitionGoals(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		linde := o.Customer(crmtest.DeLinde).ID
		titles := func(status ...crm.AcquisitionGoalStatus) []string {
			found := must2(o.Goals.OfCustomers(o.As(crmtest.Ruben), []crm.ID{linde}, crm.GoalListArgs{Status: status}, page.Args{}))(t)
			return each(found[0].Nodes, func(g *crm.AcquisitionGoal) string { return g.Title })
		}
		t.Run("are the actor's and open, on the relation's card", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.DeLinde)
			goal := must2(newGoal(o, crm.AcquisitionGoalFields{Title: crmtest.Text(" Raamovereenkomst "), DueOn: crmtest.Given(crm.Date("2026-11-23"))}))(t)
			equal(t, "owner", *goal.OwnerID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "version of the card", o.Customer(crmtest.DeLinde).Version, before.Version+1)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.GoalCreatedEvent})
			sameList(t, "goals", titles(), []string{"Raamovereenkomst", "Kennismaking met raad van bestuur"})
		})
		t.Run("are refused with faults, all at once, and on archived cards", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := newGoal(o, crm.AcquisitionGoalFields{DueOn: crmtest.Given(crm.Date("2026-11-22")), NextAction: crmtest.Text(strings.Repeat("x", 501)),
					KindID: crmtest.Given(o.Lookup(crm.CampaignTypeList, "Mailing").ID), OwnerID: crmtest.Given(crm.ID("usr_00000000000000000000000000"))})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.fields.title", "BAD_INPUT input.fields.nextAction", "BAD_INPUT input.fields.dueOn",
					"NOT_FOUND input.fields.kindId", "NOT_FOUND input.fields.ownerId"})
				_, err = o.Goals.Create(o.As(crmtest.Sanne), crm.CreateAcquisitionGoalInput{CustomerID: o.Customer(crmtest.Vastgoed).ID, Fields: crm.AcquisitionGoalFields{Title: crmtest.Text("x")}})
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("are overdue from the day after", func(t *testing.T) {
			goal := o.Goal("Raamovereenkomst")
			overdue := func() bool { return must2(o.Goals.ByIDs(o.As(crmtest.Ruben), []crm.ID{goal.ID}))(t)[0].IsOverdue() }
			equal(t, "overdue on the day", overdue(), false)
			o.Clock.Advance(24 * time.Hour)
			equal(t, "overdue the day after", overdue(), true)
		})
		t.Run("change from a base while they are open", func(t *testing.T) {
			goal := o.Goal("Raamovereenkomst")
			update := func(expected *int, base *crm.AcquisitionGoalFields, fields crm.AcquisitionGoalFields) error {
				_, err := o.Goals.Update(o.As(crmtest.Joris), crm.UpdateAcquisitionGoalInput{ID: goal.ID, ExpectedVersion: expected, Base: base, Patch: fields})
				return err
			}
			due := func(day crm.Date) crm.AcquisitionGoalFields {
				return crm.AcquisitionGoalFields{DueOn: crmtest.Given(day)}
			}
			equal(t, "refusal", update(new(1), nil, due("2027-02-01")), nil)
			equal(t, "another field", update(new(1), nil, crm.AcquisitionGoalFields{NextAction: crmtest.Text("Bellen")}), nil)
			fault := refusal(t, update(new(1), nil, due("2027-03-01")), crm.Conflict)
			equal(t, "base", fault.Conflicts[0].Base, any("2026-11-23"))
			equal(t, "by whom", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Joris).UserID)
			refused(t, update(nil, new(due("2026-11-23")), due("2027-03-01")), crm.Conflict)
			equal(t, "from the right base", update(nil, new(due("2027-02-01")), due("2027-03-01")), nil)
			refused(t, update(new(4), nil, due("2026-11-22")), crm.BadInput, "input", "patch", "dueOn")
			refused(t, update(new(9), nil, due("2027-04-01")), crm.BadInput, "input", "expectedVersion")
		})
		t.Run("are closed with a result, once, and can be reopened", func(t *testing.T) {
			goal, head := o.Goal("Raamovereenkomst"), o.Head()
			end := func(result string) error {
				_, err := o.Goals.Close(o.As(crmtest.Sanne), crm.CloseAcquisitionGoalInput{ID: goal.ID, Outcome: "ACHIEVED", Result: result})
				return err
			}
			refused(t, end("  "), crm.BadInput, "input", "result")
			refused(t, end(strings.Repeat("x", 1001)), crm.BadInput, "input", "result")
			equal(t, "refusal", end("Getekend"), nil)
			refused(t, end("Nog eens"), crm.GoalClosed, "input", "id")
			_, err := o.Goals.Update(o.As(crmtest.Sanne), crm.UpdateAcquisitionGoalInput{ID: goal.ID, ExpectedVersion: new(1), Patch: crm.AcquisitionGoalFields{Title: crmtest.Text("x")}})
			refused(t, err, crm.GoalClosed, "input", "id")
			sameList(t, "achieved", titles("ACHIEVED"), []string{"Raamovereenkomst"})
			reopened := must2(o.Goals.Reopen(o.As(crmtest.Sanne), crm.ReopenAcquisitionGoalInput{ID: goal.ID}))(t).Goal
			equal(t, "empty", reopened.Result == nil && reopened.ClosedAt == nil && reopened.ClosedByID == nil, true)
			_, err = o.Goals.Reopen(o.As(crmtest.Sanne), crm.ReopenAcquisitionGoalInput{ID: goal.ID})
			refused(t, err, crm.GoalOpen, "input", "id")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.GoalClosedEvent, crm.GoalReopenedEvent})
		})
		t.Run("are told when their relation is archived", func(t *testing.T) {
			answer := must2(o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: linde}))(t)
			codes := each(answer.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code })
			equal(t, "told", slices.Contains(codes, crm.OpenAcquisitionGoals), true)
			_, err := o.Goals.Reopen(o.As(crmtest.Sanne), crm.ReopenAcquisitionGoalInput{ID: o.Goal("Raamovereenkomst").ID})
			refused(t, err, crm.CardArchived)
		})
	})
}
