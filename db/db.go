// Package db opens the store, SQLite or PostgreSQL, and treats both as equals: the same tables, the
// same transactions, the same errors. What differs between them is written down here and nowhere else.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// Engine names the database behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open store. It is safe for concurrent use.
type DB struct {
	engine Engine
	url    string
	// SQLite has one writing connection and a pool of read-only ones; PostgreSQL has a pool for each.
	writer, reader *bun.DB
	statements     atomic.Int64
	columns        sync.Map // reflect.Type to the text of Columns
	scans          sync.Map // reflect.Type to its targets
}

// Open connects to the store that the URL names: "sqlite:PATH" for a file of its own, or "postgres://…".
// It does not migrate. The error never holds the password in the URL.
func Open(ctx context.Context, url string) (*DB, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	}
	return nil, errors.New(`the database URL must begin with "sqlite:" or "postgres://"`)
}

// newBun puts bun over a pool. Columns that the binary does not know are left alone, so that a node of
// the previous version keeps working while the next one migrates.
func (d *DB) newBun(pool *sql.DB, dialect schema.Dialect) *bun.DB {
	b := bun.NewDB(pool, dialect, bun.WithDiscardUnknownColumns())
	return b.WithQueryHook(counter{d})
}

// Engine tells which engine the store runs on.
func (d *DB) Engine() Engine { return d.engine }

// Statements tells how many statements were sent since the store was opened.
func (d *DB) Statements() int64 { return d.statements.Load() }

// Ping answers whether the store can be reached.
func (d *DB) Ping(ctx context.Context) error { return d.reader.PingContext(ctx) }

// PoolStats tells how the pool of reading connections is used.
func (d *DB) PoolStats() sql.DBStats { return d.reader.Stats() }

// Close lets go of the store. On SQLite it first folds the write-ahead log into the file.
func (d *DB) Close() error {
	if d.engine == Postgres {
		return errors.Join(d.reader.Close(), d.writer.Close())
	}
	_, optimizeErr := d.writer.Exec("PRAGMA optimize")
	readErr := d.reader.Close()
	return errors.Join(optimizeErr, readErr, d.writer.Close())
}

// Read gives the connection for statements outside a transaction.
func (d *DB) Read() Conn {
	return Conn{IDB: d.reader, db: d, raw: d.reader.DB}
}

// Conn is what statements run on: the pool, or one transaction.
type Conn struct {
	bun.IDB
	db  *DB
	raw queryer
}

// queryer is what *sql.DB and *sql.Tx share.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Engine tells which engine the statements run on.
func (c Conn) Engine() Engine { return c.db.engine }

// ForUpdate locks the selected rows until the transaction ends. SQLite needs none: its one writer
// holds the whole file.
func (c Conn) ForUpdate(query *bun.SelectQuery) *bun.SelectQuery {
	if c.db.engine == Postgres {
		return query.For("UPDATE")
	}
	return query
}

// ForShare keeps the selected rows as they are until the transaction ends; others may read them so too.
func (c Conn) ForShare(query *bun.SelectQuery) *bun.SelectQuery {
	if c.db.engine == Postgres {
		return query.For("SHARE")
	}
	return query
}

// FirstFree puts the first row of a query that nobody else is claiming in front of a statement, as the table "first".
// It is looked for once: within the statement itself PostgreSQL may look anew for every row, and claim them all.
func (c Conn) FirstFree(query string) string {
	if c.db.engine == Postgres {
		query += " FOR UPDATE SKIP LOCKED"
	}
	return "WITH first AS MATERIALIZED (" + query + ") "
}

// Reference is a column that refers to the rows of a table.
type Reference struct{ Table, Column string }

// References tells which columns refer to a table whose key is an organization and an id.
func (c Conn) References(ctx context.Context, table string) ([]Reference, error) {
	query := `SELECT m.name AS "table", f."from" AS "column" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f` +
		` WHERE m.type = 'table' AND f."table" = ? AND f.seq = 1 ORDER BY 1, 2`
	if c.db.engine == Postgres {
		query = `SELECT r.relname AS "table", a.attname AS "column" FROM pg_constraint AS f JOIN pg_class AS r ON r.oid = f.conrelid` +
			` JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[2]` +
			` WHERE f.contype = 'f' AND f.confrelid = ?::text::regclass ORDER BY 1, 2`
	}
	found, err := Rows[Reference](ctx, c, query, table)
	if err != nil {
		return nil, fmt.Errorf("references to %s: %w", table, err)
	}
	return found, nil
}

// Exclude has transactions that name the same thing take turns, from here to their end. It comes before
// any lock on rows. SQLite needs none: its one writer holds the whole file.
func (t *Tx) Exclude(ctx context.Context, thing string) error {
	if t.db.engine != Postgres {
		return nil
	}
	_, err := t.NewRaw("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", thing).Exec(ctx)
	return err
}

// describe names the store in errors without its credentials.
func (d *DB) describe(action string, err error) error {
	return fmt.Errorf("%s %s database: %w", action, d.engine, err)
}
