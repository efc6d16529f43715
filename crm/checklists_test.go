package crm_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// The items of the demo office that the tests name.
const (
	extract  = "KVK-uittreksel gecontroleerd"     // to be changed on prospects and customers
	credit   = "Kredietwaardigheid gecontroleerd" // to be changed on prospects, to be read on customers
	meeting  = "Kennismakingsgesprek gevoerd"     // as credit, and to be changed on contacts
	contract = "Raamovereenkomst getekend"        // hidden on prospects
	invoices = "Factuureisen afgestemd"           // hidden on prospects
	letter   = "Toestemming nieuwsbrief"          // on contacts only
)

func tick(o *crmtest.Office, who string, card crm.ID, item string, checked bool) (*crm.SetChecklistItemPayload, error) {
	return o.Checklists.SetItem(o.As(who), crm.SetChecklistItemInput{CardID: card, ItemID: o.ChecklistItem(item).ID, Checked: checked})
}

// annotate writes beside the item about invoices.
func annotate(o *crmtest.Office, card crm.ID, text string) (*crm.SetChecklistNotePayload, error) {
	return o.Checklists.SetNote(o.As(crmtest.Sanne), crm.SetChecklistNoteInput{CardID: card, ItemID: o.ChecklistItem(invoices).ID, Note: text})
}

// checklist reads what a card shows.
func checklist(t *testing.T, o *crmtest.Office, card crm.ID) *crm.Checklist {
	t.Helper()
	return must2(o.Checklists.OfCards(o.As(crmtest.Ruben), []crm.ID{card}))(t)[0]
}

// checklistLines are the items of a checklist, in order, as "category: item (visibility)", with an x when ticked.
func checklistLines(list *crm.Checklist, onlyOpen bool) []string {
	var found []string
	for _, category := range list.Categories(onlyOpen) {
		name := "-"
		if category.Category != nil {
			name = category.Category.Text
		}
		for _, entry := range category.Items {
			line := fmt.Sprintf("%s: %s (%s)", name, entry.Item.Text, entry.Visibility)
			if entry.Checked {
				line += " x"
			}
			found = append(found, line)
		}
	}
	return found
}

func TestChecklistOfCard(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("shows what the stage shows, by category in the office's order", func(t *testing.T) {
			list := checklist(t, o, o.Customer(crmtest.Installatie).ID)
			sameList(t, "items", checklistLines(list, false), []string{
				"Onboarding: KVK-uittreksel gecontroleerd (EDITABLE) x",
				"Financieel: Kredietwaardigheid gecontroleerd (SHOW_ONLY) x", "Financieel: Factuureisen afgestemd (EDITABLE) x",
				"Financieel: G-rekeningafspraak vastgelegd (EDITABLE) x", "Sales: Kennismakingsgesprek gevoerd (SHOW_ONLY)",
				"Juridisch: Algemene voorwaarden verstrekt (EDITABLE)", "Juridisch: Raamovereenkomst getekend (EDITABLE) x"})
			equal(t, "progress", *list.Progress(), crm.ChecklistProgress{Checked: 5, Total: 7})
			equal(t, "progress of a prospect", *checklist(t, o, o.Customer(crmtest.Noorderlicht).ID).Progress(), crm.ChecklistProgress{Checked: 2, Total: 4})
			sameList(t, "items of a contact", checklistLines(checklist(t, o, o.Contact("Naima Bouzid").ID), false), []string{
				"Sales: Kennismakingsgesprek gevoerd (EDITABLE)", "AVG: Toestemming nieuwsbrief (EDITABLE)"})
		})
		t.Run("can show open items only, with the progress of all", func(t *testing.T) {
			sameList(t, "items", checklistLines(checklist(t, o, o.Customer(crmtest.Installatie).ID), true), []string{
				"Sales: Kennismakingsgesprek gevoerd (SHOW_ONLY)", "Juridisch: Algemene voorwaarden verstrekt (EDITABLE)"})
		})
		t.Run("is absent where no item is shown, and so is the tab", func(t *testing.T) {
			lead, customer := o.Engagement("L-2026-0101").ID, o.Customer(crmtest.Groep).ID
			equal(t, "checklist of a lead", checklist(t, o, lead), nil)
			sameList(t, "tabs", must2(o.Checklists.VisibleFor(o.As(crmtest.Ruben), []crm.ID{lead, customer, "cus_00000000000000000000000000"}))(t), []bool{false, true, false})
			must2(createItem(o, crm.ProjectChecklist, "Kans beoordeeld", "LEAD", crm.EditItem))(t)
			sameList(t, "items of the lead", checklistLines(checklist(t, o, lead), false), []string{"-: Kans beoordeeld (EDITABLE)"})
			sameList(t, "items of a project", checklistLines(checklist(t, o, o.Engagement("P-2026-0025").ID), false), []string{
				"Onboarding: Startgesprek gevoerd (EDITABLE) x", "Financieel: Tarief en voorwaarden afgestemd (SHOW_ONLY)",
				"Sales: Functieprofiel besproken (SHOW_ONLY)", "Sales: Evaluatie ingepland (EDITABLE)", "Juridisch: Opdrachtbevestiging getekend (EDITABLE) x"})
			sameList(t, "tabs then", must2(o.Checklists.VisibleFor(o.As(crmtest.Ruben), []crm.ID{lead, o.Engagement("P-2026-0025").ID}))(t), []bool{true, true})
		})
		t.Run("keeps its state when a prospect becomes a customer, and follows the stage back", func(t *testing.T) {
			noorderlicht := o.Customer(crmtest.Noorderlicht).ID
			must2(tick(o, crmtest.Joris, noorderlicht, credit, true))(t)
			must2(o.Engagements.HonourRequest(o.As(crmtest.Joris), crm.HonourRequestInput{ID: o.Engagement("A-2026-0041").ID, StartOn: "2027-01-04"}))(t)
			sameList(t, "items", checklistLines(checklist(t, o, noorderlicht), false)[:3], []string{
				"Onboarding: KVK-uittreksel gecontroleerd (EDITABLE) x", "Financieel: Kredietwaardigheid gecontroleerd (SHOW_ONLY) x",
				"Financieel: Factuureisen afgestemd (EDITABLE)"})
			_, err := tick(o, crmtest.Joris, noorderlicht, credit, false)
			refused(t, err, crm.ChecklistItemReadOnly, "input", "itemId")
		})
	})
}

