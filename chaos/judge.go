package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The counters of a verdict: what must be zero.
const (
	countLost        = "lost"
	countRepeated    = "repeated"
	countDisordered  = "disordered"
	countLeaked      = "leaked"
	countUnjustified = "unjustified RESYNC"
	countWrites      = "writes"
	countOther       = "other"
)

// violation is a broken promise.
type violation struct {
	invariant string // I1 to I12
	counter   string
	office    int
	card      string // the card whose timeline tells the story, if one does
	reader    int    // -1 without
	number    int64
	at        time.Duration
	text      string
}

func (v violation) String() string { return v.invariant + " " + v.text }

// verdict is what the judge says of a run.
type verdict struct {
	violations []violation
	counts     map[string]int
	figures    figures
}

// judge compares what was seen with what was written down.
func judge(l *ledger) *verdict {
	j := &judging{ledger: l, verdict: &verdict{counts: map[string]int{}}, byOrigin: map[string][]*logged{}, operations: map[string]*operation{}, values: map[*logged]values{}}
	seen := map[string]bool{}
	for _, o := range l.offices {
		for _, log := range o.logs {
			for _, e := range log {
				if !seen[e.id] {
					seen[e.id] = true
					j.byOrigin[e.of()] = append(j.byOrigin[e.of()], e)
				}
			}
		}
	}
	for _, op := range l.operations {
		j.operations[op.id] = op
	}
	j.writes()
	j.order()
	for i, o := range l.offices {
		j.log(i, o)
		j.cards(i, o)
	}
	for _, s := range l.streams {
		j.stream(s)
	}
	j.presence()
	j.remains()
	j.measure()
	slices.SortStableFunc(j.violations, func(a, b violation) int { return cmp.Compare(a.at, b.at) })
	return j.verdict
}

// judging is a verdict in the making.
type judging struct {
	*ledger
	*verdict
	byOrigin   map[string][]*logged
	operations map[string]*operation
	values     map[*logged]values // by the last event of a log
}

func (j *judging) find(v violation) {
	if v.counter == "" {
		v.counter = countOther
	}
	j.counts[v.counter]++
	j.violations = append(j.violations, v)
}

// writes: I1. An acknowledged operation made its events, one that is unknown made them or none, a failed
// one made none; and what one transaction wrote stands together.
func (j *judging) writes() {
	for _, op := range j.ledger.operations {
		o, wrote := j.offices[op.office], j.byOrigin[op.id]
		tell := func(format string, args ...any) {
			j.find(violation{invariant: "I1", counter: countWrites, office: op.office, card: op.card, reader: -1, number: op.position.number,
				at: op.ended, text: fmt.Sprintf("%s %s (%s): ", op.kind, op.id, op.outcome) + fmt.Sprintf(format, args...)})
		}
		if j.wasUndone(o, wrote) || op.outcome == acknowledged && j.undoneSince(op) {
			continue
		}
		for i := 1; i < len(wrote); i++ {
			if wrote[i].number != wrote[i-1].number+1 {
				tell("its events %d and %d do not stand together", wrote[i-1].number, wrote[i].number)
			}
		}
		switch {
		case op.outcome == failed && len(wrote) > 0:
			tell("made %d events", len(wrote))
		case op.outcome == unknown && len(wrote) != 0 && (len(wrote) < op.least || len(wrote) > op.most):
			tell("made %d events, want none or %d to %d", len(wrote), op.least, op.most)
		case op.outcome == acknowledged && (len(wrote) < op.least || len(wrote) > op.most):
			tell("made %d events, want %d to %d", len(wrote), op.least, op.most)
		case op.outcome == acknowledged && len(wrote) > 0 && op.position.text != "" && wrote[len(wrote)-1].place() != op.position:
			tell("answered position %d, but its last event is %d", op.position.number, wrote[len(wrote)-1].number)
		}
	}
}

// wasUndone tells whether events were lost with commits that the run lost on purpose.
func (j *judging) wasUndone(o *office, wrote []*logged) bool {
	now := o.now()
	return slices.ContainsFunc(wrote, func(e *logged) bool { return e.number > int64(len(now)) || now[e.number-1].id != e.id })
}

// undoneSince tells whether commits were lost on purpose after the operation: its events may have gone
// before anyone wrote them down.
func (j *judging) undoneSince(op *operation) bool {
	return slices.ContainsFunc(j.faults, func(f injected) bool { return f.losesWrite && op.began < f.to && op.ended > f.from-lossWindow })
}

// lossWindow is how much a loss on purpose may reach back without the driver having read it.
const lossWindow = time.Second

