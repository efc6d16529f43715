package transport

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
	"klantkaart/graph"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	var b budget
	now := time.Now()
	code := func(at time.Time) any {
		if fault := b.take(at); fault != nil {
			return fault.Extensions["code"]
		}
		return nil
	}
	for range 100 {
		if got := code(now); got != nil {
			t.Fatal(got)
		}
	}
	if got := code(now.Add(time.Hour)); got != SubscriptionLimit {
		t.Errorf("the 101st at once is %v", got)
	}
	b.giveBack()
	if fault := b.take(now); fault == nil || fault.Extensions["code"] != RateLimited || fault.Extensions["retryAfter"] != 1 {
		t.Errorf("one more in the same moment is %v", fault)
	}
	if got := code(now.Add(100 * time.Millisecond)); got != nil {
		t.Errorf("a tenth of a second later it is %v", got)
	}
	b.giveBack()
	if got := code(now.Add(150 * time.Millisecond)); got != RateLimited {
		t.Errorf("sooner than that it is %v", got)
	}
	b.open = 0
	for i := range 100 {
		if got := code(now.Add(time.Hour)); got != nil {
			t.Fatalf("an hour later number %d is %v", i, got)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		t.Run("a user has so many connections, and a node", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{Most: 4, PerUser: 2})
			const tooMany = "Too many connections, try again later"
			first := h.enter(t, "an")
			h.enter(t, "an")
			third := h.dial(t, Subprotocol)
			third.send(`{"type":"connection_init","payload":{"authorization":"an"}}`)
			third.expectEnd(1013, tooMany)
			until(t, func() bool { return h.connections.Count() == 2 })
			h.enter(t, "bert")
			h.enter(t, "cor")
			h.dial(t, Subprotocol).expectEnd(1013, tooMany)
			if _, refused := h.connections.Add(crm.Actor{UserID: "usr_dirk"}, nil); refused != &TooMany {
				t.Errorf("a stream is refused with %v", refused)
			}
			_ = first.Close()
			until(t, func() bool { return h.connections.Count() == 3 })
			h.enter(t, "an").alive()
		})
		t.Run("an office has so many, and each refusal is told", func(t *testing.T) {
			t.Parallel()
			var refused atomic.Int32
			h := openHouse(t, stock, Measures{PerOffice: 2, Refused: func() { refused.Add(1) }})
			h.enter(t, "an")
			leave, full := h.connections.Add(crm.Actor{OrganizationID: "org_1", UserID: "usr_bert"}, func(Ending) {})
			if full != nil {
				t.Fatal(full)
			}
			more := h.dial(t, Subprotocol)
			more.send(`{"type":"connection_init","payload":{"authorization":"cor"}}`)
			more.expectEnd(1013, "Too many connections, try again later")
			if left, full := h.connections.Add(crm.Actor{OrganizationID: "org_west", UserID: "usr_dirk"}, func(Ending) {}); full != nil {
				t.Errorf("another office is refused with %v", full)
			} else {
				left()
			}
			if got := refused.Load(); got != 1 {
				t.Errorf("%d refusals are told", got)
			}
			leave()
			until(t, func() bool { return h.connections.Count() == 1 })
			h.enter(t, "cor").alive()
		})
		t.Run("those on other nodes count too, but not for the node", func(t *testing.T) {
			t.Parallel()
			var elsewhere sync.Map
			h := openHouse(t, stock, Measures{Most: 3, PerUser: 3, PerOffice: 6, Elsewhere: func(whose crm.ID) int {
				many, _ := elsewhere.LoadOrStore(whose, 0)
				return many.(int)
			}})
			refused := func(who string) {
				t.Helper()
				g := h.dial(t, Subprotocol)
				g.send(`{"type":"connection_init","payload":{"authorization":"` + who + `"}}`)
				g.expectEnd(1013, "Too many connections, try again later")
				until(t, func() bool { return h.connections.Count() == 1 })
			}
			h.enter(t, "an")
			elsewhere.Store(crm.ID("usr_an"), 2)
			refused("an")
			elsewhere.Store(crm.ID("usr_an"), 0)
			elsewhere.Store(crm.ID("org_1"), 5)
			refused("an")
			refused("bert")
			elsewhere.Store(crm.ID("org_1"), 4)
			h.enter(t, "bert")
			told := map[crm.ID][2]int{}
			h.connections.Held(func(whose crm.ID, count, most int) { told[whose] = [2]int{count, most} })
			if want := map[crm.ID][2]int{"org_1": {2, 6}, "usr_an": {1, 3}, "usr_bert": {1, 3}}; !maps.Equal(told, want) {
				t.Errorf("it holds %v, want %v", told, want)
			}
		})
		t.Run("a socket has a hundred subscriptions", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "an")
			for i := range 100 {
				g.subscribe(fmt.Sprint(i), "subscription")
				<-h.graph.opened
			}
			g.subscribe("more", "subscription")
			if got := g.next(); !strings.HasPrefix(got, `{"id":"more","type":"error","payload":[{"message":"`) || !strings.Contains(got, `"code":"SUBSCRIPTION_LIMIT"`) {
				t.Errorf("the 101st is answered %s", got)
			}
			g.alive()
		})
		t.Run("and opens ten a second behind the first hundred", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "an")
			for i := 0; ; i++ {
				g.subscribe("1", "subscription 0")
				got := g.next()
				if got == `{"id":"1","type":"complete"}` && i < 900 {
					<-h.graph.opened
					continue
				}
				if i < 100 || !strings.HasPrefix(got, `{"id":"1","type":"error","payload":[{"message":"`) ||
					!strings.Contains(got, `"code":"RATE_LIMITED"`) || !strings.Contains(got, `"retryAfter":1`) {
					t.Errorf("number %d is answered %s", i, got)
				}
				break
			}
			g.subscribe("1", "query")
			g.expect(`{"id":"1","type":"next","payload":{"data":{"name":"","query":"query","variables":null}}}`, `{"id":"1","type":"complete"}`)
		})
	})
}

