package crm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"klantkaart/db"
)

// Sessions are the ways in: passwords for people, tokens for what they hold.
type Sessions struct{ *core }

// ErrBadCredentials says that nobody has this address and password, without telling which is wrong.
var ErrBadCredentials error = &Error{Code: Unauthenticated, Text: Text{
	NL: "E-mailadres of wachtwoord klopt niet.",
	EN: "E-mail address or password is wrong."}}

// sessionLength is how long a session lasts.
const sessionLength = 12 * time.Hour

// The beginnings of the two kinds of token.
const (
	sessionToken = "kks"
	programToken = "kkt"
)

// SignedIn is a new session with its token, which is not stored; or, where a second factor is wanted, a challenge.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	User      *User
	// Step is what has still to be done; the token is a challenge's then. Empty when the session is open.
	Step ChallengeStep
	// RecoveryCodes are shown to who has chosen a second factor on the way.
	RecoveryCodes []string
}

// SignIn opens a session for a colleague. It takes as long for an unknown address as for a wrong
// password, and says the same.
func (s *Sessions) SignIn(ctx context.Context, email, password string) (*SignedIn, error) {
	own, whole := signInLimits(originFrom(ctx), email)
	noted, err := s.takeBoth(ctx, own, whole, func(ctx context.Context) (bool, error) {
		return s.comesFrom(ctx, "(u.joined OR u.active) AND u.email = ?", strings.ToLower(strings.TrimSpace(email)))
	})
	if err != nil {
		s.limited(ctx, err, email, s.whose(email))
		return nil, err
	}
	account, err := s.account(ctx, email)
	if err != nil {
		noted.forget(ctx)
		return nil, err
	}
	stored := unknownPassword
	if account != nil && account.PasswordHash != nil {
		stored = *account.PasswordHash
	}
	isRight, err := s.passwordIs(ctx, stored, password)
	switch {
	case err != nil:
		noted.forget(ctx)
		return nil, err
	case !isRight:
		if account != nil {
			s.denied(ctx, SignInDeniedAccess, account.OrganizationID, account.ID)
		}
		return nil, ErrBadCredentials
	}
	noted.forget(ctx)
	return s.enter(ctx, &account.User, stored)
}

// enter lets in who showed a password, as long as that is still the colleague's, or asks for the second factor first.
func (s *Sessions) enter(ctx context.Context, user *User, password string) (*SignedIn, error) {
	var signedIn *SignedIn
	_, err := s.transact(ctx, comer(ctx, user), func(ctx context.Context, tx *Tx) error {
		account, err := tx.account(ctx, user.ID)
		if err != nil {
			return err
		}
		if account == nil || !account.Active || deref(account.PasswordHash) != password {
			return ErrBadCredentials // it was changed meanwhile
		}
		if err := tx.mayUsePassword(ctx); err != nil {
			return err
		}
		signedIn, err = tx.challengeOrOpen(ctx, &account.User)
		return err
	})
	return signedIn, err
}

// comer is a user who is about to come in.
func comer(ctx context.Context, user *User) Actor {
	return Actor{OrganizationID: user.OrganizationID, UserID: user.ID, Role: user.Role, Rights: rightsOf(user.Role, user.Finance), Language: LanguageNL,
		ClientID: originFrom(ctx).ClientID}
}

// openSession lets a colleague in, who showed who they are by password or at a provider.
func (tx *Tx) openSession(ctx context.Context, user *User, provider *ID) (*SignedIn, error) {
	if err := tx.mayEnter(ctx); err != nil {
		return nil, err
	}
	from := originFrom(ctx)
	signedIn := &SignedIn{Token: newSecret(sessionToken), ExpiresAt: tx.Now.Add(sessionLength), User: user}
	opened := &Session{
		OrganizationID: user.OrganizationID, ID: tx.core.newID(sessionPrefix), UserID: user.ID,
		SecretHash: hashSecret(signedIn.Token), CreatedAt: tx.Now, ExpiresAt: signedIn.ExpiresAt,
		Client: textOf(from.ClientID), UserAgent: textOf(from.UserAgent), Address: textOf(from.Address),
		ProviderID: provider,
	}
	if _, err := tx.NewInsert().Model(opened).Exec(ctx); err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	return signedIn, tx.noteAccess(ctx, SignedInAccess, user.ID)
}

// account finds who may sign in with an address; nil when there is nobody. Whom other offices have invited at it is not
// looked at: they have not joined. The last condition is that of the index.
func (s *Sessions) account(ctx context.Context, email string) (*account, error) {
	address := strings.ToLower(strings.TrimSpace(email))
	if !utf8.ValidString(address) || strings.ContainsRune(address, 0) {
		return nil, nil // no store can hold such an address, so nobody has it
	}
	found := new(account)
	err := s.db.Read().NewSelect().Model(found).Where("email = ? AND active AND (joined OR active)", address).Scan(db.Everywhere(ctx))
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up account: %w", err)
	}
	return found, nil
}

// whose looks up later who may sign in with an address; nobody where there is nobody.
func (s *Sessions) whose(email string) func(context.Context) (organization, user ID, err error) {
	return func(ctx context.Context) (organization, user ID, err error) {
		found, err := s.account(ctx, email)
		if err != nil || found == nil {
			return "", "", err
		}
		return found.OrganizationID, found.ID, nil
	}
}

