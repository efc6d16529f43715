package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/transport"
)

// twoServers are of one installation.
func twoServers(t *testing.T, store *db.DB, adjust ...func(*Config)) (one, other *office) {
	t.Helper()
	one = open(t, store, adjust...)
	other = nodeOn(t, store, adjust...)
	other.token = one.token
	return one, other
}

// perUser lets a user have so many connections on the servers of a Redis.
func perUser(redis string, many int) func(*Config) {
	return func(c *Config) { c.RedisURL, c.SocketsPerUser = redis, many }
}

// hears waits until a server knows that somebody has so many connections elsewhere.
func (o *office) hears(t *testing.T, whose crm.ID, many int) {
	t.Helper()
	for end := time.Now().Add(patience); o.node.holdings.Elsewhere(string(whose)) != many; <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the server never hears of %d connections elsewhere", many)
		}
	}
}

// isFull demands that a server takes no socket and no event stream of the user.
func (o *office) isFull(t *testing.T) {
	t.Helper()
	socket, _ := o.dial(t, subprotocol)
	send(t, socket, map[string]any{"type": "connection_init", "payload": map[string]string{"authorization": "Bearer " + o.token}})
	expectClosing(t, socket, transport.TooMany.Code, transport.TooMany.Reason)
	stream := o.send(t, http.MethodGet, "/graphql?query="+url.QueryEscape(attentions), "",
		"Authorization", "Bearer "+o.token, "Accept", transport.EventStream)
	expectStatus(t, stream, http.StatusTooManyRequests)
	expectCode(t, stream, tooManyConnections)
}

func TestConnectionsOfTwoServers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		dbtest.OnRedis(t, func(t *testing.T, redis string) {
			one, other := twoServers(t, store, perUser(redis, 2))
			actor, err := crm.ActorFrom(one.acting(t))
			if err != nil {
				t.Fatal(err)
			}
			user := actor.UserID
			one.connect(t)
			there := other.connect(t)
			one.hears(t, user, 1)
			other.hears(t, user, 1)
			one.isFull(t)
			other.isFull(t)
			if got := one.send(t, http.MethodGet, "/metrics", ""); strings.Contains(got.body, "klantkaart_servers 1\n") {
				t.Error("the metrics tell of one server")
			}
			_ = there.Close()
			one.hears(t, user, 0)
			one.connect(t)
			other.hears(t, user, 2)
			other.isFull(t)
			one.isFull(t)
		})
	})
}

func TestConnectionsOfAnOfficeOnTwoServers(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, redis string) {
		for _, kind := range []string{OwnSocket, StockSocket} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				one, other := twoServers(t, dbtest.Open(t, dbtest.SQLite), perUser(redis, 0), func(c *Config) { c.Socket, c.OfficeSockets = kind, 3 })
				west := one.neighbour(t)
				actor, err := crm.ActorFrom(one.acting(t))
				if err != nil {
					t.Fatal(err)
				}
				one.connect(t)
				one.connect(t)
				there := other.connect(t)
				one.hears(t, actor.OrganizationID, 1)
				other.hears(t, actor.OrganizationID, 2)
				one.isFull(t)
				other.isFull(t)
				west.connect(t)
				_ = there.Close()
				one.hears(t, actor.OrganizationID, 0)
				one.connect(t)
			})
		}
	})
}

// Who is asked to come back elsewhere is let in there, though the old connection be open still.
func TestConnectionsOfAServerThatStops(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, redis string) {
		stopping, stop, _ := running(t, perUser(redis, 1), func(c *Config) { c.DrainDelay = time.Hour }) // which the test does not wait for
		other := nodeOn(t, stopping.node.store, perUser(redis, 1))
		other.token = stopping.token
		actor, err := crm.ActorFrom(stopping.acting(t))
		if err != nil {
			t.Fatal(err)
		}
		open := stopping.connect(t)
		other.hears(t, actor.UserID, 1)
		other.isFull(t)
		stop()
		other.hears(t, actor.UserID, 0)
		other.connect(t)
		send(t, open, frame{Type: "ping"})
		if got := receive(t, open); got.Type != "pong" {
			t.Errorf("the old connection says %s", got.Type)
		}
	})
}

// Without Redis each server holds the limit by itself.
func TestConnectionsWithoutRedis(t *testing.T) {
	t.Parallel()
	for _, redis := range []string{"", "redis://127.0.0.1:1/0"} {
		one, other := twoServers(t, dbtest.Open(t, dbtest.SQLite), perUser(redis, 2))
		var last *websocket.Conn
		for _, server := range []*office{one, other} {
			server.connect(t)
			last = server.connect(t)
			server.isFull(t)
		}
		_ = last.Close()
		for end := time.Now().Add(patience); other.node.connections.Count() > 1; <-time.After(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the server never notices that a socket is gone")
			}
		}
		other.connect(t)
	}
}
