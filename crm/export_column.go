package crm

import (
	"klantkaart/sheet"
)

// exportPage is what the cells of a list need beside its rows.
type exportPage struct {
	language Language
	names    names
}

func (p *exportPage) word(text Text) any {
	if text == (Text{}) {
		return nil
	}
	return text.In(p.language)
}

func (p *exportPage) yes(is bool) any {
	return p.word(map[bool]Text{true: {"Ja", "Yes"}, false: {"Nee", "No"}}[is])
}

func (p *exportPage) customers() []exportColumn[*Customer] {
	return []exportColumn[*Customer]{
		{Text{"Nummer", "Number"}, sheet.Text, 8, func(c *Customer) any { return c.Number }},
		{Text{"Naam", "Name"}, sheet.Text, 32, func(c *Customer) any { return c.Name }},
		{Text{"Stadium", "Stage"}, sheet.Text, 10, func(c *Customer) any { return p.word(reportStages()[c.Stage]) }},
		{Text{"Plaats", "City"}, sheet.Text, 14, func(c *Customer) any { return cityCell(c.VisitingAddress) }},
		{Text{"Branche", "Sector"}, sheet.Text, 18, func(c *Customer) any { return textCell(c.Sector) }},
		{Text{"Relatieklasse", "Class"}, sheet.Text, 8, func(c *Customer) any { return textCell(c.Classification) }},
		{Text{"Herkomst", "Source"}, sheet.Text, 14, func(c *Customer) any { return textCell(c.Source) }},
		{Text{"Labels", "Tags"}, sheet.Text, 20, func(c *Customer) any { return p.names.cells(c.TagIDs) }},
		{Text{"Accountmanager", "Account manager"}, sheet.Text, 16, func(c *Customer) any { return p.names.cell(c.AccountManagerID) }},
		{Text{"Telefoon", "Phone"}, sheet.Text, 13, func(c *Customer) any { return textCell(c.Phone) }},
		{Text{"E-mail", "E-mail"}, sheet.Text, 26, func(c *Customer) any { return textCell(c.Email) }},
		{Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, func(c *Customer) any { return momentCell(c.ArchivedAt) }},
		{Text{"Zoeknaam", "Search name"}, sheet.Text, 12, func(c *Customer) any { return textCell(c.SearchName) }},
		{Text{"SBI-code", "SBI code"}, sheet.Text, 8, func(c *Customer) any { return textCell(c.SbiCode) }},
		{Text{"SBI-versie", "SBI version"}, sheet.Text, 10, func(c *Customer) any { return textCell((*string)(c.SbiVersion)) }},
		{Text{"Jaaromzet", "Annual revenue"}, sheet.Money, 15, func(c *Customer) any { return amountCell(c.AnnualRevenueCents) }},
		{Text{"Bankrekeningen", "Bank accounts"}, sheet.Text, 40, func(c *Customer) any { return c.AccountList.ibans() }},
		{Text{"Kredietlimiet", "Credit limit"}, sheet.Money, 13, func(c *Customer) any { return amountCell(c.CreditLimitCents) }},
		{Text{"Kredietstatus", "Credit status"}, sheet.Text, 11, func(c *Customer) any { return p.word(creditNames()[c.CreditStatus]) }},
	}
}

func (p *exportPage) contacts() []exportColumn[*Contact] {
	return []exportColumn[*Contact]{
		{Text{"Naam", "Name"}, sheet.Text, 26, func(c *Contact) any { return c.Name }},
		{Text{"Functie", "Function"}, sheet.Text, 22, func(c *Contact) any { return textCell(c.Function) }},
		{Text{"Afdeling", "Department"}, sheet.Text, 16, func(c *Contact) any { return textCell(c.Department) }},
		{Text{"E-mail", "E-mail"}, sheet.Text, 30, func(c *Contact) any { return textCell(c.Email) }},
		{Text{"Telefoon", "Phone"}, sheet.Text, 13, func(c *Contact) any { return textCell(c.Phone) }},
		{Text{"Mobiel", "Mobile"}, sheet.Text, 13, func(c *Contact) any { return textCell(c.Mobile) }},
		{Text{"Laatst gewijzigd op", "Last changed at"}, sheet.Moment, 15, func(c *Contact) any { return c.UpdatedAt }},
		{Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, func(c *Contact) any { return momentCell(c.ArchivedAt) }},
	}
}

