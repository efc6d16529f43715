package crm_test

import (
	"fmt"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// closing is the input of what came to nothing.
func closing(o *crmtest.Office, number string) crm.CloseEngagementInput {
	return crm.CloseEngagementInput{ID: o.Engagement(number).ID, ReasonID: o.Lookup(crm.LostReasonList, "Behoefte vervallen").ID}
}

// stepOf is the input of a step without more.
func stepOf(o *crmtest.Office, number string) crm.EngagementStep {
	return crm.EngagementStep{ID: o.Engagement(number).ID}
}

// asShown is a lead, request or project as the API shows it today.
func asShown(t *testing.T, o *crmtest.Office, number string) *crm.Dossier {
	t.Helper()
	return must2(o.Engagements.ByIDs(o.As(crmtest.Ruben), []crm.ID{o.Engagement(number).ID}))(t)[0].Core()
}

// projectAt begins a project at Brouwer and gives its number.
func projectAt(t *testing.T, o *crmtest.Office, start crm.Date, end *crm.Date) string {
	t.Helper()
	input := crm.CreateProjectInput{CustomerID: o.Customer(crmtest.Brouwer).ID, Title: "Werk", ContactID: o.Contact("Klaas Brouwer").ID, StartOn: start, EndOn: end}
	return must2(o.Engagements.CreateProject(o.As(crmtest.Joris), input))(t).Project.Number
}

func TestUpdateEngagement(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		t.Run("writes one event with what changed, and finds the card by its new title", func(t *testing.T) {
			head, lead := o.Head(), o.Engagement("L-2026-0101")
			must2(o.Engagements.UpdateLead(sanne, crm.UpdateEngagementInput{ID: lead.ID, ExpectedVersion: &lead.Version,
				Patch: crm.EngagementFields{Title: crmtest.Text("Zonneparken 2027"), Probability: crmtest.Given(70)}}))(t)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.LeadUpdatedEvent})
			equal(t, "version", events[0].CardVersion, lead.Version+1)
			sameList(t, "fields", events[0].ChangedFields(), []string{"title", "probability"})
			equal(t, "hits", len(must2(o.Search.Find(sanne, "zonneparken", nil, crm.ArchivedExclude, 10))(t)), 1)
		})
		t.Run("makes no version of what changes nothing", func(t *testing.T) {
			lead := o.Engagement("L-2026-0101")
			o.Signals()
			changesNothing(t, o, func() {
				must2(o.Engagements.UpdateLead(sanne, crm.UpdateEngagementInput{ID: lead.ID, ExpectedVersion: &lead.Version,
					Patch: crm.EngagementFields{Title: crmtest.Text("Zonneparken 2027")}}))(t)
			})
		})
		t.Run("keeps a contact that left meanwhile, and takes no archived one anew", func(t *testing.T) {
			project := o.Engagement("P-2023-0002") // of Piet Nijhuis, who left
			must2(o.Engagements.RestoreEngagement(sanne, stepOf(o, "P-2023-0002")))(t)
			must2(o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: project.ID, ExpectedVersion: new(project.Version + 1),
				Patch: crm.EngagementFields{CostCentre: crmtest.Text("9"), ContactID: crmtest.Given(*project.ContactID)}}))(t)
			other := o.Engagement("P-2025-0019")
			_, err := o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: other.ID, ExpectedVersion: &other.Version,
				Patch: crm.EngagementFields{ContactID: crmtest.Given(o.Contact("Piet Nijhuis").ID)}})
			refused(t, err, crm.ContactArchived, "input", "patch", "contactId")
		})
		t.Run("keeps a value that was taken out of use, and takes it not anew", func(t *testing.T) {
			source := o.Lookup(crm.LeadSourceList, "Bestaande klant")
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE id = ?", source.ID)
			lead := o.Engagement("L-2026-0101")
			must2(o.Engagements.UpdateLead(sanne, crm.UpdateEngagementInput{ID: lead.ID, ExpectedVersion: &lead.Version,
				Patch: crm.EngagementFields{SourceID: crmtest.Given(source.ID), Location: crmtest.Text("Delft")}}))(t)
			other := o.Engagement("L-2026-0099")
			_, err := o.Engagements.UpdateLead(sanne, crm.UpdateEngagementInput{ID: other.ID, ExpectedVersion: &other.Version,
				Patch: crm.EngagementFields{SourceID: crmtest.Given(source.ID)}})
			refused(t, err, crm.LookupInactive, "input", "patch", "sourceId")
			converted := must2(o.Engagements.ConvertLead(sanne, crm.ConvertLeadInput{ID: lead.ID}))(t)
			equal(t, "source of the request", *converted.Request.SourceID, source.ID)
		})
		t.Run("knows the campaign it came from, and so does what it becomes", func(t *testing.T) {
			campaign := o.Campaign("Zorg & techniek najaar 2026").ID
			write(t, o, "UPDATE campaigns SET end_on = '2026-11-01' WHERE id = ?", campaign) // what it brings comes later
			of := o.Customer(crmtest.Waterlanden).ID
			lead := must2(o.Engagements.CreateLead(sanne, crm.CreateLeadInput{CustomerID: of, Title: "Campagnelead", CampaignID: &campaign,
				ExpectedValue: &crm.MoneyInput{Amount: 10_00}, Probability: new(50)}))(t).Lead
			request := must2(o.Engagements.ConvertLead(sanne, crm.ConvertLeadInput{ID: lead.ID, ContactID: &o.Contact("Ingrid van den Berg").ID}))(t).Request
			project := must2(o.Engagements.HonourRequest(sanne, crm.HonourRequestInput{ID: request.ID, StartOn: "2026-12-01"}))(t).Project
			equal(t, "of the request", *request.CampaignID, campaign)
			equal(t, "of the project", *project.CampaignID, campaign)
			var told []string
			for _, total := range must2(o.Engagements.TotalsOfCampaigns(sanne, []crm.ID{campaign}))(t)[0] {
				told = append(told, fmt.Sprintf("%s %s %d %s %s", total.Phase, total.Status, total.Count, total.ExpectedValue().Amount, total.WeightedValue().Amount))
			}
			sameList(t, "totals", told, []string{"LEAD CONVERTED 1 10.00 5.00", "LEAD OPEN 1 85000.00 25500.00", "PROJECT PLANNED 1 0.00 0.00", "REQUEST HONOURED 1 10.00 5.00"})
			theirs, unseeing := o.Neighbour().Campaign, o.Actor(crmtest.Sanne)
			unseeing.Rights &^= crm.RightsOf(crm.ViewCampaigns)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Engagements.CreateLead(crm.WithActor(t.Context(), unseeing), crm.CreateLeadInput{CustomerID: of, Title: "x", CampaignID: &campaign})
				refused(t, err, crm.NotFound, "input", "campaignId")
			})
			changesNothing(t, o, func() {
				_, err := o.Engagements.CreateLead(sanne, crm.CreateLeadInput{CustomerID: of, Title: "x", CampaignID: &theirs})
				refused(t, err, crm.NotFound, "input", "campaignId")
				now := o.Engagement(project.Number)
				_, err = o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: now.ID, ExpectedVersion: &now.Version,
					Patch: crm.EngagementFields{CampaignID: crmtest.Given(crm.ID("cam_06h0fe8nw1r0100000000001sc"))}})
				refused(t, err, crm.NotFound, "input", "patch", "campaignId")
			})
		})
		t.Run("refuses what is archived, above and itself, and what is of another phase", func(t *testing.T) {
			patch := crm.EngagementFields{Title: crmtest.Text("x")}
			_, err := o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: o.Engagement("P-2024-0007").ID, ExpectedVersion: new(3), Patch: patch})
			refused(t, err, crm.CardArchived)
			_, err = o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: o.Engagement("P-2022-0005").ID, ExpectedVersion: new(3), Patch: patch})
			refused(t, err, crm.CardArchived)
			_, err = o.Engagements.UpdateProject(sanne, crm.UpdateEngagementInput{ID: o.Engagement("A-2026-0040").ID, ExpectedVersion: new(1), Patch: patch})
			refused(t, err, crm.NotFound, "input", "id")
		})
	})
}

