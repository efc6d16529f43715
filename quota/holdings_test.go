package quota

import (
	"context"
	"crypto/rand"
	"fmt"
	dice "math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"klantkaart/db/dbtest"
)

// patiently bounds every wait of these tests; none takes that long unless it fails.
const patiently = 20 * time.Second

// holder is a server that holds something.
type holder struct {
	*Holdings
	mu    sync.Mutex
	holds map[string]holding
}

// newHolder makes a server of an installation, which is the one whose servers are listed at that place.
func newHolder(t *testing.T, redisURL, place string, times HoldingTimes) *holder {
	t.Helper()
	h, err := NewHoldings(redisURL, times)
	if err != nil {
		t.Fatal(err)
	}
	h.place = place
	t.Cleanup(func() { _ = h.Close() })
	return &holder{Holdings: h, holds: map[string]holding{}}
}

// hold has it hold something under a key, of which all may hold no more than most.
func (h *holder) hold(key string, count int, most float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holds[key] = holding{key, count, most}
}

func (h *holder) held(tell func(key string, count, most int)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, one := range h.holds {
		tell(key, one.count, int(one.part))
	}
}

// start has it exchange until it is stopped.
func (h *holder) start(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx, h.held) })
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}

// exchange has servers exchange once, one after the other.
func exchange(t *testing.T, holders ...*holder) {
	t.Helper()
	for _, one := range holders {
		await(t, "Redis answers", func() bool { return one.refresh(t.Context(), one.held) == nil })
	}
}

func (h *holder) expect(t *testing.T, key string, want int) {
	t.Helper()
	if got := h.Elsewhere(key); got != want {
		t.Errorf("of %s others are known to hold %d, want %d", key, got, want)
	}
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patiently); !so(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come to that: %s", what)
		}
	}
}

// hurried are for tests that wait for leases to end, unhurried for those in which none may.
var (
	hurried   = HoldingTimes{Refresh: 5 * time.Millisecond, Lease: 200 * time.Millisecond}
	unhurried = HoldingTimes{Refresh: 5 * time.Millisecond, Lease: time.Hour}
)

func TestHoldings(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		for name, body := range map[string]func(t *testing.T, url, place string){
			"are known to the other servers":                           knownElsewhere,
			"are told above an even share, by all once one does":       toldAboveAShare,
			"are told of whenever the limit is reached, exactly":       toldAtTheLimit,
			"are told again after Redis forgot them":                   toldAgain,
			"are told in larger shares once a server is gone for good": shareAgain,
			"of a server that died are gone when its lease ends":       goneWithALease,
			"of a server that stops are gone at once":                  goneWithAFarewell,
			"are those of this server while Redis is away":             aloneWithoutRedis,
			"last as long as a lease when Redis does not answer once":  keptForALease,
			"are told up to a bound, what is nearest its limit first":  toldUpToABound,
			"leave nothing in Redis that stays":                        leaveNothing,
			"do not stumble over what no server tells, and count none": passOverNonsense,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				body(t, url, rand.Text())
			})
		}
	})
}

func knownElsewhere(t *testing.T, url, place string) {
	one, other, third := newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried)
	stranger := newHolder(t, url, place+"x", unhurried)
	one.hold("usr_a", 10, 20)
	other.hold("usr_a", 8, 20)
	other.hold("org_a", 4000, 5000)
	exchange(t, one, other, other, third, one, stranger)
	one.expect(t, "usr_a", 8)
	one.expect(t, "org_a", 4000)
	other.expect(t, "usr_a", 10)
	third.expect(t, "usr_a", 18)
	stranger.expect(t, "usr_a", 0)
	if one.Servers() != 3 || stranger.Servers() != 1 {
		t.Errorf("%d servers know of each other, and %d", one.Servers(), stranger.Servers())
	}
	other.hold("usr_a", 9, 20)
	exchange(t, other, one)
	one.expect(t, "usr_a", 9)
	other.hold("usr_a", 0, 20)
	exchange(t, other, one)
	one.expect(t, "usr_a", 0)
}

