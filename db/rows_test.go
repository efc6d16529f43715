package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// thing is a row of a table of the test's own.
type thing struct {
	bun.BaseModel `bun:"table:things,alias:t"`

	ID     name
	Parent name
	Rank   int
	Note   *string
	At     *time.Time
	Tags   []string `bun:"type:text"`
	Done   bool
}

type name string

// odd are texts that break what is put together carelessly.
func odd() []name {
	return []name{"", "a", "'", `"`, `\`, "{a,b}", "a,b", "NULL", "?", "$1", "é", "😀", "a\nb", "--", "[1]", "%"}
}

func things(t *testing.T, d *db.DB) {
	t.Helper()
	exec(t, d, "CREATE TABLE things (id TEXT PRIMARY KEY, parent TEXT, rank BIGINT, note TEXT, at TIMESTAMPTZ, tags TEXT, done BOOLEAN)",
		"CREATE INDEX things_by_parent ON things (parent, rank)")
}

func insert(t *testing.T, d *db.DB, rows ...*thing) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewInsert().Model(&rows).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ids(rows []*thing) []name {
	found := make([]name, len(rows))
	for i, row := range rows {
		found[i] = row.ID
	}
	return found
}

func TestRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		things(t, d)
		at := time.Date(2026, 11, 23, 9, 0, 0, 120_000_000, time.FixedZone("", 5400))
		full := &thing{ID: "full", Parent: "p", Rank: -7, Note: new("noot"), At: &at, Tags: []string{"a", `"b"`}, Done: true}
		insert(t, d, full, &thing{ID: "empty"})
		const query = "SELECT id, parent, rank, note, at, tags, done FROM things WHERE id = ?"
		for where, on := range map[string]func(func(context.Context, db.Conn)){
			"outside a transaction": func(f func(context.Context, db.Conn)) { f(t.Context(), d.Read()) },
			"inside a transaction": func(f func(context.Context, db.Conn)) {
				if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { f(ctx, tx.Conn); return nil }); err != nil {
					t.Error(err)
				}
			},
		} {
			t.Run("reads every kind of value "+where, func(t *testing.T) {
				on(func(ctx context.Context, c db.Conn) {
					rows, err := db.Rows[*thing](ctx, c, query, "full")
					if err != nil || len(rows) != 1 {
						t.Fatalf("got %v, %v", rows, err)
					}
					got := rows[0]
					if got.ID != "full" || got.Rank != -7 || *got.Note != "noot" || !got.At.Equal(at) || !slices.Equal(got.Tags, full.Tags) || !got.Done {
						t.Errorf("got %+v", got)
					}
					if _, offset := got.At.Zone(); offset != 0 {
						t.Errorf("the moment is %d seconds away from UTC", offset)
					}
				})
			})
			t.Run("reads nothing as nothing "+where, func(t *testing.T) {
				on(func(ctx context.Context, c db.Conn) {
					rows, err := db.Rows[thing](ctx, c, query, "empty") // by value
					if err != nil || len(rows) != 1 || rows[0].Note != nil || rows[0].At != nil || rows[0].Done {
						t.Errorf("got %+v, %v", rows, err)
					}
					if rows, err := db.Rows[thing](ctx, c, query, "absent"); err != nil || rows != nil {
						t.Errorf("got %+v, %v", rows, err)
					}
				})
			})
			t.Run("tells what is wrong "+where, func(t *testing.T) {
				on(func(ctx context.Context, c db.Conn) {
					if c.Engine() == db.Postgres && where == "inside a transaction" {
						return // the error would end the transaction
					}
					if rows, err := db.Rows[*thing](ctx, c, "SELECT nothing FROM things WHERE id = ?", "x"); err == nil {
						t.Errorf("got %v", rows)
					}
				})
			})
		}
	})
}

func TestTexts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		things(t, d)
		var rows []*thing
		for i, text := range odd() {
			rows = append(rows, &thing{ID: text, Parent: text, Rank: i, Note: new(string(text))})
		}
		insert(t, d, rows...)
		for _, text := range odd() {
			for what, find := range map[string]func() ([]*thing, error){
				"a value": func() ([]*thing, error) {
					return db.Rows[*thing](t.Context(), d.Read(), "SELECT id FROM things WHERE note = ?", string(text))
				},
				"a list of one": func() ([]*thing, error) {
					return db.Rows[*thing](t.Context(), d.Read(), "SELECT id FROM things WHERE "+d.Read().In("id"), db.List(d.Read(), []name{text}))
				},
				"a parent": func() ([]*thing, error) {
					return db.SelectPerParent[*thing](t.Context(), d.Read(), db.Selection{Table: "things", Columns: "t.id", Order: "t.rank", Limit: 9,
						Where: []db.Part{{SQL: "t.rank >= ?", Args: []any{0}}}}, "parent", []name{text})
				},
			} {
				if found, err := find(); err != nil || !slices.Equal(ids(found), []name{text}) {
					t.Errorf("%q as %s finds %q, %v", text, what, ids(found), err)
				}
			}
		}
		t.Run("are all found in a list, and none in an empty one", func(t *testing.T) {
			for _, want := range [][]name{odd(), {}} {
				found, err := db.Rows[*thing](t.Context(), d.Read(), "SELECT id FROM things WHERE "+d.Read().In("id")+" ORDER BY rank", db.List(d.Read(), want))
				if err != nil || !slices.Equal(ids(found), want) {
					t.Errorf("got %q, %v", ids(found), err)
				}
			}
		})
	})
}

func TestSelect(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		things(t, d)
		want := map[name][]name{}
		var rows []*thing
		for i := range 40 {
			parent := name(fmt.Sprintf("p%d", i%3))
			row := &thing{ID: name(fmt.Sprintf("t%02d", i)), Parent: parent, Rank: (i * 7) % 40, Done: i%2 == 0}
			rows = append(rows, row)
		}
		insert(t, d, rows...)
		slices.SortFunc(rows, func(a, b *thing) int { return b.Rank - a.Rank })
		for _, row := range rows {
			if row.Done {
				want[row.Parent] = append(want[row.Parent], row.ID)
			}
		}
		done := db.Selection{Table: "things", Columns: db.Columns[*thing](t.Context(), d.Read()), Order: "t.rank DESC", Limit: 4,
			Where: []db.Part{{SQL: "t.done = ?", Args: []any{true}}, {SQL: "t.rank < ?", Args: []any{1000}}}}
		parents := []name{"p2", "p0", "nobody", "p2", "p1"}
		t.Run("gives the first rows of each parent in one statement, each row once", func(t *testing.T) {
			ctx, count := db.WithCount(t.Context())
			found, err := db.SelectPerParent[*thing](ctx, d.Read(), done, "parent", parents)
			if err != nil || count.N() != 1 {
				t.Fatalf("%d statements, %v", count.N(), err)
			}
			got := map[name][]name{}
			for _, row := range found {
				got[row.Parent] = append(got[row.Parent], row.ID)
			}
			for parent, all := range want {
				if !slices.Equal(got[parent], all[:4]) {
					t.Errorf("%s has %v, want %v", parent, got[parent], all[:4])
				}
			}
		})
		t.Run("counts the rows of each parent, beyond the limit", func(t *testing.T) {
			counts, err := db.CountPerParent(t.Context(), d.Read(), done, "parent", parents)
			if err != nil || len(counts) != 3 {
				t.Fatalf("got %v, %v", counts, err)
			}
			for parent, all := range want {
				if counts[parent] != len(all) {
					t.Errorf("%s has %d, want %d", parent, counts[parent], len(all))
				}
			}
		})
		t.Run("gives and counts the rows of the whole table", func(t *testing.T) {
			found, err := db.Select[*thing](t.Context(), d.Read(), done)
			if err != nil || len(found) != 4 || found[0].Rank < found[3].Rank {
				t.Errorf("got %v, %v", ids(found), err)
			}
			if n, err := db.CountAll(t.Context(), d.Read(), done); err != nil || n != 20 {
				t.Errorf("counted %d, %v", n, err)
			}
		})
		t.Run("writes as many question marks as there are values", func(t *testing.T) {
			if got := db.Placeholders(0) + "|" + db.Placeholders(1) + "|" + db.Placeholders(3); got != "|?|?, ?, ?" {
				t.Errorf("got %s", got)
			}
		})
	})
}

func TestMoments(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		things(t, d)
		noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		moments := []time.Time{noon.AddDate(-100, 0, 0), noon.Add(-time.Second), noon, noon.Add(time.Millisecond), noon.Add(90 * time.Millisecond), noon.Add(100 * time.Millisecond),
			noon.Add(120 * time.Millisecond), noon.Add(999 * time.Millisecond), noon.Add(time.Second), noon.AddDate(0, 0, 1), noon.AddDate(7000, 0, 0)}
		var want []name
		for i := range moments {
			j := (i * 4) % len(moments) // stored in another order
			insert(t, d, &thing{ID: name(fmt.Sprintf("%02d", j)), At: new(moments[j].In(time.FixedZone("", -9*3600+1800)))})
			want = append(want, name(fmt.Sprintf("%02d", i)))
		}
		t.Run("come in the order of time", func(t *testing.T) {
			found, err := db.Rows[*thing](t.Context(), d.Read(), "SELECT id, at FROM things ORDER BY at")
			if err != nil || !slices.Equal(ids(found), want) {
				t.Errorf("got %v, %v", ids(found), err)
			}
		})
		for i, at := range moments {
			t.Run("are found by "+strings.ReplaceAll(at.Format(time.RFC3339Nano), "/", "-"), func(t *testing.T) {
				for condition, list := range map[string][]name{"=": want[i : i+1], "<": want[:i], ">=": want[i:]} {
					found, err := db.Rows[*thing](t.Context(), d.Read(), "SELECT id FROM things WHERE at "+condition+" ? ORDER BY at", at.UTC())
					if err != nil || !slices.Equal(ids(found), list) {
						t.Errorf("%s gives %v, %v; want %v", condition, ids(found), err, list)
					}
					var built []*thing
					err = d.Read().NewSelect().Model(&built).Column("id").Where("at "+condition+" ?", at.In(time.FixedZone("", 3600))).OrderExpr("at").Scan(t.Context())
					if err != nil || !slices.Equal(ids(built), list) {
						t.Errorf("built, %s gives %v, %v; want %v", condition, ids(built), err, list)
					}
				}
			})
		}
	})
}
