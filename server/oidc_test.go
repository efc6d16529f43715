package main

import (
	"crypto"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// provide connects the office to a provider, with fields beside the usual ones, and gives its id.
func (o *office) provide(t *testing.T, issuer, fields string) string {
	t.Helper()
	made := o.ask(t, fmt.Sprintf(`mutation { createIdentityProvider(input: {issuer: %q, clientId: %q, fields: {name: "Werk", isEnabled: true, %s}}) { provider { id startPath callbackPath } userErrors { code path message } } }`,
		issuer, forgerClient, fields))
	payload, _ := made.json(t).Data["createIdentityProvider"].(map[string]any)
	provider, _ := payload["provider"].(map[string]any)
	id, _ := provider["id"].(string)
	if id == "" {
		t.Fatalf("no provider: %s", made.body)
	}
	return id
}

// amend changes the provider.
func (o *office) amend(t *testing.T, id string, version int, patch string) answer {
	t.Helper()
	return o.ask(t, fmt.Sprintf(`mutation { updateIdentityProvider(input: {id: %q, expectedVersion: %d, patch: {%s}}) { provider { version } userErrors { code path } } }`, id, version, patch))
}

// browser keeps cookies, and stops at redirects.
type browser struct {
	*http.Client
	o *office
}

func (o *office) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{o: o, Client: &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// get asks for an address, of the office unless it is whole.
func (b *browser) get(t *testing.T, address string) answer {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.o.URL + address
	}
	response, err := b.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := make([]byte, 64<<10)
	n, _ := response.Body.Read(body)
	return answer{response, string(body[:n])}
}

// leave begins to sign in, and gives the address at which the provider sends the browser back.
func (b *browser) leave(t *testing.T, provider, back string) string {
	t.Helper()
	started := b.get(t, crm.SignOnPath+provider+"/start?return="+url.QueryEscape(back))
	expectStatus(t, started, http.StatusSeeOther)
	atProvider := b.get(t, started.Header.Get("Location"))
	expectStatus(t, atProvider, http.StatusFound)
	return atProvider.Header.Get("Location")
}

// signOn signs in at the provider from beginning to end.
func (b *browser) signOn(t *testing.T, provider string) answer {
	t.Helper()
	return b.get(t, b.leave(t, provider, "/kaart?tab=1"))
}

// who is the viewer of the browser's session, as JSON; nothing when there is none.
func (b *browser) who(t *testing.T) string {
	t.Helper()
	got := b.get(t, "/session")
	if got.StatusCode != http.StatusOK {
		return ""
	}
	return got.body
}

func expectRefused(t *testing.T, b *browser, got answer, status int, code string) {
	t.Helper()
	expectStatus(t, got, status)
	expectCode(t, got, code)
	if who := b.who(t); who != "" {
		t.Errorf("signed in all the same: %s", who)
	}
}

const ofOost = `domains: ["oost.example"]`

func TestSignOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.provide(t, f.URL, ofOost)
		t.Run("recognises a colleague by verified address, and goes on where they were", func(t *testing.T) {
			b := o.browser(t)
			got := b.signOn(t, provider)
			expectStatus(t, got, http.StatusSeeOther)
			expectHeader(t, got, "Location", "/kaart?tab=1")
			if cookie := cookieOf(t, got); !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
				t.Errorf("cookie is %+v", cookie)
			}
			if who := b.who(t); !strings.Contains(who, anName) {
				t.Errorf("the session is of %q", who)
			}
		})
		t.Run("then by the account alone", func(t *testing.T) {
			f.person = map[string]any{"sub": "an-1", "email": "other@elsewhere.example"}
			b := o.browser(t)
			b.signOn(t, provider)
			if who := b.who(t); !strings.Contains(who, anName) {
				t.Errorf("the session is of %q", who)
			}
		})
		for name, person := range map[string]map[string]any{
			"another account with the address of a colleague": {"sub": "an-2", "email": anEmail, "email_verified": true},
			"an address that is not verified":                 {"sub": "an-3", "email": anEmail, "email_verified": false},
			"an address of which nothing is said":             {"sub": "an-3", "email": anEmail},
			"an address that a text calls verified":           {"sub": "an-3", "email": anEmail, "email_verified": "true"},
			"an address by the claim of Entra ID elsewhere":   {"sub": "an-3", "email": anEmail, "xms_edov": true},
			"a foreign domain":                                {"sub": "x", "email": "an@west.example", "email_verified": true},
			"a domain that ends alike":                        {"sub": "x", "email": "an@noordoost.example", "email_verified": true},
			"nobody's address":                                {"sub": "x", "email": "bo@oost.example", "email_verified": true},
			"no name":                                         {"sub": "", "email": anEmail, "email_verified": true},
		} {
			t.Run("refuses "+name, func(t *testing.T) {
				f.person = person
				b, status, code := o.browser(t), http.StatusForbidden, signOnRefused
				if person["sub"] == "" {
					status, code = http.StatusBadRequest, signOnFailed
				}
				expectRefused(t, b, b.signOn(t, provider), status, code)
			})
		}
		t.Run("is not there for a provider out of use", func(t *testing.T) {
			o.amend(t, provider, 1, "isEnabled: false")
			b := o.browser(t)
			expectRefused(t, b, b.get(t, crm.SignOnPath+provider+"/start"), http.StatusNotFound, unknownProvider)
		})
	})
}

