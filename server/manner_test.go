package main

import (
	"net/http"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestIdempotencyHeader(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store, noBudget) // of which answers tell what is left
		create := func(name, key string) answer {
			t.Helper()
			got := o.ask(t, `mutation { createCustomer(input: {fields: {name: "`+name+`"}}) { customer { number } userErrors { code } } }`, "Idempotency-Key", key)
			expectStatus(t, got, http.StatusOK)
			return got
		}
		first := create("Oost B.V.", "bestelling-1")
		if again := create("Oost B.V.", "bestelling-1"); again.body != first.body {
			t.Errorf("the same key is answered with %s, want %s", again.body, first.body)
		}
		if other := create("West B.V.", "bestelling-1"); !strings.Contains(other.body, "IDEMPOTENCY_KEY_REUSED") {
			t.Errorf("the same key with something else is answered with %s", other.body)
		}
		if other := create("Oost B.V.", "bestelling-2"); other.body == first.body {
			t.Errorf("another key is answered with %s", other.body)
		}
		if none := create("Zuid B.V.", ""); !strings.Contains(none.body, "BAD_INPUT") {
			t.Errorf("an empty key is answered with %s", none.body)
		}
		const one = `createCustomer(input: {fields: {name: "Twee B.V."}}) { customer { number } }`
		if two := o.ask(t, "mutation { a: "+one+" b: "+one+" }", "Idempotency-Key", "bestelling-3"); !strings.Contains(two.body, "BAD_INPUT") || strings.Contains(two.body, `"number"`) {
			t.Errorf("a key for two mutations is answered with %s", two.body)
		}
	})
}

func TestDryRunTellsWhatWouldBeLogged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		got := o.ask(t, `mutation { createCustomer(input: {fields: {name: "Oost B.V."}}) @dryRun { customer { number name } userErrors { code } } }`)
		expectStatus(t, got, http.StatusOK)
		for _, want := range []string{`"dryRun":{"createCustomer":[{"kind":"CUSTOMER_CREATED"`, `{"field":"name","from":"","to":"Oost B.V."}`, `"name":"Oost B.V."`} {
			if !strings.Contains(got.body, want) {
				t.Errorf("the answer lacks %s: %s", want, got.body)
			}
		}
		if got := o.ask(t, `{ customers(stages: [PROSPECT, CUSTOMER]) { totalCount } }`); !strings.Contains(got.body, `"totalCount":0`) {
			t.Errorf("something was made: %s", got.body)
		}
	})
}
