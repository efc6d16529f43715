package crm

import (
	"context"
	"fmt"
	"slices"

	"klantkaart/db"
)

// AddCardRelationInput says what another relation is to a card.
type AddCardRelationInput struct {
	FromID ID
	ToID   ID
	Kind   CardRelationKind
	Note   *string
}

// AddCardRelationPayload is the answer to Add.
type AddCardRelationPayload struct {
	Outcome
	Relation *CardRelation
}

// Add links two cards in daily use. A card has one mother at most, and is not its own ancestor: the
// mothers and daughters of an office form a forest.
func (s *CardRelations) Add(ctx context.Context, input AddCardRelationInput) (*AddCardRelationPayload, error) {
	return write(ctx, s.core, EditRelations, func(ctx context.Context, tx *Tx) (*AddCardRelationPayload, error) {
		fields := patchingAt("input")
		note := fields.part("note", input.Note, upTo(500))
		if err := fields.err(); err != nil {
			return nil, err
		}
		if input.FromID == input.ToID {
			return nil, selfRelation()
		}
		if err := tx.lockForest(ctx); err != nil {
			return nil, err
		}
		if err := tx.relatable(ctx, input.FromID, input.ToID); err != nil {
			return nil, err
		}
		relation := &storedRelation{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(cardRelationPrefix), Note: note}
		relation.between(input.FromID, input.ToID, input.Kind)
		if err := tx.checkForest(ctx, relation); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(relation).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert card relation: %w", sameRelation(err))
		}
		return &AddCardRelationPayload{Relation: relation.seenFrom(input.FromID)}, tx.logRelation(ctx, CardRelationAddedEvent, nil, relation)
	})
}

// UpdateCardRelationInput is a change of a relation's note, with what it is based on.
type UpdateCardRelationInput struct {
	ID    ID
	Base  CardRelationFields
	Patch CardRelationFields
}

// UpdateCardRelationPayload is the answer to Update.
type UpdateCardRelationPayload struct {
	Outcome
	Relation *CardRelation
}

// Update changes the note. Another kind of relation is another relation: remove the one, add the other.
func (s *CardRelations) Update(ctx context.Context, input UpdateCardRelationInput) (*UpdateCardRelationPayload, error) {
	return write(ctx, s.core, EditRelations, func(ctx context.Context, tx *Tx) (*UpdateCardRelationPayload, error) {
		relation, err := tx.relation(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, patch := *relation, patchingAt("input", "patch")
		input.Patch.apply(relation, patch)
		basis := basisOf(nil, &input.Base, &before, CardRelationFields.apply, patch)
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, relation)
		if err := basis.check(1, changes); err != nil {
			return nil, err
		}
		if found := conflicts(changes, basis.stale); len(found) > 0 {
			return nil, &Error{Code: Conflict, Path: []string{"input", "patch"}, Conflicts: found, Text: changedMeanwhile()}
		}
		answer := &UpdateCardRelationPayload{Relation: relation.seenFrom(relation.FromID)}
		if len(changes) == 0 {
			return answer, nil
		}
		_, err = tx.NewUpdate().Model(relation).Column("note").
			Where("organization_id = ? AND id = ?", relation.OrganizationID, relation.ID).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("save card relation: %w", err)
		}
		return answer, tx.logRelation(ctx, CardRelationUpdatedEvent, &before, relation)
	})
}

// RemoveCardRelationInput says which link to take away.
type RemoveCardRelationInput struct{ ID ID }

// RemoveCardRelationPayload is the answer to Remove.
type RemoveCardRelationPayload struct {
	Outcome
	RemovedID *ID
}

// Remove takes the link between two cards away. The cards and what they share by it stay.
func (s *CardRelations) Remove(ctx context.Context, input RemoveCardRelationInput) (*RemoveCardRelationPayload, error) {
	return write(ctx, s.core, EditRelations, func(ctx context.Context, tx *Tx) (*RemoveCardRelationPayload, error) {
		relation, err := tx.relation(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		_, err = tx.NewDelete().Model(relation).
			Where("organization_id = ? AND id = ?", relation.OrganizationID, relation.ID).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("remove card relation: %w", err)
		}
		return &RemoveCardRelationPayload{RemovedID: &relation.ID}, tx.logRelation(ctx, CardRelationRemovedEvent, relation, nil)
	})
}

// lockForest has the changes of an office's mothers and daughters take turns. Whether a link closes a
// circle depends on cards that are not locked for it: those between the two ends.
func (tx *Tx) lockForest(ctx context.Context) error {
	return tx.Exclude(ctx, "card relations of "+string(tx.Actor.OrganizationID))
}

