package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
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

// TestWhoHasComeInHoldsTheAddress migrates colleagues of before: those with a way in hold their address, those who were
// only invited do not.
func TestWhoHasComeInHoldsTheAddress(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			d := open(t, dbtest.URL(t, engine))
			exec(t, d, "DROP INDEX users_joined_email", "DROP INDEX users_by_email", "ALTER TABLE users DROP COLUMN joined", "CREATE UNIQUE INDEX users_email ON users (email)",
				"DELETE FROM bun_migrations WHERE name = '20261210000010'", "INSERT INTO organizations (id, name, created_at) VALUES ('a', 'a', '2026-01-01T00:00:00Z')",
				"INSERT INTO identity_providers (organization_id, id, version, name, issuer, client_id, domains, provisions, groups_claim, group_roles, allows_passwords, enabled, cookie_key, created_at)"+
					" VALUES ('a', 'p', 1, 'p', 'p', 'p', '[]', FALSE, 'groups', '[]', TRUE, TRUE, 'p', '2026-01-01T00:00:00Z')")
			for id, rest := range map[string]string{"active": "TRUE, NULL", "left": "FALSE, 'digest'", "linked": "FALSE, NULL", "invited": "FALSE, NULL"} {
				exec(t, d, "INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, created_at, active, password_hash)"+
					" VALUES ('a', '"+id+"', 'u', 'u', '"+id+"@a', 'ADMIN', FALSE, '2026-01-01T00:00:00Z', "+rest+")")
			}
			exec(t, d, "INSERT INTO identity_links (organization_id, id, provider_id, subject, user_id, created_at, valid_from)"+
				" VALUES ('a', 'l', 'p', 's', 'linked', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')")
			if err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			var joined []string
			if err := d.Read().NewRaw("SELECT id FROM users WHERE joined ORDER BY id").Scan(db.Everywhere(t.Context()), &joined); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(joined, []string{"active", "left", "linked"}) {
				t.Errorf("%v hold their address", joined)
			}
			// A server of the version before lets somebody in, and says nothing of it.
			exec(t, d, "UPDATE users SET active = TRUE WHERE id = 'invited'", "INSERT INTO organizations (id, name, created_at) VALUES ('b', 'b', '2026-01-01T00:00:00Z')")
			err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.NewRaw("INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, created_at, active)" +
					" VALUES ('b', 'same', 'u', 'u', 'invited@a', 'ADMIN', FALSE, '2026-01-01T00:00:00Z', FALSE)").Exec(ctx)
				return err
			})
			if !db.IsUnique(err, "users_joined_email", "users.email") {
				t.Errorf("the address of who was let in is taken elsewhere: %v", err)
			}
		})
	}
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
