package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// codes are how several actors fared; empty for who succeeded.
func codes(errs []error) []crm.ErrorCode {
	return each(errs, func(err error) crm.ErrorCode {
		if faults := crm.FaultsOf(err); len(faults) > 0 {
			return faults[0].Code
		}
		if err != nil {
			return crm.ErrorCode(err.Error())
		}
		return ""
	})
}

// TestUndoAtOnce has an undo meet another one, a save and a transition of the same card: one goes first, and the other
// finds what it made.
func TestUndoAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, number := range []string{"L-2026-0101", "A-2026-0040", "P-2026-0012"} {
			t.Run("twice takes back once, "+number, func(t *testing.T) {
				first := o.Engagement(number)
				wrong := saveDossier(t, o, number, crm.EngagementFields{Title: crmtest.Text("Verkeerd")})
				head := o.Head()
				undo := func(who string) func() error {
					return func() error { return undoDossier(o.As(who), o, first, first.Version, wrong) }
				}
				sameList(t, "answers", codes(atOnce(undo(crmtest.Sanne), undo(crmtest.Joris))), []crm.ErrorCode{"", ""})
				equal(t, "title", o.Engagement(number).Title, first.Title)
				sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ChangesUndoneEvent})
			})
			t.Run("with a save of the same field is a conflict for one, "+number, func(t *testing.T) {
				first := o.Engagement(number)
				wrong := saveDossier(t, o, number, crm.EngagementFields{Title: crmtest.Text("Verkeerd")})
				input := crm.UpdateEngagementInput{ID: first.ID, ExpectedVersion: &wrong, Patch: crm.EngagementFields{Title: crmtest.Text("Van Joris")}}
				got := codes(atOnce(
					func() error { return undoDossier(o.As(crmtest.Sanne), o, first, first.Version, wrong) },
					func() error {
						switch first.Phase {
						case crm.LeadPhase:
							return done(o.Engagements.UpdateLead(o.As(crmtest.Joris), input))
						case crm.RequestPhase:
							return done(o.Engagements.UpdateRequest(o.As(crmtest.Joris), input))
						}
						return done(o.Engagements.UpdateProject(o.As(crmtest.Joris), input))
					}))
				title := map[crm.ErrorCode]string{"": first.Title, crm.Conflict: "Van Joris"}[got[0]]
				equal(t, "title", o.Engagement(number).Title, title)
				equal(t, "one of them", (got[0] == "") != (got[1] == ""), true)
				equal(t, "the other", got[0]+got[1], crm.Conflict)
				equal(t, "version", o.Engagement(number).Version, wrong+1)
			})
		}
		t.Run("with another of a preference takes it back once", func(t *testing.T) {
			card := o.Customer(crmtest.Brouwer)
			must2(state(o, card.ID, crm.InvoicingFields{Frequency: crmtest.Given(crm.InvoiceFrequency("QUARTERLY"))}))(t)
			undo := func() error { return done(undoTo(o, card.ID, card.Version, card.Version+1)) }
			sameList(t, "answers", codes(atOnce(undo, undo)), []crm.ErrorCode{"", ""})
			equal(t, "frequency", *preferencesOf(t, o, crmtest.Brouwer).Frequency.Value, "FOUR_WEEKLY")
			equal(t, "version", o.Customer(crmtest.Brouwer).Version, card.Version+2)
		})
		t.Run("with the end of a project leaves the day that was settled", func(t *testing.T) {
			first := o.Engagement("P-2026-0031")
			wrong := saveDossier(t, o, first.Number, crm.EngagementFields{EndOn: crmtest.Given(crm.Date("2026-12-31"))})
			got := codes(atOnce(
				func() error { return undoDossier(o.As(crmtest.Sanne), o, first, first.Version, wrong) },
				func() error {
					return done(o.Engagements.EndProject(o.As(crmtest.Joris), crm.EndProjectInput{ID: first.ID, EndOn: "2026-12-31"}))
				}))
			equal(t, "the end", got[1], crm.ErrorCode(""))
			equal(t, "the undo", got[0] == "" || got[0] == crm.Conflict, true)
			stored := o.Engagement(first.Number)
			equal(t, "last day", *stored.EndOn, "2026-12-31")
			equal(t, "settled", stored.IsEndSettled, true)
		})
		t.Run("with the loss of a lead never opens it again", func(t *testing.T) {
			first := o.Engagement("L-2026-0099")
			wrong := saveDossier(t, o, first.Number, crm.EngagementFields{Title: crmtest.Text("Verkeerd")})
			got := codes(atOnce(
				func() error { return undoDossier(o.As(crmtest.Sanne), o, first, first.Version, wrong) },
				func() error {
					return done(o.Engagements.LoseLead(o.As(crmtest.Joris), crm.CloseEngagementInput{ID: first.ID, ReasonID: o.Lookup(crm.LostReasonList, "Tarief te hoog").ID}))
				}))
			equal(t, "the loss", got[1], crm.ErrorCode(""))
			stored := o.Engagement(first.Number)
			equal(t, "status", stored.Status, crm.Lost)
			equal(t, "title", stored.Title, map[crm.ErrorCode]string{"": first.Title, crm.LeadNotOpen: "Verkeerd"}[got[0]])
		})
		t.Run("with the archiving of its relation changes no archived card", func(t *testing.T) {
			card, first := o.Customer(crmtest.Noorderlicht), o.Engagement("A-2026-0041")
			wrong := saveDossier(t, o, first.Number, crm.EngagementFields{Title: crmtest.Text("Verkeerd")})
			got := codes(atOnce(
				func() error { return undoDossier(o.As(crmtest.Sanne), o, first, first.Version, wrong) },
				func() error {
					return done(o.Customers.Archive(o.As(crmtest.Joris), crm.ArchiveCustomerInput{ID: card.ID}))
				}))
			equal(t, "the archiving", got[1], crm.ErrorCode(""))
			equal(t, "title", o.Engagement(first.Number).Title, map[crm.ErrorCode]string{"": first.Title, crm.CardArchived: "Verkeerd"}[got[0]])
		})
	})
}
