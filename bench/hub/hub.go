// Package hub is what the live feed is measured against: the smallest server of websockets that is
// honest. Whoever subscribes to a topic gets what is published on it. It knows no rights, no log, no
// database and no GraphQL, and it speaks just enough graphql-transport-ws for the same clients.
//
// It is as good as gorilla lets it be: one goroutine per connection, which lives on when the handler of
// the upgrade has returned, so that net/http's buffers are gone; buffers for reading of 512 bytes, shared
// ones for writing; a message is made into a frame once, which all clients share to the byte
// (websocket.PreparedMessage: all subscribe under the same id), and is written by the publisher itself,
// without queues. A client that does not read holds it up.
package hub

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The hub's measures.
const (
	writeTimeout  = 10 * time.Second
	bufferSize    = 512
	historyLength = 64 // messages of a topic that are kept for those who come back
)

// hub passes messages to connections.
type hub struct {
	upgrader websocket.Upgrader
	mu       sync.Mutex
	topics   map[string]*topic
}

// topic is a card with those who follow it.
type topic struct {
	mu      sync.Mutex
	members map[*member]struct{}
	history []*websocket.PreparedMessage
}

// member is a connection with its one subscription.
type member struct {
	connection *websocket.Conn
	writing    sync.Mutex // gorilla allows one writer
}

// Handler serves sockets under /graphql and takes messages by POST /publish?topic=….
func Handler() http.Handler {
	h := &hub{topics: map[string]*topic{}, upgrader: websocket.Upgrader{
		Subprotocols: []string{"graphql-transport-ws"}, ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, WriteBufferPool: &sync.Pool{},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /graphql", h.connect)
	mux.HandleFunc("POST /publish", h.publish)
	return mux
}

func (h *hub) topic(name string) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics[name] == nil {
		h.topics[name] = &topic{members: map[*member]struct{}{}}
	}
	return h.topics[name]
}

// publish sends the body to all who follow the topic, and answers when it is written.
func (h *hub) publish(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.topic(r.URL.Query().Get("topic")).send(prepared(string(payload)))
	w.WriteHeader(http.StatusOK)
}

func (t *topic) send(message *websocket.PreparedMessage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.history = append(t.history, message)
	if len(t.history) > historyLength {
		t.history = t.history[1:]
	}
	for one := range t.members {
		one.send(message)
	}
}

func (m *member) send(message *websocket.PreparedMessage) {
	m.writing.Lock()
	defer m.writing.Unlock()
	m.write(message)
}

// write gives up on a client that does not take a message in time.
func (m *member) write(message *websocket.PreparedMessage) {
	if m.connection.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil || m.connection.WritePreparedMessage(message) != nil {
		_ = m.connection.Close()
	}
}

func (h *hub) connect(w http.ResponseWriter, r *http.Request) {
	connection, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by the upgrader
	}
	go h.serve(&member{connection: connection})
}

// serve reads the messages of a client until it has gone.
func (h *hub) serve(m *member) {
	var joined *topic
	for {
		_, text, err := m.connection.ReadMessage()
		var message message
		if err != nil || json.Unmarshal(text, &message) != nil {
			break
		}
		switch message.Type {
		case "connection_init":
			m.send(prepared(`{"type":"connection_ack"}`))
		case "subscribe":
			joined = h.topic(message.Payload.Variables.Card)
			joined.join(m, message.Payload.Variables.After != "")
		}
	}
	if joined != nil {
		joined.leave(m)
	}
	_ = m.connection.Close()
}

// message is what the hub knows of a client's message.
type message struct {
	Type    string
	Payload struct {
		Variables struct{ Card, After string }
	}
}

// join adds a follower; one that was there before gets what the hub remembers, before anything new.
func (t *topic) join(m *member, back bool) {
	m.writing.Lock()
	defer m.writing.Unlock()
	missed := t.add(m)
	m.write(prepared(Ready))
	if back {
		for _, message := range missed {
			m.write(message)
		}
	}
}

func (t *topic) add(m *member) []*websocket.PreparedMessage {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.members[m] = struct{}{}
	return t.history
}

func (t *topic) leave(m *member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.members, m)
}

// Ready is how a stream begins.
const Ready = `{"id":"1","type":"next","payload":{"data":{"cardEvents":{"__typename":"Ready","position":"AQAAAAAAAAAAAAAAAA","mode":"LIVE"}}}}`

func prepared(text string) *websocket.PreparedMessage {
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, []byte(text))
	if err != nil {
		panic(err) // only kinds of messages that do not exist are refused
	}
	return message
}
