package main

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

const apiAudience = "https://kaart.example/api"

// bearing asks who a token's holder is.
func (o *office) bearing(t *testing.T, token string) answer {
	t.Helper()
	return o.post(t, `{"query":"{ viewer { user { name } } }"}`, "Authorization", "Bearer "+token)
}

func TestBearers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.provide(t, f.URL, ofOost+`, apiAudience: "`+apiAudience+`"`)
		good := func() string { return f.signed(f.claims(apiAudience)) }
		t.Run("are nobody's before a sign-in", func(t *testing.T) { expectStatus(t, o.bearing(t, good()), http.StatusUnauthorized) })
		expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
		token := good()
		t.Run("are the colleague's whose account it is", func(t *testing.T) {
			for range 2 {
				if got := o.bearing(t, token); !strings.Contains(got.body, anName) {
					t.Errorf("the holder is %s", got.body)
				}
			}
		})
		stranger := newRSA(t)
		changed := func(name string, value any) string {
			claims := f.claims(apiAudience)
			if value == nil {
				delete(claims, name)
			} else {
				claims[name] = value
			}
			return f.signed(claims)
		}
		now := time.Now()
		for name, wrong := range map[string]string{
			"expired":                        changed("exp", now.Add(-time.Second).Unix()),
			"endless":                        changed("exp", nil),
			"not yet valid":                  changed("nbf", now.Add(2*time.Minute).Unix()),
			"of the future":                  changed("iat", now.Add(2*time.Minute).Unix()),
			"without a moment of issue":      changed("iat", nil),
			"from before the link":           changed("iat", now.Add(-time.Hour).Unix()),
			"for another audience":           changed("aud", "other"),
			"for the client itself":          changed("aud", forgerClient),
			"for no audience":                changed("aud", nil),
			"of another issuer":              changed("iss", "https://evil.example"),
			"of another account":             changed("sub", "an-2"),
			"of nobody":                      changed("sub", nil),
			"unsigned":                       unsigned(f.claims(apiAudience)),
			"signed by the public key":       f.byPublicKey(t, f.claims(apiAudience)),
			"signed by a key not known":      signedBy(stranger, "other", f.claims(apiAudience)),
			"signed by another, named alike": signedBy(stranger, "first", f.claims(apiAudience)),
			"cut off":                        token[:len(token)-8],
			"three words":                    "a.b.c",
			"too long":                       token + strings.Repeat("A", maxJWT),
		} {
			t.Run("are refused when "+name, func(t *testing.T) {
				got := o.bearing(t, wrong)
				expectStatus(t, got, http.StatusUnauthorized)
				expectCode(t, got, unauthenticated)
			})
		}
		t.Run("end with the account's link, the provider's use and the colleague", func(t *testing.T) {
			unlinked := o.ask(t, `mutation { unlinkIdentity(input: {providerId: "`+provider+`", userId: "`+o.userNamed(t, anName)+`"}) { user { name } userErrors { code } } }`)
			if !strings.Contains(unlinked.body, anName) {
				t.Fatalf("not unlinked: %s", unlinked.body)
			}
			expectStatus(t, o.bearing(t, token), http.StatusUnauthorized)
			expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
			token = good()
			expectStatus(t, o.bearing(t, token), http.StatusOK)
			o.amend(t, provider, 1, "isEnabled: false")
			expectStatus(t, o.bearing(t, token), http.StatusUnauthorized)
			o.amend(t, provider, 2, "isEnabled: true, apiAudience: null")
			expectStatus(t, o.bearing(t, token), http.StatusUnauthorized)
		})
	})
}

func TestBearersEndWithTheirHolder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.provide(t, f.URL, ofOost+`, provisions: true, defaultRole: COLLEAGUE, apiAudience: "`+apiAudience+`"`)
		f.person = map[string]any{"sub": "bo", "email": "bo@oost.example", "email_verified": true, "name": "Bo Bakker"}
		expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
		token := f.signed(f.claims(apiAudience))
		socket := o.bearingSocket(t, token)
		o.node.deactivate(t, o, "Bo Bakker")
		expectStatus(t, o.bearing(t, token), http.StatusUnauthorized)
		if err := endOf(socket); !websocket.IsCloseError(err, 4403, 4401) {
			t.Errorf("the socket ended with %v", err)
		}
		back := o.ask(t, `mutation { updateColleague(input: {id: "`+o.userNamed(t, "Bo Bakker")+`", isActive: true}) { user { isActive } } }`)
		if !strings.Contains(back.body, `"isActive":true`) {
			t.Fatal(back.body)
		}
		expectStatus(t, o.bearing(t, token), http.StatusUnauthorized) // it was issued before
	})
}

func TestSocketEndsWithItsToken(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost+`, apiAudience: "`+apiAudience+`"`)
	expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
	claims := f.claims(apiAudience)
	claims["exp"] = time.Now().Add(3 * time.Second).Unix()
	socket := o.bearingSocket(t, f.signed(claims))
	began := time.Now()
	if err := endOf(socket); !websocket.IsCloseError(err, 4403, 4401) {
		t.Errorf("the socket ended with %v", err)
	}
	if lasted := time.Since(began); lasted > 6*time.Second {
		t.Errorf("the socket lasted %s", lasted)
	}
}

// bearingSocket opens a socket with a token, and waits until it is let in.
func (o *office) bearingSocket(t *testing.T, token string) *websocket.Conn {
	t.Helper()
	socket, _ := o.dial(t, "graphql-transport-ws", "Authorization", "Bearer "+token)
	if err := socket.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	if _, message, err := socket.ReadMessage(); err != nil || !strings.Contains(string(message), "connection_ack") {
		t.Fatalf("not let in: %s, %v", message, err)
	}
	subscribe := `{"id":"1","type":"subscribe","payload":{"query":"subscription { officeEvents { __typename } }"}}`
	if err := socket.WriteMessage(websocket.TextMessage, []byte(subscribe)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := socket.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	return socket
}

// endOf reads on until the socket ends.
func endOf(socket *websocket.Conn) error {
	_ = socket.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			return err
		}
	}
}

func TestUnknownKeysAreAskedForSeldom(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost+`, apiAudience: "`+apiAudience+`"`)
	expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
	stranger := newRSA(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		expectStatus(t, o.bearing(t, signedBy(stranger, name, f.claims(apiAudience))), http.StatusUnauthorized)
	}
	if n := f.askedFor("keys"); n > 2 {
		t.Errorf("asked %d times for keys", n)
	}
	other := maps.Clone(f.claims(apiAudience))
	other["iss"] = "https://evil.invalid"
	expectStatus(t, o.bearing(t, signedBy(stranger, "first", other)), http.StatusUnauthorized)
	if _, known := o.node.issuers.known["https://evil.invalid"]; known {
		t.Error("an issuer was asked that no office trusts")
	}
}
