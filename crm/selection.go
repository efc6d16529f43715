package crm

import (
	"time"

	"github.com/uptrace/bun"

	"klantkaart/page"
)

// Selection are cards that a colleague walks through, in their order. It is a snapshot, and private.
type Selection struct {
	bun.BaseModel `bun:"table:selections,alias:t"`

	OrganizationID ID
	ID             ID
	UserID         ID
	CardType       SelectionCardType
	Origin         *string
	Ordinal        int // of the card that the walk is at
	CreatedAt      time.Time
	UsedAt         time.Time
	ExpiresAt      time.Time

	walk walk
}

// walk is where a selection stands among the cards that can be seen.
type walk struct {
	Count      int
	Position   int
	CurrentID  *ID
	NextID     *ID
	PreviousID *ID
}

// IsNode marks a Node.
func (*Selection) IsNode() {}

// NodeID is the selection's id.
func (s *Selection) NodeID() ID { return s.ID }

// Count is how many of its cards can be seen.
func (s *Selection) Count() int { return s.walk.Count }

// Position is the place of the current card among those that can be seen, from 1.
func (s *Selection) Position() int { return s.walk.Position }

// CurrentID is the card that the walk is at.
func (s *Selection) CurrentID() *ID { return s.walk.CurrentID }

// NextID is the card behind the current one; nil at the end.
func (s *Selection) NextID() *ID { return s.walk.NextID }

// PreviousID is the card before the current one; nil at the beginning.
func (s *Selection) PreviousID() *ID { return s.walk.PreviousID }

// SelectionCardType is what the cards of a selection are.
type SelectionCardType string

// The types.
const (
	CustomerSelection SelectionCardType = "CUSTOMER"
	ContactSelection  SelectionCardType = "CONTACT"
	LeadSelection     SelectionCardType = "LEAD"
	RequestSelection  SelectionCardType = "REQUEST"
	ProjectSelection  SelectionCardType = "PROJECT"
)

// prefix is what the ids of cards of the type begin with.
func (t SelectionCardType) prefix() string {
	return map[SelectionCardType]string{CustomerSelection: customerPrefix, ContactSelection: contactPrefix,
		LeadSelection: leadPrefix, RequestSelection: requestPrefix, ProjectSelection: projectPrefix}[t]
}

// table is where cards of the type live.
func (t SelectionCardType) table() string { return tableOf(ID(t.prefix() + "_")) }

// SelectionStep is a step through a selection.
type SelectionStep string

// The steps.
const (
	NextStep     SelectionStep = "NEXT"
	PreviousStep SelectionStep = "PREVIOUS"
	FirstStep    SelectionStep = "FIRST"
	LastStep     SelectionStep = "LAST"
)

// The measures of selections.
const (
	maxSelectedCards = 10_000
	maxSelections    = 20 // of one colleague; the one used longest ago goes
	selectionLife    = 24 * time.Hour
)

// use makes it the active one, for another day.
func (s *Selection) use(now time.Time) { s.UsedAt, s.ExpiresAt = now, now.Add(selectionLife) }

// selectedCard is a card at its place in a selection.
type selectedCard struct {
	bun.BaseModel `bun:"table:selection_cards,alias:t"`

	OrganizationID ID
	SelectionID    ID
	Ordinal        int
	CardID         ID
}

type (
	// CardConnection is a page of cards.
	CardConnection = page.Connection[Card]
	// CardEdge is a row of cards with its place.
	CardEdge = page.Edge[Card]
)

// noSelection says that there are no cards to walk through or to report on.
func noSelection(path ...string) *Error {
	return &Error{Code: NoSelection, Path: path, Text: Text{
		NL: "Er is geen selectie: kies eerst kaarten.",
		EN: "There is no selection: choose cards first."}}
}

func tooManySelected(path ...string) *Error {
	return &Error{Code: LimitExceeded, Path: path, Text: Text{
		NL: "Een selectie heeft ten hoogste 10.000 kaarten.",
		EN: "A selection has at most 10,000 cards."}}
}
