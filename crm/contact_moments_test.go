package crm_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// changeMoment changes a contact moment on the version that it has.
func changeMoment(o *crmtest.Office, who string, id crm.ID, patch crm.ContactMomentFields) (*crm.UpdateContactMomentPayload, error) {
	found, err := o.Communications.ByIDs(o.As(who), []crm.ID{id})
	if err != nil {
		return nil, err
	}
	return o.Communications.UpdateContactMoment(o.As(who), crm.UpdateContactMomentInput{ID: id, ExpectedVersion: new(found[0].Core().Version), Patch: patch})
}

// planned plans an appointment in two days.
func planned(t *testing.T, o *crmtest.Office, attendees ...string) *crm.Message {
	t.Helper()
	at := o.Clock.Now().Add(48 * time.Hour)
	input := crm.CreateContactMomentInput{CustomerID: o.Customer(crmtest.Installatie).ID, Kind: crm.AppointmentMoment, Subject: new("Evaluatie"),
		At: &at, EndsAt: new(at.Add(time.Hour)), RemindAt: new(at.Add(-15 * time.Minute)), ContactIds: []crm.ID{o.Contact("Erik Jansen").ID}}
	for _, name := range attendees {
		input.AttendeeIds = append(input.AttendeeIds, o.Actor(name).UserID)
	}
	return must2(moment(o, input))(t).Communication.Core()
}

// noted records a conversation.
func noted(t *testing.T, o *crmtest.Office, input crm.CreateContactMomentInput) *crm.Message {
	t.Helper()
	if input.CustomerID == "" {
		input.CustomerID = o.Customer(crmtest.Installatie).ID
	}
	if input.Subject == nil {
		input.Subject = new("Gesprek")
	}
	return must2(moment(o, input))(t).Communication.Core()
}

// messageWhere reads a communication of the office.
func messageWhere(t *testing.T, o *crmtest.Office, condition string) *crm.Message {
	t.Helper()
	row := new(crm.Message)
	err := o.DB.Read().NewSelect().Model(row).Where("organization_id = ?", o.ID).Where(condition).OrderExpr("id").Limit(1).Scan(db.Everywhere(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestTextOfAContactMoment(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("stays as typed when it is plain", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{Body: new("a < b & <script>x</script>")})
			equal(t, "body", note.Body, "a < b & <script>x</script>")
			if note.BodyHTML != nil {
				t.Errorf("plain text is also HTML: %s", *note.BodyHTML)
			}
		})
		t.Run("is cleaned when it is HTML, and is searched by its words", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{BodyHTML: new(`<p>Erik belt <b>morgen</b></p><script>alert(1)</script><img src=x onerror=y>`)})
			equal(t, "HTML", *note.BodyHTML, "<p>Erik belt <b>morgen</b></p>")
			equal(t, "body", note.Body, "Erik belt morgen")
			found := timelineOf(t, o, note.CustomerID, crm.TimelineArgs{Search: new("belt MORGEN")}, page.Args{})
			sameList(t, "found", nodeIDs(found.Nodes), []crm.ID{note.ID})
		})
		t.Run("is one text: a plain one replaces the other form", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{BodyHTML: new(`<i>een</i>`)})
			changed := must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Body: crmtest.Text("twee")}))(t).Communication.Core()
			equal(t, "body", changed.Body, "twee")
			equal(t, "no HTML", changed.BodyHTML == nil, true)
		})
		for name, input := range map[string]crm.CreateContactMomentInput{
			"in two forms":      {Body: new("x"), BodyHTML: new("<b>y</b>")},
			"of too many words": {BodyHTML: new("<p>" + strings.Repeat("é", 20_001) + "</p>")},
			"of too many marks": {BodyHTML: new(strings.Repeat("<b>", 34_000))},
		} {
			t.Run("is refused "+name, func(t *testing.T) {
				input.CustomerID = o.Customer(crmtest.Installatie).ID
				_, err := moment(o, input)
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.bodyHtml"})
			})
		}
		t.Run("of twenty thousand characters is not too long", func(t *testing.T) {
			noted(t, o, crm.CreateContactMomentInput{Body: new(strings.Repeat("é", 20_000))})
		})
	})
}

