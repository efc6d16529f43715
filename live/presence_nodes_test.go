package live_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"klantkaart/db/dbtest"
	"klantkaart/live"
)

// among runs a test of several nodes over one Redis.
func among(t *testing.T, name string, body func(t *testing.T, url string, at live.Spot)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		body(t, dbtest.RedisURL(t), spot())
	})
}

// come takes a tab to a spot until the test ends.
func (a attending) come(at live.Spot, tab live.Tab) (leave func()) {
	return a.Enter(context.Background(), at, tab)
}

func TestPresenceOfSeveralNodes(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, _ string) {
		among(t, "is the same on all of them", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			leave := there.come(at, tab("bo"))
			expectTold(t, there.At(at), "an bo")
			here.shows(t, at, "an bo")
			leave()
			here.shows(t, at, "an")
		})
		among(t, "is of one office and one card", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			here.come(live.Spot{Office: at.Office + "x", Card: at.Card}, tab("an"))
			here.come(live.Spot{Office: at.Office, Card: "cus_2"}, tab("bo"))
			there.come(at, tab("cas"))
			expectTold(t, there.At(at), "cas")
		})
		among(t, "takes in what a tab says through another node", func(t *testing.T, url string, at live.Spot) {
			here, there, third := attend(t, url, hurried), attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			said := live.Announcement{Field: `ph"one é`, Typing: true}
			expectTold(t, third.announce(t, at, tab("an"), said), `an:ph"one é* bo`)
			here.shows(t, at, `an:ph"one é* bo`)
			there.shows(t, at, `an:ph"one é* bo`)
			expectTold(t, third.announce(t, at, tab("an"), live.Announcement{}), "an bo")
			here.shows(t, at, "an bo")
			there.shows(t, at, "an bo")
			now, err := third.Announce(t.Context(), at, tab("cas"), said)
			if !errors.Is(err, live.ErrNotThere) || told(now) != "an bo" {
				t.Errorf("a tab that is nowhere: %s with %v", told(now), err)
			}
		})
		among(t, "lets a colleague of another node take over", func(t *testing.T, url string, at live.Spot) {
			here, there, third := attend(t, url, hurried), attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
			there.shows(t, at, "an:phone bo")
			expectTold(t, there.announce(t, at, tab("bo"), live.Announcement{Field: "phone", TakeOver: true}), "bo:phone an<bo")
			here.shows(t, at, "bo:phone an<bo")
			there.announce(t, at, tab("bo"), live.Announcement{})
			here.shows(t, at, "an<bo bo")
			there.shows(t, at, "an<bo bo")
			expectTold(t, third.announce(t, at, tab("an"), live.Announcement{Field: "phone", TakeOver: true}), "an:phone bo")
			there.shows(t, at, "an:phone bo")
		})
		among(t, "keeps typing from being passed on too often, through whatever node it comes", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			there.announce(t, at, tab("an"), live.Announcement{Field: "phone", Typing: true})
			version := here.until(t, at, "typing", func(now live.Attendance) bool { return told(now) == "an:phone* bo" }).Version
			for range 5 {
				there.announce(t, at, tab("an"), live.Announcement{Field: "phone", Typing: true})
			}
			there.announce(t, at, tab("an"), live.Announcement{Field: "name"})
			if now := here.until(t, at, "the next field", func(now live.Attendance) bool { return told(now) == "an:name bo" }); now.Version != version+1 {
				t.Errorf("%d changes were told", now.Version-version)
			}
		})
		among(t, "shows a tab that moves between nodes once, with what it said last", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			leave := here.come(at, tab("an"))
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
			there.come(at, tab("an"))
			there.shows(t, at, "an:phone")
			there.until(t, at, "one face", func(now live.Attendance) bool { return now.Count == 1 })
			here.until(t, at, "both tabs", func(now live.Attendance) bool { return now.Count == 1 })
			expectTold(t, there.announce(t, at, tab("an"), live.Announcement{Field: "name"}), "an:name")
			here.shows(t, at, "an:name")
			leave()
			here.until(t, at, "its own is over", func(live.Attendance) bool { return len(keys(t, url, at)) == 1 })
			there.shows(t, at, "an:name")
		})
		among(t, "goes by one clock", func(t *testing.T, url string, at live.Spot) {
			fast := hurried
			fast.Now = func() time.Time { return time.Now().Add(time.Hour) }
			here, there := attend(t, url, fast), attend(t, url, hurried)
			here.come(live.Spot{Office: at.Office, Card: "cus_2"}, tab("an")) // it has met Redis then
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			there.until(t, at, "two who came at about the same time", func(now live.Attendance) bool {
				return now.Count == 2 && now.Faces[0].Entered.Sub(now.Faces[1].Entered).Abs() < time.Minute
			})
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone", Typing: true})
			there.shows(t, at, "an:phone* bo")
		})
		among(t, "forgets those on a node that died, though nobody says so", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			for _, user := range []string{"bo", "cas", "dirk"} {
				there.come(at, tab(user))
			}
			here.shows(t, at, "an bo cas dirk")
			there.kill()
			here.shows(t, at, "an")
		})
		among(t, "finds back those on a node that stood still", func(t *testing.T, url string, at live.Spot) {
			here := attend(t, url, hurried)
			wire := dbtest.NewLine(t, url)
			there := attend(t, wire.URL, hurried)
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			here.shows(t, at, "an bo")
			wire.Hold()
			here.shows(t, at, "an")
			wire.Release()
			here.shows(t, at, "an bo")
			there.shows(t, at, "an bo")
		})
		among(t, "tells again what Redis forgot", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			there.come(at, tab("bo"))
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
			there.shows(t, at, "an:phone bo")
			before := there.At(at).Version
			forget(t, url, at)
			there.announce(t, at, tab("bo"), live.Announcement{Field: "name"})
			here.shows(t, at, "an:phone bo:name")
			there.shows(t, at, "an:phone bo:name")
			attend(t, url, hurried).until(t, at, "nobody, for it has nobody", func(now live.Attendance) bool { return now.Count == 0 })
			third := attend(t, url, hurried)
			third.come(at, tab("cas"))
			third.shows(t, at, "an:phone bo:name cas")
			if now := there.At(at).Version; now <= before {
				t.Errorf("version %d came after %d", now, before)
			}
		})
		among(t, "tells again what Redis forgot, though nobody asks", func(t *testing.T, url string, at live.Spot) {
			here := attend(t, url, hurried)
			here.come(at, tab("an"))
			here.shows(t, at, "an")
			forget(t, url, at)
			here.until(t, at, "its own in Redis", func(live.Attendance) bool { return len(keys(t, url, at)) == 1 })
		})
		among(t, "leaves nothing in Redis that stays", func(t *testing.T, url string, at live.Spot) {
			here, there := attend(t, url, hurried), attend(t, url, hurried)
			leave := here.come(at, tab("an"))
			leaveToo := there.come(at, tab("bo"))
			client := connect(t, url)
			for field := range keys(t, url, at) {
				for _, one := range []string{key(at), "klantkaart:node:" + strings.Split(field, "/")[0]} {
					if ttl := client.PTTL(t.Context(), one).Val(); ttl <= 0 || ttl > 3*hurried.Renew {
						t.Errorf("%s lasts %s", one, ttl)
					}
				}
			}
			leave()
			leaveToo()
			here.until(t, at, "an empty Redis", func(live.Attendance) bool { return client.Exists(t.Context(), key(at)).Val() == 0 })
		})
	})
}

func TestPresenceWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, _ string) {
		among(t, "knows its own, says that it knows no more, and heals", func(t *testing.T, url string, at live.Spot) {
			wire := dbtest.NewLine(t, url)
			here, there := attend(t, wire.URL, hurried), attend(t, url, hurried)
			leave := here.come(at, tab("an"))
			there.come(at, tab("bo"))
			here.shows(t, at, "an bo")
			version := here.At(at).Version
			wire.SetDown(true)
			here.shows(t, at, "an?")
			there.shows(t, at, "bo")
			here.come(at, tab("cas"))
			here.announce(t, at, tab("cas"), live.Announcement{Field: "phone"})
			leave()
			here.shows(t, at, "cas:phone?")
			there.come(at, tab("dirk"))
			expectTold(t, there.At(at), "bo dirk")
			wire.SetDown(false)
			here.shows(t, at, "cas:phone bo dirk")
			there.shows(t, at, "cas:phone bo dirk")
			if now := here.At(at).Version; now <= version {
				t.Errorf("version %d came after %d", now, version)
			}
		})
		among(t, "forgets a spot that was left meanwhile", func(t *testing.T, url string, at live.Spot) {
			wire := dbtest.NewLine(t, url)
			here := attend(t, wire.URL, hurried)
			leave := here.come(at, tab("an"))
			expectTold(t, here.At(at), "an")
			wire.SetDown(true)
			leave()
			here.shows(t, at, "?")
			if len(keys(t, url, at)) == 0 {
				t.Error("Redis knows of it already")
			}
			wire.SetDown(false)
			there := attend(t, url, hurried)
			there.come(at, tab("bo"))
			there.shows(t, at, "bo")
			here.until(t, at, "only bo", func(live.Attendance) bool { return len(keys(t, url, at)) == 1 })
		})
		among(t, "goes on when the connection was cut for a moment", func(t *testing.T, url string, at live.Spot) {
			wire := dbtest.NewLine(t, url)
			here, there := attend(t, wire.URL, hurried), attend(t, url, hurried)
			here.come(at, tab("an"))
			for _, user := range []string{"bo", "cas", "dirk"} {
				wire.Cut()
				there.come(at, tab(user))
			}
			here.shows(t, at, "an bo cas dirk")
			there.shows(t, at, "an bo cas dirk")
		})
		among(t, "makes nobody wait for it", func(t *testing.T, url string, at live.Spot) {
			wire := dbtest.NewLine(t, url)
			times := hurried
			times.Budget = 0
			here, there := attend(t, wire.URL, times), attend(t, url, hurried)
			there.come(at, tab("bo"))
			here.come(at, tab("an"))
			here.shows(t, at, "bo an")
			wire.Hold()
			defer wire.Release()
			begun := time.Now()
			here.come(live.Spot{Office: at.Office, Card: "cus_2"}, tab("an"))
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
			if now := here.announce(t, at, tab("bo"), live.Announcement{Field: "phone"}); now.Known {
				t.Errorf("it tells of another node's tab %s", told(now))
			}
			if took := time.Since(begun); took > patience/4 {
				t.Errorf("it took %s", took)
			}
		})
		among(t, "does not need it to begin", func(t *testing.T, _ string, at live.Spot) {
			times := hurried
			times.Budget = time.Millisecond
			here := attend(t, "redis://127.0.0.1:1", times)
			here.come(at, tab("an"))
			here.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
			here.shows(t, at, "an:phone?")
			if now := here.announce(t, at, tab("bo"), live.Announcement{Field: "phone"}); told(now) != "an:phone?" {
				t.Errorf("it tells of a tab that may be elsewhere %s", told(now))
			}
		})
	})
}