func TestSetChecklistItem(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		groep := o.Customer(crmtest.Groep).ID
		t.Run("keeps who and when, raises the version and tells the card", func(t *testing.T) {
			head, before, at := o.Head(), o.Customer(crmtest.Groep), o.Clock.Now()
			answer := must2(tick(o, crmtest.Sanne, groep, extract, true))(t)
			equal(t, "checked by", *answer.Entry.CheckedByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "checked at", answer.Entry.CheckedAt.UTC(), at)
			equal(t, "progress", *answer.Checklist.Progress(), crm.ChecklistProgress{Checked: 1, Total: 7})
			after := o.Customer(crmtest.Groep)
			equal(t, "version", after.Version, before.Version+1)
			equal(t, "changed at", after.UpdatedAt, before.UpdatedAt)
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.ChecklistTickedEvent})
			equal(t, "subject", *log[0].SubjectID, o.ChecklistItem(extract).ID)
			equal(t, "version of the event", log[0].CardVersion, after.Version)
			sameList(t, "fields", log[0].ChangedFields(), []string{"checked"})
		})
		t.Run("leaves who was first when a second one ticks it", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				answer := must2(tick(o, crmtest.Joris, groep, extract, true))(t)
				equal(t, "checked by", *answer.Entry.CheckedByID, o.Actor(crmtest.Sanne).UserID)
			})
		})
		t.Run("clears both when it is unticked, and keeps the history", func(t *testing.T) {
			entry := must2(tick(o, crmtest.Joris, groep, extract, false))(t).Entry
			equal(t, "ticked", entry.Checked || entry.CheckedByID != nil || entry.CheckedAt != nil, false)
			history := must2(o.Checklists.HistoryOf(o.As(crmtest.Ruben), []*crm.ChecklistEntry{entry}))(t)[0]
			sameList(t, "history", kinds(history), []crm.EventKind{crm.ChecklistUntickedEvent, crm.ChecklistTickedEvent})
			equal(t, "who unticked", *history[0].ActorID, o.Actor(crmtest.Joris).UserID)
		})
		t.Run("works on contacts and projects, whose own version rises", func(t *testing.T) {
			contact := o.Contact("Erik Jansen")
			must2(tick(o, crmtest.Sanne, contact.ID, letter, true))(t)
			equal(t, "version of the contact", o.Contact("Erik Jansen").Version, contact.Version+1)
			item, project := must2(createItem(o, crm.ProjectChecklist, "Evaluatie gehouden", "PROJECT", crm.EditItem))(t), o.Engagement("P-2026-0012")
			must2(tick(o, crmtest.Mila, project.ID, item.Text, true))(t)
			equal(t, "version of the project", o.Engagement("P-2026-0012").Version, project.Version+1)
		})
		t.Run("is refused", func(t *testing.T) {
			handover := must2(createItem(o, crm.ProjectChecklist, "Overdracht", "PROJECT", crm.EditItem))(t)
			old := must2(createItem(o, crm.CustomerChecklist, "Fax getest", "CUSTOMER", crm.EditItem))(t)
			must2(o.ChecklistItems.Deactivate(o.As(crmtest.Peter), crm.DeactivateChecklistItemInput{ID: old.ID}))(t)
			o.Signals()
			for _, one := range []struct {
				card, item crm.ID
				code       crm.ErrorCode
				field      string
			}{
				{groep, "chk_00000000000000000000000000", crm.NotFound, "itemId"},
				{"cus_00000000000000000000000000", o.ChecklistItem(extract).ID, crm.NotFound, "cardId"},
				{o.Actor(crmtest.Joris).UserID, o.ChecklistItem(extract).ID, crm.NotFound, "cardId"},
				{groep, handover.ID, crm.ChecklistItemOfOtherGroup, "itemId"},
				{groep, old.ID, crm.ChecklistItemInactive, "itemId"},
				{groep, o.ChecklistItem(letter).ID, crm.ChecklistItemHidden, "itemId"},
				{o.Customer(crmtest.Noorderlicht).ID, o.ChecklistItem(contract).ID, crm.ChecklistItemHidden, "itemId"},
				{groep, o.ChecklistItem(credit).ID, crm.ChecklistItemReadOnly, "itemId"},
			} {
				changesNothing(t, o, func() {
					_, err := o.Checklists.SetItem(o.As(crmtest.Sanne), crm.SetChecklistItemInput{CardID: one.card, ItemID: one.item, Checked: true})
					refused(t, err, one.code, "input", one.field)
					_, err = o.Checklists.SetNote(o.As(crmtest.Sanne), crm.SetChecklistNoteInput{CardID: one.card, ItemID: one.item, Note: "x"})
					refused(t, err, one.code, "input", one.field)
				})
			}
			changesNothing(t, o, func() {
				_, err := tick(o, crmtest.Sanne, o.Customer(crmtest.Vastgoed).ID, extract, true)
				refused(t, err, crm.CardArchived)
				_, err = tick(o, crmtest.Sanne, o.Contact("Gerard Lammers").ID, letter, true)
				refused(t, err, crm.CardArchived)
			})
		})
	})
}

