package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// campaign is a row of rounds.
type campaign struct {
	settings
	builder  builder
	postgres *postgresServer
	out      io.Writer
	binary   string
}

// errBroken says that a round broke the promise.
var errBroken = errors.New("the promise is broken")

// writersAtOnce is how many writers there are.
const writersAtOnce = 8

// start does what the flags say.
func start(ctx context.Context, arguments []string) (err error) {
	s, err := readFlags(arguments)
	if err != nil {
		return err
	}
	c := &campaign{settings: s, out: os.Stdout}
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "klantkaart-chaos")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left in the temporary folder does no harm
	c.builder = builder{root: root, folder: folder, race: s.race}
	if s.engine != onSQLite {
		if c.postgres, err = startPostgres(ctx, folder); err != nil {
			return err
		}
		defer c.postgres.own.kill()
	}
	if c.seed == 0 {
		c.seed = uint64(time.Now().Unix())
	}
	if c.defects {
		return c.tryDefects(ctx)
	}
	if c.binary, err = c.builder.build(ctx, "server", nil); err != nil {
		return err
	}
	return c.play(ctx)
}

// engines are those to play on.
func (c *campaign) engines() []string {
	if c.engine != "" {
		return []string{c.engine}
	}
	return []string{onPostgres, onSQLite}
}

// play plays rounds until the time is over.
func (c *campaign) play(ctx context.Context) error {
	total, began := &verdict{counts: map[string]int{}}, time.Now()
	for round := 0; ctx.Err() == nil; round++ {
		engines := c.engines()
		if round >= len(engines) && time.Since(began)+c.round > c.length {
			break
		}
		p := c.plan(c.seed+uint64(round), engines[round%len(engines)])
		l, v, err := c.judged(ctx, p)
		if err != nil {
			return fmt.Errorf("seed %d on %s: %w", p.seed, p.engine, err)
		}
		total.add(v)
		if len(v.violations) > 0 {
			v.complain(c.out, l, 30)
			err := fmt.Errorf("seed %d on %s: %w", p.seed, p.engine, errBroken)
			if c.settings.shrink {
				err = errors.Join(err, c.shrink(ctx, p))
			}
			return err
		}
	}
	fmt.Fprintf(c.out, "in all, after %s:\n", time.Since(began).Round(time.Second))
	total.tell(c.out)
	return ctx.Err()
}

// plan is the plan of a long round.
func (c *campaign) plan(seed uint64, engine string) plan {
	p := plan{seed: seed, engine: engine, nodes: c.nodes, readers: c.readers, writers: writersAtOnce, rate: c.rate, binary: c.binary, length: measures{
		warmUp: 6 * time.Second, trouble: c.round, quiet: time.Minute, fateAfter: 8 * time.Second, stall: 10 * time.Second,
		oversleep: 30 * time.Second, replay: 200, bounds: c.bounds()}}
	if engine == onSQLite {
		p.nodes = 1
	}
	const perFault = 3 * time.Second // with the pause behind it, on average
	own := c.postgres != nil && c.postgres.own != nil
	p.faults = draw(seed, p, own, true, max(1, int(c.round/perFault)))
	if c.only != "" && !c.defects {
		wanted := strings.Split(c.only, ",")
		p.faults = slices.DeleteFunc(allFaults(), func(f *fault) bool { return !slices.Contains(wanted, f.name) || !f.fits(p, own, true) })
	}
	return p
}

// bounds are strict where nothing else is to run.
func (c *campaign) bounds() bounds {
	if c.generous {
		return generous()
	}
	return strict()
}

// judged plays one round and judges it.
func (c *campaign) judged(ctx context.Context, p plan) (*ledger, *verdict, error) {
	fmt.Fprintf(c.out, "seed %d on %s, %d node(s), %d readers, %s of faults\n", p.seed, p.engine, p.nodes, p.readers, p.length.trouble)
	l, err := play(ctx, p, c.builder, c.postgres, c.out)
	if err != nil {
		return nil, nil, err
	}
	v := judge(l)
	v.tell(c.out)
	return l, v, nil
}

// add gathers the figures of several rounds.
func (v *verdict) add(other *verdict) {
	v.violations = append(v.violations, other.violations...)
	for name, n := range other.counts {
		v.counts[name] += n
	}
	v.figures.add(other.figures)
}

func (f *figures) add(other figures) {
	f.operations, f.resyncs, f.faults = joined(f.operations, other.operations), joined(f.resyncs, other.resyncs), joined(f.faults, other.faults)
	f.events, f.messages, f.checkpoints = f.events+other.events, f.messages+other.messages, f.checkpoints+other.checkpoints
	f.replays, f.connections, f.stalls = f.replays+other.replays, f.connections+other.connections, f.stalls+other.stalls
	f.faces += other.faces
	for _, pair := range [][2]*delays{{&f.healthy, &other.healthy}, {&f.withoutRedis, &other.withoutRedis}, {&f.saved, &other.saved},
		{&f.savedWithout, &other.savedWithout}, {&f.revocations, &other.revocations}} {
		*pair[0] = append(*pair[0], *pair[1]...)
		slices.Sort(*pair[0])
	}
}

func joined[K comparable](a, b map[K]int) map[K]int {
	all := map[K]int{}
	for _, counts := range []map[K]int{a, b} {
		for name, n := range counts {
			all[name] += n
		}
	}
	return all
}
