package crm

import (
	"fmt"
	"strings"
	"time"
)

// MergeField is a place in a template that is filled in for each document.
type MergeField struct {
	Key         string
	Description string
	Example     string
}

// mergeField is how a field gets its value; an empty one is missing.
type mergeField struct {
	key         string
	description Text
	example     string
	value       func(m *merging) string
}

// mergeFields are the fields that a template may name.
func mergeFields() []mergeField {
	return append(mergeFieldsOfCards(), []mergeField{
		{"author.name", Text{"De collega die het document maakt.", "The colleague who makes the document."}, "Sanne Verhoef",
			func(m *merging) string { return m.author.Name }},
		{"author.jobTitle", Text{"De functie van die collega.", "That colleague's job title."}, "Accountmanager",
			func(m *merging) string { return deref(m.author.JobTitle) }},
		{"author.email", Text{"Het e-mailadres van die collega.", "That colleague's e-mail address."}, "sanne.verhoef@delta-detachering.example",
			func(m *merging) string { return m.author.Email }},
		{"office.name", Text{"De naam van ons kantoor.", "Our office's name."}, "Delta Detachering B.V.",
			func(m *merging) string { return m.letterhead.Name }},
		{"office.phone", Text{"Ons telefoonnummer.", "Our phone number."}, "+31 10 000 1000",
			func(m *merging) string { return deref(m.letterhead.Phone) }},
		{"office.kvkNumber", Text{"Ons KvK-nummer.", "Our number in the trade register."}, "00900100",
			func(m *merging) string { return deref(m.letterhead.KvkNumber) }},
		{"today", Text{"De dag waarop het document wordt gemaakt.", "The day on which the document is made."}, "23 november 2026",
			func(m *merging) string { return dayIn(m.language, m.today) }},
	}...)
}

func mergeFieldsOfCards() []mergeField {
	ofContact := func(value func(c *Contact) string) func(m *merging) string {
		return func(m *merging) string {
			if m.contact == nil {
				return ""
			}
			return value(m.contact)
		}
	}
	ofEngagement := func(value func(m *merging) string) func(m *merging) string {
		return func(m *merging) string {
			if m.engagement == nil {
				return ""
			}
			return value(m)
		}
	}
	return []mergeField{
		{"customer.name", Text{"De naam van de klant.", "The customer's name."}, "Van der Velde Installatietechniek B.V.",
			func(m *merging) string { return m.customer.Name }},
		{"customer.number", Text{"Het relatienummer.", "The relation number."}, "10002",
			func(m *merging) string { return m.customer.Number }},
		{"customer.addressLine", Text{"Het adres op één regel.", "The address on one line."}, "Stadionweg 41, 3077 AS Rotterdam",
			func(m *merging) string { return strings.Join(m.customer.paperAddress().lines(false), ", ") }},
		{"customer.kvkNumber", Text{"Het KvK-nummer van de klant.", "The customer's number in the trade register."}, "00900102",
			func(m *merging) string { return deref(m.customer.KvkNumber) }},
		{"contact.name", Text{"De naam van de contactpersoon.", "The contact's name."}, "Naima Bouzid",
			ofContact(func(c *Contact) string { return c.Name })},
		{"contact.firstName", Text{"De voornaam.", "The first name."}, "Naima", ofContact(func(c *Contact) string { return deref(c.FirstName) })},
		{"contact.salutation", Text{"De aanhef, zonder komma.", "The salutation, without a comma."}, "Geachte mevrouw Bouzid",
			ofContact((*Contact).Salutation)},
		{"contact.addressLine", Text{"De contactpersoon zoals op een envelop.", "The contact as on an envelope."}, "mevrouw N. Bouzid",
			ofContact((*Contact).AddressLine)},
		{"contact.function", Text{"De functie.", "The function."}, "Inkoper inhuur", ofContact(func(c *Contact) string { return deref(c.Function) })},
		{"contact.email", Text{"Het e-mailadres.", "The e-mail address."}, "n.bouzid@vdv-installatie.example",
			ofContact(func(c *Contact) string { return deref(c.Email) })},
		{"contact.phone", Text{"Het telefoonnummer.", "The phone number."}, "+31100002201", ofContact(func(c *Contact) string { return deref(c.Phone) })},
		{"engagement.title", Text{"De titel van de lead, de aanvraag of het project.", "The title of the lead, request or project."},
			"BIM-modelleur nieuwbouw Maasstad", ofEngagement(func(m *merging) string { return m.engagement.Title })},
		{"engagement.number", Text{"Het nummer daarvan.", "Its number."}, "P-2026-0012",
			ofEngagement(func(m *merging) string { return m.engagement.Number })},
		{"engagement.startOn", Text{"De begindatum.", "The start date."}, "2 maart 2026",
			ofEngagement(func(m *merging) string { return dayIn(m.language, dereferenced(m.engagement.Start)) })},
		{"engagement.endOn", Text{"De einddatum.", "The end date."}, "26 februari 2027",
			ofEngagement(func(m *merging) string { return dayIn(m.language, dereferenced(m.engagement.EndOn)) })},
	}
}

func dereferenced(day *Date) Date {
	if day == nil {
		return ""
	}
	return *day
}

// dayIn writes a day in words; nothing for no day.
func dayIn(language Language, day Date) string {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	months := map[Language]string{
		LanguageNL: "januari februari maart april mei juni juli augustus september oktober november december",
		LanguageEN: "January February March April May June July August September October November December",
		LanguageDE: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		LanguageFR: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	}
	point := ""
	if language == LanguageDE {
		point = "."
	}
	return fmt.Sprintf("%d%s %s %d", at.Day(), point, strings.Fields(months[language])[at.Month()-1], at.Year())
}
