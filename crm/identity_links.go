package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// LinksOf gives for each colleague the accounts of providers by which they sign in, oldest first; none to who does not
// administer.
func (s *Identities) LinksOf(ctx context.Context, users []ID) ([][]*IdentityLink, error) {
	actor, conn, err := s.read(ctx)
	if err != nil || actor.may(Administer) != nil {
		return make([][]*IdentityLink, len(users)), err
	}
	rows, err := db.Rows[*IdentityLink](ctx, conn, "SELECT t.provider_id, t.subject, t.user_id, t.created_at FROM identity_links AS t"+
		" WHERE t.organization_id = ? AND "+conn.In("t.user_id")+" ORDER BY t.id", string(actor.OrganizationID), db.List(conn, users))
	if err != nil {
		return nil, fmt.Errorf("read linked accounts: %w", err)
	}
	return grouped(users, rows, func(link *IdentityLink) ID { return link.UserID }), nil
}
