package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// forger is an identity provider that says what a test wants: its tokens may be as wrong as those of an attacker.
// It holds clients to PKCE and to using codes once.
type forger struct {
	*httptest.Server

	mu      sync.Mutex
	keys    map[string]crypto.Signer
	current string
	asked   map[string]int
	ends    bool // whether it has a place to sign out
	codes   map[string]url.Values
	// person are the claims of who signs in; change makes an ID token wrong, sign a signature.
	person map[string]any
	change func(claims map[string]any)
	sign   func(claims map[string]any) string
}

const forgerClient = "klantkaart"

func newForger(t *testing.T) *forger {
	t.Helper()
	f := &forger{keys: map[string]crypto.Signer{}, asked: map[string]int{}, codes: map[string]url.Values{},
		person: map[string]any{"sub": "an-1", "email": anEmail, "email_verified": true, "name": anName}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		f.count("discovery")
		says := map[string]any{"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys"}
		if f.ends {
			says["end_session_endpoint"] = f.URL + "/end?tenant=oost"
		}
		_ = json.NewEncoder(w).Encode(says)
	})
	mux.HandleFunc("GET /keys", f.publish)
	mux.HandleFunc("GET /authorize", f.authorize)
	mux.HandleFunc("POST /token", f.token)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	f.rotate("first", newRSA(t))
	return f
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEC(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rotate signs by another key from now on, and publishes that alone.
func (f *forger) rotate(name string, key crypto.Signer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keys, f.current = map[string]crypto.Signer{name: key}, name
}

func (f *forger) count(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[what]++
}

func (f *forger) askedFor(what string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[what]
}

func (f *forger) publish(w http.ResponseWriter, _ *http.Request) {
	f.count("keys")
	f.mu.Lock()
	defer f.mu.Unlock()
	set := jose.JSONWebKeySet{}
	for name, key := range f.keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: name, Use: "sig"})
	}
	_ = json.NewEncoder(w).Encode(set)
}

// authorize signs its person in at once, where a client asks by PKCE.
func (f *forger) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	if asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") == "" || asked.Get("client_id") != forgerClient {
		http.Error(w, "PKCE is required", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	f.mu.Lock()
	f.codes[code] = asked
	f.mu.Unlock()
	http.Redirect(w, r, asked.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode(), http.StatusFound)
}

func (f *forger) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	f.mu.Lock()
	asked, known := f.codes[r.FormValue("code")]
	delete(f.codes, r.FormValue("code"))
	f.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := f.claims(forgerClient)
	claims["nonce"] = asked.Get("nonce")
	if f.change != nil {
		f.change(claims)
	}
	id := f.signed(claims)
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": id})
}

// claims are what a good token for an audience says.
func (f *forger) claims(audience string) map[string]any {
	now := time.Now()
	claims := map[string]any{"iss": f.URL, "aud": audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(claims, f.person)
	return claims
}

func (f *forger) signed(claims map[string]any) string {
	if f.sign != nil {
		return f.sign(claims)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return signedBy(f.keys[f.current], f.current, claims)
}

func signedBy(key crypto.Signer, name string, claims map[string]any) string {
	algorithm := jose.RS256
	switch key.(type) {
	case *ecdsa.PrivateKey:
		algorithm = jose.ES256
	case ed25519.PrivateKey:
		algorithm = jose.EdDSA
	}
	return signedAs(algorithm, key, name, claims)
}

func signedAs(algorithm jose.SignatureAlgorithm, key any, name string, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: name}}, nil)
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		panic(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

// unsigned is a token of the algorithm none.
func unsigned(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"first"}`)) + "." + base64.RawURLEncoding.EncodeToString(text) + "."
}

// byPublicKey is a token whose secret is the text of the public key, which everyone knows.
func (f *forger) byPublicKey(t *testing.T, claims map[string]any) string {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	der, err := x509.MarshalPKIXPublicKey(f.keys[f.current].Public())
	if err != nil {
		t.Fatal(err)
	}
	return signedAs(jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), f.current, claims)
}
