package crm

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
)

// Nominations are who is offered for requests, and who is at work on projects.
type Nominations struct{ *core }

// AddNominationInput is who is offered or put to work.
type AddNominationInput struct {
	EngagementID   ID
	Kind           NominationKind
	Name           string
	HourlyRate     *MoneyInput
	StartOn        *Date
	EndOn          *Date
	HourTypeIds    []ID
	ExpenseTypeIds []ID
	Remark         *string
}

// NominationPayload is the answer to what changes a nomination.
type NominationPayload struct {
	Outcome
	Nomination *Nomination
}

// maxNominations bounds the list of nominations; more people are not offered for one request.
const maxNominations = 100

// Add offers someone for an open request, or puts someone to work on a project: by that the project bills.
func (s *Nominations) Add(ctx context.Context, input AddNominationInput) (*NominationPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*NominationPayload, error) {
		customer, d, err := tx.engagement(ctx, input.EngagementID, nil)
		if err != nil {
			return nil, faultAt(err, "engagementId")
		}
		if err := errors.Join(customer.inUse(), d.inUse(), d.mayNominate(tx.Today, "engagementId")); err != nil {
			return nil, err
		}
		n := &Nomination{OrganizationID: d.OrganizationID, ID: tx.core.newID(nominationPrefix), Version: 1, EngagementID: d.ID,
			Status: Proposed, HourTypeIDs: []ID{}, ExpenseTypeIDs: []ID{}}
		if d.Phase == ProjectPhase {
			n.Status, n.StartOn, n.EndOn = AtWork, d.Start, d.EndOn
			tx.warnOfCredit(customer)
		}
		fields := patchingAt("input")
		input.fields().apply(n, fields)
		if err := tx.checkNomination(ctx, d, &Nomination{}, n, fields); err != nil {
			return nil, err
		}
		if err := tx.mayAddNomination(ctx, d); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(n).Exec(ctx); err != nil {
			return nil, fmt.Errorf("insert nomination: %w", err)
		}
		blank := &Nomination{HourTypeIDs: []ID{}, ExpenseTypeIDs: []ID{}}
		return &NominationPayload{Nomination: n}, tx.logNomination(ctx, NominationAddedEvent, d, blank, n)
	})
}

// fields are the given ones: on a project the term is its own where none is given.
func (in AddNominationInput) fields() NominationFields {
	fields := NominationFields{Kind: given(&in.Kind), Name: given(&in.Name), HourlyRate: given(in.HourlyRate), Remark: given(in.Remark)}
	if in.StartOn != nil {
		fields.StartOn = given(in.StartOn)
	}
	if in.EndOn != nil {
		fields.EndOn = given(in.EndOn)
	}
	fields.HourTypeIds, fields.ExpenseTypeIds = graphql.OmittableOf(in.HourTypeIds), graphql.OmittableOf(in.ExpenseTypeIds)
	return fields
}

// UpdateNominationInput is a change of a nomination's fields, with what it is based on.
type UpdateNominationInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *NominationFields
	Patch           NominationFields
}

// Update changes fields of a nomination that stands.
func (s *Nominations) Update(ctx context.Context, input UpdateNominationInput) (*NominationPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*NominationPayload, error) {
		d, n, err := tx.nomination(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := n.mayChange(); err != nil {
			return nil, err
		}
		before, patch := *n, patchingAt("input", "patch")
		input.Patch.apply(n, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, NominationFields.apply, patch)
		if err := tx.checkNomination(ctx, d, &before, n, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, n)
		if err := tx.checkNominationBasis(ctx, &before, basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &NominationPayload{Nomination: n.on(tx.Today)}, nil
		}
		return &NominationPayload{Nomination: n}, tx.saveNomination(ctx, NominationUpdatedEvent, d, &before, n)
	})
}

// mayChange says whether the nomination stands.
func (n *Nomination) mayChange() error {
	if n.Status == AtWork {
		return nil
	}
	return n.mayStep(TakenBack)
}

// NominationStep says which offer goes a step, and what there is to say about it.
type NominationStep struct {
	ID     ID
	Remark *string
}

// Interview notes that the customer talks to who is offered.
func (s *Nominations) Interview(ctx context.Context, input NominationStep) (*NominationPayload, error) {
	return s.step(ctx, input, Interviewing, NominationInterviewedEvent)
}

// Select notes that the customer chose who is offered: when the request is honoured, this is who goes to work.
func (s *Nominations) Select(ctx context.Context, input NominationStep) (*NominationPayload, error) {
	return s.step(ctx, input, Selected, NominationSelectedEvent)
}

// Reject notes that the customer does not want who is offered.
func (s *Nominations) Reject(ctx context.Context, input NominationStep) (*NominationPayload, error) {
	return s.step(ctx, input, Declined, NominationRejectedEvent)
}

// Withdraw takes an offer back.
func (s *Nominations) Withdraw(ctx context.Context, input NominationStep) (*NominationPayload, error) {
	return s.step(ctx, input, TakenBack, NominationWithdrawnEvent)
}

func (s *Nominations) step(ctx context.Context, input NominationStep, to NominationStatus, kind EventKind) (*NominationPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*NominationPayload, error) {
		d, n, err := tx.nomination(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := n.mayStep(to); err != nil {
			return nil, err
		}
		before, fields := *n, patchingAt("input")
		if remark := fields.part("remark", input.Remark, upTo(2000)); remark != nil {
			n.Remark = remark
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		n.Status = to
		return &NominationPayload{Nomination: n}, tx.saveNomination(ctx, kind, d, &before, n)
	})
}

