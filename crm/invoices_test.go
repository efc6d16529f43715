package crm_test

import (
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

func TestInvoicesOnTheTimeline(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		fatima, project := o.As(crmtest.Fatima), o.Engagement("P-2026-0025")
		proposed := func(cents crm.Decimal) []string {
			t.Helper()
			line := addLine(t, o, expense(project.ID, cents))
			must2(o.Lines.Approve(fatima, crm.ApproveBillableLinesInput{Ids: []crm.ID{line.ID}}))(t)
			return []string{must2(o.Lines.Propose(fatima, crm.ProposeInvoiceInput{ProjectID: project.ID, LineIds: &[]crm.ID{line.ID}}))(t).Proposals[0].Number}
		}
		mark := func(number string, proposals []string, on *crm.Date) (*crm.MarkInvoicedPayload, error) {
			return o.Lines.MarkInvoiced(fatima, crm.MarkInvoicedInput{ProposalNumbers: proposals, InvoiceNumber: number, InvoicedOn: on})
		}
		t.Run("stand there once their lines are invoiced", func(t *testing.T) {
			head := o.Head()
			answer := must2(mark("2026-2000", proposed(30_00), nil))(t)
			invoice := answer.Invoice
			equal(t, "customer", invoice.CustomerID, project.CustomerID)
			equal(t, "project", *invoice.EngagementID, project.ID)
			equal(t, "amount", *invoice.NetAmountCents, 30_00)
			equal(t, "at", invoice.At, o.Clock.Now())
			equal(t, "is sent", invoice.Direction == crm.Outgoing && invoice.Status == crm.Sent && invoice.Kind == crm.InvoiceKind, true)
			events := o.LogAfter(head)
			equal(t, "last event", events[len(events)-1].Kind, crm.CommunicationAddedEvent)
			for _, event := range events[len(events)-1].Changes {
				t.Errorf("the event tells %v, which not everybody may know", event)
			}
		})
		t.Run("are one, and count what is added", func(t *testing.T) {
			again := must2(mark("2026-2000", proposed(12_50), nil))(t).Invoice
			equal(t, "amount", *again.NetAmountCents, 42_50)
			must2(o.Lines.RegisterInvoice(fatima, crm.RegisterInvoiceInput{CustomerID: project.CustomerID, Number: "2026-2001", NetAmount: crm.MoneyInput{Amount: 100_00}}))(t)
			known := must2(mark("2026-2001", proposed(10_00), nil))(t).Invoice
			equal(t, "amount that was told", *known.NetAmountCents, 100_00)
		})
		t.Run("are of the day that is given, and of one relation", func(t *testing.T) {
			brouwer := o.Customer(crmtest.Brouwer).ID
			yesterday := o.Clock.Now().AddDate(0, 0, -1)
			on := crm.Date(yesterday.Format("2006-01-02"))
			late := must2(o.Lines.RegisterInvoice(fatima, crm.RegisterInvoiceInput{CustomerID: brouwer, Number: "2026-2002", InvoicedOn: &on, NetAmount: crm.MoneyInput{Amount: 1}}))(t).Invoice
			equal(t, "day", late.At.Format("2006-01-02 15"), string(on)+" 11") // noon in Amsterdam
			proposals := proposed(5_00)
			o.Signals()
			changesNothing(t, o, func() {
				_, err := mark("2026-2002", proposals, nil)
				refused(t, err, crm.BadInput, "input", "invoiceNumber")
				_, err = o.Lines.RegisterInvoice(fatima, crm.RegisterInvoiceInput{CustomerID: project.CustomerID, Number: "2026-2002", NetAmount: crm.MoneyInput{Amount: 1}})
				refused(t, err, crm.Duplicate, "input", "number")
				_, err = o.Lines.RegisterInvoice(o.As(crmtest.Sanne), crm.RegisterInvoiceInput{CustomerID: project.CustomerID, Number: "2026-2003", NetAmount: crm.MoneyInput{Amount: 1}})
				refused(t, err, crm.Forbidden)
			})
		})
	})
}

// amounts are those of an invoice in one line: net, VAT, G-account, the day by which it is due, and the purchase order.
func amounts(invoice *crm.Invoice) string {
	text := func(amount *crm.Decimal) string {
		if amount == nil {
			return "-"
		}
		return amount.String()
	}
	due, order := "-", "-"
	if invoice.DueOn != nil {
		due = string(*invoice.DueOn)
	}
	if invoice.OrderNumber != nil {
		order = *invoice.OrderNumber
	}
	return text(invoice.NetAmountCents) + " " + text(invoice.VatAmountCents) + " " + text(invoice.GAccountAmountCents) + " " + due + " " + order
}

// invoicing are invoices of the demo office, made by who does its billing.
type invoicing struct{ *crmtest.Office }

