package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// link is how a reader is connected to its node: by a socket that carries several streams, or by the answer to a
// request, which carries one.
type link interface {
	// send passes a message of graphql-transport-ws; one that an answer has no room for is left out.
	send(f frame) error
	// read waits for the next message, so long at most.
	read(most time.Duration) (frame, error)
	// interrupt ends a read that is under way.
	interrupt()
	// breakAfter makes the connection break after so many more bytes.
	breakAfter(bytes int)
	// silence lets the connection be without a further word.
	silence()
	// leave ends it in good order.
	leave()
}

// eventStream is a subscription by Server-Sent Events: with GET, as the EventSource of a browser does, which keeps to
// its address and hands back the last id; or with POST, as graphql-sse does.
type eventStream struct {
	wire    *wire
	from    *bufio.Reader
	address string
	token   string
	get     bool
	last    string // the position that the reader has
	first   string // the position with which it began
}

// eventSilence is how long a stream may be silent: longer than its server keeps still.
const eventSilence = 30 * time.Second

func dialEvents(ctx context.Context, address string, as credential, get bool, f *follow) (*eventStream, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, left: -1}
	return &eventStream{wire: w, from: bufio.NewReader(w), address: address, token: as.token, get: get, last: f.last.text, first: f.first}, nil
}

// send asks for the subscription; of the rest of the protocol a stream needs nothing.
func (e *eventStream) send(f frame) error {
	if f.Type != "subscribe" {
		return nil
	}
	request, err := e.request(f.Payload)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+e.token)
	if err := e.wire.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	if err := request.Write(e.wire); err != nil {
		return err
	}
	answer, err := http.ReadResponse(e.from, request) //nolint:bodyclose // it ends with the connection
	switch {
	case err != nil:
		return err
	case answer.StatusCode == http.StatusUnauthorized:
		return errUnauthenticated
	case answer.StatusCode != http.StatusOK:
		return errors.New("a stream is refused: " + answer.Status)
	}
	e.from = bufio.NewReader(answer.Body)
	return nil
}

func (e *eventStream) request(payload json.RawMessage) (*http.Request, error) {
	at := "http://" + e.address + "/graphql"
	if !e.get {
		request, err := http.NewRequest(http.MethodPost, at, bytes.NewReader(payload)) //nolint:noctx // it is written by hand, with a deadline
		if err == nil {
			request.Header.Set("Content-Type", "application/json")
		}
		return request, err
	}
	var asked struct {
		Query     string
		Variables map[string]any
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return nil, err
	}
	asked.Variables["after"] = e.first
	variables, err := json.Marshal(asked.Variables)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodGet, at+"?"+url.Values{"query": {asked.Query}, "variables": {string(variables)}}.Encode(), nil) //nolint:noctx // as above
	if err == nil && e.last != e.first {
		request.Header.Set("Last-Event-ID", e.last)
	}
	return request, err
}

// read gathers the lines of the next event.
func (e *eventStream) read(time.Duration) (frame, error) {
	f, id := frame{ID: "0"}, ""
	for {
		if err := e.wire.SetReadDeadline(time.Now().Add(eventSilence)); err != nil {
			return f, err
		}
		line, err := e.from.ReadString('\n')
		if err != nil {
			return f, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			id = value
		case "event":
			f.Type = value
		case "data":
			f.Payload = json.RawMessage(value)
		}
		if line == "\n" && f.Type != "" {
			return f, e.sameID(f, id)
		}
	}
}

// sameID sees that the id of an event is the position in its message: a browser knows only the id.
func (e *eventStream) sameID(f frame, id string) error {
	if f.Type == "next" && !bytes.Contains(f.Payload, []byte(`"position":"`+id+`"`)) {
		return fmt.Errorf("the id %q is not the position of %.300s", id, f.Payload)
	}
	return nil
}

func (e *eventStream) interrupt() { _ = e.wire.SetReadDeadline(time.Unix(1, 0)) }

func (e *eventStream) breakAfter(bytes int) { e.wire.breakAfter(bytes) }

func (e *eventStream) silence() {}

func (e *eventStream) leave() { _ = e.wire.Close() }
