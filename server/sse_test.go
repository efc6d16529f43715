package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/transport"
)

// following is a client that reads an event stream.
type following struct {
	*http.Response
	lines *bufio.Reader
}

// event is one message of a stream, or a comment.
type event struct {
	id, name, data, comment string
}

// shownAttentions are the attentions of whoever follows, with what tests want to know.
const shownAttentions = `subscription Follow($after: Position) { myAttentions(after: $after) { __typename
	... on Ready { mode position } ... on AttentionNotice { position attention { text } } } }`

// follow opens a stream by GET as a browser does, with the session's cookie and pairs of header name and value.
func (o *office) follow(t *testing.T, query string, headers ...string) *following {
	t.Helper()
	headers = append([]string{"Cookie", sessionCookie + "=" + o.token, "Accept", transport.EventStream}, headers...)
	return o.open(t, http.MethodGet, "/graphql?query="+url.QueryEscape(query), "", headers...)
}

// open sends a request and leaves the reading of its answer to the test.
func (o *office) open(t *testing.T, method, path, body string, headers ...string) *following {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, method, o.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := o.Client()
	if client == nil { // of a server that main started
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return &following{response, bufio.NewReader(response.Body)}
}

// next gives the next message or comment; the browser's waiting time is neither.
func (f *following) next(t *testing.T) (read event) {
	t.Helper()
	for {
		line, err := f.lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the stream ended after %+v: %v", read, err)
		}
		if line == "\n" {
			if read != (event{}) {
				return read
			}
			continue
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			read.id = value
		case "event":
			read.name = value
		case "data":
			read.data = value
		case "":
			read.comment = value
		}
	}
}

// message gives the next message, as the one field of a subscription.
func (f *following) message(t *testing.T) (m struct {
	Typename   string `json:"__typename"`
	Mode       string
	Position   string
	Attention  struct{ Text string }
	ReceivedID string
}) {
	t.Helper()
	read := f.next(t)
	var result struct{ Data map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(read.data), &result); err != nil || read.name != "next" {
		t.Fatalf("%v in %+v", err, read)
	}
	for _, field := range result.Data {
		if err := json.Unmarshal(field, &m); err != nil {
			t.Fatalf("%v in %s", err, field)
		}
	}
	m.ReceivedID = read.id
	return m
}

// over demands that the stream ends here, in good order.
func (f *following) over(t *testing.T) {
	t.Helper()
	if rest, err := io.ReadAll(f.lines); err != nil || len(rest) > 0 {
		t.Errorf("the stream goes on with %q, %v", rest, err)
	}
}

func (f *following) expectTexts(t *testing.T, texts ...string) (lastID string) {
	t.Helper()
	for _, want := range texts {
		got := f.message(t)
		if got.Attention.Text != want || got.ReceivedID != got.Position {
			t.Errorf("message is %+v, want %q with its position as id", got, want)
		}
		lastID = got.ReceivedID
	}
	return lastID
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		o := open(t, store)
		card := o.addCustomer(t)
		stream := o.follow(t, shownAttentions)
		if stream.StatusCode != http.StatusOK || stream.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Fatalf("the answer is %d %s", stream.StatusCode, stream.Header.Get("Content-Type"))
		}
		ready := stream.message(t)
		if ready.Mode != "LIVE" || ready.ReceivedID != ready.Position {
			t.Fatalf("the first message is %+v", ready)
		}
		o.addAttention(t, card, "een")
		first := stream.expectTexts(t, "een")
		_ = stream.Body.Close()
		o.addAttention(t, card, "twee")
		o.addAttention(t, card, "drie")
		for _, given := range []struct {
			lastID string
			missed []string
		}{{ready.Position, []string{"een", "twee", "drie"}}, {first, []string{"twee", "drie"}}} {
			resumed := o.follow(t, shownAttentions, lastEventID, given.lastID)
			if ready := resumed.message(t); ready.Mode != "REPLAYED" {
				t.Errorf("it begins with %+v", ready)
			}
			resumed.expectTexts(t, given.missed...)
			_ = resumed.Body.Close()
		}
		resumed := o.follow(t, shownAttentions, lastEventID, first)
		resumed.message(t)
		resumed.expectTexts(t, "twee", "drie")
		o.addAttention(t, card, "vier")
		resumed.expectTexts(t, "vier")
	})
}

