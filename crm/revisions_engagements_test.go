package crm_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// undoAs takes a lead, a request or a project back to a version, as a colleague who sees it as it is.
func undoAs(o *crmtest.Office, who, number string, to int) error {
	d := o.Engagement(number)
	return undoDossier(o.As(who), o, d, to, d.Version)
}

// goBackTo does so as Sanne, who may.
func goBackTo(t *testing.T, o *crmtest.Office, number string, to int) {
	t.Helper()
	if err := undoAs(o, crmtest.Sanne, number, to); err != nil {
		t.Fatal(err)
	}
}

// saveDossier changes fields of a lead, a request or a project as Sanne does, and gives the version that makes.
func saveDossier(t *testing.T, o *crmtest.Office, number string, patch crm.EngagementFields) int {
	t.Helper()
	d := o.Engagement(number)
	input := crm.UpdateEngagementInput{ID: d.ID, ExpectedVersion: &d.Version, Patch: patch}
	var err error
	switch d.Phase {
	case crm.LeadPhase:
		_, err = o.Engagements.UpdateLead(o.As(crmtest.Sanne), input)
	case crm.RequestPhase:
		_, err = o.Engagements.UpdateRequest(o.As(crmtest.Sanne), input)
	default:
		_, err = o.Engagements.UpdateProject(o.As(crmtest.Sanne), input)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.Engagement(number).Version
}

func TestUndoEngagementChanges(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, number := range []string{"L-2026-0101", "A-2026-0040", "P-2026-0012"} {
			t.Run("gives "+number+" its earlier fields, in one new version with one event", func(t *testing.T) {
				first := o.Engagement(number)
				saveDossier(t, o, number, crm.EngagementFields{Title: crmtest.Text("Verkeerd"), ContactID: crmtest.Given(o.Contact("Wouter de Wit").ID), CampaignID: crmtest.Given(o.Campaign("Installatiebranche Q1 2027").ID),
					ExpectedValue: crmtest.Given(crm.MoneyInput{Amount: 12_50}), HoursPerWeek: crmtest.Given(crm.Decimal(12_00))})
				last := saveDossier(t, o, number, crm.EngagementFields{Description: crmtest.Text(strings.Repeat("Te lang. ", 500))})
				head := o.Head()
				if err := undoAs(o, crmtest.Joris, number, first.Version); err != nil {
					t.Fatal(err)
				}
				stored := o.Engagement(number)
				events := o.LogAfter(head)
				sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ChangesUndoneEvent})
				sameList(t, "fields", events[0].ChangedFields(), []string{"title", "description", "contactId", "campaignId", "expectedValue", "hoursPerWeek"})
				equal(t, "version", stored.Version, last+1)
				equal(t, "version in the event", events[0].CardVersion, stored.Version)
				equal(t, "who", *stored.UpdatedByID, o.Actor(crmtest.Joris).UserID)
				stored.CardFrame, first.CardFrame = crm.CardFrame{}, crm.CardFrame{}
				equal(t, "the rest as before", reflect.DeepEqual(stored, first), true)
			})
		}
		t.Run("is found by its old title again", func(t *testing.T) {
			hits := must2(o.Search.Find(o.As(crmtest.Joris), "Verkeerd", nil, crm.ArchivedInclude, 10))(t)
			equal(t, "hits of the wrong title", len(hits), 0)
		})
		t.Run("can itself be undone", func(t *testing.T) {
			now := o.Engagement("A-2026-0040").Version
			goBackTo(t, o, "A-2026-0040", now-1)
			equal(t, "title", o.Engagement("A-2026-0040").Title, "Verkeerd")
			goBackTo(t, o, "A-2026-0040", now)
		})
		t.Run("leaves a value that was deleted from its list meanwhile, and brings one out of use back", func(t *testing.T) {
			write(t, o, "INSERT INTO lookup_values (organization_id, id, list, text, text_key, sort_order, active, is_default) VALUES"+
				" (?, 'lok_0000000000000000000000000d', 'LEAD_SOURCE', 'Tikfout', 'tikfout', 98, TRUE, FALSE), (?, 'lok_0000000000000000000000000e', 'REQUESTED_FUNCTION', 'Oud', 'oud', 99, TRUE, FALSE)", o.ID, o.ID)
			wrong := saveDossier(t, o, "L-2026-0099", crm.EngagementFields{SourceID: crmtest.Given(crm.ID("lok_0000000000000000000000000d")),
				RequestedFunctionID: crmtest.Given(crm.ID("lok_0000000000000000000000000e"))})
			saveDossier(t, o, "L-2026-0099", crm.EngagementFields{Title: crmtest.Text("x"), SourceID: crmtest.Null[crm.ID](), RequestedFunctionID: crmtest.Null[crm.ID]()})
			write(t, o, "DELETE FROM lookup_values WHERE id = 'lok_0000000000000000000000000d'")
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE id = 'lok_0000000000000000000000000e'")
			undone := must2(o.Revisions.UndoLead(o.As(crmtest.Sanne), crm.UndoEngagementChangesInput{ID: o.Engagement("L-2026-0099").ID, ToVersion: wrong, ExpectedVersion: wrong + 1}))(t)
			equal(t, "source", undone.Lead.SourceID, nil)
			equal(t, "function", *undone.Lead.RequestedFunctionID, "lok_0000000000000000000000000e")
			sameList(t, "warnings", each(undone.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code }), []crm.WarningCode{crm.NotRestored, crm.ValueOutOfUse})
		})
		t.Run("tells its revisions with their source", func(t *testing.T) {
			revisions := must2(o.Revisions.OfCards(o.As(crmtest.Ruben), []crm.ID{o.Engagement("L-2026-0101").ID}, page.Args{}))(t)[0].Nodes
			sameList(t, "sources", each(revisions, (*crm.Revision).Source)[:3], []crm.RevisionSource{crm.UndoneRevision, crm.SavedRevision, crm.SavedRevision})
		})
		t.Run("tells the version of each", func(t *testing.T) {
			for _, number := range []string{"L-2026-0101", "A-2026-0040", "P-2026-0012"} {
				d := o.Engagement(number)
				equal(t, number, *must2(o.Revisions.CardVersion(o.As(crmtest.Ruben), d.ID))(t), d.Version)
			}
		})
	})
}

