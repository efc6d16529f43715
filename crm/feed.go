package crm

import "klantkaart/page"

// The pages and rows of lists, under the names that the schema gives them.
type (
	CustomerConnection      = page.Connection[*Customer]
	CustomerEdge            = page.Edge[*Customer]
	ContactConnection       = page.Connection[*Contact]
	ContactEdge             = page.Edge[*Contact]
	EngagementConnection    = page.Connection[Engagement]
	EngagementEdge          = page.Edge[Engagement]
	ProjectConnection       = page.Connection[*Project]
	ProjectEdge             = page.Edge[*Project]
	CommunicationConnection = page.Connection[Communication]
	CommunicationEdge       = page.Edge[Communication]
	EventConnection         = page.Connection[*Event]
	EventEdge               = page.Edge[*Event]
	UserConnection          = page.Connection[*User]
	UserEdge                = page.Edge[*User]
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
