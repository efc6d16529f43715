package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// channel is the Redis channel on which nodes tell each other that logs have grown.
const channel = "klantkaart:signals"

// The relay's measures.
const (
	publishBudget = 100 * time.Millisecond // a signal that Redis does not take in this time is dropped
	queueLength   = 1024                   // signals waiting for Redis; more are dropped
)

// Relay passes signals between the nodes of an installation, over Redis. A signal that is lost costs
// time, never an event: listeners look at the log by themselves after the healing interval.
type Relay struct {
	client *redis.Client
	hub    *Hub
	queue  chan Signal
}

// NewRelay connects a hub to the other nodes. The URL looks like redis://user:password@host:6379/0; an
// error never repeats it.
func NewRelay(url string, hub *Hub) (*Relay, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the Redis URL cannot be read; it looks like redis://host:6379/0")
	}
	return &Relay{client: redis.NewClient(options), hub: hub, queue: make(chan Signal, queueLength)}, nil
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
// begins anew by itself, and because signals may have been missed then, everyone is woken.
func (r *Relay) Run(ctx context.Context) {
	go r.send(ctx)
	subscription := r.client.Subscribe(ctx, channel)
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

func (r *Relay) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-r.queue:
			r.sendOne(ctx, signal)
		}
	}
}

func (r *Relay) sendOne(ctx context.Context, signal Signal) {
	message, err := json.Marshal(signal)
	if err != nil {
		panic(fmt.Sprintf("a signal must marshal: %v", err))
	}
	ctx, cancel := context.WithTimeout(ctx, publishBudget)
	defer cancel()
	if err := r.client.Publish(ctx, channel, message).Err(); err != nil {
		slog.DebugContext(ctx, "signal not sent", slog.Any("error", err))
	}
}

// hear wakes the listeners that a message concerns; everyone, when it cannot tell whom.
func (r *Relay) hear(message any) {
	var signal Signal
	if heard, ok := message.(*redis.Message); ok && json.Unmarshal([]byte(heard.Payload), &signal) == nil {
		r.hub.Wake(signal)
		return
	}
	r.hub.WakeAll()
}
