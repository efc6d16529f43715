package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"klantkaart/db"
)

// Engagements are the leads, requests and projects.
type Engagements struct{ *core }

// CreateLeadInput is a new lead.
type CreateLeadInput struct {
	CustomerID          ID
	Title               string
	Description         *string
	ContactID           *ID
	HandlerID           *ID
	OwnerID             *ID
	SourceID            *ID
	CampaignID          *ID
	Priority            *EngagementPriority
	ExpectedValue       *MoneyInput
	Probability         *int
	ExpectedCloseOn     *Date
	RequestedFunctionID *ID
	Location            *string
}

func (in CreateLeadInput) fields(actor Actor) EngagementFields {
	return EngagementFields{
		Title: given(&in.Title), Description: given(in.Description), ContactID: given(in.ContactID), HandlerID: given(orActor(in.HandlerID, actor)),
		OwnerID: given(in.OwnerID), SourceID: given(in.SourceID), CampaignID: given(in.CampaignID), Priority: given(in.Priority), ExpectedValue: given(in.ExpectedValue),
		Probability: given(in.Probability), ExpectedCloseOn: given(in.ExpectedCloseOn),
		RequestedFunctionID: given(in.RequestedFunctionID), Location: given(in.Location),
	}
}

// CreateLeadPayload is the answer to CreateLead.
type CreateLeadPayload struct {
	Outcome
	Lead *Lead
}

// CreateLead notes a chance at a relation in daily use.
func (s *Engagements) CreateLead(ctx context.Context, input CreateLeadInput) (*CreateLeadPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*CreateLeadPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		lead := tx.newDossier(leadPrefix, LeadPhase, Open, customer)
		fields := patchingAt("input")
		input.fields(tx.Actor).apply(lead, fields)
		return &CreateLeadPayload{Lead: &Lead{lead}}, tx.insertEngagement(ctx, customer, lead, fields, LeadCreatedEvent)
	})
}

// CreateRequestInput is a new request.
type CreateRequestInput struct {
	CustomerID          ID
	Title               string
	Description         *string
	ContactID           ID
	HandlerID           *ID
	OwnerID             *ID
	SourceID            *ID
	CampaignID          *ID
	Priority            *EngagementPriority
	ExpectedValue       *MoneyInput
	Probability         *int
	ExpectedCloseOn     *Date
	RequestedFunctionID *ID
	Location            *string
	HoursPerWeek        *Decimal
	Openings            int
	StartOn             *Date
	EndOn               *Date
	RateMin             *MoneyInput
	RateMax             *MoneyInput
	PurchaseOrderNumber *string
	CostCentre          *string
}

func (in CreateRequestInput) fields(actor Actor) EngagementFields {
	return EngagementFields{
		Title: given(&in.Title), Description: given(in.Description), ContactID: given(&in.ContactID), HandlerID: given(orActor(in.HandlerID, actor)),
		OwnerID: given(in.OwnerID), SourceID: given(in.SourceID), CampaignID: given(in.CampaignID), Priority: given(in.Priority), ExpectedValue: given(in.ExpectedValue),
		Probability: given(in.Probability), ExpectedCloseOn: given(in.ExpectedCloseOn),
		RequestedFunctionID: given(in.RequestedFunctionID), Location: given(in.Location), HoursPerWeek: given(in.HoursPerWeek),
		Openings: given(&in.Openings), StartOn: given(in.StartOn), EndOn: given(in.EndOn), RateMin: given(in.RateMin), RateMax: given(in.RateMax),
		PurchaseOrderNumber: given(in.PurchaseOrderNumber), CostCentre: given(in.CostCentre),
	}
}

// CreateRequestPayload is the answer to CreateRequest.
type CreateRequestPayload struct {
	Outcome
	Request *Request
}

