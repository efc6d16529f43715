package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// Revenue are sums of billable lines that are still to be invoiced, without VAT.
type Revenue struct {
	sums        map[BillableLineStatus]Decimal
	counts      map[BillableLineStatus]int
	selfBilling Decimal
}

// revenueStatuses are those of what is still to be invoiced, in their order.
func revenueStatuses() []BillableLineStatus {
	return []BillableLineStatus{LineOpen, LineApproved, LineProposed}
}

// Total is the sum of what is open, approved and proposed.
func (r *Revenue) Total() Money {
	return Money{Amount: r.sums[LineOpen] + r.sums[LineApproved] + r.sums[LineProposed]}
}

// Open is what was recorded and not approved.
func (r *Revenue) Open() Money { return Money{Amount: r.sums[LineOpen]} }

// Approved is what was approved and is on no proposal.
func (r *Revenue) Approved() Money { return Money{Amount: r.sums[LineApproved]} }

// Proposed is what is on a proposal.
func (r *Revenue) Proposed() Money { return Money{Amount: r.sums[LineProposed]} }

// SelfBilling is the part of the total that the customer bills itself.
func (r *Revenue) SelfBilling() Money { return Money{Amount: r.selfBilling} }

func (r *Revenue) add(row *revenueRow) {
	if r.sums == nil {
		r.sums, r.counts = make(map[BillableLineStatus]Decimal), make(map[BillableLineStatus]int)
	}
	r.sums[row.Status] += row.Total
	r.counts[row.Status] += row.Lines
	r.selfBilling += row.SelfBilling
}

// UninvoicedRevenue is what is still to be invoiced at a relation.
type UninvoicedRevenue struct {
	Revenue
	AsOfOn    *Date
	ByProject []*ProjectRevenue
}

// Currency is the ISO 4217 code of the amounts.
func (r *UninvoicedRevenue) Currency() string { return r.Total().Currency() }

// ByStatus parts the total by status: always all three.
func (r *UninvoicedRevenue) ByStatus() []*StatusRevenue {
	var parts []*StatusRevenue
	for _, status := range revenueStatuses() {
		parts = append(parts, &StatusRevenue{Status: status, Total: Money{Amount: r.sums[status]}, LineCount: r.counts[status]})
	}
	return parts
}

// StatusRevenue is what is still to be invoiced in one status.
type StatusRevenue struct {
	Status    BillableLineStatus
	Total     Money
	LineCount int
}

// ProjectRevenue is what is still to be invoiced of a project.
type ProjectRevenue struct {
	Revenue
	ProjectID ID

	asOf *Date
}

// NodeID is the project's id: its lines are found by it.
func (r *ProjectRevenue) NodeID() ID { return r.ProjectID }

// AsOf is the day that was asked for; nil means now.
func (r *ProjectRevenue) AsOf() *Date { return r.asOf }

// revenueRow is a sum for one owner, project and status.
type revenueRow struct {
	Owner       ID
	ProjectID   ID
	Status      BillableLineStatus
	Total       Decimal
	SelfBilling Decimal
	Lines       int
}

// uninvoiced is the condition that a line was still to be invoiced on a day, or is now, and the status that it
// had then. A later approval or invoice does not count for an earlier day; a period that had not ended does not
// either. Amounts are those known now: a correction changes the past too.
func uninvoiced(asOf *Date) (status, where db.Part) {
	if asOf == nil {
		return db.Part{SQL: "t.status"}, db.Part{SQL: "t.billable AND t.status IN ('OPEN', 'APPROVED', 'PROPOSED')"}
	}
	day := string(*asOf)
	return db.Part{
			SQL:  "CASE WHEN t.proposed_on <= ? THEN 'PROPOSED' WHEN t.approved_on <= ? THEN 'APPROVED' ELSE 'OPEN' END",
			Args: []any{day, day},
		}, db.Part{
			SQL:  "t.billable AND t.period_end <= ? AND (t.invoiced_on IS NULL OR t.invoiced_on > ?) AND (t.written_off_on IS NULL OR t.written_off_on > ?)",
			Args: []any{day, day, day},
		}
}

