package live

import (
	"context"
	"log/slog"
	"slices"
	"sort"
	"sync"
	"time"
)

// Kind is what a notice tells.
type Kind int

// The kinds of notice.
const (
	Begin      Kind = iota // from here on nothing is missed
	Resync                 // what lies before here cannot be told: fetch anew, then go on
	Happened               // one event
	Merged                 // several events, for who is far behind and wants them so
	Checkpoint             // nothing happened up to here
)

// Reason is why a Resync is needed.
type Reason int

// The reasons.
const (
	None    Reason = iota
	TooOld         // the events behind the place are no longer kept
	Unknown        // the place is not one of this log
	Access         // the rights of the subscriber have changed
)

// Notice is one thing that a subscriber is told.
type Notice[V any] struct {
	Kind   Kind
	Reason Reason
	At     Place      // where the subscriber is behind it
	Again  bool       // of Begin: what was missed since the place follows
	Events []Event[V] // of Happened one, of Merged several, oldest first
}

// Question is what all subscribers of a stream ask.
type Question[V any] interface {
	// Select keeps those of the events that the question is about. It may look into the database.
	Select(ctx context.Context, events []Event[V]) ([]Event[V], error)
	// Replay reads from the log the next events on the question's topics behind a number, at most limit, and
	// then up to where the log is no longer told from: the node does not remember so many. Select chooses
	// among them afterwards.
	Replay(ctx context.Context, after int64, limit int) (events []Event[V], floor int64, err error)
	// Merges tells from how many events on that wait for a subscriber they become one notice; 0 for never.
	Merges() int
}

// The measures of a stream.
const (
	keptEntries  = 1024 // that a stream keeps for those who are late
	replayLength = 100  // events that are replayed from the log at once
	checkpointAt = 1000 // events of the office that were not for the stream, after which it tells how far it is
)

// Entry is a notice that many subscribers get. What is made of it once, for all of them, hangs on it.
type Entry[V any] struct {
	Notice[V]
	// Shared is for the one who makes answers of notices; it guards itself.
	Shared Answer
}

// Answer is what was made of an entry.
type Answer struct {
	sync.Mutex
	Made      []byte
	Heard     map[string]bool // who was told of it, where that matters
	Tries     int             // that failed
	notBefore time.Time       // another is to be made
}

// Rest has the next try wait.
func (a *Answer) Rest(pause time.Duration) { a.notBefore = time.Now().Add(pause) }

// Resting tells whether it is too early for another try.
func (a *Answer) Resting() bool { return time.Now().Before(a.notBefore) }

// Stream is what those share who ask the same of an office's log.
type Stream[V any] struct {
	office   *office[V]
	key      string
	topics   []string
	question Question[V]
	filling  sync.Mutex // one looks up what was missed for all who come back

	mu      sync.Mutex
	entries []*Entry[V] // all that lie behind floor, up to checked
	floor   int64
	checked Place
	lost    int // times that the office lost track
	swept   int64
	told    int64 // the number of the last entry, or where the stream began
	toldAt  time.Time
	due     bool // a checkpoint is
	members []*Subscription[V]
	users   map[string]int
	running bool
	poked   bool
}

// poke says that there may be something new. It never waits.
func (s *Stream[V]) poke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.poked = true
	if !s.running {
		s.running = s.office.feed.work(s.run)
	}
}

// run takes in what is new and wakes the members, until there is nothing new.
func (s *Stream[V]) run() {
	pause := retryFirst
	var woken []*Subscription[V]
	for {
		s.mu.Lock()
		if !s.poked || s.office.feed.ctx.Err() != nil {
			s.running = false
			s.mu.Unlock()
			return
		}
		s.poked = false
		s.mu.Unlock()
		news, err := s.advance()
		if err != nil {
			slog.Warn("events could not be chosen; trying again", slog.String("office", s.office.id), slog.Any("error", err))
			if !s.rest(pause) {
				return
			}
			pause = min(2*pause, retryLast)
			continue
		}
		pause = retryFirst
		s.mu.Lock()
		woken = s.toWake(woken[:0], news)
		s.mu.Unlock()
		for _, member := range woken {
			member.wake()
		}
		clear(woken)
	}
}

