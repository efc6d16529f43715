package main

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/graph"
	"klantkaart/transport"
)

// lastEventID is the header in which a browser hands back the position of the last message it got.
const lastEventID = "Last-Event-ID"

// stream serves a subscription as Server-Sent Events, for a client that is signed in.
func (n *node) stream(w http.ResponseWriter, r *http.Request, operation *graphql.OperationContext) {
	ctx := r.Context()
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	if r.Method == http.MethodGet && !n.mayFollow(r) {
		refuse(w, r, http.StatusForbidden, forbiddenOrigin, foreignOrigin())
		return
	}
	stream := transport.NewStream()
	leave, full := n.connections.Add(actor, stream.End)
	if full != nil {
		n.refuseStream(w, r, stream, *full)
		return
	}
	defer leave()
	unattend, err := n.sockets.Graph.Attend(ctx, func(access graph.Access) {
		if access == graph.AccessEnded {
			stream.End(transport.Revoked)
		}
	})
	if err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	defer unattend()
	feed, refused := n.sockets.Graph.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: stream.Wake, After: r.Header.Get(lastEventID)})
	if refused != nil {
		forms{}.write(w, http.StatusOK, refused)
		return
	}
	defer feed.Close()
	if err := stream.Serve(ctx, w, feed); err != nil {
		slog.ErrorContext(ctx, "a stream broke", slog.Any("error", err))
	}
}

// refuseStream says that there is no room for a stream. A browser would not come back after such an
// answer, so while the server stops it gets a stream that ends at once.
func (n *node) refuseStream(w http.ResponseWriter, r *http.Request, stream *transport.Stream, why transport.Ending) {
	w.Header().Set("Retry-After", "5")
	switch {
	case why != transport.Restart:
		refuse(w, r, http.StatusTooManyRequests, tooManyConnections, crm.Text{
			NL: "Er zijn te veel verbindingen. Probeer het later opnieuw.", EN: "There are too many connections. Try again later."})
	case r.Method == http.MethodGet:
		stream.End(why)
		_ = stream.Serve(r.Context(), w, nil) // it has ended
	default:
		refuse(w, r, http.StatusServiceUnavailable, draining, crm.Text{
			NL: "De server wordt herstart. Probeer het zo opnieuw.", EN: "The server is restarting. Try again in a moment."})
	}
}

// mayFollow tells whether a page may open a stream with the cookie of its user. A page of another origin
// could, as long as it does not want to read the answer; then the browser tells where it is, but not its
// name.
func (n *node) mayFollow(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return n.mayConnect(r)
	}
	return r.Header.Get("Origin") != "" && n.mayConnect(r)
}
