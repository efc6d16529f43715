package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"klantkaart/letter"
)

// SendDocumentInput says which document or letter goes out, and how.
type SendDocumentInput struct {
	ID              ID
	ExpectedVersion *int
	Channel         DocumentChannel
	Subject         *string
	Message         *string
}

// SendDocumentPayload is the answer to Send.
type SendDocumentPayload struct {
	Outcome
	Communication Communication
}

// maxLetter bounds how large a laid-out letter may be, in bytes.
const maxLetter = 25 << 20

// Send marks a document or a letter as sent, or puts it into the spool of e-mails. What it looks like now is kept as a
// file: the letterhead and the templates may change, what was sent does not. The file is laid out and stored before the
// transaction, in which nobody waits for a store; a draft that a colleague changed meanwhile is a conflict.
func (s *Documents) Send(ctx context.Context, input SendDocumentInput) (*SendDocumentPayload, error) {
	laidOut, seen, err := s.layOut(ctx, input)
	if err != nil {
		return nil, err
	}
	payload, err := write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*SendDocumentPayload, error) {
		customer, p, err := tx.draft(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := p.maySendAgain(); err != nil {
			return nil, err
		}
		if input.ExpectedVersion != nil {
			seen = *input.ExpectedVersion
		}
		if err := sameVersion(seen, p.details.Version); err != nil {
			return nil, err
		}
		if err := p.maySend(input.Channel); err != nil {
			return nil, err
		}
		if err := input.check(); err != nil {
			return nil, err
		}
		if p.delivery != nil {
			if err := tx.unspool(ctx, p.delivery); err != nil {
				return nil, err
			}
		}
		if laidOut != nil {
			if err := tx.attach(ctx, p.ID, []*File{laidOut}); err != nil {
				return nil, err
			}
			p.FileName = &laidOut.Name
		}
		if input.Channel == ByEmail {
			return &SendDocumentPayload{Communication: p.communication()}, s.spool(ctx, tx, customer, p, input)
		}
		return &SendDocumentPayload{Communication: p.communication()}, tx.markSent(ctx, p, input.Channel)
	})
	if laidOut != nil && mannerFrom(ctx).Try != nil {
		err = errors.Join(err, s.abandon(ctx, laidOut))
	}
	return payload, err
}

// check refuses words around what does not go by e-mail.
func (in SendDocumentInput) check() error {
	fields := patchingAt("input")
	for field, given := range map[string]bool{"subject": in.Subject != nil, "message": in.Message != nil} {
		if given && in.Channel != ByEmail {
			fields.refuse(field, Text{NL: "Dit hoort bij verzending per e-mail.", EN: "This belongs to sending by e-mail."})
		}
	}
	return fields.err()
}

// markSent notes that a document or a letter went out, from now on as it is.
func (tx *Tx) markSent(ctx context.Context, p *paper, via DocumentChannel) error {
	now := tx.Now
	p.Status, p.At = Sent, now
	p.details.SentVia, p.details.SentAt, p.details.SentByID = &via, &now, actorID(tx.Actor)
	p.notMailed() // of an e-mail that could not be delivered
	if err := tx.savePaper(ctx, p); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Table("communication_contacts").Set("at = ?", now).
		Where("organization_id = ? AND communication_id = ?", p.OrganizationID, p.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("move %s on the timelines of its contacts: %w", p.ID, err)
	}
	return tx.logMessage(ctx, DocumentSentEvent, p.Message, sending(via))
}

// sending is what the log tells of a document or a letter that went out.
func sending(via DocumentChannel) []FieldChange {
	return []FieldChange{{Field: "status", From: Draft, To: Sent}, {Field: "sentVia", To: via}}
}

