package live

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Log is where the truth stands. Its methods are called from several goroutines at once.
type Log[V any] interface {
	// Read gives events of an office from a number on, in order, at most limit.
	Read(ctx context.Context, office string, from int64, limit int) ([]Event[V], error)
	// Heads gives the last place of each office's log, in one reading.
	Heads(ctx context.Context, offices []string) (map[string]Place, error)
}

// Options are a feed's measures; zero values stand for the usual ones.
type Options[V any] struct {
	// Poll is how often the heads of the logs are compared while signals can be counted on: 5 seconds.
	Poll time.Duration
	// Alert is the same while they cannot: 1 second.
	Alert time.Duration
	// Deaf tells whether signals of other nodes may be missed just now; never when nil.
	Deaf func() bool
	// Checkpoint is after how long a quiet stream tells how far it is, if its office's log has grown: 60 seconds.
	Checkpoint time.Duration
	// Watch sees every event of the offices that are followed here, in order, before any stream does, and
	// returns what is to be done once streams can see it. It must not call the feed.
	Watch func(office string, event Event[V]) (then func())
	// Anew says that a log is followed from its head on and that what happened before has not passed Watch:
	// nobody followed the log here, or this node lost track of it. What was read before may be out of date. It
	// must not call the feed.
	Anew func(office string, head Place)
	// Forgets tells whether what lies before an event was rewritten in the log: then nothing of it is kept in
	// memory, and who needs it reads it again. Never when nil.
	Forgets func(event Event[V]) bool
}

func (o Options[V]) withDefaults() Options[V] {
	pick := func(value, usual time.Duration) time.Duration {
		if value > 0 {
			return value
		}
		return usual
	}
	o.Poll, o.Alert, o.Checkpoint = pick(o.Poll, 5*time.Second), pick(o.Alert, time.Second), pick(o.Checkpoint, time.Minute)
	if o.Deaf == nil {
		o.Deaf = func() bool { return false }
	}
	if o.Watch == nil {
		o.Watch = func(string, Event[V]) func() { return nil }
	}
	if o.Anew == nil {
		o.Anew = func(string, Place) {}
	}
	if o.Forgets == nil {
		o.Forgets = func(Event[V]) bool { return false }
	}
	return o
}

// Feed is what one node knows of the logs of the offices that somebody follows here: for each a ring of
// the last events, filled in the order of the log and without a gap, and the streams that take from it.
// Signals say that a log has grown; what happened is read from the log, or was told by who wrote it: this node
// or another. It is safe for concurrent use.
type Feed[V any] struct {
	log     Log[V]
	options Options[V]
	reads   atomic.Int64

	mu      sync.Mutex
	offices map[string]*office[V]
	closed  bool
	idle    int // goroutines that wait for work
	jobs    chan func()
	workers sync.WaitGroup
	ctx     context.Context //nolint:containedctx // ends the work when the feed is closed
	stop    context.CancelFunc
}

// NewFeed makes a feed of a log. Run must run for it to find what no signal told of.
func NewFeed[V any](log Log[V], options Options[V]) *Feed[V] {
	ctx, stop := context.WithCancel(context.Background()) //nolint:gosec // Close calls it
	return &Feed[V]{log: log, options: options.withDefaults(), offices: make(map[string]*office[V]), jobs: make(chan func()), ctx: ctx, stop: stop}
}

// Committed takes in events that this node or another has just committed, one at least, and where the log was before
// them, if that is known: a log that was restored meanwhile is told by it. It never waits for the log.
func (f *Feed[V]) Committed(id string, before *Place, events []Event[V]) {
	if o := f.find(id); o != nil {
		o.offer(before, events)
	}
}

// Follows tells whether an office's log is followed here.
func (f *Feed[V]) Follows(id string) bool { return f.find(id) != nil }

// Heard says that an office's log has reached a place, as another node tells. It need not be true.
func (f *Feed[V]) Heard(id string, at Place) {
	if o := f.find(id); o != nil {
		o.look(at)
	}
}

// Streams tells how many different questions are being asked.
func (f *Feed[V]) Streams() int {
	n := 0
	for _, o := range f.all() {
		n += len(o.all())
	}
	return n
}

