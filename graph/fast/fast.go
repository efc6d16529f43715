// Package fast holds what the generated code calls in place of its library where that is slow: objects
// and lists written without a goroutine, a closure and a map for each of them.
package fast

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// Object writes the fields of one object. Every alias comes once: collecting the fields merged them.
type Object struct {
	Fields []graphql.CollectedField
	Values []graphql.Marshaler
}

// MarshalGQL writes the object.
func (o *Object) MarshalGQL(w io.Writer) {
	var name [64]byte
	separator := byte('{')
	for i := range o.Fields {
		key := append(name[:0], separator, '"') // an alias is a GraphQL name: nothing to escape
		key = append(key, o.Fields[i].Alias...)
		_, _ = w.Write(append(key, '"', ':'))
		o.Values[i].MarshalGQL(w)
		separator = ','
	}
	if separator == '{' {
		_, _ = io.WriteString(w, "{")
	}
	_, _ = io.WriteString(w, "}")
}

// Slice marshals the elements of a list one after the other. Their children are read for all of them at
// once, when the first element asks, so that goroutines for the others would only wait.
func Slice(ctx context.Context, length int, _ int64, _ bool, element func(ctx context.Context, i int) graphql.Marshaler) graphql.Array {
	list := make(graphql.Array, length)
	behind := ctx
	if length > 1 && ctx.Value(sequentialKey{}) == nil {
		behind = context.WithValue(ctx, sequentialKey{}, true)
	}
	for i := range list {
		of := behind
		if i == 0 {
			of = ctx
		}
		list[i] = one(graphql.WithFieldContext(of, &graphql.FieldContext{Index: &i}), i, element)
	}
	return list
}

// one marshals an element; a panic costs the element, not the process.
func one(ctx context.Context, i int, element func(ctx context.Context, i int) graphql.Marshaler) (value graphql.Marshaler) {
	defer func() {
		if r := recover(); r != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, r))
			value = graphql.Null
		}
	}()
	return element(ctx, i)
}

type sequentialKey struct{}

// Resolve resolves a field that needs reading. The first element of a list reads for all its siblings, and
// reads its fields side by side; for the others everything is there, and a goroutine would cost more than
// the field.
func Resolve(ctx context.Context, out *graphql.FieldSet, operation *graphql.OperationContext, deferred *graphql.DeferredGroup,
	i int, recovers, nonNull bool, resolve func(ctx context.Context) graphql.Marshaler) {
	if ctx.Value(sequentialKey{}) == nil {
		out.ResolveConcurrently(operation, deferred, i, recovers, nonNull, resolve)
		return
	}
	invalid := graphql.RequiredNull
	if nonNull {
		invalid = graphql.Null
	}
	out.Values[i] = guarded(ctx, operation, resolve)
	if out.Values[i] == invalid {
		out.Invalids++
	}
}

// guarded resolves a field; a panic costs the field, not the process.
func guarded(ctx context.Context, operation *graphql.OperationContext, resolve func(ctx context.Context) graphql.Marshaler) (value graphql.Marshaler) {
	defer func() {
		if r := recover(); r != nil {
			operation.Error(ctx, operation.Recover(ctx, r))
			value = graphql.Null
		}
	}()
	return resolve(ctx)
}
