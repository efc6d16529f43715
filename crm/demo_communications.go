package crm

import (
	"slices"
	"time"
)

// demoMessage is a line of the table of communications. It was written down when it took place, unless
// noted says another moment.
type demoMessage struct {
	at, noted  string
	by         string
	customer   string
	engagement string
	contacts   []string
	row        Message
}

// demoMessages are what was said, sent and planned, and the notices on the cards.
func demoMessages() []happening {
	var history []happening
	for _, m := range slices.Concat(demoMessagesOfInstallatietechniek(), demoMessagesOfOthers()) {
		noted := m.noted
		if noted == "" {
			noted = m.at
		}
		history = append(history, happening{at: noted, by: m.by, make: m.add})
	}
	return history
}

func (m demoMessage) add(d *demo) {
	customer, row := d.customers[m.customer], m.row
	row.OrganizationID, row.ID, row.CustomerID = d.office.ID, d.tx.core.newID(communicationPrefix), customer.ID
	row.At, row.CreatedAt, row.AuthorID = d.tx.core.demoMoment(m.at), d.tx.Now, actorID(d.tx.Actor)
	row.Version = 1
	if row.Kind == EmailKind && row.ThreadID == nil {
		own := string(row.ID)
		row.ThreadID = &own
	}
	if row.FollowUpOn != nil {
		row.FollowUpUserID = row.AuthorID
	}
	if row.Direction == Incoming {
		row.AuthorID = nil // whoever wrote it is no colleague
	}
	if row.Duration != nil && row.Kind == AppointmentKind {
		end := row.At.Add(time.Duration(*row.Duration) * time.Minute)
		row.EndOfTerm, row.Duration = &end, nil
	}
	if m.engagement != "" {
		row.EngagementID = &d.engagements[m.engagement].ID
	}
	if row.Kind == InvoiceKind {
		d.completeInvoice(&row)
	}
	row.SearchText = searchFoldAll(&row.Subject, &row.Body)
	d.messages = append(d.messages, &row)
	contacts := make([]ID, len(m.contacts))
	for i, contact := range m.contacts {
		contacts[i] = d.contacts[contact].ID
		d.links = append(d.links, &communicationContact{OrganizationID: d.office.ID, CommunicationID: row.ID,
			Ordinal: i, ContactID: contacts[i], At: row.At})
	}
	customer.Version++
	d.tx.log(&Event{Kind: CommunicationAddedEvent, CustomerID: customer.ID, CardID: customer.ID, CardVersion: customer.Version,
		ShownOn: row.shownOn(contacts, nil), SubjectID: &row.ID})
}

func demoMessagesOfInstallatietechniek() []demoMessage {
	sanne, naima, thread := "sanne.verhoef@delta-detachering.example", "n.bouzid@vdv-installatie.example", "twee-kandidaten"
	return []demoMessage{
		{at: "2026-11-20 10:02", by: "U1", customer: "C2", engagement: "A-2026-0040", contacts: []string{"CP4"},
			row: Message{Kind: EmailKind, Direction: Outgoing, Status: Sent, MailFrom: &sanne, MailTo: []string{naima}, ThreadID: &thread,
				EmailFrame: EmailFrame{MessageID: new("20261120090200.1@delta-detachering.example")},
				Subject:    "Twee kandidaten projectleider E&W",
				Body: "Beste Naima, hierbij zoals besproken de profielen van twee projectleiders. Beiden zijn vanaf 11 januari beschikbaar. " +
					"Zullen we donderdag de planning van de gesprekken doornemen?"}},
		{at: "2026-11-20 11:47", by: "U1", customer: "C2", engagement: "A-2026-0040", contacts: []string{"CP4"},
			row: Message{Kind: EmailKind, Direction: Incoming, Status: Received, MailFrom: &naima, MailTo: []string{sanne}, ThreadID: &thread,
				EmailFrame: EmailFrame{MessageID: new("CAF1b2@vdv-installatie.example"), RepliesTo: new("20261120090200.1@delta-detachering.example")},
				Subject:    "Re: Twee kandidaten projectleider E&W",
				Body:       "Dank Sanne. Tweede profiel spreekt ons het meest aan. Donderdag 14.00 uur kan."}},
		{at: "2026-11-26 14:00", noted: "2026-11-20 11:55", by: "U1", customer: "C2", contacts: []string{"CP3", "CP4"},
			row: Message{Kind: AppointmentKind, Direction: Internal, Status: PlannedAhead, Duration: new(45),
				Subject: "Gesprek planning kandidaten", Location: new("Stadionweg 41")}},
		{at: "2026-11-17 09:30", by: "U1", customer: "C2", engagement: "L-2026-0101", contacts: []string{"CP3"},
			row: Message{Kind: ConversationNoteKind, Direction: Internal, Status: Done, ChannelUsed: new(phoneChannel), FollowUpOn: new(Date("2026-11-30")),
				Body: "Telefonisch. Erik wil de raamovereenkomst voor heel 2027 in één keer regelen, ook voor de holding. " +
					"Vraagt staffel bij meer dan vijf mensen. Ik maak voorstel vóór 30 november."}},
		{at: "2026-11-05 08:00", by: "U3", customer: "C2", engagement: "P-2026-0012",
			row: Message{Kind: InvoiceKind, Direction: Outgoing, Status: Sent, InvoiceFrame: InvoiceFrame{InvoiceNumber: new("2026-1187"), NetAmountCents: new(Decimal(12_210_00))},
				Subject: "Factuur 2026-1187, september 2026"}}, // the amount is for whoever sees amounts
	}
}