func TestSignOnAttacked(t *testing.T) { //nolint:tparallel // the scenes share a provider
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	t.Run("with another state", func(t *testing.T) {
		b := o.browser(t)
		back := b.leave(t, provider, "/")
		address, _ := url.Parse(back)
		query := address.Query()
		query.Set("state", "other")
		address.RawQuery = query.Encode()
		expectRefused(t, b, b.get(t, address.String()), http.StatusBadRequest, signOnFailed)
		expectRefused(t, b, b.get(t, back), http.StatusBadRequest, signOnFailed) // the attempt is over
	})
	t.Run("by the cookies of another browser", func(t *testing.T) {
		victim, attacker := o.browser(t), o.browser(t)
		back := attacker.leave(t, provider, "/")
		expectRefused(t, victim, victim.get(t, back), http.StatusBadRequest, signOnFailed)
		victim.leave(t, provider, "/") // even while it is away itself
		expectRefused(t, victim, victim.get(t, back), http.StatusBadRequest, signOnFailed)
	})
	t.Run("with a code that was used", func(t *testing.T) {
		b := o.browser(t)
		back := b.leave(t, provider, "/")
		address, _ := url.Parse(back)
		kept := b.Jar.Cookies(address)
		expectStatus(t, b.get(t, back), http.StatusSeeOther)
		again := o.browser(t)
		for _, cookie := range kept {
			cookie.Path = "/"
		}
		again.Jar.SetCookies(address, kept)
		expectRefused(t, again, again.get(t, back), http.StatusBadRequest, signOnFailed)
	})
	t.Run("with a stolen code, whose verifier another browser has", func(t *testing.T) {
		thief, victim := o.browser(t), o.browser(t)
		stolen, _ := url.Parse(victim.leave(t, provider, "/"))
		own, _ := url.Parse(thief.leave(t, provider, "/"))
		query := own.Query()
		query.Set("code", stolen.Query().Get("code"))
		own.RawQuery = query.Encode()
		expectRefused(t, thief, thief.get(t, own.String()), http.StatusBadRequest, signOnFailed)
	})
	t.Run("with a cookie that was written by hand", func(t *testing.T) {
		b := o.browser(t)
		back := b.leave(t, provider, "/")
		address, _ := url.Parse(back)
		for _, cookie := range b.Jar.Cookies(address) {
			cookie.Value = "x" + cookie.Value
			cookie.Path = crm.SignOnPath + provider + "/"
			b.Jar.SetCookies(address, []*http.Cookie{cookie})
		}
		expectRefused(t, b, b.get(t, back), http.StatusBadRequest, signOnFailed)
	})
	t.Run("too late", func(t *testing.T) {
		b := o.browser(t)
		back := b.leave(t, provider, "/")
		o.node.issuers.now = func() time.Time { return time.Now().Add(signOnLasts + 2*time.Second) }
		defer func() { o.node.issuers.now = time.Now }()
		expectRefused(t, b, b.get(t, back), http.StatusBadRequest, signOnFailed)
	})
	t.Run("in the name of another issuer", func(t *testing.T) {
		b := o.browser(t)
		expectRefused(t, b, b.get(t, b.leave(t, provider, "/")+"&iss=https%3A%2F%2Fevil.example"), http.StatusBadRequest, signOnFailed)
	})
	t.Run("by an error that is not repeated", func(t *testing.T) {
		b := o.browser(t)
		back, _, _ := strings.Cut(b.leave(t, provider, "/"), "?")
		started := b.get(t, crm.SignOnPath+provider+"/start")
		state, _ := url.Parse(started.Header.Get("Location"))
		got := b.get(t, back+"?error=%3Cscript%3E&error_description=%3Cscript%3E&state="+state.Query().Get("state"))
		expectRefused(t, b, got, http.StatusBadRequest, signOnFailed)
		if strings.Contains(got.body, "script") {
			t.Errorf("repeated: %s", got.body)
		}
	})
}

