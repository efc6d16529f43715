// Package crowd is many clients of the live feed in one process, apart from the servers, so that what
// those use can be told apart from what the clients use. It reads as little of a message as it can: the
// clients share the processors with the servers.
package crowd

import (
	"context"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is the service that the bench calls in the other process. Its methods have the form of net/rpc.
type Crowd struct {
	mu       sync.Mutex
	sockets  []*socket
	expected atomic.Pointer[expectation]
}

// expectation counts the events that are delivered until there are so many.
type expectation struct {
	events  atomic.Int64
	goal    int64
	reached chan struct{}
}

func (e *expectation) delivered(n int64) {
	if sum := e.events.Add(n); sum >= e.goal && sum-n < e.goal {
		close(e.reached)
	}
}

func expect(goal int64) *expectation {
	return &expectation{goal: max(goal, 1), reached: make(chan struct{})}
}

// Serve lets the bench call a crowd until the pipe is closed.
func Serve(pipe io.ReadWriteCloser) error {
	server := rpc.NewServer()
	c := &Crowd{}
	c.expected.Store(expect(0))
	if err := server.RegisterName("Crowd", c); err != nil {
		return err
	}
	server.ServeConn(pipe)
	return nil
}

// Opening says which sockets are to be opened.
type Opening struct {
	Address string
	Count   int
	// Tokens and Cards are taken in turn.
	Tokens, Cards []string
	Document      string
	// AtOnce is how many open at the same time.
	AtOnce int
	// Window is the receive buffer of each socket in the kernel, in bytes; what the kernel likes when 0.
	Window int
}

// Opened tells how opening went.
type Opened struct {
	Resyncs int
}

// Open adds sockets with one subscription each, and returns when all streams have begun.
func (c *Crowd) Open(o Opening, opened *Opened) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := len(c.sockets)
	for i := range o.Count {
		c.sockets = append(c.sockets, &socket{
			crowd: c, address: o.Address, source: source(first + i), window: o.Window, document: o.Document,
			token: o.Tokens[i%len(o.Tokens)], card: o.Cards[i%len(o.Cards)], sampled: first+i == 0,
		})
	}
	err := each(c.sockets[first:], o.AtOnce, (*socket).begin)
	opened.Resyncs = c.resyncs()
	return err
}

// each runs something for every socket, so many at a time, and gives the first error.
func each(sockets []*socket, atOnce int, run func(*socket, context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var all sync.WaitGroup
	var once sync.Once
	var failure error
	places := make(chan struct{}, max(atOnce, 1))
	for _, s := range sockets {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if err := run(s, ctx); err != nil {
				once.Do(func() { failure = err })
			}
		})
	}
	all.Wait()
	return failure
}

// patience is how long the bench waits for anything.
const patience = 2 * time.Minute

// Close closes all sockets, keeping what is known of those streams when keep is true.
func (c *Crowd) Close(keep bool, _ *struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		s.leave()
	}
	if !keep {
		c.sockets = nil
	}
	return nil
}

// Returning says up to which number of the log the followers of each card are to be brought.
type Returning struct {
	Address string
	Until   map[string]int64
}

// Returned tells when the sockets had caught up, in order.
type Returned struct {
	CaughtUp []time.Duration
	Events   int64
	Resyncs  int
}

// Return opens all sockets anew at once, each with the last position it saw, and returns when all have
// caught up.
func (c *Crowd) Return(r Returning, returned *Returned) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	took := make([]time.Duration, len(c.sockets))
	for _, s := range c.sockets {
		s.forget()
		s.address = r.Address
		s.until, s.caughtUp = r.Until[s.card], make(chan struct{})
	}
	began := time.Now()
	err := each(c.sockets, len(c.sockets), func(s *socket, ctx context.Context) error {
		caughtUp := s.caughtUp
		if err := s.begin(ctx); err != nil {
			return err
		}
		return s.wait(ctx, caughtUp, "was not brought up to date")
	})
	*returned = Returned{CaughtUp: took, Resyncs: c.resyncs()}
	for i, s := range c.sockets {
		took[i] = s.at.Sub(began)
		returned.Events += s.events()
	}
	slices.Sort(took)
	return err
}

func (c *Crowd) resyncs() int {
	n := 0
	for _, s := range c.sockets {
		n += int(s.resyncs.Load())
	}
	return n
}

// Stall makes the first sockets stop reading, for ever.
func (c *Crowd) Stall(n int, _ *struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets[:n] {
		s.stalled.Store(true)
	}
	return nil
}

// Expect forgets what was delivered, and says how many events Await is to wait for.
func (c *Crowd) Expect(events int64, _ *struct{}) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		s.forget()
	}
	c.expected.Store(expect(events))
	return nil
}

// Delivered is what was delivered since Expect.
type Delivered struct {
	Events int64
	// Spans are by the number of the event in the log.
	Spans map[int64]Span
	// Latencies run from the moments that were handed in, in order.
	Latencies []time.Duration
	// Faults are events that came twice or out of order.
	Faults int
	// Gone is how many sockets have ended, and Why one of them did.
	Gone int
	Why  string
}

// Span is the delivery of one event, in nanoseconds since 1970.
type Span struct {
	First, Last int64
	Count       int
}

// Waiting says what Await gives.
type Waiting struct {
	// Since are the moments from which latencies run, by number; without them there are none.
	Since map[int64]int64
	// Behind leaves so many sockets out of account.
	Behind  int
	Timeout time.Duration
}

// Await waits for the expected events and tells what came.
func (c *Crowd) Await(w Waiting, d *Delivered) error {
	timer := time.NewTimer(w.Timeout)
	defer timer.Stop()
	expected := c.expected.Load()
	select {
	case <-expected.reached:
	case <-timer.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d.Spans = map[int64]Span{}
	d.Events = expected.events.Load()
	for _, s := range c.sockets[w.Behind:] {
		s.tell(w.Since, d)
	}
	slices.Sort(d.Latencies)
	return nil
}

// Closing is the end of a socket by the server.
type Closing struct {
	Socket int
	Code   int
	At     int64 // nanoseconds since 1970
}

// Closings waits until so many sockets were closed by the server, and tells when.
func (c *Crowd) Closings(n int, found *[]Closing) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for i, s := range c.sockets[:n] {
		select {
		case <-s.gone:
			*found = append(*found, Closing{Socket: i, Code: s.code, At: s.goneAt.UnixNano()})
		case <-ctx.Done():
			return fmt.Errorf("socket %d was not closed", i)
		}
	}
	return nil
}

// Sample gives the last event that a socket got, as it came.
func (c *Crowd) Sample(i int, payload *[]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sockets[i]
	s.mu.Lock()
	defer s.mu.Unlock()
	*payload = slices.Clone(s.sample)
	return nil
}

// source spreads sockets over addresses of this machine, because each address has a bounded number of
// ports; other crowds have other addresses.
func source(i int) string { return fmt.Sprintf("127.%d.0.%d", 1+os.Getpid()%200, 1+i/2000%200) }

func (s Span) with(at int64) Span {
	if s.Count == 0 {
		return Span{at, at, 1}
	}
	return Span{min(s.First, at), max(s.Last, at), s.Count + 1}
}
