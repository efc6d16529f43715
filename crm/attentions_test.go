package crm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// attend pins a notice on a card.
func attend(o *crmtest.Office, who string, card crm.ID, to ...string) (*crm.AddAttentionPayload, error) {
	recipients := each(to, func(name string) crm.ID { return o.Actor(name).UserID })
	return o.Attentions.Add(o.As(who), crm.AddAttentionInput{CardID: card, Text: " Bel eerst ", Level: "WARNING", RecipientIds: recipients})
}

// receipts reads how far an attention has reached everyone.
func receipts(t *testing.T, o *crmtest.Office, id crm.ID) []*crm.AttentionReceipt {
	t.Helper()
	return must2(o.Attentions.ReceiptsOf(o.As(crmtest.Sanne), []crm.ID{id}))(t)[0]
}

// shown reads which attentions a card shows.
func shown(t *testing.T, o *crmtest.Office, card crm.ID) []crm.ID {
	t.Helper()
	return nodeIDs(must2(o.Attentions.OfCards(o.As(crmtest.Sanne), []crm.ID{card}, false))(t)[0])
}

func TestAddAttention(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		groep := o.Customer(crmtest.Groep).ID
		t.Run("pins it on the card for everyone, raises the version and tells the office", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.Groep)
			attention := must2(attend(o, crmtest.Sanne, groep))(t).Attention
			equal(t, "text", attention.Text, "Bel eerst")
			equal(t, "active", attention.IsActive(), true)
			sameList(t, "shown", shown(t, o, groep), []crm.ID{attention.ID})
			equal(t, "version", o.Customer(crmtest.Groep).Version, before.Version+1)
			equal(t, "changed at", o.Customer(crmtest.Groep).UpdatedAt, before.UpdatedAt)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.AttentionAddedEvent})
			sameList(t, "topics", o.Signals()[0].Topics, []crm.ID{groep, o.ID})
		})
		t.Run("pins it on a contact and on a project, whose own version rises", func(t *testing.T) {
			contact, project, head := o.Contact("Erik Jansen"), o.Engagement("P-2026-0012"), o.Head()
			must2(attend(o, crmtest.Sanne, contact.ID))(t)
			must2(attend(o, crmtest.Sanne, project.ID))(t)
			equal(t, "version of the contact", o.Contact("Erik Jansen").Version, contact.Version+1)
			equal(t, "version of the project", o.Engagement("P-2026-0012").Version, project.Version+1)
			for _, event := range o.LogAfter(head) {
				equal(t, "card that shows it", event.CustomerID, o.Customer(crmtest.Installatie).ID)
			}
		})
		t.Run("addresses each colleague once", func(t *testing.T) {
			head := o.Head()
			attention := must2(attend(o, crmtest.Sanne, groep, crmtest.Joris, crmtest.Mila, crmtest.Joris))(t).Attention
			to := must2(o.Attentions.RecipientsOf(o.As(crmtest.Sanne), []crm.ID{attention.ID}))(t)[0]
			sameList(t, "recipients", each(to, func(u *crm.User) string { return u.Name }), []string{crmtest.Mila, crmtest.Joris})
			equal(t, "recipients in the log", len(o.LogAfter(head)[0].Recipients), 2)
		})
		t.Run("addresses fifty colleagues at most", func(t *testing.T) {
			many := make([]crm.ID, 51)
			for i := range many {
				many[i] = crm.ID(fmt.Sprintf("usr_%026d", i+1))
				write(t, o, "INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, created_at)"+
					" VALUES (?, ?, 'x', 'x', ?, 'COLLEAGUE', FALSE, TRUE, ?)", o.ID, many[i], string(many[i]), o.Clock.Now())
			}
			add := func(to []crm.ID) error {
				_, err := o.Attentions.Add(o.As(crmtest.Sanne), crm.AddAttentionInput{CardID: groep, Text: "x", Level: "INFO", RecipientIds: to})
				return err
			}
			equal(t, "fifty", add(many[:50]), nil)
			refused(t, add(many), crm.BadInput, "input", "recipientIds")
		})
		for _, one := range []struct {
			name  string
			input crm.AddAttentionInput
			fault string
		}{
			{"no text", crm.AddAttentionInput{Text: " \n "}, "BAD_INPUT input.text"},
			{"a text that is too long", crm.AddAttentionInput{Text: strings.Repeat("é", 501)}, "BAD_INPUT input.text"},
			{"a last day that has passed", crm.AddAttentionInput{Text: "x", ValidUntil: new(crm.Date("2026-11-22"))}, "BAD_INPUT input.validUntil"},
			{"a colleague who is not there", crm.AddAttentionInput{Text: "x", RecipientIds: []crm.ID{"usr_00000000000000000000000000"}}, "NOT_FOUND input.recipientIds"},
		} {
			t.Run("refuses "+one.name, func(t *testing.T) {
				o.Signals()
				one.input.CardID, one.input.Level = groep, "INFO"
				changesNothing(t, o, func() {
					_, err := o.Attentions.Add(o.As(crmtest.Sanne), one.input)
					sameList(t, "faults", faultsOf(err), []string{one.fault})
				})
			})
		}
		t.Run("refuses an archived card, a card of an archived relation, and what is no card", func(t *testing.T) {
			for _, id := range []crm.ID{o.Customer(crmtest.Vastgoed).ID, o.Contact("Piet Nijhuis").ID, o.Engagement("P-2022-0005").ID} {
				_, err := attend(o, crmtest.Sanne, id)
				refused(t, err, crm.CardArchived)
			}
			for _, id := range []crm.ID{"cus_00000000000000000000000000", "con_00000000000000000000000000", o.Actor(crmtest.Joris).UserID, "", "onzin"} {
				_, err := attend(o, crmtest.Sanne, id)
				refused(t, err, crm.NotFound, "input", "cardId")
			}
		})
	})
}