// proposal puts a new line of a project on a proposal.
func (o invoicing) proposal(t *testing.T, project string, cents crm.Decimal) string {
	t.Helper()
	line := addLine(t, o.Office, expense(o.Engagement(project).ID, cents))
	approve := crm.ApproveBillableLinesInput{Ids: []crm.ID{line.ID}}
	if project == "P-2026-0012" || project == "P-2026-0031" {
		approve.Gate = new(crm.ApprovalGate("HOURS_MANAGER"))
	}
	must2(o.Lines.Approve(o.As(crmtest.Fatima), approve))(t)
	proposed := crm.ProposeInvoiceInput{ProjectID: o.Engagement(project).ID, LineIds: &[]crm.ID{line.ID}}
	return must2(o.Lines.Propose(o.As(crmtest.Fatima), proposed))(t).Proposals[0].Number
}

func (o invoicing) mark(number string, proposals ...string) (*crm.MarkInvoicedPayload, error) {
	return o.Lines.MarkInvoiced(o.As(crmtest.Fatima), crm.MarkInvoicedInput{ProposalNumbers: proposals, InvoiceNumber: number})
}

func (o invoicing) register(project, number string, cents crm.Decimal, adjust ...func(*crm.RegisterInvoiceInput)) (*crm.RegisterInvoicePayload, error) {
	of := o.Engagement(project)
	input := crm.RegisterInvoiceInput{CustomerID: of.CustomerID, EngagementID: &of.ID, Number: number, NetAmount: crm.MoneyInput{Amount: cents}}
	for _, one := range adjust {
		one(&input)
	}
	return o.Lines.RegisterInvoice(o.As(crmtest.Fatima), input)
}

// prefer gives a project preferences of its own.
func (o invoicing) prefer(t *testing.T, project string, patch crm.InvoicingFields) {
	t.Helper()
	of := o.Engagement(project)
	must2(o.Preferences.Update(o.As(crmtest.Fatima), crm.UpdateInvoicingPreferencesInput{OwnerID: of.ID, ExpectedVersion: &of.Version, Patch: patch}))(t)
}

func TestInvoicesFollowFromThePreferences(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, office *crmtest.Office) {
		o := invoicing{office} // today is 2026-11-23
		t.Run("the demo office's", func(t *testing.T) {
			equal(t, "of September", amounts(&crm.Invoice{Message: o.Message("Factuur 2026-1187, september 2026")}), "12210.00 2564.10 3693.53 2026-12-05 -")
		})
		t.Run("with VAT, rounded half up, and the project's purchase order", func(t *testing.T) {
			equal(t, "of Waterlanden", amounts(must2(o.mark("A1", o.proposal(t, "P-2026-0025", 50_50)))(t).Invoice), "50.50 10.61 - 2026-12-23 4500123987")
		})
		t.Run("without VAT where that is reversed, and with the blocked account", func(t *testing.T) {
			equal(t, "of Hanze Bouw", amounts(must2(o.register("P-2026-0018", "A2", 100_02))(t).Invoice), "100.02 0.00 20.00 2027-01-07 -")
		})
		t.Run("of the relation where it is of no project", func(t *testing.T) {
			of := o.Engagement("L-2026-0101")
			answer := must2(o.Lines.RegisterInvoice(o.As(crmtest.Fatima), crm.RegisterInvoiceInput{CustomerID: of.CustomerID, Number: "A3", NetAmount: crm.MoneyInput{Amount: 1_00}}))(t)
			equal(t, "of the relation", amounts(answer.Invoice), "1.00 0.21 0.30 2026-12-23 -")
			equal(t, "of a lead", amounts(must2(o.register("L-2026-0101", "A4", 1_00))(t).Invoice), "1.00 0.21 0.30 2026-12-23 -")
			equal(t, "of one without preferences", amounts(must2(o.register("A-2026-0041", "A5", 1_00))(t).Invoice), "1.00 0.21 - 2026-12-23 -")
		})
		t.Run("on days that run from the end of the month", func(t *testing.T) {
			condition := must2(o.Lookups.Create(o.As(crmtest.Peter), crm.CreateLookupValueInput{List: crm.PaymentConditionList, Fields: crm.LookupValueFields{
				Text: crmtest.Text("14 dagen einde maand"), Days: crmtest.Given(14), IsEndOfMonth: crmtest.Given(true)}}))(t).Value
			o.prefer(t, "P-2026-0031", crm.InvoicingFields{PaymentConditionID: crmtest.Given(condition.ID)})
			on := func(day crm.Date) func(*crm.RegisterInvoiceInput) {
				return func(in *crm.RegisterInvoiceInput) { in.InvoicedOn = &day }
			}
			for day, want := range map[crm.Date]string{"2026-11-23": "2026-12-14", "2026-10-31": "2026-11-14", "2024-02-01": "2024-03-14", "2026-01-30": "2026-02-14"} {
				equal(t, string(day), string(*must2(o.register("P-2026-0031", "A6 "+string(day), 1, on(day)))(t).Invoice.DueOn), want)
			}
		})
		t.Run("each project's part bears its own VAT", func(t *testing.T) {
			o.prefer(t, "P-2026-0031", crm.InvoicingFields{VatRegime: crmtest.Given(crm.VatRegime("EXEMPT")), GAccountPercentage: crmtest.Given[crm.Decimal](50_00)})
			both := must2(o.mark("A7", o.proposal(t, "P-2026-0031", 1000_00), o.proposal(t, "P-2026-0012", 100_00)))(t).Invoice
			equal(t, "together", amounts(both), "1100.00 21.00 280.25 2026-12-23 -")
			equal(t, "is of no project", both.EngagementID == nil, true)
		})
		t.Run("what is large does not overflow", func(t *testing.T) {
			equal(t, "trillions", amounts(must2(o.register("P-2026-0012", "A8", 9_999_999_999_999_99))(t).Invoice), "9999999999999.99 2100000000000.00 3025000000000.00 2026-12-23 -")
		})
	})
}

