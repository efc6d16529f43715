package crm_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// asked is a report on all cards as CSV; change makes it another.
func asked(report *crm.Report, change ...func(*crm.RunReportInput)) crm.RunReportInput {
	input := crm.RunReportInput{ReportID: report.ID, Scope: crm.AllCards, Format: "CSV"}
	for _, one := range change {
		one(&input)
	}
	return input
}

func on(cards ...crm.ID) func(*crm.RunReportInput) {
	return func(in *crm.RunReportInput) { in.Scope, in.CardIds = crm.SelectedCards, cards }
}

func overview(args crm.CustomerListArgs) func(*crm.RunReportInput) {
	return func(in *crm.RunReportInput) { in.Scope, in.Overview = crm.SelectedCards, &args }
}

// saved saves a report for everyone.
func saved(t *testing.T, o *crmtest.Office, input crm.SaveReportInput) *crm.Report {
	t.Helper()
	input.Roles = []crm.Role{crm.Admin, crm.Colleague, crm.ReadOnly}
	return must2(o.Reports.Save(o.As(crmtest.Peter), input))(t).Report
}

func run(t *testing.T, o *crmtest.Office, input crm.RunReportInput) *crm.ReportRun {
	t.Helper()
	return must2(o.ReportRuns.Run(o.As(crmtest.Sanne), input))(t).Run
}

// made makes what waits, and gives a run as it is then.
func made(t *testing.T, o *crmtest.Office, asked *crm.ReportRun) *crm.ReportRun {
	t.Helper()
	for must2(o.ReportRuns.MakeNext(t.Context()))(t) {
		continue
	}
	return must2(o.ReportRuns.Get(o.As(crmtest.Peter), asked.ID))(t)
}

// content is the whole file of a run.
func content(t *testing.T, o *crmtest.Office, run *crm.ReportRun) string {
	t.Helper()
	var whole strings.Builder
	for ordinal := 0; ; ordinal++ {
		chunk := must2(o.ReportRuns.Chunk(o.As(crmtest.Peter), run, ordinal))(t)
		if len(chunk) == 0 {
			break
		}
		whole.Write(chunk)
	}
	if file := run.File(); file == nil || file.Size != whole.Len() {
		t.Fatalf("the run is %s %+v with the file %+v of %d bytes", run.Status, run.Failure(), file, whole.Len())
	}
	return whole.String()
}

// rowsOfReport gives the rows of a report made now, without its header.
func rowsOfReport(t *testing.T, o *crmtest.Office, input crm.RunReportInput) []string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(content(t, o, made(t, o, run(t, o, input)))))
	reader.Comma = ';'
	read := must2(reader.ReadAll())(t)
	return each(read[1:], func(row []string) string { return strings.Join(row, "|") })
}

func allColumns(t *testing.T, o *crmtest.Office, cardType crm.ReportCardType) []string {
	t.Helper()
	return each(must2(o.Reports.Columns(o.As(crmtest.Peter), cardType))(t), func(c *crm.ReportColumn) string { return c.Key })
}

