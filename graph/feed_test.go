package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

	Attention   *struct{ Text string }
	Customer    *struct{ Title string }
	InFilter    bool
	EventCount  int
	CustomerIDs []crm.ID `json:"customerIds"`

	Errors gqlerror.List `json:"-"`
}

const cardStream = `subscription ($card: ID!, $after: Position) { cardEvents(card: $card, after: $after) {
  __typename
  ... on Ready { position mode reason }
  ... on Checkpoint { position }
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
	return taking(ctx, t, sub, wake)
}

// taking gives the messages of a subscription, one at each call.
func taking(ctx context.Context, t *testing.T, sub *graph.Subscription, wake <-chan struct{}) (next func() *message) {
	t.Helper()
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
			VALUES ('org_0', 'ses_0', 'usr_00000000000000000000000000', 'hash', '2026-11-23 09:00:00+00:00', '2100-01-01 00:00:00+00:00')`).Exec(ctx)
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

func TestAnAttentionThatChangedReachesItsColleaguesAgain(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		const stream = `subscription ($after: Position) { myAttentions(after: $after) { __typename ... on Ready { position mode } ... on AttentionNotice { kind position } } }`
		attention := idIn(t, runner(on.services)(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } } }`, customer), nil))
		next := listen(stream, nil)
		begun := next().Position
		idIn(t, runner(on.services)(ctx, fmt.Sprintf(`mutation { updateAttention(input: {id: %q, expectedVersion: 1, patch: {text: "Bel"}}) { attention { id } userErrors { code } } }`, attention), nil))
		again := listen(stream, map[string]any{"after": begun})
		again()
		for _, heard := range []*message{next(), again()} {
			if heard.Kind != "ATTENTION_UPDATED" {
				t.Errorf("notice: %+v", heard)
			}
		}
		response := runner(on.services)(ctx, fmt.Sprintf(`{ node(id: %q) { ... on Attention { text receipts { user { name } seenAt } } } }`, attention), nil)
		if want := `{"node":{"text":"Bel","receipts":[{"user":{"name":"Sanne"},"seenAt":null}]}}`; string(response.Data) != want {
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

// told waits for the next message that is no checkpoint.
func told(next func() *message) *message {
	for {
		if got := next(); got == nil || got.Typename != "Checkpoint" {
			return got
		}
	}
}

func TestSubscribersWithTheSameQuestionShareItsExecution(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		actor, _ := crm.ActorFrom(ctx)
		card := map[string]any{"card": string(customer)}
		first, _ := subscribe(ctx, t, on, cardStream, card)
		begun, err := first.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		after := map[string]any{"card": string(customer), "after": begun.Position}
		same := func(*crm.Actor) {}
		for _, one := range []struct {
			name      string
			as        func(*crm.Actor)
			query     string
			variables map[string]any
			shares    bool
		}{
			{"the same", same, cardStream, card, true},
			{"another place to go on from", same, cardStream, after, true},
			{"another user with the same rights", func(a *crm.Actor) { a.UserID, a.CredentialID, a.ClientID = "usr_9", "ses_9", "tab" }, cardStream, card, true},
			{"another role", func(a *crm.Actor) { a.Role = crm.ReadOnly }, cardStream, card, false},
			{"another right to see amounts", func(a *crm.Actor) { a.Rights ^= crm.RightsOf(crm.ViewFinance) }, cardStream, card, false},
			{"another language", func(a *crm.Actor) { a.Language = "de" }, cardStream, card, false},
			{"another document", same, cardStream + " ", card, false},
			{"a document that asks for something of the viewer", same, `subscription ($card: ID!) { cardEvents(card: $card) { ... on Event { subject { ... on Attention { viewerReceipt { seenAt } } } } } }`, card, false},
		} {
			before := on.feed.Executions()
			other := actor
			one.as(&other)
			sub, _ := subscribe(crm.WithActor(ctx, other), t, on, one.query, one.variables)
			if shares := on.feed.Executions() == before; shares != one.shares {
				t.Errorf("%s shares the execution: %t, want %t", one.name, shares, one.shares)
			}
			sub.Close()
			if on.feed.Executions() != before {
				t.Errorf("%s leaves something behind", one.name)
			}
		}
	})
}

func TestAMessageIsMadeOnceForAllWhoShareIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		var all []*graph.Subscription
		for range 50 {
			sub, _ := subscribe(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
			if _, err := sub.Next(ctx); err != nil {
				t.Fatal(err)
			}
			all = append(all, sub)
		}
		_, wake := subscribe(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
		rename(ctx, t, on.services, customer, "Van der Velde", "Velde")
		<-wake // the stream has taken it in
		before := store.Statements()
		var payload []byte
		for i, sub := range all {
			got, err := sub.Next(ctx)
			if err != nil || got == nil {
				t.Fatalf("subscriber %d got %v, %v", i, got, err)
			}
			if i > 0 && &payload[0] != &got.Payload[0] {
				t.Fatal("a message was made again")
			}
			payload = got.Payload
			if i == 0 {
				before = store.Statements()
			}
		}
		if after := store.Statements(); after != before {
			t.Errorf("49 subscribers cost %d statements more than one", after-before)
		}
	})
}

func TestAChangeOfRightsPartsWhatComesBeforeFromWhatComesAfter(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next := shared(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
		next()
		admin := secondAdmin(ctx, t, store)
		rename(ctx, t, on.services, customer, "Van der Velde", "Een")
		changed, err := on.services.Users.Update(admin, crm.UpdateColleagueInput{ID: "usr_00000000000000000000000000", Role: graphql.OmittableOf(new(crm.Colleague))})
		if err != nil {
			t.Fatal(err)
		}
		rename(admin, t, on.services, customer, "Een", "Twee")
		if got := told(next); got.Typename != "Event" || got.Changes[0].To != "Een" {
			t.Fatalf("before the change: %+v", got)
		}
		at := told(next)
		if at.Typename != "Ready" || at.Mode != "RESYNC" || at.Reason != "ACCESS_CHANGED" || at.Position != changed.Position.String() {
			t.Fatalf("at the change: %+v", at)
		}
		if got := told(next); got.Typename != "Event" || got.Changes[0].To != "Twee" {
			t.Fatalf("behind the change: %+v", got)
		}
	})
}

func TestWhoAttendsWithRightsThatChangedMeanwhileIsToldSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, _ := signalled(t, store)
		attend := func() <-chan graph.Access {
			heard := make(chan graph.Access, 10)
			leave, err := on.exec.Attend(ctx, func(access graph.Access) { heard <- access })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(leave)
			return heard
		}
		for i := range 2 { // the second finds the credential in use
			if got := attend(); len(got) > 0 {
				t.Errorf("attendee %d is told %d though nothing happened", i, <-got)
			}
		}
		admin := secondAdmin(ctx, t, store)
		if _, err := on.services.Users.Update(admin, crm.UpdateColleagueInput{ID: "usr_00000000000000000000000000", Finance: graphql.OmittableOf(new(false))}); err != nil {
			t.Fatal(err)
		}
		if got := <-attend(); got != graph.AccessChanged {
			t.Errorf("told %d", got)
		}
	})
}

func TestWhoMayNoLongerSignInHearsNothingMore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		heard := make(chan graph.Access, 10)
		leave, err := on.exec.Attend(ctx, func(access graph.Access) { heard <- access })
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		next := shared(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
		next()
		admin := secondAdmin(ctx, t, store)
		for _, step := range []struct {
			change crm.UpdateColleagueInput
			want   graph.Access
		}{
			{crm.UpdateColleagueInput{ID: "usr_00000000000000000000000000", Role: graphql.OmittableOf(new(crm.Colleague))}, graph.AccessChanged},
			{crm.UpdateColleagueInput{ID: "usr_00000000000000000000000000", IsActive: graphql.OmittableOf(new(false))}, graph.AccessEnded},
		} {
			if _, err := on.services.Users.Update(admin, step.change); err != nil {
				t.Fatal(err)
			}
			if got := <-heard; got != step.want {
				t.Errorf("told %d, want %d", got, step.want)
			}
		}
		rename(admin, t, on.services, customer, "Van der Velde", "Geheim")
		for got := told(next); len(got.Errors) == 0; got = told(next) {
			if got.Mode != "RESYNC" {
				t.Fatalf("was told %+v", got)
			}
		}
		if _, err := on.exec.Attend(ctx, func(graph.Access) {}); !errors.Is(err, crm.ErrUnauthenticated) {
			t.Errorf("may attend still: %v", err)
		}
	})
}

// secondAdmin adds an administrator with a way in, in whose name the returned context acts.
func secondAdmin(ctx context.Context, t *testing.T, store *db.DB) context.Context {
	t.Helper()
	err := store.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO users (organization_id, id, name, sort_key, email, password_hash, role, finance, active, created_at)
			VALUES ('org_0', 'usr_1', 'Peter', 'peter', 'peter@delta.example', 'a hash', 'ADMIN', TRUE, TRUE, '2026-11-23 09:00:00+00:00')`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	actor, _ := crm.ActorFrom(ctx)
	actor.UserID, actor.CredentialID = "usr_1", ""
	return crm.WithActor(ctx, actor)
}

