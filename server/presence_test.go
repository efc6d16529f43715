package main

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestPresenceOverRedis(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		dbtest.Each(t, func(t *testing.T, store *db.DB) {
			shared := func(c *Config) { c.RedisURL = url }
			one := open(t, store, shared)
			other, third := nodeOn(t, store, shared), nodeOn(t, store, shared)
			other.token, third.token = one.token, one.token
			card := one.addCustomer(t)
			follow := `subscription { cardPresence(card: "` + card + `") { known viewerCount viewers { user { name } mode field takenOverBy { name } } } }`
			here, there := one.connect(t), other.connect(t)
			subscribe(t, here, "a", follow)
			alone := `{"known":true,"viewerCount":1,"viewers":[{"user":{"name":"` + anName + `"},"mode":"VIEWING","field":null,"takenOverBy":null}]}`
			awaitPresence(t, here, alone)
			subscribe(t, there, "a", follow)
			awaitPresence(t, there, alone) // one face on two screens
			announce := `mutation { announceEditing(input: {cardId: "` + card + `", field: "phone"}) { presence { viewers { field } } userErrors { code } } }`
			sayUntil(t, third, announce, "another", `{"presence":null,"userErrors":[{"code":"NOT_VIEWING"}]}`)
			sayUntil(t, third, announce, "screen", `{"presence":{"viewers":[{"field":"phone"}]},"userErrors":[]}`)
			edits := strings.Replace(alone, `"VIEWING","field":null`, `"EDITING","field":"phone"`, 1)
			awaitPresence(t, here, edits)
			awaitPresence(t, there, edits)
		})
	})
}

// sayUntil announces something until the answer is as wanted: on a busy machine Redis may take longer than a
// mutation waits for it.
func sayUntil(t *testing.T, at *office, announce, client, want string) {
	t.Helper()
	var said answer
	for range 100 {
		if said = at.ask(t, announce, clientHeader, client); strings.Contains(said.body, want) {
			return
		}
	}
	t.Fatalf("the answer is %s, want %s", said.body, want)
}

// awaitPresence waits for a state; others may come before it.
func awaitPresence(t *testing.T, socket *websocket.Conn, want string) {
	t.Helper()
	for {
		got := receive(t, socket)
		if got.Type != "next" {
			t.Fatalf("message is %s %s, want %s", got.Type, got.Payload, want)
		}
		if strings.Contains(string(got.Payload), `{"data":{"cardPresence":`+want) {
			return
		}
	}
}
