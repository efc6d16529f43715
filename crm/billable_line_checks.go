package crm

import (
	"context"
	"fmt"
	"slices"
)

// What the verbs of lines must know, read inside their transactions.

// billedProject locks a project of which lines change, and gives what counts for its invoices. What is new
// needs a card in daily use; what was recorded may go on from an archived one.
func (tx *Tx) billedProject(ctx context.Context, id ID, inUse bool) (*Dossier, *statement, error) {
	if err := tx.Actor.financial(); err != nil {
		return nil, nil, err
	}
	customer, project, err := tx.engagement(ctx, id, nil)
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
		fields.refuse("rate", missing())
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
	if err := tx.checkWorker(ctx, line, before == nil, fields); err != nil {
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

// checkWorker refuses a nomination that is not the project's, and hours of one that does not work in the
// period. New hours get its rate.
func (tx *Tx) checkWorker(ctx context.Context, line *BillableLine, isNew bool, fields *patching) error {
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
		fields.faults = append(fields.faults, &Error{Code: NominationNotAtWork, Path: path, Text: Textf(
			"%s werkt niet de hele periode aan het project, of heeft geen tarief.",
			"%s does not work on the project in the whole period, or has no rate.", nomination.Name)})
	case line.Kind == HoursLine && isNew:
		line.RateCents = *nomination.HourlyRateCents
	}
	if nomination != nil && line.TypeID != nil && !nomination.allows(line.Kind, *line.TypeID) {
		fields.refuse("typeId", Textf(
			"Deze soort is met %s niet afgesproken.",
			"This type was not agreed for %s.", nomination.Name))
	}
	return nil
}

// warnOfLine tells what is worth knowing of a line that was recorded or changed.
func (tx *Tx) warnOfLine(ctx context.Context, project *Dossier, line *BillableLine) error {
	tx.warnOutsideTerm(project, line)
	return tx.warnBeyondFixedPrice(ctx, project, line)
}

// warnOutsideTerm tells of hours and expenses of days on which the project was not there. Instalments are billed before and
// behind it as well.
func (tx *Tx) warnOutsideTerm(project *Dossier, line *BillableLine) {
	if line.Kind == InstalmentLine {
		return
	}
	switch {
	case project.Start != nil && line.PeriodStartOn < *project.Start:
		tx.warn(OutsideTerm, Text{
			NL: fmt.Sprintf("De periode begint voor het project, dat begint op %s.", *project.Start),
			EN: fmt.Sprintf("The period begins before the project, which begins on %s.", *project.Start)}, typed(tx.Today)(project))
	case project.EndOn != nil && line.PeriodEndOn > *project.EndOn:
		tx.warn(OutsideTerm, Text{
			NL: fmt.Sprintf("De periode eindigt na het project, dat eindigt op %s.", *project.EndOn),
			EN: fmt.Sprintf("The period ends after the project, which ends on %s.", *project.EndOn)}, typed(tx.Today)(project))
	}
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
		tx.warn(BeyondFixedPrice, Textf(
			"De termijnen zijn samen %s, de vaste prijs is %s.",
			"The instalments are %s together, the fixed price is %s.", *euros(&sum), *euros(project.FixedPriceCents)), typed(tx.Today)(project))
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
