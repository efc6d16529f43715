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

// foldAll folds the parts that are there into one key.
func foldAll(parts ...*string) string { return fold(allOf(parts)) }

func allOf(parts []*string) string {
	var there []string
	for _, part := range parts {
		if part != nil && *part != "" {
			there = append(there, *part)
		}
	}
	return strings.Join(there, " ")
}

// searchFold folds a text for searching, where "B.V." is "BV" and "a.s.r." is "asr": the dot behind a letter that stands
// alone falls away. Stored texts and what is looked for are folded so alike. Keys for order and for comparing keep their dots.
func searchFold(text string) string {
	folded := []rune(fold(text))
	kept := make([]rune, 0, len(folded))
	for i, r := range folded {
		if !abbreviates(folded, i) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// abbreviates says whether there is, at a place in a folded text, the dot of a letter that stands alone. Migration
// 20261209000000 says the same in SQL.
func abbreviates(folded []rune, at int) bool {
	letter := func(i int) bool { return i >= 0 && 'a' <= folded[i] && folded[i] <= 'z' }
	digit := func(i int) bool { return i >= 0 && '0' <= folded[i] && folded[i] <= '9' }
	return folded[at] == '.' && letter(at-1) && !letter(at-2) && !digit(at-2)
}

// searchFoldAll folds the parts that are there into one text to search in.
func searchFoldAll(parts ...*string) string { return searchFold(allOf(parts)) }

// Fold gives a text as the stored keys hold it, for programs that fill the tables themselves.
func Fold(text string) string { return fold(text) }

// SearchFold gives a text as it is searched in, for the same programs.
func SearchFold(text string) string { return searchFold(text) }
