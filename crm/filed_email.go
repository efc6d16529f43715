package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"klantkaart/db"
	"klantkaart/mail"
)

// FileEmailInput is an e-mail from elsewhere, and where it belongs.
type FileEmailInput struct {
	CustomerID   *ID
	FileID       *ID
	Content      *string
	EngagementID *ID
}

// FileEmailPayload is the answer to File.
type FileEmailPayload struct {
	Outcome
	Email *Email
}

// maxMailContent is how long an e-mail that is given as text may be, in characters.
const maxMailContent = 200_000

// File puts an e-mail from elsewhere on the timeline, with what is attached to it and the original. An archived
// card takes it too: what came in is a part of its history.
func (s *Emails) File(ctx context.Context, input FileEmailInput) (*FileEmailPayload, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.may(EditDocuments); err != nil {
		return nil, err
	}
	received, original, err := s.receive(ctx, input)
	if err != nil {
		return nil, err
	}
	if err := s.refuseFiled(ctx, actor, received); err != nil {
		return nil, err // before anything of it is kept
	}
	kept, err := s.keepParts(ctx, actor, received, original)
	if err != nil {
		return nil, err
	}
	payload, err := s.fileOnCard(ctx, input, received, kept)
	if err != nil || mannerFrom(ctx).Try != nil {
		for _, file := range kept.own {
			err = errors.Join(err, s.abandon(ctx, file))
		}
	}
	if err != nil {
		return nil, err
	}
	return payload, nil
}

// receive reads the e-mail. The original is what it was given as, nil when that is a file already.
func (s *Emails) receive(ctx context.Context, input FileEmailInput) (*mail.Received, []byte, error) {
	if (input.FileID == nil) == (input.Content == nil) {
		return nil, nil, Invalid(Text{NL: "Geef precies één van fileId en content.", EN: "Give exactly one of fileId and content."}, "input")
	}
	field := "content"
	var source io.Reader
	var original []byte
	if input.Content != nil {
		if utf8.RuneCountInString(*input.Content) > maxMailContent {
			return nil, nil, Invalid(*tooLong(maxMailContent), "input", "content")
		}
		original = []byte(*input.Content)
		source = bytes.NewReader(original)
	} else {
		field = "fileId"
		files := &Files{s.core}
		file, err := files.Get(ctx, *input.FileID)
		if err != nil {
			return nil, nil, faultAt(err, field)
		}
		content, err := files.Open(ctx, file, 0)
		if err != nil {
			return nil, nil, err
		}
		defer content.Close()
		source = content
	}
	received, err := mail.Read(source)
	switch {
	case errors.Is(err, mail.ErrTooLarge):
		return nil, nil, &Error{Code: LimitExceeded, Path: []string{"input", field}, Text: Text{
			NL: "De e-mail is te groot, of heeft te veel delen.",
			EN: "The e-mail is too large, or has too many parts."}}
	case errors.Is(err, mail.ErrMalformed):
		return nil, nil, Invalid(Text{NL: "Dit is geen e-mail.", EN: "This is no e-mail."}, "input", field)
	case err != nil:
		return nil, nil, err
	}
	if received.ID == "" { // one without an identity is known by what it says
		received.ID = contentIdentity(received)
	}
	return received, original, nil
}

// contentIdentity is an identity for an e-mail that has none, the same for the same e-mail.
func contentIdentity(received *mail.Received) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q", received.From.Email, received.Date, received.Subject, received.Text, received.HTML))
	return hex.EncodeToString(sum[:16]) + "@klantkaart.invalid"
}

// refuseFiled says that an e-mail is on a card already that the actor sees.
func (s *Emails) refuseFiled(ctx context.Context, actor Actor, received *mail.Received) error {
	there, err := s.byMessageIDs(ctx, s.db.Read(), actor.OrganizationID, []string{received.ID})
	if err != nil || len(there) == 0 {
		return err
	}
	card, err := (&Customers{s.core}).ByIDs(db.WithFields(ctx, db.Fields{}), []ID{there[0].CustomerID})
	if err != nil {
		return err
	}
	return &Error{Code: EmailAlreadyFiled, Path: []string{"input"}, SubjectID: &there[0].ID, Cards: asCards(card), Text: Textf(
		"Deze e-mail staat al op de kaart van %s.",
		"This e-mail is on the card of %s already.", card[0].Name)}
}

// keptParts are the files of an e-mail, and those of them that were made for it.
type keptParts struct{ all, own []*File }

