package crm

import (
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

// SignedIn is a new session with its token, which is not stored.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	User      *User
}

// SignIn opens a session for a colleague. It takes as long for an unknown address as for a wrong
// password, and says the same.
func (s *Sessions) SignIn(ctx context.Context, email, password string) (*SignedIn, error) {
	account, err := s.account(ctx, email)
	if err != nil {
		return nil, err
	}
	stored := unknownPassword
	if account != nil && account.PasswordHash != nil {
		stored = *account.PasswordHash
	}
	if !checkPassword(stored, password) {
		return nil, ErrBadCredentials
	}
	now := s.moment()
	signedIn := &SignedIn{Token: newSecret(sessionToken), ExpiresAt: now.Add(sessionLength), User: &account.User}
	opened := &session{
		OrganizationID: account.OrganizationID, ID: s.newID(sessionPrefix), UserID: account.ID,
		SecretHash: hashSecret(signedIn.Token), CreatedAt: now, ExpiresAt: signedIn.ExpiresAt,
	}
	return signedIn, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewInsert().Model(opened).Exec(ctx)
		return err
	})
}

// account finds who may sign in with an address; nil when there is nobody.
func (s *Sessions) account(ctx context.Context, email string) (*account, error) {
	address := strings.ToLower(strings.TrimSpace(email))
	if !utf8.ValidString(address) || strings.ContainsRune(address, 0) {
		return nil, nil // no store can hold such an address, so nobody has it
	}
	found := new(account)
	err := s.db.Read().NewSelect().Model(found).Where("email = ? AND active", address).Scan(ctx)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up account: %w", err)
	}
	return found, nil
}

// unknownPassword is compared with when there is no account, so that the answer takes as long; no
// password matches it.
const unknownPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" //nolint:gosec // no credential

// credential is what a token stands for.
type credential struct {
	OrganizationID ID
	UserID         ID
	CredentialID   ID
	Role           Role
	Finance        bool
	ExpiresAt      *time.Time
	RevokedAt      *time.Time
	LastUsedAt     *time.Time
}

// Authenticate tells whose token it is, of a session or of a program. ErrUnauthenticated when it is
// unknown, over or revoked, or when its owner may no longer sign in.
func (s *Sessions) Authenticate(ctx context.Context, token string) (Actor, error) {
	table, used := "sessions", "CAST(NULL AS TIMESTAMPTZ)"
	if strings.HasPrefix(token, programToken+"_") {
		table, used = "api_tokens", "c.last_used_at"
	}
	found, err := db.Rows[*credential](ctx, s.db.Read(),
		"SELECT c.organization_id, c.user_id, c.id AS credential_id, u.role, u.finance, c.expires_at, c.revoked_at, "+used+" AS last_used_at"+
			" FROM "+table+" AS c JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.user_id"+
			" WHERE c.secret_hash = ? AND u.active", hashSecret(token))
	if err != nil {
		return Actor{}, fmt.Errorf("look up credential: %w", err)
	}
	now := s.moment()
	if len(found) == 0 || ends(now, found[0].ExpiresAt, found[0].RevokedAt) {
		return Actor{}, ErrUnauthenticated
	}
	c := found[0]
	if table == "api_tokens" {
		if err := s.noteUse(ctx, c, now); err != nil {
			return Actor{}, err
		}
	}
	return Actor{OrganizationID: c.OrganizationID, UserID: c.UserID, Role: c.Role, Finance: c.Finance, CredentialID: c.CredentialID}, nil
}

// noteUse keeps when a program's token was last used, to the minute, so that not every request writes.
func (s *Sessions) noteUse(ctx context.Context, c *credential, now time.Time) error {
	minute := now.Truncate(time.Minute)
	if c.LastUsedAt != nil && !c.LastUsedAt.Before(minute) {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewUpdate().Table("api_tokens").Set("last_used_at = ?", minute).
			Where("organization_id = ? AND id = ?", c.OrganizationID, c.CredentialID).Exec(ctx)
		return err
	})
}

// SignOut ends the session of a token. An unknown token is no error: it is as gone as wished.
func (s *Sessions) SignOut(ctx context.Context, token string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewUpdate().Table("sessions").Set("revoked_at = ?", s.moment()).
			Where("secret_hash = ? AND revoked_at IS NULL", hashSecret(token)).Exec(ctx)
		return err
	})
}

// CreateAPITokenInput is a new key for a program.
type CreateAPITokenInput struct {
	Name      string
	ExpiresAt *time.Time
}

// CreateAPITokenPayload is the answer to CreateToken.
type CreateAPITokenPayload struct {
	Outcome
	APIToken *APIToken
	Secret   *string
}

// CreateToken makes a key with the actor's own rights. The secret is in this answer and nowhere else.
func (s *Sessions) CreateToken(ctx context.Context, input CreateAPITokenInput) (*CreateAPITokenPayload, error) {
	return write(ctx, s.core, OwnTokens, func(ctx context.Context, tx *Tx) (*CreateAPITokenPayload, error) {
		fields := patchingAt("input")
		name := fields.part("name", &input.Name, upTo(100))
		if name == nil && len(fields.faults) == 0 {
			fields.refuse("name", Text{NL: "Dit veld is verplicht.", EN: "This field is required."})
		}
		if input.ExpiresAt != nil && !input.ExpiresAt.After(tx.Now) {
			fields.refuse("expiresAt", Text{NL: "Dit moment is voorbij.", EN: "This moment has passed."})
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		secret := newSecret(programToken)
		token := &APIToken{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(apiTokenPrefix), UserID: tx.Actor.UserID,
			Name: *name, SecretHash: hashSecret(secret), CreatedAt: tx.Now, ExpiresAt: input.ExpiresAt}
		_, err := tx.NewInsert().Model(token).Exec(ctx)
		return &CreateAPITokenPayload{APIToken: token, Secret: &secret}, err
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
		if err == nil && token.ID == "" {
			err = notFound("input", "id")
		}
		return &RevokeAPITokenPayload{APIToken: token}, err
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

// Check tells whether the actor's credential still works: nil, or ErrUnauthenticated.
func (s *Sessions) Check(ctx context.Context) error {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return err
	}
	table := "sessions"
	if actor.CredentialID.Prefix() == apiTokenPrefix {
		table = "api_tokens"
	}
	found, err := db.Rows[*credential](ctx, conn,
		"SELECT c.expires_at, c.revoked_at FROM "+table+" AS c JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.user_id"+
			" WHERE c.organization_id = ? AND c.id = ? AND u.active", string(actor.OrganizationID), string(actor.CredentialID))
	if err != nil {
		return fmt.Errorf("check credential: %w", err)
	}
	if len(found) == 0 || ends(s.moment(), found[0].ExpiresAt, found[0].RevokedAt) {
		return ErrUnauthenticated
	}
	return nil
}
