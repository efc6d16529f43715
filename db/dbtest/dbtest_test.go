package dbtest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestEach(t *testing.T) {
	t.Parallel()
	t.Run("gives a migrated database", func(t *testing.T) {
		t.Parallel()
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			if got := organizations(t, d); got != 0 {
				t.Errorf("a fresh database has %d organizations, want none", got)
			}
		})
	})
	t.Run("keeps what one test writes from the others", func(t *testing.T) {
		t.Parallel()
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			found(t, d)
			if got := organizations(t, dbtest.Open(t, string(d.Engine()))); got != 0 {
				t.Errorf("the second database has %d organizations of the first", got)
			}
			if got := organizations(t, d); got != 1 {
				t.Errorf("the first database has %d organizations, want its own", got)
			}
		})
	})
}

func TestURL(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run("lets several nodes share a database on "+engine, func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t, engine)
			found(t, open(t, url))
			if got := organizations(t, open(t, url)); got != 1 {
				t.Errorf("the second node sees %d organizations, want 1", got)
			}
		})
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	var fills atomic.Int32
	template := dbtest.NewTemplate(func(ctx context.Context, d *db.DB) error {
		fills.Add(1)
		return insertOrganization(ctx, d, "a")
	})
	t.Cleanup(func() {
		if err := template.Drop(); err != nil {
			t.Error(err)
		}
		if got, want := fills.Load(), int32(len(dbtest.Engines())); got != want {
			t.Errorf("the template was filled %d times, want once per engine", got)
		}
	})
	dbtest.EachEngine(t, func(t *testing.T, engine string) {
		one, other := template.Open(t, engine), template.Open(t, engine)
		if err := insertOrganization(t.Context(), one, "b"); err != nil {
			t.Fatal(err)
		}
		if got := organizations(t, one); got != 2 {
			t.Errorf("the first copy has %d organizations, want what it was filled with and its own", got)
		}
		if got := organizations(t, other); got != 1 {
			t.Errorf("the second copy has %d organizations, want what it was filled with", got)
		}
	})
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

func organizations(t *testing.T, d *db.DB) int {
	t.Helper()
	var count int
	if err := d.Read().NewRaw("SELECT count(*) FROM organizations").Scan(db.Everywhere(t.Context()), &count); err != nil {
		t.Fatal(err)
	}
	return count
}

// found writes an organization.
func found(t *testing.T, d *db.DB) {
	t.Helper()
	if err := insertOrganization(t.Context(), d, "a"); err != nil {
		t.Fatal(err)
	}
}

func insertOrganization(ctx context.Context, d *db.DB, id string) error {
	return d.Write(db.Everywhere(ctx), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw("INSERT INTO organizations (id, name, created_at) VALUES (?, 'A', '2026-01-01T00:00:00Z')", id).Exec(ctx)
		return err
	})
}
