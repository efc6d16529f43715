package crm_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// financially lets whoever acts see amounts.
func financially(ctx context.Context) context.Context {
	actor, err := crm.ActorFrom(ctx)
	if err != nil {
		return ctx
	}
	actor.Rights = actor.Rights.With(crm.ViewFinance)
	return crm.WithActor(ctx, actor)
}

// expense is a line that any project takes.
func expense(project crm.ID, cents crm.Decimal) crm.AddBillableLineInput {
	return crm.AddBillableLineInput{ProjectID: project, Kind: crm.ExpenseLine, PeriodStartOn: "2026-11-02", PeriodEndOn: "2026-11-06",
		Quantity: 1_00, Rate: &crm.MoneyInput{Amount: cents}, IsBillable: true}
}

func addLine(t *testing.T, o *crmtest.Office, input crm.AddBillableLineInput) *crm.BillableLine {
	t.Helper()
	return must2(o.Lines.Add(o.As(crmtest.Fatima), input))(t).Line
}

func nominationOf(t *testing.T, o *crmtest.Office, number string) *crm.Nomination {
	t.Helper()
	return must2(o.Nominations.OfEngagements(o.As(crmtest.Fatima), []crm.ID{o.Engagement(number).ID}))(t)[0][0]
}

func hours(t *testing.T, o *crmtest.Office, number string, from, to crm.Date) crm.AddBillableLineInput {
	t.Helper()
	return crm.AddBillableLineInput{ProjectID: o.Engagement(number).ID, Kind: crm.HoursLine, NominationID: &nominationOf(t, o, number).ID,
		PeriodStartOn: from, PeriodEndOn: to, Quantity: 7_50, IsBillable: true}
}

func revenueOf(t *testing.T, o *crmtest.Office, number string, asOf *crm.Date) *crm.UninvoicedRevenue {
	t.Helper()
	return must2(o.Lines.UninvoicedOfCustomers(o.As(crmtest.Fatima), []crm.ID{o.Customer(number).ID}, asOf, false))(t)[0]
}

