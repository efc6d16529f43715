package db

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound says that the row asked for is not there.
var ErrNotFound = sql.ErrNoRows

var errRetry = errors.New("the transaction lost to another one")

// UniqueError says that a row with the same key exists.
type UniqueError struct {
	// Key names what must be unique: the constraint on PostgreSQL, its columns on SQLite.
	Key string
	err error
}

func (e *UniqueError) Error() string { return fmt.Sprintf("duplicate key %s: %v", e.Key, e.err) }
func (e *UniqueError) Unwrap() error { return e.err }

// IsUnique tells whether the error says that the named unique index was violated. SQLite does not tell
// an index's name in its error but the columns, so both are given.
func IsUnique(err error, index, columns string) bool {
	unique := translated[*UniqueError](err)
	return unique != nil && (unique.Key == index || unique.Key == columns)
}

func translated[E error](err error) E {
	var found E
	errors.As(translate(err), &found)
	return found
}

// translate turns the engines' errors into one language. What it does not know stays as it is.
func translate(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return translatePostgres(pg, err)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return translateSQLite(lite, err)
	}
	return err
}

func translatePostgres(pg *pgconn.PgError, err error) error {
	switch pg.Code {
	case "23505":
		return &UniqueError{Key: pg.ConstraintName, err: err}
	case "40001", "40P01":
		return fmt.Errorf("%w: %w", errRetry, err)
	}
	return err
}

func translateSQLite(lite *sqlite.Error, err error) error {
	switch lite.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		_, columns, _ := strings.Cut(lite.Error(), "UNIQUE constraint failed: ")
		columns, _, _ = strings.Cut(columns, " (")
		return &UniqueError{Key: columns, err: err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT:
		return fmt.Errorf("%w: %w", errRetry, err)
	}
	return err
}
