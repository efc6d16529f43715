package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"

	"klantkaart/page"
)

// CreateContactMomentInput is what happened with a relation, or will.
type CreateContactMomentInput struct {
	CustomerID      ID
	Kind            ContactMomentKind
	At              *time.Time
	EndsAt          *time.Time
	DurationMinutes *int
	Channel         ConversationChannel
	TypeID          *ID
	Location        *string
	AttendeeIds     []ID
	RemindAt        *time.Time
	ContactIds      []ID
	Subject         *string
	Body            *string
	BodyHTML        *string
	EngagementID    *ID
	FollowUpOn      *Date
	FollowUpUserID  *ID
}

// fields are what a new contact moment is given.
func (in CreateContactMomentInput) fields() ContactMomentFields {
	given := ContactMomentFields{
		EndsAt: graphql.OmittableOf(in.EndsAt), DurationMinutes: graphql.OmittableOf(in.DurationMinutes), Channel: graphql.OmittableOf(&in.Channel),
		TypeID: graphql.OmittableOf(in.TypeID), Location: graphql.OmittableOf(in.Location), AttendeeIds: graphql.OmittableOf(in.AttendeeIds),
		RemindAt: graphql.OmittableOf(in.RemindAt), ContactIds: graphql.OmittableOf(in.ContactIds), Subject: graphql.OmittableOf(in.Subject),
		Body: graphql.OmittableOf(in.Body), BodyHTML: graphql.OmittableOf(in.BodyHTML), EngagementID: graphql.OmittableOf(in.EngagementID),
		FollowUpOn: graphql.OmittableOf(in.FollowUpOn), FollowUpUserID: graphql.OmittableOf(in.FollowUpUserID),
	}
	if in.At != nil {
		given.At = graphql.OmittableOf(in.At)
	}
	return given
}

// CreateContactMomentPayload is the answer to CreateContactMoment.
type CreateContactMomentPayload struct {
	Outcome
	Communication     Communication
	CommunicationEdge *page.Edge[Communication]
}

// CreateContactMoment records a conversation that took place, or plans an appointment.
func (s *Communications) CreateContactMoment(ctx context.Context, input CreateContactMomentInput) (*CreateContactMomentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*CreateContactMomentPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		message := &Message{
			OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID,
			Kind: ConversationNoteKind, Direction: Internal, Status: Done, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now,
		}
		if input.Kind == AppointmentMoment {
			message.Kind, message.Status = AppointmentKind, PlannedAhead
		}
		said, fields := &contactMoment{kind: message.Kind, author: message.AuthorID, At: tx.Now}, patchingAt("input")
		input.fields().apply(said, fields)
		if err := tx.checkMoment(ctx, customer, nil, said, fields); err != nil {
			return nil, err
		}
		message.take(said)
		communication := message.communication()
		if err := tx.insertMessage(ctx, message, said.ContactIds); err != nil {
			return nil, err
		}
		edge := page.NewEdge(communication, timelineScope(TimelineArgs{}), timeline(nil, TimelineArgs{}).values(communication))
		return &CreateContactMomentPayload{Communication: communication, CommunicationEdge: edge}, tx.linkAttendees(ctx, message, said.AttendeeIds)
	})
}

// checkMoment tells all faults of a contact moment at once. before is what it was, nil for a new one.
func (tx *Tx) checkMoment(ctx context.Context, customer *Customer, before, said *contactMoment, fields *patching) error {
	said.check(before, tx, fields)
	was := before
	if was == nil {
		was = &contactMoment{}
	}
	if err := tx.checkContacts(ctx, customer, added(was.ContactIds, said.ContactIds), said.kind == AppointmentKind, fields, "contactIds"); err != nil {
		return err
	}
	if err := tx.checkEngagement(ctx, customer, said.EngagementID, fields); err != nil {
		return err
	}
	if _, err := tx.lookup(ctx, ContactMomentList, said.TypeID, was.TypeID, fields, "typeId"); err != nil {
		return err
	}
	if err := tx.checkColleagues(ctx, added(was.AttendeeIds, said.AttendeeIds), fields, "attendeeIds"); err != nil {
		return err
	}
	if user := said.FollowUpUserID; user != nil && (was.FollowUpUserID == nil || *was.FollowUpUserID != *user) {
		if err := tx.checkColleagues(ctx, []ID{*user}, fields, "followUpUserId"); err != nil {
			return err
		}
	}
	return fields.err()
}

// added are the ids that were not there before.
func added(before, after []ID) []ID {
	there := make(map[ID]bool, len(before))
	for _, id := range before {
		there[id] = true
	}
	var fresh []ID
	for _, id := range after {
		if !there[id] {
			fresh = append(fresh, id)
		}
	}
	return fresh
}

// checkColleagues refuses who is no colleague, or may no longer sign in.
func (tx *Tx) checkColleagues(ctx context.Context, ids []ID, fields *patching, field string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "users", ids, (*User).NodeID)
	if err != nil {
		return err
	}
	for _, user := range found {
		switch {
		case user == nil:
			fields.faults = append(fields.faults, notFound(fields.at(field)...))
		case !user.Active:
			fields.refuse(field, Textf("%s werkt hier niet meer.", "%s no longer works here.", user.Name))
		}
	}
	return nil
}

