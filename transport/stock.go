package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	stock "github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"

	"klantkaart/crm"
	"klantkaart/graph"
)

// stockSocket has gqlgen's transport speak graphql-transport-ws as strictly as our own: it stands between
// that and the client, passes on only what is in order, and answers the rest itself. It costs a few
// goroutines each, and a queue.
type stockSocket struct {
	seat
	of       *Sockets
	ctx      context.Context //nolint:containedctx // the connection's: its request's name
	admit    Admission
	wire     *wire
	reader   *websocket.Conn
	tardy    *time.Timer
	unattend func()

	changing sync.Mutex
	changed  bool
	acting   crm.Actor

	writing chan struct{} // holds one while somebody writes
	parted  chan struct{} // closed once the last frame is written, or cannot be

	mu      sync.Mutex
	known   bool // it was let in
	ending  *Ending
	names   map[string]string // gqlgen's names of operations by those of the client
	ids     map[string]string // and the other way round
	named   int
	running int // queries and mutations
	retired *Ending
	budget  budget
}

// serveStock serves a websocket to its end.
func (t *Sockets) serveStock(w http.ResponseWriter, r *http.Request, reader *websocket.Conn, wire *wire, admit Admission) {
	s := &stockSocket{of: t, ctx: r.Context(), admit: admit, wire: wire, reader: reader,
		names: map[string]string{}, ids: map[string]string{},
		writing: make(chan struct{}, 1), parted: make(chan struct{})}
	s.client = s
	wire.heard = func() { s.heard.Store(t.Connections.ticks.Load()) }
	reader.SetPingHandler(func(payload string) error {
		s.write(newFrame().control(framePong, []byte(payload)), nil)
		return nil
	})
	reader.SetPongHandler(func(string) error { return nil })
	reader.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = 0
		}
		s.End(Ending{Code: code})
		return nil
	})
	s.tardy = time.AfterFunc(initTimeout, func() { s.End(endInitTimeout) })
	defer s.part()
	if refused := t.Connections.enter(&s.seat); refused != nil {
		s.End(*refused)
	}
	if reader.Subprotocol() != Subprotocol {
		s.End(endSubprotocol)
	}
	stock.Websocket{Implementation: s, InitFunc: s.welcome}.Do(w, r, stockGraph{t.Graph, s})
}

// Accept hands the connection over, which was opened already.
func (s *stockSocket) Accept(http.ResponseWriter, *http.Request, stock.WebsocketAcceptOptions) (stock.WebsocketConn, error) {
	return s, nil
}

// Subprotocol is what gqlgen is to speak, whatever comes of it.
func (s *stockSocket) Subprotocol() string { return Subprotocol }

// NextReader gives gqlgen the next message that is for it.
func (s *stockSocket) NextReader() (int, io.Reader, error) {
	for {
		kind, content, err := s.reader.NextReader()
		var m incoming
		var wrong *Ending
		if err == nil {
			m, wrong, err = receiveFrom(kind, content)
		}
		if err != nil {
			return 0, nil, s.lost(err)
		}
		if s.isOver() {
			continue
		}
		var passed []byte
		if wrong == nil {
			passed, wrong = s.pass(m)
		}
		switch {
		case wrong != nil:
			s.End(*wrong)
		case passed != nil:
			return websocket.TextMessage, bytes.NewReader(passed), nil
		}
	}
}

func (s *stockSocket) lost(err error) error {
	ending := endingOf(err)
	s.End(*ending)
	if ending.Code != 0 {
		_, _ = io.Copy(io.Discard, s.wire)
	}
	return stock.ErrWebsocketClosed
}

func (s *stockSocket) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending != nil
}

