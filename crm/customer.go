package crm

import (
	"net/url"
	"strings"

	"github.com/uptrace/bun"
)

// CustomerStage is whether a relation has bought.
type CustomerStage string

// The two stages.
const (
	Prospect CustomerStage = "PROSPECT"
	Client   CustomerStage = "CUSTOMER"
)

// VatRegime is how VAT is charged.
type VatRegime string

// Standard is what most relations have; the schema lists the others.
const standardVat VatRegime = "STANDARD_21"

// SbiVersion is an edition of the classification of the trade register.
type SbiVersion string

// The two editions.
const (
	Sbi2008 SbiVersion = "SBI2008"
	Sbi2025 SbiVersion = "SBI2025"
)

// Customer is the card of a relation: one for life, whatever its stage. Fields with a `change` tag are
// what a colleague may edit; the log names them so.
type Customer struct {
	bun.BaseModel `bun:"table:customers,alias:t"`
	CardFrame

	Number             string
	DebtorNumber       *string `read:"debtorNumber"`
	Stage              CustomerStage
	CustomerSince      *Date        `read:"customerSince"`
	Name               string       `change:"name"`
	TradeName          *string      `change:"tradeName" read:"tradeName"`
	SearchName         *string      `change:"searchName" read:"searchName"`
	LegalForm          *string      `change:"legalForm" read:"legalForm"`
	KvkNumber          *string      `change:"kvkNumber" read:"kvkNumber"`
	BranchNumber       *string      `change:"branchNumber" read:"branchNumber"`
	Rsin               *string      `change:"rsin" read:"rsin"`
	VatID              *string      `change:"vatId" read:"vatId"`
	Oin                *string      `change:"oin" read:"oin"`
	SbiCode            *string      `change:"sbiCode" read:"sbiCode"`
	SbiVersion         *SbiVersion  `change:"sbiVersion" read:"sbiVersion"`
	Sector             *string      `change:"sector" read:"sector"`
	Classification     *string      `change:"classification" read:"classification"`
	Source             *string      `change:"source" read:"source"`
	TagIDs             choices[ID]  `bun:"tag_ids,type:text" change:"tagIds" read:"tags"`
	EmployeesCount     *int         `change:"employeesCount" read:"employeesCount"`
	AnnualRevenueCents *Decimal     `bun:"annual_revenue" change:"annualRevenue" read:"annualRevenue"`
	IsLargeEnterprise  bool         `change:"isLargeEnterprise" read:"isLargeEnterprise"`
	IsGovernment       bool         `change:"isGovernment" read:"isGovernment"`
	VisitingAddress    *Address     `bun:"type:text" change:"visitingAddress" read:"visitingAddress"`
	PostalAddress      *Address     `bun:"type:text" change:"postalAddress" read:"postalAddress"`
	InvoiceAddress     *Address     `bun:"type:text" change:"invoiceAddress" read:"invoiceAddress"`
	Phone              *string      `change:"phone" read:"phone"`
	Email              *string      `change:"email" read:"email"`
	Website            *string      `change:"website" read:"website"`
	Language           Language     `change:"language" read:"language"`
	Iban               *string      `change:"iban" read:"iban"`
	AccountList        bankAccounts `bun:"bank_accounts,type:text" change:"bankAccounts" read:"bankAccounts"`
	CreditLimitCents   *Decimal     `bun:"credit_limit" change:"creditLimit" read:"creditLimit"`
	CreditStatus       CreditStatus `change:"creditStatus" read:"creditStatus"`
	GAccountPercentage *Decimal     `change:"gAccountPercentage" read:"gAccountPercentage"`
	VatRegime          VatRegime    `change:"vatRegime" read:"vatRegime,vatRegimeLabel"`
	Notes              *string      `change:"notes" read:"notes"`
	AccountManagerID   *ID          `change:"accountManagerId" read:"accountManager"`

	// Kept beside the fields, so that lists, searches and the check for duplicates find them by index.
	NameKey           string
	SectorKey         string `read:"-"`
	ClassificationKey string `read:"-"`
	SourceKey         string `read:"-"`
	CityKey           string
	Postcode          *string `read:"-"`
	EmailDomain       *string `read:"-"`
	WebsiteDomain     *string `read:"-"`
}

// AnnualRevenue is what the relation turns over in a year.
func (c *Customer) AnnualRevenue() *Money { return euros(c.AnnualRevenueCents) }

// derive brings what follows from other fields in line with them: the edition of the SBI code, the bank accounts and the kept keys.
func (c *Customer) derive() {
	switch {
	case c.SbiCode == nil:
		c.SbiVersion = nil
	case c.SbiVersion == nil:
		c.SbiVersion = new(Sbi2025) // what the register gives since September 2025
	}
	c.AccountList = c.AccountList.led(c.Iban)
	c.Iban = c.AccountList.primary()
	c.NameKey, c.CityKey = fold(c.Name), ""
	c.SectorKey, c.ClassificationKey, c.SourceKey = foldAll(c.Sector), foldAll(c.Classification), foldAll(c.Source)
	c.Postcode, c.EmailDomain, c.WebsiteDomain = nil, nil, nil
	if c.VisitingAddress != nil {
		c.CityKey, c.Postcode = fold(c.VisitingAddress.City), c.VisitingAddress.Postcode
	}
	if c.Email != nil {
		_, domain, _ := strings.Cut(strings.ToLower(*c.Email), "@")
		c.EmailDomain = &domain
	}
	if c.Website != nil {
		if address, err := url.Parse(*c.Website); err == nil {
			c.WebsiteDomain = new(strings.TrimPrefix(strings.ToLower(address.Hostname()), "www."))
		}
	}
}

// Title is the name on top of the card.
func (c *Customer) Title() string { return c.Name }

// Type tells the icon: it follows the stage.
func (c *Customer) Type() CardType {
	if c.Stage == Client {
		return CustomerCard
	}
	return ProspectCard
}

// promote makes a customer of a prospect. The day it first became one, and its debtor number, are kept
// when it was put back to prospect before.
func (c *Customer) promote(today Date, debtorNumber string) {
	c.Stage = Client
	if c.CustomerSince == nil {
		c.CustomerSince = &today
	}
	if c.DebtorNumber == nil {
		c.DebtorNumber = &debtorNumber
	}
}

// mayRevert says whether the card can be put back to prospect.
func (c *Customer) mayRevert(running []Card) error {
	if err := c.inUse(); err != nil {
		return err
	}
	if c.Stage == Prospect {
		return &Error{Code: NotACustomer, Path: []string{"input", "id"}, Text: Text{
			NL: "Deze relatie is al een potentiële klant.",
			EN: "This relation is a prospect already."}}
	}
	return blockedBy(running)
}

// mayArchive says whether the card can be taken out of daily use.
func (c *Customer) mayArchive(running []Card) error {
	if c.ArchivedAt != nil {
		return &Error{Code: AlreadyArchived, Path: []string{"input", "id"}, Text: Text{
			NL: "De kaart is al gearchiveerd.",
			EN: "The card is archived already."}}
	}
	return blockedBy(running)
}

// blockedBy forbids a change while someone is still at work at the relation.
func blockedBy(running []Card) error {
	if len(running) == 0 {
		return nil
	}
	return &Error{Code: RunningProjects, Path: []string{"input", "id"}, Cards: running, Text: Textf("Er lopen nog projecten: %s.", "Projects are still running: %s.", len(running))}
}
