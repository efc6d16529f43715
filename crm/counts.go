package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// CustomerCounts is how many there are of what belongs to a card.
type CustomerCounts struct {
	CustomerID       ID
	Contacts         int
	ArchivedContacts int
	OpenLeads        int
	OpenRequests     int
	RunningProjects  int
	ArchivedProjects int
	Communications   int
}

// CountsOf counts for each relation what belongs to it, in one statement.
func (s *Customers) CountsOf(ctx context.Context, customers []ID) ([]*CustomerCounts, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	organization, list := string(actor.OrganizationID), db.List(conn, customers)
	rows, err := db.Rows[*CustomerCounts](ctx, conn, `
		SELECT customer_id,
			CAST(SUM(contacts) AS BIGINT) AS contacts, CAST(SUM(archived_contacts) AS BIGINT) AS archived_contacts,
			CAST(SUM(open_leads) AS BIGINT) AS open_leads, CAST(SUM(open_requests) AS BIGINT) AS open_requests,
			CAST(SUM(running_projects) AS BIGINT) AS running_projects, CAST(SUM(archived_projects) AS BIGINT) AS archived_projects,
			CAST(SUM(communications) AS BIGINT) AS communications
		FROM (
			SELECT t.customer_id,
				SUM(CASE WHEN t.archived_at IS NULL THEN 1 ELSE 0 END) AS contacts,
				SUM(CASE WHEN t.archived_at IS NULL THEN 0 ELSE 1 END) AS archived_contacts,
				0 AS open_leads, 0 AS open_requests, 0 AS running_projects, 0 AS archived_projects, 0 AS communications
			FROM contacts AS t WHERE t.organization_id = ? AND `+conn.In("t.customer_id")+` GROUP BY t.customer_id
			UNION ALL
			SELECT t.customer_id, 0, 0,
				SUM(CASE WHEN t.phase = 'LEAD' AND t.status = 'OPEN' AND t.archived_at IS NULL THEN 1 ELSE 0 END),
				SUM(CASE WHEN t.phase = 'REQUEST' AND t.status = 'OPEN' AND t.archived_at IS NULL THEN 1 ELSE 0 END),
				SUM(CASE WHEN `+running("t")+` THEN 1 ELSE 0 END),
				SUM(CASE WHEN t.phase = 'PROJECT' AND t.archived_at IS NOT NULL THEN 1 ELSE 0 END), 0
			FROM engagements AS t WHERE t.organization_id = ? AND `+conn.In("t.customer_id")+` GROUP BY t.customer_id
			UNION ALL
			SELECT t.customer_id, 0, 0, 0, 0, 0, 0, COUNT(*)
			FROM communications AS t WHERE t.organization_id = ? AND `+conn.In("t.customer_id")+` GROUP BY t.customer_id
		) AS counted GROUP BY customer_id`,
		organization, list, string(s.day(s.moment())), organization, list, organization, list)
	if err != nil {
		return nil, fmt.Errorf("count what belongs to %d cards: %w", len(customers), err)
	}
	counts := aligned(customers, rows, func(c *CustomerCounts) ID { return c.CustomerID })
	for i := range counts {
		if counts[i] == nil {
			counts[i] = &CustomerCounts{CustomerID: customers[i]}
		}
	}
	return counts, nil
}
