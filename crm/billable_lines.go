package crm

import (
	"context"
	"fmt"
	"slices"

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
	if err != nil || !actor.Finance {
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
		if err := tx.warnBeyondFixedPrice(ctx, project, line); err != nil {
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
		return &UpdateBillableLinePayload{Line: line}, tx.warnBeyondFixedPrice(ctx, project, line)
	})
}

// billedProject locks a project of which lines change, and gives what counts for its invoices. What is new
// needs a card in daily use; what was recorded may go on from an archived one.
func (tx *Tx) billedProject(ctx context.Context, id ID, inUse bool) (*Dossier, *statement, error) {
	if err := tx.Actor.financial(); err != nil {
		return nil, nil, err
	}
	customer, project, err := tx.dossier(ctx, id)
	if err != nil {
		return nil, nil, faultAt(err, "projectId")
	}
	if project.Phase != ProjectPhase {
		return nil, nil, notFound("input", "projectId")
	}
	if inUse {
		for _, frame := range []*CardFrame{&customer.CardFrame, &project.CardFrame} {
			if err := frame.inUse(); err != nil {
				return nil, nil, err
			}
		}
	}
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, []invoicingOwner{ownerOfDossier(project)})
	if err != nil {
		return nil, nil, err
	}
	return project, found[0].effective(), nil
}

// rated takes the rate of a new line; hours wait for that of their nomination.
func (l *BillableLine) rated(given *MoneyInput, fields *patching) {
	switch {
	case l.Kind != HoursLine && given == nil:
		fields.refuse("rate", Text{NL: "Dit veld is verplicht.", EN: "This field is required."})
	case l.Kind != HoursLine:
		l.RateCents = given.Amount
	case given != nil:
		fields.refuse("rate", hoursHaveTheirRate())
	}
	if l.Kind == HoursLine && l.NominationID == nil {
		fields.refuse("nominationId", Text{NL: "Uren horen bij een voordracht.", EN: "Hours belong to a nomination."})
	}
}

func hoursHaveTheirRate() Text {
	return Text{NL: "Uren hebben het tarief van de voordracht.", EN: "Hours have the rate of the nomination."}
}

// checkLine adds what the store and the other fields tell to the faults of a line, and works out its amount.
func (tx *Tx) checkLine(ctx context.Context, line, before *BillableLine, fields *patching) error {
	if line.PeriodEndOn < line.PeriodStartOn {
		fields.refuse("periodEndOn", Text{NL: "Een einde ligt niet voor het begin.", EN: "An end does not lie before the start."})
	}
	if err := tx.checkNomination(ctx, line, before == nil, fields); err != nil {
		return err
	}
	if line.Quantity < 1 || line.Quantity > 10_000_00 {
		fields.refuse("quantity", Text{NL: "Tussen 0,01 en 10.000.", EN: "Between 0.01 and 10,000."})
	}
	if line.RateCents < 0 || line.RateCents > 10_000_000_00 {
		fields.refuse("rate", Text{NL: "Tussen 0 en 10.000.000.", EN: "Between 0 and 10,000,000."})
	}
	var chosen *ID
	if before != nil {
		chosen = before.TypeID
	}
	list, ok := map[BillableLineKind]LookupListKey{HoursLine: HourTypeList, ExpenseLine: ExpenseTypeList}[line.Kind]
	if line.TypeID != nil && !ok {
		fields.refuse("typeId", Text{NL: "Alleen uren en onkosten hebben een soort.", EN: "Only hours and expenses have a type."})
	} else if _, err := tx.lookup(ctx, list, line.TypeID, chosen, fields, "typeId"); err != nil {
		return err
	}
	line.priced()
	return fields.err()
}

