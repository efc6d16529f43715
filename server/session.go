package main

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"klantkaart/crm"
	"klantkaart/graph"
)

// openedSession is the answer to a sign-in.
type openedSession struct {
	Token         string       `json:"token"`
	ExpiresAt     time.Time    `json:"expiresAt"`
	User          signedInUser `json:"user"`
	RecoveryCodes []string     `json:"recoveryCodes,omitempty"`
}

// halfway is the answer to a sign-in that wants a second factor.
type halfway struct {
	Challenge challenge `json:"challenge"`
}

type challenge struct {
	Token     string            `json:"token"`
	ExpiresAt time.Time         `json:"expiresAt"`
	Step      crm.ChallengeStep `json:"step"`
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
	given, wrong := readTexts(w, r, "email", "password")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	signedIn, err := n.crm.Sessions.SignIn(r.Context(), given["email"], given["password"])
	n.answerSignIn(w, r, signedIn, err)
}

// answerSignIn hands over the session that was opened, also as a cookie; or says what has still to be done, or why there
// is none.
func (n *node) answerSignIn(w http.ResponseWriter, r *http.Request, signedIn *crm.SignedIn, err error) {
	if err != nil {
		n.refuseSignIn(w, r, err)
		return
	}
	if signedIn.Step != "" {
		writeJSON(w, mediaJSON.contentType(), http.StatusAccepted, halfway{challenge{signedIn.Token, signedIn.ExpiresAt, signedIn.Step}})
		return
	}
	http.SetCookie(w, n.cookie(signedIn.Token, time.Until(signedIn.ExpiresAt)))
	writeJSON(w, mediaJSON.contentType(), http.StatusOK, openedSession{Token: signedIn.Token, ExpiresAt: signedIn.ExpiresAt,
		User: signedInUser{signedIn.User.ID, signedIn.User.Name}, RecoveryCodes: signedIn.RecoveryCodes})
}

// refuseSignIn says why somebody does not come in.
func (n *node) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) {
	var wait *crm.Wait
	switch {
	case errors.As(err, &wait):
		n.metrics.limited("attempts")
		refuseUntil(w, r, tooManySignIns, textOf(err), wait.For)
	case len(crm.FaultsOf(err)) == 0:
		n.refuseInternal(w, r, err)
	case crm.FaultsOf(err)[0].Code == crm.BadInput:
		refuse(w, r, http.StatusUnprocessableEntity, string(crm.BadInput), textOf(err))
	case errors.Is(err, crm.ErrAddressHeld):
		refuse(w, r, http.StatusConflict, string(crm.FaultsOf(err)[0].Code), textOf(err))
	default:
		refuse(w, r, http.StatusUnauthorized, string(crm.FaultsOf(err)[0].Code), textOf(err))
	}
}

// cookie keeps the token for as long; for less than no time, it takes the cookie back.
func (n *node) cookie(token string, lifetime time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // secure wherever there is https
		Name: n.cookieName(), Value: token, Path: "/", MaxAge: int(lifetime / time.Second),
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

// signOut ends the session and takes the cookie back. Without a session there is nothing left to do. Who came in at a
// provider is told where to sign out there too.
func (n *node) signOut(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(clientHeader) == "" {
		refuse(w, r, http.StatusBadRequest, badRequest, clientUnnamed())
		return
	}
	var provider *crm.IdentityProvider
	if token, shown := n.credential(r); shown {
		var err error
		if provider, err = n.crm.Identities.OfSession(r.Context(), token); err == nil {
			err = n.crm.Sessions.SignOut(r.Context(), token)
		}
		if err != nil {
			n.refuseInternal(w, r, err)
			return
		}
	}
	http.SetCookie(w, n.cookie("", -time.Second))
	if address := n.endAt(r, provider); address != "" {
		writeJSON(w, mediaJSON.contentType(), http.StatusOK, map[string]string{"endSession": address})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (n *node) refuseInternal(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "a request could not be answered", slog.Any("error", err))
	refuse(w, r, http.StatusInternalServerError, graph.Internal, graph.InternalText)
}
