package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails come in any charset
	parsing "github.com/emersion/go-message/mail"
)

// The limits of a mail that is read. What is beyond them was made to do harm.
const (
	MaxSize  = 25 << 20 // octets of the whole, and of what it unpacks to
	maxDepth = 20       // parts within parts
	maxParts = 200
	maxFiles = 50
)

// The reasons for which a mail is not read.
var (
	ErrMalformed = errors.New("this is no e-mail")
	ErrTooLarge  = errors.New("the e-mail is too large, or has too many parts")
)

// Received is a mail that was read.
type Received struct {
	Message
	// Parts are what is attached.
	Parts []Part
	// IsDated tells whether Date is what the mail says; otherwise it says nothing that can be read.
	IsDated bool
}

// Part is something attached to a mail that was read.
type Part struct {
	Name, MediaType string
	Content         []byte
}

// Read reads a mail. What is odd in it is read as well as it can be: mails come from everywhere.
func Read(source io.Reader) (*Received, error) {
	limited := &bounded{source: source, left: MaxSize}
	entity, err := message.ReadWithOptions(limited, &message.ReadOptions{MaxHeaderBytes: 1 << 20})
	if err != nil && !lenient(err) {
		return nil, limited.fault(err)
	}
	header := parsing.Header{Header: entity.Header}
	r := &reading{left: MaxSize, mail: &Received{}}
	if err := r.head(header); err != nil {
		return nil, err
	}
	if err := r.entity(entity, 0); err != nil {
		return nil, limited.fault(err)
	}
	r.mail.Text, r.mail.HTML = strings.TrimSpace(r.text.String()), strings.TrimSpace(r.html.String())
	return r.mail, nil
}

// lenient tells that a part is readable but for its charset or encoding.
func lenient(err error) bool { return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err) }

// bounded is a source that ends with a fault when there is too much of it.
type bounded struct {
	source io.Reader
	left   int64
}

func (b *bounded) Read(into []byte) (int, error) {
	n, err := b.source.Read(into)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// fault tells a mail that is too large from one that is broken, and both from a source that fails.
func (b *bounded) fault(err error) error {
	switch {
	case b.left < 0 || errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	case errors.Is(err, ErrMalformed):
		return ErrMalformed
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// reading is a mail while it is read.
type reading struct {
	mail       *Received
	left       int64 // octets that may still be unpacked
	parts      int
	text, html strings.Builder
}

// head reads what the mail says of itself. Without a sender, and without a date, an identity and a subject, it
// is none.
func (r *reading) head(header parsing.Header) error {
	m := &r.mail.Message
	from := addresses(header, "From")
	if len(from) == 0 {
		from = addresses(header, "Sender")
	}
	m.Subject = subject(header)
	m.ID = firstID(header, "Message-Id")
	date, err := header.Date()
	r.mail.IsDated = err == nil && date.Year() >= 1970 && date.Year() <= 9999
	if r.mail.IsDated {
		m.Date = date.UTC().Truncate(time.Millisecond)
	}
	if len(from) == 0 || (m.Subject == "" && m.ID == "" && !r.mail.IsDated) {
		return ErrMalformed
	}
	m.From, m.To, m.Cc = from[0], addresses(header, "To"), addresses(header, "Cc")
	m.InReplyTo = firstID(header, "In-Reply-To")
	m.References = ids(header, "References")
	return nil
}

// maxAddresses bounds how many addresses of a header are read.
const maxAddresses = 500

func addresses(header parsing.Header, key string) []Address {
	list, err := header.AddressList(key)
	if err != nil {
		return nil // an address that cannot be read is none
	}
	found := make([]Address, 0, len(list))
	for _, one := range list[:min(len(list), maxAddresses)] {
		if one.Address != "" {
			found = append(found, Address{Name: clean(one.Name), Email: one.Address})
		}
	}
	return found
}

func subject(header parsing.Header) string {
	text, err := header.Subject()
	if err != nil {
		text = header.Get("Subject")
	}
	return clean(text)
}

// clean makes one line of a header's text.
func clean(text string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
}

// maxID is how long a Message-ID may be, and maxIDs how many of them are read.
const (
	maxID  = 900
	maxIDs = 100
)

// ids reads Message-IDs. Programs write them in many ways, so whatever stands between angle brackets is one.
func ids(header parsing.Header, key string) []string {
	var found []string
	rest := header.Get(key)
	for len(found) < maxIDs {
		_, after, open := strings.Cut(rest, "<")
		id, behind, closed := strings.Cut(after, ">")
		if !open || !closed {
			return found
		}
		if id = strings.TrimSpace(id); id != "" && len(id) <= maxID && !strings.ContainsAny(id, "<\r\n\x00") {
			found = append(found, strings.ToValidUTF8(id, "\ufffd"))
		}
		rest = behind
	}
	return found
}

func firstID(header parsing.Header, key string) string {
	if found := ids(header, key); len(found) > 0 {
		return found[0]
	}
	return ""
}

// entity reads a part, with all that is in it.
func (r *reading) entity(entity *message.Entity, depth int) error {
	r.parts++
	if depth > maxDepth || r.parts > maxParts {
		return ErrTooLarge
	}
	parts := entity.MultipartReader()
	if parts == nil {
		return r.leaf(entity)
	}
	defer parts.Close()
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) || (err != nil && part == nil && strings.Contains(err.Error(), "NextPart: EOF")):
			return nil // with or without the last boundary
		case err != nil && !lenient(err):
			return err
		}
		if err := r.entity(part, depth+1); err != nil {
			return err
		}
	}
}

