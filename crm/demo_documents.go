package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// demoTemplates are the texts from which the demo office makes its documents and letters.
func demoTemplates() []DocumentTemplate {
	return []DocumentTemplate{
		{Name: "Voorstel", Kind: "DOCUMENT", Subject: "Voorstel {{engagement.title}}",
			CardTypes: []CardType{CustomerCard, ProspectCard, LeadCard, RequestCard},
			Body: "{{contact.salutation}},\n\nNaar aanleiding van ons gesprek stellen wij u graag het volgende voor.\n\n## Aanleiding\n" +
				"{{customer.name}} zoekt versterking: {{engagement.title}} ({{engagement.number}}).\n\n## Ons voorstel\n" +
				"- Inzet vanaf {{engagement.startOn}}, in overleg te verlengen.\n- Een vaste contactpersoon bij {{office.name}}: {{author.name}}.\n" +
				"- Evaluatie na vier weken en daarna ieder kwartaal.\n\n## Vervolg\nGraag lichten wij dit voorstel toe. U bereikt ons op {{office.phone}}."},
		{Name: "Overeenkomst begeleidende brief", Kind: "LETTER", Subject: "Overeenkomst {{engagement.title}}",
			CardTypes: []CardType{CustomerCard, ProspectCard, RequestCard, ProjectCard},
			Body: "Hierbij ontvangt u de overeenkomst voor {{engagement.title}} (ons kenmerk {{engagement.number}}) in tweevoud. " +
				"Wij verzoeken u één exemplaar ondertekend aan ons te retourneren.\n\n" +
				"De inzet begint op {{engagement.startOn}}. Op de overeenkomst zijn onze algemene voorwaarden van toepassing; die zijn bijgevoegd.\n\n" +
				"Heeft u vragen, dan kunt u mij bereiken op {{author.email}} of {{office.phone}}."},
		{Name: "Voortgangsrapportage", Kind: "DOCUMENT", Subject: "Voortgangsrapportage {{engagement.title}}", CardTypes: []CardType{ProjectCard},
			Body: "## Samenvatting\nDeze rapportage gaat over {{engagement.title}} bij {{customer.name}}, stand {{today}}.\n\n" +
				"## Voortgang\n- Planning: \n- Kwaliteit: \n- Uren: \n\n## Afspraken voor de komende periode\n- "},
	}
}

// demoTemplateCategories are their categories, in the same order.
func demoTemplateCategories() []string { return []string{"Voorstel", "Overeenkomst", "Rapportage"} }

// demoPaper is what the demo's documents and letters have besides their line in the table of communications.
type demoPaper struct {
	subject    string
	category   string
	via        DocumentChannel // empty for a draft
	body       string
	salutation string
}

func demoPapers() []demoPaper {
	return []demoPaper{
		{subject: "Voortgangsrapportage verduurzaming Q3", category: "Rapportage", via: ByEmail,
			body: "## Samenvatting\nHet programma ligt op schema. Van de twaalf locaties zijn er zeven verduurzaamd; de energiebesparing bedraagt gemiddeld 31 procent.\n\n" +
				"## Voortgang per spoor\n- Installaties: zeven van twaalf locaties opgeleverd, twee in uitvoering.\n- Financiering: subsidie voor fase 3 is toegekend.\n" +
				"- Organisatie: de projectgroep komt voortaan tweewekelijks bijeen.\n\n## Besluiten die wij van u vragen\n" +
				"- Akkoord op de start van locatie Schiedam in november.\n- Reservering van het restbudget voor 2027."},
		{subject: "Concept verlengingsvoorstel programmamanager", category: "Voorstel",
			body: "Geachte mevrouw Van der Velde,\n\nDe inzet van onze programmamanager loopt tot en met 31 december 2026. Het programma loopt door tot de zomer van 2027.\n\n" +
				"## Ons voorstel\n- Verlenging van 1 januari tot en met 30 juni 2027.\n- Vier dagen per week, tegen het huidige tarief.\n- Overdracht aan uw eigen organisatie in het tweede kwartaal."},
		{subject: "Einde inzet de heer Hoekstra", category: "Overig", via: ByPost, salutation: "Geachte heer Brouwer",
			body: "De inzet van de heer Hoekstra is per 30 juni geëindigd. Wij danken u voor de prettige samenwerking."},
	}
}