// account locks a colleague of the office with what signing in needs; nil when there is nobody.
func (tx *Tx) account(ctx context.Context, id ID) (*account, error) {
	var found []*account
	err := tx.ForUpdate(tx.NewSelect().Model(&found).Where("organization_id = ? AND id = ?", tx.Actor.OrganizationID, id)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// comesFrom tells whether somebody, named by a condition on users, came in from the request's address of late.
func (c *core) comesFrom(ctx context.Context, condition, value string) (bool, error) {
	address := originFrom(ctx).Address
	if address == "" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return false, nil
	}
	found, err := db.Rows[*Session](db.Everywhere(ctx), c.db.Read(),
		"SELECT t.id FROM sessions AS t JOIN users AS u ON u.organization_id = t.organization_id AND u.id = t.user_id"+
			" WHERE "+condition+" AND t.address = ? AND t.created_at > ? LIMIT 1", value, address, c.moment().Add(-knownFor))
	if err != nil {
		return false, fmt.Errorf("look up addresses: %w", err)
	}
	return len(found) > 0, nil
}

// unknownPassword is compared with when there is no account, so that the answer takes as long; no
// password matches it.
const unknownPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" //nolint:gosec // no credential

// SignOut ends the session of a token. An unknown token is no error: it is as gone as wished.
func (s *Sessions) SignOut(ctx context.Context, token string) error {
	ended := new(Session)
	err := s.db.Read().NewSelect().Model(ended).Where("secret_hash = ? AND revoked_at IS NULL", hashSecret(token)).Scan(db.Everywhere(ctx))
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	owner := Actor{OrganizationID: ended.OrganizationID, UserID: ended.UserID, CredentialID: ended.ID}
	_, err = s.transact(ctx, owner, func(ctx context.Context, tx *Tx) error {
		gone, err := tx.endSessions(ctx, ended.UserID, "id = ?", ended.ID) // none when it was ended meanwhile
		if err != nil || len(gone) == 0 {
			return err
		}
		return tx.noteAccess(ctx, SignedOutAccess, ended.UserID)
	})
	return err
}

// CreateAPITokenInput is a new key for a program.
type CreateAPITokenInput struct {
	Name      string
	Scope     APITokenScope
	Rights    []Right
	ExpiresAt *time.Time
}

// CreateAPITokenPayload is the answer to CreateToken.
type CreateAPITokenPayload struct {
	Outcome
	APIToken *APIToken
	Secret   *string `once:"-"`
}

// CreateToken makes a key with the actor's own rights, or with some of them. The secret is in this answer and nowhere else.
func (s *Sessions) CreateToken(ctx context.Context, input CreateAPITokenInput) (*CreateAPITokenPayload, error) {
	return write(ctx, s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*CreateAPITokenPayload, error) {
		fields := patchingAt("input")
		name := fields.needed("name", input.Name, upTo(100))
		if input.ExpiresAt != nil && !input.ExpiresAt.After(tx.Now) {
			fields.refuse("expiresAt", Text{NL: "Dit moment is voorbij.", EN: "This moment has passed."})
		}
		token := &APIToken{OrganizationID: tx.Actor.OrganizationID, UserID: tx.Actor.UserID, Scope: cmp.Or(input.Scope, EverythingOfOwner), Rights: RightsOf(input.Rights...).List(),
			CreatedAt: tx.Now, ExpiresAt: input.ExpiresAt}
		token.checkScope(tx.Actor, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		secret := newSecret(programToken)
		token.ID, token.Name, token.SecretHash = tx.core.newID(apiTokenPrefix), name, hashSecret(secret)
		if _, err := tx.NewInsert().Model(token).Exec(ctx); err != nil {
			return nil, fmt.Errorf("make key: %w", err)
		}
		return &CreateAPITokenPayload{APIToken: token, Secret: &secret}, tx.noteAccess(ctx, TokenCreatedAccess, token.UserID, changesBetween(&APIToken{Rights: []Right{}}, token)...)
	})
}

// RevokeAPITokenInput says which key to revoke.
type RevokeAPITokenInput struct{ ID ID }

// RevokeAPITokenPayload is the answer to RevokeToken.
type RevokeAPITokenPayload struct {
	Outcome
	APIToken *APIToken
}

// RevokeToken ends one of the actor's own keys at once.
func (s *Sessions) RevokeToken(ctx context.Context, input RevokeAPITokenInput) (*RevokeAPITokenPayload, error) {
	return write(ctx, s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*RevokeAPITokenPayload, error) {
		token := new(APIToken)
		_, err := tx.NewUpdate().Model(token).Set("revoked_at = ?", tx.Now).
			Where("organization_id = ? AND id = ? AND user_id = ? AND revoked_at IS NULL", tx.Actor.OrganizationID, input.ID, tx.Actor.UserID).
			Returning("*").Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("revoke key: %w", err)
		}
		if token.ID == "" {
			return nil, notFound("input", "id")
		}
		tx.logAccess(AccessEndedEvent, token.UserID, token.ID, nil)
		return &RevokeAPITokenPayload{APIToken: token}, tx.noteAccess(ctx, TokenRevokedAccess, token.UserID)
	})
}

// Tokens gives the actor's own keys that are not revoked, newest first.
func (s *Sessions) Tokens(ctx context.Context) ([]*APIToken, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	return db.Rows[*APIToken](ctx, conn,
		"SELECT "+db.Columns[*APIToken](ctx, conn)+" FROM api_tokens AS t WHERE t.organization_id = ? AND t.user_id = ? AND t.revoked_at IS NULL ORDER BY t.id DESC",
		string(actor.OrganizationID), string(actor.UserID))
}
