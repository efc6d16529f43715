package crm

import (
	"context"
	"fmt"

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
