package live_test

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"klantkaart/live"
)

// patience bounds every wait of these tests; none takes that long unless it fails.
const patience = 20 * time.Second

// hurried are the measures of a presence whose tests do not wait for its usual ones.
var hurried = live.PresenceTimes{Grace: 50 * time.Millisecond, Lease: 600 * time.Millisecond, Beat: 50 * time.Millisecond,
	Renew: time.Minute, Budget: 5 * time.Second, Call: 5 * time.Second}

// attending is the presence of one node at work.
type attending struct {
	*live.Presence
	hub  *live.Hub
	kill func() // stops it as kill -9 does: it tells nobody
}

// attend runs a presence until the test ends.
func attend(t *testing.T, url string, times live.PresenceTimes) attending {
	t.Helper()
	p, err := live.NewPresence(times), error(nil)
	if url != "" {
		p, err = live.NewSharedPresence(url, times)
	}
	if err != nil {
		t.Fatal(err)
	}
	hub := live.NewHub()
	p.Wakes(hub)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	kill := sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(kill)
	return attending{p, hub, kill}
}

// spot is a card that no other test knows.
func spot() live.Spot { return live.Spot{Office: "org_" + crand.Text(), Card: "cus_1"} }

// until waits until what a node tells of a spot is as wanted.
func (a attending) until(t *testing.T, at live.Spot, want string, wanted func(live.Attendance) bool) live.Attendance {
	t.Helper()
	wake, stop := a.hub.Listen(at.Office, at.Topic())
	defer stop()
	over, again := time.After(patience), time.NewTicker(50*time.Millisecond) // what is wanted of Redis wakes nobody
	defer again.Stop()
	for {
		now := a.At(at)
		if wanted(now) {
			return now
		}
		select {
		case <-wake:
		case <-again.C:
		case <-over:
			t.Fatalf("%s: still %s", want, told(now))
		}
	}
}

// shows waits until a node tells of just these faces.
func (a attending) shows(t *testing.T, at live.Spot, want string) {
	t.Helper()
	a.until(t, at, want, func(now live.Attendance) bool { return told(now) == want })
}

// told is an attendance in short: the known faces with what they edit.
func told(now live.Attendance) string {
	var faces []string
	for _, face := range now.Faces {
		text := face.User
		if face.Field != "" {
			text += ":" + face.Field
		}
		if face.TakenOverBy != "" {
			text += "<" + face.TakenOverBy
		}
		if !face.Typed.IsZero() {
			text += "*"
		}
		faces = append(faces, text)
	}
	text := strings.Join(faces, " ")
	if !now.Known {
		text += "?"
	}
	return text
}

func expectTold(t *testing.T, now live.Attendance, want string) {
	t.Helper()
	if told(now) != want {
		t.Errorf("there are %q, want %q", told(now), want)
	}
}

func tab(user string) live.Tab { return live.Tab{User: user, Client: "tab-" + user} }

// alone runs a test of a single node in time of its own. Nobody comes at the same moment as another.
func alone(t *testing.T, name string, body func(t *testing.T, p attending, at live.Spot)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			body(t, attend(t, "", live.PresenceTimes{}), live.Spot{Office: "org_1", Card: "cus_1"})
		})
	})
}

// pass lets time pass.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// enter takes a tab to a spot, a moment after whoever came before.
func (a attending) enter(at live.Spot, tab live.Tab) (leave func()) {
	leave = a.Enter(context.Background(), at, tab)
	pass(time.Millisecond)
	return leave
}

