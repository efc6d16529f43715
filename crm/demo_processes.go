package crm

// demoTemplates are the ways of working that the administrator defined.
func (d *demo) demoTemplates() []SaveProcessTemplateInput {
	fatima, days := d.colleagues["U3"].ID, func(n int) *int { return &n }
	forFatima := func() *StepAssignee { return &StepAssignee{Kind: StepForUser, UserID: &fatima} }
	forManager := func() *StepAssignee { return &StepAssignee{Kind: StepForAccountManager} }
	return []SaveProcessTemplateInput{
		{
			Name: "Onboarding nieuwe klant", CardTypes: []CardType{CustomerCard}, IsSingleInstance: true,
			Steps: []*ProcessTemplateStep{
				{Key: "gegevens", Title: "Gegevens controleren", Assignee: forFatima(), DueAfterDays: days(2)},
				{Key: "factuureisen", Title: "Factuureisen afstemmen", Assignee: forFatima(), DueAfterDays: days(5)},
				{Key: "evaluatie", Title: "Evaluatie na 30 dagen", Assignee: forManager(), DueAfterDays: days(30)},
			},
		},
		{
			Name: "Contractverlenging", CardTypes: []CardType{CustomerCard, ProjectCard},
			Steps: []*ProcessTemplateStep{
				{Key: "voorstel", Title: "Voorstel maken", Assignee: forManager(), DueAfterDays: days(7)},
				{Key: "akkoord", Title: "Akkoord klant", Assignee: forManager(), DueAfterDays: days(12), Outcomes: []*ProcessOutcome{
					{Key: "akkoord", Label: "Akkoord"}, {Key: "afgewezen", Label: "Afgewezen", Ends: true}}},
				{Key: "administratie", Title: "Administratie bijwerken", Assignee: forFatima(), DueAfterDays: days(5)},
			},
		},
	}
}

// demoProcesses are the processes on the cards: one at its end, one that waits for the customer.
func demoProcesses() []happening {
	return []happening{
		{at: "2023-11-06 09:00", by: "U4", make: (*demo).defineProcesses},
		{at: "2024-02-01 10:30", by: "U2", make: func(d *demo) { d.startProcess("C7", "Onboarding nieuwe klant") }},
		{at: "2024-02-02 11:15", by: "U3", make: func(d *demo) { d.completeStep("C7", "Adres en btw-nummer kloppen") }},
		{at: "2024-02-05 14:20", by: "U3", make: func(d *demo) { d.completeStep("C7", "Peppol, inkoopordernummer verplicht") }},
		{at: "2024-03-04 16:00", by: "U2", make: func(d *demo) { d.completeStep("C7", "Tevreden over de start") }},
		{at: "2026-11-16 15:05", by: "U1", make: func(d *demo) { d.startProcess("C2", "Contractverlenging") }},
		{at: "2026-11-18 11:20", by: "U1", make: func(d *demo) { d.completeStep("C2", "Voorstel per e-mail aan Naima") }},
	}
}

// defineProcesses makes the templates, as saving them would. A slip in the table is found by the test that
// loads it.
func (d *demo) defineProcesses() {
	for _, input := range d.demoTemplates() {
		template, fields := d.tx.newTemplate(), patchingAt("input")
		input.apply(template, fields)
		if err := fields.err(); err != nil {
			panic(err)
		}
		d.templates = append(d.templates, template)
	}
}

func (d *demo) startProcess(customer, name string) {
	card := d.customers[customer]
	for _, template := range d.templates {
		if template.Name != name {
			continue
		}
		process, steps := d.tx.newProcess(template, lockedCard{customer: card.ID, relation: card}, card.ID)
		d.openStep(steps[0], process, card)
		d.processes, d.steps = append(d.processes, process), append(d.steps, steps...)
		d.tellProcess(process, card, ProcessStartedEvent, nil, "gestart", "")
	}
}

func (d *demo) openStep(step *ProcessStep, process *Process, card *Customer) {
	if err := d.tx.open(step, process, card); err != nil {
		panic(err) // a day of the demo is a day of the calendar
	}
}

// completeStep completes the open step of the only process of a relation.
func (d *demo) completeStep(customer, note string) {
	card := d.customers[customer]
	for i, step := range d.steps {
		if step.CustomerID != card.ID || step.Status != OpenStep {
			continue
		}
		process, now := d.process(step.ProcessID), d.tx.Now
		step.Status, step.Note, step.CompletedAt, step.CompletedByID = DoneStep, &note, &now, actorID(d.tx.Actor)
		d.tellProcess(process, card, ProcessStepCompletedEvent, step.passed(step.Following), step.summary(nil), note)
		if step.Following != nil {
			d.openStep(d.steps[i+1], process, card)
			return
		}
		process.Status, process.FinishedAt, process.FinishedByID = CompletedProcess, &now, actorID(d.tx.Actor)
		d.tellProcess(process, card, ProcessCompletedEvent, process.ended(), "afgerond", "")
		return
	}
}

func (d *demo) process(id ID) *Process {
	for _, process := range d.processes {
		if process.ID == id {
			return process
		}
	}
	panic("no process " + id)
}

// tellProcess notes what happened, as the verbs do.
func (d *demo) tellProcess(process *Process, card *Customer, kind EventKind, changes []FieldChange, what, note string) {
	card.Version++
	d.tx.log(&Event{Kind: kind, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version, SubjectID: &process.ID, Changes: changes})
	entry := process.entry(d.tx, what, note)
	d.messages = append(d.messages, entry)
	card.Version++
	d.tx.log(&Event{Kind: CommunicationAddedEvent, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version, ShownOn: entry.shownOn(nil, nil), SubjectID: &entry.ID})
}
