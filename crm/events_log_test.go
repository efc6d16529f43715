package crm_test

import (
	"reflect"
	"slices"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// admits asks as Ruben whether a stream can go on behind a position.
func admits(t *testing.T, o *crmtest.Office, position crm.Position) crm.ResyncReason {
	t.Helper()
	return must2(o.Events.Admits(o.As(crmtest.Ruben), position))(t)
}

// raiseFloor says that the events up to a number are out of the replay.
func raiseFloor(t *testing.T, o *crmtest.Office, number int64) {
	t.Helper()
	write(t, o, "UPDATE organizations SET floor = ? WHERE id = ?", number, o.ID)
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		log, n := o.Log(), o.Neighbour()
		head := log[len(log)-1]
		t.Run("every position of the log, and the one before the first event", func(t *testing.T) {
			for _, event := range log {
				equal(t, "reason", admits(t, o, event.Position()), "")
			}
			equal(t, "reason before the first event", admits(t, o, crm.Position{}), "")
		})
		t.Run("none of another office, of another log, or beyond the head", func(t *testing.T) {
			theirs := must2(o.Events.Log(t.Context(), n.Office, 1, 1))(t)[0].Position()
			equal(t, "reason of another office's", admits(t, o, theirs), crm.CursorUnknown)
			equal(t, "their own", must2(o.Events.Admits(n.Context(), theirs))(t), "")
			equal(t, "reason beyond the head", admits(t, o, crm.Position{Number: head.Number + 1}), crm.CursorUnknown)
			equal(t, "reason without a check", admits(t, o, crm.Position{Number: 3}), crm.CursorUnknown)
			write(t, o, "UPDATE events SET id = 'evt_0000000000000000000000000w' WHERE organization_id = ? AND position = 11", o.ID)
			equal(t, "reason of a restored log's", admits(t, o, log[10].Position()), crm.CursorUnknown)
		})
		t.Run("none at the floor or below it", func(t *testing.T) {
			raiseFloor(t, o, 5)
			for i, want := range map[int]crm.ResyncReason{0: crm.CursorTooOld, 4: crm.CursorTooOld, 5: ""} {
				equal(t, "reason", admits(t, o, log[i].Position()), want)
			}
			equal(t, "reason before the first event", admits(t, o, crm.Position{}), crm.CursorTooOld)
		})
		t.Run("nobody without an actor", func(t *testing.T) {
			_, err := o.Events.Admits(t.Context(), head.Position())
			equal(t, "error", err, crm.ErrUnauthenticated)
		})
	})
}

func TestLogOfOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		n, log := o.Neighbour(), o.Log()
		t.Run("is read from a number on, so many at once", func(t *testing.T) {
			for _, from := range []int64{0, 1, 7, int64(len(log)), int64(len(log)) + 1} {
				want := log[max(from, 1)-1:]
				sameList(t, "events", nodeIDs(must2(o.Events.Log(t.Context(), o.ID, from, 5))(t)), nodeIDs(want[:min(5, len(want))]))
			}
			equal(t, "office", must2(o.Events.Log(t.Context(), n.Office, 1, 1))(t)[0].OrganizationID, n.Office)
		})
		t.Run("is read whole, whatever else is asked", func(t *testing.T) {
			ctx := crm.WithFields(t.Context(), crm.Fields{Names: map[string]bool{"kind": true}, Key: "kind"})
			sameEvents(t, must2(o.Events.Log(ctx, o.ID, 1, 1000))(t), log)
		})
		t.Run("is what the signals brought", func(t *testing.T) {
			o.Signals()
			head, groep := o.Head(), o.Customer(crmtest.Groep)
			attention := must2(attend(o, crmtest.Sanne, groep.ID, crmtest.Mila))(t).Attention
			must2(o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: attention.ID}))(t)
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{Sector: crmtest.Text("Zorg"), EmployeesCount: crmtest.Given(70)}))(t)
			var brought []*crm.Event
			for i, signal := range o.Signals() {
				if i > 0 && (signal.Before == nil || *signal.Before != brought[len(brought)-1].Position()) {
					t.Errorf("the events of signal %d come behind %v, want behind those before", i, signal.Before)
				}
				brought = append(brought, signal.Events...)
				equal(t, "position", signal.Position, brought[len(brought)-1].Number)
			}
			sameEvents(t, brought, must2(o.Events.Log(t.Context(), o.ID, head+1, 1000))(t))
		})
		t.Run("has a head, told of many offices in one statement", func(t *testing.T) {
			ctx, count := dbCount(t.Context())
			heads := must2(o.Events.Heads(ctx, []crm.ID{o.ID, n.Office, "org_0000000000000000000000000d"}))(t)
			equal(t, "statements", count.N(), 1)
			log := o.Log()
			equal(t, "head", heads[o.ID], log[len(log)-1].Position())
			equal(t, "the neighbour's head", heads[n.Office].Check(), must2(o.Events.Head(n.Context()))(t).Check())
			equal(t, "head of an office without events", heads["org_0000000000000000000000000d"], crm.Position{})
			equal(t, "offices", len(heads), 3)
		})
	})
}

