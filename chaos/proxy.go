package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// proxy carries connections to a server, and can spoil them: each direction alone.
type proxy struct {
	listener net.Listener
	network  string
	target   string

	mu      sync.Mutex
	changed chan struct{} // closed when the conditions change
	refuse  bool
	there   condition // from the client to the server
	back    condition // from the server to the client
	open    map[net.Conn]struct{}
	closed  bool
	running sync.WaitGroup
}

// condition is how one direction fares.
type condition struct {
	frozen   bool          // nothing passes, nobody is told
	delay    time.Duration // each piece waits
	truncate int           // so many bytes of the next piece pass, then the connection breaks; -1 for all
}

// fine is how a direction fares without a fault.
func fine() condition { return condition{truncate: -1} }

// newProxy listens for connections to the target.
func newProxy(ctx context.Context, network, target string) (*proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, network: network, target: target, changed: make(chan struct{}), there: fine(), back: fine(), open: map[net.Conn]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// address is where clients connect.
func (p *proxy) address() string { return p.listener.Addr().String() }

// set changes the conditions.
func (p *proxy) set(refuse bool, there, back condition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse, p.there, p.back = refuse, there, back
	close(p.changed)
	p.changed = make(chan struct{})
}

// aim lets new connections go to another server, and gives the one before.
func (p *proxy) aim(target string) (before string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, p.target = p.target, target
	return before
}

// heal lets everything pass again.
func (p *proxy) heal() { p.set(false, fine(), fine()) }

// cut breaks all connections; new ones pass.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
	clear(p.open)
}

// close ends it all.
func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.heal()
	p.cut()
	p.running.Wait()
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.running.Go(func() { p.carry(near) })
	}
}

func (p *proxy) carry(near net.Conn) {
	p.mu.Lock()
	refuse, target := p.refuse, p.target
	p.mu.Unlock()
	if refuse {
		_ = near.Close()
		return
	}
	far, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), p.network, target)
	if err != nil {
		_ = near.Close()
		return
	}
	if !p.keep(near, far) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pass(near, far, func() condition { return p.there }) })
	both.Go(func() { p.pass(far, near, func() condition { return p.back }) })
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, near)
	delete(p.open, far)
}

// keep notes the two ends of a connection, unless the proxy is closed.
func (p *proxy) keep(near, far net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = near.Close()
		_ = far.Close()
		return false
	}
	p.open[near], p.open[far] = struct{}{}, struct{}{}
	return true
}

var errTruncated = errors.New("truncated")

// pass carries one direction, and breaks both when it ends.
func (p *proxy) pass(from, to net.Conn, now func() condition) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
	}()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if err := p.forward(to, buffer[:n], now); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// forward sends a piece on when the conditions allow it.
func (p *proxy) forward(to io.Writer, piece []byte, now func() condition) error {
	for {
		p.mu.Lock()
		is, changed := now(), p.changed
		p.mu.Unlock()
		if is.frozen {
			<-changed
			continue
		}
		if is.delay > 0 {
			select {
			case <-time.After(is.delay):
			case <-changed:
			}
		}
		if is.truncate >= 0 {
			_, _ = to.Write(piece[:min(is.truncate, len(piece)-1)])
			return errTruncated
		}
		_, err := to.Write(piece)
		return err
	}
}
