package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// measureNodes takes down what a node holds while nobody listens.
func (r *run) measureNodes(ctx context.Context) error {
	for _, n := range r.stage.nodes {
		figures, err := n.metrics(ctx)
		if err != nil {
			return err
		}
		r.stage.baselines = append(r.stage.baselines, figures)
	}
	return nil
}

// converge waits until every stream has reached the head of its office, which checkpoints tell also to
// those for whom nothing happened; or until the time for it is over.
func (r *run) converge(ctx context.Context) {
	end := r.now() + r.length.quiet
	for ctx.Err() == nil && r.now() < end && !r.whole(ctx) {
		sleep(ctx, 100*time.Millisecond)
	}
}

// whole tells whether every stream is at the head and every reader has its streams.
func (r *run) whole(ctx context.Context) bool {
	heads := map[int]int64{}
	for _, h := range r.scene.offices {
		var head int64
		if r.scene.direct.QueryRowContext(ctx, "SELECT position FROM organizations WHERE id = '"+h.id+"'").Scan(&head) != nil {
			return false
		}
		heads[h.number] = head
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	behind := func(s *stream) bool { return s.reached.Load() < heads[s.office] }
	return r.away.Load() == 0 && !slices.ContainsFunc(r.ledger.streams, behind)
}

// What a node may hold more than before anyone came: connections to its servers, and what the runtime keeps.
const (
	spareGoroutines  = 60
	spareDescriptors = 40
	remainPatience   = 30 * time.Second
)

// lookForRemains waits until the nodes hold no more than when nobody had come yet, and tells what they
// still hold when the time for it is over.
func (r *run) lookForRemains(ctx context.Context) {
	for i, n := range r.stage.nodes {
		before, remains := r.stage.baselines[i], ""
		err := await(ctx, remainPatience, func() error {
			r.client.CloseIdleConnections()
			now, err := n.metrics(ctx)
			if err != nil {
				return err
			}
			remains = ""
			for name, spare := range map[string]float64{"klantkaart_sockets": 0, "klantkaart_subscriptions": 0, "klantkaart_listeners": 0,
				"go_goroutines": spareGoroutines, "process_open_fds": spareDescriptors} {
				if now[name] > before[name]+spare {
					remains += fmt.Sprintf(" %s %.0f, was %.0f;", name, now[name], before[name])
				}
			}
			if remains != "" {
				return errNotReady
			}
			return nil
		})
		if err != nil {
			r.ledger.leftovers = append(r.ledger.leftovers, fmt.Sprintf("node %d still holds:%s (%v)", n.number, remains, err))
		}
	}
}