// CreateRequest notes a demand of a relation in daily use.
func (s *Engagements) CreateRequest(ctx context.Context, input CreateRequestInput) (*CreateRequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*CreateRequestPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		request := tx.newDossier(requestPrefix, RequestPhase, Open, customer)
		fields := patchingAt("input")
		input.fields(tx.Actor).apply(request, fields)
		return &CreateRequestPayload{Request: &Request{request}}, tx.insertEngagement(ctx, customer, request, fields, RequestCreatedEvent)
	})
}

// CreateProjectInput is a new project.
type CreateProjectInput struct {
	CustomerID          ID
	Title               string
	Description         *string
	ContactID           ID
	HandlerID           *ID
	OwnerID             *ID
	SourceID            *ID
	CampaignID          *ID
	Priority            *EngagementPriority
	RequestedFunctionID *ID
	ProjectTypeID       *ID
	ProjectLeaderID     *ID
	HoursGuardianID     *ID
	InvoiceGuardianID   *ID
	StartOn             Date
	EndOn               *Date
	Location            *string
	HoursPerWeek        *Decimal
	BudgetHours         *Decimal
	BudgetAmount        *MoneyInput
	PurchaseOrderNumber *string
	CostCentre          *string
	FixedPrice          *MoneyInput
}

func (in CreateProjectInput) fields(actor Actor) EngagementFields {
	return EngagementFields{
		Title: given(&in.Title), Description: given(in.Description), ContactID: given(&in.ContactID), HandlerID: given(orActor(in.HandlerID, actor)),
		OwnerID: given(in.OwnerID), SourceID: given(in.SourceID), CampaignID: given(in.CampaignID), Priority: given(in.Priority), RequestedFunctionID: given(in.RequestedFunctionID),
		ProjectTypeID: given(in.ProjectTypeID), ProjectLeaderID: given(in.ProjectLeaderID), HoursGuardianID: given(in.HoursGuardianID),
		InvoiceGuardianID: given(in.InvoiceGuardianID), StartOn: given(&in.StartOn), EndOn: given(in.EndOn), Location: given(in.Location),
		HoursPerWeek: given(in.HoursPerWeek), BudgetHours: given(in.BudgetHours), BudgetAmount: given(in.BudgetAmount),
		PurchaseOrderNumber: given(in.PurchaseOrderNumber), CostCentre: given(in.CostCentre), FixedPrice: given(in.FixedPrice),
	}
}

// CreateProjectPayload is the answer to CreateProject.
type CreateProjectPayload struct {
	Outcome
	Project *Project
}

// CreateProject begins work at a customer in daily use. A prospect gets its first project by honouring a
// request.
func (s *Engagements) CreateProject(ctx context.Context, input CreateProjectInput) (*CreateProjectPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*CreateProjectPayload, error) {
		customer, err := tx.customerInUse(ctx, input.CustomerID)
		if err != nil {
			return nil, err
		}
		if customer.Stage == Prospect {
			return nil, prospectNeedsRequest("input", "customerId")
		}
		project := tx.newDossier(projectPrefix, ProjectPhase, statusFrom(input.StartOn, tx.Today), customer)
		fields := patchingAt("input")
		input.fields(tx.Actor).apply(project, fields)
		if err := tx.insertEngagement(ctx, customer, project, fields, ProjectCreatedEvent); err != nil {
			return nil, err
		}
		tx.warnOfCredit(customer)
		return &CreateProjectPayload{Project: projectOn(project, tx.Today)}, tx.warnUnbilled(ctx, project)
	})
}

