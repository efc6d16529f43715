package crm

import (
	"errors"

	"klantkaart/db"
)

// What two cards cannot be to each other.

func selfRelation() *Error {
	return &Error{Code: SelfRelation, Path: []string{"input", "toId"}, Text: Text{
		NL: "Een kaart heeft geen relatie met zichzelf.",
		EN: "A card has no relation to itself."}}
}

func duplicateRelation() *Error {
	return &Error{Code: DuplicateRelation, Path: []string{"input", "toId"}, Text: Text{
		NL: "Deze twee kaarten zijn al aan elkaar verwant.",
		EN: "These two cards are related already."}}
}

func alreadyHasMother(mother []*Customer) *Error {
	return &Error{Code: AlreadyHasMother, Path: []string{"input", "kind"}, Cards: asCards(mother), Text: Text{
		NL: "De dochter heeft al een moeder.",
		EN: "The daughter has a mother already."}}
}

func relationCycle(chain []*Customer) *Error {
	return &Error{Code: RelationCycle, Path: []string{"input", "kind"}, Cards: asCards(chain), Text: Text{
		NL: "De dochter staat al boven de moeder.",
		EN: "The daughter stands above the mother already."}}
}

// sameRelation turns a violated unique index into the user's error.
func sameRelation(err error) error {
	switch {
	case db.IsUnique(err, "card_relations_unordered", "index 'card_relations_unordered'"):
		return duplicateRelation()
	case db.IsUnique(err, "card_relations_pair", "card_relations.organization_id, card_relations.from_id, card_relations.to_id"):
		return duplicateRelation()
	case db.IsUnique(err, "card_relations_mother", "card_relations.organization_id, card_relations.to_id"):
		return alreadyHasMother(nil)
	}
	return err
}

func isNotFound(err error) bool {
	fault := new(Error)
	return errors.As(err, &fault) && fault.Code == NotFound
}
