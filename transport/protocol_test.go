package transport

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// both runs a test against our own transport and against gqlgen's.
func both(t *testing.T, test func(t *testing.T, stock bool)) {
	t.Helper()
	for _, stock := range []bool{false, true} {
		t.Run(map[bool]string{false: "own", true: "stock"}[stock], func(t *testing.T) {
			t.Parallel()
			test(t, stock)
		})
	}
}

const subscribed = `{"type":"subscribe","id":"1","payload":{"query":"subscription"}}`

func TestProtocolEnds(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		h := openHouse(t, stock, Measures{})
		const invalid = "Invalid message received"
		for name, given := range map[string]struct {
			in     bool // behind the acknowledgement
			text   string
			code   int
			reason string
		}{
			"nobody":                           {false, `{"type":"connection_init","payload":{"authorization":"nobody"}}`, 4403, "Forbidden"},
			"no credential":                    {false, `{"type":"connection_init"}`, 4403, "Forbidden"},
			"a credential that is no text":     {false, `{"type":"connection_init","payload":{"authorization":7}}`, 4403, "Forbidden"},
			"a credential that cannot be read": {false, `{"type":"connection_init","payload":{"authorization":"trouble"}}`, 1013, "Try again later"},
			"a payload that is no object":      {false, `{"type":"connection_init","payload":"x"}`, 4400, invalid},
			"subscribe before init":            {false, subscribed, 4401, "Unauthorized"},
			"complete before init":             {false, `{"type":"complete","id":"1"}`, 4401, "Unauthorized"},
			"a second init":                    {true, `{"type":"connection_init"}`, 4429, "Too many initialisation requests"},
			"no JSON":                          {true, `{"type":`, 4400, invalid},
			"no object":                        {true, `["ping"]`, 4400, invalid},
			"nothing":                          {true, ``, 4400, invalid},
			"two objects":                      {true, `{"type":"ping"}{"type":"ping"}`, 4400, invalid},
			"no UTF-8":                         {true, "{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}", 4400, invalid},
			"no type":                          {true, `{"id":"1"}`, 4400, invalid},
			"a type that is no text":           {true, `{"type":1}`, 4400, invalid},
			"an unknown type":                  {true, `{"type":"start","id":"1"}`, 4400, invalid},
			"a type of the server":             {true, `{"type":"next","id":"1","payload":{}}`, 4400, invalid},
			"a type in capitals":               {true, `{"Type":"ping"}`, 4400, invalid},
			"a member twice":                   {true, `{"type":"ping","type":"pong"}`, 4400, invalid},
			"subscribe without an id":          {true, `{"type":"subscribe","payload":{"query":"q"}}`, 4400, invalid},
			"an empty id":                      {true, `{"type":"subscribe","id":"","payload":{"query":"q"}}`, 4400, invalid},
			"an id that is a number":           {true, `{"type":"subscribe","id":1,"payload":{"query":"q"}}`, 4400, invalid},
			"an id that is too long":           {true, `{"type":"subscribe","id":"` + strings.Repeat("i", 257) + `","payload":{"query":"q"}}`, 4400, invalid},
			"subscribe without a payload":      {true, `{"type":"subscribe","id":"1"}`, 4400, invalid},
			"subscribe without a query":        {true, `{"type":"subscribe","id":"1","payload":{}}`, 4400, invalid},
			"a query that is no text":          {true, `{"type":"subscribe","id":"1","payload":{"query":null}}`, 4400, invalid},
			"variables that are no object":     {true, `{"type":"subscribe","id":"1","payload":{"query":"q","variables":[]}}`, 4400, invalid},
			"extensions that are no object":    {true, `{"type":"subscribe","id":"1","payload":{"query":"q","extensions":"x"}}`, 4400, invalid},
			"a name that is no text":           {true, `{"type":"subscribe","id":"1","payload":{"query":"q","operationName":1}}`, 4400, invalid},
			"complete without an id":           {true, `{"type":"complete"}`, 4400, invalid},
			"a pong with a text":               {true, `{"type":"pong","payload":"x"}`, 4400, invalid},
			"a message that is too big":        {true, `{"type":"ping","payload":{"a":"` + strings.Repeat("x", 64<<10) + `"}}`, 4400, "Message too big"},
			"a first message that is too big":  {false, strings.Repeat("x", 1<<20), 4400, "Message too big"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g := h.dial(t, Subprotocol)
				if given.in {
					g.send(`{"type":"connection_init","payload":{"authorization":"an"}}`)
					g.expect(`{"type":"connection_ack"}`)
				}
				g.send(given.text)
				g.expectEnd(given.code, given.reason)
			})
		}
		t.Run("bytes that are no text", func(t *testing.T) {
			t.Parallel()
			g := h.enter(t, "an")
			_ = g.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping"}`))
			g.expectEnd(4400, invalid)
		})
		t.Run("what is no frame", func(t *testing.T) {
			t.Parallel()
			g := h.enter(t, "an")
			_, _ = g.NetConn().Write([]byte{0x81, 0x01, 'x'}) // without a mask
			g.expectEnd(1002, "Protocol error")
		})
		t.Run("an id that is in use", func(t *testing.T) {
			t.Parallel()
			g := h.enter(t, "an")
			g.send(subscribed)
			<-h.graph.opened
			g.send(subscribed)
			g.expectEnd(4409, "Subscriber for 1 already exists")
		})
		t.Run("an id that is in use and long", func(t *testing.T) {
			t.Parallel()
			g, id := h.enter(t, "an"), strings.Repeat("é", 100)
			g.subscribe(id, "blocked")
			g.subscribe(id, "blocked")
			g.expectEnd(4409, ("Subscriber for " + id)[:123])
		})
		for name, given := range map[string][]string{"the legacy sub-protocol": {"graphql-ws"}, "no sub-protocol": nil, "another sub-protocol": {"mqtt"}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				h.dial(t, given...).expectEnd(4406, "Subprotocol not acceptable: this server speaks graphql-transport-ws")
			})
		}
	})
}

