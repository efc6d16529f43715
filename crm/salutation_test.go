package crm_test

import (
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

// person is a contact with a name in parts; empty parts are not known.
func person(gender crm.Gender, initials, first, prefix, last string) crm.Contact {
	part := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	return crm.Contact{Gender: gender, Initials: part(initials), FirstName: part(first), Prefix: part(prefix), LastName: part(last),
		NameUse: crm.OwnName, SalutationStyle: crm.FormalSalutation, Language: crm.LanguageNL}
}

func desk(name string) crm.Contact {
	return crm.Contact{Name: name, FunctionalName: &name, Gender: "UNKNOWN", NameUse: crm.OwnName, SalutationStyle: crm.FormalSalutation, Language: crm.LanguageNL}
}

func with(c crm.Contact, change func(c *crm.Contact)) crm.Contact {
	change(&c)
	return c
}

func informal(c *crm.Contact) { c.SalutationStyle = crm.InformalSalutation }

func married(use crm.NameUse, prefix string) func(c *crm.Contact) {
	name := "Velde"
	return func(c *crm.Contact) { c.NameUse, c.PartnerPrefix, c.PartnerName = use, &prefix, &name }
}

func TestSalutation(t *testing.T) {
	t.Parallel()
	ingrid := person(crm.Female, "I.", "Ingrid", "van den", "Berg")
	ingrid.TitleBefore = new("mr.")
	hans := person(crm.Male, "H.", "Hans", "", "Oudekerk")
	hans.TitleAfter = new("RA")
	kim, unknown := person(crm.Neuter, "K.", "Kim", "", "Aalbers"), person("UNKNOWN", "A.", "Anne", "de", "Wit")
	anonymized := desk("Geanonimiseerd")
	anonymized.AnonymizedAt = new(time.Unix(0, 0))
	for _, one := range []struct {
		who            string
		contact        crm.Contact
		letter, cover  string
		english        string
		german, french string
	}{
		{"a man", hans, "Geachte heer Oudekerk", "de heer H. Oudekerk RA", "Dear Mr Oudekerk", "Sehr geehrter Herr Oudekerk", "Monsieur"},
		{"a woman with a prefix and a title", ingrid, "Geachte mevrouw Van den Berg", "mevrouw mr. I. van den Berg", "Dear Ms Van den Berg",
			"Sehr geehrte Frau van den Berg", "Madame"},
		{"someone unknown", unknown, "Geachte heer/mevrouw De Wit", "de heer/mevrouw A. de Wit", "Dear Anne de Wit", "Guten Tag Anne de Wit", "Madame, Monsieur"},
		{"neither man nor woman", kim, "Beste Kim Aalbers", "K. Aalbers", "Dear Kim Aalbers", "Guten Tag Kim Aalbers", "Bonjour Kim Aalbers"},
		{"neither, without a first name", with(kim, func(c *crm.Contact) { c.FirstName = nil }), "Beste K. Aalbers", "K. Aalbers", "Dear K. Aalbers",
			"Guten Tag K. Aalbers", "Bonjour K. Aalbers"},
		{"neither, with a last name alone", person(crm.Neuter, "", "", "van", "Aalbers"), "Geachte relatie", "van Aalbers", "To whom it may concern",
			"Guten Tag", "Bonjour"},
		{"an informal man", with(hans, informal), "Beste Hans", "de heer H. Oudekerk RA", "Dear Hans", "Lieber Hans", "Cher Hans"},
		{"an informal woman", with(ingrid, informal), "Beste Ingrid", "mevrouw mr. I. van den Berg", "Dear Ingrid", "Liebe Ingrid", "Chère Ingrid"},
		{"informal, neither", with(kim, informal), "Beste Kim", "K. Aalbers", "Dear Kim", "Hallo Kim", "Bonjour Kim"},
		{"informal, unknown", with(unknown, informal), "Beste Anne", "de heer/mevrouw A. de Wit", "Dear Anne", "Hallo Anne", "Bonjour Anne"},
		{"informal without a first name", with(person(crm.Male, "J.", "", "de", "Boer"), informal), "Geachte heer De Boer", "de heer J. de Boer",
			"Dear Mr De Boer", "Sehr geehrter Herr de Boer", "Monsieur"},
		{"unknown with a last name alone", person("UNKNOWN", "", "", "", "Puk"), "Geachte heer/mevrouw Puk", "de heer/mevrouw Puk", "Dear Sir or Madam",
			"Sehr geehrte Damen und Herren", "Madame, Monsieur"},
		{"a last name with a prefix alone", person(crm.Female, "", "", "van den", "Berg"), "Geachte mevrouw Van den Berg", "mevrouw Van den Berg",
			"Dear Ms Van den Berg", "Sehr geehrte Frau van den Berg", "Madame"},
		{"no initials on the envelope", person(crm.Male, "", "Piet", "van", "Dijk"), "Geachte heer Van Dijk", "de heer Piet van Dijk", "Dear Mr Van Dijk",
			"Sehr geehrter Herr van Dijk", "Monsieur"},
		{"a prefix of an apostrophe", person(crm.Male, "B.", "Bas", "'t", "Hart"), "Geachte heer 't Hart", "de heer B. 't Hart", "Dear Mr 't Hart",
			"Sehr geehrter Herr 't Hart", "Monsieur"},
		{"a prefix that is written on", person(crm.Female, "C.", "Carla", "d'", "Ancona"), "Geachte mevrouw D'Ancona", "mevrouw C. d'Ancona", "Dear Ms D'Ancona",
			"Sehr geehrte Frau d'Ancona", "Madame"},
		{"the partner's name first", with(person(crm.Female, "M.", "Marijke", "", "Prins"), married(crm.PartnerFirst, "van der")),
			"Geachte mevrouw Van der Velde", "mevrouw M. van der Velde-Prins", "Dear Ms Van der Velde", "Sehr geehrte Frau van der Velde", "Madame"},
		{"the own name first", with(person(crm.Female, "M.", "Marijke", "de", "Prins"), married(crm.OwnFirst, "van der")),
			"Geachte mevrouw De Prins", "mevrouw M. de Prins-van der Velde", "Dear Ms De Prins", "Sehr geehrte Frau de Prins", "Madame"},
		{"the partner's name alone", with(person(crm.Male, "J.", "Jan", "de", "Prins"), married(crm.PartnersName, "")),
			"Geachte heer Velde", "de heer J. Velde", "Dear Mr Velde", "Sehr geehrter Herr Velde", "Monsieur"},
		{"the own name, although there is a partner", with(person(crm.Male, "J.", "Jan", "de", "Prins"), married(crm.OwnName, "")),
			"Geachte heer De Prins", "de heer J. de Prins", "Dear Mr De Prins", "Sehr geehrter Herr de Prins", "Monsieur"},
		{"a desk", desk("Crediteurenadministratie"), "Geachte Crediteurenadministratie", "Crediteurenadministratie", "Dear Crediteurenadministratie",
			"Sehr geehrte Damen und Herren", "Madame, Monsieur"},
		{"an informal desk", with(desk("Receptie"), informal), "Beste Receptie", "Receptie", "Dear Receptie", "Sehr geehrte Damen und Herren", "Madame, Monsieur"},
		{"a person at a desk", with(hans, func(c *crm.Contact) { c.FunctionalName = new("Receptie") }), "Geachte heer Oudekerk", "de heer H. Oudekerk RA",
			"Dear Mr Oudekerk", "Sehr geehrter Herr Oudekerk", "Monsieur"},
		{"nobody", crm.Contact{Language: crm.LanguageNL}, "Geachte heer, mevrouw", "", "Dear Sir or Madam", "Sehr geehrte Damen und Herren", "Madame, Monsieur"},
		{"who was erased", anonymized, "Geachte heer, mevrouw", "Geanonimiseerd", "Dear Sir or Madam", "Sehr geehrte Damen und Herren", "Madame, Monsieur"},
		{"who has a salutation of their own", with(ingrid, func(c *crm.Contact) { c.SalutationOverride = new("Beste wethouder") }), "Beste wethouder",
			"mevrouw mr. I. van den Berg", "Beste wethouder", "Beste wethouder", "Beste wethouder"},
	} {
		t.Run("writes to "+one.who, func(t *testing.T) {
			t.Parallel()
			equal(t, "letter", one.contact.Salutation(), one.letter)
			equal(t, "envelope", one.contact.AddressLine(), one.cover)
			for language, want := range map[crm.Language]string{crm.LanguageEN: one.english, crm.LanguageDE: one.german, crm.LanguageFR: one.french} {
				abroad := one.contact
				abroad.Language = language
				equal(t, "letter in "+string(language), abroad.Salutation(), want)
			}
		})
	}
}

func TestAddressLineAbroad(t *testing.T) {
	t.Parallel()
	for language, want := range map[crm.Language][3]string{
		crm.LanguageEN: {"Mr J. de Boer", "Ms J. de Boer", "J. de Boer"},
		crm.LanguageDE: {"Herrn J. de Boer", "Frau J. de Boer", "J. de Boer"},
		crm.LanguageFR: {"Monsieur J. de Boer", "Madame J. de Boer", "J. de Boer"},
	} {
		for i, gender := range []crm.Gender{crm.Male, crm.Female, "UNKNOWN"} {
			contact := person(gender, "J.", "Jo", "de", "Boer")
			contact.Language = language
			equal(t, string(language)+" "+string(gender), contact.AddressLine(), want[i])
		}
	}
}

// TestSalutationsOfTheDemoOffice are the contacts of the sample, as they are written to.
func TestSalutationsOfTheDemoOffice(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		for name, want := range map[string]string{
			"Marijke van der Velde-Prins": "Geachte mevrouw Van der Velde",
			"Anja Brouwer-Ter Haar":       "Geachte mevrouw Brouwer",
			"Femke Wiersma":               "Beste Femke",
			"Ingrid van den Berg":         "Geachte mevrouw Van den Berg",
			"Crediteurenadministratie":    "Geachte Crediteurenadministratie",
			"Kim Aalbers":                 "Beste Kim Aalbers",
			"Stefan ten Brinke":           "Geachte heer Ten Brinke",
			"Karim Yildiz":                "Geachte heer Yildiz",
		} {
			equal(t, name, o.Contact(name).Salutation(), want)
		}
		equal(t, "on the envelope", o.Contact("Marijke van der Velde-Prins").AddressLine(), "mevrouw ir. M. van der Velde-Prins")
		equal(t, "on the envelope", o.Contact("Karim Yildiz").AddressLine(), "de heer drs. K. Yildiz")
	})
}
