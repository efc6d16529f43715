package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// enter sends a request about a way in.
func (o *office) enter(t *testing.T, path, body string, headers ...string) answer {
	t.Helper()
	return o.send(t, http.MethodPost, path, body, append([]string{"Content-Type", jsonType, clientHeader, "test"}, headers...)...)
}

// posted hands over what waits, and gives the token of the last e-mail.
func (o *office) posted(t *testing.T) string {
	t.Helper()
	last := o.lastMail(t)
	token := regexp.MustCompile(`kk[ir]_[A-Za-z0-9_-]{43}`).FindString(last)
	if token == "" {
		t.Fatalf("no token in %s", last)
	}
	return token
}

// lastMail hands over what waits, and gives the last e-mail.
func (o *office) lastMail(t *testing.T) string {
	t.Helper()
	again, late := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer again.Stop()
	for sent := false; !sent; {
		var err error
		if sent, err = o.node.crm.Accounts.SendNext(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-again.C: // it is put into the spool after the answer
		case <-late:
			t.Fatal("no e-mail waits")
		}
	}
	var last string
	var newest time.Time
	folder := filepath.Join(strings.TrimPrefix(o.node.config.MailURL, folderScheme), "new")
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.ModTime().After(newest) {
			content, err := os.ReadFile(filepath.Join(folder, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			last, newest = string(content), info.ModTime()
		}
	}
	return strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(last)
}

func TestInvitationOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		got := o.ask(t, `mutation { inviteColleague(input: {name: "Eva Jansen", email: "eva@oost.example"}) { user { isActive invitation { status } } userErrors { code message } } }`)
		if !strings.Contains(got.body, `"isActive":false,"invitation":{"status":"QUEUED"}`) {
			t.Fatal(got.body)
		}
		token := o.posted(t)
		body := func(token, password string) string { return `{"token":"` + token + `","password":"` + password + `"}` }
		refused := o.enter(t, "/session/invitation", body(token, "kort"), "Accept-Language", "nl")
		expectStatus(t, refused, http.StatusUnprocessableEntity)
		expectCode(t, refused, "BAD_INPUT")
		got = o.enter(t, "/session/invitation", body(token, "vier paarse fietsen"))
		expectStatus(t, got, http.StatusOK)
		cookie := cookieOf(t, got)
		if got := o.post(t, `{"query":"{ viewer { user { name email isActive invitation { status } } sessions { client isCurrent } } }"}`, "Cookie", sessionCookie+"="+cookie.Value); !strings.Contains(got.body,
			`{"user":{"name":"Eva Jansen","email":"eva@oost.example","isActive":true,"invitation":null},"sessions":[{"client":"test","isCurrent":true}]}`) {
			t.Error(got.body)
		}
		var answers []string
		for _, void := range []string{token, "kki_" + strings.Repeat("x", 43), "onzin"} {
			got := o.enter(t, "/session/invitation", body(void, "vier paarse fietsen"), requestIDHeader, "steeds-dezelfde")
			expectStatus(t, got, http.StatusUnauthorized)
			expectCode(t, got, "TOKEN_OVER")
			answers = append(answers, got.body)
		}
		if len(slices.Compact(answers)) != 1 {
			t.Errorf("void tokens are told apart: %v", answers)
		}
		expectStatus(t, o.enter(t, "/session/invitation", `{"token":"x"}`), http.StatusBadRequest)
		expectStatus(t, o.send(t, http.MethodPost, "/session/invitation", body(token, "x"), "Content-Type", jsonType), http.StatusBadRequest)
	})
}

