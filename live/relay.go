package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// The Redis channels: on one nodes tell each other that logs have grown, on those with the prefix each hears itself.
const (
	channel     = "klantkaart:signals"
	echoChannel = "klantkaart:echo:"
)

// The relay's measures.
const (
	publishBudget = 100 * time.Millisecond // a signal that Redis does not take in this time is dropped
	queueLength   = 1024                   // signals waiting for Redis; more are dropped
	pulse         = 250 * time.Millisecond // between words that a node sends itself by way of Redis
	misses        = 2                      // of these that say that nothing is heard any more
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
	echo   string // the channel on which this node hears itself
	echoed atomic.Bool
	deaf   atomic.Bool
	doubt  chan struct{} // holds a word when signals may have been missed
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
	options.ContextTimeoutEnabled = true
	return &Relay{client: redis.NewClient(options), ears: ears, queue: make(chan Signal, queueLength), echo: echoChannel + rand.Text(), doubt: make(chan struct{}, 1)}, nil
}

// Deaf tells whether this node no longer hears itself by way of Redis: signals of others are being missed too.
func (r *Relay) Deaf() bool { return r.deaf.Load() }

// listen sends this node word of itself, the way that signals go. When it stops coming back and when it comes again,
// signals may have been missed.
func (r *Relay) listen(ctx context.Context) {
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	missed := 0
	for {
		sent, cancel := context.WithTimeout(ctx, pulse)
		_ = r.client.Publish(sent, r.echo, "").Err() // whether it arrived is heard
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		missed++
		if r.echoed.Swap(false) {
			missed = 0
		}
		if deaf := missed >= misses; r.deaf.Swap(deaf) != deaf {
			r.suspect()
		}
	}
}

// suspect says that signals may have been missed. It never waits.
func (r *Relay) suspect() {
	select {
	case r.doubt <- struct{}{}:
	default:
	}
}

// dispel has looked up what may have been missed, beside the hearing: the database may take its time.
func (r *Relay) dispel(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.doubt:
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
	beside.Go(func() { r.dispel(ctx) })
	subscription := r.client.Subscribe(ctx, channel, r.echo)
	defer subscription.Close()
	messages := subscription.ChannelWithSubscriptions(redis.WithChannelSize(queueLength))
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-messages:
			r.hear(message)
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
func (r *Relay) hear(message any) {
	switch heard := message.(type) {
	case *redis.Subscription:
		if heard.Channel == channel {
			r.suspect()
		}
	case *redis.Message:
		r.take(heard)
	}
}

func (r *Relay) take(heard *redis.Message) {
	var signal Signal
	switch {
	case heard.Channel == r.echo:
		r.echoed.Store(true)
	case json.Unmarshal([]byte(heard.Payload), &signal) == nil:
		r.ears.Hear(signal)
	default:
		r.suspect()
	}
}
