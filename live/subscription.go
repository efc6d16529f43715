package live

import (
	"context"
	"errors"
	"sync"
)

// ErrMoved says that a subscription was ended at a place, all up to which it has given: the rights of the
// subscriber have changed there, and the question must be asked anew.
var ErrMoved = errors.New("the subscription ended where its rights did")

// ErrClosed says that a subscription was closed.
var ErrClosed = errors.New("the subscription is closed")

// Subscription is one subscriber's way through a stream. It keeps nothing but its place: who is slow or
// away is just further back. Next has one caller at a time; the other methods may be called by anyone.
type Subscription[V any] struct {
	stream *Stream[V]
	wake   func()
	user   string

	// Next's own.
	place   int64 // all up to here was given, or is not for this stream
	told    int64 // where what was given last lies
	first   *Notice[V]
	again   bool        // what was missed is being told
	private []*Entry[V] // events that the node no longer held
	limited *Place

	// Under the stream's lock.
	index  int
	from   Place // where it began
	limit  *Place
	lost   *reset
	closed bool

	leave func()
}

// Ask is a question with who asks it.
type Ask[V any] struct {
	Office   string
	Key      string // the same for all who ask the same
	Topics   []string
	Question Question[V]
	User     string
	// After is where to go on; from now on when nil. Admits is asked about a place that the node does not
	// know by itself: None when it is one of the log.
	After  *Place
	Admits func(ctx context.Context) (Reason, error)
	// Moved says that the rights of the subscriber have changed at After.
	Moved bool
	// Wake is called when Next may have something: from anywhere, without locks of this package.
	Wake func()
}

// Subscribe begins to listen. The first notice tells how: Begin, or Resync.
func (f *Feed[V]) Subscribe(ctx context.Context, ask Ask[V]) (*Subscription[V], error) {
	o, _, err := f.enter(ctx, ask.Office)
	if err != nil {
		return nil, err
	}
	first, err := o.first(ctx, ask)
	if err != nil {
		f.leave(o)
		return nil, err
	}
	sub := &Subscription[V]{wake: ask.Wake, user: ask.User, first: first, again: first.Again}
	sub.place = first.At.Number
	o.join(sub, ask)
	sub.leave = sync.OnceFunc(func() { sub.part(); f.leave(o) })
	return sub, nil
}

// first says how a subscription begins. Without a place to go on from the join fills in the head.
func (o *office[V]) first(ctx context.Context, ask Ask[V]) (*Notice[V], error) {
	if ask.Moved {
		return &Notice[V]{Kind: Resync, Reason: Access, At: *ask.After}, nil
	}
	if ask.After == nil {
		return &Notice[V]{Kind: Begin}, nil
	}
	reason, err := o.judge(ctx, ask)
	if err != nil {
		return nil, err
	}
	if reason != None {
		return &Notice[V]{Kind: Resync, Reason: reason}, nil
	}
	return &Notice[V]{Kind: Begin, At: *ask.After, Again: true}, nil
}

// judge tells whether one can go on from a place: from what the node holds, or else by reading the log.
func (o *office[V]) judge(ctx context.Context, ask Ask[V]) (Reason, error) {
	if ask.After.Number < 0 {
		return Unknown, nil
	}
	known, same := o.admits(*ask.After)
	if !known && ask.After.Number < o.base() {
		if _, _, err := o.after(ask.After.Number); err != nil {
			return None, err
		}
		known, same = o.admits(*ask.After)
	}
	switch {
	case !known:
		return ask.Admits(ctx)
	case !same:
		return Unknown, nil
	}
	return None, nil
}

func (o *office[V]) base() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ring.base.Number
}

