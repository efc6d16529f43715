package crm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// moment records a contact moment.
func moment(o *crmtest.Office, input crm.CreateContactMomentInput) (*crm.CreateContactMomentPayload, error) {
	if input.Kind == "" {
		input.Kind = crm.NoteMoment
	}
	if input.Channel == "" {
		input.Channel = "PHONE"
	}
	return o.Communications.CreateContactMoment(o.As(crmtest.Sanne), input)
}

// timelineOf reads a page of a relation's timeline.
func timelineOf(t *testing.T, o *crmtest.Office, customer crm.ID, args crm.TimelineArgs, window page.Args) *page.Connection[crm.Communication] {
	t.Helper()
	return must2(o.Communications.OfCustomers(o.As(crmtest.Sanne), []crm.ID{customer}, args, window))(t)[0]
}

func nodeIDs[N crm.Node](nodes []N) []crm.ID {
	return each(nodes, func(n N) crm.ID { return n.NodeID() })
}

func TestCreateContactMoment(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie := o.Customer(crmtest.Installatie)
		t.Run("records a conversation now, by who says so, with its contacts in the order given", func(t *testing.T) {
			before, head := o.Customer(crmtest.Installatie), o.Head()
			naima, hans := o.Contact("Naima Bouzid").ID, o.Contact("Hans Oudekerk").ID // he belongs to the mother
			answer := must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new(" Tarief "), Body: new("Regel 1\n\nRegel 2"),
				Channel: "VISIT", ContactIds: []crm.ID{naima, hans}, EngagementID: new(o.Engagement("A-2026-0040").ID), DurationMinutes: new(15)}))(t)
			note := answer.Communication.Core()
			equal(t, "subject", note.Subject, "Tarief")
			equal(t, "body", note.Body, "Regel 1\n\nRegel 2")
			equal(t, "at", note.At, o.Clock.Now())
			equal(t, "author", *note.AuthorID, o.Actor(crmtest.Sanne).UserID)
			equal(t, "direction", note.Direction, crm.Internal)
			equal(t, "status", note.Status, crm.Done)
			equal(t, "channel", answer.Communication.(*crm.ConversationNote).Channel(), "VISIT")
			equal(t, "channel of one without", (&crm.ConversationNote{Message: &crm.Message{}}).Channel(), "PHONE")
			contacts := must2(o.Communications.ContactsOf(o.As(crmtest.Sanne), []crm.ID{note.ID}))(t)
			sameList(t, "contacts", nodeIDs(contacts[0]), []crm.ID{naima, hans})
			after := o.Customer(crmtest.Installatie)
			equal(t, "version", after.Version, before.Version+1)
			equal(t, "changed at", after.UpdatedAt, before.UpdatedAt)
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.CommunicationAddedEvent})
			equal(t, "subject of the event", *events[0].SubjectID, note.ID)
			equal(t, "version of the event", events[0].CardVersion, after.Version)
		})
		t.Run("gives its place in the timeline", func(t *testing.T) {
			answer := must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new("Eerder"), At: new(o.Clock.Now().Add(-time.Hour))}))(t)
			cursor := answer.CommunicationEdge.Cursor()
			behind := timelineOf(t, o, installatie.ID, crm.TimelineArgs{}, page.Args{After: &cursor, First: new(1)})
			equal(t, "subject of the next", behind.Nodes[0].Core().Subject, "Re: Twee kandidaten projectleider E&W")
		})
		t.Run("names fifty contacts", func(t *testing.T) {
			var many []crm.ID
			for i := range 50 {
				many = append(many, must2(newContact(o, installatie.ID, crm.ContactFields{LastName: crmtest.Text(fmt.Sprint("Velen ", i))}))(t).Contact.ID)
			}
			must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new("Bijeenkomst"), ContactIds: many}))(t)
		})
		t.Run("names a contact that is given twice once", func(t *testing.T) {
			naima := o.Contact("Naima Bouzid").ID
			answer := must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new("Twee keer"), ContactIds: []crm.ID{naima, naima}}))(t)
			contacts := must2(o.Communications.ContactsOf(o.As(crmtest.Sanne), nodeIDs([]crm.Communication{answer.Communication})))(t)
			sameList(t, "contacts", nodeIDs(contacts[0]), []crm.ID{naima})
		})
		t.Run("plans an appointment with an end", func(t *testing.T) {
			at := o.Clock.Now().Add(72 * time.Hour)
			answer := must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Kind: crm.AppointmentMoment, Subject: new("Kennismaken"),
				At: &at, EndsAt: new(at.Add(time.Hour)), Location: new("Stadionweg 41")}))(t)
			appointment, ok := answer.Communication.(*crm.Appointment)
			if !ok {
				t.Fatalf("got a %T", answer.Communication)
			}
			equal(t, "status", appointment.Status, crm.PlannedAhead)
			equal(t, "end", appointment.EndsAt(), at.Add(time.Hour))
			equal(t, "location", *appointment.Location, "Stadionweg 41")
		})
		now := o.Clock.Now()
		for _, one := range []struct {
			name  string
			input crm.CreateContactMomentInput
			fault string
		}{
			{"neither subject nor text", crm.CreateContactMomentInput{Subject: new("  ")}, "BAD_INPUT input.subject"},
			{"a text that is too long", crm.CreateContactMomentInput{Body: new(strings.Repeat("é", 20_001))}, "BAD_INPUT input.body"},
			{"a conversation in the future", crm.CreateContactMomentInput{Subject: new("x"), At: new(now.Add(24*time.Hour + time.Second))}, "BAD_INPUT input.at"},
			{"a conversation with an end", crm.CreateContactMomentInput{Subject: new("x"), EndsAt: &now}, "BAD_INPUT input.endsAt"},
			{"a conversation of no time", crm.CreateContactMomentInput{Subject: new("x"), DurationMinutes: new(0)}, "BAD_INPUT input.durationMinutes"},
			{"a conversation of more than a day", crm.CreateContactMomentInput{Subject: new("x"), DurationMinutes: new(1441)}, "BAD_INPUT input.durationMinutes"},
			{"an appointment without an end", crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, Subject: new("x")}, "BAD_INPUT input.endsAt"},
			{"an appointment that ends when it begins", crm.CreateContactMomentInput{Kind: crm.AppointmentMoment, Subject: new("x"), At: &now, EndsAt: &now}, "BAD_INPUT input.endsAt"},
			{"a contact of an unrelated card", crm.CreateContactMomentInput{Subject: new("x"), ContactIds: []crm.ID{o.Contact("Klaas Brouwer").ID}}, "CONTACT_NOT_OF_CUSTOMER input.contactIds"},
			{"a contact that is not there", crm.CreateContactMomentInput{Subject: new("x"), ContactIds: []crm.ID{"con_00000000000000000000000000"}}, "NOT_FOUND input.contactIds"},
			{"a project of another relation", crm.CreateContactMomentInput{Subject: new("x"), EngagementID: new(o.Engagement("P-2025-0003").ID)}, "NOT_FOUND input.engagementId"},
			{"too many contacts", crm.CreateContactMomentInput{Subject: new("x"), ContactIds: manyIDs(51)}, "BAD_INPUT input.contactIds"},
		} {
			t.Run("refuses "+one.name+", and writes nothing", func(t *testing.T) {
				o.Signals()
				one.input.CustomerID = installatie.ID
				changesNothing(t, o, func() {
					_, err := moment(o, one.input)
					sameList(t, "faults", faultsOf(err), []string{one.fault})
				})
			})
		}
		t.Run("accepts a conversation of a minute, and of a whole day", func(t *testing.T) {
			for _, minutes := range []int{1, 1440} {
				must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new("x"), DurationMinutes: &minutes}))(t)
			}
		})
		t.Run("accepts a conversation of a day ahead, for clocks and time zones", func(t *testing.T) {
			must2(moment(o, crm.CreateContactMomentInput{CustomerID: installatie.ID, Subject: new("x"), At: new(now.Add(24 * time.Hour))}))(t)
		})
		t.Run("refuses an archived relation", func(t *testing.T) {
			_, err := moment(o, crm.CreateContactMomentInput{CustomerID: o.Customer(crmtest.Vastgoed).ID, Subject: new("x")})
			refused(t, err, crm.CardArchived)
		})
	})
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		installatie := o.Customer(crmtest.Installatie).ID
		subjects := func(c *page.Connection[crm.Communication]) []string {
			return each(c.Nodes, func(m crm.Communication) string { return string(m.Core().Kind) + " " + m.Core().Subject })
		}
		t.Run("holds every kind, newest first", func(t *testing.T) {
			sameList(t, "timeline", subjects(timelineOf(t, o, installatie, crm.TimelineArgs{}, page.Args{})), []string{
				"APPOINTMENT Gesprek planning kandidaten", "EMAIL Re: Twee kandidaten projectleider E&W", "EMAIL Twee kandidaten projectleider E&W",
				"WORKFLOW Proces Contractverlenging stap Voorstel maken afgerond", "CONVERSATION_NOTE ", "WORKFLOW Proces Contractverlenging gestart", "INVOICE Factuur 2026-1187, september 2026"})
		})
		t.Run("tells from whom a mail is, and to whom", func(t *testing.T) {
			mail, ok := timelineOf(t, o, installatie, crm.TimelineArgs{Kinds: []crm.CommunicationKind{crm.EmailKind}}, page.Args{}).Nodes[0].(*crm.Email)
			equal(t, "a mail", ok, true)
			equal(t, "sender", *mail.From(), "n.bouzid@vdv-installatie.example")
			sameList(t, "addressees", mail.To(), []string{"sanne.verhoef@delta-detachering.example"})
			if to := (&crm.Email{Message: &crm.Message{}}).To(); to == nil || len(to) > 0 {
				t.Errorf("addressees of a mail without are %v, want an empty list", to)
			}
		})
		t.Run("narrows to kinds and to what holds all words", func(t *testing.T) {
			kinds := crm.TimelineArgs{Kinds: []crm.CommunicationKind{crm.EmailKind, crm.InvoiceKind}}
			equal(t, "of two kinds", len(timelineOf(t, o, installatie, kinds, page.Args{}).Nodes), 3)
			for text, want := range map[string]int{"KANDIDATEN profielen": 1, "één keer": 1, "een KEER": 1, "100%": 0, "E&W": 2, "_": 0, "": 7, " ": 7} {
				equal(t, "with "+text, len(timelineOf(t, o, installatie, crm.TimelineArgs{Search: &text}, page.Args{}).Nodes), want)
			}
		})
		t.Run("shows correspondence as the part that was sent", func(t *testing.T) {
			for _, number := range []string{crmtest.Groep, crmtest.Installatie, crmtest.Brouwer, crmtest.DeLinde, crmtest.Waterlanden} {
				id := o.Customer(number).ID
				all := timelineOf(t, o, id, crm.TimelineArgs{}, page.Args{})
				sent := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Sanne), []crm.ID{id}, crm.TimelineArgs{}, page.Args{}))(t)[0]
				var want []string
				for _, m := range all.Nodes {
					row := m.Core()
					switch row.Kind {
					case crm.DocumentKind, crm.LetterKind, crm.EmailKind, crm.InvoiceKind:
						if row.Direction == crm.Outgoing && row.Status == crm.Sent {
							want = append(want, string(row.Kind)+" "+row.Subject)
						}
					}
				}
				sameList(t, "correspondence of "+number, subjects(sent), want)
				equal(t, "count", must2(sent.TotalCount(o.As(crmtest.Sanne)))(t), len(want))
			}
		})
		t.Run("follows a contact, and a project", func(t *testing.T) {
			naima := o.Contact("Naima Bouzid").ID
			own := must2(o.Communications.OfContacts(o.As(crmtest.Sanne), []crm.ID{naima}, crm.TimelineArgs{}, page.Args{First: new(2)}))(t)[0]
			sameList(t, "first page", subjects(own), []string{"APPOINTMENT Gesprek planning kandidaten", "EMAIL Re: Twee kandidaten projectleider E&W"})
			next := must2(o.Communications.OfContacts(o.As(crmtest.Sanne), []crm.ID{naima}, crm.TimelineArgs{}, page.Args{After: own.PageInfo().EndCursor}))(t)[0]
			sameList(t, "second page", subjects(next), []string{"EMAIL Twee kandidaten projectleider E&W"})
			mails := must2(o.Communications.OfContacts(o.As(crmtest.Sanne), []crm.ID{naima}, crm.TimelineArgs{Kinds: []crm.CommunicationKind{crm.EmailKind}}, page.Args{}))(t)[0]
			equal(t, "mails", len(mails.Nodes), 2)
			equal(t, "count of mails", must2(mails.TotalCount(o.As(crmtest.Sanne)))(t), 2)
			about := must2(o.Communications.OfEngagements(o.As(crmtest.Sanne), []crm.ID{o.Engagement("A-2026-0040").ID, o.Engagement("P-2026-0031").ID},
				crm.TimelineArgs{}, page.Args{}))(t)
			equal(t, "about the request", len(about[0].Nodes), 2)
			equal(t, "about the project", len(about[1].Nodes), 0)
		})
		t.Run("shows an amount to those with the finance right", func(t *testing.T) {
			invoice, ok := timelineOf(t, o, installatie, crm.TimelineArgs{Kinds: []crm.CommunicationKind{crm.InvoiceKind}}, page.Args{}).Nodes[0].(*crm.Invoice)
			equal(t, "an invoice", ok, true)
			equal(t, "for Fatima", must2(o.Communications.Amount(o.As(crmtest.Fatima), invoice.NetAmountCents))(t).Amount.String(), "12210.00")
			equal(t, "for Sanne", must2(o.Communications.Amount(o.As(crmtest.Sanne), invoice.NetAmountCents))(t), nil)
		})
	})
}

// manyIDs makes ids of contacts that are not there.
func manyIDs(n int) []crm.ID {
	ids := make([]crm.ID, n)
	for i := range ids {
		ids[i] = crm.ID(fmt.Sprintf("con_%026d", i))
	}
	return ids
}