func TestAddBillableLine(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		project := o.Engagement("P-2026-0012").ID
		t.Run("bills hours at the rate of the nomination, rounded half up", func(t *testing.T) {
			input := hours(t, o, "P-2026-0012", "2026-11-21", "2026-11-22")
			input.Quantity = 33 // 0.33 hours at 82.50 is 27.225
			line := addLine(t, o, input)
			equal(t, "rate", line.Rate().Amount, 82_50)
			equal(t, "amount", line.Amount().Amount, 27_23)
			equal(t, "status", line.Status, crm.LineOpen)
		})
		t.Run("is an event of the project, and raises its version", func(t *testing.T) {
			head, version := o.Head(), o.Engagement("P-2026-0012").Version
			line := addLine(t, o, expense(project, 10_00))
			events := o.LogAfter(head)
			sameList(t, "events", kinds(events), []crm.EventKind{crm.BillableLineAddedEvent})
			equal(t, "version", events[0].CardVersion, version+1)
			equal(t, "subject", *events[0].SubjectID, line.ID)
			names := func(who string) []string {
				return each(events[0].ShownChanges(o.As(who)), func(c crm.FieldChange) string { return c.Field })
			}
			equal(t, "shown to Fatima", len(names(crmtest.Fatima)), len(names(crmtest.Sanne))+3)
			o.Signals()
		})
		refuses := func(name string, code crm.ErrorCode, field string, change func(*crm.AddBillableLineInput)) {
			t.Helper()
			t.Run("refuses "+name, func(t *testing.T) {
				changesNothing(t, o, func() {
					input := hours(t, o, "P-2026-0012", "2026-11-02", "2026-11-06")
					change(&input)
					_, err := o.Lines.Add(o.As(crmtest.Fatima), input)
					refused(t, err, code, "input", field)
				})
			})
		}
		refuses("hours without a nomination", crm.BadInput, "nominationId", func(i *crm.AddBillableLineInput) { i.NominationID = nil })
		refuses("hours with a rate", crm.BadInput, "rate", func(i *crm.AddBillableLineInput) { i.Rate = &crm.MoneyInput{Amount: 1} })
		refuses("hours of another project's nomination", crm.NotFound, "nominationId", func(i *crm.AddBillableLineInput) { i.NominationID = &nominationOf(t, o, "P-2026-0031").ID })
		refuses("hours before the nomination began", crm.NominationNotAtWork, "nominationId", func(i *crm.AddBillableLineInput) { i.PeriodStartOn = "2026-02-01" })
		refuses("hours after the nomination ended", crm.NominationNotAtWork, "nominationId", func(i *crm.AddBillableLineInput) { i.PeriodEndOn = "2027-02-27" })
		refuses("an end before the start", crm.BadInput, "periodEndOn", func(i *crm.AddBillableLineInput) { i.PeriodEndOn = "2026-11-01" })
		refuses("no quantity", crm.BadInput, "quantity", func(i *crm.AddBillableLineInput) { i.Quantity = 0 })
		refuses("too much", crm.BadInput, "quantity", func(i *crm.AddBillableLineInput) { i.Quantity = 10_000_01 })
		refuses("a type of hours on expenses", crm.NotFound, "typeId", func(i *crm.AddBillableLineInput) {
			*i = expense(i.ProjectID, 1)
			i.TypeID = &o.Lookup(crm.HourTypeList, "Overwerk").ID
		})
		refuses("hours of a type that was not agreed", crm.BadInput, "typeId", func(i *crm.AddBillableLineInput) { i.TypeID = &o.Lookup(crm.HourTypeList, "Overwerk").ID })
		refuses("a request", crm.NotFound, "projectId", func(i *crm.AddBillableLineInput) { i.ProjectID = o.Engagement("A-2026-0040").ID })
		t.Run("refuses an archived project", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Lines.Add(o.As(crmtest.Fatima), expense(o.Engagement("P-2024-0007").ID, 1))
				refused(t, err, crm.CardArchived)
			})
		})
		t.Run("is for who may see amounts", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Lines.Add(o.As(crmtest.Sanne), expense(project, 1))
				refused(t, err, crm.Forbidden)
			})
		})
		t.Run("warns beyond the fixed price", func(t *testing.T) {
			instalment := expense(o.Engagement("P-2026-0025").ID, 30_000_00)
			instalment.Kind = crm.InstalmentLine
			equal(t, "warnings up to it", len(must2(o.Lines.Add(o.As(crmtest.Fatima), instalment))(t).Warnings), 0)
			instalment.Rate = &crm.MoneyInput{Amount: 1}
			equal(t, "warning beyond it", must2(o.Lines.Add(o.As(crmtest.Fatima), instalment))(t).Warnings[0].Code, crm.BeyondFixedPrice)
		})
		t.Run("warns of hours and expenses before the project and behind it", func(t *testing.T) {
			of := func(from, to crm.Date, kind crm.BillableLineKind) []crm.WarningCode {
				input := expense(project, 1) // of a project from 2 March 2026 to 26 February 2027
				input.Kind, input.PeriodStartOn, input.PeriodEndOn = kind, from, to
				return warningCodes(must2(o.Lines.Add(o.As(crmtest.Fatima), input))(t).Warnings)
			}
			sameList(t, "before", of("2026-03-01", "2026-03-02", crm.ExpenseLine), []crm.WarningCode{crm.OutsideTerm})
			sameList(t, "behind", of("2027-02-26", "2027-02-27", crm.ExpenseLine), []crm.WarningCode{crm.OutsideTerm})
			sameList(t, "within", of("2026-03-02", "2027-02-26", crm.ExpenseLine), []crm.WarningCode{})
			sameList(t, "an instalment in advance", of("2026-03-01", "2026-03-01", crm.InstalmentLine), []crm.WarningCode{})
			line := addLine(t, o, expense(project, 1))
			changed := must2(o.Lines.Update(o.As(crmtest.Fatima), crm.UpdateBillableLineInput{ID: line.ID, ExpectedVersion: line.Version,
				Patch: crm.BillableLineFields{PeriodEndOn: crmtest.Given[crm.Date]("2027-03-31")}}))(t)
			sameList(t, "of a change", warningCodes(changed.Warnings), []crm.WarningCode{crm.OutsideTerm})
		})
		t.Run("marks what the customer bills itself", func(t *testing.T) {
			equal(t, "self-billing", addLine(t, o, expense(o.Engagement("P-2026-0018").ID, 1)).IsSelfBilling, true)
		})
	})
}