func TestAttentionsOfCard(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("leave out one of which the last day has passed", func(t *testing.T) {
			installatie := o.Customer(crmtest.Installatie).ID
			standing := o.Attention(crmtest.Installatie).ID
			sameList(t, "shown today", shown(t, o, installatie), []crm.ID{standing})
			o.Clock.Set(time.Date(2026, 12, 4, 22, 59, 0, 0, time.UTC)) // in Amsterdam still the fourth
			sameList(t, "shown on the last day", shown(t, o, installatie), []crm.ID{standing})
			equal(t, "active", must2(o.Attentions.ByIDs(o.As(crmtest.Sanne), []crm.ID{standing}))(t)[0].IsActive(), true)
			o.Clock.Advance(time.Minute)
			equal(t, "number shown after it", len(shown(t, o, installatie)), 0)
			equal(t, "active", must2(o.Attentions.ByIDs(o.As(crmtest.Sanne), []crm.ID{standing}))(t)[0].IsActive(), false)
			equal(t, "number shown of one that was over before", len(shown(t, o, o.Customer(crmtest.Brouwer).ID)), 0)
		})
		t.Run("come newest first", func(t *testing.T) {
			groep := o.Customer(crmtest.Groep).ID
			first := must2(attend(o, crmtest.Sanne, groep))(t).Attention.ID
			o.Clock.Advance(time.Second)
			second := must2(attend(o, crmtest.Sanne, groep))(t).Attention.ID
			third := must2(attend(o, crmtest.Sanne, groep))(t).Attention.ID // at the same moment as the second
			sameList(t, "shown", shown(t, o, groep), []crm.ID{third, second, first})
		})
	})
}