// revenueOf sums what is to be invoiced for owners: relations or projects, by project and status, in one
// statement. With daughters a relation has what is beneath it in the group too.
func revenueOf(ctx context.Context, conn db.Conn, organization ID, owner string, owners []ID, asOf *Date, daughters bool) ([]*revenueRow, error) {
	status, where := uninvoiced(asOf)
	with, from, own := "", "billable_lines AS t", conn.In("t."+owner)
	args, ownArgs := []any{}, []any{db.List(conn, owners)}
	column := "t." + owner
	if daughters {
		with = "WITH RECURSIVE covered(root, id) AS (SELECT c.id, c.id FROM customers AS c WHERE c.organization_id = ? AND " + conn.In("c.id") +
			" UNION SELECT g.root, r.to_id FROM covered AS g JOIN card_relations AS r ON r.organization_id = ? AND r.from_id = g.id AND r.kind = 'MOTHER_OF') "
		args = append(args, string(organization), ownArgs[0], string(organization))
		from, own, ownArgs, column = "covered AS g JOIN billable_lines AS t ON t.customer_id = g.id", "1 = 1", nil, "g.root"
	}
	args = append(append(args, status.Args...), string(organization))
	args = append(append(args, ownArgs...), where.Args...)
	rows, err := db.Rows[*revenueRow](ctx, conn, with+
		"SELECT "+column+" AS owner, t.project_id, "+status.SQL+" AS status, CAST(SUM(t.amount) AS BIGINT) AS total,"+
		" CAST(SUM(CASE WHEN t.self_billing THEN t.amount ELSE 0 END) AS BIGINT) AS self_billing, COUNT(*) AS lines"+
		" FROM "+from+" JOIN engagements AS e ON e.organization_id = t.organization_id AND e.id = t.project_id"+
		" WHERE t.organization_id = ? AND "+own+" AND "+where.SQL+" GROUP BY 1, 2, 3, e.number ORDER BY 1, e.number, 3", args...)
	if err != nil {
		return nil, fmt.Errorf("revenue of %d owners: %w", len(owners), err)
	}
	return rows, nil
}

// UninvoicedOfCustomers gives for each relation what is still to be invoiced there, or was on a day.
func (s *BillableLines) UninvoicedOfCustomers(ctx context.Context, customers []ID, asOf *Date, daughters bool) ([]*UninvoicedRevenue, error) {
	rows, err := s.revenue(ctx, "customer_id", customers, asOf, daughters)
	if err != nil {
		return nil, err
	}
	found := make([]*UninvoicedRevenue, len(customers))
	for i, own := range grouped(customers, rows, func(r *revenueRow) ID { return r.Owner }) {
		found[i] = &UninvoicedRevenue{AsOfOn: asOf}
		for _, row := range own {
			found[i].add(row)
			last := len(found[i].ByProject) - 1
			if last < 0 || found[i].ByProject[last].ProjectID != row.ProjectID {
				found[i].ByProject = append(found[i].ByProject, &ProjectRevenue{ProjectID: row.ProjectID, asOf: asOf})
				last++
			}
			found[i].ByProject[last].add(row)
		}
	}
	return found, nil
}

// UninvoicedOfProjects gives for each project what is still to be invoiced of it, or was on a day.
func (s *BillableLines) UninvoicedOfProjects(ctx context.Context, projects []ID, asOf *Date) ([]*ProjectRevenue, error) {
	rows, err := s.revenue(ctx, "project_id", projects, asOf, false)
	if err != nil {
		return nil, err
	}
	found := make([]*ProjectRevenue, len(projects))
	for i, own := range grouped(projects, rows, func(r *revenueRow) ID { return r.Owner }) {
		found[i] = &ProjectRevenue{ProjectID: projects[i], asOf: asOf}
		for _, row := range own {
			found[i].add(row)
		}
	}
	return found, nil
}

func (s *BillableLines) revenue(ctx context.Context, owner string, owners []ID, asOf *Date, daughters bool) ([]*revenueRow, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.financial(); err != nil {
		return nil, err
	}
	return revenueOf(ctx, conn, actor.OrganizationID, owner, owners, asOf, daughters)
}

// UninvoicedLines gives for each project a page of the lines that its revenue is made of, by period.
func (s *BillableLines) UninvoicedLines(ctx context.Context, projects []ID, asOf *Date, window page.Args) ([]*BillableLineConnection, error) {
	_, where := uninvoiced(asOf)
	return s.pages(ctx, projects, []db.Part{where}, scope("uninvoicedLines", asOf), window)
}

// warnUninvoiced tells that something is still to be invoiced at a relation; how much, to those who may see it.
func (tx *Tx) warnUninvoiced(ctx context.Context, customer *Customer) error {
	rows, err := revenueOf(ctx, tx.Conn, tx.Actor.OrganizationID, "customer_id", []ID{customer.ID}, nil, false)
	if err != nil || len(rows) == 0 {
		return err
	}
	sum := &Revenue{}
	for _, row := range rows {
		sum.add(row)
	}
	text := Text{NL: "Er is nog omzet te factureren.", EN: "Revenue is still to be invoiced."}
	amount := sum.Total().Amount
	if amount == 0 {
		return nil
	}
	if tx.Actor.Rights.Has(ViewFinance) {
		text = Textf("Er is nog omzet te factureren: %s.", "Revenue is still to be invoiced: %s.", sum.Total())
	}
	tx.warn(RevenueRemains, text)
	return nil
}
