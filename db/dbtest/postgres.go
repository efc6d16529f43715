package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"klantkaart/db"
)

const (
	// officeRole is whom the tests' databases belong to. It is nobody's superuser, so that row level security
	// holds for it; tests take it on after they connect as whom the server's URL says.
	officeRole = "klantkaart_test_owner"
	// templateLock is the key of the advisory lock under which test binaries that run side by side
	// make the one template they share.
	templateLock = 0x6b61617274 // "kaart"
	// dropTimeout bounds the cleaning up after a test, whose own context has ended by then.
	dropTimeout = 30 * time.Second
)

// postgresTemplate names the migrated, empty database that every test's database is a copy of.
var postgresTemplate = sync.OnceValues(makePostgresTemplate)

// postgresCopy copies a template for a test, drops it when the test ends, and gives its URL.
func postgresCopy(t testing.TB, made func() (name string, err error)) string {
	t.Helper()
	server := named(t, PostgresVariable)
	template, err := made()
	if err != nil {
		t.Fatalf("make the PostgreSQL template: %v", err)
	}
	name := "klantkaart_test_" + strings.ToLower(rand.Text())
	if err := copyPostgres(t.Context(), server, template, name); err != nil {
		t.Fatalf("copy the PostgreSQL template: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		if err := execute(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	address, err := onDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// makePostgresTemplate makes the template unless another test binary already has. Its name carries the
// state of the migrations, so that an old one is never taken for the new; it is renamed into place
// when complete, so that a half-made one is never taken at all.
func makePostgresTemplate() (string, error) {
	ctx := context.Background()
	server := os.Getenv(PostgresVariable)
	name := "klantkaart_template_" + db.MigrationsHash()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	// The lock is let go when the connection closes.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	var exists bool
	row := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
	if err := row.Scan(&exists); err != nil {
		return "", fmt.Errorf("look for the template: %w", err)
	}
	if exists {
		return name, nil
	}
	return name, buildPostgresTemplate(ctx, conn, server, name)
}

func buildPostgresTemplate(ctx context.Context, conn *pgx.Conn, server, name string) error {
	half := name + "_half"
	if _, err := conn.Exec(ctx, "DO $$ BEGIN CREATE ROLE "+officeRole+"; EXCEPTION WHEN duplicate_object THEN NULL; END $$"); err != nil {
		return fmt.Errorf("make the role of the tests: %w", err)
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + half, "CREATE DATABASE " + half + " OWNER " + officeRole} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	address, err := onDatabase(server, half)
	if err != nil {
		return err
	}
	if err := migrate(ctx, address); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+half+" RENAME TO "+name)
	return err
}

// copyPostgres copies a database file by file, as PostgreSQL before 15 always does: several times as fast as by its log,
// where nobody waits for a disk.
func copyPostgres(ctx context.Context, server, template, name string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	strategy := ""
	if version := conn.PgConn().ParameterStatus("server_version"); len(version) > 1 && version[:2] >= "15" {
		strategy = " STRATEGY FILE_COPY"
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+" OWNER "+officeRole+strategy)
	return errors.Join(err, conn.Close(ctx))
}

// execute runs one statement on the server: databases are made and dropped outside transactions.
func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// onDatabase is the server's URL with another database in it, as the role that it belongs to.
func onDatabase(server, name string) (string, error) {
	address, err := url.Parse(server)
	if err != nil || address.Scheme == "" {
		return "", fmt.Errorf("%s must be a URL such as postgres://user@host:5432/postgres", PostgresVariable)
	}
	address.Path = "/" + name
	query := address.Query()
	query.Set("role", officeRole)
	address.RawQuery = query.Encode()
	return address.String(), nil
}

// AsSuperuser gives the URL of a test's PostgreSQL database for the user of the server's own URL, who goes past
// row level security and may do everything; the URL of a SQLite database as it is.
func AsSuperuser(t testing.TB, address string) string {
	t.Helper()
	if !strings.HasPrefix(address, "postgres") {
		return address
	}
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := parsed.Query()
	query.Del("role")
	parsed.RawQuery = query.Encode()
	return parsed.String()
}
