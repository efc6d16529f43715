package crm_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

func TestMain(m *testing.M) { crmtest.Main(m) }

// onOffice runs the body once per engine, each time on a demo office of its own.
func onOffice(t *testing.T, run func(t *testing.T, o *crmtest.Office)) {
	t.Helper()
	crmtest.Each(t, run)
}

// must gives the answer of a verb, and ends the test when there is an error instead.
func must[T any](t *testing.T, answer T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// refused says that an error is one fault of the user's, with the code, at the path where one is given.
func refused(t *testing.T, err error, code crm.ErrorCode, path ...string) {
	t.Helper()
	_ = refusal(t, err, code, path...)
}

// refusal says so too, and gives the fault.
func refusal(t *testing.T, err error, code crm.ErrorCode, path ...string) *crm.Error {
	t.Helper()
	faults := crm.FaultsOf(err)
	if len(faults) != 1 || faults[0].Code != code {
		t.Fatalf("got %v, want one %s", err, code)
	}
	if len(path) > 0 && !slices.Equal(faults[0].Path, path) {
		t.Errorf("%s is at %v, want %v", code, faults[0].Path, path)
	}
	return faults[0]
}

// changesNothing says that after what is done the whole store is as it was.
func changesNothing(t *testing.T, o *crmtest.Office, do func()) {
	t.Helper()
	before := dump(t, o)
	do()
	if after := dump(t, o); after != before {
		t.Errorf("the store changed: %s", firstDifference(before, after))
	}
	if sent := o.Signals(); len(sent) > 0 {
		t.Errorf("signals were sent: %v", sent)
	}
}

// tables are all that the business writes: every table of the store but those of the engines and of the
// migrations.
func tables(t *testing.T, o *crmtest.Office) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_index%'"
	if o.DB.Read().Engine() == db.Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	var names []string
	if err := o.DB.Read().NewRaw(query).Scan(db.Everywhere(t.Context()), &names); err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "bun_migration") })
	slices.Sort(names)
	if len(names) == 0 {
		t.Fatal("the store has no tables")
	}
	return names
}

// dump is the content of the store as text, row by row.
func dump(t *testing.T, o *crmtest.Office) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables(t, o) {
		for _, row := range rowsOf(t, o, table) {
			fmt.Fprintln(&b, table, row)
		}
	}
	return b.String()
}

func rowsOf(t *testing.T, o *crmtest.Office, table string) []string {
	t.Helper()
	found, err := o.DB.Read().QueryContext(db.Everywhere(t.Context()), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns := must2(found.Columns())(t)
	var rows []string
	for found.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprint(values...))
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

func must2[T any](answer T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		return must(t, answer, err)
	}
}

func firstDifference(before, after string) string {
	old, current := strings.Split(before, "\n"), strings.Split(after, "\n")
	for i := range min(len(old), len(current)) {
		if old[i] != current[i] {
			return fmt.Sprintf("\n- %s\n+ %s", old[i], current[i])
		}
	}
	return fmt.Sprintf("%d rows became %d", len(old), len(current))
}

// equal says that what a test got is what it wants.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// sameList says that a list holds what it should, in order.
func sameList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s are %v, want %v", what, got, want)
	}
}

// each maps a list.
func each[A, B any](list []A, of func(A) B) []B {
	mapped := make([]B, len(list))
	for i, one := range list {
		mapped[i] = of(one)
	}
	return mapped
}

// kinds are the kinds of events, in order.
func kinds(events []*crm.Event) []crm.EventKind {
	return each(events, func(e *crm.Event) crm.EventKind { return e.Kind })
}

// optional is a given value of an input; nil clears.
func optional[T any](value *T) graphql.Omittable[*T] { return graphql.OmittableOf(value) }

// closeProject ends a project as of yesterday.
func closeProject(t *testing.T, o *crmtest.Office, number string) {
	t.Helper()
	yesterday := crm.Date(o.Clock.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	must2(o.Engagements.EndProject(o.As(crmtest.Joris), crm.EndProjectInput{ID: o.Engagement(number).ID, EndOn: yesterday}))(t)
}

// write runs a statement that no verb makes.
func write(t *testing.T, o *crmtest.Office, query string, args ...any) {
	t.Helper()
	err := o.DB.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// dbCount counts the statements of a context.
func dbCount(ctx context.Context) (context.Context, *db.Count) { return db.WithCount(ctx) }

// omittable is a given list of an input.
func omittable[T any](list []T) graphql.Omittable[[]T] { return graphql.OmittableOf(list) }
