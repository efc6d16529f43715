package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"klantkaart/db"
)

// Customers are the relations of an office: prospects and customers.
type Customers struct{ *core }

// CustomerRef is one way to find a relation: exactly one field is given.
type CustomerRef struct {
	ID     *ID
	Number *string
}

// Get finds one relation, archived or not; nil when there is none for the actor.
func (s *Customers) Get(ctx context.Context, by CustomerRef) (*Customer, error) {
	if (by.ID == nil) == (by.Number == nil) {
		return nil, Invalid(Text{NL: "Geef precies één van id en number.", EN: "Give exactly one of id and number."}, "by")
	}
	if by.ID != nil {
		found, err := s.ByIDs(ctx, []ID{*by.ID})
		if err != nil {
			return nil, err
		}
		return found[0], nil
	}
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := db.Rows[*Customer](ctx, conn,
		"SELECT "+db.Columns[*Customer](ctx, conn)+" FROM customers AS t WHERE t.organization_id = ? AND t.number = ?",
		string(actor.OrganizationID), strings.TrimSpace(*by.Number))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ByIDs finds many relations, in the order of the ids; nil where there is none for the actor.
func (s *Customers) ByIDs(ctx context.Context, ids []ID) ([]*Customer, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "customers", ids, (*Customer).NodeID)
}

// CreateCustomerInput is a new relation.
type CreateCustomerInput struct {
	Stage            CustomerStage
	Fields           CustomerFields
	IgnoreDuplicates bool
}

// CreateCustomerPayload is the answer to Create.
type CreateCustomerPayload struct {
	Outcome
	Customer *Customer
}

// Create makes a new card. Cards that look like the same organisation refuse it unless ignored.
func (s *Customers) Create(ctx context.Context, input CreateCustomerInput) (*CreateCustomerPayload, error) {
	return write(ctx, s.core, EditCards, func(ctx context.Context, tx *Tx) (*CreateCustomerPayload, error) {
		customer := &Customer{CardFrame: tx.begin(customerPrefix), Stage: Prospect, Language: LanguageNL, VatRegime: standardVat, CreditStatus: unknownCredit}
		fields := patchingAt("input", "fields")
		input.Fields.apply(customer, fields)
		if customer.AccountManagerID == nil && !tx.Actor.seesAllCards() {
			customer.AccountManagerID = actorID(tx.Actor) // or the card would be lost to who made it
		}
		if err := tx.checkListed(ctx, fields, customer.listed(&Customer{})...); err != nil {
			return nil, err
		}
		if err := tx.checkCustomer(ctx, &Customer{}, customer, fields); err != nil {
			return nil, err
		}
		if err := tx.checkDuplicates(ctx, customer, input.IgnoreDuplicates); err != nil {
			return nil, err
		}
		var err error
		if customer.Number, err = tx.nextNumber(ctx, customerSeries()); err != nil {
			return nil, err
		}
		if input.Stage == Client {
			if err := tx.promote(ctx, customer); err != nil {
				return nil, err
			}
		}
		return &CreateCustomerPayload{Customer: customer}, tx.insertCustomer(ctx, customer)
	})
}

// UpdateCustomerInput is a change of a relation's fields, with what it is based on.
type UpdateCustomerInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *CustomerFields
	Patch           CustomerFields
}

// UpdateCustomerPayload is the answer to Update.
type UpdateCustomerPayload struct {
	Outcome
	Customer *Customer
}

