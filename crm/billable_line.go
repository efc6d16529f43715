package crm

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// BillableLineKind is what a line is for.
type BillableLineKind string

// The kinds; the schema says what each means.
const (
	HoursLine      BillableLineKind = "HOURS"
	ExpenseLine    BillableLineKind = "EXPENSE"
	InstalmentLine BillableLineKind = "INSTALMENT"
	RecurringLine  BillableLineKind = "RECURRING"
)

// BillableLineStatus is how far a line is on its way to an invoice.
type BillableLineStatus string

// The statuses; the first four come in this order.
const (
	LineOpen       BillableLineStatus = "OPEN"
	LineApproved   BillableLineStatus = "APPROVED"
	LineProposed   BillableLineStatus = "PROPOSED"
	LineInvoiced   BillableLineStatus = "INVOICED"
	LineWrittenOff BillableLineStatus = "WRITTEN_OFF"
)

// ApprovalGate is who approves lines.
type ApprovalGate string

// The gates.
const (
	HoursManagerGate  ApprovalGate = "HOURS_MANAGER"
	CustomerGate      ApprovalGate = "CUSTOMER"
	ProjectLeaderGate ApprovalGate = "PROJECT_LEADER"
)

// The kinds of events of lines.
const (
	BillableLineAddedEvent      EventKind = "BILLABLE_LINE_ADDED"
	BillableLineUpdatedEvent    EventKind = "BILLABLE_LINE_UPDATED"
	BillableLineApprovedEvent   EventKind = "BILLABLE_LINE_APPROVED"
	BillableLineProposedEvent   EventKind = "BILLABLE_LINE_PROPOSED"
	BillableLineInvoicedEvent   EventKind = "BILLABLE_LINE_INVOICED"
	BillableLineWrittenOffEvent EventKind = "BILLABLE_LINE_WRITTEN_OFF"
)

// The codes of what a line's status, or its project, does not allow.
const (
	LineNotOpen         ErrorCode = "LINE_NOT_OPEN"
	LineNotApproved     ErrorCode = "LINE_NOT_APPROVED"
	LineNotProposed     ErrorCode = "LINE_NOT_PROPOSED"
	LineClosed          ErrorCode = "LINE_CLOSED"
	LineNotBillable     ErrorCode = "LINE_NOT_BILLABLE"
	ApprovalRequired    ErrorCode = "APPROVAL_REQUIRED"
	AlreadyApproved     ErrorCode = "ALREADY_APPROVED"
	NothingToInvoice    ErrorCode = "NOTHING_TO_INVOICE"
	OrderNumberMissing  ErrorCode = "PURCHASE_ORDER_MISSING"
	NominationNotAtWork ErrorCode = "NOMINATION_NOT_AT_WORK"
)

// The codes of warnings about revenue.
const (
	RevenueRemains   WarningCode = "UNINVOICED_REVENUE"
	BeyondFixedPrice WarningCode = "BEYOND_FIXED_PRICE"
	OutsideTerm      WarningCode = "OUTSIDE_PROJECT_TERM"
)

// BillableLine is something worked, spent or agreed on a project.
type BillableLine struct {
	bun.BaseModel `bun:"table:billable_lines,alias:t"`

	OrganizationID   ID `bun:",pk"`
	ID               ID `bun:",pk"`
	Version          int
	CustomerID       ID
	ProjectID        ID
	NominationID     *ID                `change:"nominationId"`
	Kind             BillableLineKind   `change:"kind"`
	TypeID           *ID                `change:"typeId"`
	PeriodStartOn    Date               `bun:"period_start" change:"periodStartOn"`
	PeriodEndOn      Date               `bun:"period_end" change:"periodEndOn"`
	Description      *string            `change:"description"`
	Quantity         Decimal            `change:"quantity"`
	RateCents        Decimal            `bun:"rate" change:"rate"`
	AmountCents      Decimal            `bun:"amount" change:"amount"`
	Status           BillableLineStatus `change:"status"`
	IsBillable       bool               `bun:"billable" change:"isBillable"`
	IsSelfBilling    bool               `bun:"self_billing" change:"isSelfBilling"`
	Approvals        lineApprovals      `bun:"type:text" change:"approvals"`
	ApprovedOn       *Date              `change:"approvedOn"`
	ProposedOn       *Date              `change:"proposedOn"`
	ProposalNumber   *string            `change:"proposalNumber"`
	InvoicedOn       *Date              `change:"invoicedOn"`
	InvoiceNumber    *string            `change:"invoiceNumber"`
	WrittenOffOn     *Date              `change:"writtenOffOn"`
	WrittenOffReason *string            `change:"writtenOffReason"`
	CreatedAt        time.Time
	CreatedByID      *ID `bun:"created_by"`
	UpdatedAt        time.Time
	UpdatedByID      *ID `bun:"updated_by"`
}

// LineApproval is an approval that was given to a line.
type LineApproval struct {
	Gate ApprovalGate `json:"gate"`
	At   time.Time    `json:"at"`
	ByID *ID          `json:"by"`
}

// lineApprovals are those of one line, in their order.
type lineApprovals []*LineApproval

// Value stores them as JSON.
func (a lineApprovals) Value() (driver.Value, error) {
	encoded, err := json.Marshal(append([]*LineApproval{}, a...))
	return string(encoded), err
}

// IsNode marks a Node.
func (*BillableLine) IsNode() {}

// NodeID is the line's id.
func (l *BillableLine) NodeID() ID { return l.ID }

// Rate is the price of one piece or hour.
func (l *BillableLine) Rate() Money { return Money{Amount: l.RateCents} }

