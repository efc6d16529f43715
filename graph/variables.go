package graph

import (
	"fmt"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
)

// checkVariables refuses what gqlparser lets through: values of enums in another case (the business would
// take "customer" for something else than CUSTOMER), and input objects of which exactly one key may be given
// with none, several or null.
func checkVariables(schema *ast.Schema, operation *graphql.OperationContext) gqlerror.List {
	w := variableWalk{schema: schema}
	for _, variable := range operation.Operation.VariableDefinitions {
		w.value(ast.Path{ast.PathName("variable"), ast.PathName(variable.Variable)}, variable.Type, operation.Variables[variable.Variable])
	}
	return w.faults
}

type variableWalk struct {
	schema *ast.Schema
	faults gqlerror.List
}

func (w *variableWalk) value(path ast.Path, typ *ast.Type, value any) {
	if value == nil {
		return
	}
	if typ.Elem != nil {
		items := reflect.ValueOf(value) // []any, or []string where gqlparser made a list of one value
		for i := range items.Len() {
			w.value(append(path[:len(path):len(path)], ast.PathIndex(i)), typ.Elem, items.Index(i).Interface())
		}
		return
	}
	switch definition := w.schema.Types[typ.NamedType]; definition.Kind {
	case ast.Enum:
		if text, ok := value.(string); !ok || definition.EnumValues.ForName(text) == nil {
			w.refuse(path, "%s is geen waarde van %s.", "%s is not a value of %s.", fmt.Sprint(value), definition.Name)
		}
	case ast.InputObject:
		members, _ := value.(map[string]any)
		w.oneOf(path, definition, members)
		for _, field := range definition.Fields {
			w.value(append(path[:len(path):len(path)], ast.PathName(field.Name)), field.Type, members[field.Name])
		}
	}
}

func (w *variableWalk) oneOf(path ast.Path, definition *ast.Definition, members map[string]any) {
	if definition.Directives.ForName("oneOf") == nil {
		return
	}
	given := 0
	for _, member := range members {
		if member != nil {
			given++
		}
	}
	if given != 1 || len(members) != 1 {
		w.refuse(path, "%s wil precies één sleutel, en niet null.", "%s wants exactly one key, and not null.", definition.Name)
	}
}

func (w *variableWalk) refuse(path ast.Path, nl, en string, names ...any) {
	fault := NewFault(errcode.ValidationFailed, crm.Textf(nl, en, names...))
	fault.Path = path
	w.faults = append(w.faults, fault)
}
