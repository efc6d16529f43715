package page_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"klantkaart/page"
)

// row is a row of a list that is ordered by name, then number.
type row struct {
	name   string
	number int64
}

func keys(r row) []any { return []any{r.name, r.number} }

func none(context.Context) (int, error) { return 0, nil }

// cursorOf is the cursor of a row in a list.
func cursorOf(scope string, r row) *string {
	return new(page.NewEdge(r, scope, keys(r)).Cursor())
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		args page.Args
		want page.Window
	}{
		"is 25 from the start when nothing is said": {page.Args{}, page.Window{Size: 25}},
		"is as many from the start as asked":        {page.Args{First: new(1)}, page.Window{Size: 1}},
		"is as many from the end as asked":          {page.Args{Last: new(100)}, page.Window{Size: 100, Backward: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := one.args.Window("names", 2); err != nil || fmt.Sprint(got) != fmt.Sprint(one.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	t.Run("lies between the keys of two cursors, which keep every text and number", func(t *testing.T) {
		t.Parallel()
		for _, r := range []row{{"", 0}, {"é😀\"\\\n<&>", -1}, {strings.Repeat("x", 500), 1<<63 - 1}, {"\u2028", -1 << 63}} {
			got, err := page.Args{After: cursorOf("names", r), Before: cursorOf("names", row{"z", 9})}.Window("names", 2)
			if err != nil || !slices.Equal(got.After, keys(r)) || !slices.Equal(got.Before, []any{"z", int64(9)}) {
				t.Errorf("%+v became %v, %v", r, got, err)
			}
		}
	})
}

func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	good := *cursorOf("names", row{"a", 1})
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	with := func(body string) *string {
		return new(base64.RawURLEncoding.EncodeToString(append(raw[:5:5], body...)))
	}
	for name, one := range map[string]struct {
		args page.Args
		want page.Error
	}{
		"both sides":                        {page.Args{First: new(1), Last: new(1)}, page.Error{Field: "last", Reason: page.FirstAndLast}},
		"nothing from the start":            {page.Args{First: new(0)}, page.Error{Field: "first", Reason: page.SizeOutOfRange}},
		"less than nothing from the end":    {page.Args{Last: new(-1)}, page.Error{Field: "last", Reason: page.SizeOutOfRange}},
		"too much":                          {page.Args{First: new(101)}, page.Error{Field: "first", Reason: page.SizeOutOfRange}},
		"an empty cursor":                   {page.Args{After: new("")}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a cursor that is no base64":        {page.Args{Before: new("a+b/c=")}, page.Error{Field: "before", Reason: page.BadCursor}},
		"a cursor with something behind it": {page.Args{After: new(good + "A")}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a cursor that is cut off":          {page.Args{After: new(good[:6])}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a cursor of another version":       {page.Args{After: new("Ag" + good[2:])}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a cursor of another list":          {page.Args{After: cursorOf("other", row{"a", 1})}, page.Error{Field: "after", Reason: page.CursorMismatch}},
		"too few keys":                      {page.Args{After: with(`["a"]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"too many keys":                     {page.Args{After: with(`["a",1,2]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a key that is nothing":             {page.Args{After: with(`[null,1]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a key that is a list":              {page.Args{After: with(`[["a"],1]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a key that is no whole number":     {page.Args{After: with(`["a",1.5]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a key beyond all numbers":          {page.Args{After: with(`["a",9223372036854775808]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a key with NUL":                    {page.Args{After: with(`["a\u0000",1]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"a second list of keys":             {page.Args{After: with(`["a",1]["b",2]`)}, page.Error{Field: "after", Reason: page.BadCursor}},
		"no list at all":                    {page.Args{After: with(`{"a":1}`)}, page.Error{Field: "after", Reason: page.BadCursor}},
	} {
		t.Run("are "+name, func(t *testing.T) {
			t.Parallel()
			_, err := one.args.Window("names", 2)
			if fault := new(page.Error); !errors.As(err, &fault) || *fault != one.want {
				t.Errorf("got %v, want %v", err, &one.want)
			}
		})
	}
}

// FuzzCursor says that whatever a client sends as a cursor is a window or a fault of the cursor.
func FuzzCursor(f *testing.F) {
	f.Add(*cursorOf("names", row{"a", 1}))
	f.Add("AQAAAABbXQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := page.Args{After: &text}.Window("names", 2)
		if fault := new(page.Error); err != nil && (!errors.As(err, &fault) || fault.Field != "after") {
			t.Errorf("got %v", err)
		}
		if err == nil && len(w.After) != 2 {
			t.Errorf("got %v", w.After)
		}
	})
}

func TestConnection(t *testing.T) {
	t.Parallel()
	rows := []row{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}
	reversed := []row{{"d", 4}, {"c", 3}, {"b", 2}, {"a", 1}}
	for name, one := range map[string]struct {
		window     page.Window
		rows       []row
		want       []row
		next, prev bool
	}{
		"forward, with more behind it":         {page.Window{Size: 3}, rows, rows[:3], true, false},
		"forward, to the end":                  {page.Window{Size: 4}, rows, rows, false, false},
		"forward, behind a cursor":             {page.Window{Size: 4, After: []any{"0", 0}}, rows, rows, false, true},
		"backward, with more before it":        {page.Window{Size: 3, Backward: true}, reversed, rows[1:], false, true},
		"backward, to the start":               {page.Window{Size: 4, Backward: true}, reversed, rows, false, false},
		"backward, before a cursor":            {page.Window{Size: 4, Backward: true, Before: []any{"z", 0}}, reversed, rows, true, false},
		"without rows":                         {page.Window{Size: 4}, nil, nil, false, false},
		"backward without rows, at the bottom": {page.Window{Size: 4, Backward: true, Before: []any{"0", 0}}, nil, nil, true, false},
	} {
		t.Run("tells where it lies: "+name, func(t *testing.T) {
			t.Parallel()
			c := page.Of(one.window, "names", slices.Clone(one.rows), keys, none)
			info := c.PageInfo()
			if !slices.Equal(c.Nodes, one.want) || info.HasNextPage != one.next || info.HasPreviousPage != one.prev {
				t.Errorf("got %v, %+v", c.Nodes, info)
			}
			if c.Nodes == nil {
				t.Error("a list without rows is nil, not empty")
			}
			if len(one.want) == 0 {
				if info.StartCursor != nil || info.EndCursor != nil {
					t.Errorf("no rows have cursors: %+v", info)
				}
				return
			}
			if *info.StartCursor != *cursorOf("names", one.want[0]) || *info.EndCursor != *cursorOf("names", one.want[len(one.want)-1]) {
				t.Errorf("the cursors are not those of the first and last row")
			}
			for i, edge := range c.Edges() {
				if edge.Node != one.want[i] || edge.Cursor() != *cursorOf("names", one.want[i]) {
					t.Errorf("edge %d is %+v", i, edge)
				}
			}
		})
	}
	t.Run("counts only when asked", func(t *testing.T) {
		t.Parallel()
		counted := 0
		c := page.Of(page.Window{Size: 1}, "names", slices.Clone(rows[:1]), keys, func(context.Context) (int, error) { counted++; return 40, nil })
		_ = c.PageInfo()
		if counted != 0 {
			t.Error("counted without being asked")
		}
		if n, err := c.TotalCount(t.Context()); n != 40 || err != nil || counted != 1 {
			t.Errorf("got %d, %v", n, err)
		}
	})
	t.Run("keeps its place when it becomes the page of something else", func(t *testing.T) {
		t.Parallel()
		c := page.Of(page.Window{Size: 2}, "names", slices.Clone(rows), keys, func(context.Context) (int, error) { return 4, nil })
		upper := page.Map(c, "names", func(s string) []any { return []any{strings.ToLower(s), int64(s[0] - 'A' + 1)} }, func(r row) string { return strings.ToUpper(r.name) })
		if n, err := upper.TotalCount(t.Context()); !slices.Equal(upper.Nodes, []string{"A", "B"}) || n != 4 || err != nil {
			t.Errorf("got %v, %d, %v", upper.Nodes, n, err)
		}
		if info := upper.PageInfo(); !info.HasNextPage || *info.EndCursor != *c.PageInfo().EndCursor {
			t.Errorf("got %+v", info)
		}
	})
}
