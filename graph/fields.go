package graph

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
)

// requested are the names of all fields asked for beneath the current one, at any depth: what a row that
// is read for it must bring. A name may belong to another row further down; then a column too many is read.
func requested(ctx context.Context) crm.Fields {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil {
		return crm.Fields{}
	}
	names := make(map[string]bool)
	collect(field.Field.Selections, names)
	return crm.Fields{Names: names, Key: strings.Join(slices.Sorted(maps.Keys(names)), ",")}
}

func collect(set ast.SelectionSet, names map[string]bool) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			names[selection.Name] = true
			collect(selection.SelectionSet, names)
		case *ast.InlineFragment:
			collect(selection.SelectionSet, names)
		case *ast.FragmentSpread:
			collect(selection.Definition.SelectionSet, names)
		}
	}
}

// forFields gives a root field's context the fields that it reads for.
func forFields(ctx context.Context) context.Context { return crm.WithFields(ctx, requested(ctx)) }
