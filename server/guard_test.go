package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"klantkaart/crm"
	"klantkaart/db/dbtest"
	"klantkaart/transport"
)

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	for mode, adjust := range map[string]func(*Config){
		"demo":       func(*Config) {},
		"production": func(c *Config) { c.Mode = Production },
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := onSQLite(t, adjust)
			bearer := []string{"Authorization", "Bearer " + o.token}
			file := o.uploaded(t, "a.pdf", aPDF)
			for name, got := range map[string]answer{
				"the page":             o.send(t, http.MethodGet, "/", ""),
				"an answer":            o.ask(t, `{ __typename }`),
				"a fault":              o.ask(t, `{`),
				"a body that is none":  o.post(t, `x`, bearer...),
				"a session":            o.send(t, http.MethodGet, "/session", "", bearer...),
				"a sign-in":            o.signInAs(t, signInBody),
				"a refused sign-in":    o.signInAs(t, `{"email":"x@oost.example","password":"x"}`),
				"a wrong token":        o.ask(t, `{ __typename }`, "Authorization", "Bearer x"),
				"a probe":              o.send(t, http.MethodGet, "/livez", ""),
				"the measures":         o.send(t, http.MethodGet, "/metrics", ""),
				"an unknown path":      o.send(t, http.MethodGet, "/nowhere", ""),
				"another method":       o.send(t, http.MethodPut, "/graphql", ""),
				"a preflight":          o.send(t, http.MethodOptions, "/graphql", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST"),
				"a foreign page":       o.post(t, `{"query":"{__typename}"}`, "Origin", "https://evil.example"),
				"a file":               o.send(t, http.MethodGet, "/files/"+file, "", bearer...),
				"a part of a file":     o.send(t, http.MethodGet, "/files/"+file, "", append(bearer, "Range", "bytes=0-3")...),
				"a file that is not":   o.send(t, http.MethodGet, "/files/fil_00000000000000000000000000", "", bearer...),
				"a report that is not": o.send(t, http.MethodGet, "/reports/x", "", bearer...),
				"a foreign socket":     o.send(t, http.MethodGet, "/graphql", "", "Upgrade", "websocket", "Connection", "Upgrade", "Origin", "https://evil.example"),
				"a refused stream":     o.send(t, http.MethodGet, "/graphql?query="+url.QueryEscape(attentions), "", "Accept", transport.EventStream),
			} {
				for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
					if got.Header.Get(header) != want {
						t.Errorf("%s: %s is %q", name, header, got.Header.Get(header))
					}
				}
				if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
					t.Errorf("%s: its policy is %q", name, policy)
				}
				if https := got.Header.Get("Strict-Transport-Security"); (https == hsts) != (mode == "production") {
					t.Errorf("%s: Strict-Transport-Security is %q", name, https)
				}
			}
			stream := o.open(t, http.MethodGet, "/graphql?query="+url.QueryEscape(attentions), "", append(bearer, "Accept", transport.EventStream)...)
			if got := stream.Header.Get("X-Content-Type-Options"); stream.StatusCode != http.StatusOK || got != "nosniff" {
				t.Errorf("a stream: %d, %q", stream.StatusCode, got)
			}
		})
	}
}

