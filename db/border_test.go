package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// neighbours founds two offices, each with a colleague.
func neighbours(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
		for _, id := range []string{"a", "b"} {
			if err := found(ctx, tx, id); err != nil {
				return err
			}
			if err := hire(ctx, tx, id, "of "+id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func hire(ctx context.Context, tx *db.Tx, organization, id string) error {
	_, err := tx.NewRaw("INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, created_at)"+
		" VALUES (?, ?, 'x', 'x', ?, 'ADMIN', TRUE, TRUE, '2026-01-01T00:00:00Z')", organization, id, id).Exec(ctx)
	return err
}

// colleagues reads without a condition, as a statement does that forgot its own.
func colleagues(ctx context.Context, t *testing.T, c db.Conn) []string {
	t.Helper()
	rows, err := db.Rows[*thing](ctx, c, "SELECT t.id FROM users AS t ORDER BY t.id")
	if err != nil {
		t.Error(err)
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, string(row.ID))
	}
	return ids
}

func TestBorder(t *testing.T) { //nolint:tparallel // what is read follows what was written
	t.Parallel()
	if !slices.Contains(dbtest.Engines(), dbtest.Postgres) {
		return // SQLite has no such lock
	}
	d := dbtest.Open(t, dbtest.Postgres)
	neighbours(t, d)
	a, b := db.Within(t.Context(), "a"), db.Within(t.Context(), "b")
	expect := func(ctx context.Context, t *testing.T, want ...string) {
		t.Helper()
		if got := colleagues(ctx, t, d.Read()); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		var built []string
		if err := d.Read().NewSelect().Table("users").Column("id").Order("id").Scan(ctx, &built); err != nil || !slices.Equal(built, want) {
			t.Errorf("bun got %q, %v, want %q", built, err, want)
		}
	}
	t.Run("shows a statement that forgot its organization nothing of a neighbour's", func(t *testing.T) {
		expect(a, t, "of a")
		expect(b, t, "of b")
		expect(db.Everywhere(a), t, "of a", "of b")
		expect(db.Within(db.Everywhere(a), "b"), t, "of b")
	})
	t.Run("shows nothing to who says nothing", func(t *testing.T) {
		expect(t.Context(), t)
		expect(db.Within(t.Context(), "nobody"), t)
	})
	t.Run("changes nothing of a neighbour's, and writes nothing there", func(t *testing.T) {
		err := d.Write(a, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.NewRaw("UPDATE users SET name = 'y'").Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewRaw("DELETE FROM sessions").Exec(ctx)
			return err
		})
		if names := number(t, d, "SELECT count(*) FROM users WHERE name = 'y'"); err != nil || names != 1 {
			t.Errorf("changed %d colleagues, %v", names, err)
		}
		if err := d.Write(a, func(ctx context.Context, tx *db.Tx) error { return hire(ctx, tx, "b", "spy") }); err == nil {
			t.Error("somebody was hired for the neighbour")
		}
		expect(b, t, "of b")
	})
	t.Run("refuses a transaction another organization than its own", func(t *testing.T) {
		err := d.Write(a, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.NewRaw("DELETE FROM users").Exec(db.Everywhere(ctx))
			return err
		})
		if err == nil {
			t.Error("it was let through")
		}
		expect(db.Everywhere(a), t, "of a", "of b")
	})
	t.Run("knows whose a connection is after a statement that failed", func(t *testing.T) {
		for range 20 { // whatever connection comes next
			if _, err := db.Rows[*thing](b, d.Read(), "SELECT t.id FROM users AS t WHERE 1 / (SELECT count(*) FROM users WHERE id = 'none') > 0"); err == nil {
				t.Fatal("division by nothing succeeded")
			}
			expect(a, t, "of a")
		}
	})
	t.Run("keeps many who read at once apart", func(t *testing.T) {
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				ctx, want := a, "of a"
				if i%2 == 0 {
					ctx, want = b, "of b"
				}
				for range 25 {
					if got := colleagues(ctx, t, d.Read()); !slices.Equal(got, []string{want}) {
						t.Errorf("got %q, want %q", got, want)
					}
				}
			})
		}
		all.Wait()
	})
	t.Run("locks every table that has an organization", func(t *testing.T) {
		var open []string
		err := d.Read().NewRaw("SELECT c.relname FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"+
			" AND c.relname NOT LIKE 'bun_migration%' AND c.relname <> 'search_texts' AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))"+
			" ORDER BY 1").Scan(t.Context(), &open)
		if err != nil || len(open) > 0 {
			t.Errorf("open to all: %q, %v", open, err)
		}
	})
}

func TestCheckBorder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.CheckBorder(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if !slices.Contains(dbtest.Engines(), dbtest.Postgres) {
		return
	}
	t.Run("tells of a role that goes past it", func(t *testing.T) {
		t.Parallel()
		super, err := db.Open(t.Context(), dbtest.AsSuperuser(t, dbtest.URL(t, dbtest.Postgres)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = super.Close() })
		if err := super.CheckBorder(t.Context()); !errors.Is(err, db.ErrBorderOpen) {
			t.Errorf("got %v", err)
		}
	})
}
