package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// allFaults are the faults that there are.
func allFaults() []*fault {
	return []*fault{
		{name: "node killed", play: nodeKilled},
		{name: "node frozen", play: nodeFrozen},
		{name: "node drained", play: nodeDrained},
		{name: "writer idle in a transaction", play: writerIdle},
		{name: "Redis killed", needs: needsServers, redisDead: true, play: redisKilled},
		{name: "Redis frozen", needs: needsServers, redisDead: true, play: redisFrozen},
		{name: "Redis subscriptions killed", needs: needsServers, play: redisSubscriptionsKilled},
		{name: "Redis flushed", needs: needsServers, play: redisFlushed},
		{name: "Redis split in two", needs: needsServers, play: redisSplit},
		{name: "way to Redis", needs: needsServers, play: redisWay},
		{name: "way to PostgreSQL", needs: needsServers, play: postgresWay},
		{name: "backends terminated", needs: needsServers, play: backendsTerminated},
		{name: "rolling restart", needs: needsNodes, play: rollingRestart},
		{name: "clock an hour off", needs: needsTime, play: clockOff},
		{name: "PostgreSQL killed", needs: needsOwn, play: postgresKilled},
		{name: "checkpointer frozen", needs: needsOwn, play: checkpointerFrozen},
		{name: "commits lost", needs: needsOwn, losesWrite: true, play: commitsLost},
	}
}

func nodeKilled(ctx context.Context, t *trouble) (string, error) {
	t.node.process.kill()
	sleep(ctx, t.between(100*time.Millisecond, time.Second))
	return fmt.Sprintf("node %d", t.node.number), t.node.restart(ctx)
}

func nodeFrozen(ctx context.Context, t *trouble) (string, error) {
	took := t.between(time.Second, 3*time.Second)
	t.node.process.send(syscall.SIGSTOP)
	sleep(ctx, took)
	t.node.process.send(syscall.SIGCONT)
	return fmt.Sprintf("node %d for %v", t.node.number, took.Round(time.Millisecond)), nil
}

func nodeDrained(ctx context.Context, t *trouble) (string, error) {
	if !t.node.drain() {
		return "", errors.New("the node did not stop")
	}
	return fmt.Sprintf("node %d", t.node.number), t.node.restart(ctx)
}

func rollingRestart(ctx context.Context, t *trouble) (string, error) {
	for _, n := range t.stage.nodes {
		if !n.drain() {
			return "", errors.New("the node did not stop")
		}
		if err := n.restart(ctx); err != nil {
			return "", err
		}
		sleep(ctx, 300*time.Millisecond)
	}
	return "", nil
}

// writerIdle holds the lock of a hot card, and a transaction id that everyone after it must wait to see
// gone, where positions depend on that.
func writerIdle(ctx context.Context, t *trouble) (string, error) {
	h := t.scene.offices[t.dice.IntN(len(t.scene.offices))]
	card := h.customers[t.dice.IntN(len(h.customers))]
	tx, err := t.scene.direct.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, "UPDATE customers SET version = version WHERE id = '"+card+"'") //nolint:gosec // an id of our own
	took := t.between(time.Second, 3*time.Second)
	sleep(ctx, took)
	return fmt.Sprintf("on %s for %v", card, took.Round(time.Millisecond)), errors.Join(err, tx.Rollback())
}

func redisKilled(ctx context.Context, t *trouble) (string, error) {
	t.stage.redis.own.kill()
	sleep(ctx, t.between(2*time.Second, 4*time.Second))
	return "and back, empty", t.stage.redis.restart(ctx)
}

func redisFrozen(ctx context.Context, t *trouble) (string, error) {
	took := t.between(2*time.Second, 4*time.Second)
	t.stage.redis.own.send(syscall.SIGSTOP)
	sleep(ctx, took)
	t.stage.redis.own.send(syscall.SIGCONT)
	return fmt.Sprintf("for %v", took.Round(time.Millisecond)), nil
}

func redisSubscriptionsKilled(ctx context.Context, t *trouble) (string, error) {
	for range 3 {
		if err := t.stage.redis.client.Do(ctx, "CLIENT", "KILL", "TYPE", "pubsub").Err(); err != nil {
			return "", err
		}
		sleep(ctx, t.between(50*time.Millisecond, 400*time.Millisecond))
	}
	return "", nil
}

func redisFlushed(ctx context.Context, t *trouble) (string, error) {
	return "", t.stage.redis.client.FlushAll(ctx).Err()
}

// redisSplit gives each node a Redis of its own for a while: what one publishes, no other hears.
func redisSplit(ctx context.Context, t *trouble) (string, error) {
	other, err := startRedis(ctx, t.stage.folder)
	if err != nil {
		return "", err
	}
	defer other.own.kill()
	defer other.client.Close()
	way := t.node.toRedis
	before := way.aim(other.address)
	way.cut()
	sleep(ctx, t.between(time.Second, 3*time.Second))
	way.aim(before)
	way.cut()
	return fmt.Sprintf("node %d has another", t.node.number), nil
}

func redisWay(ctx context.Context, t *trouble) (string, error) {
	return spoil(ctx, t, t.node.toRedis)
}

func postgresWay(ctx context.Context, t *trouble) (string, error) {
	return spoil(ctx, t, t.node.toPostgres)
}

// spoil lets a way fare badly, in one of several manners.
func spoil(ctx context.Context, t *trouble, way *proxy) (string, error) {
	took := t.between(700*time.Millisecond, 2500*time.Millisecond)
	there, back, refuse := fine(), fine(), false
	manner := []string{"cut", "refused", "frozen", "frozen there", "frozen back", "slow", "truncated there", "truncated back"}[t.dice.IntN(8)]
	switch manner {
	case "refused":
		refuse = true
	case "frozen":
		there.frozen, back.frozen = true, true
	case "frozen there":
		there.frozen = true
	case "frozen back":
		back.frozen = true
	case "slow":
		there.delay, back.delay = 50*time.Millisecond, 80*time.Millisecond
	case "truncated there":
		there.truncate = t.dice.IntN(40)
	case "truncated back":
		back.truncate = t.dice.IntN(40)
	}
	way.set(refuse, there, back)
	if manner == "cut" || refuse {
		way.cut()
	}
	sleep(ctx, took)
	way.heal()
	if manner != "slow" {
		way.cut() // what was frozen is gone for good, as behind a router that has forgotten it
	}
	return fmt.Sprintf("of node %d %s for %v", t.node.number, manner, took.Round(time.Millisecond)), nil
}

func backendsTerminated(ctx context.Context, t *trouble) (string, error) {
	_, err := t.scene.direct.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"+
		" WHERE datname = current_database() AND application_name = 'klantkaart'")
	return "", err
}
