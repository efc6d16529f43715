package graph

import (
	"context"

	"klantkaart/crm"
)

// followRun streams how far a report is, until it is over.
func (r *Resolver) followRun(ctx context.Context, id crm.ID) (<-chan *crm.ReportRun, error) {
	return watch(ctx, r, watched[*crm.ReportRun]{
		topic: string(id),
		read: func(ctx context.Context) (*crm.ReportRun, int64, bool, error) {
			run, err := r.crm.ReportRuns.Get(ctx, id)
			if err != nil {
				return nil, 0, false, err
			}
			return run, run.Version, run.IsOver(), nil
		},
	})
}

// filtersOf gives the filters of reports, as siblings of each other.
func filtersOf(ctx context.Context, reports []*crm.Report) ([]*crm.ReportFilter, error) {
	return children(ctx, reports, "filter", nil, func(_ context.Context, all []*crm.Report) ([]*crm.ReportFilter, error) {
		filters := make([]*crm.ReportFilter, len(all))
		for i, report := range all {
			filters[i] = report.Filtered
		}
		return filters, nil
	}, func(filter *crm.ReportFilter) []any { return anys([]*crm.ReportFilter{filter}) })
}
