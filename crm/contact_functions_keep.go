package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// functionChange is a contact of whom the functions are being changed, locked.
type functionChange struct {
	customer *Customer
	contact  *Contact
	before   Contact
	all      contactFunctions
}

// drop takes a function out of those of the contact.
func (c *functionChange) drop(function *ContactFunction) {
	c.all = slices.DeleteFunc(c.all, func(f *ContactFunction) bool { return f.ID == function.ID })
}

// functions locks a contact in daily use, to change its functions.
func (tx *Tx) functions(ctx context.Context, contact ID) (*functionChange, error) {
	customer, locked, err := tx.contact(ctx, contact, nil)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(customer.inUse(), locked.inUse()); err != nil {
		return nil, err
	}
	all, err := functionsOf(ctx, tx.Conn, tx.Actor.OrganizationID, []ID{contact}, tx.Today)
	return &functionChange{customer: customer, contact: locked, before: *locked, all: all}, err
}

// functionForChange locks a function that has not ended, by its contact.
func (tx *Tx) functionForChange(ctx context.Context, id ID, expectedVersion *int) (*functionChange, *ContactFunction, error) {
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contact_functions", []ID{id}, (*ContactFunction).NodeID)
	if err != nil {
		return nil, nil, err
	}
	change, function, err := tx.functionOf(ctx, found[0], expectedVersion)
	if err == nil && function.EndOn != nil {
		err = &Error{Code: FunctionEnded, Path: []string{"input", "id"}, Text: Text{
			NL: "Deze functie is beëindigd.",
			EN: "This function has ended."}}
	}
	return change, function, err
}

// functionOf locks a function that was found, which may be gone meanwhile.
func (tx *Tx) functionOf(ctx context.Context, found *ContactFunction, expectedVersion *int) (*functionChange, *ContactFunction, error) {
	if found == nil {
		return nil, nil, notFound("input", "id")
	}
	change, err := tx.functions(ctx, found.ContactID)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(change.all, func(f *ContactFunction) bool { return f.ID == found.ID })
	if at < 0 {
		return nil, nil, notFound("input", "id")
	}
	return change, change.all[at], change.contact.at(expectedVersion)
}

// checkFunction adds to the faults of the fields what is not in the office's lists, or no longer.
func (tx *Tx) checkFunction(ctx context.Context, before, function *ContactFunction, fields *patching) error {
	if _, err := tx.lookup(ctx, ContactRoleList, function.RoleID, before.RoleID, fields, "roleId"); err != nil {
		return err
	}
	return tx.checkListed(ctx, fields, function.listed(before)...)
}

func (tx *Tx) newFunction(contact *Contact) *ContactFunction {
	return &ContactFunction{OrganizationID: contact.OrganizationID, ID: tx.core.newID(functionPrefix), ContactID: contact.ID,
		CreatedAt: tx.Now, today: tx.Today}
}

// insertFunction adds a function. One that becomes the first has the department that the contact had.
func (tx *Tx) insertFunction(ctx context.Context, change *functionChange, function *ContactFunction) error {
	if function.IsPrimary {
		if change.contact.Function == nil && function.Department == nil {
			function.Department = change.contact.Department
		}
		if err := tx.stepBack(ctx, change, function); err != nil {
			return err
		}
	}
	change.all = append(change.all, function)
	if _, err := tx.NewInsert().Model(function).Exec(ctx); err != nil {
		return fmt.Errorf("insert function: %w", err)
	}
	return nil
}

func (tx *Tx) storeFunction(ctx context.Context, function *ContactFunction) error {
	if _, err := tx.NewUpdate().Model(function).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("save function: %w", err)
	}
	return nil
}

// stepBack has the first function make place for another.
func (tx *Tx) stepBack(ctx context.Context, change *functionChange, another *ContactFunction) error {
	for _, function := range change.all {
		if function.IsPrimary && function != another {
			function.IsPrimary = false
			return tx.storeFunction(ctx, function)
		}
	}
	return nil
}

// succeed makes another current function the first where the first one went.
func (tx *Tx) succeed(ctx context.Context, change *functionChange, firstWent bool) error {
	next := change.all.successor()
	if !firstWent || next == nil {
		return nil
	}
	next.IsPrimary = true
	return tx.storeFunction(ctx, next)
}

// saveFunctions stores the contact whose functions changed, with the event. It is one of the contact's own data:
// its function may be another now.
func (tx *Tx) saveFunctions(ctx context.Context, change *functionChange, kind EventKind, before, after *ContactFunction) error {
	change.contact.follow(change.all.primary())
	changes := append(differing([]FieldChange{{Field: "functions", From: before.logged(), To: after.logged()}}),
		changesBetween(&change.before, change.contact)...)
	return tx.saveContact(ctx, change.customer, change.contact, kind, changes)
}

// keepFunction brings the first function in line with the texts that were set on the contact. A text that
// was cleared ends it.
func (tx *Tx) keepFunction(ctx context.Context, before, contact *Contact) error {
	if deref(before.Function) == deref(contact.Function) && deref(before.Department) == deref(contact.Department) {
		return nil
	}
	all, err := functionsOf(ctx, tx.Conn, contact.OrganizationID, []ID{contact.ID}, tx.Today)
	if err != nil {
		return err
	}
	primary := contactFunctions(all).primary()
	switch {
	case primary == nil && contact.Function == nil: // the department is the contact's own
		return nil
	case primary == nil:
		primary = tx.newFunction(contact)
		primary.Title, primary.Department, primary.IsPrimary = *contact.Function, contact.Department, true
		if _, err := tx.NewInsert().Model(primary).Exec(ctx); err != nil {
			return fmt.Errorf("insert function: %w", err)
		}
		return nil
	case contact.Function == nil:
		today := tx.Today
		primary.EndOn, primary.IsPrimary = &today, false
	default:
		primary.Title, primary.Department = *contact.Function, contact.Department
	}
	return tx.storeFunction(ctx, primary)
}

// takeBackFunction does so for an undo to a version. A function that was entered behind it goes without a trace, as it was
// entered by mistake; one of before ends.
func (tx *Tx) takeBackFunction(ctx context.Context, before, contact *Contact, to int) error {
	if before.Function != nil && contact.Function == nil {
		_, err := tx.NewRaw("DELETE FROM contact_functions WHERE organization_id = ? AND contact_id = ? AND is_primary AND created_at >="+
			" (SELECT MIN(e.at) FROM events AS e WHERE e.organization_id = ? AND e.card_id = ? AND e.card_version = ?)",
			contact.OrganizationID, contact.ID, contact.OrganizationID, contact.ID, to+1).Exec(ctx)
		if err != nil {
			return fmt.Errorf("take back the function of %s: %w", contact.ID, err)
		}
	}
	return tx.keepFunction(ctx, before, contact)
}
