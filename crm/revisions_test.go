package crm_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// undoTo takes a relation back to a version, as seen by Sanne when it had another.
func undoTo(o *crmtest.Office, id crm.ID, to, from int) (*crm.UndoCustomerChangesPayload, error) {
	return o.Revisions.UndoCustomer(o.As(crmtest.Sanne), crm.UndoCustomerChangesInput{ID: id, ToVersion: to, ExpectedVersion: from})
}

func TestUndoCustomerChanges(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		first := o.Customer(crmtest.Brouwer)
		save := func(t *testing.T, who string, patch crm.CustomerFields) *crm.Customer {
			t.Helper()
			return must2(update(o, who, o.Customer(crmtest.Brouwer), patch))(t).Customer
		}
		long := strings.Repeat("Lange aantekening. ", 500)
		save(t, crmtest.Sanne, crm.CustomerFields{Notes: crmtest.Text(long), Phone: crmtest.Text("010-1234567"), GAccountPercentage: crmtest.Given(crm.Decimal(25_50))})
		second := save(t, crmtest.Joris, crm.CustomerFields{Notes: crmtest.Text("Kort"), EmployeesCount: crmtest.Given(12),
			VisitingAddress: crmtest.Given(crm.AddressInput{City: "Gent", Country: "BE"})})
		t.Run("gives all fields their earlier values, in one new version with one event", func(t *testing.T) {
			head := o.Head()
			undone := must2(undoTo(o, first.ID, first.Version+1, second.Version))(t)
			stored := o.Customer(crmtest.Brouwer)
			equal(t, "version", stored.Version, second.Version+1)
			equal(t, "answered version", undone.Customer.Version, stored.Version)
			equal(t, "long notes", *stored.Notes, strings.TrimSpace(long))
			equal(t, "percentage", *stored.GAccountPercentage, crm.Decimal(25_50))
			equal(t, "employees", reflect.DeepEqual(stored.EmployeesCount, first.EmployeesCount), true)
			equal(t, "address", reflect.DeepEqual(stored.VisitingAddress, first.VisitingAddress), true)
			equal(t, "key of the city", stored.CityKey, first.CityKey)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.ChangesUndoneEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"employeesCount", "visitingAddress", "notes"})
			equal(t, "version in the event", events[0].CardVersion, stored.Version)
		})
		t.Run("can itself be undone, down to the beginning", func(t *testing.T) {
			now := o.Customer(crmtest.Brouwer).Version
			must2(undoTo(o, first.ID, second.Version, now))(t)
			equal(t, "notes", *o.Customer(crmtest.Brouwer).Notes, "Kort")
			must2(undoTo(o, first.ID, first.Version, now+1))(t)
			stored := o.Customer(crmtest.Brouwer)
			equal(t, "notes", reflect.DeepEqual(stored.Notes, first.Notes), true)
			equal(t, "phone", reflect.DeepEqual(stored.Phone, first.Phone), true)
		})
		t.Run("tells the log and listeners the beginning of long texts only", func(t *testing.T) {
			for _, event := range o.Log() {
				for _, change := range event.Changes {
					if text, ok := change.To.(string); ok && len(text) > 1000 {
						t.Errorf("%s has %d characters", change.Field, len(text))
					}
				}
			}
			for _, signal := range o.Signals() {
				for _, event := range signal.Events {
					equal(t, "changes that are carried whole", len(event.Whole), 0)
				}
			}
		})
		t.Run("changes nothing for the version that it has", func(t *testing.T) {
			changesNothing(t, o, func() {
				now := o.Customer(crmtest.Brouwer).Version
				must2(undoTo(o, first.ID, now, now))(t)
				must2(undoTo(o, first.ID, now, now-1))(t)
			})
		})
		t.Run("refuses versions that there are not", func(t *testing.T) {
			changesNothing(t, o, func() {
				now := o.Customer(crmtest.Brouwer).Version
				for _, to := range []int{-1, 0, now + 1} {
					_, err := undoTo(o, first.ID, to, now)
					refused(t, err, crm.NotFound, "input", "toVersion")
				}
				_, err := undoTo(o, first.ID, 1, now+1)
				refused(t, err, crm.BadInput, "input", "expectedVersion")
				_, err = undoTo(o, first.ID, now-1, now-2)
				refused(t, err, crm.BadInput, "input", "toVersion")
			})
		})
	})
}

