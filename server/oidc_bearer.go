package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"klantkaart/crm"
)

// The bounds of bearer tokens.
const (
	maxJWT     = 16 << 10
	maxBearers = 10_000 // whose signature is remembered
	clockSkew  = time.Minute
)

// isJWT tells a signed token of an issuer from our own, which have no dots.
func isJWT(token string) bool { return strings.Count(token, ".") == 2 }

// bearers remembers which tokens were signed well, until they expire. Who holds them and what they may do is
// looked up at every request.
type bearers struct {
	mu     sync.Mutex
	signed map[[sha256.Size]byte]crm.Bearer
}

func newBearers() *bearers { return &bearers{signed: map[[sha256.Size]byte]crm.Bearer{}} }

func (b *bearers) find(token string) (crm.Bearer, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, ok := b.signed[sha256.Sum256([]byte(token))]
	return found, ok
}

func (b *bearers) keep(token string, says crm.Bearer, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.signed) >= maxBearers {
		for key, one := range b.signed {
			if !now.Before(one.ExpiresAt) {
				delete(b.signed, key)
			}
		}
	}
	if len(b.signed) < maxBearers {
		b.signed[sha256.Sum256([]byte(token))] = says
	}
}

// authenticateBearer tells who holds an access token of an issuer that an office trusts.
func (n *node) authenticateBearer(ctx context.Context, token string) (crm.Actor, error) {
	says, known := n.bearers.find(token)
	if !known {
		read, err := n.readBearer(ctx, token)
		if errors.As(err, new(errLookup)) {
			return crm.Actor{}, err
		}
		if err != nil {
			slog.DebugContext(ctx, "a bearer token was refused", slog.Any("error", err))
			return crm.Actor{}, crm.ErrUnauthenticated
		}
		says = read
		n.bearers.keep(token, says, time.Now())
	}
	return n.crm.Sessions.AuthenticateBearer(ctx, says)
}

// errLookup says that the fault is the store's, and not the token's.
type errLookup struct{ error }

// unproved is what a token says of itself, before anyone has vouched for it.
type unproved struct {
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	IssuedAt float64  `json:"iat"`
	Begins   float64  `json:"nbf"`
}

// audience is one text, or several.
type audience []string

// UnmarshalJSON reads it.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// readBearer verifies a token: its issuer and audience are those of an office, its signature is the issuer's, and
// it is its time. An issuer that no office trusts is not even asked for its keys.
func (n *node) readBearer(ctx context.Context, token string) (crm.Bearer, error) {
	var claims unproved
	if len(token) > maxJWT {
		return crm.Bearer{}, errors.New("the token is too long")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil || strings.ContainsRune(claims.Issuer+strings.Join(claims.Audience, ""), 0) {
		return crm.Bearer{}, errors.New("this is no token")
	}
	trusted, err := n.crm.Identities.AcceptsBearers(ctx, claims.Issuer, claims.Audience)
	if err != nil {
		return crm.Bearer{}, errLookup{err}
	}
	if !trusted {
		return crm.Bearer{}, errors.New("no office trusts this issuer for this audience")
	}
	found, err := n.issuers.find(ctx, claims.Issuer)
	if err != nil {
		return crm.Bearer{}, err
	}
	// Of which audience it is, the office of its holder says.
	proved, err := oidc.NewVerifier(claims.Issuer, found.keys, &oidc.Config{SupportedSigningAlgs: signingAlgorithms(), SkipClientIDCheck: true, Now: n.issuers.now}).Verify(ctx, token)
	if err != nil {
		return crm.Bearer{}, err
	}
	latest := float64(n.issuers.now().Add(clockSkew).Unix())
	if proved.Subject == "" || strings.ContainsRune(proved.Subject, 0) || claims.IssuedAt <= 0 || claims.IssuedAt > latest || claims.Begins > latest {
		return crm.Bearer{}, errors.New("the token names nobody, or it is not its time")
	}
	return crm.Bearer{Issuer: proved.Issuer, Audience: proved.Audience, Subject: proved.Subject, IssuedAt: proved.IssuedAt, ExpiresAt: proved.Expiry.UTC()}, nil
}