// visit is an open subscription.
type visit struct {
	node  int
	at    live.Spot
	tab   live.Tab
	leave func()
}

func TestPresenceIsTheSetOfOpenSubscriptions(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		for range 4 {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				wander(t, url, rand.New(rand.NewPCG(seed, 0)))
			})
		}
	})
}

// wander lets colleagues come, say what they edit, and go, on three nodes of which some die and some lose
// Redis; Redis itself forgets. When it is over, every node must show just those who are still there.
func wander(t *testing.T, url string, dice *rand.Rand) {
	t.Helper()
	office := spot().Office
	spots := []live.Spot{{Office: office, Card: "cus_1"}, {Office: office, Card: "cus_2"}, {Office: office + "x", Card: "cus_1"}}
	nodes, wires := make([]attending, 3), make([]*dbtest.Line, 3)
	start := func(i int) {
		wires[i] = dbtest.NewLine(t, url)
		nodes[i] = attend(t, wires[i].URL, hurried)
	}
	for i := range nodes {
		start(i)
	}
	var open []*visit
	for range 150 {
		switch n := dice.IntN(100); {
		case n < 45:
			v := &visit{node: dice.IntN(3), at: spots[dice.IntN(3)], tab: live.Tab{User: fmt.Sprintf("u%d", dice.IntN(8)), Client: fmt.Sprint(dice.IntN(3))}}
			v.leave = nodes[v.node].come(v.at, v.tab)
			open = append(open, v)
		case n < 75 && len(open) > 0:
			i := dice.IntN(len(open))
			open[i].leave()
			open = slices.Delete(open, i, i+1)
		case n < 92 && len(open) > 0:
			v := open[dice.IntN(len(open))]
			field := []string{"", "phone", "name"}[dice.IntN(3)]
			if _, err := nodes[v.node].Announce(t.Context(), v.at, v.tab, live.Announcement{Field: field}); err != nil {
				t.Fatal(err)
			}
		case n < 95:
			wires[dice.IntN(3)].Cut()
		case n < 96:
			forget(t, url, spots[dice.IntN(3)])
		case n < 98:
			wires[dice.IntN(3)].SetDown(true)
		default:
			died := dice.IntN(3)
			nodes[died].kill()
			open = slices.DeleteFunc(open, func(v *visit) bool { return v.node == died })
			start(died)
		}
	}
	for _, wire := range wires {
		wire.SetDown(false)
	}
	settle(t, nodes, spots, open)
}

