package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// emptyURL gives a database without any table.
func emptyURL(t *testing.T, engine string) string {
	t.Helper()
	if engine == dbtest.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "leeg.db")
	}
	url := dbtest.URL(t, engine)
	exec(t, open(t, url), "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
	return url
}

func open(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func exec(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.NewRaw(statement).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func number(t *testing.T, d *db.DB, query string) int {
	t.Helper()
	var n int
	if err := d.Read().NewRaw(query).Scan(db.Everywhere(t.Context()), &n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run("makes the tables on "+engine+", and does nothing the second time", func(t *testing.T) {
			t.Parallel()
			d := open(t, emptyURL(t, engine))
			for range 2 {
				if err := d.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := number(t, d, "SELECT count(*) FROM customers"); n != 0 {
				t.Errorf("there are %d customers", n)
			}
			if n, want := number(t, d, "SELECT count(*) FROM bun_migrations"), number(t, d, "SELECT count(DISTINCT name) FROM bun_migrations"); n == 0 || n != want {
				t.Errorf("%d migrations are noted, of %d names", n, want)
			}
		})
		t.Run("refuses a database that is newer on "+engine+", and leaves it alone", func(t *testing.T) {
			t.Parallel()
			d := open(t, dbtest.URL(t, engine))
			exec(t, d, "INSERT INTO bun_migrations (name, group_id) VALUES ('29990101000000', 99)")
			before := number(t, d, "SELECT count(*) FROM bun_migrations")
			if err := d.Migrate(t.Context()); !errors.Is(err, db.ErrNewer) {
				t.Errorf("got %v", err)
			}
			if after := number(t, d, "SELECT count(*) FROM bun_migrations"); after != before {
				t.Errorf("%d migrations became %d", before, after)
			}
		})
		if engine == dbtest.SQLite {
			continue // a file of its own belongs to one node
		}
		t.Run("lets several nodes start at once on "+engine, func(t *testing.T) {
			t.Parallel()
			url := emptyURL(t, engine)
			var together sync.WaitGroup
			for range 4 {
				d := open(t, url)
				together.Go(func() {
					if err := d.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			together.Wait()
			d := open(t, url)
			if n, want := number(t, d, "SELECT count(*) FROM bun_migrations"), number(t, d, "SELECT count(DISTINCT name) FROM bun_migrations"); n == 0 || n != want {
				t.Errorf("%d migrations are noted, of %d names", n, want)
			}
		})
	}
	t.Run("has one name for each state of the tables", func(t *testing.T) {
		t.Parallel()
		if hash := db.MigrationsHash(); len(hash) != 16 || hash != db.MigrationsHash() {
			t.Errorf("got %q", hash)
		}
	})
}
