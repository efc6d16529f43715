package crm

import (
	"cmp"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// ChecklistEntry is an item on a card: whether it was done, by whom and when, and what was noted.
type ChecklistEntry struct {
	bun.BaseModel `bun:"table:checklist_entries,alias:t"`

	OrganizationID ID `bun:",pk"`
	CardID         ID `bun:",pk"`
	ItemID         ID `bun:",pk"`
	Checked        bool
	CheckedByID    *ID `bun:"checked_by"`
	CheckedAt      *time.Time
	Note           *string
	NoteByID       *ID `bun:"note_by"`
	NoteAt         *time.Time

	// Item and Visibility are what the office says of it.
	Item       *ChecklistItem      `bun:"-"`
	Visibility ChecklistVisibility `bun:"-"`
}

// maxNote is how long a note beside an item may be.
const maxNote = 2000

// mayChange says whether a card of a kind lets its entry be changed.
func (e *ChecklistEntry) mayChange(card ChecklistCard) error {
	path := []string{"input", "itemId"}
	switch {
	case !e.Item.Active:
		return itemInactive(path...)
	case !slices.Contains(e.Item.Group.cards(), card):
		return &Error{Code: ChecklistItemOfOtherGroup, Path: path, Text: Text{
			NL: "Dit onderdeel is van een checklist voor andere kaarten.",
			EN: "This item is of a checklist for other cards."}}
	case e.Visibility == HideItem:
		return &Error{Code: ChecklistItemHidden, Path: path, Text: Text{
			NL: "Deze kaart toont dit onderdeel niet.",
			EN: "This card does not show this item."}}
	case e.Visibility == ShowItem:
		return &Error{Code: ChecklistItemReadOnly, Path: path, Text: Text{
			NL: "Dit onderdeel is op deze kaart alleen te lezen.",
			EN: "This item can only be read on this card."}}
	}
	return nil
}

// tick brings the entry into the wanted state, and tells whether that changed it. Who was first stays.
func (e *ChecklistEntry) tick(checked bool, by *ID, at time.Time) bool {
	if e.Checked == checked {
		return false
	}
	e.Checked, e.CheckedByID, e.CheckedAt = checked, nil, nil
	if checked {
		e.CheckedByID, e.CheckedAt = by, &at
	}
	return true
}

// annotate writes the note, and tells whether that changed it; nil clears.
func (e *ChecklistEntry) annotate(note *string, by *ID, at time.Time) bool {
	if (note == nil) == (e.Note == nil) && deref(note) == deref(e.Note) {
		return false
	}
	e.Note, e.NoteByID, e.NoteAt = note, nil, nil
	if note != nil {
		e.NoteByID, e.NoteAt = by, &at
	}
	return true
}

// Checklist is what a card shows of the office's items, and how far they are. Its parts are exported so that the
// answer to a tick can be kept under a key.
type Checklist struct {
	// Shown are in the order of the items.
	Shown []*ChecklistEntry
	// Retired are entries of items that were taken out of use.
	Retired []*ChecklistEntry
	// Named are the categories of the items.
	Named map[ID]*LookupValue
}

// ChecklistCategory is a category of a card's checklist.
type ChecklistCategory struct {
	Category *LookupValue
	Items    []*ChecklistEntry
}

// ChecklistProgress is how many of a card's items are ticked.
type ChecklistProgress struct {
	Checked int
	Total   int
}

// Categories gives the items by category, in the office's order; those without one come last.
func (c *Checklist) Categories(onlyOpen bool) []*ChecklistCategory {
	found := []*ChecklistCategory{}
	byID := make(map[ID]*ChecklistCategory)
	for _, entry := range c.Shown {
		if onlyOpen && entry.Checked {
			continue
		}
		var id ID
		if entry.Item.CategoryID != nil {
			id = *entry.Item.CategoryID
		}
		if byID[id] == nil {
			byID[id] = &ChecklistCategory{Category: c.Named[id]}
			found = append(found, byID[id])
		}
		byID[id].Items = append(byID[id].Items, entry)
	}
	slices.SortStableFunc(found, func(a, b *ChecklistCategory) int { return a.compare(b) })
	return found
}

// compare is the office's order of categories.
func (c *ChecklistCategory) compare(other *ChecklistCategory) int {
	switch {
	case c.Category == other.Category:
		return 0
	case c.Category == nil:
		return 1
	case other.Category == nil:
		return -1
	}
	return cmp.Or(cmp.Compare(c.Category.SortOrder, other.Category.SortOrder), cmp.Compare(c.Category.ID, other.Category.ID))
}

// Progress counts all items that the card shows.
func (c *Checklist) Progress() *ChecklistProgress {
	progress := &ChecklistProgress{Total: len(c.Shown)}
	for _, entry := range c.Shown {
		if entry.Checked {
			progress.Checked++
		}
	}
	return progress
}

// Entries are the rows beneath the checklist: all that it shows, and what is retired.
func (c *Checklist) Entries() []*ChecklistEntry {
	if c == nil {
		return nil
	}
	return slices.Concat(c.Shown, c.Retired)
}

// entry finds an item among those that the card shows.
func (c *Checklist) entry(item ID) *ChecklistEntry {
	for _, entry := range c.Shown {
		if entry.ItemID == item {
			return entry
		}
	}
	return nil
}
