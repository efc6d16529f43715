package crm_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// sweep does one round of the janitor.
func sweep(t *testing.T, o *crmtest.Office, rules crm.Retention) crm.Swept {
	t.Helper()
	return must2(o.Events.Sweep(t.Context(), rules))(t)
}

// floor is up to where the office's events are out of the replay.
func floor(t *testing.T, o *crmtest.Office) int64 {
	t.Helper()
	var floor int64
	if err := o.DB.Read().NewSelect().Table("organizations").Column("floor").Where("id = ?", o.ID).Scan(db.Everywhere(t.Context()), &floor); err != nil {
		t.Fatal(err)
	}
	return floor
}

// day makes events of one day, and gives the number of the last.
func day(t *testing.T, o *crmtest.Office, events int) int64 {
	t.Helper()
	for range events {
		must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID))(t)
	}
	o.Clock.Advance(24 * time.Hour)
	return o.Head()
}

func TestSweep(t *testing.T) {
	t.Parallel()
	const days = 24 * time.Hour
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		write(t, o, "UPDATE events SET at = ?", o.Clock.Now()) // those of the demo office are of many years
		first, second, head := day(t, o, 3), day(t, o, 4), day(t, o, 2)
		o.Signals()
		t.Run("does nothing while all is young, or few", func(t *testing.T) {
			changesNothing(t, o, func() {
				equal(t, "swept", sweep(t, o, crm.Retention{Window: 60 * days, Minimum: 1, History: 1}), crm.Swept{})
				equal(t, "swept", sweep(t, o, crm.Retention{Window: time.Hour, Minimum: head, History: 1}), crm.Swept{})
			})
		})
		t.Run("takes out of the replay what is older than the window, and keeps it on the cards", func(t *testing.T) {
			log := o.Log()
			equal(t, "swept", sweep(t, o, crm.Retention{Window: 2 * days, Minimum: 1}), crm.Swept{Out: first})
			equal(t, "floor", floor(t, o), first)
			sameList(t, "events", nodeIDs(o.Log()), nodeIDs(log))
			equal(t, "at the floor", admits(t, o, log[first-1].Position()), crm.CursorTooOld)
			equal(t, "above the floor", admits(t, o, log[first].Position()), "")
		})
		t.Run("does nothing the second time, and never lowers the floor", func(t *testing.T) {
			changesNothing(t, o, func() {
				equal(t, "swept", sweep(t, o, crm.Retention{Window: 2 * days, Minimum: 1}), crm.Swept{})
				equal(t, "swept", sweep(t, o, crm.Retention{Window: 60 * days, Minimum: 1000}), crm.Swept{})
			})
		})
		t.Run("keeps so many of the last, however old", func(t *testing.T) {
			equal(t, "swept", sweep(t, o, crm.Retention{Minimum: 3}), crm.Swept{Out: head - 3 - first})
			equal(t, "floor", floor(t, o), second-1)
		})
		t.Run("always keeps the last event, so that the head can be gone on from", func(t *testing.T) {
			sweep(t, o, crm.Retention{})
			equal(t, "floor", floor(t, o), head-1)
			equal(t, "the head", admits(t, o, *must2(o.Events.Head(o.As(crmtest.Ruben)))(t)), "")
		})
		t.Run("deletes what is out of the replay for long enough, and only that", func(t *testing.T) {
			log := o.Log()
			equal(t, "swept", sweep(t, o, crm.Retention{Window: 60 * days, History: 2 * days}), crm.Swept{Deleted: first})
			sameList(t, "events", nodeIDs(o.Log()), nodeIDs(log[first:]))
			equal(t, "swept the second time", sweep(t, o, crm.Retention{Window: 60 * days, History: 2 * days}), crm.Swept{})
		})
		t.Run("leaves an office alone that has no events", func(t *testing.T) {
			write(t, o, "INSERT INTO organizations (id, name, created_at) VALUES ('org_0000000000000000000000000d', 'Leeg', ?)", o.Clock.Now())
			equal(t, "swept", sweep(t, o, crm.Retention{Minimum: 1000, History: 30 * days}), crm.Swept{})
		})
	})
}

