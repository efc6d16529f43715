// Package page is the shared vocabulary of lists: what a caller asks (Args), where a row stands in an
// order (Cursor), and what comes back (Connection), after the Relay specification. Lists are walked by
// key, never by offset, so that rows added meanwhile neither repeat nor hide others.
package page

import "context"

// The sizes of a page.
const (
	DefaultSize = 25
	MaxSize     = 100
)

// Args are the paging arguments of a list, as the client gave them.
type Args struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// Window is a checked request for rows: how many, from which side, and between which keys.
type Window struct {
	Size     int
	Backward bool  // the last rows instead of the first
	After    []any // the order keys of the row before the page; nil means from the start
	Before   []any // the order keys of the row behind the page; nil means up to the end
}

// Window checks the arguments. scope names filter and order; a cursor made under another one is
// refused as CursorMismatch. keys is how many values an order key has.
func (a Args) Window(scope string, keys int) (Window, error) {
	w := Window{Size: DefaultSize}
	switch {
	case a.First != nil && a.Last != nil:
		return w, &Error{Field: "last", Reason: FirstAndLast}
	case a.First != nil:
		w.Size = *a.First
	case a.Last != nil:
		w.Size, w.Backward = *a.Last, true
	}
	if w.Size < 1 || w.Size > MaxSize {
		field := "first"
		if w.Backward {
			field = "last"
		}
		return w, &Error{Field: field, Reason: SizeOutOfRange}
	}
	var err error
	if w.After, err = decode("after", a.After, scope, keys); err != nil {
		return w, err
	}
	w.Before, err = decode("before", a.Before, scope, keys)
	return w, err
}

// PageInfo tells where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Edge is a row with its place in the list.
type Edge[T any] struct {
	Node  T
	scope string
	keys  []any
}

// Cursor gives the row's place, to be handed back as `after` or `before`.
func (e *Edge[T]) Cursor() string { return encode(e.scope, e.keys) }

// Connection is a page of a list.
type Connection[T any] struct {
	Nodes []T
	scope string
	keys  func(T) []any
	info  PageInfo
	count func(context.Context) (int, error)
}

// Of makes the page from the rows that were read for a window: up to Size+1 of them, in list order for
// a forward window and in reverse for a backward one. keys gives a row's order keys; count tells how
// many rows the whole list has and runs only when asked.
func Of[T any](w Window, scope string, rows []T, keys func(T) []any, count func(context.Context) (int, error)) *Connection[T] {
	more := len(rows) > w.Size
	if more {
		rows = rows[:w.Size]
	}
	c := &Connection[T]{Nodes: rows, scope: scope, keys: keys, count: count}
	if c.Nodes == nil {
		c.Nodes = []T{}
	}
	if w.Backward {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
		c.info = PageInfo{HasPreviousPage: more, HasNextPage: w.Before != nil}
	} else {
		c.info = PageInfo{HasNextPage: more, HasPreviousPage: w.After != nil}
	}
	return c
}

// Edges gives the rows with their cursors.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.Nodes))
	for i, node := range c.Nodes {
		edges[i] = c.Edge(node)
	}
	return edges
}

// Edge gives one row of the list with its cursor.
func (c *Connection[T]) Edge(node T) *Edge[T] {
	return NewEdge(node, c.scope, c.keys(node))
}

// NewEdge gives a row that is to join a list, with its cursor.
func NewEdge[T any](node T, scope string, keys []any) *Edge[T] {
	return &Edge[T]{Node: node, scope: scope, keys: keys}
}

// PageInfo tells where the page lies in the list.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := c.info
	if n := len(c.Nodes); n > 0 {
		start, end := c.Edge(c.Nodes[0]).Cursor(), c.Edge(c.Nodes[n-1]).Cursor()
		info.StartCursor, info.EndCursor = &start, &end
	}
	return &info
}

// TotalCount counts the whole list.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.count(ctx) }

// Map turns a page of one kind of row into the page of what the rows stand for. keys must give the same
// values as those of the page it is made from.
func Map[A, B any](from *Connection[A], scope string, keys func(B) []any, to func(A) B) *Connection[B] {
	nodes := make([]B, len(from.Nodes))
	for i, node := range from.Nodes {
		nodes[i] = to(node)
	}
	return &Connection[B]{Nodes: nodes, scope: scope, keys: keys, info: from.info, count: from.count}
}
