package crm

import (
	"github.com/uptrace/bun"
)

// EngagementPhase is one of the three phases of selling and delivering.
type EngagementPhase string

// The phases.
const (
	LeadPhase    EngagementPhase = "LEAD"
	RequestPhase EngagementPhase = "REQUEST"
	ProjectPhase EngagementPhase = "PROJECT"
)

// EngagementStatus is the status within the phase.
type EngagementStatus string

// The statuses; the schema says what each means.
const (
	Open      EngagementStatus = "OPEN"
	Converted EngagementStatus = "CONVERTED"
	Lost      EngagementStatus = "LOST"
	Honoured  EngagementStatus = "HONOURED"
	Rejected  EngagementStatus = "REJECTED"
	Withdrawn EngagementStatus = "WITHDRAWN"
	Planned   EngagementStatus = "PLANNED"
	Active    EngagementStatus = "ACTIVE"
	OnHold    EngagementStatus = "ON_HOLD"
	Ended     EngagementStatus = "ENDED"
)

// Engagement is a lead, a request or a project.
type Engagement interface {
	Card
	IsEngagement()
	// Core gives what the three share.
	Core() *Dossier
}

// Dossier is the row of a lead, a request or a project. Each phase is a card of its own, linked to the
// one it came from.
type Dossier struct {
	bun.BaseModel `bun:"table:engagements,alias:t"`
	CardFrame

	CustomerID          ID
	Phase               EngagementPhase
	Status              EngagementStatus
	Number              string
	Title               string  `change:"title"`
	Description         *string `change:"description" read:"description"`
	ContactID           *ID     `change:"contactId" read:"contact"`
	HandlerID           *ID     `change:"handlerId" read:"handler"`
	ProjectLeaderID     *ID     `change:"projectLeaderId" read:"projectLeader"`
	OriginID            *ID
	ClosedReason        *string `change:"closedReason" read:"closedReason"`
	PhaseSince          Date
	ExpectedValueCents  *Decimal `bun:"expected_value" change:"expectedValue" read:"expectedValue"`
	Probability         *int     `change:"probability" read:"probability"`
	ExpectedCloseOn     *Date    `change:"expectedCloseOn" read:"expectedCloseOn"`
	Location            *string  `change:"location" read:"location"`
	HoursPerWeek        *Decimal `change:"hoursPerWeek" read:"hoursPerWeek"`
	OpeningsCount       *int     `bun:"openings" change:"openings" read:"openings"`
	Start               *Date    `bun:"start_on" change:"startOn" read:"startOn"`
	EndOn               *Date    `change:"endOn"`
	RateMinCents        *Decimal `bun:"rate_min" change:"rateMin" read:"rateMin"`
	RateMaxCents        *Decimal `bun:"rate_max" change:"rateMax" read:"rateMax"`
	FixedPriceCents     *Decimal `bun:"fixed_price" change:"fixedPrice" read:"fixedPrice"`
	PurchaseOrderNumber *string  `change:"purchaseOrderNumber" read:"purchaseOrderNumber"`
}

// IsEngagement marks an Engagement.
func (*Dossier) IsEngagement() {}

// Core gives what the three phases share.
func (d *Dossier) Core() *Dossier { return d }

// Lead is a commercial chance at a known relation, not concrete yet.
type Lead struct{ *Dossier }

// Request is a concrete demand of a relation.
type Request struct{ *Dossier }

// Project is work that is delivered and invoiced.
type Project struct {
	*Dossier
	today Date
}

// engagement gives the row the type of its phase.
func (d *Dossier) engagement() Engagement {
	switch d.Phase {
	case LeadPhase:
		return &Lead{d}
	case RequestPhase:
		return &Request{d}
	}
	return &Project{Dossier: d}
}

// ExpectedValue is what the lead may bring.
func (l *Lead) ExpectedValue() *Money { return euros(l.ExpectedValueCents) }

// Openings is how many people are asked for.
func (r *Request) Openings() int {
	if r.OpeningsCount == nil {
		return 1
	}
	return *r.OpeningsCount
}

// StartOn is the wanted first day.
func (r *Request) StartOn() *Date { return r.Start }

// RateMin is the lowest hourly rate.
func (r *Request) RateMin() *Money { return euros(r.RateMinCents) }

// RateMax is the highest hourly rate.
func (r *Request) RateMax() *Money { return euros(r.RateMaxCents) }

// StartOn is the first day; a project always has one.
func (p *Project) StartOn() *Date { return p.Start }

// FixedPrice is what is paid where hours are not.
func (p *Project) FixedPrice() *Money { return euros(p.FixedPriceCents) }

// runsOn tells whether someone is, or is to be, at work on the day: the project is not archived, not
// ended, and its last day has not passed. A start in the future counts: there is a contract.
func (p *Project) runsOn(today Date) bool {
	standing := p.Status == Planned || p.Status == Active || p.Status == OnHold
	return p.ArchivedAt == nil && standing && (p.EndOn == nil || *p.EndOn >= today)
}

// running is runsOn as a condition on a row; its one value is today.
func running(alias string) string {
	return alias + ".phase = 'PROJECT' AND " + alias + ".archived_at IS NULL AND " +
		alias + ".status IN ('PLANNED', 'ACTIVE', 'ON_HOLD') AND (" + alias + ".end_on IS NULL OR " + alias + ".end_on >= ?)"
}

// mayHonour says whether the relation can say yes to the request.
func (r *Request) mayHonour() error {
	if err := r.inUse(); err != nil {
		return err
	}
	if r.Status == Open {
		return nil
	}
	return &Error{Code: RequestNotOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "De aanvraag is al gehonoreerd, afgewezen of ingetrokken.",
		EN: "The request was honoured, rejected or withdrawn already."}}
}

// statusFrom is the status of a new project: planned until its first day.
func statusFrom(start, today Date) EngagementStatus {
	if start > today {
		return Planned
	}
	return Active
}

func (d *Dossier) searchEntry(customer *Customer) *searchEntry {
	types := map[EngagementPhase]CardType{LeadPhase: LeadCard, RequestPhase: RequestCard, ProjectPhase: ProjectCard}
	return d.CardFrame.searchEntry(types[d.Phase], d.Title, joined(" · ", d.Number, customer.Name), foldAll(&d.Title, &d.Number))
}

// Nomination is a person or a group offered to the customer.
type Nomination struct {
	bun.BaseModel `bun:"table:nominations,alias:t"`

	OrganizationID  ID
	ID              ID
	EngagementID    ID
	Kind            NominationKind
	Name            string
	HourlyRateCents *Decimal `bun:"hourly_rate"`
	StartOn         *Date
	EndOn           *Date
	Status          NominationStatus
}

// NominationKind is what is offered.
type NominationKind string

// NominationStatus is how far the offer is.
type NominationStatus string

// IsNode marks a Node.
func (*Nomination) IsNode() {}

// NodeID is the nomination's id.
func (n *Nomination) NodeID() ID { return n.ID }

// HourlyRate is the rate without VAT.
func (n *Nomination) HourlyRate() *Money { return euros(n.HourlyRateCents) }
