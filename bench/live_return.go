package main

import (
	"context"
	"fmt"
	"math"

	"klantkaart/bench/crowd"
)

// logReadsMetric counts how often a node has read the log.
const logReadsMetric = "klantkaart_log_reads_total"

// measureReturn lets all clients lose their node, changes their card while they are away, and lets all
// come back at once to a node that has just started and knows nothing yet.
func (l *liveBench) measureReturn(ctx context.Context) error {
	card := l.cards[len(l.cards)-1:] // on which the hub has published nothing yet
	reads, statements := math.NaN(), math.NaN()
	caughtUp, half := unmeasured(), unmeasured()
	for i, p := range []*party{l.ours, l.hub} {
		if err := p.open(l.tokens, card, changeFeed, l.size.sockets, 0); err != nil {
			return err
		}
		w := l.store.as(l.subject)
		if p == l.hub {
			sample, err := l.sample()
			if err != nil {
				return err
			}
			published := &hubWriter{requester: requester{address: p.address}}
			if err := published.like(sample); err != nil {
				return err
			}
			w = published
		} else if _, _, err := l.tell(ctx, p, w, card[0], l.size.sockets); err != nil { // for the sample
			return err
		}
		returned, err := l.leaveAndReturn(ctx, p, w, card[0])
		if err != nil {
			return err
		}
		caughtUp[i], half[i] = returned.CaughtUp[len(returned.CaughtUp)-1].Seconds(), quantile(returned.CaughtUp, 0.5).Seconds()
		if p == l.ours {
			reads, statements = l.counted(ctx, p)
		}
	}
	l.line(fmt.Sprintf("%d return after %d missed events: s to the last", l.size.sockets, l.size.missed), caughtUp[0], caughtUp[1], math.NaN(), goal{})
	l.line("  s to the half of them", half[0], half[1], math.NaN(), goal{})
	l.line("  readings of the log by the node", reads, math.NaN(), math.NaN(), atMost(1))
	l.line("  statements of the node for each client", statements/float64(l.size.sockets), math.NaN(), math.NaN(), goal{})
	for _, p := range []*party{l.ours, l.hub} {
		if err := p.close(false); err != nil {
			return err
		}
	}
	return nil
}

func (l *liveBench) leaveAndReturn(ctx context.Context, p *party, w writer, card string) (crowd.Returned, error) {
	var returned crowd.Returned
	if err := p.close(true); err != nil {
		return returned, err
	}
	last := int64(0)
	for range l.size.missed {
		made, err := w.write(ctx, card)
		if err != nil {
			return returned, err
		}
		last = made.number
	}
	if p == l.ours { // the old node has heard of the changes; the new one knows nothing yet
		if err := l.restart(ctx); err != nil {
			return returned, err
		}
	}
	comeBack := func() error {
		return p.crowd.Call("Crowd.Return", crowd.Returning{Address: p.address, Until: map[string]int64{card: last}}, &returned)
	}
	var err error
	if p == l.ours {
		err = l.profiled(ctx, "return", comeBack)
	} else {
		err = comeBack()
	}
	if err == nil && (returned.Resyncs > 0 || returned.Events != int64(l.size.missed*l.size.sockets)) {
		err = fmt.Errorf("%d events came back to the clients of the %s instead of %d, and %d RESYNC",
			returned.Events, p.name, l.size.missed*l.size.sockets, returned.Resyncs)
	}
	return returned, err
}

// counted gives how often a node has read the log, and how many statements it has sent, since it started.
func (l *liveBench) counted(ctx context.Context, p *party) (reads, statements float64) {
	value := func(name string) float64 {
		n, err := p.metric(ctx, name)
		if err != nil {
			return math.NaN() // this node does not count it
		}
		return float64(n)
	}
	return value(logReadsMetric), value(statementsMetric)
}
