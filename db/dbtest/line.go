package dbtest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Line is a way to Redis that can be cut, and held.
type Line struct {
	URL string // of Redis, over this line

	mu   sync.Mutex
	open []net.Conn
	down bool         // nobody gets through
	held sync.RWMutex // for as long as it is locked, nothing is passed on
}

// NewLine listens for connections and passes them on to the Redis server, until the test ends.
func NewLine(t *testing.T, redis string) *Line {
	t.Helper()
	target, err := url.Parse(redis)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	through := *target
	through.Host = listener.Addr().String()
	l := &Line{URL: through.String()}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			accepting.Go(func() { l.pass(ctx, conn, target.Host) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.SetDown(true)
		accepting.Wait()
	})
	return l
}

// pass carries what is said over one connection, both ways, until either side hangs up.
func (l *Line) pass(ctx context.Context, near net.Conn, address string) {
	far, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	l.open = append(l.open, near, far)
	if l.down {
		_, _ = near.Close(), far.Close()
	}
	l.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(gate{way[0], &l.held}, way[1])
			_, _ = near.Close(), far.Close()
		})
	}
	both.Wait()
}

// gate passes on what is written while it is not held.
type gate struct {
	net.Conn
	held *sync.RWMutex
}

func (g gate) Write(said []byte) (int, error) {
	g.held.RLock()
	defer g.held.RUnlock()
	return g.Conn.Write(said)
}

// Hold has the line pass nothing on, though it stays open, until Release.
func (l *Line) Hold() { l.held.Lock() }

// Release passes on what was held, and what follows.
func (l *Line) Release() { l.held.Unlock() }

// SetDown hangs up on everyone, and on those who come, until it is up again.
func (l *Line) SetDown(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	if down {
		l.hangUp()
	}
}

// Cut hangs up on everyone; new connections pass.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangUp()
}

// hangUp closes what is open; the caller holds the lock.
func (l *Line) hangUp() {
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
}
