package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/graph"
)

// maxSignInBody is how long the body of a sign-in may be, in bytes.
const maxSignInBody = 4 << 10

// openedSession is the answer to a sign-in.
type openedSession struct {
	Token     string       `json:"token"`
	ExpiresAt time.Time    `json:"expiresAt"`
	User      signedInUser `json:"user"`
}

type signedInUser struct {
	ID   crm.ID `json:"id"`
	Name string `json:"name"`
}

// session opens, tells and ends the session of a browser or a program.
func (n *node) session(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		n.signIn(w, r)
	case http.MethodGet:
		n.identified(n.whoami)(w, r)
	case http.MethodDelete:
		n.signOut(w, r)
	default:
		refuseMethod(w, r, "GET, POST, DELETE")
	}
}

// signIn exchanges an e-mail address and a password for a token, which is also set as a cookie.
func (n *node) signIn(w http.ResponseWriter, r *http.Request) {
	email, password, wrong := readSignIn(w, r)
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	attempt, wait := n.signIns.begin(n.clientAddress(r), email)
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		refuse(w, r, http.StatusTooManyRequests, tooManySignIns, "too many attempts to sign in; try again later")
		return
	}
	signedIn, err := n.verify(r, email, password)
	switch {
	case errors.Is(err, crm.ErrBadCredentials), errors.Is(err, crm.ErrPasswordsRefused):
		refuse(w, r, http.StatusUnauthorized, unauthenticated, sentence(r, err))
		return
	case err != nil:
		attempt.forget()
		n.refuseInternal(w, r, err)
		return
	}
	attempt.forget()
	http.SetCookie(w, n.cookie(signedIn.Token, time.Until(signedIn.ExpiresAt)))
	writeJSON(w, mediaJSON.contentType(), http.StatusOK, openedSession{
		Token: signedIn.Token, ExpiresAt: signedIn.ExpiresAt, User: signedInUser{signedIn.User.ID, signedIn.User.Name}})
}

func readSignIn(w http.ResponseWriter, r *http.Request) (email, password string, wrong *fault) {
	if r.Header.Get(clientHeader) == "" {
		return "", "", &fault{http.StatusBadRequest, badRequest, "the header " + clientHeader + " must name the client"}
	}
	if !isJSON(r) {
		return "", "", &fault{http.StatusUnsupportedMediaType, unsupportedMediaType, "the body must be application/json in UTF-8"}
	}
	body, wrong := readBody(w, r, maxSignInBody)
	if wrong != nil {
		return "", "", wrong
	}
	err := eachMember(body, func(name string, decoder *json.Decoder) error {
		switch name {
		case "email":
			return decoder.Decode(&email)
		case "password":
			return decoder.Decode(&password)
		}
		return errNoObject
	})
	if err != nil || email == "" || password == "" || strings.ContainsRune(email, 0) {
		return "", "", &fault{http.StatusBadRequest, badRequest, "the body must be one JSON object with email and password"}
	}
	return email, password, nil
}

// verify checks a password. A check takes 19 MiB and 17 ms of a core, so only as many run at once as
// there are cores; the others wait.
func (n *node) verify(r *http.Request, email, password string) (*crm.SignedIn, error) {
	select {
	case n.signIns.running <- struct{}{}:
		defer func() { <-n.signIns.running }()
		return n.crm.Sessions.SignIn(r.Context(), email, password)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// parallelSignIns is how many passwords are checked at once.
func parallelSignIns() int { return runtime.GOMAXPROCS(0) }

// cookie keeps the token for as long; for less than no time, it takes the cookie back.
func (n *node) cookie(token string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // secure wherever there is https
		Name: sessionCookie, Value: token, Path: "/", MaxAge: int(lifetime / time.Second),
		HttpOnly: true, Secure: n.config.secure(), SameSite: http.SameSiteLaxMode,
	}
}

// whoami tells who is signed in.
func (n *node) whoami(w http.ResponseWriter, r *http.Request) {
	actor, err := crm.ActorFrom(r.Context())
	if err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	users, err := n.crm.Users.ByIDs(r.Context(), []crm.ID{actor.UserID})
	if err != nil || users[0] == nil {
		n.refuseInternal(w, r, err)
		return
	}
	writeJSON(w, mediaJSON.contentType(), http.StatusOK, map[string]signedInUser{"user": {users[0].ID, users[0].Name}})
}

// signOut ends the session and takes the cookie back. Without a session there is nothing left to do.
func (n *node) signOut(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(clientHeader) == "" {
		refuse(w, r, http.StatusBadRequest, badRequest, "the header "+clientHeader+" must name the client")
		return
	}
	if token, shown := credential(r); shown {
		if err := n.crm.Sessions.SignOut(r.Context(), token); err != nil {
			n.refuseInternal(w, r, err)
			return
		}
	}
	http.SetCookie(w, n.cookie("", -time.Second))
	w.WriteHeader(http.StatusNoContent)
}

func (n *node) refuseInternal(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "a request could not be answered", slog.Any("error", err))
	refuse(w, r, http.StatusInternalServerError, graph.Internal, "internal error")
}
