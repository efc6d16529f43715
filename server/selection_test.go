package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestSelectionOfAsManyAsTheSchemaPromises(t *testing.T) {
	t.Parallel()
	const promised = 10_000
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			store := dbtest.Open(t, engine)
			o := open(t, store)
			var made struct {
				Data struct {
					CreateCustomer struct{ Customer struct{ ID crm.ID } }
				}
			}
			decode(t, o.ask(t, `mutation { createCustomer(input: {fields: {name: "Eerste"}}) { customer { id } } }`), &made)
			copies(t, store, made.Data.CreateCustomer.Customer.ID, promised+1)
			create := func(n int) (got struct {
				Data struct {
					CreateSelection struct {
						Selection  *struct{ Count int }
						UserErrors []struct{ Code string }
					}
				}
			}) {
				ids := make([]string, n)
				for i := range ids {
					ids[i] = copyID(i)
				}
				body, err := json.MarshalIndent(map[string]any{
					"query": `mutation($ids: [ID!]!) { createSelection(input: {cardType: CUSTOMER, ids: $ids}) {
						selection { count } userErrors { code } } }`,
					"variables": map[string]any{"ids": ids},
				}, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				decode(t, o.post(t, string(body), "Authorization", "Bearer "+o.token), &got)
				return got
			}
			if created := create(promised).Data.CreateSelection; created.Selection == nil || created.Selection.Count != promised {
				t.Errorf("the promised number gives %+v", created)
			}
			if refused := create(promised + 1).Data.CreateSelection; len(refused.UserErrors) != 1 || refused.UserErrors[0].Code != "LIMIT_EXCEEDED" {
				t.Errorf("one more gives %+v", refused)
			}
		})
	}
}

func decode(t *testing.T, got answer, into any) {
	t.Helper()
	expectStatus(t, got, http.StatusOK)
	if err := json.Unmarshal([]byte(got.body), into); err != nil {
		t.Fatalf("%v in %.300s", err, got.body)
	}
}

func copyID(i int) string { return fmt.Sprintf("cus_000000000000000000%07d0", i) }

// copies gives the office relations like one it has, numbered from 0.
func copies(t *testing.T, store *db.DB, of crm.ID, n int) {
	t.Helper()
	err := store.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO customers (organization_id, id, version, number, stage, name, name_key, sector_key, is_large_enterprise, is_government,
				city_key, language, vat_regime, created_at, updated_at)
			WITH RECURSIVE n(i) AS (SELECT 10000000 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT t.organization_id, 'cus_000000000000000000' || substr(CAST(i AS TEXT), 2) || '0', 1, CAST(i AS TEXT), t.stage, t.name, t.name_key,
				t.sector_key, t.is_large_enterprise, t.is_government, t.city_key, t.language, t.vat_regime, t.created_at, t.updated_at
			FROM n CROSS JOIN customers AS t WHERE t.id = ?`, 10_000_000+n, of).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
