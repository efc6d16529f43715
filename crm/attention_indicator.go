package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// AttentionIndicator is what a list shows of a card's attentions.
type AttentionIndicator struct {
	CardID       ID `bun:"card_id"`
	Count        int
	Rank         int
	HighestLevel *AttentionLevel `bun:"-"`
}

// attentionLevels are the levels, the lightest first.
func attentionLevels() []AttentionLevel { return []AttentionLevel{"INFO", "WARNING", "CRITICAL"} }

// IndicatorsOf counts for each card its attentions that are valid now, and tells the highest of their levels.
func (s *Attentions) IndicatorsOf(ctx context.Context, cards []ID) ([]*AttentionIndicator, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*AttentionIndicator](ctx, conn,
		"SELECT t.card_id, count(*) AS count, max(CASE t.level WHEN 'CRITICAL' THEN 3 WHEN 'WARNING' THEN 2 ELSE 1 END) AS rank FROM attentions AS t"+
			" WHERE t.organization_id = ? AND "+conn.In("t.card_id")+" AND "+standing+" GROUP BY t.card_id",
		string(actor.OrganizationID), db.List(conn, cards), string(s.day(s.moment())))
	if err != nil {
		return nil, fmt.Errorf("indicators of %d cards: %w", len(cards), err)
	}
	found := aligned(cards, rows, func(i *AttentionIndicator) ID { return i.CardID })
	for i, card := range cards {
		if found[i] == nil {
			found[i] = &AttentionIndicator{CardID: card}
			continue
		}
		found[i].HighestLevel = &attentionLevels()[found[i].Rank-1]
	}
	return found, nil
}
