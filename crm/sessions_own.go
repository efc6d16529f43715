package crm

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"klantkaart/db"
)

// maxSessions is how many of one's sessions are shown.
const maxSessions = 100

// OfActor gives the actor's own sessions that are open, newest first.
func (s *Sessions) OfActor(ctx context.Context) ([]*Session, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	found, err := db.Rows[*Session](ctx, conn,
		"SELECT "+db.Columns[*Session](db.WithFields(ctx, db.Fields{}), conn)+" FROM sessions AS t WHERE t.organization_id = ? AND t.user_id = ?"+
			" AND t.revoked_at IS NULL AND t.expires_at > ? ORDER BY t.id DESC LIMIT ?",
		string(actor.OrganizationID), string(actor.UserID), s.moment(), maxSessions)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	for _, one := range found {
		one.current = one.ID == actor.CredentialID
	}
	return found, nil
}

// RevokeSessionInput says which session to end.
type RevokeSessionInput struct{ ID ID }

// RevokeSessionPayload is the answer to Revoke.
type RevokeSessionPayload struct {
	Outcome
	Session *Session
}

// Revoke ends one of the actor's own sessions at once.
func (s *Sessions) Revoke(ctx context.Context, input RevokeSessionInput) (*RevokeSessionPayload, error) {
	return write(ctx, s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*RevokeSessionPayload, error) {
		gone, err := tx.endSessions(ctx, tx.Actor.UserID, "id = ?", input.ID)
		if err != nil {
			return nil, err
		}
		if len(gone) == 0 {
			return nil, notFound("input", "id")
		}
		return &RevokeSessionPayload{Session: gone[0]}, tx.noteAccess(ctx, SessionRevokedAccess, tx.Actor.UserID)
	})
}

// SignOutEverywhereInput says what to spare.
type SignOutEverywhereInput struct {
	KeepCurrent   bool
	KeepAPITokens bool
}

// SignOutEverywherePayload is the answer to SignOutEverywhere.
type SignOutEverywherePayload struct {
	Outcome
	EndedCount           int
	RevokedAPITokenCount int
}

// SignOutEverywhere ends all sessions and keys of the actor's.
func (s *Sessions) SignOutEverywhere(ctx context.Context, input SignOutEverywhereInput) (*SignOutEverywherePayload, error) {
	return write(ctx, s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*SignOutEverywherePayload, error) {
		var spared ID
		if input.KeepCurrent {
			spared = tx.Actor.CredentialID
		}
		ended, revoked, err := tx.signOut(ctx, tx.Actor.UserID, spared, input.KeepAPITokens)
		return &SignOutEverywherePayload{EndedCount: ended, RevokedAPITokenCount: revoked}, err
	})
}

// signOut ends a user's sessions, and keys unless they are kept, but for one credential.
func (tx *Tx) signOut(ctx context.Context, user, spared ID, keepKeys bool) (ended, revoked int, err error) {
	if err := tx.endChallenges(ctx, user); err != nil {
		return 0, 0, err
	}
	sessions, err := tx.endSessions(ctx, user, "id <> ?", spared)
	if err != nil {
		return 0, 0, err
	}
	if !keepKeys {
		if revoked, err = tx.endKeys(ctx, user, spared); err != nil {
			return 0, 0, err
		}
	}
	if len(sessions) == 0 {
		return 0, revoked, nil
	}
	return len(sessions), revoked, tx.noteAccess(ctx, SessionRevokedAccess, user)
}

// SignOutColleagueInput says whose sessions to end, and what to spare.
type SignOutColleagueInput struct {
	ID            ID
	KeepAPITokens bool
}

// SignOutColleaguePayload is the answer to SignOutColleague.
type SignOutColleaguePayload struct {
	Outcome
	User                 *User
	EndedCount           int
	RevokedAPITokenCount int
}

// SignOutColleague ends all sessions and keys of a colleague's, for an administrator.
func (s *Sessions) SignOutColleague(ctx context.Context, input SignOutColleagueInput) (*SignOutColleaguePayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*SignOutColleaguePayload, error) {
		account, err := tx.account(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if account == nil {
			return nil, notFound("input", "id")
		}
		ended, revoked, err := tx.signOut(ctx, account.ID, "", input.KeepAPITokens)
		return &SignOutColleaguePayload{User: &account.User, EndedCount: ended, RevokedAPITokenCount: revoked}, err
	})
}

// endSessions ends those sessions of a user that meet a condition, each with its event, so that sockets of theirs
// close and those of API keys stay.
func (tx *Tx) endSessions(ctx context.Context, user ID, condition string, value ID) ([]*Session, error) {
	var ended []*Session
	_, err := tx.NewUpdate().Model(&ended).Set("revoked_at = ?", tx.Now).
		Where("organization_id = ? AND user_id = ? AND revoked_at IS NULL AND expires_at > ? AND "+condition, tx.Actor.OrganizationID, user, tx.Now, value).
		Returning("*").Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("end sessions of %s: %w", user, err)
	}
	slices.SortFunc(ended, func(a, b *Session) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, one := range ended {
		tx.logAccess(AccessEndedEvent, user, one.ID, nil)
	}
	return ended, nil
}

// KeepUses writes when sessions were last used, of all that were since it was called before.
func (s *Sessions) KeepUses(ctx context.Context) error {
	now := s.moment()
	for office, gathered := range s.uses.take() {
		ids := slices.Sorted(maps.Keys(gathered))
		for some := range slices.Chunk(ids, maxSessions) {
			err := s.db.Write(within(ctx, office), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.NewUpdate().Table(sessionTable).Set("last_used_at = ?", now).
					Where("organization_id = ? AND id IN ("+db.Placeholders(len(some))+")", append([]any{office}, idArgs(some)...)...).Exec(ctx)
				return err
			})
			if err != nil {
				return fmt.Errorf("keep uses of sessions: %w", err)
			}
		}
	}
	return nil
}
