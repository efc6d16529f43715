package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgresStorage writes with COPY.
type postgresStorage struct{ conn *pgx.Conn }

func openStorage(ctx context.Context, url string) (storage, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return openSQLiteStorage(ctx, path)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "SET maintenance_work_mem = '1GB'; SET synchronous_commit = off; SET max_parallel_maintenance_workers = 2",
		pgx.QueryExecModeSimpleProtocol)
	return &postgresStorage{conn}, err
}

func (s *postgresStorage) close() { s.conn.Close(context.Background()) }

func (s *postgresStorage) prepare(ctx context.Context, office string) (map[string]int, error) {
	var known bool
	if err := s.conn.QueryRow(ctx, "SELECT to_regclass('bench_progress') IS NOT NULL").Scan(&known); err != nil {
		return nil, err
	}
	if !known {
		if err := s.layAside(ctx, office); err != nil {
			return nil, err
		}
	}
	rows, err := s.conn.Query(ctx, "SELECT step, done FROM bench_progress")
	if err != nil {
		return nil, err
	}
	done := make(map[string]int)
	var step string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&step, &n}, func() error { done[step] = n; return nil })
	if err != nil {
		return nil, err
	}
	return done, sameOffice(done, office)
}

// sameOffice refuses to go on in a database that holds another office.
func sameOffice(done map[string]int, office string) error {
	if _, same := done[office]; same {
		return nil
	}
	return fmt.Errorf("the database holds another office than that of %s; name another one, or drop it", office)
}

// layAside drops what slows down writing in bulk, and keeps how to bring it back.
func (s *postgresStorage) layAside(ctx context.Context, office string) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		var filled bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM organizations)").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return errNotOurs
		}
		_, err := tx.Exec(ctx, `
			CREATE TABLE bench_progress (step text PRIMARY KEY, done bigint NOT NULL);
			CREATE TABLE bench_later (n bigint GENERATED ALWAYS AS IDENTITY, statement text NOT NULL);
			INSERT INTO bench_later (statement)
				SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
				WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary AND i.indrelid::regclass::text NOT LIKE 'bun%'
				ORDER BY i.indrelid::regclass::text, c.relname;
			INSERT INTO bench_later (statement)
				SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
				WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY conrelid::regclass::text, conname;
			DO $$ DECLARE one record; BEGIN
				FOR one IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace LOOP
					EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.t, one.conname);
				END LOOP;
				FOR one IN SELECT i.indexrelid::regclass AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
					WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary AND i.indrelid::regclass::text NOT LIKE 'bun%' LOOP
					EXECUTE format('DROP INDEX %s', one.name);
				END LOOP;
			END $$`, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return fmt.Errorf("lay indexes aside: %w", err)
		}
		_, err = tx.Exec(ctx, "INSERT INTO bench_progress VALUES ($1, 1)", office)
		return err
	})
}

func (s *postgresStorage) write(ctx context.Context, step string, t table, rows [][]any, done int) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if len(rows) > 0 {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columnNames(), pgx.CopyFromRows(rows)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "INSERT INTO bench_progress VALUES ($1, $2) ON CONFLICT (step) DO UPDATE SET done = EXCLUDED.done", step, done)
		return err
	})
}

func (s *postgresStorage) later(ctx context.Context) ([]string, error) {
	rows, err := s.conn.Query(ctx, "SELECT statement FROM bench_later ORDER BY n")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (s *postgresStorage) restore(ctx context.Context, statement string) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM bench_later WHERE statement = $1", statement)
		return err
	})
}

// settle also marks the rows as visible to all, which an office that grew over the years would have.
func (s *postgresStorage) settle(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "VACUUM (ANALYZE)")
	return err
}
