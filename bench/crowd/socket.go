package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"klantkaart/crm"
)

// socket is one client with one subscription.
type socket struct {
	crowd                                  *Crowd
	address, source, token, card, document string
	window                                 int
	sampled                                bool

	conn    *net.TCPConn
	began   chan struct{} // closed by the first message of the stream
	gone    chan struct{} // closed when the connection has ended
	failure error         // why, once gone
	code    int           // with which the server closed
	goneAt  time.Time

	parts []byte // of a message whose end has not come

	stalled atomic.Bool
	resyncs atomic.Int32

	// Of the stream; they outlive the connection.
	mu       sync.Mutex
	position string
	number   int64
	got      []delivery
	faults   int
	sample   []byte

	until    int64
	caughtUp chan struct{}
	at       time.Time
}

// delivery is one event at one client.
type delivery struct{ number, at int64 }

// buffers are shared: a socket needs one only while there is something to read.
var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// begin connects and subscribes, and returns when the stream has begun.
func (s *socket) begin(ctx context.Context) error {
	s.began, s.gone, s.failure, s.code = make(chan struct{}), make(chan struct{}), nil, 0
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	s.conn = conn
	rest, err := s.upgrade(ctx)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	if err := s.send(textFrame, []byte(`{"type":"connection_init","payload":{"authorization":"Bearer `+s.token+`"}}`)); err != nil {
		return err
	}
	go s.read(rest)
	return s.wait(ctx, s.began, "was not answered")
}

func (s *socket) dial(ctx context.Context) (*net.TCPConn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(s.source)}, KeepAlive: -1}
	if s.window > 0 {
		dialer.Control = func(_, _ string, raw syscall.RawConn) error {
			var failure error
			err := raw.Control(func(fd uintptr) {
				failure = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, s.window)
			})
			return errors.Join(err, failure)
		}
	}
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// upgrade opens the websocket, and gives what the server sent behind its answer.
func (s *socket) upgrade(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Now()) })
	defer stop()
	_, err := fmt.Fprintf(s.conn, "GET /graphql HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", s.address)
	if err != nil {
		return nil, err
	}
	answer, part := []byte(nil), make([]byte, 1024)
	for {
		n, err := s.conn.Read(part)
		if err != nil {
			return nil, fmt.Errorf("no answer to the opening of a websocket: %w", err)
		}
		answer = append(answer, part[:n]...)
		head, rest, complete := bytes.Cut(answer, []byte("\r\n\r\n"))
		switch {
		case complete && bytes.HasPrefix(head, []byte("HTTP/1.1 101")):
			return rest, nil
		case complete:
			return nil, fmt.Errorf("the websocket was not opened: %.200s", answer)
		}
	}
}

func (s *socket) send(kind byte, payload []byte) error {
	_, err := s.conn.Write(written(kind, payload))
	return err
}

// wait waits for something that the reading goroutine tells.
func (s *socket) wait(ctx context.Context, told chan struct{}, otherwise string) error {
	select {
	case <-told:
		return nil
	case <-s.gone:
		return s.failure
	case <-ctx.Done():
		return fmt.Errorf("a socket %s: %w", otherwise, ctx.Err())
	}
}

// leave closes the connection without a word, as a client does whose network is gone.
func (s *socket) leave() {
	if s.conn == nil {
		return
	}
	_ = s.conn.SetLinger(0) // so that its port is free at once
	_ = s.conn.Close()
	if !s.stalled.Load() {
		<-s.gone
	}
}

// read takes in messages until the connection ends. It holds a buffer only while there is something.
func (s *socket) read(pending []byte) {
	defer close(s.gone)
	raw, err := s.conn.SyscallConn()
	for err == nil {
		var failure error
		err = raw.Read(func(fd uintptr) bool {
			if s.stalled.Load() {
				return true
			}
			buffer := buffers.Get().(*[]byte)
			defer buffers.Put(buffer)
			n, readErr := syscall.Read(int(fd), *buffer)
			switch {
			case errors.Is(readErr, syscall.EAGAIN) || errors.Is(readErr, syscall.EINTR):
				return false
			case readErr != nil:
				failure = readErr
			case n == 0:
				failure = io.EOF
			default:
				pending, failure = s.takeIn(pending, (*buffer)[:n])
			}
			return true
		})
		err = errors.Join(err, failure)
		if s.stalled.Load() {
			return
		}
	}
	s.goneAt = time.Now()
	s.failure = fmt.Errorf("a socket was closed with %d: %w", s.code, err)
}

