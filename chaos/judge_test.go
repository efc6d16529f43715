package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// fabricated is a ledger of one office with one card, written by w1 to w5, and one reader who saw it all.
// Each test spoils one thing.
func fabricated() *ledger {
	const cardID, user = "cus_1", "usr_1"
	o := &office{id: "org_0", marker: "kantoor0~", cards: map[string]card{}, addressed: map[string][]string{"att_2": {"usr_2"}}}
	l := &ledger{offices: []*office{o}, bounds: generous()}
	var log history
	add := func(e *logged) *logged {
		e.number, e.id = int64(len(log))+1, fmt.Sprintf("evt_%d", len(log)+1)
		log = append(log, e)
		return e
	}
	value := any(nil)
	for i := range 5 {
		id := fmt.Sprintf("w%d", i+1)
		e := add(&logged{kind: "CUSTOMER_UPDATED", customer: cardID, card: cardID, version: i + 1, origin: id, changes: []change{{"notes", value, id}}})
		value = id
		at := time.Duration(i+1) * time.Second
		l.operations = append(l.operations, &operation{id: id, kind: "updateCustomer", card: cardID, began: at, ended: at + 10*time.Millisecond,
			outcome: acknowledged, position: e.place(), least: 1, most: 1})
	}
	add(&logged{kind: "ATTENTION_ADDED", customer: "cus_2", card: "cus_2", version: 1, subject: "att_2", to: []string{"usr_2"}})
	o.cards[cardID] = card{version: 5, fields: map[string]any{"notes": "w5"}}
	o.logs, o.position = []history{log}, int64(len(log))
	for _, e := range log {
		o.kept = append(o.kept, e.number)
	}
	s := &stream{credential: "ses_1", scope: scope{field: "cardEvents", card: cardID, user: user},
		model: &model{id: cardID, version: 5, fields: map[string]any{"notes": "w5"}}}
	s.steps = []step{{kind: stepFetched, place: log[0].place()}, {kind: stepOpened, place: log[0].place()},
		{kind: stepReady, mode: "REPLAYED", place: log[0].place()}}
	for _, e := range log[1:5] {
		s.steps = append(s.steps, saw(e, time.Duration(e.number)*time.Second+20*time.Millisecond))
	}
	s.steps = append(s.steps, step{kind: stepCheck, at: 7 * time.Second, place: log[5].place()})
	s.reached.Store(6)
	l.streams = []*stream{s}
	return l
}