func TestALineGoesItsWay(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		fatima, project := o.As(crmtest.Fatima), o.Engagement("P-2025-0003").ID // nobody has to approve there
		line := addLine(t, o, expense(project, 10_00))
		approve := func(gate *crm.ApprovalGate, ids ...crm.ID) error {
			_, err := o.Lines.Approve(fatima, crm.ApproveBillableLinesInput{Ids: ids, Gate: gate})
			return err
		}
		o.Signals()
		t.Run("not skipping a step", func(t *testing.T) {
			changesNothing(t, o, func() {
				_, err := o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: project, LineIds: &[]crm.ID{line.ID}})
				refused(t, err, crm.LineNotApproved, "input", "lineIds")
				_, err = o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: project})
				refused(t, err, crm.NothingToInvoice)
				_, err = o.Lines.MarkInvoiced(fatima, crm.MarkInvoicedInput{ProposalNumbers: []string{"V-2026-0009"}, InvoiceNumber: "1"})
				refused(t, err, crm.NotFound, "input", "proposalNumbers")
			})
		})
		t.Run("changed while it is open, at its version", func(t *testing.T) {
			update := func(version int) error {
				answer, err := o.Lines.Update(fatima, crm.UpdateBillableLineInput{ID: line.ID, ExpectedVersion: version,
					Patch: crm.BillableLineFields{Quantity: crmtest.Given(crm.Decimal(3_00))}})
				if err == nil {
					equal(t, "amount", answer.Line.Amount().Amount, 30_00)
				}
				return err
			}
			if err := update(1); err != nil {
				t.Fatal(err)
			}
			refused(t, update(1), crm.Conflict)
		})
		if err := approve(nil, line.ID); err != nil {
			t.Fatal(err)
		}
		o.Signals()
		t.Run("approved once, and then as it is", func(t *testing.T) {
			changesNothing(t, o, func() {
				refused(t, approve(nil, line.ID), crm.LineNotOpen, "input", "ids")
				_, err := o.Lines.Update(fatima, crm.UpdateBillableLineInput{ID: line.ID, ExpectedVersion: 3, Patch: crm.BillableLineFields{IsBillable: crmtest.Given(false)}})
				refused(t, err, crm.LineNotOpen)
			})
		})
		t.Run("onto a proposal and an invoice", func(t *testing.T) {
			proposal := must2(o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: project}))(t).Proposals[0]
			equal(t, "number", proposal.Number, "V-2026-0003")
			equal(t, "total", proposal.Total().Amount, 30_00)
			equal(t, "proposed", revenueOf(t, o, crmtest.Groep, nil).Proposed().Amount, 30_00)
			_, err := o.Lines.MarkInvoiced(fatima, crm.MarkInvoicedInput{ProposalNumbers: []string{proposal.Number}, InvoiceNumber: "2026-1300", InvoicedOn: new(crm.Date("2026-11-24"))})
			refused(t, err, crm.BadInput, "input", "invoicedOn")
			must2(o.Lines.MarkInvoiced(fatima, crm.MarkInvoicedInput{ProposalNumbers: []string{proposal.Number}, InvoiceNumber: "2026-1300"}))(t)
			equal(t, "nothing left", revenueOf(t, o, crmtest.Groep, nil).Total().Amount, 0)
			_, err = o.Lines.MarkInvoiced(fatima, crm.MarkInvoicedInput{ProposalNumbers: []string{proposal.Number}, InvoiceNumber: "2026-1300"})
			refused(t, err, crm.LineNotProposed)
			_, err = o.Lines.WriteOff(fatima, crm.WriteOffBillableLineInput{ID: line.ID, Reason: "x"})
			refused(t, err, crm.LineClosed)
		})
		t.Run("or off, with a reason", func(t *testing.T) {
			other := addLine(t, o, expense(project, 5_00))
			_, err := o.Lines.WriteOff(fatima, crm.WriteOffBillableLineInput{ID: other.ID, Reason: " "})
			refused(t, err, crm.BadInput, "input", "reason")
			must2(o.Lines.WriteOff(fatima, crm.WriteOffBillableLineInput{ID: other.ID, Reason: "Coulance"}))(t)
			equal(t, "nothing left", revenueOf(t, o, crmtest.Groep, nil).Total().Amount, 0)
		})
		t.Run("not onto a proposal when it is not billable, or the order number is missing", func(t *testing.T) {
			free := expense(project, 5_00)
			free.IsBillable = false
			unbilled := addLine(t, o, free)
			if err := approve(nil, unbilled.ID); err != nil {
				t.Fatal(err)
			}
			_, err := o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: project, LineIds: &[]crm.ID{unbilled.ID}})
			refused(t, err, crm.LineNotBillable)
			write(t, o, "UPDATE engagements SET purchase_order_number = NULL WHERE number = 'P-2026-0025'")
			_, err = o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: o.Engagement("P-2026-0025").ID})
			refused(t, err, crm.OrderNumberMissing)
		})
	})
}

