package crm

import (
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

// envelope is the addressee as on an envelope: the relation, the person, and where mail goes.
func envelope(customer *Customer, contact *Contact) []string {
	lines := []string{cut(customer.Name, 60)}
	if contact != nil {
		lines = append(lines, cut("T.a.v. "+envelopeLineOf(contact), 60))
	}
	return append(lines, customer.paperAddress().lines(true)...)
}

// opening is how a letter begins when nobody is named.
func opening(language Language, contact *Contact) string {
	if contact != nil {
		return openingOf(contact)
	}
	switch language {
	case LanguageEN:
		return "Dear Sir or Madam"
	case LanguageDE:
		return "Sehr geehrte Damen und Herren"
	case LanguageFR:
		return "Madame, Monsieur"
	}
	return "Geachte heer, mevrouw"
}

// openingOf is the salutation of a contact: "Geachte mevrouw Van den Berg".
func openingOf(c *Contact) string {
	if c.LastName == nil {
		return "Geachte " + c.Name
	}
	name := joined(" ", deref(c.Prefix), *c.LastName)
	name = strings.ToUpper(name[:1]) + name[1:]
	switch c.Gender {
	case "MALE":
		return "Geachte heer " + name
	case "FEMALE":
		return "Geachte mevrouw " + name
	}
	return "Geachte heer/mevrouw " + name
}

// envelopeLineOf is a contact as on an envelope: "mevrouw mr. I. van den Berg".
func envelopeLineOf(c *Contact) string {
	if c.LastName == nil {
		return c.Name
	}
	title := ""
	switch c.Gender {
	case "MALE":
		title = "de heer"
	case "FEMALE":
		title = "mevrouw"
	}
	return joined(" ", title, deref(c.TitleBefore), deref(c.Initials), deref(c.Prefix), *c.LastName, deref(c.TitleAfter))
}
