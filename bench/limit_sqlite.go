package main

import (
	"context"
	"database/sql"
	"net/url"
	"sync"
	"sync/atomic"
)

// limitSQLite keeps every statement prepared: one connection writes, a pool reads.
type limitSQLite struct {
	reader   *sql.DB
	writer   *sql.Conn
	writing  sync.Mutex
	sent     atomic.Int64
	prepared sync.Map // preparing to *sql.Stmt
}

// preparer is the pool or the connection that a statement runs on.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

type preparing struct {
	on   preparer
	text string
}

func openLimitSQLite(ctx context.Context, path string) (engine, error) {
	writer, err := openPool(path, 1, url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-16384)", "temp_store(2)"},
	})
	if err != nil {
		return nil, err
	}
	conn, err := writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := openPool(path, 4, url.Values{
		"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-16384)", "temp_store(2)"},
	})
	return &limitSQLite{writer: conn, reader: reader}, err
}

func openPool(path string, conns int, settings url.Values) (*sql.DB, error) {
	settings.Set("_time_format", "sqlite")
	settings.Set("_timezone", "UTC")
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

func (l *limitSQLite) lite() bool        { return true }
func (l *limitSQLite) statements() int64 { return l.sent.Load() }

func (l *limitSQLite) close() {
	l.reader.Close()
	l.writer.Close()
}

func (l *limitSQLite) statement(ctx context.Context, on preparer, text string) (*sql.Stmt, error) {
	if known, ok := l.prepared.Load(preparing{on, text}); ok {
		return known.(*sql.Stmt), nil
	}
	made, err := on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	known, _ := l.prepared.LoadOrStore(preparing{on, text}, made)
	return known.(*sql.Stmt), nil
}

func (l *limitSQLite) read(ctx context.Context, asks ...ask) error {
	return l.runAll(ctx, l.reader, asks)
}

func (l *limitSQLite) runAll(ctx context.Context, on preparer, asks []ask) error {
	for _, a := range asks {
		statement, err := l.statement(ctx, on, a.sql)
		if err != nil {
			return err
		}
		if err := l.ask(ctx, statement, a); err != nil {
			return err
		}
	}
	return nil
}

func (l *limitSQLite) ask(ctx context.Context, statement *sql.Stmt, a ask) error {
	l.sent.Add(1)
	if a.each == nil {
		_, err := statement.ExecContext(ctx, a.args...)
		return err
	}
	rows, err := statement.QueryContext(ctx, a.args...)
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

func (l *limitSQLite) write(ctx context.Context, change func(run func(asks ...ask) error) error) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	err := change(func(asks ...ask) error { return l.runAll(ctx, l.writer, asks) })
	if err != nil {
		_, _ = l.writer.ExecContext(ctx, "ROLLBACK") // the first error tells more
	}
	return err
}