func TestProtocolOperations(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, stock bool) {
		h := openHouse(t, stock, Measures{})
		for name, play := range map[string]func(t *testing.T, h *house, g *guest){
			"a query is answered once, and completed": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "one")
				g.expect(`{"id":"1","type":"next","payload":{"data":{"name":"","query":"one","variables":null}}}`, `{"id":"1","type":"complete"}`)
				g.alive()
			},
			"numbers of variables stay as they are written, and the name goes along": func(_ *testing.T, _ *house, g *guest) {
				g.send(`{ "payload" : {"variables":{"a":[1.10,9007199254740993]},"query":"q\u0022","operationName":"N"}, "id" : "1", "type" : "subscribe", "x":1 }`)
				g.expect(`{"id":"1","type":"next","payload":{"data":{"name":"N","query":"q\"","variables":{"a":[1.10,9007199254740993]}}}}`)
			},
			"a document that is wrong is an error, without complete": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "wrong")
				g.expect(`{"id":"1","type":"error","payload":[{"message":"wrong","extensions":{"code":"COST_LIMIT"}}]}`)
				g.alive()
			},
			"a subscription that is refused is an error, without complete": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "subscription refused")
				g.expect(`{"id":"1","type":"error","payload":[{"message":"refused"}]}`)
				g.alive()
			},
			"an operation whose time is over is an error": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "late")
				g.expect(`{"id":"1","type":"error","payload":[{"message":"The operation took too long.","extensions":{"code":"TIMEOUT"}}]}`)
			},
			"messages come in order, and then complete": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "subscription 40")
				for i := range 40 {
					g.expect(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":%d}}`, i))
				}
				g.expect(`{"id":"1","type":"complete"}`)
				g.alive()
			},
			"a subscription goes on when it is woken": func(_ *testing.T, h *house, g *guest) {
				g.subscribe("1", "subscription")
				feed := <-h.graph.opened
				for _, payload := range []string{`{"data":"a"}`, `{"data":"b"}`} {
					feed.put(nil, payload)
					g.expect(`{"id":"1","type":"next","payload":` + payload + `}`)
				}
				feed.put(&graph.Refusal{Errors: gqlerror.List{{Message: "over"}}})
				g.expect(`{"id":"1","type":"error","payload":[{"message":"over"}]}`)
				<-feed.closed
				g.alive()
			},
			"a subscription that breaks is an internal error": func(_ *testing.T, h *house, g *guest) {
				g.subscribe("1", "subscription")
				(<-h.graph.opened).put(io.ErrNoProgress)
				g.expect(`{"id":"1","type":"error","payload":[{"message":"Something went wrong on our side. Try again later.","extensions":{"code":"INTERNAL"}}]}`)
			},
			"a complete is not answered, and nothing follows it": func(_ *testing.T, h *house, g *guest) {
				g.subscribe("1", "subscription")
				feed := <-h.graph.opened
				g.send(`{"type":"complete","id":"1"}`)
				<-feed.closed
				feed.put(io.EOF, `{"data":"late"}`)
				g.alive()
			},
			"a query that is completed is not answered": func(_ *testing.T, _ *house, g *guest) {
				g.subscribe("1", "blocked")
				g.send(`{"type":"complete","id":"1"}`)
				g.alive()
			},
			"a complete of nothing is nothing": func(_ *testing.T, _ *house, g *guest) {
				g.send(`{"type":"complete","id":"7"}`)
				g.alive()
			},
			"an id may be used again after its end": func(_ *testing.T, h *house, g *guest) {
				for range 3 {
					g.subscribe("1", "wrong")
					g.expect(`{"id":"1","type":"error","payload":[{"message":"wrong","extensions":{"code":"COST_LIMIT"}}]}`)
					g.subscribe("1", "subscription 1")
					g.expect(`{"id":"1","type":"next","payload":{"data":0}}`, `{"id":"1","type":"complete"}`)
					<-h.graph.opened
					g.subscribe("1", "subscription")
					feed := <-h.graph.opened
					g.send(`{"type":"complete","id":"1"}`)
					<-feed.closed
				}
			},
			"ids come back as they were": func(_ *testing.T, _ *house, g *guest) {
				g.send(`{"type":"subscribe","id":"\u00e9\"\\<>\u2028","payload":{"query":"wrong"}}`)
				g.expect(`{"id":"é\"\\\u003c\u003e\u2028","type":"error","payload":[{"message":"wrong","extensions":{"code":"COST_LIMIT"}}]}`)
			},
			"a ping is answered with its payload": func(_ *testing.T, _ *house, g *guest) {
				g.send(`{"type":"ping","payload":{"a":1}}`, `{"type":"ping","payload":null}`, `{"type":"pong"}`, `{"type":"pong","payload":{}}`)
				g.expect(`{"type":"pong","payload":{"a":1}}`, `{"type":"pong"}`)
				g.alive()
			},
			"a message may come in pieces": func(t *testing.T, _ *house, g *guest) {
				w, err := g.NextWriter(websocket.TextMessage)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.WriteString(w, `{"type":`+strings.Repeat(" ", 10<<10))
				_, _ = io.WriteString(w, `"ping"}`)
				_ = w.Close()
				g.expect(`{"type":"pong"}`)
			},
			"frames of websockets are answered": func(t *testing.T, _ *house, g *guest) {
				pong := make(chan string, 1)
				g.SetPongHandler(func(payload string) error {
					pong <- payload
					return nil
				})
				if err := g.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
				g.alive()
				if got := <-pong; got != "x" {
					t.Errorf("the pong says %q", got)
				}
			},
			"a client that closes is answered": func(t *testing.T, h *house, g *guest) {
				g.subscribe("1", "subscription")
				feed := <-h.graph.opened
				if err := g.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4999, "bye")); err != nil {
					t.Fatal(err)
				}
				g.expectEnd(4999, "")
				<-feed.closed
			},
			"a client that closes without a code is answered so": func(t *testing.T, _ *house, g *guest) {
				if err := g.WriteMessage(websocket.CloseMessage, nil); err != nil {
					t.Fatal(err)
				}
				g.expectEnd(1005, "")
			},
			"a client that vanishes leaves nothing behind": func(_ *testing.T, h *house, g *guest) {
				g.subscribe("1", "subscription")
				feed := <-h.graph.opened
				_ = g.NetConn().Close()
				<-feed.closed
			},
		} {
			t.Run(name, func(t *testing.T) {
				for len(h.graph.opened) > 0 {
					<-h.graph.opened // of another subtest
				}
				play(t, h, h.enter(t, "an"))
			})
		}
		t.Run("a ping may come before init", func(t *testing.T) {
			g := h.dial(t, Subprotocol)
			g.alive()
			g.send(`{"type":"pong"}`, `{"type":"connection_init","payload":{"authorization":"an","clientId":"screen","more":{"a":1}}}`)
			g.expect(`{"type":"connection_ack"}`)
			g.subscribe("1", "who")
			if actor := <-h.graph.actors; actor.UserID != "usr_an" || actor.ClientID != "screen" {
				t.Errorf("it was %+v", actor)
			}
		})
	})
}