func TestEventStreamResumes(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	card := o.addCustomer(t)
	stream := o.follow(t, shownAttentions)
	before := stream.message(t).Position
	o.addAttention(t, card, "een")
	after := stream.expectTexts(t, "een")
	o.addAttention(t, card, "twee")
	t.Run("after the last message rather than where it first began", func(t *testing.T) {
		t.Parallel()
		variables := "&variables=" + url.QueryEscape(`{"after":"`+before+`"}`)
		resumed := o.open(t, http.MethodGet, "/graphql?query="+url.QueryEscape(shownAttentions)+variables, "",
			"Authorization", "Bearer "+o.token, "Accept", transport.EventStream, lastEventID, after)
		resumed.message(t)
		resumed.expectTexts(t, "twee")
	})
	for _, unknown := range []string{"nonsense", "12", strings.Repeat("A", 22), strings.Repeat("x", 2000)} {
		t.Run("by saying that what the client had is unknown", func(t *testing.T) {
			t.Parallel()
			resumed := o.follow(t, shownAttentions, lastEventID, unknown)
			ready := resumed.message(t)
			if ready.Mode != "RESYNC" || ready.ReceivedID == "" {
				t.Errorf("after %q it begins with %+v", unknown, ready)
			}
		})
	}
}

func TestEventStreamNamesItsScreen(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	card := o.addCustomer(t)
	query := url.QueryEscape(`subscription { cardPresence(card: "` + card + `") { viewerCount } }`)
	stream := o.open(t, http.MethodGet, "/graphql?clientId=screen&query="+query, "", "Authorization", "Bearer "+o.token, "Accept", transport.EventStream)
	stream.next(t)
	announce := `mutation { announceEditing(input: {cardId: "` + card + `", field: "phone"}) { userErrors { code } } }`
	for client, want := range map[string]string{"screen": `"userErrors":[]`, "another": `NOT_VIEWING`} {
		if got := o.ask(t, announce, clientHeader, client); !strings.Contains(got.body, want) {
			t.Errorf("as %s: %s", client, got.body)
		}
	}
}

func TestEventStreamByPost(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.Trial = true })
	ask := func(t *testing.T, accept, query string) *following {
		t.Helper()
		return o.open(t, http.MethodPost, "/graphql", bodyOf(t, query), "Content-Type", jsonType, "Accept", accept, "Authorization", "Bearer "+o.token)
	}
	expect := func(t *testing.T, stream *following, events ...event) {
		t.Helper()
		for _, want := range events {
			if got := stream.next(t); got.name != want.name || !strings.HasPrefix(got.data, want.data) || (got.data == "") != (want.data == "") {
				t.Errorf("message is %+v, want %+v", got, want)
			}
		}
		stream.over(t)
	}
	complete := event{name: "complete"}
	const all = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
	t.Run("gives a subscription until its end", func(t *testing.T) {
		t.Parallel()
		for _, accept := range []string{transport.EventStream, all} {
			expect(t, ask(t, accept, `subscription { n: tick(count: 2) }`),
				event{name: "next", data: `{"data":{"n":1}`}, event{name: "next", data: `{"data":{"n":2}`}, complete)
		}
	})
	t.Run("gives an answer that comes once, to a client that takes nothing else", func(t *testing.T) {
		t.Parallel()
		expect(t, ask(t, transport.EventStream, `{ viewer { user { name } } }`),
			event{name: "next", data: `{"data":{"viewer":{"user":{"name":"` + anName + `"}}},"extensions":{"cost"`}, complete)
		answer := ask(t, all, `{ viewer { user { name } } }`)
		if got := answer.Header.Get("Content-Type"); got != newerType+"; charset=utf-8" {
			t.Errorf("a client that takes more gets %s", got)
		}
	})
	t.Run("tells what is wrong with a document", func(t *testing.T) {
		t.Parallel()
		expect(t, ask(t, transport.EventStream, `{ nothing }`), event{name: "next", data: `{"errors":[{"message":`}, complete)
		answer := ask(t, all, `{ nothing }`)
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("a client that takes more gets %d", answer.StatusCode)
		}
	})
	t.Run("tells why a subscription is refused", func(t *testing.T) {
		t.Parallel()
		stream := ask(t, all, `subscription { cardEvents(card: "cus_00000000000000000000000000") { __typename } }`)
		got := stream.next(t)
		if got.name != "next" || !strings.Contains(got.data, `"NOT_FOUND"`) {
			t.Errorf("message is %+v", got)
		}
		expect(t, stream, complete)
	})
}

