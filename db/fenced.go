package db

import (
	"context"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// setBorder changes whose rows a connection shows, until it is changed again.
const setBorder = "SELECT set_config('" + borderSetting + "', $1, false)"

// fencedConnector opens connections that show the rows of one organization at a time.
type fencedConnector struct{ driver.Connector }

// Connect opens a connection that shows nobody's rows yet.
func (c fencedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &fenced{Conn: conn.(*stdlib.Conn)}, nil
}

// fenced is a connection that remembers whose rows it shows, so that only a change of organization costs
// anything: in front of a prepared reading it travels along with it, elsewhere it is a statement of its own.
type fenced struct {
	*stdlib.Conn
	shows string
	inTx  bool
}

// show has the connection show the rows that the context is for.
func (c *fenced) show(ctx context.Context) error {
	wanted := border(ctx)
	switch {
	case wanted == c.shows:
		return nil
	case c.inTx:
		return errOtherBorder
	}
	if _, err := c.Conn.Conn().Exec(ctx, setBorder, wanted); err != nil {
		if pgconn.SafeToRetry(err) {
			return driver.ErrBadConn
		}
		return err
	}
	c.shows = wanted
	return nil
}

// QueryContext sends a statement as bun makes it, with its values in its text, unless it says otherwise.
func (c *fenced) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.show(ctx); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, query, unprepared(args))
}

// ExecContext is QueryContext for statements without rows.
func (c *fenced) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.show(ctx); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, query, unprepared(args))
}

// unprepared keeps statements whose text holds their values out of the cache of prepared ones: no two are alike.
func unprepared(args []driver.NamedValue) []driver.NamedValue {
	if len(args) > 0 {
		return args
	}
	return []driver.NamedValue{{Ordinal: 1, Value: pgx.QueryExecModeExec}}
}

// BeginTx begins a transaction of one organization.
func (c *fenced) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.show(ctx); err != nil {
		return nil, err
	}
	tx, err := c.Conn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return &fencedTx{tx, c}, nil
}

type fencedTx struct {
	driver.Tx
	conn *fenced
}

// Commit ends the transaction.
func (t *fencedTx) Commit() error {
	t.conn.inTx = false
	return t.Tx.Commit()
}

// Rollback ends the transaction.
func (t *fencedTx) Rollback() error {
	t.conn.inTx = false
	return t.Tx.Rollback()
}

// read sends a prepared SELECT and has its rows scanned. A change of organization travels with it.
func (c *fenced) read(ctx context.Context, query string, args []any, scan func(pgx.Rows) error) error {
	wanted := border(ctx)
	if wanted == c.shows {
		rows, err := c.Conn.Conn().Query(ctx, query, args...)
		return scanned(rows, err, scan)
	}
	batch := &pgx.Batch{}
	batch.Queue(setBorder, wanted)
	batch.Queue(query, args...)
	c.shows = unsure // until both are known to have happened
	results := c.Conn.Conn().SendBatch(ctx, batch)
	_, err := results.Exec()
	if err == nil {
		rows, queryErr := results.Query()
		err = scanned(rows, queryErr, scan)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		c.shows = wanted
	}
	return err
}

// unsure is nobody's border: whatever is wanted next is set anew.
const unsure = "?"

func scanned(rows pgx.Rows, err error, scan func(pgx.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	return scan(rows)
}
