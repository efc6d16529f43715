package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// factor locks a user's second factor; nil when there is none, confirmed or not.
func (tx *Tx) factor(ctx context.Context, user ID) (*secondFactor, error) {
	var found []*secondFactor
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND user_id = ?", tx.Actor.OrganizationID, user)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock a second factor: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// enrol begins a second factor for a user who has none that is confirmed.
func (tx *Tx) enrol(ctx context.Context, user *User) (*Enrolment, error) {
	if tx.core.vault == nil {
		return nil, factorNotConfigured("input")
	}
	before, err := tx.factor(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	if before != nil && before.ConfirmedAt != nil {
		return nil, factorIsOn()
	}
	if err := tx.dropFactor(ctx, user.ID); err != nil {
		return nil, err
	}
	made, err := newEnrolment(user)
	if err != nil {
		return nil, err
	}
	factor := &secondFactor{OrganizationID: user.OrganizationID, UserID: user.ID, CreatedAt: tx.Now}
	factor.Sealed = tx.core.vault.seal(factor.place(), made.Secret)
	if _, err := tx.NewInsert().Model(factor).Exec(ctx); err != nil {
		return nil, fmt.Errorf("keep a second factor: %w", err)
	}
	return made, nil
}

// dropFactor takes a user's second factor away, with the codes for who has lost it.
func (tx *Tx) dropFactor(ctx context.Context, user ID) error {
	for _, table := range []string{"recovery_codes", "second_factors"} {
		if _, err := tx.NewDelete().Table(table).Where("organization_id = ? AND user_id = ?", tx.Actor.OrganizationID, user).Exec(ctx); err != nil {
			return fmt.Errorf("drop a second factor: %w", err)
		}
	}
	return nil
}

// confirm makes a second factor count, when the code is right, and gives the codes for who has lost the app.
func (tx *Tx) confirm(ctx context.Context, user ID, code string) (codes []string, isRight bool, err error) {
	factor, err := tx.factor(ctx, user)
	switch {
	case err != nil:
		return nil, false, err
	case factor == nil:
		return nil, false, factorIsOff("input")
	case factor.ConfirmedAt != nil:
		return nil, false, factorIsOn()
	}
	if isRight, err = tx.spend(ctx, factor, plainCode(code)); err != nil || !isRight {
		return nil, false, err
	}
	_, err = tx.NewUpdate().Model(factor).Set("confirmed_at = ?", tx.Now).
		Where("organization_id = ? AND user_id = ?", factor.OrganizationID, user).Exec(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("confirm a second factor: %w", err)
	}
	if codes, err = tx.renewCodes(ctx, user); err != nil {
		return nil, false, err
	}
	return codes, true, tx.noteAccess(ctx, FactorEnabledAccess, user)
}

// renewCodes gives a user new codes for when the app is lost; those before no longer count.
func (tx *Tx) renewCodes(ctx context.Context, user ID) ([]string, error) {
	if _, err := tx.NewDelete().Table("recovery_codes").Where("organization_id = ? AND user_id = ?", tx.Actor.OrganizationID, user).Exec(ctx); err != nil {
		return nil, fmt.Errorf("drop recovery codes: %w", err)
	}
	type recoveryCode struct {
		OrganizationID ID
		UserID         ID
		CodeHash       string
	}
	codes := newRecoveryCodes()
	rows := make([]recoveryCode, len(codes))
	for i, code := range codes {
		rows[i] = recoveryCode{tx.Actor.OrganizationID, user, hashSecret(plainCode(code))}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return nil, fmt.Errorf("keep recovery codes: %w", err)
	}
	return codes, nil
}

// spend uses a code of an app up: it, and any before it, is wrong from then on.
func (tx *Tx) spend(ctx context.Context, factor *secondFactor, plain string) (isRight bool, err error) {
	if tx.core.vault == nil {
		return false, factorNotConfigured("input")
	}
	secret, err := tx.core.vault.open(factor.place(), factor.Sealed)
	if err != nil {
		return false, fmt.Errorf("open the second factor of %s: %w", factor.UserID, err)
	}
	step, isRight := stepOf(secret, plain, tx.Now, factor.LastStep)
	if !isRight {
		return false, nil
	}
	_, err = tx.NewUpdate().Model(factor).Set("last_step = ?", step).
		Where("organization_id = ? AND user_id = ?", factor.OrganizationID, factor.UserID).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("use a code: %w", err)
	}
	return true, nil
}

// useCode uses a code up of a user whose second factor counts: of the app, or one for who has lost it.
func (tx *Tx) useCode(ctx context.Context, user ID, code string) (isRight bool, err error) {
	factor, err := tx.factor(ctx, user)
	if err != nil {
		return false, err
	}
	if factor == nil || factor.ConfirmedAt == nil {
		return false, factorIsOff("input")
	}
	plain := plainCode(code)
	if isAppCode(plain) {
		return tx.spend(ctx, factor, plain)
	}
	var used []string
	_, err = tx.NewDelete().Table("recovery_codes").Where("organization_id = ? AND user_id = ? AND code_hash = ?",
		factor.OrganizationID, user, hashSecret(plain)).Returning("code_hash").Exec(ctx, &used)
	if err != nil {
		return false, fmt.Errorf("use a recovery code: %w", err)
	}
	if len(used) == 0 {
		return false, nil
	}
	return true, tx.noteAccess(ctx, RecoveryCodeUsedAccess, user)
}

// SecondFactor tells of the actor's second factor.
func (s *Accounts) SecondFactor(ctx context.Context) (*SecondFactor, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	standing, err := standingOf(ctx, conn, actor.OrganizationID, actor.UserID)
	if err != nil {
		return nil, err
	}
	return &SecondFactor{IsEnabled: standing.ConfirmedAt != nil, EnabledAt: standing.ConfirmedAt, RecoveryCodesLeft: standing.Codes,
		IsRequired: standing.Required}, nil
}

// factorStanding is how a user stands with second factors.
type factorStanding struct {
	ConfirmedAt *time.Time
	Codes       int
	Required    bool
}

func standingOf(ctx context.Context, conn db.Conn, organization, user ID) (*factorStanding, error) {
	found, err := db.Rows[*factorStanding](ctx, conn, "SELECT f.confirmed_at,"+
		" (SELECT count(*) FROM recovery_codes AS c WHERE c.organization_id = u.organization_id AND c.user_id = u.id) AS codes,"+
		" COALESCE(o.requires_second_factor, FALSE) AS required FROM users AS u"+
		" LEFT JOIN second_factors AS f ON f.organization_id = u.organization_id AND f.user_id = u.id"+
		" LEFT JOIN organization_settings AS o ON o.organization_id = u.organization_id"+
		" WHERE u.organization_id = ? AND u.id = ?", string(organization), string(user))
	if err != nil {
		return nil, fmt.Errorf("read how %s stands with second factors: %w", user, err)
	}
	if len(found) == 0 {
		return nil, ErrUnauthenticated
	}
	return found[0], nil
}

// RotateSecrets encrypts with the current key what was encrypted with an older one, and tells how much that was. Servers
// may run meanwhile, as long as they know both keys.
func (s *Accounts) RotateSecrets(ctx context.Context) (rotated int, err error) {
	if s.vault == nil {
		return 0, errNoKey
	}
	for last := ""; ; {
		factors, err := db.Rows[*secondFactor](db.Everywhere(ctx), s.db.Read(),
			"SELECT t.organization_id, t.user_id FROM second_factors AS t WHERE t.user_id > ? ORDER BY t.user_id LIMIT 100", last)
		if err != nil || len(factors) == 0 {
			return rotated, err
		}
		for _, one := range factors {
			last = string(one.UserID)
			isNew, err := s.rotate(ctx, one)
			if err != nil {
				return rotated, err
			}
			if isNew {
				rotated++
			}
		}
	}
}

func (s *Accounts) rotate(ctx context.Context, one *secondFactor) (isNew bool, err error) {
	_, err = s.transact(ctx, Actor{OrganizationID: one.OrganizationID}, func(ctx context.Context, tx *Tx) error {
		isNew = false
		factor, err := tx.factor(ctx, one.UserID)
		if err != nil || factor == nil || s.vault.isCurrent(factor.Sealed) {
			return err
		}
		secret, err := s.vault.open(factor.place(), factor.Sealed)
		if err != nil {
			return fmt.Errorf("open the second factor of %s: %w", factor.UserID, err)
		}
		isNew = true
		_, err = tx.NewUpdate().Model(factor).Set("sealed = ?", s.vault.seal(factor.place(), secret)).
			Where("organization_id = ? AND user_id = ?", factor.OrganizationID, factor.UserID).Exec(ctx)
		return err
	})
	return isNew, err
}
