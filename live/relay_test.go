package live_test

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"klantkaart/db/dbtest"
	"klantkaart/live"
)

// node is a hub with its relay at work.
type node struct {
	*live.Hub
	*live.Relay
}

// ears let a hub hear.
type ears struct{ *live.Hub }

func (e ears) Hear(signal live.Signal) { e.Wake(signal) }
func (e ears) Suspect(context.Context) { e.WakeAll() }

// start runs a node until the test ends. It returns when the node hears the others: then everyone on it
// is woken.
func start(t *testing.T, url, office string) node {
	t.Helper()
	hub := live.NewHub()
	wake, stop := hub.Listen(office, "start")
	defer stop()
	relay, err := live.NewRelay(url, ears{hub})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	<-wake
	return node{hub, relay}
}

func TestRelay(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		t.Run("wakes those on other nodes whom a signal concerns", func(t *testing.T) {
			t.Parallel()
			office := rand.Text()
			here, there := start(t, url, office), start(t, url, office)
			concerned, _ := there.Listen(office, "C1")
			other, _ := there.Listen(office, "C2")
			neighbour, _ := there.Listen(office+"buur", "C1")
			if err := here.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				here.Publish(signal(office, "C1", "CP1"))
				<-concerned
			}
			if rings(other) || rings(neighbour) {
				t.Error("woke someone whom it does not concern")
			}
		})
		t.Run("wakes everyone when Redis was away for a moment, and goes on", func(t *testing.T) {
			t.Parallel()
			office, line := rand.Text(), newLine(t, url)
			here, there := start(t, url, office), start(t, line.url, office)
			wake, _ := there.Listen(office, "C1")
			line.cut()
			<-wake
			here.Publish(signal(office, "C1"))
			<-wake
		})
		t.Run("knows that it hears nothing while Redis keeps its connections and is silent, and wakes everyone then and afterwards", func(t *testing.T) {
			t.Parallel()
			office, line := rand.Text(), newLine(t, url)
			there := start(t, line.url, office)
			wake, _ := there.Listen(office, "C1")
			line.held.Lock()
			for !there.Deaf() {
				<-wake
			}
			line.held.Unlock()
			for there.Deaf() {
				<-wake
			}
		})
	})
}

func TestRelayWithoutRedis(t *testing.T) {
	t.Parallel()
	t.Run("never makes a change wait", func(t *testing.T) {
		t.Parallel()
		relay, err := live.NewRelay("redis://127.0.0.1:1/0", ears{live.NewHub()})
		if err != nil {
			t.Fatal(err)
		}
		for range 5000 {
			relay.Publish(signal("delta", "C1"))
		}
		if err := relay.Ping(t.Context()); err == nil {
			t.Error("nobody answered, and yet it is there")
		}
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("tells of a bad URL without repeating it", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{"", "http://klant:geheim@host", "redis://klant:geheim@host/x", "redis://klant:ge%zzheim@host", "redis://h\x00"} {
			if _, err := live.NewRelay(bad, ears{live.NewHub()}); err == nil || strings.Contains(err.Error(), "heim") {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

// line is a connection to Redis that can be cut.
type line struct {
	url  string
	mu   sync.Mutex
	open []net.Conn
	down bool         // nobody gets through
	held sync.RWMutex // for as long as it is locked, nothing is passed on
}

// newLine listens for connections and passes them on to the Redis server.
func newLine(t *testing.T, redis string) *line {
	t.Helper()
	target, err := url.Parse(redis)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	through := *target
	through.Host = listener.Addr().String()
	l.url = through.String()
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			accepting.Go(func() { l.pass(conn, target.Host) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.cut()
		accepting.Wait()
	})
	return l
}

// pass carries what is said over one connection, both ways, until either side hangs up.
func (l *line) pass(near net.Conn, address string) {
	far, err := net.Dial("tcp", address)
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
			_ = near.Close()
			_ = far.Close()
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

// setDown hangs up on everyone, and on those who come, until it is up again.
func (l *line) setDown(down bool) {
	l.mu.Lock()
	l.down = down
	l.mu.Unlock()
	if down {
		l.cut()
	}
}

// cut hangs up on everyone; new connections pass.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
}
