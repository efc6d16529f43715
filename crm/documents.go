package crm

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
	"klantkaart/page"
)

// Documents are the documents and letters on the timelines.
type Documents struct {
	*core
	emails *Emails
}

// CreateDocumentInput is a new document: from a template, or an uploaded file.
type CreateDocumentInput struct {
	CustomerID   ID
	TemplateID   *ID
	FileID       *ID
	Title        *string
	CategoryID   *ID
	ContactID    *ID
	EngagementID *ID
}

// CreateDocumentPayload is the answer to Create.
type CreateDocumentPayload struct {
	Outcome
	Document          *Document
	CommunicationEdge *page.Edge[Communication]
}

// Create puts the draft of a document on the timeline of a relation in daily use.
func (s *Documents) Create(ctx context.Context, input CreateDocumentInput) (*CreateDocumentPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*CreateDocumentPayload, error) {
		draft := composition{kind: DocumentKind, subjectField: "title", templateID: input.TemplateID, fileID: input.FileID,
			subject: input.Title, categoryID: input.CategoryID, contactID: input.ContactID, engagementID: input.EngagementID}
		message, err := tx.compose(ctx, input.CustomerID, draft)
		if err != nil {
			return nil, err
		}
		document := &Document{message}
		return &CreateDocumentPayload{Document: document, CommunicationEdge: timelineEdge(document)}, nil
	})
}

// CreateLetterInput is a new letter: from a template, or written freely.
type CreateLetterInput struct {
	CustomerID   ID
	TemplateID   *ID
	Subject      *string
	Body         *string
	CategoryID   *ID
	ContactID    *ID
	EngagementID *ID
}

// CreateLetterPayload is the answer to CreateLetter.
type CreateLetterPayload struct {
	Outcome
	Letter            *Letter
	CommunicationEdge *page.Edge[Communication]
}

// CreateLetter puts the draft of a letter on the timeline of a relation in daily use.
func (s *Documents) CreateLetter(ctx context.Context, input CreateLetterInput) (*CreateLetterPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*CreateLetterPayload, error) {
		draft := composition{kind: LetterKind, subjectField: "subject", templateID: input.TemplateID, subject: input.Subject, body: input.Body,
			categoryID: input.CategoryID, contactID: input.ContactID, engagementID: input.EngagementID}
		message, err := tx.compose(ctx, input.CustomerID, draft)
		if err != nil {
			return nil, err
		}
		letter := &Letter{message}
		return &CreateLetterPayload{Letter: letter, CommunicationEdge: timelineEdge(letter)}, nil
	})
}

func timelineEdge(c Communication) *page.Edge[Communication] {
	return page.NewEdge(c, timelineScope(TimelineArgs{}), timeline(nil, TimelineArgs{}).values(c))
}

// UpdateDocumentInput is a change of a draft: what is absent stays.
type UpdateDocumentInput struct {
	ID              ID
	ExpectedVersion int
	Subject         graphql.Omittable[*string]
	Body            graphql.Omittable[*string]
	Salutation      graphql.Omittable[*string]
	AddressLines    graphql.Omittable[[]string]
	CategoryID      graphql.Omittable[*ID]
}

// UpdateDocumentPayload is the answer to Update.
type UpdateDocumentPayload struct {
	Outcome
	Communication Communication
}

// Update changes a draft.
func (s *Documents) Update(ctx context.Context, input UpdateDocumentInput) (*UpdateDocumentPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*UpdateDocumentPayload, error) {
		_, p, err := tx.draft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := p.mayChange(); err != nil {
			return nil, err
		}
		if err := sameVersion(input.ExpectedVersion, p.details.Version); err != nil {
			return nil, err
		}
		before, was := *p.Message, *p.details
		fields := patchingAt("input")
		if err := tx.applyToDraft(ctx, p, input, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		answer := &UpdateDocumentPayload{Communication: p.communication()}
		changes := differing([]FieldChange{
			{Field: "subject", From: before.Subject, To: p.Subject}, {Field: "body", From: before.Body, To: p.Body},
			{Field: "salutation", From: was.Salutation, To: p.details.Salutation}, {Field: "addressLines", From: was.AddressLines, To: p.details.AddressLines},
			{Field: "category", From: was.CategoryID, To: p.details.CategoryID}})
		if len(changes) == 0 {
			return answer, nil
		}
		if err := tx.savePaper(ctx, p); err != nil {
			return nil, err
		}
		return answer, tx.logMessage(ctx, DocumentUpdatedEvent, p.Message, changes)
	})
}

// applyToDraft sets the given fields, each checked.
func (tx *Tx) applyToDraft(ctx context.Context, p *paper, input UpdateDocumentInput, fields *patching) error {
	fields.required("subject", input.Subject, &p.Subject, mergeable(200))
	if input.Body.IsSet() && len(p.files) > 0 {
		fields.refuse("body", Text{NL: "Een geüpload bestand heeft geen tekst.", EN: "An uploaded file has no text."})
	} else if input.Body.IsSet() {
		fields.required("body", input.Body, &p.Body, mergeable(maxBody))
	}
	if p.Kind == LetterKind {
		if input.Salutation.IsSet() {
			fields.required("salutation", input.Salutation, &p.details.Salutation, upTo(100))
		}
		if lines, set := input.AddressLines.ValueOK(); set {
			p.details.AddressLines = fields.addressLines("addressLines", lines)
		}
	} else if input.Salutation.IsSet() || input.AddressLines.IsSet() {
		fields.refuse("salutation", Text{NL: "Alleen een brief heeft een aanhef en een adres.", EN: "Only a letter has a salutation and an address."})
	}
	if len(p.files) == 0 {
		input.checkPrintable(fields)
	}
	if category, set := input.CategoryID.ValueOK(); set {
		if _, err := tx.lookup(ctx, DocumentCategoryList, category, p.details.CategoryID, fields, "categoryId"); err != nil {
			return err
		}
		p.details.CategoryID = category
	}
	p.SearchText = searchFoldAll(&p.Subject, &p.Body)
	return nil
}