func TestReferencesOfAContactMoment(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie, now := o.Customer(crmtest.Installatie).ID, o.Clock.Now()
		inUse, gone, sector := o.Lookup(crm.ContactMomentList, "Voortgang").ID, o.Lookup(crm.ContactMomentList, "Klacht").ID, o.Lookup(crm.ConversationList, "Bezoek").ID
		write(t, o, "UPDATE lookup_values SET active = FALSE WHERE organization_id = ? AND id = ?", o.ID, gone)
		o.Signals()
		t.Run("name a type of the office's list, colleagues and a day to follow up", func(t *testing.T) {
			at := now.Add(time.Hour)
			made := must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie, Kind: crm.AppointmentMoment, Subject: new("x"), At: &at, EndsAt: new(at.Add(time.Hour)),
				TypeID: &inUse, AttendeeIds: []crm.ID{o.Actor(crmtest.Mila).UserID, o.Actor(crmtest.Joris).UserID, o.Actor(crmtest.Mila).UserID},
				RemindAt: &at, FollowUpOn: new(crm.Date("2026-11-23"))}))(t).Communication.Core()
			equal(t, "type", *made.TypeID, inUse)
			equal(t, "who follows up", *made.FollowUpUserID, o.Actor(crmtest.Sanne).UserID)
			attendees := must2(o.Communications.AttendeesOf(o.As(crmtest.Ruben), []crm.ID{made.ID}))(t)[0]
			sameList(t, "attendees", each(attendees, func(u *crm.User) string { return u.Name }), []string{crmtest.Mila, crmtest.Joris})
			o.Signals()
		})
		write(t, o, "UPDATE users SET active = FALSE WHERE organization_id = ? AND id = ?", o.ID, o.Actor(crmtest.Ruben).UserID)
		for name, one := range map[string]struct {
			input crm.CreateContactMomentInput
			fault string
		}{
			"a type that is out of use":             {crm.CreateContactMomentInput{TypeID: &gone}, "LOOKUP_INACTIVE input.typeId"},
			"a type of another list":                {crm.CreateContactMomentInput{TypeID: &sector}, "NOT_FOUND input.typeId"},
			"a day to follow up that is over":       {crm.CreateContactMomentInput{FollowUpOn: new(crm.Date("2026-11-22"))}, "BAD_INPUT input.followUpOn"},
			"someone to follow up without a day":    {crm.CreateContactMomentInput{FollowUpUserID: new(o.Actor(crmtest.Mila).UserID)}, "BAD_INPUT input.followUpOn"},
			"someone to follow up who has left":     {crm.CreateContactMomentInput{FollowUpOn: new(crm.Date("2026-12-01")), FollowUpUserID: new(o.Actor(crmtest.Ruben).UserID)}, "BAD_INPUT input.followUpUserId"},
			"someone to follow up who is not there": {crm.CreateContactMomentInput{FollowUpOn: new(crm.Date("2026-12-01")), FollowUpUserID: new(crm.ID("usr_00000000000000000000000000"))}, "NOT_FOUND input.followUpUserId"},
			"colleagues at a conversation":          {crm.CreateContactMomentInput{AttendeeIds: []crm.ID{o.Actor(crmtest.Mila).UserID}}, "BAD_INPUT input.attendeeIds"},
			"a place of a conversation":             {crm.CreateContactMomentInput{Location: new("Delft")}, "BAD_INPUT input.location"},
			"a reminder of a conversation":          {crm.CreateContactMomentInput{RemindAt: &now}, "BAD_INPUT input.remindAt"},
			"a reminder behind the start":           {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.Add(time.Hour)), RemindAt: new(now.Add(time.Second))}, "BAD_INPUT input.remindAt"},
			"an appointment of ten years":           {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.AddDate(10, 0, 0))}, "BAD_INPUT input.endsAt"},
			"an appointment over 31 days":           {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.AddDate(0, 0, 31).Add(time.Minute))}, "BAD_INPUT input.endsAt"},
			"a length of an appointment":            {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.Add(time.Hour)), DurationMinutes: new(5)}, "BAD_INPUT input.durationMinutes"},
			"a colleague who is not there":          {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.Add(time.Hour)), AttendeeIds: []crm.ID{"usr_00000000000000000000000000"}}, "NOT_FOUND input.attendeeIds"},
			"more than fifty colleagues":            {crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, At: &now, EndsAt: new(now.Add(time.Hour)), AttendeeIds: manyIDs(51)}, "BAD_INPUT input.attendeeIds"},
		} {
			t.Run("refuse "+name, func(t *testing.T) {
				one.input.CustomerID, one.input.Subject = installatie, new("x")
				changesNothing(t, o, func() {
					_, err := moment(o, one.input)
					sameList(t, "faults", faultsOf(err), []string{one.fault})
				})
			})
		}
	})
}

