package crm

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// Nomination is a person or a group offered for a request, or at work on a project. It is not a card: what happens
// to it is told on the request's or the project's. Fields with a `change` tag are what a colleague may edit.
type Nomination struct {
	bun.BaseModel `bun:"table:nominations,alias:t"`

	OrganizationID  ID `bun:",pk"`
	ID              ID `bun:",pk"`
	Version         int
	EngagementID    ID
	Kind            NominationKind `change:"kind"`
	Name            string         `change:"name"`
	NameKey         string         `read:"-"` // folded: the same person elsewhere
	HourlyRateCents *Decimal       `bun:"hourly_rate" change:"hourlyRate"`
	StartOn         *Date          `change:"startOn"`
	EndOn           *Date          `change:"endOn"`
	HourTypeIDs     []ID           `bun:"hour_type_ids,type:text" change:"hourTypeIds"`
	ExpenseTypeIDs  []ID           `bun:"expense_type_ids,type:text" change:"expenseTypeIds"`
	Status          NominationStatus
	Remark          *string `change:"remark"`
}

// NominationKind is what is offered.
type NominationKind string

// Person is one individual; the other kinds are groups.
const Person NominationKind = "PERSON"

// NominationStatus is how far the offer is.
type NominationStatus string

// The statuses; the schema says what each means.
const (
	Proposed      NominationStatus = "PROPOSED"
	Interviewing  NominationStatus = "INTERVIEW"
	Selected      NominationStatus = "SELECTED"
	Declined      NominationStatus = "REJECTED"
	TakenBack     NominationStatus = "WITHDRAWN"
	AtWork        NominationStatus = "ACTIVE"
	NoLongerThere NominationStatus = "ENDED"
)

// The kinds of events of nominations.
const (
	NominationAddedEvent       EventKind = "NOMINATION_ADDED"
	NominationUpdatedEvent     EventKind = "NOMINATION_UPDATED"
	NominationInterviewedEvent EventKind = "NOMINATION_INTERVIEWED"
	NominationSelectedEvent    EventKind = "NOMINATION_SELECTED"
	NominationRejectedEvent    EventKind = "NOMINATION_REJECTED"
	NominationWithdrawnEvent   EventKind = "NOMINATION_WITHDRAWN"
	NominationEndedEvent       EventKind = "NOMINATION_ENDED"
)

// The codes of nominations.
const (
	NominationOutsideTerm ErrorCode = "NOMINATION_OUTSIDE_TERM"
	NominationNotOpen     ErrorCode = "NOMINATION_NOT_OPEN"
	NominationNotActive   ErrorCode = "NOMINATION_NOT_ACTIVE"
)

// The warnings of nominations.
const (
	PersonElsewhere   WarningCode = "PERSON_ELSEWHERE"
	OutsideWantedTerm WarningCode = "OUTSIDE_WANTED_TERM"
	NominationsCut    WarningCode = "NOMINATIONS_CUT"
	DoesNotBill       WarningCode = "DOES_NOT_BILL"
)

// IsNode marks a Node.
func (*Nomination) IsNode() {}

// NodeID is the nomination's id.
func (n *Nomination) NodeID() ID { return n.ID }

// HourlyRate is the rate without VAT.
func (n *Nomination) HourlyRate() *Money { return euros(n.HourlyRateCents) }

// on gives the nomination as it is on a day: who was at work until a day that has passed is no longer there.
func (n *Nomination) on(today Date) *Nomination {
	if n != nil && n.Status == AtWork && n.EndOn != nil && *n.EndOn < today {
		n.Status = NoLongerThere
	}
	return n
}

// NominationFields are the fields of a nomination as input: absent leaves, null clears, a value sets.
type NominationFields struct {
	Kind           graphql.Omittable[*NominationKind]
	Name           graphql.Omittable[*string]
	HourlyRate     graphql.Omittable[*MoneyInput]
	StartOn        graphql.Omittable[*Date]
	EndOn          graphql.Omittable[*Date]
	HourTypeIds    graphql.Omittable[[]ID]
	ExpenseTypeIds graphql.Omittable[[]ID]
	Remark         graphql.Omittable[*string]
}

// apply sets the given fields on the nomination, each checked and in its stored form.
func (f NominationFields) apply(n *Nomination, p *patching) {
	replace(p, "kind", f.Kind, &n.Kind)
	p.required("name", f.Name, &n.Name, upTo(200))
	p.money("hourlyRate", f.HourlyRate, &n.HourlyRateCents)
	value(p, "startOn", f.StartOn, &n.StartOn, asIs)
	value(p, "endOn", f.EndOn, &n.EndOn, asIs)
	if n.StartOn != nil && n.EndOn != nil && *n.EndOn < *n.StartOn {
		p.refuse("endOn", Text{NL: "Een einde ligt niet voor het begin.", EN: "An end does not lie before the start."})
	}
	p.ids("hourTypeIds", f.HourTypeIds, &n.HourTypeIDs, maxTypes, tooManyTypes)
	p.ids("expenseTypeIds", f.ExpenseTypeIds, &n.ExpenseTypeIDs, maxTypes, tooManyTypes)
	p.text("remark", f.Remark, &n.Remark, upTo(2000))
	n.NameKey = fold(n.Name)
}

// maxTypes bounds how many types of hours or expenses a nomination has.
const maxTypes = 50

var tooManyTypes = Text{NL: "Ten hoogste 50 waarden.", EN: "At most 50 values."}

// mayStep says whether an offer can come to a status from the one it has.
func (n *Nomination) mayStep(to NominationStatus) error {
	from := map[NominationStatus][]NominationStatus{
		Interviewing: {Proposed},
		Selected:     {Proposed, Interviewing},
		Declined:     {Proposed, Interviewing, Selected},
		TakenBack:    {Proposed, Interviewing, Selected},
	}
	for _, status := range from[to] {
		if n.Status == status {
			return nil
		}
	}
	return &Error{Code: NominationNotOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "De voordracht kan deze stap niet zetten vanuit de status die zij heeft.",
		EN: "The nomination cannot take this step from the status it has."}}
}

// within says whether the nomination keeps to the term of what it is for.
func (n *Nomination) within(d *Dossier) bool {
	begins := n.StartOn == nil || d.Start == nil || *n.StartOn >= *d.Start
	ends := d.EndOn == nil || n.EndOn != nil && *n.EndOn <= *d.EndOn
	return begins && ends && (n.StartOn == nil || d.EndOn == nil || *n.StartOn <= *d.EndOn)
}

// keepWithin cuts the nomination to the project's term; one that lies beyond it altogether ends, and so does every
// one when the project is over.
func (n *Nomination) keepWithin(project *Dossier) {
	if project.Status == Ended {
		n.Status = NoLongerThere
	}
	if n.StartOn != nil && *n.StartOn < *project.Start {
		n.StartOn = project.Start
	}
	if project.EndOn != nil && (n.EndOn == nil || *n.EndOn > *project.EndOn) {
		n.EndOn = project.EndOn
	}
	if n.StartOn != nil && n.EndOn != nil && *n.EndOn < *n.StartOn {
		n.StartOn, n.Status = n.EndOn, NoLongerThere
	}
}
