package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"klantkaart/db"
)

// chunk is how many numbers of a table are written in one transaction. A run that is stopped loses at
// most so much.
const chunk = 10_000

// storage is an engine to which an office is written in bulk.
type storage interface {
	// prepare lays aside the indexes and references, and gives how far earlier runs came with each step.
	prepare(ctx context.Context, office string) (map[string]int, error)
	// write adds rows and notes how far the step has come, in one transaction.
	write(ctx context.Context, step string, t table, rows [][]any, done int) error
	// later gives the statements that bring back what was laid aside.
	later(ctx context.Context) ([]string, error)
	// restore runs one of them, and forgets it.
	restore(ctx context.Context, statement string) error
	// settle gives the planner its figures.
	settle(ctx context.Context) error
	close()
}

// fill makes the office in the database that the URL names, or goes on where an earlier run stopped.
func fill(ctx context.Context, url string, o *office, p *progress) error {
	if err := migrate(ctx, url); err != nil {
		return err
	}
	s, err := openStorage(ctx, url)
	if err != nil {
		return err
	}
	defer s.close()
	done, err := s.prepare(ctx, fmt.Sprintf("seed %d, %d customers", o.seed, o.scale.customers))
	if err != nil {
		return err
	}
	if _, complete := done[settled]; complete {
		return nil
	}
	for i, t := range o.tables() {
		step := fmt.Sprintf("%02d %s", i, t.name)
		if err := fillTable(ctx, s, step, t, done[step], p); err != nil {
			return fmt.Errorf("fill %s: %w", t.name, err)
		}
	}
	if err := finish(ctx, s, p); err != nil {
		return err
	}
	return s.write(ctx, settled, table{}, nil, 1)
}

// settled is the step that says that an office is complete.
const settled = "settled"

func migrate(ctx context.Context, url string) error {
	store, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // what was migrated is committed
	return store.Migrate(ctx)
}

// fillTable writes a table chunk by chunk; the next chunk is made while one is being written.
func fillTable(ctx context.Context, s storage, step string, t table, from int, p *progress) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p.begin(t.name, t.n, from)
	made := make(chan [][]any, 1)
	go func() {
		defer close(made)
		for i := from; i < t.n; i += chunk {
			select {
			case made <- t.chunkOf(i, min(i+chunk, t.n)):
			case <-ctx.Done():
				return
			}
		}
	}()
	for rows := range made {
		from = min(from+chunk, t.n)
		if err := s.write(ctx, step, t, rows, from); err != nil {
			return err
		}
		p.reach(from)
	}
	return ctx.Err()
}

func (t table) chunkOf(from, to int) [][]any {
	rows := make([][]any, 0, to-from)
	for i := from; i < to; i++ {
		t.rows(i, func(values ...any) { rows = append(rows, values) })
	}
	return rows
}

// finish brings back the indexes and references.
func finish(ctx context.Context, s storage, p *progress) error {
	statements, err := s.later(ctx)
	if err != nil {
		return err
	}
	p.begin("indexes and references", len(statements), 0)
	for i, statement := range statements {
		if err := s.restore(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		p.reach(i + 1)
	}
	p.begin("statistics", 1, 0)
	defer p.reach(1)
	return s.settle(ctx)
}

// progress writes one line that tells how far a step is.
type progress struct {
	out     io.Writer
	step    string
	of      int
	from    int
	started time.Time
	told    time.Time
}

func (p *progress) begin(step string, of, from int) {
	p.step, p.of, p.from, p.started = step, of, from, time.Now()
	p.told = p.started
}

// onTerminal tells whether a line can be written over.
func (p *progress) onTerminal() bool {
	file, ok := p.out.(*os.File)
	if !ok {
		return false
	}
	about, err := file.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}

// reach tells how far the step is, now and then, and at its end.
func (p *progress) reach(n int) {
	now := time.Now()
	pause := 10 * time.Second
	if p.onTerminal() {
		pause = time.Second / 4
	}
	if n < p.of && now.Sub(p.told) < pause {
		return
	}
	p.told = now
	took := now.Sub(p.started)
	line := fmt.Sprintf("%-24s %9d of %9d  %3d%%  %s", p.step, n, p.of, 100*n/max(p.of, 1), took.Round(time.Second/10))
	if written := n - p.from; written > 0 && n < p.of {
		line += fmt.Sprintf(", %s to go", (took * time.Duration(p.of-n) / time.Duration(written)).Round(time.Second))
	}
	end := "\n"
	if n < p.of && p.onTerminal() {
		end = "\r"
	}
	fmt.Fprintf(p.out, "%-100s%s", line, end)
}
