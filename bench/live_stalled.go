package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"klantkaart/bench/crowd"
)

// The measures of stalled readers.
const (
	readers      = 200
	readWindow   = 32 << 10 // bytes that the kernel keeps for a client that does not read
	stalledRate  = 20       // events in a second
	stalledTurn  = 5        // seconds
	stalledBurst = 400      // events of 20 KB: more than the kernel keeps for one socket
)

// measureStalled sends big messages to many, of whom some stop reading: the others must not notice, and
// the server must not keep what is not read.
func (l *liveBench) measureStalled(ctx context.Context) error {
	card := l.cards[:1]
	p, w := l.ours, l.store.as(l.subject)
	if err := p.open(l.tokens, card, bigFeed, readers, readWindow); err != nil {
		return err
	}
	if _, _, err := l.tell(ctx, p, w, card[0], readers); err != nil {
		return err
	}
	sample, err := l.sample()
	if err != nil {
		return err
	}
	fmt.Fprintf(l.out, "a big message has %d bytes\n", len(sample))
	without, err := l.timed(ctx, p, w, card, 0, stalledRate*stalledTurn, stalledRate)
	if err != nil {
		return err
	}
	usual, err := l.grown(ctx, p, w, card, 0)
	if err != nil {
		return err
	}
	if err := p.crowd.Call("Crowd.Stall", l.size.stalled, &struct{}{}); err != nil {
		return err
	}
	grown, err := l.grown(ctx, p, w, card, l.size.stalled)
	if err != nil {
		return err
	}
	with, err := l.timed(ctx, p, w, card, l.size.stalled, stalledRate*stalledTurn, stalledRate)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d readers, %d of them stalled", readers, l.size.stalled)
	l.line(what+": p99 ms of the others (second: without)", milliseconds(with), milliseconds(without), math.NaN(), ratio(1.1))
	l.line("  KB held for each stalled", float64(grown-usual)/float64(l.size.stalled)/1024, math.NaN(), math.NaN(), atMost(64))
	return p.close(false)
}

// settling is how long a node keeps the last messages for those who are just a little late.
const settling = 3 * time.Second

// grown is how many bytes more the server holds behind a burst, whose messages nobody else waits for.
func (l *liveBench) grown(ctx context.Context, p *party, w writer, cards []string, behind int) (int64, error) {
	before, err := p.memory(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := l.timed(ctx, p, w, cards, behind, stalledBurst, 4*stalledRate); err != nil {
		return 0, err
	}
	time.Sleep(settling)
	after, err := p.memory(ctx)
	return after.Heap + after.Stacks - before.Heap - before.Stacks, err
}

// timed sends events to all but the first few and gives the 99th percentile of their way.
func (l *liveBench) timed(ctx context.Context, p *party, w writer, cards []string, behind, events, rate int) (time.Duration, error) {
	if err := p.expect(events * (readers - behind)); err != nil {
		return 0, err
	}
	made, err := paced(ctx, w, cards, events, rate)
	if err != nil {
		return 0, err
	}
	var d crowd.Delivered
	if err := p.crowd.Call("Crowd.Await", crowd.Waiting{Since: made, Behind: behind, Timeout: l.size.patience}, &d); err != nil {
		return 0, err
	}
	if want := events * (readers - behind); len(d.Latencies) != want || d.Faults > 0 {
		return 0, fmt.Errorf("%d deliveries instead of %d, %d of them twice or out of order", len(d.Latencies), want, d.Faults)
	}
	return quantile(d.Latencies, 0.99), nil
}