func TestUndoEngagementChangesIsRefused(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		never := func(t *testing.T, do func() error, code crm.ErrorCode, path ...string) {
			t.Helper()
			o.Signals()
			changesNothing(t, o, func() { refused(t, do(), code, path...) })
		}
		t.Run("where the fields cannot be edited any more", func(t *testing.T) {
			for number, code := range map[string]crm.ErrorCode{"L-2026-0088": crm.LeadNotOpen, "L-2026-0090": crm.LeadNotOpen, "A-2026-0022": crm.RequestNotOpen,
				"P-2024-0007": crm.CardArchived, "P-2022-0005": crm.CardArchived} {
				never(t, func() error { return undoAs(o, crmtest.Sanne, number, 1) }, code)
			}
		})
		t.Run("to whom may not edit", func(t *testing.T) {
			never(t, func() error { return undoAs(o, crmtest.Ruben, "L-2026-0101", 1) }, crm.Forbidden)
		})
		t.Run("for a card of another phase", func(t *testing.T) {
			never(t, func() error {
				return done(o.Revisions.UndoLead(o.As(crmtest.Sanne), crm.UndoEngagementChangesInput{ID: o.Engagement("A-2026-0040").ID, ToVersion: 1, ExpectedVersion: 1}))
			}, crm.NotFound, "input", "id")
		})
		t.Run("to versions that there are not", func(t *testing.T) {
			never(t, func() error { return undoAs(o, crmtest.Sanne, "L-2026-0101", 99) }, crm.NotFound, "input", "toVersion")
		})
		t.Run("when who comes back has left meanwhile", func(t *testing.T) {
			before := o.Engagement("A-2026-0040").Version
			saveDossier(t, o, "A-2026-0040", crm.EngagementFields{ContactID: crmtest.Given(o.Contact("Wouter de Wit").ID)})
			write(t, o, "UPDATE contacts SET archived_at = ?, archived_by = ? WHERE id = ?", o.Clock.Now(), o.Actor(crmtest.Sanne).UserID, o.Contact("Erik Jansen").ID)
			never(t, func() error { return undoAs(o, crmtest.Sanne, "A-2026-0040", before) }, crm.ContactArchived, "input", "toVersion")
		})
		t.Run("when it does not go together with what a colleague saved since", func(t *testing.T) {
			rate := func(euros int) graphql.Omittable[*crm.MoneyInput] {
				return crmtest.Given(crm.MoneyInput{Amount: crm.Decimal(euros * 100)})
			}
			saveDossier(t, o, "A-2026-0041", crm.EngagementFields{RateMin: rate(30), RateMax: rate(40)})
			before := o.Engagement("A-2026-0041")
			mine := saveDossier(t, o, "A-2026-0041", crm.EngagementFields{RateMin: rate(10)})
			saveDossier(t, o, "A-2026-0041", crm.EngagementFields{RateMax: rate(20)})
			never(t, func() error { return undoDossier(o.As(crmtest.Sanne), o, before, before.Version, mine) }, crm.BadInput, "input", "toVersion")
		})
		t.Run("when it would move a project that is over", func(t *testing.T) {
			must2(o.Engagements.EndProject(o.As(crmtest.Joris), crm.EndProjectInput{ID: o.Engagement("P-2025-0003").ID, EndOn: "2027-03-31"}))(t)
			settled := o.Engagement("P-2025-0003").Version
			saveDossier(t, o, "P-2025-0003", crm.EngagementFields{EndOn: crmtest.Given(crm.Date("2026-11-30"))})
			o.Clock.Advance(14 * 24 * time.Hour)
			never(t, func() error { return undoAs(o, crmtest.Sanne, "P-2025-0003", settled) }, crm.ProjectEnded, "input", "toVersion")
		})
		t.Run("where the office does without", func(t *testing.T) {
			without(t, o, crm.EngagementsFeature)
			never(t, func() error { return undoAs(o, crmtest.Sanne, "L-2026-0101", 1) }, crm.FeatureDisabled)
		})
	})
}

