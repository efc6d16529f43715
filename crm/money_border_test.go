package crm_test

import (
	"context"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/page"
)

// moneyVerbs are the verbs of preferences and billable lines, tried as who may see amounts.
func moneyVerbs() []verb {
	return []verb{
		{"state preferences of a customer", statePreferences(func(on ids) crm.ID { return on.customer })},
		{"state preferences of a request", statePreferences(func(on ids) crm.ID { return on.request })},
		{"state preferences of a project", statePreferences(func(on ids) crm.ID { return on.project })},
		{"state preferences of the office", statePreferences(func(on ids) crm.ID { return on.office })},
		{"apply delivery preset", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Preferences.ApplyDeliveryPreset(ctx, crm.ApplyInvoiceDeliveryPresetInput{OwnerID: on.customer, ExpectedVersion: 1, PresetID: on.lookup})
			return err
		}},
		{"add billable line", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.Add(financially(ctx), expense(on.project, 1))
			return err
		}},
		{"update billable line", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.Update(financially(ctx), crm.UpdateBillableLineInput{ID: on.line, ExpectedVersion: 1, Patch: crm.BillableLineFields{IsBillable: crmtest.Given(false)}})
			return err
		}},
		{"approve billable lines", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.Approve(financially(ctx), crm.ApproveBillableLinesInput{Ids: []crm.ID{on.line}})
			return err
		}},
		{"propose invoice", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.Propose(financially(ctx), crm.ProposeInvoiceInput{ProjectID: on.project})
			return err
		}},
		{"mark invoiced", func(ctx context.Context, o *crmtest.Office, _ ids) error {
			_, err := o.Lines.MarkInvoiced(financially(ctx), crm.MarkInvoicedInput{ProposalNumbers: []string{"V-2026-0099"}, InvoiceNumber: "1"})
			return err
		}},
		{"register invoice", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.RegisterInvoice(financially(ctx), crm.RegisterInvoiceInput{CustomerID: on.customer, Number: "2026-1", NetAmount: crm.MoneyInput{Amount: 1}})
			return err
		}},
		{"mark invoice paid", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.MarkInvoicePaid(financially(ctx), crm.MarkInvoicePaidInput{ID: on.invoice})
			return err
		}},
		{"mark invoice unpaid", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.MarkInvoiceUnpaid(financially(ctx), crm.MarkInvoiceUnpaidInput{ID: on.invoice})
			return err
		}},
		{"mark invoice credited", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.MarkInvoiceCredited(financially(ctx), crm.MarkInvoiceCreditedInput{ID: on.invoice})
			return err
		}},
		{"write off billable line", func(ctx context.Context, o *crmtest.Office, on ids) error {
			_, err := o.Lines.WriteOff(financially(ctx), crm.WriteOffBillableLineInput{ID: on.line, Reason: "x"})
			return err
		}},
	}
}

func statePreferences(owner func(on ids) crm.ID) func(context.Context, *crmtest.Office, ids) error {
	return func(ctx context.Context, o *crmtest.Office, on ids) error {
		_, err := o.Preferences.Update(ctx, crm.UpdateInvoicingPreferencesInput{OwnerID: owner(on), ExpectedVersion: new(1),
			Patch: crm.InvoicingFields{SelfBilling: crmtest.Given(false)}})
		return err
	}
}

// moneyReadings are the ways to read preferences and billable lines.
func moneyReadings() []reading {
	one := func(id crm.ID) []crm.ID { return []crm.ID{id} }
	return []reading{
		{"preferences of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Preferences.OfCustomers(ctx, one(on.customer))
		}},
		{"preferences of engagements", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Preferences.OfEngagements(ctx, []*crm.Dossier{{CardFrame: crm.CardFrame{ID: on.project}, CustomerID: on.customer}})
		}},
		{"preview of preferences", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			preview, err := o.Preferences.Preview(ctx, crm.PreviewInvoicingChangeInput{OwnerID: on.customer})
			if crm.FaultsOf(err) != nil && crm.FaultsOf(err)[0].Code == crm.NotFound {
				return nil, nil
			}
			return preview, err
		}},
		{"billable lines by id", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return o.Lines.ByIDs(financially(ctx), one(on.line))
		}},
		{"billable lines of projects", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Lines.OfProjects(financially(ctx), one(on.project), nil, page.Args{}))
		}},
		{"uninvoiced lines", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			return pagesOf(o.Lines.UninvoicedLines(financially(ctx), one(on.project), nil, page.Args{}))
		}},
		{"revenue of customers", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			found, err := o.Lines.UninvoicedOfCustomers(financially(ctx), one(on.customer), nil, true)
			if err != nil || found[0].Total().Amount == 0 {
				return nil, err
			}
			return found, nil
		}},
		{"revenue of projects", func(ctx context.Context, o *crmtest.Office, on ids) (any, error) {
			found, err := o.Lines.UninvoicedOfProjects(financially(ctx), one(on.project), nil)
			if err != nil || found[0].Total().Amount == 0 {
				return nil, err
			}
			return found, nil
		}},
	}
}