func TestTwoTickAtOnce(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		head, groep, item := o.Head(), o.Customer(crmtest.Groep).ID, o.ChecklistItem(extract).ID
		people := []string{crmtest.Sanne, crmtest.Joris, crmtest.Mila, crmtest.Fatima}
		answers := make([]*crm.SetChecklistItemPayload, len(people))
		ticks := make([]func() error, len(people))
		for i, who := range people {
			ctx := o.As(who)
			ticks[i] = func() (err error) {
				answers[i], err = o.Checklists.SetItem(ctx, crm.SetChecklistItemInput{CardID: groep, ItemID: item, Checked: true})
				return err
			}
		}
		for _, err := range atOnce(ticks...) {
			equal(t, "refusal", err, nil)
		}
		log := o.LogAfter(head)
		sameList(t, "kinds", kinds(log), []crm.EventKind{crm.ChecklistTickedEvent})
		for _, answer := range answers {
			equal(t, "who was first", *answer.Entry.CheckedByID, *log[0].ActorID)
		}
	})
}

func TestSetChecklistNote(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		groep := o.Customer(crmtest.Groep).ID
		t.Run("needs no tick, and keeps who wrote it when", func(t *testing.T) {
			head, at := o.Head(), o.Clock.Now()
			entry := must2(annotate(o, groep, "  Inkoopnummer vragen\n"))(t).Entry
			equal(t, "note", *entry.Note, "Inkoopnummer vragen")
			equal(t, "written by", *entry.NoteByID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "written at", entry.NoteAt.UTC(), at)
			equal(t, "ticked", entry.Checked, false)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ChecklistNotedEvent})
		})
		t.Run("changes nothing when it is written again", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() { must2(annotate(o, groep, "Inkoopnummer vragen"))(t) })
		})
		t.Run("stays when the item is ticked, and is cleared by an empty text", func(t *testing.T) {
			equal(t, "note", *must2(tick(o, crmtest.Joris, groep, invoices, true))(t).Entry.Note, "Inkoopnummer vragen")
			entry := must2(annotate(o, groep, " "))(t).Entry
			equal(t, "empty", entry.Note == nil && entry.NoteByID == nil && entry.NoteAt == nil, true)
			equal(t, "ticked", entry.Checked, true)
		})
		t.Run("takes two thousand characters and no more", func(t *testing.T) {
			must2(annotate(o, groep, strings.Repeat("é", 2000)))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := annotate(o, groep, strings.Repeat("é", 2001))
				refused(t, err, crm.BadInput, "input", "note")
			})
		})
	})
}