// Reads tells how often a log was read for events.
func (f *Feed[V]) Reads() int64 { return f.reads.Load() }

func (f *Feed[V]) find(id string) *office[V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.offices[id]
}

// Follow keeps an office's log in sight until release is called: its events pass Watch, in order, from the
// head that it finds. fresh tells that nobody had followed it.
func (f *Feed[V]) Follow(ctx context.Context, id string) (release func(), fresh bool, err error) {
	o, fresh, err := f.enter(ctx, id)
	if err != nil {
		return nil, false, err
	}
	var once sync.Once
	return func() { once.Do(func() { f.leave(o) }) }, fresh, nil
}

// enter counts one more follower of an office, and waits until its head is known.
func (f *Feed[V]) enter(ctx context.Context, id string) (o *office[V], fresh bool, err error) {
	f.mu.Lock()
	o = f.offices[id]
	if o == nil {
		o = newOffice(f, id)
		f.offices[id] = o
		fresh = true
	}
	o.followers++
	f.mu.Unlock()
	if err := o.begin(ctx); err != nil {
		f.leave(o)
		return nil, false, err
	}
	return o, fresh, nil
}

func (f *Feed[V]) leave(o *office[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.followers--; o.followers == 0 {
		delete(f.offices, o.id)
	}
}

func (f *Feed[V]) all() []*office[V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]*office[V], 0, len(f.offices))
	for _, o := range f.offices {
		all = append(all, o)
	}
	return all
}

// The measures of the goroutines that work for a feed. What they do needs a deep stack, which would grow
// anew in each new one: so a few of them stay for a while.
const (
	maxIdle  = 16
	idleTime = time.Second
)

// work runs something beside, unless the feed is closed.
func (f *Feed[V]) work(do func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	select {
	case f.jobs <- do:
	default:
		f.workers.Go(func() { f.labour(do) })
	}
	return true
}

// labour works, and waits a while for more to do.
func (f *Feed[V]) labour(do func()) {
	for do != nil {
		do()
		do = f.nextJob()
	}
}

// nextJob waits for something to do; nil when there is nothing, or enough others wait.
func (f *Feed[V]) nextJob() func() {
	f.mu.Lock()
	if f.idle == maxIdle {
		f.mu.Unlock()
		return nil
	}
	f.idle++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.idle--
	}()
	patience := time.NewTimer(idleTime)
	defer patience.Stop()
	select {
	case do := <-f.jobs:
		return do
	case <-patience.C:
	case <-f.ctx.Done():
	}
	return nil
}

// Close ends what the feed is doing, and waits until it has ended.
func (f *Feed[V]) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	f.workers.Wait()
}

// Run compares the heads of the logs now and then, so that what no signal told of is found, and lets quiet
// streams tell how far they are. It returns when the context ends.
func (f *Feed[V]) Run(ctx context.Context) {
	pace := min(f.options.Alert, f.options.Poll, f.options.Checkpoint)
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	polled := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		due := f.options.Poll
		if f.options.Deaf() {
			due = f.options.Alert
		}
		if time.Since(polled) >= due {
			polled = time.Now()
			f.Look(ctx)
		}
		f.tidy()
	}
}

// Look compares the heads of the logs now: signals may have been missed.
func (f *Feed[V]) Look(ctx context.Context) {
	known := map[string]Place{}
	var ids []string
	for _, o := range f.all() {
		if head, begun := o.head(); begun {
			known[o.id] = head
			ids = append(ids, o.id)
		}
	}
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	heads, err := f.log.Heads(ctx, ids)
	if err != nil {
		slog.WarnContext(ctx, "the heads of the logs could not be read", slog.Any("error", err))
		return
	}
	for id, was := range known {
		if is := heads[id]; is != was {
			if o := f.find(id); o != nil {
				o.compare(was, is)
			}
		}
	}
}

// tidy lets go of what streams keep for those who were late, and lets the quiet ones tell how far they are.
func (f *Feed[V]) tidy() {
	now := time.Now()
	for _, o := range f.all() {
		for _, s := range o.all() {
			s.tidy(now, f.options.Checkpoint)
		}
	}
}
