package graph

import (
	"context"

	"klantkaart/crm"
)

// labels gives a field that is what the office calls something fixed in the program; empty where the code is.
func labels[P comparable](ctx context.Context, r *Resolver, parents []P, field string, list crm.LookupListKey, code func(P) string) ([]string, error) {
	return children(ctx, parents, field, nil, func(ctx context.Context, all []P) ([]string, error) {
		codes := make([]string, len(all))
		for i, parent := range all {
			codes[i] = code(parent)
		}
		return r.crm.Lookups.Labels(ctx, list, codes)
	}, func(string) []any { return nil })
}

// regimeLabels gives a field that is what the office calls a VAT regime, where there is one.
func regimeLabels(ctx context.Context, r *Resolver, settings []*crm.VatRegimePreference, field string, of func(*crm.VatRegimePreference) *crm.VatRegime) ([]*string, error) {
	texts, err := labels(ctx, r, settings, field, crm.VatRegimeLabelList, func(setting *crm.VatRegimePreference) string {
		if regime := of(setting); regime != nil {
			return string(*regime)
		}
		return ""
	})
	found := make([]*string, len(texts))
	for i := range texts {
		if texts[i] != "" {
			found[i] = &texts[i]
		}
	}
	return found, err
}
