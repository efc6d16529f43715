package crm

import (
	"reflect"
	"time"
)

// ContactExportedEvent says that the data of a person were handed out.
const ContactExportedEvent EventKind = "CONTACT_EXPORTED"

// personalData is everything the office keeps of a person, for the person and for machines. Names of fields are those
// of the API; who wrote something is left out, for that is another person.
type personalData struct {
	MadeAt         time.Time            `json:"madeAt"`
	Office         string               `json:"office"`
	Person         map[string]any       `json:"person"`
	Functions      []functionOfPerson   `json:"functions"`
	Communications []messageOfPerson    `json:"communications"`
	Engagements    []dossierOfPerson    `json:"engagements"`
	Campaigns      []membershipOfPerson `json:"campaigns"`
	Checklist      []entryOfPerson      `json:"checklist"`
	Processes      []processOfPerson    `json:"processes"`
	Attentions     []attentionOfPerson  `json:"attentions"`
	Changes        []eventOfPerson      `json:"changes"`
}

type functionOfPerson struct {
	Title      string  `json:"title"`
	Department *string `json:"department"`
	StartOn    *Date   `json:"startOn"`
	EndOn      *Date   `json:"endOn"`
}

type messageOfPerson struct {
	ID           ID                     `json:"id"`
	CustomerID   ID                     `json:"customerId"`
	Kind         CommunicationKind      `json:"kind"`
	Direction    CommunicationDirection `json:"direction"`
	Status       CommunicationStatus    `json:"status"`
	At           time.Time              `json:"at"`
	Subject      string                 `json:"subject"`
	Body         string                 `json:"body"`
	Location     *string                `json:"location,omitempty"`
	From         *string                `json:"from,omitempty"`
	To           []string               `json:"to,omitempty"`
	Cc           []string               `json:"cc,omitempty"`
	Bcc          []string               `json:"bcc,omitempty"` // the person's own address alone: the others are not told
	Salutation   string                 `json:"salutation,omitempty"`
	AddressLines []string               `json:"addressLines,omitempty"`
	MailSubject  *string                `json:"mailSubject,omitempty"`
	MailMessage  *string                `json:"mailMessage,omitempty"`
	Files        []fileOfPerson         `json:"files,omitempty"`
}

type fileOfPerson struct {
	ID       ID     `json:"id"`
	Name     string `json:"name"`
	MimeType string `json:"mimeType"`
	Size     int    `json:"size"`
	Sha256   string `json:"sha256"`
}

type dossierOfPerson struct {
	ID         ID               `json:"id"`
	CustomerID ID               `json:"customerId"`
	Phase      EngagementPhase  `json:"phase"`
	Status     EngagementStatus `json:"status"`
	Number     string           `json:"number"`
	Title      string           `json:"title"`
}

type membershipOfPerson struct {
	CampaignID  ID                       `json:"campaignId"`
	CustomerID  ID                       `json:"customerId"`
	Status      CampaignMembershipStatus `json:"status"`
	Result      *string                  `json:"result"`
	RespondedAt *time.Time               `json:"respondedAt"`
}

type entryOfPerson struct {
	ItemID    ID         `json:"itemId"`
	Checked   bool       `json:"checked"`
	CheckedAt *time.Time `json:"checkedAt"`
	Note      *string    `json:"note"`
	NoteAt    *time.Time `json:"noteAt"`
}

type processOfPerson struct {
	Name         string         `json:"name"`
	Status       ProcessStatus  `json:"status"`
	StartedAt    time.Time      `json:"startedAt"`
	FinishedAt   *time.Time     `json:"finishedAt"`
	CancelReason *string        `json:"cancelReason"`
	Steps        []stepOfPerson `json:"steps"`
}

type stepOfPerson struct {
	Title       string            `json:"title"`
	Status      ProcessStepStatus `json:"status"`
	Outcome     *string           `json:"outcome"`
	Note        *string           `json:"note"`
	CompletedAt *time.Time        `json:"completedAt"`
}

type attentionOfPerson struct {
	Text       string         `json:"text"`
	Level      AttentionLevel `json:"level"`
	CreatedAt  time.Time      `json:"createdAt"`
	ValidUntil *Date          `json:"validUntil"`
	RemovedAt  *time.Time     `json:"removedAt"`
}

type eventOfPerson struct {
	Kind    EventKind     `json:"kind"`
	At      time.Time     `json:"at"`
	Changes []FieldChange `json:"changes"`
}

// personOf are a contact's own fields by their names in the API: those of which the log tells changes.
func personOf(c *Contact) map[string]any {
	person := map[string]any{"id": c.ID, "name": c.Name, "customerId": c.CustomerID, "createdAt": c.CreatedAt, "updatedAt": c.UpdatedAt,
		"archivedAt": c.ArchivedAt, "archivedReason": c.ArchivedReason, "salutation": c.Salutation(), "addressLine": c.AddressLine()}
	value := reflect.ValueOf(c).Elem()
	for i := range value.NumField() {
		if name, ok := value.Type().Field(i).Tag.Lookup("change"); ok {
			person[name] = value.Field(i).Interface()
		}
	}
	return person
}

// told is an event on the person's own card, as it is told.
func (e *Event) told() eventOfPerson {
	changes := e.Changes
	if e.Whole != nil {
		changes = e.Whole
	}
	return eventOfPerson{Kind: e.Kind, At: e.At, Changes: changes}
}

// told is of an event on another card what concerns the person.
func (t *traces) told(event *Event) eventOfPerson {
	told := event.told()
	all := told.Changes
	told.Changes = []FieldChange{}
	for _, change := range all {
		switch change.Field {
		case "to", "cc", "bcc":
			told.Changes = append(told.Changes, FieldChange{Field: change.Field, From: t.ownAmong(change.From), To: t.ownAmong(change.To)})
		case "salutation", "addressLines":
			told.Changes = append(told.Changes, change)
		}
	}
	return told
}

// ownAmong are the person's addresses in a list as the log keeps it.
func (t *traces) ownAmong(logged any) []string {
	own := []string{}
	list, _ := logged.([]any)
	for _, one := range list {
		if address, ok := one.(string); ok && t.has(address) {
			own = append(own, address)
		}
	}
	return own
}

// told is a communication as the person is told of it.
func (m *Message) told(t *traces, details *DocumentDetails, files []*File) messageOfPerson {
	told := messageOfPerson{ID: m.ID, CustomerID: m.CustomerID, Kind: m.Kind, Direction: m.Direction, Status: m.Status, At: m.At,
		Subject: m.Subject, Body: m.Body, Location: m.Location, From: m.MailFrom, To: m.MailTo, Cc: m.MailCc}
	for _, address := range m.MailBcc {
		if t.has(address) {
			told.Bcc = append(told.Bcc, address)
		}
	}
	if details != nil && details.AddresseeID != nil && *details.AddresseeID == t.contact.ID {
		told.Salutation, told.AddressLines = details.Salutation, details.AddressLines
		told.MailSubject, told.MailMessage = details.MailSubject, details.MailMessage
	}
	for _, file := range files {
		told.Files = append(told.Files, fileOfPerson{file.ID, file.Name, file.MimeType, file.Size, file.Sha256})
	}
	return told
}
