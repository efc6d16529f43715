package crm_test

import (
	"slices"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// select3 makes a selection of three relations for Sanne: Groep, Installatie and the archived Vastgoed.
func select3(t *testing.T, o *crmtest.Office) (*crm.Selection, []crm.ID) {
	t.Helper()
	ids := []crm.ID{o.Customer(crmtest.Groep).ID, o.Customer(crmtest.Installatie).ID, o.Customer(crmtest.Vastgoed).ID}
	return must2(o.Selections.Create(o.As(crmtest.Sanne), crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: ids, Origin: new("Zoeken: groep")}))(t).Selection, ids
}

// move takes Sanne through a selection.
func move(o *crmtest.Office, selection *crm.Selection, step crm.SelectionStep) (*crm.MoveSelectionPayload, error) {
	return o.Selections.Move(o.As(crmtest.Sanne), crm.MoveSelectionInput{ID: selection.ID, Step: &step})
}

func TestWalkThroughASelection(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		selection, ids := select3(t, o)
		t.Run("begins with the first card, and has none before it", func(t *testing.T) {
			equal(t, "count", selection.Count(), 3)
			equal(t, "position", selection.Position(), 1)
			equal(t, "current", *selection.CurrentID(), ids[0])
			equal(t, "next", *selection.NextID(), ids[1])
			equal(t, "previous", selection.PreviousID(), nil)
			equal(t, "origin", *selection.Origin, "Zoeken: groep")
		})
		t.Run("goes on and back, card by card, and stops at the ends", func(t *testing.T) {
			equal(t, "second", *must2(move(o, selection, crm.NextStep))(t).Selection.CurrentID(), ids[1])
			third := must2(move(o, selection, crm.NextStep))(t).Selection
			equal(t, "third", *third.CurrentID(), ids[2])
			equal(t, "behind the third", third.NextID(), nil)
			changesNothing(t, o, func() {
				_, err := move(o, selection, crm.NextStep)
				refused(t, err, crm.BadInput, "input", "step")
			})
			equal(t, "second again", *must2(move(o, selection, crm.PreviousStep))(t).Selection.CurrentID(), ids[1])
			equal(t, "first", must2(move(o, selection, crm.FirstStep))(t).Selection.Position(), 1)
			_, err := move(o, selection, crm.PreviousStep)
			refused(t, err, crm.BadInput, "input", "step")
			equal(t, "last", must2(move(o, selection, crm.LastStep))(t).Selection.Position(), 3)
		})
		t.Run("goes to a card by its id, when that is in the selection", func(t *testing.T) {
			moved := must2(o.Selections.Move(o.As(crmtest.Sanne), crm.MoveSelectionInput{ID: selection.ID, To: &ids[1]}))(t).Selection
			equal(t, "position", moved.Position(), 2)
			_, err := o.Selections.Move(o.As(crmtest.Sanne), crm.MoveSelectionInput{ID: selection.ID, To: new(o.Customer(crmtest.Brouwer).ID)})
			refused(t, err, crm.NotFound, "input", "to")
			_, err = o.Selections.Move(o.As(crmtest.Sanne), crm.MoveSelectionInput{ID: selection.ID, To: &ids[1], Step: new(crm.NextStep)})
			refused(t, err, crm.BadInput, "input")
			_, err = o.Selections.Move(o.As(crmtest.Sanne), crm.MoveSelectionInput{ID: selection.ID})
			refused(t, err, crm.BadInput, "input")
		})
		t.Run("lists its cards in their order, archived ones among them", func(t *testing.T) {
			cards := walk(t, 2, false, func(args page.Args) (*page.Connection[crm.Card], error) {
				return o.Selections.Cards(o.As(crmtest.Sanne), selection, args)
			})
			sameList(t, "cards", nodeIDs(cards), ids)
			equal(t, "archived", cards[2].Frame().ArchivedAt != nil, true)
		})
		t.Run("passes over a card that can no longer be seen, and keeps one that was archived", func(t *testing.T) {
			contacts := []crm.ID{o.Contact("Rik Scholten").ID, o.Contact("Mehmet Aydin").ID, o.Contact("Lisa Wolters").ID}
			of := must2(o.Selections.Create(o.As(crmtest.Sanne), crm.CreateSelectionInput{CardType: crm.ContactSelection, Ids: contacts, CurrentID: &contacts[1]}))(t).Selection
			must2(o.Contacts.Archive(o.As(crmtest.Sanne), crm.ArchiveContactInput{ID: contacts[0]}))(t)
			write(t, o, "UPDATE selection_cards SET card_id = 'con_00000000000000000000000000' WHERE selection_id = ? AND ordinal = 2", of.ID)
			found := must2(o.Selections.ByIDs(o.As(crmtest.Sanne), []crm.ID{of.ID}))(t)[0]
			equal(t, "count", found.Count(), 2)
			equal(t, "current", *found.CurrentID(), contacts[2])
			equal(t, "previous", *found.PreviousID(), contacts[0])
			equal(t, "position", found.Position(), 2)
			listed := must2(o.Selections.Cards(o.As(crmtest.Sanne), found, page.Args{}))(t)
			sameList(t, "cards", nodeIDs(listed.Nodes), []crm.ID{contacts[0], contacts[2]})
		})
	})
}

