package main

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// engine runs the hand-written statements. Values are written as ?1, ?2, …
type engine interface {
	// read runs statements and hands the rows of each to its reader, in order.
	read(ctx context.Context, asks ...ask) error
	// write runs the change in one transaction, whose statements go through the given function.
	write(ctx context.Context, change func(run func(asks ...ask) error) error) error
	lite() bool
	statements() int64
	close()
}

// ask is a statement with its values and what is done with its rows.
type ask struct {
	sql  string
	args []any
	// begin and end run before the first and after the last row; they may be nil.
	begin, end func()
	each       func(row scanner) error // for every row; nil where none come back
}

func (a ask) start() {
	if a.begin != nil {
		a.begin()
	}
}

func (a ask) finish() {
	if a.end != nil {
		a.end()
	}
}

// scanner is a row, of either engine.
type scanner interface{ Scan(into ...any) error }

func openEngine(ctx context.Context, url string) (engine, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openLimitSQLite(ctx, path)
	}
	return openLimitPostgres(ctx, url)
}

// limitConns is the size of the pool that served best on two cores.
const limitConns = 6

// limitPostgres sends all statements of an answer in one round trip, each prepared once per connection,
// with plans that do not depend on the values.
type limitPostgres struct {
	pool    *pgxpool.Pool
	sent    atomic.Int64
	written sync.Map // text to its PostgreSQL form
}

func openLimitPostgres(ctx context.Context, url string) (engine, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = limitConns
	config.MinConns = limitConns
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return &limitPostgres{pool: pool}, err
}

func (l *limitPostgres) lite() bool        { return false }
func (l *limitPostgres) statements() int64 { return l.sent.Load() }
func (l *limitPostgres) close()            { l.pool.Close() }

// dollars writes ?1 as $1.
func (l *limitPostgres) dollars(text string) string {
	if known, ok := l.written.Load(text); ok {
		return known.(string)
	}
	written := strings.ReplaceAll(text, "?", "$")
	l.written.Store(text, written)
	return written
}

func (l *limitPostgres) read(ctx context.Context, asks ...ask) error {
	return l.run(ctx, l.pool, asks)
}

func (l *limitPostgres) write(ctx context.Context, change func(run func(asks ...ask) error) error) error {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	run := func(asks ...ask) error { return l.run(ctx, conn, asks) }
	if err := change(run); err != nil {
		_, _ = conn.Exec(ctx, "ROLLBACK") // the first error tells more
		return err
	}
	return nil
}

func (l *limitPostgres) run(ctx context.Context, on interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}, asks []ask) error {
	batch := &pgx.Batch{}
	for _, a := range asks {
		batch.Queue(l.dollars(a.sql), a.args...)
	}
	l.sent.Add(int64(len(asks)))
	results := on.SendBatch(ctx, batch)
	for _, a := range asks {
		if err := readAll(results, a); err != nil {
			_ = results.Close() // the first error tells more
			return err
		}
	}
	return results.Close()
}

func readAll(results pgx.BatchResults, a ask) error {
	if a.each == nil {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	a.start()
	for rows.Next() {
		if err := a.each(rows); err != nil {
			return err
		}
	}
	a.finish()
	return rows.Err()
}
