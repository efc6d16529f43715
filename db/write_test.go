package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

var errChanged = errors.New("changed my mind")

// found adds an organization.
func found(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.NewRaw("INSERT INTO organizations (id, name, created_at) VALUES (?, 'x', '2026-01-01T00:00:00Z')", id).Exec(ctx)
	return err
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var told []string
		t.Run("keeps everything, and tells afterwards, in order", func(t *testing.T) {
			err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
				tx.AfterCommit(func() {
					told = append(told, fmt.Sprint("first, with ", number(t, d, "SELECT count(*) FROM organizations")))
				})
				tx.AfterCommit(func() { told = append(told, "second") })
				return errors.Join(found(ctx, tx, "a"), found(ctx, tx, "b"))
			})
			if err != nil || !slices.Equal(told, []string{"first, with 2", "second"}) {
				t.Errorf("got %v, told %v", err, told)
			}
		})
		t.Run("takes everything back on an error, and tells nobody", func(t *testing.T) {
			told = nil
			err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
				tx.AfterCommit(func() { told = append(told, "told") })
				return errors.Join(found(ctx, tx, "c"), errChanged)
			})
			if !errors.Is(err, errChanged) || len(told) > 0 {
				t.Errorf("got %v, told %v", err, told)
			}
		})
		t.Run("takes everything back on a panic, and stays usable", func(t *testing.T) {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				_ = d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
					_ = found(ctx, tx, "d")
					panic("oops")
				})
			}()
			if n := number(t, d, "SELECT count(*) FROM organizations"); n != 2 {
				t.Errorf("there are %d organizations, want 2", n)
			}
			exec(t, d, "UPDATE organizations SET name = 'y'")
		})
		t.Run("tries again what lost to another transaction, and gives up in the end", func(t *testing.T) {
			for _, one := range []struct{ losses, tries int }{{2, 3}, {99, 4}} {
				tries := 0
				told = nil
				err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
					tries++
					tx.AfterCommit(func() { told = append(told, "told") })
					if tries <= one.losses {
						return fmt.Errorf("save: %w", &pgconn.PgError{Code: "40001"})
					}
					return nil
				})
				if tries != one.tries || (err == nil) != (one.losses < 4) || len(told) > 1 {
					t.Errorf("after %d losses: %d tries, %v, told %v", one.losses, tries, err, told)
				}
			}
		})
		t.Run("lets people who change the same row take turns", func(t *testing.T) {
			exec(t, d, "UPDATE organizations SET position = 0")
			var together sync.WaitGroup
			for range 10 {
				together.Go(func() {
					err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
						var position int
						lock := tx.ForUpdate(tx.NewSelect().Table("organizations").Column("position").Where("id = 'a'"))
						if err := lock.Scan(ctx, &position); err != nil {
							return err
						}
						_, err := tx.NewUpdate().Table("organizations").Set("position = ?", position+1).Where("id = 'a'").Exec(ctx)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			together.Wait()
			if n := number(t, d, "SELECT position FROM organizations WHERE id = 'a'"); n != 10 {
				t.Errorf("ten raises made %d", n)
			}
		})
	})
}

// TestDeadlock is about PostgreSQL alone: on SQLite writers queue.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		if engine != dbtest.Postgres {
			continue
		}
		d, err := db.Open(t.Context(), dbtest.AsSuperuser(t, dbtest.URL(t, engine))) // others may not set the timeout
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		exec(t, d, "INSERT INTO organizations (id, name, created_at) VALUES ('a', 'a', now()), ('b', 'b', now())")
		var tries atomic.Int32
		var met, together sync.WaitGroup
		met.Add(2)
		for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
			first := true
			together.Go(func() {
				err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
					tries.Add(1)
					if _, err := tx.NewRaw("SET LOCAL deadlock_timeout = '10ms'").Exec(ctx); err != nil {
						return err
					}
					for i, id := range order {
						if _, err := tx.NewRaw("UPDATE organizations SET position = position + 1 WHERE id = ?", id).Exec(ctx); err != nil {
							return err
						}
						if i == 0 && first { // each holds one and wants the other's
							first = false
							met.Done()
							met.Wait()
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		together.Wait()
		if tries.Load() < 3 { // more where the engine aborts both, which it may
			t.Errorf("it took %d tries: neither lost to the other", tries.Load())
		}
		if n := number(t, d, "SELECT sum(position)::int FROM organizations"); n != 4 {
			t.Errorf("four raises made %d", n)
		}
	}
}

func TestIsUnique(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, "INSERT INTO organizations (id, name, created_at) VALUES ('a', 'a', '2026-01-01T00:00:00Z')",
			"INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, created_at) VALUES ('a', 'u', 'u', 'u', 'u@a', 'ADMIN', FALSE, TRUE, '2026-01-01T00:00:00Z')")
		fail := func(statement string) error {
			err := d.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.NewRaw(statement).Exec(ctx)
				if err != nil {
					return fmt.Errorf("save: %w", err)
				}
				return nil
			})
			if err == nil {
				t.Fatalf("%s passed", statement)
			}
			return err
		}
		again := func(id, email, role string) error {
			return fail("INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, joined, created_at) VALUES ('a', '" + id +
				"', 'u', 'u', '" + email + "', '" + role + "', FALSE, FALSE, FALSE, '2026-01-01T00:00:00Z')")
		}
		for name, one := range map[string]struct {
			err        error
			email, key bool
		}{
			"the same address":  {err: again("v", "u@a", "ADMIN"), email: true},
			"the same id":       {err: again("u", "v@a", "ADMIN"), key: true},
			"an unknown role":   {err: again("v", "v@a", "BAAS")},
			"an unknown office": {err: fail("INSERT INTO number_series VALUES ('b', 'x', 1)")},
			"another error":     {err: errChanged},
			"no error":          {},
		} {
			if got := db.IsUnique(one.err, "users_by_email", "users.organization_id, users.email"); got != one.email {
				t.Errorf("%s: the index of addresses was violated: %v", name, got)
			}
			if got := db.IsUnique(one.err, "users_pkey", "users.organization_id, users.id"); got != one.key {
				t.Errorf("%s: the primary key was violated: %v", name, got)
			}
		}
	})
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := db.Everywhere(t.Context())
		read := func(ctx context.Context, conn db.Conn) int {
			n, err := db.CountAll(ctx, conn, db.Selection{Table: "organizations", Where: []db.Part{{SQL: "t.id <> ''"}}})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := read(ctx, d.Read())
		err := d.Snapshot(ctx, func(within context.Context, conn db.Conn) error {
			first := read(within, conn)
			if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return found(ctx, tx, "meanwhile") }); err != nil {
				return err
			}
			if second := read(within, conn); first != before || second != before {
				t.Errorf("it saw %d and then %d, want %d", first, second, before)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Snapshot(ctx, func(ctx context.Context, conn db.Conn) error {
			_, err := conn.NewRaw("UPDATE organizations SET name = 'y'").Exec(ctx)
			return err
		})
		if err == nil {
			t.Error("it wrote")
		}
		if after := read(ctx, d.Read()); after != before+1 {
			t.Errorf("%d are there, want %d", after, before+1)
		}
	})
}
