package main

import (
	"fmt"
	"slices"
)

// values are what the fields of relations became, in the order of the log.
type values map[[2]string][]became

// became is a value from an event on.
type became struct {
	number int64
	value  any
}

// valuesOf gives those of a log, made once.
func (j *judging) valuesOf(log history) values {
	if len(log) == 0 {
		return nil
	}
	last := log[len(log)-1]
	if v := j.values[last]; v != nil {
		return v
	}
	v := values{}
	for _, e := range log {
		if e.card == e.customer {
			for _, c := range e.changes {
				v[[2]string{e.card, c.Field}] = append(v[[2]string{e.card, c.Field}], became{e.number, c.To})
			}
		}
	}
	j.values[last] = v
	return v
}

// content judges what a message shows of the relation: nothing that was no longer so at its event. Of an event that was
// lost on purpose a node may tell with what the database was set back to, until it notices.
func (w *walking) content(at step, e *logged) {
	if e.number > int64(len(w.now)) || w.now[e.number-1].id != e.id {
		return
	}
	for field, shown := range at.shows {
		all := w.values[[2]string{e.customer, field}]
		behind, _ := slices.BinarySearchFunc(all, e.number+1, func(b became, number int64) int { return int(b.number - number) })
		isOne := func(b became) bool { return same(b.value, shown) }
		if old := all[:max(behind-1, 0)]; slices.ContainsFunc(old, isOne) && !slices.ContainsFunc(all[max(behind-1, 0):], isOne) {
			w.tell(at, "I5", countOther, fmt.Sprintf("event %d (%s) came with %s %v of %s, which is older", e.number, e.kind, field, shown, e.customer))
		}
	}
}