// TestSimpleRequestsAreRefused sends what the page of another site can have a browser send without asking first, with
// the user's cookie, from a browser so old that it tells neither its origin nor where it is.
func TestSimpleRequestsAreRefused(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.AllowGet = true })
	const change = `mutation { createCustomer(input: {fields: {name: "Ondergeschoven"}}) { customer { id } } }`
	in := func(query string) string { return "/graphql?query=" + url.QueryEscape(query) }
	for name, given := range map[string]struct {
		method, path, kind, body string
		status                   int
	}{
		"a change as plain text":         {http.MethodPost, "/graphql", "text/plain", bodyOf(t, change), http.StatusUnsupportedMediaType},
		"a change as plain text, tagged": {http.MethodPost, "/graphql", "text/plain; application/json", bodyOf(t, change), http.StatusUnsupportedMediaType},
		"a change as a form":             {http.MethodPost, "/graphql", "application/x-www-form-urlencoded", "query=" + url.QueryEscape(change), http.StatusUnsupportedMediaType},
		"a change as a form of parts":    {http.MethodPost, "/graphql", "multipart/form-data; boundary=x", "--x--", http.StatusUnsupportedMediaType},
		"a change without a type":        {http.MethodPost, "/graphql", "", bodyOf(t, change), http.StatusUnsupportedMediaType},
		"a change by GET":                {http.MethodGet, in(change), "", "", http.StatusMethodNotAllowed},
		"a query by GET":                 {http.MethodGet, in(`{ viewer { user { name } } }`), "", "", http.StatusForbidden},
		"a sign-in as a form":            {http.MethodPost, "/session", "application/x-www-form-urlencoded", "email=x", http.StatusBadRequest},
		"a sign-in as plain text":        {http.MethodPost, "/session", "text/plain", signInBody, http.StatusBadRequest},
		"a new password as plain text":   {http.MethodPost, "/session/password", "text/plain", `{"token":"x","password":"x"}`, http.StatusBadRequest},
		"a sign-out":                     {http.MethodDelete, "/session", "", "", http.StatusBadRequest},
		"an upload as a form":            {http.MethodPost, "/files", "multipart/form-data; boundary=x", "--x--", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headers := []string{"Cookie", sessionCookie + "=" + o.token}
			if given.kind != "" {
				headers = append(headers, "Content-Type", given.kind)
			}
			got := o.send(t, given.method, given.path, given.body, headers...)
			expectStatus(t, got, given.status)
			if strings.Contains(got.body, anName) || strings.Contains(got.body, "cus_") {
				t.Errorf("it was done: %s", got.body)
			}
		})
	}
	t.Run("but not from who names the client", func(t *testing.T) {
		t.Parallel()
		got := o.send(t, http.MethodGet, in(`{ viewer { user { name } } }`), "", "Cookie", sessionCookie+"="+o.token, clientHeader, "kaart")
		if !strings.Contains(got.body, anName) {
			t.Error(got.body)
		}
	})
}

