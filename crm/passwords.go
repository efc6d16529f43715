package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// ErrTokenOver says that a token that was sent is unknown, used, replaced or too old, without telling which.
var ErrTokenOver error = &Error{Code: "TOKEN_OVER", Path: []string{"token"}, Text: Text{
	NL: "Deze link werkt niet (meer). Vraag een nieuwe aan.",
	EN: "This link does not work (any more). Ask for a new one."}}

// WrongPassword is the code of a password that is not the person's.
const WrongPassword ErrorCode = "WRONG_PASSWORD"

func wrongPassword(path ...string) *Error {
	return &Error{Code: WrongPassword, Path: path, Text: Text{NL: "Het wachtwoord klopt niet.", EN: "The password is wrong."}}
}

// secretly returns a context in which no digest of the input is kept: that of a password could be guessed at.
func secretly(ctx context.Context) context.Context {
	manner := mannerFrom(ctx)
	manner.Key, manner.Request = "", ""
	return WithManner(ctx, manner)
}

// ChangePasswordInput is an old and a new password.
type ChangePasswordInput struct {
	OldPassword     string
	NewPassword     string
	RevokeAPITokens bool
}

// ChangePasswordPayload is the answer to ChangePassword.
type ChangePasswordPayload struct {
	Outcome
	EndedCount           int
	RevokedAPITokenCount int
}

// ChangePassword gives the actor another password, and ends all other sessions. It wants the old one. Keys stay unless
// the actor asks: a change of routine shall not stop the programs of the office.
func (s *Accounts) ChangePassword(ctx context.Context, input ChangePasswordInput) (*ChangePasswordPayload, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.own(ctx, actor, input.OldPassword, "input", "oldPassword")
	if err != nil {
		return nil, err
	}
	if fault := newPassword(input.NewPassword, before.Name, before.Email); fault != nil {
		return nil, Invalid(*fault, "input", "newPassword")
	}
	hash, err := s.passwordHash(ctx, input.NewPassword)
	if err != nil {
		return nil, err
	}
	return write(secretly(ctx), s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*ChangePasswordPayload, error) {
		account, err := tx.account(ctx, actor.UserID)
		if err != nil {
			return nil, err
		}
		if account == nil || deref(account.PasswordHash) != deref(before.PasswordHash) {
			return nil, wrongPassword("input", "oldPassword") // it was changed meanwhile
		}
		ended, err := tx.setPassword(ctx, account, hash)
		if err != nil {
			return nil, err
		}
		answer := &ChangePasswordPayload{EndedCount: len(ended)}
		if input.RevokeAPITokens {
			if answer.RevokedAPITokenCount, err = tx.endKeys(ctx, account.ID, actor.CredentialID); err != nil {
				return nil, err
			}
		}
		if err := s.tell(ctx, tx, passwordNotice, account.ID, actor.Language); err != nil {
			return nil, err
		}
		return answer, tx.noteAccess(ctx, PasswordChangedAccess, account.ID)
	})
}

// own gives the actor's account, when the password is the actor's. Who has left a session open to a stranger has not
// given the account away.
func (s *Accounts) own(ctx context.Context, actor Actor, password string, path ...string) (*account, error) {
	limit := ownPassword(actor.UserID)
	if err := s.take(ctx, limit); err != nil {
		s.limited(ctx, err, string(actor.UserID), func(context.Context) (ID, ID, error) { return actor.OrganizationID, actor.UserID, nil })
		return nil, err
	}
	noted := taken{s.core, []Limit{limit}}
	var found []*account
	err := s.db.Read().NewSelect().Model(&found).Where("organization_id = ? AND id = ? AND active", actor.OrganizationID, actor.UserID).Scan(ctx)
	if err == nil && len(found) == 0 {
		err = ErrUnauthenticated
	}
	if err != nil {
		noted.forget(ctx)
		return nil, fmt.Errorf("read one's own account: %w", err)
	}
	isRight, err := s.passwordIs(ctx, deref(found[0].PasswordHash), password)
	if err != nil {
		noted.forget(ctx)
		return nil, err
	}
	if !isRight {
		s.denied(ctx, PasswordDeniedAccess, actor.OrganizationID, actor.UserID)
		return nil, wrongPassword(path...)
	}
	noted.forget(ctx)
	return found[0], nil
}

// setPassword stores a password, and ends all sessions but the actor's own and all ways to another password.
func (tx *Tx) setPassword(ctx context.Context, account *account, hash string) ([]*Session, error) {
	if err := tx.storePassword(ctx, account, hash); err != nil {
		return nil, err
	}
	if err := tx.unpost(ctx, account.ID, resetMail); err != nil {
		return nil, err
	}
	if err := tx.endChallenges(ctx, account.ID); err != nil {
		return nil, err
	}
	return tx.endSessions(ctx, account.ID, "id <> ?", tx.Actor.CredentialID)
}

func (tx *Tx) storePassword(ctx context.Context, account *account, hash string) error {
	_, err := tx.NewUpdate().Table("users").Set("password_hash = ?", hash).
		Where("organization_id = ? AND id = ?", account.OrganizationID, account.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("save password: %w", err)
	}
	return nil
}