func TestSweepOfManyEvents(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		o.Neighbour()
		theirs, groep, head := o.Log(), o.Customer(crmtest.Groep), o.Head()
		const many = 1230
		for i := range int64(many) {
			write(t, o, "INSERT INTO events (organization_id, position, id, kind, at, customer_id, card_id, card_version, recipients, changes)"+
				" VALUES (?, ?, ?, 'CUSTOMER_UPDATED', ?, ?, ?, ?, '[]', '[]')",
				o.ID, head+i+1, fmt.Sprintf("evt_%026d", i), o.Clock.Now(), groep.ID, groep.ID, int64(groep.Version)+i+1)
		}
		write(t, o, "UPDATE organizations SET position = ? WHERE id = ?", head+many, o.ID)
		o.Clock.Advance(time.Hour)
		ctx, count := dbCount(t.Context())
		swept := must2(o.Events.Sweep(ctx, crm.Retention{Minimum: 50, History: time.Minute}))(t)
		equal(t, "swept", swept, crm.Swept{Out: head + many - 50, Deleted: int64(len(theirs)) + many - 50})
		equal(t, "events left", len(o.Log()), 50)
		// Each office is looked at thrice; ours is deleted from in seven transactions, the first of which raises the floor.
		if count.N() > 1+3+3+8 {
			t.Errorf("%d statements", count.N())
		}
	})
}

// TestSweepProperty lets a colleague write, and the janitor sweep by rules of every kind, while days pass.
// A position is admitted exactly when its event and all behind it are in the replay.
func TestSweepProperty(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("holds for seed ", seed), func(t *testing.T) {
			t.Parallel()
			onOffice(t, func(t *testing.T, o *crmtest.Office) {
				random := rand.New(rand.NewPCG(seed, 4))
				p := &player{o: o, who: crmtest.Sanne, random: random}
				known, lowest := o.Log(), int64(0)
				for step := range 60 {
					if err := p.act(); err != nil && crm.FaultsOf(err) == nil {
						t.Fatalf("step %d: %v", step, err)
					}
					known = append(known, o.LogAfter(int64(len(known)))...)
					if random.IntN(4) > 0 {
						continue
					}
					rules := crm.Retention{Window: time.Duration(random.IntN(200)) * time.Hour, Minimum: int64(random.IntN(40)),
						History: time.Duration(random.IntN(2)*random.IntN(400)) * time.Hour}
					lowest = modelled(known, lowest, rules, o.Clock.Now())
					before := o.Log()
					swept := sweep(t, o, rules)
					equal(t, "floor", floor(t, o), lowest)
					equal(t, "deleted", swept.Deleted, int64(len(before)-len(o.Log())))
					checkKept(t, o, before, lowest, rules)
					checkAdmitted(t, o, known, lowest)
				}
				if lowest == 0 {
					t.Error("nothing was ever swept")
				}
			})
		})
	}
}

// modelled is the floor that rules lead to, found the slow way.
func modelled(log []*crm.Event, floor int64, rules crm.Retention, now time.Time) int64 {
	for _, event := range log {
		inMinimum := event.Number > int64(len(log))-max(rules.Minimum, 1)
		if event.Number > floor && (inMinimum || !event.At.Before(now.Add(-rules.Window))) {
			return event.Number - 1
		}
	}
	return floor
}

// checkKept says which of the events that were there before a sweep are there still: those in the replay,
// and behind the first that history keeps.
func checkKept(t *testing.T, o *crmtest.Office, before []*crm.Event, floor int64, rules crm.Retention) {
	t.Helper()
	kept, cutoff, history := map[crm.ID]bool{}, o.Clock.Now().Add(-rules.History), rules.History == 0
	for _, event := range o.Log() {
		kept[event.ID] = true
	}
	for _, event := range before {
		history = history || event.Number > floor || !event.At.Before(cutoff)
		equal(t, fmt.Sprintf("event %d of %v there, with floor %d and history from %v", event.Number, event.At, floor, cutoff), kept[event.ID], history)
	}
}

// checkAdmitted says which positions a stream can go on from.
func checkAdmitted(t *testing.T, o *crmtest.Office, known []*crm.Event, floor int64) {
	t.Helper()
	there := map[crm.ID]bool{}
	for _, event := range o.LogAfter(floor) {
		there[event.ID] = true
	}
	all := true // events from here on are there
	for _, event := range slices.Backward(known) {
		all = all && there[event.ID]
		equal(t, fmt.Sprintf("%d admitted with floor %d", event.Number, floor), admits(t, o, event.Position()) == "", all)
	}
	equal(t, "the beginning admitted", admits(t, o, crm.Position{}) == "", all)
}

