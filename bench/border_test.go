package main

import (
	"testing"

	"klantkaart/db/dbtest"
)

func TestAnOrdinaryRoleIsBehindTheBorder(t *testing.T) {
	t.Parallel()
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		free := filled(t, dbtest.Postgres, newOffice(1, 20))
		held, err := asOrdinary(t.Context(), free)
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, free, "customers"); n != 20 {
			t.Errorf("past the border there are %d customers", n)
		}
		store, _ := open(t, held)
		n, err := store.Read().NewSelect().Table("customers").Count(t.Context())
		if err != nil || n != 0 {
			t.Errorf("behind the border %d customers show to who names no office: %v", n, err)
		}
	})
	t.Run("sqlite has none", func(t *testing.T) {
		t.Parallel()
		if _, err := asOrdinary(t.Context(), "sqlite:office.db"); err == nil {
			t.Error("there is an ordinary role")
		}
	})
}
