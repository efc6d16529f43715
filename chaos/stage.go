package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The engines.
const (
	onPostgres = "postgres"
	onSQLite   = "sqlite"
)

// plan is what one run is to be.
type plan struct {
	seed    uint64
	engine  string
	nodes   int
	readers int
	writers int
	// rate is how many operations the writers begin in a second, together.
	rate    float64
	length  measures
	faults  []*fault
	patches []patch // of the source, for builds with a defect
	binary  string  // built already, when not empty
}

// stage is where a run takes place: databases, nodes, and the ways between them.
type stage struct {
	plan
	folder    string
	log       io.Writer
	builder   builder
	postgres  *postgresServer
	redis     *redisServer
	nodes     []*node
	database  string // its URL, the straight way
	name      string // of the database on a server
	skewed    string // a server whose clock can be set
	closers   []func()
	baselines []map[string]float64
}

// setUp builds the server and starts everything. What was started is stopped by close, also after an error.
func (s *stage) setUp(ctx context.Context) (err error) {
	if s.binary == "" {
		if s.binary, err = s.builder.build(ctx, "server", s.patches); err != nil {
			return err
		}
	}
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	if s.engine == onPostgres {
		if s.redis, err = startRedis(ctx, s.folder); err != nil {
			return err
		}
		s.closers = append(s.closers, s.redis.own.kill)
	}
	for number := range s.nodes {
		if s.nodes[number], err = s.prepareNode(ctx, number); err != nil {
			return err
		}
		s.closers = append(s.closers, s.nodes[number].process.kill)
	}
	return nil
}

// openDatabase makes an empty database.
func (s *stage) openDatabase(ctx context.Context) (err error) {
	if s.engine == onSQLite {
		s.database = "sqlite:" + filepath.Join(s.folder, "klantkaart.db")
		return nil
	}
	s.name = "klantkaart_chaos_" + strings.ToLower(rand.Text())
	if s.database, err = s.postgres.newDatabase(ctx, s.name); err != nil {
		return fmt.Errorf("make a database: %w", err)
	}
	s.closers = append(s.closers, func() {
		if err := s.postgres.dropDatabase(context.WithoutCancel(ctx), s.name); err != nil {
			fmt.Fprintf(s.log, "the database %s is left: %v\n", s.name, err)
		}
	})
	return nil
}

// prepareNode makes a node with its own ways to the servers.
func (s *stage) prepareNode(ctx context.Context, number int) (*node, error) {
	environment := []string{"KLANTKAART_MODE=production", "KLANTKAART_OPEN_BORDER=true", "KLANTKAART_LOG_LEVEL=info", "DATABASE_URL=" + s.database, "REDIS_URL=",
		"KLANTKAART_SECRET_KEY=" + strings.Repeat("A", 43) + "=", "KLANTKAART_STOP_TIMEOUT=5s", "KLANTKAART_BUDGET_PER_USER=1000000000000", "KLANTKAART_BUDGET_PER_TOKEN=1000000000000", "KLANTKAART_BUDGET_PER_OFFICE=1000000000000", "GORACE=halt_on_error=0"}
	environment = append(environment, s.length.environment()...)
	var toPostgres, toRedis *proxy
	if s.engine == onPostgres {
		network, target, by, err := through(s.database)
		if err != nil {
			return nil, err
		}
		toPostgres, err = newProxy(ctx, network, target)
		if err != nil {
			return nil, err
		}
		if toRedis, err = newProxy(ctx, "tcp", s.redis.address); err != nil {
			return nil, err
		}
		s.closers = append(s.closers, toPostgres.close, toRedis.close)
		environment = append(environment, "DATABASE_URL="+by(toPostgres.address()), "REDIS_URL=redis://"+toRedis.address())
	}
	n, err := newNode(ctx, number, s.folder, s.binary, environment)
	if err != nil {
		return nil, err
	}
	n.toPostgres, n.toRedis = toPostgres, toRedis
	return n, nil
}

// close stops everything, the last first.
func (s *stage) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// healed makes sure that everything runs and every way is open.
func (s *stage) healed(ctx context.Context) error {
	var errs []error
	for _, n := range s.nodes {
		if n.toPostgres != nil {
			n.toPostgres.heal()
			n.toRedis.heal()
		}
		errs = append(errs, n.restart(ctx))
	}
	return errors.Join(errs...)
}

// keepLogs copies what the nodes wrote to a folder, for reading after a failure.
func (s *stage) keepLogs(to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(s.folder, "*.log"))
	for _, log := range logs {
		text, readErr := os.ReadFile(log)
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(to, filepath.Base(log)), text, 0o600)) //nolint:gosec // a folder of our own
	}
	return err
}
