package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
)

// message is what a card's stream sends, whichever of the two it is.
type message struct {
	Typename      string `json:"__typename"`
	Position      string
	Mode, Reason  string
	Kind          string
	CardVersion   int
	ChangedFields []string
	Changes       []struct {
		Field    string
		From, To any
	}
	Actor *struct{ Name string }
	Card  *struct{ Title string }

	Errors gqlerror.List `json:"-"`
}

const cardStream = `subscription ($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode reason }
  ... on Event { position kind cardVersion changedFields changes { field from to } actor { name } card { title } } } }`

// way is how a client is served: by the shared streams, or by a channel of its own.
type way struct {
	name   string
	listen func(ctx context.Context, t *testing.T, on *node, query string, variables map[string]any) (next func() *message)
}

// node is the graph on an office's services, with the live feed that their changes go to.
type node struct {
	services *crm.CRM
	feed     *graph.Live
	exec     *graph.Executor
}

// onEachWay runs a test for both ways on both engines, with an office that has one customer.
func onEachWay(t *testing.T, body func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(query string, variables map[string]any) (next func() *message))) {
	t.Helper()
	for _, by := range []way{{"shared", shared}, {"by a channel", channelled}} {
		t.Run(by.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, store *db.DB) {
				ctx, on, customer := signalled(t, store)
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				body(ctx, t, on, customer, func(query string, variables map[string]any) func() *message {
					return by.listen(ctx, t, on, query, variables)
				})
			})
		})
	}
}

func prepared(ctx context.Context, t *testing.T, on *node, query string, variables map[string]any) (context.Context, *graphql.OperationContext) {
	t.Helper()
	ctx = graphql.StartOperationTrace(ctx)
	operation, faults := on.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if faults != nil {
		t.Fatal(faults)
	}
	return ctx, operation
}

// channelled opens a stream as gqlgen's own transport does.
func channelled(ctx context.Context, t *testing.T, on *node, query string, variables map[string]any) (next func() *message) {
	t.Helper()
	ctx, operation := prepared(ctx, t, on, query, variables)
	respond, ctx := on.exec.DispatchOperation(ctx, operation)
	return func() *message {
		response := respond(ctx)
		if response == nil {
			return nil
		}
		if len(response.Errors) > 0 {
			return &message{Errors: response.Errors}
		}
		return read(t, response.Data)
	}
}

