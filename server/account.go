package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"klantkaart/crm"
)

// maxSignInBody is how long the body of a request about a way in may be, in bytes.
const maxSignInBody = 4 << 10

// readTexts reads a body that is one JSON object of just these texts, none of them empty. A form of a stranger's page
// cannot send one.
func readTexts(w http.ResponseWriter, r *http.Request, names ...string) (map[string]string, *fault) {
	return readSomeTexts(w, r, names, "")
}

// readSomeTexts reads texts as readTexts does, and one that may be left out.
func readSomeTexts(w http.ResponseWriter, r *http.Request, names []string, optional string) (map[string]string, *fault) {
	if r.Header.Get(clientHeader) == "" {
		return nil, &fault{http.StatusBadRequest, badRequest, clientUnnamed()}
	}
	if !isJSON(r) {
		return nil, &fault{http.StatusUnsupportedMediaType, unsupportedMediaType, crm.Text{NL: "De body is application/json in UTF-8.", EN: "The body is application/json in UTF-8."}}
	}
	body, wrong := readBody(w, r, maxSignInBody)
	if wrong != nil {
		return nil, wrong
	}
	given := make(map[string]string, len(names))
	err := eachMember(body, func(name string, decoder *json.Decoder) error {
		var text string
		if !slices.Contains(names, name) && (optional == "" || name != optional) {
			return errNoObject
		}
		err := decoder.Decode(&text) // null is an empty text
		given[name] = text
		return err
	})
	for _, name := range names {
		if given[name] == "" || (name != "password" && strings.ContainsRune(given[name], 0)) {
			err = errNoObject
		}
	}
	if err != nil {
		return nil, &fault{http.StatusBadRequest, badRequest, crm.Textf("De body is één JSON-object met alleen %s.", "The body is one JSON object of just %s.", strings.Join(names, ", "))}
	}
	return given, nil
}

// acceptInvitation exchanges an invitation and a new password for a session.
func (n *node) acceptInvitation(w http.ResponseWriter, r *http.Request) {
	given, wrong := readTexts(w, r, "token", "password")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	signedIn, err := n.crm.Accounts.Accept(r.Context(), given["token"], given["password"])
	n.answerSignIn(w, r, signedIn, err)
}

// requestReset has a way to a new password sent. The answer does not tell whether somebody has the address.
func (n *node) requestReset(w http.ResponseWriter, r *http.Request) {
	given, wrong := readTexts(w, r, "email")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	if err := n.crm.Accounts.RequestReset(r.Context(), given["email"], languageOf(r)); err != nil {
		n.refuseSignIn(w, r, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// A reset of a password revokes API keys, unless its body says to keep them.
const (
	keysMember = "apiTokens"
	keepKeys   = "keep"
)

// resetPassword exchanges what was sent for a new password. It opens no session.
func (n *node) resetPassword(w http.ResponseWriter, r *http.Request) {
	given, wrong := readSomeTexts(w, r, []string{"token", "password"}, keysMember)
	if wrong == nil && given[keysMember] != "" && given[keysMember] != keepKeys {
		wrong = &fault{http.StatusBadRequest, badRequest, crm.Textf("Het veld %s is %s, of ontbreekt.", "The member %s is %s, or left out.", keysMember, keepKeys)}
	}
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	if err := n.crm.Accounts.Reset(r.Context(), given["token"], given["password"], given[keysMember] == keepKeys); err != nil {
		n.refuseSignIn(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// signInCode exchanges a challenge and a code for a session.
func (n *node) signInCode(w http.ResponseWriter, r *http.Request) {
	given, wrong := readTexts(w, r, "challenge", "code")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	signedIn, err := n.crm.Sessions.SignInCode(r.Context(), given["challenge"], given["code"])
	n.answerSignIn(w, r, signedIn, err)
}

// signInEnrol begins a second factor on the way in, where the office requires one.
func (n *node) signInEnrol(w http.ResponseWriter, r *http.Request) {
	given, wrong := readTexts(w, r, "challenge")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	made, err := n.crm.Sessions.SignInEnrol(r.Context(), given["challenge"])
	if err != nil {
		n.refuseSignIn(w, r, err)
		return
	}
	writeJSON(w, mediaJSON.contentType(), http.StatusOK, map[string]string{"secret": made.Secret, "uri": made.URI})
}

// signInConfirm exchanges a challenge and a code of the second factor that was begun for a session.
func (n *node) signInConfirm(w http.ResponseWriter, r *http.Request) {
	given, wrong := readTexts(w, r, "challenge", "code")
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	signedIn, err := n.crm.Sessions.SignInConfirm(r.Context(), given["challenge"], given["code"])
	n.answerSignIn(w, r, signedIn, err)
}