func TestAttentionReceipts(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		attention := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID))(t).Attention
		begun := o.Clock.Now()
		t.Run("record a delivery once, without an event", func(t *testing.T) {
			head := o.Head()
			for range 2 {
				if err := o.Attentions.Deliver(o.As(crmtest.Sanne), attention.ID, []crm.ID{o.Actor(crmtest.Joris).UserID, "usr_unknown"}); err != nil {
					t.Fatal(err)
				}
				o.Clock.Advance(time.Minute)
			}
			found := receipts(t, o, attention.ID)
			equal(t, "number", len(found), 1)
			equal(t, "delivered at", found[0].DeliveredAt.UTC(), begun)
			equal(t, "seen", found[0].SeenAt, nil)
			equal(t, "head", o.Head(), head)
		})
		t.Run("record the first sight, with one event; again changes nothing", func(t *testing.T) {
			head, at := o.Head(), o.Clock.Now()
			for range 2 {
				must2(o.Attentions.MarkSeen(o.As(crmtest.Joris), crm.MarkAttentionSeenInput{ID: attention.ID}))(t)
				o.Clock.Advance(time.Minute)
			}
			equal(t, "seen at", receipts(t, o, attention.ID)[0].SeenAt.UTC(), at)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.AttentionSeenEvent})
		})
		t.Run("record that note was taken, once; sight stays as it was", func(t *testing.T) {
			head, at, seen := o.Head(), o.Clock.Now(), *receipts(t, o, attention.ID)[0].SeenAt
			for range 2 {
				must2(o.Attentions.Acknowledge(o.As(crmtest.Joris), crm.AcknowledgeAttentionInput{ID: attention.ID}))(t)
				o.Clock.Advance(time.Minute)
			}
			receipt := receipts(t, o, attention.ID)[0]
			equal(t, "acknowledged at", receipt.AcknowledgedAt.UTC(), at)
			equal(t, "seen at", *receipt.SeenAt, seen)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.AttentionAcknowledgedEvent})
		})
		t.Run("count as delivered and seen for one who takes note at once, a reader too", func(t *testing.T) {
			at := o.Clock.Now()
			must2(o.Attentions.Acknowledge(o.As(crmtest.Ruben), crm.AcknowledgeAttentionInput{ID: attention.ID}))(t)
			own := must2(o.Attentions.OwnReceipts(o.As(crmtest.Ruben), []crm.ID{attention.ID}))(t)[0]
			equal(t, "delivered at", own.DeliveredAt.UTC(), at)
			equal(t, "seen at", own.SeenAt.UTC(), at)
			equal(t, "acknowledged at", own.AcknowledgedAt.UTC(), at)
			equal(t, "receipt of one who got nothing", must2(o.Attentions.OwnReceipts(o.As(crmtest.Mila), []crm.ID{attention.ID}))(t)[0], nil)
		})
		t.Run("tell who saw it of those it is not addressed to, but not that they took note", func(t *testing.T) {
			toMila := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, crmtest.Mila))(t).Attention.ID
			o.Signals()
			for _, who := range []string{crmtest.Joris, crmtest.Sanne} {
				changesNothing(t, o, func() {
					_, err := o.Attentions.Acknowledge(o.As(who), crm.AcknowledgeAttentionInput{ID: toMila})
					refused(t, err, crm.AttentionNotAddressed, "input", "id")
				})
			}
			equal(t, "receipts", len(receipts(t, o, toMila)), 0)
			must2(o.Attentions.MarkSeen(o.As(crmtest.Joris), crm.MarkAttentionSeenInput{ID: toMila}))(t)
			must2(o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: toMila}))(t)
			for _, receipt := range receipts(t, o, toMila) {
				equal(t, "seen", receipt.SeenAt != nil, true)
				equal(t, "acknowledged", receipt.AcknowledgedAt != nil, receipt.UserID == o.Actor(crmtest.Mila).UserID)
			}
		})
		t.Run("end with the removal", func(t *testing.T) {
			must2(o.Attentions.Remove(o.As(crmtest.Sanne), crm.RemoveAttentionInput{ID: attention.ID}))(t)
			_, err := o.Attentions.MarkSeen(o.As(crmtest.Mila), crm.MarkAttentionSeenInput{ID: attention.ID})
			refused(t, err, crm.AttentionRemoved, "input", "id")
			_, err = o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: attention.ID})
			refused(t, err, crm.AttentionRemoved, "input", "id")
		})
	})
}

