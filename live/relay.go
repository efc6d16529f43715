package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// channel is the Redis channel on which nodes tell each other that logs have grown.
const channel = "klantkaart:signals"

// The relay's measures.
const (
	publishBudget = 100 * time.Millisecond // a signal that Redis does not take in this time is dropped
	queueLength   = 1024                   // signals waiting for Redis; more are dropped
	pulse         = time.Second            // between looks at whether Redis answers
)

// Ears hear what other nodes tell.
type Ears interface {
	// Hear takes in a signal.
	Hear(signal Signal)
	// Suspect says that signals may have been missed.
	Suspect(ctx context.Context)
}

// Relay passes signals between the nodes of an installation, over Redis. A signal that is lost costs
// time, never an event: every node looks at the logs by itself now and then.
type Relay struct {
	client *redis.Client
	ears   Ears
	queue  chan Signal
	deaf   atomic.Bool
}

// errBadURL does not repeat the URL: it may hold a password.
var errBadURL = errors.New("the Redis URL cannot be read; it looks like redis://host:6379/0")

// NewRelay connects a node to the others. The URL looks like redis://user:password@host:6379/0; an error
// never repeats it.
func NewRelay(url string, ears Ears) (*Relay, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errBadURL
	}
	return &Relay{client: redis.NewClient(options), ears: ears, queue: make(chan Signal, queueLength)}, nil
}

// Deaf tells whether Redis did not answer when it was last asked: signals are being missed.
func (r *Relay) Deaf() bool { return r.deaf.Load() }

// listen notices when Redis stops and begins to answer. What was missed in between is looked up.
func (r *Relay) listen(ctx context.Context) {
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked, cancel := context.WithTimeout(ctx, pulse/2)
		err := r.Ping(asked)
		cancel()
		if was := r.deaf.Swap(err != nil); was && err == nil {
			r.ears.Suspect(ctx)
		}
	}
}

// Publish tells the other nodes of a signal. It never waits: a mutation does not depend on Redis.
func (r *Relay) Publish(signal Signal) {
	select {
	case r.queue <- signal:
	default:
	}
}

// Ping answers whether Redis can be reached.
func (r *Relay) Ping(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// Close lets go of Redis.
func (r *Relay) Close() error { return r.client.Close() }

// Run sends and receives signals until the context ends. Redis may be away meanwhile: the subscription
// begins anew by itself, and then the logs are looked at, because signals may have been missed.
func (r *Relay) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { r.send(ctx) })
	beside.Go(func() { r.listen(ctx) })
	subscription := r.client.Subscribe(ctx, channel)
	defer subscription.Close()
	messages := subscription.ChannelWithSubscriptions(redis.WithChannelSize(queueLength))
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-messages:
			r.hear(ctx, message)
		}
	}
}

// send tells Redis all that waits at once: one answer after another would hold up who writes faster than
// Redis answers.
func (r *Relay) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-r.queue:
			r.sendAll(ctx, append([]Signal{signal}, r.waiting()...))
		}
	}
}

func (r *Relay) waiting() (signals []Signal) {
	for range queueLength {
		select {
		case signal := <-r.queue:
			signals = append(signals, signal)
		default:
			return signals
		}
	}
	return signals
}

func (r *Relay) sendAll(ctx context.Context, signals []Signal) {
	together := r.client.Pipeline()
	for _, signal := range signals {
		message, err := json.Marshal(signal)
		if err != nil {
			panic(fmt.Sprintf("a signal must marshal: %v", err))
		}
		together.Publish(ctx, channel, message)
	}
	ctx, cancel := context.WithTimeout(ctx, publishBudget)
	defer cancel()
	if _, err := together.Exec(ctx); err != nil {
		slog.DebugContext(ctx, "signals not sent", slog.Int("count", len(signals)), slog.Any("error", err))
	}
}

// hear passes a signal on. What it cannot read, and a subscription that began anew, may hide others.
func (r *Relay) hear(ctx context.Context, message any) {
	var signal Signal
	if heard, ok := message.(*redis.Message); ok && json.Unmarshal([]byte(heard.Payload), &signal) == nil {
		r.ears.Hear(signal)
		return
	}
	r.ears.Suspect(ctx)
}
