package crm

import (
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// TabKey names a tab of a card.
type TabKey string

// The tabs; the first six are main tabs of relations, the others detail tabs.
const (
	BasicTab          TabKey = "BASIC"
	ContactsTab       TabKey = "CONTACTS"
	ProjectsTab       TabKey = "PROJECTS"
	ChecklistTab      TabKey = "CHECKLIST"
	ProcessesTab      TabKey = "PROCESSES"
	CorrespondenceTab TabKey = "CORRESPONDENCE"
	CommunicationsTab TabKey = "COMMUNICATIONS"
	InvoicingTab      TabKey = "INVOICING"
	RevenueTab        TabKey = "REVENUE"
	AddressesTab      TabKey = "ADDRESSES"
	RelationsTab      TabKey = "CARD_RELATIONS"
	NominationsTab    TabKey = "NOMINATIONS"
	NotesTab          TabKey = "NOTES"
	HistoryTab        TabKey = "HISTORY"
)

// tab is what a tab is called, which cards have it, and what it asks for.
type tab struct {
	key     TabKey
	label   Text
	cards   []CardType // all when there are none
	feature Feature    // empty for what every office uses
	right   Right      // to see what is in it
}

func relations(others ...CardType) []CardType {
	return append([]CardType{CustomerCard, ProspectCard}, others...)
}

// mainTabs hold the content of a card.
func mainTabs() []tab {
	return []tab{
		{key: BasicTab, label: Text{NL: "Basis", EN: "Basic"}},
		{key: ContactsTab, label: Text{NL: "Contactpersonen", EN: "Contacts"}, cards: relations(), feature: ContactsFeature, right: ViewContacts},
		{key: ProjectsTab, label: Text{NL: "Projecten", EN: "Projects"}, cards: relations(ContactCard), feature: EngagementsFeature, right: ViewEngagements},
		{key: ChecklistTab, label: Text{NL: "Checklist", EN: "Checklist"}, feature: ChecklistFeature, right: ViewChecklists},
		{key: ProcessesTab, label: Text{NL: "Processen", EN: "Processes"}, feature: ProcessesFeature, right: ViewProcesses},
		{key: CorrespondenceTab, label: Text{NL: "Correspondentie", EN: "Correspondence"}, feature: DocumentsFeature, right: ViewCommunications},
	}
}

// detailTabs lie at the bottom of a card; each colleague chooses among them.
func detailTabs() []tab {
	return []tab{
		{key: CommunicationsTab, label: Text{NL: "Contacten", EN: "Contact moments"}, feature: CommunicationsFeature, right: ViewCommunications},
		{key: NominationsTab, label: Text{NL: "Voordrachten", EN: "Nominations"}, cards: []CardType{RequestCard, ProjectCard}, feature: EngagementsFeature, right: ViewEngagements},
		{key: InvoicingTab, label: Text{NL: "Facturatie", EN: "Invoicing"}, cards: relations(RequestCard, ProjectCard), feature: InvoicingFeature, right: ViewPreferences},
		{key: RevenueTab, label: Text{NL: "Te factureren", EN: "To be invoiced"}, cards: relations(ProjectCard), feature: RevenueFeature, right: ViewFinance},
		{key: AddressesTab, label: Text{NL: "Adressen", EN: "Addresses"}, cards: relations()},
		{key: RelationsTab, label: Text{NL: "Kaartrelaties", EN: "Card relations"}, cards: relations(), feature: RelationsFeature, right: ViewRelations},
		{key: NotesTab, label: Text{NL: "Opmerkingen", EN: "Notes"}, cards: relations(ContactCard)},
		{key: HistoryTab, label: Text{NL: "Historie", EN: "History"}},
	}
}

// tabsOf are those of the tabs that a kind of card has.
func tabsOf(tabs []tab, card CardType) []tab {
	return slices.DeleteFunc(tabs, func(t tab) bool { return len(t.cards) > 0 && !slices.Contains(t.cards, card) })
}

// isFor tells whether an actor can have the tab.
func (t tab) isFor(actor Actor) bool {
	return !actor.Disabled.Has(t.feature) && actor.Rights.Has(t.right)
}

// layout is what a colleague chose to see on cards of a kind; nil stands for the usual.
type layout struct {
	bun.BaseModel `bun:"table:card_layouts,alias:t"`

	OrganizationID ID          `bun:",pk"`
	UserID         ID          `bun:",pk"`
	CardType       CardType    `bun:",pk"`
	Buttons        []ActionKey `bun:"type:text"`
	DetailTabs     []TabKey    `bun:"type:text"`
	UpdatedAt      time.Time
}

// shows tells whether a button was chosen. Without the button bar's own nobody could choose anew.
func (l *layout) shows(key ActionKey) bool {
	return l == nil || l.Buttons == nil || key == ButtonBarAction || slices.Contains(l.Buttons, key)
}

// CardLayout is how cards of a kind look for a colleague.
type CardLayout struct {
	CardType   CardType
	Buttons    []*LayoutButton
	DetailTabs []*LayoutTab
	MainTabs   []*LayoutTab
	IsDefault  bool
}

// LayoutButton is a button that a colleague can choose.
type LayoutButton struct {
	Key         ActionKey
	Number      int
	Label       string
	IsAvailable bool
	IsVisible   bool
}

// LayoutTab is a tab of a kind of card.
type LayoutTab struct {
	Key         TabKey
	Label       string
	IsAvailable bool
	IsVisible   bool
}

// cardLayout puts a colleague's choice into words. What was chosen comes first, in the order chosen.
func (l *layout) cardLayout(card CardType, actor Actor, hasChecklist bool) *CardLayout {
	looks := &CardLayout{CardType: card, IsDefault: l == nil || (l.Buttons == nil && l.DetailTabs == nil),
		Buttons: []*LayoutButton{}, DetailTabs: []*LayoutTab{}, MainTabs: []*LayoutTab{}}
	for _, one := range buttonsOf(card) {
		looks.Buttons = append(looks.Buttons, &LayoutButton{Key: one.key, Number: one.number, Label: one.label.In(actor.Language),
			IsAvailable: one.mayUse(actor) == nil, IsVisible: l.shows(one.key) && one.isUsed(actor)})
	}
	for _, one := range tabsOf(mainTabs(), card) {
		available := one.isFor(actor) && (one.key != ChecklistTab || hasChecklist)
		looks.MainTabs = append(looks.MainTabs, &LayoutTab{Key: one.key, Label: one.label.In(actor.Language), IsAvailable: available, IsVisible: available})
	}
	for _, one := range tabsOf(detailTabs(), card) {
		chosen := l == nil || l.DetailTabs == nil || slices.Contains(l.DetailTabs, one.key)
		available := one.isFor(actor)
		looks.DetailTabs = append(looks.DetailTabs, &LayoutTab{Key: one.key, Label: one.label.In(actor.Language), IsAvailable: available, IsVisible: available && chosen})
	}
	if l != nil {
		inOrderOf(looks.Buttons, l.Buttons, func(b *LayoutButton) ActionKey { return b.Key })
		inOrderOf(looks.DetailTabs, l.DetailTabs, func(t *LayoutTab) TabKey { return t.Key })
	}
	return looks
}

// inOrderOf puts what was chosen in front, in the order chosen; the rest keeps its order.
func inOrderOf[R any, K comparable](rows []R, chosen []K, keyOf func(R) K) {
	place := func(row R) int {
		if at := slices.Index(chosen, keyOf(row)); at >= 0 {
			return at
		}
		return len(chosen)
	}
	slices.SortStableFunc(rows, func(a, b R) int { return place(a) - place(b) })
}

// LayoutChangedEvent is the kind of a change of a colleague's layout, for the colleague's other screens.
const LayoutChangedEvent EventKind = "LAYOUT_CHANGED"
