package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// maxFunctions bounds how many functions a contact has had.
const maxFunctions = 50

// FunctionsOf gives for each contact its functions, the first one in front and what has ended last.
func (s *Contacts) FunctionsOf(ctx context.Context, contacts []ID) ([][]*ContactFunction, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := functionsOf(ctx, conn, actor.OrganizationID, contacts, s.day(s.moment()))
	if err != nil {
		return nil, err
	}
	found := grouped(contacts, rows, func(f *ContactFunction) ID { return f.ContactID })
	for _, functions := range found {
		contactFunctions(functions).sort()
	}
	return found, nil
}

func functionsOf(ctx context.Context, conn db.Conn, organization ID, contacts []ID, today Date) ([]*ContactFunction, error) {
	rows, err := db.Rows[*ContactFunction](ctx, conn,
		"SELECT "+db.Columns[*ContactFunction](ctx, conn)+" FROM contact_functions AS t WHERE t.organization_id = ? AND "+conn.In("t.contact_id")+" ORDER BY t.id",
		string(organization), db.List(conn, contacts))
	if err != nil {
		return nil, fmt.Errorf("functions of %d contacts: %w", len(contacts), err)
	}
	for _, row := range rows {
		row.today = today
	}
	return rows, nil
}

// FunctionsByIDs finds many functions, in the order of the ids; nil where there is none for the actor.
func (s *Contacts) FunctionsByIDs(ctx context.Context, ids []ID) ([]*ContactFunction, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := byIDs(ctx, conn, actor.OrganizationID, "contact_functions", ids, (*ContactFunction).NodeID)
	for _, function := range found {
		if function != nil {
			function.today = s.day(s.moment())
		}
	}
	return found, err
}

// AddContactFunctionInput is a function that a contact has beside those it has already.
type AddContactFunctionInput struct {
	ContactID ID
	Fields    ContactFunctionFields
}

// AddContactFunctionPayload is the answer to AddFunction.
type AddContactFunctionPayload struct {
	Outcome
	Contact  *Contact
	Function *ContactFunction
}

// AddFunction gives a contact a function. The first one is the one that lists show: the one said to be, or
// the only one.
func (s *Contacts) AddFunction(ctx context.Context, input AddContactFunctionInput) (*AddContactFunctionPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*AddContactFunctionPayload, error) {
		change, err := tx.functions(ctx, input.ContactID)
		if err != nil {
			return nil, faultAt(err, "contactId")
		}
		function := tx.newFunction(change.contact)
		fields := patchingAt("input", "fields")
		input.Fields.apply(function, fields)
		if function.Title == "" && len(fields.faults) == 0 {
			fields.refuse("title", missing())
		}
		if err := tx.checkFunction(ctx, &ContactFunction{}, function, fields); err != nil {
			return nil, err
		}
		if len(change.all) >= maxFunctions {
			fields.faults = append(fields.faults, &Error{Code: LimitExceeded, Path: []string{"input", "contactId"}, Text: Text{
				NL: "Een contactpersoon heeft ten hoogste 50 functies.", EN: "A contact has at most 50 functions."}})
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		if !input.Fields.IsPrimary.IsSet() && change.all.primary() == nil {
			function.IsPrimary = function.IsCurrent()
		}
		if err := tx.insertFunction(ctx, change, function); err != nil {
			return nil, err
		}
		return &AddContactFunctionPayload{Contact: change.contact, Function: function},
			tx.saveFunctions(ctx, change, ContactFunctionAddedEvent, nil, function)
	})
}

// UpdateContactFunctionInput is a change of a function's fields, with what it is based on.
type UpdateContactFunctionInput struct {
	ID              ID
	ExpectedVersion *int
	Base            *ContactFunctionFields
	Patch           ContactFunctionFields
}

// UpdateContactFunctionPayload is the answer to UpdateFunction.
type UpdateContactFunctionPayload struct {
	Outcome
	Contact  *Contact
	Function *ContactFunction
}

