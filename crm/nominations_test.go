package crm_test

import (
	"fmt"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// nominate offers someone, or puts someone to work.
func nominate(o *crmtest.Office, number, name string, start, end *crm.Date) (*crm.NominationPayload, error) {
	return o.Nominations.Add(o.As(crmtest.Joris), crm.AddNominationInput{EngagementID: o.Engagement(number).ID, Kind: crm.Person, Name: name, StartOn: start, EndOn: end})
}

func TestAddNomination(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("tells it on the card of the request, whose version rises", func(t *testing.T) {
			head, before := o.Head(), o.Engagement("A-2026-0040")
			added := must2(nominate(o, "A-2026-0040", "Lotte Smits", nil, nil))(t).Nomination
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.NominationAddedEvent})
			equal(t, "card", events[0].CardID, before.ID)
			equal(t, "subject", *events[0].SubjectID, added.ID)
			equal(t, "version", o.Engagement("A-2026-0040").Version, before.Version+1)
			equal(t, "status", added.Status, crm.Proposed)
		})
		t.Run("leaves the fields of the request free for whoever changes those", func(t *testing.T) {
			asked := o.Engagement("A-2026-0040")
			must2(nominate(o, "A-2026-0040", "Tom van Rijn", new(crm.Date("2027-02-01")), nil))(t)
			must2(o.Engagements.UpdateRequest(o.As(crmtest.Sanne), crm.UpdateEngagementInput{ID: asked.ID, ExpectedVersion: &asked.Version,
				Patch: crm.EngagementFields{StartOn: crmtest.Given(crm.Date("2027-01-18"))}}))(t)
		})
		t.Run("keeps within the term of a project", func(t *testing.T) {
			for _, one := range []struct {
				start, end crm.Date
				at         string
			}{{"2026-03-01", "2027-02-26", "startOn"}, {"2026-03-02", "2027-02-27", "endOn"}, {"2027-03-01", "2027-03-02", "endOn"}} {
				o.Signals()
				changesNothing(t, o, func() {
					_, err := nominate(o, "P-2026-0012", "Bram Hoekstra", &one.start, &one.end)
					refused(t, err, crm.NominationOutsideTerm, "input", one.at)
				})
			}
			added := must2(nominate(o, "P-2026-0012", "Bram Hoekstra", nil, nil))(t).Nomination
			equal(t, "start", *added.StartOn, "2026-03-02")
			equal(t, "end", *added.EndOn, "2027-02-26")
			equal(t, "status", added.Status, crm.AtWork)
		})
		t.Run("warns of other projects in the same days, and only then", func(t *testing.T) {
			answer := must2(nominate(o, "A-2026-0040", "Daan Willems", new(crm.Date("2026-12-19")), nil))(t)
			sameList(t, "warnings from the day after", warningCodes(answer.Warnings), []crm.WarningCode{crm.OutsideWantedTerm})
			answer = must2(nominate(o, "A-2026-0040", "DAAN WILLEMS", new(crm.Date("2026-12-18")), new(crm.Date("2027-10-10"))))(t)
			sameList(t, "warnings from the last day", warningCodes(answer.Warnings), []crm.WarningCode{crm.OutsideWantedTerm, crm.PersonElsewhere})
			equal(t, "elsewhere", answer.Warnings[1].Cards[0].NodeID(), o.Engagement("P-2026-0018").ID)
		})
		t.Run("is refused to what is over, archived or a lead", func(t *testing.T) {
			for number, code := range map[string]crm.ErrorCode{"P-2025-0019": crm.ProjectEnded, "P-2024-0007": crm.CardArchived,
				"A-2026-0022": crm.RequestNotOpen, "L-2026-0101": crm.BadInput} {
				_, err := nominate(o, number, "Bram Hoekstra", nil, nil)
				refused(t, err, code)
			}
		})
		t.Run("ends at a hundred", func(t *testing.T) {
			have := len(must2(o.Nominations.OfEngagements(o.As(crmtest.Ruben), []crm.ID{o.Engagement("A-2026-0041").ID}))(t)[0])
			for i := range 100 - have {
				must2(nominate(o, "A-2026-0041", fmt.Sprint("Kandidaat ", i), nil, nil))(t)
			}
			_, err := nominate(o, "A-2026-0041", "Een te veel", nil, nil)
			refused(t, err, crm.LimitExceeded, "input", "engagementId")
		})
	})
}

