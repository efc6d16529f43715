package crm

import "slices"

// ActionKey names a button of a card, or one of the functions behind it.
type ActionKey string

// The eighteen buttons in the order of their numbers, what stands for Archive on an archived card, and the
// functions behind a button.
const (
	SaveAction          ActionKey = "SAVE"
	UndoAction          ActionKey = "UNDO"
	RefreshAction       ActionKey = "REFRESH"
	ArchiveAction       ActionKey = "ARCHIVE"
	RestoreAction       ActionKey = "RESTORE"
	SelectionAction     ActionKey = "SELECTION"
	NavigateAction      ActionKey = "NAVIGATE"
	RevertAction        ActionKey = "REVERT_TO_PROSPECT"
	NewEngagementAction ActionKey = "NEW_ENGAGEMENT"
	NewLeadAction       ActionKey = "NEW_LEAD"
	NewRequestAction    ActionKey = "NEW_REQUEST"
	NewProjectAction    ActionKey = "NEW_PROJECT"
	NewContactAction    ActionKey = "NEW_CONTACT"
	NewRelationAction   ActionKey = "NEW_CARD_RELATION"
	UninvoicedAction    ActionKey = "UNINVOICED"
	NewMomentAction     ActionKey = "NEW_CONTACT_MOMENT"
	NewDocumentAction   ActionKey = "NEW_DOCUMENT"
	ReportsAction       ActionKey = "REPORTS"
	AttentionAction     ActionKey = "ATTENTION"
	DetailTabsAction    ActionKey = "DETAIL_TABS"
	HelpAction          ActionKey = "HELP"
	SetHelpAction       ActionKey = "SET_HELP"
	ButtonBarAction     ActionKey = "BUTTON_BAR"
)

// button is what a button is called, and what it asks for.
type button struct {
	key     ActionKey
	number  int
	label   Text
	right   Right
	feature Feature  // beside that of the right
	frame   bool     // cards of every kind have it
	behind  []button // the functions behind it, when there are several
}

// buttons are the eighteen, by number. See docs of the card: the numbers are those of the product's manual.
func buttons() []button {
	return []button{
		{key: SaveAction, number: 1, label: Text{NL: "Opslaan", EN: "Save"}, right: EditCards, frame: true},
		{key: UndoAction, number: 2, label: Text{NL: "Wijzigingen ongedaan maken", EN: "Undo changes"}, right: EditCards, frame: true},
		{key: RefreshAction, number: 3, label: Text{NL: "Verversen", EN: "Refresh"}, right: forEveryone, frame: true},
		{key: ArchiveAction, number: 4, label: Text{NL: "Archiveren", EN: "Archive"}, right: ArchiveCards, frame: true},
		{key: SelectionAction, number: 5, label: Text{NL: "Selectie", EN: "Selection"}, right: KeepSelections, frame: true},
		{key: NavigateAction, number: 6, label: Text{NL: "Navigatie", EN: "Navigation"}, right: forEveryone, frame: true},
		{key: RevertAction, number: 7, label: Text{NL: "Terugzetten naar potentiële klant", EN: "Put back to prospect"}, right: RevertCards},
		{key: NewEngagementAction, number: 8, label: Text{NL: "Leads, aanvragen en projecten", EN: "Leads, requests and projects"}, right: EditEngagements, behind: []button{
			{key: NewLeadAction, label: Text{NL: "Nieuwe lead", EN: "New lead"}, right: EditEngagements},
			{key: NewRequestAction, label: Text{NL: "Nieuwe aanvraag", EN: "New request"}, right: EditEngagements},
			{key: NewProjectAction, label: Text{NL: "Nieuw project", EN: "New project"}, right: EditEngagements},
		}},
		{key: NewContactAction, number: 9, label: Text{NL: "Nieuwe contactpersoon", EN: "New contact"}, right: EditContacts},
		{key: NewRelationAction, number: 10, label: Text{NL: "Nieuwe kaartrelatie", EN: "New card relation"}, right: EditRelations},
		{key: UninvoicedAction, number: 11, label: Text{NL: "Facturen", EN: "Invoices"}, right: forEveryone, feature: RevenueFeature},
		{key: NewMomentAction, number: 12, label: Text{NL: "Nieuw contactmoment", EN: "New contact moment"}, right: EditCommunications, frame: true},
		{key: NewDocumentAction, number: 13, label: Text{NL: "Nieuw document", EN: "New document"}, right: EditDocuments, frame: true},
		{key: ReportsAction, number: 14, label: Text{NL: "Rapportages", EN: "Reports"}, right: RunReports, frame: true},
		{key: AttentionAction, number: 15, label: Text{NL: "Attentie", EN: "Attention"}, right: EditAttentions, frame: true},
		{key: DetailTabsAction, number: 16, label: Text{NL: "Detailtabs", EN: "Detail tabs"}, right: ChooseLayout, frame: true},
		{key: HelpAction, number: 17, label: Text{NL: "Help", EN: "Help"}, right: forEveryone, frame: true, behind: []button{
			{key: SetHelpAction, label: Text{NL: "Adres van de hulp wijzigen", EN: "Change where help is"}, right: ManageHelp},
		}},
		{key: ButtonBarAction, number: 18, label: Text{NL: "Knoppenbalk", EN: "Button bar"}, right: ChooseLayout, frame: true},
	}
}

