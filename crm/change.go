package crm

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// patching applies the given fields of an input to a card and collects all faults at once.
type patching struct {
	path   []string // of the fields in the arguments, such as input, patch
	faults Faults
}

func patchingAt(path ...string) *patching { return &patching{path: path} }

// refuse notes that a field's value is not acceptable.
func (p *patching) refuse(field string, text Text) {
	p.faults = append(p.faults, Invalid(text, append(p.path[:len(p.path):len(p.path)], field)...))
}

// err gives all faults, or nil.
func (p *patching) err() error {
	if len(p.faults) == 0 {
		return nil
	}
	return p.faults
}

// rule brings a trimmed, non-empty text into its stored form, or says why it cannot.
type rule func(text string) (string, *Text)

// text applies an optional text: absent leaves, null and blank clear.
func (p *patching) text(field string, given graphql.Omittable[*string], target **string, check rule) {
	value, set := given.ValueOK()
	if !set {
		return
	}
	if value == nil || strings.TrimSpace(*value) == "" {
		*target = nil
		return
	}
	stored, fault := check(strings.TrimSpace(*value))
	if fault != nil {
		p.refuse(field, *fault)
		return
	}
	*target = &stored
}

// required applies a text that cannot be cleared.
func (p *patching) required(field string, given graphql.Omittable[*string], target *string, check rule) {
	value := *target
	text := &value
	p.text(field, given, &text, check)
	if text == nil {
		p.refuse(field, Text{NL: "Dit veld is verplicht.", EN: "This field is required."})
		return
	}
	*target = *text
}

// value applies an optional value of any other type: absent leaves, null clears.
func value[T any](p *patching, field string, given graphql.Omittable[*T], target **T, check func(T) (T, *Text)) {
	v, set := given.ValueOK()
	if !set {
		return
	}
	if v == nil {
		*target = nil
		return
	}
	stored, fault := check(*v)
	if fault != nil {
		p.refuse(field, *fault)
		return
	}
	*target = &stored
}

// choice applies a value that has a default instead of being empty: null sets the default.
func choice[T any](given graphql.Omittable[*T], target *T, standard T) {
	v, set := given.ValueOK()
	switch {
	case !set:
	case v == nil:
		*target = standard
	default:
		*target = *v
	}
}

// asIs accepts every value.
func asIs[T any](v T) (T, *Text) { return v, nil }

// upTo accepts texts of at most n characters.
func upTo(n int) rule {
	return func(text string) (string, *Text) {
		if utf8.RuneCountInString(text) > n {
			return "", tooLong(n)
		}
		return text, nil
	}
}

// base is what an update starts from, as the client stated it.
type base struct {
	current  int
	expected *int
	stated   bool
}

// checkBase says that an update states what it is based on, and that it cannot come from the future.
func (b base) check() error {
	if !b.stated && b.expected == nil {
		return Invalid(Text{
			NL: "Geef expectedVersion of base op: waarvan gaat deze wijziging uit?",
			EN: "Give expectedVersion or base: what does this change start from?"}, "input")
	}
	if b.expected != nil && (*b.expected > b.current || *b.expected < 1) {
		return Invalid(Text{
			NL: "Deze versie van de kaart bestaat niet.",
			EN: "There is no such version of the card."}, "input", "expectedVersion")
	}
	return nil
}

// conflict says which of the wanted changes a colleague got ahead of. stale holds the fields that
// changed since the base, with the value the client started from; a change to the same value as the
// colleague's is no conflict.
func conflict(wanted []FieldChange, stale map[string]any, currentVersion int) error {
	var conflicts []*FieldConflict
	for _, change := range wanted {
		if start, changed := stale[change.Field]; changed {
			conflicts = append(conflicts, &FieldConflict{Field: change.Field, Base: start, Theirs: change.From, Mine: change.To})
		}
	}
	if len(conflicts) == 0 {
		return nil
	}
	return &Error{Code: Conflict, Path: []string{"input", "patch"}, Conflicts: conflicts, CurrentVersion: &currentVersion, Text: Text{
		NL: "Een collega heeft dit intussen gewijzigd.",
		EN: "A colleague changed this meanwhile."}}
}

// given tells whether any field of an input was given.
func given(fields any) bool {
	v := reflect.ValueOf(fields)
	for i := range v.NumField() {
		if set, ok := v.Field(i).Interface().(interface{ IsSet() bool }); ok && set.IsSet() {
			return true
		}
	}
	return false
}
