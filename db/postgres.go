package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// maxPostgresConns keeps the pool small: on few cores more connections only wait for each other
// inside the database.
const maxPostgresConns = 8

// openPostgres opens a pool. Statements that bun builds carry their values in the text, so they are
// sent without preparing; the hot ones of this package are prepared and cached (see Rows).
func openPostgres(ctx context.Context, url string) (*DB, error) {
	d := &DB{engine: Postgres, url: url}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read; it looks like postgres://user:password@host:5432/name")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if config.RuntimeParams["plan_cache_mode"] == "" {
		config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "klantkaart"
	}
	config.RuntimeParams["timezone"] = "UTC"
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(inUTC))
	pool.SetMaxOpenConns(maxPostgresConns)
	pool.SetMaxIdleConns(maxPostgresConns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(d.describe("reach", withoutURL(err)), pool.Close())
	}
	d.reader = d.newBun(pool, pgdialect.New())
	d.writer = d.reader
	return d, nil
}

// withoutURL keeps the cause of a failed connection and drops the connection string, which pgx puts
// in front of it.
func withoutURL(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return errors.Unwrap(connect)
	}
	return err
}
