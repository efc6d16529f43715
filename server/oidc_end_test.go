package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// leaves signs the browser out, and gives the answer.
func (b *browser) leaves(t *testing.T) answer {
	t.Helper()
	at, _ := url.Parse(b.o.URL)
	var cookies []string
	for _, cookie := range b.Jar.Cookies(at) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return b.o.send(t, http.MethodDelete, "/session", "", clientHeader, "test", "Cookie", strings.Join(cookies, "; "))
}

func TestSigningOutLeadsToTheProvider(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		f.ends = true
		provider := o.provide(t, f.URL, ofOost)
		t.Run("where it has a place to sign out", func(t *testing.T) {
			b := o.browser(t)
			b.signOn(t, provider)
			got := b.leaves(t)
			expectStatus(t, got, http.StatusOK)
			want := f.URL + "/end?client_id=" + forgerClient + "&post_logout_redirect_uri=" + url.QueryEscape(o.URL+"/") + "&tenant=oost"
			if address := read[map[string]string](t, got)["endSession"]; address != want {
				t.Errorf("it leads to %s, want %s", address, want)
			}
			if who := b.who(t); who != "" {
				t.Errorf("still signed in: %s", who)
			}
			expectStatus(t, b.leaves(t), http.StatusNoContent) // there is no session any more
		})
		t.Run("not who came in by password", func(t *testing.T) {
			b := o.browser(t)
			got := o.signInAs(t, signInBody)
			at, _ := url.Parse(o.URL)
			b.Jar.SetCookies(at, got.Cookies())
			expectStatus(t, b.leaves(t), http.StatusNoContent)
		})
		t.Run("not where the provider is out of use", func(t *testing.T) {
			b := o.browser(t)
			b.signOn(t, provider)
			o.amend(t, provider, 1, "isEnabled: false")
			expectStatus(t, b.leaves(t), http.StatusNoContent)
		})
	})
	t.Run("not where it has none", func(t *testing.T) {
		t.Parallel()
		o, f := onSQLite(t), newForger(t)
		b := o.browser(t)
		b.signOn(t, o.provide(t, f.URL, ofOost))
		expectStatus(t, b.leaves(t), http.StatusNoContent)
	})
}

// TestChallengesOfPKCE looks at what is sent and not at what a provider makes of it: one that does not ask for PKCE
// would let a stolen code through without a word.
func TestChallengesOfPKCE(t *testing.T) {
	t.Parallel()
	o, f := onSQLite(t), newForger(t)
	provider := o.provide(t, f.URL, ofOost)
	sent := func() url.Values {
		t.Helper()
		started := o.browser(t).get(t, crm.SignOnPath+provider+"/start")
		address, err := url.Parse(started.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return address.Query()
	}
	first, second := sent(), sent()
	if first.Get("code_challenge_method") != "S256" || len(first.Get("code_challenge")) != 43 || first.Get("code_challenge") == second.Get("code_challenge") {
		t.Errorf("challenges are %v and %v", first, second)
	}
	for _, missing := range []string{"code_challenge", "code_challenge_method"} {
		without := url.Values{}
		for name, values := range first {
			if name != missing {
				without[name] = values
			}
		}
		got := o.browser(t).get(t, f.URL+"/authorize?"+without.Encode())
		expectStatus(t, got, http.StatusBadRequest) // so that the provider of these tests would notice
	}
}

func TestInvitedColleaguesComeInByTheProvider(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.provide(t, f.URL, ofOost)
		o.ask(t, `mutation { inviteColleague(input: {name: "Eva Oost", email: "eva@oost.example", role: ADMIN}) { user { id } } }`)
		eva := o.userNamed(t, "Eva Oost")
		token := o.posted(t)
		f.person = map[string]any{"sub": "eva-1", "email": "eva@oost.example", "email_verified": true}
		b := o.browser(t)
		b.signOn(t, provider)
		if who := b.who(t); !strings.Contains(who, "Eva Oost") {
			t.Fatalf("the session is of %q", who)
		}
		expectStatus(t, o.enter(t, "/session/invitation", `{"token":"`+token+`","password":"vier paarse fietsen"}`), http.StatusUnauthorized)
		linked := `{ node(id: "` + eva + `") { ... on User { isActive identityLinks { subject provider { name } } } } }`
		if got, want := o.ask(t, linked).body, `{"isActive":true,"identityLinks":[{"subject":"eva-1","provider":{"name":"Werk"}}]}`; !strings.Contains(got, want) {
			t.Errorf("shown is %s, want %s", got, want)
		}
		o.deactivated(t, eva)
		expectRefused(t, o.browser(t), o.browser(t).signOn(t, provider), http.StatusForbidden, signOnRefused)
	})
}

func TestInvitationsNameTheProviderWherePasswordsAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.shut(t, f)
		for language, want := range map[string]string{"NL": "via de identiteitsprovider van", "EN": "through the identity provider of"} {
			o.ask(t, `mutation { inviteColleague(input: {name: "Eva Oost", email: "eva-`+strings.ToLower(language)+`@oost.example", language: `+language+`}) { user { id } } }`)
			got := o.lastMail(t)
			for _, part := range []string{want, "eva-" + strings.ToLower(language) + "@oost.example", "Werk: " + o.node.config.accountLinks().Public + crm.SignOnPath + provider + "/start\r\n"} {
				if !strings.Contains(got, part) {
					t.Errorf("%s lacks %q: %s", language, part, got)
				}
			}
			if strings.Contains(got, "kki_") || strings.Contains(got, "#invitation=") {
				t.Errorf("%s offers a password: %s", language, got)
			}
		}
		f.person = map[string]any{"sub": "eva-1", "email": "eva-nl@oost.example", "email_verified": true}
		b := o.browser(t)
		b.signOn(t, provider)
		if who := b.who(t); !strings.Contains(who, "Eva Oost") {
			t.Errorf("the session is of %q", who)
		}
	})
}

