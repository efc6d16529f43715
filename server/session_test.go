package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// signInAs sends a sign-in, with more pairs of header name and value.
func (o *office) signInAs(t *testing.T, body string, headers ...string) answer {
	t.Helper()
	return o.send(t, http.MethodPost, "/session", body, append([]string{"Content-Type", jsonType, clientHeader, "test"}, headers...)...)
}

func cookieOf(t *testing.T, got answer) *http.Cookie {
	t.Helper()
	for _, cookie := range got.Cookies() {
		if strings.TrimPrefix(cookie.Name, hostPrefix) == sessionCookie {
			return cookie
		}
	}
	t.Fatalf("no cookie: %s", got.body)
	return nil
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		got := o.signInAs(t, signInBody)
		expectStatus(t, got, http.StatusOK)
		var opened openedSession
		if err := json.Unmarshal([]byte(got.body), &opened); err != nil {
			t.Fatal(err)
		}
		if opened.User.Name != anName || opened.User.ID == "" || !opened.ExpiresAt.After(time.Now()) {
			t.Errorf("session is %+v", opened)
		}
		cookie := cookieOf(t, got)
		if cookie.Value != opened.Token || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure || cookie.Path != "/" {
			t.Errorf("cookie is %+v", cookie)
		}
		const who = `{"query":"{ viewer { user { name } } }"}`
		for _, credential := range [][]string{
			{"Authorization", "Bearer " + opened.Token}, {"Authorization", "bearer " + opened.Token}, {"Cookie", sessionCookie + "=" + opened.Token}} {
			if got := o.post(t, who, credential...); !strings.Contains(got.body, anName) {
				t.Errorf("with %q the viewer is %s", credential[0], got.body)
			}
		}
		if got := o.send(t, http.MethodGet, "/session", "", "Cookie", sessionCookie+"="+opened.Token); !strings.Contains(got.body, anName) {
			t.Errorf("the session is %s", got.body)
		}
	})
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for name, body := range map[string]string{
		"a wrong password":    `{"email":"` + anEmail + `","password":"wrong"}`,
		"an unknown address":  `{"email":"nobody@oost.example","password":"` + anPassword + `"}`,
		"an address with SQL": `{"email":"' OR 1=1 --","password":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := o.signInAs(t, body, "Accept-Language", "nl")
			expectStatus(t, got, http.StatusUnauthorized)
			expectCode(t, got, unauthenticated)
			if message := got.json(t).Errors[0].Message; message != "E-mailadres of wachtwoord klopt niet." {
				t.Errorf("message is %q", message)
			}
		})
	}
	for name, body := range map[string]string{
		"no JSON": `email=x`, "no password": `{"email":"a"}`, "an empty address": `{"email":"","password":"x"}`, "an unknown member": `{"email":"a","password":"b","c":1}`,
		"a number": `{"email":1,"password":"b"}`, "a NUL": `{"email":"a\u0000","password":"b"}`, "null": `null`, "something behind": signInBody + `x`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectStatus(t, o.signInAs(t, body), http.StatusBadRequest)
		})
	}
	t.Run("a body that is too long", func(t *testing.T) {
		t.Parallel()
		expectStatus(t, o.signInAs(t, `{"email":"`+strings.Repeat("x", maxSignInBody)+`"}`), http.StatusRequestEntityTooLarge)
	})
	t.Run("a client without a name", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			expectStatus(t, o.send(t, method, "/session", signInBody, "Content-Type", jsonType), http.StatusBadRequest)
		}
	})
	t.Run("a form, which needs no preflight", func(t *testing.T) {
		t.Parallel()
		got := o.send(t, http.MethodPost, "/session", signInBody, "Content-Type", "text/plain", clientHeader, "test")
		expectStatus(t, got, http.StatusUnsupportedMediaType)
	})
	t.Run("other methods", func(t *testing.T) {
		t.Parallel()
		got := o.send(t, http.MethodPut, "/session", "")
		expectStatus(t, got, http.StatusMethodNotAllowed)
		expectHeader(t, got, "Allow", "GET, POST, DELETE")
	})
}

func TestCookie(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*Config){
		"in production":           func(c *Config) { c.Mode = Production },
		"behind an https address": func(c *Config) { c.PublicURL = "https://kaart.example.nl" },
	} {
		t.Run("travels over https only "+name, func(t *testing.T) {
			t.Parallel()
			o := onSQLite(t, adjust)
			cookie := cookieOf(t, o.signInAs(t, signInBody))
			if cookie.Name != hostPrefix+sessionCookie || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
				t.Errorf("the cookie is %s", cookie)
			}
			expectStatus(t, o.send(t, http.MethodGet, "/session", "", "Cookie", cookie.Name+"="+cookie.Value), http.StatusOK)
			expectStatus(t, o.send(t, http.MethodGet, "/session", "", "Cookie", sessionCookie+"="+cookie.Value), http.StatusUnauthorized)
		})
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		got := o.send(t, http.MethodDelete, "/session", "", clientHeader, "test", "Cookie", sessionCookie+"="+o.token)
		expectStatus(t, got, http.StatusNoContent)
		if taken := cookieOf(t, got); taken.Value != "" || taken.MaxAge >= 0 {
			t.Errorf("the cookie stays: %+v", taken)
		}
		for _, path := range []string{"/graphql", "/session"} {
			method := map[string]string{"/graphql": http.MethodPost, "/session": http.MethodGet}[path]
			refused := o.send(t, method, path, `{"query":"{ __typename }"}`, "Content-Type", jsonType, "Authorization", "Bearer "+o.token)
			expectStatus(t, refused, http.StatusUnauthorized)
			expectCode(t, refused, unauthenticated)
		}
	})
}

func TestCredential(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	const anything = `{"query":"{ __typename }"}`
	t.Run("that is wrong refuses the request", func(t *testing.T) {
		t.Parallel()
		for _, wrong := range [][]string{
			{"Authorization", "Bearer kks_unknown"}, {"Authorization", "Bearer"}, {"Authorization", "Basic YTpi"}, {"Authorization", o.token},
			{"Cookie", sessionCookie + "=kks_unknown"}, {"Cookie", sessionCookie + "="}, {"Authorization", "Bearer kkt_unknown"}} {
			got := o.post(t, anything, wrong...)
			expectStatus(t, got, http.StatusUnauthorized)
			expectCode(t, got, unauthenticated)
			expectHeader(t, got, "WWW-Authenticate", "Bearer")
		}
	})
	t.Run("that is absent makes a stranger, to whom the graph says so", func(t *testing.T) {
		t.Parallel()
		expectStatus(t, o.post(t, anything), http.StatusOK)
		got := o.post(t, `{"query":"{ viewer { user { name } } }"}`, "Accept-Language", "nl-NL,en;q=0.5")
		expectStatus(t, got, http.StatusOK)
		expectCode(t, got, unauthenticated)
		if message := got.json(t).Errors[0].Message; message != "Meld u eerst aan." {
			t.Errorf("message is %q", message)
		}
		expectStatus(t, o.send(t, http.MethodGet, "/session", ""), http.StatusUnauthorized)
	})
	t.Run("may be the key of a program", func(t *testing.T) {
		t.Parallel()
		made := o.ask(t, `mutation { createApiToken(input: {name: "BI"}) { secret } }`)
		payload, _ := made.json(t).Data["createApiToken"].(map[string]any)
		secret, _ := payload["secret"].(string)
		if got := o.post(t, `{"query":"{ viewer { user { name } } }"}`, "Authorization", "Bearer "+secret); !strings.Contains(got.body, anName) {
			t.Errorf("with the key of %s the viewer is %s", made.body, got.body)
		}
	})
}

func TestSignInsAreSlowedDown(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	now := time.Now()
	o.node.attempts.own.now = func() time.Time { return now }
	wrong := `{"email":"` + anEmail + `","password":"wrong"}`
	for range 10 {
		expectStatus(t, o.signInAs(t, wrong), http.StatusUnauthorized)
	}
	got := o.signInAs(t, signInBody, "Accept-Language", "en")
	expectStatus(t, got, http.StatusTooManyRequests)
	expectCode(t, got, tooManySignIns)
	expectHeader(t, got, "Retry-After", "900")
	if message := got.json(t).Errors[0].Message; message != "Too many attempts. Try again in 16 min." {
		t.Errorf("message is %q", message)
	}
	now = now.Add(15 * time.Minute)
	expectStatus(t, o.signInAs(t, signInBody), http.StatusOK)
	for range 9 {
		expectStatus(t, o.signInAs(t, wrong), http.StatusUnauthorized)
	}
	expectStatus(t, o.signInAs(t, signInBody), http.StatusOK) // which forgives those before
	expectStatus(t, o.signInAs(t, wrong), http.StatusUnauthorized)
}

// TestAnAccountIsGuessedAtFromManyAddresses shows that guesses from many addresses end, and that they do not keep out
// who comes from where they came from before.
func TestAnAccountIsGuessedAtFromManyAddresses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.TrustedProxies = []string{"127.0.0.0/8"} })
	from := func(address string) []string { return []string{"X-Forwarded-For", address} }
	expectStatus(t, o.signInAs(t, signInBody, from("198.51.100.7")...), http.StatusOK)
	wrong := `{"email":"` + anEmail + `","password":"wrong"}`
	for i := range 50 {
		expectStatus(t, o.signInAs(t, wrong, from(fmt.Sprintf("192.0.2.%d", i))...), http.StatusUnauthorized)
	}
	expectStatus(t, o.signInAs(t, wrong, from("192.0.2.200")...), http.StatusTooManyRequests)
	expectStatus(t, o.signInAs(t, signInBody, from("192.0.2.201")...), http.StatusTooManyRequests)
	expectStatus(t, o.signInAs(t, signInBody, from("198.51.100.7")...), http.StatusOK)
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	config := Config{TrustedProxies: []string{"10.0.0.0/8", "2001:db8::/32"}}
	if err := config.readProxies(); err != nil {
		t.Fatal(err)
	}
	n := &node{config: config}
	for name, given := range map[string]struct{ peer, forwarded, want string }{
		"is the peer's": {"192.0.2.1:5000", "", "192.0.2.1"},
		"is the peer's when no proxy may say otherwise": {"192.0.2.1:5000", "198.51.100.1", "192.0.2.1"},
		"is what the trusted proxy says":                {"10.0.0.1:5000", "198.51.100.1", "198.51.100.1"},
		"is the last that no trusted proxy has":         {"10.0.0.1:5000", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		"is the proxy's own when it says nothing":       {"10.0.0.1:5000", "", "10.0.0.1"},
		"works over version 6":                          {"[2001:db8::1]:5000", "198.51.100.1", "198.51.100.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(http.MethodPost, "/session", nil)
			request.RemoteAddr = given.peer
			if given.forwarded != "" {
				request.Header.Set("X-Forwarded-For", given.forwarded)
			}
			if got := n.clientAddress(request); got != given.want {
				t.Errorf("address is %s, want %s", got, given.want)
			}
		})
	}
}

func TestClientID(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for given, want := range map[string]string{
		"screen-7": "screen-7", strings.Repeat("x", maxClientID): strings.Repeat("x", maxClientID), strings.Repeat("x", maxClientID+1): "", "caf\u00e9": "", "a\tb": "",
	} {
		actor, err := o.node.actor(t.Context(), crm.LanguageEN, o.token, given)
		if err != nil || actor.ClientID != want {
			t.Errorf("client %q is known as %q, %v", given, actor.ClientID, err)
		}
	}
}

// TestLimitedSignInsAreInTheLogOfAccess shows that an administrator sees that attempts were turned away, in one row
// however many there were.
func TestLimitedSignInsAreInTheLogOfAccess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		now := time.Now()
		o.node.attempts.own.now = func() time.Time { return now }
		limited := func() string {
			t.Helper()
			o.node.crm.Sessions.CatchUp(t.Context())
			return o.ask(t, `{ accessEvents(filter: {kinds: [ATTEMPTS_LIMITED]}) { nodes { times user { name } address } } }`).body
		}
		o.node.stopLive() // so that what is put off is done here
		wrong := `{"email":"` + anEmail + `","password":"wrong"}`
		for range 10 {
			expectStatus(t, o.signInAs(t, wrong), http.StatusUnauthorized)
		}
		if got := limited(); !strings.Contains(got, `"nodes":[]`) {
			t.Errorf("before the limit: %s", got)
		}
		for range 20 {
			expectStatus(t, o.signInAs(t, wrong), http.StatusTooManyRequests)
			now = now.Add(time.Second)
		}
		for range 20 { // of whom nobody is, nothing is told
			o.signInAs(t, `{"email":"niemand@oost.example","password":"wrong"}`)
		}
		if got, want := limited(), `"nodes":[{"times":1,"user":{"name":"`+anName+`"},"address":"127.0.0.1"}]`; !strings.Contains(got, want) {
			t.Errorf("the log has %s, want %s", got, want)
		}
	})
}
