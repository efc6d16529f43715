package schema_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func load(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema files: %v", err)
	}
	var sources []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, gqlErr := gqlparser.LoadSchema(sources...)
	if gqlErr != nil {
		t.Fatal(gqlErr)
	}
	return schema
}

// own gives the types that the contract defines, without GraphQL's own.
func own(t *testing.T) map[string]*ast.Definition {
	t.Helper()
	types := make(map[string]*ast.Definition)
	for name, definition := range load(t).Types {
		if definition.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		fields := definition.Fields
		definition.Fields = nil
		for _, field := range fields {
			if !strings.HasPrefix(field.Name, "__") {
				definition.Fields = append(definition.Fields, field)
			}
		}
		types[name] = definition
	}
	return types
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	for name, definition := range own(t) {
		described(t, name, definition.Description)
		for _, field := range definition.Fields {
			described(t, name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				described(t, name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range definition.EnumValues {
			described(t, name+"."+value.Name, value.Description)
		}
	}
}

// described wants a description that is a sentence: a capital (or code) in front and a full stop behind.
func described(t *testing.T, what, description string) {
	t.Helper()
	first := []rune(description)
	switch {
	case description == "":
		t.Errorf("%s has no description", what)
	case !unicode.IsUpper(first[0]) && first[0] != '`':
		t.Errorf("%s: the description does not begin with a capital: %q", what, description)
	case !strings.HasSuffix(description, "."):
		t.Errorf("%s: the description does not end with a full stop: %q", what, description)
	}
}

func TestNamesKeepTheirForm(t *testing.T) {
	t.Parallel()
	pascal, camel, upper := regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`), regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`), regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	for name, definition := range own(t) {
		if !pascal.MatchString(name) {
			t.Errorf("type %s", name)
		}
		for _, field := range definition.Fields {
			if !camel.MatchString(field.Name) || regexp.MustCompile(`^(get|list)[A-Z]`).MatchString(field.Name) {
				t.Errorf("field %s.%s", name, field.Name)
			}
			moment(t, name, field)
		}
		for _, value := range definition.EnumValues {
			if !upper.MatchString(value.Name) {
				t.Errorf("value %s.%s", name, value.Name)
			}
		}
	}
}

// moment wants moments to end in At and dates in On, except where the domain has a name of its own.
func moment(t *testing.T, typeName string, field *ast.FieldDefinition) {
	t.Helper()
	named := map[string]bool{"at": true, "validFrom": true, "validUntil": true, "customerSince": true, "phaseSince": true}
	filter := strings.HasSuffix(typeName, "Filter")
	switch {
	case filter || named[field.Name]:
	case field.Type.Name() == "DateTime" && !strings.HasSuffix(field.Name, "At"):
		t.Errorf("%s.%s is a moment: its name ends in At", typeName, field.Name)
	case field.Type.Name() == "Date" && !strings.HasSuffix(field.Name, "On"):
		t.Errorf("%s.%s is a date: its name ends in On", typeName, field.Name)
	}
}

func TestConnectionsHaveTheirForm(t *testing.T) {
	t.Parallel()
	types := own(t)
	for name, definition := range types {
		if !strings.HasSuffix(name, "Connection") {
			continue
		}
		row := strings.TrimSuffix(name, "Connection")
		want(t, definition, map[string]string{
			"edges": "[" + row + "Edge!]!", "nodes": "[" + row + "!]!", "pageInfo": "PageInfo!", "totalCount": "Int!"})
		want(t, types[row+"Edge"], map[string]string{"cursor": "String!", "node": row + "!"})
	}
	for name, definition := range types {
		for _, field := range definition.Fields {
			if !strings.HasSuffix(field.Type.Name(), "Connection") {
				continue
			}
			for argument, typ := range map[string]string{"first": "Int", "after": "String", "last": "Int", "before": "String"} {
				if given := field.Arguments.ForName(argument); given == nil || given.Type.String() != typ {
					t.Errorf("%s.%s lacks the argument %s: %s", name, field.Name, argument, typ)
				}
			}
		}
	}
}

func TestMutationsTakeOneInputAndAnswerAPayload(t *testing.T) {
	t.Parallel()
	schema := load(t)
	for _, field := range schema.Mutation.Fields {
		stem := strings.ToUpper(field.Name[:1]) + field.Name[1:]
		if len(field.Arguments) != 1 || field.Arguments[0].Name != "input" || field.Arguments[0].Type.String() != stem+"Input!" {
			t.Errorf("%s: want exactly input: %sInput!", field.Name, stem)
		}
		if field.Type.String() != stem+"Payload!" {
			t.Errorf("%s: want %sPayload!", field.Name, stem)
			continue
		}
		want(t, schema.Types[stem+"Payload"], map[string]string{
			"warnings": "[Warning!]!", "userErrors": "[UserError!]!", "position": "Position!"})
	}
}

func TestListsAreNeverNull(t *testing.T) {
	t.Parallel()
	for name, definition := range own(t) {
		if definition.Kind == ast.InputObject {
			continue
		}
		for _, field := range definition.Fields {
			if field.Type.Elem == nil {
				continue
			}
			if !field.Type.NonNull || (!field.Type.Elem.NonNull && field.Name != "nodes") {
				t.Errorf("%s.%s: %s", name, field.Name, field.Type)
			}
		}
	}
}

func TestWhatHasAnIDIsANode(t *testing.T) {
	t.Parallel()
	for name, definition := range own(t) {
		if definition.Kind != ast.Object || definition.Fields.ForName("id") == nil {
			continue
		}
		isNode := false
		for _, implemented := range definition.Interfaces {
			isNode = isNode || implemented == "Node"
		}
		if !isNode {
			t.Errorf("%s has an id and is no Node", name)
		}
	}
}

func TestScalarsNameTheirSpecification(t *testing.T) {
	t.Parallel()
	for name, definition := range own(t) {
		if definition.Kind == ast.Scalar && definition.Directives.ForName("specifiedBy") == nil {
			t.Errorf("%s lacks @specifiedBy", name)
		}
	}
}

func want(t *testing.T, definition *ast.Definition, fields map[string]string) {
	t.Helper()
	if definition == nil {
		t.Errorf("a type is missing with the fields %v", fields)
		return
	}
	for name, typ := range fields {
		if field := definition.Fields.ForName(name); field == nil || field.Type.String() != typ {
			t.Errorf("%s lacks %s: %s", definition.Name, name, typ)
		}
	}
}
