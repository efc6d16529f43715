package main

import (
	"context"
	"fmt"
)

// shrinkings is how many rounds a failure is worth.
const shrinkings = 8

// shrink plays a failing seed again with half of the faults, and then with half of the readers, as long as
// it fails, and tells the least that did.
func (c *campaign) shrink(ctx context.Context, p plan) error {
	least := p
	fails := func(p plan) bool {
		l, v, err := c.judged(ctx, p)
		if err != nil || len(v.violations) == 0 {
			return false
		}
		least = p
		v.complain(c.out, l, 10)
		return true
	}
	for range shrinkings {
		half := len(least.faults) / 2
		first, second, fewer := least, least, least
		first.faults, second.faults = least.faults[:half], least.faults[half:]
		fewer.readers = least.readers / 2
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case half > 0 && (fails(first) || fails(second)):
		case fewer.readers > 0 && fails(fewer):
		default:
			return c.tellLeast(least)
		}
	}
	return c.tellLeast(least)
}

func (c *campaign) tellLeast(p plan) error {
	fmt.Fprintf(c.out, "the least that failed: seed %d on %s, %d readers, faults:", p.seed, p.engine, p.readers)
	for _, f := range p.faults {
		fmt.Fprintf(c.out, " %s;", f.name)
	}
	fmt.Fprintln(c.out)
	return nil
}