// checkEngagement refuses a lead, request or project of another relation, or that the actor does not see.
func (tx *Tx) checkEngagement(ctx context.Context, customer *Customer, id *ID, fields *patching) error {
	if id == nil {
		return nil
	}
	found, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{*id}, (*Dossier).NodeID)
	if err != nil {
		return err
	}
	if found[0] == nil || found[0].CustomerID != customer.ID {
		fields.faults = append(fields.faults, notFound(fields.at("engagementId")...))
	}
	return nil
}

// UpdateContactMomentInput is a change of a contact moment, with what it is based on.
type UpdateContactMomentInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *ContactMomentFields
	Patch           ContactMomentFields
}

// UpdateContactMomentPayload is the answer to UpdateContactMoment.
type UpdateContactMomentPayload struct {
	Outcome
	Communication Communication
}

// UpdateContactMoment changes a conversation or a planned appointment, by its author or an administrator.
func (s *Communications) UpdateContactMoment(ctx context.Context, input UpdateContactMomentInput) (*UpdateContactMomentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*UpdateContactMomentPayload, error) {
		customer, message, err := tx.message(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		if err := message.mayChange(tx.Actor); err != nil {
			return nil, err
		}
		before, err := tx.said(ctx, message)
		if err != nil {
			return nil, err
		}
		said, patch := *before, patchingAt("input", "patch")
		input.Patch.apply(&said, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, before, ContactMomentFields.apply, patch)
		if err := tx.checkMoment(ctx, customer, before, &said, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(before, &said)
		if err := basis.checkRow(message.Version, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateContactMomentPayload{Communication: message.communication()}, nil
		}
		return &UpdateContactMomentPayload{Communication: message.communication()},
			tx.saveMoment(ctx, CommunicationUpdatedEvent, message, &said, changes)
	})
}

// checkRow is check and the search for conflicts, for a row whose old versions nobody keeps: who states a
// version must have seen the last one.
func (b basis) checkRow(current int, wanted []FieldChange) error {
	for _, pair := range [][2]string{{"bodyHtml", "body"}, {"body", "bodyHtml"}} { // one text in two forms
		if b.fields[pair[0]] {
			b.fields[pair[1]] = true
		}
	}
	if err := b.check(current, wanted); err != nil {
		return err
	}
	if b.version != nil && *b.version != current && len(b.fields) == 0 && len(wanted) > 0 {
		return conflict(conflicts(wanted, b.stale), current)
	}
	if found := conflicts(wanted, b.stale); len(found) > 0 {
		return conflict(found, current)
	}
	return nil
}

// said reads what a contact moment says.
func (tx *Tx) said(ctx context.Context, m *Message) (*contactMoment, error) {
	contacts, err := tx.contactIDsOf(ctx, m)
	if err != nil {
		return nil, err
	}
	attendees := []ID{}
	err = tx.NewSelect().Model((*communicationAttendee)(nil)).Column("user_id").
		Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).OrderExpr("ordinal").Scan(ctx, &attendees)
	if err != nil {
		return nil, fmt.Errorf("attendees of %s: %w", m.ID, err)
	}
	return m.said(contacts, attendees), nil
}

// saveMoment stores a contact moment that changed, with who takes part, and logs it. An appointment's calendar
// entry changes with it.
func (tx *Tx) saveMoment(ctx context.Context, kind EventKind, m *Message, said *contactMoment, changes []FieldChange) error {
	m.take(said)
	if m.Kind == AppointmentKind {
		m.Sequence++
	}
	err := tx.saveMessage(ctx, m, "at", "ends_at", "duration", "channel", "type_id", "location", "remind_at", "subject", "body", "body_html",
		"engagement_id", "follow_up_on", "follow_up_user_id", "follow_up_done_at", "follow_up_done_by", "status", "cancel_reason", "sequence")
	if err != nil {
		return err
	}
	if err := tx.relinkContacts(ctx, m, said.ContactIds); err != nil {
		return err
	}
	_, err = tx.NewDelete().Model((*communicationAttendee)(nil)).Where("organization_id = ? AND communication_id = ?", m.OrganizationID, m.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("clear attendees: %w", err)
	}
	if err := tx.linkAttendees(ctx, m, said.AttendeeIds); err != nil {
		return err
	}
	return tx.logMessage(ctx, kind, m, changes)
}

// communicationAttendee is a colleague who attends an appointment.
type communicationAttendee struct {
	bun.BaseModel `bun:"table:communication_attendees,alias:t"`

	OrganizationID  ID
	CommunicationID ID
	Ordinal         int
	UserID          ID
}

// linkAttendees names the colleagues who attend, in their order.
func (tx *Tx) linkAttendees(ctx context.Context, m *Message, users []ID) error {
	if len(users) == 0 {
		return nil
	}
	rows := make([]communicationAttendee, len(users))
	for i, user := range users {
		rows[i] = communicationAttendee{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Ordinal: i, UserID: user}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("name attendees: %w", err)
	}
	return nil
}
