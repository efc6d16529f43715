package crm

import (
	"time"

	"klantkaart/sheet"
)

// ReportColumn is a column that a report can show, as the API tells it.
type ReportColumn struct {
	Key        string
	Label      string
	Kind       ReportColumnKind
	IsSortable bool
}

// ReportColumnKind is what a column holds.
type ReportColumnKind string

// reportColumn is an entry of the catalogue.
type reportColumn struct {
	key   string
	label Text
	kind  sheet.Kind
	width int        // in characters, as a rule
	order string     // what rows are ordered by; empty where they cannot be
	needs reportPart // what must be read beside the card itself
	cell  func(line *reportLine) any
}

func (c *reportColumn) in(language Language) *ReportColumn {
	return &ReportColumn{Key: c.key, Label: c.label.In(language), Kind: ReportColumnKind(c.kind), IsSortable: c.order != ""}
}

// catalogue is all that a report on a type of card can show.
type catalogue []*reportColumn

// named finds a column; nil where there is none.
func (c catalogue) named(key string) *reportColumn {
	for _, column := range c {
		if column.key == key {
			return column
		}
	}
	return nil
}

func catalogueOf(cardType ReportCardType) catalogue {
	switch cardType {
	case RequestReport:
		return requestColumns()
	case ProjectReport:
		return projectColumns()
	}
	return customerColumns()
}

func customerColumns() catalogue {
	of := func(value func(c *Customer) any) func(*reportLine) any {
		return func(line *reportLine) any { return value(line.customer) }
	}
	return catalogue{
		{"number", Text{"Nummer", "Number"}, sheet.Text, 8, "t.number", nothingElse, of(func(c *Customer) any { return c.Number })},
		{"debtorNumber", Text{"Debiteur", "Debtor"}, sheet.Text, 9, "", nothingElse, of(func(c *Customer) any { return textCell(c.DebtorNumber) })},
		{"name", Text{"Naam", "Name"}, sheet.Text, 32, "t.name_key", nothingElse, of(func(c *Customer) any { return c.Name })},
		{"searchName", Text{"Zoeknaam", "Search name"}, sheet.Text, 12, "", nothingElse, of(func(c *Customer) any { return textCell(c.SearchName) })},
		{"stage", Text{"Stadium", "Stage"}, sheet.Text, 10, "t.stage", nothingElse, func(line *reportLine) any {
			return reportStages()[line.customer.Stage].In(line.language)
		}},
		{"customerSince", Text{"Klant sinds", "Customer since"}, sheet.Day, 11, "COALESCE(t.customer_since, '')", nothingElse,
			of(func(c *Customer) any { return dateCell(c.CustomerSince) })},
		{"address", Text{"Adres", "Address"}, sheet.Text, 24, "", nothingElse, of(func(c *Customer) any { return streetCell(c.VisitingAddress) })},
		{"postcode", Text{"Postcode", "Postcode"}, sheet.Text, 8, "", nothingElse, of(func(c *Customer) any { return postcodeCell(c.VisitingAddress) })},
		{"city", Text{"Plaats", "City"}, sheet.Text, 14, "t.city_key", nothingElse, of(func(c *Customer) any { return cityCell(c.VisitingAddress) })},
		{"sector", Text{"Branche", "Sector"}, sheet.Text, 18, "t.sector_key", nothingElse, of(func(c *Customer) any { return textCell(c.Sector) })},
		{"sbiCode", Text{"SBI-code", "SBI code"}, sheet.Text, 8, "", nothingElse, of(func(c *Customer) any { return textCell(c.SbiCode) })},
		{"sbiVersion", Text{"SBI-versie", "SBI version"}, sheet.Text, 10, "", nothingElse, of(func(c *Customer) any { return textCell((*string)(c.SbiVersion)) })},
		{"annualRevenue", Text{"Jaaromzet", "Annual revenue"}, sheet.Money, 15, "COALESCE(t.annual_revenue, 0)", nothingElse,
			of(func(c *Customer) any { return amountCell(c.AnnualRevenueCents) })},
		{"classification", Text{"Relatieklasse", "Class"}, sheet.Text, 8, "t.classification_key", nothingElse, of(func(c *Customer) any { return textCell(c.Classification) })},
		{"source", Text{"Herkomst", "Source"}, sheet.Text, 14, "", nothingElse, of(func(c *Customer) any { return textCell(c.Source) })},
		{"tags", Text{"Labels", "Tags"}, sheet.Text, 20, "", withTags, func(line *reportLine) any { return line.tags }},
		{"accountManager", Text{"Accountmanager", "Account manager"}, sheet.Text, 16, orderedByColleague("account_manager_id"), withColleagues,
			func(line *reportLine) any { return line.colleague(line.customer.AccountManagerID) }},
		{"phone", Text{"Telefoon", "Phone"}, sheet.Text, 13, "", nothingElse, of(func(c *Customer) any { return textCell(c.Phone) })},
		{"email", Text{"E-mail", "E-mail"}, sheet.Text, 26, "", nothingElse, of(func(c *Customer) any { return textCell(c.Email) })},
		{"kvkNumber", Text{"KvK-nummer", "KvK number"}, sheet.Text, 11, "", nothingElse, of(func(c *Customer) any { return textCell(c.KvkNumber) })},
		{"vatId", Text{"Btw-nummer", "VAT number"}, sheet.Text, 15, "", nothingElse, of(func(c *Customer) any { return textCell(c.VatID) })},
		{"bankAccounts", Text{"Bankrekeningen", "Bank accounts"}, sheet.Text, 40, "", nothingElse, of(func(c *Customer) any { return c.AccountList.ibans() })},
		{"creditLimit", Text{"Kredietlimiet", "Credit limit"}, sheet.Money, 13, "COALESCE(t.credit_limit, 0)", nothingElse,
			of(func(c *Customer) any { return amountCell(c.CreditLimitCents) })},
		{"creditStatus", Text{"Kredietstatus", "Credit status"}, sheet.Text, 11, "t.credit_status", nothingElse, func(line *reportLine) any {
			return creditNames()[line.customer.CreditStatus].In(line.language)
		}},
		{"createdAt", Text{"Aangemaakt op", "Created at"}, sheet.Moment, 15, "t.created_at", nothingElse, of(func(c *Customer) any { return c.CreatedAt })},
		{"archivedAt", Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, "", nothingElse, of(func(c *Customer) any { return momentCell(c.ArchivedAt) })},
		{"lastContactAt", Text{"Laatste contact", "Last contact"}, sheet.Moment, 15, "", withContact,
			func(line *reportLine) any { return momentCell(line.contactedAt) }},
		{"runningProjects", Text{"Lopende projecten", "Running projects"}, sheet.Number, 10, "", withRunning, func(line *reportLine) any { return line.running }},
		{"openRequests", Text{"Open aanvragen", "Open requests"}, sheet.Number, 10, "", withOpen, func(line *reportLine) any { return line.open }},
		{"attentions", Text{"Attenties", "Attentions"}, sheet.Number, 9, "", withAttentions, func(line *reportLine) any { return line.attentions }},
	}
}

