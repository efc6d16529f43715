package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"klantkaart/crm"
	"klantkaart/graph"
	"klantkaart/transport"
)

// refusals are one request for each code that the server and the graph refuse with. Each gives the answer in the
// language of the headers.
func refusals(t *testing.T) map[string]func(...string) answer {
	t.Helper()
	o, trial := onSQLite(t), onSQLite(t, func(c *Config) {
		c.Trial, c.Timeout = true, 20_000_000
	})
	closed := onSQLite(t, func(c *Config) { c.Mode, c.PublicURL = Production, "https://kaart.oost.example" })
	asking := func(query string) func(...string) answer {
		return func(headers ...string) answer { return o.ask(t, query, headers...) }
	}
	sending := func(o *office, method, path, body string, fixed ...string) func(...string) answer {
		return func(headers ...string) answer { return o.send(t, method, path, body, append(fixed, headers...)...) }
	}
	an := []string{"Authorization", "Bearer " + o.token}
	away := newForger(t)
	away.Close()
	provider := o.provide(t, newForger(t).URL, ofOost)
	gone := o.provide(t, away.URL, `domains: ["away.example"]`)
	crowded := onSQLite(t, func(c *Config) { c.SocketsPerUser = 1 })
	crowded.follow(t, attentions).message(t)
	full := map[string]answer{} // asked at once, for the stream that fills it does not last
	for _, language := range []string{"nl", "en"} {
		full[language] = crowded.ask(t, attentions, "Accept-Language", language, "Accept", transport.EventStream)
	}
	stopping := onSQLite(t)
	if err := stopping.node.connections.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tired := onSQLite(t)
	for range 10 {
		tired.signInAs(t, `{"email":"`+anEmail+`","password":"wrong"}`)
	}
	o.ask(t, `mutation { createCustomer(input: {fields: {name: "Bouwbedrijf"}}) { customer { id } } }`)
	listed := o.ask(t, `{ customers(stages: [CUSTOMER, PROSPECT]) { pageInfo { endCursor } } }`)
	cursor := regexp.MustCompile(`"endCursor":"([^"]*)"`).FindStringSubmatch(listed.body)[1]
	spent := onSQLite(t, small)
	spent.spend(t, 0)
	return map[string]func(...string) answer{
		badRequest:           sending(o, http.MethodPost, "/graphql", "{", "Content-Type", jsonType),
		bodyLimit:            sending(o, http.MethodPost, "/graphql", strings.Repeat(" ", maxBody+1), "Content-Type", jsonType),
		methodNotAllowed:     sending(o, http.MethodPut, "/graphql", ""),
		notAcceptable:        sending(o, http.MethodPost, "/graphql", "", "Accept", "text/html"),
		unsupportedMediaType: sending(o, http.MethodPost, "/graphql", "{}", "Content-Type", "text/plain"),
		forbiddenOrigin:      sending(o, http.MethodPost, "/graphql", "{}", "Origin", "https://evil.example", "Content-Type", jsonType),
		unauthenticated:      sending(o, http.MethodPost, "/graphql", "{}", "Authorization", "Bearer kks_none"),
		tooManyConnections:   func(headers ...string) answer { return full[headers[1]] },
		draining: func(headers ...string) answer {
			return stopping.ask(t, attentions, append(headers, "Accept", transport.EventStream)...)
		},
		tooManySignIns:           func(headers ...string) answer { return tired.signInAs(t, signInBody, headers...) },
		unknownProvider:          sending(o, http.MethodGet, crm.SignOnPath+"nobody/start", ""),
		signOnFailed:             sending(o, http.MethodGet, crm.SignOnPath+provider+"/callback", ""),
		providerUnreachable:      sending(o, http.MethodGet, crm.SignOnPath+gone+"/start", ""),
		clientHeaderRequired:     sending(o, http.MethodPost, "/files", "x", "Cookie", sessionCookie+"="+o.token),
		notFound:                 sending(o, http.MethodGet, "/files/fil_0000000000000000000000000g", "", an...),
		string(crm.FileTooLarge): sending(o, http.MethodPost, "/files", strings.Repeat("x", 26*megabyte), append(an, "Content-Disposition", "attachment; filename=a.pdf")...),
		subscriptionNeedsSocket:  asking(attentions),
		graph.RateLimited:        func(headers ...string) answer { return spent.ask(t, whoAmI, headers...) },
		graph.Internal:           func(headers ...string) answer { return trial.ask(t, `{ boom }`, headers...) },
		graph.Timeout:            func(headers ...string) answer { return trial.ask(t, `{ slow(ms: 60000) }`, headers...) },
		graph.IntrospectionDisabled: func(headers ...string) answer {
			return closed.post(t, bodyOf(t, `{ __schema { types { name } } }`), headers...)
		},
		graph.CostLimit:             asking(`{ customers(first: 100) { nodes { contacts(first: 100) { nodes { id name customer { contacts(first: 100) { nodes { id } } } } } } } }`),
		graph.DocumentLimit:         asking("{" + strings.Repeat(" ", graph.MaxDocument) + "__typename}"),
		graph.TokenLimit:            asking("{" + strings.Repeat("__typename ", 2001) + "}"),
		graph.DepthLimit:            asking(strings.Repeat("{viewer", 14) + strings.Repeat("}", 14)),
		graph.RootFieldLimit:        asking("{" + strings.Repeat("__typename ", 21) + "}"),
		graph.AliasLimit:            asking("{viewer{" + strings.Repeat("a:__typename ", 51) + "}}"),
		graph.FieldLimit:            asking("{viewer{...A ...A}} fragment A on Viewer{" + strings.Repeat("__typename ", 1000) + "}"),
		graph.OperationLimit:        asking(strings.Repeat("query{__typename}", 51)),
		graph.DeferUnsupported:      asking(`{ viewer { ... @defer { user { id } } } }`),
		graph.CursorMismatch:        asking(`{ customers(after: "` + cursor + `", orderBy: [{field: NUMBER}]) { totalCount } }`),
		"GRAPHQL_PARSE_FAILED":      asking("{"),
		"GRAPHQL_VALIDATION_FAILED": asking("{ nothing }"),
		string(crm.BadInput):        asking(`{ customers(first: 101) { totalCount } }`),
	}
}

