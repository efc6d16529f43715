package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Teams are who works together at an office.
type Teams struct{ *core }

// OfOffice gives the teams of the office, by name.
func (s *Teams) OfOffice(ctx context.Context) ([]*Team, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.Select[*Team](ctx, conn, db.Selection{Table: "teams", Columns: db.Columns[*Team](db.WithFields(ctx, db.Fields{}), conn),
		Where: []db.Part{ofOrganization(actor.OrganizationID)}, Order: "t.name_key, t.id", Limit: maxTeams})
}

// ByIDs finds many teams, in the order of the ids; nil where there is none.
func (s *Teams) ByIDs(ctx context.Context, ids []ID) ([]*Team, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(db.WithFields(ctx, db.Fields{}), conn, actor.OrganizationID, "teams", ids, (*Team).NodeID)
}

// MembersOf gives the members of each team, by name.
func (s *Teams) MembersOf(ctx context.Context, teams []ID) ([][]*User, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*memberOf](ctx, conn, "SELECT "+db.Columns[*User](ctx, conn)+", m.team_id FROM team_members AS m"+
		" JOIN users AS t ON t.organization_id = m.organization_id AND t.id = m.user_id"+
		" WHERE m.organization_id = ? AND "+conn.In("m.team_id")+" ORDER BY t.sort_key, t.id", string(actor.OrganizationID), db.List(conn, teams))
	if err != nil {
		return nil, fmt.Errorf("members of teams: %w", err)
	}
	return under(teams, rows, func(m *memberOf) (ID, *User) { return m.TeamID, &m.User }), nil
}

// OfColleagues gives the teams that each colleague belongs to, by name.
func (s *Teams) OfColleagues(ctx context.Context, users []ID) ([][]*Team, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.Rows[*teamOf](ctx, conn, "SELECT "+db.Columns[*Team](db.WithFields(ctx, db.Fields{}), conn)+", m.user_id FROM team_members AS m"+
		" JOIN teams AS t ON t.organization_id = m.organization_id AND t.id = m.team_id"+
		" WHERE m.organization_id = ? AND "+conn.In("m.user_id")+" ORDER BY t.name_key, t.id", string(actor.OrganizationID), db.List(conn, users))
	if err != nil {
		return nil, fmt.Errorf("teams of colleagues: %w", err)
	}
	return under(users, rows, func(m *teamOf) (ID, *Team) { return m.UserID, &m.Team }), nil
}

// CreateTeamInput says what a new team is called, and who is in it.
type CreateTeamInput struct {
	Name      string
	MemberIds []ID
}

// CreateTeamPayload is the answer to Create.
type CreateTeamPayload struct {
	Outcome
	Team *Team
}

// Create makes a team.
func (s *Teams) Create(ctx context.Context, input CreateTeamInput) (*CreateTeamPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*CreateTeamPayload, error) {
		known, err := tx.teams(ctx)
		if err != nil {
			return nil, err
		}
		if len(known) >= maxTeams {
			return nil, &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Textf("Een kantoor heeft ten hoogste %s teams.", "An office has at most %s teams.", maxTeams)}
		}
		team := &Team{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(teamPrefix), Version: 1, CreatedAt: tx.Now}
		name, members := graphql.OmittableOf(&input.Name), slices.Sorted(slices.Values(distinct(input.MemberIds)))
		if err := tx.applyTeam(ctx, team, name, members); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(team).Exec(ctx); err != nil {
			return nil, sameTeamName(err)
		}
		changes := append(changesBetween(&Team{}, team), memberChange(nil, members)...)
		tx.logOffice(TeamCreatedEvent, team.ID, team.Version, changes)
		return &CreateTeamPayload{Team: team}, tx.seat(ctx, team, nil, members)
	})
}

// UpdateTeamInput is a change of a team; members are given whole.
type UpdateTeamInput struct {
	ID              ID
	ExpectedVersion int
	Name            graphql.Omittable[*string]
	MemberIds       graphql.Omittable[[]ID]
}

// UpdateTeamPayload is the answer to Update.
type UpdateTeamPayload struct {
	Outcome
	Team *Team
}

// Update changes a team. Who sees the cards of a team sees those of its members from now on, on open streams too.
func (s *Teams) Update(ctx context.Context, input UpdateTeamInput) (*UpdateTeamPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*UpdateTeamPayload, error) {
		team, err := tx.team(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := team.at(input.ExpectedVersion); err != nil {
			return nil, err
		}
		were, err := tx.memberIDs(ctx, team.ID)
		if err != nil {
			return nil, err
		}
		before, members := *team, were
		if given, set := input.MemberIds.ValueOK(); set {
			members = slices.Sorted(slices.Values(distinct(given)))
		}
		if err := tx.applyTeam(ctx, team, input.Name, members); err != nil {
			return nil, err
		}
		changes := append(changesBetween(&before, team), memberChange(were, members)...)
		if len(changes) == 0 {
			return &UpdateTeamPayload{Team: team}, nil
		}
		team.Version++
		if _, err := tx.NewUpdate().Model(team).WherePK().Exec(ctx); err != nil {
			return nil, sameTeamName(err)
		}
		tx.logOffice(TeamUpdatedEvent, team.ID, team.Version, changes)
		return &UpdateTeamPayload{Team: team}, tx.seat(ctx, team, were, members)
	})
}

