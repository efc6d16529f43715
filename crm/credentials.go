package crm

import (
	"context"
	"fmt"
	"strings"
	"time"

	"klantkaart/db"
)

// credential is what a token stands for: a session, or the key of a program.
type credential struct {
	OrganizationID ID
	UserID         ID
	CredentialID   ID
	Role           Role
	Finance        bool
	RoleID         *ID
	RoleRights     []Right `bun:"type:text"` // none without a role of the office's own
	RoleScope      *RowScope
	FeaturesOff    []Feature `bun:"type:text"` // none where the office never chose
	KeyScope       *APITokenScope
	KeyRights      []Right `bun:"type:text"`
	ExpiresAt      *time.Time
	RevokedAt      *time.Time
	LastUsedAt     *time.Time
}

// The tables of credentials.
const (
	sessionTable = "sessions"
	keyTable     = "api_tokens"
	linkTable    = "identity_links" // of an account whose provider's tokens are let in; when these end, they tell
)

// selectCredentials reads the credentials of a table that meet a condition, with the rights of their
// owners and offices, as far as these may sign in.
func selectCredentials(table, condition string) string {
	const never = "CAST(NULL AS TIMESTAMPTZ)"
	expires, revoked, used, provider := "c.expires_at", "c.revoked_at", "c.last_used_at", ""
	scope, chosen := "CAST(NULL AS TEXT)", "CAST(NULL AS TEXT)"
	if table == keyTable {
		scope, chosen = "c.scope", "c.rights"
	}
	if table == linkTable {
		expires, revoked, used = never, never, never
		provider = " JOIN identity_providers AS p ON p.organization_id = c.organization_id AND p.id = c.provider_id AND p.enabled AND p.api_audience IS NOT NULL"
	}
	return "SELECT c.organization_id, c.user_id, c.id AS credential_id, u.role, u.finance, u.role_id, r.rights AS role_rights, r.scope AS role_scope, o.features_off, " +
		scope + " AS key_scope, " + chosen + " AS key_rights, " +
		expires + " AS expires_at, " + revoked + " AS revoked_at, " + used + " AS last_used_at" +
		" FROM " + table + " AS c JOIN organizations AS f ON f.id = c.organization_id AND f.suspended_at IS NULL" +
		" JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.user_id" + provider +
		" LEFT JOIN roles AS r ON r.organization_id = u.organization_id AND r.id = u.role_id" +
		" LEFT JOIN organization_settings AS o ON o.organization_id = c.organization_id" +
		" WHERE u.active AND " + condition
}

func (c *credential) actor() Actor {
	owner, known := &User{Role: c.Role, Finance: c.Finance, RoleID: c.RoleID}, roles{}
	if c.RoleID != nil && c.RoleScope != nil {
		known[*c.RoleID] = &OfficeRole{Rights: c.RoleRights, Scope: *c.RoleScope}
	}
	rights, scope := known.rightsOf(owner)
	actor := Actor{OrganizationID: c.OrganizationID, UserID: c.UserID, Role: c.Role, Rights: rights, Scope: scope,
		Disabled: FeaturesOf(c.FeaturesOff), CredentialID: c.CredentialID, ExpiresAt: c.ExpiresAt}
	if c.KeyScope != nil {
		return actor.limited(*c.KeyScope, c.KeyRights)
	}
	return actor
}

// Authenticate tells whose token it is, of a session or of a program. ErrUnauthenticated when it is
// unknown, over or revoked, or when its owner may no longer sign in.
func (s *Sessions) Authenticate(ctx context.Context, token string) (Actor, error) {
	table := sessionTable
	if strings.HasPrefix(token, programToken+"_") {
		table = keyTable
	}
	now := s.moment()
	c, err := s.working(ctx, now, selectCredentials(table, "c.secret_hash = ?"), hashSecret(token))
	if err != nil {
		return Actor{}, err
	}
	if table == sessionTable {
		s.uses.add(c, now)
		return c.actor(), nil
	}
	return c.actor(), s.noteUse(ctx, c, now)
}

