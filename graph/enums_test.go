package graph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	gql "github.com/vektah/gqlparser/v2/ast"

	"klantkaart/graph/generated"
)

// TestConstantsAreValuesOfTheSchema compares the constants of the business with the enums they are shown as:
// a misspelt one would be an answer that no client can read. What the business may say, of errors,
// warnings and events, must all be there; of other enums it names only the values it knows rules for.
func TestConstantsAreValuesOfTheSchema(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	// What is never in a payload, and the events that are for the process alone.
	unshown := map[string]bool{"UNAUTHENTICATED": true, "ACCESS_ENDED": true, "ACCESS_CHANGED": true, "ACCESS_LINKED": true}
	named := make(map[string]map[string]bool)
	inBusiness(t, func(file *ast.File, at func(ast.Node) token.Position) {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok {
				return true
			}
			enum, value, ok := enumConstant(schema, spec)
			if !ok || unshown[value] {
				return true
			}
			if enum == "EventKind" && schema.Types["OfficeEventKind"].EnumValues.ForName(value) != nil {
				enum = "OfficeEventKind" // what shows on no card is logged like what does
			}
			if schema.Types[enum].EnumValues.ForName(value) == nil {
				t.Errorf("%s: the schema's %s has no value %s", at(spec), enum, value)
			}
			if named[enum] == nil {
				named[enum] = make(map[string]bool)
			}
			named[enum][value] = true
			return true
		})
	})
	for _, enum := range []string{"ErrorCode", "WarningCode", "EventKind", "OfficeEventKind"} {
		for _, value := range schema.Types[enum].EnumValues {
			if !named[enum][value.Name] {
				t.Errorf("%s.%s: the business never says it", enum, value.Name)
			}
		}
	}
}

// enumConstant reads `Name Type = "VALUE"` where the type is an enum of the schema.
func enumConstant(schema *gql.Schema, spec *ast.ValueSpec) (enum, value string, ok bool) {
	typeName, isName := spec.Type.(*ast.Ident)
	if !isName || len(spec.Values) != 1 || schema.Types[typeName.Name] == nil || schema.Types[typeName.Name].Kind != gql.Enum {
		return "", "", false
	}
	literal, isLiteral := spec.Values[0].(*ast.BasicLit)
	if !isLiteral || literal.Kind != token.STRING {
		return "", "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return typeName.Name, value, err == nil
}

// TestEveryMessageIsInBothLanguages finds sentences for users that lack one of the product's languages.
func TestEveryMessageIsInBothLanguages(t *testing.T) {
	t.Parallel()
	inBusiness(t, func(file *ast.File, at func(ast.Node) token.Position) {
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := literal.Type.(*ast.Ident); !ok || name.Name != "Text" || len(literal.Elts) == 0 {
				return true
			}
			for i, language := range []string{"NL", "EN"} {
				if !says(literal, i, language) {
					t.Errorf("%s: a text has no %s", at(literal), language)
				}
			}
			return true
		})
	})
}

// says tells whether a text gives something that is not the empty string for a language, which stands at a
// place of its own where the languages are not named.
func says(text *ast.CompositeLit, place int, language string) bool {
	for i, element := range text.Elts {
		value := element
		if pair, named := element.(*ast.KeyValueExpr); named {
			if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != language {
				continue
			}
			value = pair.Value
		} else if i != place {
			continue
		}
		literal, ok := value.(*ast.BasicLit)
		return !ok || literal.Value != `""`
	}
	return false
}

// inBusiness reads the business's own files; at tells where something of theirs stands.
func inBusiness(t *testing.T, look func(file *ast.File, at func(ast.Node) token.Position)) {
	t.Helper()
	files, err := filepath.Glob("../crm/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		look(parsed, func(node ast.Node) token.Position { return set.Position(node.Pos()) })
	}
}
