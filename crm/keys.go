package crm

import (
	"context"
	"fmt"
)

// endKeys revokes a user's API keys but for one credential, and lets no access token in that a provider has issued so
// far. It tells how many keys there were. Each has its event, so that its sockets close.
func (tx *Tx) endKeys(ctx context.Context, user, spared ID) (revoked int, err error) {
	var keys, links []ID
	_, err = tx.NewUpdate().Table(keyTable).Set("revoked_at = ?", tx.Now).
		Where("organization_id = ? AND user_id = ? AND revoked_at IS NULL AND id <> ?", tx.Actor.OrganizationID, user, spared).
		Returning("id").Exec(ctx, &keys)
	if err != nil {
		return 0, fmt.Errorf("revoke keys of %s: %w", user, err)
	}
	_, err = tx.NewUpdate().Table(linkTable).Set("valid_from = ?", tx.Now).
		Where("organization_id = ? AND user_id = ? AND id <> ?", tx.Actor.OrganizationID, user, spared).
		Returning("id").Exec(ctx, &links)
	if err != nil {
		return 0, fmt.Errorf("end issued tokens of %s: %w", user, err)
	}
	for _, id := range append(keys, links...) {
		tx.logAccess(AccessEndedEvent, user, id, nil)
	}
	if len(keys) == 0 {
		return 0, nil
	}
	return len(keys), tx.noteAccess(ctx, TokenRevokedAccess, user)
}