func TestCreateSelection(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		ctx := o.As(crmtest.Ruben)
		t.Run("takes the cards of an overview in its order, as a snapshot", func(t *testing.T) {
			overview := crm.CustomerListArgs{Stages: []crm.CustomerStage{crm.Client}, Archived: crm.ArchivedExclude,
				OrderBy: []*crm.CustomerOrder{{Field: crm.CustomersByNumber, Direction: crm.Descending}}}
			made := must2(o.Selections.Create(ctx, crm.CreateSelectionInput{CardType: crm.CustomerSelection, Overview: &overview}))(t).Selection
			equal(t, "first", *made.CurrentID(), o.Customer(crmtest.HanzeBouw).ID)
			equal(t, "count", made.Count(), len(must2(o.Customers.List(ctx, overview, page.Args{}))(t).Nodes))
			create(t, o, crm.Client, crm.CustomerFields{Name: crmtest.Text("Later")})
			equal(t, "count later", must2(o.Selections.ByIDs(ctx, []crm.ID{made.ID}))(t)[0].Count(), made.Count())
		})
		t.Run("names every card that is of another type or not there, and every other fault", func(t *testing.T) {
			o.Signals()
			n := o.Neighbour()
			o.Signals()
			changesNothing(t, o, func() {
				make1 := func(input crm.CreateSelectionInput) error {
					_, err := o.Selections.Create(ctx, input)
					return err
				}
				sameList(t, "faults", faultsOf(make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{
					o.Customer(crmtest.Groep).ID, n.Customer, o.Contact("Rik Scholten").ID, "cus_00000000000000000000000000"}})),
					[]string{"NOT_FOUND input.ids.1", "BAD_INPUT input.ids.2", "NOT_FOUND input.ids.3"})
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection}), crm.BadInput, "input", "ids")
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{}}), crm.NoSelection, "input", "ids")
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection, Overview: &crm.CustomerListArgs{Search: new("bestaat niet")}}), crm.NoSelection, "input", "overview")
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.ContactSelection, Overview: &crm.CustomerListArgs{}}), crm.BadInput, "input", "overview")
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{o.Customer(crmtest.Groep).ID},
					CurrentID: new(o.Customer(crmtest.Brouwer).ID)}), crm.NotFound, "input", "currentId")
				many := make([]crm.ID, 10_001)
				for i := range many {
					many[i] = crm.ID("cus_" + string(rune('a'+i%20)) + time.Unix(int64(i), 0).UTC().Format("20060102150405"))
				}
				refused(t, make1(crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: many}), crm.LimitExceeded, "input", "ids")
			})
		})
		t.Run("counts a card that is named twice once", func(t *testing.T) {
			id := o.Customer(crmtest.Groep).ID
			equal(t, "count", must2(o.Selections.Create(ctx, crm.CreateSelectionInput{CardType: crm.CustomerSelection, Ids: []crm.ID{id, id}}))(t).Selection.Count(), 1)
		})
	})
}

