package live_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// log is a log of numbers; reading it gives at most three at once.
type log struct {
	mu     sync.Mutex
	events []int64
	reads  int
	err    error
}

func (l *log) read(_ context.Context, after int64) ([]int64, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if l.err != nil {
		return nil, after, l.err
	}
	from := slices.IndexFunc(l.events, func(event int64) bool { return event > after })
	if from < 0 {
		return nil, after, nil
	}
	found := l.events[from:min(from+3, len(l.events))]
	return found, found[len(found)-1], nil
}

func (l *log) write(events ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, events...)
}

func (l *log) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *log) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

// following is a listener at work.
type following struct {
	mu   sync.Mutex
	sent []int64
	end  chan error
}

func (f *following) all() []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// followLog follows a log behind a place; at refuse the receiver takes no more.
func followLog(ctx context.Context, l *log, wake <-chan struct{}, after, refuse int64) *following {
	f := &following{end: make(chan error, 1)}
	go func() {
		f.end <- live.Follow(ctx, wake, after, l.read, func(event int64) bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.sent = append(f.sent, event)
			return event != refuse
		})
	}()
	return f
}

func TestFollow(t *testing.T) {
	t.Parallel()
	run := func(name string, body func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, body)
		})
	}
	run("sends what is there behind the place, then what comes with a wake-up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l, wake := &log{events: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9}}, make(chan struct{}, 1)
		f := followLog(ctx, l, wake, 1, 0)
		synctest.Wait()
		if got := f.all(); !slices.Equal(got, []int64{2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Fatalf("sent %v", got)
		}
		l.write(10, 11, 12, 13)
		wake <- struct{}{}
		synctest.Wait()
		if got := f.all(); !slices.Equal(got[8:], []int64{10, 11, 12, 13}) {
			t.Errorf("sent %v", got)
		}
		cancel()
		if err := <-f.end; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
	run("sleeps while nothing happens", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := &log{}
		f := followLog(ctx, l, nil, 0, 0)
		<-time.After(live.HealingInterval - time.Nanosecond)
		synctest.Wait()
		if l.count() != 1 {
			t.Errorf("read %d times", l.count())
		}
		cancel()
		if err := <-f.end; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
	run("finds by itself what no signal told of, within the healing interval", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := &log{}
		f := followLog(ctx, l, nil, 0, 0)
		synctest.Wait()
		l.write(1, 2)
		<-time.After(live.HealingInterval)
		synctest.Wait()
		if got := f.all(); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("sent %v", got)
		}
		cancel()
		if err := <-f.end; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
	run("misses nothing that is written while it reads", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hub, l := live.NewHub(), &log{}
		wake, stop := hub.Listen("delta", "C1")
		defer stop()
		f := followLog(ctx, l, wake, 0, 0)
		var want []int64
		for i := range int64(500) {
			l.write(i + 1)
			hub.Wake(signal("delta", "C1"))
			want = append(want, i+1)
		}
		synctest.Wait()
		if got := f.all(); !slices.Equal(got, want) {
			t.Errorf("sent %d of 500", len(got))
		}
		cancel()
		if err := <-f.end; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
	run("ends when the receiver takes no more", func(t *testing.T) {
		l := &log{events: []int64{1, 2, 3}}
		f := followLog(t.Context(), l, nil, 0, 2)
		if err := <-f.end; err != nil || !slices.Equal(f.all(), []int64{1, 2}) {
			t.Errorf("ended with %v after %v", err, f.all())
		}
	})
	run("ends with the error of the log", func(t *testing.T) {
		l, wake, broken := &log{events: []int64{1}}, make(chan struct{}, 1), errors.New("broken")
		f := followLog(t.Context(), l, wake, 0, 0)
		synctest.Wait()
		l.fail(broken)
		wake <- struct{}{}
		if err := <-f.end; !errors.Is(err, broken) {
			t.Errorf("ended with %v", err)
		}
	})
}
