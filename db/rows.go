package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Rows runs a hot, fixed SELECT and scans it into bun models. Values go to the engine apart from the
// text, so that PostgreSQL prepares each text once per connection: the text must come from a bounded
// set. Values are written as `?`.
func Rows[T any](ctx context.Context, c Conn, query string, args ...any) ([]T, error) {
	query, args = c.seen(ctx, query, args)
	c.db.count(ctx)
	trace(ctx, query, args)
	if pool, ok := c.raw.(*sql.DB); ok && c.db.engine == Postgres {
		return native[T](ctx, c, pool, query, args)
	}
	rows, err := c.query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	if err := c.db.reader.ScanRows(ctx, rows, &found); err != nil {
		return nil, err
	}
	return found, rows.Err()
}

func (c Conn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if c.db.engine == SQLite {
		return c.raw.QueryContext(ctx, query, args...)
	}
	return c.raw.QueryContext(ctx, numbered(query), prepared(args)...)
}

// prepared lets PostgreSQL prepare the statement once per connection.
func prepared(args []any) []any {
	return append([]any{pgx.QueryExecModeCacheStatement}, args...)
}

// numbered turns `?` into `$1`, `$2`, … for PostgreSQL.
func numbered(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		query = after
	}
}

// Lock reads the row with an id, whole, and keeps it from being changed by others until the transaction ends; SQLite
// needs no more than that it is read, for its one writer holds the whole file. It fails with ErrNotFound where the
// office has no such row.
func Lock[T any](ctx context.Context, tx *Tx, table, organization, id string) (row T, err error) {
	names := make([]string, 0, 64)
	for _, field := range tx.db.reader.Table(reflect.TypeFor[T]()).Fields {
		names = append(names, "t."+string(field.SQLName))
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + table + " AS t WHERE t.organization_id = ? AND t.id = ?"
	if tx.Engine() == Postgres {
		query += " FOR UPDATE"
	}
	found, err := Rows[T](Whole(ctx), tx.Conn, query, organization, id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return row, err
	}
	return found[0], nil
}

// Differing names the columns in which two states of a row differ.
func Differing[T any](c Conn, before, after *T) []string {
	old, current := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	var names []string
	for _, field := range c.db.reader.Table(reflect.TypeFor[T]()).Fields {
		if !reflect.DeepEqual(field.Value(old).Interface(), field.Value(current).Interface()) {
			names = append(names, field.Name)
		}
	}
	return names
}

// In gives the condition that a column is one of the values of a List argument.
func (c Conn) In(column string) string {
	if c.db.engine == Postgres {
		return column + " = ANY(?::text[])"
	}
	return column + " IN (SELECT value FROM json_each(?))"
}

// List makes one argument of many texts, for In and for PerParent.
func List[S ~string](c Conn, values []S) any {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	if c.db.engine == Postgres {
		return texts
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(encoded)
}

// Part is a piece of SQL with the values of its `?`.
type Part struct {
	SQL  string
	Args []any
}

// Selection is an ordered, limited reading of one table, for the whole table or for each of many
// parents. Conditions and order name the columns with the alias t.
type Selection struct {
	Table   string
	Columns string // such as "t.id, t.name"
	Where   []Part // all hold
	Order   string // such as "t.at DESC, t.id DESC"
	Limit   int
}

// Select reads the selection once.
func Select[T any](ctx context.Context, c Conn, s Selection) ([]T, error) {
	where, args := s.where()
	query := fmt.Sprintf("SELECT %s FROM %s AS t WHERE %s ORDER BY %s LIMIT %d", s.Columns, s.Table, where, s.Order, s.Limit)
	return Rows[T](ctx, c, query, args...)
}

// SelectPerParent reads the first rows of each parent in one statement, whatever the number of parents:
// each parent is one short walk along the index (parent, order), never a sort of all its rows. The rows
// of a parent come in order; rows of different parents may be mixed. A parent named twice counts once.
func SelectPerParent[T any, S ~string](ctx context.Context, c Conn, s Selection, parent string, parents []S) ([]T, error) {
	where, args := s.where()
	once := slices.Compact(slices.Sorted(slices.Values(parents)))
	args = append([]any{List(c, once)}, args...)
	if c.db.engine == Postgres {
		query := fmt.Sprintf("SELECT n.* FROM unnest(?::text[]) AS p(id) CROSS JOIN LATERAL"+
			" (SELECT %s FROM %s AS t WHERE t.%s = p.id AND %s ORDER BY %s LIMIT %d) AS n",
			s.Columns, s.Table, parent, where, s.Order, s.Limit)
		return Rows[T](ctx, c, query, args...)
	}
	query := fmt.Sprintf("SELECT %s FROM json_each(?) AS p CROSS JOIN %s AS t ON t.rowid IN"+
		" (SELECT t.rowid FROM %s AS t WHERE t.%s = p.value AND %s ORDER BY %s LIMIT %d) ORDER BY p.key, %s",
		s.Columns, s.Table, s.Table, parent, where, s.Order, s.Limit, s.Order)
	return Rows[T](ctx, c, query, args...)
}

// Counted is how many rows a parent has.
type Counted struct {
	Parent string
	N      int
}

// CountPerParent counts the rows of each parent in one statement, without regard to Limit. Parents
// without rows are absent from the answer.
func CountPerParent[S ~string](ctx context.Context, c Conn, s Selection, parent string, parents []S) (map[S]int, error) {
	where, args := s.where()
	query := fmt.Sprintf("SELECT t.%s AS parent, count(*) AS n FROM %s AS t WHERE %s AND %s GROUP BY t.%s",
		parent, s.Table, c.In("t."+parent), where, parent)
	rows, err := Rows[Counted](ctx, c, query, append([]any{List(c, parents)}, args...)...)
	if err != nil {
		return nil, err
	}
	counts := make(map[S]int, len(rows))
	for _, row := range rows {
		counts[S(row.Parent)] = row.N
	}
	return counts, nil
}

// CountAll counts the rows of the selection, without regard to Limit.
func CountAll(ctx context.Context, c Conn, s Selection) (int, error) {
	where, args := s.where()
	rows, err := Rows[Counted](ctx, c, fmt.Sprintf("SELECT '' AS parent, count(*) AS n FROM %s AS t WHERE %s", s.Table, where), args...)
	if err != nil {
		return 0, err
	}
	return rows[0].N, nil
}

func (s Selection) where() (string, []any) {
	texts := make([]string, len(s.Where))
	var args []any
	for i, part := range s.Where {
		texts[i] = part.SQL
		args = append(args, part.Args...)
	}
	return strings.Join(texts, " AND "), args
}

// Placeholders gives n question marks for an IN list of fixed, small size.
func Placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}

// Columns names the columns of a bun model with the alias t, for Rows: all of them, or under WithFields
// just those that are wanted. A column whose field has the tag `read:"notes,excerpt"` is left out unless one
// of these is wanted; one with `read:"-"` is for searching and never read.
func Columns[T any](ctx context.Context, c Conn) string {
	fields, _ := ctx.Value(fieldsKey{}).(Fields)
	cached := columnsOf{reflect.TypeFor[T](), fields.Key}
	if known, ok := c.db.columns.Load(cached); ok {
		return known.(string)
	}
	var names []string
	for _, field := range c.db.reader.Table(cached.model).Fields {
		if fields.want(field.StructField.Tag.Get("read")) {
			names = append(names, "t."+string(field.SQLName))
		}
	}
	columns := strings.Join(names, ", ")
	if fields.Names == nil { // what clients ask for is not bounded
		c.db.columns.Store(cached, columns)
	}
	return columns
}

type columnsOf struct {
	model  reflect.Type
	fields string
}

// Fields are the fields that a reading is for; Key tells two of them apart.
type Fields struct {
	Names map[string]bool
	Key   string
}

type fieldsKey struct{}

// WithFields returns a context in which Columns leaves out what the fields do not need.
func WithFields(ctx context.Context, fields Fields) context.Context {
	return context.WithValue(ctx, fieldsKey{}, fields)
}

// want tells whether a column with a read tag is wanted.
func (f Fields) want(tag string) bool {
	if tag == "" || tag == "-" || f.Names == nil {
		return tag != "-"
	}
	for name := range strings.SplitSeq(tag, ",") {
		if f.Names[name] {
			return true
		}
	}
	return false
}
