package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// maxPostgresConns keeps each pool small: on few cores more connections only wait for each other
// inside the database.
const maxPostgresConns = 8

// openPostgres opens two pools: what reads does not stand in line behind transactions that wait for each
// other's locks, least of all the live feed. Statements that bun builds carry their values in the text, so they are
// sent without preparing; the hot ones of this package are prepared and cached (see Rows).
func openPostgres(ctx context.Context, url string) (*DB, error) {
	d := &DB{engine: Postgres, url: url}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the PostgreSQL URL cannot be read; it looks like postgres://user:password@host:5432/name")
	}
	if config.RuntimeParams["plan_cache_mode"] == "" {
		config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "klantkaart"
	}
	config.RuntimeParams["timezone"] = "UTC"
	pools := [2]*sql.DB{}
	for i := range pools {
		pools[i] = sql.OpenDB(fencedConnector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(inUTC))})
		pools[i].SetMaxOpenConns(maxPostgresConns)
		pools[i].SetMaxIdleConns(maxPostgresConns)
	}
	d.reader, d.writer = d.newBun(pools[0], pgdialect.New()), d.newBun(pools[1], pgdialect.New())
	if err := pools[0].PingContext(ctx); err != nil {
		return nil, errors.Join(d.describe("reach", withoutURL(err)), d.Close())
	}
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
