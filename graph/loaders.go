package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"klantkaart/crm"
	"klantkaart/page"
)

// Loaders batch the reading of child fields, for one response. Rows that were read together are
// siblings. When a field of one of them is wanted it is read for all siblings in one statement, and the
// rows found are siblings in turn. So each field costs one statement at each level, whatever the number
// of rows, through lists and connections alike; no timer waits for others to come, and the number of
// statements is the same every time.
type Loaders struct {
	mu       sync.Mutex
	siblings map[any]*siblings // by row
}

// siblings are rows of one kind that were read together.
type siblings struct {
	rows  []any
	mu    sync.Mutex
	loads map[load]*reading
}

// load names what is read for siblings: a field of one type of row, with its arguments, for certain fields
// beneath it.
type load struct {
	row                       reflect.Type
	field, arguments, beneath string
}

// reading is what was read, by row.
type reading struct {
	once   sync.Once
	values map[any]any
	err    error
}

type loadersKey struct{}

// WithLoaders gives a response loaders of its own, so that nothing stale outlives it.
func WithLoaders(ctx context.Context) context.Context {
	return context.WithValue(ctx, loadersKey{}, &Loaders{siblings: make(map[any]*siblings)})
}

func loadersFrom(ctx context.Context) *Loaders {
	if loaders, ok := ctx.Value(loadersKey{}).(*Loaders); ok {
		return loaders
	}
	return &Loaders{siblings: make(map[any]*siblings)}
}

// identity is what a row is known by: leads, requests and projects, and all kinds of communication, are
// siblings by the row they share.
func identity(row any) any {
	switch row := row.(type) {
	case interface{ Core() *crm.Dossier }:
		return row.Core()
	case interface{ Core() *crm.Message }:
		return row.Core()
	}
	return row
}

// join makes rows siblings of each other.
func (l *Loaders) join(rows []any) *siblings {
	group := &siblings{rows: rows, loads: make(map[load]*reading)}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range rows {
		l.siblings[row] = group
	}
	return group
}

// anys gives the rows as they are known, each once and without the absent ones.
func anys[R any](rows []R) []any {
	all := make([]any, 0, len(rows))
	seen := make(map[any]bool, len(rows))
	for _, row := range rows {
		if absent(row) {
			continue
		}
		if known := identity(row); !seen[known] {
			seen[known] = true
			all = append(all, known)
		}
	}
	return all
}

func absent(row any) bool {
	value := reflect.ValueOf(row)
	return !value.IsValid() || value.IsNil()
}

// of gives the siblings of rows. Rows that nobody read together, such as the object of a mutation, are
// siblings of those they are asked with.
func (l *Loaders) of(rows []any) *siblings {
	l.mu.Lock()
	group := l.siblings[rows[0]]
	l.mu.Unlock()
	if group != nil {
		return group
	}
	return l.join(rows)
}

// children gives a field of parents, in their order. read is called once for all siblings of the
// parents; below names the rows in a value, which become siblings.
func children[P comparable, V any](ctx context.Context, parents []P, field string, arguments any,
	read func(context.Context, []P) ([]V, error), below func(V) []any) ([]V, error) {
	if len(parents) == 0 {
		return nil, nil
	}
	l := loadersFrom(ctx)
	group := l.of(anys(parents))
	beneath := requested(ctx)
	found := group.loaded(load{reflect.TypeFor[P](), field, argumentsText(arguments), beneath.Key})
	found.once.Do(func() {
		all := ofType[P](group.rows)
		values, err := read(crm.WithFields(ctx, beneath), all)
		if err != nil {
			found.err = err
			return
		}
		var rows []any
		found.values = make(map[any]any, len(all))
		for i, value := range values {
			found.values[all[i]] = value
			rows = append(rows, below(value)...)
		}
		l.join(anys(rows))
	})
	if found.err != nil {
		return nil, found.err
	}
	values := make([]V, len(parents))
	for i, parent := range parents {
		values[i], _ = found.values[parent].(V) // nothing, where it is an interface without a value
	}
	return values, nil
}

// ofType gives the rows of one type; siblings found by id can be of several.
func ofType[P any](rows []any) []P {
	all := make([]P, 0, len(rows))
	for _, row := range rows {
		if own, ok := row.(P); ok {
			all = append(all, own)
		}
	}
	return all
}

func (s *siblings) loaded(key load) *reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads[key] == nil {
		s.loads[key] = &reading{}
	}
	return s.loads[key]
}

func argumentsText(arguments any) string {
	if arguments == nil {
		return ""
	}
	text, err := json.Marshal(arguments)
	if err != nil {
		panic(fmt.Sprintf("arguments must marshal: %v", err))
	}
	return string(text)
}

