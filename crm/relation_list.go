package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// CardRelations are the links between relations.
type CardRelations struct{ *core }

// seenRelation is a stored relation together with the card that it is read for.
type seenRelation struct {
	storedRelation `bun:",extend"`
	CardID         ID
	NameKey        string // of the other card
}

// OfCustomers gives for each relation its mother, daughters and sisters, by name.
func (s *CardRelations) OfCustomers(ctx context.Context, customers []ID) ([][]*CardRelation, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := relationsOf(ctx, conn, actor.OrganizationID, customers)
	if err != nil {
		return nil, err
	}
	found := make([][]*CardRelation, len(customers))
	for i, own := range grouped(customers, rows, func(r *seenRelation) ID { return r.CardID }) {
		for _, row := range own {
			found[i] = append(found[i], row.seenFrom(row.CardID))
		}
	}
	return found, nil
}

// relationsOf reads the relations of cards, whichever side they stand on, by the name of the other side.
func relationsOf(ctx context.Context, conn db.Conn, organization ID, customers []ID) ([]*seenRelation, error) {
	columns, list := db.Columns[*storedRelation](ctx, conn), db.List(conn, customers)
	side := func(card, other string) string {
		return "SELECT " + columns + ", t." + card + " AS card_id, o.name_key AS name_key FROM card_relations AS t" +
			" JOIN customers AS o ON o.organization_id = t.organization_id AND o.id = t." + other +
			" WHERE t.organization_id = ? AND " + conn.In("t."+card)
	}
	rows, err := db.Rows[*seenRelation](ctx, conn,
		"SELECT r.* FROM ("+side("from_id", "to_id")+" UNION ALL "+side("to_id", "from_id")+") AS r ORDER BY r.name_key, r.id",
		string(organization), list, string(organization), list)
	if err != nil {
		return nil, fmt.Errorf("relations of %d cards: %w", len(customers), err)
	}
	return rows, nil
}

// ByIDs finds many card relations, in the order of the ids, as the mother or the first of the sisters sees
// them; nil where there is none for the actor.
func (s *CardRelations) ByIDs(ctx context.Context, ids []ID) ([]*CardRelation, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := byIDs(ctx, conn, actor.OrganizationID, "card_relations", ids, func(r *storedRelation) ID { return r.ID })
	if err != nil {
		return nil, err
	}
	found := make([]*CardRelation, len(stored))
	for i, r := range stored {
		if r != nil {
			found[i] = r.seenFrom(r.FromID)
		}
	}
	return found, nil
}

// relatedIDs are the cards linked to a card.
func (tx *Tx) relatedIDs(ctx context.Context, customer ID) ([]ID, error) {
	rows, err := relationsOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{customer})
	if err != nil {
		return nil, err
	}
	var ids []ID
	for _, r := range rows {
		ids = append(ids, r.seenFrom(customer).OtherID)
	}
	return ids, nil
}