func TestUndoBesideColleagues(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		first := o.Customer(crmtest.Brouwer)
		mine := must2(update(o, crmtest.Sanne, first, crm.CustomerFields{Phone: crmtest.Text("010-1234567"), Notes: crmtest.Text("Fout")}))(t).Customer
		theirs := must2(update(o, crmtest.Joris, mine, crm.CustomerFields{Notes: crmtest.Text("Van Joris"), Sector: crmtest.Text("Zorg")}))(t).Customer
		t.Run("is a conflict where a colleague changed the same field since", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := undoTo(o, first.ID, first.Version, mine.Version)
				fault := refusal(t, err, crm.Conflict, "input", "expectedVersion")
				equal(t, "conflicts", len(fault.Conflicts), 1)
				equal(t, "field", fault.Conflicts[0].Field, "notes")
				equal(t, "theirs", fault.Conflicts[0].Theirs, any("Van Joris"))
				equal(t, "by", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Joris).UserID)
				equal(t, "current version", *fault.CurrentVersion, theirs.Version)
			})
		})
		t.Run("leaves the fields of a colleague alone otherwise", func(t *testing.T) {
			back := must2(update(o, crmtest.Joris, theirs, crm.CustomerFields{Notes: optional(first.Notes)}))(t).Customer
			undone := must2(undoTo(o, first.ID, first.Version, mine.Version))(t).Customer
			equal(t, "phone", reflect.DeepEqual(undone.Phone, first.Phone), true)
			equal(t, "sector", *undone.Sector, "Zorg")
			equal(t, "version", undone.Version, back.Version+1)
		})
		t.Run("leaves stage, archive and what hangs on the card as they are", func(t *testing.T) {
			before := o.Customer(crmtest.Brouwer)
			must2(o.Customers.RevertToProspect(o.As(crmtest.Sanne), crm.RevertToProspectInput{ID: first.ID}))(t)
			must2(o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: first.ID, Text: "Let op", Level: "INFO"}))(t)
			now := must2(update(o, crmtest.Sanne, o.Customer(crmtest.Brouwer), crm.CustomerFields{Phone: crmtest.Text("010-7654321")}))(t).Customer
			undone := must2(undoTo(o, first.ID, before.Version, now.Version))(t).Customer
			equal(t, "phone", reflect.DeepEqual(undone.Phone, before.Phone), true)
			equal(t, "stage", undone.Stage, crm.Prospect)
			equal(t, "attentions", len(must2(o.Attentions.OfCards(o.As(crmtest.Sanne), []crm.ID{first.ID}, false))(t)[0]), 1)
		})
		t.Run("refuses an archived card", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				card := o.Customer(crmtest.Vastgoed)
				_, err := undoTo(o, card.ID, 1, card.Version)
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("says what the log has forgotten", func(t *testing.T) {
			now := o.Customer(crmtest.Brouwer).Version
			write(t, o, "UPDATE events SET whole = NULL, changes = ? WHERE organization_id = ? AND card_id = ? AND card_version = ?",
				fmt.Sprintf(`[{"field":"notes","from":%q,"to":"x"},{"field":"phone","from":"+31101111111","to":null}]`, strings.Repeat("x", 1000)), o.ID, first.ID, now)
			undone := must2(undoTo(o, first.ID, now-1, now))(t)
			equal(t, "warning", undone.Warnings[0].Code, crm.NotRestored)
			equal(t, "phone", *undone.Customer.Phone, "+31101111111")
			write(t, o, "DELETE FROM events WHERE organization_id = ? AND card_id = ? AND card_version < ?", o.ID, first.ID, now)
			_, err := undoTo(o, first.ID, 1, now)
			refused(t, err, crm.NotFound, "input", "toVersion")
		})
	})
}

