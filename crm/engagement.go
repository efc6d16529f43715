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

// EngagementPriority is how much it matters to the office.
type EngagementPriority string

// HighPriority comes first.
const HighPriority EngagementPriority = "HIGH"

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
	OwnerID             *ID     `change:"ownerId" read:"owner"`
	ProjectLeaderID     *ID     `change:"projectLeaderId" read:"projectLeader"`
	HoursGuardianID     *ID     `change:"hoursGuardianId" read:"hoursGuardian"`
	InvoiceGuardianID   *ID     `change:"invoiceGuardianId" read:"invoiceGuardian"`
	OriginID            *ID
	SourceID            *ID                 `change:"sourceId" read:"source"`
	CampaignID          *ID                 `change:"campaignId" read:"campaign"`
	Priority            *EngagementPriority `change:"priority" read:"priority"`
	RequestedFunctionID *ID                 `change:"requestedFunctionId" read:"requestedFunction"`
	ProjectTypeID       *ID                 `change:"projectTypeId" read:"projectType"`
	ClosedReason        *string             `change:"closedReason" read:"closedReason"` // the text as it was when it was chosen
	ClosedReasonID      *ID                 `change:"closedReasonChoice" read:"closedReasonChoice"`
	ClosedRemark        *string             `change:"closedRemark" read:"closedRemark"`
	PhaseSince          Date
	ExpectedValueCents  *Decimal `bun:"expected_value" change:"expectedValue"`
	Probability         *int     `change:"probability" read:"probability"`
	ExpectedCloseOn     *Date    `change:"expectedCloseOn"`
	Location            *string  `change:"location" read:"location"`
	HoursPerWeek        *Decimal `change:"hoursPerWeek" read:"hoursPerWeek"`
	OpeningsCount       *int     `bun:"openings" change:"openings" read:"openings"`
	Start               *Date    `bun:"start_on" change:"startOn" read:"startOn,status,actions"`
	EndOn               *Date    `change:"endOn"`
	IsEndSettled        bool     `bun:"end_settled" change:"isEndSettled" read:"isEndSettled,status,actions"` // it is over when its last day has passed
	RateMinCents        *Decimal `bun:"rate_min" change:"rateMin" read:"rateMin"`
	RateMaxCents        *Decimal `bun:"rate_max" change:"rateMax" read:"rateMax"`
	FixedPriceCents     *Decimal `bun:"fixed_price" change:"fixedPrice" read:"fixedPrice"`
	BudgetHours         *Decimal `change:"budgetHours" read:"budgetHours"`
	BudgetAmountCents   *Decimal `bun:"budget_amount" change:"budgetAmount" read:"budgetAmount"`
	PurchaseOrderNumber *string  `change:"purchaseOrderNumber" read:"purchaseOrderNumber"`
	CostCentre          *string  `change:"costCentre" read:"costCentre"`
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

// typed gives rows the type of their phase. A project knows the day on which it was read, and what its status
// is on that day.
func typed(today Date) func(*Dossier) Engagement {
	return func(d *Dossier) Engagement {
		switch d.Phase {
		case LeadPhase:
			return &Lead{d}
		case RequestPhase:
			return &Request{d}
		}
		return projectOn(d, today)
	}
}

// projectOn is the project as it is on a day.
func projectOn(d *Dossier, today Date) *Project {
	d.Status = d.statusOn(today)
	return &Project{Dossier: d, today: today}
}

// ExpectedValue is what it may bring.
func (d *Dossier) ExpectedValue() *Money { return euros(d.ExpectedValueCents) }

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

// BudgetAmount is what may be spent.
func (p *Project) BudgetAmount() *Money { return euros(p.BudgetAmountCents) }

// derive brings what follows from other fields in line with them: without a last day none is settled.
func (d *Dossier) derive() { d.IsEndSettled = d.IsEndSettled && d.EndOn != nil }

// IsRunning tells whether the project ran on the day it was read.
func (p *Project) IsRunning() bool { return p.runsOn(p.today) }

func (d *Dossier) searchEntry(customer *Customer) *searchEntry {
	return d.CardFrame.searchEntry(d.cardType(), d.Title, joined(" · ", d.Number, customer.Name), searchFoldAll(&d.Title, &d.Number))
}
