package crm

import (
	"net/url"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// ContactFields are the fields of a contact as input: absent leaves, null clears, a value sets.
type ContactFields struct {
	Initials           graphql.Omittable[*string]
	FirstName          graphql.Omittable[*string]
	Prefix             graphql.Omittable[*string]
	LastName           graphql.Omittable[*string]
	PartnerPrefix      graphql.Omittable[*string]
	PartnerName        graphql.Omittable[*string]
	NameUse            graphql.Omittable[*NameUse]
	FunctionalName     graphql.Omittable[*string]
	Gender             graphql.Omittable[*Gender]
	TitleBefore        graphql.Omittable[*string]
	TitleAfter         graphql.Omittable[*string]
	SalutationStyle    graphql.Omittable[*SalutationStyle]
	SalutationOverride graphql.Omittable[*string]
	Function           graphql.Omittable[*string]
	Department         graphql.Omittable[*string]
	Email              graphql.Omittable[*string]
	Phone              graphql.Omittable[*string]
	Mobile             graphql.Omittable[*string]
	LinkedIn           graphql.Omittable[*string]
	PreferredChannelID graphql.Omittable[*ID]
	Language           graphql.Omittable[*Language]
	IsPrimary          graphql.Omittable[*bool]
	IsInvoiceContact   graphql.Omittable[*bool]
	MailingOptOut      graphql.Omittable[*bool]
	Notes              graphql.Omittable[*string]
}

// apply sets the given fields on the contact, each checked and in its stored form.
func (f ContactFields) apply(c *Contact, p *patching) {
	f.applyName(c, p)
	p.text("salutationOverride", f.SalutationOverride, &c.SalutationOverride, upTo(100))
	choice(f.SalutationStyle, &c.SalutationStyle, FormalSalutation)
	p.text("function", f.Function, &c.Function, upTo(100))
	p.text("department", f.Department, &c.Department, upTo(100))
	p.text("email", f.Email, &c.Email, email)
	p.text("phone", f.Phone, &c.Phone, phone)
	p.text("mobile", f.Mobile, &c.Mobile, phone)
	p.text("linkedIn", f.LinkedIn, &c.LinkedIn, linkedIn)
	value(p, "preferredChannelId", f.PreferredChannelID, &c.PreferredChannelID, asIs)
	choice(f.Language, &c.Language, LanguageNL)
	choice(f.IsPrimary, &c.IsPrimary, false)
	choice(f.IsInvoiceContact, &c.IsInvoiceContact, false)
	choice(f.MailingOptOut, &c.MailingOptOut, false)
	p.text("notes", f.Notes, &c.Notes, upTo(10_000))
	if c.LastName == nil && c.FunctionalName == nil && !p.refused("lastName") && !p.refused("functionalName") {
		p.refuse("lastName", Text{
			NL: "Een contactpersoon heeft een achternaam of een functionele naam.",
			EN: "A contact has a last name or a functional name."})
	}
	if c.NameUse != "" && c.NameUse != OwnName && c.PartnerName == nil {
		p.refuse("partnerName", Text{
			NL: "Geef de naam van de partner op, of gebruik de eigen naam.",
			EN: "Give the partner's name, or use the own name."})
	}
	c.derive()
}

func (f ContactFields) applyName(c *Contact, p *patching) {
	p.text("initials", f.Initials, &c.Initials, upTo(20))
	p.text("firstName", f.FirstName, &c.FirstName, upTo(60))
	p.text("prefix", f.Prefix, &c.Prefix, upTo(20))
	p.text("lastName", f.LastName, &c.LastName, nameUpTo(80))
	p.text("partnerPrefix", f.PartnerPrefix, &c.PartnerPrefix, upTo(20))
	p.text("partnerName", f.PartnerName, &c.PartnerName, upTo(80))
	choice(f.NameUse, &c.NameUse, OwnName)
	p.text("functionalName", f.FunctionalName, &c.FunctionalName, upTo(100))
	choice(f.Gender, &c.Gender, unknownGender)
	p.text("titleBefore", f.TitleBefore, &c.TitleBefore, upTo(20))
	p.text("titleAfter", f.TitleAfter, &c.TitleAfter, upTo(20))
}

// linkedIn is a page of the network of that name; without a scheme it gets https.
func linkedIn(text string) (string, *Text) {
	address, fault := website(text)
	if fault == nil {
		parsed, err := url.Parse(address)
		host := ""
		if err == nil {
			host = strings.ToLower(parsed.Hostname())
		}
		if host == "linkedin.com" || strings.HasSuffix(host, ".linkedin.com") {
			return address, nil
		}
	}
	return "", &Text{NL: "Dit is geen adres van LinkedIn.", EN: "This is not an address of LinkedIn."}
}
