package main

import (
	"fmt"
	"slices"
	"time"
)

// stream judges what one reader saw: I5, I6, I7 and I12. A stream falls into segments; a RESYNC ends one
// and begins the next, and what lies between is fetched anew.
func (j *judging) stream(s *stream) {
	segments := j.segments(s)
	for i, one := range segments {
		last := i == len(segments)-1
		var least []violation
		for v := range slices.Backward(j.offices[s.office].logs) {
			current := v == len(j.offices[s.office].logs)-1
			if last && !s.dismissed && !current {
				break // where it ended it must be with the log as it is
			}
			found := j.walk(s, one, j.offices[s.office].logs[v], last && !s.dismissed)
			if least == nil || len(found) < len(least) {
				least = found
			}
			if len(found) == 0 {
				least = nil
				break
			}
		}
		for _, v := range least {
			j.find(v)
		}
	}
	j.secrets(s)
	j.converged(s)
}

// segment is a part of a stream that must be without a hole: all behind from.
type segment struct {
	from  place
	steps []step
}

// segments cuts a stream at its RESYNCs, and judges how its subscriptions begin.
func (j *judging) segments(s *stream) []segment {
	var all []segment
	begun := false
	var after, last place
	begin := func(at place) {
		all = append(all, segment{from: at})
		begun, last = true, at
	}
	for _, one := range s.steps {
		switch one.kind {
		case stepFetched:
			if !begun {
				begin(one.place)
			}
		case stepOpened:
			after = one.place
		case stepReady:
			j.ready(s, one, after, last, begun)
			if one.mode == "RESYNC" || !begun {
				begin(one.place)
			}
			after = place{}
		case stepEvent, stepNotice, stepCustomer, stepCustomers, stepCheck:
			if !begun {
				j.find(s.violation(one, "I5", countOther, "a message before Ready"))
				begin(one.place)
			}
			all[len(all)-1].steps = append(all[len(all)-1].steps, one)
			last = one.place
		case stepBroken:
			j.find(s.violation(one, "I5", countLost, one.detail))
		}
	}
	return all
}

// violation is one that a step of the stream shows.
func (s *stream) violation(at step, invariant, counter, text string) violation {
	return violation{invariant: invariant, counter: counter, office: s.office, card: s.scope.card, reader: s.reader, number: at.place.number, at: at.at,
		text: fmt.Sprintf("reader %d, %s %s: %s", s.reader, s.scope.field, s.scope.card, text)}
}

// ready judges the beginning of a subscription, and a RESYNC in its midst.
func (j *judging) ready(s *stream, one step, after, last place, begun bool) {
	inMidst := after == place{} && begun
	switch one.mode {
	case "LIVE":
		if begun {
			j.find(s.violation(one, "I5", countLost, "LIVE, though it was to go on after a position"))
		}
	case "REPLAYED":
		if inMidst || one.place.number != after.number {
			j.find(s.violation(one, "I5", countLost, fmt.Sprintf("REPLAYED from %d, asked for %d", one.place.number, after.number)))
		}
	case "RESYNC":
		from := after
		if inMidst {
			from = last
		}
		if one.place.number < from.number && one.reason != "CURSOR_UNKNOWN" && len(j.offices[s.office].logs) == 1 {
			j.find(s.violation(one, "I5", countDisordered, fmt.Sprintf("RESYNC (%s) goes back from %d to %d", one.reason, from.number, one.place.number)))
		}
		if !j.justified(s, one, from) {
			j.find(s.violation(one, "I12", countUnjustified, fmt.Sprintf("RESYNC (%s) after %d without a reason", one.reason, from.number)))
		}
	default:
		j.find(s.violation(one, "I5", countOther, "Ready with mode "+one.mode))
	}
}

// justified tells whether a RESYNC was unavoidable: I12.
func (j *judging) justified(s *stream, one step, from place) bool {
	o := j.offices[s.office]
	switch one.reason {
	case "CURSOR_TOO_OLD":
		return slices.ContainsFunc(o.floors, func(m floorMove) bool { return m.floor >= from.number && m.at <= one.at })
	case "CURSOR_UNKNOWN":
		now := o.now()
		lost := from.number > int64(len(now)) || from.number > 0 && now[from.number-1].place() != from
		return lost && len(o.logs) > 1
	case "ACCESS_CHANGED":
		return slices.ContainsFunc(o.logs, func(log history) bool {
			return slices.ContainsFunc(log, func(e *logged) bool {
				return e.ofAccess() && e.subject == s.scope.user && e.number <= one.place.number && (e.number > from.number || j.lately(e, one.at))
			})
		})
	}
	return false
}

// lag is how long a node may not know of what happened on another while its servers fail it: for so long
// it may act upon a change of rights that a reader's position already covers.
const lag = 10 * time.Second

// lately tells whether an event was made so shortly before a moment that a node may hear of it only then.
func (j *judging) lately(e *logged, at time.Duration) bool {
	op := j.operations[e.of()]
	return op != nil && op.ended+lag > at
}

// walk compares a segment with a log: every visible event behind its beginning came once, in order, and
// as it was logged. complete asks besides that it reached the head.
func (j *judging) walk(s *stream, one segment, log history, complete bool) []violation {
	w := &walking{s: s, log: log, last: one.from.number, got: map[int64]bool{}, values: j.valuesOf(log), now: j.offices[s.office].now()}
	if one.from.number > int64(len(log)) || one.from.number > 0 && log[one.from.number-1].place() != one.from {
		return []violation{s.violation(step{place: one.from}, "I5", countOther, fmt.Sprintf("position %d is not of the log", one.from.number))}
	}
	for _, at := range one.steps {
		w.step(at)
	}
	if complete {
		for _, e := range w.between(w.last, int64(len(log))) {
			w.tell(step{place: e.place()}, "I6", countLost, fmt.Sprintf("event %d (%s) never came", e.number, e.kind))
		}
	}
	return w.found
}

