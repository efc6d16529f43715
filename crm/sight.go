package crm

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// succession is who answered for a card, and who does from now on.
type succession struct{ from, to *ID }

// handOver notes for whom a card may be out of sight from now on, because colleagues no longer answer for it: these, as
// far as they see their own cards alone, and those who see the cards of a team with them. Their streams are judged
// anew, and one on a card that is gone ends.
func (tx *Tx) handOver(ctx context.Context, answering ...succession) error {
	var before []ID
	for _, one := range answering {
		if one.from != nil && idOr(one.to) != *one.from {
			before = append(before, *one.from)
		}
	}
	if len(before) == 0 {
		return nil
	}
	var losing []ID
	err := tx.NewSelect().TableExpr("users AS t").ColumnExpr("t.id").
		Join("JOIN roles AS r ON r.organization_id = t.organization_id AND r.id = t.role_id").
		Where("t.organization_id = ? AND t.active", tx.Actor.OrganizationID).
		Where("r.scope <> ? AND t.id IN (?) OR r.scope = ? AND EXISTS (SELECT 1 FROM team_members AS m JOIN team_members AS o"+
			" ON o.organization_id = m.organization_id AND o.team_id = m.team_id AND o.user_id IN (?)"+
			" WHERE m.organization_id = t.organization_id AND m.user_id = t.id)",
			AllRelations, bun.List(before), TeamRelations, bun.List(before)).OrderExpr("t.id").Scan(ctx, &losing)
	if err != nil {
		return fmt.Errorf("who loses sight of a card: %w", err)
	}
	for _, user := range losing {
		tx.logAccess(AccessChangedEvent, user, user, nil)
	}
	return nil
}