// engagement locks a lead, request or project for a change, and first the relation it belongs to.
func (tx *Tx) engagement(ctx context.Context, id ID, expectedVersion *int) (*Customer, *Dossier, error) {
	read := func() (*Dossier, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{id}, (*Dossier).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		return found[0], nil
	}
	found, err := read()
	if err != nil {
		return nil, nil, err
	}
	customer, err := tx.customer(ctx, found.CustomerID, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := tx.sees(ctx, id, "input", "id"); err != nil {
		return nil, nil, err
	}
	if found, err = read(); err != nil { // again: now nobody else can change it
		return nil, nil, err
	}
	return customer, found, found.at(expectedVersion)
}

// engagementInUse locks a card of one phase, and says that neither it nor its relation is archived.
func (tx *Tx) engagementInUse(ctx context.Context, id ID, phase EngagementPhase, expectedVersion *int) (*Customer, *Dossier, error) {
	customer, found, err := tx.engagement(ctx, id, expectedVersion)
	if found != nil && found.Phase != phase {
		return nil, nil, notFound("input", "id")
	}
	if err != nil {
		return nil, nil, err
	}
	return customer, found, errors.Join(customer.inUse(), found.inUse())
}

func (tx *Tx) newDossier(prefix string, phase EngagementPhase, status EngagementStatus, customer *Customer) *Dossier {
	return &Dossier{CardFrame: tx.begin(prefix), CustomerID: customer.ID, Phase: phase, Status: status, PhaseSince: tx.Today}
}

// insertEngagement checks what only the store can tell, numbers the card and stores it.
func (tx *Tx) insertEngagement(ctx context.Context, customer *Customer, d *Dossier, fields *patching, kind EventKind) error {
	if err := tx.checkSale(ctx, customer, &Dossier{}, d, fields); err != nil {
		return err
	}
	return tx.storeEngagement(ctx, customer, d, kind)
}

// insertSuccessor does so for a card that begins with what is known of another. Who is asked for must be in daily
// use; a value that was taken out of use meanwhile is kept.
func (tx *Tx) insertSuccessor(ctx context.Context, customer *Customer, from, d *Dossier, fields *patching, kind EventKind) error {
	known := *from
	known.ContactID = nil
	if err := tx.checkSale(ctx, customer, &known, d, fields); err != nil {
		return err
	}
	return tx.storeEngagement(ctx, customer, d, kind)
}

func (tx *Tx) storeEngagement(ctx context.Context, customer *Customer, d *Dossier, kind EventKind) error {
	var err error
	if d.Number, err = tx.nextNumber(ctx, engagementSeries(d.Phase, tx.Today)); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(d).Exec(ctx); err != nil {
		return fmt.Errorf("insert engagement: %w", err)
	}
	tx.logEngagement(kind, &Dossier{}, d)
	if d.Phase != LeadPhase {
		if err := tx.beginInvoicing(ctx, d); err != nil {
			return err
		}
	}
	return tx.index(ctx, d.searchEntry(customer))
}

// saveEngagement stores a changed card as its next version, with its event; beside is what changed with it elsewhere.
func (tx *Tx) saveEngagement(ctx context.Context, customer *Customer, before, after *Dossier, kind EventKind, beside ...FieldChange) error {
	after.touch(tx)
	if _, err := tx.NewUpdate().Model(after).Column(db.Differing(tx.Conn, before, after)...).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save engagement %s: %w", after.ID, err)
	}
	tx.logEngagement(kind, before, after, beside...)
	err := tx.handOver(ctx, succession{before.HandlerID, after.HandlerID}, succession{before.ProjectLeaderID, after.ProjectLeaderID})
	if err != nil {
		return err
	}
	return tx.index(ctx, after.searchEntry(customer))
}

// logEngagement notes what a change made of the card; its status too, which no colleague types.
func (tx *Tx) logEngagement(kind EventKind, before, after *Dossier, beside ...FieldChange) {
	changes := slices.Concat(differing([]FieldChange{
		{Field: "status", From: stated(before.Status), To: stated(after.Status)},
		{Field: "archivedAt", From: before.ArchivedAt, To: after.ArchivedAt},
		{Field: "archivedReason", From: before.ArchivedReason, To: after.ArchivedReason},
	}), changesBetween(before, after), beside)
	left := *after // a project takes the status of the day
	tx.logSaved(&Event{Kind: kind, CustomerID: after.CustomerID, CardID: after.ID, CardVersion: after.Version, Changes: changes}, typed(tx.Today)(&left).(Card))
}

// stated is a status as the log tells it; none before there was a card.
func stated(status EngagementStatus) *EngagementStatus {
	if status == "" {
		return nil
	}
	return &status
}