func TestRunReportIsRefused(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		list, projects, card := o.Report("Klantenlijst"), o.Report("Lopende projecten"), o.Customer(crmtest.Brouwer).ID
		project, absent := o.Engagement("P-2026-0012").ID, crm.ID("cus_00000000000000000000000000")
		archived := must2(o.Reports.Copy(o.As(crmtest.Peter), crm.CopyReportInput{ID: list.ID, Name: "Afgeschaft"}))(t).Report
		must2(o.Reports.Archive(o.As(crmtest.Peter), crm.ArchiveReportInput{ID: archived.ID}))(t)
		o.Signals()
		manyCards := make([]crm.ID, 5001)
		for i := range manyCards {
			manyCards[i] = crm.ID(fmt.Sprintf("cus_%026d", i))
		}
		current := func(card *crm.ID) func(*crm.RunReportInput) {
			return func(in *crm.RunReportInput) { in.Scope, in.CardID = crm.CurrentCard, card }
		}
		for name, one := range map[string]struct {
			input crm.RunReportInput
			want  string
		}{
			"a report that is not there":   {crm.RunReportInput{ReportID: "rep_00000000000000000000000000", Scope: crm.AllCards, Format: "CSV"}, "NOT_FOUND input.reportId"},
			"a report out of use":          {asked(archived), "REPORT_ARCHIVED input.reportId"},
			"no selection":                 {asked(list, on()), "NO_SELECTION input.cardIds"},
			"an empty selection":           {asked(list, on([]crm.ID{}...)), "NO_SELECTION input.cardIds"},
			"no card":                      {asked(list, current(nil)), "BAD_INPUT input.cardId"},
			"a card that is not there":     {asked(list, current(&absent)), "NOT_FOUND input.cardId"},
			"cards that are not there":     {asked(list, on(card, absent)), "NOT_FOUND input.cardIds"},
			"a card of another type":       {asked(list, current(&project)), "BAD_INPUT input.cardId"},
			"cards of another type":        {asked(projects, on(project, card)), "BAD_INPUT input.cardIds"},
			"too many cards":               {asked(list, on(manyCards...)), "LIMIT_EXCEEDED input.cardIds"},
			"a card beside all":            {asked(list, current(&card), func(in *crm.RunReportInput) { in.Scope = crm.AllCards }), "BAD_INPUT input.cardId"},
			"cards beside all":             {asked(list, on(card), func(in *crm.RunReportInput) { in.Scope = crm.AllCards }), "BAD_INPUT input.cardIds"},
			"cards beside an overview":     {asked(list, on(card), overview(crm.CustomerListArgs{})), "BAD_INPUT input.cardIds"},
			"an overview beside a card":    {asked(list, overview(crm.CustomerListArgs{}), current(&card)), "BAD_INPUT input.overview"},
			"an overview of another type":  {asked(projects, overview(crm.CustomerListArgs{})), "BAD_INPUT input.overview"},
			"an overview with bad words":   {asked(list, overview(crm.CustomerListArgs{Search: new(strings.Repeat("x", 101))})), "BAD_INPUT input.overview"},
			"an overview with a bad order": {asked(list, overview(crm.CustomerListArgs{OrderBy: make([]*crm.CustomerOrder, 4)})), "BAD_INPUT input.overview"},
		} {
			t.Run(name, func(t *testing.T) {
				changesNothing(t, o, func() {
					_, err := o.ReportRuns.Run(o.As(crmtest.Sanne), one.input)
					sameList(t, "faults", faultsOf(err), []string{one.want})
				})
			})
		}
		t.Run("a report of another role, for an administrator too", func(t *testing.T) {
			own := must2(o.Reports.Save(o.As(crmtest.Peter), simple()))(t).Report
			_, err := o.ReportRuns.Run(o.As(crmtest.Peter), asked(own))
			refused(t, err, crm.Forbidden, "input", "reportId")
			_, err = o.ReportRuns.Run(o.As(crmtest.Ruben), asked(own))
			refused(t, err, crm.Forbidden, "input", "reportId")
		})
		t.Run("more than ten at once", func(t *testing.T) {
			for range 10 {
				run(t, o, asked(list))
			}
			_, err := o.ReportRuns.Run(o.As(crmtest.Sanne), asked(list))
			refused(t, err, crm.LimitExceeded, "input")
			must2(o.ReportRuns.Run(o.As(crmtest.Joris), asked(list)))(t)
			must2(o.ReportRuns.Cancel(o.As(crmtest.Sanne), crm.CancelReportRunInput{ID: o.ReportRun("Klantenlijst").ID}))
		})
	})
}

