package crowd

import (
	"encoding/binary"
	"errors"
)

// The kinds of websocket frames (RFC 6455, 5.2).
const (
	moreFrame  = 0x0
	textFrame  = 0x1
	closeFrame = 0x8
	pingFrame  = 0x9
	pongFrame  = 0xA
)

// frame is a message of a server, or a part of one.
type frame struct {
	kind    byte
	final   bool   // the message ends with it
	payload []byte // of the buffer it was read from
}

var errForeign = errors.New("the server sent a frame that no client of the bench reads")

// next takes the first frame off what was read. Nothing is found while its end has not come.
func next(read []byte) (found frame, rest []byte, ok bool, err error) {
	if len(read) < 2 {
		return frame{}, read, false, nil
	}
	const final, reserved, masked = 0x80, 0x70, 0x80
	if read[0]&reserved != 0 || read[1]&masked != 0 {
		return frame{}, read, false, errForeign
	}
	length, head := int(read[1]), 2
	switch length {
	case 126:
		head = 4
	case 127:
		head = 10
	}
	if len(read) < head {
		return frame{}, read, false, nil
	}
	switch head {
	case 4:
		length = int(binary.BigEndian.Uint16(read[2:]))
	case 10:
		length = int(binary.BigEndian.Uint64(read[2:]))
	}
	if len(read)-head < length {
		return frame{}, read, false, nil
	}
	return frame{read[0] & 0xF, read[0]&final != 0, read[head : head+length]}, read[head+length:], true, nil
}

// written is a frame of a client. Its mask is zero, which the protocol allows and which leaves the
// payload as it is.
func written(kind byte, payload []byte) []byte {
	const final, masked = 0x80, 0x80
	head := []byte{final | kind}
	switch n := len(payload); {
	case n < 126:
		head = append(head, masked|byte(n))
	default:
		head = binary.BigEndian.AppendUint16(append(head, masked|126), uint16(n))
	}
	return append(append(head, 0, 0, 0, 0), payload...)
}
