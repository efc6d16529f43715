package main

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

var errNotOurs = errors.New("the database is not empty and was not filled by bench; name another one")

// sqliteStorage writes with prepared inserts of many rows.
type sqliteStorage struct{ db *sql.DB }

// openSQLiteStorage does not wait for the disk: what a power cut destroys is made again.
func openSQLiteStorage(ctx context.Context, path string) (storage, error) {
	db, err := openPool(path, 1, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"journal_mode(WAL)", "synchronous(OFF)", "foreign_keys(0)", "cache_size(-262144)", "temp_store(2)"},
	})
	if err != nil {
		return nil, err
	}
	return &sqliteStorage{db}, db.PingContext(ctx)
}

func (s *sqliteStorage) close() { s.db.Close() }

func (s *sqliteStorage) prepare(ctx context.Context, office string) (map[string]int, error) {
	var known bool
	if err := s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'bench_progress')").Scan(&known); err != nil {
		return nil, err
	}
	if !known {
		if err := s.layAside(ctx, office); err != nil {
			return nil, err
		}
	}
	rows, err := s.db.QueryContext(ctx, "SELECT step, done FROM bench_progress")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done := make(map[string]int)
	for rows.Next() {
		var step string
		var n int
		if err := rows.Scan(&step, &n); err != nil {
			return nil, err
		}
		done[step] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return done, sameOffice(done, office)
}

// layAside drops what slows down writing in bulk, and keeps how to bring it back. The index of search
// is filled at the end, at once.
func (s *sqliteStorage) layAside(ctx context.Context, office string) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		var filled bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM organizations)").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return errNotOurs
		}
		for _, statement := range []string{
			"CREATE TABLE bench_progress (step TEXT PRIMARY KEY, done INTEGER NOT NULL)",
			"CREATE TABLE bench_later (n INTEGER PRIMARY KEY, statement TEXT NOT NULL, drops TEXT NOT NULL)",
			`INSERT INTO bench_later (statement, drops)
				SELECT sql, 'DROP ' || type || ' ' || name FROM sqlite_master
				WHERE sql IS NOT NULL AND type IN ('index', 'trigger') AND tbl_name NOT LIKE 'bun%' ORDER BY type, tbl_name, name`,
			"INSERT INTO bench_later (statement, drops) VALUES ('INSERT INTO search_index (search_index) VALUES (''rebuild'')', '')",
			"INSERT INTO bench_progress VALUES ('" + office + "', 1)",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return s.drop(ctx, tx)
	})
}

func (s *sqliteStorage) drop(ctx context.Context, tx *sql.Tx) error {
	drops, err := texts(tx.QueryContext(ctx, "SELECT drops FROM bench_later WHERE drops <> ''"))
	if err != nil {
		return err
	}
	for _, statement := range drops {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqliteStorage) write(ctx context.Context, step string, t table, rows [][]any, done int) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if err := insertAll(ctx, tx, t, rows); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO bench_progress VALUES (?, ?) ON CONFLICT (step) DO UPDATE SET done = excluded.done", step, done)
		return err
	})
}

// rowsAtOnce is how many rows one insert takes.
const rowsAtOnce = 50

func insertAll(ctx context.Context, tx *sql.Tx, t table, rows [][]any) error {
	for _, size := range []int{rowsAtOnce, 1} {
		whole := len(rows) / size * size
		if err := insert(ctx, tx, t, rows[:whole], size); err != nil {
			return err
		}
		rows = rows[whole:]
	}
	return nil
}

// insert writes rows, so many with each statement.
func insert(ctx context.Context, tx *sql.Tx, t table, rows [][]any, size int) error {
	if len(rows) == 0 {
		return nil
	}
	columns := t.columnNames()
	one := ", (" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	text := "INSERT INTO " + t.name + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.Repeat(one, size)[2:] //nolint:gosec // names of our own
	statement, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer statement.Close() //nolint:errcheck // what it wrote is checked
	for ; len(rows) > 0; rows = rows[size:] {
		if _, err := statement.ExecContext(ctx, slices.Concat(rows[:size]...)...); err != nil {
			return err
		}
	}
	return nil
}

func (s *sqliteStorage) later(ctx context.Context) ([]string, error) {
	return texts(s.db.QueryContext(ctx, "SELECT statement FROM bench_later ORDER BY n"))
}

func (s *sqliteStorage) restore(ctx context.Context, statement string) error {
	return s.within(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM bench_later WHERE statement = ?", statement)
		return err
	})
}

func (s *sqliteStorage) settle(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (s *sqliteStorage) within(ctx context.Context, change func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it has nothing to do
	if err := change(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// texts reads a column of text.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
