package main

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

// demoOn runs a node on a store with the demo office, as one of its colleagues.
func demoOn(t *testing.T, store *db.DB, adjust ...func(*Config)) *office {
	t.Helper()
	o := nodeOn(t, store, adjust...)
	if _, err := crm.LoadDemo(t.Context(), store, o.node.crm); err != nil {
		t.Fatal(err)
	}
	return o
}

// as is the same node for another colleague of the demo office, by the first name.
func (o *office) as(t *testing.T, name string) *office {
	t.Helper()
	for _, one := range crm.DemoColleagues() {
		if !strings.HasPrefix(one.Name, name) {
			continue
		}
		signedIn, err := o.node.crm.Sessions.SignIn(t.Context(), one.Email, one.Password)
		if err != nil {
			t.Fatal(err)
		}
		return &office{Server: o.Server, node: o.node, token: signedIn.Token}
	}
	t.Fatalf("nobody is called %s", name)
	return nil
}

// reportNamed gives the id of a report.
func (o *office) reportNamed(t *testing.T, name string) string {
	t.Helper()
	got := o.ask(t, `{ reports(cardType: CUSTOMER) { nodes { id name } } }`)
	for _, one := range field(t, got, "reports", "nodes").([]any) {
		if report := one.(map[string]any); report["name"] == name {
			return report["id"].(string)
		}
	}
	t.Fatalf("no report %s: %s", name, got.body)
	return ""
}

// field walks into the data of an answer.
func field(t *testing.T, got answer, path ...string) any {
	t.Helper()
	var at any = got.json(t).Data
	for _, name := range path {
		object, _ := at.(map[string]any)
		if at = object[name]; at == nil {
			t.Fatalf("no %s in %s", name, got.body)
		}
	}
	return at
}

// runReport asks for a report on all cards, and gives the id of the run.
func (o *office) runReport(t *testing.T, report, format string) string {
	t.Helper()
	got := o.ask(t, fmt.Sprintf(`mutation { runReport(input: {reportId: %q, scope: ALL, format: %s}) { run { id status } userErrors { code } } }`, report, format))
	return field(t, got, "runReport", "run", "id").(string)
}

// followRun gives a socket on which a run is followed.
func (o *office) followRun(t *testing.T, run string) *websocket.Conn {
	t.Helper()
	socket := o.connect(t)
	subscribe(t, socket, "r", fmt.Sprintf(`subscription { reportRun(id: %q) { status progress { done total } file { name mediaType size url } error { code } } }`, run))
	return socket
}

// fetch asks for a file.
func (o *office) fetch(t *testing.T, run string) answer {
	t.Helper()
	return o.send(t, http.MethodGet, "/reports/"+run, "", "Authorization", "Bearer "+o.token)
}

func TestReportIsFollowedAndFetched(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		node := demoOn(t, store)
		sanne := node.as(t, "Sanne")
		run := sanne.runReport(t, sanne.reportNamed(t, "Klantenlijst"), "CSV")
		socket := sanne.followRun(t, run)
		if got, want := string(receive(t, socket).Payload), `{"data":{"reportRun":{"status":"QUEUED","progress":{"done":0,"total":null},"file":null,"error":null}}}`; got != want {
			t.Errorf("the first message is %s, want %s", got, want)
		}
		expectStatus(t, sanne.fetch(t, run), http.StatusNotFound)
		stop := node.node.startReports(t.Context())
		defer stop()
		last := ""
		for {
			got := receive(t, socket)
			if got.Type == "complete" {
				break
			}
			last = string(got.Payload)
		}
		if !strings.Contains(last, `"status":"DONE","progress":{"done":7,"total":7}`) || !strings.Contains(last, `"url":"/reports/`+run+`"`) {
			t.Errorf("the last message is %s", last)
		}
		t.Run("and a follower who comes late is told so once", func(t *testing.T) {
			late := sanne.followRun(t, run)
			if got := string(receive(t, late).Payload); got != last {
				t.Errorf("the message is %s, want %s", got, last)
			}
			if got := receive(t, late); got.Type != "complete" {
				t.Errorf("then comes %+v", got)
			}
		})
		file := sanne.fetch(t, run)
		expectStatus(t, file, http.StatusOK)
		for name, want := range map[string]string{
			"Content-Type": "text/csv; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Length": fmt.Sprint(len(file.body)), "Content-Security-Policy": "default-src 'none'; sandbox",
		} {
			expectHeader(t, file, name, want)
		}
		if !strings.HasPrefix(file.body, "\ufeffNumber,Name,") || strings.Count(file.body, "\r\n") != 8 {
			t.Errorf("the file is %q", file.body)
		}
		t.Run("by a browser, without its body too", func(t *testing.T) {
			got := node.send(t, http.MethodGet, "/reports/"+run, "", "Cookie", sessionCookie+"="+sanne.token)
			if got.StatusCode != http.StatusOK || got.body != file.body {
				t.Errorf("got %d %q", got.StatusCode, got.body)
			}
			head := sanne.send(t, http.MethodHead, "/reports/"+run, "", "Authorization", "Bearer "+sanne.token)
			expectStatus(t, head, http.StatusOK)
			expectHeader(t, head, "Content-Length", fmt.Sprint(len(file.body)))
		})
		t.Run("by an administrator, and nobody else", func(t *testing.T) {
			expectStatus(t, node.as(t, "Peter").fetch(t, run), http.StatusOK)
			for _, name := range []string{"Joris", "Ruben"} {
				got := node.as(t, name).fetch(t, run)
				expectStatus(t, got, http.StatusNotFound)
				expectCode(t, got, "NOT_FOUND")
			}
			expectStatus(t, node.send(t, http.MethodGet, "/reports/"+run, ""), http.StatusUnauthorized)
			expectStatus(t, node.send(t, http.MethodGet, "/reports/"+run, "", "Authorization", "Bearer nonsense"), http.StatusUnauthorized)
			expectStatus(t, foreign(t, node).fetch(t, run), http.StatusNotFound)
			for _, id := range []string{"run_00000000000000000000000000", "nonsense", "..%2fsession", sanne.reportNamed(t, "Klantenlijst")} {
				expectStatus(t, sanne.fetch(t, id), http.StatusNotFound)
			}
			expectStatus(t, sanne.send(t, http.MethodPost, "/reports/"+run, "", "Authorization", "Bearer "+sanne.token), http.StatusMethodNotAllowed)
		})
	})
}

