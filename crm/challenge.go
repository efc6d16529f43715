package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// ChallengeStep is what has still to be done to come in.
type ChallengeStep string

// The steps.
const (
	CodeStep      ChallengeStep = "CODE"      // show a code of the second factor
	EnrolmentStep ChallengeStep = "ENROLMENT" // choose a second factor: the office requires one
)

const (
	challengeToken  = "kkc"
	challengeLength = 10 * time.Minute
	// wrongCodes is how many wrong codes end a challenge.
	wrongCodes = 5
)

// challenge is someone who gave the right password and is not in yet.
type challenge struct {
	bun.BaseModel `bun:"table:sign_in_challenges,alias:t"`

	OrganizationID ID
	ID             ID
	UserID         ID
	Step           ChallengeStep
	SecretHash     string
	Wrong          int
	CreatedAt      time.Time
	ExpiresAt      time.Time
}

// ErrChallengeOver says that a challenge is unknown, done, too old, or had too many wrong codes.
var ErrChallengeOver error = &Error{Code: "CHALLENGE_OVER", Text: Text{
	NL: "Meld u opnieuw aan met uw wachtwoord.",
	EN: "Sign in again with your password."}}

// SignInCode opens a session for who gave the right password and shows a code.
func (s *Sessions) SignInCode(ctx context.Context, token, code string) (*SignedIn, error) {
	return s.proceed(ctx, token, CodeStep, func(ctx context.Context, tx *Tx, user *User) (codes []string, isRight bool, err error) {
		isRight, err = tx.useCode(ctx, user.ID, code)
		return nil, isRight, err
	})
}

// SignInEnrol begins a second factor for who gave the right password at an office that requires one.
func (s *Sessions) SignInEnrol(ctx context.Context, token string) (made *Enrolment, err error) {
	asked, user, err := s.challenged(ctx, token, EnrolmentStep)
	if err != nil {
		return nil, err
	}
	_, err = s.transact(ctx, comer(ctx, user), func(ctx context.Context, tx *Tx) error {
		if _, err := tx.challenge(ctx, asked); err != nil {
			return err
		}
		made, err = tx.enrol(ctx, user)
		return err
	})
	return made, err
}

// SignInConfirm opens a session for who has chosen a second factor, and gives the codes for when it is lost.
func (s *Sessions) SignInConfirm(ctx context.Context, token, code string) (*SignedIn, error) {
	return s.proceed(ctx, token, EnrolmentStep, func(ctx context.Context, tx *Tx, user *User) ([]string, bool, error) {
		return tx.confirm(ctx, user.ID, code)
	})
}

// proceed does what a challenge wants, and opens a session when that was right. What was wrong is counted, also when
// the person begins anew with the password.
func (s *Sessions) proceed(ctx context.Context, token string, step ChallengeStep,
	do func(context.Context, *Tx, *User) (codes []string, isRight bool, err error)) (*SignedIn, error) {
	asked, user, err := s.challenged(ctx, token, step)
	if err != nil {
		return nil, err
	}
	noted, err := s.takeCode(ctx, user.OrganizationID, user.ID)
	if err != nil {
		return nil, err
	}
	var signedIn *SignedIn
	_, err = s.transact(ctx, comer(ctx, user), func(ctx context.Context, tx *Tx) error {
		signedIn = nil
		locked, err := tx.challenge(ctx, asked)
		if err != nil {
			return err
		}
		codes, isRight, err := do(ctx, tx, user)
		if err != nil {
			return err
		}
		if !isRight {
			return tx.countWrong(ctx, locked)
		}
		if _, err := tx.NewDelete().Model(locked).Where("organization_id = ? AND id = ?", locked.OrganizationID, locked.ID).Exec(ctx); err != nil {
			return fmt.Errorf("end a challenge: %w", err)
		}
		if signedIn, err = tx.openSession(ctx, user, nil); err == nil {
			signedIn.RecoveryCodes = codes
		}
		return err
	})
	switch {
	case err != nil:
		noted.forget(ctx)
		return nil, err
	case signedIn == nil:
		s.denied(ctx, CodeDeniedAccess, user.OrganizationID, user.ID)
		return nil, wrongCode("code")
	}
	noted.forget(ctx)
	return signedIn, nil
}

