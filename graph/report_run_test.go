package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// reportLists asks for everything beneath reports and what was asked for.
const reportLists = `query ($n: Int!) {
  reports(cardType: CUSTOMER, first: $n) { totalCount nodes { name createdBy { name } updatedBy { name } columns { label } definition
    filter { accountManager { name } } orderBy { column } } }
  reportRuns(first: $n) { totalCount nodes { name requestedBy { name } file { url } error { code }
    report { name createdBy { name } filter { accountManager { name } } } } }
}`

func TestAListOfReportsCostsTheSameNumberOfStatementsForAnyNumberOfRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services := officeWith(t, store, 0)
		run := runner(services)
		for i := range 10 {
			saved, err := services.Reports.Save(ctx, crm.SaveReportInput{CardType: crm.CustomerReport, Name: fmt.Sprintf("Rapport %d", i),
				Columns: []string{"name"}, Roles: []crm.Role{crm.Admin}, Filter: &crm.ReportFilterInput{AccountManagerID: new(crm.ID("usr_00000000000000000000000000"))}})
			if err != nil {
				t.Fatal(err)
			}
			idIn(t, run(ctx, fmt.Sprintf(`mutation { runReport(input: {reportId: %q, scope: ALL, format: PDF}) { run { id } userErrors { code } } }`, saved.Report.ID), nil))
		}
		var costs []int64
		for _, n := range []int{1, 10} {
			counted, count := db.WithCount(ctx)
			response := run(counted, reportLists, map[string]any{"n": n})
			if got := strings.Count(string(response.Data), `"requestedBy":`); got != n || len(response.Errors) > 0 {
				t.Fatalf("%d runs asked, %d answered: %v", n, got, response.Errors)
			}
			costs = append(costs, count.N())
		}
		t.Logf("statements for 1 and 10 reports: %v", costs)
		if costs[0] == 0 || costs[0] != costs[1] {
			t.Errorf("statements for 1 and 10 reports: %v, want the same", costs)
		}
	})
}
