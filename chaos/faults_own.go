package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Faults of a PostgreSQL that may be killed, and of the clock.

func postgresKilled(ctx context.Context, t *trouble) (string, error) {
	t.stage.postgres.stop()
	sleep(ctx, t.between(200*time.Millisecond, 1500*time.Millisecond))
	return "and back", t.stage.postgres.restart(ctx)
}

func checkpointerFrozen(ctx context.Context, t *trouble) (string, error) {
	var pid int
	row := t.scene.direct.QueryRowContext(ctx, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	if err := row.Scan(&pid); err != nil {
		return "", err
	}
	took := t.between(2*time.Second, 4*time.Second)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return "", err
	}
	sleep(ctx, took)
	return fmt.Sprintf("for %v", took.Round(time.Millisecond)), syscall.Kill(pid, syscall.SIGCONT)
}

// commitsLost sets the database back to what it was some seconds before, under nodes that go on: as a
// replica does that takes over without the last commits. What is lost is written down first.
func commitsLost(ctx context.Context, t *trouble) (string, error) {
	server := t.stage.postgres
	copied := server.data + "-copy"
	if err := os.RemoveAll(copied); err != nil {
		return "", err
	}
	server.stop()
	if output, err := exec.CommandContext(ctx, "cp", "-a", server.data, copied).CombinedOutput(); err != nil { //nolint:gosec // folders of our own
		return "", fmt.Errorf("copy the database: %w\n%s", err, output)
	}
	if err := server.restart(ctx); err != nil {
		return "", err
	}
	sleep(ctx, t.between(2*time.Second, 4*time.Second))
	for _, n := range t.stage.nodes { // from here on nothing is committed that nobody writes down
		n.toPostgres.set(true, fine(), fine())
		n.toPostgres.cut()
	}
	sleep(ctx, 100*time.Millisecond)
	before, err := t.readLogs(ctx)
	if err != nil {
		return "", err
	}
	for office, h := range t.scene.offices {
		floors, err := t.readFloors(ctx, h)
		if err != nil {
			return "", err
		}
		t.lostFloors[office] = append(t.lostFloors[office], floors...)
	}
	server.stop()
	if err := errors.Join(os.RemoveAll(server.data), os.Rename(copied, server.data)); err != nil {
		return "", err
	}
	if err := server.restart(ctx); err != nil {
		return "", err
	}
	after, err := t.readLogs(ctx)
	if err != nil {
		return "", err
	}
	lost := 0
	for office := range before {
		lost += len(before[office]) - len(after[office])
		t.lostLogs[office] = append(t.lostLogs[office], before[office])
	}
	for _, n := range t.stage.nodes {
		n.toPostgres.heal()
	}
	return fmt.Sprintf("%d events", lost), nil
}

// readLogs reads the logs of all offices.
func (r *run) readLogs(ctx context.Context) ([]history, error) {
	logs := make([]history, len(r.scene.offices))
	for i, h := range r.scene.offices {
		var err error
		if logs[i], err = r.readLog(ctx, h); err != nil {
			return nil, err
		}
	}
	return logs, nil
}

// clockVariable sets the clock of a node that was built with clockPatch.
const clockVariable = "KLANTKAART_CHAOS_CLOCK"

// clockPatch lets the environment set the core's clock.
func clockPatch() []patch {
	return []patch{
		{file: "crm/crm.go", old: "c.now = time.Now ", new: "off, _ := time.ParseDuration(os.Getenv(\"" + clockVariable + "\")); c.now = func() time.Time { return time.Now().Add(off) } "},
		{file: "crm/crm.go", old: "import (\n", new: "import (\n\t\"os\"\n"},
	}
}

// clockOff runs a node with a clock that is an hour early or late.
func clockOff(ctx context.Context, t *trouble) (string, error) {
	if t.stage.skewed == "" {
		skewed, err := t.stage.builder.build(ctx, "skewed", append(clockPatch(), t.patches...))
		if err != nil {
			return "", err
		}
		t.stage.skewed = skewed
	}
	off := []string{"1h", "-1h"}[t.dice.IntN(2)]
	t.node.drain()
	t.node.as(t.stage.skewed, clockVariable+"="+off)
	defer t.node.as(t.stage.binary)
	if err := t.node.restart(ctx); err != nil {
		return "", err
	}
	sleep(ctx, t.between(3*time.Second, 5*time.Second))
	t.node.drain()
	t.node.as(t.stage.binary)
	return fmt.Sprintf("node %d %s", t.node.number, off), t.node.restart(ctx)
}
