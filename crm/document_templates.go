package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// Templates are the texts from which an office makes its documents and letters, and its letterhead.
type Templates struct{ *core }

// DocumentTemplateArgs say which templates a list shows.
type DocumentTemplateArgs struct {
	Kind            *TemplateKind
	CardType        *CardType
	IncludeInactive bool
}

// List gives a page of the templates, by name.
func (s *Templates) List(ctx context.Context, args DocumentTemplateArgs, window page.Args) (*page.Connection[*DocumentTemplate], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID)}
	if !args.IncludeInactive {
		where = append(where, db.Part{SQL: "t.active"})
	}
	if args.Kind != nil {
		where = append(where, db.Part{SQL: "t.kind = ?", Args: []any{string(*args.Kind)}})
	}
	if args.CardType != nil { // a JSON list of names
		where = append(where, db.Part{SQL: "t.card_types LIKE ?", Args: []any{`%"` + string(*args.CardType) + `"%`}})
	}
	list := listing[*DocumentTemplate, *DocumentTemplate]{
		table: "document_templates", where: where, scope: scope("documentTemplates", args),
		row: same[*DocumentTemplate], node: same[*DocumentTemplate],
		keys: []key[*DocumentTemplate]{
			{column: "t.name_key", direction: Ascending, text: func(t *DocumentTemplate) string { return t.NameKey }},
			{column: "t.id", direction: Ascending, text: func(t *DocumentTemplate) string { return string(t.ID) }},
		},
	}
	return list.page(ctx, conn, window)
}

// ByIDs finds many templates, in the order of the ids; nil where there is none for the actor.
func (s *Templates) ByIDs(ctx context.Context, ids []ID) ([]*DocumentTemplate, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "document_templates", ids, (*DocumentTemplate).NodeID)
}

// VersionsOf gives for each template what it has said, newest first.
func (s *Templates) VersionsOf(ctx context.Context, templates []ID) ([][]*DocumentTemplateVersion, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*DocumentTemplateVersion](ctx, conn,
		"SELECT "+db.Columns[*DocumentTemplateVersion](ctx, conn)+" FROM document_template_versions AS t WHERE t.organization_id = ? AND "+
			conn.In("t.template_id")+" ORDER BY t.template_id, t.version DESC", string(actor.OrganizationID), db.List(conn, templates))
	if err != nil {
		return nil, fmt.Errorf("versions of templates: %w", err)
	}
	return grouped(templates, rows, func(v *DocumentTemplateVersion) ID { return v.TemplateID }), nil
}

// MergeFields are the places that a template may have.
func (s *Templates) MergeFields(ctx context.Context) ([]*MergeField, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var fields []*MergeField
	for _, field := range mergeFields() {
		fields = append(fields, &MergeField{Key: field.key, Description: field.description.In(actor.Language), Example: field.example})
	}
	return fields, nil
}

// SaveDocumentTemplatePayload is the answer to Save.
type SaveDocumentTemplatePayload struct {
	Outcome
	Template *DocumentTemplate
}

// Save makes a template, or a new version of one. Documents that were made keep their words.
func (s *Templates) Save(ctx context.Context, input SaveDocumentTemplateInput) (*SaveDocumentTemplatePayload, error) {
	return write(ctx, s.core, ManageTemplates, func(ctx context.Context, tx *Tx) (*SaveDocumentTemplatePayload, error) {
		template, err := tx.templateToSave(ctx, input)
		if err != nil {
			return nil, err
		}
		before, fields := *template, patchingAt("input")
		input.apply(template, fields)
		if _, err := tx.lookup(ctx, DocumentCategoryList, input.CategoryID, template.CategoryID, fields, "categoryId"); err != nil {
			return nil, err
		}
		template.CategoryID = input.CategoryID
		if err := fields.err(); err != nil {
			return nil, err
		}
		return &SaveDocumentTemplatePayload{Template: template}, tx.saveTemplate(ctx, &before, template)
	})
}

// templateToSave is a new template, or the one that is changed, locked and as it was seen.
func (tx *Tx) templateToSave(ctx context.Context, input SaveDocumentTemplateInput) (*DocumentTemplate, error) {
	if input.ID == nil {
		return &DocumentTemplate{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(documentTemplatePrefix),
			CreatedAt: tx.Now, CreatedByID: actorID(tx.Actor)}, nil
	}
	var found []*DocumentTemplate
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, *input.ID)).Scan(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock template: %w", err)
	case len(found) == 0:
		return nil, notFound("input", "id")
	case input.ExpectedVersion == nil:
		return nil, Invalid(Text{NL: "Van welke versie gaat deze wijziging uit?", EN: "Which version does this change start from?"}, "input", "expectedVersion")
	}
	return found[0], sameVersion(*input.ExpectedVersion, found[0].Version)
}

// saveTemplate writes a template that is new or was changed, and the version of it.
func (tx *Tx) saveTemplate(ctx context.Context, before, t *DocumentTemplate) error {
	t.Version++
	t.UpdatedAt, t.UpdatedByID = tx.Now, actorID(tx.Actor)
	kind := DocumentTemplateUpdatedEvent
	var err error
	if before.Version == 0 {
		kind = DocumentTemplateCreatedEvent
		_, err = tx.NewInsert().Model(t).Exec(ctx)
	} else {
		_, err = tx.NewUpdate().Model(t).ExcludeColumn("organization_id", "id", "created_at", "created_by").
			Where("organization_id = ? AND id = ?", t.OrganizationID, t.ID).Exec(ctx)
	}
	if db.IsUnique(err, "document_templates_by_name", "document_templates.organization_id, document_templates.name_key") {
		return &Error{Code: DuplicateName, Path: []string{"input", "name"}, Text: Text{
			NL: "Er is al een sjabloon met deze naam.", EN: "There is a template with this name already."}}
	}
	if err != nil {
		return fmt.Errorf("save template: %w", err)
	}
	if _, err := tx.NewInsert().Model(t.asVersion()).Exec(ctx); err != nil {
		return fmt.Errorf("insert version of template: %w", err)
	}
	tx.logOffice(kind, t.ID, t.Version, changesBetween(before, t))
	return nil
}

func (t *DocumentTemplate) asVersion() *DocumentTemplateVersion {
	return &DocumentTemplateVersion{OrganizationID: t.OrganizationID, TemplateID: t.ID, Version: t.Version, Subject: t.Subject, Body: t.Body,
		SavedAt: t.UpdatedAt, SavedByID: t.UpdatedByID}
}
