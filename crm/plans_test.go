package crm_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// multiply copies the rows of a table many times over, with some columns made anew from a row t and a number n.i, so
// that walking the table is dearer than an index.
func multiply(t *testing.T, o *crmtest.Office, table string, times int, anew map[string]string) {
	t.Helper()
	rows, err := o.DB.Read().QueryContext(db.Everywhere(t.Context()), "SELECT * FROM "+table+" LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	columns, err := rows.Columns()
	if err != nil || rows.Err() != nil || rows.Close() != nil {
		t.Fatal(err, rows.Err())
	}
	values := each(columns, func(column string) string {
		if made := anew[column]; made != "" {
			return made
		}
		return "t." + column
	})
	write(t, o, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"+
		" SELECT "+strings.Join(values, ", ")+" FROM "+table+" AS t, n WHERE t.organization_id = ?", times, o.ID)
}

// steps are the lines of a plan, as the engines tell them.
type (
	postgresStep struct {
		Line string `bun:"QUERY PLAN"`
	}
	sqliteStep struct{ Detail string }
)

// planOf is how the engine answers a statement.
func planOf(t *testing.T, o *crmtest.Office, query string, args []any) string {
	t.Helper()
	if o.DB.Engine() == db.Postgres {
		lines := must2(db.Rows[postgresStep](db.Everywhere(t.Context()), o.DB.Read(), "EXPLAIN "+query, args...))(t)
		return strings.Join(each(lines, func(s postgresStep) string { return s.Line }), "\n")
	}
	lines := must2(db.Rows[sqliteStep](db.Everywhere(t.Context()), o.DB.Read(), "EXPLAIN QUERY PLAN "+query, args...))(t)
	return strings.Join(each(lines, func(s sqliteStep) string { return s.Detail }), "\n")
}

// byPosition is the key of the log.
const byPosition = "events_pkey|sqlite_autoindex_events_1"

// checkPlan says that no table is walked from end to end, and that the indexes serve.
func checkPlan(t *testing.T, plan string, by []string) {
	t.Helper()
	if regexp.MustCompile(`Seq Scan on (events|engagements|customers)|(?m)^SCAN [te]$`).MatchString(plan) {
		t.Errorf("all rows are read: %s", plan)
	}
	for _, index := range by {
		if !regexp.MustCompile(index).MatchString(plan) {
			t.Errorf("%s does not serve: %s", index, plan)
		}
	}
}

// TestPlansOfLists asks the engines how they answer the lists of the whole office, once their tables are large: the
// first page and the one behind it by an index in the order of the list, without sorting all that there is.
func TestPlansOfLists(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		must2(o.Exports.Export(o.As(crmtest.Sanne), crm.ExportListInput{Format: "CSV", List: crm.ExportedListInput{Customers: &crm.CustomerListArgs{}}}))(t)
		multiply(t, o, "events", 100, map[string]string{"position": "t.position - 10000 * n.i", "id": "t.id || n.i", "kind": "CASE WHEN t.kind = 'LIST_EXPORTED' AND n.i > 5 THEN 'LEAD_UPDATED' ELSE t.kind END"})
		multiply(t, o, "engagements", 300, map[string]string{"id": "t.id || n.i", "number": "t.number || '-' || n.i", "origin_id": "NULL"})
		card := prospect(t, o, "Stille Waters B.V.").ID
		for range 5 {
			must2(attend(o, crmtest.Sanne, card))(t)
		}
		write(t, o, "ANALYZE")
		peter, sanne := o.As(crmtest.Peter), o.Actor(crmtest.Sanne).UserID
		from, until := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
		audit := func(filter crm.EventFilter) func(context.Context, page.Args) (*string, error) {
			return func(ctx context.Context, window page.Args) (*string, error) {
				return cursorOf(o.Events.Audit(ctx, &filter, window))
			}
		}
		pipeline := func(args crm.PipelineArgs) func(context.Context, page.Args) (*string, error) {
			return func(ctx context.Context, window page.Args) (*string, error) {
				return cursorOf(o.Engagements.Pipeline(ctx, args, window))
			}
		}
		by := func(field crm.EngagementOrderField) crm.PipelineArgs {
			return crm.PipelineArgs{Archived: crm.ArchivedInclude, OrderBy: []*crm.EngagementOrder{{Field: field, Direction: crm.Ascending}}}
		}
		for _, one := range []struct {
			name string
			by   []string // the indexes that serve it, each in its own words of both engines
			read func(context.Context, page.Args) (*string, error)
		}{
			{"the audit", []string{byPosition}, audit(crm.EventFilter{})},
			{"the audit of a colleague", []string{"events_by_actor"}, audit(crm.EventFilter{Actors: []crm.ID{sanne}})},
			{"the audit of a kind", []string{"events_by_kind|events_of_attentions"}, audit(crm.EventFilter{Kinds: []crm.EventKind{crm.AttentionAddedEvent}})},
			{"the audit of a card", []string{"events_by_card", "events_by_customer"}, audit(crm.EventFilter{Cards: []crm.ID{card}})},
			{"the audit of some days", []string{"events_by_moment|" + byPosition}, audit(crm.EventFilter{From: &from, Until: &until})},
			{"exports", []string{"events_by_kind"}, func(ctx context.Context, window page.Args) (*string, error) {
				return cursorOf(o.Exports.List(ctx, window))
			}},
			{"the pipeline", []string{"engagements_of_office"}, pipeline(crm.PipelineArgs{Archived: crm.ArchivedInclude})},
			{"the pipeline by number", []string{"engagements_number"}, pipeline(by(crm.EngagementsByNumber))},
			{"the pipeline by close", []string{"engagements_by_close"}, pipeline(by(crm.EngagementsByExpectedClose))},
			{"the pipeline by value", []string{"engagements_by_value"}, pipeline(by(crm.EngagementsByExpectedValue))},
			{"the pipeline of a handler", []string{"engagements_by_handler"}, pipeline(crm.PipelineArgs{Archived: crm.ArchivedInclude, Filter: &crm.EngagementFilter{Handler: &crm.IDFilter{Eq: &sanne}}})},
		} {
			t.Run(one.name, func(t *testing.T) {
				window := page.Args{First: new(3)}
				for range 2 {
					var plans []string
					ctx := db.WithTrace(peter, func(query string, args []any) { plans = append(plans, query+"\n"+planOf(t, o, query, args)) })
					cursor := must2(one.read(ctx, window))(t)
					if len(plans) == 0 || cursor == nil {
						t.Fatalf("%d statements were told", len(plans))
					}
					for _, plan := range plans {
						checkPlan(t, plan, one.by)
					}
					window.After = cursor
				}
			})
		}
	})
}

