package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// explainStatements lets the server answer everything that reads or writes much, and asks PostgreSQL how
// it runs each statement that it got. A statement that walks a big table fails the run.
func (b *bench) explainStatements(ctx context.Context) (err error) {
	o, url, err := b.office(ctx, b.customers)
	if err != nil {
		return err
	}
	if strings.HasPrefix(url, "sqlite:") {
		return errors.New("statements are explained on PostgreSQL")
	}
	w, tapped, err := tap(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	product, err := b.product(ctx, tapped)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, product.stop()) }()
	s, err := draw(ctx, o, product)
	if err != nil {
		return err
	}
	planner, err := newPlanner(ctx, url)
	if err != nil {
		return err
	}
	defer planner.close()
	w.statements() // those of the start are not the office's
	var faults []string
	for _, one := range append(operations(), explained()...) {
		slowest, err := askSome(ctx, one, s, product)
		if err != nil {
			return err
		}
		found, err := planner.check(ctx, w.statements())
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		fmt.Fprintf(b.out, "%-22s %3d new statements, %d without an index, slowest answer %7.1f ms\n",
			one.name, found.statements, len(found.faults), milliseconds(slowest))
		faults = append(faults, found.faults...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%d statements walk a table:\n%s", len(faults), strings.Join(faults, "\n"))
	}
	return nil
}

// askedToExplain is how many requests of each operation are sent, so that all its statements show.
const askedToExplain = 30

func askSome(ctx context.Context, o operation, s *samples, product *side) (slowest time.Duration, err error) {
	requests, err := o.requests(askedToExplain, s)
	if err != nil {
		return 0, err
	}
	for _, r := range requests {
		begun := time.Now()
		if _, err := product.ask(ctx, r.product); err != nil {
			return 0, fmt.Errorf("%s: %w", o.name, err)
		}
		slowest = max(slowest, time.Since(begun))
	}
	return slowest, nil
}

// planner asks PostgreSQL how it would run statements.
type planner struct {
	conn *pgx.Conn
	big  []string // tables
}

// bigTable is how many rows a table has that may not be walked.
const bigTable = 1000

func newPlanner(ctx context.Context, url string) (*planner, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan"); err != nil { // as the server has it
		return nil, err
	}
	rows, err := conn.Query(ctx, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1", bigTable)
	if err != nil {
		return nil, err
	}
	big, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return &planner{conn: conn, big: big}, err
}

func (p *planner) close() { p.conn.Close(context.Background()) }

// checked is what was found about statements.
type checked struct {
	statements int
	faults     []string
}

func (p *planner) check(ctx context.Context, statements []string) (checked, error) {
	var found checked
	for _, text := range statements {
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(text)), " ")
		if !slices.Contains([]string{"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}, strings.TrimSpace(verb)) {
			continue
		}
		found.statements++
		plan, err := p.plan(ctx, text)
		if err != nil {
			return found, fmt.Errorf("explain %s: %w", text, err)
		}
		for _, walk := range p.walks(plan, false) {
			found.faults = append(found.faults, walk+" in "+strings.Join(strings.Fields(text), " "))
		}
	}
	return found, nil
}

// node is a part of a plan.
type node struct {
	Type  string `json:"Node Type"`
	Table string `json:"Relation Name"`
	Index string `json:"Index Name"`
	Cond  string `json:"Index Cond"`
	Plans []node `json:"Plans"`
}

// plan is that of any values, which is the one the server's statements get.
func (p *planner) plan(ctx context.Context, text string) (node, error) {
	prepared, err := p.conn.Prepare(ctx, "bench", text)
	if err != nil {
		return node{}, err
	}
	execute := `EXECUTE "bench"`
	if n := len(prepared.ParamOIDs); n > 0 {
		execute += "(" + strings.TrimSuffix(strings.Repeat("NULL, ", n), ", ") + ")"
	}
	var encoded []byte
	explained := p.conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+execute, pgx.QueryExecModeSimpleProtocol).Scan(&encoded)
	if err := errors.Join(explained, p.conn.Deallocate(ctx, "bench")); err != nil {
		return node{}, err
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal(encoded, &plans); err != nil {
		return node{}, err
	}
	return plans[0].Plan, nil
}

// walks tells which big tables are read from one end to the other, be it along an index. Of an ordered
// list a walk may read the first rows; a limit stands above it then, with nothing between that needs all.
func (p *planner) walks(n node, limited bool) []string {
	var found []string
	if slices.Contains(p.big, n.Table) {
		switch {
		case n.Type == "Seq Scan":
			found = append(found, "all of "+n.Table)
		case strings.HasPrefix(n.Type, "Index") && ofWholeOffice(n.Cond) && !limited:
			found = append(found, "all of "+n.Index)
		}
	}
	if n.Type == "Bitmap Index Scan" && ofWholeOffice(n.Cond) {
		found = append(found, "all of "+n.Index)
	}
	switch n.Type {
	case "Limit":
		limited = true
	case "Sort", "Aggregate", "Hash", "WindowAgg", "Unique":
		limited = false
	}
	for _, child := range n.Plans {
		found = append(found, p.walks(child, limited)...)
	}
	return found
}

// ofWholeOffice tells whether the condition on an index names the office and nothing else.
func ofWholeOffice(condition string) bool {
	rest := regexp.MustCompile(`\(?organization_id = [^()]*\)?`).ReplaceAllString(condition, "")
	return strings.Trim(strings.ReplaceAll(rest, " AND ", ""), "() ") == ""
}
