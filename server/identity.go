package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"klantkaart/crm"
	"klantkaart/graph"
)

// sessionCookie holds a session's token for browsers; scripts cannot read it. Over https its name has a prefix with
// which browsers take it from this host alone, so that no neighbouring site puts its own in the place.
const (
	sessionCookie = "klantkaart_session"
	hostPrefix    = "__Host-"
)

func (n *node) cookieName() string {
	if n.config.secure() {
		return hostPrefix + sessionCookie
	}
	return sessionCookie
}

// credential is the token that a request shows: as a bearer token, or in a browser's cookie. A header
// goes first, and one of another scheme is a wrong credential, not an absent one.
func (n *node) credential(r *http.Request) (token string, shown bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		token, _ = bearer(header)
		return token, true
	}
	cookie, err := r.Cookie(n.cookieName())
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

func bearer(header string) (token string, ok bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// identified finds out who asks. Without a credential the request goes on as a stranger's, and the
// graph says what a stranger may see. A credential that is wrong, over or revoked is refused at once.
func (n *node) identified(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, shown := n.credential(r)
		if !shown {
			next(w, r)
			return
		}
		actor, err := n.actor(r.Context(), languageOf(r), token, clientOf(r))
		if err != nil {
			n.refuseCredential(w, r, err)
			return
		}
		next(w, r.WithContext(crm.WithActor(r.Context(), actor)))
	}
}

// clientOf is what the client calls itself: by header, or in the address of an EventSource, which can set
// none.
func clientOf(r *http.Request) string {
	if name := r.Header.Get(clientHeader); name != "" || r.Method != http.MethodGet {
		return name
	}
	return r.URL.Query().Get("clientId")
}

// actor tells who holds a token. crm.ErrUnauthenticated when nobody does.
func (n *node) actor(ctx context.Context, language crm.Language, token, clientID string) (crm.Actor, error) {
	if token == "" {
		return crm.Actor{}, crm.ErrUnauthenticated
	}
	authenticate := n.crm.Sessions.Authenticate
	if isJWT(token) {
		authenticate = n.authenticateBearer
	}
	actor, err := authenticate(ctx, token)
	actor.Language = language
	actor.ClientID = saneClientID(clientID)
	return actor, err
}

// refuseCredential says that the credential is no good; any other error is ours.
func (n *node) refuseCredential(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, crm.ErrUnauthenticated) {
		n.refuseInternal(w, r, err)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	refuse(w, r, http.StatusUnauthorized, unauthenticated, textOf(err))
}

// textOf is the business's own text of an error.
func textOf(err error) crm.Text {
	faults := crm.FaultsOf(err)
	if len(faults) == 0 {
		return graph.InternalText
	}
	return faults[0].Text
}

// maxClientID is how long the name of a client may be.
const maxClientID = 100

// saneClientID is the name a client gives itself, or nothing when it is no name: it is stored with
// events, and shown to colleagues' programs.
func saneClientID(text string) string {
	if len(text) > maxClientID {
		return ""
	}
	for _, r := range text {
		if r < ' ' || r > '~' {
			return ""
		}
	}
	return text
}
