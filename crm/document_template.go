package crm

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/page"
)

// Pages of templates, under the names that the schema gives them.
type (
	// DocumentTemplateConnection is a page of templates.
	DocumentTemplateConnection = page.Connection[*DocumentTemplate]
	// DocumentTemplateEdge is a row of templates with its place.
	DocumentTemplateEdge = page.Edge[*DocumentTemplate]
)

// The events of templates and of the letterhead; they are the office's.
const (
	DocumentTemplateCreatedEvent EventKind = "DOCUMENT_TEMPLATE_CREATED"
	DocumentTemplateUpdatedEvent EventKind = "DOCUMENT_TEMPLATE_UPDATED"
	LetterheadChangedEvent       EventKind = "LETTERHEAD_CHANGED"
)

// DocumentTemplateInactive is the code of a template that is out of use.
const DocumentTemplateInactive ErrorCode = "DOCUMENT_TEMPLATE_INACTIVE"

// TemplateKind is what a template makes.
type TemplateKind string

// DocumentTemplate is a text with places that are filled in for each document.
type DocumentTemplate struct {
	bun.BaseModel `bun:"table:document_templates,alias:t"`

	OrganizationID ID
	ID             ID
	Version        int
	Name           string `change:"name"`
	NameKey        string
	Kind           TemplateKind `change:"kind"`
	CategoryID     *ID          `change:"category"`
	CardTypes      []CardType   `bun:"type:text" change:"cardTypes"`
	Language       Language     `change:"language"`
	Subject        string       `change:"subject"`
	Body           string       `change:"body"`
	Active         bool         `change:"isActive"`
	CreatedAt      time.Time
	CreatedByID    *ID `bun:"created_by"`
	UpdatedAt      time.Time
	UpdatedByID    *ID `bun:"updated_by"`
}

// IsNode marks a Node.
func (*DocumentTemplate) IsNode() {}

// NodeID is the template's id.
func (t *DocumentTemplate) NodeID() ID { return t.ID }

// IsActive tells whether documents can be made from it.
func (t *DocumentTemplate) IsActive() bool { return t.Active }

// DocumentTemplateVersion is what a template said at some time.
type DocumentTemplateVersion struct {
	bun.BaseModel `bun:"table:document_template_versions,alias:t"`

	OrganizationID ID
	TemplateID     ID
	Version        int
	Subject        string
	Body           string
	SavedAt        time.Time
	SavedByID      *ID `bun:"saved_by"`
}

// SaveDocumentTemplateInput is a template as it is to be.
type SaveDocumentTemplateInput struct {
	ID              *ID
	ExpectedVersion *int
	Name            string
	Kind            TemplateKind
	CategoryID      *ID
	CardTypes       []CardType
	Language        Language
	Subject         string
	Body            string
	IsActive        bool
}

// maxBody is how long the text of a document may be, in characters.
const maxBody = 50_000

// apply sets what the template says, everything checked but the category.
func (in SaveDocumentTemplateInput) apply(t *DocumentTemplate, p *patching) {
	t.Name = p.needed("name", in.Name, upTo(100))
	t.NameKey = fold(t.Name)
	t.Subject = p.needed("subject", in.Subject, mergeable(200))
	t.Body = p.needed("body", in.Body, mergeable(maxBody))
	p.printable("subject", in.Subject)
	p.printable("body", in.Body)
	t.Kind, t.Language, t.Active = in.Kind, in.Language, in.IsActive
	t.CardTypes = distinct(in.CardTypes)
	if len(t.CardTypes) == 0 {
		p.refuse("cardTypes", Text{NL: "Kies ten minste één kaarttype.", EN: "Choose at least one type of card."})
	}
}

// mayUse says whether a document of a kind can be made from the template on cards of these types.
func (t *DocumentTemplate) mayUse(kind CommunicationKind, cards []CardType, path []string) *Error {
	switch {
	case t == nil:
		return notFound(path...)
	case !t.Active:
		return &Error{Code: DocumentTemplateInactive, Path: path, Text: Text{
			NL: "Dit sjabloon is niet meer in gebruik.", EN: "This template is no longer in use."}}
	case string(t.Kind) != string(kind):
		return Invalid(Text{NL: "Dit sjabloon is voor een ander soort stuk.", EN: "This template is for another kind of paper."}, path...)
	case !slices.ContainsFunc(cards, func(card CardType) bool { return slices.Contains(t.CardTypes, card) }):
		return Invalid(Text{NL: "Dit sjabloon is niet voor dit soort kaart.", EN: "This template is not for this type of card."}, path...)
	}
	return nil
}
