package graph

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// contract is the schema of the product.
func contract(t testing.TB) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphqls")
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(content)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// repeated writes a text n times, with its number in place of %d.
func repeated(n int, text string) string {
	all := strings.Builder{}
	for i := range n {
		if strings.Contains(text, "%") {
			fmt.Fprintf(&all, text, i)
		} else {
			all.WriteString(text)
		}
	}
	return all.String()
}

func nested(depth int) string {
	return "{customers" + strings.Repeat("{nodes{accountManager{name}contacts", (depth-2)/2) + "{totalCount}" + strings.Repeat("}}", (depth-2)/2) + "}"
}

func codes(faults gqlerror.List) []string {
	var found []string
	for _, fault := range faults {
		code, _ := fault.Extensions["code"].(string)
		found = append(found, code)
	}
	return found
}

func TestLimits(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	doubling := "{viewer{...F0}}" // each fragment spreads the next twice
	for i := range 20 {
		doubling += fmt.Sprintf("fragment F%d on Viewer{a:organization{id} ...F%d ...F%d}", i, i+1, i+1)
	}
	doubling += "fragment F20 on Viewer{user{id}}"
	for name, given := range map[string]struct{ within, over, code string }{
		"the length of the document": {"{__typename" + strings.Repeat(" ", MaxDocument-12) + "}", "{__typename" + strings.Repeat(" ", MaxDocument-11) + "}", DocumentLimit},
		"tokens":                     {"{viewer{" + strings.Repeat("__typename ", maxTokens-7) + "}}", "{viewer{" + strings.Repeat("__typename ", maxTokens) + "}}", TokenLimit},
		"depth":                      {nested(12), nested(14), DepthLimit},
		"depth through fragments": {"{customers{nodes{...A}}} fragment A on Customer{contacts{nodes{customer{id}}}}",
			"{customers{nodes{...A}}} fragment A on Customer{contacts{nodes{customer{contacts{nodes{customer{contacts{nodes{customer{accountManager{name}}}}}}}}}}}", DepthLimit},
		"nested lists of values": {"{nodes(ids:[" + repeated(100, "1 ") + "]){id}}", "{nodes(ids:" + strings.Repeat("[", 1200), DepthLimit},
		"fields at the root":     {"{" + repeated(20, "a%d:__typename ") + "}", "{" + repeated(21, "a%d:__typename ") + "}", RootFieldLimit},
		"fields at the root, spread": {"{...A} fragment A on Query{" + repeated(20, "a%d:__typename ") + "}",
			"{...A ...B} fragment A on Query{" + repeated(11, "a%d:__typename ") + "} fragment B on Query{" + repeated(10, "b%d:__typename ") + "}", RootFieldLimit},
		"aliases":              {"{viewer{" + repeated(50, "a%d:__typename ") + "}}", "{viewer{" + repeated(51, "a%d:__typename ") + "}}", AliasLimit},
		"fields":               {"{viewer{...A ...A}} fragment A on Viewer{" + strings.Repeat("__typename ", 999) + "}", "{viewer{...A ...A}} fragment A on Viewer{" + strings.Repeat("__typename ", 1000) + "}", FieldLimit},
		"fields that multiply": {"{viewer{user{id}}}", doubling, FieldLimit},
		"operations":           {repeated(50, "query q%d{__typename}"), repeated(51, "query q%d{__typename}"), OperationLimit},
		"fields of all operations together": {repeated(20, "query q%d{viewer{...A}}") + "fragment A on Viewer{" + strings.Repeat("__typename ", 1700) + "}",
			repeated(30, "query q%d{viewer{...A}}") + "fragment A on Viewer{" + strings.Repeat("__typename ", 1500) + "}", FieldLimit},
	} {
		t.Run("bound "+name, func(t *testing.T) {
			t.Parallel()
			if _, faults := newDocuments(schema).load(given.within); len(faults) > 0 && given.code == codes(faults)[0] {
				t.Errorf("within the limit: %v", faults)
			}
			_, faults := newDocuments(schema).load(given.over)
			if len(faults) == 0 || codes(faults)[0] != given.code {
				t.Fatalf("over the limit: %v, want %s", faults, given.code)
			}
			if faults[0].Extensions["maximum"] == nil {
				t.Errorf("the limit is not told: %v", faults[0].Extensions)
			}
		})
	}
	t.Run("are told all at once", func(t *testing.T) {
		t.Parallel()
		_, faults := newDocuments(schema).load("{" + repeated(60, "a%d:customers{nodes{id}}") + "}")
		if got := strings.Join(codes(faults), " "); got != "ROOT_FIELD_LIMIT ALIAS_LIMIT" {
			t.Errorf("codes are %q", got)
		}
	})
	t.Run("let a client read the whole schema", func(t *testing.T) {
		t.Parallel()
		doc, faults := newDocuments(schema).load(introspection)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if fault := checkCost(price(doc.Operations[0], nil)); fault != nil {
			t.Error(fault)
		}
		if !doc.introspects[doc.Operations[0]] {
			t.Error("it does not count as reading the schema")
		}
	})
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	for name, given := range map[string]struct{ text, code, message string }{
		"that are none":                      {"{", errcode.ParseFailed, "Expected Name"},
		"without an operation":               {"fragment A on Query{__typename}", errcode.ValidationFailed, "no operation"},
		"that answer in parts":               {"{...@defer{__typename}}", DeferUnsupported, "not supported"},
		"that answer in parts by a fragment": {"{...A@defer(if:false)} fragment A on Query{__typename}", DeferUnsupported, "not supported"},
		"that contain themselves":            {"{viewer{...A}} fragment A on Viewer{user{id} ...B} fragment B on Viewer{...A}", errcode.ValidationFailed, `Cannot spread fragment "A" within itself`},
		"that merge what is different":       {"{viewer{a:user{id} a:organization{id}}}", errcode.ValidationFailed, `Fields "a" conflict because "user" and "organization" are different fields`},
		"with whole numbers out of range":    {"{customers(first:9223372036854775808){totalCount}}", errcode.ValidationFailed, "out of range"},
		"with numbers out of range":          {"{customers(first:1e999){totalCount}}", errcode.ValidationFailed, ""},
		"with such numbers as a default":     {"query($n:Int=9223372036854775808){customers(first:$n){totalCount}}", errcode.ValidationFailed, "out of range"},
	} {
		t.Run("refuse texts "+name, func(t *testing.T) {
			t.Parallel()
			_, faults := newDocuments(schema).load(given.text)
			if len(faults) == 0 || codes(faults)[0] != given.code || !strings.Contains(faults.Error(), given.message) {
				t.Errorf("faults are %v, want %s %q", faults, given.code, given.message)
			}
		})
	}
	t.Run("that are in order are read once", func(t *testing.T) {
		t.Parallel()
		documents := newDocuments(schema)
		first, _ := documents.load("{__typename}")
		again, _ := documents.load("{__typename}")
		other, _ := documents.load("{ __typename }")
		if first != again || first == other || first == nil {
			t.Error("documents are mixed up")
		}
	})
	t.Run("that merge too much are refused", func(t *testing.T) {
		t.Parallel()
		doc, err := gqlparser.LoadQueryWithRules(kennel, "{ dog { name } }", rules.NewDefaultRules())
		if err != nil {
			t.Fatal(err)
		}
		m := &merging{schema: kennel, left: 1}
		m.sameShape([]ast.SelectionSet{doc.Operations[0].SelectionSet})
		if m.left >= 0 {
			t.Errorf("two fields were looked at, and there is room for %d", m.left)
		}
		fault := &gqlerror.Error{}
		overBudget(fault)
		if fault.Extensions["code"] != MergingLimit {
			t.Errorf("the fault is %v", fault)
		}
	})
}

