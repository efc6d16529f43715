package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
	"klantkaart/quota"
)

// stopped has the clock of budgets stand still, so that nothing comes back while a test runs. It moves when told to.
func stopped(c *Config) *atomic.Int64 {
	moved := &atomic.Int64{}
	began := time.Now()
	c.clock = func() time.Time { return began.Add(time.Duration(moved.Load())) }
	return moved
}

// atLeastBudget is the smallest that may be set.
const atLeastBudget = graph.MaxCost

// small gives everybody the smallest budget, of which nothing comes back by itself.
func small(c *Config) {
	stopped(c)
	c.UserBudget, c.TokenBudget, c.OfficeBudget = atLeastBudget, atLeastBudget, 0
}

// noBudget lets everybody ask as much as they like.
func noBudget(c *Config) { c.UserBudget, c.TokenBudget, c.OfficeBudget = 0, 0, 0 }

// acting is a context of whoever holds the office's token.
func (o *office) acting(t *testing.T) context.Context {
	t.Helper()
	actor, err := o.node.crm.Sessions.Authenticate(t.Context(), o.token)
	if err != nil {
		t.Fatal(err)
	}
	return crm.WithActor(t.Context(), actor)
}

// spend uses what is left to whoever holds the office's token, but for an amount.
func (o *office) spend(t *testing.T, butFor int) {
	t.Helper()
	left := o.node.budgets.Settle(o.acting(t), 0)
	o.node.budgets.Settle(o.acting(t), int(left.Remaining)-butFor)
}

// neighbour founds another office on the same server, and signs its administrator in.
func (o *office) neighbour(t *testing.T) *office {
	t.Helper()
	founded := crm.NewOffice{Name: "Kantoor West", Administrator: "Bo West", Email: "bo@west.example", Password: anPassword}
	if _, err := o.node.crm.Offices.Found(t.Context(), founded); err != nil {
		t.Fatal(err)
	}
	signedIn, err := o.node.crm.Sessions.SignIn(t.Context(), founded.Email, anPassword)
	if err != nil {
		t.Fatal(err)
	}
	return &office{Server: o.Server, node: o.node, token: signedIn.Token}
}

// cost is what an answer tells of its cost.
type cost struct {
	Requested, Actual int
	Remaining         *int
	ResetAt           *time.Time
}

func costOf(t *testing.T, got answer) cost {
	t.Helper()
	var read struct{ Extensions struct{ Cost *cost } }
	if err := json.Unmarshal([]byte(got.body), &read); err != nil || read.Extensions.Cost == nil {
		t.Fatalf("no cost in %s: %v", got.body, err)
	}
	return *read.Extensions.Cost
}

const (
	whoAmI   = `{ viewer { user { name } } }`
	hundreds = `{ customers(first: 100) { nodes { id name } } }`
)

func TestBudget(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		var moved *atomic.Int64
		o := open(t, store, small, func(c *Config) { moved = stopped(c) })
		west := o.neighbour(t)
		t.Run("is told, with what an answer cost and what it might have", func(t *testing.T) {
			told := costOf(t, o.ask(t, hundreds))
			if told.Requested != 202 || told.Actual > 3 || *told.Remaining != atLeastBudget-told.Actual || told.ResetAt.IsZero() {
				t.Errorf("cost is %+v", told)
			}
		})
		t.Run("pays the price before, and is refused when it does not suffice", func(t *testing.T) {
			o.spend(t, 100)
			refused := o.ask(t, hundreds, "Accept", newerType, "Accept-Language", "nl")
			expectStatus(t, refused, http.StatusTooManyRequests)
			expectHeader(t, refused, "Retry-After", "1")
			fault := refused.json(t).Errors[0]
			if fault.Extensions["code"] != graph.RateLimited || fault.Extensions["retryAfter"] != 1.0 || fault.Extensions["budget"] != ofCredential ||
				fault.Extensions["requested"] != 202.0 || fault.Message != "Er is te veel gevraagd in korte tijd. Probeer het over 1 s opnieuw." {
				t.Errorf("the refusal is %s", refused.body)
			}
			if told := costOf(t, refused); *told.Remaining >= 100 {
				t.Errorf("the refusal cost nothing: %+v", told)
			}
		})
		t.Run("is refused to who has nothing left before the document is read", func(t *testing.T) {
			o.spend(t, 0)
			refused := o.ask(t, "not a document", "Accept-Language", "en")
			expectStatus(t, refused, http.StatusOK) // of application/json
			expectCode(t, refused, graph.RateLimited)
			expectHeader(t, refused, "Retry-After", "1")
		})
		t.Run("is no other office's", func(t *testing.T) {
			expectCode(t, west.ask(t, hundreds), "")
		})
		t.Run("is that of the person, whichever session, and not that of an API token", func(t *testing.T) {
			other := *o
			other.token = o.signIn(t)
			expectCode(t, other.ask(t, whoAmI), graph.RateLimited)
			made, err := o.node.crm.Sessions.CreateToken(o.acting(t), crm.CreateAPITokenInput{Name: "BI", Scope: crm.ReadingForBI})
			if err != nil {
				t.Fatal(err)
			}
			other.token = *made.Secret
			expectCode(t, other.ask(t, whoAmI), "")
			other.spend(t, 0)
			expectCode(t, other.ask(t, whoAmI), graph.RateLimited)
		})
		t.Run("comes back with time", func(t *testing.T) {
			moved.Add(int64(time.Second))
			expectCode(t, o.ask(t, hundreds), "")
			moved.Add(int64(time.Hour))
			if left := o.node.budgets.Settle(o.acting(t), 0); left.Remaining != atLeastBudget {
				t.Errorf("%d is left", left.Remaining)
			}
		})
	})
}

