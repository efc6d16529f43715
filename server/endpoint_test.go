package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		got := o.ask(t, `{ viewer { user { name } } }`)
		expectStatus(t, got, http.StatusOK)
		if want := `{"data":{"viewer":{"user":{"name":"An de Vries"}}},"extensions":{"cost":{"requested":3,"actual":3,"remaining":`; !strings.HasPrefix(got.body, want) {
			t.Errorf("answer is %s, want %s…", got.body, want)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			expectHeader(t, got, name, want)
		}
		if vary := strings.Join(got.Header.Values("Vary"), ","); !strings.Contains(vary, "Accept") || !strings.Contains(vary, "Origin") {
			t.Errorf("Vary is %q, want Accept and Origin", vary)
		}
	})
}

func TestEndpointRefuses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	const secret = "Zeer-geheim-9"
	for name, given := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"text that is no JSON":               {`{"query":"{__typename}", ` + secret, jsonType, 400, badRequest},
		"an empty body":                      {``, jsonType, 400, badRequest},
		"null":                               {`null`, jsonType, 400, badRequest},
		"a list of requests":                 {`[{"query":"{__typename}","x":"` + secret + `"}]`, jsonType, 400, badRequest},
		"something behind the object":        {`{"query":"{__typename}"} ` + secret, jsonType, 400, badRequest},
		"a second object":                    {`{"query":"{__typename}"}{}`, jsonType, 400, badRequest},
		"a parameter that comes twice":       {`{"query":"{__typename}","query":"{viewer{user{id}}}"}`, jsonType, 400, badRequest},
		"no query":                           {`{"variables":{"a":"` + secret + `"}}`, jsonType, 400, badRequest},
		"an empty query":                     {`{"query":""}`, jsonType, 400, badRequest},
		"a query that is null":               {`{"query":null}`, jsonType, 400, badRequest},
		"a query that is a number":           {`{"query":1}`, jsonType, 400, badRequest},
		"a query in capitals":                {`{"QUERY":"{__typename}"}`, jsonType, 400, badRequest},
		"an operation name that is a list":   {`{"query":"{__typename}","operationName":["` + secret + `"]}`, jsonType, 400, badRequest},
		"variables that are a list":          {`{"query":"{__typename}","variables":["` + secret + `"]}`, jsonType, 400, badRequest},
		"variables that are a text":          {`{"query":"{__typename}","variables":"` + secret + `"}`, jsonType, 400, badRequest},
		"extensions that are a number":       {`{"query":"{__typename}","extensions":7}`, jsonType, 400, badRequest},
		"bytes that are no UTF-8":            {"{\"query\":\"{__typename}\xff\"}", jsonType, 400, badRequest},
		"endless nesting":                    {`{"query":"{__typename}","variables":{"a":` + strings.Repeat("[", 20000), jsonType, 400, badRequest},
		"a body over 512 KB":                 {`{"query":"` + strings.Repeat(" ", maxBody) + `"}`, jsonType, 413, bodyLimit},
		"no content type":                    {`{"query":"{__typename}"}`, "", 415, unsupportedMediaType},
		"a form":                             {`query={__typename}`, "application/x-www-form-urlencoded", 415, unsupportedMediaType},
		"text, which needs no preflight":     {`{"query":"{__typename}"}`, "text/plain", 415, unsupportedMediaType},
		"a multipart form":                   {`--x--`, "multipart/form-data; boundary=x", 415, unsupportedMediaType},
		"another charset":                    {`{"query":"{__typename}"}`, "application/json; charset=utf-16", 415, unsupportedMediaType},
		"a content type that cannot be read": {`{"query":"{__typename}"}`, "application/json; =", 415, unsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, accept := range []string{jsonType, newerType} {
				headers := []string{"Accept", accept}
				if given.contentType != "" {
					headers = append(headers, "Content-Type", given.contentType)
				}
				got := o.send(t, http.MethodPost, "/graphql", given.body, headers...)
				expectStatus(t, got, given.status)
				expectCode(t, got, given.code)
				expectHeader(t, got, "Content-Type", accept+"; charset=utf-8")
				if strings.Contains(got.body, secret) || strings.Contains(got.body, `"data"`) {
					t.Errorf("the answer echoes the body, or has data: %s", got.body)
				}
				if got.json(t).Errors[0].Extensions["requestId"] != got.Header.Get(requestIDHeader) {
					t.Errorf("the error does not carry the request's id %q: %s", got.Header.Get(requestIDHeader), got.body)
				}
			}
		})
	}
}