func TestWhatIsToldOfAnInvoice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, office *crmtest.Office) {
		o := invoicing{office}
		told := func(in *crm.RegisterInvoiceInput) {
			in.VatAmount, in.GrossAmount, in.GAccountAmount = &crm.MoneyInput{Amount: 9_00}, &crm.MoneyInput{Amount: 109_00}, &crm.MoneyInput{Amount: 1_00}
			in.DueOn, in.PurchaseOrderNumber = new(crm.Date("2026-11-30")), new(" PO 7 ")
		}
		t.Run("holds", func(t *testing.T) {
			equal(t, "registered", amounts(must2(o.register("P-2026-0012", "B1", 100_00, told))(t).Invoice), "100.00 9.00 1.00 2026-11-30 PO 7")
		})
		t.Run("holds with its lines, until these are more", func(t *testing.T) {
			equal(t, "within", amounts(must2(o.mark("B1", o.proposal(t, "P-2026-0012", 60_00)))(t).Invoice), "100.00 9.00 1.00 2026-11-30 PO 7")
			equal(t, "beyond", amounts(must2(o.mark("B1", o.proposal(t, "P-2026-0012", 40_01)))(t).Invoice), "100.01 21.00 30.25 2026-11-30 PO 7")
			equal(t, "kept", amounts(&crm.Invoice{Message: o.Message("Factuur B1")}), "100.01 21.00 30.25 2026-11-30 PO 7")
		})
		t.Run("must be right", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o.Office, func() {
				_, err := o.register("P-2026-0012", "B2", 100_00, told, func(in *crm.RegisterInvoiceInput) {
					in.GrossAmount, in.GAccountAmount, in.DueOn = &crm.MoneyInput{Amount: 109_01}, &crm.MoneyInput{Amount: 109_01}, new(crm.Date("2026-11-22"))
				})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.grossAmount", "BAD_INPUT input.gAccountAmount", "BAD_INPUT input.dueOn"})
				_, err = o.register("P-2026-0012", "B2", -1, func(in *crm.RegisterInvoiceInput) {
					in.VatAmount, in.GAccountAmount = &crm.MoneyInput{Amount: -1}, &crm.MoneyInput{Amount: -1}
					in.PurchaseOrderNumber = new("123456789012345678901234567890123456789012345678901")
				})
				sameList(t, "faults", faultsOf(err), []string{"BAD_INPUT input.purchaseOrderNumber", "BAD_INPUT input.netAmount", "BAD_INPUT input.vatAmount", "BAD_INPUT input.gAccountAmount"})
				_, err = o.register("P-2026-0012", "B2", 100_00, func(in *crm.RegisterInvoiceInput) { in.GrossAmount = &crm.MoneyInput{Amount: 100_00} })
				refused(t, err, crm.BadInput, "input", "grossAmount")
			})
		})
	})
}

