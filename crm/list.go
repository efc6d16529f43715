package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// OrderDirection is the direction of an order.
type OrderDirection string

// The directions.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// maxOrderFields is how many fields an order may name; the id comes behind them.
const maxOrderFields = 3

// key is one column of an order, and a row's value of it. A value is a text, a moment or a
// whole number.
type key[R any] struct {
	column    string
	direction OrderDirection
	text      func(R) string
	moment    func(R) time.Time
	number    func(R) int64
}

// listing says how rows of a table become a page of nodes: R is a pointer to the row, N what the caller sees.
type listing[R, N any] struct {
	table    string
	where    []db.Part
	keys     []key[R] // the last one is unique
	scope    string   // names filter and order, so that a cursor of another one is told apart
	node     func(R) N
	row      func(N) R
	parent   string // the column of the parent, for pages of many parents
	parentOf func(R) ID
}

// page reads one page of the whole table.
func (l listing[R, N]) page(ctx context.Context, c db.Conn, args page.Args) (*page.Connection[N], error) {
	window, selection, err := l.selection(ctx, c, args)
	if err != nil {
		return nil, err
	}
	rows, err := db.Select[R](ctx, c, selection)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", l.table, err)
	}
	return page.Of(window, l.scope, l.nodes(rows), l.values, func(ctx context.Context) (int, error) {
		return db.CountAll(ctx, c, db.Selection{Table: l.table, Where: l.where})
	}), nil
}

// pages reads one page for each parent, in one statement; the counts of all of them take one more, when
// the first is asked for.
func (l listing[R, N]) pages(ctx context.Context, c db.Conn, parents []ID, args page.Args) ([]*page.Connection[N], error) {
	window, selection, err := l.selection(ctx, c, args)
	if err != nil {
		return nil, err
	}
	rows, err := db.SelectPerParent[R](ctx, c, selection, l.parent, parents)
	if err != nil {
		return nil, fmt.Errorf("list %s of %d parents: %w", l.table, len(parents), err)
	}
	byParent := l.byParent(rows)
	var once sync.Once
	var counts map[ID]int
	var countErr error
	count := func(ctx context.Context, parent ID) (int, error) {
		once.Do(func() {
			counts, countErr = db.CountPerParent(ctx, c, db.Selection{Table: l.table, Where: l.where}, l.parent, parents)
		})
		return counts[parent], countErr
	}
	found := make([]*page.Connection[N], len(parents))
	for i, parent := range parents {
		found[i] = page.Of(window, l.scope, l.nodes(byParent[parent]), l.values,
			func(ctx context.Context) (int, error) { return count(ctx, parent) })
	}
	return found, nil
}

// firsts reads the first n rows of each parent, in one statement.
func (l listing[R, N]) firsts(ctx context.Context, c db.Conn, parents []ID, n int) ([][]N, error) {
	rows, err := db.SelectPerParent[R](ctx, c, db.Selection{
		Table: l.table, Columns: db.Columns[R](ctx, c), Where: l.where, Order: order(l.keys, false), Limit: n,
	}, l.parent, parents)
	if err != nil {
		return nil, fmt.Errorf("first %s of %d parents: %w", l.table, len(parents), err)
	}
	byParent := l.byParent(rows)
	found := make([][]N, len(parents))
	for i, parent := range parents {
		found[i] = l.nodes(byParent[parent])
	}
	return found, nil
}

func (l listing[R, N]) selection(ctx context.Context, c db.Conn, args page.Args) (page.Window, db.Selection, error) {
	window, err := args.Window(l.scope, len(l.keys))
	if err != nil {
		return window, db.Selection{}, err
	}
	where := l.where[:len(l.where):len(l.where)]
	for _, one := range []struct {
		field   string
		values  []any
		reverse bool
	}{{"after", window.After, false}, {"before", window.Before, true}} {
		if one.values == nil {
			continue
		}
		from, ok := arguments(l.keys, one.values)
		if !ok {
			return window, db.Selection{}, &page.Error{Field: one.field, Reason: page.BadCursor}
		}
		where = append(where, beyond(l.keys, from, one.reverse))
	}
	return window, db.Selection{
		Table: l.table, Columns: db.Columns[R](ctx, c), Where: where,
		Order: order(l.keys, window.Backward), Limit: window.Size + 1,
	}, nil
}

func (l listing[R, N]) byParent(rows []R) map[ID][]R {
	byParent := make(map[ID][]R)
	for _, row := range rows {
		parent := l.parentOf(row)
		byParent[parent] = append(byParent[parent], row)
	}
	return byParent
}

func (l listing[R, N]) nodes(rows []R) []N {
	nodes := make([]N, len(rows))
	for i, row := range rows {
		nodes[i] = l.node(row)
	}
	return nodes
}

// values are the order keys of a node, as a cursor keeps them: texts, numbers, and moments in microseconds.
func (l listing[R, N]) values(node N) []any {
	row := l.row(node)
	values := make([]any, len(l.keys))
	for i, k := range l.keys {
		switch {
		case k.moment != nil:
			values[i] = k.moment(row).UnixMicro()
		case k.number != nil:
			values[i] = k.number(row)
		default:
			values[i] = k.text(row)
		}
	}
	return values
}

func order[R any](keys []key[R], reverse bool) string {
	terms := make([]string, len(keys))
	for i, k := range keys {
		terms[i] = k.column + " " + string(k.direction)
		if reverse {
			terms[i] = k.column + " " + string(k.direction.opposite())
		}
	}
	return strings.Join(terms, ", ")
}