// checkNomination refuses a nomination that is not the project's, and hours of one that does not work in the
// period. New hours get its rate.
func (tx *Tx) checkNomination(ctx context.Context, line *BillableLine, isNew bool, fields *patching) error {
	if line.NominationID == nil {
		return nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "nominations", []ID{*line.NominationID}, (*Nomination).NodeID)
	if err != nil {
		return err
	}
	path := fields.at("nominationId")
	nomination := found[0]
	switch {
	case nomination == nil || nomination.EngagementID != line.ProjectID:
		fields.faults = append(fields.faults, notFound(path...))
	case line.Kind == HoursLine && !nomination.worksIn(line.PeriodStartOn, line.PeriodEndOn):
		fields.faults = append(fields.faults, &Error{Code: NominationNotActive, Path: path, Text: Text{
			NL: fmt.Sprintf("%s werkt niet de hele periode aan het project, of heeft geen tarief.", nomination.Name),
			EN: fmt.Sprintf("%s does not work on the project in the whole period, or has no rate.", nomination.Name)}})
	case line.Kind == HoursLine && isNew:
		line.RateCents = *nomination.HourlyRateCents
	}
	return nil
}

// warnBeyondFixedPrice tells when the instalments of a project come to more than was agreed.
func (tx *Tx) warnBeyondFixedPrice(ctx context.Context, project *Dossier, line *BillableLine) error {
	if line.Kind != InstalmentLine || project.FixedPriceCents == nil {
		return nil
	}
	var sum Decimal
	err := tx.NewSelect().Table("billable_lines").ColumnExpr("CAST(COALESCE(SUM(amount), 0) AS BIGINT)").
		Where("organization_id = ? AND project_id = ? AND kind = ? AND status <> ? AND billable", project.OrganizationID, project.ID, InstalmentLine, LineWrittenOff).
		Scan(ctx, &sum)
	if err != nil {
		return fmt.Errorf("instalments of %s: %w", project.ID, err)
	}
	if sum > *project.FixedPriceCents {
		tx.warn(BeyondFixedPrice, Text{
			NL: fmt.Sprintf("De termijnen zijn samen EUR %s, de vaste prijs is EUR %s.", sum, *project.FixedPriceCents),
			EN: fmt.Sprintf("The instalments are EUR %s together, the fixed price is EUR %s.", sum, *project.FixedPriceCents)}, project.engagement())
	}
	return nil
}

// lockLines locks lines for a change, and first the relations they belong to.
func (tx *Tx) lockLines(ctx context.Context, ids []ID, argument string) ([]*BillableLine, error) {
	if err := tx.Actor.financial(); err != nil {
		return nil, err
	}
	read := func() ([]*BillableLine, error) {
		lines, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "billable_lines", ids, (*BillableLine).NodeID)
		if err == nil && slices.Contains(lines, nil) {
			return nil, notFound("input", argument)
		}
		return lines, err
	}
	lines, err := read()
	if err != nil {
		return nil, err
	}
	if err := tx.lockCustomersOf(ctx, lines); err != nil {
		return nil, err
	}
	return read() // again: now nobody else can change them
}

// lockCustomersOf locks the relations of lines, always in the same order.
func (tx *Tx) lockCustomersOf(ctx context.Context, lines []*BillableLine) error {
	var customers []ID
	for _, line := range lines {
		customers = append(customers, line.CustomerID)
	}
	slices.Sort(customers)
	for _, customer := range slices.Compact(customers) {
		if _, err := tx.customer(ctx, customer, nil); err != nil {
			return err
		}
	}
	return nil
}

// saveLine stores a changed line as its next version, with its event.
func (tx *Tx) saveLine(ctx context.Context, kind EventKind, before, after *BillableLine) error {
	after.Version++
	after.UpdatedAt, after.UpdatedByID = tx.Now, actorID(tx.Actor)
	if _, err := tx.NewUpdate().Model(after).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save billable line %s: %w", after.ID, err)
	}
	return tx.logLine(ctx, kind, after, changesBetween(before, after))
}

// logLine notes what happened to a line, on its project.
func (tx *Tx) logLine(ctx context.Context, kind EventKind, line *BillableLine, changes []FieldChange) error {
	version, err := tx.raiseVersion(ctx, "engagements", line.ProjectID)
	if err != nil {
		return err
	}
	tx.log(&Event{Kind: kind, CustomerID: line.CustomerID, CardID: line.ProjectID, CardVersion: version, SubjectID: &line.ID, Changes: changes})
	return nil
}
