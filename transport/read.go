package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
)

// read handles what the client says, until nothing comes any more. When the client has been let in, a
// fresh goroutine goes on: this one's stack has grown by finding out who it is.
func (s *socket) read() {
	for {
		m, ending := s.receive()
		if ending != nil {
			s.End(*ending)
			if ending.Code != 0 {
				s.drain()
			}
			s.part()
			return
		}
		if s.isOver() {
			continue
		}
		if m.kind == kindInit && s.admit != nil {
			s.welcome(m)
			go s.read()
			return
		}
		if wrong := s.handle(m); wrong != nil {
			s.End(*wrong)
		}
	}
}

func (s *socket) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ending != nil
}

// receive gives the next message. The ending is that of a connection from which nothing can be read any
// more; a message that is wrong only ends the conversation.
func (s *socket) receive() (incoming, *Ending) {
	for {
		kind, content, err := s.reader.NextReader()
		if err != nil {
			return incoming{}, endingOf(err)
		}
		m, wrong, err := receiveFrom(kind, content)
		switch {
		case err != nil:
			return incoming{}, endingOf(err)
		case wrong == nil:
			return m, nil
		}
		s.End(*wrong)
	}
}

// endingOf tells how a connection ends that cannot be read from: without a word when the client has left,
// and with a reason when what came was no frame.
func endingOf(err error) *Ending {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) && strings.HasPrefix(err.Error(), "websocket: ") {
		return &endProtocol
	}
	return &Ending{abrupt: true}
}

// buffers hold one message while it is read.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// receiveFrom reads one message, or tells what is wrong with it. The error is the connection's.
func receiveFrom(kind int, content io.Reader) (m incoming, wrong *Ending, err error) {
	if kind != websocket.TextMessage {
		return m, &endInvalid, nil
	}
	buffer, _ := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	text, err := readUpTo((*buffer)[:0], content, maxMessage)
	*buffer = text
	switch {
	case err != nil:
		return m, nil, err
	case len(text) > maxMessage:
		return m, &endTooBig, nil
	}
	if m, err = parse(text); err != nil {
		return m, &endInvalid, nil
	}
	m.payload = bytes.Clone(m.payload)
	return m, nil, nil
}

// readUpTo reads to the end, or one byte too far.
func readUpTo(into []byte, content io.Reader, most int) ([]byte, error) {
	for len(into) <= most {
		into = slices.Grow(into, 512)
		n, err := content.Read(into[len(into):min(cap(into), most+1)])
		into = into[:len(into)+n]
		if errors.Is(err, io.EOF) {
			return into, nil
		}
		if err != nil {
			return into, err
		}
	}
	return into, nil
}

// drain takes what still comes, so that the reason for the end is not lost with the connection: the client
// or the clock ends it.
func (s *socket) drain() { _, _ = io.Copy(io.Discard, s.wire) }

// handle does what a message asks for, or tells what is wrong with it.
func (s *socket) handle(m incoming) *Ending {
	switch m.kind {
	case kindPing:
		s.say(newFrame().pong(m.payload))
		return nil
	case kindPong:
		return nil
	case kindInit:
		return &endInitAgain
	}
	if s.admit != nil {
		return &endEarly
	}
	if m.kind == kindComplete {
		s.complete(quoted(m.id))
		return nil
	}
	return s.begin(m)
}

// welcome finds out who the client is, and lets it in or not.
func (s *socket) welcome(m incoming) {
	s.tardy.Stop()
	if refused := s.identify(m); refused != nil {
		s.End(*refused)
		return
	}
	s.admit = nil
	s.say(newFrame().ack())
}

func (s *socket) identify(m incoming) *Ending {
	hello, err := m.hello()
	if err != nil {
		return &endInvalid
	}
	// Not the socket's own context: what has once waited for its end is kept as long as it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), initTimeout)
	defer cancel()
	actor, err := s.admit(ctx, hello)
	if err != nil {
		return refusal(s.ctx, err)
	}
	if refused := s.of.Connections.identify(&s.seat, actor); refused != nil {
		return refused
	}
	s.ctx = crm.WithActor(s.ctx, actor)
	s.acting = s.ctx
	if s.unattend, err = s.of.Graph.Attend(crm.WithActor(ctx, actor), s.attended); err != nil {
		return refusal(s.ctx, err)
	}
	return nil
}

// refusal is how a connection ends whose client could not be identified: because it is nobody, or for now.
func refusal(ctx context.Context, err error) *Ending {
	if errors.Is(err, crm.ErrUnauthenticated) {
		return &endForbidden
	}
	slog.ErrorContext(ctx, "a client could not be identified", slog.Any("error", err))
	return &endOurFault
}
