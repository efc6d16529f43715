package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// Reports are the standard reports of an office.
type Reports struct{ *core }

// ReportListArgs say which reports a list shows.
type ReportListArgs struct {
	CardType ReportCardType
	// ForManagement shows an administrator those of other roles, and archived ones.
	ForManagement bool
}

// List gives a page of the reports that the actor may run, or manage, by name.
func (s *Reports) List(ctx context.Context, args ReportListArgs, window page.Args) (*page.Connection[*Report], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	args.ForManagement = args.ForManagement && actor.Rights.Has(ManageReports)
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.card_type = ?", Args: []any{string(args.CardType)}}}
	if !args.ForManagement {
		where = append(where, runnableBy(actor)...)
	}
	list := listing[*Report, *Report]{
		table: "reports", where: where, scope: scope("reports", args, actor.Role, actor.Rights.Has(ViewEngagements)), row: same[*Report],
		node: func(r *Report) *Report { r.language = actor.Language; return r },
		keys: []key[*Report]{
			{column: "t.name_key", direction: Ascending, text: func(r *Report) string { return r.NameKey }},
			{column: "t.id", direction: Ascending, text: func(r *Report) string { return string(r.ID) }},
		},
	}
	return list.page(ctx, conn, window)
}

// runnableBy are the conditions that an actor may run a report, as Report.isFor has it. Roles are stored as a JSON list
// of names.
func runnableBy(actor Actor) []db.Part {
	where := []db.Part{{SQL: "t.archived_at IS NULL"}, {SQL: "t.roles LIKE ?", Args: []any{`%"` + string(actor.Role) + `"%`}}}
	if !actor.Rights.Has(ViewEngagements) {
		where = append(where, db.Part{SQL: "t.card_type = 'CUSTOMER'"})
	}
	return where
}

// ByIDs finds many reports, in the order of the ids; nil where there is none that the actor may run or
// manage. Archived ones are found too: what was made by them still names them.
func (s *Reports) ByIDs(ctx context.Context, ids []ID) ([]*Report, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "reports", ids, (*Report).NodeID)
	for i, report := range found {
		switch {
		case report == nil:
		case !actor.Rights.Has(ManageReports) && !report.isFor(actor):
			found[i] = nil
		default:
			report.language = actor.Language
		}
	}
	return found, err
}

// Columns are those that a report on a type of card can show.
func (s *Reports) Columns(ctx context.Context, cardType ReportCardType) ([]*ReportColumn, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	catalogue := catalogueOf(cardType)
	columns := make([]*ReportColumn, len(catalogue))
	for i, column := range catalogue {
		columns[i] = column.in(actor.Language)
	}
	return columns, nil
}

// SaveReportPayload is the answer to Save.
type SaveReportPayload struct {
	Outcome
	Report *Report
}

// Save makes a report, or replaces what one says.
func (s *Reports) Save(ctx context.Context, input SaveReportInput) (*SaveReportPayload, error) {
	return write(ctx, s.core, ManageReports, func(ctx context.Context, tx *Tx) (*SaveReportPayload, error) {
		fields := patchingAt("input")
		report, err := tx.reportToSave(ctx, input, fields)
		if err != nil {
			return nil, err
		}
		before := *report
		input.apply(report, fields)
		if err := tx.checkReport(ctx, report, fields); err != nil {
			return nil, err
		}
		if input.ID == nil {
			return &SaveReportPayload{Report: report}, tx.insertReport(ctx, report, fields.at("name"))
		}
		return &SaveReportPayload{Report: report}, tx.updateReport(ctx, &before, report)
	})
}

// checkReport tells what is wrong with a report, the colleague whom its filter names included.
func (tx *Tx) checkReport(ctx context.Context, report *Report, fields *patching) error {
	if id := report.Filtered.AccountManagerID; id != nil {
		at := fields.under("filter")
		if err := tx.checkUsers(ctx, []ID{*id}, at, "accountManagerId"); err != nil {
			return err
		}
		fields.faults = append(fields.faults, at.faults...)
	}
	return fields.err()
}