func (a attending) announce(t *testing.T, at live.Spot, tab live.Tab, said live.Announcement) live.Attendance {
	t.Helper()
	now, err := a.Announce(t.Context(), at, tab, said)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestPresence(t *testing.T) {
	t.Parallel()
	alone(t, "shows who came, in that order, until the grace after leaving is over", func(t *testing.T, p attending, at live.Spot) {
		expectTold(t, p.At(at), "")
		p.enter(at, tab("zoe"))
		leave := p.enter(at, tab("an"))
		expectTold(t, p.At(at), "zoe an")
		leave()
		leave()
		pass(5*time.Second - time.Nanosecond)
		expectTold(t, p.At(at), "zoe an")
		pass(time.Nanosecond)
		expectTold(t, p.At(at), "zoe")
	})
	alone(t, "does not flicker when a tab reloads", func(t *testing.T, p attending, at live.Spot) {
		leave := p.enter(at, tab("an"))
		before := p.At(at)
		for range 3 {
			leave()
			pass(4 * time.Second)
			leave = p.enter(at, tab("an"))
			pass(4 * time.Second)
		}
		if now := p.At(at); now.Version != before.Version || !now.Faces[0].Entered.Equal(before.Faces[0].Entered) {
			t.Errorf("it was %+v and is %+v", before, now)
		}
	})
	alone(t, "counts the subscriptions of a tab", func(t *testing.T, p attending, at live.Spot) {
		leave, leaveToo := p.enter(at, tab("an")), p.enter(at, tab("an"))
		leave()
		pass(time.Minute)
		expectTold(t, p.At(at), "an")
		leaveToo()
		pass(time.Minute)
		expectTold(t, p.At(at), "")
	})
	alone(t, "makes one face of the tabs of a colleague, and shows the strongest", func(t *testing.T, p attending, at live.Spot) {
		one, other := live.Tab{User: "an", Client: "1"}, live.Tab{User: "an", Client: "2"}
		p.enter(at, one)
		entered := p.At(at).Faces[0].Entered
		leave := p.enter(at, other)
		p.announce(t, at, other, live.Announcement{Field: "phone"})
		p.announce(t, at, one, live.Announcement{})
		expectTold(t, p.At(at), "an:phone")
		p.announce(t, at, one, live.Announcement{Field: "name"})
		expectTold(t, p.At(at), "an:name")
		p.announce(t, at, one, live.Announcement{})
		expectTold(t, p.At(at), "an:phone")
		leave()
		pass(time.Minute)
		expectTold(t, p.At(at), "an")
		if now := p.At(at); !now.Faces[0].Entered.Equal(entered) || now.Count != 1 {
			t.Errorf("it is %+v", now)
		}
	})
	alone(t, "keeps what a tab edits for the grace after it came back", func(t *testing.T, p attending, at live.Spot) {
		leave := p.enter(at, tab("an"))
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		leave()
		pass(time.Second)
		leave = p.enter(at, tab("an"))
		expectTold(t, p.At(at), "an:phone")
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		pass(time.Minute)
		expectTold(t, p.At(at), "an:phone")
		leave()
		p.enter(at, tab("an"))
		pass(time.Minute)
		expectTold(t, p.At(at), "an")
	})
	alone(t, "puts those who edit in front", func(t *testing.T, p attending, at live.Spot) {
		for _, user := range []string{"an", "bo", "cas"} {
			p.enter(at, tab(user))
		}
		p.announce(t, at, tab("cas"), live.Announcement{Field: "phone"})
		expectTold(t, p.At(at), "cas:phone an bo")
	})
	alone(t, "lets a colleague take over, which the other keeps until she says something", func(t *testing.T, p attending, at live.Spot) {
		p.enter(at, tab("an"))
		p.enter(at, tab("bo"))
		p.enter(at, tab("cas"))
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone", Typing: true})
		p.announce(t, at, tab("cas"), live.Announcement{Field: "name"})
		p.announce(t, at, tab("bo"), live.Announcement{Field: "phone"})
		expectTold(t, p.At(at), "an:phone* bo:phone cas:name")
		expectTold(t, p.announce(t, at, tab("bo"), live.Announcement{Field: "phone", TakeOver: true}), "bo:phone cas:name an<bo")
		p.announce(t, at, tab("bo"), live.Announcement{})
		expectTold(t, p.At(at), "cas:name an<bo bo")
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		expectTold(t, p.At(at), "an:phone cas:name bo")
	})
	alone(t, "does not let a colleague take over from herself", func(t *testing.T, p attending, at live.Spot) {
		other := live.Tab{User: "an", Client: "other"}
		p.enter(at, tab("an"))
		p.enter(at, other)
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		p.announce(t, at, other, live.Announcement{Field: "phone", TakeOver: true})
		p.announce(t, at, other, live.Announcement{})
		expectTold(t, p.At(at), "an:phone")
	})
	alone(t, "passes typing on once in two seconds, and shows it for four", func(t *testing.T, p attending, at live.Spot) {
		p.enter(at, tab("an"))
		typing := func() int64 {
			p.announce(t, at, tab("an"), live.Announcement{Field: "phone", Typing: true})
			return p.At(at).Version
		}
		first := typing()
		pass(1999 * time.Millisecond)
		if typing() != first {
			t.Error("it was passed on too soon")
		}
		pass(time.Millisecond)
		if typing() != first+1 {
			t.Error("it was not passed on")
		}
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		pass(3999 * time.Millisecond)
		expectTold(t, p.At(at), "an:phone*")
		pass(time.Millisecond)
		expectTold(t, p.At(at), "an:phone")
	})
	alone(t, "names fifty faces and counts all", func(t *testing.T, p attending, at live.Spot) {
		for i := range 60 {
			p.enter(at, tab(fmt.Sprintf("user-%02d", i)))
		}
		p.announce(t, at, tab("user-59"), live.Announcement{Field: "phone"})
		pass(time.Second)
		now := p.At(at)
		if now.Count != 60 || len(now.Faces) != 50 || now.Faces[0].User != "user-59" || now.Faces[49].User != "user-48" {
			t.Errorf("%d of %d: %s", len(now.Faces), now.Count, told(now))
		}
	})
	alone(t, "tells a crowd of changes four times a second, and what is true at last", func(t *testing.T, p attending, at live.Spot) {
		var leaves []func()
		for i := range 200 {
			leaves = append(leaves, p.Enter(t.Context(), at, tab(fmt.Sprint("user-", i))))
		}
		pass(time.Second)
		before := p.At(at)
		for i := range 1000 {
			p.announce(t, at, tab("user-7"), live.Announcement{Field: fmt.Sprint("field-", i)})
			pass(time.Millisecond)
		}
		pass(time.Second)
		now := p.At(at)
		if changes := now.Version - before.Version; changes < 4 || changes > 6 || now.Faces[0].Field != "field-999" {
			t.Errorf("a second of changes became %d messages, the last of %+v", changes, now.Faces[0])
		}
		for _, leave := range leaves {
			leave()
		}
		pass(time.Minute)
		expectTold(t, p.At(at), "")
	})
	alone(t, "wakes those who watch, when there is something to see", func(t *testing.T, p attending, at live.Spot) {
		wake, stop := p.hub.Listen(at.Office, at.Topic())
		defer stop()
		expectWake := func(what string, want bool) {
			t.Helper()
			if rings(wake) != want {
				t.Errorf("%s: woken is %t", what, !want)
			}
		}
		leave := p.enter(at, tab("an"))
		expectWake("a colleague", true)
		p.enter(at, live.Tab{User: "an", Client: "second"})
		expectWake("her second tab", false)
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		expectWake("what she edits", true)
		p.announce(t, at, tab("an"), live.Announcement{Field: "phone"})
		expectWake("the same again", false)
		p.enter(live.Spot{Office: "org_2", Card: at.Card}, tab("an"))
		expectWake("another office", false)
		leave()
		expectWake("leaving", false)
		pass(time.Minute)
		expectWake("the end of the grace", true)
	})
	alone(t, "does not mix offices or cards", func(t *testing.T, p attending, at live.Spot) {
		p.enter(live.Spot{Office: "org_2", Card: at.Card}, tab("an"))
		p.enter(live.Spot{Office: at.Office, Card: "cus_2"}, tab("an"))
		expectTold(t, p.At(at), "")
		if _, err := p.Announce(t.Context(), at, tab("an"), live.Announcement{Field: "phone"}); !errors.Is(err, live.ErrNotThere) {
			t.Errorf("error is %v", err)
		}
	})
	alone(t, "tells a tab that it is not there", func(t *testing.T, p attending, at live.Spot) {
		p.enter(at, tab("an"))
		for _, absent := range []live.Tab{{User: "an", Client: "other"}, {User: "bo", Client: "tab-an"}} {
			now, err := p.Announce(t.Context(), at, absent, live.Announcement{Field: "phone"})
			if !errors.Is(err, live.ErrNotThere) || told(now) != "an" {
				t.Errorf("%s with %v", told(now), err)
			}
		}
	})
}

func TestPresenceRefusesABadURL(t *testing.T) {
	t.Parallel()
	if _, err := live.NewSharedPresence("redis://klant:geheim@host/x", live.PresenceTimes{}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("error is %v", err)
	}
}