// engagementColumns are those that requests and projects share, in two parts: before and behind their own.
func engagementColumns() (before, behind catalogue) {
	return catalogue{
			{"number", Text{"Nummer", "Number"}, sheet.Text, 11, "t.number", nothingElse, func(line *reportLine) any { return line.dossier.Number }},
			{"title", Text{"Titel", "Title"}, sheet.Text, 34, "", nothingElse, func(line *reportLine) any { return line.dossier.Title }},
			{"customer", Text{"Klant", "Customer"}, sheet.Text, 30, orderedByCustomer("name_key"), withCustomers,
				func(line *reportLine) any { return line.customer.Name }},
			{"customerNumber", Text{"Klantnummer", "Customer number"}, sheet.Text, 9, orderedByCustomer("number"), withCustomers,
				func(line *reportLine) any { return line.customer.Number }},
			{"contact", Text{"Contactpersoon", "Contact"}, sheet.Text, 18, "", withPeople, func(line *reportLine) any { return line.contactName() }},
			{"handler", Text{"Behandelaar", "Handler"}, sheet.Text, 16, orderedByColleague("handler_id"), withColleagues,
				func(line *reportLine) any { return line.colleague(line.dossier.HandlerID) }},
			{"status", Text{"Status", "Status"}, sheet.Text, 12, "t.status", nothingElse, func(line *reportLine) any {
				return statusNames()[line.dossier.Status].In(line.language)
			}},
			{"startOn", Text{"Begin", "Start"}, sheet.Day, 10, "COALESCE(t.start_on, '')", nothingElse, func(line *reportLine) any { return dateCell(line.dossier.Start) }},
			{"endOn", Text{"Einde", "End"}, sheet.Day, 10, "COALESCE(t.end_on, '')", nothingElse, func(line *reportLine) any { return dateCell(line.dossier.EndOn) }},
		}, catalogue{
			{"createdAt", Text{"Aangemaakt op", "Created at"}, sheet.Moment, 15, "t.created_at", nothingElse, func(line *reportLine) any { return line.dossier.CreatedAt }},
			{"archivedAt", Text{"Gearchiveerd op", "Archived at"}, sheet.Moment, 15, "", nothingElse, func(line *reportLine) any { return momentCell(line.dossier.ArchivedAt) }},
		}
}