func TestBudgetOfAnOffice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store, small, func(c *Config) { c.UserBudget, c.OfficeBudget = 10*atLeastBudget, atLeastBudget })
		west := o.neighbour(t)
		o.spend(t, 0)
		refused := o.ask(t, whoAmI)
		if fault := refused.json(t).Errors[0]; fault.Extensions["budget"] != ofOrganization {
			t.Errorf("the refusal is %s", refused.body)
		}
		expectCode(t, west.ask(t, whoAmI), "")
		metrics := o.send(t, http.MethodGet, "/metrics", "")
		if !strings.Contains(metrics.body, `klantkaart_refusals_total{limit="organization_cost"} 1`) {
			t.Error("the metrics do not tell the refusal")
		}
	})
}

func TestBudgetOfStrangers(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, small)
	o.node.budgets.Settle(crm.WithOrigin(t.Context(), crm.Origin{Address: "127.0.0.1"}), atLeastBudget)
	refused := o.post(t, bodyOf(t, "not a document"))
	if fault := refused.json(t).Errors[0]; fault.Extensions["code"] != graph.RateLimited || fault.Extensions["budget"] != ofAddress {
		t.Errorf("the refusal is %s", refused.body)
	}
	expectCode(t, o.ask(t, whoAmI), "")
}

func TestNoBudget(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, noBudget)
	got := o.ask(t, whoAmI)
	if want := `"extensions":{"cost":{"requested":3,"actual":3}}}`; !strings.HasSuffix(got.body, want) {
		t.Errorf("answer is %s, want …%s", got.body, want)
	}
}

// What is written many times in one request is paid as often.
func TestBudgetOfManyAtOnce(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, small)
	actor, err := crm.ActorFrom(o.acting(t))
	if err != nil {
		t.Fatal(err)
	}
	ids := `["` + strings.Repeat(string(actor.UserID)+`", "`, 99) + string(actor.UserID) + `"]`
	const change = `archiveCustomer(input: {id: "cus_1"}) { userErrors { code } }`
	for name, given := range map[string]struct {
		query  string
		actual int
	}{
		"a query":                {whoAmI, 3},
		"a query by two aliases": {`{ a: viewer { user { name } } b: viewer { user { name } } }`, 6},
		"a mutation":             {`mutation { ` + change + ` }`, 10},
		"a mutation by aliases":  {`mutation { a: ` + change + ` b: ` + change + ` c: ` + change + ` }`, 30},
		"a mutation of a spread": {`mutation { ...A } fragment A on Mutation { ` + change + ` }`, 10},
		"a hundred ids":          {`{ nodes(ids: ` + ids + `) { id } }`, 101},
		"a list of three things": {`mutation { createRole(input: {name: "", rights: [VIEW_FINANCE, VIEW_FINANCE, VIEW_FINANCE], scope: ALL}) { role { id } } }`, 15},
	} {
		got := o.ask(t, given.query)
		if told := costOf(t, got); told.Actual != given.actual {
			t.Errorf("%s cost %d, want %d: %s", name, told.Actual, given.actual, got.body)
		}
	}
}

// What is refused pays for the reading, so that a flood of it ends.
func TestBudgetOfRefusals(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, small)
	for name, given := range map[string]struct {
		query string
		least int
	}{
		"no document":        {"not a document", 10},
		"a long one":         {"{ " + strings.Repeat("nothing ", 1000) + "}", 2000},
		"a field unknown":    {`{ nothing }`, 10},
		"a price too high":   {`{ customers(first: 100) { nodes { contacts(first: 100) { nodes { communications(first: 100) { nodes { id } } } } } } }`, 20},
		"a part of a schema": {`subscription { attentions { __typename } }`, 10},
	} {
		before := o.node.budgets.Settle(o.acting(t), 0).Remaining
		got := o.ask(t, given.query)
		if got.code(t) == "" {
			t.Errorf("%s is not refused: %s", name, got.body)
		}
		if told := costOf(t, got); told.Actual < given.least || int64(*told.Remaining) != before-int64(told.Actual) {
			t.Errorf("%s cost %+v of %d", name, told, before)
		}
	}
}

