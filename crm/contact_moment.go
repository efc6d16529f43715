package crm

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/markup"
)

// The events and faults of contact moments.
const (
	CommunicationUpdatedEvent EventKind = "COMMUNICATION_UPDATED"
	FollowUpCompletedEvent    EventKind = "FOLLOW_UP_COMPLETED"

	CommunicationImmutable ErrorCode = "COMMUNICATION_IMMUTABLE"
	FollowUpNotOpen        ErrorCode = "FOLLOW_UP_NOT_OPEN"
)

// ContactMomentKind is what kind of contact moment is recorded.
type ContactMomentKind string

// The kinds.
const (
	NoteMoment        ContactMomentKind = "CONVERSATION_NOTE"
	AppointmentMoment ContactMomentKind = "APPOINTMENT"
)

// ContactMomentFrame is the part of a communication that conversations and appointments use.
type ContactMomentFrame struct {
	TypeID           *ID        `read:"type"`
	BodyHTML         *string    `bun:"body_html" read:"bodyHtml"`
	FollowUpUserID   *ID        `read:"followUpUser"`
	FollowUpDoneAt   *time.Time `read:"followUpDoneAt"`
	FollowUpDoneByID *ID        `bun:"follow_up_done_by" read:"followUpDoneBy"`
	RemindAt         *time.Time `read:"remindAt"`
	CancelReason     *string    `read:"cancelReason"`
	Sequence         int        `read:"icalendar"`
}

// contactMoment is what a colleague says of a conversation or an appointment.
type contactMoment struct {
	kind   CommunicationKind
	author *ID

	At              time.Time           `change:"at"`
	EndsAt          *time.Time          `change:"endsAt"`
	DurationMinutes *int                `change:"durationMinutes"`
	Channel         ConversationChannel `change:"channel"`
	TypeID          *ID                 `change:"typeId"`
	Location        *string             `change:"location"`
	AttendeeIds     []ID                `change:"attendeeIds"`
	RemindAt        *time.Time          `change:"remindAt"`
	ContactIds      []ID                `change:"contactIds"`
	Subject         string              `change:"subject"`
	Body            string              `change:"body"`
	BodyHTML        *string             `change:"bodyHtml"`
	EngagementID    *ID                 `change:"engagementId"`
	FollowUpOn      *Date               `change:"followUpOn"`
	FollowUpUserID  *ID                 `change:"followUpUserId"`
}

// ContactMomentFields are the fields of a contact moment as input: absent leaves, null clears, a value sets.
type ContactMomentFields struct {
	At              graphql.Omittable[*time.Time]
	EndsAt          graphql.Omittable[*time.Time]
	DurationMinutes graphql.Omittable[*int]
	Channel         graphql.Omittable[*ConversationChannel]
	TypeID          graphql.Omittable[*ID]
	Location        graphql.Omittable[*string]
	AttendeeIds     graphql.Omittable[[]ID]
	RemindAt        graphql.Omittable[*time.Time]
	ContactIds      graphql.Omittable[[]ID]
	Subject         graphql.Omittable[*string]
	Body            graphql.Omittable[*string]
	BodyHTML        graphql.Omittable[*string]
	EngagementID    graphql.Omittable[*ID]
	FollowUpOn      graphql.Omittable[*Date]
	FollowUpUserID  graphql.Omittable[*ID]
}

// The measures of a contact moment.
const (
	maxContactsOfMoment = 50 // and as many colleagues
	maxMomentText       = 20_000
	maxMomentHTML       = 100_000 // octets, before it is cleaned
)

