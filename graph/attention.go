package graph

import (
	"context"

	"klantkaart/crm"
)

// attentions gives the attentions of cards.
func attentions[P keyed](ctx context.Context, r *Resolver, cards []P, includeExpired bool) ([][]*crm.Attention, error) {
	return children(ctx, cards, "attentions", includeExpired, byID[P](func(ctx context.Context, ids []crm.ID) ([][]*crm.Attention, error) {
		return r.crm.Attentions.OfCards(ctx, ids, includeExpired)
	}), anys[*crm.Attention])
}

// attentionIndicators gives what a list shows of cards' attentions.
func attentionIndicators[P keyed](ctx context.Context, r *Resolver, cards []P) ([]*crm.AttentionIndicator, error) {
	return one(ctx, cards, "attentionIndicator", r.crm.Attentions.IndicatorsOf)
}