// TestSweepAmongWriters lets two janitors sweep everything they may, again and again, while colleagues write.
func TestSweepAmongWriters(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		const writers, changes = 3, 12
		head, stop := o.Head(), make(chan struct{})
		var writing, sweeping sync.WaitGroup
		for range 2 {
			sweeping.Go(func() {
				for {
					if _, err := o.Events.Sweep(t.Context(), crm.Retention{Window: -time.Hour, Minimum: 4, History: time.Nanosecond}); err != nil {
						t.Error(err)
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for w := range writers {
			writing.Go(func() {
				for i := range changes {
					o.Clock.Advance(time.Minute)
					if err := disturb(o, []string{crmtest.Groep, crmtest.Installatie}[(w+i)%2], w, i); err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		writing.Wait()
		close(stop)
		sweeping.Wait()
		sweep(t, o, crm.Retention{Window: -time.Hour, Minimum: 4, History: time.Nanosecond})
		log, lowest := o.Log(), floor(t, o)
		equal(t, "head", o.Head(), head+writers*changes)
		equal(t, "floor", lowest, o.Head()-4)
		if kept := o.LogAfter(lowest); len(kept) != 4 {
			t.Errorf("%d events are in the replay", len(kept))
		}
		for _, event := range log {
			equal(t, "admitted", admits(t, o, event.Position()) == "", event.Number > lowest)
		}
	})
}

// TestSweepOvertaken lets a janitor be overtaken by another, with stricter rules, between what it reads and
// what it writes.
func TestSweepOvertaken(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		slow := must2(crm.New(o.DB, crm.Options{Now: func() time.Time {
			sweep(t, o, crm.Retention{Minimum: 3, History: time.Minute})
			return o.Clock.Now()
		}}))(t)
		o.Clock.Advance(time.Hour)
		swept := must2(slow.Events.Sweep(t.Context(), crm.Retention{Minimum: 10}))(t)
		equal(t, "swept", swept, crm.Swept{})
		equal(t, "floor", floor(t, o), o.Head()-3)
		equal(t, "events left", len(o.Log()), 3)
	})
}

func TestConflictsAcrossDeletedHistory(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		seen := o.Customer(crmtest.Groep)
		must2(update(o, crmtest.Joris, seen, crm.CustomerFields{Sector: crmtest.Text("Bouw")}))(t)
		known := o.Customer(crmtest.Groep)
		must2(update(o, crmtest.Joris, known, crm.CustomerFields{Sector: crmtest.Text("Zorg")}))(t)
		current := o.Customer(crmtest.Groep)
		o.Clock.Advance(time.Hour)
		sweep(t, o, crm.Retention{Minimum: 1, History: time.Minute})
		o.Signals()
		t.Run("every field counts as changed since a version that the log no longer reaches", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := update(o, crmtest.Sanne, seen, crm.CustomerFields{Sector: crmtest.Text("Machinebouw"), Phone: crmtest.Text("010-1234567")})
				fault := refusal(t, err, crm.Conflict)
				equal(t, "fields", len(fault.Conflicts), 2)
				for _, one := range fault.Conflicts {
					equal(t, "base of "+one.Field, one.Base, nil)
					equal(t, one.Field+" attributed", one.ChangedByID != nil && one.ChangedAt != nil, one.Field == "sector")
				}
			})
		})
		t.Run("fields are told apart where it still does", func(t *testing.T) {
			_, err := update(o, crmtest.Sanne, known, crm.CustomerFields{Sector: crmtest.Text("Machinebouw")})
			equal(t, "base", refusal(t, err, crm.Conflict).Conflicts[0].Base, any("Bouw"))
			must2(update(o, crmtest.Sanne, known, crm.CustomerFields{Phone: crmtest.Text("010-1234567")}))(t)
		})
		t.Run("old values are compared as ever", func(t *testing.T) {
			_, err := o.Customers.Update(o.As(crmtest.Sanne), crm.UpdateCustomerInput{ID: seen.ID,
				Base: &crm.CustomerFields{Sector: optional(seen.Sector)}, Patch: crm.CustomerFields{Sector: crmtest.Text("Machinebouw")}})
			equal(t, "base", refusal(t, err, crm.Conflict).Conflicts[0].Theirs, any(*current.Sector))
		})
	})
}
