package main

import (
	"slices"
	"sync/atomic"
	"time"

	"klantkaart/crm"
)

// ledger is everything that was seen of a run: what was asked and answered, every message of every
// reader, the faults, and at the end the tables as the database holds them. The judge reads nothing else.
// Moments are durations since the run began, of the driver's own monotonic clock.
type ledger struct {
	operations []*operation
	streams    []*stream
	faults     []injected
	offices    []*office
	presences  []presence
	bounds     bounds
	complaints []string // what the nodes said that no node may say, such as of a data race
	leftovers  []string // what the nodes still held when everyone had gone
}

// outcome is what became of an operation, as its caller knows it.
type outcome string

const (
	acknowledged outcome = "acknowledged"
	failed       outcome = "failed"  // refused: nothing may have changed
	unknown      outcome = "unknown" // no answer: it happened once, or not at all
)

// operation is one mutation. Its id travels as the name of the client, which every event keeps; that of a
// sign-out, which is no mutation, names the session.
type operation struct {
	id           string
	office       int
	node         int
	kind         string
	card         string
	began, ended time.Duration
	outcome      outcome
	position     place  // of its last event, as answered
	least, most  int    // events, when acknowledged
	reason       string // why it failed
}

// place is a position of the log: its number, and the text that the API gives for it.
type place struct {
	number int64
	text   string
}

// readPlace reads a position of the API.
func readPlace(text string) (place, error) {
	var position crm.Position
	err := position.UnmarshalGQL(text)
	return place{number: position.Number, text: text}, err
}

// scope is what a stream follows.
type scope struct {
	field string // cardEvents, myAttentions, customerEvents
	card  string // of cardEvents
	user  string
	// Of customerEvents with a filter: the name that it asks for, and the one relation that has it, always.
	named, among string
}

func (s scope) filtered() bool { return s.named != "" }

// stream is what one reader saw of one subscription, over all its connections.
type stream struct {
	reader     int
	office     int
	credential string
	scope      scope
	steps      []step
	model      *model // of a card: what the reader would show
	// dismissed says that the credential was revoked: the stream had to end.
	dismissed bool
	// reached is up to which number the stream is known to be whole; for those who wait while it runs.
	reached atomic.Int64
}

// What happens to a stream.
const (
	stepFetched   = "fetched" // the card was read; place is its eventCursor
	stepOpened    = "opened"  // a subscription was sent; place is its after
	stepReady     = "Ready"   // and so on: messages, by the names of the schema
	stepEvent     = "Event"   //
	stepNotice    = "AttentionNotice"
	stepCustomer  = "CustomerNotice"
	stepCustomers = "CustomersChanged"
	stepCheck     = "Checkpoint"
	stepFrame     = "frame"  // a frame that holds what the reader may not see; detail tells what
	stepStall     = "stall"  // the reader stopped reading, until it read again
	stepClosed    = "closed" // the connection ended; detail tells why
	stepBroken    = "broken" // the reader's own model does not fit what came
)

// step is one thing that happened to a stream.
type step struct {
	kind       string
	at         time.Duration
	until      time.Duration // of a stall
	node       int
	place      place
	mode       string // of Ready
	reason     string // of Ready
	event      string // the event's id
	eventKind  string
	version    int
	origin     string
	count      int            // of CustomersChanged
	customers  []string       // of CustomersChanged
	inFilter   bool           // of CustomerNotice
	shows      map[string]any // fields of the relation, where the message has them
	detail     string
	secret     bool // the message holds the amount that only the finance right shows
	connection int
}

// injected is a fault that was put in and taken out.
type injected struct {
	name       string
	detail     string
	from, to   time.Duration
	redisDead  bool
	losesWrite bool // commits were lost on purpose
}

// office is what the database held of one office in the end.
type office struct {
	id     string
	marker string // stands in every text that is written in this office, and in no other's
	// logs are what the log was: the last is as it is now; an earlier one ended when commits were lost.
	logs     []history
	position int64 // the counter
	floor    int64
	kept     []int64 // the numbers of the rows still in the log
	floors   []floorMove
	cards    map[string]card
	// addressed are the colleagues to whom each attention is addressed; none means all.
	addressed map[string][]string
}

// history is a whole log; the event with number n stands at n-1.
type history []*logged

// now is the log as it is in the end.
func (o *office) now() history { return o.logs[len(o.logs)-1] }

// logged is an event of the log.
type logged struct {
	number   int64
	id       string
	kind     string
	customer string
	card     string
	version  int
	shownOn  []string // further cards that it is told of
	subject  string
	actor    string
	origin   string
	to       []string // the colleagues that an attention is for; none means all
	changes  []change
}

type change struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
}

// place is the event's position, as the API tells it.
func (e *logged) place() place {
	event := crm.Event{Number: e.number, ID: crm.ID(e.id)}
	return place{number: e.number, text: event.Position().String()}
}

// of is the operation that made the event.
func (e *logged) of() string {
	if e.origin == "" && e.kind == accessEnded {
		return signOutOf(e.subject)
	}
	return e.origin
}

// signOutOf is the id of the operation that ends a session.
func signOutOf(session string) string { return "sign-out-" + session }

// The events of rights. No stream shows them.
const (
	accessEnded   = "ACCESS_ENDED"
	accessChanged = "ACCESS_CHANGED"
)

func (e *logged) ofAccess() bool { return e.kind == accessEnded || e.kind == accessChanged }

func (e *logged) ofAttention() bool {
	return slices.Contains([]string{"ATTENTION_ADDED", "ATTENTION_SEEN", "ATTENTION_ACKNOWLEDGED", "ATTENTION_REMOVED"}, e.kind)
}

// shows tells whether a stream of the scope has the event.
func (s scope) shows(e *logged) bool {
	switch {
	case e.ofAccess():
		return false
	case s.field == "customerEvents":
		return !s.filtered() || e.customer == s.among || e.card == e.customer && !e.ofAttention() // the last might have changed the name
	case s.field == "myAttentions":
		return e.ofAttention() && (len(e.to) == 0 || slices.Contains(e.to, s.user))
	}
	return e.customer == s.card || e.card == s.card || slices.Contains(e.shownOn, s.card)
}

// floorMove is the forgetting of events up to a number.
type floorMove struct {
	floor int64
	at    time.Duration
}

// card is a card as its row says.
type card struct {
	version int
	fields  map[string]any
}

// model is a card as a reader would show it.
type model struct {
	id      string
	place   place // what it was fetched with
	version int
	fields  map[string]any
}

// apply brings the model forward by an event of its card. It tells what does not fit.
func (m *model) apply(version int, changes []change) string {
	if version <= m.version {
		return "" // what was fetched holds it already
	}
	if version != m.version+1 {
		return "the card skips a version"
	}
	m.version = version
	for _, c := range changes {
		now, shown := m.fields[c.Field]
		if !shown {
			continue
		}
		if now != c.From {
			return "the old value of " + c.Field + " is not what was shown"
		}
		m.fields[c.Field] = c.To
	}
	return ""
}

// presence is whom a reader sees to have a card open after the quiet, and who has.
type presence struct {
	reader     int
	card       string
	known      bool // these are said to be all
	seen, open []string
}

// end is when the stream was last heard of.
func (s *stream) end() time.Duration {
	if len(s.steps) == 0 {
		return 0
	}
	return s.steps[len(s.steps)-1].at
}
