package crm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// DefinitionsOf gives each report as one text to import it by, in one statement for any number of them.
func (s *Reports) DefinitionsOf(ctx context.Context, reports []*Report) ([]string, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	var managers []ID
	for _, report := range reports {
		if id := report.Filtered.AccountManagerID; id != nil {
			managers = append(managers, *id)
		}
	}
	addresses := make(map[ID]*string)
	if len(managers) > 0 {
		found, err := byIDs(ctx, conn, actor.OrganizationID, "users", distinct(managers), (*User).NodeID)
		if err != nil {
			return nil, err
		}
		for _, user := range found {
			if user != nil {
				addresses[user.ID] = &user.Email
			}
		}
	}
	definitions := make([]string, len(reports))
	for i, report := range reports {
		var manager *string
		if id := report.Filtered.AccountManagerID; id != nil {
			manager = addresses[*id]
		}
		if definitions[i], err = report.definition(manager); err != nil {
			return nil, fmt.Errorf("definition of %s: %w", report.ID, err)
		}
	}
	return definitions, nil
}

// ImportReportInput is the definition of a report, and another name for it.
type ImportReportInput struct {
	Definition string
	Name       *string
}

// ImportReportPayload is the answer to Import.
type ImportReportPayload struct {
	Outcome
	Report *Report
}

// Import makes a report of a definition, as Save would of the same input.
func (s *Reports) Import(ctx context.Context, input ImportReportInput) (*ImportReportPayload, error) {
	return write(ctx, s.core, ManageReports, func(ctx context.Context, tx *Tx) (*ImportReportPayload, error) {
		fields, named := patchingAt("input", "definition"), patchingAt("input", "definition")
		defined, manager, err := reportOf(input.Definition, fields)
		if err != nil {
			return nil, err
		}
		if input.Name != nil {
			defined.Name, named = *input.Name, patchingAt("input")
		}
		report := tx.newReport(defined.CardType)
		report.rename(defined.Name, named)
		defined.define(report, fields)
		if report.Filtered.AccountManagerID, err = tx.managerAt(ctx, manager, fields); err != nil {
			return nil, err
		}
		fields.faults = append(named.faults, fields.faults...)
		if err := tx.checkReport(ctx, report, fields); err != nil {
			return nil, err
		}
		return &ImportReportPayload{Report: report}, tx.insertReport(ctx, report, named.at("name"))
	})
}

// managerAt finds the colleague of an e-mail address, whom a definition names.
func (tx *Tx) managerAt(ctx context.Context, address *string, fields *patching) (*ID, error) {
	if address == nil {
		return nil, nil
	}
	var id ID
	err := tx.NewSelect().Table("users").Column("id").
		Where("organization_id = ? AND email = ?", tx.Actor.OrganizationID, strings.ToLower(*address)).Scan(ctx, &id)
	if errors.Is(err, sql.ErrNoRows) {
		at := fields.under("filter")
		fields.faults = append(fields.faults, notFound(at.at("accountManager")...))
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("colleague of a report: %w", err)
	}
	return &id, nil
}