// EndNominationInput says who leaves the project, and the last day.
type EndNominationInput struct {
	ID    ID
	EndOn Date
}

// End settles someone's last day on a project. When nobody is left, the project does not bill.
func (s *Nominations) End(ctx context.Context, input EndNominationInput) (*NominationPayload, error) {
	return write(ctx, s.core, EditEngagements, func(ctx context.Context, tx *Tx) (*NominationPayload, error) {
		d, n, err := tx.nomination(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, fields := *n, patchingAt("input")
		if n.Status != AtWork {
			return nil, &Error{Code: NominationNotActive, Path: []string{"input", "id"}, Text: Text{
				NL: "De voordracht is niet actief.",
				EN: "The nomination is not active."}}
		}
		NominationFields{EndOn: given(&input.EndOn)}.apply(n, fields)
		n.on(tx.Today)
		if err := tx.checkNomination(ctx, d, &before, n, fields); err != nil {
			return nil, err
		}
		if err := tx.saveNomination(ctx, NominationEndedEvent, d, &before, n); err != nil {
			return nil, err
		}
		return &NominationPayload{Nomination: n}, tx.warnUnbilled(ctx, d)
	})
}

// nomination locks a nomination for a change: first the relation, as every verb does. What it is for is in daily
// use and goes on.
func (tx *Tx) nomination(ctx context.Context, id ID) (*Dossier, *Nomination, error) {
	read := func() (*Nomination, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "nominations", []ID{id}, (*Nomination).NodeID)
		if err != nil {
			return nil, err
		}
		if found[0] == nil {
			return nil, notFound("input", "id")
		}
		return found[0].on(tx.Today), nil
	}
	n, err := read()
	if err != nil {
		return nil, nil, err
	}
	customer, d, err := tx.engagement(ctx, n.EngagementID, nil)
	if err != nil {
		return nil, nil, err
	}
	if n, err = read(); err != nil {
		return nil, nil, err
	}
	return d, n, errors.Join(customer.inUse(), d.inUse(), d.mayNominate(tx.Today, "id"))
}

// mayNominate says whether people come and go: for an open request, on a project that is not over.
func (d *Dossier) mayNominate(today Date, argument string) error {
	switch {
	case d.Phase == LeadPhase:
		return Invalid(Text{NL: "Een lead heeft nog geen voordrachten.", EN: "A lead has no nominations yet."}, "input", argument)
	case d.Phase == RequestPhase:
		if err := d.mayChange(); err != nil {
			return faultAt(err, argument)
		}
	case d.statusOn(today) == Ended:
		return projectEnded("input", argument)
	}
	return nil
}

// saveNomination stores a changed nomination as its next version, with its event on the card it shows on.
func (tx *Tx) saveNomination(ctx context.Context, kind EventKind, d *Dossier, before, after *Nomination) error {
	after.Version++
	after.NameKey = fold(after.Name) // what is for searching only was not read
	if _, err := tx.NewUpdate().Model(after).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save nomination %s: %w", after.ID, err)
	}
	return tx.logNomination(ctx, kind, d, before, after)
}

func (tx *Tx) logNomination(ctx context.Context, kind EventKind, d *Dossier, before, after *Nomination) error {
	version, err := tx.raiseVersion(ctx, "engagements", d.ID)
	if err != nil {
		return err
	}
	d.Version = version
	changes := append(differing([]FieldChange{{Field: "status", From: before.Status, To: after.Status}}), changesBetween(before, after)...)
	tx.log(&Event{Kind: kind, CustomerID: d.CustomerID, CardID: d.ID, CardVersion: version, SubjectID: &after.ID, Changes: changes})
	after.on(tx.Today)
	return nil
}

// takeNominations puts to work on a project who was offered for its request: who was selected, or everyone still
// offered where nobody was.
func (tx *Tx) takeNominations(ctx context.Context, request, project *Dossier) error {
	offered, err := tx.nominationsOf(ctx, request.ID, "t.status IN ('PROPOSED', 'INTERVIEW', 'SELECTED')"+
		" AND (t.status = 'SELECTED' OR NOT EXISTS (SELECT 1 FROM nominations AS s WHERE s.organization_id = t.organization_id"+
		" AND s.engagement_id = t.engagement_id AND s.status = 'SELECTED'))")
	if err != nil || len(offered) == 0 {
		return err
	}
	for _, n := range offered {
		n.ID, n.Version, n.EngagementID, n.NameKey = tx.core.newID(nominationPrefix), 1, project.ID, fold(n.Name)
		n.Status, n.StartOn, n.EndOn = AtWork, project.Start, project.EndOn
	}
	if _, err := tx.NewInsert().Model(&offered).Exec(ctx); err != nil {
		return fmt.Errorf("take over nominations: %w", err)
	}
	for _, n := range offered {
		if err := tx.warnElsewhere(ctx, project, n); err != nil {
			return err
		}
	}
	return nil
}

// nominationsOf are the nominations of a request or project that meet a condition.
func (tx *Tx) nominationsOf(ctx context.Context, engagement ID, condition string, args ...any) ([]*Nomination, error) {
	found, err := db.Rows[*Nomination](ctx, tx.Conn,
		"SELECT "+db.Columns[*Nomination](ctx, tx.Conn)+" FROM nominations AS t WHERE t.organization_id = ? AND t.engagement_id = ? AND "+
			condition+" ORDER BY t.id",
		append([]any{string(tx.Actor.OrganizationID), string(engagement)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("nominations of %s: %w", engagement, err)
	}
	return found, nil
}
