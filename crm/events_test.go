package crm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestLogUnderConcurrentWriters(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		const writers, changes = 5, 9
		head := o.Head()
		var seen []<-chan []crm.ID
		var done sync.WaitGroup
		cards := []string{crmtest.Groep, crmtest.Installatie, crmtest.DeLinde}
		for _, number := range cards {
			seen = append(seen, follow(t, o, o.Customer(number).ID, head, writers*changes/len(cards)))
		}
		for w := range writers {
			done.Go(func() {
				for i := range changes {
					if err := disturb(o, cards[(w+i)%len(cards)], w, i); err != nil {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		done.Wait()
		log := o.LogAfter(head)
		t.Run("positions have no gaps", func(t *testing.T) {
			for i, event := range log {
				equal(t, "position", event.Number, head+int64(i)+1)
			}
			equal(t, "head", o.Head(), head+int64(len(log)))
		})
		t.Run("a reader meanwhile sees every event, in order", func(t *testing.T) {
			for i, number := range cards {
				own := slices.DeleteFunc(slices.Clone(log), func(e *crm.Event) bool { return e.CustomerID != o.Customer(number).ID })
				sameList(t, "events seen of "+number, <-seen[i], nodeIDs(own))
			}
		})
		t.Run("events of a card carry versions that rise by one", func(t *testing.T) {
			versions := map[crm.ID]int{}
			for _, event := range o.Log() {
				equal(t, fmt.Sprintf("version of %s at %d", event.CardID, event.Number), event.CardVersion, versions[event.CardID]+1)
				versions[event.CardID] = event.CardVersion
			}
			for _, card := range allCards(t, o) {
				equal(t, "version of "+string(card.ID), card.Version, versions[card.ID])
			}
		})
		t.Run("every change is signalled once, with its position", func(t *testing.T) {
			signalled := each(o.Signals(), func(s crm.Signal) int64 { return s.Position })
			slices.Sort(signalled)
			sameList(t, "positions", signalled, each(log, func(e *crm.Event) int64 { return e.Number }))
		})
	})
}

// disturb changes something on a card: its notices, its timeline, or the card itself.
func disturb(o *crmtest.Office, number string, writer, i int) error {
	card := o.Customer(number)
	switch i % 3 {
	case 0:
		_, err := attend(o, crmtest.Joris, card.ID)
		return err
	case 1:
		_, err := moment(o, crm.CreateContactMomentInput{CustomerID: card.ID, Subject: new("Gesprek")})
		return err
	}
	_, err := o.Customers.Update(o.As(crmtest.Mila), crm.UpdateCustomerInput{ID: card.ID, Patch: crm.CustomerFields{Notes: crmtest.Text(fmt.Sprint(writer, i))},
		ExpectedVersion: new(card.Version)})
	if faults := crm.FaultsOf(err); len(faults) == 1 && faults[0].Code == crm.Conflict {
		return disturb(o, number, writer, i) // someone was quicker; look again
	}
	return err
}

// follow reads what happens on a card from a position on, whenever a signal says that it should, until so
// many events were seen.
func follow(t *testing.T, o *crmtest.Office, card crm.ID, after int64, events int) <-chan []crm.ID {
	t.Helper()
	ctx, wake, seen := o.As(crmtest.Ruben), make(chan struct{}, 1), make(chan []crm.ID, 1)
	o.OnSignal(func(crm.Signal) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	go func() {
		defer close(seen)
		var ids []crm.ID
		for len(ids) < events {
			found, _, err := o.Events.Replay(ctx, crm.EventScope{CardID: card}, after, 100)
			if err != nil {
				t.Error(err)
				return
			}
			if ids = append(ids, nodeIDs(found)...); len(found) > 0 {
				after = found[len(found)-1].Number
			} else {
				<-wake
			}
		}
		seen <- ids
	}()
	return seen
}

func TestLog(t *testing.T) {
	t.Parallel()
	t.Run("says who did it, through which client, and to what", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			actor, contact, head := o.Actor(crmtest.Sanne), o.Contact("Erik Jansen"), o.Head()
			actor.ClientID = "venster-7"
			must2(o.Contacts.Update(crm.WithActor(t.Context(), actor), crm.UpdateContactInput{ID: contact.ID, ExpectedVersion: &contact.Version,
				Patch: crm.ContactFields{Department: crmtest.Text("Projecten")}}))(t)
			event := o.LogAfter(head)[0]
			equal(t, "actor", *event.ActorID, actor.UserID)
			equal(t, "client", *event.OriginClientID, "venster-7")
			equal(t, "moment", event.At.UTC(), o.Clock.Now())
			equal(t, "card", event.CardID, contact.ID)
			equal(t, "card that shows it", event.CustomerID, contact.CustomerID)
			equal(t, "version", event.CardVersion, contact.Version+1)
			sameList(t, "topics", o.Signals()[0].Topics, []crm.ID{contact.CustomerID, contact.ID})
		})
	})
	t.Run("cuts off long texts", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head := o.Head()
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{Notes: crmtest.Text(strings.Repeat("é", 10_000))}))(t)
			equal(t, "logged text", o.LogAfter(head)[0].Changes[0].To, any(strings.Repeat("é", 1000)))
		})
	})
	t.Run("tells the parts of an address", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head := o.Head()
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{VisitingAddress: crmtest.Given(crm.AddressInput{City: "Gent", Country: "BE"})}))(t)
			change := o.LogAfter(head)[0].Changes[0]
			equal(t, "old city", change.From.(map[string]any)["city"], any("Delft"))
			equal(t, "new city", change.To.(map[string]any)["city"], any("Gent"))
		})
	})
	t.Run("holds nothing of a change that was cut short", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			changesNothing(t, o, func() {
				ctx, cancel := context.WithCancel(o.As(crmtest.Sanne))
				cancel()
				_, err := o.Customers.Create(ctx, crm.CreateCustomerInput{Fields: crm.CustomerFields{Name: crmtest.Text("Te laat")}})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v", err)
				}
			})
		})
	})
	t.Run("gives the events of a relation with those beneath it, and of a contact its own", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, contact := o.Head(), o.Contact("Erik Jansen")
			must2(attend(o, crmtest.Sanne, contact.ID))(t)
			must2(attend(o, crmtest.Sanne, contact.CustomerID))(t)
			must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID))(t)
			log := nodeIDs(o.LogAfter(head))
			after := func(scope crm.EventScope) []crm.ID {
				events, floor, err := o.Events.Replay(o.As(crmtest.Ruben), scope, head, 100)
				must(t, events, err)
				equal(t, "floor", floor, 0)
				return nodeIDs(events)
			}
			sameList(t, "of the relation", after(crm.EventScope{CardID: contact.CustomerID}), log[:2])
			sameList(t, "of the contact", after(crm.EventScope{CardID: contact.ID}), log[:1])
		})
	})
	t.Run("tells contacts, leads, requests and projects of their timelines, and of what leaves them", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, erik := o.Head(), o.Contact("Erik Jansen").ID
			lead, request := o.Engagement("L-2026-0101").ID, o.Engagement("A-2026-0040").ID
			note := noted(t, o, crm.CreateContactMomentInput{ContactIds: []crm.ID{erik}, EngagementID: &lead})
			must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{ContactIds: crmtest.List[crm.ID]()}))(t)
			must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{EngagementID: crmtest.Given(request)}))(t)
			must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("Nog een gesprek")}))(t)
			log, signals := o.LogAfter(head), o.Signals()
			for card, want := range map[crm.ID][]*crm.Event{note.CustomerID: log, erik: log[:2], lead: log[:3], request: log[2:]} {
				events, _, err := o.Events.Replay(o.As(crmtest.Ruben), crm.EventScope{CardID: card}, head, 100)
				sameList(t, "replayed on "+string(card), nodeIDs(must(t, events, err)), nodeIDs(want))
				for i, event := range log {
					told := slices.Contains(event.Topics(), string(card))
					equal(t, fmt.Sprintf("event %d is told on %s", i, card), told, slices.Contains(want, event))
					equal(t, fmt.Sprintf("change %d signals %s", i, card), slices.Contains(signals[i].Topics, card), told)
				}
			}
		})
	})
	t.Run("names whom an event concerns", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			head, groep, contact := o.Head(), o.Customer(crmtest.Groep).ID, o.Contact("Erik Jansen")
			mila := o.Actor(crmtest.Mila).UserID
			must2(attend(o, crmtest.Sanne, groep, crmtest.Mila))(t)
			must2(attend(o, crmtest.Sanne, groep))(t)
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.Groep), crm.CustomerFields{Sector: crmtest.Text("Zorg")}))(t)
			must2(attend(o, crmtest.Sanne, contact.ID))(t)
			log := o.LogAfter(head)
			own := []string{string(groep), "customers"}
			sameList(t, "topics for one", log[0].Topics(), append(own[:2:2], "attentions:"+string(mila)))
			sameList(t, "topics for all", log[1].Topics(), append(own[:2:2], "attentions"))
			sameList(t, "topics of a change", log[2].Topics(), own)
			sameList(t, "topics of a contact's", log[3].Topics(), []string{string(contact.CustomerID), "customers", string(contact.ID), "attentions"})
			sameList(t, "what Mila hears of", crm.EventScope{Attentions: true}.Topics(crm.Actor{UserID: mila}), []string{"attentions", "attentions:" + string(mila)})
			for _, scope := range []crm.EventScope{{Attentions: true}, {Customers: true}} {
				events, _, err := o.Events.Replay(o.As(crmtest.Joris), scope, head, 100)
				must(t, events, err)
				var want []*crm.Event
				for _, event := range log {
					if scope.Customers || event.SubjectID != nil {
						want = append(want, event)
					}
				}
				sameList(t, "replayed", nodeIDs(events), nodeIDs(want))
			}
		})
	})
	t.Run("gives no more than a hundred at once, and then the rest", func(t *testing.T) {
		t.Parallel()
		onOffice(t, func(t *testing.T, o *crmtest.Office) {
			groep, head := o.Customer(crmtest.Groep).ID, o.Head()
			for range 105 {
				must2(attend(o, crmtest.Sanne, groep))(t)
			}
			for _, want := range []int{100, 5, 0} {
				events, _, err := o.Events.Replay(o.As(crmtest.Ruben), crm.EventScope{CardID: groep}, head, 100)
				equal(t, "events", len(must(t, events, err)), want)
				if want > 0 {
					head = events[want-1].Number
				}
			}
			equal(t, "the last", head, o.Head())
		})
	})
}

func TestPositions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		log := o.Log()
		head := log[len(log)-1].Position()
		t.Run("keep their meaning as text", func(t *testing.T) {
			for _, event := range log {
				var again crm.Position
				if err := again.UnmarshalGQL(event.Position().String()); err != nil || again != event.Position() {
					t.Errorf("%v became %v, %v", event.Position(), again, err)
				}
			}
		})
		t.Run("refuse a text that none ever was", func(t *testing.T) {
			for _, text := range []any{"", "x", "AQAAAAAAAAAB", head.String() + "A", head.String()[1:], "Ag" + head.String()[2:], "Af////////////8", 1, nil} {
				refused(t, new(crm.Position).UnmarshalGQL(text), crm.BadInput)
			}
		})
	})
}
