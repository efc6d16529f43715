package crm

import (
	"time"

	"github.com/uptrace/bun"
)

// APITokenScope is what a program may do with a key, as far as its owner may.
type APITokenScope string

// The scopes of keys. Those but for all and chosen grow with what there is to see in later versions.
const (
	EverythingOfOwner APITokenScope = "FULL"
	ReadingOnly       APITokenScope = "READ_ONLY"
	ReadingForBI      APITokenScope = "BI"
	ChosenRights      APITokenScope = "CHOSEN"
)

// APIToken is a named key for a program; only its hash is stored.
type APIToken struct {
	bun.BaseModel `bun:"table:api_tokens,alias:t"`

	OrganizationID ID
	ID             ID
	UserID         ID
	Name           string
	SecretHash     string
	Scope          APITokenScope `change:"scope"`
	Rights         []Right       `bun:"type:text" change:"rights"` // of ChosenRights
	CreatedAt      time.Time
	ExpiresAt      *time.Time
	LastUsedAt     *time.Time
	RevokedAt      *time.Time
}

// IsNode marks a Node.
func (*APIToken) IsNode() {}

// NodeID is the key's id.
func (t *APIToken) NodeID() ID { return t.ID }

// limited are the actor's rights that are in the scope of a key. Who has a key with less than everything does not act as the
// person: keys, selections, layout and attentions stay the owner's, or a key could make itself a stronger one.
func (a Actor) limited(scope APITokenScope, chosen []Right) Actor {
	switch scope {
	case ReadingOnly:
		a.Rights &= ReadOnly.rights().With(ViewFinance).Without(RunReports, ExportLists)
	case ReadingForBI:
		a.Rights &= ReadOnly.rights().With(ViewFinance)
	case ChosenRights:
		a.Rights &= RightsOf(chosen...)
	default:
		return a
	}
	a.Impersonal = true
	return a
}

// checkScope says what is wrong with the rights of a key: they are chosen or follow from the scope, are of use without
// others, and are the actor's own.
func (t *APIToken) checkScope(actor Actor, p *patching) {
	switch {
	case t.Scope == ChosenRights && len(t.Rights) == 0:
		p.refuse("rights", Text{NL: "Kies ten minste een recht.", EN: "Choose at least one right."})
	case t.Scope != ChosenRights && len(t.Rights) > 0:
		p.refuse("rights", Text{NL: "Rechten worden alleen bij CHOSEN gekozen.", EN: "Rights are chosen with CHOSEN alone."})
	default:
		p.checkRights("rights", t.Rights)
		if RightsOf(t.Rights...)&^actor.Rights != 0 {
			p.faults = append(p.faults, beyondOwn(p.at("rights")...))
		}
	}
}
