package crm

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"
)

// The kinds of events of roles.
const (
	RoleCreatedEvent EventKind = "ROLE_CREATED"
	RoleUpdatedEvent EventKind = "ROLE_UPDATED"
	RoleDeletedEvent EventKind = "ROLE_DELETED"
)

// RoleInUse is the code of deleting a role that somebody has.
const RoleInUse ErrorCode = "ROLE_IN_USE"

// RowScope is which cards a colleague sees.
type RowScope string

// The scopes; an actor without one sees all.
const (
	AllRelations  RowScope = "ALL"
	TeamRelations RowScope = "TEAM"
	OwnRelations  RowScope = "MINE"
)

// OfficeRole is what some colleagues of an office may see and do, as the office put it together.
type OfficeRole struct {
	bun.BaseModel `bun:"table:roles,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	Name           string `change:"name"`
	NameKey        string
	Kind           Role     `change:"kind"`
	Rights         []Right  `bun:"type:text" change:"rights"`
	Scope          RowScope `change:"scope"`
	CreatedAt      time.Time
}

// IsNode marks a Node.
func (*OfficeRole) IsNode() {}

// NodeID is the role's id.
func (r *OfficeRole) NodeID() ID { return r.ID }

// roleFields are the fields of a role as input: absent leaves.
type roleFields struct {
	Name   graphql.Omittable[*string]
	Kind   graphql.Omittable[*Role]
	Rights graphql.Omittable[[]Right]
	Scope  graphql.Omittable[*RowScope]
}

// apply sets the given fields, as far as the actor may give them.
func (f roleFields) apply(to *OfficeRole, actor Actor, p *patching) {
	p.required("name", f.Name, &to.Name, upTo(100))
	to.NameKey = fold(to.Name)
	replace(p, "kind", f.Kind, &to.Kind)
	replace(p, "scope", f.Scope, &to.Scope)
	if given, set := f.Rights.ValueOK(); set {
		to.Rights = RightsOf(given...).List()
	}
	p.checkRights("rights", to.Rights)
	if !actor.mayGive(RightsOf(to.Rights...), to.Scope) {
		p.faults = append(p.faults, beyondOwn(p.at("rights")...))
	}
}

// checkRights refuses rights that are of no use without another that is not among them.
func (p *patching) checkRights(field string, rights []Right) {
	together := RightsOf(rights...)
	for _, right := range rights {
		if !together.Has(right.needs()) {
			p.refuse(field, Text{NL: string(right) + " vraagt " + string(right.needs()) + ".", EN: string(right) + " asks for " + string(right.needs()) + "."})
		}
	}
}

// mayGive tells whether the actor has himself what he is about to give. Whether amounts are shown is given by
// whoever manages rights.
func (a Actor) mayGive(rights RightSet, scope RowScope) bool {
	return rights.Without(ViewFinance)&^a.Rights == 0 && (a.seesAllCards() || scope == a.Scope || scope == OwnRelations)
}

func beyondOwn(path ...string) *Error {
	return &Error{Code: Forbidden, Path: path, Text: Text{
		NL: "U kunt geen rechten geven die u zelf niet heeft.",
		EN: "You cannot give rights that you do not have yourself."}}
}

// at checks the version that the change is based on.
func (r *OfficeRole) at(version int) error {
	if r.Version == version {
		return nil
	}
	return outdated(r.Version, Text{NL: "De rol is intussen gewijzigd.", EN: "The role was changed meanwhile."})
}

// roles are those of an office, by id.
type roles map[ID]*OfficeRole

// rightsOf are what a colleague may see and do, and which cards.
func (r roles) rightsOf(user *User) (RightSet, RowScope) {
	if user.RoleID == nil || r[*user.RoleID] == nil {
		return rightsOf(user.Role, user.Finance), ""
	}
	own := RightsOf(r[*user.RoleID].Rights...)
	if user.Finance {
		own = own.With(ViewFinance)
	}
	return own, r[*user.RoleID].Scope
}

// administers tells whether a colleague can sign in and manage rights, of whom they are.
func (r roles) administers(user *User) bool {
	rights, _ := r.rightsOf(user)
	return user.Active && rights.Has(Administer)
}
