package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"klantkaart/crm"
)

// idClaims are what a provider says of a person, by the names of OpenID Connect.
type idClaims map[string]any

// The claims that are looked at.
const (
	nameClaim     = "name"
	emailClaim    = "email"
	verifiedClaim = "email_verified"
	// ownDomainClaim is how Entra ID says that the address is of a domain of the person's own organization.
	ownDomainClaim = "xms_edov"
	partyClaim     = "azp"
)

// idClaimsOf reads an ID token that was made for us.
func idClaimsOf(provider *crm.IdentityProvider, proved *oidc.IDToken) (idClaims, error) {
	claims := idClaims{}
	if err := proved.Claims(&claims); err != nil {
		return nil, fmt.Errorf("read the ID token: %w", err)
	}
	party, named := claims[partyClaim]
	if (named && party != provider.ClientID) || (len(proved.Audience) > 1 && !named) {
		return nil, errors.New("the ID token was made for another client")
	}
	return claims, nil
}

// complete asks for what the ID token leaves out: a provider may keep it for those who ask with the access token
// (OpenID Connect Core 1.0, 5.4). What the token says goes first.
func (n *node) complete(ctx context.Context, provider *crm.IdentityProvider, found *discovered, token *oauth2.Token, claims idClaims) error {
	_, hasEmail := claims[emailClaim]
	_, hasGroups := claims[provider.GroupsClaim]
	if found.Person == "" || (hasEmail && (hasGroups || len(provider.GroupRoles) == 0)) {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, found.Person, http.NoBody)
	if err != nil {
		return err
	}
	token.SetAuthHeader(request)
	more := idClaims{}
	if err := askJSON(n.issuers.client, request, &more); err != nil {
		return errUnreachable{fmt.Errorf("ask who it is: %w", err)}
	}
	if more["sub"] != claims["sub"] {
		return errors.New("the provider tells of somebody else")
	}
	if hasEmail { // and what was said of it: the two stay together
		delete(more, verifiedClaim)
		delete(more, ownDomainClaim)
	}
	maps.Copy(more, claims)
	maps.Copy(claims, more)
	return nil
}

// identityIn reads whom the claims are about.
func identityIn(provider *crm.IdentityProvider, subject string, claims idClaims) *crm.Identity {
	who := &crm.Identity{ProviderID: provider.ID, Subject: subject, Groups: textsIn(claims[provider.GroupsClaim])}
	who.Name, _ = claims[nameClaim].(string)
	if address, ok := claims[emailClaim].(string); ok && claims.verified(provider.Issuer) && !strings.ContainsRune(address, 0) {
		who.Email = strings.ToLower(strings.TrimSpace(address))
	}
	return who
}

// verified tells whether the provider vouches for the address. Entra ID has a claim of its own for that, in which
// others are not believed.
func (c idClaims) verified(issuer string) bool {
	if c[verifiedClaim] == true {
		return true
	}
	at, err := url.Parse(issuer)
	return err == nil && at.Host == "login.microsoftonline.com" && slices.Contains([]any{true, "1", "true", float64(1)}, c[ownDomainClaim])
}

// textsIn gives the texts of a claim that is one, or a list of them.
func textsIn(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		var texts []string
		for _, one := range claim {
			if text, ok := one.(string); ok {
				texts = append(texts, text)
			}
		}
		return texts
	}
	return nil
}
