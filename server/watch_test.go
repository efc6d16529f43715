package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	card, socket := o.addCustomer(t), o.connect(t)
	subscribe(t, socket, "a", attentions)
	receive(t, socket)
	o.addAttention(t, card, "x")
	receive(t, socket)
	o.ask(t, `{ viewer { user { name } } }`)
	o.ask(t, `{ customers(first: 999) { totalCount } }`)
	o.ask(t, `{ nothing }`)
	got := o.send(t, http.MethodGet, "/metrics", "")
	expectStatus(t, got, http.StatusOK)
	for _, want := range []string{
		`klantkaart_operations_total{kind="query",outcome="ok"} 1`,
		`klantkaart_operations_total{kind="query",outcome="errors"} 1`,
		`klantkaart_operations_total{kind="mutation",outcome="ok"} 2`,
		`klantkaart_operations_total{kind="subscription",outcome="ok"} 1`,
		`klantkaart_operations_total{kind="unknown",outcome="refused"} 1`,
		`klantkaart_operation_duration_seconds_count{kind="mutation"} 2`,
		"klantkaart_subscriptions 1\n", "klantkaart_sockets 1\n", "klantkaart_executions 1\n", "klantkaart_signals_total 2\n",
		"klantkaart_mail_spool 0\n", "klantkaart_mail_spool_age_seconds 0\n",
		"klantkaart_statements_total", "klantkaart_database_connections ", "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	send(t, socket, frame{Type: "complete", ID: "a"})
	send(t, socket, frame{Type: "ping"})
	receive(t, socket) // the answer to what came behind it
	if got := o.send(t, http.MethodGet, "/metrics", ""); !strings.Contains(got.body, "klantkaart_subscriptions 0\n") {
		t.Error("a subscription that was completed still counts")
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	t.Run("say that all is well", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		if got := o.send(t, http.MethodGet, "/livez", ""); got.body != `{"status":"alive"}` || got.StatusCode != http.StatusOK {
			t.Errorf("livez is %d %s", got.StatusCode, got.body)
		}
		if got := o.send(t, http.MethodGet, "/readyz", ""); got.body != `{"status":"ready","database":"up","redis":"off"}` || got.StatusCode != http.StatusOK {
			t.Errorf("readyz is %d %s", got.StatusCode, got.body)
		}
	})
	t.Run("say that the database is away", func(t *testing.T) {
		t.Parallel()
		if got := answered(t.Context(), func(context.Context) error { return errors.New("away") }); got != "down" {
			t.Errorf("the store is %s", got)
		}
		waiting := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		if got := answered(t.Context(), waiting); got != "down" {
			t.Errorf("a store that does not answer is %s", got)
		}
	})
	t.Run("do not take Redis for needed", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t, func(c *Config) { c.RedisURL = "redis://127.0.0.1:1" })
		if got := o.send(t, http.MethodGet, "/readyz", ""); got.body != `{"status":"ready","database":"up","redis":"down"}` || got.StatusCode != http.StatusOK {
			t.Errorf("readyz is %d %s", got.StatusCode, got.body)
		}
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.Trial = true })
	t.Run("tells of a request what happened, and nothing of what was asked", func(t *testing.T) {
		t.Parallel()
		got := o.post(t, `{"query":"query Geheim { viewer { user { name } } }","variables":{"bsn":"123456782"}}`,
			"Authorization", "Bearer "+o.token, requestIDHeader, "log-test-0001", clientHeader, "scherm")
		expectStatus(t, got, http.StatusOK)
		lines := logged.with("log-test-0001")
		if len(lines) != 1 {
			t.Fatalf("the log holds %d lines of the request: %q", len(lines), lines)
		}
		for _, want := range []string{`"method":"POST"`, `"path":"/graphql"`, `"status":200`, `"ms":`} {
			if !strings.Contains(lines[0], want) {
				t.Errorf("%s is missing in %s", want, lines[0])
			}
		}
		for _, secret := range []string{"123456782", o.token, "Geheim", anName, "scherm"} {
			if strings.Contains(lines[0], secret) {
				t.Errorf("the log tells %q: %s", secret, lines[0])
			}
		}
	})
	t.Run("keeps passwords and addresses of a sign-in", func(t *testing.T) {
		t.Parallel()
		o.signInAs(t, signInBody, requestIDHeader, "log-test-0002")
		for _, line := range logged.with("log-test-0002") {
			if strings.Contains(line, anEmail) || strings.Contains(line, anPassword) || strings.Contains(line, "kks_") {
				t.Error(line)
			}
		}
	})
	t.Run("keeps what the client does not learn of a failure", func(t *testing.T) {
		t.Parallel()
		got := o.ask(t, `{ boom }`, requestIDHeader, "log-test-0003")
		expectStatus(t, got, http.StatusOK)
		expectCode(t, got, "INTERNAL")
		if want := `"errors":[{"message":"Something went wrong on our side. Try again later.","path":["boom"],"extensions":{"code":"INTERNAL","requestId":"log-test-0003"}}]`; !strings.Contains(got.body, want) {
			t.Errorf("answer is %s, want %s", got.body, want)
		}
		lines := strings.Join(logged.with("log-test-0003"), "")
		if !strings.Contains(lines, "a resolver that breaks") || !strings.Contains(lines, "trial.go") {
			t.Errorf("the panic is not in the log: %s", lines)
		}
	})
}

func TestTrialFields(t *testing.T) {
	t.Parallel()
	t.Run("are absent unless asked for", func(t *testing.T) {
		t.Parallel()
		expectCode(t, onSQLite(t).ask(t, `{ boom }`), "GRAPHQL_VALIDATION_FAILED")
	})
	o := onSQLite(t, func(c *Config) { c.Trial = true })
	t.Run("tick to an end", func(t *testing.T) {
		t.Parallel()
		socket := o.connect(t)
		subscribe(t, socket, "t", `subscription { n: tick(count: 2) }`)
		for _, want := range []string{`{"data":{"n":1}`, `{"data":{"n":2}`} {
			if got := receive(t, socket); !strings.HasPrefix(string(got.Payload), want) {
				t.Errorf("message is %s, want %s", got.Payload, want)
			}
		}
		if got := receive(t, socket); got.Type != "complete" {
			t.Errorf("at the end comes %+v", got)
		}
	})
	t.Run("take their time", func(t *testing.T) {
		t.Parallel()
		if got := o.ask(t, `query A($ms: Int!) { a: slow(ms: 0) b: slow(ms: 1) }`); got.code(t) != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("an unused variable passes: %s", got.body)
		}
		if got := o.ask(t, `{ a: slow(ms: 0) b: slow(ms: 1) }`); !strings.HasPrefix(got.body, `{"data":{"a":0,"b":1},`) {
			t.Errorf("answer is %s", got.body)
		}
	})
	t.Run("leave the product as it is", func(t *testing.T) {
		t.Parallel()
		if got := o.ask(t, `{ viewer { user { name } } }`); !strings.Contains(got.body, anName) {
			t.Errorf("answer is %s", got.body)
		}
		expectCode(t, o.ask(t, `{ slow(ms: 1) viewer { user { name } } }`), badRequest)
	})
	t.Run("end with the time an operation has", func(t *testing.T) {
		t.Parallel()
		brief := onSQLite(t, func(c *Config) { c.Trial, c.Timeout = true, 20_000_000 })
		got := brief.ask(t, `{ slow(ms: 60000) }`)
		expectStatus(t, got, http.StatusOK)
		expectCode(t, got, "TIMEOUT")
	})
}
