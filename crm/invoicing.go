package crm

import (
	"database/sql/driver"
	"encoding/json"
	"reflect"
	"time"

	"github.com/uptrace/bun"
)

// InvoicingBasis is how an invoicing method calculates the amount.
type InvoicingBasis string

// TimeAndMaterial is hours times rate; the schema lists the others.
const TimeAndMaterial InvoicingBasis = "TIME_AND_MATERIAL"

// InvoiceFrequency is how often is invoiced.
type InvoiceFrequency string

// DeliveryChannel is how an invoice is sent.
type DeliveryChannel string

// The channels that want more than being chosen; the schema lists them all.
const (
	EmailPDF      DeliveryChannel = "EMAIL_PDF"
	EmailPDFUBL   DeliveryChannel = "EMAIL_PDF_UBL"
	PeppolNet     DeliveryChannel = "PEPPOL"
	PostedInvoice DeliveryChannel = "POST"
	NoDelivery    DeliveryChannel = "NONE"
)

// PostalAddressKind is one of the addresses on a relation's card.
type PostalAddressKind string

// InvoiceSplit is what gets invoices of its own.
type InvoiceSplit string

// The splits; the schema says what each means.
const (
	SplitByWorker        InvoiceSplit = "WORKER"
	SplitByWeek          InvoiceSplit = "WEEK"
	SplitByPurchaseOrder InvoiceSplit = "PURCHASE_ORDER"
)

// PeppolScheme is how a Peppol address is to be read.
type PeppolScheme string

// The schemes 0106, 0190 and 9944.
const (
	PeppolKVK PeppolScheme = "KVK"
	PeppolOIN PeppolScheme = "OIN"
	PeppolVAT PeppolScheme = "VAT"
)

// InvoicingLevel is who can state how is invoiced.
type InvoicingLevel string

// The levels, from the most general.
const (
	OrganizationLevel InvoicingLevel = "ORGANIZATION"
	CustomerLevel     InvoicingLevel = "CUSTOMER"
	RequestLevel      InvoicingLevel = "REQUEST"
	ProjectLevel      InvoicingLevel = "PROJECT"
)

// The kinds of changes of preferences: on a card, and of the office, which shows on no card.
const (
	InvoicingChangedEvent         EventKind = "INVOICING_CHANGED"
	InvoicingDefaultsChangedEvent EventKind = "INVOICING_DEFAULTS_CHANGED"
)

// choices are a list that can be stated empty: nil is not stated.
type choices[S ~string] []S

// Value stores the list as JSON; what is not stated is null.
func (c choices[S]) Value() (driver.Value, error) {
	if c == nil {
		return nil, nil
	}
	encoded, err := json.Marshal([]S(c))
	return string(encoded), err
}

