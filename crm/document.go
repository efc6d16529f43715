package crm

import (
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// The codes, warnings and events of documents and letters.
const (
	DocumentSent    ErrorCode = "DOCUMENT_SENT"
	DraftIncomplete ErrorCode = "DRAFT_INCOMPLETE"

	MergeValueMissing WarningCode = "MERGE_VALUE_MISSING"

	DocumentUpdatedEvent   EventKind = "DOCUMENT_UPDATED"
	DocumentSentEvent      EventKind = "DOCUMENT_SENT"
	DocumentDiscardedEvent EventKind = "DOCUMENT_DISCARDED"
)

// DocumentChannel is how a document reached its addressee.
type DocumentChannel string

// The channels that do more than be noted; the schema lists them all.
const (
	ByPost  DocumentChannel = "POST"
	ByEmail DocumentChannel = "EMAIL"
)

// DocumentDetails are what a document or a letter has besides what every communication has.
type DocumentDetails struct {
	bun.BaseModel `bun:"table:documents,alias:t"`

	OrganizationID  ID `bun:",pk"`
	CommunicationID ID `bun:",pk"`
	Version         int
	TemplateID      *ID
	TemplateVersion *int
	CategoryID      *ID
	Language        Language
	AddresseeID     *ID
	AddressLines    []string `bun:"type:text"`
	Salutation      string
	SentVia         *DocumentChannel
	SentAt          *time.Time
	SentByID        *ID     `bun:"sent_by"`
	MailSubject     *string // of the e-mail around it; nil where that is as usual
	MailMessage     *string
}

// DocumentsPath is where documents and letters are fetched, below the address of the server; the id follows.
const DocumentsPath = "/documents/"

// URL is where the document is fetched: as it was sent, or as it would be sent now.
func (d *Document) URL() string { return DocumentsPath + string(d.ID) }

// URL is where the letter is fetched, as PDF: as it was sent, or as it would be sent now.
func (l *Letter) URL() string { return DocumentsPath + string(l.ID) }

// SentTo is the address to which the document goes by e-mail.
func (d *Document) SentTo() *string { return d.mailedTo() }

// SentTo is the address to which the letter goes by e-mail.
func (l *Letter) SentTo() *string { return l.mailedTo() }

func (m *Message) mailedTo() *string {
	if len(m.MailTo) == 0 {
		return nil
	}
	return &m.MailTo[0]
}

// paper is a document or a letter with its details.
type paper struct {
	*Message
	details  *DocumentDetails
	files    []*File
	delivery *MailDelivery // nil for what never went into the spool
}

// isDraft says that it was not sent: what was sent stays as it is, and a correction is a new one.
func (p *paper) isDraft() error {
	if p.Status == Draft {
		return nil
	}
	return &Error{Code: DocumentSent, Path: []string{"input", "id"}, Text: Text{
		NL: "Dit is verstuurd of ontvangen en verandert niet meer; maak een nieuw stuk.",
		EN: "This was sent or received and does not change any more; make a new one."}}
}

// maySend says whether it can go out over a channel as it is.
func (p *paper) maySend(via DocumentChannel) error {
	if err := p.isDraft(); err != nil {
		return err
	}
	if missing := append(unfilled(p.Subject), unfilled(p.Body)...); len(missing) > 0 {
		fields := strings.Join(distinct(missing), ", ")
		return &Error{Code: DraftIncomplete, Path: []string{"input", "id"}, Text: Text{
			NL: "Deze velden zijn nog niet ingevuld: " + fields + ".",
			EN: "These fields are not filled in yet: " + fields + "."}}
	}
	if p.Kind == LetterKind && via == ByPost && !hasPlace(p.details.AddressLines) {
		return &Error{Code: DraftIncomplete, Path: []string{"input", "channel"}, Text: placeless(p.details.AddressLines)}
	}
	return nil
}

// placeless says that mail to the addressee has no place to go to.
func placeless(lines []string) Text {
	if len(lines) == 0 {
		return Text{NL: "De brief heeft geen postadres.", EN: "The letter has no postal address."}
	}
	return Textf("De brief aan %s heeft geen postadres.", "The letter to %s has no postal address.", strings.Join(lines, ", "))
}
