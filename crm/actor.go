package crm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"klantkaart/db"
)

// Role is what a colleague may do.
type Role string

// The roles.
const (
	Admin     Role = "ADMIN"
	Colleague Role = "COLLEAGUE"
	ReadOnly  Role = "READ_ONLY"
)

// rights are what the role includes. Whether amounts are shown is said of each colleague apart.
func (r Role) rights() RightSet {
	switch r {
	case Admin:
		return AllRights().Without(ViewFinance)
	case Colleague:
		return RightsOf(slices.DeleteFunc(rights(), Right.administers)...).Without(ViewFinance)
	}
	return RightsOf(slices.DeleteFunc(rights(), func(r Right) bool {
		return !strings.HasPrefix(string(r), "VIEW_") && r != RunReports && r != ExportLists
	})...).Without(ViewFinance)
}

// administers tells whether the right is an administrator's, in the role of that name.
func (r Right) administers() bool {
	return strings.HasPrefix(string(r), "MANAGE_") || r == AnonymizePeople || r == ExportPeople || r == EditOfOthers
}

// Actor is who acts: a colleague of one office, through a session or an API token.
type Actor struct {
	OrganizationID ID
	UserID         ID
	Role           Role
	Rights         RightSet
	Scope          RowScope
	// Impersonal says that a program acts with a part of the rights of a colleague: what is the colleague's own it leaves alone.
	Impersonal bool
	// Disabled are the parts of the card that the office does without.
	Disabled FeatureSet
	Language Language
	// ClientID is what the client calls itself, so that its own screens recognise its changes.
	ClientID string
	// CredentialID is the session or the API token that was shown.
	CredentialID ID
	// ExpiresAt is when the credential ends; nil means when it is revoked.
	ExpiresAt *time.Time
}

// may says why the actor may not do something: the role lacks the right, or the office does without the part.
func (a Actor) may(right Right) error {
	if !a.has(right) {
		return forbidden()
	}
	return a.uses(right.feature())
}

// uses says that the office does without a part of the card, or nil.
func (a Actor) uses(part Feature) error {
	if a.Disabled.Has(part) {
		return featureDisabled()
	}
	return nil
}

// has tells whether the actor has a right; a program that acts with a part of a colleague's has none of what is the
// colleague's own.
func (a Actor) has(right Right) bool {
	return a.Rights.Has(right) && (!a.Impersonal || right == forEveryone || !right.IsEveryones())
}

// IsProgram tells whether an API token was shown, and not the way in of a person.
func (a Actor) IsProgram() bool { return a.CredentialID.Prefix() == apiTokenPrefix }

// HasRightsOf tells whether two actors of an office see and may do the same.
func (a Actor) HasRightsOf(other Actor) bool {
	return a.Role == other.Role && a.Rights == other.Rights && a.Scope == other.Scope && a.Impersonal == other.Impersonal && a.Disabled == other.Disabled
}

// RightsKey tells actors of an office apart who do not see and may the same.
func (a Actor) RightsKey() string {
	key := fmt.Sprint(a.Role, a.Rights, a.Disabled, a.Impersonal, a.Scope)
	if !a.seesAllCards() {
		key += string(a.UserID)
	}
	return key
}

// seesAllCards tells whether the actor sees all relations of the office.
func (a Actor) seesAllCards() bool { return a.Scope == "" || a.Scope == AllRelations }

type actorKey struct{}

// WithActor returns a context in which the actor acts, within the actor's office.
func WithActor(ctx context.Context, actor Actor) context.Context {
	return context.WithValue(actor.looking(within(ctx, actor.OrganizationID)), actorKey{}, actor)
}

// within returns a context whose statements see and change what is of an office, and nothing else.
func within(ctx context.Context, office ID) context.Context { return db.Within(ctx, string(office)) }

// ActorFrom tells who acts, or ErrUnauthenticated.
func ActorFrom(ctx context.Context) (Actor, error) {
	actor, ok := ctx.Value(actorKey{}).(Actor)
	if !ok {
		return Actor{}, ErrUnauthenticated
	}
	return actor, nil
}
