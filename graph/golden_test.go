package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
)

func TestMain(m *testing.M) { crmtest.Main(m) }

var update = flag.Bool("update", false, "write the answers instead of comparing them")

// TestOperationsOfTheDemoOffice runs the operations in testdata on the demo office, each file on an office
// of its own, and compares the answers. A file holds operations between lines of `---`; the first line of
// each says who asks, and which features of the card it shows: `# Sanne Verhoef, rows 3 4 I6`.
// {{customer "10002"}} and its like stand for ids.
func TestOperationsOfTheDemoOffice(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no operations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".graphql"), func(t *testing.T) {
			t.Parallel()
			crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
				got := answers(t, office, file)
				golden := strings.TrimSuffix(file, ".graphql") + ".json"
				if *update {
					if err := os.WriteFile(golden, got, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: the answers differ: %s", file, firstDifference(string(got), string(want)))
				}
			})
		})
	}
}

// answers runs the operations of a file one after the other.
func answers(t *testing.T, office *crmtest.Office, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	feed := graph.NewLive(office.CRM, graph.LiveSettings{})
	exec := graph.NewExecutor(generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(office.CRM, feed)}), feed,
		graph.Settings{Demo: true, Timeout: time.Minute})
	var all []json.RawMessage
	for _, operation := range strings.Split(string(text), "\n---\n") {
		head, query, _ := strings.Cut(operation, "\n")
		who, _, _ := strings.Cut(strings.TrimPrefix(head, "# "), ", rows ")
		ctx := graphql.StartOperationTrace(office.As(who))
		prepared, faults := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: filled(t, office, query)})
		var response *graphql.Response
		if len(faults) > 0 {
			response = &graphql.Response{Errors: faults}
		} else {
			respond, ctx := exec.DispatchOperation(ctx, prepared)
			response = respond(ctx)
		}
		response.Extensions = nil
		encoded, err := json.Marshal(response)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, encoded)
		office.Deliver() // what was put into the spool goes out
		office.Clock.Advance(time.Minute)
	}
	pretty, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(pretty, '\n')
}

// filled puts ids in the places of an operation.
func filled(t *testing.T, office *crmtest.Office, query string) string {
	t.Helper()
	return fill(t, placesIn(office), query)
}

// fill puts what the functions give in the places of an operation.
func fill(t *testing.T, places template.FuncMap, query string) string {
	t.Helper()
	operation, err := template.New("operation").Funcs(places).Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := operation.Execute(&text, nil); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// placesIn are the places that operations may have, by what stands there in an office.
func placesIn(office *crmtest.Office) template.FuncMap {
	quoted := func(id crm.ID) string { return `"` + string(id) + `"` }
	return template.FuncMap{
		"customer":   func(number string) string { return quoted(office.Customer(number).ID) },
		"version":    func(number string) int { return office.Customer(number).Version },
		"contact":    func(name string) string { return quoted(office.Contact(name).ID) },
		"function":   func(title string) string { return quoted(office.Function(title).ID) },
		"engagement": func(number string) string { return quoted(office.Engagement(number).ID) },
		"nomination": func(number, name string) string { return quoted(office.Nomination(number, name).ID) },
		"attention":  func(number string) string { return quoted(office.Attention(number).ID) },
		"message":    func(subject string) string { return quoted(office.Message(subject).ID) },
		"report":     func(name string) string { return quoted(office.Report(name).ID) },
		"run":        func(name string) string { return quoted(office.ReportRun(name).ID) },
		"line":       func(description string) string { return quoted(office.Line(description).ID) },
		"office":     func() string { return quoted(office.ID) },
		"user":       func(name string) string { return quoted(office.Actor(name).UserID) },
		"paper":      func(name string) string { return quoted(office.DocumentTemplate(name).ID) },
		"file":       func(who, name, content string) string { return quoted(office.Upload(who, name, content).ID) },
		"long":       func(n int) string { return strconv.Quote(strings.Repeat("x", n)) },
		"campaign":   func(name string) string { return quoted(office.Campaign(name).ID) },
		"membership": func(number string) string { return quoted(office.Membership(number).ID) },
		"provider":   func(name string) string { return quoted(office.Provider(name).ID) },
		"goal":       func(title string) string { return quoted(office.Goal(title).ID) },
		"item":       func(text string) string { return quoted(office.ChecklistItem(text).ID) },
		"workflow":   func(name string) string { return quoted(office.ProcessTemplate(name).ID) },
		"process":    func(name string) string { return quoted(office.Process(name).ID) },
		"step":       func(key string) string { return quoted(office.Step(key).ID) },
		"selection":  func(origin string) string { return quoted(office.Selection(origin).ID) },
		"lookup":     func(list crm.LookupListKey, text string) string { return quoted(office.Lookup(list, text).ID) },
	}
}

// firstDifference shows the lines around the first one that differs.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return "got\n" + strings.Join(a[max(0, i-3):min(len(a), i+4)], "\n") + "\nwant\n" + strings.Join(b[max(0, i-3):min(len(b), i+4)], "\n")
		}
	}
	return "the answer ends early"
}
