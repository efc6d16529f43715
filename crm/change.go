package crm

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// patching applies the given fields of an input to a card and collects all faults at once.
type patching struct {
	path   []string // of the fields in the arguments, such as input, patch
	isBase bool     // whether the fields state what was rather than what is to be
	faults Faults
}

func patchingAt(path ...string) *patching { return &patching{path: path} }

// at is the path of a field.
func (p *patching) at(field string) []string { return slices.Concat(p.path, []string{field}) }

// refuse notes that a field's value is not acceptable.
func (p *patching) refuse(field string, text Text) {
	p.faults = append(p.faults, Invalid(text, p.at(field)...))
}

// refused tells whether something is wrong with a field already.
func (p *patching) refused(field string) bool {
	return slices.ContainsFunc(p.faults, func(fault *Error) bool { return slices.Equal(fault.Path, p.at(field)) })
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

// add notes a fault that was found elsewhere, where there is one.
func (p *patching) add(fault *Error) {
	if fault != nil {
		p.faults = append(p.faults, fault)
	}
}

// ids applies a list of references: absent leaves, null empties; each counts once.
func (p *patching) ids(field string, given graphql.Omittable[[]ID], target *[]ID, most int, tooMany Text) {
	list, set := given.ValueOK()
	if !set {
		return
	}
	once := append([]ID{}, distinct(list)...)
	if len(once) > most {
		p.refuse(field, tooMany)
		return
	}
	*target = once
}

// required applies a text that cannot be cleared, and that a new card must be given.
func (p *patching) required(field string, given graphql.Omittable[*string], target *string, check rule) {
	value, faults := *target, len(p.faults)
	text := &value
	p.text(field, given, &text, check)
	switch {
	case len(p.faults) > faults:
	case deref(text) == "":
		p.refuse(field, missing())
	default:
		*target = *text
	}
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

// replace applies a value that cannot be cleared: absent leaves.
func replace[T any](p *patching, field string, given graphql.Omittable[*T], target *T) {
	v, set := given.ValueOK()
	switch {
	case !set:
	case v == nil:
		p.refuse(field, missing())
	default:
		*target = *v
	}
}

// asIs accepts every value.
func asIs[T any](v T) (T, *Text) { return v, nil }

// upTo accepts texts of at most n characters.
func upTo(n int) rule {
	return func(text string) (string, *Text) {
		if n <= oneLine {
			text = onOneLine(text)
		}
		if utf8.RuneCountInString(text) > n {
			return "", tooLong(n)
		}
		return text, nil
	}
}

// basis is what an update starts from, as the client stated it.
type basis struct {
	version *int            // the version that was seen
	fields  map[string]bool // the fields whose old value is stated; nil when there is no such statement
	stale   map[string]any  // those of them that differ from the card as it is, with the stated value
}

// basisOf reads what an update of a card states. A stated value that the field could never have had is
// a fault like that of a new one.
func basisOf[C, F any](version *int, base *F, current *C, apply func(F, *C, *patching), patch *patching) basis {
	if base == nil {
		return basis{version: version}
	}
	based, stated := *current, &patching{path: []string{"input", "base"}, isBase: true}
	apply(*base, &based, stated)
	patch.faults = append(patch.faults, stated.faults...)
	return basis{version: version, fields: givenFields[C](*base), stale: startingValues(changesBetween(&based, current))}
}

// givenFields tells which fields of a card an input gives, under their names in the API: by these the input calls
// them. What no colleague types is not given.
func givenFields[C any](input any) map[string]bool {
	given, card := make(map[string]bool), reflect.TypeFor[C]()
	for i := range card.NumField() {
		name, ok := card.Field(i).Tag.Lookup("change")
		if !ok {
			continue
		}
		own := name[strings.LastIndex(name, ".")+1:] // within its group
		field := reflect.ValueOf(input).FieldByNameFunc(func(of string) bool { return strings.EqualFold(of, own) })
		if field.IsValid() {
			set, ok := field.Interface().(interface{ IsSet() bool })
			given[name] = ok && set.IsSet()
		}
	}
	return given
}

// follow lets what is not in the patch go without a statement: it follows from a field that is, and has its base there.
func (b basis) follow(wanted []FieldChange, given map[string]bool) {
	for _, change := range wanted {
		if b.fields != nil && !given[change.Field] {
			b.fields[change.Field] = true
		}
	}
}

// check says that an update states what each of its changes is based on, and that no version comes from
// the future.
func (b basis) check(current int, wanted []FieldChange) error {
	if b.version != nil && (*b.version > current || *b.version < 1) {
		return Invalid(Text{
			NL: "Deze versie van de kaart bestaat niet.",
			EN: "There is no such version of the card."}, "input", "expectedVersion")
	}
	if b.version != nil {
		return nil
	}
	if b.fields == nil {
		return Invalid(Text{
			NL: "Geef expectedVersion of base op: waarvan gaat deze wijziging uit?",
			EN: "Give expectedVersion or base: what does this change start from?"}, "input")
	}
	missing := patchingAt("input", "base")
	for _, change := range wanted {
		if !b.fields[change.Field] {
			missing.refuse(change.Field, Text{
				NL: "Geef de oude waarde van dit veld, of expectedVersion.",
				EN: "Give the old value of this field, or expectedVersion."})
		}
	}
	return missing.err()
}

// conflicts tells which of the wanted changes a colleague got ahead of. stale holds the fields that
// changed since the base, with the value the client started from; a change to the same value as the
// colleague's is no conflict.
func conflicts(wanted []FieldChange, stale map[string]any) []*FieldConflict {
	var found []*FieldConflict
	for _, change := range wanted {
		if start, changed := stale[change.Field]; changed {
			found = append(found, &FieldConflict{Field: change.Field, Base: start, Theirs: change.From, Mine: change.To})
		}
	}
	return found
}

func conflict(found []*FieldConflict, currentVersion int) error {
	return &Error{Code: Conflict, Path: []string{"input", "patch"}, Conflicts: found, CurrentVersion: &currentVersion, Text: changedMeanwhile()}
}

// outdated says that something is no longer as the user who changes it saw it.
func outdated(currentVersion int, text Text) error {
	return &Error{Code: Conflict, Path: []string{"input", "expectedVersion"}, CurrentVersion: &currentVersion, Text: text}
}

func changedMeanwhile() Text {
	return Text{NL: "Een collega heeft dit intussen gewijzigd.", EN: "A colleague changed this meanwhile."}
}

// oneLine is how many characters a text may have that stands on one line: names, titles, subjects.
const oneLine = 200

// onOneLine makes one blank of what breaks a line, and leaves out what does not show: controls, marks that turn the
// direction of writing, blanks without width.
func onOneLine(text string) string {
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && r != '\u00a0': // which someone chose, to keep two words together
			return ' '
		case unicode.IsControl(r), r == '\u200b', r == '\ufeff', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.FieldsFunc(shown, func(r rune) bool { return r == ' ' }), " ")
}