// toldElsewhere are codes that one request does not meet: a client that has left hears nothing, signing on takes a
// provider that agrees, a socket has to be filled, and the other limits come before that of merging.
var toldElsewhere = []string{graph.Cancelled, signOnRefused, transport.SubscriptionLimit, graph.MergingLimit}

func TestEveryCodeIsToldInBothLanguages(t *testing.T) {
	t.Parallel()
	all := refusals(t)
	for code, ask := range all {
		t.Run("of "+code, func(t *testing.T) {
			t.Parallel()
			told := map[string]string{}
			for _, language := range []string{"nl", "en"} {
				got := ask("Accept-Language", language)
				expectCode(t, got, code)
				if errors := got.json(t).Errors; len(errors) > 0 {
					told[language] = errors[0].Message
				}
				if first, _ := utf8.DecodeRuneInString(told[language]); !unicode.IsUpper(first) {
					t.Errorf("in %s it is no sentence: %q", language, told[language])
				}
			}
			if told["nl"] == told["en"] {
				t.Errorf("both languages say %q", told["nl"])
			}
		})
	}
	t.Run("that the sources refuse with", func(t *testing.T) {
		t.Parallel()
		for _, code := range codesIn(t, ".", "../graph", "../transport") {
			if all[code] == nil && !slices.Contains(toldElsewhere, code) {
				t.Errorf("nothing asks for %s", code)
			}
		}
	})
}

// codesIn are the constants of packages that are spelled like codes, but for those that are not told in errors.
func codesIn(t *testing.T, folders ...string) []string {
	t.Helper()
	likeCode := regexp.MustCompile(`^[A-Z]+(_[A-Z]+)*$`)
	found := map[string]bool{}
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				spec, ok := node.(*ast.ValueSpec)
				if !ok {
					return true
				}
				for _, value := range spec.Values {
					literal, ok := value.(*ast.BasicLit)
					if !ok || literal.Kind != token.STRING {
						continue
					}
					if text, err := strconv.Unquote(literal.Value); err == nil && likeCode.MatchString(text) {
						found[text] = true
					}
				}
				return true
			})
		}
	}
	for _, other := range []string{ofCredential, ofOrganization, ofAddress} {
		delete(found, other)
	}
	return slices.Sorted(maps.Keys(found))
}

func TestWhatNoRouteServes(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for name, given := range map[string]struct {
		method, path  string
		status        int
		code, message string
	}{
		"an address of nothing": {http.MethodGet, "/nergens", http.StatusNotFound, notFound, "Op dit adres is niets."},
		"another method":        {http.MethodPut, "/files", http.StatusMethodNotAllowed, methodNotAllowed, "Deze methode bestaat hier niet."},
	} {
		t.Run("is refused like anything else: "+name, func(t *testing.T) {
			t.Parallel()
			got := o.send(t, given.method, given.path, "", "Accept-Language", "nl")
			expectStatus(t, got, given.status)
			expectCode(t, got, given.code)
			if message := got.json(t).Errors[0].Message; message != given.message {
				t.Errorf("message is %q", message)
			}
			if given.status == http.StatusMethodNotAllowed {
				expectHeader(t, got, "Allow", "POST")
			}
		})
	}
}

func TestAFileThatIsTooLargeIsToldHowLargeItMayBe(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.MaxFile = 1 })
	for _, size := range []int{megabyte + 1, megabyte + formRoom + 1} { // found while it comes, and from what it says
		refused := o.put(t, "a.pdf", aPDF+strings.Repeat("x", size-len(aPDF)), "Authorization", "Bearer "+o.token, "Accept-Language", "nl")
		expectStatus(t, refused, http.StatusRequestEntityTooLarge)
		if message := refused.json(t).Errors[0].Message; message != "Het bestand is te groot: ten hoogste 1 MB." {
			t.Errorf("message is %q", message)
		}
	}
}
