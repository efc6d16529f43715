package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
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
