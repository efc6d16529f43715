// Package dbtest gives every test fresh, migrated databases: SQLite always, PostgreSQL and Redis where
// the environment names them. `make test` names them all and demands them; a bare `go test` runs on
// SQLite alone and says so in its log.
package dbtest

import (
	"os"
	"sync"
	"testing"

	"klantkaart/db"
)

const (
	// PostgresVariable holds the URL of a PostgreSQL server on which tests may create databases.
	PostgresVariable = "KLANTKAART_TEST_POSTGRES"
	// RedisVariable holds the URL of a Redis server that tests may share.
	RedisVariable = "KLANTKAART_TEST_REDIS"
	// RequireVariable set to "all" turns a missing server into a failure.
	RequireVariable = "KLANTKAART_TEST_REQUIRE"
)

// The names of the engines, as Engines lists them and Open takes them.
const (
	SQLite   = string(db.SQLite)
	Postgres = string(db.Postgres)
)

// Each runs the body once per engine, side by side, each time on a fresh migrated database. The body
// is already parallel; it must not call t.Parallel itself.
func Each(t *testing.T, run func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachEngine(t, func(t *testing.T, engine string) { run(t, Open(t, engine)) })
}

// EachEngine runs the body once per engine, as Each does, for tests that make their databases themselves.
func EachEngine(t *testing.T, run func(t *testing.T, engine string)) {
	t.Helper()
	require(t, PostgresVariable)
	for _, engine := range Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			run(t, engine)
		})
	}
}

// Engines lists the engines that this run can test on.
func Engines() []string {
	if os.Getenv(PostgresVariable) == "" {
		return []string{SQLite}
	}
	return []string{SQLite, Postgres}
}

// Open opens a fresh migrated database on the engine and closes it when the test ends.
func Open(t testing.TB, engine string) *db.DB {
	t.Helper()
	return openAt(t, URL(t, engine))
}

// openAt opens the database at the URL and closes it when the test ends.
func openAt(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	return d
}

// URL makes a fresh migrated database on the engine, drops it when the test ends, and gives its URL:
// for tests that start whole servers, or several on one database.
func URL(t testing.TB, engine string) string {
	t.Helper()
	switch engine {
	case SQLite:
		return sqliteCopy(t, sqliteTemplate)
	case Postgres:
		return postgresCopy(t, postgresTemplate)
	}
	t.Fatalf("there is no engine %q", engine)
	return ""
}

// OnRedis runs the body as the subtest "redis" with the URL of the shared server. Redis delivers to
// every test at once, so the body must use names of its own.
func OnRedis(t *testing.T, run func(t *testing.T, url string)) {
	t.Helper()
	require(t, RedisVariable)
	if os.Getenv(RedisVariable) == "" {
		return
	}
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		run(t, RedisURL(t))
	})
}

// RedisURL gives the URL of the shared Redis server, and fails the test where there is none.
func RedisURL(t testing.TB) string {
	t.Helper()
	return named(t, RedisVariable)
}

// named reads a variable that the test cannot do without.
func named(t testing.TB, variable string) string {
	t.Helper()
	url := os.Getenv(variable)
	if url == "" {
		t.Fatalf("%s is not set; `make test` sets it", variable)
	}
	return url
}

// tell keeps the note about absent servers to one line per package and variable.
var tell sync.Map

// require fails the test when the run promises every server and this one is not named. Otherwise it
// notes, once, what the package is not tested on.
func require(t testing.TB, variable string) {
	t.Helper()
	if os.Getenv(variable) != "" {
		return
	}
	if os.Getenv(RequireVariable) == "all" {
		t.Fatalf("%s=all, but %s is not set", RequireVariable, variable)
	}
	if _, told := tell.LoadOrStore(variable, true); !told {
		t.Logf("%s is not set: these tests run without that server; `make test` runs them on all", variable)
	}
}
