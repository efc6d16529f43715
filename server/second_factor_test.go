package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// read reads the body of an answer.
func read[T any](t *testing.T, got answer) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.body), &value); err != nil {
		t.Fatalf("%v in %s", err, got.body)
	}
	return value
}

// appCode is what an app shows, so many steps from now.
func appCode(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSecondFactorOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		if got := o.ask(t, `mutation { updateOrganizationSettings(input: {expectedVersion: 1, patch: {requiresSecondFactor: true}}) { userErrors { code } } }`); !strings.Contains(got.body, `"userErrors":[]`) {
			t.Fatal(got.body)
		}
		got := o.signInAs(t, signInBody)
		expectStatus(t, got, http.StatusAccepted)
		if len(got.Cookies()) > 0 {
			t.Error("there is a cookie before the second factor")
		}
		asked := read[halfway](t, got).Challenge
		if asked.Step != "ENROLMENT" || asked.Token == "" {
			t.Fatal(got.body)
		}
		expectStatus(t, o.post(t, `{"query":"{ __typename }"}`, "Authorization", "Bearer "+asked.Token), http.StatusUnauthorized)
		made := read[map[string]string](t, o.enter(t, "/session/enrolment", `{"challenge":"`+asked.Token+`"}`))
		got = o.enter(t, "/session/enrolment/confirm", `{"challenge":"`+asked.Token+`","code":"000000"}`)
		expectStatus(t, got, http.StatusUnauthorized)
		expectCode(t, got, "WRONG_CODE")
		got = o.enter(t, "/session/enrolment/confirm", `{"challenge":"`+asked.Token+`","code":"`+appCode(t, made["secret"], 0)+`"}`)
		expectStatus(t, got, http.StatusOK)
		codes := read[openedSession](t, got).RecoveryCodes
		if len(codes) != 10 || cookieOf(t, got).Value == "" {
			t.Fatal(got.body)
		}
		again := read[halfway](t, o.signInAs(t, signInBody)).Challenge
		if again.Step != "CODE" {
			t.Errorf("the step is %s", again.Step)
		}
		got = o.enter(t, "/session/code", `{"challenge":"`+again.Token+`","code":"`+appCode(t, made["secret"], 1)+`"}`)
		expectStatus(t, got, http.StatusOK)
		if strings.Contains(got.body, "recoveryCodes") {
			t.Errorf("recovery codes are shown again: %s", got.body)
		}
		got = o.enter(t, "/session/code", `{"challenge":"`+again.Token+`","code":"`+codes[0]+`"}`)
		expectStatus(t, got, http.StatusUnauthorized)
		expectCode(t, got, "CHALLENGE_OVER")
	})
}

// TestCodesAreGuessedAt shows that whoever has the password cannot go on guessing by beginning anew.
func TestCodesAreGuessedAt(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	_, codes := o.enrol(t)
	tries := 0
	for tries < 10 {
		asked := read[halfway](t, o.signInAs(t, signInBody)).Challenge.Token
		for range 4 {
			if tries++; tries > 10 {
				break
			}
			expectStatus(t, o.enter(t, "/session/code", `{"challenge":"`+asked+`","code":"000000"}`), http.StatusUnauthorized)
		}
	}
	asked := read[halfway](t, o.signInAs(t, signInBody)).Challenge.Token
	got := o.enter(t, "/session/code", `{"challenge":"`+asked+`","code":"`+codes[0]+`"}`)
	expectStatus(t, got, http.StatusTooManyRequests)
	if got.Header.Get("Retry-After") == "" {
		t.Error("it is not told when to try again")
	}
}

// enrol gives An a second factor over the API.
func (o *office) enrol(t *testing.T) (secret string, codes []string) {
	t.Helper()
	begun := read[struct {
		Data struct {
			BeginSecondFactor struct {
				Enrolment struct{ Secret, URI string }
			}
		}
	}](t, o.ask(t, `mutation { beginSecondFactor(input: {password: "`+anPassword+`"}) { enrolment { secret uri } } }`))
	secret = begun.Data.BeginSecondFactor.Enrolment.Secret
	confirmed := read[struct {
		Data struct {
			ConfirmSecondFactor struct{ RecoveryCodes []string }
		}
	}](t, o.ask(t, `mutation { confirmSecondFactor(input: {code: "`+appCode(t, secret, 0)+`"}) { recoveryCodes userErrors { code } } }`))
	codes = confirmed.Data.ConfirmSecondFactor.RecoveryCodes
	if len(codes) != 10 {
		t.Fatalf("recovery codes are %v", codes)
	}
	return secret, codes
}