// apply sets the given fields, each checked and in its stored form.
func (f ContactMomentFields) apply(m *contactMoment, p *patching) {
	replace(p, "at", f.At, &m.At)
	m.At = toMillisecond(m.At)
	value(p, "endsAt", f.EndsAt, &m.EndsAt, roundedMoment)
	value(p, "durationMinutes", f.DurationMinutes, &m.DurationMinutes, func(minutes int) (int, *Text) {
		if minutes < 1 || minutes > 1440 {
			return 0, &Text{NL: "Tussen 1 en 1.440 minuten.", EN: "Between 1 and 1,440 minutes."}
		}
		return minutes, nil
	})
	choice(f.Channel, &m.Channel, phoneChannel)
	value(p, "typeId", f.TypeID, &m.TypeID, asIs)
	p.text("location", f.Location, &m.Location, upTo(200))
	p.ids("attendeeIds", f.AttendeeIds, &m.AttendeeIds, maxContactsOfMoment, Text{NL: "Ten hoogste 50 collega's.", EN: "At most 50 colleagues."})
	value(p, "remindAt", f.RemindAt, &m.RemindAt, roundedMoment)
	p.ids("contactIds", f.ContactIds, &m.ContactIds, maxContactsOfMoment, Text{NL: "Ten hoogste 50 contactpersonen.", EN: "At most 50 contacts."})
	p.words("subject", f.Subject, &m.Subject, upTo(200))
	p.written(f.Body, f.BodyHTML, &m.Body, &m.BodyHTML, maxMomentText)
	value(p, "engagementId", f.EngagementID, &m.EngagementID, asIs)
	value(p, "followUpOn", f.FollowUpOn, &m.FollowUpOn, asIs)
	value(p, "followUpUserId", f.FollowUpUserID, &m.FollowUpUserID, asIs)
	switch {
	case m.FollowUpOn == nil && f.FollowUpOn.IsSet() && !f.FollowUpUserID.IsSet():
		m.FollowUpUserID = nil // nothing is left to be followed up
	case m.FollowUpOn != nil && m.FollowUpUserID == nil:
		m.FollowUpUserID = m.author
	}
}

