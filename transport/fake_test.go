package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/graph"
)

// until waits for something that is about to be so.
func until(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to that")
		}
	}
}

// patience bounds every wait of these tests; none takes that long unless it fails.
const patience = 20 * time.Second

// fakeGraph runs operations that say themselves what is to become of them.
type fakeGraph struct {
	opened  chan *tape // the subscriptions that were opened
	blocked chan struct{}
	actors  chan crm.Actor // who has executed what began with "who"
	running atomic.Int32   // what is blocked

	mu   sync.Mutex
	told []func(graph.Access)
	left int
}

func newFakeGraph() *fakeGraph {
	return &fakeGraph{opened: make(chan *tape, 1000), blocked: make(chan struct{}), actors: make(chan crm.Actor, 10)}
}

func (g *fakeGraph) CreateOperationContext(_ context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation := &graphql.OperationContext{RawQuery: params.Query, Variables: params.Variables, RecoverFunc: graph.Recover,
		OperationName: params.OperationName}
	kind := ast.Query
	switch {
	case strings.HasPrefix(params.Query, "wrong"):
		return operation, gqlerror.List{{Message: "wrong", Extensions: map[string]any{"code": "COST_LIMIT"}}}
	case strings.HasPrefix(params.Query, "subscription"):
		kind = ast.Subscription
	}
	operation.Operation = &ast.OperationDefinition{Operation: kind}
	return operation, nil
}

func (g *fakeGraph) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return func(ctx context.Context) *graphql.Response {
		switch {
		case strings.HasPrefix(operation.RawQuery, "late"):
			return nil
		case strings.HasPrefix(operation.RawQuery, "who"):
			actor, _ := crm.ActorFrom(ctx)
			g.actors <- actor
		case strings.HasPrefix(operation.RawQuery, "panic"):
			panic("an operation that breaks")
		case strings.HasPrefix(operation.RawQuery, "blocked"):
			g.running.Add(1)
			defer g.running.Add(-1)
			select {
			case <-g.blocked:
			case <-ctx.Done():
			}
		}
		data, _ := json.Marshal(map[string]any{"query": operation.RawQuery, "variables": operation.Variables, "name": operation.OperationName})
		return &graphql.Response{Data: data}
	}, ctx
}

func (g *fakeGraph) DispatchError(_ context.Context, faults gqlerror.List) *graphql.Response {
	return &graphql.Response{Errors: faults}
}

func (g *fakeGraph) Subscribe(_ context.Context, operation *graphql.OperationContext, options graph.SubscribeOptions) (Feed, *graphql.Response) {
	if strings.HasPrefix(operation.RawQuery, "subscription refused") {
		return nil, &graphql.Response{Errors: gqlerror.List{{Message: "refused"}}}
	}
	opened := &tape{wake: options.Wake, closed: make(chan struct{})}
	if many := strings.TrimPrefix(operation.RawQuery, "subscription "); many != "subscription" {
		var n int
		if _, err := fmt.Sscan(many, &n); err == nil {
			opened.fill(n)
		}
	}
	g.opened <- opened
	return opened, nil
}

func (g *fakeGraph) Attend(_ context.Context, told func(graph.Access)) (func(), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = append(g.told, told)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.left++
	}, nil
}

// tell tells all who attend.
func (g *fakeGraph) tell(access graph.Access) {
	g.mu.Lock()
	told := g.told
	g.mu.Unlock()
	for _, one := range told {
		one(access)
	}
}

// tape is a subscription that plays what was put on it.
type tape struct {
	wake   func()
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	messages []*graph.Message
	end      error
	asked    int // how many were taken
}

func (p *tape) Next(context.Context) (*graph.Message, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) == 0 {
		return nil, p.end
	}
	one := p.messages[0]
	p.messages = p.messages[1:]
	p.asked++
	return one, nil
}

func (p *tape) Close() { p.once.Do(func() { close(p.closed) }) }

// put adds messages, and perhaps the end, and wakes.
func (p *tape) put(end error, payloads ...string) {
	p.mu.Lock()
	for _, payload := range payloads {
		p.messages = append(p.messages, &graph.Message{Payload: []byte(payload)})
	}
	p.end = end
	p.mu.Unlock()
	p.wake()
}

// fill puts numbers on it, and its end.
func (p *tape) fill(many int) {
	for i := range many {
		p.messages = append(p.messages, &graph.Message{Payload: fmt.Appendf(nil, `{"data":%d}`, i)})
	}
	p.end = io.EOF
}

