package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// ProcessTemplates are the ways of working that an office has defined.
type ProcessTemplates struct{ *core }

// ByIDs finds many templates, in the order of the ids; nil where there is none for the actor.
func (s *ProcessTemplates) ByIDs(ctx context.Context, ids []ID) ([]*ProcessTemplate, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "process_templates", ids, (*ProcessTemplate).NodeID)
}

// ProcessTemplateListArgs say which templates a list shows.
type ProcessTemplateListArgs struct {
	CardType       *CardType
	IncludeBlocked bool
}

// List gives the templates by name.
func (s *ProcessTemplates) List(ctx context.Context, args ProcessTemplateListArgs) ([]*ProcessTemplate, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID)}
	if !args.IncludeBlocked {
		where = append(where, db.Part{SQL: "t.blocked_at IS NULL"})
	}
	if args.CardType != nil { // types are stored as a JSON list of names
		where = append(where, db.Part{SQL: "t.card_types LIKE ?", Args: []any{`%"` + string(*args.CardType) + `"%`}})
	}
	found, err := db.Select[*ProcessTemplate](ctx, conn, db.Selection{
		Table: "process_templates", Columns: db.Columns[*ProcessTemplate](ctx, conn), Where: where, Order: "t.name_key, t.id", Limit: maxTemplates,
	})
	if err != nil {
		return nil, fmt.Errorf("list process templates: %w", err)
	}
	return found, nil
}

// maxTemplates is how many templates an office has at most.
const maxTemplates = 200

// SaveProcessTemplateInput is a template as it is to be.
type SaveProcessTemplateInput struct {
	ID               *ID
	ExpectedVersion  *int
	Name             string
	CardTypes        []CardType
	IsSingleInstance bool
	Steps            []*ProcessTemplateStep
}

// SaveProcessTemplatePayload is the answer to Save.
type SaveProcessTemplatePayload struct {
	Outcome
	Template *ProcessTemplate
}

// Save makes a template, or replaces what one says. Processes that run keep what they started with.
func (s *ProcessTemplates) Save(ctx context.Context, input SaveProcessTemplateInput) (*SaveProcessTemplatePayload, error) {
	return write(ctx, s.core, ManageProcesses, func(ctx context.Context, tx *Tx) (*SaveProcessTemplatePayload, error) {
		fields := patchingAt("input")
		template, err := tx.processTemplateToSave(ctx, input, fields)
		if err != nil {
			return nil, err
		}
		before := *template
		input.apply(template, fields)
		if err := tx.checkAssignees(ctx, template, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		if input.ID != nil {
			return &SaveProcessTemplatePayload{Template: template}, tx.updateProcessTemplate(ctx, &before, template)
		}
		if _, err := tx.NewInsert().Model(template).Exec(ctx); err != nil {
			return nil, sameTemplateName(err)
		}
		tx.logOffice(ProcessTemplateCreatedEvent, template.ID, template.Version, changesBetween(&ProcessTemplate{}, template))
		return &SaveProcessTemplatePayload{Template: template}, nil
	})
}

// processTemplateToSave is a new template, or the one that is replaced, as it was seen.
func (tx *Tx) processTemplateToSave(ctx context.Context, input SaveProcessTemplateInput, fields *patching) (*ProcessTemplate, error) {
	if input.ID != nil {
		if input.ExpectedVersion == nil {
			fields.refuse("expectedVersion", Text{NL: "Van welke versie gaat deze wijziging uit?", EN: "Which version does this change start from?"})
		}
		return tx.template(ctx, *input.ID, "id", input.ExpectedVersion)
	}
	n, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "process_templates", Where: []db.Part{ofOrganization(tx.Actor.OrganizationID)}})
	if err != nil {
		return nil, fmt.Errorf("count process templates: %w", err)
	}
	if n >= maxTemplates {
		return nil, &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Text{
			NL: "Een kantoor heeft ten hoogste 200 processen.",
			EN: "An office has at most 200 processes."}}
	}
	return tx.newTemplate(), nil
}

func (tx *Tx) newTemplate() *ProcessTemplate {
	return &ProcessTemplate{
		OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(workflowPrefix), Version: 1,
		CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor), UpdatedAt: tx.Now, UpdatedByID: actorID(tx.Actor),
	}
}

// checkAssignees refuses steps for colleagues that the office does not have.
func (tx *Tx) checkAssignees(ctx context.Context, template *ProcessTemplate, fields *patching) error {
	for i, step := range template.Steps {
		if step.Assignee.UserID == nil {
			continue
		}
		at := patchingAt(fields.at("steps")...).under(fmt.Sprint(i)).under("assignee")
		if err := tx.checkUsers(ctx, []ID{*step.Assignee.UserID}, at, "userId"); err != nil {
			return err
		}
		fields.faults = append(fields.faults, at.faults...)
	}
	return nil
}

// template locks a template, for a change or so that none happens meanwhile.
func (tx *Tx) template(ctx context.Context, id ID, field string, expectedVersion *int) (*ProcessTemplate, error) {
	var found []*ProcessTemplate
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock process template: %w", err)
	}
	if len(found) == 0 {
		return nil, notFound("input", field)
	}
	frame := CardFrame{Version: found[0].Version}
	return found[0], frame.at(expectedVersion)
}

