package crm

import (
	"context"
	"fmt"
	"path"
	"strings"

	"klantkaart/glyph"
)

// composition is what a draft is to be made of. Where a subject or a text is not given, the template's is
// taken.
type composition struct {
	kind         CommunicationKind
	subjectField string // how the input calls the subject
	templateID   *ID
	fileID       *ID
	subject      *string
	body         *string
	categoryID   *ID
	contactID    *ID
	engagementID *ID

	customer *Customer
	template *DocumentTemplate
	files    []*File
	merging  *merging
	fields   *patching
}

// compose makes a draft and stores it.
func (tx *Tx) compose(ctx context.Context, customerID ID, c composition) (*Message, error) {
	customer, err := tx.customerInUse(ctx, customerID)
	if err != nil {
		return nil, err
	}
	c.customer, c.fields = customer, patchingAt("input")
	if err := tx.gatherFor(ctx, &c); err != nil {
		return nil, err
	}
	subject, body := c.words()
	if err := c.fields.err(); err != nil {
		return nil, err
	}
	m := &Message{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer.ID,
		EngagementID: c.engagementID, Kind: c.kind, Direction: Outgoing, Status: Draft, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now}
	m.Subject, m.Body = tx.merged(&c, subject, body)
	m.SearchText = searchFoldAll(&m.Subject, &m.Body)
	if len(c.files) > 0 {
		m.FileName = &c.files[0].Name
	}
	return m, tx.storeDraft(ctx, m, &c)
}

// gatherFor finds everything that a draft is made of, and notes what is wrong with it.
func (tx *Tx) gatherFor(ctx context.Context, c *composition) error {
	if (c.templateID != nil) == (c.fileID != nil) && c.kind == DocumentKind {
		c.fields.refuse("templateId", Text{NL: "Kies een sjabloon of een bestand.", EN: "Choose a template or a file."})
	}
	m := &merging{customer: c.customer, language: LanguageNL, today: tx.Today}
	c.merging = m
	if err := tx.gatherPeople(ctx, c); err != nil {
		return err
	}
	if c.fileID != nil {
		var err error
		if c.files, err = tx.filesToAttach(ctx, []ID{*c.fileID}, c.fields, "fileId"); err != nil {
			return err
		}
	}
	if c.templateID != nil {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "document_templates", []ID{*c.templateID}, (*DocumentTemplate).NodeID)
		if err != nil {
			return err
		}
		if fault := found[0].mayUse(c.kind, c.cardTypes(), c.fields.at("templateId")); fault != nil {
			c.fields.faults = append(c.fields.faults, fault)
		} else {
			c.template, m.language = found[0], found[0].Language
		}
	}
	_, err := tx.lookup(ctx, DocumentCategoryList, c.categoryID, nil, c.fields, "categoryId")
	if c.categoryID == nil && c.template != nil {
		c.categoryID = c.template.CategoryID
	}
	return err
}

// gatherPeople finds to whom and by whom it is, and what it is about.
func (tx *Tx) gatherPeople(ctx context.Context, c *composition) error {
	m := c.merging
	if c.contactID != nil {
		if err := tx.checkContacts(ctx, c.customer, []ID{*c.contactID}, true, c.fields, "contactId"); err != nil {
			return err
		}
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contacts", []ID{*c.contactID}, (*Contact).NodeID)
		if err != nil {
			return err
		}
		if m.contact = found[0]; m.contact != nil {
			m.language = m.contact.Language
		}
	}
	if err := tx.checkEngagement(ctx, c.customer, c.engagementID, c.fields); err != nil {
		return err
	}
	if c.engagementID != nil {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{*c.engagementID}, (*Dossier).NodeID)
		if err != nil {
			return err
		}
		m.engagement = found[0]
	}
	authors, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "users", []ID{tx.Actor.UserID}, (*User).NodeID)
	if err != nil {
		return err
	}
	m.author = authors[0]
	m.letterhead, err = letterhead(ctx, tx.Conn, tx.Actor.OrganizationID)
	return err
}

// cardTypes are the types of the cards that the draft is about.
func (c *composition) cardTypes() []CardType {
	types := []CardType{c.customer.Type()}
	if c.merging.contact != nil {
		types = append(types, ContactCard)
	}
	if c.merging.engagement != nil {
		types = append(types, CardType(c.merging.engagement.Phase)) // the phases are called like their cards
	}
	return types
}

// words are subject and text before they are merged, checked.
func (c *composition) words() (subject, body string) {
	sound := len(c.fields.faults) == 0 // otherwise what is missing may only be the wrong template's
	switch {
	case c.template != nil:
		subject, body = c.template.Subject, c.template.Body
	case len(c.files) > 0:
		subject = strings.TrimSuffix(c.files[0].Name, path.Ext(c.files[0].Name))
	}
	if c.subject != nil || subject == "" && sound {
		subject = c.fields.needed(c.subjectField, deref(c.subject), mergeable(200))
	}
	if c.body != nil || body == "" && c.kind == LetterKind && sound {
		body = c.fields.needed("body", deref(c.body), mergeable(maxBody))
	}
	if c.fileID == nil { // what was uploaded is not printed here
		c.fields.printable(c.subjectField, deref(c.subject))
		c.fields.printable("body", deref(c.body))
	}
	return subject, body
}

// merged fills the fields in, and warns of those without a value, each once.
func (tx *Tx) merged(c *composition, subject, body string) (mergedSubject, mergedBody string) {
	mergedSubject, lacking := c.merging.merge(subject)
	mergedBody, more := c.merging.merge(body)
	mergedSubject = cut(strings.Join(strings.Fields(mergedSubject), " "), 200)
	for _, key := range distinct(append(lacking, more...)) {
		tx.warn(MergeValueMissing, Textf("Voor het veld %s is er geen waarde.", "There is no value for the field %s.", key))
	}
	return mergedSubject, mergedBody
}

// storeDraft writes the draft as its template and its addressee want it.
func (tx *Tx) storeDraft(ctx context.Context, m *Message, c *composition) error {
	details := &DocumentDetails{OrganizationID: m.OrganizationID, CommunicationID: m.ID, Version: 1, CategoryID: c.categoryID,
		Language: c.merging.language, AddresseeID: c.contactID, AddressLines: []string{}}
	if c.template != nil {
		details.TemplateID, details.TemplateVersion = &c.template.ID, &c.template.Version
	}
	if m.Kind == LetterKind {
		details.AddressLines = envelope(c.customer, c.merging.contact)
		details.Salutation = opening(details.Language, c.merging.contact)
	}
	said := append([]string{m.Subject, m.Body, details.Salutation}, details.AddressLines...)
	if lacking := glyph.Lacking(strings.Join(said, "\n")); len(lacking) > 0 && len(c.files) == 0 {
		tx.warn(ValueNotPrintable, notPrintable(lacking, inQuotes).Text)
	}
	return tx.insertPaper(ctx, m, details, c.contactID, c.files)
}

// insertPaper writes a document or a letter with its details, whom it is with, and its files.
func (tx *Tx) insertPaper(ctx context.Context, m *Message, details *DocumentDetails, contact *ID, files []*File) error {
	var contacts []ID
	if contact != nil {
		contacts = []ID{*contact}
	}
	if err := tx.insertMessage(ctx, m, contacts); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(details).Exec(ctx); err != nil {
		return fmt.Errorf("insert details: %w", err)
	}
	return tx.attach(ctx, m.ID, files)
}