// saw is the message of an event.
func saw(e *logged, at time.Duration) step {
	return step{kind: stepEvent, at: at, place: e.place(), event: e.id, eventKind: e.kind, version: e.version, origin: e.origin}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	// first is where the messages begin among the steps of the reader.
	const first = 3
	ready := func(l *ledger, reason string, at int64) step {
		return step{kind: stepReady, mode: "RESYNC", reason: reason, place: l.offices[0].now()[at-1].place(), at: 3 * time.Second}
	}
	revoke := func(l *ledger, kind string, changes ...change) {
		o := l.offices[0]
		o.logs[0] = append(o.logs[0], &logged{number: 7, id: "evt_7", kind: kind, customer: "usr_1", card: "usr_1", subject: "usr_1", origin: "r1", changes: changes},
			&logged{number: 8, id: "evt_8", kind: "CUSTOMER_UPDATED", customer: "cus_1", card: "cus_1", version: 6, origin: "w6"})
		o.position, o.kept = 8, append(o.kept, 7, 8)
		o.cards["cus_1"] = card{version: 6, fields: map[string]any{"notes": "w5"}}
		l.streams[0].model.version = 6
		l.streams[0].reached.Store(8)
		l.streams[0].steps = append(l.streams[0].steps, saw(o.logs[0][7], 8*time.Second))
	}
	for _, test := range []struct {
		name      string
		spoil     func(l *ledger, s *stream, o *office)
		invariant string // the first that is found; none when empty
		counter   string
	}{
		{"nothing", func(*ledger, *stream, *office) {}, "", ""},
		{"an event that did not come", func(_ *ledger, s *stream, _ *office) { s.steps = slices.Delete(s.steps, first+1, first+2) }, "I5", countLost},
		{"the last events did not come", func(_ *ledger, s *stream, _ *office) { s.steps = s.steps[:first+3] }, "I6", countLost},
		{"an event that a checkpoint passed over", func(_ *ledger, s *stream, _ *office) { s.steps = slices.Delete(s.steps, first+3, first+4) }, "I5", countLost},
		{"an event that came twice", func(_ *ledger, s *stream, _ *office) { s.steps = slices.Insert(s.steps, first+2, s.steps[first+1]) }, "I5", countRepeated},
		{"the event of the position handed in", func(_ *ledger, s *stream, o *office) {
			s.steps = slices.Insert(s.steps, first, saw(o.logs[0][0], time.Second))
		}, "I5", countRepeated},
		{"events in the wrong order", func(_ *ledger, s *stream, _ *office) {
			s.steps[first+1], s.steps[first+2] = s.steps[first+2], s.steps[first+1]
		}, "I5", countDisordered},
		{"a checkpoint that goes back", func(_ *ledger, s *stream, o *office) {
			s.steps = append(s.steps, step{kind: stepCheck, place: o.logs[0][2].place()})
		}, "I5", countDisordered},
		{"an event of another card", func(_ *ledger, s *stream, o *office) {
			s.steps = slices.Insert(s.steps, first+4, saw(o.logs[0][5], 6*time.Second))
		}, "I7", countLeaked},
		{"an event of another office", func(_ *ledger, s *stream, _ *office) {
			s.steps[first+1].place = (&logged{number: 3, id: "evt_of_another"}).place()
		}, "I5", countLeaked},
		{"a frame with a forbidden text", func(_ *ledger, s *stream, _ *office) { s.steps = append(s.steps, step{kind: stepFrame}) }, "I7", countLeaked},
		{"an event as another", func(_ *ledger, s *stream, _ *office) { s.steps[first].version = 9 }, "I5", countOther},
		{"LIVE for one who goes on", func(_ *ledger, s *stream, _ *office) { s.steps[2].mode = "LIVE" }, "I5", countLost},
		{"REPLAYED from elsewhere", func(_ *ledger, s *stream, o *office) { s.steps[2].place = o.logs[0][1].place() }, "I5", countLost},
		{"a model that does not fit", func(_ *ledger, s *stream, _ *office) { s.steps = append(s.steps, step{kind: stepBroken}) }, "I5", countLost},
		{"a reader who shows old values", func(_ *ledger, s *stream, _ *office) { s.model.fields["notes"] = "w4" }, "I6", countLost},
		{"a reader who stays behind", func(_ *ledger, s *stream, _ *office) { s.reached.Store(5) }, "I6", countLost},
		{"RESYNC without a reason", func(l *ledger, s *stream, _ *office) {
			s.steps = slices.Insert(s.steps, first, ready(l, "CURSOR_TOO_OLD", 1))
		}, "I12", countUnjustified},
		{"RESYNC that goes back", func(l *ledger, s *stream, o *office) {
			o.floors = []floorMove{{floor: 3, at: time.Second}}
			s.steps = append(s.steps[:first+2], append([]step{ready(l, "CURSOR_TOO_OLD", 1)}, s.steps[first:]...)...)
		}, "I5", countDisordered},
		{"RESYNC because of rights that did not change", func(l *ledger, s *stream, _ *office) {
			s.steps = slices.Insert(s.steps, first, ready(l, "ACCESS_CHANGED", 1))
		}, "I12", countUnjustified},
		{"RESYNC of a position that is known", func(l *ledger, s *stream, _ *office) {
			s.steps = slices.Insert(s.steps, first, ready(l, "CURSOR_UNKNOWN", 1))
		}, "I12", countUnjustified},
		{"RESYNC behind the floor", func(l *ledger, s *stream, o *office) {
			o.floors = []floorMove{{floor: 3, at: time.Second}}
			s.steps = slices.Delete(s.steps, first, first+2)
			s.steps[2] = ready(l, "CURSOR_TOO_OLD", 3)
		}, "", ""},
		{"RESYNC before the floor moved", func(l *ledger, s *stream, o *office) {
			o.floors = []floorMove{{floor: 3, at: 5 * time.Second}}
			s.steps = slices.Delete(s.steps, first, first+2)
			s.steps[2] = ready(l, "CURSOR_TOO_OLD", 3)
		}, "I12", countUnjustified},
		{"a message behind the revocation", func(l *ledger, s *stream, _ *office) {
			revoke(l, accessEnded)
			s.dismissed = true
		}, "I7", countLeaked},
		{"an amount behind the end of the right to see it", func(l *ledger, s *stream, _ *office) {
			revoke(l, accessChanged, change{"hasFinanceRight", true, false})
			s.steps[len(s.steps)-1].secret = true
		}, "I7", countLeaked},
		{"an amount with the right to see it", func(l *ledger, s *stream, _ *office) {
			revoke(l, accessChanged, change{"hasFinanceRight", false, true})
			s.steps[len(s.steps)-1].secret = true
		}, "", ""},
		{"a reader sent away for nothing", func(_ *ledger, s *stream, _ *office) { s.dismissed = true }, "I7", countOther},
		{"a reader whose credential ended when it began", func(l *ledger, s *stream, _ *office) {
			revoke(l, accessEnded)
			s.steps, s.dismissed, s.credential = []step{{kind: stepFetched, place: l.offices[0].now()[6].place()}}, true, "usr_1"
		}, "", ""},
		{"an acknowledged operation without an event", func(_ *ledger, _ *stream, o *office) { o.logs[0][5].origin = "w9"; o.logs[0][4].origin = "w8" }, "I1", countWrites},
		{"a failed operation with an event", func(l *ledger, _ *stream, _ *office) { l.operations[4].outcome = failed }, "I1", countWrites},
		{"an operation that happened twice", func(_ *ledger, _ *stream, o *office) { o.logs[0][5].origin = "w5" }, "I1", countWrites},
		{"an unknown operation that happened", func(l *ledger, _ *stream, _ *office) { l.operations[4].outcome = unknown }, "", ""},
		{"an answer with another position", func(l *ledger, _ *stream, o *office) { l.operations[4].position = o.logs[0][3].place() }, "I1", countWrites},
		{"a counter that is ahead", func(_ *ledger, _ *stream, o *office) { o.position = 7 }, "I2", countWrites},
		{"a number that is missing", func(_ *ledger, _ *stream, o *office) { o.logs[0][5].number = 7 }, "I2", countWrites},
		{"an event that is gone above the floor", func(_ *ledger, _ *stream, o *office) { o.kept = o.kept[1:] }, "I2", countWrites},
		{"an order that is not that of time", func(l *ledger, _ *stream, _ *office) {
			l.operations[0].began, l.operations[0].ended = 20*time.Second, 21*time.Second
		}, "I3", countDisordered},
		{"an event for others than its attention", func(_ *ledger, _ *stream, o *office) { o.logs[0][5].to = nil }, "I2", countWrites},
		{"a version that is skipped", func(_ *ledger, s *stream, o *office) {
			o.logs[0][4].version, s.steps[first+3].version, s.model.version = 6, 6, 6
			o.cards["cus_1"] = card{version: 6, fields: o.cards["cus_1"].fields}
		}, "I4", countWrites},
		{"an old value that was not there", func(_ *ledger, _ *stream, o *office) { o.logs[0][3].changes[0].From = "w1" }, "I4", countWrites},
		{"a card that is not what its events say", func(_ *ledger, s *stream, o *office) {
			o.cards["cus_1"].fields["notes"], s.model.fields["notes"] = "w9", "w9"
		}, "I4", countWrites},
		{"everyone who is there", func(l *ledger, _ *stream, _ *office) {
			l.presences = []presence{{card: "cus_1", known: true, seen: []string{"usr_2", "usr_1"}, open: []string{"usr_1", "usr_2"}}}
		}, "", ""},
		{"a ghost", func(l *ledger, _ *stream, _ *office) {
			l.presences = []presence{{card: "cus_1", known: true, seen: []string{"usr_1", "usr_2"}, open: []string{"usr_1"}}}
		}, "I10", countOther},
		{"a face that is missing", func(l *ledger, _ *stream, _ *office) {
			l.presences = []presence{{card: "cus_1", known: true, seen: []string{"usr_1"}, open: []string{"usr_1", "usr_2"}}}
		}, "I10", countOther},
		{"a face that is seen twice", func(l *ledger, _ *stream, _ *office) {
			l.presences = []presence{{card: "cus_1", known: true, seen: []string{"usr_1", "usr_1"}, open: []string{"usr_1"}}}
		}, "I10", countOther},
		{"a reader who never learns who is there", func(l *ledger, _ *stream, _ *office) {
			l.presences = []presence{{card: "cus_1", seen: []string{"usr_1"}, open: []string{"usr_1"}}}
		}, "I10", countOther},
		{"a socket that is left", func(l *ledger, _ *stream, _ *office) { l.leftovers = []string{"a socket"} }, "I9", countOther},
		{"a data race", func(l *ledger, _ *stream, _ *office) { l.complaints = []string{"DATA RACE"} }, "I0", countOther},
		{"a relation as it was before the event", func(_ *ledger, s *stream, _ *office) {
			s.steps[first+1].shows = map[string]any{"notes": "w2"}
		}, "I5", countOther},
		{"a relation as it was at the event, and as it became later", func(_ *ledger, s *stream, _ *office) {
			s.steps[first+1].shows, s.steps[first+2].shows = map[string]any{"notes": "w3"}, map[string]any{"notes": "w5"}
		}, "", ""},
		{"an overview's message that misjudges its filter", func(_ *ledger, s *stream, _ *office) {
			s.scope = scope{field: "customerEvents", named: "twee", among: "cus_2"}
			for i := range s.steps[first:] {
				if s.steps[first+i].kind == stepEvent {
					s.steps[first+i].kind, s.steps[first+i].inFilter = stepCustomer, i == 2
				}
			}
		}, "I5", countOther},
		{"messages that come late", func(_ *ledger, s *stream, _ *office) {
			for i := range s.steps {
				s.steps[i].at += 20 * time.Second
			}
			s.steps[2].at = 0
		}, "I8", countOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := fabricated()
			test.spoil(l, l.streams[0], l.offices[0])
			found := judge(l)
			if test.invariant == "" {
				if len(found.violations) > 0 {
					t.Errorf("found %v", found.violations)
				}
				return
			}
			if !slices.ContainsFunc(found.violations, func(v violation) bool { return v.invariant == test.invariant && v.counter == test.counter }) {
				t.Errorf("found %v, want %s (%s)", found.violations, test.invariant, test.counter)
			}
		})
	}
}