func TestSecretsStayOutOfLogsAndRefusals(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	const evaEmail, evaPassword, typed = "eva.geheim@oost.example", "zeven gemerkte zwanen", "wachtwoord-met-merk-een-vergissing"
	markers := []string{anEmail, "eva.geheim", evaPassword, typed, anPassword, o.token, aSecretKey}
	var refusals []answer
	refused := func(got answer) { refusals = append(refusals, got) }

	o.ask(t, `mutation { inviteColleague(input: {name: "Eva", email: "`+evaEmail+`"}) { user { id } } }`)
	invitation := o.posted(t)
	refused(o.enter(t, "/session/invitation", `{"token":"`+invitation+`","password":"`+typed[:11]+`"}`))
	opened := read[openedSession](t, o.enter(t, "/session/invitation", `{"token":"`+invitation+`","password":"`+evaPassword+`"}`))
	refused(o.enter(t, "/session/invitation", `{"token":"`+invitation+`","password":"`+evaPassword+`"}`))
	refused(o.signInAs(t, `{"email":"`+evaEmail+`","password":"`+typed+`"}`))
	refused(o.signInAs(t, `{"email":"niemand.geheim@oost.example","password":"`+typed+`"}`))
	refused(o.signInAs(t, `{"email":"`+evaEmail+`","password":"`+typed+`","meer":"`+typed+`"}`))
	refused(o.enter(t, "/session/reset", `{"email":"`+evaEmail+`"}`))
	refused(o.enter(t, "/session/reset", `{"email":"niemand.geheim@oost.example"}`))
	reset := o.posted(t)
	refused(o.enter(t, "/session/password", `{"token":"`+reset+`","password":"kort"}`))
	refused(o.enter(t, "/session/password", `{"token":"`+reset+`","password":"`+evaPassword+`"}`))
	refused(o.enter(t, "/session/password", `{"token":"`+reset+`","password":"`+evaPassword+`"}`))
	refused(o.ask(t, `mutation { changePassword(input: {oldPassword: "`+typed+`", newPassword: "`+evaPassword+`"}) { userErrors { code message } } }`))
	refused(o.ask(t, `mutation { changePassword(input: {oldPassword: "`+anPassword+`", newPassword: "`+anEmail+`"}) { userErrors { code message } } }`))
	refused(o.ask(t, `mutation { changePassword(input: {oldPassword: "`+typed+`", newPassword: 1}) { userErrors { code message } } }`))
	refused(o.ask(t, `mutation { inviteColleague(input: {name: "Eva", email: "`+evaEmail+`"}) { user { id } userErrors { code message } } }`))
	refused(o.ask(t, `mutation { beginSecondFactor(input: {password: "`+typed+`"}) { userErrors { code message } } }`))
	secret, codes := o.enrol(t)
	refused(o.ask(t, `mutation { renewRecoveryCodes(input: {code: "`+typed+`"}) { recoveryCodes userErrors { code message } } }`))
	challenged := read[halfway](t, o.signInAs(t, signInBody)).Challenge.Token
	refused(o.enter(t, "/session/code", `{"challenge":"`+challenged+`","code":"`+typed+`"}`))
	inside := read[openedSession](t, o.enter(t, "/session/code", `{"challenge":"`+challenged+`","code":"`+codes[1]+`"}`))
	refused(o.enter(t, "/session/code", `{"challenge":"`+challenged+`","code":"`+codes[1]+`"}`))
	refused(o.send(t, http.MethodDelete, "/session", "", clientHeader, "test", "Authorization", "Bearer "+inside.Token))
	refused(o.send(t, http.MethodGet, "/session?token="+inside.Token, ""))
	refused(o.ask(t, `mutation { disableSecondFactor(input: {code: "`+typed+`"}) { userErrors { code message } } }`))

	markers = append(markers, invitation, reset, opened.Token, secret, challenged, inside.Token, "eva.geheim", "niemand.geheim")
	markers = append(markers, codes...)
	for _, marker := range markers {
		if lines := logged.with(marker); len(lines) > 0 {
			t.Errorf("%q is in the log: %s", marker, lines[0])
		}
		for i, got := range refusals {
			if strings.Contains(got.body, marker) {
				t.Errorf("%q is in answer %d: %s", marker, i, got.body)
			}
		}
	}
}

func TestSecretKeys(t *testing.T) {
	t.Parallel()
	t.Run("are made beside the data of the demo, once", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		config := Config{Mode: Demo, DatabaseURL: "sqlite:" + filepath.Join(folder, "x.db")}
		for range 2 {
			if vault, err := openVault(config); err != nil || vault == nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(filepath.Join(folder, keyFile))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyOf(string(kept)); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(filepath.Join(folder, keyFile))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key is for %v: %v", info.Mode(), err)
		}
	})
	t.Run("are not made in production", func(t *testing.T) {
		t.Parallel()
		if vault, err := openVault(Config{Mode: Production}); err != nil || vault != nil {
			t.Errorf("vault is %v, %v", vault, err)
		}
	})
	t.Run("are rotated by a command", func(t *testing.T) {
		t.Parallel()
		newKey := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
		path := filepath.Join(t.TempDir(), "x.db")
		code, out := runProgram(t, nil, "rotate-secrets", "--database-url", "sqlite:"+path, "--secret-key", newKey, "--secret-keys-old", aSecretKey)
		if code != succeeded || !strings.HasPrefix(out, "0 second factors are encrypted anew") {
			t.Errorf("exit code %d: %s", code, out)
		}
		code, out = runProgram(t, nil, "rotate-secrets", "--database-url", "sqlite:"+path, "--secret-key", "kort")
		if code != misused || strings.Contains(out, "kort") {
			t.Errorf("exit code %d: %s", code, out)
		}
		code, out = runProgram(t, nil, "rotate-secrets", "--mode", "production", "--database-url", "sqlite:"+path)
		if code != misused || !strings.Contains(out, "--secret-key") {
			t.Errorf("exit code %d: %s", code, out)
		}
	})
}