func TestInvoicesArePaidAndCredited(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, office *crmtest.Office) {
		o, fatima := invoicing{office}, office.As(crmtest.Fatima)
		invoice := must2(o.register("P-2026-0025", "C1", 100_00))(t).Invoice
		pay := func(on *crm.Date) (*crm.MarkInvoicePaidPayload, error) {
			return o.Lines.MarkInvoicePaid(fatima, crm.MarkInvoicePaidInput{ID: invoice.ID, PaidOn: on})
		}
		credit := func(on *crm.Date) (*crm.MarkInvoiceCreditedPayload, error) {
			return o.Lines.MarkInvoiceCredited(fatima, crm.MarkInvoiceCreditedInput{ID: invoice.ID, CreditedOn: on})
		}
		is := func(status crm.InvoiceStatus, overdue bool) {
			t.Helper()
			now := &crm.Invoice{Message: o.Message("Factuur C1")}
			equal(t, "status", now.InvoiceStatus(), status)
			equal(t, "overdue", o.Communications.IsOverdue(now), overdue)
			for _, wanted := range []bool{true, false} {
				found := must2(o.Communications.CorrespondenceOf(o.As(crmtest.Ruben), []crm.ID{now.CustomerID},
					crm.TimelineArgs{Search: new("Factuur C1"), Filter: &crm.CommunicationFilter{IsOverdue: &wanted}}, page.Args{}))(t)[0]
				equal(t, "found among those that are, or are not", len(found.Nodes) == 1, overdue == wanted)
			}
		}
		is(crm.InvoiceSent, false)
		o.Clock.Set(time.Date(2026, 12, 23, 22, 59, 0, 0, time.UTC)) // due on the 23rd, which ends an hour earlier in UTC
		is(crm.InvoiceSent, false)
		o.Clock.Set(time.Date(2026, 12, 23, 23, 1, 0, 0, time.UTC))
		is(crm.InvoiceSent, true)
		o.Signals()
		changesNothing(t, o.Office, func() {
			for _, day := range []crm.Date{"2026-11-22", "2026-12-25"} {
				_, err := pay(&day)
				refused(t, err, crm.BadInput, "input", "paidOn")
				_, err = credit(&day)
				refused(t, err, crm.BadInput, "input", "creditedOn")
			}
			_, err := o.Lines.MarkInvoicePaid(fatima, crm.MarkInvoicePaidInput{ID: o.Message("Einde inzet de heer Hoekstra").ID})
			refused(t, err, crm.NotFound, "input", "id")
			unseeing := o.Actor(crmtest.Fatima)
			unseeing.Rights &^= crm.RightsOf(crm.ViewCommunications)
			_, err = o.Lines.MarkInvoicePaid(crm.WithActor(t.Context(), unseeing), crm.MarkInvoicePaidInput{ID: invoice.ID})
			refused(t, err, crm.NotFound, "input", "id")
			_, err = o.Lines.MarkInvoicePaid(o.As(crmtest.Sanne), crm.MarkInvoicePaidInput{ID: invoice.ID})
			refused(t, err, crm.Forbidden)
		})
		head := o.Head()
		must2(pay(new(crm.Date("2026-12-01"))))(t)
		is(crm.InvoicePaid, false)
		events := o.LogAfter(head)
		equal(t, "events", len(events), 1)
		equal(t, "event", events[0].Kind, crm.InvoicePaidEvent)
		equal(t, "of", *events[0].SubjectID, invoice.ID)
		sameList(t, "changes", events[0].Changes, []crm.FieldChange{{Field: "paidOn", To: "2026-12-01"}})
		back := must2(o.Lines.MarkInvoiceUnpaid(fatima, crm.MarkInvoiceUnpaidInput{ID: invoice.ID}))(t)
		equal(t, "paid on", back.Invoice.PaidOn, nil)
		is(crm.InvoiceSent, true)
		sameList(t, "taken back", o.LogAfter(events[0].Number)[0].Changes, []crm.FieldChange{{Field: "paidOn", From: "2026-12-01"}})
		o.Signals()
		changesNothing(t, o.Office, func() {
			_, err := o.Lines.MarkInvoiceUnpaid(fatima, crm.MarkInvoiceUnpaidInput{ID: invoice.ID})
			refused(t, err, crm.NotPaid, "input", "id")
		})
		must2(pay(nil))(t)
		within, beyond := o.proposal(t, "P-2026-0025", 100_00), o.proposal(t, "P-2026-0025", 1)
		must2(o.mark("C1", within))(t)
		o.Signals()
		changesNothing(t, o.Office, func() {
			_, err := pay(nil)
			refused(t, err, crm.AlreadyPaid, "input", "id")
			_, err = o.mark("C1", beyond)
			refused(t, err, crm.AlreadyPaid, "input", "invoiceNumber")
		})
		equal(t, "credited", *must2(credit(nil))(t).Invoice.CreditedOn, "2026-12-24")
		is(crm.InvoiceCredited, false)
		o.Signals()
		changesNothing(t, o.Office, func() {
			_, err := pay(nil)
			refused(t, err, crm.AlreadyCredited, "input", "id")
			_, err = credit(nil)
			refused(t, err, crm.AlreadyCredited, "input", "id")
			_, err = o.mark("C1", beyond)
			refused(t, err, crm.AlreadyCredited, "input", "invoiceNumber")
		})
	})
}