func TestSignOnForged(t *testing.T) { //nolint:tparallel // the scenes share a provider
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider, stranger := o.provide(t, f.URL, ofOost), newRSA(t)
	set := func(name string, value any) func(map[string]any) {
		return func(claims map[string]any) { claims[name] = value }
	}
	for name, wrong := range map[string]struct {
		change func(map[string]any)
		sign   func(map[string]any) string
	}{
		"another nonce":               {change: set("nonce", "other")},
		"no nonce":                    {change: func(claims map[string]any) { delete(claims, "nonce") }},
		"a time that is over":         {change: set("exp", time.Now().Add(-time.Minute).Unix())},
		"no end":                      {change: func(claims map[string]any) { delete(claims, "exp") }},
		"another audience":            {change: set("aud", "other")},
		"an audience of two":          {change: set("aud", []string{forgerClient, "other"})},
		"another party":               {change: set("azp", "other")},
		"another issuer":              {change: set("iss", "https://evil.example")},
		"no signature":                {sign: unsigned},
		"the public key for a secret": {sign: func(claims map[string]any) string { return f.byPublicKey(t, claims) }},
		"a key that is not known":     {sign: func(claims map[string]any) string { return signedBy(stranger, "other", claims) }},
		"a key of the same name":      {sign: func(claims map[string]any) string { return signedBy(stranger, "first", claims) }},
		"nothing":                     {sign: func(map[string]any) string { return "" }},
	} {
		t.Run("with "+name, func(t *testing.T) {
			f.change, f.sign = wrong.change, wrong.sign
			b := o.browser(t)
			expectRefused(t, b, b.signOn(t, provider), http.StatusBadRequest, signOnFailed)
		})
	}
	t.Run("is not what a good one is", func(t *testing.T) {
		f.change, f.sign = nil, nil
		expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
	})
}

func TestSignOnGoesOnHereOnly(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	for _, elsewhere := range []string{"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/%2F/evil.example",
		"javascript:alert(1)", "evil", "/a\r\nSet-Cookie: x=y", "http:evil.example", "/" + strings.Repeat("x", maxReturn)} {
		got := o.browser(t).get(t, crm.SignOnPath+provider+"/start?return="+url.QueryEscape(elsewhere))
		expectStatus(t, got, http.StatusBadRequest)
		expectCode(t, got, badRequest)
	}
}

func TestSignOnOfTwoOffices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		const email, password = "bo@west.example", "nog een heel lang wachtwoord"
		if _, err := o.node.crm.Offices.Found(t.Context(), crm.NewOffice{Name: "Kantoor West", Administrator: "Bo West", Email: email, Password: password}); err != nil {
			t.Fatal(err)
		}
		signedIn, err := o.node.crm.Sessions.SignIn(t.Context(), email, password)
		if err != nil {
			t.Fatal(err)
		}
		west := &office{Server: o.Server, node: o.node, token: signedIn.Token}
		ours, theirs := o.provide(t, f.URL, ofOost), west.provide(t, f.URL, `domains: ["oost.example", "west.example"], provisions: true, defaultRole: COLLEAGUE`)
		t.Run("does not take an answer for one to the other", func(t *testing.T) {
			b := o.browser(t)
			back := b.leave(t, theirs, "/")
			b.leave(t, ours, "/")
			expectRefused(t, b, b.get(t, strings.Replace(back, theirs, ours, 1)), http.StatusBadRequest, signOnFailed)
		})
		t.Run("does not take the cookie of the other", func(t *testing.T) {
			b := o.browser(t)
			back := b.leave(t, theirs, "/")
			address, _ := url.Parse(back)
			cookies := b.Jar.Cookies(address)
			at, _ := url.Parse(strings.Replace(back, theirs, ours, 1))
			for _, cookie := range cookies {
				cookie.Path = crm.SignOnPath + ours + "/"
			}
			b.Jar.SetCookies(at, cookies)
			expectRefused(t, b, b.get(t, at.String()), http.StatusBadRequest, signOnFailed)
		})
		t.Run("finds no colleague of the other, and makes none with their address", func(t *testing.T) {
			b := o.browser(t)
			expectRefused(t, b, b.signOn(t, theirs), http.StatusForbidden, signOnRefused)
		})
		t.Run("shows no provider of the other", func(t *testing.T) {
			got := o.ask(t, fmt.Sprintf(`{ node(id: %q) { id } viewer { organization { identityProviders { id } } } }`, theirs))
			if strings.Contains(got.body, theirs) || !strings.Contains(got.body, ours) {
				t.Errorf("seen: %s", got.body)
			}
			if got := o.amend(t, theirs, 1, `name: "x"`); !strings.Contains(got.body, "NOT_FOUND") {
				t.Errorf("changed: %s", got.body)
			}
		})
	})
}

