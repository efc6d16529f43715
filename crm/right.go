package crm

import (
	"slices"
	"strings"
)

// Right is one thing that a colleague may or may not see or do.
type Right string

// The rights that roles are made of; the schema says what each means. What belongs to no part here, such as a
// relation's own data and its attentions, is seen by whoever sees the card.
const (
	ViewContacts       Right = "VIEW_CONTACTS"
	ViewRelations      Right = "VIEW_CARD_RELATIONS"
	ViewEngagements    Right = "VIEW_ENGAGEMENTS"
	ViewPreferences    Right = "VIEW_INVOICING"
	ViewFinance        Right = "VIEW_FINANCE"
	ViewChecklists     Right = "VIEW_CHECKLISTS"
	ViewCampaigns      Right = "VIEW_CAMPAIGNS"
	ViewProcesses      Right = "VIEW_PROCESSES"
	ViewCommunications Right = "VIEW_COMMUNICATIONS"
	EditCards          Right = "EDIT_CARDS"
	EditContacts       Right = "EDIT_CONTACTS"
	EditRelations      Right = "EDIT_CARD_RELATIONS"
	EditEngagements    Right = "EDIT_ENGAGEMENTS"
	EditPreferences    Right = "EDIT_INVOICING"
	EditBilling        Right = "EDIT_BILLING"
	EditChecklists     Right = "EDIT_CHECKLISTS"
	EditCampaigns      Right = "EDIT_CAMPAIGNS"
	EditProcesses      Right = "EDIT_PROCESSES"
	EditCommunications Right = "EDIT_COMMUNICATIONS"
	EditDocuments      Right = "EDIT_DOCUMENTS"
	EditAttentions     Right = "EDIT_ATTENTIONS"
	EditOfOthers       Right = "EDIT_OF_OTHERS"
	ArchiveCards       Right = "ARCHIVE_CARDS"
	RevertCards        Right = "REVERT_CARDS"
	RunReports         Right = "RUN_REPORTS"
	ExportLists        Right = "EXPORT_LISTS"
	AnonymizePeople    Right = "ANONYMIZE_PEOPLE"
	ExportPeople       Right = "EXPORT_PEOPLE"
	ManageReports      Right = "MANAGE_REPORTS"
	ManageLookups      Right = "MANAGE_LOOKUPS"
	ManageChecklists   Right = "MANAGE_CHECKLISTS"
	ManageProcesses    Right = "MANAGE_PROCESSES"
	ManageTemplates    Right = "MANAGE_TEMPLATES"
	ManageSettings     Right = "MANAGE_SETTINGS"
	ManageHelp         Right = "MANAGE_HELP"
	Administer         Right = "MANAGE_RIGHTS"
)

// What every colleague may do concerns only oneself, or changes nothing of the card. No role gives or takes it.
const (
	forEveryone    Right = ""
	ReactToCards   Right = "REACT"      // take note of attentions
	KeepSelections Right = "SELECT"     // walk through cards in an order of one's own
	ChooseLayout   Right = "LAYOUT"     // which buttons and tabs one sees
	OwnTokens      Right = "OWN_TOKENS" // one's own password, keys and second factor
)

// rights are all that roles are made of, in the order in which they are shown. The place of one is its bit in a
// RightSet, which is nowhere stored.
func rights() []Right {
	return []Right{
		ViewContacts, ViewRelations, ViewEngagements, ViewPreferences, ViewFinance, ViewChecklists, ViewCampaigns, ViewProcesses, ViewCommunications,
		EditCards, EditContacts, EditRelations, EditEngagements, EditPreferences, EditBilling, EditChecklists, EditCampaigns, EditProcesses,
		EditCommunications, EditDocuments, EditAttentions, EditOfOthers, ArchiveCards, RevertCards, RunReports, ExportLists,
		AnonymizePeople, ExportPeople, ManageReports, ManageLookups, ManageChecklists, ManageProcesses, ManageTemplates, ManageSettings,
		ManageHelp, Administer,
	}
}

// IsEveryones tells whether every colleague has the right, whatever the role.
func (r Right) IsEveryones() bool {
	switch r {
	case forEveryone, ReactToCards, KeepSelections, ChooseLayout, OwnTokens:
		return true
	}
	return false
}

// needs is the right to see what a right is to change: nobody changes what he does not see.
func (r Right) needs() Right {
	switch r {
	case EditContacts, AnonymizePeople, ExportPeople:
		return ViewContacts
	case EditRelations:
		return ViewRelations
	case EditEngagements, EditBilling, ViewFinance:
		return ViewEngagements
	case EditPreferences:
		return ViewPreferences
	case EditChecklists, ManageChecklists:
		return ViewChecklists
	case EditCampaigns:
		return ViewCampaigns
	case EditProcesses, ManageProcesses:
		return ViewProcesses
	case EditCommunications, EditDocuments:
		return ViewCommunications
	}
	return forEveryone
}

// RightSet is some of the rights.
type RightSet uint64

// RightsOf puts rights together; what is no right in this version of the program is left out.
func RightsOf(some ...Right) RightSet {
	var set RightSet
	for i, one := range rights() {
		if slices.Contains(some, one) {
			set |= 1 << i
		}
	}
	return set
}

// AllRights are all that there are.
func AllRights() RightSet { return RightsOf(rights()...) }

// Has tells whether a right is among them. What every colleague may do always is.
func (s RightSet) Has(right Right) bool {
	return right.IsEveryones() || s&RightsOf(right) != 0
}

// Without are the rights of the set but for some.
func (s RightSet) Without(some ...Right) RightSet { return s &^ RightsOf(some...) }

// With are the rights of the set and some more.
func (s RightSet) With(some ...Right) RightSet { return s | RightsOf(some...) }

// Viewing are the rights of the set to see something.
func (s RightSet) Viewing() RightSet {
	return RightsOf(slices.DeleteFunc(s.List(), func(r Right) bool { return !strings.HasPrefix(string(r), "VIEW_") })...)
}

// List gives the rights in their order.
func (s RightSet) List() []Right {
	list := []Right{}
	for i, one := range rights() {
		if s&(1<<i) != 0 {
			list = append(list, one)
		}
	}
	return list
}

// Closed are the rights of the set, with those that they are of no use without.
func (s RightSet) Closed() RightSet {
	for _, one := range s.List() {
		s = s.With(one.needs())
	}
	return s
}
