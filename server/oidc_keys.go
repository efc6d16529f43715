package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// How often the keys of an issuer are fetched: at least, so that one that was withdrawn is not believed for ever,
// and at most, so that whoever sends tokens with made-up keys does not make us ask without end.
const (
	keysLast    = 30 * time.Minute
	keysAtMost  = 10 * time.Second
	maxAnswer   = 1 << 20
	askingLasts = 10 * time.Second
)

// signingAlgorithms are what tokens may be signed by: with a public key alone, and never with none.
func signingAlgorithms() []string { return []string{oidc.RS256, oidc.ES256, oidc.EdDSA} }

// keySet holds the public keys of an issuer. It implements oidc.KeySet.
type keySet struct {
	client  *http.Client
	address string
	now     func() time.Time

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // or tried to be
}

// errKeyUnknown says that no key of the issuer has signed a token.
var errKeyUnknown = errors.New("no key of the issuer fits the signature")

// VerifySignature gives what a token says once a key of the issuer has signed it. For a key that is not known
// the issuer is asked again: keys rotate.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	var allowed []jose.SignatureAlgorithm
	for _, name := range signingAlgorithms() {
		allowed = append(allowed, jose.SignatureAlgorithm(name))
	}
	signed, err := jose.ParseSignedCompact(token, allowed)
	if err != nil {
		return nil, fmt.Errorf("read a signed token: %w", err)
	}
	if len(signed.Signatures) != 1 {
		return nil, errors.New("a token has one signature")
	}
	keys, err := k.current(ctx, keysLast)
	if err != nil {
		return nil, err
	}
	if payload, err := verifyBy(signed, keys); err == nil {
		return payload, nil
	}
	if keys, err = k.current(ctx, keysAtMost); err != nil {
		return nil, err
	}
	return verifyBy(signed, keys)
}

// verifyBy tries the keys that the token may mean.
func verifyBy(signed *jose.JSONWebSignature, keys []jose.JSONWebKey) ([]byte, error) {
	header := signed.Signatures[0].Header
	for _, key := range keys {
		fits := (header.KeyID == "" || key.KeyID == header.KeyID) && (key.Algorithm == "" || key.Algorithm == header.Algorithm) &&
			(key.Use == "" || key.Use == "sig") && key.IsPublic() && key.Valid()
		if !fits {
			continue
		}
		if payload, err := signed.Verify(key.Key); err == nil {
			return payload, nil
		}
	}
	return nil, errKeyUnknown
}

// current gives the keys, fetched anew when those at hand are older than that. When the issuer does not answer,
// those at hand go on.
func (k *keySet) current(ctx context.Context, age time.Duration) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now().Sub(k.fetched) < age {
		return k.keys, nil
	}
	k.fetched = k.now()
	var set jose.JSONWebKeySet
	err := fetchJSON(ctx, k.client, k.address, &set)
	switch {
	case err == nil:
		k.keys = set.Keys
	case len(k.keys) == 0:
		k.fetched = k.now().Add(keysAtMost - keysLast)
		return nil, fmt.Errorf("fetch the keys of an issuer: %w", err)
	}
	return k.keys, nil
}

// fetchJSON reads a document of an issuer. It does not end with the request that wants it: others wait for it too.
func fetchJSON(ctx context.Context, client *http.Client, address string, into any) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askingLasts)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	return askJSON(client, request, into)
}

// askJSON reads the answer to a request, of which the issuers' client gives no more than a document can have.
func askJSON(client *http.Client, request *http.Request, into any) error {
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the issuer answers %d", response.StatusCode)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