func TestSignOnMakesColleagues(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.provide(t, f.URL, ofOost+`, provisions: true, groupRoles: [{group: "beheer", role: ADMIN}, {group: "team", role: COLLEAGUE}, {group: "stage", role: READ_ONLY}]`)
		role := func(b *browser) string {
			at, err := url.Parse(o.URL)
			cookies := b.Jar.Cookies(at)
			if err != nil || len(cookies) == 0 {
				return "nobody"
			}
			return o.post(t, `{"query":"{ viewer { user { name email role hasFinanceRight } } }"}`, "Cookie", cookies[0].Name+"="+cookies[0].Value).body
		}
		as := func(groups ...any) *browser {
			f.person = map[string]any{"sub": "bo", "email": "Bo@Oost.example", "email_verified": true, "name": " Bo Bakker ", "groups": groups}
			b := o.browser(t)
			b.signOn(t, provider)
			return b
		}
		if b := as("elders"); b.who(t) != "" {
			t.Error("who has no group with a role became a colleague")
		}
		if got := role(as("stage", "team", 7)); !strings.Contains(got, `{"name":"Bo Bakker","email":"bo@oost.example","role":"COLLEAGUE","hasFinanceRight":false}`) {
			t.Errorf("became %s", got)
		}
		if got := role(as("beheer")); !strings.Contains(got, `"role":"ADMIN"`) {
			t.Errorf("promoted to %s", got)
		}
		if got := role(as("stage")); !strings.Contains(got, `"role":"READ_ONLY"`) {
			t.Errorf("demoted to %s", got)
		}
		if b := as(); b.who(t) != "" {
			t.Error("who left all groups came in")
		}
		f.person = map[string]any{"sub": "an", "email": anEmail, "email_verified": true, "groups": []string{"stage"}}
		b := o.browser(t)
		b.signOn(t, provider)
		if got := role(b); !strings.Contains(got, `"role":"ADMIN"`) {
			t.Errorf("the last administrator is %s", got)
		}
		o.node.deactivate(t, o, "Bo Bakker")
		f.person = map[string]any{"sub": "bo", "email": "bo@oost.example", "email_verified": true, "groups": []string{"team"}}
		b = o.browser(t)
		expectRefused(t, b, b.signOn(t, provider), http.StatusForbidden, signOnRefused)
	})
}

// userNamed gives the id of a colleague.
func (o *office) userNamed(t *testing.T, name string) string {
	t.Helper()
	_, before, _ := strings.Cut(o.ask(t, `{ viewer { organization { users { nodes { name id } } } } }`).body, `"name":"`+name+`","id":"`)
	id, _, _ := strings.Cut(before, `"`)
	return id
}

// deactivate ends the access of a colleague.
func (n *node) deactivate(t *testing.T, o *office, name string) {
	t.Helper()
	if got := o.ask(t, fmt.Sprintf(`mutation { updateColleague(input: {id: %q, isActive: false}) { user { isActive } } }`, o.userNamed(t, name))); !strings.Contains(got.body, `"isActive":false`) {
		t.Fatalf("not deactivated: %s", got.body)
	}
}

