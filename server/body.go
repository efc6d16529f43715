package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
)

// maxBody is how long the body of a request may be, in bytes: room for the 10,000 ids of a selection, one a line.
const maxBody = 512 << 10

// readBody reads a body whole, if it is not too long and text.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, *fault) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &fault{http.StatusRequestEntityTooLarge, bodyLimit, crm.Text{NL: "De body is te lang.", EN: "The body is too long."}}
	case err != nil:
		return nil, &fault{http.StatusBadRequest, badRequest, crm.Text{NL: "De body is niet helemaal aangekomen.", EN: "The body did not arrive whole."}}
	case !utf8.Valid(body):
		return nil, &fault{http.StatusBadRequest, badRequest, crm.Text{NL: "De body is geen UTF-8.", EN: "The body is not UTF-8."}}
	}
	return body, nil
}

// decodeParams reads the body of a GraphQL request: one JSON object with nothing behind it, each
// parameter once and of its type. Unknown parameters are left alone, as the specification wants.
func decodeParams(body []byte) (*graphql.RawParams, *fault) {
	params := &graphql.RawParams{}
	err := eachMember(body, func(name string, decoder *json.Decoder) error {
		switch name {
		case "query":
			return decoder.Decode(&params.Query)
		case "operationName":
			return decoder.Decode(&params.OperationName)
		case "variables":
			return decoder.Decode(&params.Variables)
		case "extensions":
			return decoder.Decode(&params.Extensions)
		}
		return decoder.Decode(new(json.RawMessage))
	})
	if err != nil {
		return nil, &fault{http.StatusBadRequest, badRequest,
			crm.Text{NL: "De body is één JSON-object: query een tekst, operationName een tekst of null, variables en extensions objecten of null.", EN: "The body is one JSON object: query a text, operationName a text or null, variables and extensions objects or null."}}
	}
	return complete(params)
}

func complete(params *graphql.RawParams) (*graphql.RawParams, *fault) {
	if params.Query == "" {
		return nil, &fault{http.StatusBadRequest, badRequest, crm.Text{NL: "De parameter query is een tekst die niet leeg is.", EN: "The parameter query is a text that is not empty."}}
	}
	return params, nil
}

var errNoObject = errors.New("not one JSON object")

// eachMember walks over the members of a JSON object. Numbers stay as they are written.
func eachMember(body []byte, read func(name string, decoder *json.Decoder) error) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errNoObject
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok || seen[name] {
			return errNoObject
		}
		seen[name] = true
		if err := read(name, decoder); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errNoObject
	}
	return nil
}

// paramsOfQuery reads a request by GET, whose parameters stand in the address as texts of JSON.
func paramsOfQuery(values url.Values) (*graphql.RawParams, *fault) {
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	for name, into := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		if err := decoder.Decode(into); err != nil || decoder.More() {
			return nil, &fault{http.StatusBadRequest, badRequest, crm.Textf("De parameter %s is een object, of null.", "The parameter %s is an object, or null.", name)}
		}
	}
	return complete(params)
}
