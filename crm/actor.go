package crm

import (
	"context"
	"time"
)

// Role is what a colleague may do.
type Role string

// The roles.
const (
	Admin     Role = "ADMIN"
	Colleague Role = "COLLEAGUE"
	ReadOnly  Role = "READ_ONLY"
)

// Right is one thing that a role may or may not do.
type Right int

// The rights that verbs ask for.
const (
	EditCards     Right = iota // change cards and what hangs on them
	ArchiveCards               // take cards out of daily use, and back
	RevertCards                // put a customer back to prospect
	ReactToCards               // take note of attentions
	OwnTokens                  // make and revoke API tokens of one's own
	Administer                 // say what colleagues may do
	RunReports                 // ask for reports that are for one's role, and stop them
	ManageReports              // say what reports there are and who may run them
)

// has tells whether the role includes the right. Taking note of an attention and asking for a report change
// nothing of the card, so that everyone may.
func (r Role) has(right Right) bool {
	switch right {
	case ReactToCards, OwnTokens, RunReports:
		return true
	case Administer, ManageReports:
		return r == Admin
	}
	return r == Admin || r == Colleague
}

// Actor is who acts: a colleague of one office, through a session or an API token.
type Actor struct {
	OrganizationID ID
	UserID         ID
	Role           Role
	Finance        bool
	Language       Language
	// ClientID is what the client calls itself, so that its own screens recognise its changes.
	ClientID string
	// CredentialID is the session or the API token that was shown.
	CredentialID ID
	// ExpiresAt is when the credential ends; nil means when it is revoked.
	ExpiresAt *time.Time
}

type actorKey struct{}

// WithActor returns a context in which the actor acts.
func WithActor(ctx context.Context, actor Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom tells who acts, or ErrUnauthenticated.
func ActorFrom(ctx context.Context) (Actor, error) {
	actor, ok := ctx.Value(actorKey{}).(Actor)
	if !ok {
		return Actor{}, ErrUnauthenticated
	}
	return actor, nil
}
