package crm_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func TestAppointmentIsHeldOrCancelled(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		complete := func(who string, id crm.ID) (*crm.CompleteAppointmentPayload, error) {
			return o.Communications.CompleteAppointment(o.As(who), crm.CompleteAppointmentInput{ID: id})
		}
		cancel := func(who string, id crm.ID, reason string) (*crm.CancelAppointmentPayload, error) {
			return o.Communications.CancelAppointment(o.As(who), crm.CancelAppointmentInput{ID: id, Reason: reason})
		}
		t.Run("held, once it has begun, by who attends it", func(t *testing.T) {
			meeting := planned(t, o, crmtest.Mila)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := complete(crmtest.Mila, meeting.ID)
				refused(t, err, crm.BadInput, "input", "id")
			})
			o.Clock.Set(meeting.At)
			head := o.Head()
			done := must2(complete(crmtest.Mila, meeting.ID))(t).Appointment
			equal(t, "status", done.Status, crm.Done)
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.AppointmentCompletedEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"status"})
			o.Signals()
			changesNothing(t, o, func() {
				_, err := complete(crmtest.Mila, meeting.ID)
				refused(t, err, crm.AppointmentNotPlanned)
				_, err = cancel(crmtest.Sanne, meeting.ID, "x")
				refused(t, err, crm.AppointmentNotPlanned)
				_, err = changeMoment(o, crmtest.Sanne, meeting.ID, crm.ContactMomentFields{Subject: crmtest.Text("x")})
				refused(t, err, crm.CommunicationImmutable)
			})
		})
		t.Run("cancelled, with a reason, and stays on the timeline", func(t *testing.T) {
			meeting := planned(t, o)
			head := o.Head()
			off := must2(cancel(crmtest.Sanne, meeting.ID, " Ziek "))(t).Appointment
			equal(t, "status", off.Status, crm.CancelledMeeting)
			equal(t, "reason", *off.CancelReason, "Ziek")
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.AppointmentCancelledEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"status", "cancelReason"})
			cancelled := crm.TimelineArgs{Filter: &crm.CommunicationFilter{Statuses: []crm.CommunicationStatus{crm.CancelledMeeting}}}
			sameList(t, "cancelled", nodeIDs(timelineOf(t, o, meeting.CustomerID, cancelled, page.Args{}).Nodes), []crm.ID{meeting.ID})
		})
		t.Run("not cancelled without a reason, or with a long one", func(t *testing.T) {
			meeting := planned(t, o)
			o.Signals()
			changesNothing(t, o, func() {
				for _, reason := range []string{" ", strings.Repeat("x", 201)} {
					_, err := cancel(crmtest.Sanne, meeting.ID, reason)
					refused(t, err, crm.BadInput, "input", "reason")
				}
			})
		})
		t.Run("not by who neither made nor attends it", func(t *testing.T) {
			meeting := planned(t, o, crmtest.Mila)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := cancel(crmtest.Joris, meeting.ID, "x")
				refused(t, err, crm.Forbidden)
			})
			must2(cancel(crmtest.Peter, meeting.ID, "x"))(t)
		})
		t.Run("not when it is a conversation", func(t *testing.T) {
			note := noted(t, o, crm.CreateContactMomentInput{})
			_, err := cancel(crmtest.Sanne, note.ID, "x")
			refused(t, err, crm.NotFound, "input", "id")
		})
		t.Run("by two at once only one way", func(t *testing.T) {
			meeting := planned(t, o)
			o.Clock.Set(meeting.At)
			var both sync.WaitGroup
			var held, off error
			both.Go(func() { _, held = complete(crmtest.Sanne, meeting.ID) })
			both.Go(func() { _, off = cancel(crmtest.Peter, meeting.ID, "x") })
			both.Wait()
			if (held == nil) == (off == nil) {
				t.Errorf("got %v and %v", held, off)
			}
		})
	})
}

func TestRescheduleAppointment(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		reschedule := func(input crm.RescheduleAppointmentInput) (*crm.RescheduleAppointmentPayload, error) {
			return o.Communications.RescheduleAppointment(o.As(crmtest.Sanne), input)
		}
		t.Run("keeps the length and the distance of the reminder", func(t *testing.T) {
			meeting := planned(t, o, crmtest.Mila)
			head, at := o.Head(), meeting.At.Add(72*time.Hour)
			moved := must2(reschedule(crm.RescheduleAppointmentInput{ID: meeting.ID, At: at}))(t).Appointment
			equal(t, "start", moved.At, at)
			equal(t, "end", moved.EndsAt(), at.Add(time.Hour))
			equal(t, "reminder", *moved.RemindAt, at.Add(-15*time.Minute))
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.AppointmentRescheduledEvent})
			sameList(t, "fields", events[0].ChangedFields(), []string{"at", "endsAt", "remindAt"})
			attendees := must2(o.Communications.AttendeesOf(o.As(crmtest.Sanne), []crm.ID{meeting.ID}))(t)[0]
			equal(t, "attendees", len(attendees), 1)
			own := must2(o.Communications.OfContacts(o.As(crmtest.Sanne), []crm.ID{o.Contact("Erik Jansen").ID}, crm.TimelineArgs{}, page.Args{First: new(1)}))(t)[0]
			sameList(t, "first of its contact", nodeIDs(own.Nodes), []crm.ID{meeting.ID})
		})
		t.Run("takes another end and place", func(t *testing.T) {
			meeting := planned(t, o)
			moved := must2(reschedule(crm.RescheduleAppointmentInput{ID: meeting.ID, At: meeting.At, EndsAt: new(meeting.At.Add(5 * time.Minute)), Location: new("Delft")}))(t).Appointment
			equal(t, "end", moved.EndsAt(), meeting.At.Add(5*time.Minute))
			equal(t, "place", *moved.Location, "Delft")
		})
		t.Run("to where it is changes nothing", func(t *testing.T) {
			meeting := planned(t, o)
			o.Signals()
			changesNothing(t, o, func() { must2(reschedule(crm.RescheduleAppointmentInput{ID: meeting.ID, At: meeting.At}))(t) })
		})
		t.Run("refuses an end that does not lie behind the start", func(t *testing.T) {
			meeting := planned(t, o)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := reschedule(crm.RescheduleAppointmentInput{ID: meeting.ID, At: meeting.At, EndsAt: &meeting.At})
				refused(t, err, crm.BadInput, "input", "endsAt")
			})
		})
	})
}

