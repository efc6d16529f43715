package live_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"klantkaart/live"
)

// office is the one whose log these tests write.
const office = "delta"

// book is a log that can be written, cut off at its beginning, restored, and out of reach.
type book struct {
	mu      sync.Mutex
	events  []live.Event[string]
	floor   int64
	edition uint32 // of the events that are written: a restored log gives the same numbers to others
	before  map[string]live.Place
	broken  bool
	reads   int
}

func newBook() *book { return &book{before: make(map[string]live.Place)} }

var errBroken = errors.New("the log is out of reach")

// write appends an event on topics, and gives it.
func (b *book) write(topics ...string) live.Event[string] {
	b.mu.Lock()
	defer b.mu.Unlock()
	number := b.head() + 1
	previous := live.Place{Number: b.floor}
	if n := len(b.events); n > 0 {
		previous = live.Place{Number: b.events[n-1].Number, Check: b.events[n-1].Check}
	}
	event := live.Event[string]{Number: number, Check: b.edition<<16 + uint32(number), Topics: topics, Size: 100, Value: fmt.Sprint(b.edition, "/", number)}
	b.events = append(b.events, event)
	b.before[event.Value] = previous
	return event
}

func (b *book) head() int64 {
	if len(b.events) == 0 {
		return b.floor
	}
	return b.events[len(b.events)-1].Number
}

// cut lets go of the events up to a number, but never of the last one.
func (b *book) cut(number int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.events) > 1 && b.events[0].Number <= number {
		b.floor = b.events[0].Number
		b.events = b.events[1:]
	}
}

// restore takes the last events back, as a backup that lacks them does.
func (b *book) restore(lost int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = b.events[:max(0, len(b.events)-lost)]
	b.edition++
}

func (b *book) setBroken(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = broken
}

// Read gives events from a number on.
func (b *book) Read(_ context.Context, of string, from int64, limit int) ([]live.Event[string], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.broken || of != office {
		return nil, errBroken
	}
	return b.from(from, limit, ""), nil
}

// from gives events from a number on, those of a topic only if there is one. The caller holds the lock.
func (b *book) from(number int64, limit int, topic string) []live.Event[string] {
	var found []live.Event[string]
	for _, event := range b.events {
		if event.Number >= number && len(found) < limit && (topic == "" || slices.Contains(event.Topics, topic)) {
			found = append(found, event)
		}
	}
	return found
}

// Heads gives the place of the last event.
func (b *book) Heads(_ context.Context, offices []string) (map[string]live.Place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return nil, errBroken
	}
	heads := map[string]live.Place{}
	for _, of := range offices {
		heads[of] = live.Place{}
		if n := len(b.events); of == office && n > 0 {
			heads[of] = live.Place{Number: b.events[n-1].Number, Check: b.events[n-1].Check}
		}
	}
	return heads, nil
}

// admits says what the log says of a place.
func (b *book) admits(at live.Place) (live.Reason, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return live.None, errBroken
	}
	switch found := b.from(at.Number, 1, ""); {
	case at == live.Place{} && b.floor == 0:
		return live.None, nil
	case at.Number <= b.floor:
		return live.TooOld, nil
	case len(found) == 0 || found[0].Number != at.Number || found[0].Check != at.Check:
		return live.Unknown, nil
	}
	return live.None, nil
}

// holds tells whether a place is one of the log, or before what is kept of it. The caller holds the lock.
func (b *book) holds(at live.Place) bool {
	found := b.from(at.Number, 1, "")
	return at.Number <= b.floor || len(found) > 0 && found[0].Number == at.Number && found[0].Check == at.Check
}

// on asks for the events of a topic.
type on struct {
	*book
	topic  string
	merges int
}

// Select takes all.
func (o on) Select(_ context.Context, events []live.Event[string]) ([]live.Event[string], error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken {
		return nil, errBroken
	}
	return events, nil
}

// Replay reads them from the log.
func (o on) Replay(_ context.Context, after int64, limit int) ([]live.Event[string], int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken {
		return nil, 0, errBroken
	}
	return o.from(after+1, limit, o.topic), o.floor, nil
}

// Merges tells from how many events on they become one.
func (o on) Merges() int { return o.merges }

