package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"klantkaart/db/dbtest"
)

// running starts a node as main does, on a port of its own. stop asks it to end, and ended tells how it did.
func running(t *testing.T, adjust ...func(*Config)) (o *office, stop func(), ended <-chan error) {
	t.Helper()
	o = open(t, dbtest.Open(t, dbtest.SQLite), adjust...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := o.node.handler
	o.asked = make(chan struct{}, 10)
	o.node.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			o.asked <- struct{}{}
		}
		handler.ServeHTTP(w, r)
	})
	ctx, stop := context.WithCancel(context.Background())
	end := make(chan error, 1)
	go func() { end <- o.node.run(ctx, listener) }()
	o.Server = &httptest.Server{URL: "http://" + listener.Addr().String()}
	t.Cleanup(func() {
		stop()
		_ = listener.Close() // of a server that still drains
	})
	return o, stop, end
}

func within(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatal("the server does not stop")
		return nil
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	t.Run("asks sockets to come back, finishes requests, and takes nobody new", func(t *testing.T) {
		t.Parallel()
		o, stop, ended := running(t, func(c *Config) { c.Trial = true })
		socket := o.connect(t)
		subscribe(t, socket, "a", attentions)
		receive(t, socket)
		slow := make(chan answer, 1)
		go func() { slow <- o.ask(t, `{ slow(ms: 300) }`) }()
		<-o.asked
		stop()
		expectClosing(t, socket, 1012, "Service restart")
		if got := <-slow; !strings.HasPrefix(got.body, `{"data":{"slow":300},"extensions":{"cost":{"requested":1,`) {
			t.Errorf("the running request got %d %s", got.StatusCode, got.body)
		}
		if err := within(t, ended); err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if _, err := net.Dial("tcp", strings.TrimPrefix(o.URL, "http://")); err == nil {
			t.Error("the server still accepts connections")
		}
	})
	t.Run("says so to the balancer first", func(t *testing.T) {
		t.Parallel()
		o, stop, _ := running(t, func(c *Config) { c.DrainDelay = time.Hour }) // which the test does not wait for
		expectStatus(t, o.send(t, http.MethodGet, "/readyz", ""), http.StatusOK)
		stop()
		for !o.node.draining.Load() {
			<-time.After(time.Millisecond)
		}
		got := o.send(t, http.MethodGet, "/readyz", "")
		expectStatus(t, got, http.StatusServiceUnavailable)
		if !strings.Contains(got.body, `"draining"`) {
			t.Errorf("readiness is %s", got.body)
		}
		expectStatus(t, o.ask(t, `{ __typename }`), http.StatusOK)
		expectStatus(t, o.send(t, http.MethodGet, "/livez", ""), http.StatusOK)
	})
	t.Run("cuts off what does not finish in time", func(t *testing.T) {
		t.Parallel()
		o, stop, ended := running(t, func(c *Config) { c.Trial, c.StopTimeout = true, 50*time.Millisecond })
		cut := make(chan error, 1)
		go func() {
			request, _ := http.NewRequest(http.MethodPost, o.URL+"/graphql", strings.NewReader(`{"query":"{ slow(ms: 9000) }"}`))
			request.Header.Set("Content-Type", jsonType)
			request.Header.Set("Authorization", "Bearer "+o.token)
			_, err := http.DefaultTransport.RoundTrip(request) //nolint:bodyclose // there is none
			cut <- err
		}()
		<-o.asked
		stop()
		if err := within(t, ended); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("the server ended with %v", err)
		}
		if <-cut == nil {
			t.Error("the request was answered")
		}
	})
}

// firstLines runs the program until it has printed how to ask it something, and gives what it printed.
func firstLines(t *testing.T, arguments ...string) (printed string, stop func() (code int, errors string)) {
	t.Helper()
	read, write := io.Pipe()
	complaints := &bytes.Buffer{}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() {
		code <- program{out: write, err: complaints, setLogger: func(Config) {}}.run(ctx, arguments)
		_ = write.Close()
	}()
	t.Cleanup(cancel)
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		printed += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "curl") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return printed, func() (int, string) {
		cancel()
		select {
		case code := <-code:
			return code, complaints.String()
		case <-time.After(patience):
			t.Fatal("the program does not stop")
			return 0, ""
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	t.Run("brings the demo office, and a line that answers as printed", func(t *testing.T) {
		t.Parallel()
		folder := filepath.Join(t.TempDir(), "new")
		printed, stop := firstLines(t, "--listen", "127.0.0.1:0", "--database-url", "sqlite:"+filepath.Join(folder, "kaart.db"))
		for _, want := range []string{"sanne.verhoef@delta-detachering.example", "joris.kuipers@delta-detachering.example", "welkom-bij-delta"} {
			if !strings.Contains(printed, want) {
				t.Errorf("%q is missing in\n%s", want, printed)
			}
		}
		line := regexp.MustCompile(`(?m)^ +(curl .*)$`).FindStringSubmatch(printed)
		if line == nil {
			t.Fatalf("no line to copy in\n%s", printed)
		}
		answer, err := exec.CommandContext(t.Context(), "bash", "-c", line[1]).CombinedOutput()
		if err != nil || !strings.Contains(string(answer), `"name":"Sanne Verhoef"`) {
			t.Errorf("the line answers %s %v", answer, err)
		}
		if code, complaints := stop(); code != succeeded {
			t.Errorf("exit code is %d: %s", code, complaints)
		}
		if _, err := os.Stat(filepath.Join(folder, "kaart.db")); err != nil {
			t.Error(err)
		}
	})
	t.Run("loads the demo office into an empty database only", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + filepath.Join(t.TempDir(), "kaart.db")
		found := program{in: strings.NewReader(anPassword + "\n"), out: io.Discard, err: io.Discard}
		if code := found.run(t.Context(), []string{"office", "--database-url", url, "--name", "Oost", "--administrator", "An", "--email", anEmail}); code != succeeded {
			t.Fatalf("exit code is %d", code)
		}
		printed, stop := firstLines(t, "--listen", "127.0.0.1:0", "--database-url", url)
		if strings.Contains(printed, "Bearer") {
			t.Errorf("somebody is signed in:\n%s", printed)
		}
		stop()
	})
	t.Run("says in one line that the address is taken", func(t *testing.T) {
		t.Parallel()
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = taken.Close() })
		code, out := runProgram(t, nil, "--mode", "production", "--listen", taken.Addr().String(), "--database-url", "sqlite:"+filepath.Join(t.TempDir(), "kaart.db"))
		if code != failed || !strings.Contains(out, "address already in use") || strings.Count(out, "\n") != 1 {
			t.Errorf("exit code is %d: %s", code, out)
		}
	})
}

// runProgram runs a command to its end and gives its exit code and all it printed.
func runProgram(t *testing.T, environment map[string]string, arguments ...string) (code int, printed string) {
	t.Helper()
	out := &bytes.Buffer{}
	code = program{environment: environment, in: strings.NewReader(""), out: out, err: out, setLogger: func(Config) {}}.run(t.Context(), arguments)
	return code, out.String()
}
