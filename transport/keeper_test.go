package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
)

// corridor is a listener in memory, so that time can be the test's own.
type corridor chan net.Conn

func (c corridor) Accept() (net.Conn, error) {
	conn, open := <-c
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (c corridor) Close() error   { return nil }
func (c corridor) Addr() net.Addr { return &net.UnixAddr{Name: "corridor"} }

// timeless runs a test in time of its own, against both transports.
func timeless(t *testing.T, measures Measures, test func(t *testing.T, h *house, enter func(token string) *guest)) {
	t.Helper()
	both(t, func(t *testing.T, stock bool) {
		synctest.Test(t, func(t *testing.T) {
			h, listener := newHouse(stock, measures), make(corridor)
			server := &http.Server{Handler: http.HandlerFunc(h.serve)}
			served := make(chan error, 1)
			go func() { served <- server.Serve(listener) }()
			t.Cleanup(func() {
				close(listener)
				_ = server.Close()
				if err := <-served; !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
			test(t, h, func(token string) *guest { return listener.enter(t, token) })
		})
	})
}

// enter opens a socket and is let in; without a token it only opens it.
func (c corridor) enter(t *testing.T, token string) *guest {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}, NetDial: func(string, string) (net.Conn, error) {
		near, far := net.Pipe()
		c <- far
		return near, nil
	}}
	conn, response, err := dialer.Dial("ws://corridor/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	g := &guest{conn, t}
	if token != "" {
		g.send(`{"type":"connection_init","payload":{"authorization":"` + token + `"}}`)
		g.expect(`{"type":"connection_ack"}`)
	}
	return g
}

// endAfter reads to the end, and tells when it came.
func (g *guest) endAfter() (after time.Duration, err error) {
	began := time.Now()
	_ = g.SetReadDeadline(time.Time{})
	for err == nil {
		_, _, err = g.ReadMessage()
	}
	return time.Since(began), err
}

func expectAfter(t *testing.T, g *guest, want time.Duration, code int, reason string) {
	t.Helper()
	after, err := g.endAfter()
	if after != want || !websocket.IsCloseError(err, code) || !strings.Contains(err.Error(), reason) {
		t.Errorf("it ended after %v with %v, want %v with %d %s", after, err, want, code, reason)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	t.Run("a client has five seconds to say who it is", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{}, func(t *testing.T, _ *house, enter func(string) *guest) {
			expectAfter(t, enter(""), 5*time.Second, 4408, "Connection initialisation timeout")
		})
	})
	t.Run("a client that is there stays, until its credential expires", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{}, func(t *testing.T, _ *house, enter func(string) *guest) {
			pings := 0
			g := enter("hour")
			answer := g.PingHandler()
			g.SetPingHandler(func(text string) error {
				pings++
				return answer(text)
			})
			expectAfter(t, g, time.Hour, 4403, "Token expired")
			if pings < 143 || pings > 145 {
				t.Errorf("it was pinged %d times in an hour", pings)
			}
		})
	})
	t.Run("one that is silent for two pings is gone", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{}, func(t *testing.T, h *house, enter func(string) *guest) {
			g := enter("an")
			g.SetPingHandler(func(string) error { return nil })
			after, err := g.endAfter()
			if after < 50*time.Second || after > 75*time.Second || !websocket.IsCloseError(err, 1006) {
				t.Errorf("it ended after %v with %v", after, err)
			}
			synctest.Wait()
			if h.connections.Count() != 0 {
				t.Error("it is still counted")
			}
		})
	})
	t.Run("one that takes nothing for thirty seconds is cut off", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{Ping: time.Hour}, func(t *testing.T, h *house, enter func(string) *guest) {
			g := enter("an")
			g.subscribe("1", "subscription")
			feed := <-h.graph.opened
			began := time.Now()
			feed.put(nil, large(1))
			<-feed.closed
			if after := time.Since(began); after != stall {
				t.Errorf("it was cut off after %v", after)
			}
		})
	})
	t.Run("one that takes a little now and then is not", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{}, func(t *testing.T, h *house, enter func(string) *guest) {
			g := enter("an")
			g.subscribe("1", "subscription")
			feed := <-h.graph.opened
			feed.put(io.EOF, large(1))
			taken := 0
			_ = g.SetReadDeadline(time.Time{})
			for range 20 {
				<-time.After(20 * time.Second)
				n, err := g.NetConn().Read(make([]byte, 100))
				if taken += n; err != nil {
					t.Fatalf("%v after %d bytes", err, taken)
				}
			}
		})
	})
	t.Run("credentials are looked at every minute, each once", func(t *testing.T) {
		t.Parallel()
		timeless(t, Measures{}, func(t *testing.T, h *house, enter func(string) *guest) {
			var mu sync.Mutex
			var looks [][]crm.ID
			h.connections.measures.Working = func(_ context.Context, office crm.ID, credentials []crm.ID) ([]crm.ID, error) {
				mu.Lock()
				defer mu.Unlock()
				slices.Sort(credentials)
				looks = append(looks, append([]crm.ID{office}, credentials...))
				if len(looks)%2 == 1 {
					return nil, io.ErrUnexpectedEOF // the database is away
				}
				return []crm.ID{"ses_an"}, nil
			}
			an, again := enter("an"), enter("an")
			go func() { _, _ = an.endAfter() }()
			go func() { _, _ = again.endAfter() }()
			expectAfter(t, enter("gone"), 2*time.Minute, 4401, "Session ended")
			mu.Lock()
			defer mu.Unlock()
			if want := []crm.ID{"org_1", "ses_an", "ses_gone"}; !slices.Equal(looks[0], want) || !slices.Equal(looks[1], want) {
				t.Errorf("looked at %v", looks)
			}
			_, _ = an.NetConn().Close(), again.NetConn().Close()
		})
	})
}

func TestClosingInSlices(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct {
		many  int
		limit time.Duration // 0: none
		want  time.Duration
	}{
		"a few at once":                  {25, 0, 0},
		"many at a pace":                 {2000, 0, 3950 * time.Millisecond},
		"more in three quarters of time": {10_000, 16 * time.Second, 11_900 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := NewConnections(Measures{})
				ends := map[time.Duration]int{}
				began := time.Now()
				for range given.many {
					var leave func()
					leave, refused := c.Add(crm.Actor{UserID: "usr_1"}, func(why Ending) {
						if why != Restart {
							t.Errorf("it ended for %v", why)
						}
						ends[time.Since(began)]++
						go leave()
					})
					if refused != nil {
						t.Fatal(*refused)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				if given.limit > 0 {
					ctx, cancel = context.WithTimeout(ctx, given.limit)
				}
				defer cancel()
				if err := c.Close(ctx); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != given.want {
					t.Errorf("it took %v", took)
				}
				for at, many := range ends {
					if many > given.many/len(ends)+1 {
						t.Errorf("%d at once after %v", many, at)
					}
				}
				if _, refused := c.Add(crm.Actor{}, nil); refused != &Restart {
					t.Errorf("refused with %v", refused)
				}
			})
		})
	}
}
