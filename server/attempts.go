package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"klantkaart/crm"
	"klantkaart/quota"
)

const (
	// maxRemembered bounds the memory: beyond it, who failed before may try again.
	maxRemembered = 50_000
	// attemptBudget is how long Redis may take; then this server counts for itself.
	attemptBudget = 250 * time.Millisecond
	// attemptPause is how long Redis is left alone after it did not answer, so that not every sign-in waits for it.
	attemptPause = 5 * time.Second
	// attemptKeys begins the keys in Redis.
	attemptKeys = "klantkaart:attempts:"
)

// attempts slows down the guessing of passwords, codes and tokens. It counts in Redis, for all servers together;
// without Redis, or while that is away, each server counts for itself.
type attempts struct {
	own    *ownAttempts
	client *redis.Client // nil without Redis
	away   atomic.Int64  // until when Redis is left alone, in milliseconds
}

func openAttempts(redisURL string) (*attempts, error) {
	client, err := quota.Connect(redisURL, attemptBudget)
	if err != nil {
		return nil, err
	}
	return &attempts{own: newOwnAttempts(time.Now), client: client}, nil
}

// Close lets go of Redis.
func (a *attempts) Close() error {
	if a.client == nil {
		return nil
	}
	return a.client.Close()
}

// takeScript notes an attempt in the sorted set of each limit, unless one is full; then it tells for how many
// milliseconds that is. Keys are limits; arguments are, for each, how many and for how long, and last a name.
var takeScript = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
	local most, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
	redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
	if redis.call('ZCARD', key) >= most then
		local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
		wait = math.max(wait, tonumber(first[2]) + window - now)
	end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
	redis.call('ZADD', key, now, now .. ARGV[#ARGV])
	redis.call('PEXPIRE', key, ARGV[2 * i])
end
return 0`)

// Take notes an attempt under each limit, unless one is reached: then it tells how long to wait.
func (a *attempts) Take(ctx context.Context, limits ...crm.Limit) (wait time.Duration) {
	arguments := make([]any, 0, 2*len(limits)+1)
	for _, limit := range limits {
		arguments = append(arguments, limit.Most, limit.Window.Milliseconds())
	}
	arguments = append(arguments, rand.Text())
	taken := a.shared(ctx, func(ctx context.Context) error {
		milliseconds, err := takeScript.Run(ctx, a.client, keysOf(limits), arguments...).Int64()
		wait = time.Duration(milliseconds) * time.Millisecond
		return err
	})
	if !taken {
		return a.own.take(limits)
	}
	return wait
}

// Give takes the last attempt back, and where a success clears, all before it.
func (a *attempts) Give(ctx context.Context, limits ...crm.Limit) {
	given := a.shared(ctx, func(ctx context.Context) error {
		_, err := a.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, key := range keysOf(limits) {
				if limits[i].Clears {
					pipe.Del(ctx, key)
				} else {
					pipe.ZPopMax(ctx, key)
				}
			}
			return nil
		})
		return err
	})
	if !given {
		a.own.give(limits)
	}
}

// shared does something in Redis, and tells whether that was done.
func (a *attempts) shared(ctx context.Context, do func(context.Context) error) bool {
	if a.client == nil || time.Now().UnixMilli() < a.away.Load() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, attemptBudget)
	defer cancel()
	if err := do(ctx); err != nil {
		a.away.Store(time.Now().Add(attemptPause).UnixMilli())
		slog.WarnContext(ctx, "attempts are counted here alone: Redis does not answer")
		return false
	}
	return true
}

// keysOf names limits in Redis without what they hold: addresses of people.
func keysOf(limits []crm.Limit) []string {
	keys := make([]string, len(limits))
	for i, limit := range limits {
		sum := sha256.Sum256([]byte(limit.Key))
		keys[i] = attemptKeys + hex.EncodeToString(sum[:16])
	}
	return keys
}

// ownAttempts counts in this process.
type ownAttempts struct {
	now   func() time.Time
	mu    sync.Mutex
	times map[string]*tally
}

// tally is the attempts under one limit, oldest first.
type tally struct {
	at     []time.Time
	window time.Duration
}

func newOwnAttempts(now func() time.Time) *ownAttempts {
	return &ownAttempts{now: now, times: map[string]*tally{}}
}

func (o *ownAttempts) take(limits []crm.Limit) (wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	for _, limit := range limits {
		if noted := o.fresh(limit.Key, now); noted != nil && len(noted.at) >= limit.Most {
			wait = max(wait, noted.window-now.Sub(noted.at[0]))
		}
	}
	if wait > 0 {
		return wait
	}
	if len(o.times) >= maxRemembered {
		o.sweep(now)
	}
	for _, limit := range limits {
		noted := o.times[limit.Key]
		if noted == nil {
			noted = &tally{window: limit.Window}
			o.times[limit.Key] = noted
		}
		noted.at = append(noted.at, now)
	}
	return 0
}

// fresh drops the attempts that are too long ago; nil when none is left.
func (o *ownAttempts) fresh(key string, now time.Time) *tally {
	noted := o.times[key]
	if noted == nil {
		return nil
	}
	for len(noted.at) > 0 && now.Sub(noted.at[0]) >= noted.window {
		noted.at = noted.at[1:]
	}
	if len(noted.at) == 0 {
		delete(o.times, key)
		return nil
	}
	return noted
}

// sweep makes room.
func (o *ownAttempts) sweep(now time.Time) {
	for key := range o.times {
		o.fresh(key, now)
	}
	if len(o.times) >= maxRemembered {
		clear(o.times)
	}
}

func (o *ownAttempts) give(limits []crm.Limit) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, limit := range limits {
		noted := o.times[limit.Key]
		switch {
		case noted == nil:
		case limit.Clears || len(noted.at) == 1:
			delete(o.times, limit.Key)
		default:
			noted.at = noted.at[:len(noted.at)-1]
		}
	}
}