// UpdateFunction mends a function. Someone who goes on to do something else gets another function.
func (s *Contacts) UpdateFunction(ctx context.Context, input UpdateContactFunctionInput) (*UpdateContactFunctionPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*UpdateContactFunctionPayload, error) {
		change, function, err := tx.functionForChange(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		before, patch := *function, patchingAt("input", "patch")
		input.Patch.apply(function, patch)
		basis := basisOf(input.ExpectedVersion, input.Base, &before, ContactFunctionFields.apply, patch)
		if err := tx.checkFunction(ctx, &before, function, patch); err != nil {
			return nil, err
		}
		if err := patch.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, function)
		if err := basis.check(change.contact.Version, changes); err != nil {
			return nil, err
		}
		if found := conflicts(changes, basis.stale); len(found) > 0 {
			return nil, conflict(found, change.contact.Version)
		}
		answer := &UpdateContactFunctionPayload{Contact: change.contact, Function: function}
		if len(changes) == 0 {
			return answer, nil
		}
		if function.IsPrimary && !before.IsPrimary {
			if err := tx.stepBack(ctx, change, function); err != nil {
				return nil, err
			}
		}
		if err := tx.storeFunction(ctx, function); err != nil {
			return nil, err
		}
		return answer, tx.saveFunctions(ctx, change, ContactFunctionUpdatedEvent, &before, function)
	})
}

// EndContactFunctionInput says which function ended, and when; today when nothing is said.
type EndContactFunctionInput struct {
	ID              ID
	ExpectedVersion *int
	EndOn           *Date
}

// EndContactFunctionPayload is the answer to EndFunction.
type EndContactFunctionPayload struct {
	Outcome
	Contact  *Contact
	Function *ContactFunction
}

// EndFunction ends a function; it stays in the contact's history. Another current one becomes the first in
// its place.
func (s *Contacts) EndFunction(ctx context.Context, input EndContactFunctionInput) (*EndContactFunctionPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*EndContactFunctionPayload, error) {
		change, function, err := tx.functionForChange(ctx, input.ID, input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		before, on := *function, tx.Today
		if input.EndOn != nil {
			on = *input.EndOn
		}
		switch {
		case on > tx.Today:
			return nil, Invalid(Text{NL: "Een functie eindigt vandaag of eerder.", EN: "A function ends today or earlier."}, "input", "endOn")
		case function.StartOn != nil && on < *function.StartOn:
			return nil, Invalid(Text{NL: "Een functie eindigt niet voor zij begint.", EN: "A function does not end before it begins."}, "input", "endOn")
		}
		function.EndOn, function.IsPrimary = &on, false
		if err := tx.storeFunction(ctx, function); err != nil {
			return nil, err
		}
		if err := tx.succeed(ctx, change, before.IsPrimary); err != nil {
			return nil, err
		}
		return &EndContactFunctionPayload{Contact: change.contact, Function: function},
			tx.saveFunctions(ctx, change, ContactFunctionEndedEvent, &before, function)
	})
}

// RemoveContactFunctionInput says which function was never there.
type RemoveContactFunctionInput struct {
	ID              ID
	ExpectedVersion *int
}

// RemoveContactFunctionPayload is the answer to RemoveFunction.
type RemoveContactFunctionPayload struct {
	Outcome
	Contact   *Contact
	RemovedID *ID
}

// RemoveFunction takes away a function that was entered by mistake; one that ended is ended instead.
func (s *Contacts) RemoveFunction(ctx context.Context, input RemoveContactFunctionInput) (*RemoveContactFunctionPayload, error) {
	return write(ctx, s.core, EditContacts, func(ctx context.Context, tx *Tx) (*RemoveContactFunctionPayload, error) {
		found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "contact_functions", []ID{input.ID}, (*ContactFunction).NodeID)
		if err != nil {
			return nil, err
		}
		change, function, err := tx.functionOf(ctx, found[0], input.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		if _, err := tx.NewDelete().Model(function).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("remove function: %w", err)
		}
		change.drop(function)
		if err := tx.succeed(ctx, change, function.IsPrimary); err != nil {
			return nil, err
		}
		return &RemoveContactFunctionPayload{Contact: change.contact, RemovedID: &function.ID},
			tx.saveFunctions(ctx, change, ContactFunctionRemovedEvent, function, nil)
	})
}
