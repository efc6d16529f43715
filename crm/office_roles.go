package crm

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
)

// Roles are what an office lets its colleagues see and do.
type Roles struct{ *core }

// maxRoles bounds an office's roles: they are shown whole.
const maxRoles = 100

// OfOffice gives the roles that the office made, by name; none to who does not manage rights.
func (s *Roles) OfOffice(ctx context.Context) ([]*OfficeRole, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || actor.may(Administer) != nil {
		return nil, err
	}
	return rolesIn(ctx, conn, actor.OrganizationID)
}

func rolesIn(ctx context.Context, conn db.Conn, office ID) ([]*OfficeRole, error) {
	return db.Select[*OfficeRole](ctx, conn, db.Selection{Table: "roles", Columns: db.Columns[*OfficeRole](db.WithFields(ctx, db.Fields{}), conn),
		Where: []db.Part{ofOrganization(office)}, Order: "t.name_key, t.id", Limit: maxRoles})
}

// ByIDs finds many roles, in the order of the ids; nil where there is none for the actor.
func (s *Roles) ByIDs(ctx context.Context, ids []ID) ([]*OfficeRole, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || actor.may(Administer) != nil {
		return make([]*OfficeRole, len(ids)), err
	}
	return byIDs(db.WithFields(ctx, db.Fields{}), conn, actor.OrganizationID, "roles", ids, (*OfficeRole).NodeID)
}

// CountsOf tells for each role how many colleagues have it.
func (s *Roles) CountsOf(ctx context.Context, ids []ID) ([]int, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := db.CountPerParent(ctx, conn, db.Selection{Table: "users", Where: []db.Part{ofOrganization(actor.OrganizationID)}}, "role_id", ids)
	found := make([]int, len(ids))
	for i, id := range ids {
		found[i] = counts[id]
	}
	return found, err
}

// CreateRoleInput says what a new role is made of.
type CreateRoleInput struct {
	Name   string
	Kind   Role
	Rights []Right
	Scope  RowScope
}

// CreateRolePayload is the answer to Create.
type CreateRolePayload struct {
	Outcome
	Role *OfficeRole
}

// Create makes a role. Nobody has it yet.
func (s *Roles) Create(ctx context.Context, input CreateRoleInput) (*CreateRolePayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*CreateRolePayload, error) {
		known, err := tx.roles(ctx)
		if err != nil {
			return nil, err
		}
		if len(known) >= maxRoles {
			return nil, &Error{Code: LimitExceeded, Path: []string{"input"}, Text: Textf("Een kantoor heeft ten hoogste %s rollen.", "An office has at most %s roles.", maxRoles)}
		}
		role := &OfficeRole{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(rolePrefix), Version: 1, CreatedAt: tx.Now}
		fields := patchingAt("input")
		roleFields{graphql.OmittableOf(&input.Name), graphql.OmittableOf(&input.Kind), graphql.OmittableOf(input.Rights), graphql.OmittableOf(&input.Scope)}.apply(role, tx.Actor, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		if _, err := tx.NewInsert().Model(role).Exec(ctx); err != nil {
			return nil, sameRoleName(err)
		}
		tx.logOffice(RoleCreatedEvent, role.ID, role.Version, changesBetween(&OfficeRole{}, role))
		return &CreateRolePayload{Role: role}, nil
	})
}

// UpdateRoleInput is a change of a role's fields.
type UpdateRoleInput struct {
	ID              ID
	ExpectedVersion int
	Name            graphql.Omittable[*string]
	Kind            graphql.Omittable[*Role]
	Rights          graphql.Omittable[[]Right]
	Scope           graphql.Omittable[*RowScope]
}

// UpdateRolePayload is the answer to Update.
type UpdateRolePayload struct {
	Outcome
	Role *OfficeRole
}

// Update changes a role, for all who have it at once. What one gives is the whole role: who has less than it
// holds already cannot change it.
func (s *Roles) Update(ctx context.Context, input UpdateRoleInput) (*UpdateRolePayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*UpdateRolePayload, error) {
		role, err := tx.role(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := role.at(input.ExpectedVersion); err != nil {
			return nil, err
		}
		before, fields := *role, patchingAt("input")
		roleFields{input.Name, input.Kind, input.Rights, input.Scope}.apply(role, tx.Actor, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		changes := changesBetween(&before, role)
		if len(changes) == 0 {
			return &UpdateRolePayload{Role: role}, nil
		}
		role.Version++
		if _, err := tx.NewUpdate().Model(role).WherePK().Exec(ctx); err != nil {
			return nil, sameRoleName(err)
		}
		tx.logOffice(RoleUpdatedEvent, role.ID, role.Version, changes)
		return &UpdateRolePayload{Role: role}, tx.passOn(ctx, role, &before, changes)
	})
}