func TestReportsShowWhatTheCardsShow(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("of relations", func(t *testing.T) {
			report := saved(t, o, simple(func(in *crm.SaveReportInput) { in.Columns = allColumns(t, o, crm.CustomerReport) }))
			sameList(t, "rows", rowsOfReport(t, o, asked(report, on(o.Customer(crmtest.Installatie).ID, o.Customer(crmtest.Vastgoed).ID))), []string{
				"10002|130003|Van der Velde Installatietechniek B.V.|VDVI|Klant|2022-01-10|Stadionweg 41|3077 AS|Rotterdam|Installatietechniek|4322|SBI2008|12750000,00|A|Aanbeveling|Raamovereenkomst, Nieuwsbrief|Sanne Verhoef|" +
					"'+31100002200|info@vdv-installatie.example|00900102|NL900000028B01|NL46DEMO0100000222, NL04DEMO0990000228|100000,00|Verleend|2022-01-10 09:00||2026-11-20 11:47|2|1|1",
				"10006|130004|Hanze Vastgoedbeheer B.V.||Klant|2022-02-01|Melkmarkt 20|8011 MC|Zwolle|Vastgoed|6832|SBI2008|||||Joris Kuipers|" +
					"'+31380006600|info@hanzevastgoed.example|00900106|NL900000077B01|NL76DEMO0100000555||Onbekend|2022-02-01 09:00|2025-02-14 15:30||0|0|0",
			})
		})
		t.Run("of requests", func(t *testing.T) {
			report := saved(t, o, simple(func(in *crm.SaveReportInput) {
				in.CardType, in.Columns = crm.RequestReport, allColumns(t, o, crm.RequestReport)
			}))
			sameList(t, "rows", rowsOfReport(t, o, asked(report)), []string{
				"A-2026-0022|Tekenaar werktuigbouw|Van der Velde Installatietechniek B.V.|10002|Wouter de Wit|Sanne Verhoef|Afgewezen||||1|||2026-05-04 09:30|",
				"A-2026-0040|Projectleider E&W, 36 uur, nieuwbouw ziekenhuis|Van der Velde Installatietechniek B.V.|10002|Erik Jansen|Sanne Verhoef|" +
					"Open|2027-01-11|2027-10-10|36,00|1|95,00|105,00|2026-11-10 15:20|",
				"A-2026-0041|Backend-ontwikkelaar platformteam, 40 uur|Noorderlicht Software B.V.|10004|Femke Wiersma|Joris Kuipers|" +
					"Open|2027-01-04|2027-07-03|40,00|1|||2026-11-19 09:50|",
			})
		})
		t.Run("of projects", func(t *testing.T) {
			report := saved(t, o, simple(func(in *crm.SaveReportInput) {
				in.CardType, in.Columns = crm.ProjectReport, allColumns(t, o, crm.ProjectReport)
			}))
			sameList(t, "rows", rowsOfReport(t, o, asked(report))[2:5], []string{
				"P-2026-0012|BIM-modelleur nieuwbouw Maasstad|Van der Velde Installatietechniek B.V.|10002|Erik Jansen|Sanne Verhoef|" +
					"Actief|2026-03-02|2027-02-26|Mila Brands|82,50|82,50|||2026-02-20 10:30|",
				"P-2026-0018|Uitvoerder woningbouw Stadshagen|Hanze Bouw B.V.|10008|Stefan ten Brinke|Sanne Verhoef|" +
					"Actief|2026-04-13|2026-12-18||68,00|68,00|||2026-04-01 11:20|",
				"P-2026-0025|Toezichthouder civiel|Gemeente Waterlanden|10007|Ingrid van den Berg|Joris Kuipers|" +
					"Actief|2026-05-01|2027-04-30||||60000,00|4500123987|2026-04-16 13:40|",
			})
		})
	})
}

func TestReportsKeepTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		numbers := func(orderBy []*crm.ReportOrderInput, filter *crm.ReportFilterInput, change ...func(*crm.RunReportInput)) string {
			t.Helper()
			o.Clock.Advance(time.Second)
			report := saved(t, o, simple(func(in *crm.SaveReportInput) {
				in.Name, in.Columns, in.OrderBy, in.Filter = "Nummers "+o.Clock.Now().String(), []string{"number"}, orderBy, filter
			}))
			return strings.Join(rowsOfReport(t, o, asked(report, change...)), " ")
		}
		by := func(column string, direction crm.OrderDirection) []*crm.ReportOrderInput {
			return []*crm.ReportOrderInput{{Column: column, Direction: direction}}
		}
		chosen := on(o.Customer(crmtest.Waterlanden).ID, o.Customer(crmtest.Vastgoed).ID, o.Customer(crmtest.Groep).ID, o.Customer(crmtest.Waterlanden).ID)
		equal(t, "all, by number", numbers(nil, nil), "10001 10002 10003 10004 10005 10007 10008")
		equal(t, "with the archive, backwards", numbers(by("number", crm.Descending), &crm.ReportFilterInput{Archived: crm.ArchivedInclude}),
			"10008 10007 10006 10005 10004 10003 10002 10001")
		equal(t, "the archive", numbers(nil, &crm.ReportFilterInput{Archived: crm.ArchivedOnly}), "10006")
		equal(t, "prospects", numbers(nil, &crm.ReportFilterInput{Stages: []crm.CustomerStage{crm.Prospect}}), "10004 10005")
		equal(t, "of a city, whatever its case", numbers(nil, &crm.ReportFilterInput{City: new("ROTTERDAM")}), "10002")
		equal(t, "of a manager with running projects", numbers(nil, &crm.ReportFilterInput{AccountManagerID: new(o.Actor(crmtest.Sanne).UserID), HasRunningProjects: new(true)}), "10001 10002 10008")
		equal(t, "chosen, as chosen and once", numbers(nil, nil, chosen), "10007 10006 10001")
		equal(t, "chosen, by name", numbers(by("name", crm.Ascending), nil, chosen), "10007 10006 10001")
		equal(t, "one card, archived", numbers(nil, nil, func(in *crm.RunReportInput) {
			in.Scope, in.CardID = crm.CurrentCard, new(o.Customer(crmtest.Vastgoed).ID)
		}), "10006")
		equal(t, "an overview, in its order", numbers(nil, nil, overview(crm.CustomerListArgs{Stages: []crm.CustomerStage{crm.Client, crm.Prospect}, Archived: crm.ArchivedInclude,
			Search: new("hanze"), OrderBy: []*crm.CustomerOrder{{Field: crm.CustomersByNumber, Direction: crm.Descending}}})), "10008 10006")
		equal(t, "an overview with a condition", numbers(nil, nil, overview(crm.CustomerListArgs{
			Filter: &crm.CustomerFilter{Not: &crm.CustomerFilter{City: &crm.TextFilter{In: []string{"Rotterdam", "Delft"}}},
				CreatedAt: &crm.DateTimeFilter{Lt: new(o.Clock.Now())}, Contacts: &crm.ContactListFilter{Some: &crm.ContactFilter{Name: &crm.TextFilter{Contains: new("e")}}}}})),
			"10003 10007 10008 10004 10005")
		equal(t, "by the manager's name", numbers(append(by("accountManager", crm.Descending), by("number", crm.Ascending)...), nil), "10001 10002 10005 10008 10003 10004 10007")
		for _, cardType := range []crm.ReportCardType{crm.CustomerReport, crm.RequestReport, crm.ProjectReport} {
			for _, column := range must2(o.Reports.Columns(o.As(crmtest.Peter), cardType))(t) {
				if !column.IsSortable {
					continue
				}
				report := saved(t, o, simple(func(in *crm.SaveReportInput) {
					in.Name, in.CardType, in.Columns, in.OrderBy = "Op "+column.Key, cardType, []string{"number"}, by(column.Key, crm.Descending)
				}))
				if rows := rowsOfReport(t, o, asked(report)); len(rows) < 3 {
					t.Errorf("%s by %s, backwards: %v", cardType, column.Key, rows)
				}
			}
		}
	})
}

// grow gives the office many more relations, without an event.
func grow(t *testing.T, o *crmtest.Office, n int) {
	t.Helper()
	write(t, o, `INSERT INTO customers (organization_id, id, version, number, stage, name, name_key, sector_key, is_large_enterprise, is_government,
			city_key, language, vat_regime, created_at, updated_at)
		WITH RECURSIVE n(i) AS (SELECT 10000001 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT t.organization_id, 'cus_000000000000000000' || CAST(i AS TEXT), 1, CAST(i AS TEXT), 'CUSTOMER', 'Klant ' || CAST(i AS TEXT), 'klant ' || CAST(i AS TEXT),
			t.sector_key, t.is_large_enterprise, t.is_government, t.city_key, t.language, t.vat_regime, t.created_at, t.updated_at
		FROM n CROSS JOIN customers AS t WHERE t.id = ?`, 10000000+n, o.Customer(crmtest.Brouwer).ID)
}

