package letter

import (
	"slices"
	"strings"

	"klantkaart/glyph"
)

// body writes the text, paragraph by paragraph.
func (s *sheet) body() {
	for block := range strings.SplitSeq(s.letter.Text, "\n\n") {
		block = strings.Trim(block, "\n")
		if block == "" {
			continue
		}
		for line := range strings.SplitSeq(block, "\n") {
			s.line(line)
		}
		s.y += paragraph
	}
}

// line writes a line of the text: a heading, an item, or words.
func (s *sheet) line(text string) {
	switch {
	case strings.HasPrefix(text, "## "):
		s.room(4 * headingSize * millimetres * leading) // a heading stands with lines below it
		s.y += 1.5
		s.accent()
		s.font("B", headingSize)
		s.lines(strings.TrimPrefix(text, "## "), leftMargin, textWidth, headingSize)
		s.ink()
		s.y += 0.8
	case strings.HasPrefix(text, "- "):
		s.font("", bodySize)
		s.room(bodySize * millimetres * leading)
		s.Text(leftMargin+1.5, s.y+bodySize*millimetres, "•")
		s.lines(strings.TrimPrefix(text, "- "), leftMargin+6, textWidth-6, bodySize)
	default:
		s.font("", bodySize)
		s.lines(text, leftMargin, textWidth, bodySize)
	}
}

// close writes the closing with room to sign, all on one page.
func (s *sheet) close() {
	if s.letter.Closing == "" {
		return
	}
	line := bodySize * millimetres * leading
	s.room(line*float64(1+len(s.letter.Signer)) + signature + paragraph)
	s.y += paragraph
	s.font("", bodySize)
	s.lines(s.letter.Closing, leftMargin, textWidth, bodySize)
	s.y += signature
	for i, text := range s.letter.Signer {
		s.font("", bodySize)
		if i == 0 {
			s.font("B", bodySize)
		}
		s.lines(text, leftMargin, textWidth, bodySize)
	}
}

// room goes to the next page where there is less than this left.
func (s *sheet) room(height float64) {
	if s.y+height > bottom {
		s.nextPage()
	}
}

// lines writes a text in the font that is set, broken between its words, and goes below it.
func (s *sheet) lines(text string, x, width, size float64) {
	height := size * millimetres * leading
	for _, line := range s.broken(text, width) {
		s.room(height)
		s.Text(x, s.y+size*millimetres, line)
		s.y += height
	}
}

// broken gives the lines of a text. A word that is longer than a line is broken within.
func (s *sheet) broken(text string, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimPrefix(line+" "+word, " ")
		if s.GetStringWidth(longer) <= width {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for line = word; s.GetStringWidth(line) > width; {
			part := s.fitting(line, width)
			lines, line = append(lines, part), line[len(part):]
		}
	}
	return append(lines, line)
}

// fitting is as much of a word as fits on a line, at least one letter.
func (s *sheet) fitting(word string, width float64) string {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if end > 0 && s.GetStringWidth(word[:next]) > width {
			break
		}
		end = next
	}
	return word[:end]
}

// printable keeps to the characters that the font can name.
func (l Letter) printable() Letter {
	clean := func(text string) string {
		return glyph.Shown(strings.ReplaceAll(text, "{pages}", "pages"))
	}
	all := func(texts []string) []string {
		cleaned := make([]string, len(texts))
		for i, text := range texts {
			cleaned[i] = clean(text)
		}
		return cleaned
	}
	from := l.Sender
	l.Sender = Sender{Name: clean(from.Name), Address: all(from.Address), Phone: clean(from.Phone), Email: clean(from.Email),
		Website: clean(from.Website), Details: all(from.Details)}
	references := make([]Labelled, len(l.References))
	for i, one := range l.References {
		references[i] = Labelled{clean(one.Label), clean(one.Text)}
	}
	l.Addressee, l.References, l.Signer = all(l.Addressee), references, all(l.Signer)
	l.Title, l.Salutation, l.Closing = clean(l.Title), clean(l.Salutation), clean(l.Closing)
	l.Text = clean(strings.ReplaceAll(l.Text, "\r\n", "\n"))
	return l
}

// Lacking are the characters of the letter that its fonts have no sign for: on paper � stands in
// their place. Where they are does not count over the letter as a whole.
func (l Letter) Lacking() []glyph.Place {
	from := l.Sender
	all := slices.Concat([]string{from.Name, from.Phone, from.Email, from.Website}, from.Address, from.Details, l.Addressee,
		[]string{l.Title, l.Salutation, l.Text, l.Closing}, l.Signer)
	for _, one := range l.References {
		all = append(all, one.Label, one.Text)
	}
	return glyph.Lacking(strings.Join(all, "\n"))
}
