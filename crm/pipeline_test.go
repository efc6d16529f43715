package crm_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/page"
)

// soldMuch fills the pipeline with leads and requests of few values and days, so that many rows are equal in an
// order, and gives all leads, requests and projects as they are shown.
func soldMuch(t *testing.T, o *crmtest.Office) []*crm.Dossier {
	t.Helper()
	sanne, low := o.As(crmtest.Sanne), crm.EngagementPriority("LOW")
	customers, contact := []crm.ID{o.Customer(crmtest.Brouwer).ID, o.Customer(crmtest.DeLinde).ID}, o.Contact("Klaas Brouwer").ID
	for i := range 24 {
		lead := crm.CreateLeadInput{CustomerID: customers[i%2], Title: "Kans"}
		if i%3 > 0 {
			lead.ExpectedValue, lead.Probability = &crm.MoneyInput{Amount: crm.Decimal(i % 3 * 333_33)}, new(i*4)
		}
		if i%4 > 0 {
			lead.ExpectedCloseOn = new(crm.Date("2027-01-0" + string(rune('0'+i%4))))
		}
		if i%5 == 0 {
			lead.Priority, lead.HandlerID, lead.OwnerID = &low, new(o.Actor(crmtest.Joris).UserID), new(o.Actor(crmtest.Mila).UserID)
		}
		must2(o.Engagements.CreateLead(sanne, lead))(t)
		if i%4 == 0 {
			must2(o.Engagements.CreateRequest(sanne, crm.CreateRequestInput{CustomerID: customers[0], Title: "Vraag", ContactID: contact, Openings: 1,
				StartOn: new(crm.Date("2027-02-01")), ExpectedValue: &crm.MoneyInput{Amount: 333_33}}))(t)
		}
	}
	var rows []*crm.Dossier
	if err := o.DB.Read().NewSelect().Model(&rows).Where("organization_id = ?", o.ID).Scan(db.Everywhere(t.Context())); err != nil {
		t.Fatal(err)
	}
	shown := must2(o.Engagements.ByIDs(sanne, nodeIDs(rows)))(t)
	return each(shown, crm.Engagement.Core)
}

// runs tells whether a dossier is a running project, by the definition.
func runs(d *crm.Dossier) bool {
	return d.Phase == crm.ProjectPhase && d.ArchivedAt == nil && slices.Contains([]crm.EngagementStatus{crm.Planned, crm.Active, crm.OnHold}, d.Status) &&
		(d.EndOn == nil || *d.EndOn >= "2026-11-23")
}

func isOn(day *crm.Date, meets func(crm.Date) bool) bool { return day != nil && meets(*day) }

