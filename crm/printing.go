package crm

import (
	"strings"

	"klantkaart/glyph"
)

// The fault and the warning of characters that the fonts of our paper have no sign for.
const (
	NotPrintable ErrorCode = "NOT_PRINTABLE"

	ValueNotPrintable WarningCode = "VALUE_NOT_PRINTABLE"
)

// printable refuses characters of a text that is to be printed and has no sign for them, and tells where each is for
// the first time.
func (p *patching) printable(field, text string) {
	lacking := glyph.Lacking(text)
	if len(lacking) == 0 {
		return
	}
	p.faults = append(p.faults, notPrintable(lacking, func(one glyph.Place) Text {
		return Textf("“%s” (regel %s, positie %s)", "“%s” (line %s, column %s)", string(one.Character), one.Line, one.Column)
	}, p.at(field)...))
}

// maxLacking is how many characters are named.
const maxLacking = 10

func notPrintable(lacking []glyph.Place, name func(glyph.Place) Text, path ...string) *Error {
	var dutch, english []string
	for _, one := range lacking[:min(len(lacking), maxLacking)] {
		named := name(one)
		dutch, english = append(dutch, named.NL), append(english, named.EN)
	}
	return &Error{Code: NotPrintable, Path: path, Text: Textf("Deze tekens kunnen niet op papier: %s.", "These characters cannot be printed: %s.",
		Text{NL: strings.Join(dutch, ", "), EN: strings.Join(english, ", ")})}
}

// inQuotes names a character without its place.
func inQuotes(one glyph.Place) Text {
	name := "“" + string(one.Character) + "”"
	return Text{NL: name, EN: name}
}
