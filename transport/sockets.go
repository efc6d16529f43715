package transport

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
	"klantkaart/graph"
)

// Admission finds out who a client is, by what it says of itself. crm.ErrUnauthenticated when it is nobody.
type Admission func(ctx context.Context, hello Hello) (crm.Actor, error)

// Sockets serves websockets.
type Sockets struct {
	Graph       Graph
	Connections *Connections
	// Again tells who the context's actor is by now.
	Again func(ctx context.Context) (crm.Actor, error)
	// Deny answers what is no opening of a websocket.
	Deny func(w http.ResponseWriter, r *http.Request, status int)
	// Stock has gqlgen's transport serve.
	Stock bool
}

// legacy is the sub-protocol before this one. It is agreed on only to say in a way that browsers show
// that it is not spoken.
const legacy = "graphql-ws"

// noBuffers gives gorilla a buffer for the handshake and keeps none.
var noBuffers sync.Pool

// readBuffer is how much is read ahead from a client, in bytes.
const readBuffer = 512

// Serve opens a websocket, whose origin was checked. It returns at once: the socket lives on without the
// request, which is some ten times larger.
func (t *Sockets) Serve(w http.ResponseWriter, r *http.Request, admit Admission) {
	taken := &taker{ResponseWriter: w}
	upgrader := websocket.Upgrader{
		Subprotocols:    []string{Subprotocol, legacy},
		CheckOrigin:     func(*http.Request) bool { return true },
		ReadBufferSize:  readBuffer,
		WriteBufferPool: &noBuffers,
		Error:           func(w http.ResponseWriter, r *http.Request, status int, _ error) { t.Deny(w, r, status) },
	}
	reader, err := upgrader.Upgrade(taken, r, nil)
	if err != nil {
		return // answered by the upgrader
	}
	if t.Stock {
		taken.wire.mute = true
		t.serveStock(w, r, reader, taken.wire, admit)
		return
	}
	ctx := graph.WithRequest(context.Background(), graph.RequestOf(r.Context()))
	s := &socket{of: t, wire: taken.wire, reader: reader, admit: admit}
	s.open(ctx)
	if reader.Subprotocol() != Subprotocol {
		s.End(endSubprotocol)
	}
}

// taker takes the connection over from the HTTP server.
type taker struct {
	http.ResponseWriter
	wire *wire
}

// Hijack gives gorilla the connection to read from.
func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffers, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.wire = &wire{Conn: connection}
	return t.wire, buffers, nil
}