// listener is somebody who listens to a topic.
type listener struct {
	*live.Subscription[string]
	wake chan struct{}
}

// listen subscribes; after may be nil.
func listen(t *testing.T, feed *live.Feed[string], to on, after *live.Place) listener {
	t.Helper()
	l, err := tryListen(feed, to, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func tryListen(feed *live.Feed[string], to on, after *live.Place) (listener, error) {
	if after == nil {
		return subscribe(feed, to, nil, nil)
	}
	return tryListenAt(feed, to, *after, func(context.Context) (live.Reason, error) { return to.admits(*after) })
}

// tryListenAt lets admits say whether the log can be gone on from a place.
func tryListenAt(feed *live.Feed[string], to on, after live.Place, admits func(context.Context) (live.Reason, error)) (listener, error) {
	return subscribe(feed, to, &after, admits)
}

func subscribe(feed *live.Feed[string], to on, after *live.Place, admits func(context.Context) (live.Reason, error)) (listener, error) {
	l := listener{wake: make(chan struct{}, 1)}
	ask := live.Ask[string]{Office: office, Key: to.topic, Topics: []string{to.topic}, Question: to, User: "sanne", After: after, Admits: admits, Wake: func() {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}}
	sub, err := feed.Subscribe(context.Background(), ask)
	l.Subscription = sub
	return l, err
}

// take gives the next notice without waiting.
func (l listener) take(t *testing.T) *live.Entry[string] {
	t.Helper()
	synctest.Wait()
	entry, err := l.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// expect takes the notices that are there, which are of a kind and at these numbers.
func (l listener) expect(t *testing.T, kind live.Kind, numbers ...int64) {
	t.Helper()
	for _, number := range numbers {
		if got := l.take(t); got == nil || got.Kind != kind || got.At.Number != number {
			t.Fatalf("took %+v, want kind %d at %d", got, kind, number)
		}
	}
}

func (l listener) expectNothing(t *testing.T) {
	t.Helper()
	if got := l.take(t); got != nil {
		t.Fatalf("took %+v, want nothing", got.Notice)
	}
}

// onFeed runs a test with a log and a feed of it that looks by itself.
func onFeed(t *testing.T, name string, options live.Options[string], body func(t *testing.T, b *book, feed *live.Feed[string])) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBook()
			feed := live.NewFeed[string](b, options)
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { feed.Run(ctx) })
			t.Cleanup(func() {
				cancel()
				running.Wait()
				feed.Close()
			})
			body(t, b, feed)
		})
	})
}

// elapse lets time pass; in these tests it takes none.
func elapse(d time.Duration) { <-time.After(d) }

// commit tells a feed of events that its own node wrote.
func (b *book) commit(feed *live.Feed[string], events ...live.Event[string]) {
	b.mu.Lock()
	before := b.before[events[0].Value]
	b.mu.Unlock()
	feed.Committed(office, &before, events)
}

// heard tells a feed that the log has reached an event.
func heard(feed *live.Feed[string], event live.Event[string]) {
	feed.Heard(office, live.Place{Number: event.Number, Check: event.Check})
}

