package crm

import (
	"context"
	"fmt"
)

// A series gives out numbers that people use; a number is never given twice.
type series struct {
	name  string
	first int64
	form  string
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
