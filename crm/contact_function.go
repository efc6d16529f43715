package crm

import (
	"cmp"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// The events of functions; they are on the contact's card.
const (
	ContactFunctionAddedEvent   EventKind = "CONTACT_FUNCTION_ADDED"
	ContactFunctionUpdatedEvent EventKind = "CONTACT_FUNCTION_UPDATED"
	ContactFunctionEndedEvent   EventKind = "CONTACT_FUNCTION_ENDED"
	ContactFunctionRemovedEvent EventKind = "CONTACT_FUNCTION_REMOVED"
)

// FunctionEnded is the code of a change to a function that has ended.
const FunctionEnded ErrorCode = "FUNCTION_ENDED"

// ContactFunction is what a contact does, or did, at the relation.
type ContactFunction struct {
	bun.BaseModel `bun:"table:contact_functions,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	ContactID      ID
	Title          string  `change:"title"`
	Department     *string `change:"department"`
	RoleID         *ID     `change:"roleId"`
	StartOn        *Date   `change:"startOn"`
	EndOn          *Date   // never ahead: what is current does not depend on the day
	IsPrimary      bool    `change:"isPrimary"`
	CreatedAt      time.Time

	today Date
}

// IsNode marks a Node.
func (*ContactFunction) IsNode() {}

// NodeID is the function's id.
func (f *ContactFunction) NodeID() ID { return f.ID }

// IsCurrent tells whether the contact had the function on the day it was read.
func (f *ContactFunction) IsCurrent() bool {
	return f.EndOn == nil && (f.StartOn == nil || *f.StartOn <= f.today)
}

// ContactFunctionFields are the fields of a function as input: absent leaves, null clears, a value sets.
type ContactFunctionFields struct {
	Title      graphql.Omittable[*string]
	Department graphql.Omittable[*string]
	RoleID     graphql.Omittable[*ID]
	StartOn    graphql.Omittable[*Date]
	IsPrimary  graphql.Omittable[*bool]
}

// apply sets the given fields on the function, each checked and in its stored form.
func (f ContactFunctionFields) apply(function *ContactFunction, p *patching) {
	p.required("title", f.Title, &function.Title, upTo(100))
	p.text("department", f.Department, &function.Department, upTo(100))
	value(p, "roleId", f.RoleID, &function.RoleID, asIs)
	value(p, "startOn", f.StartOn, &function.StartOn, asIs)
	choice(f.IsPrimary, &function.IsPrimary, false)
	if function.IsPrimary && !function.IsCurrent() {
		p.refuse("isPrimary", Text{
			NL: "De eerste functie is er een die al begonnen is.",
			EN: "The first function is one that has begun."})
	}
}

// contactFunctions are all functions of one contact.
type contactFunctions []*ContactFunction

// primary is the first function; nil where there is none.
func (all contactFunctions) primary() *ContactFunction {
	at := slices.IndexFunc(all, func(f *ContactFunction) bool { return f.IsPrimary })
	if at < 0 {
		return nil
	}
	return all[at]
}

// sort puts the first function in front, then what is current, then what began last.
func (all contactFunctions) sort() {
	rank := func(f *ContactFunction) int {
		switch {
		case f.IsPrimary:
			return 0
		case f.EndOn == nil:
			return 1
		}
		return 2
	}
	began := func(f *ContactFunction) Date {
		if f.StartOn == nil {
			return ""
		}
		return *f.StartOn
	}
	slices.SortFunc(all, func(a, b *ContactFunction) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(began(b), began(a)), cmp.Compare(b.ID, a.ID))
	})
}

// successor is who takes over when the first function goes: the current one that the contact has longest.
func (all contactFunctions) successor() *ContactFunction {
	all.sort()
	for _, f := range slices.Backward(all) {
		if f.IsCurrent() && !f.IsPrimary {
			return f
		}
	}
	return nil
}

// follow keeps function and department of a contact what they are of the first function. Where there is
// none, the department is the contact's own.
func (c *Contact) follow(primary *ContactFunction) {
	switch {
	case primary != nil:
		title := primary.Title
		c.Function, c.Department = &title, primary.Department
	case c.Function != nil:
		c.Function, c.Department = nil, nil
	}
}

// logged is the function as the history of the contact tells it.
func (f *ContactFunction) logged() any {
	if f == nil {
		return nil
	}
	return map[string]any{"id": f.ID, "title": f.Title, "department": f.Department, "roleId": f.RoleID, "startOn": f.StartOn,
		"endOn": f.EndOn, "isPrimary": f.IsPrimary}
}