func (p *exportPage) engagements() []exportColumn[Engagement] {
	of := func(value func(d *Dossier) any) func(Engagement) any {
		return func(e Engagement) any { return value(e.Core()) }
	}
	phases := map[EngagementPhase]Text{LeadPhase: {"Lead", "Lead"}, RequestPhase: {"Aanvraag", "Request"}, ProjectPhase: {"Project", "Project"}}
	return []exportColumn[Engagement]{
		{Text{"Nummer", "Number"}, sheet.Text, 11, of(func(d *Dossier) any { return d.Number })},
		{Text{"Fase", "Phase"}, sheet.Text, 9, of(func(d *Dossier) any { return p.word(phases[d.Phase]) })},
		{Text{"Titel", "Title"}, sheet.Text, 34, of(func(d *Dossier) any { return d.Title })},
		{Text{"Klant", "Customer"}, sheet.Text, 30, of(func(d *Dossier) any { return p.names.cell(&d.CustomerID) })},
		{Text{"Status", "Status"}, sheet.Text, 12, of(func(d *Dossier) any { return p.word(statusNames()[d.Status]) })},
		{Text{"In deze fase sinds", "In this phase since"}, sheet.Day, 10, of(func(d *Dossier) any { return sheet.Date(d.PhaseSince) })},
		{Text{"Contactpersoon", "Contact"}, sheet.Text, 18, of(func(d *Dossier) any { return p.names.cell(d.ContactID) })},
		{Text{"Behandelaar", "Handler"}, sheet.Text, 16, of(func(d *Dossier) any { return p.names.cell(d.HandlerID) })},
		{Text{"Verwachte waarde", "Expected value"}, sheet.Money, 12, of(func(d *Dossier) any { return amountCell(d.ExpectedValueCents) })},
		{Text{"Kans in procenten", "Chance in percent"}, sheet.Number, 8, of(func(d *Dossier) any { return numberCell(d.Probability) })},
		{Text{"Verwachte sluiting", "Expected close"}, sheet.Day, 10, of(func(d *Dossier) any { return dateCell(d.ExpectedCloseOn) })},
		{Text{"Begin", "Start"}, sheet.Day, 10, of(func(d *Dossier) any { return dateCell(d.Start) })},
		{Text{"Einde", "End"}, sheet.Day, 10, of(func(d *Dossier) any { return dateCell(d.EndOn) })},
		{Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, of(func(d *Dossier) any { return momentCell(d.ArchivedAt) })},
	}
}

// projects are shown with who works there; the names of those are kept under the project's id.
func (p *exportPage) projects() []exportColumn[*Project] {
	return []exportColumn[*Project]{
		{Text{"Nummer", "Number"}, sheet.Text, 11, func(d *Project) any { return d.Number }},
		{Text{"Titel", "Title"}, sheet.Text, 34, func(d *Project) any { return d.Title }},
		{Text{"Status", "Status"}, sheet.Text, 12, func(d *Project) any { return p.word(statusNames()[d.Status]) }},
		{Text{"Contactpersoon", "Contact"}, sheet.Text, 18, func(d *Project) any { return p.names.cell(d.ContactID) }},
		{Text{"Behandelaar", "Handler"}, sheet.Text, 16, func(d *Project) any { return p.names.cell(d.HandlerID) }},
		{Text{"Voorgedragen", "Nominated"}, sheet.Text, 24, func(d *Project) any { return p.names.cell(&d.ID) }},
		{Text{"Begin", "Start"}, sheet.Day, 10, func(d *Project) any { return dateCell(d.Start) }},
		{Text{"Einde", "End"}, sheet.Day, 10, func(d *Project) any { return dateCell(d.EndOn) }},
		{Text{"Lopend", "Running"}, sheet.Text, 7, func(d *Project) any { return p.yes(d.IsRunning()) }},
		{Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, func(d *Project) any { return momentCell(d.ArchivedAt) }},
	}
}

