package transport

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"klantkaart/crm"
)

// Measures are those of all connections of a node; zero values stand for the usual ones, and for no limit.
type Measures struct {
	// Most is how many connections there may be here.
	Most int
	// PerUser is how many there may be of one user, here and elsewhere, and PerOffice how many of one office.
	PerUser, PerOffice int
	// Elsewhere tells how many a user or an office has on other nodes: none, unless it is given. It must not wait.
	Elsewhere func(whose crm.ID) int
	// Refused is told of each one that is refused for there being too many. It must not wait.
	Refused func()
	// Ping is how often a websocket is asked whether its client is there: 25 seconds. One that stays silent
	// for two of them is gone.
	Ping time.Duration
	// Recheck is how often all credentials are looked at: every minute.
	Recheck time.Duration
	// Working tells which of an office's credentials still work.
	Working func(ctx context.Context, office crm.ID, credentials []crm.ID) ([]crm.ID, error)
}

// Connections are all that clients hold open on this node: websockets and event streams. They know whose
// each one is, and end it when its credential does or when the node stops.
type Connections struct {
	measures Measures
	ticks    atomic.Uint32 // how often the keeper has come round

	mu      sync.Mutex
	slots   [slots][]*seat // each slot is visited once in a ping's time
	users   map[crm.ID]int
	offices map[crm.ID]int
	count   int
	closed  bool
	empty   chan struct{} // closed once all are gone
	keeper  *keeper       // nil while nobody is there
}

// slots is into how many parts the time between two pings is divided.
const slots = 25

// client is who sits on a seat.
type client interface {
	// End tells the client that it is over, and why. It does not wait.
	End(why Ending)
	// retire ends it as soon as what it has begun is finished.
	retire(why Ending)
	// ask makes sure that the client is there; one that was silent for too long is gone.
	ask(silent bool)
	// cut ends it without another word.
	cut()
}

// seat is the place of one connection.
type seat struct {
	client client
	heard  atomic.Uint32 // when something came from it, in the keeper's ticks

	// Guarded by the connections.
	slot, index              int
	office, user, credential crm.ID
	expires                  time.Time
	expiry                   *time.Timer
	gone                     bool
}

// NewConnections makes a house without guests.
func NewConnections(measures Measures) *Connections {
	if measures.Ping == 0 {
		measures.Ping = 25 * time.Second
	}
	if measures.Recheck == 0 {
		measures.Recheck = time.Minute
	}
	if measures.Refused == nil {
		measures.Refused = func() {}
	}
	if measures.Elsewhere == nil {
		measures.Elsewhere = func(crm.ID) int { return 0 }
	}
	return &Connections{measures: measures, users: make(map[crm.ID]int), offices: make(map[crm.ID]int), empty: make(chan struct{})}
}

// Add takes an event stream in, unless there are too many or the node stops. end is called once at most
// before leave, and does not wait.
func (c *Connections) Add(actor crm.Actor, end func(Ending)) (leave func(), refused *Ending) {
	one := &seat{client: streaming(end)}
	if refused := c.enter(one); refused != nil {
		return nil, refused
	}
	if refused := c.identify(one, actor); refused != nil {
		c.leave(one)
		return nil, refused
	}
	return func() { c.leave(one) }, nil
}

// streaming is a client that sees to itself, but for its end.
type streaming func(Ending)

// End ends the stream.
func (s streaming) End(why Ending)    { s(why) }
func (s streaming) retire(why Ending) { s(why) }
func (s streaming) cut()              { s(Restart) }
func (s streaming) ask(bool)          {}

// Count tells how many there are.
func (c *Connections) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// Held tells of each office and each user how many it has here, and how many it may have everywhere, as far as there is
// a limit. Nobody enters or leaves meanwhile.
func (c *Connections) Held(tell func(whose crm.ID, count, most int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if most := c.measures.PerOffice; most > 0 {
		for office, count := range c.offices {
			tell(office, count, most)
		}
	}
	if most := c.measures.PerUser; most > 0 {
		for user, count := range c.users {
			tell(user, count, most)
		}
	}
}

// enter takes somebody in, or tells why not.
func (c *Connections) enter(one *seat) (refused *Ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		one.gone = true
		return &Restart
	case full(c.count, c.measures.Most):
		one.gone = true
		c.measures.Refused()
		return &TooMany
	}
	one.heard.Store(c.ticks.Load())
	for slot := range c.slots {
		if len(c.slots[slot]) < len(c.slots[one.slot]) {
			one.slot = slot
		}
	}
	one.index = len(c.slots[one.slot])
	c.slots[one.slot] = append(c.slots[one.slot], one)
	if c.count++; c.keeper == nil {
		c.keeper = c.keep()
	}
	return nil
}