func toldAboveAShare(t *testing.T, url, place string) {
	one, other := newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried)
	one.hold("usr_a", 9, 20)
	other.hold("usr_a", 1, 20)
	exchange(t, one, other, one, other)
	one.expect(t, "usr_a", 0)
	other.expect(t, "usr_a", 0)
	one.hold("usr_a", 10, 20)
	exchange(t, one, other, other, one)
	other.expect(t, "usr_a", 10)
	one.expect(t, "usr_a", 1)
	one.hold("usr_a", 8, 20)
	exchange(t, one, other, other, one)
	other.expect(t, "usr_a", 0)
	one.expect(t, "usr_a", 0)
	one.hold("usr_any", 100, 0)
	exchange(t, one, other)
	other.expect(t, "usr_any", 0)
}

// toldAtTheLimit has servers hold whatever the dice say. Once they have told each other, each knows of whatever is held up
// to its limit how much that is, and never takes it for more.
func toldAtTheLimit(t *testing.T, url, place string) {
	seed := dice.Uint64()
	random := dice.New(dice.NewPCG(seed, 0))
	var servers []*holder
	for range 7 {
		servers = append(servers, newHolder(t, url, place, unhurried))
		total, limit := map[string]int{}, map[string]int{}
		for i := range 200 {
			key, most := fmt.Sprint("usr_", i), 1+random.IntN(30)
			limit[key] = most
			for _, one := range servers {
				count := random.IntN(1 + 3*most/(2*len(servers)+1) + 1)
				total[key] += count
				one.hold(key, count, float64(most))
			}
		}
		exchange(t, servers...) // and there is one more
		exchange(t, servers...) // and all know that
		for range 4 {           // one tells, the others hear it, they tell, and are heard: two seconds, as the decision says
			exchange(t, servers...)
		}
		for _, one := range servers {
			for key, all := range total {
				known := one.holds[key].count + one.Elsewhere(key)
				if known > all || all >= limit[key] && known != all {
					t.Fatalf("seed %d: of %d servers one takes %d for %d, where %d may be held", seed, len(servers), known, all, limit[key])
				}
			}
		}
	}
}

func toldAgain(t *testing.T, url, place string) {
	var servers []*holder
	for range 3 {
		servers = append(servers, newHolder(t, url, place, unhurried))
		servers[len(servers)-1].hold("usr_a", 7, 20)
	}
	exchange(t, servers...)
	exchange(t, servers...)
	client := servers[0].client
	for _, one := range servers {
		if err := client.Del(t.Context(), place, one.entry()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	exchange(t, servers...)
	servers[2].expect(t, "usr_a", 14)
	exchange(t, servers...)
	for _, one := range servers {
		one.expect(t, "usr_a", 14)
	}
}

func shareAgain(t *testing.T, url, place string) {
	one, other, third := newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried)
	one.hold("usr_a", 7, 20)
	exchange(t, one, other, third, one, one, other)
	other.expect(t, "usr_a", 7)
	third.leave(t.Context())
	for range believed {
		other.expect(t, "usr_a", 7)
		exchange(t, one, other)
	}
	exchange(t, one, other)
	other.expect(t, "usr_a", 0)
}

func goneWithALease(t *testing.T, url, place string) {
	dead, alive := newHolder(t, url, place, hurried), newHolder(t, url, place, hurried)
	dead.hold("usr_a", 20, 20)
	await(t, "the other knows", func() bool {
		exchange(t, dead, alive)
		return alive.Elsewhere("usr_a") == 20 && alive.Servers() == 2
	})
	await(t, "the other has forgotten", func() bool {
		exchange(t, alive)
		return alive.Elsewhere("usr_a") == 0 && alive.Servers() == 1
	})
	if there := alive.client.SMembers(t.Context(), place).Val(); len(there) != 1 || there[0] != alive.node {
		t.Errorf("Redis lists %v", there)
	}
}

func goneWithAFarewell(t *testing.T, url, place string) {
	leaving, staying := newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried)
	leaving.hold("usr_a", 20, 20)
	staying.hold("usr_a", 1, 20)
	stop := leaving.start(t)
	await(t, "both know", func() bool {
		exchange(t, staying)
		return staying.Elsewhere("usr_a") == 20 && leaving.Elsewhere("usr_a") == 1
	})
	stop()
	exchange(t, staying)
	staying.expect(t, "usr_a", 0)
	leaving.expect(t, "usr_a", 0)
}