func TestApprovalsThatPreferencesWant(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		project := o.Engagement("P-2026-0012").ID // its hours manager approves
		must2(state(o, project, crm.InvoicingFields{Approval: crmtest.Given(crm.InvoicingApprovalFields{Customer: crmtest.Given(true)})}))(t)
		line := addLine(t, o, expense(project, 10_00))
		approve := func(gate *crm.ApprovalGate) (*crm.ApproveBillableLinesPayload, error) {
			return o.Lines.Approve(o.As(crmtest.Fatima), crm.ApproveBillableLinesInput{Ids: []crm.ID{line.ID}, Gate: gate})
		}
		manager, leader, customer := crm.HoursManagerGate, crm.ProjectLeaderGate, crm.CustomerGate
		_, err := approve(nil)
		refused(t, err, crm.ApprovalRequired, "input", "gate")
		_, err = approve(&leader)
		refused(t, err, crm.ApprovalRequired)
		equal(t, "after the first", must2(approve(&manager))(t).Lines[0].Status, crm.LineOpen)
		_, err = approve(&manager)
		refused(t, err, crm.AlreadyApproved)
		equal(t, "after the last", must2(approve(&customer))(t).Lines[0].Status, crm.LineApproved)
	})
}

func TestProposalsAreSplit(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		project := o.Engagement("P-2025-0003").ID
		must2(state(o, project, delivery(crm.InvoiceDeliveryFields{SplitBy: graphql.OmittableOf([]crm.InvoiceSplit{crm.SplitByWorker, crm.SplitByWeek})})))(t)
		var ids []crm.ID
		for _, day := range []crm.Date{"2026-11-02", "2026-11-06", "2026-11-09"} {
			ids = append(ids, addLine(t, o, hours(t, o, "P-2025-0003", day, day)).ID)
		}
		ids = append(ids, addLine(t, o, expense(project, 1_00)).ID)
		must2(o.Lines.Approve(o.As(crmtest.Fatima), crm.ApproveBillableLinesInput{Ids: ids}))(t)
		proposals := must2(o.Lines.Propose(o.As(crmtest.Fatima), crm.ProposeInvoiceInput{ProjectID: project}))(t).Proposals
		sameList(t, "lines of each", each(proposals, func(p *crm.InvoiceProposal) int { return len(p.Lines) }), []int{2, 1, 1})
		numbers := each(proposals, func(p *crm.InvoiceProposal) string { return p.Number })
		must2(o.Lines.MarkInvoiced(o.As(crmtest.Fatima), crm.MarkInvoicedInput{ProposalNumbers: numbers, InvoiceNumber: "2026-1301"}))(t)
	})
}

