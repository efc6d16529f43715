package crm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func TestRulesOfSingleValues(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		name string
		rule rule
		good map[string]string // as typed, as stored
		bad  []string
	}{
		{"KvK number", kvkNumber,
			map[string]string{"00900101": "00900101", "0090 0101": "00900101", "00.90.01.01": "00900101"},
			[]string{"0090010", "009001010", "0090010a", "٠٠٩٠٠١٠١", "-0900101", "0090,101"}},
		{"branch number", branchNumber,
			map[string]string{"000012345678": "000012345678"}, []string{"00001234567", "00001234567x"}},
		{"OIN", oin,
			map[string]string{"00000001900000089000": "00000001900000089000"}, []string{"0000000190000008900", ""}},
		{"RSIN", rsin,
			map[string]string{"900000016": "900000016", "111222333": "111222333"}, []string{"900000017", "11122233", "1112223333", "12345678a"}},
		{"VAT number of a company", vatID,
			map[string]string{"NL900000016B01": "NL900000016B01", "nl 9000.00.016.b01": "NL900000016B01", "NL-900000016-B99": "NL900000016B99"},
			[]string{"NL900000017B01", "NL900000016B00", "NL900000016B1", "NL90000001B01", "NL900000016A01", "900000016B01", "NL900000016B011"}},
		{"VAT number of a sole trader", vatID, // passes mod-97 as a whole, and not the eleven-test
			map[string]string{"NL000099998B57": "NL000099998B57"}, []string{"NL000099998B58", "NL000099999B57"}},
		{"VAT number of another country", vatID,
			map[string]string{"BE0123456789": "BE0123456789", "de 123 456 789": "DE123456789", "EL123456789": "EL123456789"},
			[]string{"GR123456789", "GB123456789", "XX123", "BE", "BE1", "DE1234567890123", "BE01234567é9"}},
		{"IBAN", iban,
			map[string]string{"NL36DEMO0100000111": "NL36DEMO0100000111", "nl36 demo 0100 0001 11": "NL36DEMO0100000111",
				"BE68 5390 0754 7034": "BE68539007547034", "DE89370400440532013000": "DE89370400440532013000"},
			[]string{"NL37DEMO0100000111", "NL36DEMO010000011", "NL36DEMO01000001110", "36DEMO0100000111", "NL36-DEMO-0100000111", "BE68539007547035", "NL"}},
		{"SBI code", sbiCode,
			map[string]string{"6420": "6420", "64.20": "6420", "64201": "64201"}, []string{"642", "642011", "64a0"}},
		{"phone number", phone,
			map[string]string{"010-1234567": "+31101234567", "+31 (0)10 123 45 67": "+31101234567", "0031 10 1234567": "+31101234567",
				"06-12345678": "+31612345678", "+49 30 123456": "+4930123456", "0800 1234": "+318001234", "0900-1234567": "+319001234567",
				"+31150001100": "+31150001100", "0299.000.770": "+31299000770"},
			[]string{"1234567", "010-123456", "010-12345678", "+31 010 1234567", "bel maar", "+", "+0123456789", "06-1234567", "+311", "+1234567890123456", "010-12 34 567 toestel 8"}},
		{"e-mail address", email,
			map[string]string{"Sanne.Verhoef@delta.example": "Sanne.Verhoef@delta.example", "a+b@sub.delta.example": "a+b@sub.delta.example",
				"o'neill@delta.example": "o'neill@delta.example", "jürgen@münchen.example": "jürgen@münchen.example"},
			[]string{"delta", "@delta.example", "a@", "a@localhost", "a b@delta.example", "Sanne <s@delta.example>", "a@b@c.example", "a@[127.0.0.1]",
				"\"a b\"@delta.example", "a@delta.example, b@delta.example", "a@delta..example", "a@.example", "a@delta.example.", "a\n@delta.example"}},
		{"web address", website,
			map[string]string{"https://www.delta.example/pad?x=1": "https://www.delta.example/pad?x=1", "delta.example": "https://delta.example", "http://delta.example:8080": "http://delta.example:8080"},
			[]string{"javascript:alert(1)", "javascript://delta.example/%0aalert(1)", "ftp://delta.example", "https://", "delta", "https://localhost",
				"https://user:pw@delta.example", "data:text/html,x", "https://delta.example/\x7f", "https://a b.example"}},
		{"name of a relation", nameUpTo(100),
			map[string]string{"1-2-3 B.V.": "1-2-3 B.V.", "’s-Hertogenbosch": "’s-Hertogenbosch", "Ö": "Ö", strings.Repeat("é", 100): strings.Repeat("é", 100)},
			[]string{"---", "&", strings.Repeat("é", 101)}},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			for typed, want := range one.good {
				if got, fault := one.rule(typed); fault != nil || got != want {
					t.Errorf("%q became %q, %v; want %q", typed, got, fault, want)
				}
				if again, fault := one.rule(want); fault != nil || again != want {
					t.Errorf("the stored form %q became %q, %v", want, again, fault)
				}
			}
			for _, typed := range one.bad {
				if got, fault := one.rule(typed); fault == nil {
					t.Errorf("%q was accepted as %q", typed, got)
				}
			}
		})
	}
}

func TestRulesRefuseWhatIsTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 250)
	for name, one := range map[string]struct {
		rule rule
		text string
	}{
		"e-mail address": {email, long + "@delta.example"},
		"web address":    {website, "https://delta.example/" + strings.Repeat("a", 2048)},
		"IBAN":           {iban, "DE89" + strings.Repeat("1", 40)},
		"phone number":   {phone, "+31" + strings.Repeat("1", 1000)},
	} {
		if _, fault := one.rule(one.text); fault == nil {
			t.Errorf("an endless %s was accepted", name)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	street, number := new("Rotterdamseweg"), new("183")
	check := func(in AddressInput) (*Address, []string) {
		p := patchingAt("input")
		address := in.address(p, "visitingAddress")
		paths := []string{}
		for _, fault := range p.faults {
			paths = append(paths, strings.Join(fault.Path, "."))
		}
		return address, paths
	}
	for typed, want := range map[string]string{"2629hd": "2629 HD", "2629  hd": "2629 HD", " 2629 HD ": "2629 HD"} {
		t.Run("stores the postcode "+typed+" with one blank", func(t *testing.T) {
			t.Parallel()
			address, faults := check(AddressInput{Street: street, HouseNumber: number, Postcode: &typed, City: " Delft ", Country: "nl"})
			if len(faults) > 0 || *address.Postcode != want || address.City != "Delft" || address.Country != "NL" {
				t.Errorf("got %+v, %v", address, faults)
			}
		})
	}
	for name, one := range map[string]struct {
		in     AddressInput
		faults string
	}{
		"takes a post-office box instead of a street": {AddressInput{PoBox: new("12"), Postcode: new("2600AA"), City: "Delft", Country: "NL"}, "[]"},
		"takes a foreign address without a postcode":  {AddressInput{Street: street, City: "Dublin", Country: "IE"}, "[]"},
		"takes a number of six digits":                {AddressInput{Street: street, HouseNumber: new("123456"), Postcode: new("2629HD"), City: "Delft", Country: "NL"}, "[]"},
		"refuses a number of seven digits":            {AddressInput{Street: street, HouseNumber: new("1234567"), Postcode: new("2629HD"), City: "Delft", Country: "NL"}, "[input.visitingAddress.houseNumber]"},
		"takes a foreign postcode as it is":           {AddressInput{Postcode: new("W1A 1AA"), City: "London", Country: "GB"}, "[]"},
		"wants a postcode in the Netherlands":         {AddressInput{Street: street, HouseNumber: number, City: "Delft", Country: "NL"}, "[input.visitingAddress.postcode]"},
		"wants a street with a number there":          {AddressInput{Street: street, Postcode: new("2629HD"), City: "Delft", Country: "NL"}, "[input.visitingAddress.street]"},
		"wants a city":                                {AddressInput{City: " ", Country: "BE"}, "[input.visitingAddress.city]"},
		"refuses a postcode that begins with zero":    {AddressInput{PoBox: new("1"), Postcode: new("0629HD"), City: "Delft", Country: "NL"}, "[input.visitingAddress.postcode]"},
		"refuses the letters SS":                      {AddressInput{PoBox: new("1"), Postcode: new("2629ss"), City: "Delft", Country: "NL"}, "[input.visitingAddress.postcode]"},
		"refuses a country that is no code":           {AddressInput{City: "Delft", Country: "Nederland"}, "[input.visitingAddress.country]"},
		"refuses a house number with letters":         {AddressInput{Street: street, HouseNumber: new("183b"), Postcode: new("2629HD"), City: "Delft", Country: "NL"}, "[input.visitingAddress.houseNumber]"},
		"tells all faults at once": {AddressInput{Street: new(strings.Repeat("x", 101)), HouseNumber: new("x"), PoBox: new("x"),
			Postcode: new("x"), City: "", Country: "NL"}, "[input.visitingAddress.street input.visitingAddress.houseNumber" +
			" input.visitingAddress.poBox input.visitingAddress.postcode input.visitingAddress.city]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, faults := check(one.in); fmt.Sprint(faults) != one.faults {
				t.Errorf("got %v, want %v", faults, one.faults)
			}
		})
	}
}

