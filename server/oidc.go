package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"klantkaart/crm"
)

// startSignOn sends a browser to an office's identity provider.
func (n *node) startSignOn(w http.ResponseWriter, r *http.Request) {
	provider, ok := n.signOnProvider(w, r)
	if !ok {
		return
	}
	back := localPath(r.URL.Query().Get("return"))
	if back == "" {
		refuse(w, r, http.StatusBadRequest, badRequest, crm.Text{NL: "De parameter return is een pad op deze server.", EN: "The parameter return is a path of this server."})
		return
	}
	_, client, err := n.oauthClient(r, provider)
	if err != nil {
		n.refuseSignOn(w, r, provider, errUnreachable{err})
		return
	}
	now := n.issuers.now()
	what := &away{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back, Until: now.Add(signOnLasts).Unix()}
	n.keepAway(w, provider, what)
	address := client.AuthCodeURL(what.State, oidc.Nonce(what.Nonce), oauth2.S256ChallengeOption(what.Verifier))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// finishSignOn takes a browser back from the provider: it opens a session, and the browser goes on.
func (n *node) finishSignOn(w http.ResponseWriter, r *http.Request) {
	provider, ok := n.signOnProvider(w, r)
	if !ok {
		return
	}
	what, err := broughtBack(r, provider, n.issuers.now())
	n.keepAway(w, provider, nil) // it is good for once
	if err != nil {
		n.refuseSignOn(w, r, provider, err)
		return
	}
	who, err := n.identify(r, provider, what)
	if err != nil {
		n.refuseSignOn(w, r, provider, err)
		return
	}
	signedIn, err := n.crm.Identities.SignOn(r.Context(), *who)
	if err != nil {
		if crm.FaultsOf(err) == nil {
			err = errLookup{err}
		}
		n.refuseSignOn(w, r, provider, err)
		return
	}
	http.SetCookie(w, n.cookie(signedIn.Token, time.Until(signedIn.ExpiresAt)))
	http.Redirect(w, r, what.Return, http.StatusSeeOther)
}

// signOnProvider finds the provider that the path names, or says that there is none.
func (n *node) signOnProvider(w http.ResponseWriter, r *http.Request) (*crm.IdentityProvider, bool) {
	id := crm.ID(r.PathValue("provider"))
	if !id.Valid() {
		refuse(w, r, http.StatusNotFound, unknownProvider, crm.Text{NL: "Deze identiteitsprovider bestaat niet.", EN: "There is no such identity provider."})
		return nil, false
	}
	provider, err := n.crm.Identities.SignOnProvider(r.Context(), id)
	switch {
	case crm.FaultsOf(err) != nil:
		refuse(w, r, http.StatusNotFound, unknownProvider, crm.Text{NL: "Deze identiteitsprovider bestaat niet.", EN: "There is no such identity provider."})
	case err != nil:
		n.refuseInternal(w, r, err)
	}
	return provider, err == nil
}

// errUnreachable says that the provider does not answer as it should.
type errUnreachable struct{ error }

// Unwrap gives why.
func (e errUnreachable) Unwrap() error { return e.error }

// refuseSignOn says that signing in failed. Why is in the log: a stranger may have sent the browser here.
func (n *node) refuseSignOn(w http.ResponseWriter, r *http.Request, provider *crm.IdentityProvider, err error) {
	slog.WarnContext(r.Context(), "a sign-in at an identity provider failed", slog.String("provider", string(provider.ID)), slog.String("error", told(err)))
	switch {
	case errors.As(err, new(errUnreachable)):
		refuse(w, r, http.StatusBadGateway, providerUnreachable, crm.Text{NL: "De identiteitsprovider antwoordt niet. Probeer het later opnieuw.", EN: "The identity provider does not answer. Try again later."})
	case errors.As(err, new(errLookup)):
		n.refuseInternal(w, r, err)
	case errors.Is(err, crm.ErrSignOnRefused):
		refuse(w, r, http.StatusForbidden, signOnRefused, textOf(crm.ErrSignOnRefused))
	default:
		refuse(w, r, http.StatusBadRequest, signOnFailed, crm.Text{NL: "Het aanmelden is niet gelukt. Begin opnieuw.", EN: "Signing in failed. Begin again."})
	}
}

// told is an error for the log: of what the provider answered only its code, for its words may repeat secrets.
func told(err error) string {
	if answer := new(oauth2.RetrieveError); errors.As(err, &answer) {
		return fmt.Sprintf("the provider refuses the code: %.40q", answer.ErrorCode)
	}
	return err.Error()
}

// oauthClient is this server as a client of the provider. Where browsers come back is the public address, or in demo
// mode the one that they used.
func (n *node) oauthClient(r *http.Request, provider *crm.IdentityProvider) (*discovered, *oauth2.Config, error) {
	found, err := n.issuers.find(r.Context(), provider.Issuer)
	if err != nil {
		return nil, nil, err
	}
	secret, err := n.config.clientSecret(provider.ID)
	if err != nil {
		return nil, nil, err
	}
	base := n.publicAddress(r)
	if base == "" {
		return nil, nil, errors.New("single sign-on needs --public-url")
	}
	return found, &oauth2.Config{ClientID: provider.ClientID, ClientSecret: secret, Endpoint: found.endpoint(),
		RedirectURL: base + provider.CallbackPath(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}, nil
}

// publicAddress is where browsers reach this server; in demo mode the one that they used.
func (n *node) publicAddress(r *http.Request) string {
	base := strings.TrimSuffix(n.config.PublicURL, "/")
	if base == "" && n.config.Mode == Demo {
		return "http://" + r.Host
	}
	return base
}

// endAt is where a browser signs out of the provider by which it came in, and from where it comes back (OpenID Connect
// RP-Initiated Logout 1.0). Nothing where the provider has no such place, or does not answer: our session is over anyway.
func (n *node) endAt(r *http.Request, provider *crm.IdentityProvider) string {
	if provider == nil {
		return ""
	}
	found, err := n.issuers.find(r.Context(), provider.Issuer)
	if err != nil || found.EndSession == "" {
		return ""
	}
	address, err := url.Parse(found.EndSession)
	if err != nil {
		return ""
	}
	query := address.Query()
	query.Set("client_id", provider.ClientID)
	if base := n.publicAddress(r); base != "" {
		query.Set("post_logout_redirect_uri", base+"/")
	}
	address.RawQuery = query.Encode()
	return address.String()
}

// clientSecret reads the secret of a provider's client, which the operator laid down. Its name is the provider's
// id, which nobody chooses: no office can have another's secret sent to a provider of its own.
func (c *Config) clientSecret(provider crm.ID) (string, error) {
	if c.SSOSecrets == "" {
		return "", nil
	}
	secret, err := os.ReadFile(filepath.Join(c.SSOSecrets, string(provider)))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(secret)), err
}

// identify tells who came back from the provider.
func (n *node) identify(r *http.Request, provider *crm.IdentityProvider, what *away) (*crm.Identity, error) {
	query := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(what.State)) != 1 {
		return nil, errors.New("the state is another")
	}
	found, client, err := n.oauthClient(r, provider)
	if err != nil {
		return nil, errUnreachable{err}
	}
	if from := query["iss"]; (found.NamesItself || len(from) > 0) && !slices.Equal(from, []string{provider.Issuer}) {
		return nil, errors.New("the answer is of another issuer")
	}
	if query.Has("error") || query.Get("code") == "" {
		return nil, fmt.Errorf("the provider did not sign in: %.40q", query.Get("error"))
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), oauth2.HTTPClient, n.issuers.client), askingLasts)
	defer cancel()
	token, err := client.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(what.Verifier))
	if err != nil {
		if refused := new(oauth2.RetrieveError); errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
			return nil, fmt.Errorf("exchange the code: %w", err)
		}
		return nil, errUnreachable{err}
	}
	raw, _ := token.Extra("id_token").(string)
	verifier := oidc.NewVerifier(provider.Issuer, found.keys,
		&oidc.Config{ClientID: provider.ClientID, SupportedSigningAlgs: signingAlgorithms(), Now: n.issuers.now})
	proved, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(proved.Nonce), []byte(what.Nonce)) != 1 {
		return nil, errors.New("the nonce is another")
	}
	if proved.Subject == "" || len(proved.Subject) > 255 || strings.ContainsRune(proved.Subject, 0) {
		return nil, errors.New("the ID token names nobody")
	}
	claims, err := idClaimsOf(provider, proved)
	if err != nil {
		return nil, err
	}
	if err := n.complete(ctx, provider, found, token, claims); err != nil {
		return nil, err
	}
	return identityIn(provider, proved.Subject, claims), nil
}
