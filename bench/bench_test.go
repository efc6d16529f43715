package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"klantkaart/db/dbtest"
)

// What the two sides say is compared before they are measured; this is that comparison, in small.
func TestLimit(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run("answers what the product answers, on "+engine, func(t *testing.T) {
			t.Parallel()
			o := newOffice(1, few)
			url := filled(t, engine, o)
			store, services := open(t, url)
			product := beside(t, "server", graphHandler(store, services))
			limit := limitOn(t, url)
			s, err := draw(t.Context(), o, product)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range operations() {
				requests, err := one.requests(compared, s)
				if err != nil {
					t.Fatal(err)
				}
				if err := compare(t.Context(), one, requests, product, limit); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func limitOn(t *testing.T, url string) *side {
	t.Helper()
	l, err := newLimit(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.engine.close)
	return beside(t, "limit", l.routes())
}

// beside is a side that runs in the test.
func beside(t *testing.T, name string, handler http.Handler) *side {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &side{name: name, address: server.Listener.Addr().String()}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	ours := map[string]any{"nodes": []any{map[string]any{"id": "a", "name": "x"}}}
	for name, theirs := range map[string]any{
		"in a value": map[string]any{"nodes": []any{map[string]any{"id": "a", "name": "y"}}},
		"in a field": map[string]any{"nodes": []any{map[string]any{"id": "a"}}},
		"in length":  map[string]any{"nodes": []any{}},
		"in type":    map[string]any{"nodes": nil},
	} {
		t.Run("shows "+name, func(t *testing.T) {
			t.Parallel()
			if difference("data", ours, theirs) == "" {
				t.Error("nothing was found")
			}
		})
	}
	t.Run("does not show between equals", func(t *testing.T) {
		t.Parallel()
		if at := difference("data", ours, ours); at != "" {
			t.Error(at)
		}
	})
}

func TestConnection(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 10_000)
	s := beside(t, "server", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/chunks":
			for part := range 5 {
				fmt.Fprintf(w, "%d:%s", part, long)
				w.(http.Flusher).Flush()
			}
		case "/length":
			w.Header().Set("Content-Length", fmt.Sprint(len(long)))
			fmt.Fprint(w, long)
		case "/errors":
			fmt.Fprint(w, `{"errors":[{"message":"no"}],"data":null}`)
		default:
			http.NotFound(w, r)
		}
	}))
	for path, want := range map[string]int{"/chunks": 5 * (len(long) + 2), "/length": len(long)} {
		t.Run("reads an answer in "+path[1:], func(t *testing.T) {
			t.Parallel()
			body, err := s.ask(t.Context(), get(path, ""))
			if err != nil || len(body) != want {
				t.Errorf("%d bytes (%v), want %d", len(body), err, want)
			}
		})
	}
	for _, path := range []string{"/errors", "/nowhere"} {
		t.Run("fails on "+path[1:], func(t *testing.T) {
			t.Parallel()
			if body, err := s.ask(t.Context(), get(path, "")); err == nil {
				t.Errorf("took %s for an answer", body)
			}
		})
	}
}

func TestWalks(t *testing.T) {
	t.Parallel()
	p := &planner{big: []string{"contacts"}}
	byCustomer := node{Type: "Index Scan", Table: "contacts", Index: "contacts_recent", Cond: "((organization_id = $1) AND (customer_id = $2))"}
	byOffice := node{Type: "Index Scan", Table: "contacts", Index: "contacts_pkey", Cond: "(organization_id = $1)"}
	for name, one := range map[string]struct {
		plan node
		want int
	}{
		"lets a search along an index pass":          {byCustomer, 0},
		"lets a walk over a small table pass":        {node{Type: "Seq Scan", Table: "users"}, 0},
		"finds a walk over a big table":              {node{Type: "Seq Scan", Table: "contacts"}, 1},
		"finds a walk over the office":               {byOffice, 1},
		"finds a walk deep in a plan":                {node{Type: "Sort", Plans: []node{{Type: "Nested Loop", Plans: []node{byCustomer, byOffice}}}}, 1},
		"lets the first rows in order pass":          {node{Type: "Limit", Plans: []node{byOffice}}, 0},
		"finds a walk that is sorted for first rows": {node{Type: "Limit", Plans: []node{{Type: "Sort", Plans: []node{byOffice}}}}, 1},
		"finds a bitmap of the office":               {node{Type: "Bitmap Heap Scan", Table: "contacts", Plans: []node{{Type: "Bitmap Index Scan", Cond: "(organization_id = 'org_1'::text)"}}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := p.walks(one.plan, false); len(found) != one.want {
				t.Errorf("found %q, want %d", found, one.want)
			}
		})
	}
}

func TestWiretap(t *testing.T) {
	t.Parallel()
	t.Run("notes a statement once, whatever its values", func(t *testing.T) {
		t.Parallel()
		w := &wiretap{texts: map[string]string{}}
		w.note('P', []byte("name\x00SELECT name FROM users WHERE id = 'usr_''1' LIMIT 10\x00\x00\x00"))
		w.note('Q', []byte("SELECT name FROM users WHERE id = 'usr_2' LIMIT 20\x00"))
		w.note('B', []byte("portal\x00name\x00"))
		if got := w.statements(); len(got) != 1 {
			t.Errorf("noted %q", got)
		}
		if got := w.statements(); len(got) != 0 {
			t.Errorf("did not forget %q", got)
		}
	})
}
