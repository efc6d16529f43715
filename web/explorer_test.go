package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"klantkaart/web"
)

var sanne = web.Colleague{Name: "Sanne Verhoef", Email: "sanne@delta.example", Password: "</script><b>", Role: "accountmanager"}

func TestExplorer(t *testing.T) {
	t.Parallel()
	explorer := web.Explorer(web.Settings{Colleagues: []web.Colleague{sanne}})

	t.Run("serves the page at the root and nowhere else", func(t *testing.T) {
		t.Parallel()
		expectStatus(t, get(explorer, "/"), http.StatusOK)
		for _, path := range []string{"/index.html", "/explorer/", "/explorer/index.html", "/explorer/sources.sha256", "/explorer/..%2findex.html", "/card"} {
			expectStatus(t, get(explorer, path), http.StatusNotFound)
		}
	})
	t.Run("answers reading only", func(t *testing.T) {
		t.Parallel()
		recorder := httptest.NewRecorder()
		explorer.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", nil))
		expectStatus(t, recorder, http.StatusMethodNotAllowed)
	})
	t.Run("forbids inline scripts, frames and other hosts on every answer", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/", "/explorer/explorer.js", "/nowhere"} {
			header := get(explorer, path).Header()
			policy := header.Get("Content-Security-Policy")
			for _, rule := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
				if !strings.Contains(policy+";", rule+";") {
					t.Errorf("%s: policy %q lacks %q", path, policy, rule)
				}
			}
			if strings.Contains(policy, "unsafe") {
				t.Errorf("%s: policy %q is lax", path, policy)
			}
			if got := header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("%s: X-Content-Type-Options is %q", path, got)
			}
		}
	})
	t.Run("loads nothing from another host", func(t *testing.T) {
		t.Parallel()
		external := regexp.MustCompile(`(?i)(src|href)\s*=\s*["']?(https?:)?//|@import|url\(\s*["']?(https?:)?//`)
		for _, path := range []string{"/", "/explorer/explorer.css"} {
			if found := external.FindString(get(explorer, path).Body.String()); found != "" {
				t.Errorf("%s holds %q", path, found)
			}
		}
	})
	t.Run("hands the colleagues over as data that cannot end the script", func(t *testing.T) {
		t.Parallel()
		page := pageSettings(t, explorer)
		if len(page.Colleagues) != 1 || page.Colleagues[0] != sanne {
			t.Errorf("colleagues are %+v", page.Colleagues)
		}
	})
	t.Run("tells no colleague where none is given", func(t *testing.T) {
		t.Parallel()
		page := pageSettings(t, web.Explorer(web.Settings{}))
		if page.Colleagues == nil || len(page.Colleagues) != 0 {
			t.Errorf("colleagues are %#v, want an empty list", page.Colleagues)
		}
		if page.Endpoint != "/graphql" || page.Socket != "/graphql" {
			t.Errorf("endpoint is %q, socket is %q", page.Endpoint, page.Socket)
		}
	})
}

func TestAssets(t *testing.T) {
	t.Parallel()
	explorer := web.Explorer(web.Settings{})
	page := get(explorer, "/").Body.String()
	versioned := regexp.MustCompile(`/explorer/explorer\.js\?v=\w+`).FindString(page)

	t.Run("are kept for good under the address that the page names", func(t *testing.T) {
		t.Parallel()
		answer := get(explorer, versioned)
		expectStatus(t, answer, http.StatusOK)
		expectHeader(t, answer, "Cache-Control", "public, max-age=31536000, immutable")
		expectHeader(t, answer, "Content-Type", "text/javascript; charset=utf-8")
	})
	t.Run("are asked for again under any other address", func(t *testing.T) {
		t.Parallel()
		expectHeader(t, get(explorer, "/explorer/explorer.js?v=old"), "Cache-Control", "no-cache")
	})
	t.Run("are not sent twice", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/", versioned} {
			tag := get(explorer, path).Header().Get("ETag")
			expectStatus(t, get(explorer, path, "If-None-Match", tag), http.StatusNotModified)
		}
	})
	t.Run("are the same compressed and plain", func(t *testing.T) {
		t.Parallel()
		plain := get(explorer, versioned)
		zipped := get(explorer, versioned, "Accept-Encoding", "br, gzip;q=0.8")
		expectHeader(t, plain, "Content-Encoding", "")
		expectHeader(t, zipped, "Content-Encoding", "gzip")
		if plain.Header().Get("ETag") == zipped.Header().Get("ETag") {
			t.Error("both forms have the same entity tag")
		}
		reader, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(content, plain.Body.Bytes()) {
			t.Error("the compressed form holds something else")
		}
	})
	t.Run("come plain to who refuses compression", func(t *testing.T) {
		t.Parallel()
		for _, accepted := range []string{"gzip;q=0", "gzip; q=0.000", "br", "identity"} {
			expectHeader(t, get(explorer, versioned, "Accept-Encoding", accepted), "Content-Encoding", "")
		}
	})
	t.Run("include the licences of what the bundle holds", func(t *testing.T) {
		t.Parallel()
		licences := get(explorer, "/explorer/licenses.txt").Body.String()
		for _, name := range []string{"graphiql", "react", "codemirror", "graphql", "graphql-ws"} {
			if !strings.Contains(licences, "\n"+name+" ") {
				t.Errorf("no licence of %s", name)
			}
		}
	})
}

