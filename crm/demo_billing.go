package crm

// demoLine is a line of the table of what was, or is, to be invoiced.
type demoLine struct {
	project  string
	kind     BillableLineKind
	from, to Date
	text     string
	quantity Decimal
	rate     Decimal
	recorded string
	approved string // empty while open
	proposal string // of an invoiced line, with the invoice
	invoice  string
	invoiced string
}

// demoLines are what was invoiced of the running projects, and what is still to be.
func demoLines() []happening {
	lines := []demoLine{
		{project: "P-2026-0012", kind: HoursLine, from: "2026-09-01", to: "2026-09-30", text: "September", quantity: 148_00, rate: 82_50,
			recorded: "2026-10-01 16:00", approved: "2026-10-06 09:00", proposal: "V-2026-0001", invoice: "2026-1187", invoiced: "2026-11-05 08:00"},
		{project: "P-2026-0012", kind: HoursLine, from: "2026-10-01", to: "2026-10-31", text: "Oktober", quantity: 152_00, rate: 82_50,
			recorded: "2026-11-02 09:10", approved: "2026-11-06 14:00"},
		{project: "P-2026-0012", kind: HoursLine, from: "2026-11-01", to: "2026-11-20", text: "November tot nu toe", quantity: 96_00, rate: 82_50,
			recorded: "2026-11-20 16:30"},
		{project: "P-2026-0031", kind: HoursLine, from: "2026-10-01", to: "2026-10-31", text: "Oktober", quantity: 128_00, rate: 74_00,
			recorded: "2026-11-02 09:20", approved: "2026-11-06 14:05"},
		{project: "P-2026-0031", kind: ExpenseLine, from: "2026-10-01", to: "2026-10-31", text: "Reiskosten oktober", quantity: 1_00, rate: 184_30,
			recorded: "2026-11-02 09:25", approved: "2026-11-06 14:06"},
		{project: "P-2026-0025", kind: InstalmentLine, from: "2026-05-01", to: "2026-07-31", text: "Termijn 1 van 4", quantity: 1_00, rate: 15_000_00,
			recorded: "2026-08-03 10:00", approved: "2026-08-03 10:05", proposal: "V-2026-0002", invoice: "2026-1201", invoiced: "2026-11-02 14:00"},
		{project: "P-2026-0025", kind: InstalmentLine, from: "2026-08-01", to: "2026-10-31", text: "Termijn 2 van 4", quantity: 1_00, rate: 15_000_00,
			recorded: "2026-11-02 10:30", approved: "2026-11-03 11:00"},
		{project: "P-2026-0018", kind: HoursLine, from: "2026-10-01", to: "2026-10-31", text: "Oktober", quantity: 160_00, rate: 68_00,
			recorded: "2026-11-02 09:40", approved: "2026-11-09 10:00"},
	}
	var history []happening
	for _, line := range lines {
		history = append(history, line.happenings()...)
	}
	return history
}

// happenings are what Fatima did with the line, step by step.
func (one demoLine) happenings() []happening {
	line := &BillableLine{Version: 0, Kind: one.kind, PeriodStartOn: one.from, PeriodEndOn: one.to, Description: &one.text,
		Quantity: one.quantity, RateCents: one.rate, IsBillable: true, Approvals: lineApprovals{}}
	line.priced()
	step := func(at string, kind EventKind, change func(d *demo)) happening {
		return happening{at: at, by: "U3", make: func(d *demo) {
			before := *line
			if kind == BillableLineAddedEvent {
				before = BillableLine{}
			}
			change(d)
			line.Version, line.UpdatedAt, line.UpdatedByID = line.Version+1, d.tx.Now, actorID(d.tx.Actor)
			project := d.engagements[one.project]
			project.Version++
			d.tx.log(&Event{Kind: kind, CustomerID: line.CustomerID, CardID: line.ProjectID, CardVersion: project.Version,
				SubjectID: &line.ID, Changes: changesBetween(&before, line)})
		}}
	}
	history := []happening{step(one.recorded, BillableLineAddedEvent, func(d *demo) { d.record(line, one.project) })}
	if one.approved != "" {
		history = append(history, step(one.approved, BillableLineApprovedEvent, func(d *demo) {
			today := d.tx.Today
			line.Status, line.ApprovedOn = LineApproved, &today
			for _, gate := range d.preferences[line.ProjectID].gates() {
				line.Approvals = append(lineApprovals{}, &LineApproval{Gate: gate, At: d.tx.Now, ByID: actorID(d.tx.Actor)})
			}
		}))
	}
	if one.invoice != "" {
		history = append(history, step(one.invoiced, BillableLineProposedEvent, func(d *demo) {
			today := d.tx.Today
			line.Status, line.ProposedOn, line.ProposalNumber = LineProposed, &today, &one.proposal
		}), step(one.invoiced, BillableLineInvoicedEvent, func(d *demo) {
			today := d.tx.Today
			line.Status, line.InvoicedOn, line.InvoiceNumber = LineInvoiced, &today, &one.invoice
		}))
	}
	return history
}

// record puts a new line on its project.
func (d *demo) record(line *BillableLine, number string) {
	project := d.engagements[number]
	line.OrganizationID, line.ID, line.CustomerID, line.ProjectID = d.office.ID, d.tx.core.newID(billableLinePrefix), project.CustomerID, project.ID
	line.Status, line.IsSelfBilling = LineOpen, yes(d.preferences[project.ID].SelfBilling)
	line.CreatedAt, line.CreatedByID = d.tx.Now, actorID(d.tx.Actor)
	if line.Kind == HoursLine {
		for _, nomination := range d.nominations {
			if nomination.EngagementID == project.ID {
				line.NominationID, line.TypeID = &nomination.ID, d.lookup(HourTypeList, "Normaal")
			}
		}
	}
	if line.Kind == ExpenseLine {
		line.TypeID = d.lookup(ExpenseTypeList, "Reiskosten")
	}
	d.lines = append(d.lines, line)
}