// identify notes whose seat it is, or tells why it may not be.
func (c *Connections) identify(one *seat, actor crm.Actor) (refused *Ending) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crowded(c.users, actor.UserID, c.measures.PerUser) || c.crowded(c.offices, actor.OrganizationID, c.measures.PerOffice) {
		c.measures.Refused()
		return &TooMany
	}
	if one.gone {
		return &Restart
	}
	c.users[actor.UserID]++
	c.offices[actor.OrganizationID]++
	one.office, one.user, one.credential = actor.OrganizationID, actor.UserID, actor.CredentialID
	if actor.ExpiresAt != nil {
		one.expires = *actor.ExpiresAt
		c.setExpiry(one)
	}
	return nil
}

// crowded tells whether a user or an office has as many as it may have, here and elsewhere.
func (c *Connections) crowded(counts map[crm.ID]int, whose crm.ID, most int) bool {
	return full(counts[whose]+c.measures.Elsewhere(whose), most)
}

// full tells whether there are as many as there may be; 0 is any number.
func full(count, most int) bool { return most > 0 && count >= most }

// forget takes one from a count.
func forget(counts map[crm.ID]int, of crm.ID) {
	if counts[of]--; counts[of] == 0 {
		delete(counts, of)
	}
}

// setExpiry sets the clock of a credential that ends before the next visit.
func (c *Connections) setExpiry(one *seat) {
	if left := time.Until(one.expires); one.expiry == nil && !one.expires.IsZero() && left <= c.measures.Ping {
		one.expiry = time.AfterFunc(left, func() { one.client.End(Expired) })
	}
}

// leave gives the seat free. It may be called more than once.
func (c *Connections) leave(one *seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.gone {
		return
	}
	one.gone = true
	if one.expiry != nil {
		one.expiry.Stop()
	}
	row := c.slots[one.slot]
	last := row[len(row)-1]
	row[one.index], last.index = last, one.index
	row[len(row)-1] = nil
	c.slots[one.slot] = row[:len(row)-1]
	if one.user != "" {
		forget(c.users, one.user)
		forget(c.offices, one.office)
	}
	if c.count--; c.count == 0 {
		c.keeper.stop()
		c.keeper = nil
		if c.closed {
			close(c.empty)
		}
	}
}

// drainPace is how many clients are asked to come back elsewhere each second, so that they do not all
// arrive there at once.
const drainPace = 500

// Close takes nobody in any more, and asks those who are there, in even slices, to come back elsewhere. It
// returns when they are gone; those who are still there when the context ends are cut off.
func (c *Connections) Close(ctx context.Context) error {
	there := c.shut()
	pace := paceFor(ctx, len(there))
	const slice = 50 * time.Millisecond
	ticker := time.NewTicker(slice)
	defer ticker.Stop()
	for asked := 0; asked < len(there) && ctx.Err() == nil; {
		until := min(len(there), asked+max(1, int(pace*slice.Seconds()+0.5)))
		for _, one := range there[asked:until] {
			one.client.retire(Restart)
		}
		if asked = until; asked == len(there) {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	select {
	case <-c.empty:
		return nil
	case <-ctx.Done():
		for _, one := range c.all() {
			one.client.cut()
		}
		return ctx.Err()
	}
}

// paceFor is how many each second, so that a quarter of the time is left for their answers.
func paceFor(ctx context.Context, many int) float64 {
	end, limited := ctx.Deadline()
	if !limited {
		return drainPace
	}
	return max(drainPace, float64(many)/max(0.75*time.Until(end).Seconds(), 0.001))
}

func (c *Connections) shut() []*seat {
	c.mu.Lock()
	if !c.closed && c.count == 0 {
		close(c.empty)
	}
	c.closed = true
	c.mu.Unlock()
	return c.all()
}

func (c *Connections) all() []*seat {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*seat, 0, c.count)
	for _, row := range &c.slots {
		all = append(all, row...)
	}
	return all
}