// communications are shown with who they were with; the names of those are kept under the communication's id.
func (p *exportPage) communications() []exportColumn[Communication] {
	of := func(value func(m *Message) any) func(Communication) any {
		return func(c Communication) any { return value(c.Core()) }
	}
	return []exportColumn[Communication]{
		{Text{"Wanneer", "When"}, sheet.Moment, 15, of(func(m *Message) any { return m.At })},
		{Text{"Soort", "Kind"}, sheet.Text, 14, of(func(m *Message) any { return p.word(communicationKinds()[m.Kind]) })},
		{Text{"Richting", "Direction"}, sheet.Text, 8, of(func(m *Message) any { return p.word(directionNames()[m.Direction]) })},
		{Text{"Onderwerp", "Subject"}, sheet.Text, 36, of(func(m *Message) any { return m.Subject })},
		{Text{"Tekst", "Text"}, sheet.Text, 50, of(func(m *Message) any { return m.Excerpt() })},
		{Text{"Contactpersonen", "Contacts"}, sheet.Text, 24, of(func(m *Message) any { return p.names.cell(&m.ID) })},
		{Text{"Lead, aanvraag of project", "Lead, request or project"}, sheet.Text, 11, of(func(m *Message) any { return p.names.cell(m.EngagementID) })},
		{Text{"Auteur", "Author"}, sheet.Text, 16, of(func(m *Message) any { return p.names.cell(m.AuthorID) })},
	}
}

func (p *exportPage) lines() []exportColumn[*BillableLine] {
	return []exportColumn[*BillableLine]{
		{Text{"Vanaf", "From"}, sheet.Day, 10, func(l *BillableLine) any { return sheet.Date(l.PeriodStartOn) }},
		{Text{"Tot en met", "Up to and including"}, sheet.Day, 10, func(l *BillableLine) any { return sheet.Date(l.PeriodEndOn) }},
		{Text{"Soort", "Kind"}, sheet.Text, 10, func(l *BillableLine) any { return p.word(lineKinds()[l.Kind]) }},
		{Text{"Uursoort of onkostensoort", "Type"}, sheet.Text, 16, func(l *BillableLine) any { return p.names.cell(l.TypeID) }},
		{Text{"Voorgedragen", "Nominated"}, sheet.Text, 18, func(l *BillableLine) any { return p.names.cell(l.NominationID) }},
		{Text{"Omschrijving", "Description"}, sheet.Text, 30, func(l *BillableLine) any { return textCell(l.Description) }},
		{Text{"Aantal", "Quantity"}, sheet.Decimal, 9, func(l *BillableLine) any { return sheet.Amount(l.Quantity) }},
		{Text{"Tarief", "Rate"}, sheet.Money, 10, func(l *BillableLine) any { return sheet.Amount(l.RateCents) }},
		{Text{"Bedrag", "Amount"}, sheet.Money, 12, func(l *BillableLine) any { return sheet.Amount(l.AmountCents) }},
		{Text{"Status", "Status"}, sheet.Text, 12, func(l *BillableLine) any { return p.word(l.Status.text()) }},
		{Text{"Factureerbaar", "Billable"}, sheet.Text, 8, func(l *BillableLine) any { return p.yes(l.IsBillable) }},
		{Text{"Factuurnummer", "Invoice number"}, sheet.Text, 13, func(l *BillableLine) any { return textCell(l.InvoiceNumber) }},
	}
}

func communicationKinds() map[CommunicationKind]Text {
	return map[CommunicationKind]Text{
		DocumentKind: {"Document", "Document"}, LetterKind: {"Brief", "Letter"}, EmailKind: {"E-mail", "E-mail"}, InvoiceKind: {"Factuur", "Invoice"},
		ConversationNoteKind: {"Gespreksnotitie", "Conversation note"}, AppointmentKind: {"Afspraak", "Appointment"}, WorkflowKind: {"Proces", "Process"},
	}
}

func directionNames() map[CommunicationDirection]Text {
	return map[CommunicationDirection]Text{Outgoing: {"Uit", "Out"}, Incoming: {"In", "In"}, Internal: {"Intern", "Internal"}}
}

func lineKinds() map[BillableLineKind]Text {
	return map[BillableLineKind]Text{
		HoursLine: {"Uren", "Hours"}, ExpenseLine: {"Onkosten", "Expenses"}, InstalmentLine: {"Termijn", "Instalment"}, RecurringLine: {"Periodiek", "Recurring"}}
}

func numberCell(number *int) any {
	if number == nil {
		return nil
	}
	return *number
}
