package crm

// SalutationStyle is how a contact is addressed.
type SalutationStyle string

// The styles.
const (
	FormalSalutation   SalutationStyle = "FORMAL"
	InformalSalutation SalutationStyle = "INFORMAL"
)

// addressee is what a salutation needs to know of a contact.
type addressee struct {
	gender   Gender
	informal bool
	desk     string // the functional name, of what is no person
	first    string // the first name
	name     string // the last name by which one is addressed, its prefix as stored: "van den Berg"
	given    string // first name or initials, in front of the name
}

func (c *Contact) addressee() addressee {
	a := addressee{gender: c.Gender, informal: c.SalutationStyle == InformalSalutation}
	if c.AnonymizedAt != nil {
		return a
	}
	if c.LastName == nil {
		a.desk = deref(c.FunctionalName)
		return a
	}
	a.name = prefixed(c.usedName())
	a.first, a.given = deref(c.FirstName), deref(c.FirstName)
	if a.given == "" {
		a.given = deref(c.Initials)
	}
	return a
}

// Salutation opens a letter to the contact, in the contact's language and without the comma: "Geachte
// mevrouw Van den Berg". What was set for the contact goes before the rules.
func (c *Contact) Salutation() string {
	if c.SalutationOverride != nil {
		return *c.SalutationOverride
	}
	a := c.addressee()
	switch c.Language {
	case LanguageEN:
		return a.english()
	case LanguageDE:
		return a.german()
	case LanguageFR:
		return a.french()
	}
	return a.dutch()
}

// dutch: no first name, initials or titles in the formal salutation, and a capital for the prefix.
func (a addressee) dutch() string {
	switch {
	case a.desk != "" && a.informal:
		return "Beste " + a.desk
	case a.desk != "":
		return "Geachte " + a.desk
	case a.name == "":
		return "Geachte heer, mevrouw"
	case a.informal && a.first != "":
		return "Beste " + a.first
	case a.gender == Male:
		return "Geachte heer " + capital(a.name)
	case a.gender == Female:
		return "Geachte mevrouw " + capital(a.name)
	case a.gender != Neuter:
		return "Geachte heer/mevrouw " + capital(a.name)
	case a.given != "":
		return "Beste " + a.given + " " + a.name
	}
	return "Geachte relatie"
}

// english writes Dutch names as the Dutch do.
func (a addressee) english() string {
	switch {
	case a.desk != "":
		return "Dear " + a.desk
	case a.name == "":
		return "Dear Sir or Madam"
	case a.informal && a.first != "":
		return "Dear " + a.first
	case a.gender == Male:
		return "Dear Mr " + capital(a.name)
	case a.gender == Female:
		return "Dear Ms " + capital(a.name)
	case a.given != "":
		return "Dear " + a.given + " " + a.name
	case a.gender == Neuter:
		return "To whom it may concern"
	}
	return "Dear Sir or Madam"
}

// german keeps the prefix small: "Herr van den Berg".
func (a addressee) german() string {
	switch {
	case a.name == "":
		return "Sehr geehrte Damen und Herren"
	case a.informal && a.first != "":
		return byGender(a.gender, "Lieber ", "Liebe ", "Hallo ") + a.first
	case a.gender == Male:
		return "Sehr geehrter Herr " + a.name
	case a.gender == Female:
		return "Sehr geehrte Frau " + a.name
	case a.given != "":
		return "Guten Tag " + a.given + " " + a.name
	case a.gender == Neuter:
		return "Guten Tag"
	}
	return "Sehr geehrte Damen und Herren"
}

// french names nobody in a formal salutation.
func (a addressee) french() string {
	switch {
	case a.name == "":
		return "Madame, Monsieur"
	case a.informal && a.first != "":
		return byGender(a.gender, "Cher ", "Chère ", "Bonjour ") + a.first
	case a.gender == Neuter && a.given != "":
		return "Bonjour " + a.given + " " + a.name
	case a.gender == Neuter:
		return "Bonjour"
	}
	return byGender(a.gender, "Monsieur", "Madame", "Madame, Monsieur")
}

func byGender(gender Gender, male, female, otherwise string) string {
	switch gender {
	case Male:
		return male
	case Female:
		return female
	}
	return otherwise
}

// AddressLine is the contact on an envelope, with initials and titles: "mevrouw mr. I. van den Berg".
func (c *Contact) AddressLine() string {
	if c.LastName == nil {
		return c.Name
	}
	given, name := deref(c.Initials), c.familyName()
	if given == "" {
		given = deref(c.FirstName)
	}
	form := c.formOfAddress()
	if given == "" && form != "" {
		name = capital(name)
	}
	return joined(" ", form, deref(c.TitleBefore), given, name, deref(c.TitleAfter))
}

// formOfAddress stands in front of the name on an envelope; of who is neither man nor woman there is none.
func (c *Contact) formOfAddress() string {
	if c.Gender == Neuter {
		return ""
	}
	switch c.Language {
	case LanguageEN:
		return byGender(c.Gender, "Mr", "Ms", "")
	case LanguageDE:
		return byGender(c.Gender, "Herrn", "Frau", "")
	case LanguageFR:
		return byGender(c.Gender, "Monsieur", "Madame", "")
	}
	return byGender(c.Gender, "de heer", "mevrouw", "de heer/mevrouw")
}
