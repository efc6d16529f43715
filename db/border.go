package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// The second lock on the border between organizations. Every statement of the program carries its
// organization; on PostgreSQL row level security holds it to that, so that one that forgot to shows and
// changes nothing of a neighbour's. SQLite has no such lock.

// borderSetting is the setting of a connection that says whose rows it shows: an organization's id,
// everyone, or nothing.
const borderSetting = "klantkaart.organization"

// everyone stands for all organizations.
const everyone = "*"

type borderKey struct{}

// Within returns a context whose statements see and change rows of one organization only.
func Within(ctx context.Context, organization string) context.Context {
	if known, _ := ctx.Value(borderKey{}).(string); known == organization {
		return ctx
	}
	return context.WithValue(ctx, borderKey{}, organization)
}

// Everywhere returns a context whose statements see and change rows of all organizations: to find out whose a
// credential is, and for the chores of the installation, whoever happens to ask. Without it or Within they see nothing.
func Everywhere(ctx context.Context) context.Context { return Whole(Within(ctx, everyone)) }

// border tells whose rows statements of the context are for.
func border(ctx context.Context) string {
	organization, _ := ctx.Value(borderKey{}).(string)
	return organization
}

// errOtherBorder says that a transaction was handed a context of another organization than its own.
var errOtherBorder = errors.New("a transaction keeps to the organization that it began with")

// unlocked is the one table without the lock: it holds what search looks through, and is read for the keys of
// rows of search_entries only, which has it. PostgreSQL uses no index for LIKE where the lock is.
const unlocked = "search_texts"

// fence puts the lock on every table that has an organization, also on those of its owner's own making.
const fence = `
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.relname AS name, min(a.attname) AS owner
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND NOT a.attisdropped
            AND c.relname <> '` + unlocked + `' AND (a.attname = 'organization_id' OR (c.relname = 'organizations' AND a.attname = 'id'))
            AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'border')
        GROUP BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', found.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', found.name);
        EXECUTE format('CREATE POLICY border ON %I USING (%I = (SELECT current_setting(''` + borderSetting + `'', true)) OR (SELECT current_setting(''` + borderSetting + `'', true)) = ''` + everyone + `'')', found.name, found.owner);
    END LOOP;
END $$`

// putFence locks the tables that are not locked yet.
func (d *DB) putFence(ctx context.Context, on *sql.DB) error {
	if _, err := on.ExecContext(ctx, fence); err != nil {
		return d.describe("lock the tables of the", err)
	}
	return nil
}

// ErrBorderOpen says that the role of the database goes past row level security.
var ErrBorderOpen = errors.New("the database role is a superuser or has BYPASSRLS, so that PostgreSQL would not hold the border between organizations")

// CheckBorder tells whether the database holds the border: nil where it does, and on SQLite, which has no
// such lock; ErrBorderOpen when the role that the program connects as goes past it.
func (d *DB) CheckBorder(ctx context.Context) error {
	if d.engine != Postgres {
		return nil
	}
	var open bool
	err := d.reader.NewRaw("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").Scan(ctx, &open)
	if err != nil {
		return d.describe("check the border of the", err)
	}
	if open {
		return fmt.Errorf("check the border: %w", ErrBorderOpen)
	}
	return nil
}
