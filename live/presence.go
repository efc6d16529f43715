package live

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Spot is a card of an office: where colleagues meet.
type Spot struct{ Office, Card string }

// Topic is what wakes those who watch the spot, among the topics of the office.
func (s Spot) Topic() string { return "presence:" + s.Card }

// Tab is one screen of a colleague.
type Tab struct{ User, Client string }

// Announcement is what a tab says of itself: which field it edits, and nothing when it edits none.
type Announcement struct {
	Field string
	// Typing says that the colleague is typing just now.
	Typing bool
	// TakeOver says that the colleague goes on in the place of those who edit the field.
	TakeOver bool
}

// Attendance is who is at a spot. It is small, and told whole whenever it has changed.
type Attendance struct {
	// Version rises with every change that this node tells of the spot, whatever becomes of Redis.
	Version int64
	// Known says that Faces are all; otherwise those of the other nodes are missing, because Redis is away.
	Known bool
	// Faces are the colleagues: who edits comes first, then who came first. No more than 50 are named.
	Faces []Face
	// Count is how many colleagues there are.
	Count int
}

// Face is a colleague at a spot, whatever the number of tabs.
type Face struct {
	User    string
	Entered time.Time
	// Field is what the colleague edits, if anything.
	Field string
	// Typed is when the colleague was last known to type; zero when that is some seconds ago.
	Typed time.Time
	// TakenOverBy is the colleague who went on in this one's place.
	TakenOverBy string
}

// ErrNotThere says that a tab is not at the spot.
var ErrNotThere = errors.New("the tab is not at this spot")

// PresenceTimes are the measures of presence; zero values stand for the usual ones.
type PresenceTimes struct {
	Grace  time.Duration // how long a tab stays after its last subscription: a reload does not flicker
	Lease  time.Duration // how long a node counts as alive after its last sign of life
	Beat   time.Duration // between signs of life
	Renew  time.Duration // between looks at a spot of which nobody told anything
	Budget time.Duration // how long a request waits for Redis
	Call   time.Duration // how long the node itself waits for Redis until it takes it for gone
	Pace   time.Duration // between two words about the same typing
	Typing time.Duration // how long typing is shown
	Calm   time.Duration // between two messages about a crowd: each goes to all of them
	Now    func() time.Time
}

func (t PresenceTimes) withDefaults() PresenceTimes {
	for _, one := range []struct {
		measure *time.Duration
		usual   time.Duration
	}{
		{&t.Grace, 5 * time.Second}, {&t.Lease, 6 * time.Second}, {&t.Beat, 2 * time.Second}, {&t.Renew, time.Minute},
		{&t.Budget, 100 * time.Millisecond}, {&t.Call, time.Second}, {&t.Pace, 2 * time.Second}, {&t.Typing, 4 * time.Second},
		{&t.Calm, 250 * time.Millisecond},
	} {
		if *one.measure == 0 {
			*one.measure = one.usual
		}
	}
	if t.Now == nil {
		t.Now = time.Now
	}
	return t
}

// Presence knows who views and who edits which card. Each node answers for its own tabs and keeps them in
// its memory; over Redis the nodes show them to each other. So nothing is lost with Redis: what it forgot is
// told again. It is safe for concurrent use.
type Presence struct {
	times  PresenceTimes
	node   string
	client *redis.Client // nil: this is the only node
	wake   func(Signal)
	work   chan struct{} // there are rooms to compare with Redis

	mu      sync.Mutex
	rooms   map[Spot]*room
	dirty   map[*room]struct{} // they wait to be compared
	contact contact
	offset  time.Duration // how far the clock of Redis is ahead of this node's
}

// contact is how a node stands with Redis.
type contact int

const (
	untried contact = iota
	inTouch
	outOfTouch
)

// NewPresence makes the presence of a single node.
func NewPresence(times PresenceTimes) *Presence {
	return &Presence{times: times.withDefaults(), node: rand.Text(), wake: func(Signal) {}, work: make(chan struct{}, 1),
		rooms: make(map[Spot]*room), dirty: make(map[*room]struct{})}
}

// NewSharedPresence makes the presence of one node of several, which show each other over Redis who is
// there. Run must run. An error never repeats the URL.
func NewSharedPresence(url string, times PresenceTimes) (*Presence, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errBadURL
	}
	options.ContextTimeoutEnabled = true
	p := NewPresence(times)
	p.client = redis.NewClient(options)
	return p, nil
}

