package crm

import "context"

// BeginSecondFactorInput is the actor's password: who has found a session open shall not lock its owner out.
type BeginSecondFactorInput struct{ Password string }

// BeginSecondFactorPayload is the answer to BeginSecondFactor.
type BeginSecondFactorPayload struct {
	Outcome
	Enrolment *Enrolment `once:"-"`
}

// BeginSecondFactor makes a second factor for the actor, which counts once a code confirms it.
func (s *Accounts) BeginSecondFactor(ctx context.Context, input BeginSecondFactorInput) (*BeginSecondFactorPayload, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.own(ctx, actor, input.Password, "input", "password")
	if err != nil {
		return nil, err
	}
	return write(secretly(ctx), s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*BeginSecondFactorPayload, error) {
		made, err := tx.enrol(ctx, &before.User)
		return &BeginSecondFactorPayload{Enrolment: made}, err
	})
}

// ConfirmSecondFactorInput is a code of the new second factor.
type ConfirmSecondFactorInput struct{ Code string }

// ConfirmSecondFactorPayload is the answer to ConfirmSecondFactor.
type ConfirmSecondFactorPayload struct {
	Outcome
	RecoveryCodes []string `once:"-"`
}

// ConfirmSecondFactor makes the actor's new second factor count.
func (s *Accounts) ConfirmSecondFactor(ctx context.Context, input ConfirmSecondFactorInput) (*ConfirmSecondFactorPayload, error) {
	return withCode(ctx, s, func(ctx context.Context, tx *Tx) (*ConfirmSecondFactorPayload, bool, error) {
		codes, isRight, err := tx.confirm(ctx, tx.Actor.UserID, input.Code)
		return &ConfirmSecondFactorPayload{RecoveryCodes: codes}, isRight, err
	})
}

// RenewRecoveryCodesInput is a code of the actor's second factor.
type RenewRecoveryCodesInput struct{ Code string }

// RenewRecoveryCodesPayload is the answer to RenewRecoveryCodes.
type RenewRecoveryCodesPayload struct {
	Outcome
	RecoveryCodes []string `once:"-"`
}

// RenewRecoveryCodes gives the actor new codes for when the app is lost.
func (s *Accounts) RenewRecoveryCodes(ctx context.Context, input RenewRecoveryCodesInput) (*RenewRecoveryCodesPayload, error) {
	return withCode(ctx, s, func(ctx context.Context, tx *Tx) (*RenewRecoveryCodesPayload, bool, error) {
		payload := &RenewRecoveryCodesPayload{RecoveryCodes: []string{}}
		isRight, err := tx.useCode(ctx, tx.Actor.UserID, input.Code)
		if err != nil || !isRight {
			return payload, false, err
		}
		if payload.RecoveryCodes, err = tx.renewCodes(ctx, tx.Actor.UserID); err != nil {
			return payload, false, err
		}
		return payload, true, tx.noteAccess(ctx, RecoveryCodesRenewedAccess, tx.Actor.UserID)
	})
}

// DisableSecondFactorInput is a code of the actor's second factor.
type DisableSecondFactorInput struct{ Code string }

// DisableSecondFactorPayload is the answer to DisableSecondFactor.
type DisableSecondFactorPayload struct{ Outcome }

// DisableSecondFactor takes the actor's second factor away, unless the office requires one.
func (s *Accounts) DisableSecondFactor(ctx context.Context, input DisableSecondFactorInput) (*DisableSecondFactorPayload, error) {
	return withCode(ctx, s, func(ctx context.Context, tx *Tx) (*DisableSecondFactorPayload, bool, error) {
		payload := &DisableSecondFactorPayload{}
		standing, err := standingOf(ctx, tx.Conn, tx.Actor.OrganizationID, tx.Actor.UserID)
		if err != nil {
			return payload, false, err
		}
		if standing.Required {
			return payload, false, factorIsRequired()
		}
		isRight, err := tx.useCode(ctx, tx.Actor.UserID, input.Code)
		if err != nil || !isRight {
			return payload, false, err
		}
		if err := tx.dropFactor(ctx, tx.Actor.UserID); err != nil {
			return payload, false, err
		}
		if err := s.tell(ctx, tx, factorNotice, tx.Actor.UserID, tx.Actor.Language); err != nil {
			return payload, false, err
		}
		return payload, true, tx.noteAccess(ctx, FactorDisabledAccess, tx.Actor.UserID)
	})
}

// withCode makes a change of the actor's own second factor that wants a code of it. Wrong ones are counted.
func withCode[P payload](ctx context.Context, s *Accounts, change func(context.Context, *Tx) (answer P, isRight bool, err error)) (P, error) {
	var none P
	actor, err := ActorFrom(ctx)
	if err != nil {
		return none, err
	}
	noted, err := s.takeCode(ctx, actor.OrganizationID, actor.UserID)
	if err != nil {
		return none, err
	}
	isRight := true
	answer, err := write(secretly(ctx), s.core, OwnTokens, func(ctx context.Context, tx *Tx) (P, error) {
		answer, right, err := change(ctx, tx)
		if isRight = right || err != nil; !isRight {
			err = wrongCode("input", "code")
		}
		return answer, err
	})
	if isRight {
		noted.forget(ctx)
		return answer, err
	}
	s.denied(ctx, CodeDeniedAccess, actor.OrganizationID, actor.UserID)
	return answer, err
}

// takeCode notes a try at a code of a user's.
func (c *core) takeCode(ctx context.Context, organization, user ID) (taken, error) {
	own, whole := codeLimits(originFrom(ctx), user)
	noted, err := c.takeBoth(ctx, own, whole, func(ctx context.Context) (bool, error) { return c.comesFrom(ctx, "u.id = ?", string(user)) })
	c.limited(ctx, err, string(user), func(context.Context) (ID, ID, error) { return organization, user, nil })
	return noted, err
}

// RemoveSecondFactorInput says of whom to take the second factor away.
type RemoveSecondFactorInput struct{ ID ID }

// RemoveSecondFactorPayload is the answer to RemoveSecondFactor.
type RemoveSecondFactorPayload struct {
	Outcome
	User *User
}

// RemoveSecondFactor takes a colleague's second factor away, who has lost it with all codes. For an administrator, and
// not of oneself: that wants a code.
func (s *Accounts) RemoveSecondFactor(ctx context.Context, input RemoveSecondFactorInput) (*RemoveSecondFactorPayload, error) {
	return write(ctx, s.core, Administer, func(ctx context.Context, tx *Tx) (*RemoveSecondFactorPayload, error) {
		account, err := tx.account(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if account == nil {
			return nil, notFound("input", "id")
		}
		if account.ID == tx.Actor.UserID {
			return nil, &Error{Code: Forbidden, Path: []string{"input", "id"}, Text: Text{
				NL: "Zet de eigen tweestapsverificatie uit met een code.",
				EN: "Switch off your own two-step verification with a code."}}
		}
		factor, err := tx.factor(ctx, account.ID)
		if err != nil {
			return nil, err
		}
		if factor == nil || factor.ConfirmedAt == nil {
			return nil, factorIsOff("input", "id")
		}
		if err := tx.dropFactor(ctx, account.ID); err != nil {
			return nil, err
		}
		if err := s.tell(ctx, tx, factorNotice, account.ID, tx.Actor.Language); err != nil {
			return nil, err
		}
		return &RemoveSecondFactorPayload{User: &account.User}, tx.noteAccess(ctx, FactorRemovedAccess, account.ID)
	})
}