// layOut makes and stores the file of a draft that has none, and tells of which version it is. Whatever is
// wrong with the request is told by the verb itself, and then nothing is made.
func (s *Documents) layOut(ctx context.Context, input SendDocumentInput) (file *File, version int, err error) {
	actor, err := ActorFrom(ctx)
	if err != nil || actor.may(EditDocuments) != nil {
		return nil, 0, err
	}
	p, err := readPaper(ctx, s.db.Read(), actor.OrganizationID, input.ID)
	if err != nil {
		return nil, 0, ignoreFaults(err)
	}
	if p.maySend(input.Channel) != nil || len(p.files) > 0 || (input.ExpectedVersion != nil && *input.ExpectedVersion != p.details.Version) {
		return nil, p.details.Version, nil //nolint:nilerr // Send refuses it, in its transaction
	}
	if input.Channel == ByEmail {
		if _, err := s.maySpool(ctx, s.db.Read(), p); err != nil {
			return nil, p.details.Version, ignoreFaults(err)
		}
	}
	sheet, err := s.sheetOf(ctx, p, s.moment())
	if err != nil {
		return nil, 0, err
	}
	if lacking := sheet.Lacking(); len(lacking) > 0 {
		return nil, 0, notPrintable(lacking, inQuotes, "input", "id")
	}
	content, err := sheet.PDF()
	if err != nil {
		return nil, 0, err
	}
	file, err = s.keep(ctx, actor, pdfName(p.Subject), pdfMimeType, &measured{content: bytes.NewReader(content), hash: sha256.New(), most: maxLetter})
	return file, p.details.Version, err
}

// ignoreFaults leaves what the user can mend to the verb.
func ignoreFaults(err error) error {
	if len(FaultsOf(err)) > 0 {
		return nil
	}
	return err
}

// pdfName names the file of a document by its subject.
func pdfName(subject string) string {
	name, fault := fileName(cut(subject, maxFileName-10) + ".pdf")
	if fault != nil {
		return "document.pdf"
	}
	return name
}

// Paper is a document or a letter as it is fetched: a file that was kept, or content that was laid out now.
type Paper struct {
	File    *File
	Name    string
	Content []byte
	At      time.Time
}

// Paper gives a document or a letter as it was sent, or as it would be sent now.
func (s *Documents) Paper(ctx context.Context, id ID) (*Paper, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	p, err := readPaper(ctx, conn, actor.OrganizationID, id, "id")
	if err != nil {
		return nil, err
	}
	if len(p.files) > 0 {
		return &Paper{File: p.files[0]}, nil
	}
	if p.Body == "" {
		return nil, notFound("id") // noted before files were kept
	}
	at := s.moment()
	if p.details.SentAt != nil {
		at = *p.details.SentAt
	}
	sheet, err := s.sheetOf(ctx, p, at)
	if err != nil {
		return nil, err
	}
	content, err := sheet.PDF()
	return &Paper{Name: pdfName(p.Subject), Content: content, At: at}, err
}

// sheetOf is what a document or a letter says at a moment, on the office's paper.
func (s *Documents) sheetOf(ctx context.Context, p *paper, at time.Time) (*letter.Letter, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	head, err := letterhead(ctx, conn, actor.OrganizationID)
	if err != nil {
		return nil, err
	}
	customers, err := byIDs(ctx, conn, actor.OrganizationID, "customers", []ID{p.CustomerID}, (*Customer).NodeID)
	if err != nil {
		return nil, err
	}
	number := ""
	if p.EngagementID != nil {
		found, err := byIDs(ctx, conn, actor.OrganizationID, "engagements", []ID{*p.EngagementID}, (*Dossier).NodeID)
		if err != nil {
			return nil, err
		}
		number = found[0].Number
	}
	var author *User
	if p.AuthorID != nil {
		found, err := byIDs(ctx, conn, actor.OrganizationID, "users", []ID{*p.AuthorID}, (*User).NodeID)
		if err != nil {
			return nil, err
		}
		author = found[0]
	}
	return new(p.sheet(head, customers[0].Name, number, author, at, s.day(at))), nil
}