// Wakes says whom to wake when somebody has come or gone. It is called before anything else.
func (p *Presence) Wakes(hub *Hub) { p.wake = hub.Wake }

// Close lets go of Redis. What this node has shown there disappears by itself.
func (p *Presence) Close() error {
	if p.client == nil {
		return nil
	}
	return p.client.Close()
}

// Enter takes a tab to a spot until it leaves, once for each of its subscriptions. It waits a moment for the
// others there to become known.
func (p *Presence) Enter(ctx context.Context, at Spot, tab Tab) (leave func()) {
	var settled <-chan struct{}
	p.change(func() *room {
		r := p.room(at)
		settled = r.settled
		if r.enter(tab, p.now()) {
			p.compare(r)
		}
		return r
	})
	late := time.NewTimer(p.times.Budget)
	defer late.Stop()
	select {
	case <-settled:
	case <-late.C:
	case <-ctx.Done():
	}
	return sync.OnceFunc(func() { p.leave(at, tab) })
}

// leave takes one subscription of a tab away. The tab itself goes after the grace, unless it is back by then.
func (p *Presence) leave(at Spot, tab Tab) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.rooms[at].own[tab]
	if m.open--; m.open > 0 {
		return
	}
	if m.grace != nil {
		m.grace.Stop()
	}
	m.left++
	left := m.left
	m.grace = time.AfterFunc(p.times.Grace, func() { p.endGrace(at, tab, left) })
}

// endGrace takes a tab away that did not come back, and what it edited from one that came back and did not
// say that it still does.
func (p *Presence) endGrace(at Spot, tab Tab, left int) {
	p.change(func() *room {
		r, m := p.find(at, tab)
		if m == nil || m.left != left {
			return nil
		}
		switch {
		case m.open == 0:
			delete(r.own, tab)
		case !m.confirmed:
			m.focus, m.typed = focus{}, 0
		default:
			return nil
		}
		p.compare(r)
		return r
	})
}

// Announce takes in what a tab says of itself, which may be at another node, and gives who is there then;
// such an answer has no version. ErrNotThere when the tab is nowhere at the spot. While Redis is away only
// the tabs of this node are known: what another one's says is lost.
func (p *Presence) Announce(ctx context.Context, at Spot, tab Tab, said Announcement) (Attendance, error) {
	here, elsewhere := p.whereabouts(at, tab)
	if elsewhere {
		if now, err := p.announceElsewhere(ctx, at, tab, said); !here {
			return now, err
		}
	}
	if !here {
		return p.unversioned(at), ErrNotThere
	}
	p.change(func() *room {
		r, m := p.find(at, tab)
		if m == nil {
			return nil // its grace has just ended
		}
		before := m.focus
		m.confirmed = true
		news := m.announce(said, r.turn(), p.now().UnixMilli(), p.times.Pace)
		if news && (m.focus != before || len(r.others) > 0) { // typing that no other node sees stays here
			p.compare(r)
		}
		return r
	})
	return p.unversioned(at), nil
}

// whereabouts tells where a tab may be: here, at another node, or both while it moves.
func (p *Presence) whereabouts(at Spot, tab Tab) (here, elsewhere bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, m := p.find(at, tab)
	if m == nil {
		return false, p.client != nil
	}
	for _, other := range r.others {
		elsewhere = elsewhere || other.tab == tab
	}
	return true, elsewhere
}

// unversioned is who is at a spot just now, as far as this node knows.
func (p *Presence) unversioned(at Spot) Attendance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.rooms[at]; r != nil {
		return p.shown(attendanceOf(r.seats(), r.known))
	}
	return Attendance{Known: p.client == nil}
}

// At gives who is at a spot, as far as this node knows: all, when it has a tab there itself.
func (p *Presence) At(at Spot) Attendance {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.rooms[at]; r != nil {
		return p.shown(r.told)
	}
	return Attendance{Known: p.client == nil}
}

// shown leaves typing out that is over.
func (p *Presence) shown(told Attendance) Attendance {
	over := p.now().Add(-p.times.Typing)
	faces := make([]Face, len(told.Faces))
	for i, face := range told.Faces {
		if !face.Typed.After(over) {
			face.Typed = time.Time{}
		}
		faces[i] = face
	}
	told.Faces = faces
	return told
}

// now is the time of the installation: that of Redis, where there is one.
func (p *Presence) now() time.Time { return p.times.Now().Add(p.offset) }
