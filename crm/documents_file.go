package crm

import (
	"context"
	"path"
	"strings"
	"time"

	"klantkaart/page"
)

// FileDocumentInput is a document that came in, or that went out another way.
type FileDocumentInput struct {
	CustomerID   ID
	FileID       ID
	Direction    CommunicationDirection
	At           *time.Time
	Title        *string
	CategoryID   *ID
	ContactID    *ID
	EngagementID *ID
}

// FileDocumentPayload is the answer to File.
type FileDocumentPayload struct {
	Outcome
	Document          *Document
	CommunicationEdge *page.Edge[Communication]
}

// File puts a document on the timeline that has come or gone already. An archived card takes it too, and it may be of
// someone who has left, as with e-mails: what happened is a part of the history, whenever it is filed.
func (s *Documents) File(ctx context.Context, input FileDocumentInput) (*FileDocumentPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*FileDocumentPayload, error) {
		customer, err := tx.customer(ctx, input.CustomerID, nil)
		if err != nil {
			return nil, faultAt(err, "customerId")
		}
		fields := patchingAt("input")
		files, err := tx.checkFiled(ctx, customer, input, fields)
		if err != nil {
			return nil, err
		}
		m := &Message{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID, EngagementID: input.EngagementID,
			Kind: DocumentKind, Direction: input.Direction, Status: Received, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now}
		if input.At != nil {
			m.At = *input.At
		}
		details := &DocumentDetails{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Version: 1, CategoryID: input.CategoryID,
			Language: LanguageNL, AddressLines: []string{}}
		if input.Direction == Outgoing {
			m.Status, details.AddresseeID, details.SentAt = Sent, input.ContactID, &m.At
		}
		m.Subject, m.FileName = files[0].Name, &files[0].Name
		if input.Title != nil {
			m.Subject = *input.Title
		} else {
			m.Subject = cut(strings.TrimSuffix(m.Subject, path.Ext(m.Subject)), 200)
		}
		m.SearchText = m.searchText()
		document := &Document{m}
		return &FileDocumentPayload{Document: document, CommunicationEdge: timelineEdge(document)}, tx.insertPaper(ctx, m, details, input.ContactID, files)
	})
}

// checkFiled tells all that is wrong with what is filed, and finds its file.
func (tx *Tx) checkFiled(ctx context.Context, customer *Customer, input FileDocumentInput, fields *patching) ([]*File, error) {
	if input.Direction == Internal {
		fields.refuse("direction", Text{NL: "Kwam het stuk binnen, of ging het uit?", EN: "Did it come in, or go out?"})
	}
	if input.At != nil && input.At.After(tx.Now) {
		fields.refuse("at", Text{NL: "Dit moment is nog niet geweest.", EN: "This moment is still to come."})
	}
	if input.Title != nil {
		*input.Title = fields.needed("title", *input.Title, upTo(200))
	}
	if input.ContactID != nil {
		if err := tx.checkContacts(ctx, customer, []ID{*input.ContactID}, false, fields, "contactId"); err != nil {
			return nil, err
		}
	}
	if err := tx.checkEngagement(ctx, customer, input.EngagementID, fields); err != nil {
		return nil, err
	}
	if _, err := tx.lookup(ctx, DocumentCategoryList, input.CategoryID, nil, fields, "categoryId"); err != nil {
		return nil, err
	}
	files, err := tx.filesToAttach(ctx, []ID{input.FileID}, fields, "fileId")
	if err != nil {
		return nil, err
	}
	return files, fields.err()
}
