package crm

import (
	"github.com/99designs/gqlgen/graphql"
)

// EngagementFields are the fields of a lead, a request or a project as input: absent leaves, null clears, a value
// sets. The schema says which of them each phase has.
type EngagementFields struct {
	Title               graphql.Omittable[*string]
	Description         graphql.Omittable[*string]
	ContactID           graphql.Omittable[*ID]
	HandlerID           graphql.Omittable[*ID]
	OwnerID             graphql.Omittable[*ID]
	SourceID            graphql.Omittable[*ID]
	CampaignID          graphql.Omittable[*ID]
	Priority            graphql.Omittable[*EngagementPriority]
	ExpectedValue       graphql.Omittable[*MoneyInput]
	Probability         graphql.Omittable[*int]
	ExpectedCloseOn     graphql.Omittable[*Date]
	RequestedFunctionID graphql.Omittable[*ID]
	Location            graphql.Omittable[*string]
	HoursPerWeek        graphql.Omittable[*Decimal]
	Openings            graphql.Omittable[*int]
	StartOn             graphql.Omittable[*Date]
	EndOn               graphql.Omittable[*Date]
	RateMin             graphql.Omittable[*MoneyInput]
	RateMax             graphql.Omittable[*MoneyInput]
	ProjectTypeID       graphql.Omittable[*ID]
	ProjectLeaderID     graphql.Omittable[*ID]
	HoursGuardianID     graphql.Omittable[*ID]
	InvoiceGuardianID   graphql.Omittable[*ID]
	BudgetHours         graphql.Omittable[*Decimal]
	BudgetAmount        graphql.Omittable[*MoneyInput]
	PurchaseOrderNumber graphql.Omittable[*string]
	CostCentre          graphql.Omittable[*string]
	FixedPrice          graphql.Omittable[*MoneyInput]
}

// apply sets the given fields on the card, each checked and in its stored form.
func (f EngagementFields) apply(d *Dossier, p *patching) {
	p.required("title", f.Title, &d.Title, upTo(200))
	p.text("description", f.Description, &d.Description, upTo(10_000))
	value(p, "contactId", f.ContactID, &d.ContactID, asIs)
	if d.Phase != LeadPhase && d.ContactID == nil {
		p.refuse("contactId", missing())
	}
	value(p, "handlerId", f.HandlerID, &d.HandlerID, asIs)
	value(p, "ownerId", f.OwnerID, &d.OwnerID, asIs)
	value(p, "sourceId", f.SourceID, &d.SourceID, asIs)
	value(p, "campaignId", f.CampaignID, &d.CampaignID, asIs)
	value(p, "priority", f.Priority, &d.Priority, asIs)
	p.money("expectedValue", f.ExpectedValue, &d.ExpectedValueCents)
	value(p, "probability", f.Probability, &d.Probability, between(0, 100))
	value(p, "expectedCloseOn", f.ExpectedCloseOn, &d.ExpectedCloseOn, asIs)
	value(p, "requestedFunctionId", f.RequestedFunctionID, &d.RequestedFunctionID, asIs)
	p.text("location", f.Location, &d.Location, upTo(200))
	value(p, "hoursPerWeek", f.HoursPerWeek, &d.HoursPerWeek, hoursPerWeek)
	value(p, "openings", f.Openings, &d.OpeningsCount, between(1, 1000))
	f.applyTerm(d, p)
	p.money("rateMin", f.RateMin, &d.RateMinCents)
	p.money("rateMax", f.RateMax, &d.RateMaxCents)
	if low, high := d.RateMinCents, d.RateMaxCents; low != nil && high != nil && *high < *low {
		p.refuse("rateMax", Text{NL: "Niet onder het laagste tarief.", EN: "Not below the lowest rate."})
	}
	f.applyDelivery(d, p)
}

// applyTerm sets the first and the last day.
func (f EngagementFields) applyTerm(d *Dossier, p *patching) {
	value(p, "startOn", f.StartOn, &d.Start, asIs)
	value(p, "endOn", f.EndOn, &d.EndOn, asIs)
	switch {
	case d.Phase == ProjectPhase && d.Start == nil:
		p.refuse("startOn", missing())
	case d.EndOn != nil && (d.Start == nil || *d.EndOn < *d.Start):
		p.refuse("endOn", Text{NL: "Een einde ligt niet voor het begin.", EN: "An end does not lie before the start."})
	}
	d.derive()
}

// applyDelivery sets who guards the work, and what it may cost.
func (f EngagementFields) applyDelivery(d *Dossier, p *patching) {
	value(p, "projectTypeId", f.ProjectTypeID, &d.ProjectTypeID, asIs)
	value(p, "projectLeaderId", f.ProjectLeaderID, &d.ProjectLeaderID, asIs)
	value(p, "hoursGuardianId", f.HoursGuardianID, &d.HoursGuardianID, asIs)
	value(p, "invoiceGuardianId", f.InvoiceGuardianID, &d.InvoiceGuardianID, asIs)
	value(p, "budgetHours", f.BudgetHours, &d.BudgetHours, amountNotNegative)
	p.money("budgetAmount", f.BudgetAmount, &d.BudgetAmountCents)
	p.text("purchaseOrderNumber", f.PurchaseOrderNumber, &d.PurchaseOrderNumber, upTo(50))
	p.text("costCentre", f.CostCentre, &d.CostCentre, upTo(50))
	p.money("fixedPrice", f.FixedPrice, &d.FixedPriceCents)
}

// money applies an optional amount, not below zero.
func (p *patching) money(field string, given graphql.Omittable[*MoneyInput], target **Decimal) {
	amount, set := given.ValueOK()
	if !set {
		return
	}
	value(p, field, graphql.OmittableOf(amount.decimal()), target, amountNotNegative)
}

// amount takes an amount of money, not below zero.
func (p *patching) amount(field string, given *MoneyInput) *Decimal {
	var stored *Decimal
	p.money(field, graphql.OmittableOf(given), &stored)
	return stored
}

func amountNotNegative(amount Decimal) (Decimal, *Text) {
	if amount < 0 {
		return 0, &Text{NL: "Niet onder nul.", EN: "Not below zero."}
	}
	return amount, nil
}

func hoursPerWeek(hours Decimal) (Decimal, *Text) {
	if hours < 50 || hours > 60_00 {
		return 0, &Text{NL: "Tussen 0,5 en 60 uur per week.", EN: "Between 0.5 and 60 hours a week."}
	}
	return hours, nil
}

// between accepts the whole numbers from low to high.
func between(low, high int) func(int) (int, *Text) {
	return func(n int) (int, *Text) {
		if n < low || n > high {
			return 0, new(Textf("Tussen %s en %s.", "Between %s and %s.", low, high))
		}
		return n, nil
	}
}

func missing() Text { return Text{NL: "Dit veld is verplicht.", EN: "This field is required."} }

// given is an optional value of a new card.
func given[T any](value *T) graphql.Omittable[*T] { return graphql.OmittableOf(value) }

// orActor is the given colleague, or else the one who acts.
func orActor(given *ID, actor Actor) *ID {
	if given != nil {
		return given
	}
	return actorID(actor)
}
