package crm_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// Accounts of the bank that is none.
const (
	ownAccount   = "NL56DEMO0100000333" // of Brouwer
	otherAccount = "NL41DEMO0100000991"
	thirdAccount = "NL27DEMO0100000661"
)

func numbered(iban string) *crm.BankAccountInput { return &crm.BankAccountInput{Iban: iban} }

// toAccounts are fields that change the accounts of a relation.
func toAccounts(change crm.BankAccountsInput) crm.CustomerFields {
	return crm.CustomerFields{BankAccounts: crmtest.Given(change)}
}

func allAccounts(ibans ...string) crm.CustomerFields {
	return toAccounts(crm.BankAccountsInput{Set: crmtest.List(each(ibans, numbered)...)})
}

// accountsOf are the accounts of a relation as they were stored, and that its IBAN is that of the first.
func accountsOf(t *testing.T, o *crmtest.Office, number string) []string {
	t.Helper()
	stored := o.Customer(number)
	primary := ""
	for i, one := range stored.AccountList {
		equal(t, "is primary", one.IsPrimary, i == 0)
		if i == 0 {
			primary = one.Iban
		}
	}
	if primary == "" {
		equal(t, "has no IBAN", stored.Iban == nil, true)
	} else {
		equal(t, "iban", *stored.Iban, primary)
	}
	return each(stored.AccountList, func(a crm.BankAccount) string { return a.Iban })
}

func TestBankAccounts(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		set := func(fields crm.CustomerFields) (*crm.UpdateCustomerPayload, error) {
			return update(o, crmtest.Sanne, o.Customer(crmtest.Brouwer), fields)
		}
		begin := func(t *testing.T, ibans ...string) *crm.Customer {
			t.Helper()
			return must2(set(allAccounts(ibans...)))(t).Customer
		}
		stored := func(t *testing.T, want ...string) {
			t.Helper()
			sameList(t, "accounts", accountsOf(t, o, crmtest.Brouwer), want)
		}
		for name, one := range map[string]struct {
			change crm.CustomerFields
			want   []string
		}{
			"are added behind":                           {toAccounts(crm.BankAccountsInput{Add: crmtest.List(numbered(thirdAccount))}), []string{ownAccount, otherAccount, thirdAccount}},
			"are added in front":                         {toAccounts(crm.BankAccountsInput{Add: crmtest.List(&crm.BankAccountInput{Iban: thirdAccount, IsPrimary: true})}), []string{thirdAccount, ownAccount, otherAccount}},
			"are removed":                                {toAccounts(crm.BankAccountsInput{Remove: crmtest.List("nl41 demo 0100 0009 91")}), []string{ownAccount}},
			"have a next one when the primary goes":      {toAccounts(crm.BankAccountsInput{Remove: crmtest.List(ownAccount)}), []string{otherAccount}},
			"are exchanged in one change":                {toAccounts(crm.BankAccountsInput{Remove: crmtest.List(ownAccount), Add: crmtest.List(numbered(ownAccount))}), []string{ownAccount, otherAccount}},
			"are set, with the primary one as it was":    {allAccounts(thirdAccount, ownAccount), []string{ownAccount, thirdAccount}},
			"are set, without it":                        {allAccounts(thirdAccount, otherAccount), []string{thirdAccount, otherAccount}},
			"are emptied":                                {allAccounts(), []string{}},
			"are cleared":                                {crm.CustomerFields{BankAccounts: crmtest.Null[crm.BankAccountsInput]()}, []string{}},
			"get another primary one by the IBAN":        {crm.CustomerFields{Iban: crmtest.Text(thirdAccount)}, []string{thirdAccount, otherAccount}},
			"change places by the IBAN":                  {crm.CustomerFields{Iban: crmtest.Text(otherAccount)}, []string{otherAccount, ownAccount}},
			"lose the primary one by the IBAN":           {crm.CustomerFields{Iban: crmtest.Null[string]()}, []string{otherAccount}},
			"are set by list and IBAN, which says which": {crm.CustomerFields{Iban: crmtest.Text(thirdAccount), BankAccounts: allAccounts(ownAccount, thirdAccount).BankAccounts}, []string{thirdAccount, ownAccount}},
		} {
			t.Run(name, func(t *testing.T) {
				began := begin(t, ownAccount, otherAccount)
				must2(set(allAccounts(ownAccount, otherAccount)))(t)
				changed := must2(set(one.change))(t).Customer
				stored(t, one.want...)
				if changed.Version == began.Version {
					return
				}
				must2(undoTo(o, began.ID, began.Version, changed.Version))(t)
				stored(t, ownAccount, otherAccount)
			})
		}
		t.Run("are no change in another order, or when nothing is said", func(t *testing.T) {
			begin(t, ownAccount, otherAccount, thirdAccount)
			o.Signals()
			changesNothing(t, o, func() {
				for _, same := range []crm.CustomerFields{allAccounts(otherAccount, thirdAccount, ownAccount), toAccounts(crm.BankAccountsInput{})} {
					must2(set(same))(t)
				}
			})
		})
		t.Run("are ten at the most, each once, one of them primary", func(t *testing.T) {
			begin(t, ownAccount)
			o.Signals()
			changesNothing(t, o, func() {
				for want, fields := range map[string]crm.CustomerFields{
					"BAD_INPUT input.patch.bankAccounts":            allAccounts(manyAccounts(11)...),
					"BAD_INPUT input.patch.bankAccounts.set.1.iban": allAccounts(ownAccount, strings.ToLower(ownAccount)),
					"BAD_INPUT input.patch.bankAccounts.add.0.iban": toAccounts(crm.BankAccountsInput{Add: crmtest.List(numbered(ownAccount))}),
					"BAD_INPUT input.patch.bankAccounts.remove.0":   toAccounts(crm.BankAccountsInput{Remove: crmtest.List(otherAccount)}),
					"BAD_INPUT input.patch.iban":                    {Iban: crmtest.Null[string](), BankAccounts: allAccounts(ownAccount).BankAccounts},
				} {
					_, err := set(fields)
					sameList(t, "faults", faultsOf(err), []string{want})
				}
			})
			begin(t, manyAccounts(10)...)
		})
		t.Run("need no statement of their own where the IBAN has one, nor the other way about", func(t *testing.T) {
			seen := begin(t, ownAccount, otherAccount)
			for _, one := range []crm.UpdateCustomerInput{
				{Base: &crm.CustomerFields{Iban: crmtest.Text(ownAccount)}, Patch: crm.CustomerFields{Iban: crmtest.Text(thirdAccount)}},
				{Base: new(allAccounts(thirdAccount, otherAccount)), Patch: allAccounts(ownAccount)},
			} {
				one.ID = seen.ID
				must2(o.Customers.Update(o.As(crmtest.Joris), one))(t)
			}
			stored(t, ownAccount)
			_, err := o.Customers.Update(o.As(crmtest.Joris), crm.UpdateCustomerInput{ID: seen.ID,
				Base: &crm.CustomerFields{Iban: crmtest.Text(thirdAccount)}, Patch: crm.CustomerFields{Iban: crmtest.Null[string]()}})
			sameList(t, "clashing", each(refusal(t, err, crm.Conflict).Conflicts, func(c *crm.FieldConflict) string { return c.Field }), []string{"iban", "bankAccounts"})
		})
		t.Run("go back to an IBAN of before there were several", func(t *testing.T) {
			began := begin(t)
			now := begin(t, ownAccount)
			write(t, o, "UPDATE events SET changes = ? WHERE card_id = ? AND card_version = ?",
				fmt.Sprintf(`[{"field":"iban","from":null,"to":%q}]`, ownAccount), string(now.ID), now.Version)
			now = begin(t, ownAccount, otherAccount)
			must2(undoTo(o, began.ID, began.Version, now.Version))(t)
			stored(t)
		})
	})
}