func TestFeed(t *testing.T) {
	t.Parallel()
	usual := live.Options[string]{}
	onFeed(t, "gives what this node commits, in order, without reading the log", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		b.write("a")
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 1)
		l.expectNothing(t)
		b.commit(feed, b.write("a"), b.write("b"), b.write("a", "b"))
		l.expect(t, live.Happened, 2, 4)
		l.expectNothing(t)
		if b.reads != 0 {
			t.Errorf("the log was read %d times", b.reads)
		}
	})
	onFeed(t, "reads what other nodes tell of, and what comes before its turn", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		heard(feed, b.write("a"))
		l.expect(t, live.Happened, 1)
		early, late := b.write("a"), b.write("a")
		b.commit(feed, late)
		elapse(time.Second)
		l.expect(t, live.Happened, 2, 3)
		b.commit(feed, early)
		l.expectNothing(t)
	})
	onFeed(t, "holds what overtook others for a moment, and reads when they do not come", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		first, second, third, fourth := b.write("a"), b.write("a"), b.write("a"), b.write("a")
		for _, late := range []live.Event[string]{third, second, first} {
			b.commit(feed, late)
		}
		l.expect(t, live.Happened, 1, 2, 3)
		elapse(time.Second)
		if b.reads != 0 {
			t.Errorf("the log was read %d times", b.reads)
		}
		b.commit(feed, fourth)
		b.write("a")
		b.commit(feed, b.write("a"))
		l.expect(t, live.Happened, 4)
		elapse(time.Second)
		l.expect(t, live.Happened, 5, 6)
		if b.reads != 1 {
			t.Errorf("the log was read %d times, want once", b.reads)
		}
	})
	onFeed(t, "does not take in what waited behind another log", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.write("a")
		b.commit(feed, b.write("a"))
		b.restore(2)
		b.commit(feed, b.write("a"))
		l.expect(t, live.Happened, 1)
		elapse(time.Second)
		l.expectNothing(t)
	})
	onFeed(t, "reads on where a reading was full, from the first event of a log too", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		first := b.write("a")
		numbers := []int64{1}
		for range 600 {
			numbers = append(numbers, b.write("a").Number)
		}
		heard(feed, first)
		l.expect(t, live.Happened, numbers...)
	})
	onFeed(t, "is not led astray by a signal that is not true", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		for _, number := range []int64{1_000_000, 1, -5} {
			feed.Heard(office, live.Place{Number: number, Check: 9})
			feed.Heard("elsewhere", live.Place{Number: number})
		}
		l.expectNothing(t)
		b.commit(feed, b.write("a"))
		l.expect(t, live.Happened, 1)
	})
	onFeed(t, "finds by itself what no signal told of, sooner when it knows that it hears nothing", live.Options[string]{Poll: 5 * time.Second, Alert: time.Second,
		Deaf: func() bool { return true }}, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.write("a")
		l.expectNothing(t)
		elapse(2 * time.Second)
		l.expect(t, live.Happened, 1)
	})
	onFeed(t, "tries again while the log is out of reach", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.setBroken(true)
		heard(feed, b.write("a"))
		elapse(time.Minute)
		l.expectNothing(t)
		b.setBroken(false)
		elapse(2 * time.Second)
		l.expect(t, live.Happened, 1)
	})
	onFeed(t, "goes on from a place: in the stream, in the ring, in the log", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		var all []live.Event[string]
		for range 3 {
			all = append(all, b.write("a"))
		}
		to := on{book: b, topic: "a"}
		from := func(event live.Event[string]) listener {
			return listen(t, feed, to, &live.Place{Number: event.Number, Check: event.Check})
		}
		l := from(all[0])
		if first := l.take(t); first.Kind != live.Begin || !first.Again || first.At.Number != 1 {
			t.Fatalf("begins with %+v", first)
		}
		l.expect(t, live.Happened, 2, 3)
		again := listen(t, feed, to, &live.Place{})
		again.expect(t, live.Begin, 0)
		again.expect(t, live.Happened, 1, 2, 3)
		for range 10_000 {
			event := b.write("b")
			b.commit(feed, event)
		}
		l.expectNothing(t)
		late := from(all[1])
		late.expect(t, live.Begin, 2)
		late.expect(t, live.Happened, 3)
		late.expectNothing(t)
	})
	onFeed(t, "reads the log once for all who come back", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		var all []live.Event[string]
		for range 400 {
			all = append(all, b.write("a"))
		}
		for i := range 300 {
			l := listen(t, feed, on{book: b, topic: "a"}, &live.Place{Number: all[399-i].Number, Check: all[399-i].Check})
			l.expect(t, live.Begin, int64(400-i))
			for n := range i {
				l.expect(t, live.Happened, int64(401-i+n))
			}
			l.expectNothing(t)
		}
		if b.reads != 1 {
			t.Errorf("the log was read %d times", b.reads)
		}
	})
	onFeed(t, "tells a place that is too old from one that never was", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		for range 10 {
			b.write("a")
		}
		b.cut(5)
		for place, want := range map[live.Place]live.Reason{{Number: 5, Check: 5}: live.TooOld, {}: live.TooOld, {Number: 7, Check: 8}: live.Unknown,
			{Number: 11, Check: 11}: live.Unknown, {Number: -1}: live.Unknown} {
			l := listen(t, feed, on{book: b, topic: "a"}, &place)
			if first := l.take(t); first.Kind != live.Resync || first.Reason != want || first.At.Number != 10 {
				t.Errorf("from %+v: begins with %+v, want reason %d", place, first.Notice, want)
			}
			l.expectNothing(t)
		}
	})
	onFeed(t, "notices that the log was restored, and tells everyone once", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.commit(feed, b.write("a"), b.write("a"), b.write("a"))
		l.expect(t, live.Happened, 1, 2, 3)
		b.restore(2)
		b.write("a")
		b.write("a")
		b.commit(feed, b.write("a")) // comes behind another third event than the one known
		if got := l.take(t); got.Kind != live.Resync || got.Reason != live.Unknown || got.At.Number != 4 {
			t.Fatalf("took %+v", got)
		}
		l.expectNothing(t)
		b.commit(feed, b.write("a"))
		l.expect(t, live.Happened, 5)
		b.restore(1)
		heard(feed, b.write("a"))
		if got := l.take(t); got.Kind != live.Resync || got.Reason != live.Unknown || got.At.Number != 5 {
			t.Fatalf("took %+v", got)
		}
	})
	begun := 0
	counting := live.Options[string]{Anew: func(string, live.Place) { begun++ }}
	onFeed(t, "says when what happened before has not passed", counting, func(t *testing.T, b *book, feed *live.Feed[string]) {
		follow := func() (release func()) {
			release, _, err := feed.Follow(t.Context(), office)
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		demand := func(want int) {
			t.Helper()
			synctest.Wait()
			if begun != want {
				t.Errorf("begun anew %d times, want %d", begun, want)
			}
		}
		first, second := follow(), follow()
		b.commit(feed, b.write("a"), b.write("a"), b.write("a"))
		first()
		demand(1)
		second()
		third := follow()
		demand(2)
		b.restore(1)
		heard(feed, b.write("a"))
		demand(3)
		third()
	})
	onFeed(t, "says how far it is when it is quiet and its office is not", live.Options[string]{Checkpoint: time.Minute}, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		elapse(3 * time.Minute)
		l.expectNothing(t)
		b.commit(feed, b.write("b"))
		elapse(2 * time.Second)
		l.expect(t, live.Checkpoint, 1)
		elapse(3 * time.Minute)
		l.expectNothing(t)
		for range 1000 {
			b.commit(feed, b.write("b"))
		}
		elapse(2 * time.Second)
		l.expect(t, live.Checkpoint, 1001)
		l.expectNothing(t)
		late := listen(t, feed, on{book: b, topic: "a"}, &live.Place{})
		late.expect(t, live.Begin, 0)
		late.expect(t, live.Checkpoint, 1001)
		late.expectNothing(t)
	})
	onFeed(t, "says so to who comes back to where the log is just being cut", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		place := live.Place{Number: 3, Check: 3}
		for range 5 {
			b.write("a", "b")
			b.write("b")
		}
		b.cut(3)
		l, err := tryListenAt(feed, on{book: b, topic: "c"}, place, func(context.Context) (live.Reason, error) { return live.None, nil })
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		l.expect(t, live.Begin, 3)
		l.expect(t, live.Checkpoint, 10)
		l.expectNothing(t)
	})
	onFeed(t, "says so too when it has looked already", live.Options[string]{Checkpoint: time.Minute}, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.commit(feed, b.write("b"))
		l.Poke() // somebody else has it look
		l.expectNothing(t)
		elapse(2 * time.Minute)
		select {
		case <-l.wake:
		default:
			t.Fatal("nobody was woken")
		}
		l.expect(t, live.Checkpoint, 1)
	})
	onFeed(t, "merges what waits where that is wished", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a", merges: 3}, nil)
		l.expect(t, live.Begin, 0)
		for range 5 {
			b.commit(feed, b.write("a"))
		}
		if got := l.take(t); got.Kind != live.Merged || got.At.Number != 5 || len(got.Events) != 5 {
			t.Fatalf("took %+v", got)
		}
		for range 3 {
			b.commit(feed, b.write("a"))
		}
		l.expect(t, live.Happened, 6, 7, 8)
	})
	onFeed(t, "ends where the rights of a subscriber change, having given all before", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		l := listen(t, feed, on{book: b, topic: "a"}, nil)
		l.expect(t, live.Begin, 0)
		b.commit(feed, b.write("a"), b.write("a"))
		at := b.write()
		l.Move(live.Place{Number: at.Number, Check: at.Check})
		b.commit(feed, at, b.write("a"))
		l.expect(t, live.Happened, 1, 2)
		if _, err := l.Next(t.Context()); !errors.Is(err, live.ErrMoved) || l.Ended().Number != 3 {
			t.Fatalf("went on: %v", err)
		}
	})
	onFeed(t, "never ends before the place that a subscriber came with", usual, func(t *testing.T, b *book, feed *live.Feed[string]) {
		ahead := listen(t, feed, on{book: b, topic: "b"}, nil)
		ahead.expect(t, live.Begin, 0)
		first, second := b.write("a"), b.write("a") // the node has not heard of them
		l := listen(t, feed, on{book: b, topic: "a"}, &live.Place{Number: second.Number, Check: second.Check})
		l.expect(t, live.Begin, 2)
		l.Move(live.Place{Number: first.Number, Check: first.Check})
		if _, err := l.Next(t.Context()); !errors.Is(err, live.ErrMoved) || l.Ended().Number != 2 {
			t.Fatalf("went back to %d: %v", l.Ended().Number, err)
		}
	})
	t.Run("shows each event before any stream can see it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b, seen := newBook(), []int64{}
			var l listener
			feed := live.NewFeed[string](b, live.Options[string]{Watch: func(of string, event live.Event[string]) func() {
				entry, err := l.Next(context.Background())
				if of != office || err != nil || entry != nil {
					t.Errorf("event %d of %s was there already: %v", event.Number, of, err)
				}
				return func() { seen = append(seen, event.Number) }
			}})
			defer feed.Close()
			l = listen(t, feed, on{book: b, topic: "a"}, nil)
			l.expect(t, live.Begin, 0)
			b.commit(feed, b.write("a"), b.write("a"))
			l.expect(t, live.Happened, 1, 2)
			if !slices.Equal(seen, []int64{1, 2}) {
				t.Errorf("seen %v", seen)
			}
		})
	})
}

