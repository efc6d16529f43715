package crm

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"klantkaart/page"
)

// ChangesUndoneEvent says that fields of a card got the values of an earlier version. The card tells of
// which kind it is.
const ChangesUndoneEvent EventKind = "CHANGES_UNDONE"

// The warnings of an undo.
const (
	ValueOutOfUse WarningCode = "VALUE_OUT_OF_USE"
	NotRestored   WarningCode = "NOT_RESTORED"
)

// Revision is an event by which a card's own data changed. What hangs on the card is the subject of its
// events; those of the card itself have none.
type Revision struct{ *Event }

// ofCard is the condition on events that are revisions.
const ofCard = "t.subject_id IS NULL AND t.changes <> '[]'"

// RevisionSource is how a revision came about.
type RevisionSource string

// The sources.
const (
	SavedRevision      RevisionSource = "SAVE"
	UndoneRevision     RevisionSource = "UNDO"
	TransitionRevision RevisionSource = "TRANSITION"
)

// Version is the card's version that the revision made.
func (r *Revision) Version() int { return r.CardVersion }

// Source is how it came about.
func (r *Revision) Source() RevisionSource { return r.Kind.revisionSource() }

// revisionSource tells what fills in and what takes back fields, mostly by how kinds are named; every other change of
// a card's own data is a transition, which an undo leaves as it is.
func (k EventKind) revisionSource() RevisionSource {
	switch {
	case k == ChangesUndoneEvent:
		return UndoneRevision
	case k == InvoicingChangedEvent, strings.HasSuffix(string(k), "_CREATED"), strings.HasSuffix(string(k), "_UPDATED"):
		return SavedRevision
	}
	return TransitionRevision
}

// undoInput says how far a card goes back. From is the version the user saw: what came behind it is not his
// to take back.
type undoInput struct{ to, from int }

// check refuses versions that the card never had. Going nowhere is no fault.
func (in undoInput) check(current int) error {
	switch {
	case in.to < 1 || in.to > current:
		return &Error{Code: NotFound, Path: []string{"input", "toVersion"}, Text: noSuchVersion()}
	case in.from < 1 || in.from > current:
		return Invalid(noSuchVersion(), "input", "expectedVersion")
	case in.to > in.from && in.to != current:
		return Invalid(Text{
			NL: "Deze versie is nieuwer dan de kaart die u zag; ververs haar eerst.",
			EN: "This version is newer than the card you saw; refresh it first."}, "input", "toVersion")
	}
	return nil
}

func noSuchVersion() Text {
	return Text{NL: "Deze versie van de kaart bestaat niet.", EN: "There is no such version of the card."}
}

// goBack gives the fields of a card their earlier values, where a colleague may edit them.
func goBack[C any](card *C, values map[string]any) error {
	fields := reflect.ValueOf(card).Elem()
	for i := range fields.NumField() {
		name, _ := fields.Type().Field(i).Tag.Lookup("change")
		earlier, changed := values[name]
		if !changed {
			continue
		}
		if err := setPlain(fields.Field(i), earlier); err != nil {
			return fmt.Errorf("go back to an earlier %s: %w", name, err)
		}
	}
	return nil
}

// setPlain gives a field a value as the log keeps it.
func setPlain(field reflect.Value, plain any) error {
	field.SetZero()
	if plain == nil {
		return nil
	}
	encoded, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	return json.Unmarshal(encoded, field.Addr().Interface())
}

type (
	// RevisionConnection is a page of the revisions of a card.
	RevisionConnection = page.Connection[*Revision]
	// RevisionEdge is a row of revisions with its place.
	RevisionEdge = page.Edge[*Revision]
)