func (p *tape) taken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// house is a server of websockets on a fake graph.
type house struct {
	*httptest.Server
	graph       *fakeGraph
	connections *Connections
	sockets     *Sockets
}

// user is whom the token names; "nobody" is refused.
func user(token string) (crm.Actor, error) {
	if token == "" || token == "nobody" {
		return crm.Actor{}, crm.ErrUnauthenticated
	}
	if token == "trouble" {
		return crm.Actor{}, io.ErrUnexpectedEOF
	}
	actor := crm.Actor{OrganizationID: "org_1", UserID: crm.ID("usr_" + token), CredentialID: crm.ID("ses_" + token)}
	if token == "hour" {
		actor.ExpiresAt = new(time.Now().Add(time.Hour))
	}
	return actor, nil
}

// openHouse serves with one of the two transports.
func openHouse(t *testing.T, stock bool, measures Measures) *house {
	t.Helper()
	h := newHouse(stock, measures)
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.connections.Close(ctx); err != nil {
			t.Error(err)
		}
		h.Close()
	})
	return h
}

func newHouse(stock bool, measures Measures) *house {
	h := &house{graph: newFakeGraph(), connections: NewConnections(measures)}
	h.sockets = &Sockets{Graph: h.graph, Connections: h.connections, Stock: stock,
		Again: func(ctx context.Context) (crm.Actor, error) {
			actor, err := crm.ActorFrom(ctx)
			switch actor.UserID {
			case "usr_gone":
				return actor, crm.ErrUnauthenticated
			case "usr_unlucky":
				return actor, io.ErrUnexpectedEOF
			}
			actor.Role = crm.ReadOnly
			return actor, err
		},
		Deny: func(w http.ResponseWriter, _ *http.Request, status int) { w.WriteHeader(status) },
	}
	return h
}

func (h *house) serve(w http.ResponseWriter, r *http.Request) {
	h.sockets.Serve(w, r, func(_ context.Context, hello Hello) (crm.Actor, error) {
		actor, err := user(hello.Authorization)
		actor.ClientID = hello.ClientID
		return actor, err
	})
}

// guest is a client of a house.
type guest struct {
	*websocket.Conn
	t *testing.T
}

// dial opens a websocket.
func (h *house) dial(t *testing.T, protocols ...string) *guest {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: protocols}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(h.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return &guest{conn, t}
}

// enter opens a websocket and is let in.
func (h *house) enter(t *testing.T, token string) *guest {
	t.Helper()
	g := h.dial(t, Subprotocol)
	g.send(`{"type":"connection_init","payload":{"authorization":"` + token + `"}}`)
	g.expect(`{"type":"connection_ack"}`)
	return g
}

func (g *guest) send(messages ...string) {
	g.t.Helper()
	for _, text := range messages {
		if err := g.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			g.t.Fatal(err)
		}
	}
}

// subscribe sends a request under an id.
func (g *guest) subscribe(id, query string) {
	g.t.Helper()
	text, _ := json.Marshal(map[string]any{"type": "subscribe", "id": id, "payload": map[string]any{"query": query}})
	g.send(string(text))
}

// expect demands messages, exactly.
func (g *guest) expect(messages ...string) {
	g.t.Helper()
	for _, want := range messages {
		if got := g.next(); got != want {
			g.t.Fatalf("received %s, want %s", got, want)
		}
	}
}

func (g *guest) next() string {
	g.t.Helper()
	_ = g.SetReadDeadline(time.Now().Add(patience))
	_, text, err := g.ReadMessage()
	if err != nil {
		g.t.Fatal(err)
	}
	return string(text)
}

// expectEnd demands that the server ends the socket, as the protocol of websockets has it: a close frame, and
// the end of the connection behind the answer to it.
func (g *guest) expectEnd(code int, reason string) {
	g.t.Helper()
	_ = g.SetReadDeadline(time.Now().Add(patience))
	for {
		_, text, err := g.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // gorilla gives it as it is
			if closed.Code != code || closed.Text != reason {
				g.t.Errorf("ended with %d %q, want %d %q", closed.Code, closed.Text, code, reason)
			}
			break
		}
		if err != nil {
			g.t.Fatalf("ended without a reason: %v", err)
		}
		g.t.Errorf("received %s before the end", text)
	}
	if n, err := io.Copy(io.Discard, g.NetConn()); err != nil || n > 0 {
		g.t.Errorf("behind the end come %d bytes, %v", n, err)
	}
}

// alive demands that the socket answers, and has said nothing else before.
func (g *guest) alive() {
	g.t.Helper()
	g.send(`{"type":"ping"}`)
	g.expect(`{"type":"pong"}`)
}
