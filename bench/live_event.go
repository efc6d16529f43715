package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"klantkaart/bench/crowd"
	"klantkaart/bench/inspect"
)

// warm is how many sockets a server has had before its memory is looked at: what it makes once for all
// is not counted to the sockets.
const warm = 100

// stockRounds is how often the product with the transport of its library is measured; it takes long.
const stockRounds = 3

// fanned is what a party needed for one event to all its sockets, by round.
type fanned struct {
	last, processor []float64 // milliseconds
}

// measureEvent tells all sockets of one card one event after the other: half of them, then all. What the
// server then holds for each is looked at as well. Each party has a card of its own, so that none works
// while another is measured.
func (l *liveBench) measureEvent(ctx context.Context) error {
	parties := l.parties()
	before := make([]inspect.Figures, len(parties))
	writers := make([]writer, len(parties))
	for i, p := range parties {
		if err := p.open(l.tokens, l.cards[i:i+1], cardFeed, warm, 0); err != nil {
			return err
		}
		if err := l.warmUp(ctx, p, i, writers); err != nil {
			return err
		}
		var err error
		if before[i], err = p.memory(ctx); err != nil {
			return err
		}
	}
	for _, sockets := range []int{l.size.sockets / 2, l.size.sockets} {
		for i, p := range parties {
			if err := p.open(l.tokens, l.cards[i:i+1], cardFeed, sockets-l.openSockets(sockets), 0); err != nil {
				return err
			}
		}
		var found [3]fanned
		err := l.profiled(ctx, fmt.Sprintf("event-%d", sockets), func() (err error) {
			found, err = l.tellOne(ctx, parties, writers, sockets)
			return err
		})
		if err != nil {
			return err
		}
		l.line(fmt.Sprintf("one event to %d of one card: ms to the last", sockets), median(found[0].last), median(found[1].last), median(found[2].last), ratio(1.6))
		l.line(fmt.Sprintf("one event to %d of one card: ms of processor", sockets), median(found[0].processor), median(found[1].processor), median(found[2].processor), ratio(2))
	}
	return l.tellMemory(ctx, fmt.Sprintf("idle, %d on one card", l.size.sockets), parties, before)
}

// openSockets is how many were open before there are so many.
func (l *liveBench) openSockets(sockets int) int {
	if sockets == l.size.sockets {
		return l.size.sockets / 2
	}
	return warm
}

func (l *liveBench) parties() []*party {
	if l.stock == nil {
		return []*party{l.ours, l.hub}
	}
	return []*party{l.ours, l.hub, l.stock}
}

// warmUp tells a first event. The hub's payload is the product's.
func (l *liveBench) warmUp(ctx context.Context, p *party, i int, writers []writer) error {
	writers[i] = l.store.as(l.subject)
	if p == l.hub {
		sample, err := l.sample()
		if err != nil {
			return err
		}
		published := &hubWriter{requester: requester{address: p.address}}
		if err := published.like(sample); err != nil {
			return err
		}
		writers[i] = published
		fmt.Fprintf(l.out, "a message of a card has %d bytes\n", len(sample))
	}
	_, _, err := l.tell(ctx, p, writers[i], l.cards[i], warm)
	return err
}

// sample is the last message that the first socket of the product got.
func (l *liveBench) sample() (message []byte, err error) {
	err = l.ours.crowd.Call("Crowd.Sample", 0, &message)
	return message, err
}

// tell makes one event and waits until all have it. It gives the time from the commit, or the publication,
// to the last delivery, and the server's processor time.
func (l *liveBench) tell(ctx context.Context, p *party, w writer, card string, sockets int) (last, processor time.Duration, err error) {
	if err := p.expect(sockets); err != nil {
		return 0, 0, err
	}
	before, err := p.figures(ctx, "/figures")
	if err != nil {
		return 0, 0, err
	}
	made, err := w.write(ctx, card)
	if err != nil {
		return 0, 0, err
	}
	d, err := p.await(crowd.Waiting{Timeout: l.size.patience}, sockets)
	if err != nil {
		return 0, 0, err
	}
	after, err := p.figures(ctx, "/figures")
	span := d.Spans[made.number]
	// Whoever had it before the writer heard of the commit proves that it had been.
	return time.Duration(span.Last - min(made.at.UnixNano(), span.First)), after.Processor - before.Processor, err
}

// tellOne lets the parties take turns, so that what else the machine does meets all.
func (l *liveBench) tellOne(ctx context.Context, parties []*party, writers []writer, sockets int) ([3]fanned, error) {
	var found [3]fanned
	for round := range l.size.rounds {
		for i, p := range parties {
			if p == l.stock && round >= stockRounds {
				continue
			}
			last, processor, err := l.tell(ctx, p, writers[i], l.cards[i], sockets)
			if err != nil {
				return found, err
			}
			found[i].last = append(found[i].last, milliseconds(last))
			found[i].processor = append(found[i].processor, milliseconds(processor))
		}
	}
	return found, nil
}

// tellMemory prints what each server holds for a socket, and lets all go.
func (l *liveBench) tellMemory(ctx context.Context, what string, parties []*party, before []inspect.Figures) error {
	resident, heap, gaps, stacks := unmeasured(), unmeasured(), unmeasured(), unmeasured()
	if err := l.writeProfile(ctx, "/profile/heap", strings.ReplaceAll(what, " ", "-")); err != nil {
		return err
	}
	for i, p := range parties {
		after, err := p.memory(ctx)
		if err != nil {
			return err
		}
		each := func(before, after int64) float64 { return float64(after-before) / float64(l.size.sockets-warm) / 1024 }
		resident[i] = each(before[i].Resident, after.Resident)
		heap[i], gaps[i] = each(before[i].Heap, after.Heap), each(before[i].Gaps, after.Gaps)
		stacks[i] = each(before[i].Stacks, after.Stacks)
		if err := p.close(false); err != nil {
			return err
		}
	}
	l.line(what+": KB a subscription", resident[0], resident[1], resident[2], atMost(16))
	l.line("  of which live objects", heap[0], heap[1], heap[2], goal{})
	l.line("  of which gaps between them", gaps[0], gaps[1], gaps[2], goal{})
	l.line("  of which stacks", stacks[0], stacks[1], stacks[2], goal{})
	return nil
}

// measureSpread looks at the memory of sockets that follow many cards.
func (l *liveBench) measureSpread(ctx context.Context) error {
	parties := l.parties()
	before := make([]inspect.Figures, len(parties))
	opened := unmeasured()
	for i, p := range parties {
		if err := p.open(l.tokens, l.cards, cardFeed, warm, 0); err != nil {
			return err
		}
		var err error
		if before[i], err = p.memory(ctx); err != nil {
			return err
		}
		used, err := p.figures(ctx, "/figures")
		if err != nil {
			return err
		}
		if err := p.open(l.tokens, l.cards, cardFeed, l.size.sockets-warm, 0); err != nil {
			return err
		}
		usedAfter, err := p.figures(ctx, "/figures")
		if err != nil {
			return err
		}
		opened[i] = milliseconds(usedAfter.Processor-used.Processor) / float64(l.size.sockets-warm)
	}
	l.line("opening a socket and a subscription: ms of processor", opened[0], opened[1], opened[2], goal{})
	return l.tellMemory(ctx, fmt.Sprintf("idle, %d on %d cards", l.size.sockets, len(l.cards)), parties, before)
}

func unmeasured() [3]float64 { return [3]float64{math.NaN(), math.NaN(), math.NaN()} }

// median is not a number when nothing was measured.
func median(all []float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
