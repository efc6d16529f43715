package quota

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// heldPlace is the set of servers in Redis. What each of them holds is a text under its name behind that, which goes by
// itself once it is no longer refreshed.
const heldPlace = "klantkaart:held"

// refreshScript leaves what a server holds, for the time of a lease, and gives what each of the others left. Keys: the
// set of servers, what this one holds. Arguments: its name, what it holds, the milliseconds of the lease.
var refreshScript = redis.NewScript(`
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local told = {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
	if node ~= ARGV[1] then
		local held = redis.call('GET', KEYS[1] .. ':' .. node)
		if held then told[#told + 1] = held else redis.call('SREM', KEYS[1], node) end
	end
end
return told`)

// Run tells the others what is held here, and learns what they hold, until the context ends. Then this server's own goes
// from Redis at once, and it counts alone: it is not used any more, or its clients are on their way to the others.
func (h *Holdings) Run(ctx context.Context, held Held) {
	if h.client == nil {
		return
	}
	whole := context.WithoutCancel(ctx) // what was begun is heard out, so that nothing arrives behind the farewell
	ticker := time.NewTicker(h.times.Refresh)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := h.refresh(whole, held); err != nil {
			slog.DebugContext(ctx, "what is held is counted here alone: Redis does not answer", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	h.leave(whole)
}

// refresh exchanges once what is held. What the others told last counts as long as their leases would, though Redis be away.
func (h *Holdings) refresh(ctx context.Context, held Held) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked := time.Now()
	told, err := refreshScript.Run(ctx, h.client, []string{h.place, h.entry()}, h.node, h.due(held), h.times.Lease.Milliseconds()).StringSlice()
	if err != nil {
		if asked.Sub(h.heard) >= h.times.Lease {
			h.forget()
		}
		return err
	}
	h.heard = asked
	h.learn(told)
	return nil
}

// leave takes what this server told out of Redis. Without an answer it goes by itself.
func (h *Holdings) leave(ctx context.Context) {
	h.forget()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := h.client.TxPipelined(ctx, func(both redis.Pipeliner) error {
		both.Del(ctx, h.entry())
		both.SRem(ctx, h.place, h.node)
		return nil
	})
	if err != nil {
		slog.DebugContext(ctx, "what is held stays in Redis until it is not believed any more", slog.Any("error", err))
	}
}

// entry is the key under which this server tells what it holds.
func (h *Holdings) entry() string { return h.place + ":" + h.node }