func TestEventStreamRefuses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.AllowGet, c.AllowedOrigins = true, []string{"https://crm.example.nl"} })
	query := "/graphql?query=" + url.QueryEscape(attentions)
	cookie := []string{"Accept", transport.EventStream, "Cookie", sessionCookie + "=" + o.token}
	for name, given := range map[string]struct {
		path    string
		headers []string
		status  int
		code    string
	}{
		"a stranger":           {query, []string{"Accept", transport.EventStream}, 401, unauthenticated},
		"a wrong token":        {query, []string{"Accept", transport.EventStream, "Authorization", "Bearer wrong"}, 401, unauthenticated},
		"a foreign origin":     {query, append(cookie, "Origin", "https://evil.example"), 403, forbiddenOrigin},
		"a page without one":   {query, append(cookie, "Sec-Fetch-Site", "cross-site"), 403, forbiddenOrigin},
		"a neighbour's page":   {query, append(cookie, "Sec-Fetch-Site", "same-site"), 403, forbiddenOrigin},
		"a query":              {"/graphql?query={__typename}", cookie, 405, methodNotAllowed},
		"a mutation":           {"/graphql?query=" + url.QueryEscape(`mutation { archiveCustomer(input: {id: "x"}) { position } }`), cookie, 405, methodNotAllowed},
		"nothing":              {"/graphql", cookie, 400, badRequest},
		"a client of no kind":  {query, append(cookie[2:], "Accept", "text/html"), 406, notAcceptable},
		"a client of one kind": {query, append(cookie[2:], "Accept", newerType), 400, subscriptionNeedsSocket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := o.send(t, http.MethodGet, given.path, "", given.headers...)
			expectStatus(t, got, given.status)
			expectCode(t, got, given.code)
		})
	}
	t.Run("not the page of an allowed origin", func(t *testing.T) {
		t.Parallel()
		stream := o.follow(t, attentions, "Origin", "https://crm.example.nl", "Sec-Fetch-Site", "cross-site")
		if stream.StatusCode != http.StatusOK || stream.Header.Get("Access-Control-Allow-Origin") != "https://crm.example.nl" {
			t.Errorf("the answer is %d for %q", stream.StatusCode, stream.Header.Get("Access-Control-Allow-Origin"))
		}
	})
}

func TestEventStreamEnds(t *testing.T) {
	t.Parallel()
	t.Run("when its session does, so that the browser is told", func(t *testing.T) {
		t.Parallel()
		dbtest.Each(t, func(t *testing.T, store *db.DB) {
			o := open(t, store)
			stream := o.follow(t, shownAttentions)
			stream.message(t)
			if err := o.node.crm.Sessions.SignOut(t.Context(), o.token); err != nil {
				t.Fatal(err)
			}
			if got := stream.next(t); got.comment != "Session ended" {
				t.Errorf("message is %+v", got)
			}
			stream.over(t)
			if again := o.follow(t, shownAttentions); again.StatusCode != http.StatusUnauthorized {
				t.Errorf("coming back is answered with %d", again.StatusCode)
			}
		})
	})
	t.Run("when its server stops", func(t *testing.T) {
		t.Parallel()
		o, stop, ended := running(t)
		stream := o.follow(t, shownAttentions)
		stream.message(t)
		stop()
		if got := stream.next(t); got.comment != "Service restart" {
			t.Errorf("message is %+v", got)
		}
		stream.over(t)
		if err := within(t, ended); err != nil {
			t.Error(err)
		}
	})
	t.Run("for the server when its client leaves", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		stream := o.follow(t, shownAttentions)
		stream.message(t)
		_ = stream.Body.Close()
		if err := o.node.connections.Close(t.Context()); err != nil { // waits for it
			t.Error(err)
		}
	})
}

func TestEventStreamOverHTTP2(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	card := o.addCustomer(t)
	server := httptest.NewUnstartedServer(o.node.handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	over2 := &office{Server: server, node: o.node, token: o.token}
	stream := over2.follow(t, shownAttentions)
	if stream.ProtoMajor != 2 {
		t.Fatalf("the protocol is %s", stream.Proto)
	}
	stream.message(t)
	o.addAttention(t, card, "een")
	stream.expectTexts(t, "een")
}

func TestEventStreamWithoutRoom(t *testing.T) {
	t.Parallel()
	t.Run("for another of the same user", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t, func(c *Config) { c.SocketsPerUser = 1 })
		o.follow(t, attentions).message(t)
		got := o.send(t, http.MethodGet, "/graphql?query="+url.QueryEscape(attentions), "",
			"Authorization", "Bearer "+o.token, "Accept", transport.EventStream)
		expectStatus(t, got, http.StatusTooManyRequests)
		expectCode(t, got, tooManyConnections)
		expectHeader(t, got, "Retry-After", "5")
	})
	t.Run("on a server that stops, upon which a browser would not come back", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		if err := o.node.connections.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		stream := o.follow(t, attentions)
		if got := stream.next(t); stream.StatusCode != http.StatusOK || got.comment != "Service restart" {
			t.Errorf("the answer is %d with %+v", stream.StatusCode, got)
		}
		stream.over(t)
		got := o.ask(t, attentions, "Accept", transport.EventStream)
		expectStatus(t, got, http.StatusServiceUnavailable)
		expectCode(t, got, draining)
	})
}
