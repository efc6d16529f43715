package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/calendar"
	"klantkaart/db"
	"klantkaart/page"
)

// CompleteAppointmentInput says which appointment was held.
type CompleteAppointmentInput struct{ ID ID }

// CompleteAppointmentPayload is the answer to CompleteAppointment.
type CompleteAppointmentPayload struct {
	Outcome
	Appointment *Appointment
}

// CompleteAppointment says that a planned appointment was held. One that has not begun cannot have been.
func (s *Communications) CompleteAppointment(ctx context.Context, input CompleteAppointmentInput) (*CompleteAppointmentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*CompleteAppointmentPayload, error) {
		message, _, err := tx.appointment(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if message.At.After(tx.Now) {
			return nil, Invalid(Text{NL: "De afspraak is nog niet begonnen.", EN: "The appointment has not begun yet."}, "input", "id")
		}
		message.Status = Done
		return &CompleteAppointmentPayload{Appointment: &Appointment{message}}, tx.decide(ctx, AppointmentCompletedEvent, message, nil)
	})
}

// CancelAppointmentInput says which appointment is cancelled, and why.
type CancelAppointmentInput struct {
	ID     ID
	Reason string
}

// CancelAppointmentPayload is the answer to CancelAppointment.
type CancelAppointmentPayload struct {
	Outcome
	Appointment *Appointment
}

// CancelAppointment takes a planned appointment out of the calendars. It stays on the timeline.
func (s *Communications) CancelAppointment(ctx context.Context, input CancelAppointmentInput) (*CancelAppointmentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*CancelAppointmentPayload, error) {
		message, _, err := tx.appointment(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields, reason := patchingAt("input"), ""
		fields.required("reason", graphql.OmittableOf(&input.Reason), &reason, upTo(200))
		if err := fields.err(); err != nil {
			return nil, err
		}
		message.Status, message.CancelReason = CancelledMeeting, &reason
		return &CancelAppointmentPayload{Appointment: &Appointment{message}},
			tx.decide(ctx, AppointmentCancelledEvent, message, []FieldChange{{Field: "cancelReason", To: reason}})
	})
}

// RescheduleAppointmentInput is another moment for an appointment.
type RescheduleAppointmentInput struct {
	ID       ID
	At       time.Time
	EndsAt   *time.Time
	Location *string
}

// RescheduleAppointmentPayload is the answer to RescheduleAppointment.
type RescheduleAppointmentPayload struct {
	Outcome
	Appointment *Appointment
}

// RescheduleAppointment moves a planned appointment. Without another end it keeps its length, and the reminder
// its distance.
func (s *Communications) RescheduleAppointment(ctx context.Context, input RescheduleAppointmentInput) (*RescheduleAppointmentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*RescheduleAppointmentPayload, error) {
		message, before, err := tx.appointment(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		moved, later := *before, toMillisecond(input.At).Sub(before.At)
		moved.At = toMillisecond(input.At)
		end := (&Appointment{message}).EndsAt().Add(later).UTC()
		moved.EndsAt = &end
		if before.RemindAt != nil {
			remind := before.RemindAt.Add(later)
			moved.RemindAt = &remind
		}
		fields, given := patchingAt("input"), ContactMomentFields{}
		if input.EndsAt != nil {
			given.EndsAt = graphql.OmittableOf(input.EndsAt)
		}
		if input.Location != nil {
			given.Location = graphql.OmittableOf(input.Location)
		}
		given.apply(&moved, fields)
		moved.check(before, tx, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		payload, changes := &RescheduleAppointmentPayload{Appointment: &Appointment{message}}, changesBetween(before, &moved)
		if len(changes) == 0 {
			return payload, nil
		}
		return payload, tx.saveMoment(ctx, AppointmentRescheduledEvent, message, &moved, changes)
	})
}

// appointment locks a planned appointment about which the actor may decide, and tells what it says.
func (tx *Tx) appointment(ctx context.Context, id ID) (*Message, *contactMoment, error) {
	customer, message, err := tx.message(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := customer.inUse(); err != nil {
		return nil, nil, err
	}
	said, err := tx.said(ctx, message)
	if err != nil {
		return nil, nil, err
	}
	return message, said, message.mayBeDecided(tx.Actor, said.AttendeeIds)
}

// decide stores how a planned appointment ends.
func (tx *Tx) decide(ctx context.Context, kind EventKind, m *Message, also []FieldChange) error {
	m.Sequence++
	if err := tx.saveMessage(ctx, m, "status", "cancel_reason", "sequence"); err != nil {
		return err
	}
	return tx.logMessage(ctx, kind, m, append([]FieldChange{{Field: "status", From: string(PlannedAhead), To: string(m.Status)}}, also...))
}

// attendeeOf is a colleague together with the appointment.
type attendeeOf struct {
	User            `bun:",extend"`
	CommunicationID ID
}

// AttendeesOf gives for each appointment the colleagues who attend, in the order given.
func (s *Communications) AttendeesOf(ctx context.Context, appointments []ID) ([][]*User, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*attendeeOf](ctx, conn,
		"SELECT "+db.Columns[*User](ctx, conn)+", l.communication_id FROM communication_attendees AS l"+
			" JOIN users AS t ON t.organization_id = l.organization_id AND t.id = l.user_id"+
			" WHERE l.organization_id = ? AND "+conn.In("l.communication_id")+" ORDER BY l.communication_id, l.ordinal",
		string(actor.OrganizationID), db.List(conn, appointments))
	if err != nil {
		return nil, fmt.Errorf("attendees of communications: %w", err)
	}
	byMessage := make(map[ID][]*User)
	for _, row := range rows {
		byMessage[row.CommunicationID] = append(byMessage[row.CommunicationID], &row.User)
	}
	found := make([][]*User, len(appointments))
	for i, id := range appointments {
		found[i] = byMessage[id]
	}
	return found, nil
}

