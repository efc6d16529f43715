package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// counters are what must be zero, in the order in which they are told.
func counters() []string {
	return []string{countLost, countRepeated, countDisordered, countLeaked, countUnjustified, countWrites, countOther}
}

// tell writes what a run showed.
func (v *verdict) tell(out io.Writer) {
	f := v.figures
	fmt.Fprintf(out, "  operations %s; events %d\n", told(f.operations), f.events)
	fmt.Fprintf(out, "  messages %d, checkpoints %d, subscriptions %d, replays %d, resyncs %s, stalls %d, faces %d\n",
		f.messages, f.checkpoints, f.connections, f.replays, told(f.resyncs), f.stalls, f.faces)
	fmt.Fprintf(out, "  faults %d: %s\n", sum(f.faults), told(f.faults))
	for _, one := range []struct {
		what string
		is   delays
	}{{"commit to message, in health", f.healthy}, {"commit to message, without Redis", f.withoutRedis}, {"mutation, in health", f.saved},
		{"mutation, without Redis", f.savedWithout}, {"revocation to closed socket", f.revocations}} {
		fmt.Fprintf(out, "  %-34s p50 %8s  p99 %8s  max %8s  of %d\n", one.what, brief(one.is.at(0.5)), brief(one.is.at(0.99)), brief(one.is.at(1)), len(one.is))
	}
	fmt.Fprint(out, " ")
	for _, name := range counters() {
		fmt.Fprintf(out, " %s %d,", name, v.counts[name])
	}
	fmt.Fprintf(out, " violations %d\n", len(v.violations))
}

func brief(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

func sum[K comparable](counts map[K]int) int {
	all := 0
	for _, n := range counts {
		all += n
	}
	return all
}

// told writes counts in the order of their names.
func told[K cmp.Ordered](counts map[K]int) string {
	parts := []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%v %d", name, counts[name]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// complain writes the first violations, and the story of the card of the first one that has a card.
func (v *verdict) complain(out io.Writer, l *ledger, most int) {
	for i, one := range v.violations {
		if i == most {
			fmt.Fprintf(out, "  … and %d more\n", len(v.violations)-most)
			break
		}
		fmt.Fprintf(out, "  %8.3fs %s\n", one.at.Seconds(), one)
	}
	i := slices.IndexFunc(v.violations, func(one violation) bool { return one.card != "" })
	if i >= 0 {
		v.violations[i].story(out, l)
	}
}

// line is a line of a story.
type line struct {
	at   time.Duration
	text string
}

// around is how much of a story is told before and after the violation.
const around = 40

// story writes what happened to the card, as all saw it, in the order of time.
func (v violation) story(out io.Writer, l *ledger) {
	var lines []line
	add := func(at time.Duration, format string, args ...any) {
		lines = append(lines, line{at, fmt.Sprintf(format, args...)})
	}
	for _, f := range l.faults {
		add(f.from, "fault      %s %s", f.name, f.detail)
		add(f.to, "healed     %s", f.name)
	}
	numbers := map[string]int64{}
	if v.office < len(l.offices) {
		for _, e := range l.offices[v.office].now() {
			numbers[e.of()] = e.number
		}
	}
	for _, op := range l.operations {
		if op.card == v.card && op.office == v.office {
			add(op.began, "begun      %s %s on node %d", op.kind, op.id, op.node)
			add(op.ended, "%-10s %s %s, event %d", op.outcome, op.id, op.reason, numbers[op.id])
		}
	}
	for _, s := range l.streams {
		if s.office != v.office || s.reader != v.reader && v.reader >= 0 || v.reader < 0 && s.scope.card != v.card {
			continue
		}
		for _, one := range s.steps {
			add(one.at, "reader %-3d %s %s: %s %d %s %s %s %s", s.reader, s.scope.field, s.scope.card, one.kind, one.place.number, one.mode, one.reason, one.eventKind, one.detail)
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	from := slices.IndexFunc(lines, func(one line) bool { return one.at >= v.at })
	if from < 0 {
		from = len(lines)
	}
	fmt.Fprintf(out, "  the story of %s around %.3fs:\n", v.card, v.at.Seconds())
	for _, one := range lines[max(0, from-around):min(len(lines), from+around/4)] {
		fmt.Fprintf(out, "    %8.3fs %s\n", one.at.Seconds(), one.text)
	}
}