func TestAReportCostsTheSameNumberOfStatementsForAnyNumberOfRows(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		grow(t, o, 100)
		report := saved(t, o, simple(func(in *crm.SaveReportInput) { in.Columns = allColumns(t, o, crm.CustomerReport) }))
		page := must2(o.Customers.List(o.As(crmtest.Peter), crm.CustomerListArgs{}, page.Args{First: new(100)}))(t)
		var costs []int64
		for _, n := range []int{1, 10, 100} {
			asked := run(t, o, asked(report, on(each(page.Nodes[:n], (*crm.Customer).NodeID)...)))
			ctx, count := dbCount(t.Context())
			must2(o.ReportRuns.MakeNext(ctx))(t)
			costs = append(costs, count.N())
			equal(t, "rows", must2(o.ReportRuns.Get(o.As(crmtest.Peter), asked.ID))(t).Done, n)
		}
		t.Logf("statements for reports of 1, 10 and 100 rows: %v", costs)
		if costs[0] == 0 || costs[0] != costs[1] || costs[1] != costs[2] {
			t.Errorf("statements for reports of 1, 10 and 100 rows: %v, want the same", costs)
		}
	})
}

func TestRightsAreCheckedAgainWhenAReportIsMade(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		failure := func(spoil func()) string {
			t.Helper()
			asked := run(t, o, asked(o.Report("Klantenlijst")))
			spoil()
			got := made(t, o, asked)
			if got.Status != crm.RunFailed || got.FinishedAt == nil || got.File() != nil {
				t.Errorf("the run is %+v", got)
			}
			return string(got.Failure().Code) + " " + got.Failure().Message
		}
		equal(t, "for one who may not sign in any more", failure(func() {
			write(t, o, "UPDATE users SET active = FALSE WHERE name = ?", crmtest.Sanne)
		}), "FORBIDDEN Dit rapport is niet meer voor de rol van de aanvrager.")
		write(t, o, "UPDATE users SET active = TRUE WHERE name = ?", crmtest.Sanne)
		equal(t, "for another role", failure(func() {
			must2(o.Reports.Save(o.As(crmtest.Peter), replacing(o.Report("Klantenlijst"), func(in *crm.SaveReportInput) { in.Name = "Klantenlijst"; in.Roles = []crm.Role{crm.Admin} })))(t)
		}), "FORBIDDEN Dit rapport is niet meer voor de rol van de aanvrager.")
		must2(o.Reports.Save(o.As(crmtest.Peter), replacing(o.Report("Klantenlijst"), func(in *crm.SaveReportInput) { in.Name = "Klantenlijst" })))(t)
		equal(t, "out of use", failure(func() {
			must2(o.Reports.Archive(o.As(crmtest.Peter), crm.ArchiveReportInput{ID: o.Report("Klantenlijst").ID}))(t)
		}), "REPORT_ARCHIVED Het rapport is intussen gearchiveerd.")
	})
}

func TestAReportThatIsTooLargeFails(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		limited := server(t, o, nil)
		failure := func(rows, bytes int, format crm.ReportFormat) *crm.ReportRunError {
			t.Helper()
			asked := run(t, o, asked(o.Report("Klantenlijst"), func(in *crm.RunReportInput) { in.Format = format }))
			limited.ReportRuns.Limit(rows, bytes)
			must2(limited.ReportRuns.MakeNext(t.Context()))(t)
			equal(t, "pieces", len(rowsOf(t, o, "report_chunks")), 0)
			return must2(o.ReportRuns.Get(o.As(crmtest.Sanne), asked.ID))(t).Failure()
		}
		for _, format := range []crm.ReportFormat{"CSV", "XLSX", "PDF"} {
			equal(t, "with too many rows", failure(6, 1<<20, format).Code, crm.RunTooLarge)
			equal(t, "with too many bytes", failure(7, 100, format).Code, crm.RunTooLarge)
		}
		equal(t, "message", failure(6, 1<<20, "PDF").Message, "Te veel voor PDF: ten hoogste 10.000 rijen en 50 MB. Kies minder kaarten of een andere vorm.")
	})
}