func TestNumbersOfFields(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		fields CustomerFields
		path   string
	}{
		"a number of people below zero":        {CustomerFields{EmployeesCount: graphql.OmittableOf(new(-1))}, "employeesCount"},
		"a percentage below zero":              {CustomerFields{GAccountPercentage: graphql.OmittableOf(new(Decimal(-1)))}, "gAccountPercentage"},
		"a percentage of more than a hundred":  {CustomerFields{GAccountPercentage: graphql.OmittableOf(new(Decimal(100_01)))}, "gAccountPercentage"},
		"more people than the store can count": {CustomerFields{EmployeesCount: graphql.OmittableOf(new(-1 << 40))}, "employeesCount"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			p := patchingAt()
			one.fields.apply(&Customer{Name: "x"}, p)
			if len(p.faults) != 1 || p.faults[0].Path[0] != one.path {
				t.Errorf("got %v", p.faults)
			}
		})
	}
}

func TestLengthsOfFields(t *testing.T) {
	t.Parallel()
	given := func(n int) graphql.Omittable[*string] { return graphql.OmittableOf(new(strings.Repeat("é", n))) }
	customer := func(set func(*CustomerFields, int)) func(int) Faults {
		return func(n int) Faults {
			fields, p := CustomerFields{}, patchingAt()
			set(&fields, n)
			fields.apply(&Customer{Name: "x"}, p)
			return p.faults
		}
	}
	contact := func(set func(*ContactFields, int)) func(int) Faults {
		return func(n int) Faults {
			fields, p := ContactFields{}, patchingAt()
			set(&fields, n)
			fields.apply(&Contact{LastName: new("x")}, p)
			return p.faults
		}
	}
	for field, one := range map[string]struct {
		longest int
		faults  func(n int) Faults
	}{
		"name":           {100, customer(func(f *CustomerFields, n int) { f.Name = given(n) })},
		"tradeName":      {100, customer(func(f *CustomerFields, n int) { f.TradeName = given(n) })},
		"legalForm":      {40, customer(func(f *CustomerFields, n int) { f.LegalForm = given(n) })},
		"sector":         {60, customer(func(f *CustomerFields, n int) { f.Sector = given(n) })},
		"classification": {100, customer(func(f *CustomerFields, n int) { f.Classification = given(n) })},
		"source":         {100, customer(func(f *CustomerFields, n int) { f.Source = given(n) })},
		"notes":          {10_000, customer(func(f *CustomerFields, n int) { f.Notes = given(n) })},
		"initials":       {20, contact(func(f *ContactFields, n int) { f.Initials = given(n) })},
		"firstName":      {60, contact(func(f *ContactFields, n int) { f.FirstName = given(n) })},
		"prefix":         {20, contact(func(f *ContactFields, n int) { f.Prefix = given(n) })},
		"lastName":       {80, contact(func(f *ContactFields, n int) { f.LastName = given(n) })},
		"functionalName": {100, contact(func(f *ContactFields, n int) { f.FunctionalName = given(n) })},
		"titleBefore":    {20, contact(func(f *ContactFields, n int) { f.TitleBefore = given(n) })},
		"titleAfter":     {20, contact(func(f *ContactFields, n int) { f.TitleAfter = given(n) })},
		"function":       {100, contact(func(f *ContactFields, n int) { f.Function = given(n) })},
		"department":     {100, contact(func(f *ContactFields, n int) { f.Department = given(n) })},
	} {
		t.Run("leave room for the longest "+field, func(t *testing.T) {
			t.Parallel()
			if faults := one.faults(one.longest); len(faults) > 0 {
				t.Errorf("%d characters: %v", one.longest, faults)
			}
			if faults := one.faults(one.longest + 1); len(faults) != 1 || faults[0].Path[0] != field {
				t.Errorf("%d characters: %v", one.longest+1, faults)
			}
		})
	}
}
