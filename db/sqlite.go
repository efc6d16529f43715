package db

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"runtime"

	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the pure Go driver "sqlite"
)

// openSQLite opens a file. One connection writes, so that writers queue in the process instead of
// failing with SQLITE_BUSY; a pool of read-only connections never waits for it (write-ahead log).
// synchronous=FULL: what is acknowledged survives a power cut.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := registerFunctions(); err != nil {
		return nil, err
	}
	if path == "" {
		return nil, errors.New(`the database URL "sqlite:" needs a file path behind it`)
	}
	writer, err := sql.Open("sqlite", sqliteDSN(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {
			"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
			"foreign_keys(1)", "cache_size(-16384)", "temp_store(2)",
		},
	}))
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	d := &DB{engine: SQLite, url: path}
	if err := writer.PingContext(ctx); err != nil { // makes the file, which the readers cannot
		return nil, errors.Join(d.describe("open", err), writer.Close())
	}
	reader, err := sql.Open("sqlite", sqliteDSN(path, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)", "query_only(1)", "cache_size(-16384)", "temp_store(2)"},
	}))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	d.writer = d.newBun(writer, sqlitedialect.New())
	d.reader = d.newBun(reader, sqlitedialect.New())
	return d, nil
}

// sqliteDSN adds what both pools share: times are written as bun writes them, in UTC.
func sqliteDSN(path string, settings url.Values) string {
	settings.Set("_time_format", "sqlite")
	settings.Set("_timezone", "UTC")
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
}
