package crm

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// NameUse says which last name someone uses, and which of two comes first.
type NameUse string

// The ways, as the Dutch register of persons tells them apart.
const (
	OwnName      NameUse = "OWN"
	PartnersName NameUse = "PARTNER"
	PartnerFirst NameUse = "PARTNER_FIRST"
	OwnFirst     NameUse = "OWN_FIRST"
)

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
	return joined(" ", first, c.familyName())
}

// familyName is the whole last name, in the order in which it is used: "van der Velde-Prins".
func (c *Contact) familyName() string {
	own, partner := prefixed(deref(c.Prefix), deref(c.LastName)), prefixed(deref(c.PartnerPrefix), deref(c.PartnerName))
	switch c.NameUse {
	case PartnersName:
		return partner
	case PartnerFirst:
		return partner + "-" + own
	case OwnFirst:
		return own + "-" + partner
	}
	return own
}

// usedName is the name by which someone is addressed: of a double name the one that is used first.
func (c *Contact) usedName() (prefix, name string) {
	if c.NameUse == PartnersName || c.NameUse == PartnerFirst {
		return deref(c.PartnerPrefix), deref(c.PartnerName)
	}
	return deref(c.Prefix), deref(c.LastName)
}

// prefixed puts a name behind its prefix. One that ends in an apostrophe, such as d', is written on to it.
func prefixed(prefix, name string) string {
	if strings.HasSuffix(prefix, "'") || strings.HasSuffix(prefix, "’") {
		return prefix + name
	}
	return joined(" ", prefix, name)
}

// capital gives a last name the capital that it has where no first name or initials stand in front. An
// apostrophe stands for the letter: "'t Hart" stays as it is.
func capital(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