// checkPrintable refuses what cannot be printed of the texts that are given.
func (in UpdateDocumentInput) checkPrintable(fields *patching) {
	fields.printable("subject", deref(in.Subject.Value()))
	fields.printable("body", deref(in.Body.Value()))
	fields.printable("salutation", deref(in.Salutation.Value()))
	fields.printable("addressLines", strings.Join(in.AddressLines.Value(), "\n"))
}

// DiscardDocumentInput says which draft to throw away.
type DiscardDocumentInput struct{ ID ID }

// DiscardDocumentPayload is the answer to Discard.
type DiscardDocumentPayload struct {
	Outcome
	DiscardedID *ID
}

// Discard takes a draft off the timeline. The log keeps that it was there; its files go after a day.
func (s *Documents) Discard(ctx context.Context, input DiscardDocumentInput) (*DiscardDocumentPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*DiscardDocumentPayload, error) {
		_, p, err := tx.draft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := p.mayChange(); err != nil {
			return nil, err
		}
		if err := tx.detach(ctx, p.ID); err != nil {
			return nil, err
		}
		if err := tx.unlinkContacts(ctx, p.Message); err != nil {
			return nil, err
		}
		if _, err := tx.NewDelete().Table("documents").Where("organization_id = ? AND communication_id = ?", p.OrganizationID, p.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("discard details of draft: %w", err)
		}
		if _, err := tx.NewDelete().Table("communications").Where("organization_id = ? AND id = ?", p.OrganizationID, p.ID).Exec(ctx); err != nil {
			return nil, fmt.Errorf("discard draft: %w", err)
		}
		return &DiscardDocumentPayload{DiscardedID: &p.ID},
			tx.logMessage(ctx, DocumentDiscardedEvent, p.Message, []FieldChange{{Field: "subject", From: p.Subject}})
	})
}

// draft locks a draft for a change, and first the relation it is for, which must be in daily use.
func (tx *Tx) draft(ctx context.Context, id ID) (*Customer, *paper, error) {
	found, err := tx.paper(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	customer, err := tx.customer(ctx, found.CustomerID, nil)
	if err != nil {
		return nil, nil, err
	}
	locked, err := tx.paper(ctx, id) // as it is now that nobody else changes it
	if err != nil {
		return nil, nil, err
	}
	if err := customer.inUse(); err != nil {
		return nil, nil, err
	}
	if err := locked.isDraft(); err != nil {
		return nil, nil, err
	}
	locked.delivery, err = tx.delivery(ctx, locked.Message)
	return customer, locked, err
}

func (tx *Tx) paper(ctx context.Context, id ID) (*paper, error) {
	return readPaper(ctx, tx.Conn, tx.Actor.OrganizationID, id, "input", "id")
}

// readPaper reads a document or a letter with its details, or answers NOT_FOUND.
func readPaper(ctx context.Context, conn db.Conn, organization, id ID, path ...string) (*paper, error) {
	ctx = db.WithFields(ctx, db.Fields{})
	messages, err := byIDs(ctx, conn, organization, "communications", []ID{id}, (*Message).NodeID)
	if err != nil {
		return nil, err
	}
	if m := messages[0]; m == nil || (m.Kind != DocumentKind && m.Kind != LetterKind) {
		return nil, notFound(path...)
	}
	var details []*DocumentDetails
	if err := conn.NewSelect().Model(&details).Where("organization_id = ? AND communication_id = ?", organization, id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("details of %s: %w", id, err)
	}
	if len(details) == 0 {
		return nil, notFound(path...)
	}
	files, err := attachmentsOf(ctx, conn, organization, []ID{id})
	return &paper{Message: messages[0], details: details[0], files: files[id]}, err
}

// savePaper writes a draft that changed.
func (tx *Tx) savePaper(ctx context.Context, p *paper) error {
	p.details.Version++
	if _, err := tx.NewUpdate().Model(p.Message).Where("organization_id = ? AND id = ?", p.OrganizationID, p.ID).Exec(ctx); err != nil {
		return fmt.Errorf("save %s: %w", p.ID, err)
	}
	if _, err := tx.NewUpdate().Model(p.details).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save details of %s: %w", p.ID, err)
	}
	return nil
}

// DetailsOf gives for each document or letter its details; nil for what is neither.
func (s *Documents) DetailsOf(ctx context.Context, communications []ID) ([]*DocumentDetails, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*DocumentDetails](ctx, conn, "SELECT "+db.Columns[*DocumentDetails](ctx, conn)+
		" FROM documents AS t WHERE t.organization_id = ? AND "+conn.In("t.communication_id"), string(actor.OrganizationID), db.List(conn, communications))
	if err != nil {
		return nil, fmt.Errorf("details of documents: %w", err)
	}
	return aligned(communications, rows, func(d *DocumentDetails) ID { return d.CommunicationID }), nil
}
