package crm

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// The rules of single values, from the Dutch registers. Each takes a trimmed, non-empty text and gives
// the form in which it is stored.

func tooLong(n int) *Text {
	return new(Textf("Ten hoogste %s tekens.", "At most %s characters.", n))
}

// nameUpTo wants 1 to n characters, not only punctuation.
func nameUpTo(n int) rule {
	return func(text string) (string, *Text) {
		if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return "", &Text{NL: "Een naam heeft ten minste één letter of cijfer.", EN: "A name has at least one letter or digit."}
		}
		return upTo(n)(text)
	}
}

// digits wants exactly n digits; dots and blanks are dropped.
func digits(n int, what Text) rule {
	return func(text string) (string, *Text) {
		plain := dropped(text, " .")
		if len(plain) != n || !onlyDigits(plain) {
			return "", &what
		}
		return plain, nil
	}
}

// kvkNumber is the number of the trade register: eight digits, no check digit.
func kvkNumber(text string) (string, *Text) {
	return digits(8, Text{NL: "Een KvK-nummer heeft acht cijfers.", EN: "A KvK number has eight digits."})(text)
}

// branchNumber is the number of an establishment in the trade register.
func branchNumber(text string) (string, *Text) {
	return digits(12, Text{NL: "Een vestigingsnummer heeft twaalf cijfers.", EN: "A branch number has twelve digits."})(text)
}

// oin is the identity of a government body.
func oin(text string) (string, *Text) {
	return digits(20, Text{NL: "Een OIN heeft twintig cijfers.", EN: "An OIN has twenty digits."})(text)
}

// rsin is nine digits that pass the eleven-test.
func rsin(text string) (string, *Text) {
	plain := dropped(text, " .")
	if len(plain) != 9 || !onlyDigits(plain) || !elevenTest(plain) {
		return "", &Text{NL: "Dit is geen geldig RSIN.", EN: "This is not a valid RSIN."}
	}
	return plain, nil
}

// elevenTest weighs nine digits 9, 8, … 2 and -1; the sum is a multiple of eleven.
func elevenTest(nine string) bool {
	sum := -int(nine[8] - '0')
	for i := range 8 {
		sum += (9 - i) * int(nine[i]-'0')
	}
	return sum%11 == 0
}

// vatID is a VAT number. A Dutch one passes the eleven-test (companies) or, as a whole, mod-97 (sole
// traders since 2020); of other EU countries only the form is known.
func vatID(text string) (string, *Text) {
	plain := strings.ToUpper(dropped(text, " .-"))
	bad := &Text{NL: "Dit is geen geldig btw-nummer.", EN: "This is not a valid VAT number."}
	if strings.HasPrefix(plain, "NL") {
		if !regexp.MustCompile(`^NL\d{9}B\d{2}$`).MatchString(plain) || strings.HasSuffix(plain, "B00") {
			return "", bad
		}
		if !elevenTest(plain[2:11]) && mod97(plain) != 1 {
			return "", bad
		}
		return plain, nil
	}
	country := `^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|PL|PT|RO|SE|SI|SK|XI)[0-9A-Z+*]{2,12}$`
	if !regexp.MustCompile(country).MatchString(plain) {
		return "", bad
	}
	return plain, nil
}

// mod97 is the remainder of ISO 7064 mod 97-10, letters counting from A = 10.
func mod97(text string) int {
	remainder := 0
	for _, r := range text {
		if r >= 'A' && r <= 'Z' {
			remainder = (remainder*100 + int(r-'A') + 10) % 97
			continue
		}
		remainder = (remainder*10 + int(r-'0')) % 97
	}
	return remainder
}

// iban is an account number: country, check digits, and up to 30 more; Dutch ones have 18 in all.
func iban(text string) (string, *Text) {
	plain := strings.ToUpper(dropped(text, " "))
	bad := &Text{NL: "Dit is geen geldig IBAN.", EN: "This is not a valid IBAN."}
	if !regexp.MustCompile(`^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$`).MatchString(plain) {
		return "", bad
	}
	if strings.HasPrefix(plain, "NL") && len(plain) != 18 {
		return "", bad
	}
	if mod97(plain[4:]+plain[:4]) != 1 {
		return "", bad
	}
	return plain, nil
}

// searchName is an abbreviation, in capitals.
func searchName(text string) (string, *Text) {
	return upTo(40)(strings.ToUpper(text))
}

// sbiCode is a code of the trade register's classification.
func sbiCode(text string) (string, *Text) {
	plain := dropped(text, " .")
	if (len(plain) != 4 && len(plain) != 5) || !onlyDigits(plain) {
		return "", &Text{NL: "Een SBI-code heeft vier of vijf cijfers.", EN: "An SBI code has four or five digits."}
	}
	return plain, nil
}

// phone brings a number into E.164; a number that begins with one zero is Dutch.
func phone(text string) (string, *Text) {
	bad := &Text{NL: "Dit is geen telefoonnummer.", EN: "This is not a phone number."}
	plain := dropped(strings.Replace(text, "(0)", "", 1), " -().")
	switch {
	case strings.HasPrefix(plain, "00"):
		plain = "+" + plain[2:]
	case strings.HasPrefix(plain, "0"):
		plain = "+31" + plain[1:]
	}
	if !regexp.MustCompile(`^\+[1-9]\d{6,14}$`).MatchString(plain) {
		return "", bad
	}
	if strings.HasPrefix(plain, "+31") && !regexp.MustCompile(`^\+31([1-9]\d{8}|[89]00\d{4,7}|97\d{9})$`).MatchString(plain) {
		return "", bad
	}
	return plain, nil
}

// email is one address without a display name, at most 254 characters.
func email(text string) (string, *Text) {
	bad := &Text{NL: "Dit is geen e-mailadres.", EN: "This is not an e-mail address."}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > 254 {
		return "", bad
	}
	_, domain, _ := strings.Cut(text, "@")
	if !strings.Contains(domain, ".") || strings.ContainsAny(text, " \"[]") {
		return "", bad
	}
	return text, nil
}

// website is an http or https address; a bare host gets https.
func website(text string) (string, *Text) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") ||
		!strings.Contains(parsed.Hostname(), ".") || parsed.User != nil || len(text) > 2048 {
		return "", &Text{NL: "Dit is geen webadres.", EN: "This is not a web address."}
	}
	return text, nil
}

// dutchPostcode is 1234 AB; the letters SA, SD and SS are never given out.
func dutchPostcode(text string) (string, bool) {
	plain := strings.ToUpper(dropped(text, " "))
	if !regexp.MustCompile(`^[1-9]\d{3}[A-Z]{2}$`).MatchString(plain) {
		return "", false
	}
	switch plain[4:] {
	case "SA", "SD", "SS":
		return "", false
	}
	return plain[:4] + " " + plain[4:], true
}

func dropped(text, characters string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(characters, r) {
			return -1
		}
		return r
	}, text)
}

func onlyDigits(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