func TestRemoveAttention(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		groep := o.Customer(crmtest.Groep).ID
		remove := func(who string, id crm.ID) error {
			_, err := o.Attentions.Remove(o.As(who), crm.RemoveAttentionInput{ID: id})
			return err
		}
		attention := must2(attend(o, crmtest.Sanne, groep))(t).Attention.ID
		t.Run("is refused to anyone but the author and administrators", func(t *testing.T) {
			refused(t, remove(crmtest.Joris, attention), crm.Forbidden)
			sameList(t, "shown", shown(t, o, groep), []crm.ID{attention})
		})
		t.Run("takes it off the card, and keeps it for those who have its id", func(t *testing.T) {
			head := o.Head()
			if err := remove(crmtest.Sanne, attention); err != nil {
				t.Fatal(err)
			}
			equal(t, "number shown", len(shown(t, o, groep)), 0)
			kept := must2(o.Attentions.ByIDs(o.As(crmtest.Joris), []crm.ID{attention}))(t)[0]
			equal(t, "removed by", *kept.RemovedByID, o.Actor(crmtest.Sanne).UserID)
			sameList(t, "kinds", kinds(o.LogAfter(head)), []crm.EventKind{crm.AttentionRemovedEvent})
		})
		t.Run("is refused a second time", func(t *testing.T) {
			refused(t, remove(crmtest.Sanne, attention), crm.AttentionRemoved, "input", "id")
		})
		t.Run("is open to an administrator", func(t *testing.T) {
			if err := remove(crmtest.Peter, must2(attend(o, crmtest.Sanne, groep))(t).Attention.ID); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestAttentionsOfActor(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		mine := func(who string) []crm.ID {
			return nodeIDs(must2(o.Attentions.OfActor(o.As(who)))(t))
		}
		before := mine(crmtest.Mila)
		o.Clock.Advance(time.Second)
		toAll := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID))(t).Attention.ID
		o.Clock.Advance(time.Second)
		toMila := must2(attend(o, crmtest.Sanne, o.Customer(crmtest.Groep).ID, crmtest.Mila))(t).Attention.ID
		t.Run("are those addressed to all or to the actor, newest first", func(t *testing.T) {
			sameList(t, "Mila's", mine(crmtest.Mila), append([]crm.ID{toMila, toAll}, before...))
			sameList(t, "Joris's", mine(crmtest.Joris), append([]crm.ID{toAll}, before...))
		})
		t.Run("leave out what the actor took note of, but not what was only seen", func(t *testing.T) {
			must2(o.Attentions.MarkSeen(o.As(crmtest.Mila), crm.MarkAttentionSeenInput{ID: toMila}))(t)
			must2(o.Attentions.Acknowledge(o.As(crmtest.Mila), crm.AcknowledgeAttentionInput{ID: toAll}))(t)
			sameList(t, "Mila's", mine(crmtest.Mila), append([]crm.ID{toMila}, before...))
			sameList(t, "Joris's", mine(crmtest.Joris), append([]crm.ID{toAll}, before...))
		})
	})
}