func TestClosedReason(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		t.Run("is the text as it was when it was chosen", func(t *testing.T) {
			must2(o.Engagements.LoseLead(sanne, closing(o, "L-2026-0099")))(t)
			write(t, o, "UPDATE lookup_values SET text = 'Anders', text_key = 'anders' WHERE id = ?", o.Lookup(crm.LostReasonList, "Behoefte vervallen").ID)
			equal(t, "reason", *o.Engagement("L-2026-0099").ClosedReason, "Behoefte vervallen")
		})
		t.Run("is refused when it is out of use, unknown, or its remark is too long, and nothing changes", func(t *testing.T) {
			reason := o.Lookup(crm.LostReasonList, "Tarief te hoog")
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE id = ?", reason.ID)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Engagements.RejectRequest(sanne, crm.CloseEngagementInput{ID: o.Engagement("A-2026-0040").ID, ReasonID: reason.ID})
				refused(t, err, crm.LookupInactive, "input", "reasonId")
				_, err = o.Engagements.RejectRequest(sanne, crm.CloseEngagementInput{ID: o.Engagement("A-2026-0040").ID, ReasonID: "lok_00000000000000000000000000"})
				refused(t, err, crm.NotFound, "input", "reasonId")
			})
		})
	})
}

func TestReopenRequest(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		asked := request(t, o, o.Customer(crmtest.Brouwer).ID, o.Contact("Mehmet Aydin").ID)
		t.Run("asks for someone else when the contact left meanwhile", func(t *testing.T) {
			must2(o.Engagements.WithdrawRequest(sanne, closing(o, asked.Number)))(t)
			must2(o.Contacts.Archive(sanne, crm.ArchiveContactInput{ID: o.Contact("Mehmet Aydin").ID}))(t)
			_, err := o.Engagements.ReopenRequest(sanne, crm.ReopenRequestInput{ID: asked.ID})
			refused(t, err, crm.ContactArchived, "input", "contactId")
			must2(o.Engagements.ReopenRequest(sanne, crm.ReopenRequestInput{ID: asked.ID, ContactID: &o.Contact("Lisa Wolters").ID}))(t)
			equal(t, "status", o.Engagement(asked.Number).Status, crm.Open)
		})
		t.Run("is refused while the relation is archived", func(t *testing.T) {
			must2(o.Engagements.RejectRequest(sanne, closing(o, asked.Number)))(t)
			must2(o.Customers.Archive(sanne, crm.ArchiveCustomerInput{ID: asked.CustomerID}))(t)
			_, err := o.Engagements.ReopenRequest(sanne, crm.ReopenRequestInput{ID: asked.ID})
			refused(t, err, crm.CardArchived)
		})
	})
}