// TestUploadsCannotRun serves what a browser would run if it were let: by its type, or by what it guesses.
func TestUploadsCannotRun(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	const script = "<script xmlns='http://www.w3.org/1999/xhtml'>alert(document.cookie)</script>"
	for name, content := range map[string]string{
		"lees.txt":    "<html>" + script,
		"lijst.csv":   "<html>" + script,
		"ubl.xml":     "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>" + script + "</html>",
		"kaart.xml":   "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
		"plaatje.gif": "GIF89a/*" + script + "*/",
		"stuk.pdf":    "%PDF-1.7\n/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>" + script,
		"brief.eml":   "Content-Type: text/html\r\n\r\n" + script,
	} {
		expectKept(t, name, o.download(t, o.uploaded(t, name, content)))
	}
	card := o.addCustomer(t)
	raw := "From: x@buiten.example\nTo: an@oost.example\nMessage-ID: <stuk@buiten.example>\nSubject: stuk\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
	for _, name := range []string{"pagina.html", "plaatje.svg", "pagina.xhtml"} {
		raw += "--b\nContent-Type: text/html; name=" + name + "\nContent-Disposition: attachment; filename=" + name + "\n\n<html>" + script + "\n"
	}
	raw = strings.ReplaceAll(raw+"--b--\n", "\n", "\r\n")
	filed := o.ask(t, fmt.Sprintf(`mutation { fileEmail(input: {customerId: %q, content: %q}) { email { attachments { id name } } userErrors { message } } }`, card, raw))
	var found int
	for _, part := range strings.Split(filed.body, `"id":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		expectKept(t, part, o.download(t, id))
		found++
	}
	if found < 3 {
		t.Errorf("the e-mail was filed with %d parts: %s", found, filed.body)
	}
}

// expectKept says that a browser keeps a file: it is named as one, runs nothing, and is not guessed at.
func expectKept(t *testing.T, name string, got answer) {
	t.Helper()
	expectStatus(t, got, http.StatusOK)
	if kind := got.Header.Get("Content-Type"); strings.Contains(kind, "html") || strings.Contains(kind, "svg") || kind == "" {
		t.Errorf("%s is served as %q", name, kind)
	}
	if !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; ") {
		t.Errorf("%s is shown: %q", name, got.Header.Get("Content-Disposition"))
	}
	expectHeader(t, got, "X-Content-Type-Options", "nosniff")
	expectHeader(t, got, "Content-Security-Policy", "default-src 'none'; sandbox")
}

// TestPersonalDataStaysOutOfTheLog plants marks in everything that is sent, by every way in, well and badly.
func TestPersonalDataStaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	dbtest.EachEngine(t, func(t *testing.T, engine string) {
		o := open(t, dbtest.Open(t, engine), func(c *Config) { c.AllowGet = true })
		mark := "merk" + strings.ToLower(strings.ReplaceAll(engine, "postgres", "pg")) + "zevenblad"
		bearer := []string{"Authorization", "Bearer " + o.token, "User-Agent", mark + "-agent", clientHeader, mark}
		card := o.addCustomer(t)
		ask := func(query string) answer {
			return o.post(t, bodyOf(t, strings.ReplaceAll(query, "MERK", mark)), bearer...)
		}
		for _, query := range []string{
			`mutation { createContact(input: {customerId: "` + card + `", fields: {firstName: "MERK", lastName: "MERK", email: "MERK@buiten.example", phone: "+31612345678"}}) { contact { id } userErrors { code } } }`,
			`mutation { createContact(input: {customerId: "MERK", fields: {lastName: "MERK"}}) { contact { id } } }`,
			`mutation { createContact(input: {customerId: "` + card + `", fields: {lastName: "MERK", email: "geen MERK adres"}}) { userErrors { code } } }`,
			`mutation { updateCustomer(input: {id: "` + card + `", expectedVersion: 99, patch: {name: "MERK", iban: "MERK", kvkNumber: "MERK"}}) { userErrors { code } } }`,
			`mutation { addAttention(input: {cardId: "` + card + `", text: "MERK is ziek"}) { attention { id } } }`,
			`{ search(text: "MERK") { card { id } } }`, `{ customers(filter: {name: {contains: "MERK"}}, after: "MERK") { totalCount } }`,
			`{ MERK }`, `{ customer(by: {number: "MERK"}) { id } }`, `{ node(id: "MERK") { id } } #`, `{ search(text: "MERK\u0000") { card { id } } }`, `MERK {`,
		} {
			ask(query)
		}
		o.send(t, http.MethodGet, "/graphql?query="+url.QueryEscape(`query `+mark+` { __typename }`)+"&variables="+url.QueryEscape(`{"x":"`+mark+`"}`), "", bearer...)
		o.send(t, http.MethodPost, "/graphql", `{"query": "`+mark, append(bearer, "Content-Type", jsonType)...)
		o.put(t, mark+".txt", mark, bearer...)
		o.put(t, mark+".exe", mark, bearer...)
		o.signInAs(t, `{"email":"`+mark+`@oost.example","password":"`+mark+`"}`)
		o.post(t, `{"query":"{__typename}"}`, "Authorization", "Bearer kks_"+mark)
		socket := o.connect(t)
		subscribe(t, socket, mark, `subscription { cardEvents(card: "`+mark+`") { __typename } }`)
		_ = receive(t, socket)
		if lines := logged.with(mark); len(lines) > 0 {
			t.Errorf("%d lines hold it: %s", len(lines), lines[0])
		}
		if len(logged.with(`"path":"/graphql"`)) == 0 {
			t.Error("nothing was logged at all")
		}
	})
}

func TestTheLogIsDiscreet(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]any{
		"what a mail server says":    &crm.Error{Text: crm.Text{EN: "550 5.1.1 <erik.jansen@velde.example> unknown"}},
		"what a database says":       errors.New(`duplicate key: Key (email)=(erik.jansen@velde.example) exists`),
		"an address in an address":   "GET /x?email=erik.jansen%40velde.example",
		"a token":                    "kks_0123456789abcdefgh",
		"a token of somebody else":   "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJlcmlrLmphbnNlbiJ9.x",
		"a bank account":             "NL91 ABNA 0417 1643 00",
		"a bank account in one word": []string{"NL91ABNA0417164300"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range []string{"json", "text"} {
				var lines bytes.Buffer
				slog.New(handlerTo(&lines, Config{LogFormat: format})).Error("it broke", slog.Any("error", told), slog.Group("more", slog.Any("again", told)))
				for _, secret := range []string{"erik", "kks_", "eyJ", "ABNA"} {
					if strings.Contains(lines.String(), secret) {
						t.Errorf("it tells %q: %s", secret, &lines)
					}
				}
				if strings.Count(lines.String(), withheld) < 2 || !strings.Contains(lines.String(), "it broke") {
					t.Errorf("it says %s", &lines)
				}
			}
		})
	}
}
