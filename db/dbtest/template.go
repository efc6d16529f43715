package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"klantkaart/db"
)

// Template is a filled database that many tests begin with: filled once per engine, and copied for each test.
type Template struct {
	sqlite   func() (content []byte, err error)
	postgres func() (name string, err error)

	mu   sync.Mutex
	name string // of the template on PostgreSQL, while it is there
}

// NewTemplate says how a migrated, empty database is filled. It is, when a test first asks for a copy.
func NewTemplate(fill func(ctx context.Context, d *db.DB) error) *Template {
	p := &Template{}
	p.sqlite = sync.OnceValues(func() ([]byte, error) {
		return makeSQLiteTemplate(func(ctx context.Context, url string) error {
			return errors.Join(migrate(ctx, url), filled(ctx, url, fill))
		})
	})
	p.postgres = sync.OnceValues(func() (string, error) { return p.makeOnPostgres(fill) })
	return p
}

// Open copies the template for a test, as [Open] opens an empty database.
func (p *Template) Open(t testing.TB, engine string) *db.DB {
	t.Helper()
	if engine == Postgres {
		return openAt(t, postgresCopy(t, p.postgres))
	}
	return openAt(t, sqliteCopy(t, p.sqlite))
}

// Drop removes what is left on PostgreSQL, when the tests are over.
func (p *Template) Drop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.name == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
	defer cancel()
	return execute(ctx, os.Getenv(PostgresVariable), "DROP DATABASE "+p.name+" WITH (FORCE)")
}

// makeOnPostgres makes the template of this test binary: what it is filled with is this binary's own.
func (p *Template) makeOnPostgres(fill func(ctx context.Context, d *db.DB) error) (string, error) {
	empty, err := postgresTemplate()
	if err != nil {
		return "", err
	}
	ctx, server := context.Background(), os.Getenv(PostgresVariable)
	name := "klantkaart_filled_" + strings.ToLower(rand.Text())
	if err := copyPostgres(ctx, server, empty, name); err != nil {
		return "", err
	}
	p.mu.Lock()
	p.name = name
	p.mu.Unlock()
	address, err := onDatabase(server, name)
	if err != nil {
		return "", err
	}
	return name, filled(ctx, address, fill)
}

// filled opens the database at the URL and fills it.
func filled(ctx context.Context, url string, fill func(ctx context.Context, d *db.DB) error) error {
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(fill(ctx, d), d.Close())
}