func TestJudgeWhenCommitsAreLost(t *testing.T) {
	t.Parallel()
	// The last two events are lost, and others take their numbers.
	lose := func() (*ledger, *stream, history) {
		l := fabricated()
		o := l.offices[0]
		before := o.logs[0]
		after := append(slices.Clone(before[:4]), &logged{number: 5, id: "evt_5b", kind: "CUSTOMER_UPDATED", customer: "cus_1", card: "cus_1", version: 5, origin: "w5b",
			changes: []change{{"notes", "w4", "w5b"}}}, &logged{number: 6, id: "evt_6b", kind: "LEAD_CREATED", customer: "cus_2", card: "lea_1", version: 1})
		o.logs = []history{before, after}
		o.cards["cus_1"] = card{version: 5, fields: map[string]any{"notes": "w5b"}}
		l.streams[0].model.fields["notes"] = "w5b"
		l.faults = []injected{{name: "commits lost", losesWrite: true, from: 6 * time.Second, to: 8 * time.Second}}
		return l, l.streams[0], after
	}
	t.Run("a reader who was told is right", func(t *testing.T) {
		t.Parallel()
		l, s, after := lose()
		s.steps = append(s.steps, step{kind: stepReady, mode: "RESYNC", reason: "CURSOR_UNKNOWN", place: after[4].place(), at: 9 * time.Second},
			step{kind: stepCheck, place: after[5].place()})
		if found := judge(l); len(found.violations) > 0 {
			t.Errorf("found %v", found.violations)
		}
	})
	t.Run("a reader who was not told goes on in a log that is gone", func(t *testing.T) {
		t.Parallel()
		l, _, _ := lose()
		if found := judge(l); found.counts[countLeaked]+found.counts[countLost] == 0 {
			t.Errorf("found %v", found.violations)
		}
	})
}

func TestPatchesFitTheSource(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := builder{root: root, folder: t.TempDir()}
	if _, err := b.overlay("clock", clockPatch()); err != nil {
		t.Error(err)
	}
	for _, one := range defects() {
		if _, err := b.overlay("defect", one.patches); err != nil {
			t.Errorf("%s: %v", one.name, err)
		}
	}
}