// challenged finds a challenge that is still open, and whose it is.
func (s *Sessions) challenged(ctx context.Context, token string, step ChallengeStep) (*challenge, *User, error) {
	limit := tokenLimit(originFrom(ctx))
	if err := s.take(ctx, limit); err != nil {
		return nil, nil, err
	}
	found, err := db.Rows[*challenge](db.Everywhere(ctx), s.db.Read(),
		"SELECT t.organization_id, t.id, t.user_id FROM sign_in_challenges AS t WHERE t.secret_hash = ? AND t.step = ? AND t.expires_at > ?",
		hashSecret(token), string(step), s.moment())
	if err != nil {
		return nil, nil, fmt.Errorf("look up a challenge: %w", err)
	}
	if len(found) == 0 {
		return nil, nil, ErrChallengeOver
	}
	taken{s.core, []Limit{limit}}.forget(ctx) // who has a challenge does not guess at them
	users, err := byIDs(db.WithFields(within(ctx, found[0].OrganizationID), db.Fields{}), s.db.Read(), found[0].OrganizationID, "users", []ID{found[0].UserID}, (*User).NodeID)
	if err != nil || users[0] == nil {
		return nil, nil, fmt.Errorf("find who is challenged: %w", err)
	}
	return found[0], users[0], nil
}

// challenge locks a challenge that is open, of someone who may come in.
func (tx *Tx) challenge(ctx context.Context, asked *challenge) (*challenge, error) {
	account, err := tx.account(ctx, asked.UserID)
	if err != nil {
		return nil, err
	}
	var found []*challenge
	err = tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", asked.OrganizationID, asked.ID)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock a challenge: %w", err)
	}
	if len(found) == 0 || account == nil || !account.Active {
		return nil, ErrChallengeOver
	}
	return found[0], tx.mayUsePassword(ctx)
}

// countWrong counts a wrong code; too many end the challenge.
func (tx *Tx) countWrong(ctx context.Context, c *challenge) error {
	query := tx.NewRaw("UPDATE sign_in_challenges SET wrong = wrong + 1 WHERE organization_id = ? AND id = ?", c.OrganizationID, c.ID)
	if c.Wrong+1 >= wrongCodes {
		query = tx.NewRaw("DELETE FROM sign_in_challenges WHERE organization_id = ? AND id = ?", c.OrganizationID, c.ID)
	}
	if _, err := query.Exec(ctx); err != nil {
		return fmt.Errorf("count a wrong code: %w", err)
	}
	return nil
}

// challengeOrOpen lets a user in who showed a password, or asks for the second factor first.
func (tx *Tx) challengeOrOpen(ctx context.Context, user *User) (*SignedIn, error) {
	standing, err := standingOf(ctx, tx.Conn, user.OrganizationID, user.ID)
	if err != nil {
		return nil, err
	}
	step := CodeStep
	switch {
	case standing.ConfirmedAt != nil:
	case standing.Required:
		step = EnrolmentStep
	default:
		return tx.openSession(ctx, user, nil)
	}
	signedIn := &SignedIn{Token: newSecret(challengeToken), ExpiresAt: tx.Now.Add(challengeLength), User: user, Step: step}
	asked := &challenge{OrganizationID: user.OrganizationID, ID: tx.core.newID(challengePrefix), UserID: user.ID, Step: step,
		SecretHash: hashSecret(signedIn.Token), CreatedAt: tx.Now, ExpiresAt: signedIn.ExpiresAt}
	if _, err := tx.NewInsert().Model(asked).Exec(ctx); err != nil {
		return nil, fmt.Errorf("challenge %s: %w", user.ID, err)
	}
	return signedIn, nil
}

// endChallenges keeps out whoever is on the way in.
func (tx *Tx) endChallenges(ctx context.Context, user ID) error {
	_, err := tx.NewDelete().Table("sign_in_challenges").Where("organization_id = ? AND user_id = ?", tx.Actor.OrganizationID, user).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end challenges of %s: %w", user, err)
	}
	return nil
}
