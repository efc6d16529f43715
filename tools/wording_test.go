package tools

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestEverySentenceIsInBothLanguages reads the sources: each text has its Dutch and its English, each with a place for
// the same values, and each code of errors and warnings is said with one.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	r := sentenceReader{t: t, files: token.NewFileSet(), declared: map[string]token.Pos{}, used: map[string]bool{}}
	for _, folder := range []string{"../crm", "../graph", "../graph/scalar", "../transport", "../server"} {
		paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(r.files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, r.read)
		}
	}
	if r.sentences < 700 || len(r.declared) < 100 {
		t.Errorf("found %d sentences and %d codes: this reads past them", r.sentences, len(r.declared))
	}
	for code, at := range r.declared {
		if !r.used[code] {
			t.Errorf("%v: %s is said nowhere", r.files.Position(at), code)
		}
	}
}

type sentenceReader struct {
	t         *testing.T
	files     *token.FileSet
	sentences int
	declared  map[string]token.Pos // names of codes
	used      map[string]bool      // names, wherever they stand but in their declaration
}

func (r *sentenceReader) read(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.ValueSpec:
		if kind, ok := node.Type.(*ast.Ident); ok && (kind.Name == "ErrorCode" || kind.Name == "WarningCode") {
			r.declared[node.Names[0].Name] = node.Pos()
			return false
		}
	case *ast.Ident:
		r.used[node.Name] = true
	case *ast.CompositeLit:
		r.literal(node)
	case *ast.CallExpr:
		r.call(node)
	}
	return true
}

// call reads a call of Textf, unless its sentences are another function's.
func (r *sentenceReader) call(node *ast.CallExpr) {
	if lastName(node.Fun) != "Textf" {
		return
	}
	dutch, given := node.Args[0].(*ast.BasicLit)
	english, too := node.Args[1].(*ast.BasicLit)
	if !given || !too {
		return
	}
	r.sentences++
	places := strings.Count(dutch.Value, "%")
	if places != strings.Count(english.Value, "%") || places != len(node.Args)-2 {
		r.t.Errorf("%v: the two languages have places for different values", r.files.Position(node.Pos()))
	}
}

func (r *sentenceReader) literal(node *ast.CompositeLit) {
	if lastName(node.Type) != "Text" || len(node.Elts) == 0 {
		return
	}
	r.sentences++
	if len(node.Elts) != 2 {
		r.t.Errorf("%v: a language is missing", r.files.Position(node.Pos()))
	}
	for _, element := range node.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Value
		}
		if literal, ok := element.(*ast.BasicLit); ok && len(literal.Value) == len(`""`) {
			r.t.Errorf("%v: a language is empty", r.files.Position(node.Pos()))
		}
	}
}

// lastName is the last name of an identifier, with or without its package.
func lastName(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	}
	return ""
}
