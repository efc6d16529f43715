package main

import (
	"math"
	"slices"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db/dbtest"
)

func TestGoal(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		goal      goal
		ours, hub float64
		want      string
	}{
		"none":                   {goal{}, 5, 1, ""},
		"kept":                   {atMost(16), 16, 1, "<= 16"},
		"missed":                 {atMost(16), 16.1, 100, "<= 16, missed"},
		"a ratio that is kept":   {ratio(1.5), 3, 2, "ratio <= 1.5"},
		"a ratio that is missed": {ratio(1.5), 3.1, 2, "ratio <= 1.5, missed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := one.goal.verdict(one.ours, one.hub); got != one.want {
				t.Errorf("told %q, want %q", got, one.want)
			}
		})
	}
	t.Run("a median is that of what was measured", func(t *testing.T) {
		t.Parallel()
		if got := median([]float64{9, 1, 5}); got != 5 || !math.IsNaN(median(nil)) {
			t.Errorf("got %g", got)
		}
	})
}

func TestPaced(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run("writes each event once, in the log's order of numbers, on "+engine, func(t *testing.T) {
			t.Parallel()
			o := newOffice(1, few)
			store, services := open(t, filled(t, engine, o))
			n := &ownNode{store: store, services: services, counts: &headcounts{last: map[string]*headcount{}}}
			actor, err := services.Sessions.Authenticate(t.Context(), o.token())
			if err != nil {
				t.Fatal(err)
			}
			var cards []string
			for i := range o.scale.customers {
				if c := o.customer(i); !c.archived {
					cards = append(cards, c.id)
				}
			}
			if err := n.learn(t.Context(), actor, cards); err != nil {
				t.Fatal(err)
			}
			const events = 20
			began := time.Now()
			made, err := paced(t.Context(), n.as(actor), cards[:3], events, 10_000)
			if err != nil {
				t.Fatal(err)
			}
			logged, err := services.Events.Log(t.Context(), actor.OrganizationID, 1, 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(made) != events || len(logged) != events {
				t.Errorf("%d were written and %d logged", len(made), len(logged))
			}
			for _, event := range logged {
				if at := made[event.Number]; at < began.UnixNano() || event.Kind != crm.CustomerUpdatedEvent || !slices.Contains(cards[:3], string(event.CardID)) {
					t.Errorf("%+v was acknowledged at %d", event, at)
				}
			}
		})
	}
}

func TestHubWriter(t *testing.T) {
	t.Parallel()
	w := &hubWriter{}
	if err := w.like([]byte(`{"payload":{"__typename":"Event","position":"old","kind":"X"}}`)); err != nil {
		t.Fatal(err)
	}
	if got := w.before + "new" + w.after; got != `{"payload":{"__typename":"Event","position":"new","kind":"X"}}` {
		t.Errorf("would send %s", got)
	}
	if err := w.like([]byte(`{"payload":{}}`)); err == nil {
		t.Error("took a message without a position")
	}
}
