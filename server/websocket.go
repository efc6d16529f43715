package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"klantkaart/crm"
	"klantkaart/transport"
)

// newSockets serves websockets over the node's graph.
func newSockets(n *node) *transport.Sockets {
	return &transport.Sockets{
		Graph:       counted{transport.Of(n.executor), n.metrics},
		Connections: n.connections,
		Again: func(ctx context.Context) (crm.Actor, error) {
			actor, err := crm.ActorFrom(ctx)
			if err != nil {
				return actor, err
			}
			return n.crm.Sessions.Again(ctx, actor.CredentialID)
		},
		Deny: func(w http.ResponseWriter, r *http.Request, status int) {
			refuse(w, r, status, badRequest, crm.Text{NL: "Dit is niet het begin van een websocket.", EN: "This is not the opening of a websocket."})
		},
		Stock: n.config.Socket == StockSocket,
	}
}

// socket serves operations over a websocket.
func (n *node) socket(w http.ResponseWriter, r *http.Request) {
	if !n.mayConnect(r) {
		refuse(w, r, http.StatusForbidden, forbiddenOrigin, foreignOrigin())
		return
	}
	n.sockets.Serve(w, r, n.admission(r))
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

// admission finds out whose socket it is: by the token in connection_init, or else by the credential that
// came with the upgrade. It does not hold the request, which the socket outlives.
func (n *node) admission(r *http.Request) transport.Admission {
	token, shown := n.credential(r)
	client, language := r.Header.Get(clientHeader), languageOf(r)
	return func(ctx context.Context, hello transport.Hello) (crm.Actor, error) {
		if hello.Authorization != "" {
			token, shown = bearer(hello.Authorization)
		}
		if hello.ClientID != "" {
			client = hello.ClientID
		}
		if !shown {
			return crm.Actor{}, crm.ErrUnauthenticated
		}
		return n.actor(ctx, language, token, client)
	}
}