const overviewStream = `subscription ($filter: CustomerFilter, $after: Position) { customerEvents(filter: $filter, after: $after) {
  __typename
  ... on Ready { position mode }
  ... on CustomerNotice { position kind inFilter customer { title } }
  ... on CustomersChanged { position eventCount customerIds }
  ... on Checkpoint { position } } }`

func TestAnOverviewHearsOfItsRelationsAndOfThoseThatLeaveIt(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		next := listen(overviewStream, map[string]any{"filter": map[string]any{"name": map[string]any{"contains": "velde"}}})
		next()
		idIn(t, runner(on.services)(ctx, `mutation { createCustomer(input: {fields: {name: "De Wit"}}) { customer { id } } }`, nil))
		rename(ctx, t, on.services, customer, "Van der Velde", "Velde")
		rename(ctx, t, on.services, customer, "Velde", "Anders")
		for _, want := range []struct {
			title    string
			inFilter bool
		}{{"De Wit", false}, {"", true}, {"", false}} {
			got := told(next)
			if got.Typename != "CustomerNotice" || got.Customer == nil {
				t.Fatalf("message: %+v", got)
			}
			if want.title != "" && (got.Customer.Title != want.title || got.InFilter != want.inFilter) {
				t.Errorf("message: %s %t, want %+v", got.Customer.Title, got.InFilter, want)
			}
		}
		attention := `mutation { addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } } }`
		idIn(t, runner(on.services)(ctx, fmt.Sprintf(attention, customer), nil)) // not in the overview any more
		idIn(t, runner(on.services)(ctx, `mutation { createCustomer(input: {fields: {name: "De Boer"}}) { customer { id } } }`, nil))
		if got := told(next); got.Kind != "CUSTOMER_CREATED" || got.InFilter {
			t.Errorf("message: %+v", got)
		}
		rename(ctx, t, on.services, customer, "Anders", "Velde")
		if got := told(next); got.Kind != "CUSTOMER_UPDATED" || !got.InFilter {
			t.Errorf("message: %+v", got)
		}
		idIn(t, runner(on.services)(ctx, fmt.Sprintf(attention, customer), nil))
		if got := told(next); got.Kind != "ATTENTION_ADDED" || !got.InFilter {
			t.Errorf("message: %+v", got)
		}
	})
}