func requestColumns() catalogue {
	before, behind := engagementColumns()
	own := catalogue{
		{"hoursPerWeek", Text{"Uren per week", "Hours a week"}, sheet.Decimal, 9, "", nothingElse, func(line *reportLine) any { return amountCell(line.dossier.HoursPerWeek) }},
		{"openings", Text{"Aantal", "Openings"}, sheet.Number, 8, "", nothingElse, func(line *reportLine) any { return (&Request{line.dossier}).Openings() }},
		{"rateMin", Text{"Tarief vanaf", "Rate from"}, sheet.Money, 10, "COALESCE(t.rate_min, 0)", nothingElse, func(line *reportLine) any { return amountCell(line.dossier.RateMinCents) }},
		{"rateMax", Text{"Tarief tot", "Rate up to"}, sheet.Money, 10, "COALESCE(t.rate_max, 0)", nothingElse, func(line *reportLine) any { return amountCell(line.dossier.RateMaxCents) }},
	}
	return append(append(before, own...), behind...)
}

func projectColumns() catalogue {
	before, behind := engagementColumns()
	own := catalogue{
		{"projectLeader", Text{"Projectleider", "Project leader"}, sheet.Text, 16, orderedByColleague("project_leader_id"), withColleagues,
			func(line *reportLine) any { return line.colleague(line.dossier.ProjectLeaderID) }},
		{"rateMin", Text{"Tarief vanaf", "Rate from"}, sheet.Money, 10, "", withRates, func(line *reportLine) any { return amountCell(line.rateMin) }},
		{"rateMax", Text{"Tarief tot", "Rate up to"}, sheet.Money, 10, "", withRates, func(line *reportLine) any { return amountCell(line.rateMax) }},
		{"fixedPrice", Text{"Vaste prijs", "Fixed price"}, sheet.Money, 12, "COALESCE(t.fixed_price, 0)", nothingElse, func(line *reportLine) any { return amountCell(line.dossier.FixedPriceCents) }},
		{"purchaseOrderNumber", Text{"Inkooporder", "Purchase order"}, sheet.Text, 13, "", nothingElse,
			func(line *reportLine) any { return textCell(line.dossier.PurchaseOrderNumber) }},
	}
	return append(append(before, own...), behind...)
}

// orderedByColleague orders by the name of the colleague that a column points to.
func orderedByColleague(column string) string {
	return "COALESCE((SELECT u.sort_key FROM users AS u WHERE u.organization_id = t.organization_id AND u.id = t." + column + "), '')"
}

// orderedByCustomer orders by a column of the relation.
func orderedByCustomer(column string) string {
	return "(SELECT c." + column + " FROM customers AS c WHERE c.organization_id = t.organization_id AND c.id = t.customer_id)"
}

func reportStages() map[CustomerStage]Text {
	return map[CustomerStage]Text{Prospect: {"Prospect", "Prospect"}, Client: {"Klant", "Customer"}}
}

func statusNames() map[EngagementStatus]Text {
	return map[EngagementStatus]Text{
		Open: {"Open", "Open"}, Converted: {"Omgezet", "Converted"}, Lost: {"Verloren", "Lost"}, Honoured: {"Gehonoreerd", "Honoured"}, Rejected: {"Afgewezen", "Rejected"}, Withdrawn: {"Ingetrokken", "Withdrawn"},
		Planned: {"Gepland", "Planned"}, Active: {"Actief", "Active"}, OnHold: {"Onderbroken", "On hold"}, Ended: {"Beëindigd", "Ended"},
	}
}

// The cells of what may be absent.

func textCell(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

func dateCell(day *Date) any {
	if day == nil {
		return nil
	}
	return sheet.Date(*day)
}

func momentCell(at *time.Time) any {
	if at == nil {
		return nil
	}
	return *at
}

func amountCell(amount *Decimal) any {
	if amount == nil {
		return nil
	}
	return sheet.Amount(*amount)
}

func streetCell(a *Address) any {
	if a == nil {
		return nil
	}
	if a.PoBox != nil {
		return "Postbus " + *a.PoBox
	}
	return joined(" ", deref(a.Street), deref(a.HouseNumber), deref(a.HouseNumberAddition))
}

func postcodeCell(a *Address) any {
	if a == nil {
		return nil
	}
	return textCell(a.Postcode)
}

func cityCell(a *Address) any {
	if a == nil {
		return nil
	}
	return a.City
}