// takeIn handles all messages that are complete, and gives the beginning of the next one.
func (s *socket) takeIn(pending, read []byte) ([]byte, error) {
	at := time.Now()
	if len(pending) > 0 {
		read = append(pending, read...)
	}
	events := int64(0)
	defer func() {
		if events > 0 {
			s.crowd.expected.Load().delivered(events)
		}
	}()
	for {
		found, rest, ok, err := next(read)
		if err != nil || !ok {
			return append(pending[:0:0], rest...), err
		}
		read = rest
		switch found.kind {
		case textFrame, moreFrame:
			if !found.final || found.kind == moreFrame {
				s.parts = append(s.parts, found.payload...)
				if !found.final {
					continue
				}
				found.payload, s.parts = s.parts, nil
			}
			isEvent, err := s.message(found.payload, at)
			if err != nil {
				return nil, err
			}
			if isEvent {
				events++
			}
		case pingFrame:
			err = s.send(pongFrame, found.payload)
		case closeFrame:
			if len(found.payload) >= 2 {
				s.code = int(found.payload[0])<<8 | int(found.payload[1])
			}
			err = fmt.Errorf("%s", found.payload[min(2, len(found.payload)):])
		}
		if err != nil {
			return nil, err
		}
	}
}

// edge is how far from the beginning or the end of a message its type stands at most.
const edge = 64

func isOf(kind string, text []byte) bool {
	wanted := []byte(`"type":"` + kind + `"`)
	return bytes.Contains(text[:min(len(text), edge)], wanted) || bytes.Contains(text[max(0, len(text)-edge):], wanted)
}

// message handles one message of the protocol, and tells whether it is an event.
func (s *socket) message(text []byte, at time.Time) (bool, error) {
	switch {
	case isOf("next", text):
		return s.next(text, at)
	case isOf("connection_ack", text):
		return false, s.subscribe()
	case isOf("ping", text):
		return false, s.send(textFrame, []byte(`{"type":"pong"}`))
	}
	return false, fmt.Errorf("a socket got %.300s", text)
}

func (s *socket) subscribe() error {
	variables := map[string]any{"card": s.card}
	if s.position != "" {
		variables["after"] = s.position
	}
	message, err := json.Marshal(map[string]any{"id": "1", "type": "subscribe",
		"payload": map[string]any{"query": s.document, "variables": variables}})
	if err != nil {
		return err
	}
	return s.send(textFrame, message)
}

// next notes a message of the stream: it begins with its type and its position, as the document asks.
func (s *socket) next(text []byte, at time.Time) (bool, error) {
	_, behind, found := bytes.Cut(text, []byte(`"position":"`))
	position, _, ended := bytes.Cut(behind, []byte(`"`))
	var place crm.Position
	if !found || !ended || place.UnmarshalGQL(string(position)) != nil {
		return false, fmt.Errorf("a socket got a message without a position: %.300s", text)
	}
	isEvent := bytes.Contains(text[:len(text)-len(behind)], []byte(`"Event"`))
	s.mu.Lock()
	defer s.mu.Unlock()
	if isEvent {
		if place.Number <= s.number {
			s.faults++
		}
		s.got = append(s.got, delivery{place.Number, at.UnixNano()})
		if s.sampled {
			s.sample = append(s.sample[:0], text...)
		}
	} else {
		s.start(text)
	}
	s.position, s.number = string(position), place.Number
	if s.caughtUp != nil && s.number >= s.until {
		s.at = at
		close(s.caughtUp)
		s.caughtUp = nil
	}
	return isEvent, nil
}

// start notes the first message of a stream.
func (s *socket) start(text []byte) {
	if bytes.Contains(text, []byte(`"RESYNC"`)) {
		s.resyncs.Add(1)
	}
	select {
	case <-s.began:
	default:
		close(s.began)
	}
}

func (s *socket) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.faults = s.got[:0], 0
}

// events is how many came since the socket was to forget.
func (s *socket) events() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.got))
}

// tell adds what the socket got.
func (s *socket) tell(since map[int64]int64, d *Delivered) {
	select {
	case <-s.gone:
		if !s.stalled.Load() {
			d.Gone++
			d.Why = s.failure.Error()
		}
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Faults += s.faults
	for _, one := range s.got {
		d.Spans[one.number] = d.Spans[one.number].with(one.at)
		if from, known := since[one.number]; known {
			d.Latencies = append(d.Latencies, time.Duration(one.at-from))
		}
	}
}
