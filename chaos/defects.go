package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// defect is a fault of the product that is built in on purpose: the judge must find it.
type defect struct {
	name    string
	patches []patch
	faults  []string // that it shows with; any when absent
}

// seedsPerDefect is how many seeds may pass before a defect must have been found.
const seedsPerDefect = 3

var errUnseen = errors.New("a defect was not found")

// tryDefects builds in one defect after the other.
func (c *campaign) tryDefects(ctx context.Context) error {
	var unseen []error
	for _, one := range defects() {
		if c.only != "" && c.only != one.name || ctx.Err() != nil {
			continue
		}
		binary, err := c.builder.build(ctx, "defect", one.patches)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		found, err := c.tryDefect(ctx, one, binary)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		if !found {
			unseen = append(unseen, fmt.Errorf("%w: %s", errUnseen, one.name))
		}
	}
	return errors.Join(errors.Join(unseen...), ctx.Err())
}

// tryDefect plays until the defect shows.
func (c *campaign) tryDefect(ctx context.Context, one defect, binary string) (bool, error) {
	for i := range uint64(seedsPerDefect) {
		p := c.plan(c.seed+i, onPostgres)
		p.binary, p.patches = binary, one.patches
		p.length.warmUp, p.length.quiet, p.length.fateAfter, p.length.replay = 4*time.Second, 15*time.Second, 4*time.Second, 60
		p.faults = draw(p.seed, p, false, false, len(p.faults)) // those that show no more than a defect does
		if one.faults != nil {
			p.faults = slices.DeleteFunc(allFaults(), func(f *fault) bool { return !slices.Contains(one.faults, f.name) })
		}
		l, v, err := c.judged(ctx, p)
		if err != nil {
			return false, err
		}
		if len(v.violations) > 0 {
			fmt.Fprintf(c.out, "FOUND  %s, with seed %d: %s\n", one.name, p.seed, v.violations[0])
			if c.verbose {
				v.complain(c.out, l, 20)
			}
			return true, nil
		}
	}
	fmt.Fprintf(c.out, "UNSEEN %s\n", one.name)
	return false, nil
}