func TestUndoContactChanges(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		first := o.Contact("Rik Scholten")
		undo := func(to, from int) (*crm.UndoContactChangesPayload, error) {
			return o.Revisions.UndoContact(o.As(crmtest.Joris), crm.UndoContactChangesInput{ID: first.ID, ToVersion: to, ExpectedVersion: from})
		}
		change := func(t *testing.T, contact *crm.Contact, patch crm.ContactFields) *crm.Contact {
			t.Helper()
			return must2(o.Contacts.Update(o.As(crmtest.Joris), crm.UpdateContactInput{ID: contact.ID, ExpectedVersion: &contact.Version, Patch: patch}))(t).Contact
		}
		now := change(t, first, crm.ContactFields{LastName: crmtest.Text("Schouten"), Email: crmtest.Text("rik@elders.example"), Language: crmtest.Given(crm.LanguageEN)})
		t.Run("gives back the name, and what is derived of it", func(t *testing.T) {
			undone := must2(undo(first.Version, now.Version))(t).Contact
			equal(t, "name", undone.Name, "Rik Scholten")
			equal(t, "sort key", o.Contact("Rik Scholten").SortKey, first.SortKey)
			equal(t, "language", undone.Language, first.Language)
			hits := must2(o.Search.Find(o.As(crmtest.Joris), "Scholten", nil, crm.ArchivedExclude, 10))(t)
			equal(t, "hits", len(hits), 1)
		})
		t.Run("takes away a function that was entered", func(t *testing.T) {
			before := change(t, o.Contact("Rik Scholten"), crm.ContactFields{Function: crmtest.Null[string](), Department: crmtest.Null[string]()})
			had := functionsOf(t, o, first.ID)
			o.Clock.Advance(time.Minute)
			change(t, before, crm.ContactFields{Function: crmtest.Text("Planer")})
			entered := change(t, o.Contact("Rik Scholten"), crm.ContactFields{Function: crmtest.Text("Planner")})
			undone := must2(undo(before.Version, entered.Version))(t).Contact
			equal(t, "function", undone.Function, nil)
			sameList(t, "functions", functionsOf(t, o, first.ID), had)
			set := change(t, o.Contact("Rik Scholten"), crm.ContactFields{Function: crmtest.Text("Planner")})
			must2(undo(undone.Version, set.Version))(t)
			sameList(t, "functions after another", functionsOf(t, o, first.ID), had)
			checkFunctions(t, o)
		})
		t.Run("refuses an address that another contact has meanwhile", func(t *testing.T) {
			moved := change(t, o.Contact("Rik Scholten"), crm.ContactFields{Email: crmtest.Text("rik2@elders.example")})
			change(t, o.Contact("Mehmet Aydin"), crm.ContactFields{Email: optional(first.Email)})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := undo(first.Version, moved.Version)
				refused(t, err, crm.DuplicateEmail, "input", "toVersion")
			})
		})
	})
}

func TestRevisions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		card, ctx := o.Customer(crmtest.Vastgoed), o.As(crmtest.Ruben)
		t.Run("are the versions of the card's own data, newest first, with their source", func(t *testing.T) {
			must2(o.Customers.Restore(o.As(crmtest.Joris), crm.RestoreCustomerInput{ID: card.ID}))(t)
			must2(o.Attentions.Add(o.As(crmtest.Joris), crm.AddAttentionInput{CardID: card.ID, Text: "Let op", Level: "INFO"}))(t)
			saved := must2(update(o, crmtest.Joris, o.Customer(crmtest.Vastgoed), crm.CustomerFields{Phone: crmtest.Text("010-1234567")}))(t).Customer
			must2(undoTo(o, card.ID, saved.Version-1, saved.Version))(t)
			revisions := must2(o.Revisions.OfCards(ctx, []crm.ID{card.ID}, page.Args{}))(t)[0].Nodes
			sameList(t, "sources", each(revisions, (*crm.Revision).Source), []crm.RevisionSource{
				crm.UndoneRevision, crm.SavedRevision, crm.TransitionRevision, crm.TransitionRevision, crm.SavedRevision, crm.SavedRevision})
			sameList(t, "versions", each(revisions, (*crm.Revision).Version), []int{saved.Version + 1, saved.Version, saved.Version - 2, card.Version, 2, 1})
		})
		t.Run("tell the version that a card of any kind has, for the price of one column", func(t *testing.T) {
			equal(t, "relation", *must2(o.Revisions.CardVersion(ctx, card.ID))(t), o.Customer(crmtest.Vastgoed).Version)
			equal(t, "project", *must2(o.Revisions.CardVersion(ctx, o.Engagement("P-2026-0012").ID))(t), o.Engagement("P-2026-0012").Version)
			for _, id := range []crm.ID{"cus_00000000000000000000000000", o.Neighbour().Customer, o.Actor(crmtest.Ruben).UserID} {
				equal(t, "nothing", must2(o.Revisions.CardVersion(ctx, id))(t), nil)
			}
		})
	})
}

// TestEveryFieldOfACardCanGoBack keeps undo whole: what a colleague may edit comes back from the log as it was.
func TestEveryFieldOfACardCanGoBack(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for _, customer := range ofOffice[*crm.Customer](t, o) {
			backAndForth(t, customer)
		}
		for _, contact := range ofOffice[*crm.Contact](t, o) {
			backAndForth(t, contact)
		}
		for _, dossier := range ofOffice[*crm.Dossier](t, o) {
			backAndForth(t, dossier)
		}
	})
}

func backAndForth[C any](t *testing.T, card *C) {
	t.Helper()
	again := new(C)
	if err := crm.GoBack(again, card); err != nil {
		t.Fatal(err)
	}
	was, is := reflect.ValueOf(card).Elem(), reflect.ValueOf(again).Elem()
	for i := range was.NumField() {
		name, ok := was.Type().Field(i).Tag.Lookup("change")
		if ok && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			t.Errorf("%T.%s was %v and comes back as %v", card, name, was.Field(i), is.Field(i))
		}
	}
}
