package crm

import (
	"context"
	"fmt"
)

// tableOf tells in which table the card of an id lives; empty for what is no card.
func tableOf(id ID) string {
	switch id.Prefix() {
	case customerPrefix:
		return "customers"
	case contactPrefix:
		return "contacts"
	case leadPrefix, requestPrefix, projectPrefix:
		return "engagements"
	}
	return ""
}

// lockedCard is a card of any kind, locked through the relation it belongs to.
type lockedCard struct {
	id       ID
	parts    []interface{ inUse() error } // the relation's, then the card's own
	customer ID
	relation *Customer
}

// cardType is the kind of the card; that of a relation follows its stage.
func (c lockedCard) cardType() CardType {
	switch c.id.Prefix() {
	case contactPrefix:
		return ContactCard
	case leadPrefix:
		return LeadCard
	case requestPrefix:
		return RequestCard
	case projectPrefix:
		return ProjectCard
	}
	return c.relation.Type()
}

// inUse says that neither the card nor its relation is archived.
func (c lockedCard) inUse() error {
	for _, part := range c.parts {
		if err := part.inUse(); err != nil {
			return err
		}
	}
	return nil
}

// lockCard locks a card of any kind for a change.
func (tx *Tx) lockCard(ctx context.Context, id ID) (lockedCard, error) {
	owner, err := tx.owner(ctx, id)
	if err != nil {
		return lockedCard{}, err
	}
	customer, err := tx.customer(ctx, owner, nil)
	if err != nil {
		return lockedCard{}, faultAt(err, "cardId")
	}
	if err := tx.sees(ctx, id, "input", "cardId"); err != nil {
		return lockedCard{}, err
	}
	card := lockedCard{id: id, parts: []interface{ inUse() error }{customer}, customer: customer.ID, relation: customer}
	switch tableOf(id) {
	case "contacts":
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{id}, (*Contact).NodeID)
		if err != nil {
			return card, err
		}
		if found[0].CustomerID != customer.ID {
			return tx.lockCard(ctx, id) // it moved meanwhile
		}
		card.parts = append(card.parts, found[0])
	case "engagements":
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{id}, (*Dossier).NodeID)
		if err != nil {
			return card, err
		}
		card.parts = append(card.parts, found[0])
	}
	return card, nil
}

// owner is the relation that a card belongs to: itself, for a relation.
func (tx *Tx) owner(ctx context.Context, id ID) (ID, error) {
	table := tableOf(id)
	if table == "" {
		return "", notFound("input", "cardId")
	}
	if table == "customers" {
		return id, nil
	}
	var owners []ID
	err := tx.NewSelect().Table(table).Column("customer_id").
		Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id).Scan(ctx, &owners)
	if err != nil {
		return "", fmt.Errorf("owner of %s: %w", id, err)
	}
	if len(owners) == 0 {
		return "", notFound("input", "cardId")
	}
	return owners[0], nil
}