func TestInvitationOfWhoSignsInElsewhere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		const email, password = "bo@west.example", "nog een heel lang wachtwoord"
		if _, err := o.node.crm.Offices.Found(t.Context(), crm.NewOffice{Name: "Kantoor West", Administrator: "Bo West", Email: email, Password: password}); err != nil {
			t.Fatal(err)
		}
		got := o.ask(t, `mutation { inviteColleague(input: {name: "Bo", email: "`+email+`"}) { user { id invitation { status } } userErrors { code } } }`)
		if !strings.Contains(got.body, `"invitation":{"status":"QUEUED"}},"userErrors":[]`) {
			t.Fatal(got.body)
		}
		body := `{"token":"` + o.posted(t) + `","password":"vier paarse fietsen"}`
		for language, text := range map[string]string{"nl": "Met dit e-mailadres meldt u zich al bij een ander kantoor aan.", "en": "With this e-mail address you sign in at another office already."} {
			refused := o.enter(t, "/session/invitation", body, "Accept-Language", language)
			expectStatus(t, refused, http.StatusConflict)
			expectCode(t, refused, "ADDRESS_IN_USE")
			if !strings.Contains(refused.body, text) || strings.Contains(refused.body, "West") || len(refused.Cookies()) > 0 {
				t.Errorf("told: %s", refused.body)
			}
		}
		signedIn := o.signInAs(t, `{"email":"`+email+`","password":"`+password+`"}`)
		expectStatus(t, signedIn, http.StatusOK)
		if !strings.Contains(signedIn.body, `"name":"Bo West"`) {
			t.Errorf("signed in: %s", signedIn.body)
		}
		expectStatus(t, o.signInAs(t, `{"email":"`+email+`","password":"vier paarse fietsen"}`), http.StatusUnauthorized)
		for range 28 {
			expectStatus(t, o.enter(t, "/session/invitation", body), http.StatusConflict)
		}
		expectStatus(t, o.enter(t, "/session/invitation", body), http.StatusTooManyRequests)
	})
}

func TestResetOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		ask := func(email string) answer {
			return o.enter(t, "/session/reset", `{"email":"`+email+`"}`, requestIDHeader, "steeds-dezelfde")
		}
		unknown := ask("niemand@oost.example")
		expectStatus(t, unknown, http.StatusAccepted)
		known := ask(anEmail)
		expectStatus(t, known, http.StatusAccepted)
		if known.body != unknown.body {
			t.Errorf("the answers differ: %q and %q", known.body, unknown.body)
		}
		token := o.posted(t)
		expectStatus(t, o.enter(t, "/session/password", `{"token":"`+token+`","password":"vier paarse fietsen"}`), http.StatusNoContent)
		expectStatus(t, o.ask(t, `{ viewer { user { name } } }`), http.StatusUnauthorized) // every session has ended
		expectStatus(t, o.signInAs(t, signInBody), http.StatusUnauthorized)
		expectStatus(t, o.signInAs(t, `{"email":"`+anEmail+`","password":"vier paarse fietsen"}`), http.StatusOK)
		for range 18 {
			expectStatus(t, ask("niemand@oost.example"), http.StatusAccepted)
		}
		got := ask(anEmail)
		expectStatus(t, got, http.StatusTooManyRequests)
		if got.Header.Get("Retry-After") == "" {
			t.Error("it is not told when to try again")
		}
	})
}

func TestVoidTokensAreSlowedDown(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for range 30 {
		expectStatus(t, o.enter(t, "/session/password", `{"token":"kkr_x","password":"vier paarse fietsen"}`), http.StatusUnauthorized)
	}
	expectStatus(t, o.enter(t, "/session/password", `{"token":"kkr_x","password":"vier paarse fietsen"}`), http.StatusTooManyRequests)
	expectStatus(t, o.enter(t, "/session/invitation", `{"token":"kki_x","password":"vier paarse fietsen"}`), http.StatusTooManyRequests)
}

func TestOwnPasswordIsGuessedAt(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	change := func(old string) string {
		input, err := json.Marshal(map[string]any{"query": `mutation($o: String!) { changePassword(input: {oldPassword: $o, newPassword: "vier paarse fietsen"}) { userErrors { code } } }`,
			"variables": map[string]string{"o": old}})
		if err != nil {
			t.Fatal(err)
		}
		return o.post(t, string(input), "Authorization", "Bearer "+o.token).body
	}
	for range 10 {
		if got := change("fout"); !strings.Contains(got, "WRONG_PASSWORD") {
			t.Fatal(got)
		}
	}
	if got := change(anPassword); !strings.Contains(got, "TOO_MANY_ATTEMPTS") {
		t.Error(got)
	}
}
