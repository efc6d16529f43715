package graph_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// feature is a row of what the card offers. The golden operations that show it name its key.
type feature struct {
	key, name string
	// codes are the refusals that belong to it: each must be the answer to one of its golden operations.
	codes string
}

// TestEveryFeatureHasGoldenOperations wants for every row of the manual operations on the demo office that show it, with
// each of its refusals; and that docs/card.md, which is made of them, is current (`-update` writes it).
func TestEveryFeatureHasGoldenOperations(t *testing.T) {
	t.Parallel()
	shown := shownFeatures(t)
	known := make(map[string]bool)
	for _, f := range features() {
		known[f.key] = true
		operations := shown[f.key]
		if len(operations) == 0 {
			t.Errorf("row %s (%s) has no golden operation", f.key, f.name)
		}
		answered := codesOf(operations)
		for _, code := range strings.Fields(f.codes) {
			if !slices.Contains(answered, code) {
				t.Errorf("row %s (%s): no golden operation is answered with %s", f.key, f.name, code)
			}
		}
	}
	for key := range shown {
		if !known[key] {
			t.Errorf("golden operations name row %q, which there is not", key)
		}
	}
	manual := cardManual(shown)
	if *update {
		if err := os.WriteFile("../docs/card.md", manual, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile("../docs/card.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, manual) {
		t.Errorf("docs/card.md is not current: %s", firstDifference(string(written), string(manual)))
	}
}

// shownOperation is a golden operation, with what its answer says.
type shownOperation struct {
	file, name string
	calls      []string // the fields of the schema that serve it
	codes      []string // of the errors and warnings in the answer
}

// shownFeatures reads which rows the golden operations show.
func shownFeatures(t *testing.T) map[string][]shownOperation {
	t.Helper()
	files, err := filepath.Glob("testdata/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	shown := make(map[string][]shownOperation)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		answers := goldenAnswers(t, file)
		for i, operation := range strings.Split(string(text), "\n---\n") {
			head, query, _ := strings.Cut(operation, "\n")
			_, rows, _ := strings.Cut(head, ", rows ")
			one := shownOperation{file: filepath.Base(file), codes: codesIn(answers[i])}
			one.name, one.calls = callsOf(t, file, query)
			for _, row := range strings.Fields(rows) {
				shown[row] = append(shown[row], one)
			}
		}
	}
	return shown
}

func goldenAnswers(t *testing.T, file string) []json.RawMessage {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(file, ".graphql") + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var answers []json.RawMessage
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

func codesIn(answer json.RawMessage) []string {
	var codes []string
	for _, found := range regexp.MustCompile(`"code":\s*"([A-Z_]+)"`).FindAllSubmatch(answer, -1) {
		codes = append(codes, string(found[1]))
	}
	return codes
}

func codesOf(operations []shownOperation) []string {
	var codes []string
	for _, operation := range operations {
		codes = append(codes, operation.codes...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// callsOf names an operation and what it calls: its root fields, and of a card the fields that hold more
// than a value.
func callsOf(t *testing.T, file, query string) (name string, calls []string) {
	t.Helper()
	places := placesIn(nil)
	for name := range places {
		places[name] = func(...any) string { return `""` }
	}
	plain := fill(t, places, query)
	document, err := parser.ParseQuery(&ast.Source{Name: file, Input: plain})
	if err != nil {
		t.Fatal(err)
	}
	operation := document.Operations[0]
	for _, root := range fieldsOf(operation.SelectionSet) {
		calls = append(calls, root.Name)
		if operation.Operation == ast.Mutation {
			continue
		}
		for _, field := range fieldsOf(root.SelectionSet) {
			if len(field.SelectionSet) > 0 {
				calls = append(calls, root.Name+"."+field.Name)
			}
		}
	}
	return cmp.Or(operation.Name, "(unnamed)"), calls
}

// fieldsOf are the fields of a selection, those of its inline fragments among them.
func fieldsOf(selection ast.SelectionSet) []*ast.Field {
	var fields []*ast.Field
	for _, one := range selection {
		switch one := one.(type) {
		case *ast.Field:
			fields = append(fields, one)
		case *ast.InlineFragment:
			fields = append(fields, fieldsOf(one.SelectionSet)...)
		}
	}
	return fields
}

// cardManual is docs/card.md.
func cardManual(shown map[string][]shownOperation) []byte {
	var b bytes.Buffer
	b.WriteString(manualHead)
	for _, f := range features() {
		calls, files := make(map[string]bool), make(map[string][]string)
		for _, operation := range shown[f.key] {
			for _, call := range operation.calls {
				calls[call] = true
			}
			files[operation.file] = append(files[operation.file], operation.name)
		}
		fmt.Fprintf(&b, "\n### %s. %s\n\n", f.key, f.name)
		fmt.Fprintf(&b, "Served by %s.\n", listed(slices.Sorted(maps.Keys(calls))))
		if codes := codesOf(shown[f.key]); len(codes) > 0 {
			fmt.Fprintf(&b, "Told along the way: %s.\n", listed(codes))
		}
		for _, file := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(&b, "Shown in [%s](../graph/testdata/%s): %s.\n", file, file, strings.Join(files[file], ", "))
		}
	}
	return b.Bytes()
}

func listed(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

const manualHead = `# The card, row by row

What the customer card offers, in the order of its screen, and which fields and mutations serve it. Each row is shown by
golden operations: files of requests on the demo office with their answers beside them (` + "`.json`" + `), good and refused.
This page is made of them by ` + "`go test ./graph -run EveryFeature -update`" + `.
`