func TestEndpointMethods(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		t.Run("refuses "+method, func(t *testing.T) {
			t.Parallel()
			got := o.send(t, method, "/graphql?query={__typename}", "")
			expectStatus(t, got, http.StatusMethodNotAllowed)
			expectHeader(t, got, "Allow", "POST")
		})
	}
	t.Run("answers queries by GET where that is set", func(t *testing.T) {
		t.Parallel()
		allowing := onSQLite(t, func(c *Config) { c.AllowGet = true })
		address := "/graphql?query=" + url.QueryEscape(`query A($yes: Boolean!) { __typename @include(if: $yes) }`)
		got := allowing.send(t, http.MethodGet, address+"&variables="+url.QueryEscape(`{"yes":true}`), "")
		expectStatus(t, got, http.StatusOK)
		if typename := got.json(t).Data["__typename"]; typename != "Query" {
			t.Errorf("__typename is %v: %s", typename, got.body)
		}
		expectStatus(t, allowing.send(t, http.MethodGet, address+"&variables=[]", ""), http.StatusBadRequest)
		expectStatus(t, allowing.send(t, http.MethodGet, "/graphql", ""), http.StatusBadRequest)
		mutation := "/graphql?query=" + url.QueryEscape(`mutation { archiveCustomer(input: {id: "x"}) { position } }`)
		refused := allowing.send(t, http.MethodGet, mutation, "", "Authorization", "Bearer "+allowing.token)
		expectStatus(t, refused, http.StatusMethodNotAllowed)
		expectHeader(t, refused, "Allow", "POST")
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for name, given := range map[string]struct {
		query string
		code  string
		newer int // the status in the newer form; in the older it is always 200
	}{
		"a document that cannot be read":  {`{`, "GRAPHQL_PARSE_FAILED", 400},
		"a field that does not exist":     {`{ nothing }`, "GRAPHQL_VALIDATION_FAILED", 400},
		"a variable that is missing":      {`query($id: ID!) { node(id: $id) { id } }`, "GRAPHQL_VALIDATION_FAILED", 400},
		"a document over a limit":         {"{" + strings.Repeat("__typename ", 2001) + "}", "TOKEN_LIMIT", 400},
		"a subscription":                  {`subscription { myAttentions { __typename } }`, subscriptionNeedsSocket, 400},
		"an answer in parts":              {`{ viewer { ... @defer { user { id } } } }`, "DEFER_UNSUPPORTED", 400},
		"an argument that cannot be read": {`{ node(id: "no id") { id } }`, "BAD_INPUT", 200},
		"a number that Go cannot hold":    {`{ customers(first: 99999999999999999999) { totalCount } }`, "GRAPHQL_VALIDATION_FAILED", 400},
		"a page that is too large":        {`{ customers(first: 101) { totalCount } }`, "BAD_INPUT", 200},
		"an answer":                       {`{ viewer { user { name } } }`, "", 200},
	} {
		t.Run("of "+name, func(t *testing.T) {
			t.Parallel()
			older := o.ask(t, given.query, "Accept", jsonType)
			expectStatus(t, older, http.StatusOK)
			expectCode(t, older, given.code)
			newer := o.ask(t, given.query, "Accept", newerType)
			expectStatus(t, newer, given.newer)
			expectCode(t, newer, given.code)
			if _, has := strings.CutPrefix(newer.body, `{"errors"`); given.newer == 400 && (!has || strings.Contains(newer.body, `"data"`)) {
				t.Errorf("a request that was not executed has data: %s", newer.body)
			}
		})
	}
	t.Run("is 406 for what cannot be sent", func(t *testing.T) {
		t.Parallel()
		got := o.ask(t, `{ __typename }`, "Accept", "text/html")
		expectStatus(t, got, http.StatusNotAcceptable)
		expectCode(t, got, notAcceptable)
	})
	t.Run("of an unknown path is 404", func(t *testing.T) {
		t.Parallel()
		expectStatus(t, o.send(t, http.MethodGet, "/nowhere", ""), http.StatusNotFound)
	})
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.AllowedOrigins = []string{"https://crm.example.nl"} })
	t.Run("refuses what a foreign page sends", func(t *testing.T) {
		t.Parallel()
		for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}} {
			got := o.post(t, `{"query":"{__typename}"}`, header...)
			expectStatus(t, got, http.StatusForbidden)
			expectCode(t, got, "FORBIDDEN_ORIGIN")
			expectHeader(t, got, "Access-Control-Allow-Origin", "")
		}
	})
	t.Run("lets its own pages and those of allowed origins call", func(t *testing.T) {
		t.Parallel()
		for _, origin := range []string{o.URL, "https://crm.example.nl"} {
			expectStatus(t, o.post(t, `{"query":"{__typename}"}`, "Origin", origin), http.StatusOK)
		}
	})
	t.Run("answers the preflight of an allowed origin only", func(t *testing.T) {
		t.Parallel()
		ask := func(origin string) answer {
			return o.send(t, http.MethodOptions, "/graphql", "", "Origin", origin, "Access-Control-Request-Method", "POST",
				"Access-Control-Request-Headers", "content-type,klantkaart-client")
		}
		allowed := ask("https://crm.example.nl")
		expectHeader(t, allowed, "Access-Control-Allow-Origin", "https://crm.example.nl")
		expectHeader(t, allowed, "Access-Control-Allow-Credentials", "true")
		expectHeader(t, ask("https://evil.example"), "Access-Control-Allow-Origin", "")
	})
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	t.Run("is the client's when it is sane", func(t *testing.T) {
		t.Parallel()
		expectHeader(t, o.ask(t, `{ __typename }`, requestIDHeader, "trace-01.ab_9"), requestIDHeader, "trace-01.ab_9")
	})
	t.Run("is made when it is not", func(t *testing.T) {
		t.Parallel()
		for _, insane := range []string{"short", "with blanks in it", strings.Repeat("x", 65), `"quoted-quoted"`} {
			got := o.ask(t, `{ __typename }`, requestIDHeader, insane)
			if id := got.Header.Get(requestIDHeader); id == insane || !saneRequestID.MatchString(id) {
				t.Errorf("id is %q", id)
			}
		}
	})
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	const schema = `{ __schema { queryType { name } } }`
	t.Run("is open in demo mode", func(t *testing.T) {
		t.Parallel()
		got := onSQLite(t).post(t, bodyOf(t, schema))
		if got.code(t) != "" {
			t.Errorf("a stranger of the demo does not see the schema: %s", got.body)
		}
	})
	t.Run("is for administrators in production", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t, func(c *Config) { c.Mode = Production })
		expectCode(t, o.ask(t, schema), "")
		expectCode(t, o.post(t, bodyOf(t, schema)), "INTROSPECTION_DISABLED")
		expectCode(t, o.post(t, bodyOf(t, `{ __typename }`)), "")
		expectCode(t, o.post(t, bodyOf(t, `{ ...A } fragment A on Query { __type(name: "User") { name } }`)), "INTROSPECTION_DISABLED")
	})
	t.Run("is not replaced by guessing names", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t, func(c *Config) { c.Mode = Production })
		for _, near := range []string{`{ viewr { user { id } } }`, `{ customers(frst: 1) { totalCount } }`,
			`{ customers(archived: EXCLUD) { totalCount } }`, `{ customers(filter: {nam: {}}) { totalCount } }`} {
			got := o.post(t, bodyOf(t, near))
			if got.code(t) == "" || strings.Contains(got.body, "Did you mean") {
				t.Errorf("a stranger learns a name: %s", got.body)
			}
		}
	})
}

func TestExplorer(t *testing.T) {
	t.Parallel()
	t.Run("is at the root in demo mode", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		got := o.send(t, http.MethodGet, "/", "")
		expectStatus(t, got, http.StatusOK)
		if !strings.Contains(got.body, "Sanne Verhoef") {
			t.Error("the page does not offer to sign in as Sanne")
		}
		expectStatus(t, o.send(t, http.MethodGet, "/explorer/explorer.js", ""), http.StatusOK)
	})
	t.Run("is absent in production", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t, func(c *Config) { c.Mode = Production })
		for _, path := range []string{"/", "/explorer/explorer.js"} {
			expectStatus(t, o.send(t, http.MethodGet, path, ""), http.StatusNotFound)
		}
	})
}