// keepParts keeps what is attached, and the original behind it.
func (s *Emails) keepParts(ctx context.Context, actor Actor, received *mail.Received, original []byte) (kept keptParts, err error) {
	keep := func(name, mimeType string, content []byte) error {
		file, err := s.keep(ctx, actor, name, mimeType, &measured{content: bytes.NewReader(content), hash: sha256.New(), most: mail.MaxSize})
		if err == nil {
			kept.all, kept.own = append(kept.all, file), append(kept.own, file)
		}
		return err
	}
	for _, part := range received.Parts {
		name, fault := fileName(part.Name)
		if fault != nil {
			name = "bijlage"
		}
		mimeType, fault := typeOf(name, part.Content[:min(len(part.Content), sniffed)])
		if fault != nil {
			mimeType = "application/octet-stream" // kept as it came; nothing opens it by itself
		}
		if err = keep(name, mimeType, part.Content); err != nil {
			break
		}
	}
	if err == nil && len(original) > 0 {
		err = keep("bericht.eml", "message/rfc822", original)
	}
	if err != nil {
		for _, file := range kept.own {
			err = errors.Join(err, s.abandon(ctx, file))
		}
	}
	return kept, err
}

// fileOnCard makes the entry of the timeline.
func (s *Emails) fileOnCard(ctx context.Context, input FileEmailInput, received *mail.Received, kept keptParts) (*FileEmailPayload, error) {
	return write(ctx, s.core, EditDocuments, func(ctx context.Context, tx *Tx) (*FileEmailPayload, error) {
		if err := tx.Exclude(ctx, "e-mail "+string(tx.Actor.OrganizationID)+" "+received.ID); err != nil {
			return nil, err
		}
		answered, err := tx.answeredBy(ctx, received)
		if err != nil {
			return nil, err
		}
		customer, err := tx.cardOfMail(ctx, input, received, answered)
		if err != nil {
			return nil, err
		}
		if err := tx.stillUnfiled(ctx, received); err != nil {
			return nil, err
		}
		message := tx.receivedMessage(customer, received)
		if err := tx.place(ctx, customer, message, input, answered); err != nil {
			return nil, err
		}
		files, err := tx.withOriginal(ctx, input, kept)
		if err != nil {
			return nil, err
		}
		contacts, err := tx.contactsOfMail(ctx, customer, message, received)
		if err != nil {
			return nil, err
		}
		if err := tx.insertMessage(ctx, message, contacts); err != nil {
			return nil, err
		}
		return &FileEmailPayload{Email: &Email{message}}, tx.attach(ctx, message.ID, files)
	})
}

// stillUnfiled looks again, now that nobody else files the same e-mail. On a card that the actor does not see it is as good
// as nowhere: it is filed once more, or else the refusal would tell of it.
func (tx *Tx) stillUnfiled(ctx context.Context, received *mail.Received) error {
	seen, err := tx.core.byMessageIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, []string{received.ID})
	if err != nil || len(seen) == 0 {
		return err
	}
	return &Error{Code: EmailAlreadyFiled, Path: []string{"input"}, SubjectID: &seen[0].ID, Text: Text{
		NL: "Deze e-mail is al vastgelegd.",
		EN: "This e-mail is filed already."}}
}

// withOriginal adds the file that the e-mail was read from.
func (tx *Tx) withOriginal(ctx context.Context, input FileEmailInput, kept keptParts) ([]*File, error) {
	if input.FileID == nil {
		return kept.all, nil
	}
	fields := patchingAt("input")
	original, err := tx.filesToAttach(ctx, []ID{*input.FileID}, fields, "fileId")
	if err != nil {
		return nil, err
	}
	return append(kept.all, original...), fields.err()
}

// answeredBy finds the e-mails that this one answers, the nearest first.
func (tx *Tx) answeredBy(ctx context.Context, received *mail.Received) ([]*Message, error) {
	wanted := slices.Clone(received.References)
	slices.Reverse(wanted)
	if received.InReplyTo != "" {
		wanted = append([]string{received.InReplyTo}, wanted...)
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	rows, err := tx.core.byMessageIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, wanted)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b *Message) int {
		return slices.Index(wanted, deref(a.MessageID)) - slices.Index(wanted, deref(b.MessageID))
	})
	return rows, nil
}

// cardOfMail locks the relation on whose card the e-mail goes: the one that is given, that of what it answers, or
// the only one that knows an address of it.
func (tx *Tx) cardOfMail(ctx context.Context, input FileEmailInput, received *mail.Received, answered []*Message) (*Customer, error) {
	id := input.CustomerID
	if id == nil && len(answered) > 0 {
		id = &answered[0].CustomerID
	}
	if id == nil {
		known, err := db.Rows[*Contact](tx.Actor.looking(ctx), tx.Conn, "SELECT DISTINCT t.customer_id FROM contacts AS t WHERE t.organization_id = ? AND "+tx.In("t.email_key")+" LIMIT 2",
			string(tx.Actor.OrganizationID), db.List(tx.Conn, lowered(participants(received))))
		if err != nil {
			return nil, fmt.Errorf("relations of an e-mail: %w", err)
		}
		if len(known) != 1 {
			return nil, Invalid(Text{NL: "Bij welke relatie hoort deze e-mail?", EN: "To which relation does this e-mail belong?"}, "input", "customerId")
		}
		id = &known[0].CustomerID
	}
	customer, err := tx.customer(ctx, *id, nil)
	return customer, faultAt(err, "customerId")
}
