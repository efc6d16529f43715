// Package live wakes listeners. A signal says that an office's log has grown; what it does not tell, or tells out of turn,
// is read from the log, so nothing is lost when a signal is. Beside that it knows who has which card open at this moment.
package live

import "sync"

// Signal says that the log of an organization has reached a position, unless that is 0, and which topics are
// concerned.
type Signal struct {
	OrganizationID string
	Position       int64
	Check          uint32 // of the event at the position
	Topics         []string
	Sealed         []byte `json:",omitempty"` // the events that brought the log there and the cards as they left them, for those who can open it
}

// Hub passes signals to the listeners of this process. It is safe for concurrent use.
type Hub struct {
	mu        sync.Mutex
	listeners map[topic]map[*listener]struct{}
}

type topic struct{ organization, name string }

type listener struct{ wake func() }

// NewHub makes a hub without listeners.
func NewHub() *Hub {
	return &Hub{listeners: make(map[topic]map[*listener]struct{})}
}

// On registers for a topic of an organization: wake is called with each signal, from anywhere, and must
// not wait. stop takes the registration back; it may be called more than once.
func (h *Hub) On(organization, name string, wake func()) (stop func()) {
	at, one := topic{organization, name}, &listener{wake}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[at] == nil {
		h.listeners[at] = make(map[*listener]struct{})
	}
	h.listeners[at][one] = struct{}{}
	return func() { h.leave(at, one) }
}

// Listen registers for a topic of an organization. The channel holds one wake-up at most: however many
// signals come while the listener is busy, it wakes once more. stop takes the registration back; it may
// be called more than once.
func (h *Hub) Listen(organization, name string) (wake <-chan struct{}, stop func()) {
	slot := make(chan struct{}, 1)
	return slot, h.On(organization, name, func() {
		select {
		case slot <- struct{}{}:
		default:
		}
	})
}

func (h *Hub) leave(at topic, one *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners[at], one)
	if len(h.listeners[at]) == 0 {
		delete(h.listeners, at)
	}
}

// Wake wakes the listeners that a signal concerns. It never waits.
func (h *Hub) Wake(signal Signal) {
	var concerned []*listener
	h.mu.Lock()
	for _, name := range signal.Topics {
		for one := range h.listeners[topic{signal.OrganizationID, name}] {
			concerned = append(concerned, one)
		}
	}
	h.mu.Unlock()
	wake(concerned)
}

// WakeAll wakes every listener: signals may have been missed.
func (h *Hub) WakeAll() {
	var all []*listener
	h.mu.Lock()
	for _, some := range h.listeners {
		for one := range some {
			all = append(all, one)
		}
	}
	h.mu.Unlock()
	wake(all)
}

func wake(listeners []*listener) {
	for _, one := range listeners {
		one.wake()
	}
}

// Listeners tells how many are registered.
func (h *Hub) Listeners() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, some := range h.listeners {
		n += len(some)
	}
	return n
}