func TestBudgetOfSockets(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{OwnSocket, StockSocket} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := onSQLite(t, small, func(c *Config) { c.Socket = kind })
			socket := o.connect(t)
			send(t, socket, frame{Type: "subscribe", ID: "a", Payload: json.RawMessage(bodyOf(t, whoAmI))})
			if got := receive(t, socket); !strings.Contains(string(got.Payload), `"cost":{"actual":3,"remaining":99997`) &&
				!strings.Contains(string(got.Payload), `"cost":{"requested":3,"actual":3,"remaining":99997`) {
				t.Errorf("the answer is %s", got.Payload)
			}
			receive(t, socket) // complete
			before := o.node.budgets.Settle(o.acting(t), 0).Remaining
			subscribe(t, socket, "b", attentions)
			receive(t, socket)
			paid := o.node.budgets.Settle(o.acting(t), 0).Remaining
			if paid >= before {
				t.Error("a subscription costs nothing")
			}
			o.spend(t, 0)
			for _, query := range []string{whoAmI, attentions} {
				subscribe(t, socket, "c", query)
				if got := receive(t, socket); got.Type != "error" || !strings.Contains(string(got.Payload), `"code":"RATE_LIMITED"`) ||
					!strings.Contains(string(got.Payload), `"retryAfter":1`) {
					t.Errorf("%s is answered %s %s", query, got.Type, got.Payload)
				}
			}
		})
	}
}

func TestBudgetOfTwoServers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		dbtest.OnRedis(t, func(t *testing.T, url string) {
			shared := func(c *Config) { c.RedisURL = url }
			one := open(t, store, small, shared)
			other := nodeOn(t, store, small, shared)
			other.token = one.token
			expectCode(t, other.ask(t, whoAmI), "")
			one.node.budgets.Settle(one.acting(t), 2*atLeastBudget)
			if err := one.node.budgets.quotas.Exchange(t.Context()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for other.ask(t, whoAmI).code(t) != graph.RateLimited {
				if time.Since(began) > patience {
					t.Fatal("the other server never learns of it")
				}
			}
			expectCode(t, one.neighbour(t).ask(t, whoAmI), "")
		})
	})
}

func TestBudgetWithoutRedis(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, small, func(c *Config) { c.RedisURL = "redis://127.0.0.1:1/0" })
	expectCode(t, o.ask(t, whoAmI), "")
	o.spend(t, 0)
	expectCode(t, o.ask(t, whoAmI), graph.RateLimited)
	expectCode(t, o.neighbour(t).ask(t, whoAmI), "")
}

func TestBudgetOfUploads(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		var moved *atomic.Int64
		o := open(t, store, func(c *Config) {
			moved = stopped(c)
			c.UserUploads, c.UserVolume, c.OfficeUploads, c.MaxFile = 3, 2, 0, 1
		})
		west := o.neighbour(t)
		o.uploaded(t, "een.pdf", aPDF)
		large := aPDF + strings.Repeat("x", megabyte-10-len(aPDF))
		o.uploaded(t, "twee.pdf", large)
		refused := o.put(t, "drie.pdf", large, "Authorization", "Bearer "+o.token, "Accept-Language", "nl")
		expectStatus(t, refused, http.StatusTooManyRequests)
		expectCode(t, refused, graph.RateLimited)
		if after := refused.Header.Get("Retry-After"); len(after) > 4 || after == "0" {
			t.Errorf("Retry-After is %q", after)
		}
		if fault := refused.json(t).Errors[0]; fault.Message != "U hebt te veel geüpload. Probeer het later opnieuw." || fault.Extensions["retryAfter"] == nil {
			t.Errorf("the refusal is %s", refused.body)
		}
		expectStatus(t, west.put(t, "een.pdf", large, "Authorization", "Bearer "+west.token), http.StatusCreated)
		expectCode(t, o.put(t, "vier.exe", "MZ", "Authorization", "Bearer "+o.token), string(crm.FileTypeNotAllowed)) // counts, too
		expectCode(t, o.put(t, "vijf.pdf", aPDF, "Authorization", "Bearer "+o.token), graph.RateLimited)
		moved.Add(int64(24 * time.Hour))
		o.uploaded(t, "zes.pdf", large)
	})
}

func TestBudgetOfUploadsOfAnOffice(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { stopped(c); c.OfficeUploads = 1 })
	west := o.neighbour(t)
	o.uploaded(t, "een.pdf", aPDF)
	refused := o.put(t, "twee.pdf", aPDF, "Authorization", "Bearer "+o.token)
	expectStatus(t, refused, http.StatusTooManyRequests)
	if !strings.Contains(refused.body, "Your office has uploaded too much") {
		t.Errorf("the refusal is %s", refused.body)
	}
	west.uploaded(t, "een.pdf", aPDF)
}

// BenchmarkBudget measures what the account of one operation takes.
func BenchmarkBudget(b *testing.B) {
	quotas, err := quota.New("", time.Now)
	if err != nil {
		b.Fatal(err)
	}
	budgets := &budgets{config: &Config{UserBudget: 1 << 40, OfficeBudget: 1 << 40}, quotas: quotas, clock: time.Now}
	ctx := crm.WithActor(b.Context(), crm.Actor{OrganizationID: "org_1", UserID: "usr_1", CredentialID: "ses_1"})
	b.ReportAllocs()
	for b.Loop() {
		budgets.Take(ctx, 100)
		budgets.Take(ctx, 1000)
		budgets.Settle(ctx, -500)
	}
}