// Update changes fields. Changes of other fields by a colleague pass; the same field is a conflict. A
// patch that changes nothing makes no new version.
func (s *Customers) Update(ctx context.Context, input UpdateCustomerInput) (*UpdateCustomerPayload, error) {
	return write(ctx, s.core, EditCards, func(ctx context.Context, tx *Tx) (*UpdateCustomerPayload, error) {
		customer, err := tx.customer(ctx, input.ID, nil)
		if err != nil {
			return nil, err
		}
		if err := customer.inUse(); err != nil {
			return nil, err
		}
		before, patch := *customer, patchingAt("input", "patch")
		input.Patch.apply(customer, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, CustomerFields.apply, patch)
		if err := tx.checkListed(ctx, patch, customer.listed(&before)...); err != nil {
			return nil, err
		}
		if err := tx.checkCustomer(ctx, &before, customer, patch); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, customer)
		basis.follow(changes, givenFields[Customer](input.Patch))
		if err := tx.checkBasis(ctx, &before.CardFrame, basis, changes); err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return &UpdateCustomerPayload{Customer: customer}, nil
		}
		if err := tx.warnOfDuplicates(ctx, &before, customer); err != nil {
			return nil, err
		}
		return &UpdateCustomerPayload{Customer: customer}, tx.saveCustomer(ctx, &before, customer, CustomerUpdatedEvent)
	})
}

// ArchiveCustomerInput says which card to archive, and why.
type ArchiveCustomerInput struct {
	ID              ID
	ExpectedVersion *int
	Reason          *string
}

// ArchiveCustomerPayload is the answer to Archive.
type ArchiveCustomerPayload struct {
	Outcome
	Customer *Customer
}