// walking is a walk along a log.
type walking struct {
	s      *stream
	log    history
	last   int64
	got    map[int64]bool
	values values
	now    history // the log as it is in the end
	found  []violation
}

func (w *walking) tell(at step, invariant, counter, text string) {
	w.found = append(w.found, w.s.violation(at, invariant, counter, text))
}

// between are the visible events behind one number and before the other is passed.
func (w *walking) between(behind, upTo int64) history {
	var found history
	for number := behind + 1; number <= min(upTo, int64(len(w.log))); number++ {
		if e := w.log[number-1]; w.s.scope.shows(e) {
			found = append(found, e)
		}
	}
	return found
}

func (w *walking) step(at step) {
	number := at.place.number
	if number < 1 || number > int64(len(w.log)) || w.log[number-1].place() != at.place {
		if number != 0 || at.kind != stepCheck {
			w.tell(at, "I5", countLeaked, fmt.Sprintf("%s with position %d, which is not of the log", at.kind, number))
		}
		return
	}
	switch at.kind {
	case stepCheck:
		w.check(at)
	case stepCustomers:
		w.merged(at)
	default:
		w.event(at, w.log[number-1])
	}
}

func (w *walking) check(at step) {
	if at.place.number < w.last {
		w.tell(at, "I5", countDisordered, fmt.Sprintf("Checkpoint %d behind %d", at.place.number, w.last))
		return
	}
	w.missed(at, at.place.number)
}

// merged judges a message that stands for many events.
func (w *walking) merged(at step) {
	stand := w.between(w.last, at.place.number)
	customers := map[string]bool{}
	for _, e := range stand {
		customers[e.customer] = true
	}
	told := slices.Compact(slices.Sorted(slices.Values(at.customers)))
	if at.count != len(stand) || len(told) != len(customers) {
		w.tell(at, "I5", countLost, fmt.Sprintf("CustomersChanged %d tells of %d events on %d relations, there are %d on %d",
			at.place.number, at.count, len(told), len(stand), len(customers)))
	}
	w.last = max(w.last, at.place.number)
}

func (w *walking) event(at step, e *logged) {
	switch {
	case w.got[e.number]:
		w.tell(at, "I5", countRepeated, fmt.Sprintf("event %d (%s) came again", e.number, e.kind))
		return
	case e.number == w.last:
		w.tell(at, "I5", countRepeated, fmt.Sprintf("event %d (%s) came, which the position covers already", e.number, e.kind))
		return
	case e.number < w.last:
		w.tell(at, "I5", countDisordered, fmt.Sprintf("event %d (%s) came behind %d", e.number, e.kind, w.last))
		w.got[e.number] = true
		return
	}
	w.got[e.number] = true
	w.missed(at, e.number-1)
	w.last = e.number
	switch {
	case at.event != e.id || at.eventKind != e.kind || at.version != e.version || at.origin != e.origin:
		w.tell(at, "I5", countOther, fmt.Sprintf("event %d came as %s %s version %d, logged is %s %s version %d",
			e.number, at.event, at.eventKind, at.version, e.id, e.kind, e.version))
	case !w.s.scope.shows(e):
		w.tell(at, "I7", countLeaked, fmt.Sprintf("event %d (%s) of %s is not for this stream", e.number, e.kind, e.card))
	case at.kind == stepCustomer && at.inFilter != (!w.s.scope.filtered() || e.customer == w.s.scope.among):
		w.tell(at, "I5", countOther, fmt.Sprintf("event %d (%s) of %s came with inFilter %t", e.number, e.kind, e.customer, at.inFilter))
	}
	w.content(at, e)
}

// missed tells of the events that should have come before a number was passed.
func (w *walking) missed(at step, upTo int64) {
	for _, e := range w.between(w.last, upTo) {
		w.tell(at, "I5", countLost, fmt.Sprintf("event %d (%s %s) was passed over by %s %d", e.number, e.kind, e.card, at.kind, at.place.number))
	}
	w.last = max(w.last, upTo)
}

// converged: I6. What the reader shows is the card as its row says.
func (j *judging) converged(s *stream) {
	j.ended(s)
	if s.dismissed {
		return
	}
	if head := int64(len(j.offices[s.office].now())); s.reached.Load() < head {
		j.find(s.violation(step{at: s.end(), place: place{number: head}}, "I6", countLost, fmt.Sprintf("stayed at %d, the head is %d", s.reached.Load(), head)))
	}
	if s.model == nil {
		return
	}
	want, ok := j.offices[s.office].cards[s.model.id]
	if !ok {
		return
	}
	tell := func(text string) {
		j.find(violation{invariant: "I6", counter: countLost, office: s.office, card: s.model.id, reader: s.reader, at: s.end(),
			text: fmt.Sprintf("reader %d, %s: %s", s.reader, s.model.id, text)})
	}
	if s.model.version != want.version {
		tell(fmt.Sprintf("shows version %d, the card has %d", s.model.version, want.version))
		return
	}
	for field, value := range s.model.fields {
		if is, known := want.fields[field]; known && !same(is, value) {
			tell(fmt.Sprintf("shows %s as %v, it is %v", field, value, is))
		}
	}
}