// DeleteTeamInput says which team to delete.
type DeleteTeamInput struct{ ID ID }

// DeleteTeamPayload is the answer to Delete.
type DeleteTeamPayload struct{ Outcome }

// Delete removes a team; its members stay colleagues.
func (s *Teams) Delete(ctx context.Context, input DeleteTeamInput) (*DeleteTeamPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*DeleteTeamPayload, error) {
		team, err := tx.team(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		were, err := tx.memberIDs(ctx, team.ID)
		if err != nil {
			return nil, err
		}
		if err := tx.seat(ctx, team, were, nil); err != nil {
			return nil, err
		}
		if _, err := tx.NewDelete().Model(team).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete team: %w", err)
		}
		tx.logOffice(TeamDeletedEvent, team.ID, team.Version+1, append(changesBetween(team, &Team{}), memberChange(were, nil)...))
		return &DeleteTeamPayload{}, nil
	})
}

// teams locks the teams of the office. They decide what colleagues see, so that nobody changes them who does not
// see all cards himself.
func (tx *Tx) teams(ctx context.Context) (map[ID]*Team, error) {
	if !tx.Actor.seesAllCards() {
		return nil, beyondOwn("input")
	}
	return lockAll[*Team](ctx, tx)
}

// team locks the teams, and gives the one of an id.
func (tx *Tx) team(ctx context.Context, id ID) (*Team, error) {
	known, err := tx.teams(ctx)
	if err != nil {
		return nil, err
	}
	if known[id] == nil {
		return nil, notFound("input", "id")
	}
	return known[id], nil
}

func (tx *Tx) applyTeam(ctx context.Context, team *Team, name graphql.Omittable[*string], members []ID) error {
	fields := patchingAt("input")
	fields.required("name", name, &team.Name, upTo(100))
	team.NameKey = fold(team.Name)
	if len(members) > maxTeamMembers {
		fields.refuse("memberIds", Textf("Een team heeft ten hoogste %s leden.", "A team has at most %s members.", maxTeamMembers))
	} else if err := tx.checkUsers(ctx, members, fields, "memberIds"); err != nil {
		return err
	}
	return fields.err()
}

func (tx *Tx) memberIDs(ctx context.Context, team ID) ([]ID, error) {
	var members []ID
	err := tx.NewSelect().Model((*teamMember)(nil)).Column("user_id").
		Where("t.organization_id = ? AND t.team_id = ?", tx.Actor.OrganizationID, team).OrderExpr("t.user_id").Scan(ctx, &members)
	if err != nil {
		return nil, fmt.Errorf("members of a team: %w", err)
	}
	return members, nil
}

// seat writes who is in a team now. What those see who see the cards of a team changes with it.
func (tx *Tx) seat(ctx context.Context, team *Team, were, members []ID) error {
	changes := memberChange(were, members)
	if len(changes) == 0 {
		return nil
	}
	_, err := tx.NewDelete().Model((*teamMember)(nil)).Where("organization_id = ? AND team_id = ?", team.OrganizationID, team.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("clear a team: %w", err)
	}
	if len(members) > 0 {
		rows := make([]teamMember, len(members))
		for i, user := range members {
			rows[i] = teamMember{OrganizationID: team.OrganizationID, TeamID: team.ID, UserID: user}
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return fmt.Errorf("seat a team: %w", err)
		}
	}
	var seeing []ID
	err = tx.NewSelect().TableExpr("users AS t").ColumnExpr("t.id").
		Join("JOIN roles AS r ON r.organization_id = t.organization_id AND r.id = t.role_id AND r.scope = ?", TeamRelations).
		Where("t.organization_id = ? AND t.id IN (?)", team.OrganizationID, bun.List(append(append([]ID{}, were...), members...))).OrderExpr("t.id").Scan(ctx, &seeing)
	if err != nil {
		return fmt.Errorf("who sees the cards of a team: %w", err)
	}
	for _, user := range seeing {
		tx.logAccess(AccessChangedEvent, user, user, changes)
		if err := tx.noteAccess(ctx, RightsChangedAccess, user, changes...); err != nil {
			return err
		}
	}
	return nil
}

// memberChange is what the log says of who is in a team: nothing where that stays. Both are in order.
func memberChange(were, members []ID) []FieldChange {
	return differing([]FieldChange{{Field: "memberIds", From: were, To: members}})
}

// sameTeamName turns the violated unique index on the name into the user's error.
func sameTeamName(err error) error {
	if !db.IsUnique(err, "teams_by_name", "teams.organization_id, teams.name_key") {
		return fmt.Errorf("save team: %w", err)
	}
	return &Error{Code: DuplicateName, Path: []string{"input", "name"}, Text: Text{
		NL: "Er is al een team met deze naam.", EN: "There is a team with this name already."}}
}