func TestATickedEntryHasWhoAndWhen(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		err := o.DB.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.NewRaw("UPDATE checklist_entries SET checked_by = NULL WHERE checked").Exec(ctx)
			return err
		})
		if err == nil {
			t.Error("the store keeps a tick of nobody")
		}
	})
}

// createItem makes an item that one kind of card does something with.
func createItem(o *crmtest.Office, group crm.ChecklistGroup, text string, card crm.ChecklistCard, visibility crm.ChecklistVisibility) (*crm.ChecklistItem, error) {
	answer, err := o.ChecklistItems.Create(o.As(crmtest.Peter), crm.CreateChecklistItemInput{Group: group, Fields: crm.ChecklistItemFields{
		Text: crmtest.Text(text), Settings: itemSettings(card, visibility)}})
	if err != nil {
		return nil, err
	}
	return answer.Item, nil
}

// itemSettings are an input for one kind of card.
func itemSettings(card crm.ChecklistCard, visibility crm.ChecklistVisibility) graphql.Omittable[[]*crm.ChecklistSettingInput] {
	return graphql.OmittableOf([]*crm.ChecklistSettingInput{{Card: card, Visibility: visibility}})
}

// itemTexts are the items of the relations' group as the office sees them.
func itemTexts(t *testing.T, o *crmtest.Office, includeInactive bool) []string {
	t.Helper()
	items := must2(o.ChecklistItems.List(o.As(crmtest.Ruben), crm.CustomerChecklist, includeInactive))(t)
	return each(items, func(i *crm.ChecklistItem) string { return i.Text })
}

func TestChecklistItems(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		t.Run("are added at the end, hidden where nothing is said, with an event of the office", func(t *testing.T) {
			head := o.Head()
			item := must2(createItem(o, crm.CustomerChecklist, " Wtta-registratie gecontroleerd ", "CUSTOMER", crm.EditItem))(t)
			equal(t, "last", slices.Index(itemTexts(t, o, false), "Wtta-registratie gecontroleerd"), 8)
			sameList(t, "settings", each(item.Settings, func(s crm.ChecklistSetting) string { return string(s.Card) + " " + string(s.Visibility) }),
				[]string{"PROSPECT HIDE", "CUSTOMER EDITABLE", "CONTACT HIDE"})
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.ChecklistItemCreatedEvent})
			sameList(t, "topics", log[0].Topics(), []string{"office:" + string(o.ID)})
			equal(t, "node", must2(o.Nodes.ByIDs(peter, []crm.ID{log[0].ID}))(t)[0], nil)
			equal(t, "progress", checklist(t, o, o.Customer(crmtest.Groep).ID).Progress().Total, 8)
		})
		t.Run("are refused without a text, with one that is too long or there already, and for cards of another group", func(t *testing.T) {
			o.Signals()
			create := func(fields crm.ChecklistItemFields) error {
				_, err := o.ChecklistItems.Create(peter, crm.CreateChecklistItemInput{Group: crm.CustomerChecklist, Fields: fields})
				return err
			}
			changesNothing(t, o, func() {
				sameList(t, "faults", faultsOf(create(crm.ChecklistItemFields{Settings: itemSettings("PROJECT", crm.EditItem), CategoryID: crmtest.Given(o.Lookup(crm.SectorList, "Bouw").ID)})),
					[]string{"BAD_INPUT input.fields.text", "BAD_INPUT input.fields.settings", "NOT_FOUND input.fields.categoryId"})
				refused(t, create(crm.ChecklistItemFields{Text: crmtest.Text(strings.Repeat("x", 201))}), crm.BadInput, "input", "fields", "text")
				refused(t, create(crm.ChecklistItemFields{Text: crmtest.Text("kvk-Uittreksel gecontroléérd")}), crm.DuplicateText, "input", "fields", "text")
				twice := []*crm.ChecklistSettingInput{{Card: "CONTACT", Visibility: crm.EditItem}, {Card: "CONTACT", Visibility: crm.HideItem}}
				refused(t, create(crm.ChecklistItemFields{Text: crmtest.Text("x"), Settings: graphql.OmittableOf(twice)}), crm.BadInput, "input", "fields", "settings")
			})
			must2(createItem(o, crm.ProjectChecklist, extract, "LEAD", crm.ShowItem))(t) // in another group it may be
		})
		t.Run("are a hundred in use at most", func(t *testing.T) {
			for i := range 100 {
				must2(createItem(o, crm.EmployeeChecklist, fmt.Sprint("Onderdeel ", i), "EMPLOYEE", crm.EditItem))(t)
			}
			_, err := createItem(o, crm.EmployeeChecklist, "Te veel", "EMPLOYEE", crm.EditItem)
			refused(t, err, crm.LimitExceeded)
		})
	})
}

