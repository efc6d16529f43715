package crm

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/99designs/gqlgen/graphql"
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

// Customer is the card of a relation: one for life, whatever its stage. Fields with a `change` tag are
// what a colleague may edit; the log names them so.
type Customer struct {
	bun.BaseModel `bun:"table:customers,alias:t"`
	CardFrame

	Number             string
	DebtorNumber       *string `read:"debtorNumber"`
	Stage              CustomerStage
	CustomerSince      *Date       `read:"customerSince"`
	Name               string      `change:"name"`
	TradeName          *string     `change:"tradeName" read:"tradeName"`
	LegalForm          *string     `change:"legalForm" read:"legalForm"`
	KvkNumber          *string     `change:"kvkNumber" read:"kvkNumber"`
	BranchNumber       *string     `change:"branchNumber" read:"branchNumber"`
	Rsin               *string     `change:"rsin" read:"rsin"`
	VatID              *string     `change:"vatId" read:"vatId"`
	Oin                *string     `change:"oin" read:"oin"`
	SbiCode            *string     `change:"sbiCode" read:"sbiCode"`
	Sector             *string     `change:"sector" read:"sector"`
	Classification     *string     `change:"classification" read:"classification"`
	Source             *string     `change:"source" read:"source"`
	TagIDs             choices[ID] `bun:"tag_ids,type:text" change:"tagIds" read:"tags"`
	EmployeesCount     *int        `change:"employeesCount" read:"employeesCount"`
	IsLargeEnterprise  bool        `change:"isLargeEnterprise" read:"isLargeEnterprise"`
	IsGovernment       bool        `change:"isGovernment" read:"isGovernment"`
	VisitingAddress    *Address    `bun:"type:text" change:"visitingAddress" read:"visitingAddress"`
	PostalAddress      *Address    `bun:"type:text" change:"postalAddress" read:"postalAddress"`
	InvoiceAddress     *Address    `bun:"type:text" change:"invoiceAddress" read:"invoiceAddress"`
	Phone              *string     `change:"phone" read:"phone"`
	Email              *string     `change:"email" read:"email"`
	Website            *string     `change:"website" read:"website"`
	Language           Language    `change:"language" read:"language"`
	Iban               *string     `change:"iban" read:"iban"`
	GAccountPercentage *Decimal    `change:"gAccountPercentage" read:"gAccountPercentage"`
	VatRegime          VatRegime   `change:"vatRegime" read:"vatRegime,vatRegimeLabel"`
	Notes              *string     `change:"notes" read:"notes"`
	AccountManagerID   *ID         `change:"accountManagerId" read:"accountManager"`

	// Kept beside the fields, so that lists, searches and the check for duplicates find them by index.
	NameKey           string
	SectorKey         string `read:"-"`
	ClassificationKey string `read:"-"`
	CityKey           string
	Postcode          *string `read:"-"`
	EmailDomain       *string `read:"-"`
	WebsiteDomain     *string `read:"-"`
}

// CustomerFields are the fields of a relation as input: absent leaves, null clears, a value sets.
type CustomerFields struct {
	Name               graphql.Omittable[*string]
	TradeName          graphql.Omittable[*string]
	LegalForm          graphql.Omittable[*string]
	KvkNumber          graphql.Omittable[*string]
	BranchNumber       graphql.Omittable[*string]
	Rsin               graphql.Omittable[*string]
	VatID              graphql.Omittable[*string]
	Oin                graphql.Omittable[*string]
	SbiCode            graphql.Omittable[*string]
	Sector             graphql.Omittable[*string]
	Classification     graphql.Omittable[*string]
	Source             graphql.Omittable[*string]
	TagIDs             graphql.Omittable[[]ID]
	EmployeesCount     graphql.Omittable[*int]
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
	GAccountPercentage graphql.Omittable[*Decimal]
	VatRegime          graphql.Omittable[*VatRegime]
	Notes              graphql.Omittable[*string]
	AccountManagerID   graphql.Omittable[*ID]
}

// apply sets the given fields on the card, each checked and in its stored form.
func (f CustomerFields) apply(c *Customer, p *patching) {
	p.required("name", f.Name, &c.Name, relationName)
	p.text("tradeName", f.TradeName, &c.TradeName, upTo(100))
	p.text("legalForm", f.LegalForm, &c.LegalForm, upTo(40))
	p.text("kvkNumber", f.KvkNumber, &c.KvkNumber, kvkNumber)
	p.text("branchNumber", f.BranchNumber, &c.BranchNumber, branchNumber)
	p.text("rsin", f.Rsin, &c.Rsin, rsin)
	p.text("vatId", f.VatID, &c.VatID, vatID)
	p.text("oin", f.Oin, &c.Oin, oin)
	p.text("sbiCode", f.SbiCode, &c.SbiCode, sbiCode)
	p.text("sector", f.Sector, &c.Sector, upTo(60))
	p.text("classification", f.Classification, &c.Classification, upTo(100))
	p.text("source", f.Source, &c.Source, upTo(100))
	p.tags("tagIds", f.TagIDs, &c.TagIDs)
	value(p, "employeesCount", f.EmployeesCount, &c.EmployeesCount, notNegative)
	choice(f.IsLargeEnterprise, &c.IsLargeEnterprise, false)
	choice(f.IsGovernment, &c.IsGovernment, false)
	p.address("visitingAddress", f.VisitingAddress, &c.VisitingAddress)
	p.address("postalAddress", f.PostalAddress, &c.PostalAddress)
	p.address("invoiceAddress", f.InvoiceAddress, &c.InvoiceAddress)
	p.text("phone", f.Phone, &c.Phone, phone)
	p.text("email", f.Email, &c.Email, email)
	p.text("website", f.Website, &c.Website, website)
	choice(f.Language, &c.Language, LanguageNL)
	p.text("iban", f.Iban, &c.Iban, iban)
	value(p, "gAccountPercentage", f.GAccountPercentage, &c.GAccountPercentage, percentage)
	choice(f.VatRegime, &c.VatRegime, standardVat)
	p.text("notes", f.Notes, &c.Notes, upTo(10_000))
	value(p, "accountManagerId", f.AccountManagerID, &c.AccountManagerID, asIs)
	c.derive()
}

// derive brings the kept keys in line with the fields.
func (c *Customer) derive() {
	c.NameKey, c.SectorKey, c.ClassificationKey, c.CityKey = fold(c.Name), foldAll(c.Sector), foldAll(c.Classification), ""
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
	return &Error{Code: RunningProjects, Path: []string{"input", "id"}, Cards: running, Text: Text{
		NL: fmt.Sprintf("Er lopen nog projecten: %d.", len(running)),
		EN: fmt.Sprintf("Projects are still running: %d.", len(running))}}
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