func TestAFileOfManyPiecesIsWhole(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		grow(t, o, 1_000)
		write(t, o, "UPDATE customers SET trade_name = NULL, name = name || ?", strings.Repeat(" groot", 100))
		got := made(t, o, run(t, o, asked(o.Report("Klantenlijst"))))
		whole := content(t, o, got)
		if pieces := len(rowsOf(t, o, "report_chunks")); pieces != len(whole)/(256<<10)+1 || pieces < 3 {
			t.Errorf("%d bytes lie in %d pieces", len(whole), pieces)
		}
		equal(t, "lines", strings.Count(whole, "\r\n"), 1_008)
		equal(t, "relations", strings.Count(whole, "\r\n1000"), 1_007)
	})
}

// server is the services of another process on the office's store, with signals of its own.
func server(t *testing.T, o *crmtest.Office, signal func(crm.Signal)) *crm.CRM {
	t.Helper()
	return must2(crm.New(o.DB, crm.Options{Now: o.Clock.Now, Signal: signal}))(t)
}

func TestServersShareTheReports(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		var runs []*crm.ReportRun
		for _, who := range []string{crmtest.Sanne, crmtest.Joris, crmtest.Mila} {
			for range 8 {
				runs = append(runs, must2(o.ReportRuns.Run(o.As(who), asked(o.Report("Klantenlijst"))))(t).Run)
			}
		}
		var servers sync.WaitGroup
		var madeBy [3]int
		for i := range madeBy {
			one := server(t, o, nil)
			servers.Go(func() {
				for {
					did, err := one.ReportRuns.MakeNext(t.Context())
					if err != nil {
						t.Error(err)
					}
					if !did {
						return
					}
					madeBy[i]++
				}
			})
		}
		servers.Wait()
		equal(t, "made in all", madeBy[0]+madeBy[1]+madeBy[2], len(runs))
		for _, one := range runs {
			got := must2(o.ReportRuns.Get(o.As(crmtest.Peter), one.ID))(t)
			if got.Status != crm.RunDone || got.Attempt != 1 || got.Done != 7 {
				t.Errorf("a run is %s after %d attempts with %d rows", got.Status, got.Attempt, got.Done)
			}
		}
	})
}

func TestAReportOfADeadServerIsTakenOver(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		die := func(run *crm.ReportRun, until time.Time) {
			t.Helper()
			write(t, o, "UPDATE report_runs SET status = 'RUNNING', attempt = attempt + 1, lease_until = ? WHERE id = ?", until, run.ID)
			write(t, o, "INSERT INTO report_chunks (organization_id, run_id, attempt, ordinal, content) SELECT organization_id, id, attempt, 0, 'half' FROM report_runs WHERE id = ?", run.ID)
		}
		asked := run(t, o, asked(o.Report("Klantenlijst")))
		die(asked, o.Clock.Now().Add(time.Second))
		equal(t, "taken while the lease runs", must2(o.ReportRuns.MakeNext(t.Context()))(t), false)
		o.Clock.Advance(2 * time.Second)
		got := made(t, o, asked)
		equal(t, "status", got.Status, crm.RunDone)
		equal(t, "attempt", got.Attempt, 2)
		equal(t, "lines", strings.Count(content(t, o, got), "\r\n"), 8)
		equal(t, "pieces", len(rowsOf(t, o, "report_chunks")), 1)

		unlucky := run(t, o, crm.RunReportInput{ReportID: asked.ReportID, Scope: crm.AllCards, Format: "CSV"})
		write(t, o, "UPDATE report_runs SET interruptions = 2 WHERE id = ?", unlucky.ID)
		die(unlucky, o.Clock.Now().Add(-time.Second))
		got = made(t, o, unlucky)
		equal(t, "code", got.Failure().Code, crm.RunInterrupted)
		equal(t, "pieces left", len(rowsOf(t, o, "report_chunks")), 1)
	})
}

// atProgress does something the first time a run that is being made tells of its progress.
func atProgress(do func()) func(crm.Signal) {
	signals := 0
	return func(crm.Signal) {
		if signals++; signals == 2 { // the first one says that it was begun
			do()
		}
	}
}