// ICalendarsOf gives appointments as iCalendar objects; empty for what is no appointment of the actor's office.
func (s *Communications) ICalendarsOf(ctx context.Context, ids []ID) ([]string, error) {
	entries, err := s.entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	objects := make([]string, len(ids))
	for i, entry := range entries {
		if entry != nil {
			objects[i] = icalendar(*entry)
		}
	}
	return objects, nil
}

// entries gives appointments as calendars show them; nil for what is none.
func (s *Communications) entries(ctx context.Context, ids []ID) ([]*calendar.Event, error) {
	ctx = db.WithFields(ctx, db.Fields{}) // whole rows, whatever else is asked for
	found, err := s.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	contacts, err := s.ContactsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	attendees, err := s.AttendeesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	authors, err := s.authorsOf(ctx, found)
	if err != nil {
		return nil, err
	}
	entries := make([]*calendar.Event, len(ids))
	for i, one := range found {
		if appointment, ok := one.(*Appointment); ok {
			entry := appointment.entry(authors[i], contacts[i], attendees[i])
			entries[i] = &entry
		}
	}
	return entries, nil
}

// authorsOf gives for each communication who recorded it; nil where nobody is known.
func (s *Communications) authorsOf(ctx context.Context, communications []Communication) ([]*User, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	authors := make([]ID, len(communications)) // an empty id finds nobody
	for i, one := range communications {
		if one != nil && one.Core().AuthorID != nil {
			authors[i] = *one.Core().AuthorID
		}
	}
	return byIDs(ctx, conn, actor.OrganizationID, "users", authors, (*User).NodeID)
}

// Agenda gives a page of the planned appointments that the actor made or attends and that have not ended, the
// next first.
func (s *Communications) Agenda(ctx context.Context, window page.Args) (*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return s.agenda(actor, s.moment()).page(ctx, conn, window)
}

// agenda lists what the actor has planned that ends after a moment.
func (s *Communications) agenda(actor Actor, since time.Time, also ...db.Part) listing[*Message, Communication] {
	list := timeline(append([]db.Part{ofOrganization(actor.OrganizationID),
		{SQL: "t.kind = 'APPOINTMENT' AND t.status = 'PLANNED' AND COALESCE(t.ends_at, t.at) > ?", Args: []any{since}},
		{SQL: "(t.author_id = ? OR EXISTS (SELECT 1 FROM communication_attendees AS l" +
			" WHERE l.organization_id = t.organization_id AND l.communication_id = t.id AND l.user_id = ?))",
			Args: []any{string(actor.UserID), string(actor.UserID)}}}, also...), TimelineArgs{})
	list.scope = scope("agenda", actor.UserID)
	for i := range list.keys {
		list.keys[i].direction = Ascending
	}
	return list
}

// maxReminders is how many appointments are reminded of at once.
const maxReminders = 50

// Reminders are the actor's planned appointments of which the moment to be reminded has come, the next first.
func (s *Communications) Reminders(ctx context.Context) ([]*Appointment, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	now := s.moment()
	list := s.agenda(actor, now, db.Part{SQL: "t.remind_at <= ?", Args: []any{now}})
	rows, err := db.Select[*Message](ctx, conn, db.Selection{Table: list.table, Columns: db.Columns[*Message](ctx, conn), Where: list.where,
		Order: order(list.keys, false), Limit: maxReminders})
	if err != nil {
		return nil, fmt.Errorf("reminders: %w", err)
	}
	due := make([]*Appointment, len(rows))
	for i, row := range rows {
		due[i] = &Appointment{row}
	}
	return due, nil
}

// The reach of a colleague's own calendar.
const (
	calendarLookBack = 30 * 24 * time.Hour
	maxCalendar      = 1000
)

// Calendar is the actor's agenda as an iCalendar object, with what was planned in the last thirty days.
func (s *Communications) Calendar(ctx context.Context) (string, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return "", err
	}
	list := s.agenda(actor, s.moment().Add(-calendarLookBack))
	rows, err := db.Select[*cardKey](ctx, conn, db.Selection{Table: list.table, Columns: "t.id", Where: list.where, Order: order(list.keys, false), Limit: maxCalendar})
	if err != nil {
		return "", fmt.Errorf("calendar: %w", err)
	}
	ids := make([]ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	entries, err := s.entries(ctx, ids)
	if err != nil {
		return "", err
	}
	events := make([]calendar.Event, len(entries))
	for i, entry := range entries {
		events[i] = *entry
	}
	return calendar.Write(calendar.Publish, events...), nil
}
