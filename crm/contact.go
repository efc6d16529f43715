package crm

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// Gender is for the salutation.
type Gender string

// unknownGender is what a contact has when nothing was said.
const unknownGender Gender = "UNKNOWN"

// Contact is a person, or a desk, at a relation. Fields with a `change` tag are what a colleague may
// edit; the log names them so.
type Contact struct {
	bun.BaseModel `bun:"table:contacts,alias:t"`
	CardFrame

	CustomerID       ID
	Name             string
	Initials         *string  `change:"initials" read:"initials"`
	FirstName        *string  `change:"firstName" read:"firstName"`
	Prefix           *string  `change:"prefix" read:"prefix"`
	LastName         *string  `change:"lastName" read:"lastName"`
	FunctionalName   *string  `change:"functionalName" read:"functionalName"`
	Gender           Gender   `change:"gender" read:"gender"`
	TitleBefore      *string  `change:"titleBefore" read:"titleBefore"`
	TitleAfter       *string  `change:"titleAfter" read:"titleAfter"`
	Function         *string  `change:"function" read:"function"`
	Department       *string  `change:"department" read:"department"`
	Email            *string  `change:"email" read:"email"`
	Phone            *string  `change:"phone" read:"phone"`
	Mobile           *string  `change:"mobile" read:"mobile"`
	Language         Language `change:"language" read:"language"`
	IsPrimary        bool     `change:"isPrimary" read:"isPrimary"`
	IsInvoiceContact bool     `change:"isInvoiceContact" read:"isInvoiceContact"`
	MailingOptOut    bool     `change:"mailingOptOut" read:"mailingOptOut"`
	Notes            *string  `change:"notes" read:"notes"`

	// Kept beside the fields, so that lists and searches find them by index.
	SortKey    string
	EmailKey   *string `read:"-"`
	SearchText string  `read:"-"`
}

// ContactFields are the fields of a contact as input: absent leaves, null clears, a value sets.
type ContactFields struct {
	Initials         graphql.Omittable[*string]
	FirstName        graphql.Omittable[*string]
	Prefix           graphql.Omittable[*string]
	LastName         graphql.Omittable[*string]
	FunctionalName   graphql.Omittable[*string]
	Gender           graphql.Omittable[*Gender]
	TitleBefore      graphql.Omittable[*string]
	TitleAfter       graphql.Omittable[*string]
	Function         graphql.Omittable[*string]
	Department       graphql.Omittable[*string]
	Email            graphql.Omittable[*string]
	Phone            graphql.Omittable[*string]
	Mobile           graphql.Omittable[*string]
	Language         graphql.Omittable[*Language]
	IsPrimary        graphql.Omittable[*bool]
	IsInvoiceContact graphql.Omittable[*bool]
	MailingOptOut    graphql.Omittable[*bool]
	Notes            graphql.Omittable[*string]
}

// apply sets the given fields on the contact, each checked and in its stored form.
func (f ContactFields) apply(c *Contact, p *patching) {
	p.text("initials", f.Initials, &c.Initials, upTo(20))
	p.text("firstName", f.FirstName, &c.FirstName, upTo(60))
	p.text("prefix", f.Prefix, &c.Prefix, upTo(20))
	p.text("lastName", f.LastName, &c.LastName, upTo(80))
	p.text("functionalName", f.FunctionalName, &c.FunctionalName, upTo(100))
	choice(f.Gender, &c.Gender, unknownGender)
	p.text("titleBefore", f.TitleBefore, &c.TitleBefore, upTo(20))
	p.text("titleAfter", f.TitleAfter, &c.TitleAfter, upTo(20))
	p.text("function", f.Function, &c.Function, upTo(100))
	p.text("department", f.Department, &c.Department, upTo(100))
	p.text("email", f.Email, &c.Email, email)
	p.text("phone", f.Phone, &c.Phone, phone)
	p.text("mobile", f.Mobile, &c.Mobile, phone)
	choice(f.Language, &c.Language, LanguageNL)
	choice(f.IsPrimary, &c.IsPrimary, false)
	choice(f.IsInvoiceContact, &c.IsInvoiceContact, false)
	choice(f.MailingOptOut, &c.MailingOptOut, false)
	p.text("notes", f.Notes, &c.Notes, upTo(10_000))
	if c.LastName == nil && c.FunctionalName == nil {
		p.refuse("lastName", Text{
			NL: "Een contactpersoon heeft een achternaam of een functionele naam.",
			EN: "A contact has a last name or a functional name."})
	}
	c.derive()
}

// derive brings the kept keys in line with the fields. A Dutch list sorts by last name, the prefix
// behind it: "Berg, van den, Ingrid".
func (c *Contact) derive() {
	c.Name = c.displayName()
	c.SortKey = foldAll(c.LastName, c.Prefix, c.FirstName, c.Initials)
	if c.LastName == nil {
		c.SortKey = foldAll(c.FunctionalName)
	}
	c.EmailKey = nil
	if c.Email != nil {
		lower := strings.ToLower(*c.Email)
		c.EmailKey = &lower
	}
	c.SearchText = foldAll(&c.Name, c.FunctionalName, c.Function, c.Email)
}

// displayName is "Ingrid van den Berg"; without a first name the initials stand there; a desk has its
// functional name.
func (c *Contact) displayName() string {
	if c.LastName == nil {
		return deref(c.FunctionalName)
	}
	first := deref(c.FirstName)
	if first == "" {
		first = deref(c.Initials)
	}
	return joined(" ", first, deref(c.Prefix), *c.LastName)
}

// Title is the name on top of the card.
func (c *Contact) Title() string { return c.Name }

// mayArchive says whether the contact can be taken out of daily use.
func (c *Contact) mayArchive(usedBy []Card) error {
	if c.ArchivedAt != nil {
		return &Error{Code: AlreadyArchived, Path: []string{"input", "id"}, Text: Text{
			NL: "De contactpersoon is al gearchiveerd.",
			EN: "The contact is archived already."}}
	}
	if len(usedBy) > 0 {
		return &Error{Code: ContactInUse, Path: []string{"input", "id"}, Cards: usedBy, Text: Text{
			NL: "Open aanvragen, lopende projecten of facturatievoorkeuren noemen deze contactpersoon.",
			EN: "Open requests, running projects or invoicing preferences name this contact."}}
	}
	return nil
}

func (c *Contact) searchEntry(customer *Customer) *searchEntry {
	return c.CardFrame.searchEntry(ContactCard, c.Name, joined(" · ", deref(c.Function), customer.Name), c.SearchText)
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
