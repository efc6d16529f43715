package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is one run of the program.
type bench struct {
	settings
	work string // a folder that is removed at the end
	out  io.Writer
}

// office makes the office in its database, unless it is there, and tells where.
func (b *bench) office(ctx context.Context, customers int) (*office, string, error) {
	url, err := b.find(ctx, customers)
	if err != nil {
		return nil, "", err
	}
	o := newOffice(b.seed, customers)
	begun := time.Now()
	if err := fill(ctx, url, o, &progress{out: b.out}); err != nil {
		return nil, "", err
	}
	about, err := describe(ctx, url)
	fmt.Fprintf(b.out, "%s\noffice of %d customers, %d contacts, %d engagements, %d communications, ready in %s\n",
		about, o.scale.customers, o.scale.contacts, o.scale.engagements, o.scale.communications, time.Since(begun).Round(time.Second/10))
	return o, url, err
}

// product starts the server, or the graph inside this program.
func (b *bench) product(ctx context.Context, url string) (*side, error) {
	if b.inside {
		return startSelf(ctx, "graph", "serve-graph", b.work, url)
	}
	binary, err := buildProduct(ctx, b.work)
	if err != nil {
		return nil, err
	}
	return startProduct(ctx, "server", b.work, binary, url)
}

// chosen are the operations that were asked for.
func (b *bench) chosen() ([]operation, error) {
	all := operations()
	if b.only == "" {
		return all, nil
	}
	var found []operation
	for name := range strings.SplitSeq(b.only, ",") {
		i := slices.IndexFunc(all, func(o operation) bool { return o.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no operation %q", name)
		}
		found = append(found, all[i])
	}
	return found, nil
}

func (b *bench) plan() (plan, error) {
	p := plan{duration: b.duration, warmUp: b.warmUp}
	for text := range strings.SplitSeq(b.concurrency, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return p, fmt.Errorf("%q is no number of connections", text)
		}
		p.concurrency = append(p.concurrency, n)
	}
	var err error
	p.operations, err = b.chosen()
	return p, err
}

// measureAll prints the table of both sides.
func (b *bench) measureAll(ctx context.Context) (err error) {
	p, err := b.plan()
	if err != nil {
		return err
	}
	o, url, err := b.office(ctx, b.customers)
	if err != nil || b.duration == 0 {
		return err
	}
	product, err := b.product(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, product.stop()) }()
	limit, err := startSelf(ctx, "limit", "serve-limit", b.work, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, limit.stop()) }()
	if p.meter, err = newMeter(ctx, url); err != nil {
		return err
	}
	defer p.meter.close()
	s, err := draw(ctx, o, product)
	if err != nil {
		return err
	}
	fmt.Fprintln(b.out, heading)
	return p.run(ctx, s, product, limit, b.out)
}

// compareScales measures the product alone in a small office and in one ten times as big: an answer must
// cost as many statements, and about as much time.
func (b *bench) compareScales(ctx context.Context) error {
	if b.url != "" {
		return fmt.Errorf("-flat needs two databases: name a server by %s instead of -database, or -engine sqlite", serverVariable)
	}
	p, err := b.plan()
	if err != nil {
		return err
	}
	p.concurrency = []int{1}
	small, err := b.measureProduct(ctx, p, b.customers/10)
	if err != nil {
		return err
	}
	big, err := b.measureProduct(ctx, p, b.customers)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "%-12s | %9d customers: sql   p50 ms | %9d customers: sql   p50 ms | growth\n", "operation", b.customers/10, b.customers)
	var grown []string
	for i, s := range small {
		before, after := s.product.each(s.product.statements), big[i].product.each(big[i].product.statements)
		fmt.Fprintf(b.out, "%-12s | %24.1f %8.2f | %24.1f %8.2f | %6.2f\n", s.operation, before, milliseconds(s.product.quantile(0.5)),
			after, milliseconds(big[i].product.quantile(0.5)), float64(big[i].product.quantile(0.5))/float64(s.product.quantile(0.5)))
		if after > before+statementSlack {
			grown = append(grown, s.operation)
		}
	}
	if len(grown) > 0 {
		return fmt.Errorf("statements grow with the office: %s", strings.Join(grown, ", "))
	}
	return nil
}

// statementSlack is how far the mean number of statements may differ between offices: what is absent
// from a card costs no statement, and the cards are drawn by lot.
const statementSlack = 0.3

func (b *bench) measureProduct(ctx context.Context, p plan, customers int) (found []measured, err error) {
	o, url, err := b.office(ctx, customers)
	if err != nil {
		return nil, err
	}
	product, err := b.product(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, product.stop()) }()
	if p.meter, err = newMeter(ctx, url); err != nil {
		return nil, err
	}
	defer p.meter.close()
	s, err := draw(ctx, o, product)
	if err != nil {
		return nil, err
	}
	for _, one := range p.operations {
		requests, err := one.requests(requestCount, s)
		if err != nil {
			return nil, err
		}
		m := measured{operation: one.name, concurrency: 1}
		if err := p.turn(ctx, product, ours(requests), 1, &m.product); err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
		slices.Sort(m.product.latencies)
		found = append(found, m)
	}
	return found, nil
}

// profileGraph writes profiles of the operations.
func (b *bench) profileGraph(ctx context.Context) (err error) {
	b.inside = true
	chosen, err := b.chosen()
	if err != nil {
		return err
	}
	o, url, err := b.office(ctx, b.customers)
	if err != nil {
		return err
	}
	graph, err := b.product(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, graph.stop()) }()
	s, err := draw(ctx, o, graph)
	if err != nil {
		return err
	}
	for _, one := range chosen {
		if err := profile(ctx, one, s, graph, b.profile, b.duration); err != nil {
			return err
		}
	}
	return nil
}
