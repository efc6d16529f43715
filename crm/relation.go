package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// CardRelationKind is what another relation is to the card it is shown on.
type CardRelationKind string

// The kinds.
const (
	Mother   CardRelationKind = "MOTHER"
	Daughter CardRelationKind = "DAUGHTER"
	Sister   CardRelationKind = "SISTER"
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
	Note           *string
}

// CardRelation is a relation as one of the two cards sees it.
type CardRelation struct {
	ID    ID
	Kind  CardRelationKind
	Other *Customer
	Note  *string
}

// IsNode marks a Node.
func (*CardRelation) IsNode() {}

// NodeID is the relation's id.
func (r *CardRelation) NodeID() ID { return r.ID }

// seenFrom gives the relation as a card sees it: what the other one is to it.
func (r *storedRelation) seenFrom(card ID) (other ID, kind CardRelationKind) {
	other = r.ToID
	if card == r.ToID {
		other = r.FromID
	}
	switch {
	case r.Kind == sisterOf:
		return other, Sister
	case card == r.ToID:
		return other, Mother
	}
	return other, Daughter
}

// CardRelations are the links between relations.
type CardRelations struct{ *core }

// OfCustomers gives for each relation its mother, daughters and sisters, by name.
func (s *CardRelations) OfCustomers(ctx context.Context, customers []ID) ([][]*CardRelation, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := relationsOf(ctx, conn, actor.OrganizationID, customers)
	if err != nil {
		return nil, err
	}
	others, err := s.others(ctx, conn, actor.OrganizationID, stored)
	if err != nil {
		return nil, err
	}
	found := make([][]*CardRelation, len(customers))
	for i, card := range customers {
		for _, r := range stored {
			if r.FromID != card && r.ToID != card {
				continue
			}
			other, kind := r.seenFrom(card)
			found[i] = append(found[i], &CardRelation{ID: r.ID, Kind: kind, Other: others[other], Note: r.Note})
		}
		slices.SortFunc(found[i], func(a, b *CardRelation) int {
			return cmp.Or(cmp.Compare(a.Other.NameKey, b.Other.NameKey), cmp.Compare(a.ID, b.ID))
		})
	}
	return found, nil
}

// others reads the cards on both sides of relations.
func (s *CardRelations) others(ctx context.Context, conn db.Conn, organization ID, stored []*storedRelation) (map[ID]*Customer, error) {
	others := make(map[ID]*Customer)
	if len(stored) == 0 {
		return others, nil
	}
	var ids []ID
	for _, r := range stored {
		ids = append(ids, r.FromID, r.ToID)
	}
	found, err := byIDs(ctx, conn, organization, "customers", ids, (*Customer).NodeID)
	if err != nil {
		return nil, err
	}
	for _, customer := range found {
		others[customer.ID] = customer
	}
	return others, nil
}

// relationsOf reads the relations of cards, whichever side they stand on.
func relationsOf(ctx context.Context, conn db.Conn, organization ID, customers []ID) ([]*storedRelation, error) {
	list := db.List(conn, customers)
	columns := db.Columns[*storedRelation](ctx, conn)
	stored, err := db.Rows[*storedRelation](ctx, conn,
		"SELECT "+columns+" FROM card_relations AS t WHERE t.organization_id = ? AND "+conn.In("t.from_id")+
			" UNION SELECT "+columns+" FROM card_relations AS t WHERE t.organization_id = ? AND "+conn.In("t.to_id"),
		string(organization), list, string(organization), list)
	if err != nil {
		return nil, fmt.Errorf("relations of %d cards: %w", len(customers), err)
	}
	return stored, nil
}

// ByIDs finds many card relations, in the order of the ids, as the first of the two cards sees them; nil
// where there is none for the actor.
func (s *CardRelations) ByIDs(ctx context.Context, ids []ID) ([]*CardRelation, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := byIDs(ctx, conn, actor.OrganizationID, "card_relations", ids, func(r *storedRelation) ID { return r.ID })
	if err != nil {
		return nil, err
	}
	there := make([]*storedRelation, 0, len(stored))
	for _, r := range stored {
		if r != nil {
			there = append(there, r)
		}
	}
	others, err := s.others(ctx, conn, actor.OrganizationID, there)
	if err != nil {
		return nil, err
	}
	found := make([]*CardRelation, len(stored))
	for i, r := range stored {
		if r != nil {
			other, kind := r.seenFrom(r.FromID)
			found[i] = &CardRelation{ID: r.ID, Kind: kind, Other: others[other], Note: r.Note}
		}
	}
	return found, nil
}

// relatedIDs are the cards linked to a card.
func (tx *Tx) relatedIDs(ctx context.Context, customer ID) ([]ID, error) {
	stored, err := relationsOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{customer})
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, r := range stored {
		other, _ := r.seenFrom(customer)
		ids = append(ids, other)
	}
	return ids, nil
}
