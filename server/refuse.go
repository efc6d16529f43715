package main

import (
	"encoding/json"
	"net/http"

	"klantkaart/crm"
	"klantkaart/graph"
)

// The codes of requests that do not reach the graph.
const (
	badRequest           = "BAD_REQUEST"
	bodyLimit            = "BODY_LIMIT"
	methodNotAllowed     = "METHOD_NOT_ALLOWED"
	notAcceptable        = "NOT_ACCEPTABLE"
	unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
	forbiddenOrigin      = "FORBIDDEN_ORIGIN"
	unauthenticated      = "UNAUTHENTICATED"
	tooManyConnections   = "TOO_MANY_CONNECTIONS"
	tooManySignIns       = "TOO_MANY_SIGN_INS"
	draining             = "DRAINING"
	unknownProvider      = "UNKNOWN_PROVIDER"
	signOnFailed         = "SIGN_ON_FAILED"
	signOnRefused        = "SIGN_ON_REFUSED"
	providerUnreachable  = "PROVIDER_UNREACHABLE"
)

// fault is why a request is refused before it reaches the graph.
type fault struct {
	status int
	code   string
	text   crm.Text // never a part of the request
}

func foreignOrigin() crm.Text {
	return crm.Text{NL: "Pagina's van deze herkomst mogen hier niet komen.", EN: "Pages of this origin may not call here."}
}

func clientUnnamed() crm.Text {
	return crm.Textf("De header %s noemt het programma dat vraagt.", "The header %s names the client.", clientHeader)
}

// refusal is an answer without data, in the form of a GraphQL answer.
type refusal struct {
	Errors []refusedFor `json:"errors"`
}

type refusedFor struct {
	Message    string         `json:"message"`
	Extensions map[string]any `json:"extensions"`
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code string, text crm.Text) {
	refuseWith(w, r, status, code, text, map[string]any{})
}

// refuseWith says why a request is refused, in the language it asks for, and what else a program is to know.
func refuseWith(w http.ResponseWriter, r *http.Request, status int, code string, text crm.Text, extensions map[string]any) {
	extensions["code"], extensions["requestId"] = code, graph.RequestOf(r.Context()).ID
	answer := refusal{Errors: []refusedFor{{text.In(languageOf(r)), extensions}}}
	media := mediaJSON
	if wanted := negotiate(r.Header.Values("Accept")).answer; wanted != "" {
		media = wanted
	}
	writeJSON(w, media.contentType(), status, answer)
}

func (f *fault) answer(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, f.status, f.code, f.text)
}

// refuseMethod tells which methods there are.
func refuseMethod(w http.ResponseWriter, r *http.Request, allowed string) {
	w.Header().Set("Allow", allowed)
	refuse(w, r, http.StatusMethodNotAllowed, methodNotAllowed, crm.Text{NL: "Deze methode bestaat hier niet.", EN: "This method is not served here."})
}

func writeJSON(w http.ResponseWriter, contentType string, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // answers are made of texts and numbers
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has left cannot be told
}