func TestPreparedOperations(t *testing.T) {
	t.Parallel()
	schema := contract(t)
	page := pageSettings(t, web.Explorer(web.Settings{}))

	t.Run("show the viewer, the card, the list, the stream, a change and the search", func(t *testing.T) {
		t.Parallel()
		var names []string
		for _, operation := range page.Operations {
			names = append(names, operation.Name)
		}
		want := "Viewer CardOfVanDerVelde Customers CardEvents AddAttention Search"
		if got := strings.Join(names, " "); got != want {
			t.Errorf("operations are %q, want %q", got, want)
		}
	})
	t.Run("begin with a query that is valid", func(t *testing.T) {
		t.Parallel()
		validOperation(t, schema, page.Prepare)
	})
	for _, operation := range page.Operations {
		t.Run("are valid with their variables: "+operation.Name, func(t *testing.T) {
			t.Parallel()
			definition := validOperation(t, schema, operation.Query)
			if definition.Name != operation.Name {
				t.Errorf("the operation is named %q, its file %q", definition.Name, operation.Name)
			}
			validVariables(t, schema, definition, operation.Variables)
		})
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("explorer/dist/sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("explorer/src/*")
	if err != nil {
		t.Fatal(err)
	}
	sources = append(sources, "explorer/build.mjs", "explorer/package.json", "explorer/package-lock.json")

	t.Run("was built from the sources beside it", func(t *testing.T) {
		t.Parallel()
		for _, source := range sources {
			content, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256(content)
			line := hex.EncodeToString(digest[:]) + "  " + strings.TrimPrefix(filepath.ToSlash(source), "explorer/") + "\n"
			if !strings.Contains(string(recorded), line) {
				t.Errorf("%s is newer than the bundle: npm ci && npm run build in web/explorer", source)
			}
		}
		if got := strings.Count(string(recorded), "\n"); got != len(sources) {
			t.Errorf("the bundle was built from %d files, there are %d", got, len(sources))
		}
	})
}

// servedPage is what the browser reads from the page.
type servedPage struct {
	Endpoint, Socket, Prepare string
	Colleagues                []web.Colleague
	Operations                []struct{ Name, Query, Variables string }
}

func pageSettings(t *testing.T, explorer http.Handler) servedPage {
	t.Helper()
	html := get(explorer, "/").Body.String()
	_, rest, found := strings.Cut(html, `<script type="application/json" id="settings">`)
	if !found {
		t.Fatal("the page holds no settings")
	}
	text, _, _ := strings.Cut(rest, "</script>")
	var page servedPage
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatalf("settings %s: %v", text, err)
	}
	return page
}

func contract(t *testing.T) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphqls")
	if err != nil || len(names) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(content)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validOperation(t *testing.T, schema *ast.Schema, query string) *ast.OperationDefinition {
	t.Helper()
	document, faults := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return document.Operations[0]
}

func validVariables(t *testing.T, schema *ast.Schema, definition *ast.OperationDefinition, text string) {
	t.Helper()
	variables := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &variables); err != nil {
			t.Fatalf("variables %s: %v", text, err)
		}
	}
	if _, err := validator.VariableValues(schema, definition, variables); err != nil {
		t.Error(err)
	}
	for name := range variables {
		if definition.VariableDefinitions.ForName(name) == nil {
			t.Errorf("no variable is named %q", name)
		}
	}
}

// get asks for a path, with pairs of header name and value.
func get(handler http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func expectStatus(t *testing.T, answer *httptest.ResponseRecorder, want int) {
	t.Helper()
	if answer.Code != want {
		t.Errorf("status is %d, want %d", answer.Code, want)
	}
}

func expectHeader(t *testing.T, answer *httptest.ResponseRecorder, name, want string) {
	t.Helper()
	if got := answer.Header().Get(name); got != want {
		t.Errorf("%s is %q, want %q", name, got, want)
	}
}
