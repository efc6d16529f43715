package crm

import "slices"

// demoEngagement is a line of the table of leads, requests and projects. Its account manager handles it.
type demoEngagement struct {
	number, customer, contact string
	began                     string
	closed                    string // empty while it stands
	archived                  bool
	origin                    string // the number of what it came from
	leader                    string
	source, function          string // values of the office's lists
	campaign                  string
	projectType               string
	status                    EngagementStatus
	row                       Dossier
	offered                   []Nomination
}

// demoEngagements are the leads, requests and projects.
func demoEngagements() []happening {
	var history []happening
	for _, e := range slices.Concat(demoLeads(), demoRequests(), demoRunningProjects(), demoPastProjects()) {
		history = append(history, happening{at: e.began, by: demoManager(e.customer), make: e.begin})
		if e.closed != "" {
			history = append(history, happening{at: e.closed, by: demoManager(e.customer), make: e.close})
		}
	}
	return history
}

// begin makes the card, and offers its people.
func (e demoEngagement) begin(d *demo) {
	prefix, kind := leadPrefix, LeadCreatedEvent
	switch e.number[0] {
	case 'A':
		prefix, kind = requestPrefix, RequestCreatedEvent
	case 'P':
		prefix, kind = projectPrefix, ProjectCreatedEvent
	}
	row := e.row
	row.CardFrame = d.tx.begin(prefix)
	row.CustomerID, row.ContactID, row.HandlerID = d.customers[e.customer].ID, &d.contacts[e.contact].ID, row.CreatedByID
	row.Number, row.Status, row.PhaseSince = e.number, Open, d.tx.Today
	row.Phase = map[byte]EngagementPhase{'L': LeadPhase, 'A': RequestPhase, 'P': ProjectPhase}[e.number[0]]
	if row.Phase == ProjectPhase {
		row.Status = statusFrom(*row.Start, d.tx.Today)
	}
	row.ClosedReason = nil // that comes with closing
	if e.source != "" {
		row.SourceID = d.lookup(LeadSourceList, e.source)
	}
	if e.campaign != "" {
		row.CampaignID = &d.campaigned.named(e.campaign).ID
	}
	if e.function != "" {
		row.RequestedFunctionID = d.lookup(RequestedFunctionList, e.function)
	}
	if e.projectType != "" {
		row.ProjectTypeID = d.lookup(ProjectTypeList, e.projectType)
	}
	if e.origin != "" {
		row.OriginID = &d.engagements[e.origin].ID
	}
	if e.leader != "" {
		row.ProjectLeaderID = &d.colleagues[e.leader].ID
	}
	d.engagements[e.number] = &row
	d.tx.logEngagement(kind, &Dossier{}, &row)
	if row.Phase != LeadPhase {
		d.beginInvoicing(&row)
	}
	for _, nomination := range e.offered {
		nomination.OrganizationID, nomination.EngagementID, nomination.Version = d.office.ID, row.ID, 1
		nomination.ID, nomination.Kind, nomination.NameKey = d.tx.core.newID(nominationPrefix), Person, fold(nomination.Name)
		nomination.HourTypeIDs, nomination.ExpenseTypeIDs = []ID{*d.lookup(HourTypeList, "Normaal")}, []ID{*d.lookup(ExpenseTypeList, "Reiskosten")}
		d.nominations = append(d.nominations, &nomination)
	}
}

// close ends it as the table says, and archives the card where it says so.
func (e demoEngagement) close(d *demo) {
	row := d.engagements[e.number]
	before := *row
	row.Status, row.ClosedReason = e.status, e.row.ClosedReason
	if row.ClosedReason != nil {
		row.ClosedReasonID = d.lookup(LostReasonList, *row.ClosedReason)
	}
	row.touch(d.tx)
	kinds := map[EngagementStatus]EventKind{Lost: LeadLostEvent, Converted: LeadConvertedEvent, Rejected: RequestRejectedEvent, Ended: ProjectEndedEvent}
	d.tx.logEngagement(kinds[e.status], &before, row)
	if e.archived {
		before := *row
		row.archive(d.tx, nil)
		row.touch(d.tx)
		d.tx.logEngagement(ProjectArchivedEvent, &before, row)
	}
}

