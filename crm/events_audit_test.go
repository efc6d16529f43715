package crm_test

import (
	"slices"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		must2(o.Users.Update(o.As(crmtest.Peter), crm.UpdateColleagueInput{ID: o.Actor(crmtest.Mila).UserID, Finance: crmtest.Given(true)}))(t)
		audit := func(t *testing.T, filter *crm.EventFilter) []*crm.Event {
			t.Helper()
			return walk(t, 7, false, func(args page.Args) (*page.Connection[*crm.Event], error) {
				return o.Events.Audit(o.As(crmtest.Ruben), filter, args)
			})
		}
		log := o.Log()
		slices.Reverse(log)
		log = slices.DeleteFunc(log, func(e *crm.Event) bool { return !e.ShowsOnCard() })
		of := func(keep func(e *crm.Event) bool) []crm.ID {
			return nodeIDs(slices.DeleteFunc(slices.Clone(log), func(e *crm.Event) bool { return !keep(e) }))
		}
		card, contact, sanne := o.Customer(crmtest.Installatie).ID, o.Contact("Rik Scholten").ID, o.Actor(crmtest.Sanne).UserID
		from, until := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		t.Run("shows all that happened on cards, newest first, and nothing of access", func(t *testing.T) {
			sameList(t, "events", nodeIDs(audit(t, nil)), nodeIDs(log))
		})
		t.Run("by who, on which cards, of which kind and when", func(t *testing.T) {
			sameList(t, "by Sanne", nodeIDs(audit(t, &crm.EventFilter{Actors: []crm.ID{sanne}})), of(func(e *crm.Event) bool { return e.ActorID != nil && *e.ActorID == sanne }))
			sameList(t, "on cards", nodeIDs(audit(t, &crm.EventFilter{Cards: []crm.ID{card, contact}})), of(func(e *crm.Event) bool { return e.CustomerID == card || e.CardID == contact }))
			sameList(t, "of a kind", nodeIDs(audit(t, &crm.EventFilter{Kinds: []crm.EventKind{crm.AttentionAddedEvent}})), of(func(e *crm.Event) bool { return e.Kind == crm.AttentionAddedEvent }))
			sameList(t, "in those days", nodeIDs(audit(t, &crm.EventFilter{From: &from, Until: &until})), of(func(e *crm.Event) bool { return !e.At.Before(from) && e.At.Before(until) }))
			sameList(t, "all at once", nodeIDs(audit(t, &crm.EventFilter{Actors: []crm.ID{sanne}, Cards: []crm.ID{card}, From: &from})),
				of(func(e *crm.Event) bool {
					return e.ActorID != nil && *e.ActorID == sanne && e.CustomerID == card && !e.At.Before(from)
				}))
			equal(t, "of nobody", len(audit(t, &crm.EventFilter{Actors: []crm.ID{}})), 0)
		})
		t.Run("of a hundred colleagues and cards at most", func(t *testing.T) {
			_, err := o.Events.Audit(o.As(crmtest.Ruben), &crm.EventFilter{Actors: make([]crm.ID, 101)}, page.Args{})
			refused(t, err, crm.BadInput, "filter", "actors")
			_, err = o.Events.Audit(o.As(crmtest.Ruben), &crm.EventFilter{Cards: make([]crm.ID, 101)}, page.Args{})
			refused(t, err, crm.BadInput, "filter", "cards")
		})
	})
}

func TestRestoreContact(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		contact := o.Contact("Piet Nijhuis")
		restore := func(id crm.ID, version *int) (*crm.RestoreContactPayload, error) {
			return o.Contacts.Restore(o.As(crmtest.Joris), crm.RestoreContactInput{ID: id, ExpectedVersion: version})
		}
		t.Run("brings a contact back, with one event that says what it leaves", func(t *testing.T) {
			head := o.Head()
			back := must2(restore(contact.ID, &contact.Version))(t).Contact
			equal(t, "archived", back.ArchivedAt, nil)
			equal(t, "reason", back.ArchivedReason, nil)
			equal(t, "version", back.Version, contact.Version+1)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ContactRestoredEvent})
			equal(t, "field", events[0].Changes[0].Field, "archivedAt")
		})
		t.Run("refuses one in daily use, one as it was before, and one of an archived relation", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := restore(contact.ID, nil)
				refused(t, err, crm.NotArchived, "input", "id")
				_, err = restore(contact.ID, &contact.Version)
				refused(t, err, crm.Conflict)
				_, err = restore(o.Contact("Gerard Lammers").ID, nil)
				refused(t, err, crm.CardArchived)
			})
		})
	})
}
