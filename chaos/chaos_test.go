package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"klantkaart/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPromise is the short run of `make chaos`: real servers, a few faults, everything judged. Its seed is
// always the same; what chance brings besides differs from run to run. Only bounds on time are generous.
func TestPromise(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := builder{root: root, folder: t.TempDir(), race: raced}
	binary, err := b.build(t.Context(), "server", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := plan{seed: 20261124, engine: engine, nodes: 2, readers: 40, writers: 4, rate: 20, binary: binary, length: measures{
				warmUp: 3 * time.Second, trouble: 16 * time.Second, quiet: time.Minute, fateAfter: 3 * time.Second, stall: 3 * time.Second,
				oversleep: 8 * time.Second, replay: 30, bounds: generous()}}
			if engine == onSQLite {
				p.nodes, p.readers, p.length.trouble = 1, 24, 6*time.Second
			}
			p.faults = draw(p.seed, p, false, false, 8)
			var postgres *postgresServer
			if engine == onPostgres {
				postgres = givenPostgres(os.Getenv(dbtest.PostgresVariable))
			}
			out := &strings.Builder{}
			defer func() { t.Log(out.String()) }()
			l, err := play(t.Context(), p, b, postgres, out)
			if err != nil {
				t.Fatal(err)
			}
			v := judge(l)
			v.tell(out)
			if len(v.violations) > 0 {
				v.complain(out, l, 30)
				t.Errorf("the promise is broken: %v", v.violations[0])
			}
		})
	}
}