func TestCalendarOfProjects(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris, brouwer := o.As(crmtest.Joris), o.Customer(crmtest.Brouwer).ID
		numbers := func(status crm.EngagementStatus) []string {
			args := crm.EngagementListArgs{Statuses: []crm.EngagementStatus{status}, Archived: crm.ArchivedExclude}
			found := must2(o.Engagements.ProjectsOfCustomers(joris, []crm.ID{brouwer}, args, page.Args{}))(t)[0]
			return each(found.Nodes, func(p *crm.Project) string { return p.Number })
		}
		number := projectAt(t, o, "2026-11-30", new(crm.Date("2026-12-18")))
		t.Run("makes a planned project active on its first day, by itself", func(t *testing.T) {
			sameList(t, "planned", numbers(crm.Planned), []string{number})
			o.Clock.Set(time.Date(2026, 11, 29, 23, 30, 0, 0, time.UTC)) // past midnight in Amsterdam
			equal(t, "status", asShown(t, o, number).Status, crm.Active)
			sameList(t, "planned", numbers(crm.Planned), nil)
			sameList(t, "active", numbers(crm.Active), []string{number})
		})
		t.Run("runs until a settled last day has passed, and is ended then", func(t *testing.T) {
			must2(o.Engagements.EndProject(joris, crm.EndProjectInput{ID: o.Engagement(number).ID, EndOn: "2026-12-04"}))(t)
			_, err := o.Customers.Archive(joris, crm.ArchiveCustomerInput{ID: brouwer})
			refused(t, err, crm.RunningProjects)
			o.Clock.Set(time.Date(2026, 12, 4, 22, 59, 0, 0, time.UTC))
			equal(t, "status on the last day", asShown(t, o, number).Status, crm.Active)
			o.Clock.Set(time.Date(2026, 12, 4, 23, 0, 0, 0, time.UTC))
			equal(t, "status on the day after", asShown(t, o, number).Status, crm.Ended)
			sameList(t, "active", numbers(crm.Active), nil)
			sameList(t, "ended", numbers(crm.Ended), []string{number, "P-2025-0019"})
			must2(o.Engagements.ArchiveEngagement(joris, crm.ArchiveEngagementInput{ID: o.Engagement(number).ID}))(t)
		})
		t.Run("leaves a project that nobody ended open, though it does not run", func(t *testing.T) {
			overdue := projectAt(t, o, "2026-11-01", new(crm.Date("2026-12-01")))
			equal(t, "status", asShown(t, o, overdue).Status, crm.Active)
			_, err := o.Engagements.ArchiveEngagement(joris, crm.ArchiveEngagementInput{ID: o.Engagement(overdue).ID})
			refused(t, err, crm.ProjectNotEnded)
			_, err = o.Engagements.HoldProject(joris, stepOf(o, overdue))
			refused(t, err, crm.ProjectNotRunning)
		})
	})
}

