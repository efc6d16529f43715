package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/graph"
)

// held is how many bytes each side of such a connection holds, more or less.
const held = 32 << 10

// narrow is a listener whose connections hold little that the client has not read.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(held)
	}
	return conn, err
}

// opaque is a connection that can only be written to by waiting, as one with TLS.
type opaque struct{ net.Listener }

func (o opaque) Accept() (net.Conn, error) {
	conn, err := o.Listener.Accept()
	return struct{ net.Conn }{conn}, err
}

// narrowHouse serves connections that hold little.
func narrowHouse(t *testing.T, stock bool, wrap func(net.Listener) net.Listener) *house {
	t.Helper()
	h := newHouse(stock, Measures{})
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(h.serve))
	h.Listener = wrap(h.Listener)
	h.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = h.connections.Close(ctx)
		h.Close()
	})
	return h
}

// slow opens a socket whose client's side holds little too.
func (h *house) slow(t *testing.T) *guest {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}, NetDial: func(network, address string) (net.Conn, error) {
		conn, err := net.Dial(network, address)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(held)
		}
		return conn, err
	}}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	g := &guest{conn, t}
	g.send(`{"type":"connection_init","payload":{"authorization":"slow"}}`)
	g.expect(`{"type":"connection_ack"}`)
	return g
}

// large is a message of 20 KB with a number.
func large(i int) string {
	return fmt.Sprintf(`{"data":{"n":%d,"filling":%q}}`, i, strings.Repeat("x", 20<<10))
}

func TestAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"directly":   func(l net.Listener) net.Listener { return narrow{l} },
		"by waiting": func(l net.Listener) net.Listener { return opaque{narrow{l}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const many = 100
			h := narrowHouse(t, false, wrap)
			deaf := h.slow(t)
			deaf.subscribe("1", "subscription")
			deafs := <-h.graph.opened
			other := h.enter(t, "other")
			other.subscribe("1", "subscription")
			others := <-h.graph.opened
			for i := range many { // the same goroutine wakes both: had it waited for one, the other would not get on
				deafs.put(nil, large(i))
				others.put(nil, large(i))
				other.expect(`{"id":"1","type":"next","payload":` + large(i) + `}`)
			}
			if taken := deafs.taken(); taken > 20 {
				t.Errorf("%d messages were taken for a client that does not read", taken)
			}
			deafs.put(io.EOF)
			for i := range many {
				deaf.expect(`{"id":"1","type":"next","payload":` + large(i) + `}`)
			}
			deaf.expect(`{"id":"1","type":"complete"}`)
			deaf.alive()
		})
	}
	t.Run("waits for the answers to what it says", func(t *testing.T) {
		t.Parallel()
		h := narrowHouse(t, false, func(l net.Listener) net.Listener { return narrow{l} })
		deaf := h.slow(t)
		filling := strings.Repeat("x", 60<<10)
		said := make(chan int, 1)
		go func() {
			for i := range 50 { // 3 MB
				_ = deaf.SetWriteDeadline(time.Now().Add(patience))
				text := fmt.Sprintf(`{"type":"ping","payload":{"n":%d,"filling":%q}}`, i, filling)
				if err := deaf.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
					t.Error(err)
				}
			}
			close(said)
		}()
		for i := range 50 {
			deaf.expect(fmt.Sprintf(`{"type":"pong","payload":{"n":%d,"filling":%q}}`, i, filling))
		}
		<-said
	})
	t.Run("is told no more behind its end", func(t *testing.T) {
		t.Parallel()
		h := narrowHouse(t, false, func(l net.Listener) net.Listener { return narrow{l} })
		deaf := h.slow(t)
		deaf.subscribe("1", "subscription")
		feed := <-h.graph.opened
		for i := range 100 {
			feed.put(nil, large(i))
		}
		taken := feed.taken()
		h.graph.tell(graph.AccessEnded)
		<-feed.closed // it is cut off, for it does not answer
		if after := feed.taken(); after > taken+1 {
			t.Errorf("%d messages were taken behind its end", after-taken)
		}
	})
}

// TestRaces wakes, completes, ends and leaves, all at once: under the race detector. What arrives of a
// subscription is in order, without a gap, and ends once.
func TestRaces(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		h := narrowHouse(t, stock, func(l net.Listener) net.Listener { return narrow{l} })
		var clients, wakers sync.WaitGroup
		stop := make(chan struct{})
		for range 4 {
			wakers.Go(func() {
				for {
					select {
					case feed := <-h.graph.opened:
						wakers.Go(func() { feed.play(50) })
					case <-stop:
						return
					}
				}
			})
		}
		for i := range 8 {
			g := h.enter(t, fmt.Sprint("user", i))
			clients.Go(func() { g.hurry(i) })
		}
		clients.Wait()
		close(stop)
		wakers.Wait()
	})
}

