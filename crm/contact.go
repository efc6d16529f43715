package crm

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// Gender is for the salutation.
type Gender string

// The genders that letters tell apart.
const (
	Male   Gender = "MALE"
	Female Gender = "FEMALE"
	Neuter Gender = "X"
	// unknownGender is what a contact has when nothing was said.
	unknownGender Gender = "UNKNOWN"
)

// The codes of what is particular to contacts.
const (
	ContactAnonymized ErrorCode   = "CONTACT_ANONYMIZED"
	SameName          WarningCode = "SAME_NAME"
	LeadsKeepContact  WarningCode = "LEADS_KEEP_CONTACT"
)

// Contact is a person, or a desk, at a relation. Fields with a `change` tag are what a colleague may
// edit; the log names them so.
type Contact struct {
	bun.BaseModel `bun:"table:contacts,alias:t"`
	CardFrame

	CustomerID         ID
	Name               string
	Initials           *string         `change:"initials" read:"initials,salutation,addressLine"`
	FirstName          *string         `change:"firstName" read:"firstName,salutation,addressLine"`
	Prefix             *string         `change:"prefix" read:"prefix,salutation,addressLine"`
	LastName           *string         `change:"lastName" read:"lastName,salutation,addressLine"`
	PartnerPrefix      *string         `change:"partnerPrefix" read:"partnerPrefix,salutation,addressLine"`
	PartnerName        *string         `change:"partnerName" read:"partnerName,salutation,addressLine"`
	NameUse            NameUse         `change:"nameUse" read:"nameUse,salutation,addressLine"`
	FunctionalName     *string         `change:"functionalName" read:"functionalName,salutation,addressLine"`
	Gender             Gender          `change:"gender" read:"gender,salutation,addressLine"`
	TitleBefore        *string         `change:"titleBefore" read:"titleBefore,addressLine"`
	TitleAfter         *string         `change:"titleAfter" read:"titleAfter,addressLine"`
	SalutationStyle    SalutationStyle `change:"salutationStyle" read:"salutationStyle,salutation"`
	SalutationOverride *string         `change:"salutationOverride" read:"salutationOverride,salutation"`
	Function           *string         `change:"function" read:"function"`     // of the current first function
	Department         *string         `change:"department" read:"department"` // of it; one's own where there is none
	Email              *string         `change:"email" read:"email"`
	Phone              *string         `change:"phone" read:"phone"`
	Mobile             *string         `change:"mobile" read:"mobile"`
	LinkedIn           *string         `bun:"linked_in" change:"linkedIn" read:"linkedIn"`
	PreferredChannelID *ID             `change:"preferredChannelId" read:"preferredChannel"`
	Language           Language        `change:"language" read:"language,salutation,addressLine"`
	IsPrimary          bool            `change:"isPrimary" read:"isPrimary"`
	IsInvoiceContact   bool            `change:"isInvoiceContact" read:"isInvoiceContact"`
	MailingOptOut      bool            `change:"mailingOptOut" read:"mailingOptOut"`
	Notes              *string         `change:"notes" read:"notes"`
	AnonymizedAt       *time.Time      `read:"anonymizedAt,salutation,addressLine,actions"`

	// Kept beside the fields, so that lists and searches find them by index.
	SortKey    string
	EmailKey   *string `read:"-"`
	SearchText string  `read:"-"`
}

// newContact is a contact of whom nothing is known yet.
func (tx *Tx) newContact(customer *Customer) *Contact {
	return &Contact{CardFrame: tx.begin(contactPrefix), CustomerID: customer.ID, Gender: unknownGender, Language: LanguageNL,
		NameUse: OwnName, SalutationStyle: FormalSalutation}
}

// derive brings the kept keys in line with the fields. A Dutch list sorts by last name, the prefix
// behind it: "Berg, van den, Ingrid".
func (c *Contact) derive() {
	c.Name = c.displayName()
	c.SortKey = foldAll(c.FunctionalName)
	if c.LastName != nil {
		c.SortKey = foldAll(new(c.familyKey()), c.FirstName, c.Initials)
	}
	c.EmailKey = nil
	if c.Email != nil {
		lower := strings.ToLower(*c.Email)
		c.EmailKey = &lower
	}
	own := c.LastName
	if c.NameUse == OwnName || c.NameUse == "" {
		own = nil // it stands in the name
	}
	c.SearchText = searchFoldAll(&c.Name, own, c.PartnerName, c.FunctionalName, c.Function, c.Email)
}

// familyKey is how the last name is sorted.
func (c *Contact) familyKey() string {
	prefix, _ := c.usedName()
	rest := strings.TrimSpace(strings.TrimPrefix(c.familyName(), prefix))
	return foldAll(&rest, &prefix)
}

// initial is the first letter of the first name, folded; empty when neither that nor initials are known.
func (c *Contact) initial() string {
	known := foldAll(c.FirstName, c.Initials)
	_, length := utf8.DecodeRuneInString(known)
	return known[:length]
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
	return c.mayLeave(usedBy)
}

// mayLeave says that nothing counts on the contact.
func (c *Contact) mayLeave(usedBy []Card) error {
	if len(usedBy) > 0 {
		return &Error{Code: ContactInUse, Path: []string{"input", "id"}, Cards: usedBy, Text: Text{
			NL: "Open aanvragen, lopende projecten of facturatievoorkeuren noemen deze contactpersoon.",
			EN: "Open requests, running projects or invoicing preferences name this contact."}}
	}
	return nil
}

// mayRestore says whether the contact can come back into daily use.
func (c *Contact) mayRestore() error {
	if c.AnonymizedAt != nil {
		return contactAnonymized("input", "id")
	}
	return c.CardFrame.mayRestore()
}

// inUse says whether the contact is in daily use; one that was anonymized never comes back to it.
func (c *Contact) inUse() error {
	if c.AnonymizedAt != nil {
		return contactAnonymized("input", "id")
	}
	return c.CardFrame.inUse()
}

func contactAnonymized(path ...string) *Error {
	return &Error{Code: ContactAnonymized, Path: path, Text: Text{
		NL: "De contactpersoon is geanonimiseerd.",
		EN: "The contact was anonymized."}}
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
