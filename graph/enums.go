package graph

import (
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// checkEnums refuses values of variables that are no value of their enum. gqlparser compares them without
// regard to case; the business would take "customer" for something else than CUSTOMER.
func checkEnums(schema *ast.Schema, operation *graphql.OperationContext) gqlerror.List {
	w := enumWalk{schema: schema}
	for _, variable := range operation.Operation.VariableDefinitions {
		w.value(ast.Path{ast.PathName("variable"), ast.PathName(variable.Variable)}, variable.Type, operation.Variables[variable.Variable])
	}
	return w.faults
}

type enumWalk struct {
	schema *ast.Schema
	faults gqlerror.List
}

func (w *enumWalk) value(path ast.Path, typ *ast.Type, value any) {
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
			fault := gqlerror.ErrorPathf(path, "%v is not a valid %s", value, definition.Name)
			errcode.Set(fault, errcode.ValidationFailed)
			w.faults = append(w.faults, fault)
		}
	case ast.InputObject:
		members, _ := value.(map[string]any)
		for _, field := range definition.Fields {
			w.value(append(path[:len(path):len(path)], ast.PathName(field.Name)), field.Type, members[field.Name])
		}
	}
}