// working reads one credential. ErrUnauthenticated when it is not there, over or revoked.
func (s *Sessions) working(ctx context.Context, now time.Time, query string, args ...any) (*credential, error) {
	found, err := db.Rows[*credential](db.Everywhere(ctx), s.db.Read(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("look up credential: %w", err)
	}
	if len(found) == 0 || ends(now, found[0].ExpiresAt, found[0].RevokedAt) {
		return nil, ErrUnauthenticated
	}
	return found[0], nil
}

// noteUse keeps when a program's token was last used, to the minute, so that not every request writes.
func (s *Sessions) noteUse(ctx context.Context, c *credential, now time.Time) error {
	minute := now.Truncate(time.Minute)
	if c.LastUsedAt != nil && !c.LastUsedAt.Before(minute) {
		return nil
	}
	return s.db.Write(within(ctx, c.OrganizationID), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewUpdate().Table(keyTable).Set("last_used_at = ?", minute).
			Where("organization_id = ? AND id = ?", c.OrganizationID, c.CredentialID).Exec(ctx)
		return err
	})
}

// Again gives the actor of a credential of the office as it is now, who goes on in the language and by
// the client of the actor that the context has. ErrUnauthenticated when the credential no longer works.
func (s *Sessions) Again(ctx context.Context, id ID) (Actor, error) {
	before, err := ActorFrom(ctx)
	if err != nil {
		return Actor{}, err
	}
	table := sessionTable
	switch id.Prefix() {
	case apiTokenPrefix:
		table = keyTable
	case linkPrefix:
		table = linkTable
	}
	c, err := s.working(ctx, s.moment(), selectCredentials(table, "c.organization_id = ? AND c.id = ?"), string(before.OrganizationID), string(id))
	if err != nil {
		return Actor{}, err
	}
	if table == linkTable {
		if c.ExpiresAt = before.ExpiresAt; ends(s.moment(), c.ExpiresAt, nil) { // which the token told
			return Actor{}, ErrUnauthenticated
		}
	}
	now := c.actor()
	now.Language, now.ClientID = before.Language, before.ClientID
	return now, nil
}

// Check tells whether the actor's credential still works: nil, or ErrUnauthenticated.
func (s *Sessions) Check(ctx context.Context) error {
	actor, err := ActorFrom(ctx)
	if err == nil {
		_, err = s.Again(ctx, actor.CredentialID)
	}
	return err
}

// Working tells which of these credentials of an office still work, in the order asked, in one statement.
func (s *Sessions) Working(ctx context.Context, office ID, credentials []ID) ([]ID, error) {
	ctx, conn := within(ctx, office), s.db.Read()
	asked, condition := db.List(conn, credentials), "c.organization_id = ? AND "+conn.In("c.id")
	found, err := db.Rows[*credential](ctx, conn,
		selectCredentials(sessionTable, condition)+" UNION ALL "+selectCredentials(keyTable, condition)+" UNION ALL "+selectCredentials(linkTable, condition),
		string(office), asked, string(office), asked, string(office), asked)
	if err != nil {
		return nil, fmt.Errorf("check %d credentials: %w", len(credentials), err)
	}
	now := s.moment()
	var working []ID
	for i, c := range aligned(credentials, found, func(c *credential) ID { return c.CredentialID }) {
		if c != nil && !ends(now, c.ExpiresAt, c.RevokedAt) {
			s.uses.add(c, now)
			working = append(working, credentials[i])
		}
	}
	return working, nil
}

// endAll ends every credential of a user's, the tokens of providers that were issued so far among them, and every way to
// get one.
func (tx *Tx) endAll(ctx context.Context, user ID) error {
	for _, table := range []string{sessionTable, keyTable} {
		_, err := tx.NewUpdate().Table(table).Set("revoked_at = ?", tx.Now).
			Where("organization_id = ? AND user_id = ? AND revoked_at IS NULL", tx.Actor.OrganizationID, user).Exec(ctx)
		if err != nil {
			return fmt.Errorf("end %s of %s: %w", table, user, err)
		}
	}
	if err := tx.endIssued(ctx, user); err != nil {
		return err
	}
	if err := tx.endChallenges(ctx, user); err != nil {
		return err
	}
	return tx.unpost(ctx, user, invitationMail, resetMail)
}
