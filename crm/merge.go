package crm

import (
	"strings"
	"unicode/utf8"
)

// mergePart is a piece of a template: words, or a field.
type mergePart struct {
	text  string
	field *mergeField
}

// parseMerge reads a template: text in which {{customer.name}} and its like stand. The fault names the place.
func parseMerge(text string) ([]mergePart, *Text) {
	var parts []mergePart
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		parts = append(parts, mergePart{text: before})
		if !found {
			return parts, nil
		}
		at := len(text) - len(after) - len("{{")
		name, behind, closed := strings.Cut(after, "}}")
		if !closed || strings.Contains(name, "\n") {
			return nil, mergeFault(text, at, Text{"het veld is niet afgesloten met }}", "the field is not closed by }}"})
		}
		field := mergeFieldNamed(strings.TrimSpace(name))
		if field == nil {
			return nil, mergeFault(text, at, Textf("er is geen veld %q", "there is no field %q", cut(strings.TrimSpace(name), 40)))
		}
		parts, rest = append(parts, mergePart{field: field}), behind
	}
}

func mergeFieldNamed(key string) *mergeField {
	for _, field := range mergeFields() {
		if field.key == key {
			return &field
		}
	}
	return nil
}

// mergeFault names a place in a text by line and column, both from 1.
func mergeFault(text string, at int, what Text) *Text {
	line := 1 + strings.Count(text[:at], "\n")
	column := 1 + utf8.RuneCountInString(text[strings.LastIndex(text[:at], "\n")+1:at])
	return new(Textf("Regel %s, positie %s: %s.", "Line %s, column %s: %s.", line, column, what))
}

// mergeable accepts texts of at most n characters in which every field is known.
func mergeable(n int) rule {
	return func(text string) (string, *Text) {
		if utf8.RuneCountInString(text) > n {
			return "", tooLong(n)
		}
		_, fault := parseMerge(text)
		return text, fault
	}
}

// merging is what the values of a document come from. contact and engagement may be absent.
type merging struct {
	customer   *Customer
	contact    *Contact
	engagement *Dossier
	author     *User
	letterhead *Letterhead
	language   Language
	today      Date
}

// merge fills the fields in. One without a value stays as it is, to be seen, and is among the missing.
func (m *merging) merge(template string) (text string, missing []string) {
	parts, fault := parseMerge(template)
	if fault != nil {
		return template, nil // a template was checked when it was saved
	}
	var filled strings.Builder
	for _, part := range parts {
		filled.WriteString(part.text)
		if part.field == nil {
			continue
		}
		value := part.field.value(m)
		if value == "" {
			missing = append(missing, part.field.key)
			value = "{{" + part.field.key + "}}"
		}
		filled.WriteString(value)
	}
	return filled.String(), missing
}

// unfilled names the fields that a text still has.
func unfilled(text string) []string {
	parts, _ := parseMerge(text)
	var keys []string
	for _, part := range parts {
		if part.field != nil {
			keys = append(keys, part.field.key)
		}
	}
	return keys
}
