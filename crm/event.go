package crm

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// EventKind is what happened.
type EventKind string

// The kinds; the schema says what each means.
const (
	CustomerCreatedEvent       EventKind = "CUSTOMER_CREATED"
	CustomerUpdatedEvent       EventKind = "CUSTOMER_UPDATED"
	CustomerPromotedEvent      EventKind = "CUSTOMER_PROMOTED"
	CustomerRevertedEvent      EventKind = "CUSTOMER_REVERTED"
	CustomerArchivedEvent      EventKind = "CUSTOMER_ARCHIVED"
	CustomerRestoredEvent      EventKind = "CUSTOMER_RESTORED"
	ContactCreatedEvent        EventKind = "CONTACT_CREATED"
	ContactUpdatedEvent        EventKind = "CONTACT_UPDATED"
	ContactArchivedEvent       EventKind = "CONTACT_ARCHIVED"
	ContactMovedEvent          EventKind = "CONTACT_MOVED"
	ContactAnonymizedEvent     EventKind = "CONTACT_ANONYMIZED"
	LeadCreatedEvent           EventKind = "LEAD_CREATED"
	RequestCreatedEvent        EventKind = "REQUEST_CREATED"
	RequestHonouredEvent       EventKind = "REQUEST_HONOURED"
	ProjectCreatedEvent        EventKind = "PROJECT_CREATED"
	CommunicationAddedEvent    EventKind = "COMMUNICATION_ADDED"
	AttentionAddedEvent        EventKind = "ATTENTION_ADDED"
	AttentionSeenEvent         EventKind = "ATTENTION_SEEN"
	AttentionAcknowledgedEvent EventKind = "ATTENTION_ACKNOWLEDGED"
	AttentionRemovedEvent      EventKind = "ATTENTION_REMOVED"
)

// The kinds of events of access. They stand in the log, so that what comes before and what behind them is
// exact, and are never shown: the schema does not know them. Their card is the user they are about.
const (
	// AccessEndedEvent says that a credential no longer works: its subject, or all of the user's when that
	// is the user.
	AccessEndedEvent EventKind = "ACCESS_ENDED"
	// AccessChangedEvent says that the rights of its subject are others: of a user, or of all of an office.
	AccessChangedEvent EventKind = "ACCESS_CHANGED"
)

// ShowsOnCard tells whether it is part of a card's history. Others are for the process alone, or for those who
// follow the office.
func (e *Event) ShowsOnCard() bool { return e.CustomerID.Prefix() == customerPrefix }

// Concerns tells whether an event of access is about an actor: the credential, the user, or the whole office.
func (e *Event) Concerns(actor Actor) bool {
	if e.SubjectID == nil {
		return false
	}
	switch *e.SubjectID {
	case actor.CredentialID, actor.UserID, actor.OrganizationID:
		return true
	}
	return false
}

// OfAccess tells whether it concerns access, and is for the process alone.
func (k EventKind) OfAccess() bool {
	return k == AccessEndedEvent || k == AccessChangedEvent || k == AccessLinkedEvent
}

func (k EventKind) ofAttention() bool {
	switch k {
	case AttentionAddedEvent, AttentionUpdatedEvent, AttentionSeenEvent, AttentionAcknowledgedEvent, AttentionRemovedEvent:
		return true
	}
	return false
}

// BringsAttention tells whether its message puts an attention on a screen, so that it is delivered with it.
func (k EventKind) BringsAttention() bool {
	return k == AttentionAddedEvent || k == AttentionUpdatedEvent
}

// Event is something that happened to a card, as the log keeps it.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:t" json:"-"`

	OrganizationID ID
	Number         int64 `bun:"position"`
	ID             ID
	Kind           EventKind
	At             time.Time
	ActorID        *ID     `read:"actor"`
	OriginClientID *string `read:"originClientId"`
	CustomerID     ID      // the card that shows it
	CardID         ID      // the card that changed
	CardVersion    int
	ShownOn        []ID          `bun:"type:text"` // contacts, leads, requests and projects that it is told of as well
	SubjectID      *ID           `read:"subject"`
	Recipients     []ID          `bun:"type:text"` // the colleagues an attention is addressed to; none means all
	Changes        []FieldChange `bun:"type:text" read:"changes,changedFields"`
	// Whole are the changes with all of their texts, where those of Changes were cut off. They are written with the
	// event and read by an undo alone: streams do not carry them.
	Whole []FieldChange `bun:"type:text,nullzero" read:"-" json:"-"`
}

