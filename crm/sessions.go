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
	if err := s.mayUsePassword(ctx, account.OrganizationID); err != nil {
		return nil, err
	}
	now := s.moment()
	signedIn := &SignedIn{Token: newSecret(sessionToken), ExpiresAt: now.Add(sessionLength), User: &account.User}
	opened := &session{
		OrganizationID: account.OrganizationID, ID: s.newID(sessionPrefix), UserID: account.ID,
		SecretHash: hashSecret(signedIn.Token), CreatedAt: now, ExpiresAt: signedIn.ExpiresAt,
	}
	return signedIn, s.db.Write(within(ctx, account.OrganizationID), func(ctx context.Context, tx *db.Tx) error {
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
	err := s.db.Read().NewSelect().Model(found).Where("email = ? AND active", address).Scan(db.Everywhere(ctx))
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

// SignOut ends the session of a token. An unknown token is no error: it is as gone as wished.
func (s *Sessions) SignOut(ctx context.Context, token string) error {
	ended := new(session)
	err := s.db.Read().NewSelect().Model(ended).Where("secret_hash = ? AND revoked_at IS NULL", hashSecret(token)).Scan(db.Everywhere(ctx))
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up session: %w", err)
	}
	owner := Actor{OrganizationID: ended.OrganizationID, UserID: ended.UserID, CredentialID: ended.ID}
	_, err = s.transact(ctx, owner, func(ctx context.Context, tx *Tx) error {
		var now []ID // none when it was ended meanwhile
		_, err := tx.NewUpdate().Table("sessions").Set("revoked_at = ?", tx.Now).
			Where("organization_id = ? AND id = ? AND revoked_at IS NULL", ended.OrganizationID, ended.ID).Returning("id").Exec(ctx, &now)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		for _, id := range now {
			tx.logAccess(AccessEndedEvent, ended.UserID, id, nil)
		}
		return nil
	})
	return err
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
	Secret   *string `once:"-"`
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
		if err != nil {
			return nil, fmt.Errorf("revoke key: %w", err)
		}
		if token.ID == "" {
			return nil, notFound("input", "id")
		}
		tx.logAccess(AccessEndedEvent, token.UserID, token.ID, nil)
		return &RevokeAPITokenPayload{APIToken: token}, nil
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
