package transport

import (
	"encoding/binary"
	"encoding/json"
	"sync"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The kinds of frames of RFC 6455, whole ones.
const (
	frameText  = 0x80 | 1
	frameClose = 0x80 | 8
	framePing  = 0x80 | 9
	framePong  = 0x80 | 10
)

// maxReason is how long the reason of a close frame may be, in bytes.
const maxReason = 123

// frame is one or more frames of a websocket on their way to a client.
type frame struct {
	room    []byte     // memory, for the next one too
	rest    []byte     // what is still to be written
	of      *operation // whose message it is, of a subscription
	drained bool       // the subscription has no more for now
	ends    bool       // it is the last message of the subscription
	closes  bool       // it is the last frame of the socket
	behind  *frame     // the reply that follows
	moved   bool       // the last try wrote something
	err     error      // of the last try
	// now and later try to write the rest to a socket; later waits where now gives up. They are bound once.
	now, later func(fd uintptr) bool
}

var frames = sync.Pool{New: func() any {
	f := &frame{}
	f.now, f.later = f.writeNow, f.writeLater
	return f
}}

// maxKept is how much memory a frame keeps for the next one, in bytes.
const maxKept = 64 << 10

func newFrame() *frame {
	f, _ := frames.Get().(*frame)
	return f
}

// free gives the frame back, whose bytes nobody needs any more.
func (f *frame) free() {
	if cap(f.room) > maxKept {
		f.room = nil
	}
	f.room, f.rest, f.of, f.behind, f.err = f.room[:0], nil, nil, nil, nil
	f.drained, f.ends, f.closes, f.moved = false, false, false, false
	frames.Put(f)
}

// head begins a frame with so many bytes.
func (f *frame) head(kind byte, size int) {
	switch {
	case size < 126:
		f.room = append(f.room, kind, byte(size))
	case size < 1<<16:
		f.room = binary.BigEndian.AppendUint16(append(f.room, kind, 126), uint16(size))
	default:
		f.room = binary.BigEndian.AppendUint64(append(f.room, kind, 127), uint64(size))
	}
}

// text adds a message.
func (f *frame) text(id, begin string, payload []byte, end string) *frame {
	const idMember = `{"id":`
	size := len(begin) + len(payload) + len(end)
	if id != "" {
		size += len(idMember) + len(id)
	}
	f.head(frameText, size)
	if id != "" {
		f.room = append(append(f.room, idMember...), id...)
	}
	f.room = append(append(append(f.room, begin...), payload...), end...)
	f.rest = f.room
	return f
}

func (f *frame) ack() *frame { return f.text("", `{"type":"connection_ack"}`, nil, "") }

func (f *frame) pong(payload []byte) *frame {
	if payload == nil {
		return f.text("", `{"type":"pong"}`, nil, "")
	}
	return f.text("", `{"type":"pong","payload":`, payload, "}")
}

// next, failed and completed take ids in the form that quoted gives them.
func (f *frame) next(id string, payload []byte) *frame {
	return f.text(id, `,"type":"next","payload":`, payload, "}")
}

func (f *frame) failed(id string, faults gqlerror.List) *frame {
	return f.text(id, `,"type":"error","payload":`, encoded(faults), "}")
}

func (f *frame) completed(id string) *frame { return f.text(id, `,"type":"complete"}`, nil, "") }

func (f *frame) control(kind byte, payload []byte) *frame {
	f.head(kind, len(payload))
	f.room = append(f.room, payload...)
	f.rest = f.room
	return f
}

// close ends the socket. The code of an ending without one is left out, as the other side did.
func (f *frame) close(ending Ending) *frame {
	f.closes = true
	if ending.Code == 0 {
		return f.control(frameClose, nil)
	}
	return f.control(frameClose, append(binary.BigEndian.AppendUint16(nil, uint16(ending.Code)), clipped(ending.Reason)...))
}

// clipped is as much of a reason as fits into a close frame.
func clipped(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	end := maxReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

// quoted is an id as it stands in JSON.
func quoted(id string) string {
	for i := range len(id) {
		if c := id[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return string(encoded(id))
		}
	}
	return `"` + id + `"`
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // errors, extensions and ids are made of plain values
	}
	return text
}
