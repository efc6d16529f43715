package graph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// kennel is a small schema in which fields of one name differ from type to type in every way they can.
var kennel = gqlparser.MustLoadSchema(&ast.Source{Input: `
	type Query { dog: Dog pet: Pet any: Any pets: [Pet!]! same(n: Int, by: By): String }
	input By { a: Int b: [Int] }
	interface Pet { name: String! size: Int friend: Pet tag(n: Int): String }
	type Dog implements Pet { name: String! size: Int friend: Pet tag(n: Int): String barks: Boolean! owner: Dog legs: [Int] }
	type Cat implements Pet { name: String! size: Int friend: Pet tag(n: Int): String barks: String owner: Cat legs: [Int!] }
	type Owl implements Pet { name: String! size: Int friend: Pet tag(n: Int): String barks: Boolean owner: Owl legs: Int }
	union Any = Dog | Cat | Owl
`})

// conflicts tells whether a rule finds fields of a document that cannot be merged.
func conflicts(t *testing.T, text string, rule core.RuleFunc) bool {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	only := rules.NewRules(core.Rule{Name: "it", RuleFunc: rule})
	return len(validator.ValidateWithRules(kennel, doc, only)) > 0
}

func TestMergeableFields(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]struct {
		text     string
		conflict bool
	}{
		"allows the same field twice":                          {`{ dog { name } dog { name size } }`, false},
		"refuses two fields under one name":                    {`{ dog { a: name a: size } }`, true},
		"refuses two fields that meet further down":            {`{ dog { friend { a: name } } dog { friend { a: size } } }`, true},
		"refuses other arguments":                              {`{ dog { tag(n: 1) tag(n: 2) } }`, true},
		"refuses other lists in arguments":                     {`{ same(by: {b: [1]}) same(by: {b: [2]}) }`, true},
		"allows the same arguments in another order":           {`{ same(n: 1, by: {a: 1, b: 2}) same(by: {b: 2, a: 1}, n: 1) }`, false},
		"allows other fields on types that exclude each other": {`{ pet { ... on Dog { a: size } ... on Cat { a: size } } }`, false},
		"allows the same type from other fields":               {`{ pet { ... on Dog { a: tag(n: 1) } ... on Cat { a: tag(n: 2) } } }`, false},
		"refuses other types even where they exclude":          {`{ pet { ... on Dog { barks } ... on Owl { barks } } }`, true},
		"refuses lists that differ in null":                    {`{ pet { ... on Dog { legs } ... on Cat { legs } } }`, true},
		"refuses an interface's field beside an object's":      {`{ pet { a: tag(n: 1) ... on Cat { a: tag(n: 2) } } }`, true},
		"looks into fragments":                                 {`{ dog { ...A ...B } } fragment A on Dog { a: size } fragment B on Dog { ...C } fragment C on Dog { a: name }`, true},
		"keeps excluded parents apart further down":            {`{ pet { ... on Dog { owner { a: tag(n: 1) } } ... on Cat { owner { a: tag(n: 2) } } } }`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := conflicts(t, document.text, mergeableFields); got != document.conflict {
				t.Errorf("conflict is %v, want %v", got, document.conflict)
			}
		})
	}
	t.Run("agrees with the pairwise rule on any document", func(t *testing.T) {
		t.Parallel()
		refused := 0
		for seed := range uint64(1000) {
			text := anyDocument(rand.New(rand.NewPCG(seed, 7)))
			want := conflicts(t, text, rules.OverlappingFieldsCanBeMergedRule.RuleFunc)
			if got := conflicts(t, text, mergeableFields); got != want {
				t.Fatalf("conflict is %v, the pairwise rule says %v, of\n%s", got, want, text)
			}
			if want {
				refused++
			}
		}
		if refused < 100 || refused > 900 {
			t.Errorf("%d of 1000 documents conflict; too few of one kind to compare", refused)
		}
	})
}

// anyDocument makes a document of the kennel, with the fragments it uses: an unused one is another rule's.
func anyDocument(random *rand.Rand) string {
	author := author{random: random, fragments: []string{"Dog", "Cat", "Pet", "Any"}}
	text := fmt.Sprintf("{ %s }", author.selection("Query", 3, -1))
	for i, on := range author.fragments {
		body := author.selection(on, 2, i)
		if strings.Contains(text, fmt.Sprintf("...F%d", i)) { // a fragment is spread only by earlier ones
			text += fmt.Sprintf(" fragment F%d on %s { %s }", i, on, body)
		}
	}
	return text
}

type author struct {
	random    *rand.Rand
	fragments []string // the type of each
}

// selection writes one to four things to select. A fragment spreads only later ones, so that there is no circle.
func (a *author) selection(on string, depth, fragment int) string {
	chosen := []string{"__typename"}
	for range 1 + a.random.IntN(4) {
		switch {
		case on != "Query" && a.random.IntN(4) == 0:
			to := []string{"Dog", "Cat", "Owl", "Pet"}[a.random.IntN(4)]
			chosen = append(chosen, fmt.Sprintf("... on %s { %s }", to, a.selection(to, depth, fragment)))
		case on != "Query" && fragment+1 < len(a.fragments) && a.random.IntN(4) == 0:
			chosen = append(chosen, fmt.Sprintf("...F%d", fragment+1+a.random.IntN(len(a.fragments)-fragment-1)))
		default:
			chosen = append(chosen, a.field(on, depth, fragment))
		}
	}
	return strings.Join(chosen, " ")
}

func (a *author) field(on string, depth, fragment int) string {
	fields := kennel.Types[on].Fields
	fields = slices.DeleteFunc(slices.Clone(fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
	if len(fields) == 0 {
		return "__typename"
	}
	field := fields[a.random.IntN(len(fields))]
	text := field.Name
	if a.random.IntN(3) == 0 {
		text = []string{"a", "b"}[a.random.IntN(2)] + ": " + text
	}
	if len(field.Arguments) > 0 && a.random.IntN(2) == 0 {
		text += fmt.Sprintf("(n: %d)", a.random.IntN(2))
	}
	below := kennel.Types[field.Type.Name()]
	if below.IsLeafType() {
		return text
	}
	if depth == 0 {
		return text + " { __typename }"
	}
	return fmt.Sprintf("%s { %s }", text, a.selection(below.Name, depth-1, fragment))
}