func TestUpdateContactMoment(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("changes a conversation, with what changed in the log", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{ContactIds: []crm.ID{o.Contact("Erik Jansen").ID}})
			head, card := o.Head(), o.Customer(crmtest.Installatie)
			o.Clock.Advance(time.Hour)
			earlier := o.Clock.Now().Add(-3 * time.Hour)
			naima := o.Contact("Naima Bouzid").ID
			changed := must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("Anders"), At: crmtest.Given(earlier),
				ContactIds: crmtest.List(naima), EngagementID: crmtest.Given(o.Engagement("A-2026-0040").ID)}))(t).Communication.Core()
			equal(t, "subject", changed.Subject, "Anders")
			equal(t, "version", changed.Version, 2)
			equal(t, "changed at", *changed.UpdatedAt, o.Clock.Now())
			equal(t, "changed by", *changed.UpdatedByID, o.Actor(crmtest.Sanne).UserID)
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.CommunicationUpdatedEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"at", "contactIds", "subject", "engagementId"})
			equal(t, "subject of the event", *events[0].SubjectID, note.ID)
			equal(t, "version of the card", o.Customer(crmtest.Installatie).Version, card.Version+1)
			own := must2(o.Communications.OfContacts(o.As(crmtest.Sanne), []crm.ID{naima, o.Contact("Erik Jansen").ID}, crm.TimelineArgs{Search: new("anders")}, page.Args{}))(t)
			equal(t, "with the new contact", len(own[0].Nodes), 1)
			equal(t, "with the old one", len(own[1].Nodes), 0)
		})
		t.Run("of nothing changes nothing", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			o.Signals()
			changesNothing(t, o, func() {
				must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("Gesprek")}))(t)
			})
		})
		t.Run("is for its author and administrators", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := changeMoment(o, crmtest.Joris, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("x")})
				refused(t, err, crm.Forbidden)
			})
			must2(changeMoment(o, crmtest.Peter, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("x")}))(t)
		})
		t.Run("keeps the rules of a new one, and tells all faults at once", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{At: crmtest.Given(o.Clock.Now().Add(48 * time.Hour)), Subject: crmtest.Text(strings.Repeat("x", 201)),
					ContactIds: crmtest.List(o.Contact("Klaas Brouwer").ID), Location: crmtest.Text("Delft")})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.subject", "BAD_INPUT input.patch.at", "BAD_INPUT input.patch.location",
					"CONTACT_NOT_OF_CUSTOMER input.patch.contactIds"})
				_, err = changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Subject: crmtest.Null[string]()})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.patch.subject"})
			})
		})
		for _, one := range []struct{ name, find string }{
			{"a sent mail", "kind = 'EMAIL' AND status = 'SENT'"}, {"a received mail", "status = 'RECEIVED'"}, {"an invoice", "kind = 'INVOICE'"},
			{"what a process did", "kind = 'WORKFLOW'"},
		} {
			t.Run("refuses "+one.name, func(t *testing.T) {
				row := messageWhere(t, o, one.find)
				o.Signals()
				changesNothing(t, o, func() {
					_, err := changeMoment(o, crmtest.Peter, row.ID, crm.ContactMomentFields{Subject: crmtest.Text("x")})
					refused(t, err, crm.CommunicationImmutable, "input", "id")
				})
			})
		}
		t.Run("refuses an archived card", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{CustomerID: o.Customer(crmtest.DeLinde).ID, FollowUpOn: new(crm.Date("2026-12-01"))})
			must2(archive(o, note.CustomerID))(t)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Subject: crmtest.Text("x")})
				refused(t, err, crm.CardArchived)
				_, err = o.Communications.CompleteFollowUp(o.As(crmtest.Sanne), crm.CompleteFollowUpInput{ID: note.ID})
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("wants to know what it starts from", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{Body: new("een")})
			update := func(version *int, base *crm.ContactMomentFields, patch crm.ContactMomentFields) error {
				_, err := o.Communications.UpdateContactMoment(o.As(crmtest.Sanne), crm.UpdateContactMomentInput{ID: note.ID, ExpectedVersion: version, Base: base, Patch: patch})
				return err
			}
			subject := crm.ContactMomentFields{Subject: crmtest.Text("Mijn")}
			refused(t, update(nil, nil, subject), crm.BadInput, "input")
			refused(t, update(nil, &crm.ContactMomentFields{Body: crmtest.Text("een")}, subject), crm.BadInput, "input", "base", "subject")
			refused(t, update(new(7), nil, subject), crm.BadInput, "input", "expectedVersion")
			must2(changeMoment(o, crmtest.Sanne, note.ID, crm.ContactMomentFields{Body: crmtest.Text("twee")}))(t)
			fault := refusal(t, update(new(1), nil, subject), crm.Conflict)
			equal(t, "current version", *fault.CurrentVersion, 2)
			if err := update(nil, &crm.ContactMomentFields{Subject: crmtest.Text("Gesprek")}, subject); err != nil {
				t.Errorf("another field stood in the way: %v", err)
			}
			fault = refusal(t, update(nil, &crm.ContactMomentFields{Subject: crmtest.Text("Gesprek")}, crm.ContactMomentFields{Subject: crmtest.Text("Nog anders")}), crm.Conflict)
			equal(t, "field", fault.Conflicts[0].Field, "subject")
			equal(t, "theirs", fault.Conflicts[0].Theirs.(string), "Mijn")
			if err := update(nil, &crm.ContactMomentFields{Body: crmtest.Text("twee")}, crm.ContactMomentFields{BodyHTML: crmtest.Text("<b>drie</b>")}); err != nil {
				t.Errorf("the plain text is not the base of the formatted one: %v", err)
			}
		})
		t.Run("by two at once happens once", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			var both sync.WaitGroup
			outcomes := make([]error, 2)
			for i, who := range []string{crmtest.Sanne, crmtest.Peter} {
				both.Go(func() {
					_, outcomes[i] = o.Communications.UpdateContactMoment(o.As(who), crm.UpdateContactMomentInput{ID: note.ID, ExpectedVersion: new(1),
						Patch: crm.ContactMomentFields{Subject: crmtest.Text(who)}})
				})
			}
			both.Wait()
			if (outcomes[0] == nil) == (outcomes[1] == nil) {
				t.Errorf("got %v", outcomes)
			}
		})
	})
}

