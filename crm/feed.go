package crm

import "klantkaart/page"

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

// AttentionFeed is what a listener to attentions gets: first Ready, then notices.
type AttentionFeed interface{ IsAttentionFeed() }

// Ready is the first message of a stream: from here on nothing is missed.
type Ready struct {
	Position Position
	Mode     ReadyMode
}

// ReadyMode is how a stream begins.
type ReadyMode string

// The modes; the schema says what each means.
const (
	LiveMode     ReadyMode = "LIVE"
	ReplayedMode ReadyMode = "REPLAYED"
	ResyncMode   ReadyMode = "RESYNC"
)

// IsCardFeed marks a CardFeed.
func (*Ready) IsCardFeed() {}

// IsAttentionFeed marks an AttentionFeed.
func (*Ready) IsAttentionFeed() {}

// IsCardFeed marks a CardFeed.
func (*Event) IsCardFeed() {}

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