func TestCalendarEntry(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		entry := func(id crm.ID) string {
			return must2(o.Communications.ICalendarsOf(o.As(crmtest.Ruben), []crm.ID{id}))(t)[0]
		}
		has := func(t *testing.T, object string, lines ...string) {
			t.Helper()
			for _, line := range lines {
				if !strings.Contains(strings.ReplaceAll(object, "\r\n ", ""), line+"\r\n") {
					t.Errorf("%s is not in\n%s", line, object)
				}
			}
		}
		meeting := planned(t, o, crmtest.Mila)
		t.Run("invites contacts and colleagues", func(t *testing.T) {
			has(t, entry(meeting.ID), "METHOD:REQUEST", "UID:"+string(meeting.ID), "SEQUENCE:0", "STATUS:CONFIRMED", "DTSTART:20261125T090000Z", "DTEND:20261125T100000Z",
				`ORGANIZER;CN="Sanne Verhoef":mailto:sanne.verhoef@delta-detachering.example`, "TRIGGER;VALUE=DATE-TIME:20261125T084500Z",
				`ATTENDEE;CN="Erik Jansen";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:e.jansen@vdv-installatie.example`,
				`ATTENDEE;CN="Mila Brands";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:mila.brands@delta-detachering.example`)
		})
		t.Run("rises with every change, and is withdrawn when the appointment is off", func(t *testing.T) {
			must2(o.Communications.RescheduleAppointment(o.As(crmtest.Sanne), crm.RescheduleAppointmentInput{ID: meeting.ID, At: meeting.At.Add(time.Hour)}))(t)
			has(t, entry(meeting.ID), "SEQUENCE:1", "DTSTART:20261125T100000Z")
			must2(changeMoment(o, crmtest.Sanne, meeting.ID, crm.ContactMomentFields{Location: crmtest.Text("Zaal 1; links")}))(t)
			has(t, entry(meeting.ID), "SEQUENCE:2", `LOCATION:Zaal 1\; links`)
			must2(o.Communications.CancelAppointment(o.As(crmtest.Sanne), crm.CancelAppointmentInput{ID: meeting.ID, Reason: "x"}))(t)
			has(t, entry(meeting.ID), "SEQUENCE:3", "METHOD:CANCEL", "STATUS:CANCELLED")
		})
		t.Run("is of appointments alone", func(t *testing.T) {
			equal(t, "of a mail", entry(messageWhere(t, o, "kind = 'EMAIL'").ID), "")
			equal(t, "of nothing", entry("com_00000000000000000000000000"), "")
		})
	})
}

func TestAgenda(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		agenda := func(who string) []crm.ID {
			return nodeIDs(walk(t, 1, false, func(args page.Args) (*page.Connection[crm.Communication], error) {
				return o.Communications.Agenda(o.As(who), args)
			}))
		}
		demo := messageWhere(t, o, "kind = 'APPOINTMENT'")
		first, off := planned(t, o, crmtest.Mila), planned(t, o, crmtest.Mila)
		must2(o.Communications.CancelAppointment(o.As(crmtest.Sanne), crm.CancelAppointmentInput{ID: off.ID, Reason: "x"}))(t)
		t.Run("holds what one made or attends and is still to come", func(t *testing.T) {
			sameList(t, "of who made them", agenda(crmtest.Sanne), []crm.ID{first.ID, demo.ID})
			sameList(t, "of who attends", agenda(crmtest.Mila), []crm.ID{first.ID})
			sameList(t, "of another", agenda(crmtest.Joris), []crm.ID{})
		})
		t.Run("reminds when the moment has come, and until it is over", func(t *testing.T) {
			reminders := func() []crm.ID { return nodeIDs(must2(o.Communications.Reminders(o.As(crmtest.Mila)))(t)) }
			o.Clock.Set(first.RemindAt.Add(-time.Second))
			sameList(t, "before", reminders(), []crm.ID{})
			o.Clock.Set(*first.RemindAt)
			sameList(t, "when it has come", reminders(), []crm.ID{first.ID})
			o.Clock.Set(first.EndOfTerm.Add(-time.Second))
			sameList(t, "while it lasts", reminders(), []crm.ID{first.ID})
			o.Clock.Set(*first.EndOfTerm)
			sameList(t, "when it is over", reminders(), []crm.ID{})
			sameList(t, "agenda", agenda(crmtest.Mila), []crm.ID{})
		})
		t.Run("is a calendar, with what was planned of late", func(t *testing.T) {
			object := must2(o.Communications.Calendar(o.As(crmtest.Mila)))(t)
			equal(t, "events", strings.Count(object, "BEGIN:VEVENT"), 1)
			equal(t, "to be shown", strings.Contains(object, "METHOD:PUBLISH\r\n"), true)
			equal(t, "of who has none", strings.Count(must2(o.Communications.Calendar(o.As(crmtest.Joris)))(t), "BEGIN:VEVENT"), 0)
		})
	})
}
