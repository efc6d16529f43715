package main

import (
	"crypto/rand"
	"net"
	"strings"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/db/dbtest"
)

// limits are those of a trial: two for one key, four for another.
func limits(one, other string) []crm.Limit {
	return []crm.Limit{{Key: one, Most: 2, Window: time.Minute, Clears: true}, {Key: other, Most: 4, Window: time.Hour}}
}

// counters gives two servers' counters: apart, or sharing a Redis.
func counters(t *testing.T, redisURL string) (one, other *attempts) {
	t.Helper()
	made := make([]*attempts, 2)
	for i := range made {
		var err error
		if made[i], err = openAttempts(redisURL); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = made[i].Close() })
	}
	return made[0], made[1]
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	t.Run("in this process", func(t *testing.T) {
		t.Parallel()
		areCounted(t, "")
	})
	dbtest.OnRedis(t, areCounted)
}

// areCounted tries two servers' counters at the URL of a Redis; without one each counts its own.
func areCounted(t *testing.T, redisURL string) {
	t.Helper()
	counted, other := counters(t, redisURL)
	take := func(want bool, limits ...crm.Limit) time.Duration {
		t.Helper()
		wait := counted.Take(t.Context(), limits...)
		if (wait == 0) != want {
			t.Fatalf("wait is %s", wait)
		}
		return wait
	}
	own := rand.Text() // Redis is that of all tests
	a, b, c := limits(own+"a", own), limits(own+"b", own), limits(own+"c", own)
	take(true, a...)
	take(true, a...)
	if wait := take(false, a...); wait > time.Minute || wait < 50*time.Second {
		t.Errorf("wait is %s", wait)
	}
	take(true, b...) // the refused attempt counts nowhere
	take(true, b...)
	if wait := take(false, c...); wait > time.Hour || wait < 59*time.Minute {
		t.Errorf("wait is %s", wait)
	}
	counted.Give(t.Context(), a...) // clears its own, and takes one of all back
	take(true, a...)
	take(false, a...)
	if wait := other.Take(t.Context(), a[1]); (wait > 0) != (redisURL != "") {
		t.Errorf("another server waits %s", wait)
	}
}

func TestAttemptsWithoutRedis(t *testing.T) {
	t.Parallel()
	counted, _ := counters(t, "redis://127.0.0.1:1/0")
	for i, want := range []bool{true, true, false} {
		if wait := counted.Take(t.Context(), limits("a", "b")...); (wait == 0) != want {
			t.Errorf("attempt %d waits %s", i, wait)
		}
	}
	counted.Give(t.Context(), limits("a", "b")...)
	if wait := counted.Take(t.Context(), limits("a", "b")...); wait > 0 {
		t.Errorf("after a success it waits %s", wait)
	}
	if _, err := openAttempts("redis://user:geheim@[bad"); err == nil || len(err.Error()) > 80 {
		t.Errorf("a wrong address is %v", err)
	}
}

func TestOwnAttemptsForget(t *testing.T) {
	t.Parallel()
	now := time.Now()
	own := newOwnAttempts(func() time.Time { return now })
	own.take(limits("a", "b"))
	own.take(limits("a", "b"))
	now = now.Add(time.Minute)
	if wait := own.take(limits("a", "b")); wait > 0 {
		t.Errorf("after its time it waits %s", wait)
	}
	for i := range maxRemembered + 10 {
		own.take([]crm.Limit{{Key: string(rune(i)) + "x", Most: 1, Window: time.Hour}})
	}
	if len(own.times) > maxRemembered {
		t.Errorf("%d are remembered", len(own.times))
	}
}

func TestAttemptsOverTheGraphTellWhenToComeBack(t *testing.T) {
	t.Parallel()
	o := onSQLite(t)
	var got answer
	for range 11 {
		got = o.ask(t, `mutation { changePassword(input: {oldPassword: "geraden wachtwoord", newPassword: "een heel ander wachtwoord"}) { userErrors { code retryAfter } } }`)
	}
	if want := `{"userErrors":[{"code":"TOO_MANY_ATTEMPTS","retryAfter":900}]}`; !strings.Contains(got.body, want) && !strings.Contains(got.body, strings.Replace(want, "900", "899", 1)) {
		t.Errorf("the answer is %s", got.body)
	}
}

// TestAttemptsBesideASlowRedis has a Redis that takes connections and says nothing: it is not waited for, and after that
// left alone.
func TestAttemptsBesideASlowRedis(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	counted, _ := counters(t, "redis://"+listener.Addr().String())
	began := time.Now()
	for i, want := range []bool{true, true, false} {
		if wait := counted.Take(t.Context(), limits("a", "b")...); (wait == 0) != want {
			t.Errorf("attempt %d waits %s", i, wait)
		}
	}
	if took := time.Since(began); took > 8*attemptBudget {
		t.Errorf("Redis was waited for, for %s", took)
	}
}
