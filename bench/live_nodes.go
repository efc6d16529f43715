package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"klantkaart/bench/crowd"
	"klantkaart/crm"
)

// latencyRate is how many events are written in a second where their way is timed: few enough that they
// do not wait for each other.
const latencyRate = 50

// measureNodes times the way of an event from the acknowledged mutation to a subscriber: on the same
// node, and on the other one, over Redis and PostgreSQL.
func (l *liveBench) measureNodes(ctx context.Context) (err error) {
	other, err := l.startParty(ctx, "other", l.nodeCommand(l.binary, "other"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	cards := l.cards[:50]
	if err := l.ours.open(l.tokens, cards, changeFeed, len(cards), 0); err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		node *party
		goal [2]goal
	}{{"the same node", l.ours, [2]goal{}}, {"the other node", other, [2]goal{atMost(3), atMost(30)}}} {
		w := l.api(one.node)
		if err := l.ours.expect(l.size.latency); err != nil {
			return err
		}
		made, err := paced(ctx, w, cards, l.size.latency, latencyRate)
		if err != nil {
			return err
		}
		w.close()
		d, err := l.ours.await(crowd.Waiting{Since: made, Timeout: l.size.patience}, l.size.latency)
		if err != nil {
			return err
		}
		l.line("acknowledged on "+one.name+" to delivered: p50 ms", milliseconds(quantile(d.Latencies, 0.5)), math.NaN(), math.NaN(), one.goal[0])
		l.line("  p99 ms", milliseconds(quantile(d.Latencies, 0.99)), math.NaN(), math.NaN(), one.goal[1])
	}
	return l.ours.close(false)
}

// measureRevocation revokes tokens one after the other, each with a socket, and times how long it takes
// until the socket is closed.
func (l *liveBench) measureRevocation(ctx context.Context) error {
	var ids []crm.ID
	var secrets []string
	for range l.size.revoked {
		id, secret, err := l.token(ctx, l.subject)
		if err != nil {
			return err
		}
		ids, secrets = append(ids, id), append(secrets, secret)
	}
	if err := l.ours.open(secrets, l.cards[:1], changeFeed, len(secrets), 0); err != nil {
		return err
	}
	w := l.api(l.ours)
	defer w.close()
	revoked := make([]int64, len(ids))
	for i, id := range ids {
		body := fmt.Appendf(nil, `{"query":"mutation { revokeApiToken(input: {id: \"%s\"}) { apiToken { id } userErrors { message } } }"}`, id)
		_, at, err := w.do(ctx, post(graphPath, l.secret, body))
		if err != nil {
			return err
		}
		revoked[i] = at.UnixNano()
	}
	var closed []crowd.Closing
	if err := l.ours.crowd.Call("Crowd.Closings", len(ids), &closed); err != nil {
		return err
	}
	var took []time.Duration
	for _, one := range closed {
		took = append(took, time.Duration(one.At-revoked[one.Socket]))
	}
	slices.Sort(took)
	l.line(fmt.Sprintf("revoked to closed, %d sockets: p50 ms", len(ids)), milliseconds(quantile(took, 0.5)), math.NaN(), math.NaN(), goal{})
	l.line("  p99 ms", milliseconds(quantile(took, 0.99)), math.NaN(), math.NaN(), atMost(200))
	return l.ours.close(false)
}
