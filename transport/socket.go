package transport

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/graph"
)

// The times of a socket.
const (
	initTimeout  = 5 * time.Second // until the client has said who it is
	closeTimeout = time.Second     // for the client's answer to the closing of its socket
)

// socket is one websocket. A goroutine of its own reads; whoever has something to send writes, see pump.go.
type socket struct {
	seat
	of     *Sockets
	wire   *wire
	reader *websocket.Conn
	out    syscall.RawConn // nil where it cannot be written to directly
	// ctx names the request, and whose the connection is. Nothing cancels it: a context that can be cancelled
	// keeps memory for whoever once asked it, for as long as the connection lives.
	ctx   context.Context //nolint:containedctx // the connection's
	began time.Time

	// Only the reader uses these.
	admit    Admission       // nil once the client is known
	acting   context.Context //nolint:containedctx // whose the operations are that begin
	tardy    *time.Timer     // ends a socket whose client does not say who it is
	unattend func()

	changed atomic.Bool // the actor's rights are others now

	mu         sync.Mutex
	busy       bool       // somebody pumps
	first      *operation // the subscriptions that may have more
	last       *operation
	reply      *frame // what else is to be sent, in order
	lastReply  *frame
	waiting    int // bytes of replies
	pinging    bool
	ending     *Ending
	retiring   *Ending       // it ends so once nothing runs
	farewell   bool          // the last frame is being written
	parted     bool          // it was written
	unread     bool          // nobody reads any more
	dead       bool          // nothing can be sent
	room       chan struct{} // closed when something has changed that somebody waits for
	operations []*operation
	running    int // operations that are being executed or opened
	budget     budget
}

// open begins to serve a socket. It does not wait.
func (s *socket) open(ctx context.Context) {
	s.client = s
	s.began = time.Now()
	s.ctx = ctx
	s.wire.heard, s.wire.mute = s.hear, true
	if raw, ok := s.wire.Conn.(syscall.Conn); ok && directly {
		s.out, _ = raw.SyscallConn()
	}
	s.reader.SetPingHandler(func(payload string) error {
		s.say(newFrame().control(framePong, []byte(payload)))
		return nil
	})
	s.reader.SetPongHandler(func(string) error { return nil })
	s.reader.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = 0
		}
		s.End(Ending{Code: code, abrupt: true})
		return nil
	})
	refused := s.of.Connections.enter(&s.seat)
	if refused != nil {
		s.End(*refused)
	}
	s.tardy = time.AfterFunc(initTimeout, func() { s.End(endInitTimeout) })
	go s.read()
}

func (s *socket) hear() { s.heard.Store(s.of.Connections.ticks.Load()) }

// End ends the socket: it tells the client why, and cuts it off when it does not answer. The first ending
// counts.
func (s *socket) End(why Ending) {
	s.mu.Lock()
	if s.ending != nil {
		s.mu.Unlock()
		return
	}
	s.ending = &why
	mine := s.claim()
	s.change()
	s.mu.Unlock()
	time.AfterFunc(closeTimeout, s.cut)
	if mine {
		s.pump(true)
	}
}

// retire ends the socket once what runs on it has been answered. What comes until then is not begun.
func (s *socket) retire(why Ending) {
	s.mu.Lock()
	s.retiring = &why
	idle := s.running == 0
	s.mu.Unlock()
	if idle {
		s.End(why)
	}
}

// ask pings the client.
func (s *socket) ask(silent bool) {
	if silent {
		s.cut()
		return
	}
	s.mu.Lock()
	s.pinging = true
	mine := s.claim()
	s.mu.Unlock()
	if mine {
		s.pump(true)
	}
}

// cut ends the connection without another word; the reader notices.
func (s *socket) cut() { _ = s.wire.Close() }

// part sees the client off, when nothing is read any more.
func (s *socket) part() {
	s.tardy.Stop()
	if s.unattend != nil {
		s.unattend()
	}
	s.mu.Lock()
	s.unread = true
	done := s.parted || s.dead
	why := *s.ending
	there := s.operations
	s.operations = nil
	for _, one := range there {
		one.over = true
	}
	s.change()
	s.mu.Unlock()
	for _, one := range there {
		one.stop()
	}
	if done {
		s.cut()
	}
	s.of.Connections.leave(&s.seat)
	slog.LogAttrs(s.ctx, slog.LevelInfo, "socket", slog.Int("code", why.Code), slog.String("reason", why.Reason),
		slog.Float64("s", time.Since(s.began).Seconds()))
}

// attended is what the graph tells of the credential.
func (s *socket) attended(access graph.Access) {
	if access == graph.AccessChanged {
		s.changed.Store(true)
		return
	}
	s.End(Revoked)
}
