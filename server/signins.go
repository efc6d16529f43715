package main

import (
	"strings"
	"sync"
	"time"
)

// How often signing in may fail within the window, for one account from one address, and for all
// accounts from one address together.
const (
	signInWindow       = 15 * time.Minute
	failuresPerAccount = 10
	failuresPerAddress = 100
	// maxRemembered bounds the memory: beyond it, who failed before may try again.
	maxFailures = 50_000
)

// signIns slows down the guessing of passwords. It remembers failures in this process: with several
// nodes, each allows its own.
type signIns struct {
	now      func() time.Time
	running  chan struct{}
	mu       sync.Mutex
	failures map[string][]time.Time
}

func newSignIns(now func() time.Time) *signIns {
	return &signIns{now: now, running: make(chan struct{}, parallelSignIns()), failures: map[string][]time.Time{}}
}

// signInAttempt counts as failed until it is forgotten.
type signInAttempt struct {
	of            *signIns
	account, from string
	at            time.Time
}

// begin notes an attempt, or tells how long to wait.
func (s *signIns) begin(address, email string) (attempt *signInAttempt, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	attempt = &signInAttempt{of: s, account: address + " " + strings.ToLower(strings.TrimSpace(email)), from: address, at: s.now()}
	wait = max(s.wait(attempt.account, attempt.at, failuresPerAccount), s.wait(address, attempt.at, failuresPerAddress))
	if wait > 0 {
		return nil, wait
	}
	if len(s.failures) >= maxFailures {
		s.sweep(attempt.at)
	}
	s.failures[attempt.account] = append(s.failures[attempt.account], attempt.at)
	s.failures[address] = append(s.failures[address], attempt.at)
	return attempt, 0
}

// wait drops the failures that are too long ago, and tells when there is room for another.
func (s *signIns) wait(key string, now time.Time, most int) time.Duration {
	times := s.failures[key]
	for len(times) > 0 && now.Sub(times[0]) >= signInWindow {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(s.failures, key)
		return 0
	}
	s.failures[key] = times
	if len(times) < most {
		return 0
	}
	return signInWindow - now.Sub(times[0])
}

// sweep makes room.
func (s *signIns) sweep(now time.Time) {
	for key := range s.failures {
		s.wait(key, now, 0)
	}
	if len(s.failures) >= maxFailures {
		clear(s.failures)
	}
}

// forget takes the attempt back: it succeeded, or failed through no fault of the person. A success
// also clears what the person mistyped before.
func (a *signInAttempt) forget() {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	delete(a.of.failures, a.account)
	times := a.of.failures[a.from]
	if len(times) > 0 {
		a.of.failures[a.from] = times[:len(times)-1]
	}
}
