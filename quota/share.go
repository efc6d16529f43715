package quota

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// patience is how long Redis may take. Nobody waits for it but the exchange itself.
	patience = 250 * time.Millisecond
	// interval is how often Redis is told, while there is something to tell.
	interval = 100 * time.Millisecond
	// pause is how long Redis is left alone after it did not answer.
	pause = 2 * time.Second
	// atOnce is of how many keys Redis is told in one call: others wait for it meanwhile.
	atOnce = 256
	// keyPrefix begins the keys in Redis.
	keyPrefix = "klantkaart:quota:"
)

// exchangeScript adds what was used to what is known under each key, and gives what was used in all. Keys go by
// themselves once nothing is. Arguments are, for each key: the amount, how much there is at most, and the milliseconds
// in which that comes back; and first, how often that can be used.
var exchangeScript = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local told = {}
for i, key in ipairs(KEYS) do
	local amount, most, per = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
	local held = redis.call('HMGET', key, 'used', 'at')
	local used = 0
	if held[1] then used = math.max(0, tonumber(held[1]) - math.max(0, now - tonumber(held[2])) * most / per) end
	used = math.min(math.max(0, used + amount), ARGV[1] * most)
	if used > 0 then
		redis.call('HSET', key, 'used', string.format('%.3f', used), 'at', string.format('%.0f', now))
		redis.call('PEXPIRE', key, math.ceil(used * per / most) + 1000)
	else
		redis.call('DEL', key)
	end
	told[i] = string.format('%.3f', used)
end
return told`)

// Run exchanges with Redis what was used, until the context ends.
func (q *Quotas) Run(ctx context.Context) {
	if q.client == nil {
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := q.Exchange(ctx); err != nil && ctx.Err() == nil {
			slog.DebugContext(ctx, "quotas are counted here alone: Redis does not answer", slog.Any("error", err))
			ticker.Reset(pause)
			continue
		}
		ticker.Reset(interval)
	}
}

// Shared tells whether nodes know of each other what was used.
func (q *Quotas) Shared() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.client != nil && !q.alone
}

// Exchange tells Redis what was used since the last time, and learns what was used elsewhere. What it did not take for
// certain is not told again: rather too little is counted together than something twice.
func (q *Quotas) Exchange(ctx context.Context) error {
	for {
		batch, keys, arguments := q.batch()
		if len(batch) == 0 {
			return nil
		}
		asked, cancel := context.WithTimeout(ctx, patience)
		told, err := exchangeScript.Run(asked, q.client, keys, arguments...).StringSlice()
		cancel()
		q.learn(batch, told, err != nil)
		if err != nil {
			return err
		}
	}
}

// batch takes from what is to be told as much as goes at once.
func (q *Quotas) batch() (batch []*bucket, keys []string, arguments []any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	arguments = append(arguments, maxDebt)
	for b := range q.untold {
		if len(batch) == atOnce {
			break
		}
		delete(q.untold, b)
		batch, keys = append(batch, b), append(keys, nameOf(b.key))
		arguments = append(arguments, b.told, b.rate.Most, b.rate.Per.Milliseconds())
		b.told = 0
	}
	return batch, keys, arguments
}

// learn takes in what Redis told. What was used here meanwhile comes on top.
func (q *Quotas) learn(batch []*bucket, told []string, alone bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.alone = alone
	now := q.now()
	for i, text := range told {
		b := batch[i]
		used, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue // nothing that the script writes
		}
		b.pass(now)
		b.all = b.within(used + b.told)
	}
}

// nameOf names a key in Redis without what it holds: addresses of people may be in it.
func nameOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return keyPrefix + hex.EncodeToString(sum[:16])
}