func TestPasswordsAreRefusedWhereTheOfficeSaysSo(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	if got := o.amend(t, provider, 1, "allowsPasswords: false"); !strings.Contains(got.body, "NOT_SIGNED_ON") {
		t.Errorf("refused before signing in without one: %s", got.body)
	}
	b := o.browser(t)
	b.signOn(t, provider)
	if got := o.amend(t, provider, 1, "allowsPasswords: false"); !strings.Contains(got.body, `"version":2`) {
		t.Fatalf("not refused: %s", got.body)
	}
	got := o.signInAs(t, signInBody, "Accept-Language", "nl")
	expectStatus(t, got, http.StatusUnauthorized)
	if !strings.Contains(got.body, "niet met een wachtwoord") {
		t.Errorf("said: %s", got.body)
	}
	expectStatus(t, o.signInAs(t, `{"email":"`+anEmail+`","password":"wrong"}`), http.StatusUnauthorized)
	o.amend(t, provider, 2, "isEnabled: false")
	expectStatus(t, o.signInAs(t, signInBody), http.StatusOK)
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	later := time.Now()
	o.node.issuers.now = func() time.Time { return later }
	expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
	for name, key := range map[string]crypto.Signer{"second": newEC(t), "third": newEd(t)} {
		f.rotate(name, key)
		later = later.Add(keysAtMost + time.Second)
		expectStatus(t, o.browser(t).signOn(t, provider), http.StatusSeeOther)
	}
	if n := f.askedFor("keys"); n != 3 {
		t.Errorf("asked %d times for keys, want 3", n)
	}
	if n := f.askedFor("discovery"); n != 1 {
		t.Errorf("asked %d times for who it is, want once", n)
	}
}

func TestProviderThatIsAway(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	f.Close()
	b := o.browser(t)
	expectRefused(t, b, b.get(t, crm.SignOnPath+provider+"/start"), http.StatusBadGateway, providerUnreachable)
}

func TestProvidersAreWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	config := Config{Mode: Production, SSONetworks: []string{"10.1.0.0/16"}}
	if err := config.readSSONetworks(); err != nil {
		t.Fatal(err)
	}
	for address, allowed := range map[string]bool{
		"8.8.8.8:443": true, "[2606:4700::1]:443": true, "10.1.2.3:443": true, "10.2.2.3:443": false, "127.0.0.1:80": false, "[::1]:80": false, "169.254.169.254:80": false,
		"192.168.1.1:443": false, "100.64.0.1:80": false, "[::ffff:127.0.0.1]:80": false, "0.0.0.0:80": false, "[fd00::1]:443": false, "[fe80::1%eth0]:443": false,
	} {
		if err := config.mayAsk(address); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestClientSecret(t *testing.T) {
	t.Parallel()
	config := Config{SSOSecrets: t.TempDir()}
	if err := os.WriteFile(filepath.Join(config.SSOSecrets, "idp_a"), []byte("geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[crm.ID]string{"idp_a": "geheim", "idp_b": ""} {
		if got, err := config.clientSecret(id); got != want || err != nil {
			t.Errorf("secret of %s is %q, %v", id, got, err)
		}
	}
}

func TestSignOnCookie(t *testing.T) {
	t.Parallel()
	n, now := &node{}, time.Now()
	ours, theirs := &crm.IdentityProvider{ID: "idp_a", CookieKey: "a"}, &crm.IdentityProvider{ID: "idp_b", CookieKey: "b"}
	kept := httptest.NewRecorder()
	n.keepAway(kept, ours, &away{State: "s", Return: "/", Until: now.Add(time.Minute).Unix()})
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	cookie := kept.Result().Cookies()[0]
	request.AddCookie(cookie)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != crm.SignOnPath+"idp_a/" {
		t.Errorf("cookie is %+v", cookie)
	}
	if what, err := broughtBack(request, ours, now); err != nil || what.State != "s" {
		t.Errorf("brought back %+v, %v", what, err)
	}
	for name, provider := range map[string]*crm.IdentityProvider{"another": theirs, "another with its key": {ID: "idp_b", CookieKey: "a"}, "itself with another key": {ID: "idp_a", CookieKey: "b"}} {
		if _, err := broughtBack(request, provider, now); err == nil {
			t.Errorf("%s takes it", name)
		}
	}
	if _, err := broughtBack(request, ours, now.Add(2*time.Minute)); err == nil {
		t.Error("it is taken too late")
	}
}
