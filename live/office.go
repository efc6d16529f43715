package live

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"
)

// The measures of reading a log.
const (
	readLength  = 500              // events at once
	readTimeout = 10 * time.Second // for one reading
	retryFirst  = 50 * time.Millisecond
	retryLast   = time.Second
	reachAtOnce = 512 // events that are read at least when somebody comes back with an old place
)

// office is the log of one office as this node knows it.
type office[V any] struct {
	feed      *Feed[V]
	id        string
	followers int // under the feed's lock

	beginning sync.Mutex // one reads the head for all
	reaching  sync.Mutex // one reads older events for all
	passing   sync.Mutex // events pass one after the other: Watch, ring, streams

	early map[Place][]Event[V] // commits that overtook those before them, by the place behind which they lie; under passing

	mu      sync.Mutex
	begun   bool
	ring    ring[V]
	wanted  int64 // the log is said to reach so far
	reading bool
	lost    reset // the last time the log was not the one that was known
	streams map[string]*Stream[V]
	byTopic map[string]map[*Stream[V]]struct{}
}

// reset tells streams that what they were following is gone.
type reset struct {
	times  int
	at     Place
	reason Reason
	before int64 // only who is before this number has missed something
}

func newOffice[V any](f *Feed[V], id string) *office[V] {
	return &office[V]{feed: f, id: id, early: make(map[Place][]Event[V]), streams: make(map[string]*Stream[V]), byTopic: make(map[string]map[*Stream[V]]struct{})}
}

// begin reads the head of the log, once.
func (o *office[V]) begin(ctx context.Context) error {
	o.beginning.Lock()
	defer o.beginning.Unlock()
	if _, begun := o.head(); begun {
		return nil
	}
	heads, err := o.feed.log.Heads(ctx, []string{o.id})
	if err != nil {
		return err
	}
	o.feed.options.Anew(o.id, heads[o.id])
	o.mu.Lock()
	o.begun, o.ring.base = true, heads[o.id]
	o.mu.Unlock()
	o.want(0) // signals may have come meanwhile
	return nil
}

func (o *office[V]) head() (Place, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ring.head(), o.begun
}

// look has the log read up to a place, unless it is known already.
func (o *office[V]) look(at Place) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wanted = max(o.wanted, at.Number)
	_, same := o.ring.knows(at)
	if o.begun && !o.reading && !same && at.Number >= o.ring.base.Number {
		o.startReading()
	}
}

// want has the log read up to a number, unless that is known already.
func (o *office[V]) want(number int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wanted = max(o.wanted, number)
	if o.begun && !o.reading && o.wanted > o.ring.head().Number {
		o.startReading()
	}
}

// compare looks at the log when its head is not the one that was known a moment before: it has grown, or
// it is another log, restored or taken over, that has fallen back.
func (o *office[V]) compare(was, is Place) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wanted = max(o.wanted, is.Number)
	if o.reading || (is.Number > was.Number && o.ring.head().Number >= is.Number) {
		return
	}
	o.startReading()
}

// startReading begins to read the log; the caller holds the lock.
func (o *office[V]) startReading() {
	o.reading = o.feed.work(o.catchUp)
}

// catchUp reads the log until it is as far as is known to be. While the log cannot be read it tries again,
// with growing pauses.
func (o *office[V]) catchUp() {
	pause := retryFirst
	for {
		more, err := o.readOn()
		switch {
		case err == nil && !more:
			return
		case err == nil:
			pause = retryFirst
			continue
		}
		slog.Warn("a log could not be read; trying again", slog.String("office", o.id), slog.Any("error", err))
		select {
		case <-o.feed.ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, retryLast)
	}
}

// readOn reads the next events, beginning with the last one known, which must be the same still.
func (o *office[V]) readOn() (more bool, err error) {
	o.mu.Lock()
	head, wanted := o.ring.head(), o.wanted
	o.mu.Unlock()
	events, err := o.read(max(head.Number, 1), readLength)
	if err != nil {
		return false, err
	}
	o.passing.Lock()
	defer o.passing.Unlock()
	if now, _ := o.head(); now != head { // events passed meanwhile, each behind the one that was known
		return !o.caughtUp(0), nil
	}
	if head.Number > 0 && (len(events) == 0 || events[0].place() != head) {
		if len(events) > 0 && events[0].Number > head.Number { // what lies between is no longer kept
			return true, o.loseTrack(TooOld, events[0].Number-1)
		}
		return true, o.loseTrack(Unknown, math.MaxInt64)
	}
	if head.Number > 0 {
		events = events[1:]
	}
	o.pass(events)
	o.passEarly()
	if len(events) >= readLength-1 {
		return true, nil
	}
	return !o.caughtUp(wanted), nil
}