func TestActiveSelection(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		active := func(t *testing.T, who string) *crm.Selection {
			t.Helper()
			return must2(o.Selections.ActiveOf(o.As(who)))(t)
		}
		equal(t, "none at first", active(t, crmtest.Sanne), nil)
		older, ids := select3(t, o)
		o.Clock.Advance(time.Minute)
		newer, _ := select3(t, o)
		t.Run("is the one used last, and private", func(t *testing.T) {
			equal(t, "made last", active(t, crmtest.Sanne).ID, newer.ID)
			o.Clock.Advance(time.Minute)
			must2(move(o, older, crm.NextStep))(t)
			equal(t, "moved last", active(t, crmtest.Sanne).ID, older.ID)
			equal(t, "of another", active(t, crmtest.Joris), nil)
			equal(t, "by id, of another", must2(o.Selections.ByIDs(o.As(crmtest.Joris), []crm.ID{older.ID}))(t)[0], nil)
			_, err := o.Selections.Move(o.As(crmtest.Peter), crm.MoveSelectionInput{ID: older.ID, Step: new(crm.NextStep)})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("is what a report on the selection runs on", func(t *testing.T) {
			run := func(who string, input crm.RunReportInput) (*crm.RunReportPayload, error) {
				input.Scope, input.Format = crm.SelectedCards, "CSV"
				return o.ReportRuns.Run(o.As(who), input)
			}
			list := o.Report("Klantenlijst").ID
			sameList(t, "cards", must2(run(crmtest.Sanne, crm.RunReportInput{ReportID: list}))(t).Run.Cards, ids)
			sameList(t, "cards by id", must2(run(crmtest.Sanne, crm.RunReportInput{ReportID: list, SelectionID: &newer.ID}))(t).Run.Cards, ids)
			_, err := run(crmtest.Joris, crm.RunReportInput{ReportID: list})
			refused(t, err, crm.NoSelection)
			_, err = run(crmtest.Joris, crm.RunReportInput{ReportID: list, SelectionID: &newer.ID})
			refused(t, err, crm.NotFound, "input", "selectionId")
			_, err = run(crmtest.Sanne, crm.RunReportInput{ReportID: o.Report("Open aanvragen").ID})
			refused(t, err, crm.NoSelection)
			_, err = run(crmtest.Sanne, crm.RunReportInput{ReportID: list, SelectionID: &newer.ID, CardIds: ids})
			refused(t, err, crm.BadInput, "input", "selectionId")
		})
		t.Run("gives way to the one before it when closed", func(t *testing.T) {
			closed := must2(o.Selections.Close(o.As(crmtest.Sanne), crm.CloseSelectionInput{ID: older.ID}))(t)
			equal(t, "active", closed.ActiveSelection.ID, newer.ID)
			_, err := o.Selections.Close(o.As(crmtest.Sanne), crm.CloseSelectionInput{ID: older.ID})
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("ends a day after it was used last, and is removed by the next one made", func(t *testing.T) {
			o.Clock.Advance(24*time.Hour - 2*time.Minute)
			equal(t, "just in time", active(t, crmtest.Sanne).ID, newer.ID)
			o.Clock.Advance(2 * time.Minute)
			equal(t, "too late", active(t, crmtest.Sanne), nil)
			_, err := move(o, newer, crm.NextStep)
			refused(t, err, crm.NotFound, "input", "id")
			for range 25 {
				select3(t, o)
			}
			equal(t, "selections that are kept", len(rowsOf(t, o, "selections")), 20)
			equal(t, "their cards", len(rowsOf(t, o, "selection_cards")), 60)
		})
		t.Run("writes nothing into the log", func(t *testing.T) {
			equal(t, "events of it", slices.ContainsFunc(o.Log(), func(e *crm.Event) bool { return e.SubjectID != nil && *e.SubjectID == newer.ID }), false)
		})
	})
}
