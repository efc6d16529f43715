// Package glyph knows which characters the fonts of our papers have a sign for: the Go fonts write Latin, Greek and
// Cyrillic, and neither Chinese nor pictures.
package glyph

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// endOfPlane is the last character of the first plane; the fonts have no sign beyond it.
const endOfPlane = 0xffff

// signs are the characters of the fonts, which have the same ones in every style.
var signs = sync.OnceValue(func() map[rune]bool {
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is compiled in
	}
	known := make(map[rune]bool, font.NumGlyphs())
	var buffer sfnt.Buffer
	for r := ' '; r <= endOfPlane; r++ {
		if at, err := font.GlyphIndex(&buffer, r); err == nil && at != 0 {
			known[r] = true
		}
	}
	return known
})

// Shown is a text as it is printed: accents on their letters, blanks and hyphens of all kinds as those there are, without
// what only steers the text, and with � in the place of each character that has no sign. Lines stay.
func Shown(text string) string {
	return strings.Map(func(r rune) rune {
		if r = plain(r); r < 0 || signs()[r] || r == '\n' {
			return r
		}
		return unicode.ReplacementChar
	}, norm.NFC.String(text))
}

// Place is a character that has no sign, and where it is for the first time, by line and column from 1.
type Place struct {
	Character    rune
	Line, Column int
}

// Lacking are the characters of a text that have no sign, each once, in their order.
func Lacking(text string) []Place {
	var lacking []Place
	seen := map[rune]bool{'\n': true, -1: true}
	line, column := 1, 0
	for _, r := range norm.NFC.String(text) {
		column++
		if r == '\n' {
			line, column = line+1, 0
		}
		if r = plain(r); !signs()[r] && !seen[r] {
			seen[r] = true
			lacking = append(lacking, Place{r, line, column})
		}
	}
	return lacking
}

// plain is the character that is printed for another; below zero where none is.
func plain(r rune) rune {
	switch {
	case r == '\n' || r == '\u00a0':
		return r
	case r == '\t' || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp):
		return ' '
	case r == '\u2010' || r == '\u2011':
		return '-'
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector):
		return -1
	}
	return r
}
