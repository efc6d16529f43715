package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// subscriptionNeedsSocket is the code of a subscription that came as a plain request.
const subscriptionNeedsSocket = "SUBSCRIPTION_NEEDS_SOCKET"

// graphql serves the graph: operations by POST, sockets by upgrade.
func (n *node) graphql(w http.ResponseWriter, r *http.Request) {
	switch {
	case isUpgrade(r):
		n.socket(w, r)
	case r.Method == http.MethodPost:
		n.identified(n.post)(w, r)
	case r.Method == http.MethodGet && n.config.AllowGet:
		n.identified(n.get)(w, r)
	default:
		refuseMethod(w, r, n.methods())
	}
}

func (n *node) methods() string {
	if n.config.AllowGet {
		return "GET, POST"
	}
	return "POST"
}

func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

func (n *node) post(w http.ResponseWriter, r *http.Request) {
	form, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		refuse(w, r, http.StatusNotAcceptable, notAcceptable, "answers are "+string(mediaGraphQL)+" or "+string(mediaJSON))
		return
	}
	if !isJSON(r) {
		refuse(w, r, http.StatusUnsupportedMediaType, unsupportedMediaType, "the body must be application/json in UTF-8")
		return
	}
	body, wrong := readBody(w, r, maxBody)
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	params, wrong := decodeParams(body)
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	n.execute(w, r, params, form)
}

func (n *node) get(w http.ResponseWriter, r *http.Request) {
	form, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		refuse(w, r, http.StatusNotAcceptable, notAcceptable, "answers are "+string(mediaGraphQL)+" or "+string(mediaJSON))
		return
	}
	params, wrong := paramsOfQuery(r.URL.Query())
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	n.execute(w, r, params, form)
}

// execute runs an operation and writes its answer.
func (n *node) execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, form media) {
	ctx := graphql.StartOperationTrace(r.Context())
	params.Headers = r.Header
	operation, faults := n.executor.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, operation)
	if len(faults) == 0 && operation.Operation.Operation == ast.Subscription {
		faults = gqlerror.List{withCode("a subscription needs a websocket", subscriptionNeedsSocket)}
	}
	if len(faults) > 0 {
		n.metrics.refused()
		writeAnswer(w, form, form.requestErrorStatus(), n.executor.DispatchError(ctx, faults))
		return
	}
	if r.Method == http.MethodGet && operation.Operation.Operation != ast.Query {
		refuseMethod(w, r, http.MethodPost)
		return
	}
	next, running := n.executor.DispatchOperation(ctx, operation)
	answer := next(running)
	if answer == nil { // its time was over before it began
		answer = n.executor.DispatchError(ctx, gqlerror.List{withCode("the operation took too long", graph.Timeout)})
	}
	writeAnswer(w, form, http.StatusOK, answer)
}

func withCode(message, code string) *gqlerror.Error {
	err := gqlerror.Errorf("%s", message)
	err.Extensions = map[string]any{"code": code}
	return err
}

// writeAnswer writes an answer around the data as the graph wrote it: marshalling it again would cost
// as much as resolving it. An answer to a request that was not executed has no data, not even null.
func writeAnswer(w http.ResponseWriter, form media, status int, answer *graphql.Response) {
	head, tail := &bytes.Buffer{}, &bytes.Buffer{}
	head.WriteByte('{')
	if len(answer.Errors) > 0 {
		member(head, "errors", answer.Errors)
	}
	if answer.Data != nil {
		separate(head)
		head.WriteString(`"data":`)
	}
	if len(answer.Extensions) > 0 {
		if head.Len() > 1 {
			tail.WriteByte(',')
		}
		member(tail, "extensions", answer.Extensions)
	}
	tail.WriteByte('}')
	w.Header().Set("Content-Type", form.contentType())
	w.Header().Set("Content-Length", strconv.Itoa(head.Len()+len(answer.Data)+tail.Len()))
	w.WriteHeader(status)
	for _, part := range [][]byte{head.Bytes(), answer.Data, tail.Bytes()} {
		_, _ = w.Write(part) //nolint:gosec // JSON, which nosniff keeps from being a page; who has left cannot be told
	}
}

func member(into *bytes.Buffer, name string, value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err) // errors and extensions are made of plain values
	}
	into.WriteString(`"` + name + `":`)
	into.Write(encoded)
}

// separate puts a comma behind what is there already.
func separate(into *bytes.Buffer) {
	if into.Len() > 1 {
		into.WriteByte(',')
	}
}
