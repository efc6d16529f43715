//go:build unix

package transport

import (
	"errors"
	"syscall"
)

// writeNow writes what the socket takes at once.
func (f *frame) writeNow(fd uintptr) bool {
	f.write(fd)
	return true
}

// writeLater waits for the socket to take something.
func (f *frame) writeLater(fd uintptr) bool {
	return !f.write(fd) || f.moved
}

// write writes as much as goes; blocked tells that the socket is full.
func (f *frame) write(fd uintptr) (blocked bool) {
	for len(f.rest) > 0 {
		n, err := syscall.Write(int(fd), f.rest)
		if n > 0 {
			f.rest, f.moved = f.rest[n:], true
		}
		switch {
		case err == nil || errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		default:
			f.err = err
			return false
		}
	}
	return false
}

// directly is true where a socket can be written to without waiting.
const directly = true
