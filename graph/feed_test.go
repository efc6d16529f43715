package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
	"klantkaart/live"
)

// message is what a card's stream sends, whichever of the two it is.
type message struct {
	Typename      string `json:"__typename"`
	Position      string
	Mode          string
	Kind          string
	CardVersion   int
	ChangedFields []string
	Changes       []struct {
		Field    string
		From, To any
	}
	Actor *struct{ Name string }
	Card  *struct{ Title string }
}

const cardStream = `subscription ($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode }
  ... on Event { position kind cardVersion changedFields changes { field from to } actor { name } card { title } } } }`

// listen opens a stream; each call of next waits for its next message, and gives nil when it has ended.
func listen(ctx context.Context, t *testing.T, services *crm.CRM, hub *live.Hub, query string, variables map[string]any) (next func() *message) {
	t.Helper()
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(services, hub)}))
	exec.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(graph.WithLoaders(ctx))
	})
	ctx = graphql.StartOperationTrace(ctx)
	operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		t.Fatal(errs)
	}
	respond, ctx := exec.DispatchOperation(ctx, operation)
	return func() *message {
		response := respond(ctx)
		if response == nil {
			return nil
		}
		if len(response.Errors) > 0 {
			t.Fatal(response.Errors)
		}
		var data map[string]*message
		if err := json.Unmarshal(response.Data, &data); err != nil {
			t.Fatal(err)
		}
		for _, only := range data {
			return only
		}
		return nil
	}
}

// signalled makes the services of an office whose changes wake a hub, with one customer.
func signalled(t *testing.T, store *db.DB) (ctx context.Context, services *crm.CRM, hub *live.Hub, customer crm.ID) {
	t.Helper()
	hub = live.NewHub()
	ctx, _ = officeWith(t, store, 0)
	services, err := crm.New(store, crm.Options{Signal: func(signal crm.Signal) {
		topics := make([]string, len(signal.Topics))
		for i, topic := range signal.Topics {
			topics[i] = string(topic)
		}
		hub.Wake(live.Signal{OrganizationID: string(signal.OrganizationID), Position: signal.Position, Topics: topics})
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx = withCredential(ctx, t, store)
	customer = crm.ID(idIn(t, runner(services)(ctx, `mutation { createCustomer(input: {fields: {name: "Van der Velde"}}) { customer { id } } }`, nil)))
	return ctx, services, hub, customer
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
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services, hub, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next := listen(ctx, t, services, hub, cardStream, map[string]any{"card": string(customer)})
		if ready := next(); ready.Typename != "Ready" || ready.Mode != "LIVE" {
			t.Fatalf("first message: %+v", ready)
		}
		rename(ctx, t, services, customer, "Van der Velde", "Van der Velde Groep")
		rename(ctx, t, services, customer, "Van der Velde Groep", "Velde")
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
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services, hub, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		position := listen(ctx, t, services, hub, cardStream, map[string]any{"card": string(customer)})().Position
		rename(ctx, t, services, customer, "Van der Velde", "Missed")
		next := listen(ctx, t, services, hub, cardStream, map[string]any{"card": string(customer), "after": position})
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
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services, hub, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		elsewhere := crm.Position{Number: 1}.String()
		if ready := listen(ctx, t, services, hub, cardStream, map[string]any{"card": string(customer), "after": elsewhere})(); ready.Mode != "RESYNC" {
			t.Errorf("first message: %+v", ready)
		}
	})
}

func TestAnAttentionReachesItsColleaguesAndIsRecordedAsDelivered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services, hub, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next := listen(ctx, t, services, hub, `subscription { myAttentions { __typename ... on Ready { mode } ... on AttentionNotice { kind position } } }`, nil)
		next()
		attention := idIn(t, runner(services)(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } } }`, customer), nil))
		if notice := next(); notice.Kind != "ATTENTION_ADDED" || notice.Position == "" {
			t.Fatalf("notice: %+v", notice)
		}
		response := runner(services)(ctx, fmt.Sprintf(`{ node(id: %q) { ... on Attention { receipts { user { name } seenAt } } } }`, attention), nil)
		if want := `{"node":{"receipts":[{"user":{"name":"Sanne"},"seenAt":null}]}}`; string(response.Data) != want {
			t.Errorf("receipts: %s", response.Data)
		}
	})
}

func TestAStreamOfACardThatIsNotThereIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services, hub, _ := signalled(t, store)
		resolver := graph.NewResolver(services, hub)
		_, err := resolver.Subscription().CardEvents(ctx, "cus_00000000000000000000000000", nil)
		if faults := crm.FaultsOf(err); len(faults) != 1 || faults[0].Code != crm.NotFound {
			t.Errorf("error: %v", err)
		}
		if hub.Listeners() != 0 {
			t.Errorf("%d listeners are left", hub.Listeners())
		}
	})
}
