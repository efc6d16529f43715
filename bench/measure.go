package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// plan says what is measured, and how.
type plan struct {
	operations  []operation
	concurrency []int
	duration    time.Duration
	warmUp      time.Duration
	meter       *meter
	same        bool // the limit is asked like the product: it is another of it
}

// requestCount is how many different requests of an operation are drawn.
const requestCount = 2000

// measured is a line of the table: both sides under the same load.
type measured struct {
	operation      string
	concurrency    int
	product, limit outcome
	memory         int64 // of the server, at its peak
}

func (m measured) ratio() float64 { return m.product.perSecond() / m.limit.perSecond() }

// run compares and measures the operations one after the other, and prints a line for each load.
func (p plan) run(ctx context.Context, s *samples, product, limit *side, out io.Writer) error {
	for _, o := range p.operations {
		requests, err := o.requests(requestCount, s)
		if err != nil {
			return err
		}
		if p.same {
			for i := range requests {
				requests[i].limit = requests[i].product
			}
		}
		if err := compare(ctx, o, requests, product, limit); err != nil {
			return err
		}
		for _, n := range p.concurrency {
			m, err := p.measure(ctx, o, n, requests, product, limit)
			if err != nil {
				return fmt.Errorf("%s with %d connections: %w", o.name, n, err)
			}
			fmt.Fprintln(out, m.line())
		}
	}
	return nil
}

// rounds is how often the sides take turns, so that what else the machine does meets both.
const rounds = 2

func (p plan) measure(ctx context.Context, o operation, connections int, requests []request, product, limit *side) (measured, error) {
	m := measured{operation: o.name, concurrency: connections}
	product.resetPeak()
	for range rounds {
		if err := p.turn(ctx, product, ours(requests), connections, &m.product); err != nil {
			return m, err
		}
		if err := p.turn(ctx, limit, theirs(requests), connections, &m.limit); err != nil {
			return m, err
		}
	}
	m.memory = product.peakMemory()
	slices.Sort(m.product.latencies)
	slices.Sort(m.limit.latencies)
	return m, nil
}

// ours and theirs are the requests to the product and to the limit.
func ours(requests []request) [][]byte {
	return each(requests, func(r request) []byte { return r.product })
}

func theirs(requests []request) [][]byte {
	return each(requests, func(r request) []byte { return r.limit })
}

func each(requests []request, side func(request) []byte) [][]byte {
	all := make([][]byte, len(requests))
	for i, r := range requests {
		all[i] = side(r)
	}
	return all
}

func (p plan) turn(ctx context.Context, s *side, requests [][]byte, connections int, sum *outcome) error {
	if _, err := load(ctx, s.address, requests, connections, p.warmUp/rounds); err != nil {
		return err
	}
	before, err := s.statements(ctx)
	if err != nil {
		return err
	}
	used, err := p.meter.read(ctx, s)
	if err != nil {
		return err
	}
	found, err := load(ctx, s.address, requests, connections, p.duration/rounds)
	if err != nil {
		return err
	}
	usedAfter, err := p.meter.read(ctx, s)
	if err != nil {
		return err
	}
	found.cpu = usage{side: usedAfter.side - used.side, database: usedAfter.database - used.database}
	after, err := s.statements(ctx)
	found.statements = after - before
	sum.add(found)
	return err
}

const heading = "" +
	"                       | server                                                                        | limit                                               |\n" +
	"operation        conns |  req/s  p50 ms  p99 ms   sql    bytes  peak MB  cpu us: own  database | req/s  p50 ms  p99 ms   sql  cpu us: own  database | ratio  of cpu"

func (m measured) line() string {
	product, limit := &m.product, &m.limit
	return fmt.Sprintf("%-16s %5d | %6.0f %7.2f %7.2f %5.1f %8d %8d %12d %9d | %5.0f %7.2f %7.2f %5.1f %12d %9d | %5.2f  %5.2f",
		m.operation, m.concurrency,
		product.perSecond(), milliseconds(product.quantile(0.5)), milliseconds(product.quantile(0.99)), product.each(product.statements),
		int(product.each(product.bytes)), m.memory>>20, micros(product.each(int64(product.cpu.side))), micros(product.each(int64(product.cpu.database))),
		limit.perSecond(), milliseconds(limit.quantile(0.5)), milliseconds(limit.quantile(0.99)), limit.each(limit.statements),
		micros(limit.each(int64(limit.cpu.side))), micros(limit.each(int64(limit.cpu.database))), m.ratio(), m.cpuRatio())
}

// cpuRatio is the ratio of the processor time of an answer, the database's included.
func (m measured) cpuRatio() float64 {
	total := func(o *outcome) float64 { return o.each(int64(o.cpu.side + o.cpu.database)) }
	return total(&m.limit) / total(&m.product)
}

// each gives the part of one request.
func (o *outcome) each(sum int64) float64 { return float64(sum) / float64(max(len(o.latencies), 1)) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func micros(nanoseconds float64) int { return int(nanoseconds / 1000) }