// TestUndoLeavesTransitions says for each kind of card that an undo takes back what was saved, and nothing that a
// transition made.
func TestUndoLeavesTransitions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		day := func(text string) crm.EngagementFields {
			return crm.EngagementFields{EndOn: crmtest.Given(crm.Date(text))}
		}
		t.Run("of a relation: stage, since and debtor number", func(t *testing.T) {
			first := o.Customer(crmtest.Noorderlicht)
			must2(update(o, crmtest.Sanne, first, crm.CustomerFields{Phone: crmtest.Text("010-1234567")}))(t)
			must2(honour(o, o.Engagement("A-2026-0041").ID))(t)
			promoted := o.Customer(crmtest.Noorderlicht)
			must2(update(o, crmtest.Sanne, promoted, crm.CustomerFields{Notes: crmtest.Text("Fout")}))(t)
			must2(undoTo(o, first.ID, first.Version, promoted.Version+1))(t)
			stored := o.Customer(crmtest.Noorderlicht)
			equal(t, "stage", stored.Stage, crm.Client)
			equal(t, "since", *stored.CustomerSince, *promoted.CustomerSince)
			equal(t, "debtor number", *stored.DebtorNumber, *promoted.DebtorNumber)
			equal(t, "phone", reflect.DeepEqual(stored.Phone, first.Phone), true)
			equal(t, "notes", reflect.DeepEqual(stored.Notes, first.Notes), true)
		})
		t.Run("of a relation: that it was archived and brought back", func(t *testing.T) {
			first := o.Customer(crmtest.Vastgoed)
			must2(o.Customers.Restore(o.As(crmtest.Joris), crm.RestoreCustomerInput{ID: first.ID}))(t)
			saved := must2(update(o, crmtest.Sanne, o.Customer(crmtest.Vastgoed), crm.CustomerFields{Phone: crmtest.Text("010-1234567")}))(t).Customer
			must2(undoTo(o, first.ID, first.Version, saved.Version))(t)
			equal(t, "archived", o.Customer(crmtest.Vastgoed).ArchivedAt, nil)
		})
		t.Run("of a lead: that it was lost and taken up again", func(t *testing.T) {
			first := o.Engagement("L-2026-0101")
			saveDossier(t, o, first.Number, crm.EngagementFields{Title: crmtest.Text("x")})
			must2(o.Engagements.LoseLead(o.As(crmtest.Sanne), crm.CloseEngagementInput{ID: first.ID, ReasonID: o.Lookup(crm.LostReasonList, "Tarief te hoog").ID, Remark: new("Weg")}))(t)
			must2(o.Engagements.ReopenLead(o.As(crmtest.Sanne), crm.EngagementStep{ID: first.ID}))(t)
			goBackTo(t, o, first.Number, first.Version+2)
			equal(t, "still as reopened", o.Engagement(first.Number).Version, first.Version+3)
			goBackTo(t, o, first.Number, first.Version)
			stored := o.Engagement(first.Number)
			equal(t, "title", stored.Title, first.Title)
			equal(t, "status", stored.Status, crm.Open)
			equal(t, "reason", stored.ClosedReason, nil)
			equal(t, "remark", stored.ClosedRemark, nil)
		})
		t.Run("of a project: the last day that was settled, also where it stood there already", func(t *testing.T) {
			first := o.Engagement("P-2026-0031")
			saveDossier(t, o, first.Number, day("2026-12-31"))
			must2(o.Engagements.EndProject(o.As(crmtest.Joris), crm.EndProjectInput{ID: first.ID, EndOn: "2026-12-31"}))(t)
			saveDossier(t, o, first.Number, crm.EngagementFields{EndOn: crmtest.Given(crm.Date("2027-01-31")), CostCentre: crmtest.Text("7")})
			goBackTo(t, o, first.Number, first.Version)
			stored := o.Engagement(first.Number)
			equal(t, "last day", *stored.EndOn, "2026-12-31")
			equal(t, "settled", stored.IsEndSettled, true)
			equal(t, "cost centre", reflect.DeepEqual(stored.CostCentre, first.CostCentre), true)
		})
		t.Run("of a project: that it ended, on the day that was given then", func(t *testing.T) {
			first := o.Engagement("P-2026-0012")
			saveDossier(t, o, first.Number, day("2026-11-30"))
			must2(o.Engagements.EndProject(o.As(crmtest.Sanne), crm.EndProjectInput{ID: first.ID, EndOn: "2026-11-22"}))(t)
			saveDossier(t, o, first.Number, crm.EngagementFields{CostCentre: crmtest.Text("7")})
			goBackTo(t, o, first.Number, first.Version)
			ended := o.Engagement(first.Number)
			equal(t, "cost centre", reflect.DeepEqual(ended.CostCentre, first.CostCentre), true)
			equal(t, "last day", *ended.EndOn, "2026-11-22")
			equal(t, "status", ended.Status, crm.Ended)
		})
		t.Run("of a project: what a save took of it comes back", func(t *testing.T) {
			settled := o.Engagement("P-2026-0031")
			saveDossier(t, o, settled.Number, crm.EngagementFields{EndOn: crmtest.Null[crm.Date]()})
			equal(t, "settled", o.Engagement(settled.Number).IsEndSettled, false)
			goBackTo(t, o, settled.Number, settled.Version)
			equal(t, "settled again", o.Engagement(settled.Number).IsEndSettled, true)
			equal(t, "last day", *o.Engagement(settled.Number).EndOn, *settled.EndOn)
		})
		t.Run("of a project: a last day that a colleague settled since is a conflict", func(t *testing.T) {
			first := o.Engagement("P-2026-0018")
			mine := saveDossier(t, o, first.Number, day("2026-12-24"))
			must2(o.Engagements.EndProject(o.As(crmtest.Joris), crm.EndProjectInput{ID: first.ID, EndOn: "2026-12-24"}))(t)
			o.Signals()
			changesNothing(t, o, func() {
				fault := refusal(t, undoDossier(o.As(crmtest.Sanne), o, first, first.Version, mine), crm.Conflict, "input", "expectedVersion")
				sameList(t, "fields", each(fault.Conflicts, func(c *crm.FieldConflict) string { return c.Field }), []string{"endOn"})
				equal(t, "theirs", fault.Conflicts[0].Theirs, any("2026-12-24"))
			})
		})
		t.Run("of a contact: what it left behind when it moved", func(t *testing.T) {
			first := o.Contact("Rik Scholten")
			must2(o.Contacts.Update(o.As(crmtest.Joris), crm.UpdateContactInput{ID: first.ID, ExpectedVersion: &first.Version,
				Patch: crm.ContactFields{Email: crmtest.Text("rik@oud.example"), Notes: crmtest.Text("Fout")}}))(t)
			must2(o.Contacts.Move(o.As(crmtest.Joris), crm.MoveContactInput{ID: first.ID, ToCustomerID: o.Customer(crmtest.Installatie).ID}))(t)
			now := o.Contact("Rik Scholten").Version
			undone := must2(o.Revisions.UndoContact(o.As(crmtest.Joris), crm.UndoContactChangesInput{ID: first.ID, ToVersion: first.Version, ExpectedVersion: now}))(t).Contact
			equal(t, "address", undone.Email, nil)
			equal(t, "relation", undone.CustomerID, o.Customer(crmtest.Installatie).ID)
			equal(t, "notes", reflect.DeepEqual(undone.Notes, first.Notes), true)
		})
	})
}

