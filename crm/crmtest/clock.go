package crmtest

import (
	"slices"
	"sync"
	"time"

	"klantkaart/crm"
)

// Clock tells the time that a test set.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set moves the clock to a moment.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// Advance moves the clock on.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// signals keeps what was sent.
type signals struct {
	mu        sync.Mutex
	sent      []crm.Signal
	listeners []func(crm.Signal)
}

func (s *signals) add(signal crm.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, signal)
	for _, listener := range s.listeners {
		listener(signal)
	}
}

func (s *signals) listen(f func(crm.Signal)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, f)
}

func (s *signals) take() []crm.Signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := slices.Clone(s.sent)
	s.sent = nil
	return sent
}
