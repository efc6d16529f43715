package crm

import (
	"context"
	"errors"
	"fmt"

	"klantkaart/db"
)

// Engagements are the leads, requests and projects.
type Engagements struct{ *core }

// CreateLeadInput is a new lead.
type CreateLeadInput struct {
	CustomerID      ID
	Title           string
	Description     *string
	ContactID       *ID
	HandlerID       *ID
	ExpectedValue   *MoneyInput
	Probability     *int
	ExpectedCloseOn *Date
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
		lead := &Lead{tx.newDossier(leadPrefix, LeadPhase, Open, customer)}
		fields := patchingAt("input")
		lead.describe(fields, input.Title, input.Description)
		lead.ContactID, lead.HandlerID = input.ContactID, orActor(input.HandlerID, tx.Actor)
		lead.ExpectedValueCents = fields.amount("expectedValue", input.ExpectedValue)
		lead.Probability, lead.ExpectedCloseOn = input.Probability, input.ExpectedCloseOn
		if p := input.Probability; p != nil && (*p < 0 || *p > 100) {
			fields.refuse("probability", Text{NL: "Een kans ligt tussen 0 en 100.", EN: "A probability lies between 0 and 100."})
		}
		return &CreateLeadPayload{Lead: lead}, tx.insertEngagement(ctx, customer, lead.Dossier, fields, LeadCreatedEvent)
	})
}

// CreateRequestInput is a new request.
type CreateRequestInput struct {
	CustomerID   ID
	Title        string
	Description  *string
	ContactID    ID
	HandlerID    *ID
	Location     *string
	HoursPerWeek *Decimal
	Openings     int
	StartOn      *Date
	EndOn        *Date
	RateMin      *MoneyInput
	RateMax      *MoneyInput
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
		request := &Request{tx.newDossier(requestPrefix, RequestPhase, Open, customer)}
		fields := patchingAt("input")
		request.describe(fields, input.Title, input.Description)
		request.ContactID, request.HandlerID = &input.ContactID, orActor(input.HandlerID, tx.Actor)
		request.place(fields, input.Location, input.HoursPerWeek)
		request.term(fields, input.StartOn, input.EndOn)
		request.OpeningsCount = &input.Openings
		if input.Openings < 1 || input.Openings > 1000 {
			fields.refuse("openings", Text{NL: "Een aantal ligt tussen 1 en 1.000.", EN: "A number lies between 1 and 1,000."})
		}
		request.RateMinCents = fields.amount("rateMin", input.RateMin)
		request.RateMaxCents = fields.amount("rateMax", input.RateMax)
		if low, high := request.RateMinCents, request.RateMaxCents; low != nil && high != nil && *high < *low {
			fields.refuse("rateMax", Text{NL: "Niet onder het laagste tarief.", EN: "Not below the lowest rate."})
		}
		return &CreateRequestPayload{Request: request}, tx.insertEngagement(ctx, customer, request.Dossier, fields, RequestCreatedEvent)
	})
}

// CreateProjectInput is a new project.
type CreateProjectInput struct {
	CustomerID          ID
	Title               string
	Description         *string
	ContactID           ID
	HandlerID           *ID
	ProjectLeaderID     *ID
	StartOn             Date
	EndOn               *Date
	Location            *string
	HoursPerWeek        *Decimal
	PurchaseOrderNumber *string
	FixedPrice          *MoneyInput
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
			return nil, &Error{Code: ProspectNeedsHonouredRequest, Path: []string{"input", "customerId"}, Text: Text{
				NL: "Een potentiële klant krijgt een project door een aanvraag te honoreren.",
				EN: "A prospect gets a project by honouring a request."}}
		}
		project := tx.project(tx.newDossier(projectPrefix, ProjectPhase, statusFrom(input.StartOn, tx.Today), customer))
		fields := patchingAt("input")
		project.describe(fields, input.Title, input.Description)
		project.ContactID, project.HandlerID = &input.ContactID, orActor(input.HandlerID, tx.Actor)
		project.ProjectLeaderID = input.ProjectLeaderID
		project.place(fields, input.Location, input.HoursPerWeek)
		project.term(fields, &input.StartOn, input.EndOn)
		project.PurchaseOrderNumber = fields.part("purchaseOrderNumber", input.PurchaseOrderNumber, upTo(50))
		project.FixedPriceCents = fields.amount("fixedPrice", input.FixedPrice)
		return &CreateProjectPayload{Project: project}, tx.insertEngagement(ctx, customer, project.Dossier, fields, ProjectCreatedEvent)
	})
}

// HonourRequestInput says which request the relation says yes to.
type HonourRequestInput struct {
	ID              ID
	ExpectedVersion *int
	StartOn         Date
	EndOn           *Date
}

// HonourRequestPayload is the answer to HonourRequest.
type HonourRequestPayload struct {
	Outcome
	Project  *Project
	Request  *Request
	Customer *Customer
	Promoted bool
}