// updateProcessTemplate saves a template that changed.
func (tx *Tx) updateProcessTemplate(ctx context.Context, before, template *ProcessTemplate) error {
	template.Version++
	template.UpdatedAt, template.UpdatedByID = tx.Now, actorID(tx.Actor)
	_, err := tx.NewUpdate().Model(template).ExcludeColumn("organization_id", "id", "created_at", "created_by").
		Where("organization_id = ? AND id = ?", template.OrganizationID, template.ID).Exec(ctx)
	tx.logOffice(ProcessTemplateUpdatedEvent, template.ID, template.Version, changesBetween(before, template))
	return sameTemplateName(err)
}

// sameTemplateName turns the violated unique index on the name into the user's error.
func sameTemplateName(err error) error {
	if !db.IsUnique(err, "process_templates_by_name", "process_templates.organization_id, process_templates.name_key") {
		return err
	}
	return &Error{Code: DuplicateName, Path: []string{"input", "name"}, Text: Text{
		NL: "Er is al een proces met deze naam.",
		EN: "There is a process with this name already."}}
}

// BlockProcessTemplateInput says which template to block.
type BlockProcessTemplateInput struct {
	ID              ID
	ExpectedVersion *int
}

// BlockProcessTemplatePayload is the answer to Block.
type BlockProcessTemplatePayload struct {
	Outcome
	Template *ProcessTemplate
}

// Block keeps a template from being started. What runs goes on; blocking again changes nothing.
func (s *ProcessTemplates) Block(ctx context.Context, input BlockProcessTemplateInput) (*BlockProcessTemplatePayload, error) {
	return write(ctx, s.core, ManageProcesses, func(ctx context.Context, tx *Tx) (*BlockProcessTemplatePayload, error) {
		template, err := tx.template(ctx, input.ID, "id", input.ExpectedVersion)
		if err != nil || template.BlockedAt != nil {
			return &BlockProcessTemplatePayload{Template: template}, err
		}
		before, now := *template, tx.Now
		template.BlockedAt = &now
		return &BlockProcessTemplatePayload{Template: template}, tx.updateProcessTemplate(ctx, &before, template)
	})
}

// UnblockProcessTemplateInput says which template can be started again.
type UnblockProcessTemplateInput struct {
	ID              ID
	ExpectedVersion *int
}

// UnblockProcessTemplatePayload is the answer to Unblock.
type UnblockProcessTemplatePayload struct {
	Outcome
	Template *ProcessTemplate
}

// Unblock lets a template be started again.
func (s *ProcessTemplates) Unblock(ctx context.Context, input UnblockProcessTemplateInput) (*UnblockProcessTemplatePayload, error) {
	return write(ctx, s.core, ManageProcesses, func(ctx context.Context, tx *Tx) (*UnblockProcessTemplatePayload, error) {
		template, err := tx.template(ctx, input.ID, "id", input.ExpectedVersion)
		if err != nil || template.BlockedAt == nil {
			return &UnblockProcessTemplatePayload{Template: template}, err
		}
		before := *template
		template.BlockedAt = nil
		return &UnblockProcessTemplatePayload{Template: template}, tx.updateProcessTemplate(ctx, &before, template)
	})
}

// DeleteProcessTemplateInput says which template to delete.
type DeleteProcessTemplateInput struct {
	ID              ID
	ExpectedVersion *int
}

// DeleteProcessTemplatePayload is the answer to Delete.
type DeleteProcessTemplatePayload struct {
	Outcome
	DeletedID *ID
}

// Delete removes a template that was never started. One that was is blocked instead: what it made still names it.
func (s *ProcessTemplates) Delete(ctx context.Context, input DeleteProcessTemplateInput) (*DeleteProcessTemplatePayload, error) {
	return write(ctx, s.core, ManageProcesses, func(ctx context.Context, tx *Tx) (*DeleteProcessTemplatePayload, error) {
		template, err := tx.template(ctx, input.ID, "id", input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		started, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "processes", Where: []db.Part{ofOrganization(tx.Actor.OrganizationID),
			{SQL: "t.template_id = ?", Args: []any{string(template.ID)}}}})
		if err != nil {
			return nil, fmt.Errorf("count what was started by a template: %w", err)
		}
		if started > 0 {
			return nil, &Error{Code: TemplateInUse, Path: []string{"input", "id"}, Text: Text{
				NL: "Dit proces is al gestart; blokkeer het in plaats daarvan.",
				EN: "This process was started before; block it instead."}}
		}
		tx.logOffice(ProcessTemplateDeletedEvent, template.ID, template.Version+1, changesBetween(template, &ProcessTemplate{}))
		_, err = tx.NewDelete().Model(template).Where("organization_id = ? AND id = ?", template.OrganizationID, template.ID).Exec(ctx)
		return &DeleteProcessTemplatePayload{DeletedID: &template.ID}, err
	})
}
