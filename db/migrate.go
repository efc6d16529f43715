package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/migrate"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrationLock is the key of the PostgreSQL advisory lock under which nodes that start at the same
// moment migrate one after the other.
const migrationLock = 0x6b6c616e74 // "klant"

// ErrNewer says that the database was migrated by a newer version of the program.
var ErrNewer = errors.New("the database belongs to a newer version of klantkaart; start that version")

// Migrate brings the tables to this version. Several nodes may call it at once. A database that is
// newer than the binary is refused with ErrNewer and left alone.
func (d *DB) Migrate(ctx context.Context) error {
	if d.engine == Postgres {
		return d.migratePostgres(ctx)
	}
	return d.migrate(ctx, d.writer)
}

// migratePostgres uses a connection of its own: it holds the lock, and sends several statements at
// once, which the pool does not allow.
func (d *DB) migratePostgres(ctx context.Context) error {
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams[borderSetting] = everyone
	pool := stdlib.OpenDB(*config)
	defer pool.Close()
	lock, err := pool.Conn(ctx)
	if err != nil {
		return d.describe("reach", withoutURL(err))
	}
	defer lock.Close()
	if _, err := lock.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return d.describe("lock", err)
	}
	defer lock.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock) //nolint:errcheck // closing the connection unlocks too
	if err := d.migrate(ctx, bun.NewDB(pool, pgdialect.New())); err != nil {
		return err
	}
	return d.putFence(ctx, pool)
}

func (d *DB) migrate(ctx context.Context, on *bun.DB) error {
	migrations, err := discover()
	if err != nil {
		return err
	}
	migrator := migrate.NewMigrator(on, migrations,
		migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithTemplateData(map[string]bool{"SQLite": d.engine == SQLite, "Postgres": d.engine == Postgres}),
	)
	if err := migrator.Init(ctx); err != nil {
		return d.describe("migrate", err)
	}
	missing, err := migrator.MissingMigrations(ctx)
	if err != nil {
		return d.describe("migrate", err)
	}
	if len(missing) > 0 {
		return ErrNewer
	}
	group, err := migrator.Migrate(ctx)
	if err != nil {
		return d.describe("migrate", err)
	}
	if !group.IsZero() {
		return d.analyze(ctx, on.DB)
	}
	return nil
}

// analyze gives the planner its figures once tables were made or changed.
func (d *DB) analyze(ctx context.Context, on *sql.DB) error {
	if _, err := on.ExecContext(ctx, "ANALYZE"); err != nil {
		return d.describe("analyze", err)
	}
	return nil
}

func discover() (*migrate.Migrations, error) {
	migrations := migrate.NewMigrations()
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	if err := migrations.Discover(files); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return migrations, nil
}

// MigrationsHash names the state of the tables that this binary wants.
func MigrationsHash() string {
	sum := sha256.New()
	names, _ := fs.Glob(migrationFiles, "migrations/*.sql") // the pattern is constant and valid
	for _, name := range names {
		content, _ := migrationFiles.ReadFile(name) // embedded, so it can be read
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
