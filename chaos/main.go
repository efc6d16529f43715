// Chaos proves the promise of the live feed: it runs the real server on real databases, writes and reads
// like an office in a hurry, breaks everything that can break, and compares afterwards what every reader
// saw with what was committed. docs/chaos.md tells what it does and what it found.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	seed    uint64
	length  time.Duration
	round   time.Duration
	nodes   int
	readers int
	rate    float64
	engine  string
	race    bool
	defects bool
	only    string
	verbose bool
	// generous allows the delays of a machine that has other work.
	generous bool
	shrink   bool
}

func readFlags(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.Uint64Var(&s.seed, "seed", 0, "what chance follows from; drawn by the clock when 0")
	flags.DurationVar(&s.length, "for", 5*time.Minute, "how long to go on; at least one round on each engine")
	flags.DurationVar(&s.round, "round", time.Minute, "how long a round has faults; each has a seed of its own")
	flags.IntVar(&s.nodes, "nodes", 2, "how many nodes there are on PostgreSQL; SQLite has one")
	flags.IntVar(&s.readers, "readers", 150, "how many readers there are, each with one to three streams")
	flags.Float64Var(&s.rate, "rate", 60, "how many operations are begun in a second")
	flags.StringVar(&s.engine, "engine", "", "postgres or sqlite; both in turn when absent")
	flags.BoolVar(&s.race, "race", true, "build the server with the race detector")
	flags.BoolVar(&s.defects, "defects", false, "build in one defect after the other instead, and demand that each is found within three seeds")
	flags.StringVar(&s.only, "only", "", "the one defect, or the faults, comma-separated, that are wanted")
	flags.BoolVar(&s.generous, "generous", false, "allow the delays of a machine that has other work")
	flags.BoolVar(&s.shrink, "shrink", true, "look for the least that fails when a seed has failed")
	flags.BoolVar(&s.verbose, "v", false, "tell every violation")
	err := flags.Parse(arguments)
	return s, err
}
