package crm

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// The kinds of events of checklists: the first three of a card, the others of the office.
const (
	ChecklistTickedEvent          EventKind = "CHECKLIST_TICKED"
	ChecklistUntickedEvent        EventKind = "CHECKLIST_UNTICKED"
	ChecklistNotedEvent           EventKind = "CHECKLIST_NOTED"
	ChecklistItemCreatedEvent     EventKind = "CHECKLIST_ITEM_CREATED"
	ChecklistItemUpdatedEvent     EventKind = "CHECKLIST_ITEM_UPDATED"
	ChecklistItemDeactivatedEvent EventKind = "CHECKLIST_ITEM_DEACTIVATED"
	ChecklistItemReactivatedEvent EventKind = "CHECKLIST_ITEM_REACTIVATED"
	ChecklistItemDeletedEvent     EventKind = "CHECKLIST_ITEM_DELETED"
)

// The faults of checklists.
const (
	ChecklistItemHidden       ErrorCode = "CHECKLIST_ITEM_HIDDEN"
	ChecklistItemReadOnly     ErrorCode = "CHECKLIST_ITEM_READ_ONLY"
	ChecklistItemOfOtherGroup ErrorCode = "CHECKLIST_ITEM_OF_OTHER_GROUP"
	ChecklistItemInactive     ErrorCode = "CHECKLIST_ITEM_INACTIVE"
	ChecklistItemActive       ErrorCode = "CHECKLIST_ITEM_ACTIVE"
	ChecklistItemInUse        ErrorCode = "CHECKLIST_ITEM_IN_USE"
	DuplicateText             ErrorCode = "DUPLICATE_TEXT"
)

// ChecklistGroup is the kind of cards that a list of items is for.
type ChecklistGroup string

// The groups.
const (
	EmployeeChecklist ChecklistGroup = "EMPLOYEE"
	ProjectChecklist  ChecklistGroup = "PROJECT"
	CustomerChecklist ChecklistGroup = "CUSTOMER"
)

// ChecklistCard is a kind of card that items say something about: a prospect and a customer are two.
type ChecklistCard string

// cards are the kinds of card of a group, in their order.
func (g ChecklistGroup) cards() []ChecklistCard {
	switch g {
	case EmployeeChecklist:
		return []ChecklistCard{"APPLICANT", "POTENTIAL_EMPLOYEE", "EMPLOYEE", "HIRED_WORKER"}
	case ProjectChecklist:
		return []ChecklistCard{"LEAD", "REQUEST", "PROJECT"}
	}
	return []ChecklistCard{"PROSPECT", "CUSTOMER", "CONTACT"}
}

// ChecklistVisibility is what a card does with an item.
type ChecklistVisibility string

// The ways.
const (
	HideItem ChecklistVisibility = "HIDE"
	ShowItem ChecklistVisibility = "SHOW_ONLY"
	EditItem ChecklistVisibility = "EDITABLE"
)

// ChecklistItem is one thing to do or to check, as the office defines it. Fields with a `change` tag are
// what an administrator may edit; the log names them so.
type ChecklistItem struct {
	bun.BaseModel `bun:"table:checklist_items,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	Group          ChecklistGroup `bun:"card_group"`
	Text           string         `change:"text"`
	TextKey        string         // folded: two items in use do not differ by case or accents alone
	CategoryID     *ID            `change:"categoryId"`
	SortOrder      int
	Active         bool
	// Settings are what each kind of card of the group does with it; only verbs read them.
	Settings []ChecklistSetting `bun:"-" change:"settings"`
}

// ChecklistSetting is what one kind of card does with an item.
type ChecklistSetting struct {
	bun.BaseModel `bun:"table:checklist_settings,alias:t" json:"-"`

	OrganizationID ID                  `json:"-"`
	ItemID         ID                  `json:"-"`
	Card           ChecklistCard       `json:"card"`
	Visibility     ChecklistVisibility `json:"visibility"`
}

// IsNode marks a Node.
func (*ChecklistItem) IsNode() {}

// NodeID is the item's id.
func (i *ChecklistItem) NodeID() ID { return i.ID }

// IsActive tells whether it is in use.
func (i *ChecklistItem) IsActive() bool { return i.Active }

// frame is what the check of an update's base needs to know of the item.
func (i *ChecklistItem) frame() *CardFrame {
	return &CardFrame{OrganizationID: i.OrganizationID, ID: i.ID, Version: i.Version}
}

// ChecklistItemFields are the fields of an item as input: absent leaves, null clears, a value sets.
type ChecklistItemFields struct {
	Text       graphql.Omittable[*string]
	CategoryID graphql.Omittable[*ID]
	Settings   graphql.Omittable[[]*ChecklistSettingInput]
}

// ChecklistSettingInput is what one kind of card is to do with an item.
type ChecklistSettingInput struct {
	Card       ChecklistCard
	Visibility ChecklistVisibility
}

// apply sets the given fields on the item, each checked and in its stored form.
func (f ChecklistItemFields) apply(i *ChecklistItem, p *patching) {
	p.required("text", f.Text, &i.Text, upTo(200))
	value(p, "categoryId", f.CategoryID, &i.CategoryID, asIs)
	if given, set := f.Settings.ValueOK(); set {
		i.set(given, p)
	}
	i.TextKey = fold(i.Text)
}

// set changes the settings that are named; none at all hides the item everywhere.
func (i *ChecklistItem) set(given []*ChecklistSettingInput, p *patching) {
	i.Settings = slices.Clone(i.Settings)
	if given == nil {
		i.hideEverywhere()
	}
	named := make(map[ChecklistCard]bool, len(given))
	for _, setting := range given {
		place := slices.Index(i.Group.cards(), setting.Card)
		switch {
		case place < 0:
			p.refuse("settings", Text{NL: "Deze kaartstatus hoort niet bij de groep.", EN: "This status does not belong to the group."})
		case named[setting.Card]:
			p.refuse("settings", Text{NL: "Noem een kaartstatus één keer.", EN: "Name a status once."})
		default:
			i.Settings[place].Visibility = setting.Visibility
		}
		named[setting.Card] = true
	}
}

// hideEverywhere gives every kind of card of the group its setting.
func (i *ChecklistItem) hideEverywhere() {
	i.Settings = nil
	for _, card := range i.Group.cards() {
		i.Settings = append(i.Settings, ChecklistSetting{OrganizationID: i.OrganizationID, ItemID: i.ID, Card: card, Visibility: HideItem})
	}
}

// arrange brings settings that were read into the order of the group.
func (i *ChecklistItem) arrange(read []*ChecklistSetting) {
	i.hideEverywhere()
	for _, setting := range read {
		if place := slices.Index(i.Group.cards(), setting.Card); place >= 0 {
			i.Settings[place] = *setting
		}
	}
}

func itemInactive(path ...string) error {
	return &Error{Code: ChecklistItemInactive, Path: path, Text: Text{
		NL: "Dit checklistonderdeel is niet meer in gebruik.",
		EN: "This checklist item is no longer in use."}}
}