// cursorOf is where a page ends.
func cursorOf[N any](found *page.Connection[N], err error) (*string, error) {
	if err != nil {
		return nil, err
	}
	return found.PageInfo().EndCursor, nil
}

// TestPlanOfReplay asks so of a contact's part of a long log.
func TestPlanOfReplay(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		multiply(t, o, "events", 200, map[string]string{"position": "t.position - 10000 * n.i", "id": "t.id || n.i",
			"card_id": "t.card_id || n.i % 3", "shown_on": "CASE WHEN n.i % 10 = 0 THEN t.shown_on ELSE '[]' END"})
		write(t, o, "ANALYZE")
		var plans []string
		ctx := db.WithTrace(o.As(crmtest.Ruben), func(query string, args []any) { plans = append(plans, query+"\n"+planOf(t, o, query, args)) })
		if _, _, err := o.Events.Replay(ctx, crm.EventScope{CardID: o.Contact("Erik Jansen").ID}, -10_000_000, 100); err != nil {
			t.Fatal(err)
		}
		checkPlan(t, plans[0], []string{"events_by_card", "events_shown_on"})
	})
}

// TestPlansOfTheOverview asks so of the filters of the relations of an office that has many.
func TestPlansOfTheOverview(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		common := o.Lookup(crm.TagList, "Raamovereenkomst").ID
		few := func(value string) string { return "CASE WHEN n.i % 100 = 0 THEN " + value + " END" }
		multiply(t, o, "customers", 1000, map[string]string{"id": "t.id || n.i", "number": "t.number || '-' || n.i", "debtor_number": "NULL",
			"name_key": "t.name_key || n.i", "city_key": "'stad ' || n.i", "classification_key": "'klasse ' || n.i", "source_key": "'bron ' || n.i", "tag_ids": "CASE WHEN n.i % 100 = 0 THEN t.tag_ids ELSE '[\"" + string(common) + "\"]' END",
			"sbi_version": few("'SBI2008'"), "credit_status": "CASE WHEN n.i % 100 = 0 THEN t.credit_status ELSE 'GRANTED' END"})
		write(t, o, "ANALYZE")
		ruben, tag := o.As(crmtest.Ruben), o.Lookup(crm.TagList, "Nieuwsbrief").ID
		for name, one := range map[string]struct {
			by     string
			filter crm.CustomerFilter
		}{
			"class":   {"customers_by_classification", crm.CustomerFilter{Classification: &crm.TextFilter{Eq: new("A")}}},
			"source":  {"customers_by_source", crm.CustomerFilter{Source: &crm.TextFilter{Eq: new("Beurs")}}},
			"tag":     {"customer_tags_pkey|sqlite_autoindex_customer_tags_1", crm.CustomerFilter{Tag: &crm.IDFilter{Eq: &tag}}},
			"edition": {"customers_by_sbi_version", crm.CustomerFilter{SbiVersions: []crm.SbiVersion{crm.Sbi2008}}},
			"credit":  {"customers_by_credit", crm.CustomerFilter{CreditStatuses: []crm.CreditStatus{crm.BlockedCredit}}},
		} {
			t.Run("by "+name, func(t *testing.T) {
				var plans []string
				ctx := db.WithTrace(ruben, func(query string, args []any) { plans = append(plans, query+"\n"+planOf(t, o, query, args)) })
				found := must2(o.Customers.List(ctx, crm.CustomerListArgs{Archived: crm.ArchivedInclude, Filter: &one.filter}, page.Args{First: new(3)}))(t)
				if len(plans) == 0 || len(found.Nodes) == 0 {
					t.Fatalf("%d statements found %d rows", len(plans), len(found.Nodes))
				}
				for _, plan := range plans {
					checkPlan(t, plan, []string{one.by})
				}
			})
		}
	})
}