func (o *office) deactivated(t *testing.T, user string) {
	t.Helper()
	if got := o.ask(t, `mutation { updateColleague(input: {id: "`+user+`", isActive: false}) { user { isActive } } }`); !strings.Contains(got.body, `"isActive":false`) {
		t.Fatal(got.body)
	}
}

// shut has the office refuse passwords, as An, and gives the provider.
func (o *office) shut(t *testing.T, f *forger) string {
	t.Helper()
	provider := o.provide(t, f.URL, ofOost)
	o.browser(t).signOn(t, provider)
	if got := o.amend(t, provider, 1, "allowsPasswords: false"); !strings.Contains(got.body, `"version":2`) {
		t.Fatal(got.body)
	}
	return provider
}

func TestNoWayInByPasswordWhereTheyAreRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		_, codes := o.enrol(t)
		challenge := read[halfway](t, o.signInAs(t, signInBody)).Challenge.Token
		o.ask(t, `mutation { inviteColleague(input: {name: "Eva Oost", email: "eva@oost.example"}) { user { id } } }`)
		invitation := o.posted(t)
		expectStatus(t, o.enter(t, "/session/reset", `{"email":"`+anEmail+`"}`), http.StatusAccepted)
		reset := o.posted(t)
		o.shut(t, f)
		for path, body := range map[string]string{
			"/session":            signInBody,
			"/session/code":       fmt.Sprintf(`{"challenge":%q,"code":%q}`, challenge, codes[0]),
			"/session/invitation": fmt.Sprintf(`{"token":%q,"password":"vier paarse fietsen"}`, invitation),
			"/session/password":   fmt.Sprintf(`{"token":%q,"password":"vier paarse fietsen"}`, reset),
		} {
			got := o.enter(t, path, body)
			expectStatus(t, got, http.StatusUnauthorized)
			if !strings.Contains(got.body, "does not sign in by password") {
				t.Errorf("%s says %s", path, got.body)
			}
		}
	})
}

func TestTheOperatorAllowsPasswords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		o.shut(t, f)
		f.Close() // the provider is gone
		expectStatus(t, o.signInAs(t, signInBody), http.StatusUnauthorized)
		const fresh = "acht blauwe bussen"
		for email, password := range map[string]string{"niemand@oost.example": fresh, anEmail: "kort"} {
			if _, err := letIn(t.Context(), store, o.node.config, email, password); !errors.As(err, new(misuse)) {
				t.Errorf("%s is let in: %v", email, err)
			}
		}
		expectStatus(t, o.signInAs(t, signInBody), http.StatusUnauthorized)
		if changed, err := letIn(t.Context(), store, o.node.config, anEmail, fresh); changed != 1 || err != nil {
			t.Fatalf("%d providers, %v", changed, err)
		}
		expectStatus(t, o.bearing(t, o.token), http.StatusUnauthorized) // sessions of before are over
		got := o.signInAs(t, strings.Replace(signInBody, anPassword, fresh, 1))
		expectStatus(t, got, http.StatusOK)
		o.token = read[openedSession](t, got).Token
		for query, want := range map[string]string{
			`{ viewer { organization { identityProviders { allowsPasswords version } } } }`:                  `[{"allowsPasswords":true,"version":3}]`,
			`{ accessEvents(filter: {kinds: [PASSWORD_RESET]}) { nodes { user { name } actor { name } } } }`: `[{"user":{"name":"` + anName + `"},"actor":null}]`,
		} {
			if got := o.ask(t, query); !strings.Contains(got.body, want) {
				t.Errorf("%s, want %s", got.body, want)
			}
		}
	})
}

func TestTheCommandThatAllowsPasswords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	run := func(line string, arguments ...string) (int, string) {
		out := &bytes.Buffer{}
		code := program{in: strings.NewReader(line + "\n"), out: out, err: out, setLogger: func(Config) {}}.run(t.Context(),
			append(arguments, "--database-url", "sqlite:"+path))
		return code, out.String()
	}
	if code, out := run(anPassword, "office", "--name", "Oost", "--administrator", anName, "--email", anEmail); code != succeeded {
		t.Fatal(out)
	}
	if code, out := run("kort", "allow-passwords", "--email", anEmail); code != misused || strings.Contains(out, "kort") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if code, out := run("acht blauwe bussen", "allow-passwords", "--email", anEmail); code != succeeded || !strings.HasPrefix(out, "0 identity providers") || strings.Contains(out, "bussen") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestTheLastWayInOfAdministratorsStays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o, f := open(t, store), newForger(t)
		provider := o.shut(t, f)
		an := o.userNamed(t, anName)
		unlink := fmt.Sprintf(`mutation { unlinkIdentity(input: {providerId: %q, userId: %q}) { userErrors { code path } } }`, provider, an)
		if got := o.ask(t, unlink); !strings.Contains(got.body, `{"code":"LAST_ADMINISTRATOR","path":["input","userId"]}`) {
			t.Errorf("unlinked: %s", got.body)
		}
		err := store.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error { // as one whom the provider made
			_, err := tx.NewUpdate().Table("users").Set("password_hash = NULL").Where("id = ?", an).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := o.amend(t, provider, 2, "isEnabled: false"); !strings.Contains(got.body, `{"code":"LAST_ADMINISTRATOR","path":["input","patch","isEnabled"]}`) {
			t.Errorf("out of use: %s", got.body)
		}
	})
}
