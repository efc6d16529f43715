package crm

// demoChecklistItem is a line of the table of items: what prospects, customers and contacts do with it, or leads,
// requests and projects. There are none of employees: they have no cards.
type demoChecklistItem struct {
	key                  string
	group                ChecklistGroup
	text, category       string
	first, second, third ChecklistVisibility
}

func demoChecklistItems() []demoChecklistItem {
	return []demoChecklistItem{
		{"K1", CustomerChecklist, "KVK-uittreksel gecontroleerd", "Onboarding", EditItem, EditItem, HideItem},
		{"K2", CustomerChecklist, "Kredietwaardigheid gecontroleerd", "Financieel", EditItem, ShowItem, HideItem},
		{"K3", CustomerChecklist, "Kennismakingsgesprek gevoerd", "Sales", EditItem, ShowItem, EditItem},
		{"K4", CustomerChecklist, "Algemene voorwaarden verstrekt", "Juridisch", EditItem, EditItem, HideItem},
		{"K5", CustomerChecklist, "Raamovereenkomst getekend", "Juridisch", HideItem, EditItem, HideItem},
		{"K6", CustomerChecklist, "Factuureisen afgestemd", "Financieel", HideItem, EditItem, HideItem},
		{"K7", CustomerChecklist, "G-rekeningafspraak vastgelegd", "Financieel", HideItem, EditItem, HideItem},
		{"K8", CustomerChecklist, "Toestemming nieuwsbrief", "AVG", HideItem, HideItem, EditItem},
		{"P1", ProjectChecklist, "Functieprofiel besproken", "Sales", HideItem, EditItem, ShowItem},
		{"P2", ProjectChecklist, "Tarief en voorwaarden afgestemd", "Financieel", HideItem, EditItem, ShowItem},
		{"P3", ProjectChecklist, "Opdrachtbevestiging getekend", "Juridisch", HideItem, HideItem, EditItem},
		{"P4", ProjectChecklist, "Startgesprek gevoerd", "Onboarding", HideItem, HideItem, EditItem},
		{"P5", ProjectChecklist, "Evaluatie ingepland", "Sales", HideItem, HideItem, EditItem},
	}
}

// demoChecklists are the items as the administrator made them, and what was ticked and noted since.
func demoChecklists() []happening {
	var history []happening
	places := make(map[ChecklistGroup]int)
	for _, item := range demoChecklistItems() {
		places[item.group]++
		place := places[item.group]
		history = append(history, happening{at: "2019-02-04 13:30", by: "U4", make: func(d *demo) { item.define(d, place) }})
	}
	return append(history,
		demoTick("C2", "K1", "2022-01-11 10:05", "U1", ""),
		demoTick("C2", "K2", "2022-01-12 14:20", "U3", "Rating A, limiet 150.000"),
		demoTick("C2", "K6", "2022-01-20 11:15", "U3", ""),
		demoTick("C2", "K7", "2022-01-20 11:20", "U3", "25% incl. btw"),
		demoTick("C8", "K7", "2023-05-16 09:40", "U3", "20%, btw verlegd"),
		demoNote("C8", "K6", "2023-05-16 09:45", "U3", "Self-billing: portaalaccount nog aanvragen"),
		demoTick("C2", "K5", "2023-06-05 16:00", "U1", "Looptijd tot 31-12-2026, verlenging loopt"),
		demoTick("C7", "K6", "2024-02-05 10:30", "U3", "Peppol, inkoopordernummer verplicht"),
		demoTick("P-2026-0025", "P3", "2026-04-24 10:10", "U2", "Inkoopordernummer 4500123987 staat erop"),
		demoTick("P-2026-0025", "P4", "2026-05-01 16:30", "U2", ""),
		demoNote("P-2026-0025", "P5", "2026-05-01 16:35", "U2", "Met Ingrid, na de tweede termijn"),
		demoTick("C4", "K1", "2026-10-02 09:10", "U2", ""),
		demoTick("C4", "K3", "2026-10-14 15:30", "U2", "Op kantoor in Groningen, klik was er"),
	)
}

// define makes the item.
func (i demoChecklistItem) define(d *demo, place int) {
	item := &ChecklistItem{OrganizationID: d.office.ID, ID: d.tx.core.newID(checklistItemPrefix), Version: 1, Group: i.group,
		Text: i.text, TextKey: fold(i.text), CategoryID: d.lookup(ChecklistCategoryList, i.category), SortOrder: place, Active: true}
	item.hideEverywhere()
	for place, visibility := range []ChecklistVisibility{i.first, i.second, i.third} {
		item.Settings[place].Visibility = visibility
	}
	d.checklist.items = append(d.checklist.items, item)
	d.checklist.settings = append(d.checklist.settings, item.Settings...)
	d.tx.logOffice(ChecklistItemCreatedEvent, item.ID, item.Version, changesBetween(&ChecklistItem{}, item))
}

// demoChecked is what the demo office has of checklists, while it is made.
type demoChecked struct {
	items    []*ChecklistItem
	settings []ChecklistSetting
	entries  []*ChecklistEntry
}

// item finds an item by its key in the table.
func (c demoChecked) item(key string) *ChecklistItem {
	for i, item := range demoChecklistItems() {
		if item.key == key {
			return c.items[i]
		}
	}
	panic("no item " + key)
}

// demoTick ticks an item on the card of a relation or a project, with a note where there is one.
func demoTick(card, item, at, by, note string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		entry := d.entry(card, item)
		entry.tick(true, actorID(d.tx.Actor), d.tx.Now)
		d.logEntry(card, entry, ChecklistTickedEvent, FieldChange{Field: "checked", From: false, To: true})
		if note != "" {
			d.annotate(card, entry, note)
		}
	}}
}

// demoNote writes a note beside an item that is not ticked.
func demoNote(card, item, at, by, note string) happening {
	return happening{at: at, by: by, make: func(d *demo) { d.annotate(card, d.entry(card, item), note) }}
}

// checked is the card of a relation or a project, and the relation it belongs to.
func (d *demo) checked(card string) (frame *CardFrame, customer ID) {
	if project := d.engagements[card]; project != nil {
		return &project.CardFrame, project.CustomerID
	}
	return &d.customers[card].CardFrame, d.customers[card].ID
}

func (d *demo) entry(card, item string) *ChecklistEntry {
	frame, _ := d.checked(card)
	entry := &ChecklistEntry{OrganizationID: d.office.ID, CardID: frame.ID, ItemID: d.checklist.item(item).ID}
	d.checklist.entries = append(d.checklist.entries, entry)
	return entry
}

func (d *demo) annotate(card string, entry *ChecklistEntry, note string) {
	entry.annotate(&note, actorID(d.tx.Actor), d.tx.Now)
	d.logEntry(card, entry, ChecklistNotedEvent, FieldChange{Field: "note", To: note})
}

func (d *demo) logEntry(card string, entry *ChecklistEntry, kind EventKind, change FieldChange) {
	frame, customer := d.checked(card)
	frame.Version++
	d.tx.log(&Event{Kind: kind, CustomerID: customer, CardID: frame.ID, CardVersion: frame.Version, SubjectID: &entry.ItemID, Changes: []FieldChange{change}})
}