// rest waits before another try; false when the feed has stopped.
func (s *Stream[V]) rest(pause time.Duration) bool {
	select {
	case <-time.After(pause):
	case <-s.office.feed.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.poked = true
	if s.office.feed.ctx.Err() != nil {
		s.running = false
		return false
	}
	return true
}

// toWake lists whom news concern; without any only those who wait to be moved elsewhere.
func (s *Stream[V]) toWake(into []*Subscription[V], news bool) []*Subscription[V] {
	if news {
		return append(into, s.members...)
	}
	for _, member := range s.members {
		if member.limit != nil {
			into = append(into, member)
		}
	}
	return into
}

// advance takes in the events behind those that were looked at. Only run calls it.
func (s *Stream[V]) advance() (news bool, err error) {
	if s.follows() {
		return true, nil
	}
	s.mu.Lock()
	from := s.checked.Number
	s.mu.Unlock()
	head, _ := s.office.head()
	events, held := s.office.held(from)
	if !held {
		if events, head, err = s.replayed(from, head); err != nil {
			return false, err
		}
	} else if len(events) > 0 {
		head = events[len(events)-1].place()
	}
	chosen, err := s.choose(events)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, event := range chosen {
		s.append(Notice[V]{Kind: Happened, At: event.place(), Events: []Event[V]{event}})
	}
	if head.Number > s.checked.Number {
		s.checked = head
	}
	news = len(chosen) > 0
	if s.due && s.told < s.checked.Number {
		s.append(Notice[V]{Kind: Checkpoint, At: s.checked})
		news = true
	}
	s.due = false
	return news, nil
}

// follows notices that the office lost track, and begins anew where the office did.
func (s *Stream[V]) follows() (anew bool) {
	s.office.mu.Lock()
	lost := s.office.lost
	s.office.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if lost.times == s.lost {
		return false
	}
	s.lost = lost.times
	s.restart(lost)
	return true
}

// restart begins anew at a place, and has every member told so; the caller holds the lock.
func (s *Stream[V]) restart(lost reset) {
	s.entries, s.checked = nil, lost.at
	s.floor, s.swept, s.told = lost.at.Number, lost.at.Number, lost.at.Number
	for _, member := range s.members {
		member.lost = &lost
	}
	s.poked = true // the ring may have moved on since
}

// replayed reads the events behind a number from the log itself: the ring has let some of them go before
// the stream could look at them.
func (s *Stream[V]) replayed(from int64, head Place) ([]Event[V], Place, error) {
	ctx, cancel := context.WithTimeout(s.office.feed.ctx, readTimeout)
	defer cancel()
	s.office.feed.reads.Add(1)
	events, floor, err := s.question.Replay(ctx, from, replayLength)
	if err != nil {
		return nil, head, err
	}
	s.office.mu.Lock()
	lost := s.office.lost.times
	s.office.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if floor > from {
		if lost == s.lost { // otherwise all begin anew anyway
			s.restart(reset{at: head, reason: TooOld, before: floor})
		}
		return nil, head, nil
	}
	whole := len(events) < replayLength
	events = untilNumber(events, head.Number)
	if whole || len(events) == 0 {
		return events, head, nil
	}
	s.poked = true
	return events, events[len(events)-1].place(), nil
}

// untilNumber leaves out what lies behind a number: it has not passed here yet.
func untilNumber[V any](events []Event[V], last int64) []Event[V] {
	for len(events) > 0 && events[len(events)-1].Number > last {
		events = events[:len(events)-1]
	}
	return events
}

// choose keeps the events that the stream is about.
func (s *Stream[V]) choose(events []Event[V]) ([]Event[V], error) {
	var mine []Event[V]
	for _, event := range events {
		if slices.ContainsFunc(event.Topics, func(topic string) bool { return slices.Contains(s.topics, topic) }) {
			mine = append(mine, event)
		}
	}
	if len(mine) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(s.office.feed.ctx, readTimeout)
	defer cancel()
	return s.question.Select(ctx, mine)
}

// append puts a notice at the end; the caller holds the lock.
func (s *Stream[V]) append(notice Notice[V]) {
	s.entries = append(s.entries, &Entry[V]{Notice: notice})
	s.told, s.toldAt = notice.At.Number, time.Now()
	if len(s.entries) > keptEntries {
		s.drop(len(s.entries) / 2)
	}
}

// drop lets the oldest entries go: who still needs them finds them in the ring or in the log.
func (s *Stream[V]) drop(n int) {
	if n == 0 {
		return
	}
	s.floor = s.entries[n-1].At.Number
	s.entries = slices.Clone(s.entries[n:])
}

// from gives where in entries those begin that lie behind a number.
func (s *Stream[V]) from(number int64) int {
	return sort.Search(len(s.entries), func(i int) bool { return s.entries[i].At.Number > number })
}

// tidy lets go of the entries that were there at the last tidying already and that nobody waits for, and
// asks for a checkpoint when it is time for one.
func (s *Stream[V]) tidy(now time.Time, interval time.Duration) {
	head, _ := s.office.head()
	s.mu.Lock()
	s.drop(s.from(s.swept))
	s.swept = s.checked.Number
	if s.toldAt.IsZero() {
		s.toldAt = now
	}
	missed := head.Number - s.told
	s.due = s.due || missed >= checkpointAt || (missed > 0 && now.Sub(s.toldAt) >= interval)
	due := s.due
	s.mu.Unlock()
	if due {
		s.poke()
	}
}

// Users are the distinct users that listen, for what is recorded of each.
func (s *Stream[V]) Users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make([]string, 0, len(s.users))
	for user := range s.users {
		users = append(users, user)
	}
	return users
}
