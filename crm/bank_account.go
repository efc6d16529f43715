package crm

import (
	"database/sql/driver"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// BankAccount is an account of a relation.
type BankAccount struct {
	Iban        string  `json:"iban"`
	Holder      *string `json:"holder"`
	Description *string `json:"description"`
	IsPrimary   bool    `json:"isPrimary"`
}

// bankAccounts are those of one relation, each IBAN once, the primary one first; nil where there are none.
type bankAccounts []BankAccount

// Value stores the list as JSON.
func (all bankAccounts) Value() (driver.Value, error) {
	if all == nil {
		return nil, nil
	}
	encoded, err := json.Marshal([]BankAccount(all))
	return string(encoded), err
}

// BankAccounts are those of the relation, the primary one first.
func (c *Customer) BankAccounts() []*BankAccount {
	found := make([]*BankAccount, len(c.AccountList))
	for i := range c.AccountList {
		found[i] = &c.AccountList[i]
	}
	return found
}

// primary is the IBAN of the first one; nil where there is none.
func (all bankAccounts) primary() *string {
	if len(all) == 0 {
		return nil
	}
	return new(all[0].Iban)
}

func (all bankAccounts) at(iban string) int {
	return slices.IndexFunc(all, func(a BankAccount) bool { return a.Iban == iban })
}

// led are the accounts with this primary one: one of them, another in the place of the first, or the next.
func (all bankAccounts) led(iban *string) bankAccounts {
	rest := slices.Clone(all)
	switch {
	case iban == nil && len(rest) > 0:
		return rest[1:].marked()
	case iban == nil:
		return nil
	}
	first := BankAccount{Iban: *iban}
	if i := rest.at(*iban); i >= 0 {
		first = rest[i]
		rest = slices.Delete(rest, i, i+1)
	} else if len(rest) > 0 {
		rest = rest[1:]
	}
	return slices.Insert(rest, 0, first).marked()
}

// marked says which one is the primary: the first.
func (all bankAccounts) marked() bankAccounts {
	if len(all) == 0 {
		return nil
	}
	for i := range all {
		all[i].IsPrimary = i == 0
	}
	return all
}

// sameAs tells whether both have the same accounts and the same primary one, in whatever order.
func (all bankAccounts) sameAs(other bankAccounts) bool {
	told := func(list bankAccounts) []string {
		texts := make([]string, len(list))
		for i, account := range list {
			texts[i] = strconv.FormatBool(i == 0) + account.Iban + "\n" + deref(account.Holder) + "\n" + deref(account.Description)
		}
		slices.Sort(texts)
		return texts
	}
	return slices.Equal(told(all), told(other))
}

// ibans are those of all accounts, in one cell.
func (all bankAccounts) ibans() any {
	if len(all) == 0 {
		return nil
	}
	texts := make([]string, len(all))
	for i, account := range all {
		texts[i] = account.Iban
	}
	return strings.Join(texts, ", ")
}