// many gives a field that is a list of rows.
func many[P keyed, R any](ctx context.Context, parents []P, field string, read func(context.Context, []crm.ID) ([][]R, error)) ([][]R, error) {
	return children(ctx, parents, field, nil, byID[P](read), anys[R])
}

// one gives a field that is one row, read by the parents' ids.
func one[P keyed, R any](ctx context.Context, parents []P, field string, read func(context.Context, []crm.ID) ([]R, error)) ([]R, error) {
	return children(ctx, parents, field, nil, byID[P](read), func(row R) []any { return anys([]R{row}) })
}

// pages gives a field that is a connection.
func pages[P keyed, R any](ctx context.Context, parents []P, field string, arguments any, window page.Args,
	read func(context.Context, []crm.ID, page.Args) ([]*page.Connection[R], error)) ([]*page.Connection[R], error) {
	of := func(ctx context.Context, ids []crm.ID) ([]*page.Connection[R], error) { return read(ctx, ids, window) }
	return children(ctx, parents, field, []any{arguments, window}, byID[P](of),
		func(c *page.Connection[R]) []any { return anys(c.Nodes) })
}

// keyed is a row that has an id.
type keyed interface {
	comparable
	NodeID() crm.ID
}

// byID reads a field by the ids of the parents.
func byID[P keyed, V any](read func(context.Context, []crm.ID) ([]V, error)) func(context.Context, []P) ([]V, error) {
	return func(ctx context.Context, parents []P) ([]V, error) {
		ids := make([]crm.ID, len(parents))
		for i, parent := range parents {
			ids[i] = parent.NodeID()
		}
		return read(ctx, ids)
	}
}

// reference gives a field that points to another row; the zero value where it points to nothing.
func reference[P comparable, R any](ctx context.Context, parents []P, field string, to func(P) *crm.ID,
	read func(context.Context, []crm.ID) ([]R, error)) ([]R, error) {
	return children(ctx, parents, field, nil, func(ctx context.Context, all []P) ([]R, error) {
		ids, place := distinct(all, to)
		values := make([]R, len(all))
		if len(ids) == 0 {
			return values, nil
		}
		found, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, parent := range all {
			if id := to(parent); id != nil {
				values[i] = found[place[*id]]
			}
		}
		return values, nil
	}, func(row R) []any { return anys([]R{row}) })
}

// references gives a field that points to several rows, in the order in which it does.
func references[P comparable, R any](ctx context.Context, parents []P, field string, to func(P) []crm.ID,
	read func(context.Context, []crm.ID) ([]R, error)) ([][]R, error) {
	return children(ctx, parents, field, nil, func(ctx context.Context, all []P) ([][]R, error) {
		var ids []crm.ID
		place := make(map[crm.ID]int)
		for _, parent := range all {
			for _, id := range to(parent) {
				if _, known := place[id]; !known {
					place[id] = len(ids)
					ids = append(ids, id)
				}
			}
		}
		values := make([][]R, len(all))
		if len(ids) == 0 {
			return values, nil
		}
		found, err := read(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i, parent := range all {
			for _, id := range to(parent) {
				values[i] = append(values[i], found[place[id]])
			}
		}
		return values, nil
	}, anys[R])
}

// distinct gives the ids that rows point to, each once, with their places.
func distinct[P any](rows []P, to func(P) *crm.ID) ([]crm.ID, map[crm.ID]int) {
	var ids []crm.ID
	place := make(map[crm.ID]int)
	for _, row := range rows {
		id := to(row)
		if id == nil {
			continue
		}
		if _, known := place[*id]; !known {
			place[*id] = len(ids)
			ids = append(ids, *id)
		}
	}
	return ids, place
}

// siblingsOf passes a list of rows on as siblings.
func siblingsOf[R any](ctx context.Context) func([]R, error) ([]R, error) {
	return func(rows []R, err error) ([]R, error) {
		loadersFrom(ctx).join(anys(rows))
		return rows, err
	}
}

// pageOf passes a page on, its rows as siblings.
func pageOf[R any](ctx context.Context) func(*page.Connection[R], error) (*page.Connection[R], error) {
	return func(found *page.Connection[R], err error) (*page.Connection[R], error) {
		if err == nil {
			loadersFrom(ctx).join(anys(found.Nodes))
		}
		return found, err
	}
}

// firstOf passes the only row of a list on.
func firstOf[R any](rows []R, err error) (R, error) {
	var none R
	if err != nil || len(rows) == 0 {
		return none, err
	}
	return rows[0], nil
}

// optional is a list of the id, or of none.
func optional(id *crm.ID) []crm.ID {
	if id == nil {
		return nil
	}
	return []crm.ID{*id}
}