func TestAnOverviewThatIsFarBehindGetsOneMessageForMany(t *testing.T) {
	t.Parallel()
	onEachWay(t, func(ctx context.Context, t *testing.T, on *node, customer crm.ID, listen func(string, map[string]any) func() *message) {
		first := listen(overviewStream, nil)
		begun := first()
		for range 70 {
			idIn(t, runner(on.services)(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } } }`, customer), nil))
		}
		for seen := 0; seen < 70; { // until those who share the stream have all of them before them
			seen += max(told(first).EventCount, 1)
		}
		next := listen(overviewStream, map[string]any{"after": begun.Position})
		if ready := next(); ready.Mode != "REPLAYED" {
			t.Fatalf("first message: %+v", ready)
		}
		got := told(next)
		if got.Typename != "CustomersChanged" || got.EventCount <= 64 || !slices.Equal(got.CustomerIDs, []crm.ID{customer}) {
			t.Fatalf("message: %+v", got)
		}
		for events := got.EventCount; events < 70; events++ { // the last may not have arrived yet
			if got := told(next); got.Kind != "ATTENTION_ADDED" {
				t.Errorf("message: %+v", got)
			}
		}
	})
}

func TestAnEventCursorMissesNothingOfTheCard(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		_, operation := prepared(ctx, t, on, `query ($id: ID!) { node(id: $id) { ... on Customer { title eventCursor contacts { nodes { eventCursor } } } } }`, map[string]any{"id": string(customer)})
		respond, running := on.exec.DispatchOperation(ctx, operation)
		var read struct {
			Node struct{ Title, EventCursor string }
		}
		if err := json.Unmarshal(respond(running).Data, &read); err != nil {
			t.Fatal(err)
		}
		rename(ctx, t, on.services, customer, "Van der Velde", "Velde")
		next := shared(ctx, t, on, cardStream, map[string]any{"card": string(customer), "after": read.Node.EventCursor})
		if ready := next(); ready.Mode != "REPLAYED" || ready.Position != read.Node.EventCursor {
			t.Fatalf("first message: %+v", ready)
		}
		if got := told(next); got.Kind != "CUSTOMER_UPDATED" || got.Changes[0].From != read.Node.Title {
			t.Errorf("message: %+v", got)
		}
	})
}

func TestAPartOfTheCardThatIsSwitchedOffBeginsEveryStreamAnew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		heard := make(chan graph.Access, 10)
		leave, err := on.exec.Attend(ctx, func(access graph.Access) { heard <- access })
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		next := shared(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
		next()
		changed, err := on.services.Settings.SetFeatures(secondAdmin(ctx, t, store), crm.SetOrganizationFeaturesInput{Disable: []crm.Feature{crm.ContactsFeature}})
		if err != nil {
			t.Fatal(err)
		}
		at := told(next)
		if at.Typename != "Ready" || at.Mode != "RESYNC" || at.Reason != "ACCESS_CHANGED" || at.Position != changed.Position.String() {
			t.Fatalf("at the change: %+v", at)
		}
		if got := <-heard; got != graph.AccessChanged {
			t.Errorf("the connection is told %d", got)
		}
	})
}

const officeStream = `subscription ($after: Position) { officeEvents(after: $after) {
  __typename
  ... on Ready { position mode }
  ... on OfficeNotice { position kind changedFields actor { name } }
} }`

func TestWhoFollowsTheOfficeHearsOfItsSettings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next := shared(ctx, t, on, officeStream, nil)
		ready := told(next)
		rename(ctx, t, on.services, customer, "Van der Velde", "Een")
		changed, err := on.services.Settings.Update(ctx, crm.UpdateOrganizationSettingsInput{ExpectedVersion: new(1),
			Patch: crm.OrganizationSettingsFields{StrictRevert: graphql.OmittableOf(new(true))}})
		if err != nil {
			t.Fatal(err)
		}
		again := shared(ctx, t, on, officeStream, map[string]any{"after": ready.Position})
		if got := told(again); got.Mode != "REPLAYED" {
			t.Fatalf("who comes back: %+v", got)
		}
		for _, stream := range []func() *message{next, again} {
			if got := told(stream); got.Typename != "OfficeNotice" || got.Kind != "SETTINGS_CHANGED" || got.Position != changed.Position.String() {
				t.Errorf("told %+v", got)
			}
		}
	})
}

func TestWhoFollowsTheOfficeHearsOfItsChecklists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, _ := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		next := shared(ctx, t, on, officeStream, nil)
		ready := told(next)
		idIn(t, runner(on.services)(ctx, `mutation { createChecklistItem(input: {group: CUSTOMER, fields: {text: "Gebeld"}}) { item { id } userErrors { code } } }`, nil))
		again := shared(ctx, t, on, officeStream, map[string]any{"after": ready.Position})
		told(again)
		for _, stream := range []func() *message{next, again} {
			if got := told(stream); got.Typename != "OfficeNotice" || got.Kind != "CHECKLIST_ITEM_CREATED" || got.Actor.Name != "Sanne" {
				t.Errorf("told %+v", got)
			}
		}
	})
}

func TestWhoComesBackIsNotToldWhatTheNodeKnewBefore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, customer := signalled(t, store)
		elsewhere := newNode(t, store)
		sub, wake := subscribe(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
		next := taking(ctx, t, sub, wake)
		next()
		rename(ctx, t, on.services, customer, "Van der Velde", "Een")
		last := told(next)
		if last.Card.Title != "Een" {
			t.Fatalf("the message of the first name: %+v", last)
		}
		sub.Close()
		rename(ctx, t, elsewhere.services, customer, "Een", "Twee")
		next = shared(ctx, t, on, cardStream, map[string]any{"card": string(customer), "after": last.Position})
		next()
		if got := told(next); got.Card.Title != "Twee" {
			t.Errorf("the message of the second name shows %q", got.Card.Title)
		}
	})
}