// leaf reads a part that holds no others: a text of the mail, or something attached.
func (r *reading) leaf(entity *message.Entity) error {
	mediaType, params, err := entity.Header.ContentType()
	if err != nil || mediaType == "" {
		mediaType = "text/plain"
	}
	disposition, dispositionParams, err := entity.Header.ContentDisposition()
	if err != nil {
		disposition = ""
	}
	name := dispositionParams["filename"]
	if name == "" {
		name = params["name"]
	}
	content, err := io.ReadAll(&bounded{source: entity.Body, left: r.left})
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	if err != nil && len(content) == 0 { // what was read before a broken end is worth having
		content = nil
	}
	r.left -= int64(len(content))
	mediaType = strings.ToLower(mediaType)
	isText := mediaType == "text/plain" || mediaType == "text/html"
	if isText && name == "" && !strings.EqualFold(disposition, "attachment") {
		r.words(mediaType, content)
		return nil
	}
	return r.attach(name, mediaType, content)
}

// words adds to the text of the mail: several texts follow each other.
func (r *reading) words(mediaType string, content []byte) {
	to, gap := &r.text, "\n\n"
	if mediaType == "text/html" {
		to, gap = &r.html, "<hr>"
	}
	if to.Len() > 0 {
		to.WriteString(gap)
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(content), "\ufffd"), "\r\n", "\n")
	to.WriteString(strings.ReplaceAll(text, "\x00", ""))
}

func (r *reading) attach(name, mediaType string, content []byte) error {
	if len(content) == 0 {
		return nil // there is nothing to keep
	}
	if len(r.mail.Parts) >= maxFiles {
		return ErrTooLarge
	}
	decoded, err := new(mime.WordDecoder).DecodeHeader(name) // against the standard, and common
	if err == nil {
		name = decoded
	}
	name = clean(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	if name == "" || name == "." || name == "/" {
		name = standardName(mediaType)
	}
	r.mail.Parts = append(r.mail.Parts, Part{Name: name, MediaType: mediaType, Content: bytes.Clone(content)})
	return nil
}

// standardName is what is attached without a name.
func standardName(mediaType string) string {
	switch mediaType {
	case "message/rfc822":
		return "bericht.eml"
	case "text/calendar":
		return "uitnodiging.ics"
	}
	return "bijlage"
}