func TestNothingRunsAtAProspect(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := o.As(crmtest.Joris)
		overdue := projectAt(t, o, "2026-10-01", new(crm.Date("2026-11-01")))
		must2(o.Customers.RevertToProspect(joris, crm.RevertToProspectInput{ID: o.Customer(crmtest.Brouwer).ID}))(t)
		o.Signals()
		changesNothing(t, o, func() {
			_, err := o.Engagements.UpdateProject(joris, crm.UpdateEngagementInput{ID: o.Engagement(overdue).ID, ExpectedVersion: new(1),
				Patch: crm.EngagementFields{EndOn: crmtest.Null[crm.Date]()}})
			refused(t, err, crm.ProspectNeedsHonouredRequest, "input", "patch", "endOn")
			_, err = o.Engagements.EndProject(joris, crm.EndProjectInput{ID: o.Engagement(overdue).ID, EndOn: "2026-12-01"})
			refused(t, err, crm.ProspectNeedsHonouredRequest, "input", "endOn")
			_, err = o.Engagements.ReopenProject(joris, crm.ReopenProjectInput{ID: o.Engagement("P-2025-0019").ID})
			refused(t, err, crm.ProspectNeedsHonouredRequest, "input", "id")
		})
		t.Run("but what is over can be ended", func(t *testing.T) {
			must2(o.Engagements.EndProject(joris, crm.EndProjectInput{ID: o.Engagement(overdue).ID, EndOn: "2026-11-01"}))(t)
			equal(t, "status", asShown(t, o, overdue).Status, crm.Ended)
		})
	})
}