func TestUpdateChecklistItem(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		item := o.ChecklistItem(meeting)
		update := func(input crm.UpdateChecklistItemInput) (*crm.UpdateChecklistItemPayload, error) {
			input.ID = item.ID
			return o.ChecklistItems.Update(o.As(crmtest.Peter), input)
		}
		t.Run("changes what cards show, and tells which fields", func(t *testing.T) {
			head := o.Head()
			answer := must2(update(crm.UpdateChecklistItemInput{ExpectedVersion: new(1), Patch: crm.ChecklistItemFields{Settings: itemSettings("CUSTOMER", crm.EditItem)}}))(t)
			equal(t, "version", answer.Item.Version, 2)
			sameList(t, "fields", o.LogAfter(head)[0].ChangedFields(), []string{"settings"})
			must2(tick(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, meeting, true))(t)
		})
		t.Run("lets other fields of a colleague pass, and answers CONFLICT for the same one", func(t *testing.T) {
			must2(update(crm.UpdateChecklistItemInput{ExpectedVersion: new(1), Patch: crm.ChecklistItemFields{Text: crmtest.Text("Kennisgemaakt")}}))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(crm.UpdateChecklistItemInput{ExpectedVersion: new(1), Patch: crm.ChecklistItemFields{Text: crmtest.Text("Anders")}})
				found := refusal(t, err, crm.Conflict).Conflicts[0]
				equal(t, "theirs", found.Theirs, any("Kennisgemaakt"))
				equal(t, "by whom", *found.ChangedByID, o.Actor(crmtest.Peter).UserID)
				_, err = update(crm.UpdateChecklistItemInput{Base: &crm.ChecklistItemFields{Settings: itemSettings("CUSTOMER", crm.ShowItem)},
					Patch: crm.ChecklistItemFields{Settings: itemSettings("CUSTOMER", crm.HideItem)}})
				refused(t, err, crm.Conflict)
			})
			must2(update(crm.UpdateChecklistItemInput{Base: &crm.ChecklistItemFields{Settings: itemSettings("CUSTOMER", crm.EditItem)},
				Patch: crm.ChecklistItemFields{Settings: itemSettings("CUSTOMER", crm.HideItem)}}))(t)
		})
		t.Run("refuses a base that is missing, and a text that is there", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(crm.UpdateChecklistItemInput{Patch: crm.ChecklistItemFields{Text: crmtest.Text("x")}})
				refused(t, err, crm.BadInput, "input")
				_, err = update(crm.UpdateChecklistItemInput{ExpectedVersion: new(3), Patch: crm.ChecklistItemFields{Text: crmtest.Text(extract)}})
				refused(t, err, crm.DuplicateText, "input", "patch", "text")
				must2(update(crm.UpdateChecklistItemInput{ExpectedVersion: new(3)}))(t) // nothing to change
			})
		})
	})
}

