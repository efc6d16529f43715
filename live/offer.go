package live

import (
	"maps"
	"time"
)

// The measures of commits that overtook those before them.
const (
	earlyLength = 64                    // that are held at most
	earlyTime   = 20 * time.Millisecond // that they are held before the log is read
)

// offer takes in events that were committed. Commits overtake each other on the way here by a little: those that come
// before their turn wait for it for a moment. Then, or when they lie behind another event than the last one known, the
// log is read.
func (o *office[V]) offer(before *Place, events []Event[V]) {
	o.passing.Lock()
	defer o.passing.Unlock()
	last := events[len(events)-1].place()
	head, begun := o.head()
	switch {
	case begun && before != nil && *before == head:
		o.pass(events)
		o.passEarly()
	case begun && before != nil && before.Number > head.Number && len(o.early) < earlyLength:
		o.early[*before] = events
		time.AfterFunc(earlyTime, func() { o.look(last) })
	default:
		o.look(last)
	}
}

// passEarly takes in what was waiting for the events that have just passed; the caller holds passing.
func (o *office[V]) passEarly() {
	for len(o.early) > 0 {
		head, _ := o.head()
		events := o.early[head]
		maps.DeleteFunc(o.early, func(before Place, _ []Event[V]) bool { return before.Number <= head.Number })
		if events == nil {
			return
		}
		o.pass(events)
	}
}
