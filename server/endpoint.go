package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/graph"
	"klantkaart/transport"
)

// subscriptionNeedsSocket is the code of a subscription whose client takes one answer only.
const subscriptionNeedsSocket = "SUBSCRIPTION_NEEDS_SOCKET"

// graphql serves the graph: operations by POST, sockets by upgrade, and for browsers without either,
// event streams by GET.
func (n *node) graphql(w http.ResponseWriter, r *http.Request) {
	takes := negotiate(r.Header.Values("Accept"))
	switch {
	case isUpgrade(r):
		n.socket(w, r)
	case takes.answer == "" && !takes.events && (r.Method == http.MethodPost || r.Method == http.MethodGet && n.config.AllowGet):
		refuse(w, r, http.StatusNotAcceptable, notAcceptable,
			crm.Textf("Antwoorden zijn %s, %s of %s.", "Answers are %s, %s or %s.", mediaGraphQL, mediaJSON, transport.EventStream))
	case r.Method == http.MethodPost:
		n.identified(n.post)(w, r)
	case r.Method == http.MethodGet && (n.config.AllowGet || takes.events):
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
	if !isJSON(r) {
		refuse(w, r, http.StatusUnsupportedMediaType, unsupportedMediaType, crm.Text{NL: "De body is application/json in UTF-8.", EN: "The body is application/json in UTF-8."})
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
	n.execute(w, r, params)
}

func (n *node) get(w http.ResponseWriter, r *http.Request) {
	params, wrong := paramsOfQuery(r.URL.Query())
	if wrong != nil {
		wrong.answer(w, r)
		return
	}
	n.execute(w, r, params)
}

// execute runs an operation and writes its answer: a subscription as an event stream, all else at once.
func (n *node) execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams) {
	takes := negotiate(r.Header.Values("Accept"))
	ctx := graphql.StartOperationTrace(r.Context())
	params.Headers = r.Header
	operation, faults := n.executor.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, operation)
	subscribing := len(faults) == 0 && operation.Operation.Operation == ast.Subscription
	if subscribing && takes.events {
		n.stream(w, r.WithContext(ctx), operation)
		return
	}
	if subscribing {
		faults = gqlerror.List{graph.NewFault(subscriptionNeedsSocket, crm.Textf(
			"Een abonnement vraagt een websocket, of een programma dat %s aanneemt.",
			"A subscription needs a websocket, or a client that accepts %s.", transport.EventStream))}
	}
	if len(faults) > 0 {
		n.metrics.refused()
		takes.write(w, takes.refusalStatus(w, faults), n.executor.DispatchError(ctx, faults))
		return
	}
	if r.Method == http.MethodGet && (operation.Operation.Operation != ast.Query || !n.config.AllowGet || takes.answer == "") {
		refuseMethod(w, r, http.MethodPost)
		return
	}
	if r.Method == http.MethodGet && n.isSimple(r) {
		refuse(w, r, http.StatusForbidden, clientHeaderRequired, crm.Textf("Een vraag per GET met een cookie vraagt de header %s.", "A query by GET with a cookie needs the header %s.", clientHeader))
		return
	}
	next, running := n.executor.DispatchOperation(ctx, operation)
	answer := next(running)
	if answer == nil { // its time was over before it began
		answer = n.executor.DispatchError(ctx, gqlerror.List{graph.Late()})
	}
	takes.write(w, http.StatusOK, answer)
}

// refusalStatus is the status of an operation that is not executed. One that came too soon is told when to come back.
func (f forms) refusalStatus(w http.ResponseWriter, faults gqlerror.List) int {
	seconds := graph.RetryAfter(faults)
	if seconds == 0 {
		return f.answer.requestErrorStatus()
	}
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	if f.answer == mediaGraphQL {
		return http.StatusTooManyRequests
	}
	return f.answer.requestErrorStatus()
}

// write writes an answer that comes once. Clients that take nothing but streams get one of it alone,
// whatever its status: of another they would see only that it failed.
func (f forms) write(w http.ResponseWriter, status int, answer *graphql.Response) {
	head, tail := around(answer)
	if f.answer == "" {
		transport.Answer(w, slices.Concat(head, answer.Data, tail))
		return
	}
	w.Header().Set("Content-Type", f.answer.contentType())
	w.Header().Set("Content-Length", strconv.Itoa(len(head)+len(answer.Data)+len(tail)))
	w.WriteHeader(status)
	for _, part := range [][]byte{head, answer.Data, tail} {
		_, _ = w.Write(part) // who has left cannot be told
	}
}

// around gives what stands before and behind the data, which is left as the graph wrote it: marshalling it
// again would cost as much as resolving it. An answer to a request that was not executed has no data, not
// even null.
func around(answer *graphql.Response) (before, behind []byte) {
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
	return head.Bytes(), tail.Bytes()
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