// RequestReset has a way to a new password sent to an address, if that is somebody's. Whether it is shows neither in
// the answer nor in the time that takes: all that depends on it is done later.
func (s *Accounts) RequestReset(ctx context.Context, email string, language Language) error {
	if err := s.take(ctx, resetLimit(originFrom(ctx))); err != nil {
		return err
	}
	s.later(ctx, func(ctx context.Context) error {
		found, err := s.sessions.account(ctx, email)
		if err != nil || found == nil || found.PasswordHash == nil || s.sender == nil {
			return err
		}
		_, err = s.transact(ctx, Actor{OrganizationID: found.OrganizationID}, func(ctx context.Context, tx *Tx) error {
			locked, err := tx.account(ctx, found.ID)
			if err != nil || !locked.Active {
				return err
			}
			young, err := db.Rows[*accountMail](ctx, tx.Conn,
				"SELECT t.id FROM account_mails AS t WHERE t.organization_id = ? AND t.user_id = ? AND t.kind = 'PASSWORD_RESET' AND t.queued_at > ?",
				string(found.OrganizationID), string(found.ID), tx.Now.Add(-resetPause))
			if err != nil || len(young) > 0 {
				return err
			}
			if err := s.post(ctx, tx, resetMail, found.ID, language); err != nil {
				return err
			}
			return tx.noteAccess(ctx, ResetRequestedAccess, found.ID)
		})
		return err
	})
	return nil
}

// Reset gives whoever has a token that was sent another password, and ends all sessions, and keys unless they are kept:
// whoever resets may have lost what the keys are on. It opens none: who has a second factor still has to show it.
func (s *Accounts) Reset(ctx context.Context, token, password string, keepKeys bool) error {
	_, err := s.redeem(ctx, resetMail, token, password, func(ctx context.Context, tx *Tx, redeemed *redemption) error {
		account := redeemed.account
		if !account.Active || account.PasswordHash == nil {
			return ErrTokenOver
		}
		if _, err := tx.setPassword(ctx, account, redeemed.hash); err != nil {
			return err
		}
		if !keepKeys {
			if _, err := tx.endKeys(ctx, account.ID, ""); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, passwordNotice, account.ID, redeemed.language); err != nil {
			return err
		}
		return tx.noteAccess(ctx, PasswordResetAccess, account.ID)
	})
	return err
}

// redemption is a token that was sent and comes back, with the digest of the password that its owner chooses.
type redemption struct {
	account  *account
	hash     string
	language Language
}

// redeem does what a token that was sent is for, once. It gives the user, with the new password.
func (s *Accounts) redeem(ctx context.Context, kind accountMailKind, token, password string,
	do func(context.Context, *Tx, *redemption) error) (redeemed *account, err error) {
	limit := tokenLimit(originFrom(ctx))
	if err := s.take(ctx, limit); err != nil {
		return nil, err
	}
	letter, user, err := s.sent(ctx, kind, token)
	if err != nil {
		return nil, err
	}
	taken{s.core, []Limit{limit}}.forget(ctx) // who has a token guesses nothing
	if fault := newPassword(password, user.Name, user.Email); fault != nil {
		return nil, Invalid(*fault, "password")
	}
	hash, err := s.passwordHash(ctx, password)
	if err != nil {
		return nil, err
	}
	_, err = s.transact(ctx, comer(ctx, user), func(ctx context.Context, tx *Tx) error {
		if redeemed, err = tx.account(ctx, user.ID); err != nil || redeemed == nil {
			return err
		}
		var used []ID
		_, err := tx.NewDelete().Table("account_mails").Where("organization_id = ? AND id = ? AND secret_hash = ? AND expires_at > ?",
			letter.OrganizationID, letter.ID, hashSecret(token), tx.Now).Returning("id").Exec(ctx, &used)
		if err != nil {
			return fmt.Errorf("use a token: %w", err)
		}
		if len(used) == 0 {
			return ErrTokenOver
		}
		if err := tx.mayUsePassword(ctx); err != nil {
			return err
		}
		err = do(ctx, tx, &redemption{redeemed, hash, letter.Language})
		redeemed.PasswordHash = &hash
		return err
	})
	return redeemed, err
}

// sent finds the e-mail that a token was sent with, and to whom; ErrTokenOver when there is none that counts.
func (s *Accounts) sent(ctx context.Context, kind accountMailKind, token string) (*accountMail, *User, error) {
	found, err := db.Rows[*accountMail](db.Everywhere(ctx), s.db.Read(),
		"SELECT t.organization_id, t.id, t.user_id, t.language FROM account_mails AS t WHERE t.secret_hash = ? AND t.kind = ? AND t.expires_at > ?",
		hashSecret(token), string(kind), s.moment())
	if err != nil {
		return nil, nil, fmt.Errorf("look up a token: %w", err)
	}
	if len(found) == 0 {
		return nil, nil, ErrTokenOver
	}
	users, err := byIDs(db.WithFields(within(ctx, found[0].OrganizationID), db.Fields{}), s.db.Read(), found[0].OrganizationID, "users", []ID{found[0].UserID}, (*User).NodeID)
	if err != nil || users[0] == nil {
		return nil, nil, fmt.Errorf("find who a token was sent to: %w", err)
	}
	return found[0], users[0], nil
}
