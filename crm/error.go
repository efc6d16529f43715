package crm

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrorCode is the stable code of a fault, for programs.
type ErrorCode string

// The codes; the schema says what each means.
const (
	BadInput                     ErrorCode = "BAD_INPUT"
	NotFound                     ErrorCode = "NOT_FOUND"
	Forbidden                    ErrorCode = "FORBIDDEN"
	Conflict                     ErrorCode = "CONFLICT"
	CardArchived                 ErrorCode = "CARD_ARCHIVED"
	AlreadyArchived              ErrorCode = "ALREADY_ARCHIVED"
	NotArchived                  ErrorCode = "NOT_ARCHIVED"
	NotACustomer                 ErrorCode = "NOT_A_CUSTOMER"
	RunningProjects              ErrorCode = "RUNNING_PROJECTS"
	ProspectNeedsHonouredRequest ErrorCode = "PROSPECT_NEEDS_HONOURED_REQUEST"
	RequestNotOpen               ErrorCode = "REQUEST_NOT_OPEN"
	ContactNotOfCustomer         ErrorCode = "CONTACT_NOT_OF_CUSTOMER"
	ContactArchived              ErrorCode = "CONTACT_ARCHIVED"
	ContactInUse                 ErrorCode = "CONTACT_IN_USE"
	Duplicate                    ErrorCode = "DUPLICATE"
	DuplicateEmail               ErrorCode = "DUPLICATE_EMAIL"
	AttentionRemoved             ErrorCode = "ATTENTION_REMOVED"
	AttentionNotAddressed        ErrorCode = "ATTENTION_NOT_ADDRESSED"
	LastAdministrator            ErrorCode = "LAST_ADMINISTRATOR"
	NotViewing                   ErrorCode = "NOT_VIEWING"
	DuplicateName                ErrorCode = "DUPLICATE_NAME"
	NoSelection                  ErrorCode = "NO_SELECTION"
	ReportArchived               ErrorCode = "REPORT_ARCHIVED"
	RunFinished                  ErrorCode = "RUN_FINISHED"
	LimitExceeded                ErrorCode = "LIMIT_EXCEEDED"
	LookupInactive               ErrorCode = "LOOKUP_INACTIVE"
)

// Unauthenticated is the code of a request without a known person behind it. It is never a user error.
const Unauthenticated ErrorCode = "UNAUTHENTICATED"

// Language is the language of texts for people.
type Language string

// The languages of documents; messages come in the first two.
const (
	LanguageNL Language = "NL"
	LanguageEN Language = "EN"
	LanguageDE Language = "DE"
	LanguageFR Language = "FR"
)

// Text is a sentence for users, in both languages of the product.
type Text struct{ NL, EN string }

// In gives the sentence in Dutch, or in English for every other language.
func (t Text) In(language Language) string {
	if language == LanguageNL {
		return t.NL
	}
	return t.EN
}

// Error is a fault that the user can mend.
type Error struct {
	Code           ErrorCode
	Text           Text
	Path           []string // below the arguments, such as input, patch, phone
	Conflicts      []*FieldConflict
	CurrentVersion *int
	RetryAfter     *int   // seconds, where an attempt came too soon
	Cards          []Card // what stands in the way
	SubjectID      *ID    // and what stands in the way beside cards
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Code, strings.Join(e.Path, "."), e.Text.EN)
}

// Faults are all faults of one input.
type Faults []*Error

func (f Faults) Error() string {
	texts := make([]string, len(f))
	for i, fault := range f {
		texts[i] = fault.Error()
	}
	return strings.Join(texts, "; ")
}

// FaultsOf gives what the user can mend of an error, or nil when there is nothing.
func FaultsOf(err error) Faults {
	var faults Faults
	if errors.As(err, &faults) {
		return faults
	}
	var one *Error
	if errors.As(err, &one) {
		return Faults{one}
	}
	return nil
}

// FieldConflict is a field that two people changed from the same starting point, and who saved it when;
// neither is known of what the log has forgotten.
type FieldConflict struct {
	Field       string
	Base        any
	Theirs      any
	Mine        any
	ChangedByID *ID
	ChangedAt   *time.Time
}

// Invalid says that an argument is missing, malformed or out of range.
func Invalid(text Text, path ...string) *Error {
	return &Error{Code: BadInput, Text: text, Path: path}
}

func notFound(path ...string) *Error {
	return &Error{Code: NotFound, Path: path, Text: Text{
		NL: "Dit bestaat niet, of niet voor u.",
		EN: "This does not exist, or not for you."}}
}

// orNil is the fault as an error; none is none.
func (e *Error) orNil() error {
	if e == nil {
		return nil
	}
	return e
}

// faultAt lays a user's fault at another argument of the input than the one that found it.
func faultAt(err error, name string) error {
	if fault := new(Error); errors.As(err, &fault) {
		fault.Path = []string{"input", name}
	}
	return err
}

func forbidden() *Error {
	return &Error{Code: Forbidden, Text: Text{
		NL: "U mag dit niet wijzigen.",
		EN: "You may not change this."}}
}

// ErrUnauthenticated says that nobody is signed in.
var ErrUnauthenticated error = &Error{Code: Unauthenticated, Text: Text{
	NL: "Meld u eerst aan.",
	EN: "Sign in first."}}

// WarningCode is the stable code of a warning, for programs.
type WarningCode string

// The codes; the schema says what each means.
const (
	PossibleDuplicate  WarningCode = "POSSIBLE_DUPLICATE"
	OpenLeads          WarningCode = "OPEN_LEADS"
	OpenRequests       WarningCode = "OPEN_REQUESTS"
	PastProjects       WarningCode = "PAST_PROJECTS"
	SentInvoices       WarningCode = "SENT_INVOICES"
	ActiveDaughters    WarningCode = "ACTIVE_DAUGHTERS"
	NotReachable       WarningCode = "NOT_REACHABLE"
	EmailAtRelatedCard WarningCode = "EMAIL_AT_RELATED_CARD"
)

// Warning is worth knowing about a change that happened.
type Warning struct {
	Code    WarningCode
	Message string // in the actor's language
	Cards   []Card
}
