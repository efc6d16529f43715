package crm

import (
	"time"

	"github.com/uptrace/bun"
)

// CommunicationKind is the kind of what was said, sent or planned.
type CommunicationKind string

// The kinds.
const (
	DocumentKind         CommunicationKind = "DOCUMENT"
	LetterKind           CommunicationKind = "LETTER"
	EmailKind            CommunicationKind = "EMAIL"
	InvoiceKind          CommunicationKind = "INVOICE"
	ConversationNoteKind CommunicationKind = "CONVERSATION_NOTE"
	AppointmentKind      CommunicationKind = "APPOINTMENT"
	WorkflowKind         CommunicationKind = "WORKFLOW"
)

// CommunicationDirection is the direction, seen from the office.
type CommunicationDirection string

// The directions.
const (
	Outgoing CommunicationDirection = "OUT"
	Incoming CommunicationDirection = "IN"
	Internal CommunicationDirection = "INTERNAL"
)

// CommunicationStatus is how far it is.
type CommunicationStatus string

// The statuses.
const (
	Draft            CommunicationStatus = "DRAFT"
	Sent             CommunicationStatus = "SENT"
	Received         CommunicationStatus = "RECEIVED"
	PlannedAhead     CommunicationStatus = "PLANNED"
	Done             CommunicationStatus = "DONE"
	CancelledMeeting CommunicationStatus = "CANCELLED"
)

// ConversationChannel is how a conversation was held.
type ConversationChannel string

// phoneChannel is what a conversation is unless said otherwise.
const phoneChannel ConversationChannel = "PHONE"

// Communication is something said, sent or planned with or about a relation.
type Communication interface {
	Node
	IsCommunication()
	// Core gives what all kinds share.
	Core() *Message
}

// Message is the row of a communication of any kind.
type Message struct {
	bun.BaseModel `bun:"table:communications,alias:t"`

	OrganizationID ID
	ID             ID
	CustomerID     ID
	EngagementID   *ID
	Kind           CommunicationKind
	Direction      CommunicationDirection
	Status         CommunicationStatus
	At             time.Time
	EndOfTerm      *time.Time `bun:"ends_at" read:"endsAt"`
	Subject        string
	Body           string               `read:"body,excerpt"`
	SearchText     string               `read:"-"`
	ChannelUsed    *ConversationChannel `bun:"channel" read:"channel,channelLabel"`
	Duration       *int                 `read:"durationMinutes"`
	Location       *string              `read:"location"`
	FollowUpOn     *Date
	FileName       *string   `read:"fileName"`
	MailFrom       *string   `read:"from"`
	MailTo         []string  `bun:"type:text" read:"to,sentTo"`
	ThreadID       *string   `read:"threadId"`
	AuthorID       *ID       `read:"author"`
	ProcessID      *ID       `read:"process"` // of a workflow entry
	CreatedAt      time.Time `read:"icalendar"`
	Version        int
	UpdatedAt      *time.Time `read:"updatedAt"`
	UpdatedByID    *ID        `bun:"updated_by" read:"updatedBy"`
	ContactMomentFrame
	EmailFrame
	InvoiceFrame

	formerContacts []ID // those that a change took it from
}

// IsNode marks a Node.
func (*Message) IsNode() {}

// IsCommunication marks a Communication.
func (*Message) IsCommunication() {}

// NodeID is the communication's id.
func (m *Message) NodeID() ID { return m.ID }

// Core gives what all kinds share.
func (m *Message) Core() *Message { return m }

// searchText is what the text is searched in.
func (m *Message) searchText() string { return searchFoldAll(&m.Subject, &m.Body) }

// excerptLength is how many characters of the text a list shows.
const excerptLength = 200

// Excerpt is the beginning of the text.
func (m *Message) Excerpt() string { return cut(m.Body, excerptLength) }

// Document is a file made from a template or uploaded.
type Document struct{ *Message }

// Letter is a document sent by post.
type Letter struct{ *Message }

// Email is an e-mail.
type Email struct{ *Message }

// From is the sender's address.
func (e *Email) From() *string { return e.MailFrom }

// To are the addressees.
func (e *Email) To() []string {
	if e.MailTo == nil {
		return []string{}
	}
	return e.MailTo
}

// ConversationNote is the record of a conversation.
type ConversationNote struct{ *Message }

// Channel is how the conversation was held.
func (n *ConversationNote) Channel() ConversationChannel {
	if n.ChannelUsed == nil {
		return phoneChannel
	}
	return *n.ChannelUsed
}

// DurationMinutes is how long it took.
func (n *ConversationNote) DurationMinutes() *int { return n.Duration }

// Appointment is a planned moment.
type Appointment struct{ *Message }

// EndsAt is when it ends; one without an end lasts an hour.
func (a *Appointment) EndsAt() time.Time {
	if a.EndOfTerm == nil {
		return a.At.Add(time.Hour)
	}
	return *a.EndOfTerm
}

// WorkflowEntry is what happened in a process.
type WorkflowEntry struct{ *Message }

// communication gives the row the type of its kind.
func (m *Message) communication() Communication {
	switch m.Kind {
	case DocumentKind:
		return &Document{m}
	case LetterKind:
		return &Letter{m}
	case EmailKind:
		return &Email{m}
	case InvoiceKind:
		return &Invoice{m}
	case AppointmentKind:
		return &Appointment{m}
	case WorkflowKind:
		return &WorkflowEntry{m}
	}
	return &ConversationNote{m}
}

// correspondenceKinds are what is sent to a relation.
func correspondenceKinds() []CommunicationKind {
	return []CommunicationKind{DocumentKind, EmailKind, InvoiceKind, LetterKind}
}

// communicationContact links a communication to one of its contacts.
type communicationContact struct {
	bun.BaseModel `bun:"table:communication_contacts,alias:t"`

	OrganizationID  ID
	CommunicationID ID
	Ordinal         int
	ContactID       ID
	At              time.Time
}
