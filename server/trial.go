package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/graph"
)

// trialFields are what trials of clients need and no office does: an operation that takes its time, one
// that breaks, and a stream that ends.
const trialFields = `
	type Query { slow(ms: Int!): Int boom: Int }
	type Subscription { tick(count: Int!): Int! }
`

// trialSchema is a schema with the trial fields. An operation has either only those at its root, or none.
type trialSchema struct {
	graphql.ExecutableSchema
	schema *ast.Schema
}

func withTrialFields(base graphql.ExecutableSchema) graphql.ExecutableSchema {
	added := gqlparser.MustLoadSchema(&ast.Source{Name: "trial", Input: trialFields})
	schema := *base.Schema()
	schema.Query = joined(schema.Query, added.Query)
	schema.Subscription = joined(schema.Subscription, added.Subscription)
	schema.Types = maps.Clone(schema.Types)
	schema.Types[schema.Query.Name] = schema.Query
	schema.Types[schema.Subscription.Name] = schema.Subscription
	return trialSchema{base, &schema}
}

// joined is the type with more fields.
func joined(base, added *ast.Definition) *ast.Definition {
	with := *base
	with.Fields = slices.Clone(base.Fields)
	for _, field := range added.Fields {
		if base.Fields.ForName(field.Name) == nil { // not those of introspection
			with.Fields = append(with.Fields, field)
		}
	}
	return &with
}

// Schema gives the types with the trial fields.
func (t trialSchema) Schema() *ast.Schema { return t.schema }

// Exec runs an operation of trial fields here, and any other on the product.
func (t trialSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Query", "Mutation", "Subscription"})
	trial := 0
	for _, field := range fields {
		if slices.Contains([]string{"slow", "boom", "tick"}, field.Name) {
			trial++
		}
	}
	switch {
	case trial == 0:
		return t.ExecutableSchema.Exec(ctx)
	case trial < len(fields):
		return once(func(ctx context.Context) json.RawMessage {
			graphql.AddError(ctx, graph.NewFault(badRequest, crm.Text{NL: "De proefvelden staan alleen.", EN: "The trial fields stand alone."}))
			return nil
		})
	case fields[0].Name == "tick":
		return tick(fields[0], operation.Variables)
	}
	return once(func(ctx context.Context) json.RawMessage { return answers(ctx, fields, operation) })
}

// once answers one time.
func once(answer func(context.Context) json.RawMessage) graphql.ResponseHandler {
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		return &graphql.Response{Data: answer(ctx)}
	}
}

// tick answers 1, 2, 3 up to count.
func tick(field graphql.CollectedField, variables map[string]any) graphql.ResponseHandler {
	last, _ := number(field.ArgumentMap(variables)["count"])
	n := int64(0)
	return func(context.Context) *graphql.Response {
		if n >= last {
			return nil
		}
		n++
		return &graphql.Response{Data: fmt.Appendf(nil, `{%q:%d}`, field.Alias, n)}
	}
}

func answers(ctx context.Context, fields []graphql.CollectedField, operation *graphql.OperationContext) json.RawMessage {
	data := &bytes.Buffer{}
	for i, field := range fields {
		fmt.Fprintf(data, `%s%q:%s`, []string{",", "{"}[max(0, 1-i)], field.Alias, trialAnswer(ctx, field, operation))
	}
	data.WriteByte('}')
	return data.Bytes()
}

// trialAnswer resolves slow, which waits for as many milliseconds, or boom, which panics.
func trialAnswer(ctx context.Context, field graphql.CollectedField, operation *graphql.OperationContext) (answer string) {
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: field, Object: "Query"})
	defer func() {
		if panicked := recover(); panicked != nil {
			graphql.AddError(ctx, operation.Recover(ctx, panicked))
			answer = "null"
		}
	}()
	if field.Name == "boom" {
		panic("a resolver that breaks")
	}
	ms, _ := number(field.ArgumentMap(operation.Variables)["ms"])
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return fmt.Sprint(ms)
	case <-ctx.Done():
		graphql.AddError(ctx, ctx.Err())
		return "null"
	}
}

func number(value any) (int64, bool) {
	n, ok := value.(int64)
	return n, ok
}
