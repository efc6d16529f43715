package crm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes texts comparable without case or accents, for order and for search. It is done here and
// stored, so that both engines sort and find alike: decomposed, marks and invisible characters removed,
// ligatures opened, lower case, every run of white space one blank.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	blank := false
	for _, r := range norm.NFKD.String(text) {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			continue
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteString(foldRune(unicode.ToLower(r)))
	}
	return b.String()
}

// foldRune opens the letters that decomposition leaves whole.
func foldRune(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	case 'ς':
		return "σ"
	}
	return string(r)
}

// foldAll folds the parts that are there into one text to search in.
func foldAll(parts ...*string) string {
	var there []string
	for _, part := range parts {
		if part != nil && *part != "" {
			there = append(there, *part)
		}
	}
	return fold(strings.Join(there, " "))
}

// Fold gives a text as the stored keys hold it, for programs that fill the tables themselves.
func Fold(text string) string { return fold(text) }