func TestChecklistItemsInUse(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, installatie := o.As(crmtest.Peter), o.Customer(crmtest.Installatie).ID
		item := o.ChecklistItem(extract)
		t.Run("are not deleted, but taken out of use: cards do not show them, and what was ticked can be read", func(t *testing.T) {
			_, err := o.ChecklistItems.Delete(peter, crm.DeleteChecklistItemInput{ID: item.ID})
			refused(t, err, crm.ChecklistItemInUse, "input", "id")
			must2(o.ChecklistItems.Deactivate(peter, crm.DeactivateChecklistItemInput{ID: item.ID}))(t)
			list := checklist(t, o, installatie)
			equal(t, "progress", *list.Progress(), crm.ChecklistProgress{Checked: 4, Total: 6})
			equal(t, "retired", list.Retired[0].Item.Text, extract)
			equal(t, "visibility", list.Retired[0].Visibility, crm.ShowItem)
			equal(t, "history", len(must2(o.Checklists.HistoryOf(peter, list.Retired))(t)[0]), 1)
			equal(t, "retired where it was never ticked", len(checklist(t, o, o.Customer(crmtest.Groep).ID).Retired), 0)
			equal(t, "in the list", slices.Contains(itemTexts(t, o, false), extract), false)
			equal(t, "in the whole list", slices.Index(itemTexts(t, o, true), extract), 7)
		})
		t.Run("are taken out of use and back once", func(t *testing.T) {
			_, err := o.ChecklistItems.Deactivate(peter, crm.DeactivateChecklistItemInput{ID: item.ID})
			refused(t, err, crm.ChecklistItemInactive, "input", "id")
			must2(o.ChecklistItems.Reactivate(peter, crm.ReactivateChecklistItemInput{ID: item.ID}))(t)
			equal(t, "place", slices.Index(itemTexts(t, o, false), extract), 7)
			equal(t, "progress", *checklist(t, o, installatie).Progress(), crm.ChecklistProgress{Checked: 5, Total: 7})
			_, err = o.ChecklistItems.Reactivate(peter, crm.ReactivateChecklistItemInput{ID: item.ID})
			refused(t, err, crm.ChecklistItemActive, "input", "id")
		})
		t.Run("do not come back beside another of the same text", func(t *testing.T) {
			must2(o.ChecklistItems.Deactivate(peter, crm.DeactivateChecklistItemInput{ID: item.ID}))(t)
			must2(createItem(o, crm.CustomerChecklist, extract, "CUSTOMER", crm.EditItem))(t)
			_, err := o.ChecklistItems.Reactivate(peter, crm.ReactivateChecklistItemInput{ID: item.ID})
			refused(t, err, crm.DuplicateText, "input", "id")
		})
		t.Run("can be deleted when no card ever used them", func(t *testing.T) {
			unused, head := must2(createItem(o, crm.CustomerChecklist, "Vergissing", "CUSTOMER", crm.EditItem))(t).ID, o.Head()
			equal(t, "deleted", *must2(o.ChecklistItems.Delete(peter, crm.DeleteChecklistItemInput{ID: unused}))(t).DeletedID, unused)
			equal(t, "node", must2(o.ChecklistItems.ByIDs(peter, []crm.ID{unused}))(t)[0], nil)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ChecklistItemDeletedEvent})
		})
	})
}

func TestReorderChecklistItems(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		items := must2(o.ChecklistItems.List(o.As(crmtest.Peter), crm.CustomerChecklist, false))(t)
		order := nodeIDs(items)
		order[0], order[1] = order[1], order[0]
		reorder := func(ids []crm.ID) error {
			_, err := o.ChecklistItems.Reorder(o.As(crmtest.Peter), crm.ReorderChecklistItemsInput{Group: crm.CustomerChecklist, Ids: ids})
			return err
		}
		t.Run("puts them in the order, with an event for each that moves", func(t *testing.T) {
			head := o.Head()
			equal(t, "refusal", reorder(order), nil)
			sameList(t, "items", itemTexts(t, o, false)[:3], []string{credit, extract, meeting})
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.ChecklistItemUpdatedEvent, crm.ChecklistItemUpdatedEvent})
		})
		t.Run("is refused with other items than there are", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				refused(t, reorder(order[1:]), crm.Conflict, "input", "ids")
				refused(t, reorder(append(order[1:len(order):len(order)], order[1])), crm.Conflict, "input", "ids")
				refused(t, reorder(nil), crm.Conflict, "input", "ids")
			})
			changesNothing(t, o, func() { equal(t, "the same order", reorder(order), nil) })
		})
	})
}
