// Package mail is about e-mails as they travel: writing and reading them (RFC 5322, MIME), and handing them to
// a mail server, or to a folder where there is none. It knows nothing of cards.
package mail

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Message is an e-mail.
type Message struct {
	// ID is the Message-ID, without angle brackets. It stays the same however often the message is handed over,
	// so that who gets it twice sees it once.
	ID          string
	Date        time.Time
	From        Address
	To, Cc, Bcc []Address
	Subject     string
	// Text is the plain text, HTML the same formatted; empty where there is none.
	Text, HTML string
	// InReplyTo and References are Message-IDs, without angle brackets.
	InReplyTo  string
	References []string
	Files      []File
}

// Address is a mailbox with the name of who reads it.
type Address struct{ Name, Email string }

// File is what is attached.
type File struct {
	Name, MediaType string
	// Open gives the content. The caller closes it.
	Open func() (io.ReadCloser, error)
}

// Sender hands messages over. When it returns without an error somebody else is responsible for the message;
// an error that is no Failure is this program's own.
type Sender interface {
	Send(ctx context.Context, message *Message) error
}

// FailureKind is why a message could not be handed over.
type FailureKind string

// The kinds.
const (
	Rejected        FailureKind = "REJECTED"        // the server will never take it
	Postponed       FailureKind = "POSTPONED"       // the server does not take it now
	Unreachable     FailureKind = "UNREACHABLE"     // the server does not answer, or the connection broke
	Unauthenticated FailureKind = "UNAUTHENTICATED" // the server does not let this program in
)

// Failure says that a message was not handed over, or that nobody knows whether it was.
type Failure struct {
	Kind FailureKind
	Err  error
}

func (f *Failure) Error() string { return fmt.Sprintf("hand over a mail (%s): %v", f.Kind, f.Err) }
func (f *Failure) Unwrap() error { return f.Err }

// IsFinal tells that trying again is of no use.
func (f *Failure) IsFinal() bool { return f.Kind == Rejected }