func TestUpdateNomination(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		id := o.Nomination("A-2026-0041", "Daan Willems").ID
		update := func(who string, base, patch crm.NominationFields) error {
			_, err := o.Nominations.Update(o.As(who), crm.UpdateNominationInput{ID: id, Base: &base, Patch: patch})
			return err
		}
		rate := func(cents crm.Decimal) crm.NominationFields {
			return crm.NominationFields{HourlyRate: crmtest.Given(crm.MoneyInput{Amount: cents})}
		}
		t.Run("lets one of two win who change the same field at the same moment", func(t *testing.T) {
			errs := atOnce(
				func() error { return update(crmtest.Sanne, rate(88_00), rate(90_00)) },
				func() error { return update(crmtest.Joris, rate(88_00), rate(92_00)) })
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("got %v", errs)
			}
			for _, err := range errs {
				if err != nil {
					equal(t, "field", refusal(t, err, crm.Conflict).Conflicts[0].Field, "hourlyRate")
				}
			}
		})
		t.Run("lets both win who change different fields", func(t *testing.T) {
			errs := atOnce(
				func() error {
					return update(crmtest.Sanne, crm.NominationFields{Remark: crmtest.Null[string]()}, crm.NominationFields{Remark: crmtest.Text("Vakantie in mei")})
				},
				func() error {
					return update(crmtest.Joris, crm.NominationFields{EndOn: crmtest.Null[crm.Date]()}, crm.NominationFields{EndOn: crmtest.Given(crm.Date("2027-07-03"))})
				})
			equal(t, "one", errs[0], nil)
			equal(t, "other", errs[1], nil)
		})
		t.Run("keeps types of hours that were taken out of use, and takes none anew", func(t *testing.T) {
			normal, extra := o.Lookup(crm.HourTypeList, "Normaal").ID, o.Lookup(crm.HourTypeList, "Overwerk").ID
			write(t, o, "UPDATE lookup_values SET active = FALSE WHERE id IN (?, ?)", normal, extra)
			version := o.Nomination("A-2026-0041", "Daan Willems").Version
			_, err := o.Nominations.Update(o.As(crmtest.Sanne), crm.UpdateNominationInput{ID: id, ExpectedVersion: &version,
				Patch: crm.NominationFields{HourTypeIds: omittable([]crm.ID{normal, extra})}})
			refused(t, err, crm.LookupInactive, "input", "patch", "hourTypeIds")
			must2(o.Nominations.Update(o.As(crmtest.Sanne), crm.UpdateNominationInput{ID: id, ExpectedVersion: &version,
				Patch: crm.NominationFields{HourTypeIds: omittable([]crm.ID{normal, normal}), Name: crmtest.Text("D. Willems")}}))(t)
			sameList(t, "types", o.Nomination("A-2026-0041", "D. Willems").HourTypeIDs, []crm.ID{normal})
		})
	})
}

func TestNominationsOfProjects(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		sanne := o.As(crmtest.Sanne)
		t.Run("only who was selected goes to work when the request is honoured", func(t *testing.T) {
			must2(nominate(o, "A-2026-0041", "Tom van Rijn", nil, nil))(t)
			must2(o.Nominations.Select(sanne, crm.NominationStep{ID: o.Nomination("A-2026-0041", "Daan Willems").ID}))(t)
			project := must2(honour(o, o.Engagement("A-2026-0041").ID))(t).Project
			found := must2(o.Nominations.OfEngagements(sanne, []crm.ID{project.ID}))(t)[0]
			sameList(t, "at work", each(found, func(n *crm.Nomination) string { return n.Name }), []string{"Daan Willems"})
		})
		t.Run("are over when the project does not happen", func(t *testing.T) {
			must2(o.Engagements.CancelProject(sanne, closing(o, "P-2026-0032")))(t)
			equal(t, "status", o.Nomination("P-2026-0032", "Daan Willems").Status, crm.NoLongerThere)
			equal(t, "running", asShown(t, o, "P-2026-0032").Status, crm.Ended)
		})
		t.Run("are cut when the project ends sooner, each with its event", func(t *testing.T) {
			head := o.Head()
			answer := must2(o.Engagements.EndProject(sanne, crm.EndProjectInput{ID: o.Engagement("P-2026-0031").ID, EndOn: "2026-12-31"}))(t)
			equal(t, "end", *o.Nomination("P-2026-0031", "Tom van Rijn").EndOn, "2026-12-31")
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ProjectEndedEvent, crm.NominationUpdatedEvent})
			equal(t, "version", answer.Project.Version, o.Engagement("P-2026-0031").Version)
			sameList(t, "warnings", warningCodes(answer.Warnings), []crm.WarningCode{crm.NominationsCut})
		})
		t.Run("end with the last day, without anyone", func(t *testing.T) {
			o.Clock.Advance(40 * 24 * time.Hour)
			found := must2(o.Nominations.OfEngagements(sanne, []crm.ID{o.Engagement("P-2026-0031").ID}))(t)[0]
			equal(t, "status", found[0].Status, crm.NoLongerThere)
			_, err := o.Nominations.End(sanne, crm.EndNominationInput{ID: found[0].ID, EndOn: "2027-01-01"})
			refused(t, err, crm.ProjectEnded)
		})
		t.Run("a fixed price bills without anyone at work", func(t *testing.T) {
			answer := must2(o.Nominations.End(sanne, crm.EndNominationInput{ID: o.Nomination("P-2026-0025", "Bram Hoekstra").ID, EndOn: "2026-12-01"}))(t)
			sameList(t, "warnings", warningCodes(answer.Warnings), nil)
		})
	})
}
