package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is a connection of graphql-transport-ws.
type socket struct {
	connection *websocket.Conn
	wire       *wire
	writing    sync.Mutex // gorilla allows one writer
	stop       chan struct{}
	once       sync.Once
}

// frame is a message of the protocol.
type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// dial opens a socket and says who it is.
func dial(ctx context.Context, address, token string) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s := &socket{stop: make(chan struct{})}
	dialer := websocket.Dialer{
		Subprotocols: []string{"graphql-transport-ws"},
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			s.wire = &wire{Conn: conn, left: -1}
			return s.wire, nil
		},
	}
	connection, answer, err := dialer.DialContext(ctx, "ws://"+address+"/graphql", nil)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	s.connection = connection
	if err := s.send(frame{Type: "connection_init", Payload: json.RawMessage(`{"authorization":"Bearer ` + token + `"}`)}); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	first, err := s.read(requestTimeout)
	if err != nil {
		_ = connection.Close()
		return nil, err
	}
	if first.Type != "connection_ack" {
		return nil, errors.Join(errors.New("the first message is "+first.Type), connection.Close())
	}
	go s.beat()
	return s, nil
}

// heartbeat is how often a client asks its node whether it lives.
const heartbeat = 2 * time.Second

// beat asks again and again; the answers keep the reading going.
func (s *socket) beat() {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-ticker.C:
			if s.send(frame{Type: "ping"}) != nil {
				return
			}
		}
	}
}

// silence lets the connection be without a further word.
func (s *socket) silence() { s.once.Do(func() { close(s.stop) }) }

func (s *socket) send(f frame) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.connection.SetWriteDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	return s.connection.WriteJSON(f)
}

// read waits for the next message.
func (s *socket) read(most time.Duration) (frame, error) {
	var f frame
	if err := s.connection.SetReadDeadline(time.Now().Add(most)); err != nil {
		return f, err
	}
	_, text, err := s.connection.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}

func (s *socket) interrupt() { _ = s.connection.SetReadDeadline(time.Unix(1, 0)) }

func (s *socket) breakAfter(bytes int) { s.wire.breakAfter(bytes) }

// leave ends the connection in good order.
func (s *socket) leave() {
	s.silence()
	_ = s.connection.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = s.connection.Close()
}

// closeCode is the code with which the other side ended the connection; 0 when it did not say.
func closeCode(err error) int {
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return closed.Code
	}
	return 0
}

// wire is a connection that can break off in the middle of a message.
type wire struct {
	net.Conn
	mu   sync.Mutex
	left int // bytes until it breaks; -1 for never
}

// breakAfter makes it break after so many more bytes.
func (w *wire) breakAfter(bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = bytes
}

func (w *wire) Read(into []byte) (int, error) {
	w.mu.Lock()
	left := w.left
	w.mu.Unlock()
	if left == 0 {
		_ = w.Close()
		return 0, net.ErrClosed
	}
	if left > 0 && left < len(into) {
		into = into[:left]
	}
	n, err := w.Conn.Read(into)
	if left > 0 {
		w.mu.Lock()
		w.left -= min(n, w.left)
		w.mu.Unlock()
	}
	return n, err
}
