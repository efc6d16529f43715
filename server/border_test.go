package main

import (
	"slices"
	"strings"
	"testing"

	"klantkaart/db/dbtest"
)

func TestProductionWantsTheBorderHeld(t *testing.T) {
	t.Parallel()
	if !slices.Contains(dbtest.Engines(), dbtest.Postgres) {
		return // SQLite has no such lock
	}
	ordinary := dbtest.URL(t, dbtest.Postgres)
	for name, one := range map[string]struct {
		url, mode, open string
		code            int
	}{
		"an ordinary role":                       {ordinary, "production", "", succeeded},
		"a superuser":                            {dbtest.AsSuperuser(t, ordinary), "production", "", failed},
		"a superuser that the operator accepts":  {dbtest.AsSuperuser(t, ordinary), "production", "true", succeeded},
		"a superuser, for the demo office alone": {dbtest.AsSuperuser(t, ordinary), "demo", "", succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out := runProgram(t, map[string]string{"DATABASE_URL": one.url, "KLANTKAART_MODE": one.mode, "KLANTKAART_OPEN_BORDER": one.open}, "migrate")
			if code != one.code {
				t.Errorf("it exits with %d: %s", code, out)
			}
			if told := strings.Contains(out, "KLANTKAART_OPEN_BORDER"); told != (code == failed) {
				t.Errorf("it says %q", out)
			}
		})
	}
}
