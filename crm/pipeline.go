package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// PipelineArgs say which leads, requests and projects of the whole office are shown or added up, and in which order.
type PipelineArgs struct {
	Phases   []EngagementPhase
	Statuses []EngagementStatus
	Archived Archived
	Search   *string `json:",omitempty"` // cursors of before it go on
	Filter   *EngagementFilter
	OrderBy  []*EngagementOrder
}

// EngagementOrder is one field of an order of leads, requests and projects.
type EngagementOrder struct {
	Field     EngagementOrderField
	Direction OrderDirection
}

// EngagementOrderField is by what leads, requests and projects can be ordered.
type EngagementOrderField string

// The fields; the phase's first day is the first of them.
const (
	EngagementsByNumber        EngagementOrderField = "NUMBER"
	EngagementsByExpectedClose EngagementOrderField = "EXPECTED_CLOSE_ON"
	EngagementsByExpectedValue EngagementOrderField = "EXPECTED_VALUE"
)

// EngagementTotal is what the leads, requests and projects of one phase and status come to.
type EngagementTotal struct {
	Phase         EngagementPhase
	Status        EngagementStatus
	Count         int
	ValueCents    Decimal `bun:"expected"`
	WeightedCents int64   `bun:"weighted"` // in hundredths of cents: the value times the chance in percent
}

// ExpectedValue is the sum of the expected values.
func (t *EngagementTotal) ExpectedValue() Money { return Money{t.ValueCents} }

// WeightedValue is the sum of the expected values, each times its chance; rounded to the cent once.
func (t *EngagementTotal) WeightedValue() Money { return Money{Decimal((t.WeightedCents + 50) / 100)} }

// Pipeline gives a page of the leads, requests and projects of the whole office.
func (s *Engagements) Pipeline(ctx context.Context, args PipelineArgs, window page.Args) (*page.Connection[Engagement], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	where, err := args.where(actor.OrganizationID, conn.Engine(), today)
	if err != nil {
		return nil, err
	}
	list := engagementList(where, scope("pipeline", args), typed(today))
	if list.keys, err = engagementKeys(args.OrderBy); err != nil {
		return nil, err
	}
	return list.page(ctx, conn, window)
}

// Totals adds up the leads, requests and projects of the whole office, by phase and status.
func (s *Engagements) Totals(ctx context.Context, args PipelineArgs) ([]*EngagementTotal, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	today := s.day(s.moment())
	parts, err := args.where(actor.OrganizationID, conn.Engine(), today)
	if err != nil {
		return nil, err
	}
	return totalsOf[*EngagementTotal](ctx, conn, "", all(parts, " AND "), today)
}

// campaignTotal is an EngagementTotal of a campaign.
type campaignTotal struct {
	CampaignID ID
	EngagementTotal
}

// TotalsOfCampaigns adds up for each campaign what came from it, by phase and status.
func (s *Engagements) TotalsOfCampaigns(ctx context.Context, campaigns []ID) ([][]*EngagementTotal, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := db.Part{SQL: "t.organization_id = ? AND " + conn.In("t.campaign_id"), Args: []any{string(actor.OrganizationID), db.List(conn, campaigns)}}
	rows, err := totalsOf[*campaignTotal](ctx, conn, "campaign_id, ", where, s.day(s.moment()))
	if err != nil {
		return nil, err
	}
	return under(campaigns, rows, func(r *campaignTotal) (ID, *EngagementTotal) { return r.CampaignID, &r.EngagementTotal }), nil
}