func demoLeads() []demoEngagement {
	return []demoEngagement{
		{number: "L-2026-0101", customer: "C2", contact: "CP4", began: "2026-11-17 09:20", status: Open, source: "Bestaande klant",
			row: Dossier{Title: "Raamovereenkomst inhuur 2027", ExpectedValueCents: new(Decimal(450_000_00)), Probability: new(60),
				Priority: new(HighPriority), ExpectedCloseOn: new(Date("2026-12-18"))}},
		{number: "L-2026-0088", customer: "C2", contact: "CP4", began: "2026-09-01 10:00", closed: "2026-10-12 16:30", status: Lost, source: "Netwerk",
			row: Dossier{Title: "Servicemonteurs winterpiek", ExpectedValueCents: new(Decimal(60_000_00)),
				ClosedReason: new("Ging naar vaste leverancier")}},
		{number: "L-2026-0090", customer: "C4", contact: "CP13", began: "2026-10-01 11:00", closed: "2026-11-19 09:50", status: Converted, source: "Website",
			row: Dossier{Title: "Kennismaking platformteam"}},
		{number: "L-2026-0099", customer: "C5", contact: "CP15", began: "2026-11-12 10:50", status: Open, source: "Campagne", campaign: autumnCampaign,
			row: Dossier{Title: "Tijdelijke projectleider verbouwing De Linde", ExpectedValueCents: new(Decimal(85_000_00)), Probability: new(30),
				ExpectedCloseOn: new(Date("2027-02-01"))}},
	}
}

func demoRequests() []demoEngagement {
	return []demoEngagement{
		{number: "A-2026-0040", customer: "C2", contact: "CP3", began: "2026-11-10 15:20", status: Open, function: "Projectleider E&W",
			row: Dossier{Title: "Projectleider E&W, 36 uur, nieuwbouw ziekenhuis", HoursPerWeek: new(Decimal(36_00)), OpeningsCount: new(1),
				Start: new(Date("2027-01-11")), EndOn: new(Date("2027-10-10")), // nine months
				RateMinCents: new(Decimal(95_00)), RateMaxCents: new(Decimal(105_00))}},
		{number: "A-2026-0022", customer: "C2", contact: "CP5", began: "2026-05-04 09:30", closed: "2026-05-28 11:10", status: Rejected,
			row: Dossier{Title: "Tekenaar werktuigbouw", OpeningsCount: new(1), ClosedReason: new("Tarief te hoog")}},
		{number: "A-2026-0041", customer: "C4", contact: "CP13", began: "2026-11-19 09:50", status: Open, origin: "L-2026-0090", source: "Website", function: "Backend-ontwikkelaar",
			row: Dossier{Title: "Backend-ontwikkelaar platformteam, 40 uur", HoursPerWeek: new(Decimal(40_00)), OpeningsCount: new(1),
				Start: new(Date("2027-01-04")), EndOn: new(Date("2027-07-03"))}, // six months
			offered: []Nomination{{Name: "Daan Willems", HourlyRateCents: new(Decimal(88_00)), StartOn: new(Date("2027-01-04")), Status: "PROPOSED"}}},
	}
}