func aloneWithoutRedis(t *testing.T, url, place string) {
	wire := dbtest.NewLine(t, url)
	here, there := newHolder(t, wire.URL, place, hurried), newHolder(t, url, place, hurried)
	here.hold("usr_a", 12, 20)
	there.hold("usr_a", 11, 20)
	here.start(t)
	there.start(t)
	known := func() bool { return here.Elsewhere("usr_a") == 11 && there.Elsewhere("usr_a") == 12 }
	await(t, "both know", known)
	wire.SetDown(true)
	await(t, "each is alone", func() bool {
		return here.Elsewhere("usr_a") == 0 && here.Servers() == 1 && there.Elsewhere("usr_a") == 0 && there.Servers() == 1
	})
	here.hold("usr_a", 13, 20)
	wire.SetDown(false)
	await(t, "both know anew", func() bool { return here.Elsewhere("usr_a") == 11 && there.Elsewhere("usr_a") == 13 })
}

func keptForALease(t *testing.T, url, place string) {
	wire := dbtest.NewLine(t, url)
	here, there := newHolder(t, wire.URL, place, unhurried), newHolder(t, url, place, unhurried)
	there.hold("usr_a", 20, 20)
	exchange(t, there, here)
	wire.SetDown(true)
	if err := here.refresh(t.Context(), here.held); err == nil {
		t.Error("the line is not cut")
	}
	here.expect(t, "usr_a", 20)
	here.heard = here.heard.Add(-time.Hour)
	if err := here.refresh(t.Context(), here.held); err == nil {
		t.Error("the line is not cut")
	}
	here.expect(t, "usr_a", 0)
}

func toldUpToABound(t *testing.T, url, place string) {
	one, other := newHolder(t, url, place, unhurried), newHolder(t, url, place, unhurried)
	for i := range maxTold + 100 {
		one.hold(fmt.Sprint("usr_", i), 10, 20)
	}
	for i := range 10 {
		one.hold(fmt.Sprint("usr_full_", i), 19, 20)
	}
	exchange(t, one, other)
	if many := len(other.known.Load().counts); many != maxTold {
		t.Errorf("%d are told of", many)
	}
	for i := range 10 {
		other.expect(t, fmt.Sprint("usr_full_", i), 19)
	}
}

func leaveNothing(t *testing.T, url, place string) {
	one := newHolder(t, url, place, HoldingTimes{})
	one.hold("usr_a", 20, 20)
	exchange(t, one)
	for _, key := range []string{place, one.entry()} {
		if ttl := one.client.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > 3*time.Second {
			t.Errorf("%s lasts %s", key, ttl)
		}
	}
	one.leave(t.Context())
	if left := one.client.Exists(t.Context(), place, one.entry()).Val(); left != 0 {
		t.Errorf("%d keys are left", left)
	}
}

func passOverNonsense(t *testing.T, url, place string) {
	one := newHolder(t, url, place, unhurried)
	for node, said := range map[string]string{"x": "usr_a -5 usr_b many usr_c 3 usr_d", "y": ""} {
		one.client.SAdd(t.Context(), place, node)
		one.client.Set(t.Context(), place+":"+node, said, time.Minute)
	}
	exchange(t, one)
	for key, want := range map[string]int{"usr_a": 0, "usr_b": 0, "usr_c": 3, "usr_d": 0} {
		one.expect(t, key, want)
	}
}

// TestHoldingsBesideASlowRedis has a Redis that takes connections and says nothing: only the exchange waits for it.
func TestHoldingsBesideASlowRedis(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	one := newHolder(t, "redis://"+listener.Addr().String(), rand.Text(), unhurried)
	one.hold("usr_a", 20, 20)
	exchanged := make(chan error, 1)
	go func() { exchanged <- one.refresh(t.Context(), one.held) }()
	connection, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	one.hold("usr_a", 21, 20)
	one.expect(t, "usr_a", 0)
	select {
	case err := <-exchanged:
		t.Errorf("the exchange did not wait: %v", err)
	default:
	}
	if err := <-exchanged; err == nil || one.Servers() != 1 {
		t.Errorf("the exchange ends with %v", err)
	}
}

func TestHoldingsWithoutRedis(t *testing.T) {
	t.Parallel()
	one := newHolder(t, "", rand.Text(), HoldingTimes{})
	one.hold("usr_a", 20, 20)
	one.Run(t.Context(), one.held) // returns, as there is nobody to tell
	one.expect(t, "usr_a", 0)
	if one.Servers() != 1 {
		t.Errorf("%d servers know of each other", one.Servers())
	}
}