func TestAReportCanBeCancelled(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		cancel := func(who string, run *crm.ReportRun) error {
			_, err := o.ReportRuns.Cancel(o.As(who), crm.CancelReportRunInput{ID: run.ID})
			return err
		}
		t.Run("while it waits, by who asked for it or an administrator", func(t *testing.T) {
			first, second := run(t, o, asked(o.Report("Klantenlijst"))), run(t, o, asked(o.Report("Klantenlijst")))
			refused(t, cancel(crmtest.Joris, first), crm.NotFound, "input", "id")
			if err := errors.Join(cancel(crmtest.Sanne, first), cancel(crmtest.Peter, second)); err != nil {
				t.Fatal(err)
			}
			equal(t, "status", made(t, o, first).Status, crm.RunCancelled)
			equal(t, "status", made(t, o, second).Status, crm.RunCancelled)
			refused(t, cancel(crmtest.Sanne, first), crm.RunFinished, "input", "id")
		})
		t.Run("while it is made: nothing is written any more", func(t *testing.T) {
			asked := run(t, o, asked(o.Report("Klantenlijst")))
			busy := server(t, o, atProgress(func() {
				if err := cancel(crmtest.Sanne, asked); err != nil {
					t.Error(err)
				}
			}))
			equal(t, "made", must2(busy.ReportRuns.MakeNext(t.Context()))(t), true)
			got := must2(o.ReportRuns.Get(o.As(crmtest.Sanne), asked.ID))(t)
			equal(t, "status", got.Status, crm.RunCancelled)
			equal(t, "file", got.File(), nil)
			equal(t, "pieces", len(rowsOf(t, o, "report_chunks")), 0)
		})
		t.Run("not when it is done", func(t *testing.T) {
			done := made(t, o, run(t, o, asked(o.Report("Klantenlijst"))))
			o.Signals()
			changesNothing(t, o, func() { refused(t, cancel(crmtest.Sanne, done), crm.RunFinished, "input", "id") })
		})
	})
}

func TestAServerThatStopsPutsItsReportBack(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		asked := run(t, o, asked(o.Report("Klantenlijst")))
		ctx, stop := context.WithCancel(t.Context())
		stopping := server(t, o, atProgress(stop))
		if _, err := stopping.ReportRuns.MakeNext(ctx); err != nil {
			t.Fatal(err)
		}
		got := must2(o.ReportRuns.Get(o.As(crmtest.Sanne), asked.ID))(t)
		equal(t, "status", got.Status, crm.RunQueued)
		equal(t, "interruptions", got.Interruptions, 0)
		got = made(t, o, asked)
		equal(t, "status after a restart", got.Status, crm.RunDone)
		equal(t, "attempt", got.Attempt, 2)
	})
}

func TestAServerThatLostAReportWritesNothing(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		asked := run(t, o, asked(o.Report("Klantenlijst")))
		slow := server(t, o, atProgress(func() {
			o.Clock.Advance(time.Hour) // it stood still, and another server goes on
			equal(t, "made by another", must2(o.ReportRuns.MakeNext(t.Context()))(t), true)
		}))
		must2(slow.ReportRuns.MakeNext(t.Context()))(t)
		got := must2(o.ReportRuns.Get(o.As(crmtest.Sanne), asked.ID))(t)
		equal(t, "status", got.Status, crm.RunDone)
		equal(t, "attempt", got.Attempt, 2)
		equal(t, "lines", strings.Count(content(t, o, got), "\r\n"), 8)
		equal(t, "pieces", len(rowsOf(t, o, "report_chunks")), 1)
	})
}

