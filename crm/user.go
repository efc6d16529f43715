package crm

import (
	"time"

	"github.com/uptrace/bun"
)

// Organization is an office; nothing crosses its border.
type Organization struct {
	bun.BaseModel `bun:"table:organizations,alias:t"`

	ID        ID
	Name      string
	CreatedAt time.Time
	// SuspendedAt is since when the operator lets nobody in; nil when he does.
	SuspendedAt *time.Time
}

// IsNode marks a Node.
func (*Organization) IsNode() {}

// NodeID is the office's id.
func (o *Organization) NodeID() ID { return o.ID }

// User is a colleague of an office.
type User struct {
	bun.BaseModel `bun:"table:users,alias:t"`

	OrganizationID ID
	ID             ID
	Name           string
	SortKey        string
	Email          string
	JobTitle       *string
	Role           Role `change:"role"` // the kind of RoleID's role, where there is one
	RoleID         *ID  `change:"roleId"`
	Finance        bool `change:"hasFinanceRight"`
	Active         bool `change:"isActive"`
	// Joined tells whether the colleague has come in once at this address, which then is no other office's.
	Joined    bool
	CreatedAt time.Time
}

// IsNode marks a Node.
func (*User) IsNode() {}

// NodeID is the colleague's id.
func (u *User) NodeID() ID { return u.ID }

// IsActive tells whether the colleague may sign in.
func (u *User) IsActive() bool { return u.Active }

// HasFinanceRight tells whether amounts of the office's own administration are shown to the colleague.
func (u *User) HasFinanceRight() bool { return u.Finance }

// Rights are what the colleague may see and do.
func (u *User) Rights() RightSet { return rightsOf(u.Role, u.Finance) }

// rightsOf are those of a role, and what is said of the colleague apart.
func rightsOf(role Role, finance bool) RightSet {
	if finance {
		return role.rights().With(ViewFinance)
	}
	return role.rights()
}

// account is a user with what signing in needs; it never leaves the package.
type account struct {
	User         `bun:",extend"`
	PasswordHash *string
}

// ends tells whether a credential no longer works at a moment.
func ends(at time.Time, expires, revoked *time.Time) bool {
	return revoked != nil || (expires != nil && !at.Before(*expires))
}
