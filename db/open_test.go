package db_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	t.Run("makes the file of a SQLite store", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "een map? met % en #.db")
		d, err := db.Open(t.Context(), "sqlite:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("tells in one clear line what cannot be opened, and never the password", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{
			"", "mysql://root:geheim@127.0.0.1/x", "sqlite:", "sqlite:" + filepath.Join(t.TempDir(), "geen map", "x.db"),
			"postgres://klant:geheim@127.0.0.1:1/x", "postgres://klant:geheim@127.0.0.1:nul/x", "postgres://klant:geheim@[::1/x",
			"postgres://klant:geheim@127.0.0.1:1/x?sslmode=onzin", "postgres://klant:ge%zzheim@127.0.0.1/x",
		} {
			d, err := db.Open(t.Context(), url)
			if err == nil {
				t.Errorf("%q was opened", url)
				_ = d.Close()
				continue
			}
			for _, secret := range []string{"geheim", "heim", "klant:"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q tells %q: %v", url, secret, err)
				}
			}
		}
	})
	t.Run("answers a ping until it is closed", func(t *testing.T) {
		t.Parallel()
		for _, engine := range dbtest.Engines() {
			d, err := db.Open(t.Context(), dbtest.URL(t, engine))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Ping(t.Context()); err != nil {
				t.Errorf("%s does not answer: %v", engine, err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if err := d.Ping(context.Background()); err == nil {
				t.Errorf("%s answers when closed", engine)
			}
		}
	})
}

func TestCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, count := db.WithCount(db.Everywhere(t.Context()))
		before := d.Statements()
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.NewRaw("UPDATE organizations SET name = 'x'").Exec(ctx); err != nil {
				return err
			}
			_, err := db.Rows[*thing](ctx, tx.Conn, "SELECT id FROM organizations WHERE id = ?", "x")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Rows[*thing](ctx, d.Read(), "SELECT id FROM organizations WHERE id = ?", "x"); err != nil {
			t.Fatal(err)
		}
		if count.N() != 3 || d.Statements()-before != 3 {
			t.Errorf("counted %d for the context and %d in all, want 3", count.N(), d.Statements()-before)
		}
		if d.PoolStats().MaxOpenConnections < 2 {
			t.Errorf("the pool has room for %d", d.PoolStats().MaxOpenConnections)
		}
	})
}