func TestUninvoicedRevenue(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		t.Run("is the sum by project and by status", func(t *testing.T) {
			r := revenueOf(t, o, crmtest.Installatie, nil)
			equal(t, "total", r.Total().Amount, 30_116_30)
			equal(t, "open", r.Open().Amount, 7_920_00)
			equal(t, "approved", r.Approved().Amount, 22_196_30)
			checkSums(t, r)
		})
		t.Run("is zero with nothing to invoice", func(t *testing.T) {
			r := revenueOf(t, o, crmtest.Brouwer, nil)
			equal(t, "total", r.Total().Amount.String(), "0.00")
			equal(t, "projects", len(r.ByProject), 0)
			equal(t, "statuses", len(r.ByStatus()), 3)
		})
		t.Run("marks self-billing", func(t *testing.T) {
			equal(t, "self-billing", revenueOf(t, o, crmtest.HanzeBouw, nil).SelfBilling().Amount, 10_880_00)
		})
		t.Run("counts daughters when asked", func(t *testing.T) {
			groep := []crm.ID{o.Customer(crmtest.Groep).ID}
			equal(t, "alone", must2(o.Lines.UninvoicedOfCustomers(o.As(crmtest.Fatima), groep, nil, false))(t)[0].Total().Amount, 0)
			equal(t, "with them", must2(o.Lines.UninvoicedOfCustomers(o.As(crmtest.Fatima), groep, nil, true))(t)[0].Total().Amount, 30_116_30)
		})
		t.Run("was another on an earlier day", func(t *testing.T) {
			r := revenueOf(t, o, crmtest.Installatie, new(crm.Date("2026-11-04")))
			// September is on no invoice yet and was approved in October; October is open.
			equal(t, "approved", r.Approved().Amount, 12_210_00)
			equal(t, "open", r.Open().Amount, 12_540_00+9_472_00+184_30)
			checkSums(t, r)
			equal(t, "in September", revenueOf(t, o, crmtest.Installatie, new(crm.Date("2026-09-29"))).Total().Amount, 0)
			lines := must2(o.Lines.UninvoicedLines(o.As(crmtest.Fatima), []crm.ID{o.Engagement("P-2026-0012").ID}, new(crm.Date("2026-11-04")), page.Args{}))(t)[0]
			equal(t, "lines", len(lines.Nodes), 2)
		})
		t.Run("is not for others", func(t *testing.T) {
			_, err := o.Lines.UninvoicedOfCustomers(o.As(crmtest.Peter), []crm.ID{o.Customer(crmtest.Groep).ID}, nil, false)
			refused(t, err, crm.Forbidden)
			lines := must2(o.Lines.ByIDs(o.As(crmtest.Sanne), []crm.ID{"bil_00000000000000000000000000"}))(t)
			equal(t, "line", lines[0], nil)
		})
	})
}

func TestRevenueIsToldBeforeARelationLeaves(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		addLine(t, o, expense(o.Engagement("P-2025-0019").ID, 12_50))
		brouwer := o.Customer(crmtest.Brouwer).ID
		warning := func(warnings []*crm.Warning) string {
			for _, w := range warnings {
				if w.Code == crm.RevenueRemains {
					return w.Message
				}
			}
			return ""
		}
		reverted := must2(o.Customers.RevertToProspect(o.As(crmtest.Joris), crm.RevertToProspectInput{ID: brouwer}))(t)
		equal(t, "without the amount", warning(reverted.Warnings), "Er is nog omzet te factureren.")
		archived := must2(o.Customers.Archive(o.As(crmtest.Fatima), crm.ArchiveCustomerInput{ID: brouwer}))(t)
		equal(t, "with the amount", warning(archived.Warnings), "Er is nog omzet te factureren: € 12,50.")
		t.Run("and can still be invoiced, while nothing new is recorded", func(t *testing.T) {
			_, err := o.Lines.Add(o.As(crmtest.Fatima), expense(o.Engagement("P-2025-0019").ID, 1))
			refused(t, err, crm.CardArchived)
			line := revenueOf(t, o, crmtest.Brouwer, nil).ByProject[0].ProjectID
			lines := must2(o.Lines.UninvoicedLines(o.As(crmtest.Fatima), []crm.ID{line}, nil, page.Args{}))(t)[0]
			must2(o.Lines.Approve(o.As(crmtest.Fatima), crm.ApproveBillableLinesInput{Ids: []crm.ID{lines.Nodes[0].ID}}))(t)
			must2(o.Lines.Propose(o.As(crmtest.Fatima), crm.ProposeInvoiceInput{ProjectID: line}))(t)
		})
	})
}

// checkSums says that the parts come to the whole (invariant 6).
func checkSums(t *testing.T, r *crm.UninvoicedRevenue) {
	t.Helper()
	var projects, statuses, billed crm.Decimal
	for _, p := range r.ByProject {
		projects += p.Total().Amount
		billed += p.SelfBilling().Amount
	}
	for _, s := range r.ByStatus() {
		statuses += s.Total.Amount
	}
	equal(t, "sum of the projects", projects, r.Total().Amount)
	equal(t, "sum of the statuses", statuses, r.Total().Amount)
	equal(t, "sum of self-billing", billed, r.SelfBilling().Amount)
}

