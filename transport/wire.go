package transport

import (
	"errors"
	"net"
	"os"
	"time"
)

// wire is the connection below a websocket. What gorilla wants to write behind the handshake, socket
// writes itself, in its order.
type wire struct {
	net.Conn
	heard func()
	mute  bool
}

// Read notes that the client is there.
func (w *wire) Read(into []byte) (int, error) {
	n, err := w.Conn.Read(into)
	if n > 0 && w.heard != nil {
		w.heard()
	}
	return n, err
}

// Write writes the handshake.
func (w *wire) Write(text []byte) (int, error) {
	if w.mute {
		return len(text), nil
	}
	return w.Conn.Write(text)
}

// maxPush is how many bytes are given at once to a connection that takes all or waits.
const maxPush = 16 << 10

// insist writes what is left of a frame, for as long as the client takes something now and then: such a
// client is there, though the next ping is behind that frame.
func (w *wire) insist(f *frame, push func(*frame) error) error {
	last := time.Now()
	for len(f.rest) > 0 {
		_ = w.SetWriteDeadline(time.Now().Add(stall))
		if err := push(f); err != nil {
			return err
		}
		if time.Since(last) > time.Second {
			last = time.Now()
			w.heard()
		}
	}
	return w.SetWriteDeadline(time.Time{})
}

// push writes something of a frame, and waits for that.
func (w *wire) push(f *frame) error {
	n, err := w.Conn.Write(f.rest[:min(len(f.rest), maxPush)])
	f.rest = f.rest[n:]
	if n > 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil // it has taken something
	}
	return err
}
