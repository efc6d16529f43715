package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
)

// IdempotencyHeader does what @idempotent does, for a request with one mutation.
const IdempotencyHeader = "Idempotency-Key"

// inManner has a mutation done in the manner that its directives, or a header, ask for.
func inManner(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Mutation {
		return next(ctx)
	}
	field := graphql.GetRootFieldContext(ctx).Field
	manner, err := mannerOf(operation, field.Field)
	if err != nil {
		graphql.AddError(ctx, err)
		return graphql.Null
	}
	if field.Directives.ForName("dryRun") != nil {
		manner.Try = func(events []*crm.Event) { tellTried(ctx, field.Alias, events) }
	}
	return next(crm.WithManner(ctx, manner))
}

// mannerOf is how a mutation is done: once, where it has an idempotency key. The header's key is of one mutation: with several it
// would be of none.
func mannerOf(operation *graphql.OperationContext, field *ast.Field) (manner crm.Manner, err error) {
	if directive := field.Directives.ForName("idempotent"); directive != nil {
		manner.Key, _ = directive.ArgumentMap(operation.Variables)["key"].(string)
		manner.Keyed = true
	} else if given := operation.Headers.Values(IdempotencyHeader); len(given) > 0 {
		if len(graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Mutation"})) > 1 {
			return manner, crm.Invalid(crm.Text{
				NL: "De header " + IdempotencyHeader + " is voor een verzoek met een mutatie; gebruik @idempotent bij meer.",
				EN: "The header " + IdempotencyHeader + " is for a request with one mutation; use @idempotent for more."}, "key")
		}
		manner.Key, manner.Keyed = given[0], true
	}
	if manner.Keyed {
		manner.Request = digest(field.Name, field.ArgumentMap(operation.Variables))
	}
	return manner, nil
}

// digest tells a mutation with its input from every other.
func digest(name string, arguments map[string]any) string {
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("arguments must marshal: %v", err))
	}
	sum := sha256.Sum256(append([]byte(name), text...))
	return hex.EncodeToString(sum[:])
}

// triedEvent is what a dry run would have logged.
type triedEvent struct {
	Kind    crm.EventKind     `json:"kind"`
	CardID  crm.ID            `json:"cardId"`
	Changes []crm.FieldChange `json:"changes"`
}

// triedExtension is the member of an answer's extensions about dry runs.
const triedExtension = "dryRun"

// tellTried adds to the answer what a dry run would have logged, under the mutation's name in the answer.
func tellTried(ctx context.Context, alias string, events []*crm.Event) {
	tried := make([]triedEvent, len(events))
	for i, event := range events {
		tried[i] = triedEvent{event.Kind, event.CardID, event.Changes}
	}
	all, _ := graphql.GetExtension(ctx, triedExtension).(map[string][]triedEvent)
	if all == nil {
		all = make(map[string][]triedEvent)
		graphql.RegisterExtension(ctx, triedExtension, all)
	}
	all[alias] = tried
}
