package crm

import (
	"time"

	"github.com/uptrace/bun"
)

// The kinds of events of teams.
const (
	TeamCreatedEvent EventKind = "TEAM_CREATED"
	TeamUpdatedEvent EventKind = "TEAM_UPDATED"
	TeamDeletedEvent EventKind = "TEAM_DELETED"
)

const (
	// maxTeams bounds an office's teams: they are shown whole.
	maxTeams = 100
	// maxTeamMembers bounds a team: its members are shown whole.
	maxTeamMembers = 200
)

// Team is colleagues of an office who work together. Those whose role sees the cards of a team see one another's.
type Team struct {
	bun.BaseModel `bun:"table:teams,alias:t"`

	OrganizationID ID `bun:",pk"`
	ID             ID `bun:",pk"`
	Version        int
	Name           string `change:"name"`
	NameKey        string
	CreatedAt      time.Time
}

// IsNode marks a Node.
func (*Team) IsNode() {}

// NodeID is the team's id.
func (t *Team) NodeID() ID { return t.ID }

// at checks the version that a change is based on.
func (t *Team) at(version int) error {
	if t.Version == version {
		return nil
	}
	return outdated(t.Version, Text{NL: "Het team is intussen gewijzigd.", EN: "The team was changed meanwhile."})
}

// teamMember says that a colleague belongs to a team.
type teamMember struct {
	bun.BaseModel `bun:"table:team_members,alias:t"`

	OrganizationID ID
	TeamID         ID
	UserID         ID
}

// memberOf is a colleague together with the team.
type memberOf struct {
	User   `bun:",extend"`
	TeamID ID
}

// teamOf is a team together with the member.
type teamOf struct {
	Team   `bun:",extend"`
	UserID ID
}
