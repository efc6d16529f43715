package crm

import (
	"context"
	"fmt"
	"time"

	"klantkaart/db"
)

// Bearer is what a provider's access token says, after its signature was checked.
type Bearer struct {
	Issuer              string
	Audience            []string
	Subject             string
	IssuedAt, ExpiresAt time.Time
}

// AcceptsBearers tells whether some office lets in tokens of an issuer for one of these audiences. Only then is
// it worth to ask the issuer for its keys.
func (s *Identities) AcceptsBearers(ctx context.Context, issuer string, audience []string) (bool, error) {
	conn := s.db.Read()
	found, err := db.Rows[*IdentityProvider](db.Everywhere(ctx), conn,
		"SELECT t.id FROM identity_providers AS t WHERE t.issuer = ? AND t.enabled AND "+conn.In("t.api_audience")+" LIMIT 1",
		issuer, db.List(conn, audience))
	if err != nil {
		return false, fmt.Errorf("look up who trusts an issuer: %w", err)
	}
	return len(found) > 0, nil
}

// AuthenticateBearer tells whose access token it is: of the colleague to whom the account was linked when they
// signed in. No colleague is made of a token. Two offices that trust the same issuer for the same audience, and
// both know the account, leave open which of them is meant: nobody is let in.
func (s *Sessions) AuthenticateBearer(ctx context.Context, token Bearer) (Actor, error) {
	conn, now := s.db.Read(), s.moment()
	if ends(now, &token.ExpiresAt, nil) {
		return Actor{}, ErrUnauthenticated
	}
	found, err := db.Rows[*credential](db.Everywhere(ctx), conn,
		selectCredentials(linkTable, "p.issuer = ? AND c.subject = ? AND c.valid_from <= ? AND "+conn.In("p.api_audience")),
		token.Issuer, token.Subject, token.IssuedAt.UTC(), db.List(conn, token.Audience))
	if err != nil {
		return Actor{}, fmt.Errorf("look up the account of a token: %w", err)
	}
	if len(found) != 1 {
		return Actor{}, ErrUnauthenticated
	}
	found[0].ExpiresAt = &token.ExpiresAt
	return found[0].actor(), nil
}

// endIssued lets no token in that a provider has issued to a user so far.
func (tx *Tx) endIssued(ctx context.Context, user ID) error {
	_, err := tx.NewUpdate().Table(linkTable).Set("valid_from = ?", tx.Now).
		Where("organization_id = ? AND user_id = ?", tx.Actor.OrganizationID, user).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end issued tokens of %s: %w", user, err)
	}
	return nil
}
