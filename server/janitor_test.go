package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Minute)
		defer cancel()
		var rounds []time.Duration
		began := time.Now()
		repeat(ctx, 10*time.Minute, func(context.Context) { rounds = append(rounds, time.Since(began)) })
		if len(rounds) != 3 || rounds[0] != 10*time.Minute || rounds[2] != 30*time.Minute {
			t.Errorf("rounds were at %v", rounds)
		}
	})
}

func TestJanitor(t *testing.T) {
	t.Parallel()
	t.Run("goes by the settings", func(t *testing.T) {
		t.Parallel()
		dbtest.Each(t, func(t *testing.T, store *db.DB) {
			o := open(t, store, func(c *Config) { c.ReplayMinimum = 2 })
			o.node.config.ReplayWindow = -time.Hour // what happened this moment is old enough
			card := o.addCustomer(t)
			for range 4 {
				o.addAttention(t, card, "Bel eerst")
			}
			o.node.sweep(t.Context())
			if floor, events := kept(t, store); floor != 3 || events != 5 {
				t.Errorf("the floor is %d, %d events are left", floor, events)
			}
			o.node.config.History = time.Nanosecond
			for _, events := kept(t, store); events > 2; _, events = kept(t, store) {
				o.node.sweep(t.Context()) // until all of this moment is old
			}
			if floor, events := kept(t, store); floor != 3 || events != 2 {
				t.Errorf("the floor is %d, %d events are left", floor, events)
			}
			o.node.config.ReplayWindow, o.node.config.ReplayMinimum = time.Hour, 1
			o.node.sweep(t.Context())
			if floor, _ := kept(t, store); floor != 3 {
				t.Errorf("the floor is %d", floor)
			}
		})
	})
	t.Run("works while the server runs, and ends with it", func(t *testing.T) {
		t.Parallel()
		o, stop, ended := running(t, func(c *Config) { c.ReplayWindow, c.ReplayMinimum, c.SweepInterval = 0, 1, time.Millisecond })
		card := o.addCustomer(t)
		o.addAttention(t, card, "Bel eerst")
		for floor, _ := kept(t, o.node.store); floor != 1; floor, _ = kept(t, o.node.store) {
			<-time.After(time.Millisecond)
		}
		stop()
		if err := within(t, ended); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Run("says what it could not do", func(t *testing.T) {
		t.Parallel()
		store, err := db.Open(t.Context(), dbtest.URL(t, dbtest.SQLite))
		if err != nil {
			t.Fatal(err)
		}
		o := nodeOn(t, store)
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		o.node.sweep(t.Context())
		if len(logged.with("the janitor could not finish")) == 0 {
			t.Error("nothing was said")
		}
	})
}

// kept reads the floor of the only office, and how many events are left.
func kept(t *testing.T, store *db.DB) (floor, events int64) {
	t.Helper()
	err := store.Read().NewSelect().TableExpr("organizations").ColumnExpr("floor, (SELECT count(*) FROM events)").Scan(db.Everywhere(t.Context()), &floor, &events)
	if err != nil {
		t.Fatal(err)
	}
	return floor, events
}