// TestNothingIsLostAndNothingComesTwice lets writers, readers and faults have their way, and compares what
// each reader got with what was written.
func TestNothingIsLostAndNothingComesTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("with seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newTrial(t, seed).run() })
		})
	}
}

// trial is one run of that test.
type trial struct {
	*testing.T
	book *book
	feed *live.Feed[string]
	dice *rand.Rand
	mu   sync.Mutex
	over chan struct{}
}

func newTrial(t *testing.T, seed uint64) *trial {
	b := newBook()
	return &trial{T: t, book: b, feed: live.NewFeed[string](b, live.Options[string]{Checkpoint: 3 * time.Second}),
		dice: rand.New(rand.NewPCG(seed, 7)), over: make(chan struct{})}
}

// roll gives a number below n.
func (t *trial) roll(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dice.IntN(n)
}

func (t *trial) run() {
	ctx, cancel := context.WithCancel(t.Context())
	var beside, readers sync.WaitGroup
	beside.Go(func() { t.feed.Run(ctx) })
	topics := []string{"a", "b", "c"}
	for i := range 12 {
		readers.Go(func() { (&reader{trial: t, to: on{book: t.book, topic: topics[i%3]}}).read() })
	}
	for range 1000 {
		t.step(topics)
	}
	t.book.setBroken(false)
	elapse(time.Minute) // all is told, and all have come back
	close(t.over)
	readers.Wait()
	cancel()
	beside.Wait()
	t.feed.Close()
}