// Archive takes the card out of daily use. Running projects forbid it: someone is still at work there.
// Open leads and requests stay open; they are told as warnings.
func (s *Customers) Archive(ctx context.Context, input ArchiveCustomerInput) (*ArchiveCustomerPayload, error) {
	return write(ctx, s.core, ArchiveCards, func(ctx context.Context, tx *Tx) (*ArchiveCustomerPayload, error) {
		reason, err := checkReason(input.Reason)
		if err != nil {
			return nil, err
		}
		customer, err := tx.customer(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		running, err := tx.runningProjects(ctx, customer.ID)
		if err != nil {
			return nil, err
		}
		if err := customer.mayArchive(running); err != nil {
			return nil, err
		}
		if err := tx.warnBeforeArchive(ctx, customer); err != nil {
			return nil, err
		}
		before := *customer
		customer.archive(tx, reason)
		return &ArchiveCustomerPayload{Customer: customer}, tx.saveCustomer(ctx, &before, customer, CustomerArchivedEvent)
	})
}

// RestoreCustomerInput says which card to bring back.
type RestoreCustomerInput struct {
	ID              ID
	ExpectedVersion *int
}

// RestoreCustomerPayload is the answer to Restore.
type RestoreCustomerPayload struct {
	Outcome
	Customer *Customer
}

// Restore brings an archived card back into daily use, in the stage it had.
func (s *Customers) Restore(ctx context.Context, input RestoreCustomerInput) (*RestoreCustomerPayload, error) {
	return write(ctx, s.core, ArchiveCards, func(ctx context.Context, tx *Tx) (*RestoreCustomerPayload, error) {
		customer, err := tx.customer(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if err := customer.mayRestore(); err != nil {
			return nil, err
		}
		before := *customer
		customer.restore()
		return &RestoreCustomerPayload{Customer: customer}, tx.saveCustomer(ctx, &before, customer, CustomerRestoredEvent)
	})
}

// RevertToProspectInput says which customer to put back, and why.
type RevertToProspectInput struct {
	ID              ID
	ExpectedVersion *int
	Reason          *string
}

// RevertToProspectPayload is the answer to RevertToProspect.
type RevertToProspectPayload struct {
	Outcome
	Customer *Customer
}

// RevertToProspect puts a customer back to prospect. Running projects forbid it; past ones and sent
// invoices are told as warnings, unless the office takes a prospect to be who never bought. Debtor number and history stay.
func (s *Customers) RevertToProspect(ctx context.Context, input RevertToProspectInput) (*RevertToProspectPayload, error) {
	return write(ctx, s.core, RevertCards, func(ctx context.Context, tx *Tx) (*RevertToProspectPayload, error) {
		reason, err := checkReason(input.Reason)
		if err != nil {
			return nil, err
		}
		customer, err := tx.customer(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		running, err := tx.runningProjects(ctx, customer.ID)
		if err != nil {
			return nil, err
		}
		if err := customer.mayRevert(running); err != nil {
			return nil, err
		}
		if err := tx.checkNeverSold(ctx, customer); err != nil {
			return nil, err
		}
		if err := tx.warnBeforeRevert(ctx, customer); err != nil {
			return nil, err
		}
		before := *customer
		customer.Stage = Prospect
		why := differing([]FieldChange{{Field: "revertReason", From: (*string)(nil), To: reason}})
		return &RevertToProspectPayload{Customer: customer}, tx.saveCustomer(ctx, &before, customer, CustomerRevertedEvent, why...)
	})
}

// customer locks a relation for a change; every verb beneath it does so first, so that two people at
// once take turns.
func (tx *Tx) customer(ctx context.Context, id ID, expectedVersion *int) (*Customer, error) {
	customer, err := db.Lock[*Customer](ctx, tx.Tx, "customers", string(tx.Actor.OrganizationID), string(id))
	if errors.Is(err, db.ErrNotFound) {
		return nil, notFound("input", "id")
	}
	if err != nil {
		return nil, fmt.Errorf("lock customer %s: %w", id, err)
	}
	if err := tx.sees(ctx, id, "input", "id"); err != nil {
		return nil, err
	}
	return customer, customer.at(expectedVersion)
}

// checkCustomer adds what only the store can tell to the faults of the fields, and gives them all.
func (tx *Tx) checkCustomer(ctx context.Context, before, customer *Customer, fields *patching) error {
	if err := tx.checkTags(ctx, before.TagIDs, customer.TagIDs, fields); err != nil {
		return err
	}
	if idOr(before.AccountManagerID) != idOr(customer.AccountManagerID) {
		if err := tx.checkUser(ctx, customer.AccountManagerID, fields, "accountManagerId"); err != nil {
			return err
		}
	}
	return fields.err()
}

func (tx *Tx) insertCustomer(ctx context.Context, customer *Customer) error {
	if _, err := tx.NewInsert().Model(customer).Exec(ctx); err != nil {
		return fmt.Errorf("insert customer: %w", sameBranchAs(err))
	}
	left := *customer
	tx.logSaved(&Event{Kind: CustomerCreatedEvent, CustomerID: customer.ID, CardID: customer.ID,
		CardVersion: customer.Version, Changes: changesBetween(&Customer{}, customer)}, &left)
	return tx.index(ctx, customer.searchEntry())
}

// saveCustomer stores a changed card as its next version, with its event; beside is what changed with it elsewhere.
func (tx *Tx) saveCustomer(ctx context.Context, before, after *Customer, kind EventKind, beside ...FieldChange) error {
	after.touch(tx)
	if _, err := tx.NewUpdate().Model(after).Column(db.Differing(tx.Conn, before, after)...).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save customer %s: %w", after.ID, sameBranchAs(err))
	}
	left := *after
	tx.logSaved(&Event{Kind: kind, CustomerID: after.ID, CardID: after.ID, CardVersion: after.Version,
		Changes: slices.Concat(changesBetween(before, after), transitions(before, after), beside)}, &left)
	if err := tx.handOver(ctx, succession{before.AccountManagerID, after.AccountManagerID}); err != nil {
		return err
	}
	if err := tx.noteTerms(ctx, before, after); err != nil {
		return err
	}
	if before.Name != after.Name {
		if err := tx.indexBeneath(ctx, after); err != nil {
			return err
		}
	}
	return tx.index(ctx, after.searchEntry())
}

// transitions are the changes that no colleague types: the stage and what comes with it, and the archive.
func transitions(before, after *Customer) []FieldChange {
	return append(differing([]FieldChange{
		{Field: "stage", From: before.Stage, To: after.Stage},
		{Field: "debtorNumber", From: before.DebtorNumber, To: after.DebtorNumber},
		{Field: "customerSince", From: before.CustomerSince, To: after.CustomerSince},
	}), archiving(&before.CardFrame, &after.CardFrame)...)
}

// checkReason trims an optional reason.
func checkReason(reason *string) (*string, error) {
	p := patchingAt("input")
	return p.part("reason", reason, upTo(500)), p.err()
}