// Position is the event's place in the log.
func (e *Event) Position() Position {
	return Position{Number: e.Number, check: positionCheck(e.ID)}
}

// ChangedFields are the names of the fields that changed.
func (e *Event) ChangedFields() []string {
	names := make([]string, len(e.Changes))
	for i, change := range e.Changes {
		names[i] = change.Field
	}
	return names
}

// FieldChange is a field with its old and new value. From and To are JSON values.
type FieldChange struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
}

// Position is a place in an office's log: the number of an event, and a check of its id, so that a
// place in a log that was restored from a backup is told apart. The zero Position lies before the
// first event.
type Position struct {
	Number int64
	check  uint32
}

// Check tells apart two events that have the same number in two logs.
func (p Position) Check() uint32 { return p.check }

const positionVersion = 1

func positionCheck(id ID) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return h.Sum32()
}

// String writes the position: version, number, check; in URL-safe base64.
func (p Position) String() string {
	raw := []byte{positionVersion}
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.Number))
	raw = binary.BigEndian.AppendUint32(raw, p.check)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// MarshalGQL writes the position as text.
func (p Position) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(p.String())) }

// UnmarshalGQL reads a position that the API gave out.
func (p *Position) UnmarshalGQL(v any) error {
	text, _ := v.(string)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 13 || raw[0] != positionVersion || raw[1] > 0x7f {
		return badScalar("Dit is geen positie van deze API.", "This is not a position of this API.")
	}
	p.Number = int64(binary.BigEndian.Uint64(raw[1:9]))
	p.check = binary.BigEndian.Uint32(raw[9:])
	return nil
}

// changesBetween lists the fields that differ between two states of a card. A field takes part when it
// has a `change` tag, which holds its name in the API.
func changesBetween[T any](before, after *T) []FieldChange {
	var fields []FieldChange
	old, current := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range old.NumField() {
		if name, ok := old.Type().Field(i).Tag.Lookup("change"); ok {
			fields = append(fields, FieldChange{Field: name, From: old.Field(i).Interface(), To: current.Field(i).Interface()})
		}
	}
	return differing(fields)
}

// differing gives those fields of which the values differ, as JSON would read them back.
func differing(fields []FieldChange) []FieldChange {
	changes := []FieldChange{}
	for _, field := range fields {
		if !reflect.DeepEqual(field.From, field.To) {
			changes = append(changes, FieldChange{Field: field.Field, From: logged(field.From), To: logged(field.To)})
		}
	}
	return changes
}

// maxLoggedText is how many characters of a text the log tells.
const maxLoggedText = 1000

// abridged cuts long texts off, and gives the changes whole beside where one of them is as long as that.
func abridged(changes []FieldChange) (short, whole []FieldChange) {
	short = make([]FieldChange, len(changes))
	for i, change := range changes {
		short[i] = FieldChange{Field: change.Field, From: shortened(change.From), To: shortened(change.To)}
		if isLong(change.From) || isLong(change.To) {
			whole = changes
		}
	}
	return short, whole
}

func shortened(value any) any {
	if text, ok := value.(string); ok {
		return cut(text, maxLoggedText)
	}
	return value
}

// isLong tells whether a text may have been cut off.
func isLong(value any) bool {
	text, ok := value.(string)
	return ok && utf8.RuneCountInString(text) >= maxLoggedText
}

// logged is a value as the log keeps it: as JSON would read it back.
func logged(value any) any {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a card's field must marshal: %v", err))
	}
	var plain any
	if err := json.Unmarshal(encoded, &plain); err != nil {
		panic(fmt.Sprintf("a card's field must read back: %v", err))
	}
	return plain
}

// cut keeps the first n characters.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n])
}

// IsNode marks a Node.
func (*Event) IsNode() {}

// NodeID is the event's id.
func (e *Event) NodeID() ID { return e.ID }