func TestProgressIsToldInMeasure(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		grow(t, o, 1_400)
		asked := run(t, o, asked(o.Report("Klantenlijst")))
		var told []string
		var at []time.Time
		busy := must2(crm.New(o.DB, crm.Options{
			Now: func() time.Time { o.Clock.Advance(130 * time.Millisecond); return o.Clock.Now() },
			Signal: func(signal crm.Signal) {
				sameList(t, "topics", signal.Topics, []crm.ID{asked.ID})
				equal(t, "office", signal.OrganizationID, o.ID)
				now := must2(o.ReportRuns.Get(o.As(crmtest.Sanne), asked.ID))(t)
				total := -1
				if now.Total != nil {
					total = *now.Total
				}
				told, at = append(told, fmt.Sprint(now.Status, " ", now.Done, "/", total)), append(at, o.Clock.Now())
			},
		}))(t)
		must2(busy.ReportRuns.MakeNext(t.Context()))(t)
		if len(told) < 4 || told[0] != "RUNNING 0/-1" || told[1] != "RUNNING 0/1407" || told[len(told)-1] != "DONE 1407/1407" {
			t.Errorf("told: %v", told)
		}
		for i := 2; i < len(at)-1; i++ {
			if gap := at[i].Sub(at[i-1]); gap < 250*time.Millisecond {
				t.Errorf("told again after %v: %v", gap, told[i])
			}
		}
	})
}

func TestWorkMakesReportsAndLetsGoOfOldOnes(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		old := made(t, o, run(t, o, asked(o.Report("Klantenlijst"))))
		o.Clock.Advance(6 * 24 * time.Hour)
		young := made(t, o, run(t, o, asked(o.Report("Klantenlijst"))))
		o.Clock.Advance(25 * time.Hour)
		waiting := run(t, o, asked(o.Report("Klantenlijst")))
		over := make(chan crm.ID, 100)
		working := server(t, o, func(signal crm.Signal) { over <- signal.Topics[0] })
		ctx, stop := context.WithCancel(t.Context())
		var worker sync.WaitGroup
		worker.Go(func() { working.ReportRuns.Work(ctx, crm.ReportWork{Every: time.Hour, Keep: 7 * 24 * time.Hour}) })
		await := func(run *crm.ReportRun) *crm.ReportRun {
			t.Helper()
			for range over {
				if got := must2(o.ReportRuns.Get(o.As(crmtest.Sanne), run.ID))(t); got.IsOver() {
					return got
				}
			}
			return nil
		}
		equal(t, "what waited", await(waiting).Status, crm.RunDone)
		nudged := must2(working.ReportRuns.Run(o.As(crmtest.Sanne), asked(o.Report("Klantenlijst"))))(t).Run
		equal(t, "what was asked for meanwhile", await(nudged).Status, crm.RunDone)
		stop()
		worker.Wait()
		_, err := o.ReportRuns.Get(o.As(crmtest.Sanne), old.ID)
		refused(t, err, crm.NotFound)
		kept := must2(o.ReportRuns.List(o.As(crmtest.Sanne), page.Args{}))(t)
		want := []crm.ID{nudged.ID, waiting.ID, young.ID}
		slices.Sort(want)
		slices.Reverse(want)
		sameList(t, "kept", each(kept.Nodes, (*crm.ReportRun).NodeID), want)
		equal(t, "pieces", len(rowsOf(t, o, "report_chunks")), 3)
	})
}

func TestFilesAreNamedAfterTheReport(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for name, want := range map[string]string{
			"Café: winst/verlies?":       "Café winst verlies 2026-11-23.csv",
			"..\\..\\\u202egeheim\u200b": "geheim 2026-11-23.csv",
			"/?*":                        "rapport 2026-11-23.csv",
		} {
			report := saved(t, o, simple(func(in *crm.SaveReportInput) { in.Name = name }))
			equal(t, "name", made(t, o, run(t, o, asked(report))).File().Name, want)
		}
	})
}

func TestReportRunsAreForWhoAsked(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		asked := run(t, o, asked(o.Report("Klantenlijst")))
		for who, want := range map[string]bool{crmtest.Sanne: true, crmtest.Peter: true, crmtest.Joris: false, crmtest.Ruben: false} {
			found := must2(o.ReportRuns.ByIDs(o.As(who), []crm.ID{asked.ID}))(t)
			equal(t, who+" sees it", found[0] != nil, want)
		}
		equal(t, "listed for an administrator", len(must2(o.ReportRuns.List(o.As(crmtest.Peter), page.Args{}))(t).Nodes), 0)
	})
}
