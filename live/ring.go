package live

// Event is an entry of an office's log on its way through a node.
type Event[V any] struct {
	// Number is its place in the log: 1, 2, 3 … without a gap in each office.
	Number int64
	// Check tells the event from another that a restored database gave the same number.
	Check uint32
	// Topics name what it concerns. Only streams of one of them look at it.
	Topics []string
	// Size is roughly what it holds in memory, in bytes.
	Size int
	// Value is the event itself.
	Value V
	// Beside is what its commit told beside it. Only Watch sees it: nothing that is kept holds it.
	Beside any
}

// Place is a place in an office's log: behind the event with the number. The zero Place lies before the
// first event.
type Place struct {
	Number int64
	Check  uint32
}

func (e Event[V]) place() Place { return Place{e.Number, e.Check} }

// The measures of a ring: what it holds more is let go, the oldest first.
const (
	ringLength = 4096    // events
	ringSize   = 4 << 20 // bytes
)

// ring holds the last events of an office's log, without a gap. What it has given out never changes.
type ring[V any] struct {
	base   Place // the first event lies behind it
	events []Event[V]
	size   int
}

// head is the place of the last event.
func (r *ring[V]) head() Place {
	if len(r.events) == 0 {
		return r.base
	}
	return r.events[len(r.events)-1].place()
}

// add puts the next event at the end, and tells whether it was the next.
func (r *ring[V]) add(event Event[V]) bool {
	if event.Number != r.head().Number+1 {
		return false
	}
	r.events = append(r.events, event)
	r.size += event.Size
	for len(r.events) > ringLength || (r.size > ringSize && len(r.events) > 1) {
		r.base = r.events[0].place()
		r.size -= r.events[0].Size
		r.events = r.events[1:]
	}
	return true
}

// reach puts older events in front, as many as there is room for. The last of them is the one just before
// those that the ring holds.
func (r *ring[V]) reach(base Place, older []Event[V]) {
	for len(older) > 0 && (len(older)+len(r.events) > ringLength || r.size+sizeOf(older) > ringSize) {
		base = older[0].place()
		older = older[1:]
	}
	r.size += sizeOf(older)
	r.events = append(older[:len(older):len(older)], r.events...)
	r.base = base
}

func sizeOf[V any](events []Event[V]) int {
	size := 0
	for _, event := range events {
		size += event.Size
	}
	return size
}

// after gives the events behind a number; false when the ring no longer knows them all.
func (r *ring[V]) after(number int64) ([]Event[V], bool) {
	if number < r.base.Number {
		return nil, false
	}
	from := min(number-r.base.Number, int64(len(r.events)))
	return r.events[from:], true
}

// knows tells whether the ring reaches to a place, and whether the event there is the one it means.
func (r *ring[V]) knows(place Place) (reached, same bool) {
	switch {
	case place.Number < r.base.Number || place.Number > r.head().Number:
		return false, false
	case place.Number == r.base.Number:
		return true, place == r.base
	}
	return true, r.events[place.Number-r.base.Number-1].Check == place.Check
}