// restoring stands where Archive, which it is given, is on a card in daily use.
func (b button) restoring() button {
	b.key, b.label = RestoreAction, Text{NL: "Uit het archief halen", EN: "Restore"}
	return b
}

// buttonsOf are the buttons that a kind of card has, each with the right that its verb asks for there.
func buttonsOf(card CardType) []button {
	if card == CustomerCard || card == ProspectCard {
		return buttons()
	}
	rights, part := map[ActionKey]Right{SaveAction: EditEngagements, UndoAction: EditEngagements}, EngagementsFeature
	if card == ContactCard {
		rights, part = map[ActionKey]Right{SaveAction: EditContacts, UndoAction: EditContacts, ArchiveAction: EditContacts}, ContactsFeature
	}
	framed := slices.DeleteFunc(buttons(), func(b button) bool { return !b.frame })
	for i, b := range framed {
		if right, own := rights[b.key]; own {
			framed[i].right = right
		}
		if b.key == ArchiveAction {
			framed[i].feature = part
		}
	}
	return framed
}

// mayUse says why an actor cannot use a button on whatever card, or nil.
func (b button) mayUse(actor Actor) *Error {
	switch {
	case !actor.has(b.right), b.key == UninvoicedAction && actor.financial() != nil:
		return forbidden()
	case !b.isUsed(actor):
		return featureDisabled()
	}
	return nil
}

// isUsed tells whether the office uses what the button is for.
func (b button) isUsed(actor Actor) bool {
	return !actor.Disabled.Has(b.feature) && !actor.Disabled.Has(b.right.feature())
}

// CardAction is a button of a card, for who looks at it.
type CardAction struct {
	Key        ActionKey
	Number     *int
	Label      string
	IsVisible  bool
	Reason     *ActionReason // why it cannot be used; nil when it can
	SubActions []*CardAction
}

// IsEnabled tells whether it can be used now.
func (a *CardAction) IsEnabled() bool { return a.Reason == nil }

// ActionReason is why a button cannot be used.
type ActionReason struct {
	Code    ErrorCode
	Message string
	Cards   []Card
}

// circumstances are what the buttons of a card depend on beside its own row.
type circumstances struct {
	actor        Actor
	today        Date
	layout       *layout // of the kind of card
	hasSelection bool
	running      []Card    // of a relation: the projects that are running there
	sold         []Card    // of a relation: all its projects, where the office only puts back who never had one
	relation     *Customer // of other cards: whose they are
	usedBy       []Card    // of a contact: what keeps it in use
}

// actionsOf are the buttons of a card, by number, and the steps it can go.
func actionsOf(card withButtons, about circumstances) []*CardAction {
	var actions []*CardAction
	for _, one := range buttonsOf(card.cardType()) {
		if one.key == ArchiveAction && card.Frame().ArchivedAt != nil {
			action := about.action(one.restoring(), card)
			action.IsVisible = about.layout.shows(ArchiveAction)
			actions = append(actions, action)
			continue
		}
		actions = append(actions, about.action(one, card))
	}
	for _, step := range stepsOf(card.cardType()) {
		action := about.action(step, card)
		action.IsVisible = step.isUsed(about.actor)
		actions = append(actions, action)
	}
	return actions
}

func (about circumstances) action(b button, card withButtons) *CardAction {
	action := &CardAction{Key: b.key, Label: b.label.In(about.actor.Language), SubActions: []*CardAction{},
		IsVisible: b.isUsed(about.actor) && about.layout.shows(b.key)}
	if b.number > 0 {
		action.Number = &b.number
	}
	if fault := about.fault(b, card); fault != nil {
		action.Reason = &ActionReason{Code: fault.Code, Message: fault.Text.In(about.actor.Language), Cards: fault.Cards}
	}
	for _, one := range b.behind {
		behind := about.action(one, card)
		behind.IsVisible = action.IsVisible && about.actor.has(one.right)
		action.SubActions = append(action.SubActions, behind)
	}
	return action
}

// fault says why a function cannot be used, or nil: the first that its verb would say.
func (about circumstances) fault(b button, card withButtons) *Error {
	if fault := b.mayUse(about.actor); fault != nil {
		return fault
	}
	if b.key == SelectionAction && !about.hasSelection {
		return noSelection()
	}
	if faults := FaultsOf(card.mayDo(b.key, about)); len(faults) > 0 {
		return faults[0]
	}
	return nil
}
