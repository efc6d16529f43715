package crm

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
	"klantkaart/page"
)

// BillableLines are what is, or was, to be invoiced. Only who has the finance right sees and changes them.
type BillableLines struct{ *core }

// BillableLineConnection is a page of billable lines.
type BillableLineConnection = page.Connection[*BillableLine]

// BillableLineEdge is a row of billable lines with its place.
type BillableLineEdge = page.Edge[*BillableLine]

// ByIDs finds many lines, in the order of the ids; nil where there is none for the actor.
func (s *BillableLines) ByIDs(ctx context.Context, ids []ID) ([]*BillableLine, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || !actor.Rights.Has(ViewFinance) {
		return make([]*BillableLine, len(ids)), err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "billable_lines", ids, (*BillableLine).NodeID)
}

// ApprovalsOf gives the approvals of each line.
func ApprovalsOf(_ context.Context, lines []*BillableLine) ([][]*LineApproval, error) {
	found := make([][]*LineApproval, len(lines))
	for i, line := range lines {
		found[i] = line.Approvals
	}
	return found, nil
}

// OfProjects gives for each project a page of its lines, by period.
func (s *BillableLines) OfProjects(ctx context.Context, projects []ID, statuses []BillableLineStatus, window page.Args) ([]*BillableLineConnection, error) {
	return s.pages(ctx, projects, oneOf("t.status", statuses), scope("billableLines", statuses), window)
}

func (s *BillableLines) pages(ctx context.Context, projects []ID, where []db.Part, scope string, window page.Args) ([]*BillableLineConnection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.financial(); err != nil {
		return nil, err
	}
	list := listing[*BillableLine, *BillableLine]{
		table: "billable_lines", where: append([]db.Part{ofOrganization(actor.OrganizationID)}, where...), scope: scope,
		node: same[*BillableLine], row: same[*BillableLine],
		parent: "project_id", parentOf: func(l *BillableLine) ID { return l.ProjectID },
		keys: []key[*BillableLine]{
			{column: "t.period_start", direction: Ascending, text: func(l *BillableLine) string { return string(l.PeriodStartOn) }},
			{column: "t.id", direction: Ascending, text: func(l *BillableLine) string { return string(l.ID) }},
		},
	}
	return list.pages(ctx, conn, projects, window)
}

// AddBillableLineInput is a line to record.
type AddBillableLineInput struct {
	ProjectID     ID
	Kind          BillableLineKind
	NominationID  *ID
	TypeID        *ID
	PeriodStartOn Date
	PeriodEndOn   Date
	Description   *string
	Quantity      Decimal
	Rate          *MoneyInput
	IsBillable    bool
}

// AddBillableLinePayload is the answer to Add.
type AddBillableLinePayload struct {
	Outcome
	Line *BillableLine
}

// Add records a line on a project in daily use. Hours are billed at the rate of a nomination that works there
// in the period.
func (s *BillableLines) Add(ctx context.Context, input AddBillableLineInput) (*AddBillableLinePayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*AddBillableLinePayload, error) {
		project, effective, err := tx.billedProject(ctx, input.ProjectID, true)
		if err != nil {
			return nil, err
		}
		line := &BillableLine{OrganizationID: project.OrganizationID, ID: tx.core.newID(billableLinePrefix), Version: 1,
			CustomerID: project.CustomerID, ProjectID: project.ID, NominationID: input.NominationID, Kind: input.Kind, TypeID: input.TypeID,
			PeriodStartOn: input.PeriodStartOn, PeriodEndOn: input.PeriodEndOn, Quantity: input.Quantity, Status: LineOpen,
			IsBillable: input.IsBillable, IsSelfBilling: yes(effective.SelfBilling), Approvals: lineApprovals{},
			CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor), UpdatedAt: tx.Now, UpdatedByID: actorID(tx.Actor)}
		fields := patchingAt("input")
		line.Description = fields.part("description", input.Description, upTo(200))
		line.rated(input.Rate, fields)
		if err := tx.checkLine(ctx, line, nil, fields); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(line).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert billable line: %w", err)
		}
		if err := tx.warnOfLine(ctx, project, line); err != nil {
			return nil, err
		}
		return &AddBillableLinePayload{Line: line}, tx.logLine(ctx, BillableLineAddedEvent, line, changesBetween(&BillableLine{}, line))
	})
}

// UpdateBillableLineInput is a change of an open line.
type UpdateBillableLineInput struct {
	ID              ID
	ExpectedVersion int
	Patch           BillableLineFields
}

// BillableLineFields are fields of a line as input.
type BillableLineFields struct {
	TypeID        graphql.Omittable[*ID]
	PeriodStartOn graphql.Omittable[*Date]
	PeriodEndOn   graphql.Omittable[*Date]
	Description   graphql.Omittable[*string]
	Quantity      graphql.Omittable[*Decimal]
	Rate          graphql.Omittable[*MoneyInput]
	IsBillable    graphql.Omittable[*bool]
}

// apply sets the given fields of a line, each checked. The rate of hours is the nomination's.
func (f BillableLineFields) apply(l *BillableLine, p *patching) {
	value(p, "typeId", f.TypeID, &l.TypeID, asIs)
	replace(p, "periodStartOn", f.PeriodStartOn, &l.PeriodStartOn)
	replace(p, "periodEndOn", f.PeriodEndOn, &l.PeriodEndOn)
	p.text("description", f.Description, &l.Description, upTo(200))
	replace(p, "quantity", f.Quantity, &l.Quantity)
	replace(p, "isBillable", f.IsBillable, &l.IsBillable)
	rate := MoneyInput{Amount: l.RateCents}
	replace(p, "rate", f.Rate, &rate)
	if f.Rate.IsSet() && l.Kind == HoursLine {
		p.refuse("rate", hoursHaveTheirRate())
	}
	l.RateCents = rate.Amount
}

// UpdateBillableLinePayload is the answer to Update.
type UpdateBillableLinePayload struct {
	Outcome
	Line *BillableLine
}

// Update changes a line that is open.
func (s *BillableLines) Update(ctx context.Context, input UpdateBillableLineInput) (*UpdateBillableLinePayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*UpdateBillableLinePayload, error) {
		lines, err := tx.lockLines(ctx, []ID{input.ID}, "id")
		if err != nil {
			return nil, err
		}
		line := lines[0]
		project, _, err := tx.billedProject(ctx, line.ProjectID, true)
		if err != nil {
			return nil, err
		}
		if input.ExpectedVersion != line.Version {
			return nil, (&CardFrame{Version: line.Version}).at(&input.ExpectedVersion)
		}
		if err := line.must(LineOpen, LineNotOpen, "input", "id"); err != nil {
			return nil, err
		}
		before, patch := *line, patchingAt("input", "patch")
		input.Patch.apply(line, patch)
		if err := tx.checkLine(ctx, line, &before, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, line)
		if len(changes) == 0 {
			return &UpdateBillableLinePayload{Line: line}, nil
		}
		if err := tx.saveLine(ctx, BillableLineUpdatedEvent, &before, line); err != nil {
			return nil, err
		}
		return &UpdateBillableLinePayload{Line: line}, tx.warnOfLine(ctx, project, line)
	})
}
