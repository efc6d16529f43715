package db

import (
	"context"
	"regexp"
	"strings"
)

// Lens shows readings a part of some tables only, whatever their statements say: each mention of such a table
// becomes its rows that meet the lens' condition. No reading can forget it, on both engines alike. Changes are
// made without a lens, for a rule that overlooks a row is no rule: see Whole.
type Lens struct{ rows map[string]Part }

// Only has the lens show rows of a table that meet a condition, beside the conditions that it has already. The
// condition names columns without an alias.
func (l *Lens) Only(table string, condition Part) {
	if l.rows == nil {
		l.rows = make(map[string]Part)
	}
	if before, there := l.rows[table]; there {
		condition = Part{
			SQL:  before.SQL + " AND " + condition.SQL,
			Args: append(before.Args[:len(before.Args):len(before.Args)], condition.Args...),
		}
	}
	l.rows[table] = condition
}

// Follow has the lens show rows of a table whose column points to a row of another table that it shows of the
// organization; all where it leaves that table whole.
func (l *Lens) Follow(table, column, to, organization string) {
	of, restricted := l.rows[to]
	if !restricted {
		return
	}
	l.Only(table, Part{SQL: column + " IN (SELECT id FROM " + to + " WHERE organization_id = ? AND " + of.SQL + ")", Args: append([]any{organization}, of.Args...)})
}

// Condition is what rows of a table must meet to be shown; false where all are.
func (l *Lens) Condition(table string) (Part, bool) {
	of, restricted := l.rows[table]
	return of, restricted
}

type lensKey struct{}

// Through returns a context whose readings see through the lens.
func Through(ctx context.Context, lens *Lens) context.Context {
	return context.WithValue(ctx, lensKey{}, lens)
}

// Whole returns a context whose readings see everything within their border.
func Whole(ctx context.Context) context.Context {
	if lens, _ := ctx.Value(lensKey{}).(*Lens); lens == nil {
		return ctx
	}
	return context.WithValue(ctx, lensKey{}, (*Lens)(nil))
}

// mention is a table in a statement, with its alias where it has one.
var mention = regexp.MustCompile(`\b(FROM|JOIN) ([a-z_]+)\b( AS [a-z_]+)?`)

// seen is a statement as the context's lens has it, with the values of the lens among its own.
func (c Conn) seen(ctx context.Context, query string, args []any) (string, []any) {
	lens, _ := ctx.Value(lensKey{}).(*Lens)
	if lens == nil {
		return query, args
	}
	columns := "*"
	if c.db.engine == SQLite {
		columns = "rowid, *" // by which pages of many parents are read
	}
	var text strings.Builder
	var values []any
	rest := 0
	for _, at := range mention.FindAllStringSubmatchIndex(query, -1) {
		table := query[at[4]:at[5]]
		only, restricted := lens.rows[table]
		if !restricted {
			continue
		}
		before := query[rest:at[4]]
		n := strings.Count(before, "?")
		values, args = append(append(values, args[:n]...), only.Args...), args[n:]
		text.WriteString(before + "(SELECT " + columns + " FROM " + table + " WHERE " + only.SQL + ")")
		if at[6] < 0 {
			text.WriteString(" AS " + table)
		}
		rest = at[5]
	}
	text.WriteString(query[rest:])
	return text.String(), append(values, args...)
}
