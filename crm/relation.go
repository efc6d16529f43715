package crm

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// CardRelationKind is what another relation is to the card it is shown on.
type CardRelationKind string

// The kinds.
const (
	Mother   CardRelationKind = "MOTHER"
	Daughter CardRelationKind = "DAUGHTER"
	Sister   CardRelationKind = "SISTER"
)

// The events of card relations; each comes once on the card of either side.
const (
	CardRelationAddedEvent   EventKind = "CARD_RELATION_ADDED"
	CardRelationUpdatedEvent EventKind = "CARD_RELATION_UPDATED"
	CardRelationRemovedEvent EventKind = "CARD_RELATION_REMOVED"
)

// The codes of what two cards cannot be to each other.
const (
	SelfRelation      ErrorCode = "SELF_RELATION"
	DuplicateRelation ErrorCode = "DUPLICATE_RELATION"
	RelationCycle     ErrorCode = "RELATION_CYCLE"
	AlreadyHasMother  ErrorCode = "ALREADY_HAS_MOTHER"
)

// relationKind is how a relation is stored: once, from mother to daughter or from sister to sister.
type relationKind string

const (
	motherOf relationKind = "MOTHER_OF"
	sisterOf relationKind = "SISTER_OF"
)

// storedRelation is the row of a card relation.
type storedRelation struct {
	bun.BaseModel `bun:"table:card_relations,alias:t"`

	OrganizationID ID
	ID             ID
	FromID         ID
	ToID           ID
	Kind           relationKind
	Note           *string `change:"note"`
}

// CardRelation is a relation as one of the two cards sees it.
type CardRelation struct {
	ID      ID
	Kind    CardRelationKind
	OtherID ID
	Note    *string
}

// IsNode marks a Node.
func (*CardRelation) IsNode() {}

// NodeID is the relation's id.
func (r *CardRelation) NodeID() ID { return r.ID }

// CardRelationFields are the fields of a relation as input: absent leaves, null clears, a value sets.
type CardRelationFields struct {
	Note graphql.Omittable[*string]
}

// apply sets the given fields on the relation, each checked and in its stored form.
func (f CardRelationFields) apply(r *storedRelation, p *patching) {
	p.text("note", f.Note, &r.Note, upTo(500))
}

// between stores what one card is to another: mothers in front, of sisters the smaller id.
func (r *storedRelation) between(card, other ID, kind CardRelationKind) {
	r.Kind = motherOf
	r.FromID, r.ToID = card, other
	switch kind {
	case Mother:
		r.FromID, r.ToID = other, card
	case Sister:
		r.Kind = sisterOf
		r.FromID, r.ToID = min(card, other), max(card, other)
	}
}

// seenFrom gives the relation as a card sees it: what the other one is to it.
func (r *storedRelation) seenFrom(card ID) *CardRelation {
	seen := &CardRelation{ID: r.ID, Kind: Daughter, OtherID: r.ToID, Note: r.Note}
	if card == r.ToID {
		seen.OtherID, seen.Kind = r.FromID, Mother
	}
	if r.Kind == sisterOf {
		seen.Kind = Sister
	}
	return seen
}

// logged is the relation as the history of a card tells it.
func (r *CardRelation) logged() any {
	return map[string]any{"kind": r.Kind, "otherId": r.OtherID, "note": r.Note}
}
