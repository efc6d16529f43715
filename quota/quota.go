// Package quota bounds how much somebody may use within a time and hold at once, for all nodes of an installation together.
// Whoever asks is answered from memory and never waits: what was used or is held is told to Redis in the background, and
// what was or is elsewhere comes back with the answer.
package quota

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Rate is how much there is at most, and how long all of it takes to come back. It comes back evenly.
type Rate struct {
	Most int64
	Per  time.Duration
}

// Claim is how much is wanted of what stands under a key. One that wants more than there can be wants all.
type Claim struct {
	Key    string
	Rate   Rate
	Amount int64
}

// Left is what is left under a key, and when all of it will be.
type Left struct {
	Amount int64
	FullAt time.Time
}

const (
	// swept is from how many buckets on those that are full are let go.
	swept = 10_000
	// maxRemembered bounds the memory: where half of it is in use, what was used is forgotten.
	maxRemembered = 100_000
	// maxDebt is how often what there is at most can be used, by several nodes that did not know of each other yet. What
	// is beyond it is forgiven, so that nobody waits for longer than twice the time.
	maxDebt = 2
)

// Quotas are what is used, under keys.
type Quotas struct {
	now    func() time.Time
	client *redis.Client // nil without Redis

	mu      sync.Mutex
	buckets map[string]*bucket
	sweepAt int
	untold  map[*bucket]struct{} // of what Redis is to be told, and asked for
	alone   bool                 // Redis did not answer when it was last asked
}

// bucket is what is used under a key, as it was at a moment. It runs empty by itself.
type bucket struct {
	key  string
	rate Rate
	at   time.Time
	own  float64 // used here
	all  float64 // used by all nodes, as far as this one knows
	told float64 // how much of it Redis has still to be told
}

// New makes quotas, which are shared by the nodes of a Redis; without its URL they are those of this process.
func New(redisURL string, now func() time.Time) (*Quotas, error) {
	client, err := Connect(redisURL, patience)
	if err != nil {
		return nil, err
	}
	return &Quotas{now: now, client: client, buckets: map[string]*bucket{}, sweepAt: swept, untold: map[*bucket]struct{}{}}, nil
}

// Connect gives a way to a Redis that is not waited for: it is asked once, and dialled for so long at most. There is none
// without its URL.
func Connect(redisURL string, patience time.Duration) (*redis.Client, error) {
	if redisURL == "" {
		return nil, nil
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, errors.New("cannot be read; it looks like redis://host:6379/0")
	}
	options.MaxRetries, options.DialTimeout, options.ContextTimeoutEnabled = -1, patience, true
	return redis.NewClient(options), nil
}

// Close lets go of Redis.
func (q *Quotas) Close() error {
	if q.client == nil {
		return nil
	}
	return q.client.Close()
}

// Take uses what is claimed, of all claims or of none: then it tells which one has to wait, and how long.
func (q *Quotas) Take(claims ...Claim) (refused int, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	for i, claim := range claims {
		b := q.bucket(claim, now)
		if over := b.used() + b.wanted(claim.Amount) - float64(b.rate.Most); over > 0 {
			if due := b.rate.after(over); due > wait {
				refused, wait = i, due
			}
		}
	}
	if wait > 0 {
		return refused, wait
	}
	for _, claim := range claims {
		b := q.bucket(claim, now)
		b.use(b.wanted(claim.Amount))
	}
	return 0, 0
}

// Use uses what is claimed, whatever is left; an amount below zero gives back.
func (q *Quotas) Use(claims ...Claim) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	for _, claim := range claims {
		q.bucket(claim, now).use(float64(claim.Amount))
	}
}

// Look tells what is left under the claims' keys, in their order.
func (q *Quotas) Look(claims ...Claim) []Left {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	left := make([]Left, len(claims))
	for i, claim := range claims {
		b := q.bucket(claim, now)
		left[i] = Left{Amount: max(0, b.rate.Most-int64(math.Ceil(b.used()))), FullAt: now.Add(b.rate.after(b.used()))}
	}
	return left
}

// bucket is that of a claim, as it is now. The lock is held. Redis is asked about it soon.
func (q *Quotas) bucket(claim Claim, now time.Time) *bucket {
	b := q.buckets[claim.Key]
	if b == nil {
		q.makeRoom(now)
		b = &bucket{key: claim.Key, at: now}
		q.buckets[claim.Key] = b
	}
	b.rate = claim.Rate
	b.pass(now)
	if q.client != nil {
		q.untold[b] = struct{}{}
	}
	return b
}

// makeRoom lets go of what tells nothing any more.
func (q *Quotas) makeRoom(now time.Time) {
	if len(q.buckets) < q.sweepAt {
		return
	}
	for key, b := range q.buckets {
		if b.pass(now); b.used() == 0 && (b.told == 0 || q.client == nil) {
			delete(q.buckets, key)
			delete(q.untold, b)
		}
	}
	if len(q.buckets) > maxRemembered/2 {
		clear(q.buckets)
		clear(q.untold)
	}
	q.sweepAt = max(swept, 2*len(q.buckets))
}

// pass lets come back what has by now.
func (b *bucket) pass(now time.Time) {
	back := float64(b.rate.Most) * now.Sub(b.at).Seconds() / b.rate.Per.Seconds()
	b.at = now
	b.own, b.all = max(0, b.own-max(0, back)), max(0, b.all-max(0, back))
}

// used is what counts as used: what this node gave itself it does not forget, whatever Redis says.
func (b *bucket) used() float64 { return max(b.own, b.all) }

// use counts an amount, for Redis too.
func (b *bucket) use(amount float64) {
	b.own, b.all, b.told = b.within(b.own+amount), b.within(b.all+amount), b.told+amount
}

func (b *bucket) within(used float64) float64 {
	return min(max(0, used), maxDebt*float64(b.rate.Most))
}

func (b *bucket) wanted(amount int64) float64 { return float64(min(amount, b.rate.Most)) }

// after is how long an amount takes to come back.
func (r Rate) after(amount float64) time.Duration {
	return time.Duration(math.Ceil(amount / float64(r.Most) * float64(r.Per)))
}
