package crm

import (
	"context"
	"fmt"
	"strings"

	"klantkaart/db"
)

// cardKey is the id of a card.
type cardKey struct{ ID ID }

// reportTable is where the cards of a report live.
func reportTable(cardType ReportCardType) string {
	if cardType == CustomerReport {
		return "customers"
	}
	return "engagements"
}

// cardsOf finds the cards that a run is on, in the order of its rows, at most limit. They are found once,
// before the first row: a card that changes meanwhile is neither skipped nor shown twice.
func (s *ReportRuns) cardsOf(ctx context.Context, report *Report, run *ReportRun, limit int) ([]ID, error) {
	conn := s.db.Read()
	where, order, err := s.selected(conn, report, run)
	if err != nil {
		return nil, err
	}
	found, err := db.Select[*cardKey](ctx, conn, db.Selection{
		Table: reportTable(report.CardType), Columns: "t.id", Where: where, Order: strings.Join(order, ", "), Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("select the cards of a report: %w", err)
	}
	ids := make([]ID, len(found))
	for i, one := range found {
		ids[i] = one.ID
	}
	if len(run.Cards) == 0 || len(report.OrderBy) > 0 {
		return ids, nil
	}
	return inTheOrderOf(run.Cards, ids), nil
}

// inTheOrderOf gives those of a list that were found, in the list's order.
func inTheOrderOf(list, found []ID) []ID {
	there := make(map[ID]bool, len(found))
	for _, id := range found {
		there[id] = true
	}
	ordered := make([]ID, 0, len(found))
	for _, id := range list {
		if there[id] {
			ordered = append(ordered, id)
		}
	}
	return ordered
}

// selected gives the conditions of a run's cards, and the terms of their order.
func (s *ReportRuns) selected(conn db.Conn, report *Report, run *ReportRun) (where []db.Part, terms []string, err error) {
	organization, today := run.OrganizationID, s.day(s.moment())
	for _, one := range report.OrderBy {
		terms = append(terms, catalogueOf(report.CardType).named(one.Column).order+" "+string(one.Direction))
	}
	if run.Overview != nil {
		keys, err := customerKeys(run.Overview.OrderBy)
		if err != nil {
			return nil, nil, err
		}
		where, err = run.Overview.where(organization, conn.Engine(), today)
		return where, append(terms, order(keys, false)), err
	}
	terms = append(terms, "t.number ASC", "t.id ASC")
	if len(run.Cards) > 0 {
		return []db.Part{ofOrganization(organization), {SQL: conn.In("t.id"), Args: []any{db.List(conn, run.Cards)}}}, terms, nil
	}
	where, err = report.where(conn.Engine(), organization, today)
	return where, terms, err
}

// where gives the conditions of a report's own filter.
func (r *Report) where(engine db.Engine, organization ID, today Date) ([]db.Part, error) {
	filter := r.Filtered
	relation, err := filter.customers().part(engine, organization, today, 1)
	if err != nil {
		return nil, err
	}
	relations := append([]db.Part{relation}, oneOf("t.stage", filter.Stages)...)
	where := append([]db.Part{ofOrganization(organization)}, archivedPart(filter.Archived)...)
	if r.CardType == CustomerReport {
		return append(where, relations...), nil
	}
	phase := map[ReportCardType]EngagementPhase{RequestReport: RequestPhase, ProjectReport: ProjectPhase}[r.CardType]
	where = append(where, db.Part{SQL: "t.phase = ?", Args: []any{string(phase)}})
	where = append(where, inStatus(filter.Statuses, today)...)
	if of := all(relations, " AND "); len(filter.Stages) > 0 || relation.SQL != all(nil, "").SQL {
		where = append(where, db.Part{
			SQL:  "t.customer_id IN (SELECT t.id FROM customers AS t WHERE t.organization_id = ? AND " + of.SQL + ")",
			Args: append([]any{string(organization)}, of.Args...)})
	}
	return where, nil
}