// passOn has the change of a role count for those who have it. The office keeps somebody who manages rights.
func (tx *Tx) passOn(ctx context.Context, role, before *OfficeRole, changes []FieldChange) error {
	var holders []*User
	query := tx.NewSelect().Model(&holders).Where("t.organization_id = ? AND (t.role_id = ? OR t.active)", role.OrganizationID, role.ID).OrderExpr("t.id")
	if err := tx.ForUpdate(query).Scan(ctx); err != nil {
		return fmt.Errorf("lock who has a role: %w", err)
	}
	for _, user := range holders {
		if user.RoleID == nil || *user.RoleID != role.ID {
			continue
		}
		tx.logAccess(AccessChangedEvent, user.ID, user.ID, changes)
		if err := tx.noteAccess(ctx, RightsChangedAccess, user.ID, changes...); err != nil {
			return err
		}
	}
	if err := tx.keepAdministrator(ctx, "input", "rights"); err != nil {
		return err
	}
	if role.Kind == before.Kind {
		return nil
	}
	_, err := tx.NewUpdate().Table("users").Set("role = ?", role.Kind).Where("organization_id = ? AND role_id = ?", role.OrganizationID, role.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("change the kind of who has a role: %w", err)
	}
	return nil
}

// DeleteRoleInput says which role to delete.
type DeleteRoleInput struct{ ID ID }

// DeleteRolePayload is the answer to Delete.
type DeleteRolePayload struct{ Outcome }

// Delete removes a role that nobody has.
func (s *Roles) Delete(ctx context.Context, input DeleteRoleInput) (*DeleteRolePayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*DeleteRolePayload, error) {
		role, err := tx.role(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		n, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "users", Where: []db.Part{ofOrganization(role.OrganizationID), {SQL: "t.role_id = ?", Args: []any{string(role.ID)}}}})
		if err != nil {
			return nil, fmt.Errorf("count who has a role: %w", err)
		}
		if n > 0 {
			return nil, &Error{Code: RoleInUse, Path: []string{"input", "id"}, Text: Textf("Deze rol hebben nog %s collega's.", "There are %s colleagues with this role.", n)}
		}
		if _, err := tx.NewDelete().Model(role).WherePK().Exec(ctx); err != nil {
			return nil, fmt.Errorf("delete role: %w", err)
		}
		tx.logOffice(RoleDeletedEvent, role.ID, role.Version+1, changesBetween(role, &OfficeRole{}))
		return &DeleteRolePayload{}, nil
	})
}

// roles locks the roles of the office: whoever gives one and whoever changes it take turns.
func (tx *Tx) roles(ctx context.Context) (roles, error) {
	return lockAll[*OfficeRole](ctx, tx)
}

// lockAll locks the few rows of a kind that the office has, and gives them by id.
func lockAll[N Node](ctx context.Context, tx *Tx) (map[ID]N, error) {
	var found []N
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("t.organization_id = ?", tx.Actor.OrganizationID).OrderExpr("t.id")).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock all %T: %w", found, err)
	}
	return byID(found), nil
}

// role locks the roles, and gives the one of an id.
func (tx *Tx) role(ctx context.Context, id ID) (*OfficeRole, error) {
	known, err := tx.roles(ctx)
	if err != nil {
		return nil, err
	}
	if known[id] == nil {
		return nil, notFound("input", "id")
	}
	return known[id], nil
}

// sameRoleName turns the violated unique index on the name into the user's error.
func sameRoleName(err error) error {
	if !db.IsUnique(err, "roles_by_name", "roles.organization_id, roles.name_key") {
		return fmt.Errorf("save role: %w", err)
	}
	return &Error{Code: DuplicateName, Path: []string{"input", "name"}, Text: Text{
		NL: "Er is al een rol met deze naam.", EN: "There is a role with this name already."}}
}
