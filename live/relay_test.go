package live_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"

	"klantkaart/db/dbtest"
	"klantkaart/live"
)

// node is a hub with its relay at work.
type node struct {
	*live.Hub
	*live.Relay
}

// ears let a hub hear.
type ears struct{ *live.Hub }

func (e ears) Hear(signal live.Signal) { e.Wake(signal) }
func (e ears) Suspect(context.Context) { e.WakeAll() }

// start runs a node until the test ends. It returns when the node hears the others: then everyone on it
// is woken.
func start(t *testing.T, url, office string) node {
	t.Helper()
	hub := live.NewHub()
	wake, stop := hub.Listen(office, "start")
	defer stop()
	relay, err := live.NewRelay(url, ears{hub})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { relay.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	<-wake
	return node{hub, relay}
}

func TestRelay(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		t.Run("wakes those on other nodes whom a signal concerns", func(t *testing.T) {
			t.Parallel()
			office := rand.Text()
			here, there := start(t, url, office), start(t, url, office)
			concerned, _ := there.Listen(office, "C1")
			other, _ := there.Listen(office, "C2")
			neighbour, _ := there.Listen(office+"buur", "C1")
			if err := here.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				here.Publish(signal(office, "C1", "CP1"))
				<-concerned
			}
			if rings(other) || rings(neighbour) {
				t.Error("woke someone whom it does not concern")
			}
		})
		t.Run("wakes everyone when Redis was away for a moment, and goes on", func(t *testing.T) {
			t.Parallel()
			office, line := rand.Text(), dbtest.NewLine(t, url)
			here, there := start(t, url, office), start(t, line.URL, office)
			wake, _ := there.Listen(office, "C1")
			line.Cut()
			<-wake
			here.Publish(signal(office, "C1"))
			<-wake
		})
		t.Run("knows that it hears nothing while Redis keeps its connections and is silent, and wakes everyone then and afterwards", func(t *testing.T) {
			t.Parallel()
			office, line := rand.Text(), dbtest.NewLine(t, url)
			there := start(t, line.URL, office)
			wake, _ := there.Listen(office, "C1")
			line.Hold()
			for !there.Deaf() {
				<-wake
			}
			line.Release()
			for there.Deaf() {
				<-wake
			}
		})
	})
}

func TestRelayWithoutRedis(t *testing.T) {
	t.Parallel()
	t.Run("never makes a change wait", func(t *testing.T) {
		t.Parallel()
		relay, err := live.NewRelay("redis://127.0.0.1:1/0", ears{live.NewHub()})
		if err != nil {
			t.Fatal(err)
		}
		for range 5000 {
			relay.Publish(signal("delta", "C1"))
		}
		if err := relay.Ping(t.Context()); err == nil {
			t.Error("nobody answered, and yet it is there")
		}
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("tells of a bad URL without repeating it", func(t *testing.T) {
		t.Parallel()
		for _, bad := range []string{"", "http://klant:geheim@host", "redis://klant:geheim@host/x", "redis://klant:ge%zzheim@host", "redis://h\x00"} {
			if _, err := live.NewRelay(bad, ears{live.NewHub()}); err == nil || strings.Contains(err.Error(), "heim") {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}
