package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"
)

// The reasons for which a socket is closed: those of graphql-transport-ws, and 1012 of RFC 6455, upon
// which clients come back by themselves.
const (
	closeRestart      = 1012
	closeInvalid      = 4400
	closeUnauthorized = 4401
	closeForbidden    = 4403
	closeSubprotocol  = 4406
	closeInitTimeout  = 4408
	closeTooManyInits = 4429
)

const (
	writeTimeout = 10 * time.Second // for one message; a client that does not take it is cut off
	closeTimeout = time.Second      // for the client's answer to the closing of its socket
)

// socket is gorilla's connection in the form that gqlgen's protocol wants.
type socket struct {
	connection   *websocket.Conn
	writing      sync.Mutex // gorilla allows one writer
	acknowledged atomic.Bool
	closing      atomic.Bool
}

// Accept hands the connection over, which was opened already: its origin and sub-protocol had to be
// checked first.
func (s *socket) Accept(http.ResponseWriter, *http.Request, transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	return s, nil
}

// NextReader gives the next message. Of a socket that is being closed nothing is read any more.
func (s *socket) NextReader() (int, io.Reader, error) {
	for {
		kind, message, err := s.connection.NextReader()
		switch {
		case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived):
			return 0, nil, transport.ErrWebsocketClosed
		case err != nil:
			return 0, nil, err
		case s.closing.Load():
			continue
		case kind != websocket.TextMessage:
			_ = s.WriteClose(closeInvalid, "Invalid message received")
			continue
		}
		return kind, message, nil
	}
}

// WriteJSON sends a message. When it cannot be sent in time, the client is cut off.
func (s *socket) WriteJSON(message any) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.connection.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	err := s.connection.WriteJSON(message)
	if err != nil {
		_ = s.connection.Close()
	}
	return err
}

// WriteClose tells the client why the socket ends, once, and waits for its answer a moment only.
func (s *socket) WriteClose(code int, reason string) error {
	if s.closing.Swap(true) {
		return nil
	}
	code, reason = s.byProtocol(code, reason)
	deadline := time.Now().Add(closeTimeout)
	err := s.connection.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	_ = s.connection.SetReadDeadline(deadline)
	return err
}

// byProtocol gives the codes that the protocol names for what gqlgen closes with codes of its own.
func (s *socket) byProtocol(code int, reason string) (int, string) {
	if code != transport.WebsocketCloseProtocolError {
		return code, reason
	}
	switch {
	case reason == "connection initialisation timeout":
		return closeInitTimeout, "Connection initialisation timeout"
	case reason != "unexpected message":
		return closeInvalid, "Invalid message received"
	case s.acknowledged.Load():
		return closeTooManyInits, "Too many initialisation requests"
	}
	return closeUnauthorized, "Unauthorized"
}

// Close is gqlgen's farewell; linger closes the connection once the client has answered.
func (s *socket) Close() error { return nil }

// Subprotocol is what was agreed on.
func (s *socket) Subprotocol() string { return s.connection.Subprotocol() }

// SetReadLimit bounds a message of the client, in bytes.
func (s *socket) SetReadLimit(limit int64) { s.connection.SetReadLimit(limit) }

// SetReadDeadline bounds the wait for the next message, unless the socket is being closed.
func (s *socket) SetReadDeadline(at time.Time) error {
	if s.closing.Load() {
		return nil
	}
	return s.connection.SetReadDeadline(at)
}

// linger ends the connection: it says why, if nobody has yet, and waits for the client's answer, so
// that the reason is not lost with the connection.
func (s *socket) linger() {
	_ = s.WriteClose(closeInvalid, "Invalid message received")
	_ = s.connection.SetReadDeadline(time.Now().Add(closeTimeout))
	for {
		if _, _, err := s.connection.NextReader(); err != nil {
			_ = s.connection.Close()
			return
		}
	}
}

// sockets are the open ones of this node.
type sockets struct {
	mu     sync.Mutex
	open   map[*socket]struct{}
	closed bool
	empty  chan struct{} // closed once all are gone
}

func newSockets() *sockets {
	return &sockets{open: map[*socket]struct{}{}, empty: make(chan struct{})}
}

// add takes a socket in, unless the node stops.
func (s *sockets) add(opened *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = opened.WriteClose(closeRestart, "Service restart")
		return false
	}
	s.open[opened] = struct{}{}
	return true
}

func (s *sockets) remove(gone *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, gone)
	if s.closed && len(s.open) == 0 {
		close(s.empty)
	}
}

func (s *sockets) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// close asks all clients to come back elsewhere, and waits until they are gone.
func (s *sockets) close(ctx context.Context) error {
	for _, one := range s.closeDoor() {
		go func() { _ = one.WriteClose(closeRestart, "Service restart") }()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeDoor takes nobody in any more and gives those who are there.
func (s *sockets) closeDoor() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && len(s.open) == 0 {
		close(s.empty)
	}
	s.closed = true
	var there []*socket
	for one := range s.open {
		there = append(there, one)
	}
	return there
}