func TestPipeline(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		neighbour := o.Neighbour()
		all, sanne := soldMuch(t, o), o.As(crmtest.Sanne)
		pipeline := func(args crm.PipelineArgs) func(page.Args) (*page.Connection[crm.Engagement], error) {
			return func(window page.Args) (*page.Connection[crm.Engagement], error) {
				return o.Engagements.Pipeline(sanne, args, window)
			}
		}
		of := func(keep func(*crm.Dossier) bool) []*crm.Dossier {
			return slices.DeleteFunc(slices.Clone(all), func(d *crm.Dossier) bool { return !keep(d) })
		}
		id := func(a, b *crm.Dossier) int { return cmp.Compare(a.ID, b.ID) }
		t.Run("gives all in every order, each once, also where keys are equal", func(t *testing.T) {
			value := func(d *crm.Dossier) crm.Decimal {
				if d.ExpectedValueCents == nil {
					return -1
				}
				return *d.ExpectedValueCents
			}
			closing := func(d *crm.Dossier) crm.Date {
				if d.ExpectedCloseOn == nil {
					return "9999-12-31"
				}
				return *d.ExpectedCloseOn
			}
			for field, compare := range map[crm.EngagementOrderField]func(a, b *crm.Dossier) int{
				"PHASE_SINCE":                  func(a, b *crm.Dossier) int { return cmp.Compare(a.PhaseSince, b.PhaseSince) },
				crm.EngagementsByNumber:        func(a, b *crm.Dossier) int { return cmp.Compare(a.Number, b.Number) },
				crm.EngagementsByExpectedClose: func(a, b *crm.Dossier) int { return cmp.Compare(closing(a), closing(b)) },
				crm.EngagementsByExpectedValue: func(a, b *crm.Dossier) int { return cmp.Compare(value(a), value(b)) },
			} {
				for direction, sign := range map[crm.OrderDirection]int{crm.Ascending: 1, crm.Descending: -1} {
					want := slices.Clone(all)
					slices.SortFunc(want, func(a, b *crm.Dossier) int { return sign * cmp.Or(compare(a, b), id(a, b)) })
					bothWays(t, string(field)+" "+string(direction), nodeIDs(want), crm.Engagement.NodeID,
						pipeline(crm.PipelineArgs{Archived: crm.ArchivedInclude, OrderBy: []*crm.EngagementOrder{{Field: field, Direction: direction}}}))
				}
			}
		})
		t.Run("mixes orders and directions", func(t *testing.T) {
			want := of(func(d *crm.Dossier) bool { return d.ArchivedAt == nil })
			slices.SortFunc(want, func(a, b *crm.Dossier) int {
				return cmp.Or(-cmp.Compare(a.PhaseSince, b.PhaseSince), cmp.Compare(a.Number, b.Number), id(a, b))
			})
			bothWays(t, "phase, number", nodeIDs(want), crm.Engagement.NodeID, pipeline(crm.PipelineArgs{
				OrderBy: []*crm.EngagementOrder{{Field: "PHASE_SINCE", Direction: crm.Descending}, {Field: crm.EngagementsByNumber, Direction: crm.Ascending}}}))
		})
		joris, brouwer, night := o.Actor(crmtest.Joris).UserID, o.Customer(crmtest.Brouwer).ID, crm.Date("2027-01-02")
		for _, one := range []struct {
			name string
			args crm.PipelineArgs
			keep func(*crm.Dossier) bool
		}{
			{"phases", crm.PipelineArgs{Phases: []crm.EngagementPhase{crm.LeadPhase, crm.ProjectPhase}}, func(d *crm.Dossier) bool { return d.Phase != crm.RequestPhase }},
			{"statuses", crm.PipelineArgs{Statuses: []crm.EngagementStatus{crm.Lost, crm.Active}}, func(d *crm.Dossier) bool { return d.Status == crm.Lost || d.Status == crm.Active }},
			{"a customer", crm.PipelineArgs{Filter: &crm.EngagementFilter{Customer: &crm.IDFilter{Eq: &brouwer}}}, func(d *crm.Dossier) bool { return d.CustomerID == brouwer }},
			{"a handler", crm.PipelineArgs{Filter: &crm.EngagementFilter{Handler: &crm.IDFilter{In: []crm.ID{joris}}}}, func(d *crm.Dossier) bool { return d.HandlerID != nil && *d.HandlerID == joris }},
			{"no owner", crm.PipelineArgs{Filter: &crm.EngagementFilter{Owner: &crm.IDFilter{IsNull: new(true)}}}, func(d *crm.Dossier) bool { return d.OwnerID == nil }},
			{"no source", crm.PipelineArgs{Filter: &crm.EngagementFilter{Source: &crm.IDFilter{IsNull: new(true)}}}, func(d *crm.Dossier) bool { return d.SourceID == nil }},
			{"a function", crm.PipelineArgs{Filter: &crm.EngagementFilter{RequestedFunction: &crm.IDFilter{IsNull: new(false)}}}, func(d *crm.Dossier) bool { return d.RequestedFunctionID != nil }},
			{"a priority", crm.PipelineArgs{Filter: &crm.EngagementFilter{Priorities: []crm.EngagementPriority{"LOW"}}}, func(d *crm.Dossier) bool { return d.Priority != nil && *d.Priority == "LOW" }},
			{"a day of closing", crm.PipelineArgs{Filter: &crm.EngagementFilter{ExpectedCloseOn: &crm.DateFilter{Gte: &night}}},
				func(d *crm.Dossier) bool {
					return isOn(d.ExpectedCloseOn, func(on crm.Date) bool { return on >= night })
				}},
			{"a first day", crm.PipelineArgs{Filter: &crm.EngagementFilter{StartOn: &crm.DateFilter{Lt: &night}}},
				func(d *crm.Dossier) bool { return isOn(d.Start, func(on crm.Date) bool { return on < night }) }},
			{"no last day", crm.PipelineArgs{Filter: &crm.EngagementFilter{EndOn: &crm.DateFilter{IsNull: new(true)}}}, func(d *crm.Dossier) bool { return d.EndOn == nil }},
			{"what runs", crm.PipelineArgs{Filter: &crm.EngagementFilter{IsRunning: new(true)}}, runs},
			{"what does not run", crm.PipelineArgs{Filter: &crm.EngagementFilter{IsRunning: new(false)}}, func(d *crm.Dossier) bool { return !runs(d) }},
			{"either, and not", crm.PipelineArgs{Filter: &crm.EngagementFilter{
				Or:  []*crm.EngagementFilter{{Customer: &crm.IDFilter{Eq: &brouwer}}, {Handler: &crm.IDFilter{Eq: &joris}}},
				Not: &crm.EngagementFilter{ExpectedCloseOn: &crm.DateFilter{Eq: &night}}}},
				func(d *crm.Dossier) bool {
					return (d.CustomerID == brouwer || d.HandlerID != nil && *d.HandlerID == joris) && !isOn(d.ExpectedCloseOn, func(on crm.Date) bool { return on == night })
				}},
		} {
			t.Run("filters by "+one.name, func(t *testing.T) {
				want := of(one.keep)
				if len(want) == 0 || len(want) == len(all) {
					t.Fatalf("%d of %d rows tell nothing", len(want), len(all))
				}
				slices.SortFunc(want, func(a, b *crm.Dossier) int { return -cmp.Or(cmp.Compare(a.PhaseSince, b.PhaseSince), id(a, b)) })
				one.args.Archived = crm.ArchivedInclude
				bothWays(t, one.name, nodeIDs(want), crm.Engagement.NodeID, pipeline(one.args))
				sameTotals(t, must2(o.Engagements.Totals(sanne, one.args))(t), want)
			})
		}
		t.Run("leaves the archive out unless asked", func(t *testing.T) {
			for archived, keep := range map[crm.Archived]func(*crm.Dossier) bool{
				crm.ArchivedExclude: func(d *crm.Dossier) bool { return d.ArchivedAt == nil },
				crm.ArchivedOnly:    func(d *crm.Dossier) bool { return d.ArchivedAt != nil },
			} {
				args := crm.PipelineArgs{Archived: archived}
				equal(t, string(archived), len(walk(t, 7, false, pipeline(args))), len(of(keep)))
				sameTotals(t, must2(o.Engagements.Totals(sanne, args))(t), of(keep))
			}
		})
		t.Run("shows its values to all colleagues: they are hopes, not amounts of the administration", func(t *testing.T) {
			args := crm.PipelineArgs{Phases: []crm.EngagementPhase{crm.LeadPhase}}
			without, with := must2(o.Engagements.Totals(sanne, args))(t), must2(o.Engagements.Totals(financially(sanne), args))(t)
			amounts := func(t *crm.EngagementTotal) crm.EngagementTotal { return *t }
			sameList(t, "totals", each(without, amounts), each(with, amounts))
		})
		t.Run("is each office's own", func(t *testing.T) {
			theirs := must2(o.Engagements.Pipeline(neighbour.Context(), crm.PipelineArgs{Archived: crm.ArchivedInclude}, page.Args{}))(t).Nodes
			for _, one := range theirs {
				if slices.ContainsFunc(all, func(d *crm.Dossier) bool { return d.ID == one.NodeID() }) {
					t.Errorf("the neighbour sees %s", one.NodeID())
				}
			}
			equal(t, "the neighbour's lead is there", slices.Contains(nodeIDs(theirs), neighbour.Lead), true)
			equal(t, "found here", len(walk(t, 7, false, pipeline(crm.PipelineArgs{Archived: crm.ArchivedInclude, Search: new("geheim")}))), 0)
		})
	})
}