func TestFollowUps(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		mila := o.Actor(crmtest.Mila).UserID
		due := func(on string) *crm.Message {
			return noted(t, o, crm.CreateContactMomentInput{Subject: &on, FollowUpOn: new(crm.Date(on)), FollowUpUserID: &mila})
		}
		list := func(by *crm.Date) []string {
			return each(walk(t, 2, false, func(args page.Args) (*page.Connection[crm.Communication], error) {
				return o.Communications.FollowUps(o.As(crmtest.Mila), by, args)
			}), func(c crm.Communication) string { return c.Core().Subject })
		}
		march, december, today := due("2027-03-01"), due("2026-12-01"), due("2026-11-23")
		elsewhere := noted(t, o, crm.CreateContactMomentInput{CustomerID: o.Customer(crmtest.DeLinde).ID, Subject: new("elders"), FollowUpOn: new(crm.Date("2026-11-24")), FollowUpUserID: &mila})
		t.Run("are one's own, those due first", func(t *testing.T) {
			sameList(t, "all", list(nil), []string{"2026-11-23", "elders", "2026-12-01", "2027-03-01"})
			sameList(t, "due today", list(new(crm.Date("2026-11-23"))), []string{"2026-11-23"})
			sannes := must2(o.Communications.FollowUps(o.As(crmtest.Sanne), nil, page.Args{}))(t)
			equal(t, "of another", len(sannes.Nodes), 1) // of the demo office
		})
		t.Run("are done by whoever does them, once", func(t *testing.T) {
			head := o.Head()
			done := must2(o.Communications.CompleteFollowUp(o.As(crmtest.Joris), crm.CompleteFollowUpInput{ID: today.ID}))(t).Communication.Core()
			equal(t, "done at", *done.FollowUpDoneAt, o.Clock.Now())
			equal(t, "done by", *done.FollowUpDoneByID, o.Actor(crmtest.Joris).UserID)
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.FollowUpCompletedEvent})
			sameList(t, "left", list(nil), []string{"elders", "2026-12-01", "2027-03-01"})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := o.Communications.CompleteFollowUp(o.As(crmtest.Mila), crm.CompleteFollowUpInput{ID: today.ID})
				refused(t, err, crm.FollowUpNotOpen, "input", "id")
			})
		})
		t.Run("that were never agreed on cannot be done", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			_, err := o.Communications.CompleteFollowUp(o.As(crmtest.Mila), crm.CompleteFollowUpInput{ID: note.ID})
			refused(t, err, crm.FollowUpNotOpen)
		})
		t.Run("open again on another day, and end when there is none", func(t *testing.T) {
			must2(changeMoment(o, crmtest.Sanne, today.ID, crm.ContactMomentFields{FollowUpOn: crmtest.Given(crm.Date("2026-11-30"))}))(t)
			must2(changeMoment(o, crmtest.Sanne, march.ID, crm.ContactMomentFields{FollowUpOn: crmtest.Null[crm.Date]()}))(t)
			sameList(t, "all", list(nil), []string{"elders", "2026-11-23", "2026-12-01"})
		})
		t.Run("rest while their card is archived", func(t *testing.T) {
			must2(archive(o, elsewhere.CustomerID))(t)
			sameList(t, "all", list(nil), []string{"2026-11-23", "2026-12-01"})
		})
		t.Run("of two at once are done once", func(t *testing.T) {
			var both sync.WaitGroup
			outcomes := make([]error, 2)
			for i, who := range []string{crmtest.Mila, crmtest.Joris} {
				both.Go(func() {
					_, outcomes[i] = o.Communications.CompleteFollowUp(o.As(who), crm.CompleteFollowUpInput{ID: december.ID})
				})
			}
			both.Wait()
			if (outcomes[0] == nil) == (outcomes[1] == nil) {
				t.Errorf("got %v", outcomes)
			}
		})
	})
}