// order: I3. What was acknowledged before another operation began has the smaller number.
func (j *judging) order() {
	for office, o := range j.offices {
		var done []*operation
		for _, op := range j.ledger.operations {
			wrote := j.byOrigin[op.id]
			if op.office == office && op.outcome == acknowledged && len(wrote) > 0 && !j.wasUndone(o, wrote) {
				done = append(done, op)
			}
		}
		began := slices.Clone(done)
		slices.SortFunc(began, func(a, b *operation) int { return cmp.Compare(a.began, b.began) })
		slices.SortFunc(done, func(a, b *operation) int { return cmp.Compare(a.ended, b.ended) })
		var last *logged // the highest number that was acknowledged before
		for _, op := range began {
			for len(done) > 0 && done[0].ended < op.began {
				wrote := j.byOrigin[done[0].id]
				if highest := wrote[len(wrote)-1]; last == nil || highest.number > last.number {
					last = highest
				}
				done = done[1:]
			}
			if first := j.byOrigin[op.id][0]; last != nil && first.number <= last.number {
				j.find(violation{invariant: "I3", counter: countDisordered, office: office, card: op.card, reader: -1, number: first.number, at: op.ended,
					text: fmt.Sprintf("%s has number %d, but began after %s was acknowledged with %d", op.id, first.number, last.of(), last.number)})
			}
		}
	}
}

// log: I2. The numbers run without a hole from 1 to the counter, and the log holds those above its floor.
func (j *judging) log(office int, o *office) {
	tell := func(number int64, format string, args ...any) {
		j.find(violation{invariant: "I2", counter: countWrites, office: office, reader: -1, number: number, text: fmt.Sprintf(format, args...)})
	}
	log := o.now()
	for i, e := range log {
		if e.number != int64(i)+1 {
			tell(e.number, "office %d: number %d stands at place %d of the log", office, e.number, i+1)
			return
		}
	}
	head := int64(len(log))
	if o.position != head {
		tell(head, "office %d: the counter is at %d, the last event at %d", office, o.position, head)
	}
	if o.floor > head {
		tell(o.floor, "office %d: the floor %d lies above the last event %d", office, o.floor, head)
	}
	for _, e := range log {
		if to, known := o.addressed[e.subject]; e.ofAttention() && known && !sameSet(to, e.to) {
			tell(e.number, "event %d is for %v, its attention for %v", e.number, e.to, to)
		}
	}
	kept := map[int64]bool{}
	for _, number := range o.kept {
		kept[number] = true
	}
	for number := o.floor + 1; number <= head; number++ {
		if !kept[number] {
			tell(number, "office %d: event %d is gone, above the floor %d", office, number, o.floor)
		}
	}
}

// cards: I4. Along the log the version of every card rises by one, each old value is the last new one,
// and the last ones are what the card's row holds.
func (j *judging) cards(office int, o *office) {
	replayed := map[string]*card{}
	for _, e := range o.now() {
		if e.ofAccess() {
			continue
		}
		c := replayed[e.card]
		if c == nil {
			c = &card{version: e.version - 1, fields: map[string]any{}}
			replayed[e.card] = c
		}
		tell := func(format string, args ...any) {
			j.find(violation{invariant: "I4", counter: countWrites, office: office, card: e.card, reader: -1, number: e.number,
				text: fmt.Sprintf("%s event %d: ", e.card, e.number) + fmt.Sprintf(format, args...)})
		}
		if e.version != c.version+1 {
			tell("version %d follows %d", e.version, c.version)
		}
		c.version = e.version
		for _, change := range e.changes {
			if before, known := c.fields[change.Field]; known && !same(before, change.From) {
				tell("%s was %v, and changes from %v", change.Field, before, change.From)
			}
			c.fields[change.Field] = change.To
		}
	}
	for id, want := range o.cards {
		c := replayed[id]
		if c == nil {
			continue // made before the log began
		}
		if c.version != want.version {
			j.find(violation{invariant: "I4", counter: countWrites, office: office, card: id, reader: -1,
				text: fmt.Sprintf("%s has version %d, its events lead to %d", id, want.version, c.version)})
		}
		for field, value := range want.fields {
			if replayedValue := c.fields[field]; !same(replayedValue, value) {
				j.find(violation{invariant: "I4", counter: countWrites, office: office, card: id, reader: -1,
					text: fmt.Sprintf("%s of %s is %v, its events lead to %v", field, id, value, replayedValue)})
			}
		}
	}
}

// sameSet compares lists whatever their order.
func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// same compares values of JSON.
func same(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// presence: I10. After the quiet, who is seen is who is there.
func (j *judging) presence() {
	for _, p := range j.presences {
		if wrong := p.wrong(); wrong != "" {
			j.find(violation{invariant: "I10", card: p.card, reader: p.reader, text: fmt.Sprintf("reader %d, cardPresence %s: %s", p.reader, p.card, wrong)})
		}
	}
}

// remains: I9, and what nodes complain of.
func (j *judging) remains() {
	for _, text := range j.leftovers {
		j.find(violation{invariant: "I9", reader: -1, text: text})
	}
	for _, text := range j.complaints {
		j.find(violation{invariant: "I0", reader: -1, text: text})
	}
}
