// Package live wakes listeners. It carries no data: a signal says that an office's log has grown, and
// what happened is read from the log. So nothing is lost when a signal is.
package live

import "sync"

// Signal says that the log of an organization has reached a position, and which topics are concerned.
type Signal struct {
	OrganizationID string
	Position       int64
	Topics         []string
}

// Hub passes signals to the listeners of this process. It is safe for concurrent use.
type Hub struct {
	mu        sync.Mutex
	listeners map[topic]map[chan struct{}]struct{}
}

type topic struct{ organization, name string }

// NewHub makes a hub without listeners.
func NewHub() *Hub {
	return &Hub{listeners: make(map[topic]map[chan struct{}]struct{})}
}

// Listen registers for a topic of an organization. The channel holds one wake-up at most: however many
// signals come while the listener is busy, it wakes once more and reads all of them from the log. stop
// takes the registration back; it may be called more than once.
func (h *Hub) Listen(organization, name string) (wake <-chan struct{}, stop func()) {
	at := topic{organization, name}
	slot := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners[at] == nil {
		h.listeners[at] = make(map[chan struct{}]struct{})
	}
	h.listeners[at][slot] = struct{}{}
	return slot, func() { h.leave(at, slot) }
}

func (h *Hub) leave(at topic, slot chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners[at], slot)
	if len(h.listeners[at]) == 0 {
		delete(h.listeners, at)
	}
}

// Wake wakes the listeners that a signal concerns. It never waits.
func (h *Hub) Wake(signal Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range signal.Topics {
		for slot := range h.listeners[topic{signal.OrganizationID, name}] {
			ring(slot)
		}
	}
}

// WakeAll wakes every listener: signals may have been missed.
func (h *Hub) WakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, slots := range h.listeners {
		for slot := range slots {
			ring(slot)
		}
	}
}

// Listeners tells how many are registered.
func (h *Hub) Listeners() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, slots := range h.listeners {
		n += len(slots)
	}
	return n
}

// ring fills a slot, unless it is full already.
func ring(slot chan struct{}) {
	select {
	case slot <- struct{}{}:
	default:
	}
}
