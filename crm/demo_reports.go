package crm

// demoReports are the standard reports that the administrator made.
func demoReports() []SaveReportInput {
	everyone := []Role{Admin, Colleague, ReadOnly}
	return []SaveReportInput{
		{
			CardType: CustomerReport, Name: "Klantenlijst", Description: new("Wie, waar en via wie: alle klanten en prospects in gebruik."),
			Columns: []string{"number", "name", "stage", "city", "sector", "accountManager", "phone", "email"}, Roles: everyone,
			OrderBy: []*ReportOrderInput{{Column: "name", Direction: Ascending}},
		},
		{
			CardType: CustomerReport, Name: "Klantcontact", Description: new("Met wie is lang niet gesproken? Per accountmanager."),
			Columns: []string{"accountManager", "name", "lastContactAt", "openRequests", "runningProjects", "attentions"}, Roles: []Role{Admin, Colleague},
			OrderBy: []*ReportOrderInput{{Column: "accountManager", Direction: Ascending}, {Column: "name", Direction: Ascending}},
		},
		{
			CardType: RequestReport, Name: "Open aanvragen", Description: new("Waarvoor zoeken wij iemand?"),
			Columns: []string{"number", "title", "customer", "contact", "startOn", "endOn", "hoursPerWeek", "openings", "rateMin", "rateMax"}, Roles: everyone,
			Filter:  &ReportFilterInput{Archived: ArchivedExclude, Statuses: []EngagementStatus{Open}},
			OrderBy: []*ReportOrderInput{{Column: "startOn", Direction: Ascending}},
		},
		{
			CardType: ProjectReport, Name: "Lopende projecten", Description: new("Wat loopt er, en wat loopt af? Op einddatum."),
			Columns: []string{"number", "title", "customer", "projectLeader", "status", "startOn", "endOn", "rateMin", "rateMax", "fixedPrice"},
			Roles:   []Role{Admin, Colleague},
			Filter:  &ReportFilterInput{Archived: ArchivedExclude, Statuses: []EngagementStatus{Planned, Active, OnHold}},
			OrderBy: []*ReportOrderInput{{Column: "endOn", Direction: Ascending}},
		},
	}
}

// report makes the reports, as saving them would. A slip in the table is found by the test that loads it.
func (d *demo) report() {
	d.tx.Now = d.tx.core.demoMoment("2026-03-02 09:00")
	d.tx.Actor.UserID = d.colleagues["U4"].ID
	for _, input := range demoReports() {
		report, fields := d.tx.newReport(input.CardType), patchingAt("input")
		input.apply(report, fields)
		if err := fields.err(); err != nil {
			panic(err)
		}
		d.reports = append(d.reports, report)
	}
}
