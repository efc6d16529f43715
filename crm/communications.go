package crm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// Communications are everything said, sent or planned with or about the relations.
type Communications struct{ *core }

// ContactMomentKind is what kind of contact moment is recorded.
type ContactMomentKind string

// The kinds.
const (
	NoteMoment        ContactMomentKind = "CONVERSATION_NOTE"
	AppointmentMoment ContactMomentKind = "APPOINTMENT"
)

// CreateContactMomentInput is what happened with a relation, or will.
type CreateContactMomentInput struct {
	CustomerID      ID
	Kind            ContactMomentKind
	At              *time.Time
	EndsAt          *time.Time
	DurationMinutes *int
	Channel         ConversationChannel
	Location        *string
	ContactIds      []ID
	Subject         *string
	Body            *string
	EngagementID    *ID
	FollowUpOn      *Date
}

// CreateContactMomentPayload is the answer to CreateContactMoment.
type CreateContactMomentPayload struct {
	Outcome
	Communication     Communication
	CommunicationEdge *page.Edge[Communication]
}

// maxContactsOfMoment bounds how many people a contact moment names.
const maxContactsOfMoment = 50

// CreateContactMoment records a conversation that took place, or plans an appointment.
func (s *Communications) CreateContactMoment(ctx context.Context, input CreateContactMomentInput) (*CreateContactMomentPayload, error) {
	return write(ctx, s.core, EditCommunications, func(ctx context.Context, tx *Tx) (*CreateContactMomentPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		fields, contacts := patchingAt("input"), distinct(input.ContactIds)
		message := tx.contactMoment(customer, input, fields)
		if len(contacts) > maxContactsOfMoment {
			fields.refuse("contactIds", Text{NL: "Ten hoogste 50 contactpersonen.", EN: "At most 50 contacts."})
		} else if err := tx.checkContacts(ctx, customer, contacts, false, fields, "contactIds"); err != nil {
			return nil, err
		}
		if err := tx.checkEngagement(ctx, customer, input.EngagementID, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		communication := message.communication()
		edge := page.NewEdge(communication, timelineScope(TimelineArgs{}), timeline(nil, TimelineArgs{}).values(communication))
		return &CreateContactMomentPayload{Communication: communication, CommunicationEdge: edge},
			tx.insertMessage(ctx, customer, message, contacts)
	})
}

// contactMoment makes the row, every field checked.
func (tx *Tx) contactMoment(customer *Customer, input CreateContactMomentInput, fields *patching) *Message {
	m := &Message{
		OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID,
		EngagementID: input.EngagementID, Kind: ConversationNoteKind, Direction: Internal, Status: Done,
		At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now, FollowUpOn: input.FollowUpOn,
	}
	if input.At != nil {
		m.At = input.At.UTC().Truncate(time.Millisecond)
	}
	m.Subject = deref(fields.part("subject", input.Subject, upTo(200)))
	m.Body = deref(fields.part("body", input.Body, upTo(20_000)))
	if m.Subject == "" && m.Body == "" && len(fields.faults) == 0 {
		fields.refuse("subject", Text{NL: "Geef een onderwerp of een tekst.", EN: "Give a subject or a text."})
	}
	m.SearchText = foldAll(&m.Subject, &m.Body)
	if input.Kind == AppointmentMoment {
		m.appointment(input, fields)
		return m
	}
	m.note(input, fields, tx.Now)
	return m
}

// note is for a conversation, which took place: a day of grace covers clocks and time zones.
func (m *Message) note(input CreateContactMomentInput, fields *patching, now time.Time) {
	channel := input.Channel
	m.ChannelUsed, m.Duration = &channel, input.DurationMinutes
	if m.At.After(now.Add(24 * time.Hour)) {
		fields.refuse("at", Text{NL: "Een gesprek heeft al plaatsgevonden.", EN: "A conversation has taken place."})
	}
	if d := input.DurationMinutes; d != nil && (*d < 1 || *d > 1440) {
		fields.refuse("durationMinutes", Text{NL: "Tussen 1 en 1.440 minuten.", EN: "Between 1 and 1,440 minutes."})
	}
	if input.EndsAt != nil {
		fields.refuse("endsAt", Text{NL: "Alleen een afspraak heeft een einde.", EN: "Only an appointment has an end."})
	}
}

// appointment is for a planned moment, which needs an end.
func (m *Message) appointment(input CreateContactMomentInput, fields *patching) {
	m.Kind, m.Status = AppointmentKind, PlannedAhead
	m.Location = fields.part("location", input.Location, upTo(200))
	if input.EndsAt == nil {
		fields.refuse("endsAt", Text{NL: "Een afspraak heeft een einde.", EN: "An appointment has an end."})
		return
	}
	end := input.EndsAt.UTC().Truncate(time.Millisecond)
	m.EndOfTerm = &end
	if !end.After(m.At) {
		fields.refuse("endsAt", Text{NL: "Het einde ligt na het begin.", EN: "The end lies after the start."})
	}
}

// checkEngagement refuses a lead, request or project of another relation.
func (tx *Tx) checkEngagement(ctx context.Context, customer *Customer, id *ID, fields *patching) error {
	if id == nil {
		return nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{*id}, (*Dossier).NodeID)
	if err != nil {
		return err
	}
	if found[0] == nil || found[0].CustomerID != customer.ID {
		fields.faults = append(fields.faults, notFound("input", "engagementId"))
	}
	return nil
}

// insertMessage stores a communication with its contacts. The card's version rises; that it was changed
// does not show, for its own data was not.
func (tx *Tx) insertMessage(ctx context.Context, customer *Customer, m *Message, contacts []ID) error {
	if _, err := tx.NewInsert().Model(m).Exec(ctx); err != nil {
		return fmt.Errorf("insert communication: %w", err)
	}
	if len(contacts) > 0 {
		links := make([]communicationContact, len(contacts))
		for i, contact := range contacts {
			links[i] = communicationContact{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Ordinal: i, ContactID: contact, At: m.At}
		}
		if _, err := tx.NewInsert().Model(&links).Exec(ctx); err != nil {
			return fmt.Errorf("link communication: %w", err)
		}
	}
	version, err := tx.raiseVersion(ctx, "customers", customer.ID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: CommunicationAddedEvent, CustomerID: customer.ID, CardID: customer.ID, CardVersion: version, SubjectID: &m.ID})
	return nil
}

