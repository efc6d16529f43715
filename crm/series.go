package crm

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// A series gives out numbers that people use; a number is never given twice.
type series struct {
	name  string
	first int64
	form  string
}

// seriesRow is how far a series is.
type seriesRow struct {
	bun.BaseModel `bun:"table:number_series,alias:t"`

	OrganizationID ID     `bun:",pk"`
	Name           string `bun:",pk"`
	Last           int64
}

// NumberSeriesKind is what a series numbers.
type NumberSeriesKind string

// NumberGivenOut is the code of going back in a series.
const NumberGivenOut ErrorCode = "NUMBER_GIVEN_OUT"

// NumberSeries is a series as it is: what it numbers, and how it goes on.
type NumberSeries struct {
	Kind NumberSeriesKind
	Next int
	form string
}

// Prefix is what its numbers begin with.
func (n *NumberSeries) Prefix() string {
	prefix, _, _ := strings.Cut(n.form, "%")
	return prefix
}

// NextNumber is the number that is given out next.
func (n *NumberSeries) NextNumber() string { return fmt.Sprintf(n.form, n.Next) }

// kindOfSeries is a series with what it numbers.
type kindOfSeries struct {
	kind NumberSeriesKind
	series
}

// allSeries are those of an office on a day.
func allSeries(today Date) []kindOfSeries {
	return []kindOfSeries{
		{"CUSTOMER", customerSeries()}, {"DEBTOR", debtorSeries()}, {"LEAD", engagementSeries(LeadPhase, today)},
		{"REQUEST", engagementSeries(RequestPhase, today)}, {"PROJECT", engagementSeries(ProjectPhase, today)},
		{"INVOICE_PROPOSAL", proposalSeries(today)},
	}
}

// NumberSeries are those of the actor's office.
func (s *Settings) NumberSeries(ctx context.Context) ([]*NumberSeries, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*seriesRow](ctx, conn, "SELECT "+db.Columns[*seriesRow](ctx, conn)+" FROM number_series AS t WHERE t.organization_id = ?",
		string(actor.OrganizationID))
	if err != nil {
		return nil, fmt.Errorf("read number series: %w", err)
	}
	last := make(map[string]int64, len(rows))
	for _, row := range rows {
		last[row.Name] = row.Last
	}
	var found []*NumberSeries
	for _, one := range allSeries(s.day(s.moment())) {
		next := one.first
		if given, begun := last[one.name]; begun {
			next = given + 1
		}
		found = append(found, &NumberSeries{Kind: one.kind, Next: int(next), form: one.form})
	}
	return found, nil
}

// nextNumber takes the next number of a series.
func (tx *Tx) nextNumber(ctx context.Context, s series) (string, error) {
	var last int64
	_, err := tx.NewRaw(
		"INSERT INTO number_series AS s (organization_id, name, last) VALUES (?, ?, ?)"+
			" ON CONFLICT (organization_id, name) DO UPDATE SET last = s.last + 1 RETURNING last",
		tx.Actor.OrganizationID, s.name, s.first).Exec(ctx, &last)
	if err != nil {
		return "", fmt.Errorf("next number of %s: %w", s.name, err)
	}
	return fmt.Sprintf(s.form, last), nil
}

// customerSeries numbers relations.
func customerSeries() series { return series{name: "customer", first: 10001, form: "%d"} }

// debtorSeries numbers relations that have become customers, for the ledger.
func debtorSeries() series { return series{name: "debtor", first: 130001, form: "%d"} }

// engagementSeries numbers leads, requests (aanvragen) and projects, per year.
func engagementSeries(phase EngagementPhase, today Date) series {
	letter := map[EngagementPhase]string{LeadPhase: "L", RequestPhase: "A", ProjectPhase: "P"}[phase]
	name := letter + "-" + string(today[:4])
	return series{name: name, first: 1, form: name + "-%04d"}
}

// promote makes a customer of a prospect, in the caller's transaction.
func (tx *Tx) promote(ctx context.Context, customer *Customer) error {
	number := ""
	if customer.DebtorNumber == nil {
		var err error
		if number, err = tx.nextNumber(ctx, debtorSeries()); err != nil {
			return err
		}
	}
	customer.promote(tx.Today, number)
	return nil
}
