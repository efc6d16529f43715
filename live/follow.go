package live

import (
	"context"
	"time"
)

// HealingInterval is how long a listener waits for a signal before it looks at the log all the same.
const HealingInterval = 10 * time.Second

// Read gives the next events behind a place in the log, in order, and the place behind the last of them.
// No events means that there are no more for now.
type Read[E any] func(ctx context.Context, after int64) (events []E, next int64, err error)

// Follow sends the events of a log behind a place, each once and in order, until the context ends or an
// event cannot be read. It reads until the log is dry, and then waits for a wake-up or the healing
// interval. The caller registers for wake-ups before it takes the place to begin at, so that nothing
// falls between.
func Follow[E any](ctx context.Context, wake <-chan struct{}, after int64, read Read[E], send func(E) bool) error {
	healing := time.NewTicker(HealingInterval)
	defer healing.Stop()
	for {
		events, next, err := read(ctx, after)
		if err != nil {
			return err
		}
		for _, event := range events {
			if !send(event) {
				return ctx.Err()
			}
		}
		after = next
		if len(events) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
		case <-healing.C:
		}
	}
}