func demoRunningProjects() []demoEngagement {
	return []demoEngagement{
		{number: "P-2026-0031", customer: "C2", contact: "CP3", began: "2026-06-15 14:00", status: Active, function: "Calculator", projectType: "Persoonsproject",
			row:     Dossier{Title: "Calculator installaties", Start: new(Date("2026-06-22"))},
			offered: []Nomination{{Name: "Tom van Rijn", HourlyRateCents: new(Decimal(74_00)), StartOn: new(Date("2026-06-22")), Status: "ACTIVE"}}},
		{number: "P-2026-0012", customer: "C2", contact: "CP3", began: "2026-02-20 10:30", status: Active, leader: "U5", function: "BIM-modelleur", projectType: "Persoonsproject",
			row: Dossier{Title: "BIM-modelleur nieuwbouw Maasstad", Start: new(Date("2026-03-02")), EndOn: new(Date("2027-02-26"))},
			offered: []Nomination{{Name: "Lotte Smits", HourlyRateCents: new(Decimal(82_50)),
				StartOn: new(Date("2026-03-02")), EndOn: new(Date("2027-02-26")), Status: "ACTIVE"}}},
		{number: "P-2025-0003", customer: "C1", contact: "CP1", began: "2025-08-21 09:15", status: Active,
			row: Dossier{Title: "Programmamanager verduurzaming", Start: new(Date("2025-09-01")), EndOn: new(Date("2026-12-31"))},
			offered: []Nomination{{Name: "Yasmina Haddad", HourlyRateCents: new(Decimal(110_00)),
				StartOn: new(Date("2025-09-01")), EndOn: new(Date("2026-12-31")), Status: "ACTIVE"}}},
		{number: "P-2026-0025", customer: "C7", contact: "CP18", began: "2026-04-16 13:40", status: Active, function: "Toezichthouder civiel", projectType: "Vaste prijs",
			row: Dossier{Title: "Toezichthouder civiel", Description: new("Vaste prijs in 4 termijnen"), FixedPriceCents: new(Decimal(60_000_00)),
				Start: new(Date("2026-05-01")), EndOn: new(Date("2027-04-30")), PurchaseOrderNumber: new("4500123987")},
			offered: []Nomination{{Name: "Bram Hoekstra", StartOn: new(Date("2026-07-06")), EndOn: new(Date("2027-04-30")), Status: "ACTIVE"}}},
		{number: "P-2026-0018", customer: "C8", contact: "CP20", began: "2026-04-01 11:20", status: Active, function: "Uitvoerder", projectType: "Persoonsproject",
			row: Dossier{Title: "Uitvoerder woningbouw Stadshagen", Start: new(Date("2026-04-13")), EndOn: new(Date("2026-12-18"))},
			offered: []Nomination{{Name: "Daan Willems", HourlyRateCents: new(Decimal(68_00)),
				StartOn: new(Date("2026-04-13")), EndOn: new(Date("2026-12-18")), Status: "ACTIVE"}}},
	}
}

func demoPastProjects() []demoEngagement {
	return []demoEngagement{
		{number: "P-2024-0007", customer: "C2", contact: "CP5", began: "2024-01-25 10:00", closed: "2024-12-16 09:30", status: Ended, archived: true,
			row: Dossier{Title: "Werkvoorbereiding Zuidplein", Start: new(Date("2024-02-05")), EndOn: new(Date("2024-11-29"))}},
		{number: "P-2025-0019", customer: "C3", contact: "CP10", began: "2025-10-20 09:00", closed: "2026-07-01 09:00", status: Ended,
			row: Dossier{Title: "Engineer persstraat 4", Start: new(Date("2025-11-03")), EndOn: new(Date("2026-06-30"))},
			offered: []Nomination{{Name: "Bram Hoekstra", HourlyRateCents: new(Decimal(79_00)),
				StartOn: new(Date("2025-11-03")), EndOn: new(Date("2026-06-30")), Status: "ENDED"}}},
		{number: "P-2023-0002", customer: "C3", contact: "CP8", began: "2022-12-19 15:00", closed: "2023-08-01 10:00", status: Ended, archived: true,
			row: Dossier{Title: "Retrofit lijn 2", Start: new(Date("2023-01-09")), EndOn: new(Date("2023-07-14"))}},
		{number: "P-2022-0005", customer: "C6", contact: "CP17", began: "2022-02-11 10:00", closed: "2025-02-14 14:30", status: Ended, archived: true,
			row: Dossier{Title: "Meerjarenonderhoudsplan", Start: new(Date("2022-03-01")), EndOn: new(Date("2024-12-31"))}},
	}
}
