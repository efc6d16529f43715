package crm_test

import (
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestDataQuality(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		problems := func(customer crm.ID) []string {
			found := must2(o.Customers.QualityOf(o.As(crmtest.Ruben), []crm.ID{customer}))(t)[0]
			return each(found, func(p *crm.DataProblem) string { return string(p.Grade) + " " + string(p.Code) + " " + p.Field })
		}
		create := func(stage crm.CustomerStage, fields crm.CustomerFields) crm.ID {
			return must2(o.Customers.Create(o.As(crmtest.Sanne), crm.CreateCustomerInput{Stage: stage, Fields: fields}))(t).Customer.ID
		}
		t.Run("asks of a prospect what the work needs, and of a customer what an invoice needs, the worst first", func(t *testing.T) {
			sameList(t, "of a prospect", problems(create(crm.Prospect, crm.CustomerFields{Name: crmtest.Text("Prospect B.V.")})), []string{
				"WARNING NO_CONTACT contacts", "WARNING NO_ACCOUNT_MANAGER accountManager", "ATTENTION NO_ADDRESS visitingAddress",
				"ATTENTION NO_KVK_NUMBER kvkNumber", "ATTENTION NO_EMAIL email", "ATTENTION NO_PHONE phone"})
			sameList(t, "of a customer", problems(create(crm.Client, crm.CustomerFields{Name: crmtest.Text("Klant B.V."), Phone: crmtest.Text("010-1234567"),
				VatRegime: crmtest.Given(crm.VatRegime("REVERSE_CHARGE"))})), []string{
				"ERROR NO_ADDRESS visitingAddress", "ERROR NO_VAT_ID vatId", "WARNING NO_KVK_NUMBER kvkNumber", "WARNING NO_CONTACT contacts",
				"WARNING NO_ACCOUNT_MANAGER accountManager", "ATTENTION NO_CREDIT_LIMIT creditLimit", "ATTENTION NO_EMAIL email"})
			sameList(t, "of a government body", problems(create(crm.Client, crm.CustomerFields{Name: crmtest.Text("Gemeente Landwater"), IsGovernment: crmtest.Given(true),
				VatRegime: crmtest.Given(crm.VatRegime("EXEMPT"))}))[:2], []string{"ERROR NO_ADDRESS visitingAddress", "WARNING NO_OIN oin"})
		})
		t.Run("asks who gets the invoices, and for a look once a year", func(t *testing.T) {
			customer := create(crm.Client, crm.CustomerFields{Name: crmtest.Text("Nieuw B.V.")})
			contact := func(invoices bool) {
				must2(o.Contacts.Create(o.As(crmtest.Sanne), crm.CreateContactInput{CustomerID: customer, Fields: crm.ContactFields{
					LastName: crmtest.Text("Jansen"), IsInvoiceContact: crmtest.Given(invoices)}}))(t)
			}
			contact(false)
			equal(t, "number", len(problems(customer)), 8)
			contact(true)
			equal(t, "number with a contact for invoices", len(problems(customer)), 7)
			o.Clock.Advance(366 * 24 * time.Hour)
			equal(t, "last after a year", problems(customer)[7], "ATTENTION NOT_REVIEWED updatedAt")
		})
		t.Run("asks nothing of an archived relation", func(t *testing.T) {
			equal(t, "number", len(problems(o.Customer(crmtest.Vastgoed).ID)), 0)
		})
	})
}