// HonourRequest turns a request into a project, and a prospect into a customer in the same moment.
func (s *Engagements) HonourRequest(ctx context.Context, input HonourRequestInput) (*HonourRequestPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*HonourRequestPayload, error) {
		customer, request, err := tx.request(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(customer.inUse(), request.mayHonour()); err != nil {
			return nil, err
		}
		project, err := tx.projectFrom(ctx, customer, request, input)
		if err != nil {
			return nil, err
		}
		if err := tx.markHonoured(ctx, request); err != nil {
			return nil, err
		}
		promoted := customer.Stage == Prospect
		if promoted {
			before := *customer
			if err := tx.promote(ctx, customer); err != nil {
				return nil, err
			}
			if err := tx.saveCustomer(ctx, &before, customer, CustomerPromotedEvent); err != nil {
				return nil, err
			}
		}
		return &HonourRequestPayload{Project: project, Request: request, Customer: customer, Promoted: promoted}, nil
	})
}

// projectFrom makes the project of an honoured request: what was asked for is what is delivered.
func (tx *Tx) projectFrom(ctx context.Context, customer *Customer, request *Request, input HonourRequestInput) (*Project, error) {
	project := tx.project(tx.newDossier(projectPrefix, ProjectPhase, statusFrom(input.StartOn, tx.Today), customer))
	project.Title, project.Description = request.Title, request.Description
	project.ContactID, project.HandlerID, project.OriginID = request.ContactID, request.HandlerID, &request.ID
	project.Location, project.HoursPerWeek = request.Location, request.HoursPerWeek
	fields := patchingAt("input")
	project.term(fields, &input.StartOn, input.EndOn)
	if err := tx.insertEngagement(ctx, customer, project.Dossier, fields, ProjectCreatedEvent); err != nil {
		return nil, err
	}
	return project, tx.takeNominations(ctx, request, project)
}

// takeNominations copies who was chosen or offered; on the project they are at work.
func (tx *Tx) takeNominations(ctx context.Context, request *Request, project *Project) error {
	offered, err := db.Rows[*Nomination](ctx, tx.Conn,
		"SELECT "+db.Columns[*Nomination](ctx, tx.Conn)+" FROM nominations AS t WHERE t.organization_id = ? AND t.engagement_id = ? AND t.status <> 'REJECTED' ORDER BY t.id",
		string(tx.Actor.OrganizationID), string(request.ID))
	if err != nil || len(offered) == 0 {
		return err
	}
	for _, nomination := range offered {
		nomination.ID, nomination.EngagementID = tx.core.newID(nominationPrefix), project.ID
		nomination.Status, nomination.StartOn, nomination.EndOn = "ACTIVE", project.Start, project.EndOn
	}
	_, err = tx.NewInsert().Model(&offered).Exec(ctx)
	return err
}

func (tx *Tx) markHonoured(ctx context.Context, request *Request) error {
	request.Status = Honoured
	request.touch(tx)
	if _, err := tx.NewUpdate().Model(request.Dossier).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save request %s: %w", request.ID, err)
	}
	tx.log(&Event{Kind: RequestHonouredEvent, CustomerID: request.CustomerID, CardID: request.ID, CardVersion: request.Version,
		Changes: []FieldChange{{Field: "status", From: string(Open), To: string(Honoured)}}})
	return nil
}

// request locks a request for a change, and first the relation it belongs to.
func (tx *Tx) request(ctx context.Context, id ID, expectedVersion *int) (*Customer, *Request, error) {
	read := func() (*Request, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", []ID{id}, (*Dossier).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil || found[0].Phase != RequestPhase {
			return nil, notFound("input", "id")
		}
		return &Request{found[0]}, nil
	}
	request, err := read()
	if err != nil {
		return nil, nil, err
	}
	customer, err := tx.customer(ctx, request.CustomerID, nil)
	if err != nil {
		return nil, nil, err
	}
	if request, err = read(); err != nil { // again: now nobody else can change it
		return nil, nil, err
	}
	return customer, request, request.at(expectedVersion)
}

func (tx *Tx) newDossier(prefix string, phase EngagementPhase, status EngagementStatus, customer *Customer) *Dossier {
	return &Dossier{CardFrame: tx.begin(prefix), CustomerID: customer.ID, Phase: phase, Status: status, PhaseSince: tx.Today}
}

func (tx *Tx) project(d *Dossier) *Project { return &Project{Dossier: d, today: tx.Today} }

// insertEngagement checks what only the store can tell, numbers the card and stores it.
func (tx *Tx) insertEngagement(ctx context.Context, customer *Customer, d *Dossier, fields *patching, kind EventKind) error {
	if err := tx.checkUser(ctx, d.HandlerID, fields, "handlerId"); err != nil {
		return err
	}
	if err := tx.checkUser(ctx, d.ProjectLeaderID, fields, "projectLeaderId"); err != nil {
		return err
	}
	if d.ContactID != nil {
		if err := tx.checkContacts(ctx, customer, []ID{*d.ContactID}, d.Phase != LeadPhase, fields, "contactId"); err != nil {
			return err
		}
	}
	if err := fields.err(); err != nil {
		return err
	}
	var err error
	if d.Number, err = tx.nextNumber(ctx, engagementSeries(d.Phase, tx.Today)); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(d).Exec(ctx); err != nil {
		return fmt.Errorf("insert engagement: %w", err)
	}
	tx.log(&Event{Kind: kind, CustomerID: customer.ID, CardID: d.ID, CardVersion: d.Version, Changes: changesBetween(&Dossier{}, d)})
	return tx.index(ctx, d.searchEntry(customer))
}
