package graph_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
	"klantkaart/live"
)

// twoNodes are two on one store that share a key. What the first commits the second hears of, as relayed makes it.
func twoNodes(t *testing.T, store *db.DB, relayed func(live.Signal) live.Signal) (here, there *node) {
	t.Helper()
	vault, err := crm.NewVault(make([]byte, crm.KeyLength))
	if err != nil {
		t.Fatal(err)
	}
	here, there = &node{}, &node{}
	for on, signal := range map[*node]func(crm.Signal){
		here: func(signal crm.Signal) {
			told := here.feed.Signal(signal)
			told.Sealed = here.services.Events.Seal(signal)
			there.feed.Hear(relayed(told))
		},
		there: func(signal crm.Signal) { there.feed.Signal(signal) },
	} {
		if on.services, err = crm.New(store, crm.Options{Signal: signal, Vault: vault}); err != nil {
			t.Fatal(err)
		}
		on.feed = graph.NewLive(on.services, graph.LiveSettings{})
		on.exec = graph.NewExecutor(graph.NewSchema(on.services, on.feed), on.feed, graph.Settings{Timeout: time.Minute})
		t.Cleanup(on.feed.Close)
	}
	return here, there
}

// hearsOf has a customer renamed on one node, and gives what a stream on the other says and how often the log was read.
func hearsOf(t *testing.T, store *db.DB, names []string, relayed func(live.Signal) live.Signal) (titles []string, reads int64) {
	t.Helper()
	ctx, _, customer := signalled(t, store)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	here, there := twoNodes(t, store, relayed)
	next := shared(ctx, t, there, cardStream, map[string]any{"card": string(customer)})
	next()
	before, name := there.feed.Reads(), "Van der Velde"
	for _, following := range names {
		rename(ctx, t, here.services, customer, name, following)
		name = following
	}
	for range names {
		titles = append(titles, told(next).Changes[0].To.(string))
	}
	return titles, there.feed.Reads() - before
}

func TestWhatAnotherNodeSealedIsNotRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		titles, reads := hearsOf(t, store, []string{"Een", "Twee", "Drie"}, func(told live.Signal) live.Signal { return told })
		if len(titles) != 3 || titles[0] != "Een" || titles[1] != "Twee" || titles[2] != "Drie" {
			t.Errorf("heard of %q", titles)
		}
		if reads != 0 {
			t.Errorf("the log was read %d times", reads)
		}
	})
}

func TestWhatDoesNotOpenOrComesTooLateIsRead(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]func(sealed, before []byte) []byte{
		"nothing sealed": func([]byte, []byte) []byte { return nil },
		"not ours":       func([]byte, []byte) []byte { return []byte("{}") },
		"changed":        func(sealed, _ []byte) []byte { sealed = bytes.Clone(sealed); sealed[len(sealed)-1] ^= 1; return sealed },
		"the one before": func(_, before []byte) []byte { return before },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, store *db.DB) {
				var before []byte
				titles, reads := hearsOf(t, store, []string{"Een", "Twee"}, func(told live.Signal) live.Signal {
					before, told.Sealed = told.Sealed, sent(told.Sealed, before)
					return told
				})
				if len(titles) != 2 || titles[0] != "Een" || titles[1] != "Twee" {
					t.Errorf("heard of %q", titles)
				}
				if reads == 0 {
					t.Error("the log was not read")
				}
			})
		})
	}
}

func TestTheMessageOfAChangeNeedsNoStatement(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, _, customer := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		here, there := twoNodes(t, store, func(told live.Signal) live.Signal { return told })
		name := "Van der Velde"
		cost := func(following string, streams ...func() *message) int64 {
			before := store.Statements()
			rename(ctx, t, here.services, customer, name, following)
			name = following
			for _, next := range streams {
				if title := told(next).Card.Title; title != following {
					t.Errorf("a message shows %q, want %q", title, following)
				}
			}
			return store.Statements() - before
		}
		alone := cost("Een")
		var streams []func() *message
		for _, on := range []*node{here, there} {
			next := shared(ctx, t, on, cardStream, map[string]any{"card": string(customer)})
			next()
			streams = append(streams, next)
		}
		cost("Twee", streams...) // who did it is read once for a while
		if followed := cost("Drie", streams...); followed != alone {
			t.Errorf("a change took %d statements while two nodes told of it, and %d while none did", followed, alone)
		}
	})
}
