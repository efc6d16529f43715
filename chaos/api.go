package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// The patience of clients.
const (
	requestTimeout = 4 * time.Second
	dialTimeout    = 2 * time.Second
)

// newClient makes the client that all requests share.
func newClient() *http.Client {
	return &http.Client{Timeout: requestTimeout, Transport: &http.Transport{
		DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, MaxIdleConnsPerHost: 64, DisableCompression: true,
	}}
}

// response is an answer of GraphQL.
type response struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

// errNotSent says that the request never left.
var errNotSent = errors.New("not sent")

// ask sends an operation to a node. The client's name is the id of the operation.
func ask(ctx context.Context, client *http.Client, address, token, name, query string, variables map[string]any) (*response, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Klantkaart-Client", name)
	got, err := client.Do(request)
	var dialing *net.OpError
	if errors.As(err, &dialing) && dialing.Op == "dial" {
		return nil, errors.Join(errNotSent, err)
	}
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, err
	}
	answer := &response{}
	if err := json.Unmarshal(text, answer); err != nil {
		return nil, fmt.Errorf("%s: %.200s", got.Status, text)
	}
	return answer, nil
}

// internal tells whether the answer leaves open what happened.
func (r *response) internal() bool {
	for _, one := range r.Errors {
		switch one.Extensions.Code {
		case "UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "BAD_INPUT":
		default:
			return true
		}
	}
	return false
}

// code is the code of the first error.
func (r *response) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	return r.Errors[0].Extensions.Code
}

// done is the answer of a mutation, whose documents all call it so.
type done struct {
	Card *struct {
		ID      string
		Version int
		Fields  map[string]any `json:"-"`
	}
	Attention  *struct{ ID string }
	UserErrors []struct {
		Code           string
		CurrentVersion *int
		Conflicts      []struct {
			Field        string
			Base, Theirs any
		}
	}
	Position string
}