func TestReopenProject(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		joris := o.As(crmtest.Joris)
		t.Run("runs again, so that the relation cannot be archived", func(t *testing.T) {
			head := o.Head()
			answer := must2(o.Engagements.ReopenProject(joris, crm.ReopenProjectInput{ID: o.Engagement("P-2025-0019").ID}))(t)
			equal(t, "running", answer.Project.IsRunning(), true)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.DoesNotBill})
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ProjectReopenedEvent})
			_, err := o.Customers.Archive(joris, crm.ArchiveCustomerInput{ID: o.Customer(crmtest.Brouwer).ID})
			refused(t, err, crm.RunningProjects)
		})
		t.Run("refuses an end before today or before the start", func(t *testing.T) {
			closeProject(t, o, "P-2025-0019")
			_, err := o.Engagements.ReopenProject(joris, crm.ReopenProjectInput{ID: o.Engagement("P-2025-0019").ID, EndOn: new(crm.Date("2026-11-22"))})
			refused(t, err, crm.BadInput, "input", "endOn")
		})
		t.Run("and archiving the relation at the same moment exclude each other", func(t *testing.T) {
			for range 5 {
				errs := atOnce(
					func() error {
						_, err := o.Customers.Archive(joris, crm.ArchiveCustomerInput{ID: o.Customer(crmtest.Brouwer).ID})
						return err
					},
					func() error {
						_, err := o.Engagements.ReopenProject(joris, crm.ReopenProjectInput{ID: o.Engagement("P-2025-0019").ID})
						return err
					})
				if errs[0] == nil {
					refused(t, errs[1], crm.CardArchived)
					must2(o.Customers.Restore(joris, crm.RestoreCustomerInput{ID: o.Customer(crmtest.Brouwer).ID}))(t)
					continue
				}
				refused(t, errs[0], crm.RunningProjects)
				equal(t, "reopening", errs[1], nil)
				closeProject(t, o, "P-2025-0019")
			}
		})
	})
}

func TestConvertLead(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		t.Run("makes one request when it is done twice at the same moment", func(t *testing.T) {
			head := o.Head()
			twice := func() error {
				_, err := o.Engagements.ConvertLead(sanne, crm.ConvertLeadInput{ID: o.Engagement("L-2026-0101").ID})
				return err
			}
			errs := atOnce(twice, twice)
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v", errs)
			}
			for _, err := range errs {
				if err != nil {
					refused(t, err, crm.LeadNotOpen)
				}
			}
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.RequestCreatedEvent, crm.LeadConvertedEvent})
		})
		t.Run("refuses a contact that left, and a blank title, both at once", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Engagements.ConvertLead(sanne, crm.ConvertLeadInput{ID: o.Engagement("L-2026-0099").ID, ContactID: &o.Contact("Erik Jansen").ID, Title: new(" ")})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.title", "CONTACT_NOT_OF_CUSTOMER input.contactId"})
			})
		})
	})
}

func TestHonourOrReject(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		id := o.Engagement("A-2026-0041").ID
		errs := atOnce(
			func() error { _, err := honour(o, id); return err },
			func() error {
				_, err := o.Engagements.RejectRequest(o.As(crmtest.Sanne), closing(o, "A-2026-0041"))
				return err
			})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("got %v", errs)
		}
		for _, err := range errs {
			if err != nil {
				refused(t, err, crm.RequestNotOpen)
			}
		}
	})
}

func TestPhaseHistory(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		must2(o.Engagements.LoseLead(sanne, closing(o, "L-2026-0099")))(t)
		must2(o.Engagements.ReopenLead(o.As(crmtest.Joris), stepOf(o, "L-2026-0099")))(t)
		few := crm.WithFields(sanne, crm.Fields{Names: map[string]bool{"status": true}, Key: "status"})
		found := must2(o.Engagements.PhaseHistoryOf(few, []crm.ID{o.Engagement("L-2026-0099").ID, o.Engagement("L-2026-0088").ID}))(t)
		statuses := func(steps []*crm.PhaseStep) []crm.EngagementStatus {
			return each(steps, func(s *crm.PhaseStep) crm.EngagementStatus { return s.Status })
		}
		sameList(t, "of the reopened lead", statuses(found[0]), []crm.EngagementStatus{crm.Open, crm.Lost, crm.Open})
		sameList(t, "of the lost lead", statuses(found[1]), []crm.EngagementStatus{crm.Open, crm.Lost})
		equal(t, "who reopened it", *found[0][2].ByID, o.Actor(crmtest.Joris).UserID)
	})
}
