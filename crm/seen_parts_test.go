package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// TestEngagementsThatAreNotSeen looks with the eyes of a colleague who sees relations, but not their leads, requests and
// projects.
func TestEngagementsThatAreNotSeen(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		actor := o.Actor(crmtest.Fatima)
		actor.Rights = crm.AllRights().Without(crm.ViewEngagements, crm.ManageReports)
		blind := crm.WithActor(t.Context(), actor)
		card, project := o.Customer(crmtest.Installatie).ID, o.Engagement("P-2026-0012").ID
		o.Signals()
		t.Run("cannot be named beside what one makes", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Communications.CreateContactMoment(blind, crm.CreateContactMomentInput{CustomerID: card, Kind: crm.NoteMoment, Channel: "PHONE",
					Subject: new("x"), EngagementID: &project})
				refused(t, err, crm.NotFound, "input", "engagementId")
				_, err = o.Documents.CreateLetter(blind, crm.CreateLetterInput{CustomerID: card, Subject: new("{{engagement.number}}"), Body: new("x"), EngagementID: &project})
				refused(t, err, crm.NotFound, "input", "engagementId")
			})
		})
		t.Run("tell nothing by a filter", func(t *testing.T) {
			about := func(filter *crm.CommunicationFilter) int {
				t.Helper()
				return len(must2(o.Communications.OfCustomers(blind, []crm.ID{card}, crm.TimelineArgs{Filter: filter}, page.Args{}))(t)[0].Nodes)
			}
			if whole := about(nil); whole == 0 {
				t.Error("there is nothing to tell")
			}
			equal(t, "found by project", about(&crm.CommunicationFilter{Engagement: &crm.IDFilter{Eq: &project}}), 0)
		})
		t.Run("have no sum, rather than one that is too low", func(t *testing.T) {
			_, err := o.Lines.UninvoicedOfCustomers(blind, []crm.ID{card}, nil, false)
			refused(t, err, crm.Forbidden)
		})
		t.Run("have no reports", func(t *testing.T) {
			equal(t, "reports", len(must2(o.Reports.List(blind, crm.ReportListArgs{CardType: crm.ProjectReport}, page.Args{}))(t).Nodes), 0)
			report := o.Report("Lopende projecten")
			equal(t, "by its id", must2(o.Reports.ByIDs(blind, []crm.ID{report.ID}))(t)[0], nil)
			for _, action := range must2(o.Homes.QuickActions(blind, report.Name, 10))(t) {
				equal(t, "its action", action.Key == string(report.ID), false)
			}
			changesNothing(t, o, func() {
				_, err := o.ReportRuns.Run(blind, crm.RunReportInput{ReportID: report.ID, Scope: crm.AllCards, Format: "CSV"})
				refused(t, err, crm.Forbidden, "input", "reportId")
			})
		})
	})
}

// TestRelationsOfOnesOwn makes a relation as who sees his own alone.
func TestRelationsOfOnesOwn(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		actor := o.Actor(crmtest.Joris)
		actor.Scope = crm.OwnRelations
		own := crm.WithActor(t.Context(), actor)
		made := must2(o.Customers.Create(own, crm.CreateCustomerInput{Stage: crm.Prospect, Fields: crm.CustomerFields{Name: crmtest.Text("Eigen B.V.")}}))(t).Customer
		equal(t, "account manager", *made.AccountManagerID, actor.UserID)
		if found := must2(o.Customers.Get(own, crm.CustomerRef{ID: &made.ID}))(t); found == nil {
			t.Error("it is lost to who made it")
		}
	})
}

// TestArchivingFollowsThePart switches off what an office does without.
func TestArchivingFollowsThePart(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		lead, contact := o.Engagement("L-2026-0088").ID, o.Contact("Piet Nijhuis").ID
		must2(o.Settings.SetFeatures(o.As(crmtest.Peter), crm.SetOrganizationFeaturesInput{Disable: []crm.Feature{crm.EngagementsFeature, crm.ContactsFeature}}))(t)
		o.Signals()
		changesNothing(t, o, func() {
			_, err := o.Engagements.ArchiveEngagement(o.As(crmtest.Sanne), crm.ArchiveEngagementInput{ID: lead})
			refused(t, err, crm.FeatureDisabled)
			_, err = o.Contacts.Restore(o.As(crmtest.Joris), crm.RestoreContactInput{ID: contact})
			refused(t, err, crm.FeatureDisabled)
		})
	})
}
