package graph

import (
	"context"

	"klantkaart/crm"
	"klantkaart/page"
)

// What a field needs of its parents, and what it makes of what was read.

// dossiers gives the rows that leads, requests and projects share, for the fields that they share.
func dossiers[E crm.Engagement](engagements []E) []*crm.Dossier {
	return cores(engagements, func(e E) *crm.Dossier { return e.Core() })
}

// messages gives the rows that all kinds of communication share.
func messages[C crm.Communication](communications []C) []*crm.Message {
	return cores(communications, func(c C) *crm.Message { return c.Core() })
}

func cores[R, C any](rows []R, core func(R) C) []C {
	all := make([]C, len(rows))
	for i, row := range rows {
		all[i] = core(row)
	}
	return all
}

// stepsOf gives the steps of process templates, which their rows hold.
func stepsOf(_ context.Context, templates []*crm.ProcessTemplate) ([][]*crm.ProcessTemplateStep, error) {
	return cores(templates, func(t *crm.ProcessTemplate) []*crm.ProcessTemplateStep { return t.Steps }), nil
}

// assignees are those of all steps, so that colleagues are read for all of them at once.
func assignees(steps []*crm.ProcessTemplateStep) []any {
	return anys(cores(steps, func(s *crm.ProcessTemplateStep) *crm.StepAssignee { return s.Assignee }))
}

// only gives the rows that have the wanted type; what has another is absent.
func only[N, R any](rows []R, err error) ([]N, error) {
	found := make([]N, len(rows))
	for i, row := range rows {
		found[i], _ = any(row).(N)
	}
	return found, err
}

// preferenceRows gives the parts of invoicing preferences that lead to other rows.
func preferenceRows(p *crm.InvoicingPreferences) []any {
	if p == nil {
		return nil
	}
	return p.Rows()
}

// revenueRows gives the projects that a relation's revenue is of.
func revenueRows(r *crm.UninvoicedRevenue) []any {
	if r == nil {
		return nil
	}
	return anys(r.ByProject)
}

func paging(first *int, after *string, last *int, before *string) page.Args {
	return page.Args{First: first, After: after, Last: last, Before: before}
}
