package crm

import (
	"slices"
	"strings"
)

// paperAddress is where mail to the relation goes.
func (c *Customer) paperAddress() *Address {
	if c.PostalAddress != nil {
		return c.PostalAddress
	}
	return c.VisitingAddress
}

// lines are the address as it is written; on an envelope the town is in capitals, as PostNL wants it.
func (a *Address) lines(envelope bool) []string {
	if a == nil {
		return nil
	}
	city := a.City
	if envelope && a.Country == "NL" {
		city = strings.ToUpper(city)
	}
	street := joined(" ", deref(a.Street), deref(a.HouseNumber), deref(a.HouseNumberAddition))
	if a.PoBox != nil {
		street = "Postbus " + *a.PoBox
	}
	lines := []string{street, joined(" ", deref(a.Postcode), city)}
	if a.Country != "NL" {
		lines = append(lines, a.Country)
	}
	if street == "" {
		lines = lines[1:]
	}
	return lines
}

// attentionOf begins the line that names a person.
const attentionOf = "T.a.v. "

// hasPlace tells whether the lines of an envelope say where it goes, beside to whom.
func hasPlace(lines []string) bool {
	named := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.HasPrefix(line, attentionOf) })
	return len(named) > 1
}

// envelope is the addressee as on an envelope: the relation, the person, and where mail goes.
func envelope(customer *Customer, contact *Contact) []string {
	lines := []string{cut(customer.Name, 60)}
	if contact != nil {
		lines = append(lines, cut(attentionOf+contact.AddressLine(), 60))
	}
	return append(lines, customer.paperAddress().lines(true)...)
}

// opening is how a letter begins: as the contact is addressed, in the contact's language; without one in that of
// the letter.
func opening(language Language, contact *Contact) string {
	if contact != nil {
		return contact.Salutation()
	}
	nobody := Contact{Language: language}
	return nobody.Salutation()
}
