package quota

import (
	"crypto/rand"
	"fmt"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"klantkaart/db/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that moves when it is told to.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// made are quotas with a clock of their own.
func made(t *testing.T, redisURL string) (*Quotas, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	q, err := New(redisURL, c.read)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q, c
}

// of claims an amount of the thousand that come back in a minute.
func of(key string, amount int64) Claim {
	return Claim{Key: key, Rate: Rate{Most: 1000, Per: time.Minute}, Amount: amount}
}

// slowly claims an amount of a thousand of which next to nothing comes back while a test runs, whatever clock is asked.
func slowly(key string, amount int64) Claim {
	return Claim{Key: key, Rate: Rate{Most: 1000, Per: 1000 * time.Hour}, Amount: amount}
}

func expectWait(t *testing.T, q *Quotas, want time.Duration, claims ...Claim) {
	t.Helper()
	if _, wait := q.Take(claims...); wait != want {
		t.Errorf("wait is %s, want %s", wait, want)
	}
}

func expectLeft(t *testing.T, q *Quotas, claim Claim, want int64) {
	t.Helper()
	if left := q.Look(claim)[0].Amount; left != want {
		t.Errorf("%d is left, want %d", left, want)
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	t.Run("are used up and come back evenly", func(t *testing.T) {
		t.Parallel()
		q, c := made(t, "")
		expectWait(t, q, 0, of("a", 700))
		expectWait(t, q, 6*time.Second, of("a", 400))
		expectLeft(t, q, of("a", 0), 300)
		c.now = c.now.Add(6 * time.Second)
		expectWait(t, q, 0, of("a", 400))
		left := q.Look(of("a", 0))[0]
		if left.Amount != 0 || left.FullAt.Sub(c.now) != time.Minute {
			t.Errorf("left is %+v", left)
		}
		c.now = c.now.Add(time.Hour)
		expectLeft(t, q, of("a", 0), 1000)
	})
	t.Run("are of a key each", func(t *testing.T) {
		t.Parallel()
		q, _ := made(t, "")
		expectWait(t, q, 0, of("a", 1000))
		expectWait(t, q, 0, of("b", 1000))
	})
	t.Run("are taken all or none, and who waits longest is told", func(t *testing.T) {
		t.Parallel()
		q, _ := made(t, "")
		q.Use(of("b", 100), of("c", 900))
		at, wait := q.Take(of("a", 500), of("b", 1000), of("c", 500))
		if at != 2 || wait != 24*time.Second {
			t.Errorf("number %d waits %s", at, wait)
		}
		expectLeft(t, q, of("a", 0), 1000)
	})
	t.Run("take all for what is more than there can be", func(t *testing.T) {
		t.Parallel()
		q, _ := made(t, "")
		expectWait(t, q, 0, of("a", 5000))
		expectWait(t, q, time.Minute, of("a", 5000))
	})
	t.Run("are given back, but never become more, and a debt ends", func(t *testing.T) {
		t.Parallel()
		q, _ := made(t, "")
		q.Use(of("a", 500))
		q.Use(of("a", -2000))
		expectLeft(t, q, of("a", 0), 1000)
		q.Use(of("a", 9000))
		expectLeft(t, q, of("a", 0), 0)
		expectWait(t, q, time.Minute+60*time.Millisecond, of("a", 1))
	})
	t.Run("do not come back by a clock that goes back", func(t *testing.T) {
		t.Parallel()
		q, c := made(t, "")
		q.Use(of("a", 500))
		c.now = c.now.Add(-time.Hour)
		expectLeft(t, q, of("a", 0), 500)
	})
	t.Run("are forgotten once they are back, and when they are too many", func(t *testing.T) {
		t.Parallel()
		q, c := made(t, "")
		for i := range swept {
			q.Use(of(fmt.Sprint("a", i), 1))
		}
		c.now = c.now.Add(time.Minute)
		q.Use(of("b", 1))
		if len(q.buckets) != 1 {
			t.Errorf("%d are remembered", len(q.buckets))
		}
		for i := range maxRemembered + swept {
			q.Use(of(fmt.Sprint("c", i), 1))
		}
		if len(q.buckets) > maxRemembered {
			t.Errorf("%d are remembered", len(q.buckets))
		}
	})
	t.Run("say nothing of a wrong address", func(t *testing.T) {
		t.Parallel()
		if _, err := New("redis://user:geheim@[bad", time.Now); err == nil || len(err.Error()) > 80 {
			t.Errorf("a wrong address is %v", err)
		}
	})
}

func TestSharedQuotas(t *testing.T) {
	t.Parallel()
	dbtest.OnRedis(t, func(t *testing.T, url string) {
		own := rand.Text() // Redis is that of all tests
		exchange := func(nodes ...*Quotas) {
			t.Helper()
			for _, one := range nodes {
				if err := one.Exchange(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Run("what one node gives the others lack", func(t *testing.T) {
			one, _ := made(t, url)
			other, _ := made(t, url)
			expectWait(t, one, 0, slowly(own+"a", 600))
			expectWait(t, other, 0, slowly(own+"a", 300), slowly(own+"b", 10))
			exchange(one, other, one)
			expectLeft(t, other, slowly(own+"a", 0), 100)
			expectLeft(t, one, slowly(own+"a", 0), 400) // it has not asked since, and did not need to
			exchange(one)
			expectLeft(t, one, slowly(own+"a", 0), 100)
			expectLeft(t, one, slowly(own+"b", 0), 1000)
			if _, wait := one.Take(slowly(own+"a", 200)); wait == 0 {
				t.Error("more is given than there is")
			}
			one.Use(slowly(own+"a", -500))
			exchange(one, other)
			expectLeft(t, other, slowly(own+"a", 0), 600)
			if !one.Shared() {
				t.Error("they are not shared")
			}
		})
		t.Run("what is used twice at once is paid back later, and no more than twice", func(t *testing.T) {
			nodes := make([]*Quotas, 4)
			for i := range nodes {
				nodes[i], _ = made(t, url)
				expectWait(t, nodes[i], 0, slowly(own+"c", 1000))
			}
			exchange(nodes...)
			if _, wait := nodes[3].Take(slowly(own+"c", 1000)); wait > 2000*time.Hour || wait < 1999*time.Hour {
				t.Errorf("wait is %s", wait)
			}
		})
		t.Run("what is used between question and answer counts", func(t *testing.T) {
			one, _ := made(t, url)
			one.Use(slowly(own+"d", 100))
			batch, _, _ := one.batch()
			one.Use(slowly(own+"d", 50))
			one.learn(batch, []string{"700.000"}, false)
			expectLeft(t, one, slowly(own+"d", 0), 250)
		})
		t.Run("a Redis that forgets all changes nothing of what this node gave", func(t *testing.T) {
			one, _ := made(t, url)
			one.Use(slowly(own+"e", 400))
			batch, _, _ := one.batch()
			one.learn(batch, []string{"0.000"}, false)
			expectLeft(t, one, slowly(own+"e", 0), 600)
		})
		t.Run("many go in several calls", func(t *testing.T) {
			one, _ := made(t, url)
			for i := range 2*atOnce + 1 {
				one.Use(slowly(fmt.Sprint(own, "f", i), 1))
			}
			exchange(one)
			if len(one.untold) != 0 {
				t.Errorf("%d are untold", len(one.untold))
			}
		})
	})
}

// TestQuotasBesideASlowRedis has a Redis that takes connections and says nothing: only the exchange waits for it.
func TestQuotasBesideASlowRedis(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reached := make(chan net.Conn, 1)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			reached <- connection
		}
	}()
	q, _ := made(t, "redis://"+listener.Addr().String())
	q.Use(of("a", 300))
	exchanged := make(chan error, 1)
	go func() { exchanged <- q.Exchange(t.Context()) }()
	connection := <-reached
	expectWait(t, q, 0, of("a", 600))
	expectWait(t, q, 6*time.Second, of("a", 200))
	select {
	case err := <-exchanged:
		t.Errorf("the exchange did not wait: %v", err)
	default:
	}
	if err := <-exchanged; err == nil || q.Shared() {
		t.Errorf("the exchange ends with %v", err)
	}
	_, _ = connection.Close(), listener.Close()
}

func TestQuotasWithoutRedis(t *testing.T) {
	t.Parallel()
	q, _ := made(t, "redis://127.0.0.1:1/0")
	expectWait(t, q, 0, of("a", 800))
	if err := q.Exchange(t.Context()); err == nil || q.Shared() {
		t.Errorf("it is shared without Redis; the error is %v", err)
	}
	expectWait(t, q, 12*time.Second, of("a", 400))
	expectWait(t, q, 0, of("a", 200))
}
