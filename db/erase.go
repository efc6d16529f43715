package db

import (
	"context"
	"fmt"
	"slices"
)

// Erase deletes all rows of an organization, in every table that has such rows, and the organization itself. Those that
// refer to others go before them.
func (t *Tx) Erase(ctx context.Context, organization string) error {
	tables, err := t.tablesOfOrganizations(ctx)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := t.NewDelete().Table(table).Where("organization_id = ?", organization).Exec(ctx); err != nil {
			return fmt.Errorf("erase %s of %s: %w", table, organization, err)
		}
	}
	if _, err := t.NewDelete().Table("organizations").Where("id = ?", organization).Exec(ctx); err != nil {
		return fmt.Errorf("erase %s: %w", organization, err)
	}
	return nil
}

// tablesOfOrganizations are those whose rows are of one organization, each before the tables that it refers to.
func (t *Tx) tablesOfOrganizations(ctx context.Context) ([]string, error) {
	tables := "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'organization_id' ORDER BY table_name"
	references := "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid"
	if t.Engine() == SQLite {
		tables = "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name = 'organization_id' ORDER BY m.name"
		references = `SELECT m.name, f."table" FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND m.name <> f."table"`
	}
	var names []string
	if err := t.NewRaw(tables).Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	var from, to []string
	if err := t.NewRaw(references).Scan(ctx, &from, &to); err != nil {
		return nil, fmt.Errorf("list what tables refer to: %w", err)
	}
	return referrersFirst(names, from, to)
}

// referrersFirst orders names so that from[i] comes before to[i].
func referrersFirst(names, from, to []string) ([]string, error) {
	var ordered []string
	for left := names; len(left) > 0; {
		isNamed := func(name string) bool {
			for i := range to {
				if to[i] == name && slices.Contains(left, from[i]) {
					return true
				}
			}
			return false
		}
		free := slices.DeleteFunc(slices.Clone(left), isNamed)
		if len(free) == 0 {
			return nil, fmt.Errorf("tables refer to each other in a circle: %v", left)
		}
		ordered = append(ordered, free...)
		left = slices.DeleteFunc(slices.Clone(left), func(name string) bool { return slices.Contains(free, name) })
	}
	return ordered, nil
}