// settle has everyone who is there say what they edit once more, and waits until all nodes agree.
func settle(t *testing.T, nodes []attending, spots []live.Spot, open []*visit) {
	t.Helper()
	want := make(map[live.Spot]map[string]string)
	for _, at := range spots {
		want[at] = make(map[string]string)
	}
	for _, v := range open {
		want[v.at][v.tab.User] = "field-of-" + v.tab.User
		nodes[v.node].announce(t, v.at, v.tab, live.Announcement{Field: want[v.at][v.tab.User]})
	}
	for i, node := range nodes {
		for _, at := range spots {
			if !slices.ContainsFunc(open, func(v *visit) bool { return v.node == i && v.at == at }) {
				t.Cleanup(node.come(at, live.Tab{User: "watcher"}))
				want[at]["watcher"] = ""
			}
		}
	}
	for _, node := range nodes {
		for _, at := range spots {
			node.until(t, at, fmt.Sprint(want[at]), func(now live.Attendance) bool {
				found := make(map[string]string)
				for _, face := range now.Faces {
					found[face.User] = face.Field
				}
				return now.Known && now.Count == len(want[at]) && fmt.Sprint(found) == fmt.Sprint(want[at])
			})
		}
	}
}

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func key(at live.Spot) string { return "klantkaart:presence:" + at.Office + ":" + at.Card }

// keys gives what Redis holds of a spot.
func keys(t *testing.T, url string, at live.Spot) map[string]string {
	t.Helper()
	held, err := connect(t, url).HGetAll(t.Context(), key(at)).Result()
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// forget has Redis forget a spot, and the nodes that are there.
func forget(t *testing.T, url string, at live.Spot) {
	t.Helper()
	gone := []string{key(at)}
	for field := range keys(t, url, at) {
		gone = append(gone, "klantkaart:node:"+strings.Split(field, "/")[0])
	}
	if err := connect(t, url).Del(t.Context(), gone...).Err(); err != nil {
		t.Fatal(err)
	}
}