// raiseVersion makes the next version of a card of which something changed that hangs on it.
func (tx *Tx) raiseVersion(ctx context.Context, table string, id ID) (int, error) {
	version := 0
	_, err := tx.NewUpdate().Table(table).Set("version = version + 1").
		Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id).Returning("version").Exec(ctx, &version)
	if err != nil {
		return 0, fmt.Errorf("raise version of %s: %w", id, err)
	}
	return version, nil
}

// TimelineArgs say which communications a list shows.
type TimelineArgs struct {
	Kinds  []CommunicationKind
	Search *string
}

func timelineScope(args TimelineArgs) string { return scope("communications", args) }

// where gives the conditions of a timeline.
func (args TimelineArgs) where(organization ID, engine db.Engine) ([]db.Part, error) {
	where := append([]db.Part{ofOrganization(organization)}, oneOf("t.kind", args.Kinds)...)
	if args.Search == nil {
		return where, nil
	}
	wanted, err := words("search", *args.Search)
	return append(where, containing(engine, "t.search_text", wanted)...), err
}

// timeline says how communications are listed: newest first.
func timeline(where []db.Part, args TimelineArgs) listing[*Message, Communication] {
	return listing[*Message, Communication]{
		table: "communications", where: where, scope: timelineScope(args),
		node: (*Message).communication, row: func(c Communication) *Message { return c.Core() },
		parent: "customer_id", parentOf: func(m *Message) ID { return m.CustomerID },
		keys: []key[*Message]{
			{column: "t.at", direction: Descending, moment: func(m *Message) time.Time { return m.At }},
			{column: "t.id", direction: Descending, text: func(m *Message) string { return string(m.ID) }},
		},
	}
}

// OfCustomers gives for each relation a page of its timeline. Everything about its contacts, leads,
// requests and projects is in it, each once: a communication belongs to the relation it was made for.
func (s *Communications) OfCustomers(ctx context.Context, customers []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := args.where(actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	return timeline(where, args).pages(ctx, conn, customers, window)
}

// OfEngagements gives for each lead, request or project a page of what was about it.
func (s *Communications) OfEngagements(ctx context.Context, engagements []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := args.where(actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	list := timeline(where, args)
	list.parent, list.parentOf = "engagement_id", func(m *Message) ID { return *m.EngagementID }
	return list.pages(ctx, conn, engagements, window)
}

// CorrespondenceOf gives for each relation a page of what was sent to it: documents, e-mails, invoices
// and letters; no drafts, nothing incoming, nothing internal.
func (s *Communications) CorrespondenceOf(ctx context.Context, customers []ID, args TimelineArgs, window page.Args) ([]*page.Connection[Communication], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where, err := args.where(actor.OrganizationID, conn.Engine())
	if err != nil {
		return nil, err
	}
	sent := strings.Join(quoted(correspondenceKinds()), ", ") // spelled out, so that the index of just these rows serves
	where = append(where, db.Part{SQL: "t.direction = 'OUT' AND t.status = 'SENT' AND t.kind IN (" + sent + ")"})
	list := timeline(where, args)
	list.scope = scope("correspondence", args)
	return list.pages(ctx, conn, customers, window)
}

func quoted[S ~string](values []S) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = "'" + string(value) + "'"
	}
	return texts
}

// ByIDs finds many communications, in the order of the ids; nil where there is none for the actor.
func (s *Communications) ByIDs(ctx context.Context, ids []ID) ([]Communication, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := byIDs(ctx, conn, actor.OrganizationID, "communications", ids, (*Message).NodeID)
	if err != nil {
		return nil, err
	}
	found := make([]Communication, len(rows))
	for i, row := range rows {
		if row != nil {
			found[i] = row.communication()
		}
	}
	return found, nil
}

// NetAmount is the amount of an invoice, for those with the finance right; null for others.
func (s *Communications) NetAmount(ctx context.Context, invoice *Invoice) (*Money, error) {
	actor, err := ActorFrom(ctx)
	if err != nil || !actor.Finance {
		return nil, err
	}
	return euros(invoice.NetAmountCents), nil
}