// Amount is what the line is worth.
func (l *BillableLine) Amount() Money { return Money{Amount: l.AmountCents} }

// priced works out the amount: quantity times rate, rounded half up to cents. Both are hundredths.
func (l *BillableLine) priced() { l.AmountCents = (l.Quantity*l.RateCents + 50) / 100 }

// must says that the line has a status, or else a fault with the code.
func (l *BillableLine) must(status BillableLineStatus, code ErrorCode, path ...string) error {
	if l.Status == status {
		return nil
	}
	return &Error{Code: code, Path: path, Text: Textf("De regel van %s is %s.", "The line of %s is %s.", l.PeriodStartOn, l.Status.text())}
}

// text tells the status in a sentence.
func (s BillableLineStatus) text() Text {
	return map[BillableLineStatus]Text{
		LineOpen:       {NL: "open", EN: "open"},
		LineApproved:   {NL: "geaccordeerd", EN: "approved"},
		LineProposed:   {NL: "voorgesteld", EN: "proposed"},
		LineInvoiced:   {NL: "gefactureerd", EN: "invoiced"},
		LineWrittenOff: {NL: "afgeboekt", EN: "written off"},
	}[s]
}

// approve notes an approval, and approves the line once all of the wanted ones are there.
func (l *BillableLine) approve(given *ApprovalGate, wanted []ApprovalGate, tx *Tx) error {
	if err := l.must(LineOpen, LineNotOpen, "input", "ids"); err != nil {
		return err
	}
	if len(wanted) > 0 && (given == nil || !slices.Contains(wanted, *given)) {
		return &Error{Code: ApprovalRequired, Path: []string{"input", "gate"}, Text: approvalBy(wanted)}
	}
	if given != nil {
		if l.approvedBy(*given) {
			return &Error{Code: AlreadyApproved, Path: []string{"input", "gate"}, Text: Text{
				NL: "Deze accordering was al gegeven.",
				EN: "This approval was given already."}}
		}
		l.Approvals = append(slices.Clone(l.Approvals), &LineApproval{Gate: *given, At: tx.Now, ByID: actorID(tx.Actor)})
	}
	for _, gate := range wanted {
		if !l.approvedBy(gate) {
			return nil
		}
	}
	today := tx.Today
	l.Status, l.ApprovedOn = LineApproved, &today
	return nil
}

// approvalBy says who approves.
func approvalBy(wanted []ApprovalGate) Text {
	names := map[ApprovalGate]Text{
		HoursManagerGate:  {NL: "de urenbewaker", EN: "the hours manager"},
		CustomerGate:      {NL: "de klant", EN: "the customer"},
		ProjectLeaderGate: {NL: "de projectleider", EN: "the project leader"},
	}
	var dutch, english []string
	for _, gate := range wanted {
		dutch, english = append(dutch, names[gate].NL), append(english, names[gate].EN)
	}
	return Text{
		NL: "Dit project vraagt accordering door " + strings.Join(dutch, " en ") + "; geef aan wie akkoord is.",
		EN: "This project wants approval by " + strings.Join(english, " and ") + "; say who approved."}
}

func (l *BillableLine) approvedBy(gate ApprovalGate) bool {
	return slices.ContainsFunc(l.Approvals, func(a *LineApproval) bool { return a.Gate == gate })
}

// gates are who approves the lines of a project with these preferences.
func (s *statement) gates() []ApprovalGate {
	var gates []ApprovalGate
	for _, one := range []struct {
		gate   ApprovalGate
		wanted *bool
	}{{HoursManagerGate, s.ApprovalByHoursManager}, {CustomerGate, s.ApprovalByCustomer}, {ProjectLeaderGate, s.ApprovalByProjectLeader}} {
		if yes(one.wanted) {
			gates = append(gates, one.gate)
		}
	}
	return gates
}

// worksIn tells whether hours of a period can be billed at the nomination's rate: it has one, and is or was
// at work in all of it.
func (n *Nomination) worksIn(from, to Date) bool {
	working := n.Status == AtWork || n.Status == NoLongerThere
	return working && n.HourlyRateCents != nil && (n.StartOn == nil || *n.StartOn <= from) && (n.EndOn == nil || *n.EndOn >= to)
}

// allows tells whether a line can be of a type: where any were agreed for the nomination, it is one of these.
func (n *Nomination) allows(kind BillableLineKind, chosen ID) bool {
	agreed := map[BillableLineKind][]ID{HoursLine: n.HourTypeIDs, ExpenseLine: n.ExpenseTypeIDs}[kind]
	return len(agreed) == 0 || slices.Contains(agreed, chosen)
}

// ShownChanges are the changes of an event without what the actor may not see: the amounts of a line.
func (e *Event) ShownChanges(ctx context.Context) []FieldChange {
	if e.SubjectID == nil || e.SubjectID.Prefix() != billableLinePrefix {
		return e.Changes
	}
	if actor, err := ActorFrom(ctx); err == nil && actor.Rights.Has(ViewFinance) {
		return e.Changes
	}
	return slices.DeleteFunc(slices.Clone(e.Changes), func(c FieldChange) bool {
		return c.Field == "quantity" || c.Field == "rate" || c.Field == "amount"
	})
}

// financial says that the actor may see and change amounts, and the projects that they are of: without these a sum
// would be too low.
func (a Actor) financial() error {
	if a.Rights.Has(ViewFinance) && a.Rights.Has(ViewEngagements) {
		return nil
	}
	return &Error{Code: Forbidden, Text: Text{
		NL: "U mag deze bedragen niet zien of wijzigen.",
		EN: "You may not see or change these amounts."}}
}
