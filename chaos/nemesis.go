package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// fault is something that goes wrong for a while.
type fault struct {
	name string
	// redisDead says that all nodes are without Redis while it lasts, and with everything else.
	redisDead  bool
	losesWrite bool
	needs      need
	// play lets it happen, and ends it. What it tells goes into the report.
	play func(ctx context.Context, t *trouble) (detail string, err error)
}

// need is what a fault can only happen with.
type need int

const (
	needsNothing need = iota
	needsServers      // PostgreSQL and Redis
	needsNodes        // two nodes
	needsOwn          // a PostgreSQL that may be killed
	needsTime         // a long run
)

// fits tells whether a fault can happen in a run; own that PostgreSQL may be killed, long that there is time.
func (f *fault) fits(p plan, own, long bool) bool {
	switch f.needs {
	case needsServers:
		return p.engine == onPostgres
	case needsNodes:
		return p.nodes > 1
	case needsOwn:
		return p.engine == onPostgres && own && long
	case needsTime:
		return long
	}
	return true
}

// trouble is what a fault has at hand.
type trouble struct {
	*run
	dice *rand.Rand
	node *node // the one that it concerns, if one
}

// between draws a duration.
func (t *trouble) between(from, to time.Duration) time.Duration {
	return from + time.Duration(t.dice.Int64N(int64(to-from)+1))
}

// draw chooses the faults of a run, each kind at most once more often than any other.
func draw(seed uint64, p plan, own, long bool, count int) []*fault {
	dice := rand.New(rand.NewPCG(seed, 4<<32)) //nolint:gosec // it must be repeatable, not secret
	var pool []*fault
	for _, f := range allFaults() {
		if f.fits(p, own, long) {
			pool = append(pool, f)
		}
	}
	var chosen []*fault
	for len(chosen) < count {
		for _, i := range dice.Perm(len(pool)) {
			if len(chosen) < count {
				chosen = append(chosen, pool[i])
			}
		}
	}
	return chosen
}

// trouble plays the faults one after the other, until all were played or the time is over.
func (r *run) trouble(ctx context.Context) error {
	end := r.now() + r.length.trouble
	var errs []error
	for i, one := range r.faults {
		if r.now() >= end || ctx.Err() != nil {
			break
		}
		dice := r.die(5, i)
		t := &trouble{run: r, dice: dice, node: r.stage.nodes[dice.IntN(len(r.stage.nodes))]}
		noted := injected{name: one.name, redisDead: one.redisDead, losesWrite: one.losesWrite, from: r.now()}
		detail, err := one.play(ctx, t)
		if err != nil && ctx.Err() == nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.name, err))
		}
		noted.detail, noted.to = detail, r.now()
		r.ledger.faults = append(r.ledger.faults, noted)
		fmt.Fprintf(r.log, "  %6.1fs  %s %s\n", noted.from.Seconds(), one.name, detail)
		sleep(ctx, t.between(300*time.Millisecond, 1500*time.Millisecond))
	}
	sleep(ctx, end-r.now())
	return errors.Join(errs...)
}
