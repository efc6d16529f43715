package crowd_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/rpc"
	"strings"
	"testing"
	"time"

	"klantkaart/bench/crowd"
	"klantkaart/bench/hub"
	"klantkaart/crm"
)

// scene is a crowd at a hub.
type scene struct {
	*testing.T
	address string
	crowd   *rpc.Client
}

func stage(t *testing.T) scene {
	t.Helper()
	server := httptest.NewServer(hub.Handler())
	t.Cleanup(server.Close)
	ours, theirs := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- crowd.Serve(theirs) }()
	client := rpc.NewClient(ours)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return scene{t, server.Listener.Addr().String(), client}
}

func (s scene) call(method string, args, reply any) {
	s.Helper()
	if err := s.crowd.Call("Crowd."+method, args, reply); err != nil {
		s.Fatal(err)
	}
}

func (s scene) open(count int, cards ...string) {
	s.Helper()
	s.call("Open", crowd.Opening{Address: s.address, Count: count, Tokens: []string{"t"}, Cards: cards, AtOnce: 4}, &crowd.Opened{})
}

// publish sends an event with a number to those who follow a card.
func (s scene) publish(card string, number int64, more string) {
	s.Helper()
	payload := fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"cardEvents":{"__typename":"Event","position":%q,"more":%q}}}}`,
		crm.Position{Number: number}.String(), more)
	response, err := http.Post("http://"+s.address+"/publish?topic="+card, "application/json", strings.NewReader(payload))
	if err != nil {
		s.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		s.Fatal(response.Status, err)
	}
}

func (s scene) await(w crowd.Waiting) crowd.Delivered {
	s.Helper()
	var d crowd.Delivered
	w.Timeout = time.Minute
	s.call("Await", w, &d)
	return d
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	t.Run("counts and times what its cards tell", func(t *testing.T) {
		t.Parallel()
		s := stage(t)
		s.open(6, "a", "b")
		s.call("Expect", int64(9), &struct{}{})
		before := time.Now().UnixNano()
		s.publish("a", 1, "")
		s.publish("b", 2, strings.Repeat("x", 100_000))
		s.publish("a", 3, "")
		s.publish("nobody's", 4, "")
		d := s.await(crowd.Waiting{Since: map[int64]int64{1: before, 2: before}})
		if d.Events != 9 || d.Faults != 0 || d.Gone != 0 || len(d.Latencies) != 6 || d.Latencies[0] <= 0 {
			t.Errorf("got %+v", d)
		}
		if span := d.Spans[3]; span.Count != 3 || span.First < before || span.Last < span.First {
			t.Errorf("3 was delivered %+v", span)
		}
	})
	t.Run("finds what came twice and out of order", func(t *testing.T) {
		t.Parallel()
		s := stage(t)
		s.open(1, "a")
		s.call("Expect", int64(4), &struct{}{})
		for _, number := range []int64{1, 2, 2, 1} {
			s.publish("a", number, "")
		}
		if d := s.await(crowd.Waiting{}); d.Faults != 2 {
			t.Errorf("found %d faults", d.Faults)
		}
	})
	t.Run("comes back with its positions and is brought up to date", func(t *testing.T) {
		t.Parallel()
		s := stage(t)
		s.open(5, "a")
		s.call("Close", true, &struct{}{})
		for number := range int64(3) {
			s.publish("a", number+1, "")
		}
		var r crowd.Returned
		s.call("Return", crowd.Returning{Address: s.address, Until: map[string]int64{"a": 3}}, &r)
		if r.Events != 15 || len(r.CaughtUp) != 5 || r.CaughtUp[0] <= 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("leaves out of account who stalls", func(t *testing.T) {
		t.Parallel()
		s := stage(t)
		s.open(4, "a")
		s.call("Stall", 1, &struct{}{})
		s.call("Expect", int64(6), &struct{}{})
		s.publish("a", 1, "")
		s.publish("a", 2, "")
		if d := s.await(crowd.Waiting{Behind: 1}); d.Events != 6 || d.Spans[2].Count != 3 {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("says why nothing more can come", func(t *testing.T) {
		t.Parallel()
		s := stage(t)
		err := s.crowd.Call("Crowd.Open", crowd.Opening{Address: "127.0.0.1:1", Count: 1, Tokens: []string{"t"}, Cards: []string{"a"}}, &crowd.Opened{})
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("answered %v", err)
		}
	})
}

func TestSample(t *testing.T) {
	t.Parallel()
	s := stage(t)
	s.open(1, "a")
	s.call("Expect", int64(1), &struct{}{})
	s.publish("a", 1, "tail")
	s.await(crowd.Waiting{})
	var sample []byte
	s.call("Sample", 0, &sample)
	if !strings.HasSuffix(string(sample), `"more":"tail"}}}}`) {
		t.Errorf("got %s", sample)
	}
}
