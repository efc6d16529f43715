package crm_test

import (
	"strconv"
	"sync"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// nextNumbers are those that the office gives out next, by what they number.
func nextNumbers(t *testing.T, o *crmtest.Office) map[crm.NumberSeriesKind]string {
	t.Helper()
	next := make(map[crm.NumberSeriesKind]string)
	for _, one := range must2(o.Settings.NumberSeries(o.As(crmtest.Ruben)))(t) {
		next[one.Kind] = one.NextNumber()
	}
	return next
}

func TestNumberSeries(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, theirs := o.As(crmtest.Peter), o.Neighbour()
		set := func(kind crm.NumberSeriesKind, next int) (*crm.SetNextNumberPayload, error) {
			return o.Settings.SetNextNumber(peter, crm.SetNextNumberInput{Kind: kind, Next: next})
		}
		lead := func(number string) {
			t.Helper()
			made := must2(o.Engagements.CreateLead(peter, crm.CreateLeadInput{CustomerID: o.Customer(crmtest.Waterlanden).ID, Title: "x"}))(t)
			equal(t, "number", made.Lead.Number, number)
		}
		t.Run("tell what is given out next", func(t *testing.T) {
			told := nextNumbers(t, o)
			equal(t, "kinds", len(told), 6)
			lead(told["LEAD"])
			prospect := must2(o.Customers.Create(peter, crm.CreateCustomerInput{Stage: crm.Client, Fields: crm.CustomerFields{Name: crmtest.Text("Nummer Een B.V.")}}))(t).Customer
			equal(t, "customer", prospect.Number, told["CUSTOMER"])
			equal(t, "debtor", *prospect.DebtorNumber, told["DEBTOR"])
		})
		t.Run("go on from a higher number, with one event", func(t *testing.T) {
			was, head := nextNumbers(t, o)["LEAD"], o.Head()
			version := must2(set("LEAD", 500))(t).Settings.Version
			events := o.LogAfter(head)
			sameList(t, "kinds", kinds(events), []crm.EventKind{crm.SettingsChangedEvent})
			equal(t, "version", events[0].CardVersion, version)
			sameList(t, "changes", events[0].Changes, []crm.FieldChange{{Field: "numberSeries.LEAD", From: was, To: "L-2026-0500"}})
			lead("L-2026-0500")
			lead("L-2026-0501")
			must2(set("LEAD", 10_000))(t)
			lead("L-2026-10000")
		})
		t.Run("never go back, and change nothing where they are", func(t *testing.T) {
			o.Signals()
			changesNothing(t, o, func() {
				_, err := set("LEAD", 10_000)
				refused(t, err, crm.NumberGivenOut, "input", "next")
				_, err = set("CUSTOMER", -1)
				refused(t, err, crm.NumberGivenOut, "input", "next")
				_, err = set("CUSTOMER", 1_000_000_000)
				refused(t, err, crm.BadInput, "input", "next")
				_, err = o.Settings.SetNextNumber(o.As(crmtest.Fatima), crm.SetNextNumberInput{Kind: "LEAD", Next: 20_000})
				refused(t, err, crm.Forbidden)
				must2(set("LEAD", 10_001))(t)
			})
		})
		t.Run("begin where nothing was given out yet, and anew each year", func(t *testing.T) {
			o.Clock.Set(o.Clock.Now().AddDate(1, 0, 0))
			equal(t, "next", nextNumbers(t, o)["LEAD"], "L-2027-0001")
			_, err := set("LEAD", 0)
			refused(t, err, crm.NumberGivenOut, "input", "next")
			must2(set("LEAD", 7))(t)
			lead("L-2027-0007")
			must2(set("PROJECT", 1))(t)
			equal(t, "next project", nextNumbers(t, o)["PROJECT"], "P-2027-0001")
		})
		t.Run("are the office's own", func(t *testing.T) {
			made := must2(o.Engagements.CreateLead(theirs.Context(), crm.CreateLeadInput{CustomerID: theirs.Customer, Title: "x"}))(t)
			equal(t, "number", made.Lead.Number, "L-2027-0001")
		})
	})
}

func TestNumbersStayUniqueWhileASeriesMoves(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		peter, customer := o.As(crmtest.Peter), o.Customer(crmtest.Waterlanden).ID
		numbers := make([]string, 12)
		var all sync.WaitGroup
		for i := range numbers {
			all.Go(func() {
				made, err := o.Engagements.CreateLead(peter, crm.CreateLeadInput{CustomerID: customer, Title: "Lead " + strconv.Itoa(i)})
				if err != nil {
					t.Error(err)
					return
				}
				numbers[i] = made.Lead.Number
			})
			all.Go(func() {
				_, err := o.Settings.SetNextNumber(peter, crm.SetNextNumberInput{Kind: "LEAD", Next: 500 + i})
				if err != nil && crm.FaultsOf(err)[0].Code != crm.NumberGivenOut {
					t.Error(err)
				}
			})
		}
		all.Wait()
		given := make(map[string]bool)
		for _, number := range numbers {
			if given[number] {
				t.Errorf("%s was given out twice", number)
			}
			given[number] = true
		}
	})
}