// step writes an event or two that this node hears of in some way, or lets something happen to the log.
func (t *trial) step(topics []string) {
	elapse(time.Duration(t.roll(200)) * time.Millisecond)
	switch fault := t.roll(100); {
	case fault == 0:
		t.book.setBroken(true)
	case fault < 5:
		t.book.setBroken(false)
	case fault == 5:
		t.book.cut(int64(t.roll(1000)))
	case fault == 6 && t.roll(4) == 0:
		t.book.restore(t.roll(5) + 1)
	default:
		events := []live.Event[string]{t.book.write(topics[t.roll(3)])}
		if t.roll(3) == 0 {
			events = append(events, t.book.write(topics[t.roll(3)], "x"))
		}
		switch t.roll(5) {
		case 0: // nobody tells
		case 1:
			t.feed.Heard(office, live.Place{Number: events[0].Number + int64(t.roll(3)), Check: events[0].Check})
		case 2:
			slices.Reverse(events)
			for _, event := range events {
				t.book.commit(t.feed, event)
			}
		default:
			t.book.commit(t.feed, events...)
		}
	}
}

// reader listens, is slow now and then, goes away and comes back where it was.
type reader struct {
	*trial
	to      on
	last    live.Place
	begun   bool
	unknown uint32 // times that its place was not known
}