// shared opens a stream as our own transport does: each call waits until there is something, or the end.
func shared(ctx context.Context, t *testing.T, on *node, query string, variables map[string]any) (next func() *message) {
	t.Helper()
	sub, wake := subscribe(ctx, t, on, query, variables)
	return func() *message {
		for {
			got, err := sub.Next(ctx)
			var refused *graph.Refusal
			switch {
			case errors.As(err, &refused):
				return &message{Errors: refused.Errors}
			case err != nil:
				return nil
			case got != nil:
				return answered(t, got)
			}
			select {
			case <-wake:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func subscribe(ctx context.Context, t *testing.T, on *node, query string, variables map[string]any) (*graph.Subscription, <-chan struct{}) {
	t.Helper()
	wake := make(chan struct{}, 1)
	ctx, operation := prepared(ctx, t, on, query, variables)
	sub, refused := on.exec.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}})
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	t.Cleanup(sub.Close)
	return sub, wake
}

// answered reads a message, which tells its position itself where it has one.
func answered(t *testing.T, got *graph.Message) *message {
	t.Helper()
	var result struct {
		Data   json.RawMessage
		Errors gqlerror.List
	}
	if err := json.Unmarshal(got.Payload, &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Errors) > 0 {
		return &message{Errors: result.Errors}
	}
	told := read(t, result.Data)
	if told.Position != got.Position {
		t.Errorf("a message at %q says that it is at %q", got.Position, told.Position)
	}
	return told
}

func read(t *testing.T, data []byte) *message {
	t.Helper()
	var fields map[string]*message
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for _, only := range fields {
		return only
	}
	return nil
}

// signalled makes the services of an office whose changes go to a live feed, with one customer.
func signalled(t *testing.T, store *db.DB) (ctx context.Context, on *node, customer crm.ID) {
	t.Helper()
	ctx, _ = officeWith(t, store, 0)
	on = newNode(t, store)
	ctx = withCredential(ctx, t, store)
	customer = crm.ID(idIn(t, runner(on.services)(ctx, `mutation { createCustomer(input: {fields: {name: "Van der Velde"}}) { customer { id } } }`, nil)))
	return ctx, on, customer
}

// newNode is one of perhaps several on a store. They do not hear of each other unless told.
func newNode(t *testing.T, store *db.DB) *node {
	t.Helper()
	on := &node{}
	services, err := crm.New(store, crm.Options{Signal: func(signal crm.Signal) { on.feed.Signal(signal) }})
	if err != nil {
		t.Fatal(err)
	}
	on.services, on.feed = services, graph.NewLive(services, graph.LiveSettings{})
	on.exec = graph.NewExecutor(graph.NewSchema(services, on.feed), on.feed, graph.Settings{Timeout: time.Minute})
	t.Cleanup(on.feed.Close)
	return on
}

// withCredential gives the actor a session, which a stream checks again and again.
func withCredential(ctx context.Context, t *testing.T, store *db.DB) context.Context {
	t.Helper()
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		t.Fatal(err)
	}
	actor.CredentialID = "ses_0"
	err = store.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO sessions (organization_id, id, user_id, secret_hash, created_at, expires_at)
			VALUES ('org_0', 'ses_0', 'usr_0', 'hash', '2026-11-23 09:00:00+00:00', '2100-01-01 00:00:00+00:00')`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return crm.WithActor(ctx, actor)
}

func rename(ctx context.Context, t *testing.T, services *crm.CRM, customer crm.ID, from, to string) {
	t.Helper()
	idIn(t, runner(services)(ctx, fmt.Sprintf(`mutation { updateCustomer(input: {id: %q, base: {name: %q}, patch: {name: %q}}) { customer { id } userErrors { code } } }`, customer, from, to), nil))
}

func TestACardsStreamSendsReadyAndThenEachChangeOnceInOrder(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		next := listen(cardStream, map[string]any{"card": string(customer)})
		if ready := next(); ready.Typename != "Ready" || ready.Mode != "LIVE" {
			t.Fatalf("first message: %+v", ready)
		}
		rename(ctx, t, on.services, customer, "Van der Velde", "Van der Velde Groep")
		rename(ctx, t, on.services, customer, "Van der Velde Groep", "Velde")
		for i, want := range []struct{ from, to string }{{"Van der Velde", "Van der Velde Groep"}, {"Van der Velde Groep", "Velde"}} {
			event := next()
			if event.Kind != "CUSTOMER_UPDATED" || event.CardVersion != i+2 || event.Actor.Name != "Sanne" {
				t.Errorf("event: %+v", event)
			}
			if change := event.Changes[0]; change.Field != "name" || change.From != want.from || change.To != want.to {
				t.Errorf("change: %+v, want %+v", change, want)
			}
			if i == 1 && event.Card.Title != "Velde" {
				t.Errorf("the card is %q, want as it is now", event.Card.Title)
			}
		}
	})
}

func TestAStreamGoesOnBehindItsLastPosition(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		position := listen(cardStream, map[string]any{"card": string(customer)})().Position
		rename(ctx, t, on.services, customer, "Van der Velde", "Missed")
		next := listen(cardStream, map[string]any{"card": string(customer), "after": position})
		if ready := next(); ready.Mode != "REPLAYED" || ready.Position != position {
			t.Fatalf("first message: %+v", ready)
		}
		if missed := next(); missed.Kind != "CUSTOMER_UPDATED" {
			t.Errorf("replayed: %+v", missed)
		}
	})
}

func TestAStreamFromAnotherLogStartsWithResync(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(_ context.Context, t *testing.T, _ *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		elsewhere := crm.PositionAt(1, 1).String()
		ready := listen(cardStream, map[string]any{"card": string(customer), "after": elsewhere})()
		if ready.Mode != "RESYNC" || ready.Reason != "CURSOR_UNKNOWN" {
			t.Errorf("first message: %+v", ready)
		}
	})
}

func TestAnAttentionReachesItsColleaguesAndIsRecordedAsDelivered(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		next := listen(`subscription { myAttentions { __typename ... on Ready { position mode } ... on AttentionNotice { kind position } } }`, nil)
		next()
		attention := idIn(t, runner(on.services)(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } } }`, customer), nil))
		if notice := next(); notice.Kind != "ATTENTION_ADDED" || notice.Position == "" {
			t.Fatalf("notice: %+v", notice)
		}
		response := runner(on.services)(ctx, fmt.Sprintf(`{ node(id: %q) { ... on Attention { receipts { user { name } seenAt } } } }`, attention), nil)
		if want := `{"node":{"receipts":[{"user":{"name":"Sanne"},"seenAt":null}]}}`; string(response.Data) != want {
			t.Errorf("receipts: %s", response.Data)
		}
	})
}

func TestAStreamOfACardThatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, _ := signalled(t, store)
		ctx, operation := prepared(ctx, t, on, cardStream, map[string]any{"card": "cus_00000000000000000000000000"})
		_, refused := on.exec.Subscribe(ctx, operation, graph.SubscribeOptions{})
		if refused == nil || len(refused.Errors) != 1 || refused.Errors[0].Extensions["code"] != string(crm.NotFound) {
			t.Errorf("answer: %+v", refused)
		}
		_, err := graph.NewResolver(on.services, on.feed).Subscription().CardEvents(ctx, "cus_00000000000000000000000000", nil)
		if faults := crm.FaultsOf(err); len(faults) != 1 || faults[0].Code != crm.NotFound {
			t.Errorf("error: %v", err)
		}
		if on.feed.Subscriptions() != 0 || on.feed.Executions() != 0 {
			t.Errorf("%d subscriptions, %d executions are left", on.feed.Subscriptions(), on.feed.Executions())
		}
	})
}