// foreign is the same node for the administrator of another office.
func foreign(t *testing.T, node *office) *office {
	t.Helper()
	founded := crm.NewOffice{Name: "Kantoor Oost", Administrator: anName, Email: anEmail, Password: anPassword}
	if _, err := node.node.crm.Offices.Found(t.Context(), founded); err != nil {
		t.Fatal(err)
	}
	return &office{Server: node.Server, node: node.node, token: node.signIn(t)}
}

func TestReportOfAnotherIsNotFollowed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		node := demoOn(t, store)
		sanne := node.as(t, "Sanne")
		run := sanne.runReport(t, sanne.reportNamed(t, "Klantenlijst"), "CSV")
		for _, other := range []*office{node.as(t, "Joris"), foreign(t, node)} {
			if got := receive(t, other.followRun(t, run)); got.Type != "error" || !strings.Contains(string(got.Payload), `"code":"NOT_FOUND"`) {
				t.Errorf("got %s %s", got.Type, got.Payload)
			}
		}
	})
}

func TestReportOfOneNodeIsMadeAndServedByAnother(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		first, second := demoOn(t, store), nodeOn(t, store)
		sanne := first.as(t, "Sanne")
		run := sanne.runReport(t, sanne.reportNamed(t, "Klantcontact"), "XLSX")
		there := &office{Server: second.Server, node: second.node, token: sanne.token}
		socket := there.followRun(t, run)
		receive(t, socket)
		stop := second.node.startReports(t.Context())
		defer stop()
		for receive(t, socket).Type != "complete" {
			continue
		}
		made, elsewhere := there.fetch(t, run), sanne.fetch(t, run)
		expectStatus(t, made, http.StatusOK)
		if elsewhere.body != made.body || !strings.HasPrefix(made.body, "PK") {
			t.Errorf("the nodes serve %d and %d bytes", len(made.body), len(elsewhere.body))
		}
	})
}

func TestFilesAreNamedForEveryClient(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]string{
		"Klantenlijst 2026-11-23.csv": "",
		"Café € 2026.pdf":             "Caf_ _ 2026.pdf",
		"a\"b\\c%d\r\nX: y.csv":       "a_b_c_d__X: y.csv",
	} {
		got := disposition(name)
		if strings.ContainsAny(got, "\r\n") {
			t.Errorf("%q breaks the header: %q", name, got)
		}
		if plain != "" && !strings.HasPrefix(got, `attachment; filename="`+plain+`"; filename*=utf-8''`) {
			t.Errorf("%q is named %s", name, got)
		}
		header := got
		if plain != "" { // a client that knows UTF-8 takes the second
			_, extended, _ := strings.Cut(got, `"; `)
			header = "attachment; " + extended
		}
		if kind, read, err := mime.ParseMediaType(header); err != nil || kind != "attachment" || read["filename"] != name {
			t.Errorf("%q is read as %q, %v", name, read["filename"], err)
		}
	}
}

func TestReportsStopWithTheServer(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	done := make(chan struct{})
	stop := o.node.startReports(t.Context())
	go func() {
		defer close(done)
		stop()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the worker goes on")
	}
}
