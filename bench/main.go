// Bench measures the product from outside: it makes a big office, starts the server on it, and asks for
// the customer card, the list, the timeline, search and a contact moment, beside the same answers made
// by hand-written SQL behind net/http: the limit. docs/benchmark.md tells how to use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	place
	customers   int
	seed        uint64
	only        string
	concurrency string
	duration    time.Duration
	warmUp      time.Duration
	explain     bool
	flat        bool
	border      bool
	inside      bool
	profile     string
	live        bool
	short       bool
	withStock   bool
	serveHub    string
	serveCrowd  bool
	serveLimit  string
	serveGraph  string
}

func readFlags(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.customers, "customers", 50_000, "how many customers the office has; it has 4 times as many contacts, 6 times as many leads, requests and projects, 40 times as many communications")
	flags.Uint64Var(&s.seed, "seed", 1, "what the office and the requests follow from")
	flags.StringVar(&s.engine, "engine", "", "postgres or sqlite; postgres where "+serverVariable+" names a server")
	flags.StringVar(&s.url, "database", "", "the database to use, such as postgres://… or sqlite:PATH; by default one of its own, made where there is none")
	flags.StringVar(&s.folder, "data", defaultFolder(), "the folder of SQLite databases")
	flags.StringVar(&s.only, "only", "", "what to measure, comma-separated: card, list, timeline, search, moment; with -live: event, memory, rate, return, stalled, revoke, nodes")
	flags.StringVar(&s.concurrency, "concurrency", "1,16,64", "numbers of connections, comma-separated")
	flags.DurationVar(&s.duration, "duration", 4*time.Second, "how long each side is measured under each load; 0 only makes the office")
	flags.DurationVar(&s.warmUp, "warm-up", time.Second, "how long each side is loaded before it is measured")
	flags.BoolVar(&s.explain, "explain", false, "explain every statement of the server instead, and fail on one without an index")
	flags.BoolVar(&s.flat, "flat", false, "compare an office of a tenth of the customers instead")
	flags.BoolVar(&s.border, "border", false, "measure what the border between offices costs instead: the server as an ordinary role of PostgreSQL beside the same as one that the border does not hold back")
	flags.BoolVar(&s.inside, "inside", false, "measure the graph inside this program instead of the server")
	flags.StringVar(&s.profile, "profile", "", "write profiles of the graph inside this program to this folder instead, for go tool pprof; with -live, of the server beside the figures")
	flags.BoolVar(&s.live, "live", false, "measure the live feed beside a bare hub instead; needs PostgreSQL and Redis")
	flags.BoolVar(&s.short, "short", false, "with -live: a tenth of the sockets and a few rounds, in a minute or so")
	flags.BoolVar(&s.withStock, "stock", true, "with -live: measure the transport of the library as well, where it does not take too long")
	flags.StringVar(&s.serveHub, "serve-hub", "", "be the hub, on this address")
	flags.BoolVar(&s.serveCrowd, "serve-crowd", false, "be the clients of a live feed, on standard input and output")
	flags.StringVar(&s.serveLimit, "serve-limit", "", "be the limit, on this address")
	flags.StringVar(&s.serveGraph, "serve-graph", "", "be the graph inside this program, on this address")
	err := flags.Parse(arguments)
	return s, err
}

func run(ctx context.Context, arguments []string) error {
	s, err := readFlags(arguments)
	switch {
	case err != nil:
		return err
	case s.serveHub != "":
		return serveHub(ctx, s.serveHub)
	case s.serveCrowd:
		return serveCrowd()
	case s.serveLimit != "":
		return serveLimit(ctx, s.url, s.serveLimit)
	case s.serveGraph != "":
		return serveGraph(ctx, s.url, s.serveGraph)
	}
	folder, err := os.MkdirTemp("", "klantkaart-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left in the temporary folder does no harm
	b := &bench{settings: s, work: folder, out: os.Stdout}
	fmt.Fprintf(b.out, "%s, %d processors\n", runtime.Version(), runtime.GOMAXPROCS(0))
	switch {
	case s.flat:
		return b.compareScales(ctx)
	case s.border:
		return b.measureBorder(ctx)
	case s.live:
		return b.measureLive(ctx)
	case s.explain:
		return b.explainStatements(ctx)
	case s.profile != "":
		return b.profileGraph(ctx)
	}
	return b.measureAll(ctx)
}
