package crm

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The length of a password, in characters. Long ones are better than strange ones (NIST SP 800-63B), and twelve is
// what is left where a second factor may be missing; the upper bound keeps hashing cheap.
const (
	minPassword = 12
	maxPassword = 256
)

// commonPasswords are what people choose first, one a line: what is refused is one of them with digits and signs
// around it, or several times over.
//
//go:embed common_passwords.txt
var commonPasswords string

// newPassword says what is wrong with a password that someone chooses; nil when nothing is.
func newPassword(password, name, email string) *Text {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return &Text{NL: "Een wachtwoord heeft ten minste 12 tekens.", EN: "A password has at least 12 characters."}
	case n > maxPassword:
		return &Text{NL: "Een wachtwoord heeft ten hoogste 256 tekens.", EN: "A password has at most 256 characters."}
	}
	heart := heartOf(password)
	local, _, _ := strings.Cut(email, "@")
	for _, own := range []string{email, local, name} {
		if heart != "" && heart == heartOf(own) {
			return &Text{NL: "Een wachtwoord is niet de eigen naam of het eigen e-mailadres.", EN: "A password is not one's own name or e-mail address."}
		}
	}
	if isCommon(heart) || distinctRunes(password) < 5 {
		return &Text{NL: "Dit wachtwoord is te gewoon; kies iets dat niemand raadt.", EN: "This password is too common; choose something that nobody guesses."}
	}
	return nil
}

// heartOf is what remains of a password without what people put around it to meet rules: case, blanks, and digits and
// signs in front and behind. One that has nothing else is its own heart.
func heartOf(password string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("._-", r) {
			return -1
		}
		return r
	}, fold(password))
	heart := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	if heart == "" {
		return folded
	}
	return heart
}

// isCommon tells whether a heart is a common password, or one several times over.
func isCommon(heart string) bool {
	for common := range strings.FieldsSeq(commonPasswords) {
		if strings.ReplaceAll(heart, common, "") == "" {
			return true
		}
	}
	return false
}

func distinctRunes(text string) int {
	seen := make(map[rune]bool)
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}
