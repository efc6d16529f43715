package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// serverVariable names the PostgreSQL server that .ci/engines offers.
const serverVariable = "KLANTKAART_TEST_POSTGRES"

// place says where offices are kept.
type place struct {
	engine, url, folder string
}

func defaultFolder() string { return filepath.Join(os.TempDir(), "klantkaart-bench") }

// find gives the database for an office of so many customers, and makes an empty one where there is none.
func (p place) find(ctx context.Context, customers int) (string, error) {
	server := os.Getenv(serverVariable)
	engine := p.engine
	if engine == "" {
		engine = "postgres"
		if server == "" {
			engine = "sqlite"
		}
	}
	switch {
	case p.url != "":
		return p.url, nil
	case engine == "sqlite":
		return fmt.Sprintf("sqlite:%s/office-%d.db", p.folder, customers), os.MkdirAll(p.folder, 0o700)
	case engine != "postgres":
		return "", fmt.Errorf("there is no engine %q", engine)
	case server == "":
		return "", fmt.Errorf("%s names no PostgreSQL server, and -database no database", serverVariable)
	}
	return databaseOn(ctx, server, fmt.Sprintf("klantkaart_bench_%d", customers))
}

// databaseOn gives the URL of a database on a server, and makes it where there is none.
func databaseOn(ctx context.Context, server, name string) (string, error) {
	address, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("%s is no URL", serverVariable)
	}
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		return "", err
	}
	if !exists {
		if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
			return "", err
		}
	}
	address.Path = "/" + name
	return address.String(), nil
}

// describe tells which engine it is, and whether it waits for the disk.
func describe(ctx context.Context, url string) (string, error) {
	var version string
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		pool, err := openPool(path, 1, map[string][]string{"mode": {"ro"}})
		if err != nil {
			return "", err
		}
		defer pool.Close()
		err = pool.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
		return "SQLite " + version + ", synchronous=FULL", err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT format('PostgreSQL %s, fsync=%s, synchronous_commit=%s, shared_buffers=%s',"+
		" current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers'))").Scan(&version)
	return version, err
}
