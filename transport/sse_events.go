package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// EventStream is the media type of Server-Sent Events.
const EventStream = "text/event-stream"

const (
	// What a browser waits before it comes back: not all of them at the same moment.
	leastRetry, mostRetry = time.Second, 5 * time.Second
	// maxPiece is how many bytes of a message are written at once.
	maxPiece = 64 << 10
)

// Answer writes the answer to a query or a mutation, as a stream of one message. An answer that is
// complete leaves nothing to come back for.
func Answer(w http.ResponseWriter, payload []byte) {
	out := &events{w: w, beforeWrite: func() {}}
	out.open()
	out.next("", payload)
	out.complete()
}

// events writes Server-Sent Events, in the names that the protocol of graphql-sse gives them. After the
// first error it writes no more.
type events struct {
	w           http.ResponseWriter
	beforeWrite func()
	err         error
}

// open begins the answer, and lets the client know at once that it is there.
func (e *events) open() {
	header := e.w.Header()
	header.Set("Content-Type", EventStream+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // a proxy passes on what it gets
	e.w.WriteHeader(http.StatusOK)
	e.write(fmt.Appendf(nil, "retry: %d\n\n", between(leastRetry, mostRetry).Milliseconds()))
	e.flush()
}

// next writes a result. The position, where there is one, is what the browser hands back as Last-Event-ID.
func (e *events) next(position string, payload []byte) {
	if bytes.ContainsAny(payload, "\r\n") {
		payload = bytes.Map(spaced, payload) // between the tokens of JSON; a line is a field here
	}
	head := "event: next\ndata: "
	if position != "" {
		head = "id: " + position + "\n" + head
	}
	e.write([]byte(head))
	e.write(payload)
	e.write([]byte("\n\n"))
}

func spaced(r rune) rune {
	if r == '\r' || r == '\n' {
		return ' '
	}
	return r
}

// complete says that no more will come. Without a data line browsers would not notice; with anything on
// it, urql takes it for a result.
func (e *events) complete() {
	e.write([]byte("event: complete\ndata:\n\n"))
	e.flush()
}

// comment writes what programs leave alone, to show that the stream is alive.
func (e *events) comment(text string) {
	e.write([]byte(": " + text + "\n\n"))
	e.flush()
}

func (e *events) write(text []byte) {
	for part := range slices.Chunk(text, maxPiece) {
		if e.err != nil {
			return
		}
		e.beforeWrite()
		_, e.err = e.w.Write(part)
	}
}

func (e *events) flush() {
	if e.err == nil {
		e.err = http.NewResponseController(e.w).Flush()
	}
}

// faulty is the result of what was not executed, or no longer is.
func faulty(faults gqlerror.List) []byte {
	encoded, err := json.Marshal(map[string]gqlerror.List{"errors": faults})
	if err != nil {
		panic(err) // errors are made of plain values
	}
	return encoded
}