// manyAccounts are so many different accounts.
func manyAccounts(n int) []string {
	made := make([]string, n)
	for i := range made {
		counted, _ := new(big.Int).SetString(fmt.Sprintf("1314222401%08d232100", i), 10) // DEMO01…NL00, letters from A = 10
		made[i] = fmt.Sprintf("NL%02dDEMO01%08d", 98-new(big.Int).Mod(counted, big.NewInt(97)).Int64(), i)
	}
	return made
}

func TestBlockedCreditWarns(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		project := func(number, contact string) []crm.WarningCode {
			made := must2(o.Engagements.CreateProject(o.As(crmtest.Sanne), crm.CreateProjectInput{CustomerID: o.Customer(number).ID,
				ContactID: o.Contact(contact).ID, Title: "x", StartOn: "2027-01-04"}))(t)
			return warningCodes(made.Warnings)
		}
		sameList(t, "of who is blocked", project(crmtest.HanzeBouw, "Stefan ten Brinke")[:1], []crm.WarningCode{crm.CreditBlocked})
		running := o.Engagement("P-2026-0018")
		placed := must2(o.Nominations.Add(o.As(crmtest.Sanne), crm.AddNominationInput{EngagementID: running.ID, Kind: crm.Person, Name: "Noor Vos"}))(t)
		sameList(t, "of who is put to work", warningCodes(placed.Warnings)[:1], []crm.WarningCode{crm.CreditBlocked})
		must2(o.Engagements.EndProject(o.As(crmtest.Sanne), crm.EndProjectInput{ID: running.ID, EndOn: "2026-11-20"}))(t)
		reopened := must2(o.Engagements.ReopenProject(o.As(crmtest.Sanne), crm.ReopenProjectInput{ID: running.ID}))(t)
		sameList(t, "of what goes on", warningCodes(reopened.Warnings)[:1], []crm.WarningCode{crm.CreditBlocked})
		for _, code := range project(crmtest.Brouwer, "Klaas Brouwer") {
			equal(t, "of who was not asked", code == crm.CreditBlocked, false)
		}
		before := o.Customer(crmtest.HanzeBouw)
		freed := must2(update(o, crmtest.Sanne, before, crm.CustomerFields{CreditStatus: crmtest.Null[crm.CreditStatus](), CreditLimit: crmtest.Null[crm.MoneyInput]()}))(t).Customer
		for _, code := range project(crmtest.HanzeBouw, "Stefan ten Brinke") {
			equal(t, "of who is blocked no more", code == crm.CreditBlocked, false)
		}
		equal(t, "status", freed.CreditStatus, crm.CreditStatus("UNKNOWN"))
		now := o.Customer(crmtest.HanzeBouw)
		back := must2(undoTo(o, before.ID, before.Version, now.Version))(t).Customer
		equal(t, "status after an undo", back.CreditStatus, crm.BlockedCredit)
		equal(t, "limit after an undo", back.CreditLimit().Amount, before.CreditLimit().Amount)
	})
}
