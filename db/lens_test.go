package db_test

import (
	"context"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestLens(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		everywhere := db.Everywhere(t.Context())
		err := store.Write(everywhere, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.NewRaw("INSERT INTO organizations (id, name, created_at) VALUES ('org_1', 'Een', ?), ('org_2', 'Twee', ?), ('org_3', 'Drie', ?)",
				"2026-11-23 09:00:00+00:00", "2026-11-23 09:00:00+00:00", "2026-11-23 09:00:00+00:00").Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		lens := &db.Lens{}
		lens.Only("organizations", db.Part{SQL: "id <> ?", Args: []any{"org_2"}})
		lens.Only("organizations", db.Part{SQL: "name <> ?", Args: []any{"Drie"}})
		through := db.Through(everywhere, lens)
		for _, one := range []struct {
			query string
			args  []any
			names string
		}{
			{"SELECT t.name FROM organizations AS t ORDER BY t.id", nil, "Een "},
			{"SELECT t.name FROM organizations AS t WHERE t.id >= ? ORDER BY t.id", []any{"org_1"}, "Een "},
			{"SELECT organizations.name FROM organizations WHERE organizations.id IN (SELECT o.id FROM organizations AS o WHERE o.id > ?) AND ? = 'x'", []any{"org_0", "x"}, "Een "},
			{"SELECT t.name FROM (SELECT ? AS id) AS p JOIN organizations AS t ON t.id = p.id OR t.id = ?", []any{"org_1", "org_3"}, "Een "},
		} {
			for context, want := range map[context.Context]string{through: one.names, db.Whole(through): ""} {
				rows, err := db.Rows[struct{ Name string }](context, store.Read(), one.query, one.args...)
				if err != nil {
					t.Fatalf("%s: %v", one.query, err)
				}
				names := ""
				for _, row := range rows {
					names += row.Name + " "
				}
				if want == "" && len(names) <= len(one.names) {
					t.Errorf("%s without the lens: %s", one.query, names)
				} else if want != "" && names != want {
					t.Errorf("%s: %s, want %s", one.query, names, want)
				}
			}
		}
		pages, err := db.SelectPerParent[struct{ ID string }](through, store.Read(), db.Selection{Table: "organizations", Columns: "t.id",
			Where: []db.Part{{SQL: "t.id <> ?", Args: []any{"x"}}}, Order: "t.id", Limit: 1}, "name", []string{"Een", "Twee", "Drie"})
		if err != nil || len(pages) != 1 || pages[0].ID != "org_1" {
			t.Errorf("of many parents: %v, %v", pages, err)
		}
	})
}