// play puts numbers on a subscription from several sides, with wakes too many.
func (p *tape) play(many int) {
	var sides sync.WaitGroup
	var put atomic.Int32
	for range 3 {
		sides.Go(func() {
			for {
				p.mu.Lock()
				n := put.Add(1) - 1
				if int(n) >= many {
					p.end = io.EOF
					p.mu.Unlock()
					p.wake()
					return
				}
				p.messages = append(p.messages, &graph.Message{Payload: fmt.Appendf(nil, `{"data":%d}`, n)})
				p.mu.Unlock()
				p.wake()
			}
		})
	}
	sides.Wait()
}

// hurry subscribes, completes halfway now and then, asks in between, and leaves in the one way or the other.
func (g *guest) hurry(seed int) {
	dice := rand.New(rand.NewPCG(1, uint64(seed)))
	next, over := map[string]int{}, 0
	for round := range 20 {
		g.subscribe(fmt.Sprint("s", round), "subscription")
		g.subscribe(fmt.Sprint("q", round), "q")
		g.send(`{"type":"ping"}`)
	}
	completed := map[string]bool{}
	for over < 40 {
		var got struct {
			ID, Type string
			Payload  struct{ Data any }
		}
		text := g.next()
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			g.t.Error(err)
		}
		number, isNumber := got.Payload.Data.(float64)
		switch {
		case got.Type == "pong":
		case completed[got.ID] && got.Type == "complete":
			g.t.Errorf("%s was completed twice", got.ID)
		case got.Type == "complete":
			over++
			completed[got.ID] = true
		case isNumber && int(number) != next[got.ID]:
			g.t.Errorf("%s follows %d in %s", text, next[got.ID]-1, got.ID)
		case isNumber:
			next[got.ID]++
			if next[got.ID] == 25 && dice.IntN(4) == 0 {
				g.send(`{"type":"complete","id":"`+got.ID+`"}`, `{"type":"ping","payload":{"a":1}}`)
				over += g.untilPong(got.ID, next, completed)
			}
		}
	}
	if dice.IntN(2) == 0 {
		_ = g.NetConn().Close()
	}
}

// untilPong reads past what was under way when the client completed a subscription: behind the answer to a
// ping, which it has sent after that, nothing of it comes any more.
func (g *guest) untilPong(id string, next map[string]int, completed map[string]bool) (over int) {
	for {
		var got struct {
			ID, Type string
			Payload  json.RawMessage
		}
		if err := json.Unmarshal([]byte(g.next()), &got); err != nil {
			g.t.Error(err)
		}
		switch {
		case got.Type == "pong" && string(got.Payload) == `{"a":1}`:
			if !completed[id] { // it may have ended by itself meanwhile
				completed[id] = true
				over++
			}
			return over
		case got.Type == "complete":
			completed[got.ID] = true
			over++
		case got.Type == "next" && strings.HasPrefix(got.ID, "s"):
			next[got.ID]++
		}
	}
}

// still is a subscription that always has the same message, once for each wake.
type still struct {
	message *graph.Message
	ready   atomic.Bool
}

func (s *still) Next(context.Context) (*graph.Message, error) {
	if s.ready.Swap(false) {
		return s.message, nil
	}
	return nil, nil
}
func (s *still) Close() {}

// quiet gives a socket with a subscription whose client reads and forgets.
func quiet(t testing.TB) (o *operation, feed *still) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(io.Discard, struct{ io.Reader }{client}) })
	t.Cleanup(func() {
		_, _, _ = server.Close(), listener.Close(), client.Close()
		reading.Wait()
	})
	s := &socket{of: &Sockets{Connections: NewConnections(Measures{})}, wire: &wire{Conn: server}, ctx: t.Context()}
	s.out, err = server.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	feed = &still{message: &graph.Message{Payload: []byte(`{"data":{"cardEvents":"` + strings.Repeat("x", 1000) + `"}}`)}}
	return &operation{socket: s, id: `"1"`, feed: feed}, feed
}

// deliver has a message sent, and waits until it is.
func (o *operation) deliver(feed *still) {
	feed.ready.Store(true)
	o.wake()
	for sent := false; !sent; {
		o.socket.mu.Lock()
		sent = !o.socket.busy
		o.socket.mu.Unlock()
		if !sent {
			runtime.Gosched()
		}
	}
}

func TestAMessageCostsAlmostNoMemory(t *testing.T) { //nolint:paralleltest // all that is allocated counts
	o, feed := quiet(t)
	allocations := testing.AllocsPerRun(1000, func() { o.deliver(feed) })
	if allocations > 2 {
		t.Errorf("a message costs %v allocations", allocations)
	}
}

func BenchmarkMessage(b *testing.B) {
	o, feed := quiet(b)
	b.ReportAllocs()
	for b.Loop() {
		o.deliver(feed)
	}
}