func toMillisecond(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

func roundedMoment(at time.Time) (time.Time, *Text) { return toMillisecond(at), nil }

// words applies a text that is empty instead of null.
func (p *patching) words(field string, given graphql.Omittable[*string], target *string, check rule) {
	current := *target
	text := &current
	p.text(field, given, &text, check)
	*target = deref(text)
}

// written applies a text that is given plain, or as HTML: then it is cleaned, and its words are the plain text.
func (p *patching) written(plain, formatted graphql.Omittable[*string], body *string, bodyHTML **string, most int) {
	source, isSet := formatted.ValueOK()
	if source == nil || strings.TrimSpace(*source) == "" {
		if isSet || plain.IsSet() {
			*bodyHTML = nil
		}
		p.words("body", plain, body, upTo(most))
		return
	}
	if text, _ := plain.ValueOK(); text != nil {
		p.refuse("bodyHtml", Text{NL: "Geef de tekst als body of als bodyHtml, niet als beide.", EN: "Give the text as body or as bodyHtml, not as both."})
		return
	}
	if len(*source) > maxMomentHTML {
		p.refuse("bodyHtml", *tooLong(maxMomentHTML))
		return
	}
	clean := markup.Clean(*source)
	text := markup.Text(clean)
	if utf8.RuneCountInString(text) > most {
		p.refuse("bodyHtml", *tooLong(most))
		return
	}
	*body, *bodyHTML = text, &clean
}

// check says what holds of the whole. before is what it was, nil for a new one: what stays may be of the past.
func (m *contactMoment) check(before *contactMoment, tx *Tx, p *patching) {
	if m.Subject == "" && m.Body == "" && len(p.faults) == 0 {
		p.refuse("subject", Text{NL: "Geef een onderwerp of een tekst.", EN: "Give a subject or a text."})
	}
	if m.kind == AppointmentKind {
		m.checkAppointment(p)
	} else {
		m.checkNote(tx.Now, p)
	}
	followUpWas := before != nil && before.FollowUpOn != nil && m.FollowUpOn != nil && *before.FollowUpOn == *m.FollowUpOn
	if m.FollowUpOn != nil && *m.FollowUpOn < tx.Today && !followUpWas {
		p.refuse("followUpOn", Text{NL: "Deze dag is voorbij.", EN: "This day has passed."})
	}
	if m.FollowUpUserID != nil && m.FollowUpOn == nil {
		p.refuse("followUpOn", Text{NL: "Op welke dag wordt het opgevolgd?", EN: "On which day is it followed up?"})
	}
}

// checkNote is for a conversation, which took place: a day of grace covers clocks and time zones.
func (m *contactMoment) checkNote(now time.Time, p *patching) {
	if m.At.After(now.Add(24 * time.Hour)) {
		p.refuse("at", Text{NL: "Een gesprek heeft al plaatsgevonden.", EN: "A conversation has taken place."})
	}
	for _, one := range []struct {
		field string
		given bool
	}{{"endsAt", m.EndsAt != nil}, {"location", m.Location != nil}, {"attendeeIds", len(m.AttendeeIds) > 0}, {"remindAt", m.RemindAt != nil}} {
		if one.given {
			p.refuse(one.field, Text{NL: "Dit hoort bij een afspraak, niet bij een gesprek.", EN: "This belongs to an appointment, not to a conversation."})
		}
	}
}

// maxAppointmentDays is how long an appointment may take: a fair or a leave fits, a slip in the year does not.
const maxAppointmentDays = 31

// checkAppointment is for a planned moment, which needs an end.
func (m *contactMoment) checkAppointment(p *patching) {
	switch {
	case m.EndsAt == nil:
		p.refuse("endsAt", Text{NL: "Een afspraak heeft een einde.", EN: "An appointment has an end."})
	case !m.EndsAt.After(m.At):
		p.refuse("endsAt", Text{NL: "Het einde ligt na het begin.", EN: "The end lies after the start."})
	case m.EndsAt.After(m.At.AddDate(0, 0, maxAppointmentDays)):
		p.refuse("endsAt", Text{NL: "Een afspraak duurt ten hoogste 31 dagen.", EN: "An appointment takes 31 days at most."})
	}
	if m.DurationMinutes != nil {
		p.refuse("durationMinutes", Text{NL: "Een afspraak heeft een einde in plaats van een duur.", EN: "An appointment has an end instead of a length."})
	}
	if m.RemindAt != nil && m.RemindAt.After(m.At) {
		p.refuse("remindAt", Text{NL: "De herinnering komt niet na het begin.", EN: "The reminder does not come after the start."})
	}
}

// take puts what was said into the row.
func (m *Message) take(said *contactMoment) {
	m.At, m.EndOfTerm, m.Duration, m.Location = said.At, said.EndsAt, said.DurationMinutes, said.Location
	m.TypeID, m.RemindAt, m.Subject, m.Body, m.BodyHTML = said.TypeID, said.RemindAt, said.Subject, said.Body, said.BodyHTML
	m.EngagementID, m.FollowUpUserID = said.EngagementID, said.FollowUpUserID
	if said.FollowUpOn == nil || m.FollowUpOn == nil || *said.FollowUpOn != *m.FollowUpOn {
		m.FollowUpDoneAt, m.FollowUpDoneByID = nil, nil // another day is another thing to do
	}
	m.FollowUpOn = said.FollowUpOn
	if m.Kind == ConversationNoteKind {
		m.ChannelUsed = &said.Channel
	}
	m.SearchText = m.searchText()
}

// said is what the row says, for a change of it.
func (m *Message) said(contacts, attendees []ID) *contactMoment {
	said := &contactMoment{
		kind: m.Kind, author: m.AuthorID, At: m.At, EndsAt: m.EndOfTerm, DurationMinutes: m.Duration, Channel: phoneChannel, TypeID: m.TypeID,
		Location: m.Location, AttendeeIds: attendees, RemindAt: m.RemindAt, ContactIds: contacts, Subject: m.Subject, Body: m.Body,
		BodyHTML: m.BodyHTML, EngagementID: m.EngagementID, FollowUpOn: m.FollowUpOn, FollowUpUserID: m.FollowUpUserID,
	}
	if m.ChannelUsed != nil {
		said.Channel = *m.ChannelUsed
	}
	said.At = said.At.UTC() // an engine may give the zone that it was written in
	for _, at := range []**time.Time{&said.EndsAt, &said.RemindAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
	return said
}

// mayChange says whether the actor can change it: a conversation or a planned appointment, by its author or an
// administrator.
func (m *Message) mayChange(actor Actor) error {
	if m.Kind != ConversationNoteKind && (m.Kind != AppointmentKind || m.Status != PlannedAhead) {
		return immutable()
	}
	if actor.Rights.Has(EditOfOthers) || (m.AuthorID != nil && *m.AuthorID == actor.UserID) {
		return nil
	}
	return forbidden()
}

func immutable() *Error {
	return &Error{Code: CommunicationImmutable, Path: []string{"input", "id"}, Text: Text{
		NL: "Dit ligt vast; leg een correctie vast als nieuw contactmoment.",
		EN: "This stays as it is; record a correction as a new contact moment."}}
}