// sameTotals checks that totals are the sums over rows.
func sameTotals(t *testing.T, totals []*crm.EngagementTotal, rows []*crm.Dossier) {
	t.Helper()
	type key struct {
		crm.EngagementPhase
		crm.EngagementStatus
	}
	want := make(map[key]crm.EngagementTotal)
	for _, row := range rows {
		k := key{row.Phase, row.Status}
		total := want[k]
		total.Phase, total.Status, total.Count = row.Phase, row.Status, total.Count+1
		if row.ExpectedValueCents != nil {
			total.ValueCents += *row.ExpectedValueCents
			if row.Probability != nil {
				total.WeightedCents += int64(*row.ExpectedValueCents) * int64(*row.Probability)
			}
		}
		want[k] = total
	}
	if len(totals) != len(want) {
		t.Errorf("there are %d totals, want %d", len(totals), len(want))
	}
	for _, total := range totals {
		equal(t, "total of "+string(total.Phase)+" "+string(total.Status), *total, want[key{total.Phase, total.Status}])
	}
}

func TestSearchInPipeline(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		find := func(text string) []string {
			args := crm.PipelineArgs{Archived: crm.ArchivedInclude, Search: &text, OrderBy: []*crm.EngagementOrder{{Field: crm.EngagementsByNumber, Direction: crm.Ascending}}}
			rows := walk(t, 3, false, func(window page.Args) (*page.Connection[crm.Engagement], error) {
				return o.Engagements.Pipeline(o.As(crmtest.Sanne), args, window)
			})
			count := 0
			for _, total := range must2(o.Engagements.Totals(o.As(crmtest.Sanne), args))(t) {
				count += total.Count
			}
			equal(t, "counted of "+text, count, len(rows))
			return each(rows, func(e crm.Engagement) string { return e.Core().Number })
		}
		t.Run("by number, title and name of the relation, all words, without case and accents", func(t *testing.T) {
			for text, want := range map[string][]string{
				"p-2026-0012":              {"P-2026-0012"},
				"BÍM nieuwbouw":            {"P-2026-0012"},
				"installatie calculator":   {"P-2026-0031"},
				"hanze":                    {"P-2022-0005", "P-2026-0018"},
				"e&w projectleider":        {"A-2026-0040"},
				"stichting verbouwing":     {"L-2026-0099"},
				"linde":                    {"L-2026-0099"},
				"backend noorder software": {"A-2026-0041"},
				"p- van velde 2025":        {"P-2025-0003"},
				"100%":                     nil,
				"nieuwbouw brouwer":        nil,
				"zwolle":                   nil, // where the relation is does not count
			} {
				sameList(t, text, find(text), want)
			}
		})
		t.Run("blank finds all", func(t *testing.T) { equal(t, "all", len(find("  ")), len(find("-"))) })
		t.Run("follows a relation that is called otherwise", func(t *testing.T) {
			must2(update(o, crmtest.Sanne, o.Customer(crmtest.DeLinde), crm.CustomerFields{Name: crmtest.Text("Zorggroep De Beuk")}))(t)
			sameList(t, "old name", find("stichting"), nil)
			sameList(t, "new name", find("beuk"), []string{"L-2026-0099"})
		})
		t.Run("refuses a text of more than a hundred characters", func(t *testing.T) {
			args := crm.PipelineArgs{Search: new(strings.Repeat("x", 101))}
			_, err := o.Engagements.Pipeline(o.As(crmtest.Sanne), args, page.Args{})
			refused(t, err, crm.BadInput, "search")
			_, err = o.Engagements.Totals(o.As(crmtest.Sanne), args)
			refused(t, err, crm.BadInput, "search")
		})
		t.Run("goes on only with the search it began with", func(t *testing.T) {
			first := must2(o.Engagements.Pipeline(o.As(crmtest.Sanne), crm.PipelineArgs{Search: new("nieuwbouw")}, page.Args{First: new(1)}))(t)
			_, err := o.Engagements.Pipeline(o.As(crmtest.Sanne), crm.PipelineArgs{Search: new("hanze")}, page.Args{After: first.PageInfo().EndCursor})
			var fault *page.Error
			if !errors.As(err, &fault) || fault.Reason != page.CursorMismatch {
				t.Errorf("got %v", err)
			}
		})
	})
}