func TestCache(t *testing.T) {
	t.Parallel()
	text := func(i int) string { return strings.Repeat(string(rune('a'+i)), 10) }
	c := newCache(3 * 10 * bytesPerByte)
	for i := range 3 {
		c.add(text(i), &document{})
	}
	c.get(text(0))
	c.add(text(3), &document{})
	for i, want := range []bool{true, false, true, true} {
		if got := c.get(text(i)) != nil; got != want {
			t.Errorf("document %d is remembered: %v, want %v", i, got, want)
		}
	}
	c.add(text(0), nil)
	if c.get(text(0)) == nil {
		t.Error("a document was replaced")
	}
	c.add(strings.Repeat("z", 31), &document{})
	if c.get(strings.Repeat("z", 31)) != nil || len(c.entries) != 0 || c.lastUsed.Len() != 0 {
		t.Error("a document that is larger than all the room stays")
	}
}

// introspection is what graphql-js asks, in its fullest form.
const introspection = `query { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind } types { ...T }
	directives { name description isRepeatable locations args(includeDeprecated: true) { ...V } } } }
fragment T on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...V } type { ...R } isDeprecated deprecationReason }
	inputFields(includeDeprecated: true) { ...V } interfaces { ...R } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...R } }
fragment V on __InputValue { name description type { ...R } defaultValue isDeprecated deprecationReason }
fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`

// BenchmarkWorst loads the most expensive documents that are known: each has to stay under 50 ms.
func BenchmarkWorst(b *testing.B) {
	schema := contract(b)
	for name, text := range map[string]string{
		"nested inline fragments": "{viewer{" + strings.Repeat("...{", 490) + strings.Repeat("__typename ", 480) + strings.Repeat("}", 490) + "}}",
		"the same field":          "{viewer{user{" + strings.Repeat("id ", 950) + "}} viewer{user{" + strings.Repeat("id ", 950) + "}}}",
		"unused fragments":        "{...G}" + repeated(110, "fragment F%d on Query{...G}") + "fragment G on Query{nodes(ids:[" + strings.Repeat("1 ", 1000) + "]){id}}",
		"many operations":         repeated(50, "query q%d{...F}") + "fragment F on Query{nodes(ids:[" + strings.Repeat("1 ", 1450) + "]){id}}",
		"unknown fields":          "{customers{nodes{" + strings.Repeat("usew ", 1980) + "}}}",
		"long names":              "{customers(filter:{" + strings.Repeat(strings.Repeat("x", 600)+":1 ", 100) + "}){totalCount}}",
		"a chain of fragments":    "{...F0}" + chain(200),
		"what the explorer asks":  introspection,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = newDocuments(schema).load(text)
			}
		})
	}
}

func chain(n int) string {
	all := strings.Builder{}
	for i := range n {
		fmt.Fprintf(&all, "fragment F%d on Query{...F%d}", i, i+1)
	}
	fmt.Fprintf(&all, "fragment F%d on Query{__typename}", n)
	return all.String()
}
