package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/transport"
)

const subprotocol = transport.Subprotocol

// frame is a message of graphql-transport-ws.
type frame struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// patience bounds every wait of these tests; none takes that long unless it fails.
const patience = 20 * time.Second

func send(t *testing.T, socket *websocket.Conn, message any) {
	t.Helper()
	if err := socket.WriteJSON(message); err != nil {
		t.Fatal(err)
	}
}

// receive gives the next message that is no ping.
func receive(t *testing.T, socket *websocket.Conn) frame {
	t.Helper()
	_ = socket.SetReadDeadline(time.Now().Add(patience))
	for {
		var got frame
		if err := socket.ReadJSON(&got); err != nil {
			t.Fatal(err)
		}
		if got.Type != "ping" {
			return got
		}
	}
}

// closing gives the code and the reason with which the server closes.
func closing(t *testing.T, socket *websocket.Conn) *websocket.CloseError {
	t.Helper()
	_ = socket.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := socket.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // gorilla gives it as it is
			return closed
		}
		if err != nil {
			t.Fatalf("the socket ended without a reason: %v", err)
		}
	}
}

func expectClosing(t *testing.T, socket *websocket.Conn, code int, reason string) {
	t.Helper()
	if got := closing(t, socket); got.Code != code || got.Text != reason {
		t.Errorf("closed with %d %q, want %d %q", got.Code, got.Text, code, reason)
	}
}

// connect opens a socket and signs in over it.
func (o *office) connect(t *testing.T) *websocket.Conn {
	t.Helper()
	socket, _ := o.dial(t, subprotocol)
	send(t, socket, map[string]any{"type": "connection_init", "payload": map[string]string{"authorization": "Bearer " + o.token, "clientId": "screen"}})
	if got := receive(t, socket); got.Type != "connection_ack" {
		t.Fatalf("answer to connection_init is %+v", got)
	}
	return socket
}

func subscribe(t *testing.T, socket *websocket.Conn, id, query string) {
	t.Helper()
	send(t, socket, map[string]any{"type": "subscribe", "id": id, "payload": map[string]string{"query": query}})
}

const attentions = `subscription { myAttentions { ... on Ready { mode } ... on AttentionNotice { attention { text } event { originClientId } } } }`

// addCustomer makes a card to pin attentions on.
func (o *office) addCustomer(t *testing.T) string {
	t.Helper()
	made := o.ask(t, `mutation { createCustomer(input: {stage: CUSTOMER, fields: {name: "Kade B.V."}}) { customer { id } userErrors { message } } }`)
	payload, _ := made.json(t).Data["createCustomer"].(map[string]any)
	customer, _ := payload["customer"].(map[string]any)
	id, _ := customer["id"].(string)
	if id == "" {
		t.Fatalf("no customer: %s", made.body)
	}
	return id
}

func (o *office) addAttention(t *testing.T, card, text string, headers ...string) {
	t.Helper()
	got := o.ask(t, `mutation { addAttention(input: {cardId: "`+card+`", text: "`+text+`"}) { attention { id } userErrors { message } } }`, headers...)
	if !strings.Contains(got.body, `"userErrors":[]`) {
		t.Fatal(got.body)
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) { playOverSocket(t, open(t, store)) })
	t.Run("of the library", func(t *testing.T) {
		t.Parallel()
		playOverSocket(t, onSQLite(t, func(c *Config) { c.Socket = StockSocket }))
	})
}

// playOverSocket subscribes, asks, pings and completes.
func playOverSocket(t *testing.T, o *office) {
	t.Helper()
	card := o.addCustomer(t)
	socket := o.connect(t)
	subscribe(t, socket, "a", attentions)
	if got := receive(t, socket); got.ID != "a" || !strings.Contains(string(got.Payload), `"mode":"LIVE"`) {
		t.Fatalf("first message is %s %s", got.Type, got.Payload)
	}
	o.addAttention(t, card, "Let op", clientHeader, "desk")
	if got := receive(t, socket); !strings.Contains(string(got.Payload), `{"attention":{"text":"Let op"},"event":{"originClientId":"desk"}}`) {
		t.Errorf("event is %s", got.Payload)
	}
	subscribe(t, socket, "q", `{ viewer { user { name } } }`)
	if got := receive(t, socket); got.ID != "q" || !strings.Contains(string(got.Payload), anName) {
		t.Errorf("answer to the query is %s", got.Payload)
	}
	if got := receive(t, socket); got.Type != "complete" || got.ID != "q" {
		t.Errorf("after the answer comes %+v", got)
	}
	send(t, socket, frame{Type: "ping"})
	if got := receive(t, socket); got.Type != "pong" {
		t.Errorf("answer to a ping is %+v", got)
	}
	send(t, socket, frame{Type: "complete", ID: "a"})
	for range 2 { // the first tells that complete was read
		send(t, socket, frame{Type: "ping"})
		if got := receive(t, socket); got.Type != "pong" {
			t.Errorf("after complete comes %+v", got)
		}
		o.addAttention(t, card, "Hoort niemand")
	}
}

func TestSocketKnowsItsClient(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	card, socket := o.addCustomer(t), o.connect(t)
	subscribe(t, socket, "a", attentions)
	receive(t, socket)
	subscribe(t, socket, "m", `mutation { addAttention(input: {cardId: "`+card+`", text: "x"}) { attention { id } } }`)
	for range 3 { // the event, the answer, and its end
		if got := receive(t, socket); got.ID == "a" && !strings.Contains(string(got.Payload), `"originClientId":"screen"`) {
			t.Errorf("event is %s", got.Payload)
		}
	}
}

