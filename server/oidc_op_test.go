package main

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// rotating is the store of a certified provider, whose keys change.
type rotating struct {
	*storage.Storage

	mu   sync.Mutex
	name string
	key  *rsa.PrivateKey
}

func (r *rotating) rotate(t *testing.T, name string) {
	t.Helper()
	key := newRSA(t)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.name, r.key = name, key
}

// opKey is a key in the form that the provider wants.
type opKey struct {
	name string
	key  any
}

func (k opKey) ID() string                                  { return k.name }
func (k opKey) Algorithm() jose.SignatureAlgorithm          { return jose.RS256 }
func (k opKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k opKey) Use() string                                 { return "sig" }
func (k opKey) Key() any                                    { return k.key }

// SigningKey is the one of now.
func (r *rotating) SigningKey(context.Context) (op.SigningKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return opKey{r.name, r.key}, nil
}

// KeySet is what is published.
func (r *rotating) KeySet(context.Context) ([]op.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return []op.Key{opKey{r.name, r.key.Public()}}, nil
}

// TestSignOnAtARealProvider signs in at zitadel's provider, by its page for passwords.
func TestSignOnAtARealProvider(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		secrets := t.TempDir()
		o := open(t, store, func(c *Config) { c.SSOSecrets = secrets })
		for name, secret := range map[string]string{"a client with a secret": "een geheim", "a public client": ""} {
			t.Run("as "+name, func(t *testing.T) { signOnAtARealProvider(t, o, secrets, secret) })
		}
	})
}

func signOnAtARealProvider(t *testing.T, o *office, secrets, secret string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	issuer := "http://" + server.Listener.Addr().String()
	provider := o.provide(t, issuer, `domains: ["zitadel.ch"], provisions: true, defaultRole: COLLEAGUE`)
	callback := o.URL + crm.SignOnPath + provider + "/callback"
	client := storage.NativeClient(forgerClient, callback)
	if secret != "" {
		client = storage.WebClient(forgerClient, secret, callback)
		if err := os.WriteFile(filepath.Join(secrets, provider), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept := &rotating{Storage: storage.NewStorageWithClients(storage.NewUserStore(issuer), map[string]*storage.Client{forgerClient: client})}
	kept.rotate(t, "first")
	server.Config.Handler = exampleop.SetupServer(issuer, kept, nil, false)
	server.Start()

	later := time.Now()
	o.node.issuers.now = func() time.Time { return later }
	b := o.browser(t)
	back := b.throughOP(t, issuer, provider)
	expectStatus(t, b.get(t, back), http.StatusSeeOther)
	if who := b.who(t); !strings.Contains(who, "Test User") {
		t.Errorf("the session is of %q", who)
	}

	kept.rotate(t, "second")
	later = later.Add(keysAtMost + time.Second)
	b = o.browser(t)
	expectStatus(t, b.get(t, b.throughOP(t, issuer, provider)), http.StatusSeeOther)

	other := o.browser(t)
	stolen, _ := url.Parse(o.browser(t).throughOP(t, issuer, provider))
	own, _ := url.Parse(other.throughOP(t, issuer, provider))
	query := own.Query()
	query.Set("code", stolen.Query().Get("code"))
	own.RawQuery = query.Encode()
	expectRefused(t, other, other.get(t, own.String()), http.StatusBadRequest, signOnFailed)

	if secret != "" {
		if err := os.WriteFile(filepath.Join(secrets, provider), []byte("een ander geheim"), 0o600); err != nil {
			t.Fatal(err)
		}
		b = o.browser(t)
		expectRefused(t, b, b.get(t, b.throughOP(t, issuer, provider)), http.StatusBadRequest, signOnFailed)
	}
}

// throughOP signs in by password at the provider, and gives the address at which it sends the browser back.
func (b *browser) throughOP(t *testing.T, issuer, provider string) string {
	t.Helper()
	started := b.get(t, crm.SignOnPath+provider+"/start")
	expectStatus(t, started, http.StatusSeeOther)
	page := b.get(t, started.Header.Get("Location"))
	at, err := url.Parse(page.Header.Get("Location"))
	if err != nil || page.StatusCode != http.StatusFound {
		t.Fatalf("no page to sign in: %d %s", page.StatusCode, page.body)
	}
	form := url.Values{"username": {"test-user@127.0.0.1"}, "password": {"verysecure"}, "id": {at.Query().Get("authRequestID")}}
	response, err := b.PostForm(issuer+"/login/username", form)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	address := response.Header.Get("Location")
	if strings.HasPrefix(address, "/") {
		address = issuer + address
	}
	done := b.get(t, address)
	expectStatus(t, done, http.StatusFound)
	return done.Header.Get("Location")
}
