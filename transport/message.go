package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// Subprotocol is the only one that is spoken over websockets.
const Subprotocol = "graphql-transport-ws"

// The kinds of messages of graphql-transport-ws that clients send.
const (
	kindInit      = "connection_init"
	kindPing      = "ping"
	kindPong      = "pong"
	kindSubscribe = "subscribe"
	kindComplete  = "complete"
)

const (
	maxMessage = 64 << 10 // bytes in one message of a client
	maxID      = 256      // bytes in the name that a client gives an operation
)

// incoming is what a client says.
type incoming struct {
	kind    string
	id      string
	payload []byte // as it came, nil when there is none; shared with what was read
}

var errInvalid = errors.New("invalid message")

// parse reads a message strictly: one JSON object in UTF-8, each member that the protocol names once and
// of its type. Other members are left alone.
func parse(text []byte) (incoming, error) {
	var m incoming
	if !utf8.Valid(text) || !json.Valid(text) {
		return m, errInvalid
	}
	var kind, id []byte
	err := members(text, func(name string, value []byte) error {
		switch name {
		case "type":
			return once(&kind, value)
		case "id":
			return once(&id, value)
		case "payload":
			return once(&m.payload, value)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	if m.kind, err = textOf(kind); err != nil {
		return m, err
	}
	if string(m.payload) == "null" {
		m.payload = nil
	}
	if len(m.payload) > 0 && m.payload[0] != '{' {
		return m, errInvalid
	}
	return m, m.check(id)
}

// check tells whether the message is one of the protocol, and reads the id where there must be one.
func (m *incoming) check(id []byte) (err error) {
	switch m.kind {
	case kindInit, kindPing, kindPong:
		return nil
	case kindSubscribe, kindComplete:
		if m.id, err = textOf(id); err != nil || m.id == "" || len(m.id) > maxID {
			return errInvalid
		}
		if m.kind == kindSubscribe && m.payload == nil {
			return errInvalid
		}
		return nil
	}
	return errInvalid
}

// request reads what a client subscribes to.
func (m *incoming) request() (*graphql.RawParams, error) {
	params := &graphql.RawParams{}
	var query, name, variables, extensions []byte
	err := members(m.payload, func(member string, value []byte) error {
		switch member {
		case "query":
			return once(&query, value)
		case "operationName":
			return once(&name, value)
		case "variables":
			return once(&variables, value)
		case "extensions":
			return once(&extensions, value)
		}
		return nil
	})
	if err == nil {
		params.Query, err = textOf(query)
	}
	if err == nil && name != nil && string(name) != "null" {
		params.OperationName, err = textOf(name)
	}
	if err == nil {
		params.Variables, err = objectOf(variables)
	}
	if err == nil {
		params.Extensions, err = objectOf(extensions)
	}
	return params, err
}

// Hello is what a client says of itself when it opens a socket.
type Hello struct {
	Authorization string // as in the header of that name
	ClientID      string
}

// hello reads what is understood of the payload of connection_init.
func (m *incoming) hello() (hello Hello, err error) {
	if m.payload == nil {
		return hello, nil
	}
	return hello, members(m.payload, func(name string, value []byte) error {
		text, err := textOf(value)
		if err != nil {
			return nil //nolint:nilerr // the payload is the client's own; what is no text is none of ours
		}
		switch name {
		case "authorization", "Authorization":
			hello.Authorization = text
		case "clientId":
			hello.ClientID = text
		}
		return nil
	})
}

// once keeps the value of a member that may be there once.
func once(into *[]byte, value []byte) error {
	if *into != nil {
		return errInvalid
	}
	*into = value
	return nil
}

func textOf(value []byte) (string, error) {
	if len(value) == 0 || value[0] != '"' {
		return "", errInvalid
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), nil
	}
	var text string
	return text, json.Unmarshal(value, &text)
}

// objectOf reads an object or null. Numbers stay as they are written.
func objectOf(value []byte) (object map[string]any, err error) {
	if value == nil {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	return object, decoder.Decode(&object)
}

// members walks over the members of what is known to be valid JSON, if it is an object.
func members(text []byte, visit func(name string, value []byte) error) error {
	at := blank(text, 0)
	if at == len(text) || text[at] != '{' {
		return errInvalid
	}
	for at = blank(text, at+1); text[at] != '}'; at = blank(text, at) {
		if text[at] == ',' {
			at = blank(text, at+1)
		}
		end := valueEnd(text, at)
		name, err := textOf(text[at:end])
		if err != nil {
			return err
		}
		at = blank(text, blank(text, end)+1) // behind the colon
		end = valueEnd(text, at)
		if err := visit(name, text[at:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// blank gives the place of the next byte that is no white space.
func blank(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n') {
		at++
	}
	return at
}

// valueEnd gives the place behind the value that begins at a place of valid JSON.
func valueEnd(text []byte, at int) int {
	depth := 0
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			for at++; text[at] != '"'; at++ {
				if text[at] == '\\' {
					at++
				}
			}
			if depth == 0 {
				return at + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at // behind a number or a word
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return at
			}
		}
	}
	return at
}