// TestRevenueAddsUp lets two colleagues do whatever comes to mind with lines at the same time, and says that
// revenue is the sum of its lines at every moment, now and on days before.
func TestRevenueAddsUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("for seed ", seed), func(t *testing.T) {
			t.Parallel()
			onOffice(t, func(t *testing.T, o *crmtest.Office) {
				var together sync.WaitGroup
				for i := range uint64(2) {
					together.Go(func() {
						p := &biller{o: o, ctx: financially(o.As([]string{crmtest.Fatima, crmtest.Sanne}[i])), random: rand.New(rand.NewPCG(seed, i))}
						for step := range 40 {
							if err := p.act(); err != nil && crm.FaultsOf(err) == nil {
								t.Errorf("step %d of %d: %v", step, i, err)
							}
						}
					})
				}
				together.Wait()
				for _, asOf := range []*crm.Date{nil, new(crm.Date("2026-11-23")), new(crm.Date("2026-10-15"))} {
					checkRevenue(t, o, asOf)
				}
				checkVersions(t, o)
			})
		})
	}
}

// checkRevenue compares the revenue of every relation with its lines, read one by one.
func checkRevenue(t *testing.T, o *crmtest.Office, asOf *crm.Date) {
	t.Helper()
	customers := everyCustomer(t, o)
	for i, r := range must2(o.Lines.UninvoicedOfCustomers(o.As(crmtest.Fatima), nodeIDs(customers), asOf, false))(t) {
		checkSums(t, r)
		var sum crm.Decimal
		for _, p := range r.ByProject {
			for _, line := range walk(t, 100, false, func(args page.Args) (*page.Connection[*crm.BillableLine], error) {
				pages, err := o.Lines.UninvoicedLines(o.As(crmtest.Fatima), []crm.ID{p.ProjectID}, asOf, args)
				return at(pages, 0), err
			}) {
				sum += line.Amount().Amount
				equal(t, "amount", line.Amount().Amount, (line.Quantity*line.Rate().Amount+50)/100)
			}
		}
		equal(t, "lines of "+customers[i].Number, sum, r.Total().Amount)
	}
}

// biller does whatever comes to mind with lines.
type biller struct {
	o      *crmtest.Office
	ctx    context.Context //nolint:containedctx // a colleague at work in a test
	random *rand.Rand
}

func (p *biller) line() crm.ID {
	return (&player{o: p.o, who: crmtest.Fatima, random: p.random}).pick("billable_lines", "1 = 1")
}

func (p *biller) act() (err error) {
	project := p.o.Engagement([]string{"P-2026-0012", "P-2026-0031", "P-2025-0003", "P-2026-0018"}[p.random.IntN(4)]).ID
	switch p.random.IntN(7) {
	case 0, 1:
		input := expense(project, crm.Decimal(p.random.IntN(10_000)))
		input.Quantity, input.IsBillable = crm.Decimal(1+p.random.IntN(1000)), p.random.IntN(4) > 0
		_, err = p.o.Lines.Add(p.ctx, input)
	case 2:
		_, err = p.o.Lines.Approve(p.ctx, crm.ApproveBillableLinesInput{Ids: []crm.ID{p.line(), p.line()}, Gate: new(crm.HoursManagerGate)})
	case 3:
		_, err = p.o.Lines.Propose(p.ctx, crm.ProposeInvoiceInput{ProjectID: project})
	case 4:
		_, err = p.o.Lines.MarkInvoiced(p.ctx, crm.MarkInvoicedInput{ProposalNumbers: []string{fmt.Sprintf("V-2026-%04d", 1+p.random.IntN(12))}, InvoiceNumber: "1",
			InvoicedOn: new(crm.Date([]string{"2026-11-23", "2026-11-10"}[p.random.IntN(2)]))})
	case 5:
		_, err = p.o.Lines.WriteOff(p.ctx, crm.WriteOffBillableLineInput{ID: p.line(), Reason: "Coulance"})
	default:
		_, err = p.o.Lines.Update(p.ctx, crm.UpdateBillableLineInput{ID: p.line(), ExpectedVersion: 1, Patch: crm.BillableLineFields{
			Rate: crmtest.Given(crm.MoneyInput{Amount: crm.Decimal(p.random.IntN(500))})}})
	}
	return err
}
