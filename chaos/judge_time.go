package main

import (
	"slices"
	"time"
)

// figures are what is measured beside what must be zero.
type figures struct {
	operations   map[outcome]int
	events       int // in the logs
	messages     int // events that came over a stream
	checkpoints  int
	replays      int
	resyncs      map[string]int
	connections  int
	stalls       int
	faces        int // whose presence was judged
	faults       map[string]int
	healthy      delays // commit acknowledged to message, without a fault
	withoutRedis delays // the same while Redis is dead
	saved        delays // mutations, without a fault
	savedWithout delays // the same while Redis is dead
	revocations  delays // revocation acknowledged to socket closed
}

// delays are durations in order.
type delays []time.Duration

func (d delays) at(share float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(len(d)-1, int(share*float64(len(d))))]
}

// calm is how long after a fault the measures are those of health again.
const calm = 2 * time.Second

// bounds are what the delays of 99 in 100 may not pass.
type bounds struct{ healthy, withoutRedis, revoked time.Duration }

// generous bounds lie far beyond the goals: the driver and what it judges share a small machine with
// whatever else runs there. Strict ones are for a machine of one's own.
func generous() bounds { return bounds{10 * time.Second, 15 * time.Second, 10 * time.Second} }
func strict() bounds   { return bounds{time.Second, 2 * time.Second, time.Second} }

// measure gathers the figures, and finds delays beyond all bounds: I7, I8, I11.
func (j *judging) measure() {
	f := &j.figures
	f.operations, f.resyncs, f.faults = map[outcome]int{}, map[string]int{}, map[string]int{}
	for _, fault := range j.faults {
		f.faults[fault.name]++
	}
	for _, o := range j.offices {
		f.events += len(o.now())
	}
	for _, op := range j.ledger.operations {
		f.operations[op.outcome]++
		if op.outcome != acknowledged {
			continue
		}
		switch j.health(op.began, op.ended) {
		case healthy:
			f.saved = append(f.saved, op.ended-op.began)
		case redisDead:
			f.savedWithout = append(f.savedWithout, op.ended-op.began)
		}
	}
	f.faces = len(j.presences)
	for _, s := range j.streams {
		j.count(s)
	}
	for _, d := range []delays{f.healthy, f.withoutRedis, f.saved, f.savedWithout, f.revocations} {
		slices.Sort(d)
	}
	j.bound()
}

func (j *judging) bound() {
	for _, one := range []struct {
		invariant, what string
		is, bound       time.Duration
	}{
		{"I8", "from commit to message in health", j.figures.healthy.at(0.99), j.bounds.healthy},
		{"I8", "from commit to message without Redis", j.figures.withoutRedis.at(0.99), j.bounds.withoutRedis},
		{"I7", "from revocation to closed socket", j.figures.revocations.at(0.99), j.bounds.revoked},
	} {
		if one.is > one.bound {
			j.find(violation{invariant: one.invariant, reader: -1, text: one.what + " took " + one.is.String() + " (p99), at most " + one.bound.String()})
		}
	}
}

// The states of health.
const (
	healthy   = "healthy"
	redisDead = "without Redis"
	faulty    = "faulty"
)

// health tells in which state the run was during a time.
func (j *judging) health(from, to time.Duration) string {
	state := healthy
	for _, fault := range j.faults {
		if to < fault.from || from > fault.to+calm {
			continue
		}
		if !fault.redisDead || from < fault.from || from > fault.to {
			return faulty
		}
		state = redisDead
	}
	return state
}

// count adds what a stream saw.
func (j *judging) count(s *stream) {
	f := &j.figures
	j.dismissal(s)
	attends := false
	since := time.Duration(0) // it has listened without a break
	for i, one := range s.steps {
		switch one.kind {
		case stepOpened:
			f.connections++
		case stepReady:
			attends, since = true, one.at
			switch one.mode {
			case "REPLAYED":
				f.replays++
			case "RESYNC":
				f.resyncs[one.reason]++
			}
		case stepStall:
			f.stalls++
			attends = false
		case stepClosed:
			attends = false
		case stepCheck:
			f.checkpoints++
		case stepEvent, stepNotice, stepCustomer, stepCustomers:
			f.messages++
			if attends {
				j.delay(one, since)
			}
			if i > 0 && s.steps[i-1].kind == stepStall {
				attends, since = true, one.at
			}
		}
	}
}

// dismissal takes the time from the answer to who ended a credential until the socket of one who was
// listening was closed.
func (j *judging) dismissal(s *stream) {
	number, log := j.revoked(s), j.offices[s.office].now()
	if !s.dismissed || number == 0 || number > int64(len(log)) {
		return
	}
	op := j.operations[log[number-1].of()]
	if op == nil || op.outcome != acknowledged {
		return
	}
	listens := false
	for _, one := range s.steps {
		switch {
		case one.kind == stepReady && one.at < op.began:
			listens = true
		case one.kind == stepClosed && one.detail == errFate.Error(): // by itself
			listens = false
		case one.kind == stepClosed && listens && one.at >= op.began && j.health(op.began, one.at) == healthy:
			j.figures.revocations = append(j.figures.revocations, max(0, one.at-op.ended))
			return
		case one.kind == stepClosed || one.kind == stepStall:
			listens = false
		}
	}
}

// delay takes the time of a message whose reader listened when its operation began.
func (j *judging) delay(one step, since time.Duration) {
	op := j.operations[one.origin]
	if op == nil || op.outcome != acknowledged || op.began < since {
		return
	}
	took := max(0, one.at-op.ended)
	switch j.health(op.began, one.at) {
	case healthy:
		j.figures.healthy = append(j.figures.healthy, took)
	case redisDead:
		j.figures.withoutRedis = append(j.figures.withoutRedis, took)
	}
}
