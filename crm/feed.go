package crm

import (
	"context"
	"errors"

	"klantkaart/page"
)

// Pages and rows of lists, under the names that the schema gives them.
type (
	// CustomerConnection is a page of relations.
	CustomerConnection = page.Connection[*Customer]
	// CustomerEdge is a row of relations with its place.
	CustomerEdge = page.Edge[*Customer]
	// ContactConnection is a page of contacts.
	ContactConnection = page.Connection[*Contact]
	// ContactEdge is a row of contacts with its place.
	ContactEdge = page.Edge[*Contact]
	// RelatedContactConnection is a page of contacts of related cards.
	RelatedContactConnection = page.Connection[*RelatedContact]
	// RelatedContactEdge is a row of contacts of related cards with its place.
	RelatedContactEdge = page.Edge[*RelatedContact]
	// EngagementConnection is a page of leads, requests and projects.
	EngagementConnection = page.Connection[Engagement]
	// EngagementEdge is a row of leads, requests and projects with its place.
	EngagementEdge = page.Edge[Engagement]
	// ProjectConnection is a page of projects.
	ProjectConnection = page.Connection[*Project]
	// ProjectEdge is a row of projects with its place.
	ProjectEdge = page.Edge[*Project]
	// CommunicationConnection is a page of a timeline.
	CommunicationConnection = page.Connection[Communication]
	// CommunicationEdge is a row of a timeline with its place.
	CommunicationEdge = page.Edge[Communication]
	// EventConnection is a page of a history.
	EventConnection = page.Connection[*Event]
	// EventEdge is a row of a history with its place.
	EventEdge = page.Edge[*Event]
	// UserConnection is a page of colleagues.
	UserConnection = page.Connection[*User]
	// UserEdge is a row of colleagues with its place.
	UserEdge = page.Edge[*User]
)

// CardFeed is what a listener to a card gets: first Ready, then events.
type CardFeed interface{ IsCardFeed() }

// CustomerFeed is what a listener to an overview of relations gets: first Ready, then notices.
type CustomerFeed interface{ IsCustomerFeed() }

// AttentionFeed is what a listener to attentions gets: first Ready, then notices.
type AttentionFeed interface{ IsAttentionFeed() }

// ReadyMode is how a stream begins.
type ReadyMode string

// The modes; the schema says what each means.
const (
	LiveMode     ReadyMode = "LIVE"
	ReplayedMode ReadyMode = "REPLAYED"
	ResyncMode   ReadyMode = "RESYNC"
)

// Ready is the first message of a stream: from here on nothing is missed. With ResyncMode it comes again
// when what lies before it cannot be told.
type Ready struct {
	Position Position
	Mode     ReadyMode
	Reason   *ResyncReason
}

// IsCardFeed marks a CardFeed.
func (*Ready) IsCardFeed() {}

// IsCustomerFeed marks a CustomerFeed.
func (*Ready) IsCustomerFeed() {}

// IsAttentionFeed marks an AttentionFeed.
func (*Ready) IsAttentionFeed() {}

// Checkpoint says that nothing for the stream happened up to a position.
type Checkpoint struct{ Position Position }

// IsCardFeed marks a CardFeed.
func (*Checkpoint) IsCardFeed() {}

// IsCustomerFeed marks a CustomerFeed.
func (*Checkpoint) IsCustomerFeed() {}

// IsAttentionFeed marks an AttentionFeed.
func (*Checkpoint) IsAttentionFeed() {}

// IsCardFeed marks a CardFeed.
func (*Event) IsCardFeed() {}

// CustomerNotice is an event on a relation of an overview.
type CustomerNotice struct {
	Event    *Event
	InFilter bool
}

// IsCustomerFeed marks a CustomerFeed.
func (*CustomerNotice) IsCustomerFeed() {}

// Position is the place in the log.
func (n *CustomerNotice) Position() Position { return n.Event.Position() }

// Kind is what happened.
func (n *CustomerNotice) Kind() EventKind { return n.Event.Kind }

// CustomersChanged stands for many events on relations of an overview.
type CustomersChanged struct {
	Position    Position
	EventCount  int
	CustomerIds []ID
}

// IsCustomerFeed marks a CustomerFeed.
func (*CustomersChanged) IsCustomerFeed() {}

// maxChangedCustomers bounds how many relations a CustomersChanged names.
const maxChangedCustomers = 100

// Changed makes one message of many events.
func Changed(at Position, events []*Event) *CustomersChanged {
	changed := &CustomersChanged{Position: at, EventCount: len(events), CustomerIds: []ID{}}
	seen := map[ID]bool{}
	for _, event := range events {
		if !seen[event.CustomerID] {
			seen[event.CustomerID] = true
			changed.CustomerIds = append(changed.CustomerIds, event.CustomerID)
		}
	}
	if len(changed.CustomerIds) > maxChangedCustomers {
		changed.CustomerIds = []ID{}
	}
	return changed
}

// AttentionNotice is an event of an attention, with the attention as it is now.
type AttentionNotice struct {
	Attention *Attention
	Event     *Event
}

// IsAttentionFeed marks an AttentionFeed.
func (*AttentionNotice) IsAttentionFeed() {}

// Position is the place in the log.
func (n *AttentionNotice) Position() Position { return n.Event.Position() }

// Kind is what happened.
func (n *AttentionNotice) Kind() EventKind { return n.Event.Kind }

type cursorKey struct{}

// WithCursor returns a context in which cards were read no earlier than the position was.
func WithCursor(ctx context.Context, position Position) context.Context {
	return context.WithValue(ctx, cursorKey{}, position)
}

// EventCursor is a place in the log from which nothing of the card is missed: it was read before the card.
func (f *CardFrame) EventCursor(ctx context.Context) (Position, error) {
	position, ok := ctx.Value(cursorKey{}).(Position)
	if !ok {
		return Position{}, errors.New("the cursor was not read before the card")
	}
	return position, nil
}
