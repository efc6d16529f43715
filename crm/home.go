package crm

import (
	"slices"
	"strings"
)

// Home is the start page of the actor: what can be begun from there.
type Home struct {
	Shortcuts   []*Shortcut
	Actions     []*QuickAction
	OptionsMenu []*QuickAction
}

// ShortcutKey names a shortcut of the strip at the left.
type ShortcutKey string

// Shortcut is a way to a screen.
type Shortcut struct {
	Key   ShortcutKey
	Label string
	Icon  string
}

// QuickActionKind is what a quick action does.
type QuickActionKind string

// The kinds; the schema says what each means.
const (
	NewCardKind  QuickActionKind = "NEW_CARD"
	OverviewKind QuickActionKind = "OVERVIEW"
	ReportKind   QuickActionKind = "REPORT"
	AdminKind    QuickActionKind = "ADMIN"
	OwnKind      QuickActionKind = "OWN"
)

// QuickAction is a function that is started by its name.
type QuickAction struct {
	Key      string
	Label    string
	Kind     QuickActionKind
	CardType *CardType
	Icon     string
	ReportID *ID
}

// start is something that can be begun from the start page, and what it asks for.
type start struct {
	key     string
	label   Text
	kind    QuickActionKind
	icon    string
	card    CardType // of a new card and of an overview
	right   Right
	feature Feature // beside that of the right
}

// isFor tells whether the actor can begin it, and the office uses it.
func (s start) isFor(actor Actor) bool {
	return actor.Rights.Has(s.right) && !actor.Disabled.Has(s.right.feature()) && !actor.Disabled.Has(s.feature)
}

func (s start) action(language Language) *QuickAction {
	action := &QuickAction{Key: s.key, Label: s.label.In(language), Kind: s.kind, Icon: s.icon}
	if s.card != "" {
		action.CardType = &s.card
	}
	return action
}

// shortcuts are the strip at the left of the screen.
func shortcuts() []start {
	return []start{
		{key: "START_PAGE", label: Text{NL: "Startpagina", EN: "Start page"}, icon: "home", right: forEveryone},
		{key: "SEARCH", label: Text{NL: "Zoeken", EN: "Search"}, icon: "search", right: forEveryone},
		{key: "CUSTOMERS", label: Text{NL: "Klanten", EN: "Customers"}, icon: "customer", right: forEveryone},
		{key: "PROSPECTS", label: Text{NL: "Potentiële klanten", EN: "Prospects"}, icon: "prospect", right: forEveryone},
		{key: "ATTENTIONS", label: Text{NL: "Mijn attenties", EN: "My attentions"}, icon: "attention", right: forEveryone, feature: AttentionsFeature},
		{key: "REPORTS", label: Text{NL: "Rapportages", EN: "Reports"}, icon: "report", right: RunReports},
	}
}

// starts are the quick actions but for the reports, in the order in which they are offered.
func starts() []start {
	return []start{
		{"NEW_CUSTOMER", Text{NL: "Nieuwe kaart - Klant", EN: "New card - Customer"}, NewCardKind, "customer", CustomerCard, EditCards, ""},
		{"NEW_PROSPECT", Text{NL: "Nieuwe kaart - Potentiële klant", EN: "New card - Prospect"}, NewCardKind, "prospect", ProspectCard, EditCards, ""},
		{"CUSTOMERS", Text{NL: "Overzicht - Klanten", EN: "Overview - Customers"}, OverviewKind, "customer", CustomerCard, forEveryone, ""},
		{"PROSPECTS", Text{NL: "Overzicht - Potentiële klanten", EN: "Overview - Prospects"}, OverviewKind, "prospect", ProspectCard, forEveryone, ""},
		{"API_TOKENS", Text{NL: "Mijn API-sleutels", EN: "My API tokens"}, OwnKind, "key", "", OwnTokens, ""},
		{"MANAGE_COLLEAGUES", Text{NL: "Beheer - Collega's en rechten", EN: "Manage - Colleagues and rights"}, AdminKind, "colleagues", "", Administer, ""},
		{"MANAGE_SETTINGS", Text{NL: "Beheer - Kantoorinstellingen", EN: "Manage - Office settings"}, AdminKind, "settings", "", ManageSettings, ""},
		{"MANAGE_FEATURES", Text{NL: "Beheer - Onderdelen", EN: "Manage - Parts of the card"}, AdminKind, "settings", "", ManageSettings, ""},
		{"MANAGE_LOOKUPS", Text{NL: "Beheer - Opzoeklijsten", EN: "Manage - Lookup lists"}, AdminKind, "list", "", ManageLookups, ""},
		{"MANAGE_CHECKLISTS", Text{NL: "Beheer - Checklists", EN: "Manage - Checklists"}, AdminKind, "checklist", "", ManageChecklists, ChecklistFeature},
		{"MANAGE_PROCESSES", Text{NL: "Beheer - Processen", EN: "Manage - Processes"}, AdminKind, "process", "", ManageProcesses, ProcessesFeature},
		{"MANAGE_TEMPLATES", Text{NL: "Beheer - Documentsjablonen", EN: "Manage - Document templates"}, AdminKind, "document", "", ManageTemplates, DocumentsFeature},
		{"MANAGE_REPORTS", Text{NL: "Beheer - Rapportages", EN: "Manage - Reports"}, AdminKind, "report", "", ManageReports, ReportsFeature},
		{"MANAGE_HELP", Text{NL: "Beheer - Adressen van hulp", EN: "Manage - Where help is"}, AdminKind, "help", "", ManageHelp, ""},
	}
}

// actionsFor are the quick actions of an actor, with the reports that the actor may run.
func actionsFor(actor Actor, reports []*Report) []*QuickAction {
	var actions []*QuickAction
	for _, one := range starts() {
		if one.isFor(actor) {
			actions = append(actions, one.action(actor.Language))
		}
	}
	label := Text{NL: "Rapport - ", EN: "Report - "}.In(actor.Language)
	for _, report := range reports {
		card := CardType(report.CardType)
		actions = append(actions, &QuickAction{Key: string(report.ID), Label: label + report.Name, Kind: ReportKind,
			CardType: &card, Icon: "report", ReportID: &report.ID})
	}
	return actions
}

// actionsNamed are those actions that hold all words of a text: first whose name, or part behind the dash, begins with
// it, then who has words that begin so, then the others. Without words all are named.
func actionsNamed(actions []*QuickAction, words []string) []*QuickAction {
	var found [3][]*QuickAction
	for _, action := range actions {
		if rank := rankOf(searchFold(action.Label), words); rank >= 0 {
			found[rank] = append(found[rank], action)
		}
	}
	return slices.Concat(found[0], found[1], found[2])
}

// rankOf tells how well a folded name answers words; -1 when a word is not in it.
func rankOf(name string, words []string) int {
	phrase, begun := strings.Join(words, " "), true
	_, last, _ := strings.Cut(name, " - ")
	for _, word := range words {
		if !strings.Contains(name, word) {
			return -1
		}
		begun = begun && strings.Contains(" "+name, " "+word)
	}
	switch {
	case strings.HasPrefix(name, phrase), strings.HasPrefix(last, phrase):
		return 0
	case begun:
		return 1
	}
	return 2
}
