package crm

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// pastChanges are the changes by which a card got from one version to another, as the log keeps them.
type pastChanges struct {
	Kind        EventKind
	CardVersion int
	SubjectID   *ID           // of what hangs on the card
	IsWhole     bool          // whether long texts are there whole
	Changes     []FieldChange `bun:"type:text"`
}

// forgotten stands for a value that the log no longer has.
type forgotten struct{}

// before is the old value of a change. Texts were cut off for good before the log kept them whole.
func (p pastChanges) before(change FieldChange) any {
	text, isText := change.From.(string)
	if !p.IsWhole && isText && utf8.RuneCountInString(text) >= maxLoggedText {
		return forgotten{}
	}
	return change.From
}

// fields are what the event says something about: what it changed, and what it builds on.
func (p pastChanges) fields() []string {
	fields := p.Kind.buildsOn()
	for _, change := range p.Changes {
		fields = append(fields, change.Field)
	}
	return fields
}

// earlier gives the value that each field had before the first time that it was saved; and which of them are not
// known any more. What a transition made of a field stays: only what was saved behind it is taken back.
func earlier(past []pastChanges) (values map[string]any, unknown []string) {
	values = make(map[string]any)
	for _, event := range past {
		if event.Kind.revisionSource() == TransitionRevision {
			for _, field := range event.fields() {
				delete(values, field)
			}
			continue
		}
		for _, change := range event.Changes {
			if _, known := values[change.Field]; !known {
				values[change.Field] = event.before(change)
			}
		}
	}
	for field, value := range values {
		if value == (forgotten{}) {
			unknown = append(unknown, field)
		}
	}
	slices.Sort(unknown)
	for _, field := range unknown {
		delete(values, field)
	}
	return values, unknown
}

// chosenFrom are the values of lists among those of fields: nobody bears them now, so that they may be gone.
func chosenFrom(values map[string]any) map[string][]ID {
	chosen := make(map[string][]ID)
	for field, value := range values {
		several, isList := value.([]any)
		switch {
		case isList && strings.HasSuffix(field, "Ids"):
		case !isList && strings.HasSuffix(field, "Id"):
			several = []any{value}
		default:
			continue
		}
		for _, one := range several {
			if id, isText := one.(string); isText && ID(id).Prefix() == lookupValuePrefix {
				chosen[field] = append(chosen[field], ID(id))
			}
		}
	}
	return chosen
}

// leaveOut takes what is gone out of the values of fields, and tells which fields do not go back for that, and which
// lists come back with fewer values than they had.
func leaveOut(values map[string]any, chosen map[string][]ID, isGone func(ID) bool) (gone, fewer []string) {
	for _, field := range slices.Sorted(maps.Keys(chosen)) {
		left := slices.DeleteFunc(slices.Clone(chosen[field]), isGone)
		_, isList := values[field].([]any)
		switch {
		case len(left) == len(chosen[field]):
		case !isList:
			gone = append(gone, field)
			delete(values, field)
		case len(left) == 0:
			fewer = append(fewer, field)
			values[field] = nil
		default:
			fewer = append(fewer, field)
			values[field] = left
		}
	}
	return gone, fewer
}

// countedOn are those of the wanted changes that a colleague's transition built on without changing the field, with
// the value that it found. The log tells of no change there, and still they clash.
func countedOn(since []pastChanges, wanted []FieldChange) map[string]any {
	found := make(map[string]any)
	for _, event := range since {
		for _, field := range event.Kind.buildsOn() {
			for _, change := range wanted {
				if change.Field == field {
					found[field] = change.From
				}
			}
		}
	}
	for _, event := range since {
		for _, change := range event.Changes {
			delete(found, change.Field) // the log tells where it began
		}
	}
	return found
}

// buildsOn are the fields that a transition counts on, even where it found them as they had to be: a project can end
// on the last day that it had already.
func (k EventKind) buildsOn() []string {
	switch k {
	case ProjectStartedEvent:
		return []string{"startOn"}
	case ProjectEndedEvent, ProjectReopenedEvent:
		return []string{"endOn", "isEndSettled"}
	}
	return nil
}
