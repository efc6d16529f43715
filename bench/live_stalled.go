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
	readers       = 200
	readWindow    = 32 << 10 // bytes that the kernel keeps for a client that does not read
	stalledRate   = 20       // events in a second
	stalledTurns  = 5
	stalledEvents = 30  // in a turn
	stalledBurst  = 400 // events of 20 KB: more than the kernel keeps for one socket
)

// measureStalled sends big messages to many, of whom some stop reading: the server must not keep what is
// not read, and the others must not notice.
func (l *liveBench) measureStalled(ctx context.Context) error {
	card, w := l.cards[:1], l.store.as(l.subject)
	held, err := l.heldFor(ctx, w, card, readers/2)
	if err != nil {
		return err
	}
	without, with, err := l.others(ctx, w)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d readers of 20 KB, %d stalled: p99 ms of the others", readers, l.size.stalled)
	l.line(what, median(with), math.NaN(), math.NaN(), goal{})
	l.line("  the same without stalled ones", median(without), math.NaN(), math.NaN(), goal{})
	l.line("  ratio of the two", median(with)/median(without), math.NaN(), math.NaN(), atMost(1.1))
	l.line("  KB held for each stalled", float64(held)/1024, math.NaN(), math.NaN(), atMost(64))
	return nil
}

// heldFor is how many bytes the server holds for each reader that stalled. Many stall, because what is
// held for one is little beside what comes and goes.
func (l *liveBench) heldFor(ctx context.Context, w writer, card []string, stalled int) (int64, error) {
	p := l.ours
	if err := l.openReaders(ctx, w, card); err != nil {
		return 0, err
	}
	sample, err := l.sample()
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(l.out, "a big message has %d bytes\n", len(sample))
	usual, err := l.grown(ctx, p, w, card, 0)
	if err != nil {
		return 0, err
	}
	if err := p.crowd.Call("Crowd.Stall", stalled, &struct{}{}); err != nil {
		return 0, err
	}
	grown, err := l.grown(ctx, p, w, card, stalled)
	if err != nil {
		return 0, err
	}
	return (grown - usual) / int64(stalled), p.close(false)
}

// others gives the 99th percentiles of the way to those who read, without others on their card who do not
// and with them, in turns.
func (l *liveBench) others(ctx context.Context, w writer) (without, with []float64, err error) {
	p, quiet, stalled := l.ours, l.cards[1:2], l.cards[:1]
	for _, card := range [][]string{stalled, quiet} {
		if err := l.openReaders(ctx, w, card); err != nil {
			return nil, nil, err
		}
	}
	if err := p.crowd.Call("Crowd.Stall", l.size.stalled, &struct{}{}); err != nil {
		return nil, nil, err
	}
	// First the kernel's buffers are filled.
	if _, err := l.timed(ctx, p, w, stalled, l.size.stalled, readers-l.size.stalled, stalledBurst, 4*stalledRate); err != nil {
		return nil, nil, err
	}
	for range stalledTurns {
		one, err := l.timed(ctx, p, w, quiet, l.size.stalled, readers, stalledEvents, stalledRate)
		if err != nil {
			return nil, nil, err
		}
		other, err := l.timed(ctx, p, w, stalled, l.size.stalled, readers-l.size.stalled, stalledEvents, stalledRate)
		if err != nil {
			return nil, nil, err
		}
		without, with = append(without, milliseconds(one)), append(with, milliseconds(other))
	}
	return without, with, p.close(false)
}

func (l *liveBench) openReaders(ctx context.Context, w writer, card []string) error {
	if err := l.ours.open(l.tokens, card, bigFeed, readers, readWindow); err != nil {
		return err
	}
	_, _, err := l.tell(ctx, l.ours, w, card[0], readers)
	return err
}

// settling is how long a node keeps the last messages for those who are just a little late.
const settling = 3 * time.Second

// grown is how many bytes more the server holds behind a burst, whose messages nobody else waits for.
func (l *liveBench) grown(ctx context.Context, p *party, w writer, cards []string, behind int) (int64, error) {
	before, err := p.memory(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := l.timed(ctx, p, w, cards, behind, readers-behind, stalledBurst, 4*stalledRate); err != nil {
		return 0, err
	}
	time.Sleep(settling)
	after, err := p.memory(ctx)
	if err != nil {
		return 0, err
	}
	err = l.writeProfile(ctx, "/profile/heap", fmt.Sprintf("%d-stalled", behind))
	return after.Heap + after.Stacks - before.Heap - before.Stacks, err
}

// timed sends events of which each reaches so many, who are behind the first few, and gives the 99th
// percentile of their way.
func (l *liveBench) timed(ctx context.Context, p *party, w writer, cards []string, behind, each, events, rate int) (time.Duration, error) {
	if err := p.expect(events * each); err != nil {
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
	if len(d.Latencies) != events*each || d.Faults > 0 {
		return 0, fmt.Errorf("%d deliveries instead of %d, %d of them twice or out of order", len(d.Latencies), events*each, d.Faults)
	}
	return quantile(d.Latencies, 0.99), nil
}
