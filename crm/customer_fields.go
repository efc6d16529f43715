package crm

import "github.com/99designs/gqlgen/graphql"

// CustomerFields are the fields of a relation as input: absent leaves, null clears, a value sets.
type CustomerFields struct {
	Name               graphql.Omittable[*string]
	TradeName          graphql.Omittable[*string]
	SearchName         graphql.Omittable[*string]
	LegalForm          graphql.Omittable[*string]
	KvkNumber          graphql.Omittable[*string]
	BranchNumber       graphql.Omittable[*string]
	Rsin               graphql.Omittable[*string]
	VatID              graphql.Omittable[*string]
	Oin                graphql.Omittable[*string]
	SbiCode            graphql.Omittable[*string]
	SbiVersion         graphql.Omittable[*SbiVersion]
	Sector             graphql.Omittable[*string]
	Classification     graphql.Omittable[*string]
	Source             graphql.Omittable[*string]
	TagIDs             graphql.Omittable[[]ID]
	EmployeesCount     graphql.Omittable[*int]
	AnnualRevenue      graphql.Omittable[*MoneyInput]
	IsLargeEnterprise  graphql.Omittable[*bool]
	IsGovernment       graphql.Omittable[*bool]
	VisitingAddress    graphql.Omittable[*AddressInput]
	PostalAddress      graphql.Omittable[*AddressInput]
	InvoiceAddress     graphql.Omittable[*AddressInput]
	Phone              graphql.Omittable[*string]
	Email              graphql.Omittable[*string]
	Website            graphql.Omittable[*string]
	Language           graphql.Omittable[*Language]
	Iban               graphql.Omittable[*string]
	BankAccounts       graphql.Omittable[*BankAccountsInput]
	CreditLimit        graphql.Omittable[*MoneyInput]
	CreditStatus       graphql.Omittable[*CreditStatus]
	GAccountPercentage graphql.Omittable[*Decimal]
	VatRegime          graphql.Omittable[*VatRegime]
	Notes              graphql.Omittable[*string]
	AccountManagerID   graphql.Omittable[*ID]
}

// apply sets the given fields on the card, each checked and in its stored form.
func (f CustomerFields) apply(c *Customer, p *patching) {
	p.required("name", f.Name, &c.Name, nameUpTo(100))
	p.text("tradeName", f.TradeName, &c.TradeName, upTo(100))
	p.text("searchName", f.SearchName, &c.SearchName, searchName)
	p.text("legalForm", f.LegalForm, &c.LegalForm, upTo(40))
	p.text("kvkNumber", f.KvkNumber, &c.KvkNumber, kvkNumber)
	p.text("branchNumber", f.BranchNumber, &c.BranchNumber, branchNumber)
	p.text("rsin", f.Rsin, &c.Rsin, rsin)
	p.text("vatId", f.VatID, &c.VatID, vatID)
	p.text("oin", f.Oin, &c.Oin, oin)
	p.text("sbiCode", f.SbiCode, &c.SbiCode, sbiCode)
	p.sbiVersion(f.SbiVersion, c)
	p.text("sector", f.Sector, &c.Sector, upTo(60))
	p.text("classification", f.Classification, &c.Classification, upTo(100))
	p.text("source", f.Source, &c.Source, upTo(100))
	p.tags("tagIds", f.TagIDs, &c.TagIDs)
	value(p, "employeesCount", f.EmployeesCount, &c.EmployeesCount, notNegative)
	p.money("annualRevenue", f.AnnualRevenue, &c.AnnualRevenueCents)
	choice(f.IsLargeEnterprise, &c.IsLargeEnterprise, false)
	choice(f.IsGovernment, &c.IsGovernment, false)
	p.address("visitingAddress", f.VisitingAddress, &c.VisitingAddress)
	p.address("postalAddress", f.PostalAddress, &c.PostalAddress)
	p.address("invoiceAddress", f.InvoiceAddress, &c.InvoiceAddress)
	p.text("phone", f.Phone, &c.Phone, phone)
	p.text("email", f.Email, &c.Email, email)
	p.text("website", f.Website, &c.Website, website)
	choice(f.Language, &c.Language, LanguageNL)
	p.accounts(f.Iban, f.BankAccounts, c)
	p.money("creditLimit", f.CreditLimit, &c.CreditLimitCents)
	choice(f.CreditStatus, &c.CreditStatus, unknownCredit)
	value(p, "gAccountPercentage", f.GAccountPercentage, &c.GAccountPercentage, percentage)
	choice(f.VatRegime, &c.VatRegime, standardVat)
	p.text("notes", f.Notes, &c.Notes, upTo(10_000))
	value(p, "accountManagerId", f.AccountManagerID, &c.AccountManagerID, asIs)
	c.derive()
}

// sbiVersion applies the edition of the SBI code. Without a code there is none; that a card once had both is no fault of
// who states so.
func (p *patching) sbiVersion(given graphql.Omittable[*SbiVersion], c *Customer) {
	value(p, "sbiVersion", given, &c.SbiVersion, asIs)
	if given.Value() != nil && c.SbiCode == nil && !p.isBase && !p.refused("sbiCode") {
		p.refuse("sbiVersion", Text{NL: "Een SBI-versie hoort bij een SBI-code.", EN: "An SBI version goes with an SBI code."})
	}
}

// address applies an optional address.
func (p *patching) address(field string, given graphql.Omittable[*AddressInput], target **Address) {
	input, set := given.ValueOK()
	if !set {
		return
	}
	if input == nil {
		*target = nil
		return
	}
	*target = input.address(p, field)
}

func notNegative(n int) (int, *Text) {
	if n < 0 {
		return 0, &Text{NL: "Niet onder nul.", EN: "Not below zero."}
	}
	return n, nil
}

func percentage(d Decimal) (Decimal, *Text) {
	if d < 0 || d > 100_00 {
		return 0, &Text{NL: "Een percentage ligt tussen 0 en 100.", EN: "A percentage lies between 0 and 100."}
	}
	return d, nil
}