// reportToSave is a new report, or the one that is replaced, in use and as it was seen.
func (tx *Tx) reportToSave(ctx context.Context, input SaveReportInput, fields *patching) (*Report, error) {
	if input.ID == nil {
		return tx.newReport(input.CardType), nil
	}
	report, err := tx.report(ctx, *input.ID)
	if err != nil {
		return nil, err
	}
	if err := report.inUse("input", "id"); err != nil {
		return nil, err
	}
	if input.ExpectedVersion == nil {
		fields.refuse("expectedVersion", Text{NL: "Van welke versie gaat deze wijziging uit?", EN: "Which version does this change start from?"})
	} else if err := report.at(input.ExpectedVersion); err != nil {
		return nil, err
	}
	if input.CardType != report.CardType {
		fields.refuse("cardType", Text{NL: "Het kaarttype van een rapport verandert niet.", EN: "The card type of a report does not change."})
	}
	return report, nil
}

func (tx *Tx) newReport(cardType ReportCardType) *Report {
	return &Report{
		OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(reportPrefix), Version: 1, CardType: cardType,
		CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor), UpdatedAt: tx.Now, UpdatedByID: actorID(tx.Actor), language: tx.Actor.Language,
	}
}

// report locks a report for a change.
func (tx *Tx) report(ctx context.Context, id ID) (*Report, error) {
	var found []*Report
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock report: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound("input", "id")
	}
	found[0].language = tx.Actor.Language
	return found[0], nil
}

// insertReport saves a new report, whose name was given at the path.
func (tx *Tx) insertReport(ctx context.Context, report *Report, name []string) error {
	_, err := tx.NewInsert().Model(report).Exec(ctx)
	tx.logOffice(ReportCreatedEvent, report.ID, report.Version, changesBetween(&Report{}, report))
	return sameReportName(err, name)
}

// updateReport saves a report whose data changed.
func (tx *Tx) updateReport(ctx context.Context, before, report *Report) error {
	report.Version++
	report.UpdatedAt, report.UpdatedByID = tx.Now, actorID(tx.Actor)
	_, err := tx.NewUpdate().Model(report).ExcludeColumn("organization_id", "id", "created_at", "created_by").
		Where("organization_id = ? AND id = ?", report.OrganizationID, report.ID).Exec(ctx)
	tx.logOffice(ReportUpdatedEvent, report.ID, report.Version, changesBetween(before, report))
	return sameReportName(err, []string{"input", "name"})
}

// sameReportName turns the violated unique index on the name into the user's error.
func sameReportName(err error, path []string) error {
	if !db.IsUnique(err, "reports_name", "reports.organization_id, reports.card_type, reports.name_key") {
		return err
	}
	return &Error{Code: DuplicateName, Path: path, Text: Text{
		NL: "Er is al een rapport met deze naam.",
		EN: "There is a report with this name already."}}
}

// CopyReportInput says which report to copy, and what the copy is called.
type CopyReportInput struct {
	ID   ID
	Name string
}

// CopyReportPayload is the answer to Copy.
type CopyReportPayload struct {
	Outcome
	Report *Report
}

// Copy makes a report like another one, an archived one too, under a new name.
func (s *Reports) Copy(ctx context.Context, input CopyReportInput) (*CopyReportPayload, error) {
	return write(ctx, s.core, ManageReports, func(ctx context.Context, tx *Tx) (*CopyReportPayload, error) {
		original, err := tx.report(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		fields, report := patchingAt("input"), tx.newReport(original.CardType)
		report.rename(input.Name, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		report.Description, report.ColumnKeys = original.Description, original.ColumnKeys
		report.Filtered, report.OrderBy, report.Roles = original.Filtered, original.OrderBy, original.Roles
		return &CopyReportPayload{Report: report}, tx.insertReport(ctx, report, fields.at("name"))
	})
}

// ArchiveReportInput says which report to take out of use.
type ArchiveReportInput struct {
	ID              ID
	ExpectedVersion *int
}

// ArchiveReportPayload is the answer to Archive.
type ArchiveReportPayload struct {
	Outcome
	Report *Report
}

// Archive takes a report out of use. Its name is free again; what was made by it stays.
func (s *Reports) Archive(ctx context.Context, input ArchiveReportInput) (*ArchiveReportPayload, error) {
	return write(ctx, s.core, ManageReports, func(ctx context.Context, tx *Tx) (*ArchiveReportPayload, error) {
		report, err := tx.report(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if report.ArchivedAt != nil {
			return nil, &Error{Code: AlreadyArchived, Path: []string{"input", "id"}, Text: Text{
				NL: "Het rapport is al gearchiveerd.",
				EN: "The report is archived already."}}
		}
		if err := report.at(input.ExpectedVersion); err != nil {
			return nil, err
		}
		before, now := *report, tx.Now
		report.ArchivedAt = &now
		return &ArchiveReportPayload{Report: report}, tx.updateReport(ctx, &before, report)
	})
}
