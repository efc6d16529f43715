package crm

// demoChecklistItem is a line of the table of items: what prospects, customers and contacts do with it.
type demoChecklistItem struct {
	key, text, category         string
	prospect, customer, contact ChecklistVisibility
}

func demoChecklistItems() []demoChecklistItem {
	return []demoChecklistItem{
		{"K1", "KVK-uittreksel gecontroleerd", "Onboarding", EditItem, EditItem, HideItem},
		{"K2", "Kredietwaardigheid gecontroleerd", "Financieel", EditItem, ShowItem, HideItem},
		{"K3", "Kennismakingsgesprek gevoerd", "Sales", EditItem, ShowItem, EditItem},
		{"K4", "Algemene voorwaarden verstrekt", "Juridisch", EditItem, EditItem, HideItem},
		{"K5", "Raamovereenkomst getekend", "Juridisch", HideItem, EditItem, HideItem},
		{"K6", "Factuureisen afgestemd", "Financieel", HideItem, EditItem, HideItem},
		{"K7", "G-rekeningafspraak vastgelegd", "Financieel", HideItem, EditItem, HideItem},
		{"K8", "Toestemming nieuwsbrief", "AVG", HideItem, HideItem, EditItem},
	}
}

// demoChecklists are the items as the administrator made them, and what was ticked and noted since.
func demoChecklists() []happening {
	var history []happening
	for i, item := range demoChecklistItems() {
		history = append(history, happening{at: "2019-02-04 13:30", by: "U4", make: func(d *demo) { item.define(d, i+1) }})
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
		demoTick("C4", "K1", "2026-10-02 09:10", "U2", ""),
		demoTick("C4", "K3", "2026-10-14 15:30", "U2", "Op kantoor in Groningen, klik was er"),
	)
}

// define makes the item.
func (i demoChecklistItem) define(d *demo, place int) {
	item := &ChecklistItem{OrganizationID: d.office.ID, ID: d.tx.core.newID(checklistItemPrefix), Version: 1, Group: CustomerChecklist,
		Text: i.text, TextKey: fold(i.text), CategoryID: d.lookup(ChecklistCategoryList, i.category), SortOrder: place, Active: true}
	item.hideEverywhere()
	for place, visibility := range []ChecklistVisibility{i.prospect, i.customer, i.contact} {
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

// demoTick ticks an item on a relation's card, with a note where there is one.
func demoTick(customer, item, at, by, note string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		entry := d.entry(customer, item)
		entry.tick(true, actorID(d.tx.Actor), d.tx.Now)
		d.logEntry(customer, entry, ChecklistTickedEvent, FieldChange{Field: "checked", From: false, To: true})
		if note != "" {
			d.annotate(customer, entry, note)
		}
	}}
}

// demoNote writes a note beside an item that is not ticked.
func demoNote(customer, item, at, by, note string) happening {
	return happening{at: at, by: by, make: func(d *demo) { d.annotate(customer, d.entry(customer, item), note) }}
}

func (d *demo) entry(customer, item string) *ChecklistEntry {
	entry := &ChecklistEntry{OrganizationID: d.office.ID, CardID: d.customers[customer].ID, ItemID: d.checklist.item(item).ID}
	d.checklist.entries = append(d.checklist.entries, entry)
	return entry
}

func (d *demo) annotate(customer string, entry *ChecklistEntry, note string) {
	entry.annotate(&note, actorID(d.tx.Actor), d.tx.Now)
	d.logEntry(customer, entry, ChecklistNotedEvent, FieldChange{Field: "note", To: note})
}

func (d *demo) logEntry(customer string, entry *ChecklistEntry, kind EventKind, change FieldChange) {
	card := d.customers[customer]
	card.Version++
	d.tx.log(&Event{Kind: kind, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version, SubjectID: &entry.ItemID, Changes: []FieldChange{change}})
}
