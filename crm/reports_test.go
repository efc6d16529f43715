package crm_test

import (
	"slices"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// simple is a report that can be saved; change makes it another one.
func simple(change ...func(*crm.SaveReportInput)) crm.SaveReportInput {
	input := crm.SaveReportInput{CardType: crm.CustomerReport, Name: "Eenvoudig", Columns: []string{"name"}, Roles: []crm.Role{crm.Colleague}}
	for _, one := range change {
		one(&input)
	}
	return input
}

// replacing is a save over an existing report.
func replacing(report *crm.Report, change ...func(*crm.SaveReportInput)) crm.SaveReportInput {
	input := simple(change...)
	input.ID, input.ExpectedVersion = &report.ID, &report.Version
	return input
}

func TestSaveReport(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter := o.As(crmtest.Peter)
		save := func(input crm.SaveReportInput) (*crm.Report, error) {
			payload, err := o.Reports.Save(peter, input)
			if err != nil {
				return nil, err
			}
			return payload.Report, nil
		}
		t.Run("tells everything that is wrong, and changes nothing", func(t *testing.T) {
			many := slices.Repeat([]string{"name"}, 31)
			for name, change := range map[string]struct {
				to   func(*crm.SaveReportInput)
				want string
			}{
				"a blank name":             {func(in *crm.SaveReportInput) { in.Name = " \u200b " }, "BAD_INPUT input.name"},
				"a long name":              {func(in *crm.SaveReportInput) { in.Name = strings.Repeat("é", 81) }, "BAD_INPUT input.name"},
				"a long description":       {func(in *crm.SaveReportInput) { in.Description = new(strings.Repeat("x", 501)) }, "BAD_INPUT input.description"},
				"no columns":               {func(in *crm.SaveReportInput) { in.Columns = nil }, "BAD_INPUT input.columns"},
				"many columns":             {func(in *crm.SaveReportInput) { in.Columns = many }, "BAD_INPUT input.columns"},
				"an unknown column":        {func(in *crm.SaveReportInput) { in.Columns = []string{"name", "Name"} }, "BAD_INPUT input.columns"},
				"a column of another type": {func(in *crm.SaveReportInput) { in.Columns = []string{"startOn"} }, "BAD_INPUT input.columns"},
				"a column twice":           {func(in *crm.SaveReportInput) { in.Columns = []string{"name", "city", "name"} }, "BAD_INPUT input.columns"},
				"no roles":                 {func(in *crm.SaveReportInput) { in.Roles = nil }, "BAD_INPUT input.roles"},
				"an order by nothing":      {func(in *crm.SaveReportInput) { in.OrderBy = []*crm.ReportOrderInput{{Column: ""}} }, "BAD_INPUT input.orderBy"},
				"an order by what cannot be": {func(in *crm.SaveReportInput) { in.OrderBy = []*crm.ReportOrderInput{{Column: "attentions"}} },
					"BAD_INPUT input.orderBy"},
				"an order by four": {func(in *crm.SaveReportInput) {
					in.OrderBy = []*crm.ReportOrderInput{{Column: "name"}, {Column: "city"}, {Column: "number"}, {Column: "stage"}}
				}, "BAD_INPUT input.orderBy"},
				"a status of no relation": {func(in *crm.SaveReportInput) {
					in.Filter = &crm.ReportFilterInput{Statuses: []crm.EngagementStatus{crm.Open}}
				},
					"BAD_INPUT input.filter.statuses"},
				"a long sector": {func(in *crm.SaveReportInput) {
					in.Filter = &crm.ReportFilterInput{Sector: new(strings.Repeat("x", 61))}
				},
					"BAD_INPUT input.filter.sector"},
				"a manager who is not there": {func(in *crm.SaveReportInput) {
					in.Filter = &crm.ReportFilterInput{AccountManagerID: new(crm.ID("usr_00000000000000000000000000"))}
				}, "NOT_FOUND input.filter.accountManagerId"},
				"a name in use": {func(in *crm.SaveReportInput) { in.Name = "  KLANTENLÏJST " }, "DUPLICATE_NAME input.name"},
			} {
				t.Run(name, func(t *testing.T) {
					changesNothing(t, o, func() {
						_, err := save(simple(change.to))
						sameList(t, "faults", faultsOf(err), []string{change.want})
					})
				})
			}
		})
		t.Run("accepts what is just within the limits", func(t *testing.T) {
			report := must2(save(simple(func(in *crm.SaveReportInput) {
				in.Name, in.Description = strings.Repeat("é", 80), new(strings.Repeat("x", 500))
				in.Columns = nil
				for _, column := range must2(o.Reports.Columns(peter, crm.CustomerReport))(t) {
					in.Columns = append(in.Columns, column.Key)
				}
				in.OrderBy = []*crm.ReportOrderInput{{Column: "name"}, {Column: "city"}, {Column: "number"}}
			})))(t)
			equal(t, "version", report.Version, 1)
		})
		t.Run("leaves a name of another type of card alone", func(t *testing.T) {
			must2(save(simple(func(in *crm.SaveReportInput) {
				in.Name, in.CardType, in.Columns = "Klantenlijst", crm.ProjectReport, []string{"title"}
			})))(t)
		})
		t.Run("replaces the whole of a report, once for each version that was seen", func(t *testing.T) {
			report := must2(save(simple(func(in *crm.SaveReportInput) {
				in.Name, in.Description, in.OrderBy = "Eerst", new("Toelichting"), []*crm.ReportOrderInput{{Column: "name", Direction: crm.Descending}}
				in.Filter = &crm.ReportFilterInput{Archived: crm.ArchivedOnly, City: new("Delft")}
			})))(t)
			replaced := must2(save(replacing(report, func(in *crm.SaveReportInput) { in.Name = "Daarna" })))(t)
			equal(t, "version", replaced.Version, 2)
			kept := o.Report("Daarna")
			equal(t, "id", kept.ID, report.ID)
			equal(t, "description", kept.Description, nil)
			equal(t, "orders", len(kept.OrderBy), 0)
			equal(t, "archived", kept.Filtered.Archived, crm.ArchivedExclude)
			equal(t, "city", kept.Filtered.City, nil)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := save(replacing(report, func(in *crm.SaveReportInput) { in.Name = "Te laat" }))
				fault := refusal(t, err, crm.Conflict, "input", "expectedVersion")
				equal(t, "current version", *fault.CurrentVersion, 2)
				blind := replacing(kept)
				blind.ExpectedVersion = nil
				_, err = save(blind)
				refused(t, err, crm.BadInput, "input", "expectedVersion")
				_, err = save(replacing(kept, func(in *crm.SaveReportInput) { in.CardType, in.Columns = crm.RequestReport, []string{"title"} }))
				refused(t, err, crm.BadInput, "input", "cardType")
				absent := replacing(kept)
				absent.ID = new(crm.ID("rep_00000000000000000000000000"))
				_, err = save(absent)
				refused(t, err, crm.NotFound, "input", "id")
			})
		})
		t.Run("refuses a report that was taken out of use, whose name is free again", func(t *testing.T) {
			report := must2(save(simple(func(in *crm.SaveReportInput) { in.Name = "Oud" })))(t)
			archived := must2(o.Reports.Archive(peter, crm.ArchiveReportInput{ID: report.ID, ExpectedVersion: new(1)}))(t).Report
			_, err := save(replacing(archived))
			refused(t, err, crm.ReportArchived, "input", "id")
			must2(save(simple(func(in *crm.SaveReportInput) { in.Name = "Oud" })))(t)
			copied := must2(o.Reports.Copy(peter, crm.CopyReportInput{ID: report.ID, Name: "Oud maar nieuw"}))(t).Report
			equal(t, "archived", copied.ArchivedAt, nil)
		})
	})
}