// pass gives what gqlgen is to see of a message: nothing when it was dealt with here.
func (s *stockSocket) pass(m incoming) ([]byte, *Ending) {
	switch m.kind {
	case kindPing:
		s.write(newFrame().pong(m.payload), nil)
		return nil, nil
	case kindPong:
		return nil, nil
	case kindInit:
		if !s.tardy.Stop() {
			return nil, &endInitAgain // or too late, which was said already
		}
		if _, err := m.hello(); err != nil {
			return nil, &endInvalid
		}
		return envelope(kindInit, "", m.payload), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		return nil, &endEarly
	}
	name, taken := s.names[m.id]
	if m.kind == kindComplete {
		if !taken {
			return nil, nil
		}
		s.forget(name)
		return envelope(kindComplete, name, nil), nil
	}
	if _, err := m.request(); err != nil {
		return nil, &endInvalid
	}
	if taken {
		return nil, new(endDuplicate(m.id))
	}
	if s.retired != nil {
		return nil, nil
	}
	s.named++
	name = strconv.Itoa(s.named)
	s.names[m.id], s.ids[name] = name, m.id
	return envelope(kindSubscribe, name, m.payload), nil
}

// forget takes an operation out, by gqlgen's name. The lock is held.
func (s *stockSocket) forget(name string) {
	delete(s.names, s.ids[name])
	delete(s.ids, name)
}

func envelope(kind, id string, payload []byte) []byte {
	return encoded(struct {
		Type    string          `json:"type"`
		ID      string          `json:"id,omitempty"`
		Payload json.RawMessage `json:"payload,omitempty"`
	}{kind, id, payload})
}

// WriteJSON sends what gqlgen says, unless the client has heard the end of it already.
func (s *stockSocket) WriteJSON(said any) error {
	var m struct {
		Type    string
		ID      string
		Payload json.RawMessage
	}
	if err := json.Unmarshal(encoded(said), &m); err != nil {
		return err
	}
	if m.Type == "connection_ack" {
		s.mu.Lock()
		s.known = true
		s.mu.Unlock()
		s.write(newFrame().ack(), nil)
		return nil
	}
	if m.Type != "next" {
		defer s.settle()
	}
	s.mu.Lock()
	id, there := s.ids[m.ID]
	if there && m.Type != "next" {
		s.forget(m.ID)
	}
	s.mu.Unlock()
	if !there {
		return nil
	}
	f := newFrame()
	switch m.Type {
	case "next":
		f.next(quoted(id), m.Payload)
	case "error":
		f.text(quoted(id), `,"type":"error","payload":`, m.Payload, "}")
	default:
		f.completed(quoted(id))
	}
	s.write(f, nil)
	return nil
}

// welcome finds out who the client is, and lets it in or not.
func (s *stockSocket) welcome(ctx context.Context, said stock.InitPayload) (context.Context, *stock.InitPayload, error) {
	m := incoming{kind: kindInit}
	if said != nil {
		m.payload = encoded(said)
	}
	hello, err := m.hello()
	if err != nil {
		return ctx, nil, err
	}
	actor, err := s.admit(ctx, hello)
	if err == nil {
		if refused := s.of.Connections.identify(&s.seat, actor); refused != nil {
			s.End(*refused)
			return ctx, nil, errors.New(refused.Reason)
		}
		s.acting = actor
		ctx = crm.WithActor(ctx, actor)
		s.unattend, err = s.of.Graph.Attend(ctx, s.attended)
	}
	if err != nil {
		s.End(*refusal(ctx, err))
	}
	return ctx, nil, err
}

func (s *stockSocket) attended(access graph.Access) {
	if access == graph.AccessChanged {
		s.changing.Lock()
		s.changed = true
		s.changing.Unlock()
		return
	}
	s.End(Revoked)
}

// whoNow gives a context in which the actor is who it is by now.
func (s *stockSocket) whoNow(ctx context.Context) (context.Context, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	ctx = crm.WithActor(ctx, s.acting)
	if !s.changed {
		return ctx, nil
	}
	now, err := s.of.Again(ctx)
	if errors.Is(err, crm.ErrUnauthenticated) {
		s.End(Revoked)
	}
	if err != nil {
		return ctx, err
	}
	s.acting, s.changed = now, false
	return crm.WithActor(ctx, now), nil
}
