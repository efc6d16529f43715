package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"

	"klantkaart/crm"
)

// subprotocol is the only one that is spoken over sockets.
const subprotocol = "graphql-transport-ws"

// The measures of a socket.
const (
	initTimeout     = 5 * time.Second  // until the client has said who it is
	pingInterval    = 25 * time.Second // a client that stays silent for two of them is gone
	recheckInterval = time.Minute      // between looks at whether the credential still holds
	maxFrame        = 64 << 10         // bytes in one message of a client
)

// socket serves operations over a websocket.
func (n *node) socket(w http.ResponseWriter, r *http.Request) {
	if !n.mayConnect(r) {
		refuse(w, r, http.StatusForbidden, "FORBIDDEN_ORIGIN", "this origin may not call here")
		return
	}
	upgrader := websocket.Upgrader{
		Subprotocols: []string{subprotocol},
		CheckOrigin:  func(*http.Request) bool { return true }, // checked above
		Error: func(w http.ResponseWriter, r *http.Request, status int, _ error) {
			refuse(w, r, status, badRequest, "this is not the opening of a websocket")
		},
	}
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by the upgrader
	}
	s := &socket{connection: connection}
	defer s.linger()
	if !n.sockets.add(s) {
		return
	}
	defer n.sockets.remove(s)
	if connection.Subprotocol() != subprotocol {
		_ = s.WriteClose(closeSubprotocol, "Subprotocol not acceptable")
		return
	}
	n.protocol(s, r).Do(w, r, n.executor)
}

// protocol is gqlgen's own, on this socket.
func (n *node) protocol(s *socket, r *http.Request) transport.Websocket {
	readLimit := int64(maxFrame)
	return transport.Websocket{
		Implementation:   s,
		InitTimeout:      initTimeout,
		PingPongInterval: pingInterval,
		PayloadReadLimit: &readLimit,
		InitFunc: func(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
			return n.admit(ctx, s, r, payload)
		},
	}
}

// mayConnect tells whether the origin may open a socket. Programs do not name one.
func (n *node) mayConnect(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || n.allowedOrigin(origin) {
		return true
	}
	address, err := url.Parse(origin)
	return err == nil && strings.EqualFold(address.Host, r.Host)
}

// admit finds out whose socket it is: by the token in connection_init, or else by the credential that
// came with the upgrade. A socket without an owner is closed.
func (n *node) admit(ctx context.Context, s *socket, r *http.Request, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	token, shown := credential(r)
	if header := payload.Authorization(); header != "" {
		token, shown = bearer(header)
	}
	clientID := payload.GetString("clientId")
	if clientID == "" {
		clientID = r.Header.Get(clientHeader)
	}
	actor, err := n.actor(r, token, clientID)
	if !shown || err != nil {
		ctx = transport.AppendCloseReason(ctx, "Forbidden")
		return transport.WithWebsocketCloseCode(ctx, closeForbidden), nil, errors.New("Forbidden")
	}
	s.acknowledged.Store(true)
	go n.recheck(ctx, s, token)
	return crm.WithActor(ctx, actor), nil, nil
}

// recheck closes the socket once its credential is over or revoked.
func (n *node) recheck(ctx context.Context, s *socket, token string) {
	ticker := time.NewTicker(n.recheckInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := n.authenticate(ctx, token); errors.Is(err, crm.ErrUnauthenticated) {
			_ = s.WriteClose(closeForbidden, "Forbidden")
			_ = s.Close()
			return
		}
	}
}
