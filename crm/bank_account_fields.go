package crm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// maxBankAccounts bounds how many accounts a relation has.
const maxBankAccounts = 10

// BankAccountInput is an account as input.
type BankAccountInput BankAccount

// BankAccountsInput is a change of the accounts of a relation: all of them, or some less and some more.
type BankAccountsInput struct {
	Set    graphql.Omittable[[]*BankAccountInput]
	Add    graphql.Omittable[[]*BankAccountInput]
	Remove graphql.Omittable[[]string]
}

// accounts applies the bank accounts of a card, and its IBAN, which is that of the primary one. Given both, the IBAN is one
// of the list.
func (p *patching) accounts(primary graphql.Omittable[*string], given graphql.Omittable[*BankAccountsInput], c *Customer) {
	p.text("iban", primary, &c.Iban, iban)
	change, set := given.ValueOK()
	if !set {
		return
	}
	all := p.under("bankAccounts")
	all.isBase = p.isBase
	list := change.apply(c.AccountList, all)
	p.faults = append(p.faults, all.faults...)
	switch {
	case len(all.faults) > 0 || p.refused("iban"):
		return
	case primary.IsSet() && list.at(deref(c.Iban)) < 0 && (c.Iban != nil || len(list) > 0):
		p.refuse("iban", Text{NL: "Dit is geen van de bankrekeningen.", EN: "This is none of the bank accounts."})
		return
	case primary.IsSet():
		list = list.led(c.Iban)
	}
	if !list.sameAs(c.AccountList) {
		c.AccountList = list
	}
	c.Iban = c.AccountList.primary()
}

// apply gives the accounts as they are to be. Nil takes all off the card.
func (in *BankAccountsInput) apply(now bankAccounts, p *patching) bankAccounts {
	if in == nil {
		return nil
	}
	set, replaces := in.Set.ValueOK()
	list := slices.Clone(now)
	switch {
	case (p.isBase || replaces) && (in.Add.IsSet() || in.Remove.IsSet()):
		p.faults = append(p.faults, Invalid(Text{
			NL: "Geef alleen set, of alleen remove en add; in base alleen set.",
			EN: "Give set alone, or remove and add alone; in base set alone."}, p.path...))
		return now
	case replaces:
		list = nil
	}
	list = p.takeOff(in.Remove.Value(), list)
	list, chosen := p.put("set", set, list)
	list, added := p.put("add", in.Add.Value(), list)
	switch chosen = append(chosen, added...); {
	case len(list) > maxBankAccounts:
		p.faults = append(p.faults, Invalid(Text{NL: "Ten hoogste 10 bankrekeningen.", EN: "At most 10 bank accounts."}, p.path...))
	case len(chosen) > 1:
		p.faults = append(p.faults, Invalid(Text{NL: "Er is één hoofdrekening.", EN: "There is one primary account."}, p.path...))
	case len(chosen) == 1:
		return list.led(&chosen[0])
	case len(now) > 0 && list.at(now[0].Iban) >= 0:
		return list.led(now.primary())
	}
	return list.marked()
}

// takeOff leaves accounts out. One that is not there may be mistyped.
func (p *patching) takeOff(ibans []string, list bankAccounts) bankAccounts {
	for i, text := range ibans {
		at := list.at(strings.ToUpper(dropped(text, " ")))
		if at < 0 {
			p.faults = append(p.faults, Invalid(Text{NL: "Deze rekening staat niet op de kaart.", EN: "This account is not on the card."},
				p.under("remove").at(strconv.Itoa(i))...))
			continue
		}
		list = slices.Delete(list, at, at+1)
	}
	return list
}

// put adds accounts, each checked and in its stored form, and tells which are said to be the primary one.
func (p *patching) put(field string, given []*BankAccountInput, list bankAccounts) (more bankAccounts, chosen []string) {
	for i, one := range given {
		fields := p.under(field).under(strconv.Itoa(i))
		var account BankAccount
		fields.required("iban", graphql.OmittableOf(&one.Iban), &account.Iban, iban)
		account.Holder = fields.part("holder", one.Holder, upTo(100))
		account.Description = fields.part("description", one.Description, upTo(100))
		if account.Iban != "" && list.at(account.Iban) >= 0 {
			fields.refuse("iban", Text{NL: "Deze rekening staat al op de kaart.", EN: "This account is on the card already."})
		}
		p.faults = append(p.faults, fields.faults...)
		list = append(list, account)
		if one.IsPrimary {
			chosen = append(chosen, account.Iban)
		}
	}
	return list, chosen
}