func TestSocketBySession(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	socket, _ := o.dial(t, subprotocol, "Cookie", sessionCookie+"="+o.token, "Origin", o.URL)
	send(t, socket, frame{Type: "connection_init"})
	if got := receive(t, socket); got.Type != "connection_ack" {
		t.Errorf("answer to connection_init is %+v", got)
	}
}

func TestSocketCloses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	for name, given := range map[string]struct {
		protocol string
		first    string
		code     int
		reason   string
	}{
		"a wrong token":            {subprotocol, `{"type":"connection_init","payload":{"authorization":"Bearer wrong"}}`, 4403, "Forbidden"},
		"no token":                 {subprotocol, `{"type":"connection_init"}`, 4403, "Forbidden"},
		"a token without a scheme": {subprotocol, `{"type":"connection_init","payload":{"authorization":"wrong"}}`, 4403, "Forbidden"},
		"a subscribe before init":  {subprotocol, `{"type":"subscribe","id":"1","payload":{"query":"{__typename}"}}`, 4401, "Unauthorized"},
		"text that is no JSON":     {subprotocol, `nonsense`, 4400, "Invalid message received"},
		"an unknown message":       {subprotocol, `{"type":"hello"}`, 4400, "Invalid message received"},
		"no sub-protocol":          {"", ``, 4406, "Subprotocol not acceptable: this server speaks graphql-transport-ws"},
		"a frame that is too long": {subprotocol, `{"type":"` + strings.Repeat("x", 64<<10) + `"}`, 4400, "Message too big"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket, _ := o.dial(t, given.protocol)
			if given.first != "" {
				_ = socket.WriteMessage(websocket.TextMessage, []byte(given.first))
			}
			expectClosing(t, socket, given.code, given.reason)
		})
	}
	t.Run("a second init", func(t *testing.T) {
		t.Parallel()
		socket := o.connect(t)
		send(t, socket, frame{Type: "connection_init"})
		expectClosing(t, socket, 4429, "Too many initialisation requests")
	})
	t.Run("bytes that are no text", func(t *testing.T) {
		t.Parallel()
		socket := o.connect(t)
		_ = socket.WriteMessage(websocket.BinaryMessage, []byte{1})
		expectClosing(t, socket, 4400, "Invalid message received")
	})
	t.Run("nonsense after init", func(t *testing.T) {
		t.Parallel()
		socket := o.connect(t)
		_ = socket.WriteMessage(websocket.TextMessage, []byte(`{"type":`))
		expectClosing(t, socket, 4400, "Invalid message received")
	})
	t.Run("a session that ends", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		socket := o.connect(t)
		if err := o.node.crm.Sessions.SignOut(t.Context(), o.token); err != nil {
			t.Fatal(err)
		}
		expectClosing(t, socket, 4401, "Session ended")
	})
	t.Run("sessions that end from elsewhere, but not a key that is kept", func(t *testing.T) {
		t.Parallel()
		o := onSQLite(t)
		socket, session := o.connect(t), o.token
		made := read[struct {
			Data struct{ CreateAPIToken struct{ Secret string } }
		}](t, o.ask(t, `mutation { createApiToken(input: {name: "BI"}) { secret } }`))
		o.token = made.Data.CreateAPIToken.Secret
		kept := o.connect(t)
		o.token = session
		if got := o.ask(t, `mutation { signOutEverywhere(input: {keepApiTokens: true}) { endedCount } }`); !strings.Contains(got.body, `"endedCount":1`) {
			t.Error(got.body)
		}
		expectClosing(t, socket, 4401, "Session ended")
		send(t, kept, frame{Type: "ping"})
		if got := receive(t, kept); got.Type != "pong" {
			t.Errorf("the socket of the key says %s", got.Type)
		}
	})
}

func TestSocketRefuses(t *testing.T) {
	t.Parallel()
	o := onSQLite(t, func(c *Config) { c.AllowedOrigins = []string{"https://crm.example.nl"} })
	t.Run("foreign origins before the upgrade", func(t *testing.T) {
		t.Parallel()
		for _, origin := range []string{"https://evil.example", "null", o.URL + ".evil.example"} {
			if _, status := o.dial(t, subprotocol, "Origin", origin, "Cookie", sessionCookie+"="+o.token); status != http.StatusForbidden {
				t.Errorf("%s may connect: %d", origin, status)
			}
		}
		for _, origin := range []string{"https://crm.example.nl", o.URL} {
			if _, status := o.dial(t, subprotocol, "Origin", origin); status != http.StatusSwitchingProtocols {
				t.Errorf("%s may not connect: %d", origin, status)
			}
		}
	})
	t.Run("what is no opening of a websocket", func(t *testing.T) {
		t.Parallel()
		got := o.send(t, http.MethodGet, "/graphql", "", "Upgrade", "websocket", "Connection", "Upgrade")
		expectStatus(t, got, http.StatusBadRequest)
		expectCode(t, got, badRequest)
	})
}

func TestNodesOverRedis(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		store := dbtest.Open(t, dbtest.Engines()[len(dbtest.Engines())-1])
		shared := func(c *Config) { c.RedisURL = url }
		one := open(t, store, shared)
		other := nodeOn(t, store, shared)
		other.token = one.token
		card, socket := one.addCustomer(t), other.connect(t)
		subscribe(t, socket, "a", attentions)
		receive(t, socket)
		if got := one.send(t, http.MethodGet, "/readyz", ""); !strings.Contains(got.body, `"redis":"up"`) {
			t.Errorf("readiness is %s", got.body)
		}
		one.addAttention(t, card, "Van de andere kant")
		if got := receive(t, socket); !strings.Contains(string(got.Payload), "Van de andere kant") {
			t.Errorf("event is %s", got.Payload)
		}
	})
}
