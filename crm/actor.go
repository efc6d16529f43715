package crm

import (
	"context"
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

// Right is one thing that a role may or may not do.
type Right int

// The rights that verbs ask for.
const (
	EditCards          Right = iota // change a relation's own data
	EditContacts                    // the people of a relation, and their functions
	EditRelations                   // mother and sister companies
	EditEngagements                 // leads, requests, projects and nominations
	EditPreferences                 // how a relation is invoiced
	EditBilling                     // what is still to be invoiced
	EditChecklists                  // tick and annotate
	EditCampaigns                   // campaigns, who is in them, and acquisition goals
	EditProcesses                   // start, go on with and cancel processes
	EditCommunications              // contact moments and appointments
	EditDocuments                   // documents, letters and e-mails
	EditAttentions                  // place and remove attentions
	ArchiveCards                    // take cards out of daily use, and back
	RevertCards                     // put a customer back to prospect
	ReactToCards                    // take note of attentions
	KeepSelections                  // walk through cards in an order of one's own
	ChooseLayout                    // which buttons and tabs one sees
	OwnTokens                       // make and revoke API tokens of one's own
	RunReports                      // ask for reports that are for one's role, and stop them
	ExportLists                     // take a list that one sees out as a file
	Administer                      // say what colleagues may do
	ManageReports                   // say what reports there are and who may run them
	ManageLookups                   // the office's lists of values
	ManageChecklists                // which items checklists have
	ManageProcesses                 // process templates
	ManageTemplates                 // document templates
	ManageSettings                  // what the office uses, and its own defaults
	ManageHelp                      // where help is found
	AnonymizePeople                 // erase who someone was
	ExportPeople                    // hand out what is kept of a person
)

// has tells whether the role includes the right. What concerns only oneself, taking note of an attention and
// asking for a report or a list change nothing of the card, so that everyone may.
func (r Role) has(right Right) bool {
	switch right {
	case ReactToCards, KeepSelections, ChooseLayout, OwnTokens, RunReports, ExportLists:
		return true
	case Administer, ManageReports, ManageLookups, ManageChecklists, ManageProcesses, ManageTemplates, ManageSettings,
		ManageHelp, AnonymizePeople, ExportPeople:
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
	switch {
	case !a.Role.has(right):
		return forbidden()
	case a.Disabled.Has(right.feature()):
		return featureDisabled()
	}
	return nil
}

// HasRightsOf tells whether two actors of an office see and may do the same.
func (a Actor) HasRightsOf(other Actor) bool {
	return a.Role == other.Role && a.Finance == other.Finance && a.Disabled == other.Disabled
}

type actorKey struct{}

// WithActor returns a context in which the actor acts, within the actor's office.
func WithActor(ctx context.Context, actor Actor) context.Context {
	return context.WithValue(within(ctx, actor.OrganizationID), actorKey{}, actor)
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