// caughtUp ends the reading when what is wanted has come, but for what was looked for in vain: up to a number.
func (o *office[V]) caughtUp(sought int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.wanted > max(sought, o.ring.head().Number) {
		return false
	}
	o.wanted, o.reading = o.ring.head().Number, false
	return true
}

func (o *office[V]) read(from int64, limit int) ([]Event[V], error) {
	ctx, cancel := context.WithTimeout(o.feed.ctx, readTimeout)
	defer cancel()
	o.feed.reads.Add(1)
	return o.feed.log.Read(ctx, o.id, from, limit)
}

// loseTrack begins anew at the head of a log that does not go on where this node was: it was restored, or
// the node slept for so long that the events behind its place are no longer kept. Every stream tells it to
// those who are before a number.
func (o *office[V]) loseTrack(reason Reason, before int64) error {
	ctx, cancel := context.WithTimeout(o.feed.ctx, readTimeout)
	defer cancel()
	heads, err := o.feed.log.Heads(ctx, []string{o.id})
	if err != nil {
		return err
	}
	is := heads[o.id]
	o.feed.options.Anew(o.id, is)
	clear(o.early)
	o.mu.Lock()
	o.ring = ring[V]{base: is}
	o.wanted = is.Number
	o.lost = reset{o.lost.times + 1, is, reason, before}
	streams := o.list()
	o.mu.Unlock()
	for _, s := range streams {
		s.poke()
	}
	return nil
}

// pass takes in the next events; the caller holds passing, and has seen that they are the next. Watch sees
// them before any stream does.
func (o *office[V]) pass(events []Event[V]) {
	var after []func()
	for i, event := range events {
		if then := o.feed.options.Watch(o.id, event); then != nil {
			after = append(after, then)
		}
		events[i].Beside = nil
	}
	concerned := map[*Stream[V]]struct{}{}
	o.mu.Lock()
	for _, event := range events {
		if o.feed.options.Forgets(event) {
			o.forget()
		}
		if !o.ring.add(event) {
			break
		}
		for _, topic := range event.Topics {
			for s := range o.byTopic[topic] {
				concerned[s] = struct{}{}
			}
		}
	}
	o.mu.Unlock()
	for s := range concerned {
		s.poke()
	}
	for _, then := range after {
		then()
	}
}

// forget lets go of all events that are held: the log tells of them otherwise now. Nobody loses his place; the
// caller holds the lock.
func (o *office[V]) forget() {
	o.ring = ring[V]{base: o.ring.head()}
	for _, s := range o.list() {
		s.forget()
	}
}

// admits tells whether one can go on from a place as far as the ring knows; false when it does not know.
func (o *office[V]) admits(place Place) (known, same bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ring.knows(place)
}

// after gives the events behind a number. When the ring does not reach so far back it is filled from the
// log, by one for all who wait; ok is false when it has no room for so many.
func (o *office[V]) after(number int64) (events []Event[V], ok bool, err error) {
	if events, ok = o.held(number); ok {
		return events, true, nil
	}
	o.reaching.Lock()
	defer o.reaching.Unlock()
	if events, ok = o.held(number); ok {
		return events, true, nil
	}
	o.mu.Lock()
	first, length := o.ring.base, len(o.ring.events)
	o.mu.Unlock()
	if first.Number-number+int64(length) > ringLength {
		return nil, false, nil
	}
	if err := o.reachBack(first, number, length); err != nil {
		return nil, false, err
	}
	events, ok = o.held(number)
	return events, ok, nil
}

func (o *office[V]) held(number int64) ([]Event[V], bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ring.after(number)
}

// reachBack reads the events between a number and the first one held, and as many more as make it likely
// that the next who comes back needs no reading.
func (o *office[V]) reachBack(first Place, number int64, length int) error {
	room := int64(ringLength - length)
	from := max(1, min(number, first.Number-min(reachAtOnce, room)))
	older, err := o.read(from, int(first.Number-from)+1)
	if err != nil {
		return err
	}
	if len(older) == 0 || older[len(older)-1].place() != first {
		return nil // not the log that was known: reading on finds that out
	}
	base := Place{}
	if older[0].Number > 1 {
		base, older = older[0].place(), older[1:]
	}
	if base.Number > number {
		return nil // no longer kept
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ring.base == first {
		o.ring.reach(base, older)
	}
	return nil
}

func (o *office[V]) all() []*Stream[V] {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.list()
}

func (o *office[V]) list() []*Stream[V] {
	all := make([]*Stream[V], 0, len(o.streams))
	for _, s := range o.streams {
		all = append(all, s)
	}
	return all
}
