package live_test

import (
	"sync"
	"testing"

	"go.uber.org/goleak"

	"klantkaart/live"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// signal says that something happened on topics of an office.
func signal(office string, topics ...string) live.Signal {
	return live.Signal{OrganizationID: office, Position: 1, Topics: topics}
}

// rings tells whether a wake-up waits, and takes it.
func rings(wake <-chan struct{}) bool {
	select {
	case <-wake:
		return true
	default:
		return false
	}
}

func TestHub(t *testing.T) {
	t.Parallel()
	t.Run("wakes those who listen to a topic of the office, and nobody else", func(t *testing.T) {
		t.Parallel()
		hub := live.NewHub()
		one, _ := hub.Listen("delta", "C1")
		other, _ := hub.Listen("delta", "C1")
		elsewhere, _ := hub.Listen("delta", "C2")
		neighbour, _ := hub.Listen("buur", "C1")
		hub.Wake(signal("delta", "C1", "CP1"))
		if !rings(one) || !rings(other) || rings(elsewhere) || rings(neighbour) {
			t.Error("woke the wrong ones")
		}
		if rings(one) {
			t.Error("woke twice")
		}
	})
	t.Run("wakes once for many signals, and never waits for a listener", func(t *testing.T) {
		t.Parallel()
		hub := live.NewHub()
		wake, _ := hub.Listen("delta", "C1")
		for range 1000 {
			hub.Wake(signal("delta", "C1", "C1"))
		}
		if !rings(wake) || rings(wake) {
			t.Error("a thousand signals did not become one wake-up")
		}
	})
	t.Run("wakes everyone when signals may have been missed", func(t *testing.T) {
		t.Parallel()
		hub := live.NewHub()
		one, _ := hub.Listen("delta", "C1")
		neighbour, _ := hub.Listen("buur", "C1")
		hub.WakeAll()
		if !rings(one) || !rings(neighbour) {
			t.Error("someone sleeps on")
		}
	})
	t.Run("forgets who stops, however often", func(t *testing.T) {
		t.Parallel()
		hub := live.NewHub()
		wake, stop := hub.Listen("delta", "C1")
		stay, _ := hub.Listen("delta", "C1")
		stop()
		stop()
		hub.Wake(signal("delta", "C1"))
		if rings(wake) || !rings(stay) || hub.Listeners() != 1 {
			t.Errorf("%d listen", hub.Listeners())
		}
	})
	t.Run("can be used from everywhere at once", func(t *testing.T) {
		t.Parallel()
		hub := live.NewHub()
		var together sync.WaitGroup
		for range 8 {
			together.Go(func() {
				for range 200 {
					wake, stop := hub.Listen("delta", "C1")
					hub.Wake(signal("delta", "C1"))
					hub.WakeAll()
					if !rings(wake) {
						t.Error("did not wake")
					}
					stop()
				}
			})
		}
		together.Wait()
		if hub.Listeners() != 0 {
			t.Errorf("%d listen still", hub.Listeners())
		}
	})
}