// draw gives the demo office its paper, its templates, and the files of what it sent.
func (d *demo) draw(ctx context.Context) error {
	d.tx.Now, d.tx.Actor.UserID = d.tx.core.demoMoment(demoFounded), d.colleagues["U4"].ID
	d.drawn.letterhead = &Letterhead{OrganizationID: d.office.ID, Version: 2, Name: demoOffice, AddressLines: []string{"Wijnhaven 60", "3011 WS Rotterdam"},
		Phone: new("+31 10 000 1000"), Email: new("info@delta-detachering.example"), Website: new("delta-detachering.example"),
		KvkNumber: new("00900100"), VatID: new("NL900000004B01"), Iban: new("NL22DEMO0990000001"), UpdatedAt: d.tx.Now, UpdatedByID: actorID(d.tx.Actor)}
	for i, template := range demoTemplates() {
		t := template
		t.OrganizationID, t.ID, t.Version, t.NameKey = d.office.ID, d.tx.core.newID(documentTemplatePrefix), 1, fold(t.Name)
		t.CategoryID, t.Language, t.Active = d.lookup(DocumentCategoryList, demoTemplateCategories()[i]), LanguageNL, true
		t.CreatedAt, t.CreatedByID, t.UpdatedAt, t.UpdatedByID = d.tx.Now, actorID(d.tx.Actor), d.tx.Now, actorID(d.tx.Actor)
		d.drawn.templates, d.drawn.templateVersions = append(d.drawn.templates, &t), append(d.drawn.templateVersions, t.asVersion())
	}
	for _, paper := range demoPapers() {
		if err := d.drawOne(ctx, paper); err != nil {
			return err
		}
	}
	return nil
}

// drawOne gives a communication of the demo office its details, and what was sent its file.
func (d *demo) drawOne(ctx context.Context, given demoPaper) error {
	m := d.messageAbout(given.subject)
	m.Body, m.FileName = given.body, nil
	m.SearchText = searchFoldAll(&m.Subject, &m.Body)
	details := &DocumentDetails{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Version: 1, Language: LanguageNL,
		CategoryID: d.lookup(DocumentCategoryList, given.category), AddressLines: []string{}, Salutation: given.salutation}
	contact := d.contactOf(m)
	details.AddresseeID = &contact.ID
	if m.Kind == LetterKind {
		details.AddressLines = envelope(d.customerOf(m), contact)
	}
	d.drawn.papers = append(d.drawn.papers, details)
	if given.via == "" {
		return nil
	}
	details.Version, details.SentVia, details.SentAt, details.SentByID = 2, &given.via, &m.At, m.AuthorID
	content, err := d.lay(m, details)
	if err != nil {
		return err
	}
	return d.file(ctx, m, content)
}

// lay lays a document of the demo office out, whose rows are not stored yet.
func (d *demo) lay(m *Message, details *DocumentDetails) ([]byte, error) {
	number := ""
	for _, engagement := range d.engagements {
		if m.EngagementID != nil && engagement.ID == *m.EngagementID {
			number = engagement.Number
		}
	}
	var author *User
	for _, colleague := range d.colleagues {
		if m.AuthorID != nil && colleague.ID == *m.AuthorID {
			author = &colleague.User
		}
	}
	return (&paper{Message: m, details: details}).sheet(d.drawn.letterhead, d.customerOf(m).Name, number, author, m.At, d.tx.core.day(m.At)).PDF()
}

// file keeps the content of a document of the demo office. Without a store it has none.
func (d *demo) file(ctx context.Context, m *Message, content []byte) error {
	if _, none := d.tx.core.files.(noFiles); none {
		return nil
	}
	id, sum, name := d.tx.core.newID(filePrefix), sha256.Sum256(content), pdfName(m.Subject)
	f := &File{OrganizationID: d.office.ID, ID: id, State: attached, Since: m.At, Name: name, MimeType: pdfMimeType, Size: len(content),
		Sha256: hex.EncodeToString(sum[:]), StoreKey: storeKey(d.office.ID, id), UploadedByID: m.AuthorID, UploadedAt: m.At}
	if err := d.tx.core.files.Put(ctx, f.StoreKey, bytes.NewReader(content)); err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	m.FileName = &f.Name
	d.drawn.files = append(d.drawn.files, f)
	d.drawn.attachments = append(d.drawn.attachments, &attachment{OrganizationID: d.office.ID, CommunicationID: m.ID, FileID: id})
	return nil
}

func (d *demo) messageAbout(subject string) *Message {
	for _, m := range d.messages {
		if m.Subject == subject {
			return m
		}
	}
	panic("no communication about " + subject)
}

func (d *demo) customerOf(m *Message) *Customer {
	for _, customer := range d.customers {
		if customer.ID == m.CustomerID {
			return customer
		}
	}
	panic("nobody's communication")
}

// contactOf is the first contact of a communication.
func (d *demo) contactOf(m *Message) *Contact {
	for _, link := range d.links {
		if link.CommunicationID != m.ID {
			continue
		}
		for _, contact := range d.contacts {
			if contact.ID == link.ContactID {
				return contact
			}
		}
	}
	panic("nobody's communication")
}

// drawn is what an office has on paper.
type drawn struct {
	letterhead       *Letterhead
	templates        []*DocumentTemplate
	templateVersions []*DocumentTemplateVersion
	papers           []*DocumentDetails
	files            []*File
	attachments      []*attachment
}

func (d *drawn) store(ctx context.Context, tx *Tx) error {
	all := []any{d.letterhead, &d.templates, &d.templateVersions, &d.papers}
	if len(d.files) > 0 {
		all = append(all, &d.files, &d.attachments)
	}
	for _, rows := range all {
		if _, err := tx.NewInsert().Model(rows).Exec(ctx); err != nil {
			return fmt.Errorf("insert %T: %w", rows, err)
		}
	}
	return nil
}
