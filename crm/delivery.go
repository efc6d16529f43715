package crm

import (
	"time"

	"github.com/uptrace/bun"

	"klantkaart/mail"
)

// MailDeliveryStatus is how far an e-mail is on its way out.
type MailDeliveryStatus string

// The statuses.
const (
	DeliveryQueued  MailDeliveryStatus = "QUEUED"
	DeliverySending MailDeliveryStatus = "SENDING"
	DeliverySent    MailDeliveryStatus = "SENT"
	DeliveryFailed  MailDeliveryStatus = "FAILED"
)

// MailDeliveryErrorCode is why a delivery went wrong, for programs: as the mail server's failure is called, or
// that it is ours.
type MailDeliveryErrorCode string

// deliveryInternal says that the fault is this program's own.
const deliveryInternal MailDeliveryErrorCode = "INTERNAL"

// MailDelivery is an e-mail in the spool, or what became of it.
type MailDelivery struct {
	bun.BaseModel `bun:"table:outbox,alias:t"`

	OrganizationID  ID
	CommunicationID ID
	Status          MailDeliveryStatus
	Attempts        int
	QueuedByID      ID `bun:"queued_by"`
	QueuedAt        time.Time
	NextAttemptAt   *time.Time
	LeaseUntil      *time.Time
	Fault           *MailDeliveryErrorCode
	FinishedAt      *time.Time

	language Language // of who reads it
}

// NodeID is the id of the e-mail.
func (d *MailDelivery) NodeID() ID { return d.CommunicationID }

// MailDeliveryError is why a delivery went wrong.
type MailDeliveryError struct {
	Code    MailDeliveryErrorCode
	Message string
}

// Failure is what went wrong the last time; nil when nothing did.
func (d *MailDelivery) Failure() *MailDeliveryError {
	if d.Fault == nil {
		return nil
	}
	texts := map[MailDeliveryErrorCode]Text{
		MailDeliveryErrorCode(mail.Rejected):        {"De mailserver weigert deze e-mail; controleer de adressen.", "The mail server refuses this e-mail; check the addresses."},
		MailDeliveryErrorCode(mail.Postponed):       {"De mailserver neemt deze e-mail nu niet aan.", "The mail server does not take this e-mail now."},
		MailDeliveryErrorCode(mail.Unreachable):     {"De mailserver is niet bereikbaar, of de verbinding viel weg.", "The mail server cannot be reached, or the connection broke."},
		MailDeliveryErrorCode(mail.Unauthenticated): {"De mailserver laat ons niet toe; vraag de beheerder naar de instellingen.", "The mail server does not let us in; ask the operator about the settings."},
		deliveryInternal:                            {"Er ging iets mis bij het versturen.", "Something went wrong while sending."},
	}
	return &MailDeliveryError{Code: *d.Fault, Message: texts[*d.Fault].In(d.language)}
}

// The terms of the spool.
const (
	// mailLease is how long a server that sends an e-mail has for it. It is longer than a mail server may take.
	mailLease = 3 * time.Minute
	// maxMailAttempts is how often an e-mail is tried, over some two days.
	maxMailAttempts = 18
	firstMailPause  = time.Minute
	longestPause    = 4 * time.Hour
)

// mailPause is how long to wait after so many attempts: four times as long each time, up to four hours.
func mailPause(attempts int) time.Duration {
	pause := firstMailPause
	for range attempts - 1 {
		if pause *= 4; pause >= longestPause {
			return longestPause
		}
	}
	return pause
}