func (r *reader) read() {
	for {
		l, err := tryListen(r.feed, r.to, r.after())
		if err != nil {
			if !errors.Is(err, errBroken) {
				r.Error(err)
			}
			if r.rest(500) {
				return
			}
			continue
		}
		over := r.follow(l)
		l.Close()
		if over || r.rest(3000) {
			return
		}
	}
}

// rest waits up to so many milliseconds, and tells whether the trial is over.
func (r *reader) rest(ms int) (over bool) {
	select {
	case <-r.over:
		return true
	case <-time.After(time.Duration(r.roll(ms)) * time.Millisecond):
		return false
	}
}

func (r *reader) after() *live.Place {
	if !r.begun {
		return nil
	}
	at := r.last
	return &at
}

// follow takes what comes, until the reader has enough of it for now; over when the trial is.
func (r *reader) follow(l listener) (over bool) {
	for {
		entry, err := l.Next(context.Background())
		switch {
		case err != nil && !errors.Is(err, errBroken):
			r.Error(err)
			return true
		case err != nil:
			if r.rest(100) {
				return true
			}
			continue
		case entry != nil:
			r.check(entry.Notice)
			if r.roll(30) == 0 {
				return r.rest(2000)
			}
			continue
		}
		if r.roll(60) == 0 {
			return false
		}
		select {
		case <-l.wake:
		case <-r.over:
			r.checkEnd()
			return true
		}
	}
}

// check compares a notice with the log.
func (r *reader) check(notice live.Notice[string]) {
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	switch notice.Kind {
	case live.Resync:
		if r.begun && notice.Reason == live.TooOld && r.last.Number > r.book.floor {
			r.Errorf("told to begin anew, though %d lies behind the floor %d", r.last.Number, r.book.floor)
		}
		if notice.Reason == live.Unknown {
			r.unknown++
		}
		if r.unknown > r.book.edition {
			r.Errorf("told %d times that its place is unknown, though the log was restored %d times", r.unknown, r.book.edition)
		}
	case live.Begin:
		if r.begun && notice.At != r.last {
			r.Errorf("begins at %+v instead of %+v", notice.At, r.last)
		}
	case live.Happened:
		r.checkNext(notice.At, true)
	case live.Checkpoint:
		r.checkNext(notice.At, false)
	}
	r.last, r.begun = notice.At, true
}

// checkNext checks that nothing of the topic lies between the last place and the next one.
func (r *reader) checkNext(next live.Place, mine bool) {
	if next.Number <= r.last.Number {
		r.Errorf("%d comes after %d", next.Number, r.last.Number)
	}
	if !r.book.holds(r.last) || !r.book.holds(next) {
		return // it is of the log that was
	}
	for _, event := range r.book.from(r.last.Number+1, 1<<20, r.to.topic) {
		if event.Number < next.Number || (event.Number == next.Number) != mine && event.Number == next.Number {
			r.Errorf("%s was not told between %d and %d", event.Value, r.last.Number, next.Number)
		}
	}
}

// checkEnd checks that a reader who is up to date has got everything.
func (r *reader) checkEnd() {
	r.book.mu.Lock()
	defer r.book.mu.Unlock()
	if missing := r.book.from(r.last.Number+1, 1<<20, r.to.topic); len(missing) > 0 {
		r.Errorf("%d events on %s were never told, the first is %s", len(missing), r.to.topic, missing[0].Value)
	}
}