func demoMessagesOfOthers() []demoMessage {
	note := func(channel ConversationChannel, body string) Message {
		return Message{Kind: ConversationNoteKind, Direction: Internal, Status: Done, ChannelUsed: &channel, Body: body}
	}
	return []demoMessage{
		{at: "2026-10-06 13:20", by: "U1", customer: "C1", engagement: "P-2025-0003", contacts: []string{"CP1"},
			row: Message{Kind: DocumentKind, Direction: Outgoing, Status: Sent,
				Subject: "Voortgangsrapportage verduurzaming Q3", FileName: new("Voortgangsrapportage verduurzaming Q3.pdf")}},
		{at: "2026-11-18 16:10", by: "U1", customer: "C1", contacts: []string{"CP1"},
			row: Message{Kind: DocumentKind, Direction: Outgoing, Status: Draft, Subject: "Concept verlengingsvoorstel programmamanager"}},
		{at: "2026-07-03 09:00", by: "U2", customer: "C3", engagement: "P-2025-0019", contacts: []string{"CP6"},
			row: Message{Kind: LetterKind, Direction: Outgoing, Status: Sent, Subject: "Einde inzet de heer Hoekstra",
				Body: "Geachte heer Brouwer, de inzet van de heer Hoekstra is per 30 juni geëindigd. Wij danken u voor de prettige samenwerking."}},
		{at: "2026-11-18 16:40", by: "U2", customer: "C3", contacts: []string{"CP7"},
			row: note(phoneChannel, "Anja meldt dat facturen voortaan per e-mail mogen. Adres navragen.")},
		{at: "2026-11-19 10:15", by: "U2", customer: "C4", engagement: "A-2026-0041", contacts: []string{"CP13"},
			row: note("VIDEO", "Videogesprek met Femke. Daan sluit goed aan. Zij wil per 4 januari starten; akkoord van directie verwacht deze week.")},
		{at: "2026-11-12 11:00", by: "U1", customer: "C5", engagement: "L-2026-0099", contacts: []string{"CP15"},
			row: note(phoneChannel, "Verbouwing vleugel B start in het voorjaar, projectleider valt uit. Budget moet nog langs de raad van bestuur.")},
		{at: "2026-10-28 09:12", by: "U1", customer: "C5", contacts: []string{"CP15"},
			row: Message{Kind: EmailKind, Direction: Outgoing, Status: Sent, MailFrom: new("sanne.verhoef@delta-detachering.example"),
				MailTo: []string{"a.postma@zorggroepdelinde.example"}, Subject: "Campagnemail Zorg & techniek"}},
		{at: "2026-11-02 14:30", by: "U3", customer: "C7", engagement: "P-2026-0025", contacts: []string{"CP19"},
			row: Message{Kind: EmailKind, Direction: Outgoing, Status: Sent, MailFrom: new("fatima.elamrani@delta-detachering.example"),
				MailTo: []string{"crediteuren@waterlanden.example"}, Subject: "Urenspecificatie bij termijn 1",
				Body: "Bijgaand de urenspecificatie bij termijn 1, inkoopordernummer 4500123987."}},
		{at: "2026-11-16 08:45", by: "U1", customer: "C8", engagement: "P-2026-0018", contacts: []string{"CP20"},
			row: note(phoneChannel, "Stefan vraagt of Daan na 18 december nog twee weken kan blijven. "+
				"Let op: Daan is voorgesteld bij Noorderlicht per 4 januari.")},
	}
}

// demoAttention pins a notice on a relation; until is empty when it stands until it is removed.
func demoAttention(customer, at, by string, level AttentionLevel, until, text string) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		card := d.customers[customer]
		attention := &Attention{OrganizationID: d.office.ID, ID: d.tx.core.newID(attentionPrefix), CardID: card.ID, CustomerID: card.ID,
			Version: 1, Text: text, Level: level, ValidFrom: d.tx.Now, AuthorID: actorID(d.tx.Actor), CreatedAt: d.tx.Now}
		if until != "" {
			attention.ValidUntil = new(Date(until))
		}
		d.attentions = append(d.attentions, attention)
		card.Version++
		d.tx.log(&Event{Kind: AttentionAddedEvent, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version, SubjectID: &attention.ID})
	}}
}

// demoAttentions are the notices on the cards; the one about a holiday is over.
func demoAttentions() []happening {
	return []happening{
		demoAttention("C8", "2026-09-07 11:00", "U3", "WARNING", "",
			"Facturen lopen via self-billing. Stuur zelf GEEN factuur; eerst urenstaat in het portaal zetten."),
		demoAttention("C3", "2026-11-02 09:30", "U2", "INFO", "2026-11-15", "Directie met vakantie t/m 15 november."),
		demoAttention("C2", "2026-11-16 15:20", "U1", "INFO", "2026-12-04", "Inkoop zit tot 4 december krap in bezetting: bel alleen Naima."),
	}
}