func TestTenOperationsRunAtOnce(t *testing.T) {
	t.Parallel()
	h := openHouse(t, false, Measures{})
	g := h.enter(t, "an")
	for i := range 15 {
		g.subscribe(fmt.Sprint(i), "blocked")
	}
	for range 15 {
		until(t, func() bool { return h.graph.running.Load() > 0 })
		if many := h.graph.running.Load(); many > 10 {
			t.Fatalf("%d operations run", many)
		}
		h.graph.blocked <- struct{}{}
	}
	for range 30 {
		g.next()
	}
	g.alive()
}

func TestAnOperationThatPanics(t *testing.T) {
	t.Parallel()
	h := openHouse(t, false, Measures{})
	g := h.enter(t, "an")
	g.subscribe("1", "panic")
	g.expect(`{"id":"1","type":"error","payload":[{"message":"Something went wrong on our side. Try again later.","extensions":{"code":"INTERNAL"}}]}`)
	g.alive()
}

func TestRights(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		who := func(h *house, g *guest) crm.Role {
			g.subscribe("who", "who")
			defer g.next() // complete
			defer g.next()
			return (<-h.graph.actors).Role
		}
		t.Run("that change hold for the next operation", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "an")
			if role := who(h, g); role != "" {
				t.Errorf("the role is %s", role)
			}
			h.graph.tell(graph.AccessChanged)
			if role := who(h, g); role != crm.ReadOnly {
				t.Errorf("the role is %q", role)
			}
		})
		t.Run("that cannot be read fail the next operation only", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "unlucky")
			h.graph.tell(graph.AccessChanged)
			for range 2 {
				g.subscribe("1", "who")
				g.expect(`{"id":"1","type":"error","payload":[{"message":"Something went wrong on our side. Try again later.","extensions":{"code":"INTERNAL"}}]}`)
			}
			g.alive()
		})
		t.Run("that are gone end the socket", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "gone")
			h.graph.tell(graph.AccessChanged)
			g.subscribe("1", "who")
			g.expectEnd(4401, "Session ended")
		})
		t.Run("that are revoked end it at once, and the answer of what runs is not sent", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			g := h.enter(t, "an")
			g.subscribe("1", "blocked")
			g.subscribe("2", "subscription")
			feed := <-h.graph.opened
			until(t, func() bool { return h.graph.running.Load() == 1 })
			h.graph.tell(graph.AccessEnded)
			feed.put(nil, `{"data":"secret"}`)
			g.expectEnd(4401, "Session ended")
			<-feed.closed
			until(t, func() bool {
				h.graph.mu.Lock()
				defer h.graph.mu.Unlock()
				return h.graph.left == 1 && h.graph.running.Load() == 0
			})
		})
	})
}

func TestClosing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		t.Run("waits for what runs, begins nothing more, and takes nobody in", func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, stock, Measures{})
			idle, busy := h.enter(t, "an"), h.enter(t, "bert")
			busy.subscribe("1", "blocked")
			until(t, func() bool { return h.graph.running.Load() == 1 })
			closed := make(chan error, 1)
			go func() { closed <- h.connections.Close(context.Background()) }()
			idle.expectEnd(1012, "Service restart")
			h.dial(t, Subprotocol).expectEnd(1012, "Service restart")
			until(t, func() bool { return isRetired(h.connections.all()[0].client) })
			busy.subscribe("2", "q")
			busy.alive()
			h.graph.blocked <- struct{}{}
			busy.expect(`{"id":"1","type":"next","payload":{"data":{"name":"","query":"blocked","variables":null}}}`)
			busy.expect(`{"id":"1","type":"complete"}`)
			busy.expectEnd(1012, "Service restart")
			if err := <-closed; err != nil {
				t.Error(err)
			}
		})
		t.Run("cuts off what does not end in time", func(t *testing.T) {
			t.Parallel()
			h := narrowHouse(t, stock, func(l net.Listener) net.Listener { return l })
			g := h.enter(t, "an")
			g.subscribe("1", "blocked")
			until(t, func() bool { return h.graph.running.Load() == 1 })
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if err := h.connections.Close(ctx); err == nil {
				t.Error("it says that all is well")
			}
			if _, _, err := g.ReadMessage(); !websocket.IsCloseError(err, 1006) {
				t.Errorf("the client sees %v", err)
			}
			until(t, func() bool { return h.connections.Count() == 0 })
		})
	})
}

// isRetired tells whether a client has been told that it is to end.
func isRetired(one client) bool {
	switch s := one.(type) {
	case *socket:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.retiring != nil
	case *stockSocket:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.retired != nil
	}
	return false
}