// totalsOf adds up leads, requests and projects by a column, if any, phase and status.
func totalsOf[R any](ctx context.Context, conn db.Conn, by string, where db.Part, today Date) ([]R, error) {
	totals, err := db.Rows[R](ctx, conn,
		"SELECT "+by+"phase, status, COUNT(*) AS count, CAST(COALESCE(SUM(expected_value), 0) AS BIGINT) AS expected,"+
			" CAST(COALESCE(SUM(expected_value * probability), 0) AS BIGINT) AS weighted FROM (SELECT "+by+"t.phase, "+statusToday+" AS status, t.expected_value, t.probability"+
			" FROM engagements AS t WHERE "+where.SQL+") AS t GROUP BY "+by+"phase, status ORDER BY "+by+"phase, status",
		append([]any{string(today), string(today)}, where.Args...)...)
	if err != nil {
		return nil, fmt.Errorf("add up leads, requests and projects: %w", err)
	}
	return totals, nil
}

func (args PipelineArgs) where(organization ID, engine db.Engine, today Date) ([]db.Part, error) {
	where := EngagementListArgs{Phases: args.Phases, Statuses: args.Statuses, Archived: args.Archived}.where(organization, today)
	if args.Search != nil {
		found, err := engagementsFound(engine, organization, *args.Search)
		if err != nil {
			return nil, err
		}
		where = append(where, found...)
	}
	if args.Filter == nil {
		return where, nil
	}
	part, err := args.Filter.part(engine, today, 1)
	return append(where, part), err
}

// engagementsFound are the conditions that each word occurs in the number, the title or the name of the relation;
// blank text finds all.
func engagementsFound(engine db.Engine, organization ID, text string) ([]db.Part, error) {
	wanted, err := words("search", text)
	if err != nil {
		return nil, err
	}
	parts := make([]db.Part, len(wanted))
	for i, word := range wanted {
		entries := func(types string, occurs []db.Part) db.Part {
			meets := all(occurs, " AND ")
			return db.Part{SQL: "(SELECT t.card_id FROM search_entries AS t WHERE t.organization_id = ? AND t.type IN (" + types + ") AND " + meets.SQL + ")",
				Args: append([]any{string(organization)}, meets.Args...)}
		}
		own := entries("'LEAD', 'REQUEST', 'PROJECT'", occurring(engine, word))
		named := entries("'CUSTOMER', 'PROSPECT'", append(occurring(engine, word), containing(engine, "t.title_key", []string{word})...))
		parts[i] = db.Part{SQL: "(t.id IN " + own.SQL + " OR t.customer_id IN " + named.SQL + ")", Args: append(own.Args, named.Args...)}
	}
	return parts, nil
}

// engagementKeys is an order of leads, requests and projects; the id decides between equals.
func engagementKeys(orders []*EngagementOrder) ([]key[*Dossier], error) {
	if len(orders) > maxOrderFields {
		return nil, Invalid(Text{NL: "Ten hoogste drie velden.", EN: "At most three fields."}, "orderBy")
	}
	if len(orders) == 0 {
		orders = []*EngagementOrder{{Direction: Descending}}
	}
	var keys []key[*Dossier]
	for _, order := range orders {
		keys = append(keys, order.keys()...)
	}
	return append(keys, dossierID(orders[len(orders)-1].Direction)), nil
}

func (o EngagementOrder) keys() []key[*Dossier] {
	k := key[*Dossier]{direction: o.Direction}
	switch o.Field {
	case EngagementsByNumber:
		k.column, k.text = "t.number", func(d *Dossier) string { return d.Number }
	case EngagementsByExpectedClose:
		k.column, k.text = "COALESCE(t.expected_close_on, '9999-12-31')", func(d *Dossier) string {
			if d.ExpectedCloseOn == nil {
				return "9999-12-31" // what has no day comes last
			}
			return string(*d.ExpectedCloseOn)
		}
	case EngagementsByExpectedValue:
		k.column, k.number = "COALESCE(t.expected_value, -1)", func(d *Dossier) int64 {
			if d.ExpectedValueCents == nil {
				return -1
			}
			return int64(*d.ExpectedValueCents)
		}
	default:
		return byPhase(o.Direction)
	}
	return []key[*Dossier]{k}
}
