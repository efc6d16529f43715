package crm

import (
	"slices"
	"strings"
	"testing"
)

func aMerging() *merging {
	return &merging{customer: &Customer{Name: "Brouwer & Zonen", Number: "10003", VisitingAddress: &Address{Street: new("Industrieplein"),
		HouseNumber: new("8"), Postcode: new("7553 LL"), City: "Hengelo", Country: "NL"}},
		author: &User{Name: "Joris Kuipers"}, letterhead: &Letterhead{Name: "Delta"}, language: LanguageNL, today: "2026-11-23"}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"":                                     "",
		"geen velden { } }} {":                 "geen velden { } }} {",
		"{{customer.name}}, {{ today }}":       "Brouwer & Zonen, 23 november 2026",
		"{{customer.addressLine}}":             "Industrieplein 8, 7553 LL Hengelo",
		"{{contact.name}} bij {{author.name}}": "{{contact.name}} bij Joris Kuipers",
	} {
		if got, _ := aMerging().merge(template); got != want {
			t.Errorf("%q becomes %q, want %q", template, got, want)
		}
	}
	_, missing := aMerging().merge("{{contact.name}} {{engagement.startOn}} {{customer.kvkNumber}}")
	if want := []string{"contact.name", "engagement.startOn", "customer.kvkNumber"}; !slices.Equal(missing, want) {
		t.Errorf("missing are %v, want %v", missing, want)
	}
}

func TestMergeFaultsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"{{klant}}":               "Line 1, column 1:",
		"é\n  {{customer.nam}}":   "Line 2, column 3:",
		"{{customer.name}} {{":    "Line 1, column 19:",
		"{{customer.name\n}}":     "Line 1, column 1:",
		"{{}}":                    "Line 1, column 1:",
		"{{{{customer.name}}}}":   "Line 1, column 1:",
		"a\nb\n{{Customer.Name}}": "Line 3, column 1:",
	} {
		_, fault := parseMerge(template)
		if fault == nil || !strings.HasPrefix(fault.EN, want) {
			t.Errorf("of %q it says %v, want %s", template, fault, want)
		}
	}
}

// Every field has its words, and a value when everything is there.
func TestMergeFieldsAllHaveValues(t *testing.T) {
	t.Parallel()
	m := aMerging()
	m.customer.KvkNumber, m.author.JobTitle, m.author.Email = new("00900103"), new("Accountmanager"), "j@d.example"
	m.letterhead.Phone, m.letterhead.KvkNumber = new("1"), new("2")
	m.contact = &Contact{Name: "Klaas Brouwer", FirstName: new("Klaas"), LastName: new("Brouwer"), Function: new("Directeur"), Email: new("k@b.example"), Phone: new("1")}
	m.engagement = &Dossier{Title: "Engineer", Number: "P-1", Start: new(Date("2026-01-02")), EndOn: new(Date("2026-03-04"))}
	for _, field := range mergeFields() {
		if field.value(m) == "" || field.description.NL == "" || field.description.EN == "" || field.example == "" {
			t.Errorf("%s lacks something", field.key)
		}
	}
}

func TestDaysInWords(t *testing.T) {
	t.Parallel()
	for language, want := range map[Language]string{LanguageNL: "4 maart 2026", LanguageEN: "4 March 2026", LanguageDE: "4. März 2026", LanguageFR: "4 mars 2026"} {
		if got := dayIn(language, "2026-03-04"); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}