// statement is what one level states about invoicing: the office, a relation, a request or a project. A
// field that is nil is left to the next level. The tags `change` name the fields as an update does.
type statement struct {
	bun.BaseModel `bun:"table:invoicing_preferences,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	OwnerID        ID
	Level          InvoicingLevel
	CustomerID     *ID
	EngagementID   *ID
	Version        int

	MethodID                *ID                   `change:"methodId"`
	SelfBilling             *bool                 `change:"selfBilling"`
	Frequency               *InvoiceFrequency     `change:"frequency"`
	PaymentConditionID      *ID                   `change:"paymentConditionId"`
	Channel                 *DeliveryChannel      `change:"delivery.channel"`
	Emails                  choices[string]       `bun:"type:text" change:"delivery.emails"`
	Cc                      choices[string]       `bun:"type:text" change:"delivery.cc"`
	AttentionContactID      *ID                   `change:"delivery.attentionContactId"`
	PostalAddressKind       *PostalAddressKind    `change:"delivery.postalAddressKind"`
	AttachHourSpecification *bool                 `change:"delivery.attachHourSpecification"`
	AttachTimesheets        *bool                 `change:"delivery.attachTimesheets"`
	SplitBy                 choices[InvoiceSplit] `bun:"type:text" change:"delivery.splitBy"`
	PurchaseOrderRequired   *bool                 `change:"delivery.purchaseOrderRequired"`
	CustomerReference       *string               `change:"delivery.customerReference"`
	PeppolScheme            *PeppolScheme         `change:"delivery.peppolScheme"`
	PeppolID                *string               `change:"delivery.peppolId"`
	ApprovalByHoursManager  *bool                 `change:"approval.hoursManager"`
	ApprovalByCustomer      *bool                 `change:"approval.customer"`
	ApprovalByProjectLeader *bool                 `change:"approval.projectLeader"`
	VatRegime               *VatRegime            `change:"vatRegime"`
	GAccountPercentage      *Decimal              `change:"gAccountPercentage"`

	Stamps stamps `bun:"type:text"`
}

// stamp says when a field was stated, by whom, and where it was copied from.
type stamp struct {
	At         time.Time       `json:"at"`
	ByID       *ID             `json:"by,omitempty"`
	CopiedFrom *InvoicingLevel `json:"copiedFrom,omitempty"`
}

// stamps are those of the stated fields, by their names.
type stamps map[string]stamp

// Value stores them as JSON.
func (s stamps) Value() (driver.Value, error) {
	encoded, err := json.Marshal(map[string]stamp(s))
	return string(encoded), err
}

// eachPreference calls back for every field that can be stated.
func eachPreference(s *statement, do func(name string, field reflect.Value)) {
	value := reflect.ValueOf(s).Elem()
	for i := range value.NumField() {
		if name, ok := value.Type().Field(i).Tag.Lookup("change"); ok {
			do(name, value.Field(i))
		}
	}
}

// cascade is what the levels state together, the nearest first.
type cascade []*statement

// from gives the level that decides on each field; a field that nobody states is absent.
func (c cascade) from() map[string]*statement {
	deciding := make(map[string]*statement)
	for _, level := range c {
		eachPreference(level, func(name string, field reflect.Value) {
			if deciding[name] == nil && !field.IsNil() {
				deciding[name] = level
			}
		})
	}
	return deciding
}

// effective is what counts: for each field what the nearest level states.
func (c cascade) effective() *statement {
	effective := &statement{}
	into := reflect.ValueOf(effective).Elem()
	for i := range into.NumField() {
		if _, ok := into.Type().Field(i).Tag.Lookup("change"); !ok {
			continue
		}
		for _, level := range c {
			if field := reflect.ValueOf(level).Elem().Field(i); !field.IsNil() {
				into.Field(i).Set(field)
				break
			}
		}
	}
	// Who bills itself gets nothing sent, whatever is chosen; the choice comes back with our own invoices.
	if yes(effective.SelfBilling) {
		effective.Channel = new(NoDelivery)
	}
	return effective
}

// copied is what a new request or project begins with: all that counts for it now, as its own.
func (c cascade) copied(at time.Time, by *ID) *statement {
	began := c.effective()
	began.Stamps = stamps{}
	deciding := c.from()
	eachPreference(began, func(name string, field reflect.Value) {
		if field.IsNil() {
			return
		}
		level := deciding[name]
		if level == nil { // the channel that self-billing makes
			level = deciding["selfBilling"]
		}
		began.Stamps[name] = stamp{At: at, ByID: by, CopiedFrom: &level.Level}
	})
	return began
}

// stampChanges notes who stated what is new, and forgets what was cleared.
func (s *statement) stampChanges(before *statement, at time.Time, by *ID) {
	noted := stamps{}
	old := make(map[string]any)
	eachPreference(before, func(name string, field reflect.Value) { old[name] = field.Interface() })
	eachPreference(s, func(name string, field reflect.Value) {
		if field.IsNil() {
			return
		}
		noted[name] = before.Stamps[name]
		if !reflect.DeepEqual(old[name], field.Interface()) {
			noted[name] = stamp{At: at, ByID: by}
		}
	})
	s.Stamps = noted
}

func yes(flag *bool) bool { return flag != nil && *flag }