func TestArchiveReportAsItWasSeen(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		changesNothing(t, o, func() {
			_, err := o.Reports.Archive(o.As(crmtest.Peter), crm.ArchiveReportInput{ID: o.Report("Klantenlijst").ID, ExpectedVersion: new(7)})
			refused(t, err, crm.Conflict, "input", "expectedVersion")
			_, err = o.Reports.Copy(o.As(crmtest.Peter), crm.CopyReportInput{ID: o.Report("Klantenlijst").ID, Name: ""})
			refused(t, err, crm.BadInput, "input", "name")
		})
	})
}

func TestReportsAreForRoles(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		names := func(who string, args crm.ReportListArgs) []string {
			t.Helper()
			return each(must2(o.Reports.List(o.As(who), args, page.Args{}))(t).Nodes, func(r *crm.Report) string { return r.Name })
		}
		o.Clock.Advance(1)
		must2(o.Reports.Save(o.As(crmtest.Peter), simple(func(in *crm.SaveReportInput) { in.Name, in.Roles = "Stage", []crm.Role{crm.ReadOnly} })))(t)
		old := must2(o.Reports.Copy(o.As(crmtest.Peter), crm.CopyReportInput{ID: o.Report("Stage").ID, Name: "Afgeschaft"}))(t).Report
		must2(o.Reports.Archive(o.As(crmtest.Peter), crm.ArchiveReportInput{ID: old.ID}))(t)
		of := crm.ReportListArgs{CardType: crm.CustomerReport}
		managed := crm.ReportListArgs{CardType: crm.CustomerReport, ForManagement: true}
		sameList(t, "of a reader", names(crmtest.Ruben, of), []string{"Klantenlijst", "Stage"})
		sameList(t, "of a colleague", names(crmtest.Sanne, of), []string{"Klantcontact", "Klantenlijst"})
		sameList(t, "of an administrator", names(crmtest.Peter, of), []string{"Klantcontact", "Klantenlijst"})
		sameList(t, "managed by an administrator", names(crmtest.Peter, managed), []string{"Afgeschaft", "Klantcontact", "Klantenlijst", "Stage"})
		sameList(t, "managed by a colleague", names(crmtest.Sanne, managed), []string{"Klantcontact", "Klantenlijst"})
		found := must2(o.Reports.ByIDs(o.As(crmtest.Sanne), []crm.ID{o.Report("Stage").ID, o.Report("Klantcontact").ID}))(t)
		equal(t, "of another role", found[0], nil)
		equal(t, "of her role", found[1].Name, "Klantcontact")
		equal(t, "for its administrator", must2(o.Reports.ByIDs(o.As(crmtest.Peter), []crm.ID{old.ID}))(t)[0].Name, "Afgeschaft")
	})
}
