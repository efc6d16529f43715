package crm

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
	"klantkaart/page"
)

// Users are the colleagues of an office.
type Users struct{ *core }

// ByIDs finds many colleagues, in the order of the ids; nil where there is none for the actor.
func (s *Users) ByIDs(ctx context.Context, ids []ID) ([]*User, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return byIDs(ctx, conn, actor.OrganizationID, "users", ids, (*User).NodeID)
}

// Organization is the actor's office.
func (s *Users) Organization(ctx context.Context) (*Organization, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := db.Rows[*Organization](ctx, conn,
		"SELECT "+db.Columns[*Organization](ctx, conn)+" FROM organizations AS t WHERE t.id = ?", string(actor.OrganizationID))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("read the actor's office: %w", err)
	}
	return found[0], nil
}

// List gives a page of the office's colleagues by name.
func (s *Users) List(ctx context.Context, window page.Args) (*page.Connection[*User], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	list := listing[*User, *User]{
		table: "users", where: []db.Part{ofOrganization(actor.OrganizationID)}, scope: scope("users"),
		node: same[*User], row: same[*User],
		keys: []key[*User]{
			{column: "t.sort_key", direction: Ascending, text: func(u *User) string { return u.SortKey }},
			{column: "t.id", direction: Ascending, text: func(u *User) string { return string(u.ID) }},
		},
	}
	return list.page(ctx, conn, window)
}

// Viewer is the actor, as the person behind the request.
func (s *Users) Viewer(ctx context.Context) (*Viewer, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return &Viewer{Actor: actor}, nil
}

// UpdateColleagueInput says what a colleague may do from now on; what is absent stays as it is.
type UpdateColleagueInput struct {
	ID       ID
	Role     graphql.Omittable[*Role]
	RoleID   graphql.Omittable[*ID]
	Finance  graphql.Omittable[*bool]
	IsActive graphql.Omittable[*bool]
}

// UpdateColleaguePayload is the answer to Update.
type UpdateColleaguePayload struct {
	Outcome
	User *User
}

// Update changes what a colleague may do, for an administrator. Who may no longer sign in is out at once:
// every session and key of theirs ends, for good.
func (s *Users) Update(ctx context.Context, input UpdateColleagueInput) (*UpdateColleaguePayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*UpdateColleaguePayload, error) {
		known, err := tx.roles(ctx)
		if err != nil {
			return nil, err
		}
		user, others, err := tx.colleague(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		before, fields := *user, patchingAt("input")
		if input.Role.IsSet() {
			replace(fields, "role", input.Role, &user.Role)
			user.RoleID = nil
		}
		if id, set := input.RoleID.ValueOK(); set {
			user.RoleID = id
			if err := user.take(known, fields); err != nil {
				return nil, err
			}
		}
		replace(fields, "finance", input.Finance, &user.Finance)
		replace(fields, "isActive", input.IsActive, &user.Active)
		if err := fields.err(); err != nil {
			return nil, err
		}
		if rights, scope := known.rightsOf(user); input.Role.IsSet() || input.RoleID.IsSet() {
			if !tx.Actor.mayGive(rights, scope) {
				return nil, beyondOwn("input", "role")
			}
		}
		if known.administers(&before) && !known.administers(user) && others == 0 {
			field := "role"
			if !user.Active {
				field = "isActive"
			}
			return nil, lastAdministrator(field)
		}
		if user.Active && !before.Active {
			if err := tx.mayReturn(ctx, user); err != nil {
				return nil, err
			}
		}
		return &UpdateColleaguePayload{User: user}, tx.saveColleague(ctx, &before, user)
	})
}

// colleague locks a colleague for a change, together with all who administer, so that two of these cannot
// take each other's role away; and tells how many others can come in as administrators.
func (tx *Tx) colleague(ctx context.Context, id ID) (user *User, others int, err error) {
	var locked []*User
	query := tx.NewSelect().Model(&locked).
		Where("t.organization_id = ? AND (t.id = ? OR (t.active AND (t.role = ? OR t.role_id IS NOT NULL)))", tx.Actor.OrganizationID, id, Admin).OrderExpr("t.id")
	if err := tx.ForUpdate(query).Scan(ctx); err != nil {
		return nil, 0, fmt.Errorf("lock colleague: %w", err)
	}
	for _, one := range locked {
		if one.ID == id {
			user = one
		}
	}
	if user == nil {
		return nil, 0, notFound("input", "id")
	}
	others, err = tx.administrators(ctx, id)
	return user, others, err
}

// take gives a colleague the kind of the role that he has now, if it is one of the office's.
func (u *User) take(known roles, fields *patching) error {
	switch {
	case u.RoleID == nil:
		return nil
	case known[*u.RoleID] == nil:
		return notFound(fields.at("roleId")...)
	}
	u.Role = known[*u.RoleID].Kind
	return nil
}

func lastAdministrator(field string) error {
	return &Error{Code: LastAdministrator, Path: []string{"input", field}, Text: Text{
		NL: "Dit is de laatste beheerder van het kantoor; maak eerst een collega beheerder.",
		EN: "This is the office's last administrator; make a colleague administrator first."}}
}

// saveColleague writes what changed, with its event.
func (tx *Tx) saveColleague(ctx context.Context, before, user *User) error {
	changes := changesBetween(before, user)
	if len(changes) == 0 {
		return nil
	}
	user.Joined = user.Joined || before.Active // a server of an older version lets people in without a word about it
	_, err := tx.NewUpdate().Model(user).Column("role", "role_id", "finance", "active", "joined").
		Where("organization_id = ? AND id = ?", user.OrganizationID, user.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save colleague: %w", err)
	}
	if before.Active != user.Active { // also when coming back: what was made while leaving must not work again
		if err := tx.endAll(ctx, user.ID); err != nil {
			return err
		}
	}
	kind := AccessChangedEvent
	if before.Active && !user.Active {
		kind = AccessEndedEvent
	}
	tx.logAccess(kind, user.ID, user.ID, changes)
	return tx.noteAccess(ctx, RightsChangedAccess, user.ID, changes...)
}
