package tools

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// statement matches text that can only be SQL.
var statement = regexp.MustCompile(`\b(SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM|ORDER BY|WHERE)\b`)

// Values reach SQL through placeholders. Package db may format statements, of names that the program
// itself wrote; above it a format is where a value slips in.
func TestSQLText(t *testing.T) {
	t.Parallel()
	t.Run("is not formatted outside package db", func(t *testing.T) {
		t.Parallel()
		for _, folder := range []string{"crm", "graph", "server"} {
			for _, place := range formattedSQL(t, filepath.Join("..", folder)) {
				t.Errorf("%s: SQL from Sprintf: write placeholders", place)
			}
		}
	})
	t.Run("is recognized where it is formatted", func(t *testing.T) {
		t.Parallel()
		house := t.TempDir()
		write(t, filepath.Join(house, "wrong.go"), `package wrong

import "fmt"

func wrong(name string) string { return fmt.Sprintf("SELECT id FROM users WHERE name = '%s'", name) }

func fine(name string) string { return fmt.Sprintf("There is no %s here: choose where to go.", name) }
`)
		places := formattedSQL(t, house)
		if len(places) != 1 || !strings.HasSuffix(places[0], "wrong.go:5:41") {
			t.Errorf("found %q, want the one in wrong", places)
		}
	})
}

// formattedSQL gives the places below the folder where a call to Sprintf holds SQL.
func formattedSQL(t *testing.T, folder string) (places []string) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && isSprintf(call) && slices.ContainsFunc(call.Args, holdsSQL) {
				places = append(places, files.Position(call.Pos()).String())
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return places
}

func isSprintf(call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.SelectorExpr)
	return ok && name.Sel.Name == "Sprintf"
}

// holdsSQL tells whether a string inside the expression is SQL.
func holdsSQL(expression ast.Expr) (found bool) {
	ast.Inspect(expression, func(node ast.Node) bool {
		text, ok := node.(*ast.BasicLit)
		found = found || ok && text.Kind == token.STRING && statement.MatchString(text.Value)
		return !found
	})
	return found
}
