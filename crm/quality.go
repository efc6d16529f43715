package crm

import (
	"cmp"
	"slices"
	"time"
)

// DataProblemGrade is how bad a problem of a relation's data is.
type DataProblemGrade string

// The grades.
const (
	AttentionGrade DataProblemGrade = "ATTENTION"
	WarningGrade   DataProblemGrade = "WARNING"
	ErrorGrade     DataProblemGrade = "ERROR"
)

// DataProblemCode tells which problem it is.
type DataProblemCode string

// The problems; the schema says what each means.
const (
	NoAddress        DataProblemCode = "NO_ADDRESS"
	NoVatID          DataProblemCode = "NO_VAT_ID"
	NoKvkNumber      DataProblemCode = "NO_KVK_NUMBER"
	NoOin            DataProblemCode = "NO_OIN"
	NoEmail          DataProblemCode = "NO_EMAIL"
	NoPhone          DataProblemCode = "NO_PHONE"
	NoAccountManager DataProblemCode = "NO_ACCOUNT_MANAGER"
	NoContact        DataProblemCode = "NO_CONTACT"
	NoInvoiceContact DataProblemCode = "NO_INVOICE_CONTACT"
	NotReviewed      DataProblemCode = "NOT_REVIEWED"
)

// DataProblem is something that is wrong with, or missing from, a relation's data.
type DataProblem struct {
	Code    DataProblemCode
	Grade   DataProblemGrade
	Field   string
	Message string // in the language of who reads it
}

// contactFacts are what the quality of a relation's data depends on among its contacts in daily use.
type contactFacts struct {
	CustomerID ID
	Contacts   int
	Invoiced   int // those who get the invoices
}

// reviewEvery is after how long a relation's data wants a look.
const reviewEvery = 365 * 24 * time.Hour

// problems are what is wrong with the relation's data, the worst first. A prospect may lack what only
// invoicing needs; of an archived relation nothing is asked.
func (c *Customer) problems(contacts contactFacts, now time.Time, language Language) []*DataProblem {
	found := []*DataProblem{}
	if c.ArchivedAt != nil {
		return found
	}
	when := func(wrong bool, grade DataProblemGrade, code DataProblemCode, field string, text Text) {
		if wrong {
			found = append(found, &DataProblem{Code: code, Grade: grade, Field: field, Message: text.In(language)})
		}
	}
	client := c.Stage == Client
	c.invoicingProblems(when)
	when(client && contacts.Contacts > 0 && contacts.Invoiced == 0, WarningGrade, NoInvoiceContact, "contacts",
		Text{NL: "Niemand ontvangt de facturen.", EN: "Nobody gets the invoices."})
	when(client && c.CreditLimitCents == nil, AttentionGrade, NoCreditLimit, "creditLimit",
		Text{NL: "Er is geen kredietlimiet.", EN: "There is no credit limit."})
	when(contacts.Contacts == 0, WarningGrade, NoContact, "contacts", Text{NL: "Er is geen contactpersoon.", EN: "There is no contact."})
	when(c.AccountManagerID == nil, WarningGrade, NoAccountManager, "accountManager",
		Text{NL: "Er is geen accountmanager.", EN: "There is no account manager."})
	when(c.Email == nil, AttentionGrade, NoEmail, "email", Text{NL: "Er is geen e-mailadres.", EN: "There is no e-mail address."})
	when(c.Phone == nil, AttentionGrade, NoPhone, "phone", Text{NL: "Er is geen telefoonnummer.", EN: "There is no phone number."})
	when(now.Sub(c.UpdatedAt) > reviewEvery, AttentionGrade, NotReviewed, "updatedAt",
		Text{NL: "De gegevens zijn meer dan een jaar niet bijgewerkt.", EN: "The data was not updated for more than a year."})
	slices.SortStableFunc(found, func(a, b *DataProblem) int { return cmp.Compare(b.Grade.weight(), a.Grade.weight()) })
	return found
}

// invoicingProblems are those of what an invoice needs. A customer without it cannot be invoiced; for a
// prospect there is time.
func (c *Customer) invoicingProblems(when func(wrong bool, grade DataProblemGrade, code DataProblemCode, field string, text Text)) {
	client := c.Stage == Client
	needed, wanted := AttentionGrade, AttentionGrade
	if client {
		needed, wanted = ErrorGrade, WarningGrade
	}
	when(c.VisitingAddress == nil && c.PostalAddress == nil && c.InvoiceAddress == nil, needed, NoAddress, "visitingAddress",
		Text{NL: "Er is geen adres.", EN: "There is no address."})
	switch c.VatRegime {
	case "REVERSE_CHARGE", "EU_REVERSE_CHARGE":
		when(c.VatID == nil, needed, NoVatID, "vatId", Text{NL: "Btw wordt verlegd, maar er is geen btw-nummer.", EN: "VAT is reverse-charged, but there is no VAT number."})
	case standardVat:
		when(c.VatID == nil && client, wanted, NoVatID, "vatId", Text{NL: "Er is geen btw-nummer.", EN: "There is no VAT number."})
	}
	when(c.IsGovernment && c.Oin == nil, wanted, NoOin, "oin", Text{NL: "Een overheid heeft een OIN.", EN: "A government body has an OIN."})
	when(!c.IsGovernment && c.KvkNumber == nil, wanted, NoKvkNumber, "kvkNumber", Text{NL: "Er is geen KvK-nummer.", EN: "There is no KvK number."})
}

func (g DataProblemGrade) weight() int {
	return slices.Index([]DataProblemGrade{AttentionGrade, WarningGrade, ErrorGrade}, g)
}