func TestUndoOfATermCutsNominations(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		first := o.Engagement("P-2026-0018")
		saveDossier(t, o, first.Number, crm.EngagementFields{EndOn: crmtest.Given(crm.Date("2027-03-31"))})
		person := o.Nomination(first.Number, "Daan Willems")
		must2(o.Nominations.Update(o.As(crmtest.Sanne), crm.UpdateNominationInput{ID: person.ID, ExpectedVersion: &person.Version,
			Patch: crm.NominationFields{EndOn: crmtest.Given(crm.Date("2027-03-31"))}}))(t)
		head, now := o.Head(), o.Engagement(first.Number).Version
		undone := must2(o.Revisions.UndoProject(o.As(crmtest.Sanne), crm.UndoEngagementChangesInput{ID: first.ID, ToVersion: first.Version, ExpectedVersion: now}))(t)
		equal(t, "last day", *undone.Project.EndOn, *first.EndOn)
		equal(t, "last day at work", *o.Nomination(first.Number, "Daan Willems").EndOn, *first.EndOn)
		sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ChangesUndoneEvent, crm.NominationUpdatedEvent})
		sameList(t, "warnings", each(undone.Warnings, func(w *crm.Warning) crm.WarningCode { return w.Code }), []crm.WarningCode{crm.NominationsCut})
	})
}