// TestPlanOfOverdueInvoices asks so of what a relation with many invoices has still to pay.
func TestPlanOfOverdueInvoices(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, office *crmtest.Office) {
		o := invoicing{office}
		must2(o.register("P-2026-0025", "C1", 100_00))(t)
		multiply(t, office, "communications", 300, map[string]string{"id": "t.id || n.i", "paid_on": "'2026-11-23'", "thread_id": "NULL", "message_id": "NULL",
			"invoice_number": "t.invoice_number || '-' || n.i"})
		write(t, office, "ANALYZE")
		o.Clock.Set(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
		plans := traced(t, office, crmtest.Sanne, func(ctx context.Context) {
			found := must2(o.Communications.OfCustomers(ctx, []crm.ID{o.Customer(crmtest.Waterlanden).ID}, crm.TimelineArgs{Filter: &crm.CommunicationFilter{IsOverdue: new(true)}}, page.Args{}))(t)
			equal(t, "overdue", len(found[0].Nodes), 1)
		})
		checkPlan(t, plans[0], []string{"communications_unpaid"})
	})
}

// TestPlanOfRetention asks so of those beyond a term, of an office with many contacts in use.
func TestPlanOfRetention(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		multiply(t, o, "contacts", 300, map[string]string{"id": "t.id || n.i", "archived_at": "CASE WHEN n.i % 100 = 0 THEN t.archived_at END", "email_key": "NULL", "is_primary": "FALSE"})
		write(t, o, "ANALYZE")
		o.Clock.Advance(400 * 24 * time.Hour)
		plans := traced(t, o, crmtest.Peter, func(ctx context.Context) {
			if found := must2(o.Contacts.BeyondRetention(ctx, 1, page.Args{First: new(3)}))(t); len(found.Nodes) == 0 {
				t.Error("nobody is beyond the term")
			}
		})
		for _, plan := range plans {
			if !strings.Contains(plan, "contacts_archived") {
				t.Errorf("the index of archived contacts does not serve: %s", plan)
			}
		}
	})
}

// traced gives the plans of the statements of a reading.
func traced(t *testing.T, o *crmtest.Office, who string, read func(context.Context)) []string {
	t.Helper()
	var plans []string
	read(db.WithTrace(o.As(who), func(query string, args []any) { plans = append(plans, query+"\n"+planOf(t, o, query, args)) }))
	if len(plans) == 0 {
		t.Fatal("no statements were told")
	}
	return plans
}
