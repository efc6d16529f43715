package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"klantkaart/bench/crowd"
)

// steady is what a party did under a steady load, by turn, in milliseconds.
type steady struct {
	p50, p99 []float64
	each     []float64 // microseconds of processor time for a delivery
	reads    []float64 // readings of the log for a hundred events
	writing  []float64 // of which the product's node used so much for what was written
	sample   []byte    // a message
}

// measureRate changes many cards, each followed by a few, many times a second: by way of another node,
// and by way of the API of the same node. While the hub is measured the same is written, but nobody
// follows it.
func (l *liveBench) measureRate(ctx context.Context) error {
	api := l.api(l.ours)
	defer api.close()
	for _, commit := range []struct {
		name string
		writer
	}{{"written on another node", l.store.as(l.subject)}, {"written on the same node", api}} {
		if err := l.compareRate(ctx, commit.name, commit.writer); err != nil {
			return err
		}
	}
	return nil
}

func (l *liveBench) compareRate(ctx context.Context, name string, commit writer) error {
	published := &hubWriter{requester: requester{address: l.hub.address}, commit: commit}
	defer published.close()
	var ours, hub steady
	for range l.size.turns {
		if err := l.turn(ctx, l.ours, commit, name, &ours); err != nil {
			return err
		}
		if err := published.like(ours.sample); err != nil {
			return err
		}
		if err := l.turn(ctx, l.hub, published, name, &hub); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("%d/s to %d x %d, %s", l.size.rate, l.size.cards, l.size.each, name)
	l.line(what+": p50 ms", median(ours.p50), median(hub.p50), math.NaN(), goal{})
	l.line("  p99 ms", median(ours.p99), median(hub.p99), math.NaN(), ratio(1.5))
	l.line("  processor us for a delivery, writing apart", median(ours.each)-median(hub.writing), median(hub.each), math.NaN(), ratio(1.7))
	l.line("  readings of the log for 100 events", median(ours.reads), math.NaN(), math.NaN(), goal{})
	return nil
}

// turn opens the sockets of a party, loads it for a while, and closes them.
func (l *liveBench) turn(ctx context.Context, p *party, w writer, name string, sum *steady) error {
	cards := l.cards[:l.size.cards]
	if err := p.open(l.tokens, cards, changeFeed, l.size.cards*l.size.each, 0); err != nil {
		return err
	}
	run := func() error { return l.load(ctx, p, w, cards, sum) }
	if p != l.ours {
		if err := run(); err != nil {
			return err
		}
	} else if err := l.profiled(ctx, "rate-"+strings.ReplaceAll(name, " ", "-"), run); err != nil {
		return err
	}
	if err := p.crowd.Call("Crowd.Sample", 0, &sum.sample); err != nil {
		return err
	}
	return p.close(false)
}

func (l *liveBench) load(ctx context.Context, p *party, w writer, cards []string, sum *steady) error {
	events := int(l.size.turn.Seconds() * float64(l.size.rate))
	if err := p.expect(events * l.size.each); err != nil {
		return err
	}
	before, err := p.figures(ctx, "/figures")
	if err != nil {
		return err
	}
	node, err := l.ours.figures(ctx, "/figures")
	if err != nil {
		return err
	}
	reads, _ := l.counted(ctx, l.ours)
	began := time.Now()
	made, err := paced(ctx, w, cards, events, l.size.rate)
	if err != nil {
		return err
	}
	if took := time.Since(began); took > l.size.turn*11/10 {
		fmt.Fprintf(l.out, "only %.0f events in a second were written\n", float64(events)/took.Seconds())
	}
	d, err := p.await(crowd.Waiting{Since: made, Timeout: l.size.patience}, events*l.size.each)
	if err != nil {
		return err
	}
	after, err := p.figures(ctx, "/figures")
	if err != nil {
		return err
	}
	readsAfter, _ := l.counted(ctx, l.ours)
	sum.reads = append(sum.reads, (readsAfter-reads)*100/float64(events))
	nodeAfter, err := l.ours.figures(ctx, "/figures")
	each := func(used time.Duration) float64 { return float64(used.Microseconds()) / float64(d.Events) }
	sum.p50 = append(sum.p50, milliseconds(quantile(d.Latencies, 0.5)))
	sum.p99 = append(sum.p99, milliseconds(quantile(d.Latencies, 0.99)))
	sum.each = append(sum.each, each(after.Processor-before.Processor))
	sum.writing = append(sum.writing, each(nodeAfter.Processor-node.Processor))
	return err
}

// writersAtOnce are enough for the rate when a write takes long.
const writersAtOnce = 16

// paced writes so many events, each at its time, over the cards in turn, and gives when each was
// acknowledged.
func paced(ctx context.Context, w writer, cards []string, events, rate int) (map[int64]int64, error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	var failure error
	var next atomic.Int64
	made := make(map[int64]int64, events)
	began := time.Now()
	for range writersAtOnce {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < events; i = int(next.Add(1) - 1) {
				time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
				one, err := w.write(ctx, cards[i%len(cards)])
				mu.Lock()
				made[one.number], failure = one.at.UnixNano(), errors.Join(failure, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return made, failure
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