func TestUpdateAttention(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		groep := o.Customer(crmtest.Groep).ID
		attention := must2(attend(o, crmtest.Sanne, groep, crmtest.Joris))(t).Attention.ID
		update := func(who string, expected *int, base *crm.AttentionFields, patch crm.AttentionFields) (*crm.UpdateAttentionPayload, error) {
			return o.Attentions.Update(o.As(who), crm.UpdateAttentionInput{ID: attention, ExpectedVersion: expected, Base: base, Patch: patch})
		}
		text := func(text string) crm.AttentionFields { return crm.AttentionFields{Text: crmtest.Text(text)} }
		t.Run("changes what it says, for those it is addressed to", func(t *testing.T) {
			head, before := o.Head(), o.Customer(crmtest.Groep)
			answer := must2(update(crmtest.Sanne, new(1), nil, crm.AttentionFields{Text: crmtest.Text(" Mail eerst "), Level: crmtest.Given(crm.AttentionLevel("CRITICAL")), ValidUntil: crmtest.Given(crm.Date("2026-11-23"))}))(t)
			equal(t, "text", answer.Attention.Text, "Mail eerst")
			equal(t, "version", answer.Attention.Version, 2)
			equal(t, "version of the card", o.Customer(crmtest.Groep).Version, before.Version+1)
			log := o.LogAfter(head)
			sameList(t, "kinds", kinds(log), []crm.EventKind{crm.AttentionUpdatedEvent})
			sameList(t, "fields", log[0].ChangedFields(), []string{"text", "level", "validUntil"})
			sameList(t, "recipients", log[0].Recipients, []crm.ID{o.Actor(crmtest.Joris).UserID})
		})
		t.Run("asks again who took note of another text, and not of another last day", func(t *testing.T) {
			must2(o.Attentions.Acknowledge(o.As(crmtest.Joris), crm.AcknowledgeAttentionInput{ID: attention}))(t)
			must2(update(crmtest.Sanne, new(2), nil, crm.AttentionFields{ValidUntil: crmtest.Null[crm.Date]()}))(t)
			equal(t, "acknowledged", receipts(t, o, attention)[0].AcknowledgedAt == nil, false)
			must2(update(crmtest.Sanne, new(3), nil, text("Bel toch")))(t)
			equal(t, "begun anew", receipts(t, o, attention)[0].AcknowledgedAt == nil && receipts(t, o, attention)[0].SeenAt == nil, true)
			mine := nodeIDs(must2(o.Attentions.OfActor(o.As(crmtest.Joris)))(t))
			equal(t, "first of Joris's", mine[0], attention)
		})
		t.Run("answers CONFLICT for a field that was changed meanwhile, with who did it", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := update(crmtest.Peter, new(1), nil, text("Anders"))
				fault := refusal(t, err, crm.Conflict)
				equal(t, "base", fault.Conflicts[0].Base, any("Bel eerst"))
				equal(t, "theirs", fault.Conflicts[0].Theirs, any("Bel toch"))
				equal(t, "by whom", *fault.Conflicts[0].ChangedByID, o.Actor(crmtest.Sanne).UserID)
				_, err = update(crmtest.Peter, nil, new(text("Mail eerst")), text("Anders"))
				refused(t, err, crm.Conflict)
				must2(update(crmtest.Sanne, new(1), nil, text("Bel toch")))(t) // what it says already
			})
		})
		t.Run("is refused to others, with faults, and on archived cards", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := update(crmtest.Joris, new(4), nil, text("x"))
				refused(t, err, crm.Forbidden)
				_, err = update(crmtest.Sanne, new(4), nil, crm.AttentionFields{Text: crmtest.Text(" "), ValidUntil: crmtest.Given(crm.Date("2026-11-22")), Level: crmtest.Null[crm.AttentionLevel]()})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.text", "BAD_INPUT input.patch.level", "BAD_INPUT input.patch.validUntil"})
				_, err = update(crmtest.Sanne, nil, nil, text("x"))
				refused(t, err, crm.BadInput, "input")
			})
			closeProject(t, o, "P-2025-0003")
			must2(o.Customers.Archive(o.As(crmtest.Sanne), crm.ArchiveCustomerInput{ID: groep}))(t)
			_, err := update(crmtest.Sanne, new(4), nil, text("x"))
			refused(t, err, crm.CardArchived)
			_, err = o.Attentions.Remove(o.As(crmtest.Sanne), crm.RemoveAttentionInput{ID: attention})
			refused(t, err, crm.CardArchived)
		})
	})
}

func TestExpiredAttentions(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		brouwer := o.Customer(crmtest.Brouwer).ID
		ever := func() []crm.ID {
			return nodeIDs(must2(o.Attentions.OfCards(o.As(crmtest.Sanne), []crm.ID{brouwer}, true))(t)[0])
		}
		expired := o.Attention(crmtest.Brouwer).ID
		t.Run("are shown when that is asked, and not counted", func(t *testing.T) {
			sameList(t, "shown", shown(t, o, brouwer), nil)
			sameList(t, "ever", ever(), []crm.ID{expired})
			indicator := must2(o.Attentions.IndicatorsOf(o.As(crmtest.Ruben), []crm.ID{brouwer, o.Customer(crmtest.HanzeBouw).ID}))(t)
			equal(t, "count", indicator[0].Count, 0)
			equal(t, "level", indicator[0].HighestLevel, nil)
			equal(t, "count elsewhere", indicator[1].Count, 1)
			equal(t, "level elsewhere", *indicator[1].HighestLevel, crm.AttentionLevel("WARNING"))
		})
		t.Run("stand again when their last day is moved, and never when they are removed", func(t *testing.T) {
			must2(o.Attentions.Update(o.As(crmtest.Joris), crm.UpdateAttentionInput{ID: expired, ExpectedVersion: new(1), Patch: crm.AttentionFields{ValidUntil: crmtest.Given(crm.Date("2026-12-31"))}}))(t)
			sameList(t, "shown", shown(t, o, brouwer), []crm.ID{expired})
			must2(o.Attentions.Remove(o.As(crmtest.Joris), crm.RemoveAttentionInput{ID: expired}))(t)
			sameList(t, "ever", ever(), nil)
		})
	})
}