// join puts a subscription into the stream for its question, which is made when there is none.
func (o *office[V]) join(sub *Subscription[V], ask Ask[V]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.streams[ask.Key]
	head := o.ring.head()
	if s == nil {
		s = &Stream[V]{office: o, key: ask.Key, topics: ask.Topics, question: ask.Question, floor: head.Number, checked: head,
			swept: head.Number, told: head.Number, lost: o.lost.times, users: map[string]int{}}
		o.streams[ask.Key] = s
		for _, topic := range s.topics {
			if o.byTopic[topic] == nil {
				o.byTopic[topic] = map[*Stream[V]]struct{}{}
			}
			o.byTopic[topic][s] = struct{}{}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.stream, sub.index = s, len(s.members)
	s.members = append(s.members, sub)
	s.users[sub.user]++
	if !sub.first.Again && sub.first.Reason != Access {
		sub.first.At, sub.place = head, head.Number
	}
	sub.from = sub.first.At
}

// part takes a subscription out of its stream, and a stream without members out of its office.
func (sub *Subscription[V]) part() {
	s := sub.stream
	o := s.office
	o.mu.Lock()
	defer o.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.closed = true
	last := len(s.members) - 1
	s.members[sub.index] = s.members[last]
	s.members[sub.index].index = sub.index
	s.members[last] = nil
	s.members = s.members[:last]
	if s.users[sub.user]--; s.users[sub.user] == 0 {
		delete(s.users, sub.user)
	}
	if last > 0 {
		return
	}
	delete(o.streams, s.key)
	for _, topic := range s.topics {
		delete(o.byTopic[topic], s)
		if len(o.byTopic[topic]) == 0 {
			delete(o.byTopic, topic)
		}
	}
}

// Close ends the subscription. It may be called more than once.
func (sub *Subscription[V]) Close() { sub.leave() }

// Users are the distinct users that share the stream.
func (sub *Subscription[V]) Users() []string { return sub.stream.Users() }

// Move lets the subscription give what lies up to a place, and then end with ErrMoved. A node that is behind
// may see rights change at a place that the subscriber has passed elsewhere: it ends where it is.
func (sub *Subscription[V]) Move(at Place) {
	sub.stream.mu.Lock()
	defer sub.stream.mu.Unlock()
	if sub.limit != nil {
		return
	}
	if at.Number < sub.from.Number {
		at = sub.from
	}
	sub.limit = &at
}

// Poke has the stream look whether there is something new for the subscription.
func (sub *Subscription[V]) Poke() { sub.stream.poke() }

// Next gives the next notice; nil when there is none for now: wake is called when there may be. It ends with
// ErrClosed or ErrMoved, and otherwise fails only when the log cannot be read just now.
func (sub *Subscription[V]) Next(ctx context.Context) (*Entry[V], error) {
	entry, err := sub.next(ctx)
	if entry != nil {
		sub.told = entry.At.Number
	}
	return entry, err
}

func (sub *Subscription[V]) next(ctx context.Context) (*Entry[V], error) {
	if first := sub.first; first != nil {
		sub.first = nil
		return &Entry[V]{Notice: *first}, nil
	}
	for {
		if len(sub.private) > 0 {
			return sub.takePrivate(), nil
		}
		entry, behind, err := sub.take()
		if entry != nil || err != nil || !behind {
			return entry, err
		}
		if err := sub.catchUp(ctx); err != nil {
			return nil, err
		}
		sub.again = true
	}
}

// Ended is the place at which a subscription ended with ErrMoved.
func (sub *Subscription[V]) Ended() Place { return *sub.limited }

func (sub *Subscription[V]) takePrivate() *Entry[V] {
	entry := sub.private[0]
	sub.private = sub.private[1:]
	sub.place = entry.At.Number
	return entry
}

// take gives the next entry of the stream; behind says that the place lies before those the stream keeps.
func (sub *Subscription[V]) take() (entry *Entry[V], behind bool, err error) {
	s := sub.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.closed {
		return nil, false, ErrClosed
	}
	if lost := sub.lost; lost != nil {
		sub.lost = nil
		if sub.place >= lost.before {
			return nil, true, nil
		}
		sub.from, sub.place = lost.at, lost.at.Number
		return &Entry[V]{Notice: Notice[V]{Kind: Resync, Reason: lost.reason, At: lost.at}}, false, nil
	}
	if sub.limit != nil && sub.place >= sub.limit.Number {
		sub.limited = sub.limit
		return nil, false, ErrMoved
	}
	if sub.place < s.floor {
		return nil, true, nil
	}
	waiting := s.entries[s.from(sub.place):]
	last := s.checked.Number
	if sub.limit != nil {
		last = min(last, sub.limit.Number)
		waiting = waiting[:upTo(waiting, last)]
	}
	switch {
	case len(waiting) > 0:
		entry = waiting[0]
	case sub.limit != nil && last >= sub.limit.Number:
		sub.limited = sub.limit
		return nil, false, ErrMoved
	case sub.again && sub.told < last: // this is all that was missed
		entry = &Entry[V]{Notice: Notice[V]{Kind: Checkpoint, At: s.checked}}
	default:
		sub.again = false
		return nil, false, nil
	}
	if n := s.question.Merges(); n > 0 && len(waiting) > n {
		entry = merged(waiting)
	}
	sub.place = entry.At.Number
	return entry, false, nil
}

// upTo tells how many of the entries lie up to a number.
func upTo[V any](entries []*Entry[V], last int64) int {
	n := 0
	for n < len(entries) && entries[n].At.Number <= last {
		n++
	}
	return n
}

// merged makes one notice of many.
func merged[V any](entries []*Entry[V]) *Entry[V] {
	one := &Entry[V]{Notice: Notice[V]{Kind: Merged, At: entries[len(entries)-1].At}}
	for _, entry := range entries {
		one.Events = append(one.Events, entry.Events...)
	}
	return one
}