func (d OrderDirection) opposite() OrderDirection {
	if d == Ascending {
		return Descending
	}
	return Ascending
}

// beyond is the condition that a row comes after (or, in reverse, before) the row with the given keys.
// When all columns go the same way it is one comparison of rows, which an index answers; else it is
// spelled out column by column.
func beyond[R any](keys []key[R], arguments []any, reverse bool) db.Part {
	columns, oneWay := make([]string, len(keys)), true
	for i, k := range keys {
		columns[i] = k.column
		oneWay = oneWay && k.direction == keys[0].direction
	}
	if oneWay {
		return db.Part{
			SQL:  "(" + strings.Join(columns, ", ") + ") " + comparison(keys[0].direction, reverse) + " (" + db.Placeholders(len(keys)) + ")",
			Args: arguments,
		}
	}
	var cases []string
	var spelled []any
	for i, k := range keys {
		one := make([]string, 0, i+1)
		for j := range i {
			one = append(one, columns[j]+" = ?")
		}
		one = append(one, columns[i]+" "+comparison(k.direction, reverse)+" ?")
		cases = append(cases, "("+strings.Join(one, " AND ")+")")
		spelled = append(spelled, arguments[:i+1]...)
	}
	return db.Part{SQL: "(" + strings.Join(cases, " OR ") + ")", Args: spelled}
}

// arguments turns the values of a cursor back into the columns' types; only those of a forged one are
// of another type, or a moment that no calendar has.
func arguments[R any](keys []key[R], values []any) ([]any, bool) {
	args := make([]any, len(keys))
	for i, k := range keys {
		args[i] = values[i]
		number, isNumber := values[i].(int64)
		if isNumber != (k.text == nil) {
			return nil, false
		}
		if k.moment == nil {
			continue
		}
		at := time.UnixMicro(number).UTC()
		if at.Year() < 1 || at.Year() > 9999 {
			return nil, false
		}
		args[i] = at
	}
	return args, true
}

func comparison(direction OrderDirection, reverse bool) string {
	if (direction == Ascending) != reverse {
		return ">"
	}
	return "<"
}

// scope names a list with its filter and order.
func scope(name string, parts ...any) string {
	encoded, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("filters must marshal: %v", err))
	}
	return name + string(encoded)
}

// same is for listings whose rows are what the caller sees.
func same[R any](row R) R { return row }

// ofOrganization is the condition that every list begins with.
func ofOrganization(id ID) db.Part {
	return db.Part{SQL: "t.organization_id = ?", Args: []any{string(id)}}
}

// archivedPart is the condition on the archive, if there is one.
func archivedPart(archived Archived) []db.Part {
	switch archived {
	case ArchivedInclude:
		return nil
	case ArchivedOnly:
		return []db.Part{{SQL: "t.archived_at IS NOT NULL"}}
	}
	return []db.Part{{SQL: "t.archived_at IS NULL"}}
}

// oneOf is the condition that a column has one of a few values; none given is no condition.
func oneOf[S ~string](column string, values []S) []db.Part {
	if len(values) == 0 {
		return nil
	}
	args := make([]any, len(values))
	for i, value := range values {
		args[i] = string(value)
	}
	return []db.Part{{SQL: column + " IN (" + db.Placeholders(len(values)) + ")", Args: args}}
}

// aligned puts found rows in the order of the ids asked for; absent ones stay nil.
func aligned[N any](ids []ID, found []N, idOf func(N) ID) []N {
	byID := make(map[ID]N, len(found))
	for _, node := range found {
		byID[idOf(node)] = node
	}
	nodes := make([]N, len(ids))
	for i, id := range ids {
		nodes[i] = byID[id]
	}
	return nodes
}

// byIDs reads rows by id, in the order of the ids; what is absent or foreign is the zero value.
func byIDs[R any](ctx context.Context, c db.Conn, organization ID, table string, ids []ID, idOf func(R) ID) ([]R, error) {
	rows, err := db.Rows[R](ctx, c,
		"SELECT "+db.Columns[R](ctx, c)+" FROM "+table+" AS t WHERE t.organization_id = ? AND "+c.In("t.id"),
		string(organization), db.List(c, ids))
	if err != nil {
		return nil, fmt.Errorf("read %s by id: %w", table, err)
	}
	return aligned(ids, rows, idOf), nil
}

// distinct gives each of the values once, in the order of their first appearance.
func distinct[T comparable](values []T) []T {
	seen := make(map[T]bool, len(values))
	var once []T
	for _, value := range values {
		if !seen[value] {
			seen[value] = true
			once = append(once, value)
		}
	}
	return once
}

// grouped puts rows under their parents, in the order of the parents.
func grouped[R any](parents []ID, rows []R, parentOf func(R) ID) [][]R {
	return under(parents, rows, func(row R) (ID, R) { return parentOf(row), row })
}

// under puts what rows bring under their parents, in the order of the parents.
func under[R, V any](parents []ID, rows []R, of func(R) (ID, V)) [][]V {
	byParent := make(map[ID][]V)
	for _, row := range rows {
		parent, value := of(row)
		byParent[parent] = append(byParent[parent], value)
	}
	found := make([][]V, len(parents))
	for i, parent := range parents {
		found[i] = byParent[parent]
	}
	return found
}

// byID finds rows by their ids.
func byID[N Node](rows []N) map[ID]N {
	known := make(map[ID]N, len(rows))
	for _, row := range rows {
		known[row.NodeID()] = row
	}
	return known
}
