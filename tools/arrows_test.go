// Package tools pins the developer tools, and proves that the linter holds the arrows between packages.
package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// linter is the program that `make lint` runs, as seen from this folder.
const linter = "../.tools/golangci-lint"

// imports are the columns of the arrow table; of third parties one example each.
var imports = map[string]string{
	"page":      "klantkaart/page",
	"sheet":     "klantkaart/sheet",
	"markup":    "klantkaart/markup",
	"calendar":  "klantkaart/calendar",
	"mail":      "klantkaart/mail",
	"letter":    "klantkaart/letter",
	"glyph":     "klantkaart/glyph",
	"files":     "klantkaart/files",
	"live":      "klantkaart/live",
	"quota":     "klantkaart/quota",
	"db":        "klantkaart/db",
	"crm":       "klantkaart/crm",
	"generated": "klantkaart/graph/generated",
	"graph":     "klantkaart/graph",
	"transport": "klantkaart/transport",
	"web":       "klantkaart/web",
	"redis":     "github.com/redis/go-redis/v9",
	"bun":       "github.com/uptrace/bun",
	"pgx":       "github.com/jackc/pgx/v5",
	"sqlite":    "modernc.org/sqlite",
	"graphql":   "github.com/99designs/gqlgen/graphql",
	"gqlgen":    "github.com/99designs/gqlgen/graphql/handler",
	"gqlparser": "github.com/vektah/gqlparser/v2/ast",
	"websocket": "github.com/gorilla/websocket",
	"excelize":  "github.com/xuri/excelize/v2",
	"fpdf":      "github.com/go-pdf/fpdf",
	"gomail":    "github.com/wneessen/go-mail",
	"parsing":   "github.com/emersion/go-message",
	"policy":    "github.com/microcosm-cc/bluemonday",
	"fonts":     "golang.org/x/image/font/gofont/goregular",
	"minio":     "github.com/minio/minio-go/v7",
	"oidc":      "github.com/coreos/go-oidc/v3/oidc",
	"oauth":     "golang.org/x/oauth2",
	"jose":      "github.com/go-jose/go-jose/v4",
	"dbtest":    "klantkaart/db/dbtest",
	"crmtest":   "klantkaart/crm/crmtest",
}

// arrows is the table: the folder may import these columns, everything else is an error.
var arrows = []struct{ from, to string }{
	{"page", ""},
	{"sheet", "glyph excelize fpdf fonts"},
	{"markup", "policy"},
	{"calendar", ""},
	{"mail", "gomail parsing"},
	{"letter", "glyph fpdf fonts"},
	{"glyph", "fonts"},
	{"files", "minio"},
	{"live", "redis"},
	{"quota", "redis"},
	{"db", "bun pgx sqlite"},
	{"crm", "page sheet markup calendar mail letter glyph db bun graphql"},
	{"graph/generated", "page crm graphql gqlgen gqlparser"},
	{"graph", "page live crm generated graphql gqlgen gqlparser"},
	{"transport", "crm graph graphql gqlgen gqlparser websocket"},
	{"server", "files calendar mail live quota db crm graph transport web redis bun pgx sqlite graphql gqlgen gqlparser websocket excelize fpdf fonts minio policy gomail parsing oidc oauth jose"},
	{"web", ""},
	{"schema", "gqlparser"},
	{"db/dbtest", "db redis pgx sqlite"},
	{"crm/crmtest", "crm files page sheet markup calendar mail letter db bun graphql dbtest"},
	{"newcomer", ""},
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, row := range arrows {
		t.Run("from "+row.from, func(t *testing.T) {
			t.Parallel()
			var files strings.Builder
			var wrong []string
			fmt.Fprintf(&files, "package %s\n\n", filepath.Base(row.from))
			for name, path := range imports {
				if path == "klantkaart/"+row.from {
					continue
				}
				fmt.Fprintf(&files, "import _ %q\n", path)
				if !slices.Contains(strings.Fields(row.to), name) {
					wrong = append(wrong, path)
				}
			}
			house := build(t, row.from+"/wrong.go", files.String())
			slices.Sort(wrong)
			if got := refused(lint(t, house, "depguard")); !slices.Equal(got, wrong) {
				t.Errorf("the linter refuses\n\t%s\nthe table\n\t%s", strings.Join(got, "\n\t"), strings.Join(wrong, "\n\t"))
			}
		})
	}
}

func TestOmittable(t *testing.T) {
	t.Parallel()
	house := build(t, "crm/wrong.go", `package crm

import "github.com/99designs/gqlgen/graphql"

type fine = graphql.Omittable[string]

var alsoFine = graphql.OmittableOf("")

type wrong = graphql.Marshaler
`)
	found := lint(t, house, "forbidigo")
	if len(found) != 1 || !strings.Contains(found[0], "graphql.Marshaler") {
		t.Errorf("of gqlgen's types the linter refuses %q, want only graphql.Marshaler", found)
	}
}

// build lays out a module with the real linter settings and dependencies, in which every package of
// ours is empty but for the one file.
func build(t *testing.T, name, content string) string {
	t.Helper()
	house := t.TempDir()
	for _, same := range []string{".golangci.yml", "go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", same))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(house, same), string(text))
	}
	for _, path := range imports {
		if folder, ours := strings.CutPrefix(path, "klantkaart/"); ours {
			write(t, filepath.Join(house, folder, "empty.go"), "package "+filepath.Base(folder)+"\n")
		}
	}
	write(t, filepath.Join(house, name), content)
	return house
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lint runs one linter on the house and gives the sentences about wrong.go.
func lint(t *testing.T, house, only string) []string {
	t.Helper()
	program, err := filepath.Abs(linter)
	if err != nil {
		t.Fatal(err)
	}
	var out, trouble bytes.Buffer
	run := exec.CommandContext(t.Context(), program, "run", "--enable-only="+only, "--allow-parallel-runners",
		"--output.json.path=stdout", "--show-stats=false", "--max-issues-per-linter=0", "--max-same-issues=0")
	run.Dir, run.Stdout, run.Stderr = house, &out, &trouble
	// The house imports what nothing of ours does, so its go.mod may have to grow.
	run.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir(), "GOFLAGS=-mod=mod -buildvcs=false")
	_ = run.Run() // it fails when it finds something: the report tells
	var report struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct{ Filename string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatalf("the linter gave no report: %v\n%s", err, trouble.String())
	}
	var found []string
	for _, issue := range report.Issues {
		if issue.FromLinter != only || filepath.Base(issue.Pos.Filename) != "wrong.go" {
			t.Fatalf("%s: %s (%s)", issue.Pos.Filename, issue.Text, issue.FromLinter)
		}
		found = append(found, issue.Text)
	}
	return found
}

var importInQuotes = regexp.MustCompile(`^import '([^']+)' is not allowed`)

// refused gives the imports that the sentences are about, each once.
func refused(sentences []string) []string {
	var paths []string
	for _, sentence := range sentences {
		if match := importInQuotes.FindStringSubmatch(sentence); match != nil {
			paths = append(paths, match[1])
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
