package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// QualityOf tells for each relation what is wrong with its data.
func (s *Customers) QualityOf(ctx context.Context, customers []ID) ([][]*DataProblem, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	whole := db.Whole(db.WithFields(ctx, db.Fields{})) // the rules look at more than what the client asks for
	rows, err := byIDs(whole, conn, actor.OrganizationID, "customers", customers, (*Customer).NodeID)
	if err != nil {
		return nil, err
	}
	contacts, err := db.Rows[contactFacts](whole, conn,
		"SELECT t.customer_id, count(*) AS contacts, sum(CASE WHEN t.is_invoice_contact THEN 1 ELSE 0 END) AS invoiced FROM contacts AS t"+
			" WHERE t.organization_id = ? AND "+conn.In("t.customer_id")+" AND t.archived_at IS NULL GROUP BY t.customer_id",
		string(actor.OrganizationID), db.List(conn, customers))
	if err != nil {
		return nil, fmt.Errorf("contacts of %d relations: %w", len(customers), err)
	}
	facts := aligned(customers, contacts, func(f contactFacts) ID { return f.CustomerID })
	found := make([][]*DataProblem, len(customers))
	for i, customer := range rows {
		if customer != nil {
			found[i] = customer.problems(facts[i], s.moment(), actor.Language)
		}
	}
	return found, nil
}