// sameEvents says that two readings of the log are alike in every column.
func sameEvents(t *testing.T, got, want []*crm.Event) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d", len(got), len(want))
	}
	for i, event := range got {
		if one := *event; !one.At.Equal(want[i].At) {
			t.Errorf("event %d is of %v, want %v", event.Number, one.At, want[i].At)
		} else if one.At = want[i].At; !reflect.DeepEqual(one, *want[i]) {
			t.Errorf("event is %+v, want %+v", one, *want[i])
		}
	}
}

func TestEventsOfAttentions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, to := range [][]string{nil, {crmtest.Mila, crmtest.Joris}} {
			head := o.Head()
			attention := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, to...))(t).Attention.ID
			must2(o.Attentions.MarkSeen(o.As(crmtest.Mila), crm.MarkAttentionSeenInput{ID: attention}))(t)
			must2(o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: attention}))(t)
			must2(o.Attentions.Remove(o.As(crmtest.Sanne), crm.RemoveAttentionInput{ID: attention}))(t)
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.AttentionAddedEvent, crm.AttentionSeenEvent, crm.AttentionAcknowledgedEvent, crm.AttentionRemovedEvent})
			want := each(to, func(name string) crm.ID { return o.Actor(name).UserID })
			slices.Sort(want)
			for _, event := range log {
				sameList(t, "recipients at "+string(event.Kind), slices.Sorted(slices.Values(event.Recipients)), want)
			}
		}
	})
}

func TestMigrationOfRecipients(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, to := range [][]string{nil, {crmtest.Mila, crmtest.Joris}} {
			attention := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, to...))(t).Attention.ID
			must2(o.Attentions.MarkSeen(o.As(crmtest.Mila), crm.MarkAttentionSeenInput{ID: attention}))(t)
			must2(o.Attentions.Remove(o.As(crmtest.Sanne), crm.RemoveAttentionInput{ID: attention}))(t)
		}
		log := o.Log()
		write(t, o, "UPDATE events SET recipients = '[]' WHERE kind <> 'ATTENTION_ADDED'")
		write(t, o, "DELETE FROM bun_migrations WHERE name = '20261124000000'")
		if err := o.DB.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, event := range o.Log() {
			sameList(t, "recipients", slices.Sorted(slices.Values(event.Recipients)), slices.Sorted(slices.Values(log[i].Recipients)))
		}
	})
}

func TestAmong(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		n := o.Neighbour()
		of := func(number string) crm.ID { return o.Customer(number).ID }
		asked := []crm.ID{of(crmtest.HanzeBouw), n.Customer, of(crmtest.Groep), of(crmtest.Vastgoed), "cus_0000000000000000000000000c", of(crmtest.Installatie)}
		among := func(filter *crm.CustomerFilter) []crm.ID {
			ctx, count := dbCount(o.As(crmtest.Ruben))
			defer func() { equal(t, "statements", count.N(), 1) }()
			return must2(o.Customers.Among(ctx, filter, asked))(t)
		}
		sameList(t, "those there are", among(nil), []crm.ID{asked[0], asked[2], asked[3], asked[5]})
		sameList(t, "those that run a project", among(&crm.CustomerFilter{HasRunningProjects: new(true), ID: &crm.IDFilter{In: asked}}), []crm.ID{asked[0], asked[2], asked[5]})
		sameList(t, "none", among(&crm.CustomerFilter{Number: &crm.TextFilter{Eq: new("geen")}}), []crm.ID(nil))
		_, err := o.Customers.Among(o.As(crmtest.Ruben), &crm.CustomerFilter{Number: &crm.TextFilter{In: make([]string, 101)}}, asked)
		refused(t, err, crm.BadInput)
		_, err = o.Customers.Among(t.Context(), nil, asked)
		equal(t, "error", err, crm.ErrUnauthenticated)
	})
}