// lockBoth locks two cards, always the smaller id first, so that two who lock the same two do not wait for
// each other. They come in the order asked for; nil where there is none.
func (tx *Tx) lockBoth(ctx context.Context, one, other ID) (cards [2]*Customer, err error) {
	for _, id := range []ID{min(one, other), max(one, other)} {
		card, err := tx.customer(ctx, id, nil)
		if err != nil && !isNotFound(err) {
			return cards, err
		}
		if id == one {
			cards[0] = card
			continue
		}
		cards[1] = card
	}
	return cards, nil
}

// relatable locks the two cards that are to be linked, which must be in daily use.
func (tx *Tx) relatable(ctx context.Context, from, to ID) error {
	cards, err := tx.lockBoth(ctx, from, to)
	if err != nil {
		return err
	}
	for i, argument := range []string{"fromId", "toId"} {
		if cards[i] == nil {
			return notFound("input", argument)
		}
		if err := cards[i].inUse(); err != nil {
			return faultAt(err, argument)
		}
	}
	return nil
}

// relation locks a relation for a change, by the cards on both sides. One that is in the archive keeps its
// links, and does not keep the other from giving them up.
func (tx *Tx) relation(ctx context.Context, id ID) (*storedRelation, error) {
	if err := tx.lockForest(ctx); err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "card_relations", []ID{id}, func(r *storedRelation) ID { return r.ID })
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, notFound("input", "id")
	}
	cards, err := tx.lockBoth(ctx, found[0].FromID, found[0].ToID)
	if err != nil {
		return nil, err
	}
	if cards[0] == nil || cards[1] == nil { // one that the actor does not see
		return nil, notFound("input", "id")
	}
	if cards[0].ArchivedAt != nil {
		return found[0], cards[1].inUse()
	}
	return found[0], nil
}

// checkForest says that a new link keeps the mothers and daughters a forest.
func (tx *Tx) checkForest(ctx context.Context, relation *storedRelation) error {
	rows, err := relationsOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{relation.FromID})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(r *seenRelation) bool { return r.seenFrom(relation.FromID).OtherID == relation.ToID }) {
		return duplicateRelation()
	}
	if relation.Kind == sisterOf {
		return nil
	}
	ancestors, err := tx.ancestors(ctx, relation.ToID)
	if err != nil {
		return err
	}
	if len(ancestors) > 0 {
		return alreadyHasMother(ancestors[:1])
	}
	if ancestors, err = tx.ancestors(ctx, relation.FromID); err != nil {
		return err
	}
	at := slices.IndexFunc(ancestors, func(c *Customer) bool { return c.ID == relation.ToID })
	if at >= 0 {
		return relationCycle(ancestors[:at+1])
	}
	return nil
}

// ancestors are the mother of a card, her mother, and so on.
func (tx *Tx) ancestors(ctx context.Context, card ID) ([]*Customer, error) {
	found, err := db.Rows[*Customer](ctx, tx.Conn, `
		WITH RECURSIVE above (id, height) AS (
			SELECT r.from_id, 1 FROM card_relations AS r WHERE r.organization_id = ? AND r.to_id = ? AND r.kind = 'MOTHER_OF'
			UNION
			SELECT r.from_id, above.height + 1 FROM above JOIN card_relations AS r
				ON r.organization_id = ? AND r.to_id = above.id AND r.kind = 'MOTHER_OF')
		SELECT `+db.Columns[*Customer](ctx, tx.Conn)+` FROM above JOIN customers AS t ON t.organization_id = ? AND t.id = above.id ORDER BY above.height`,
		string(tx.Actor.OrganizationID), string(card), string(tx.Actor.OrganizationID), string(tx.Actor.OrganizationID))
	if err != nil {
		return nil, fmt.Errorf("ancestors of %s: %w", card, err)
	}
	return found, nil
}

// logRelation raises the versions of both cards and notes what happened, as each of them sees it.
func (tx *Tx) logRelation(ctx context.Context, kind EventKind, before, after *storedRelation) error {
	one := after
	if one == nil {
		one = before
	}
	for _, card := range []ID{min(one.FromID, one.ToID), max(one.FromID, one.ToID)} {
		version, err := tx.raiseVersion(ctx, "customers", card)
		if err != nil {
			return err
		}
		change := FieldChange{Field: "relations"}
		if before != nil {
			change.From = before.seenFrom(card).logged()
		}
		if after != nil {
			change.To = after.seenFrom(card).logged()
		}
		tx.log(&Event{Kind: kind, CustomerID: card, CardID: card, CardVersion: version, SubjectID: &one.ID,
			Changes: differing([]FieldChange{change})})
	}
	return nil
}
