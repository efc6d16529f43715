package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// logged is what the process wrote into its log: all tests share it.
var logged = &journal{}

// TestMain also demands that nothing of a server outlives it: no socket, no subscription, no relay. Only
// the server that drains for an hour does.
func TestMain(m *testing.M) {
	setLogger(logged, Config{LogLevel: slog.LevelDebug, LogFormat: "json"})
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("klantkaart/server.(*node).drain"))
}

// journal keeps lines.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(line))
	return len(line), nil
}

// with gives the lines that hold a text, such as a request's id.
func (j *journal) with(text string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []string
	for _, line := range j.lines {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// The administrator of the office that the tests found.
const (
	anName     = "An de Vries"
	anEmail    = "an@oost.example"
	anPassword = "een heel lang wachtwoord"
	aSecretKey = "a2xhbnRrYWFydCBrbGFudGthYXJ0IGtsYW50a2FhcnQ="
)

// office is a running node with an office, and An signed in.
type office struct {
	*httptest.Server
	node  *node
	token string
	// asked gets a word for each operation that comes by POST, of an office that runs.
	asked chan struct{}
}

// onSQLite opens an office on a database of its own.
func onSQLite(t *testing.T, adjust ...func(*Config)) *office {
	t.Helper()
	return open(t, dbtest.Open(t, dbtest.SQLite), adjust...)
}

// open opens an office on a store.
func open(t *testing.T, store *db.DB, adjust ...func(*Config)) *office {
	t.Helper()
	o := nodeOn(t, store, adjust...)
	founded := crm.NewOffice{Name: "Kantoor Oost", Administrator: anName, Email: anEmail, Password: anPassword}
	if _, err := o.node.crm.Offices.Found(t.Context(), founded); err != nil {
		t.Fatal(err)
	}
	o.token = o.signIn(t)
	return o
}

// nodeOn runs a node on a store that has its office already.
func nodeOn(t *testing.T, store *db.DB, adjust ...func(*Config)) *office {
	t.Helper()
	config, _, err := loadConfig(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	config.FilesFolder, config.SecretKey = t.TempDir(), aSecretKey
	config.MailURL = folderScheme + t.TempDir()
	for _, one := range adjust {
		one(&config)
	}
	if err := config.check(); err != nil {
		t.Fatal(err)
	}
	n, err := newNode(config, store)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(n.handler)
	t.Cleanup(func() {
		if err := n.connections.Close(context.Background()); err != nil { // that of the test is over
			t.Error(err)
		}
		server.Close()
		n.stopLive()
		if n.relay != nil {
			_ = n.relay.Close()
		}
		_ = n.attempts.Close()
		closeRedis(n.budgets.quotas)
		_ = n.files.Close()
	})
	return &office{Server: server, node: n}
}

func (o *office) signIn(t *testing.T) string {
	t.Helper()
	signedIn, err := o.node.crm.Sessions.SignIn(t.Context(), anEmail, anPassword)
	if err != nil {
		t.Fatal(err)
	}
	return signedIn.Token
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

// json is the answer's body, read.
func (a answer) json(t *testing.T) (read struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Extensions map[string]any
}) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &read); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return read
}

// code is the code of the first error, or nothing.
func (a answer) code(t *testing.T) string {
	t.Helper()
	errors := a.json(t).Errors
	if len(errors) == 0 {
		return ""
	}
	code, _ := errors[0].Extensions["code"].(string)
	return code
}

// send sends a request as it is, with pairs of header name and value.
func (o *office) send(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequest(method, o.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(read)}
}

const (
	jsonType   = "application/json"
	newerType  = "application/graphql-response+json"
	signInBody = `{"email":"` + anEmail + `","password":"` + anPassword + `"}`
)

// post sends a body to the graph as JSON.
func (o *office) post(t *testing.T, body string, headers ...string) answer {
	t.Helper()
	return o.send(t, http.MethodPost, "/graphql", body, append([]string{"Content-Type", jsonType}, headers...)...)
}

// ask sends a query as An.
func (o *office) ask(t *testing.T, query string, headers ...string) answer {
	t.Helper()
	return o.post(t, bodyOf(t, query), append([]string{"Authorization", "Bearer " + o.token}, headers...)...)
}

func bodyOf(t *testing.T, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// dial opens a websocket, with pairs of header name and value. There is none unless the status is 101.
func (o *office) dial(t *testing.T, protocol string, headers ...string) (socket *websocket.Conn, status int) {
	t.Helper()
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	dialer := websocket.Dialer{}
	if protocol != "" {
		dialer.Subprotocols = []string{protocol}
	}
	socket, response, err := dialer.Dial("ws"+strings.TrimPrefix(o.URL, "http")+"/graphql", header)
	if err != nil && response == nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if socket != nil {
		t.Cleanup(func() { _ = socket.Close() })
	}
	return socket, response.StatusCode
}

func expectStatus(t *testing.T, got answer, want int) {
	t.Helper()
	if got.StatusCode != want {
		t.Errorf("status is %d, want %d: %s", got.StatusCode, want, got.body)
	}
}

func expectCode(t *testing.T, got answer, want string) {
	t.Helper()
	if code := got.code(t); code != want {
		t.Errorf("code is %q, want %q: %s", code, want, got.body)
	}
}

func expectHeader(t *testing.T, got answer, name, want string) {
	t.Helper()
	if value := got.Header.Get(name); value != want {
		t.Errorf("%s is %q, want %q", name, value, want)
	}
}
