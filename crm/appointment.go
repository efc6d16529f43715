package crm

import (
	"klantkaart/calendar"
)

// The events and faults of appointments.
const (
	AppointmentCompletedEvent   EventKind = "APPOINTMENT_COMPLETED"
	AppointmentCancelledEvent   EventKind = "APPOINTMENT_CANCELLED"
	AppointmentRescheduledEvent EventKind = "APPOINTMENT_RESCHEDULED"

	AppointmentNotPlanned ErrorCode = "APPOINTMENT_NOT_PLANNED"
)

// Where calendars are fetched: the appointment's by its id, and one's own.
const (
	CalendarFiles  = "/communications/"
	CalendarSuffix = ".ics"
	OwnCalendar    = "/calendar.ics"
)

// CalendarURL is where the appointment is fetched as a file.
func (a *Appointment) CalendarURL() string { return CalendarFiles + string(a.ID) + CalendarSuffix }

// mayBeDecided says whether the actor can say how it ends: it is still planned, and the actor made it, attends
// it, or administers the office.
func (m *Message) mayBeDecided(actor Actor, attendees []ID) error {
	if m.Kind != AppointmentKind {
		return notFound("input", "id")
	}
	if m.Status != PlannedAhead {
		return &Error{Code: AppointmentNotPlanned, Path: []string{"input", "id"}, Text: Text{
			NL: "De afspraak is al geweest of geannuleerd.",
			EN: "The appointment was held or cancelled already."}}
	}
	if m.mayChange(actor) == nil {
		return nil
	}
	for _, one := range attendees {
		if one == actor.UserID {
			return nil
		}
	}
	return forbidden()
}

// entry is the appointment as a calendar shows it.
func (a *Appointment) entry(author *User, contacts []*Contact, attendees []*User) calendar.Event {
	changed := a.CreatedAt
	if a.UpdatedAt != nil {
		changed = *a.UpdatedAt
	}
	event := calendar.Event{
		ID: string(a.ID), Sequence: a.Sequence, Changed: changed, Start: a.At, End: a.EndsAt(), Summary: a.Subject, Description: a.Body,
		Location: deref(a.Location), Cancelled: a.Status == CancelledMeeting, RemindAt: a.RemindAt,
	}
	if author != nil {
		event.Organizer = &calendar.Person{Name: author.Name, Email: author.Email}
	}
	for _, contact := range contacts {
		if contact.Email != nil {
			event.Attendees = append(event.Attendees, calendar.Person{Name: contact.Name, Email: *contact.Email})
		}
	}
	for _, user := range attendees {
		event.Attendees = append(event.Attendees, calendar.Person{Name: user.Name, Email: user.Email})
	}
	return event
}

// icalendar is the appointment as a calendar takes it in: an invitation, its withdrawal, or what there is to
// see when nobody is invited.
func icalendar(event calendar.Event) string {
	switch {
	case event.Cancelled:
		return calendar.Write(calendar.Cancel, event)
	case event.Organizer != nil && len(event.Attendees) > 0:
		return calendar.Write(calendar.Request, event)
	}
	return calendar.Write(calendar.Publish, event)
}
