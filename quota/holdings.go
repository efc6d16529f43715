package quota

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Holdings are what is held at the same time, under keys, on the other servers of an installation. Whoever asks is
// answered from memory: each server tells Redis in the background what it holds, and learns what the others do.
type Holdings struct {
	client *redis.Client // nil without Redis
	times  HoldingTimes
	place  string // where the servers are listed in Redis
	node   string // the name of this one
	known  atomic.Pointer[elsewhere]

	// Of the exchange alone.
	among int       // by how many servers what may be held is divided
	fewer int       // how often in a row there were fewer
	heard time.Time // when Redis last answered
}

// HoldingTimes say when servers tell each other what they hold; zero values stand for the usual ones.
type HoldingTimes struct {
	// Refresh is how often a server tells the others, and hears them: twice a second.
	Refresh time.Duration
	// Lease is for how long the others count what a server told last: three seconds.
	Lease time.Duration
}

// Held lists what this server holds: it tells of each key how much, and how much all servers together may.
type Held func(tell func(key string, count, most int))

// elsewhere is what other servers hold. It does not change once it is known.
type elsewhere struct {
	counts  map[string]int
	servers int
}

// holding is what a server holds under a key, and which part of what may be held is known to be.
type holding struct {
	key   string
	count int
	part  float64
}

const (
	// maxTold bounds what a server tells in a refresh: some 150 KB.
	maxTold = 4000
	// fewest is among how many servers a server thinks itself to be at least: to tell too much harms nobody.
	fewest = 2
	// believed is how often in a row there must be fewer servers before shares are larger.
	believed = 20
)

// NewHoldings makes holdings that are shared by the servers of a Redis; without its URL nothing is held elsewhere.
func NewHoldings(redisURL string, times HoldingTimes) (*Holdings, error) {
	client, err := Connect(redisURL, patience)
	if err != nil {
		return nil, err
	}
	h := &Holdings{client: client, place: heldPlace, node: rand.Text(), among: fewest,
		times: HoldingTimes{Refresh: cmp.Or(times.Refresh, 500*time.Millisecond), Lease: cmp.Or(times.Lease, 3*time.Second)}}
	h.forget()
	return h, nil
}

// Elsewhere tells how much the other servers hold under a key, as far as it matters: who holds less than an even share
// on every server is not told of.
func (h *Holdings) Elsewhere(key string) int { return h.known.Load().counts[key] }

// Servers tells how many servers know of each other, this one included: 1 while it is alone, or Redis is away.
func (h *Holdings) Servers() int { return h.known.Load().servers + 1 }

// Close lets go of Redis.
func (h *Holdings) Close() error {
	if h.client == nil {
		return nil
	}
	return h.client.Close()
}

// forget has this server count alone.
func (h *Holdings) forget() { h.known.Store(&elsewhere{}) }

// due is what the others have to know: what is more than an even share of what may still be held below the limit, here
// or, as the others told, in all. What nobody tells of is then below the limit, whoever holds it and wherever.
func (h *Holdings) due(held Held) string {
	others := h.known.Load().counts
	var due []holding
	held(func(key string, count, most int) {
		if all := count + others[key]; count > 0 && most > 0 && all > (most-1)/h.among {
			due = append(due, holding{key, count, float64(all) / float64(most)})
		}
	})
	if len(due) > maxTold {
		slices.SortFunc(due, func(a, b holding) int { return cmp.Compare(b.part, a.part) })
		due = due[:maxTold]
	}
	var text []byte
	for _, one := range due {
		text = append(append(append(text, one.key...), ' '), strconv.Itoa(one.count)...)
		text = append(text, ' ')
	}
	return string(text)
}

// learn takes in what each of the other servers told.
func (h *Holdings) learn(told []string) {
	now := &elsewhere{counts: map[string]int{}, servers: len(told)}
	for _, text := range told {
		words := strings.Fields(text)
		for i := 0; i+1 < len(words); i += 2 {
			if count, err := strconv.Atoi(words[i+1]); err == nil && count > 0 {
				now.counts[words[i]] += count
			}
		}
	}
	h.known.Store(now)
	h.divide(len(told) + 1)
}

// divide divides what may be held by the servers that there are. That there are fewer is believed later: a Redis that
// was emptied does not know of all at once.
func (h *Holdings) divide(servers int) {
	if h.fewer++; servers >= h.among || h.fewer >= believed {
		h.among, h.fewer = max(fewest, servers), 0
	}
}
