package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/graph"
	"klantkaart/live"
)

// change is an event that was made: its number in the log, and when its commit was acknowledged.
type change struct {
	number int64
	at     time.Time
}

// writer makes one event on a card.
type writer interface {
	write(ctx context.Context, card string) (change, error)
}

// ownNode is the product's business inside this program, without a way in: another node that changes
// cards and rings the bell in Redis.
type ownNode struct {
	store    *db.DB
	services *crm.CRM
	relay    *live.Relay
	counts   *headcounts
	end      context.CancelFunc
}

// headcounts are the numbers of employees that writers last gave the cards: a change names what it starts
// from, and comes to something else.
type headcounts struct {
	mu   sync.Mutex
	last map[string]*headcount
}

type headcount struct {
	mu    sync.Mutex
	value int
}

// of gives the count of a card, which stays locked while it is being changed.
func (c *headcounts) of(card string) *headcount {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[card]
}

// sharedKey is the nodes' secret: with it they tell each other what happened, and not only that something did.
var sharedKey = make([]byte, crm.KeyLength)

func openNode(ctx context.Context, url, redis string) (*ownNode, error) {
	vault, err := crm.NewVault(sharedKey)
	if err != nil {
		return nil, err
	}
	store, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	relay, err := live.NewRelay(redis, nobody{})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	n := &ownNode{store: store, relay: relay, counts: &headcounts{last: map[string]*headcount{}}}
	if n.services, err = crm.New(store, crm.Options{Signal: n.signal, Vault: vault}); err != nil {
		return nil, errors.Join(err, relay.Close(), store.Close())
	}
	ctx, n.end = context.WithCancel(ctx)
	go relay.Run(ctx)
	return n, nil
}

// nobody listens here.
type nobody struct{}

func (nobody) Hear(live.Signal)        {}
func (nobody) Suspect(context.Context) {}

func (n *ownNode) signal(signal crm.Signal) {
	told := graph.Told(signal)
	told.Sealed = n.services.Events.Seal(signal)
	n.relay.Publish(told)
}

// learn notes what the cards begin with.
func (n *ownNode) learn(ctx context.Context, actor crm.Actor, cards []string) error {
	ids := make([]crm.ID, len(cards))
	for i, card := range cards {
		ids[i] = crm.ID(card)
	}
	found, err := n.services.Customers.ByIDs(crm.WithActor(ctx, actor), ids)
	if err != nil {
		return err
	}
	for _, one := range found {
		n.counts.last[string(one.ID)] = new(headcount)
		if one.EmployeesCount != nil {
			n.counts.last[string(one.ID)].value = *one.EmployeesCount
		}
	}
	return nil
}

func (n *ownNode) close() {
	n.end()
	_ = n.relay.Close() // nothing was promised
	_ = n.store.Close()
}

// as gives a writer that acts for a colleague.
func (n *ownNode) as(actor crm.Actor) writer { return &ownWriter{n, actor} }

type ownWriter struct {
	*ownNode
	actor crm.Actor
}

func (w *ownWriter) write(ctx context.Context, card string) (change, error) {
	count := w.counts.of(card)
	count.mu.Lock()
	defer count.mu.Unlock()
	next := count.value + 1
	done, err := w.services.Customers.Update(crm.WithActor(ctx, w.actor), crm.UpdateCustomerInput{ID: crm.ID(card),
		Base:  &crm.CustomerFields{EmployeesCount: graphql.OmittableOf(&count.value)},
		Patch: crm.CustomerFields{EmployeesCount: graphql.OmittableOf(&next)}})
	if err != nil {
		return change{}, err
	}
	count.value = next
	return change{done.Position.Number, time.Now()}, nil
}

// apiWriter changes cards through the API of a node.
type apiWriter struct {
	requester
	token  string
	counts *headcounts
}

const updateDocument = `mutation($id: ID!, $before: Int!, $count: Int!) {
  updateCustomer(input: {id: $id, base: {employeesCount: $before}, patch: {employeesCount: $count}}) { position userErrors { message } }
}`

func (w *apiWriter) write(ctx context.Context, card string) (change, error) {
	count := w.counts.of(card)
	count.mu.Lock()
	defer count.mu.Unlock()
	body, err := json.Marshal(map[string]any{"query": updateDocument,
		"variables": map[string]any{"id": card, "before": count.value, "count": count.value + 1}})
	if err != nil {
		return change{}, err
	}
	answer, at, err := w.do(ctx, post(graphPath, w.token, body))
	if err != nil {
		return change{}, err
	}
	_, behind, _ := strings.Cut(string(answer), `"position":"`)
	text, _, _ := strings.Cut(behind, `"`)
	var position crm.Position
	if err := position.UnmarshalGQL(text); err != nil {
		return change{}, fmt.Errorf("no position in %.300s", answer)
	}
	if !strings.Contains(string(answer), `"userErrors":[]`) {
		return change{}, fmt.Errorf("a change was refused: %.300s", answer)
	}
	count.value++
	return change{position.Number, at}, nil
}

// requester sends requests over connections that it keeps.
type requester struct {
	address string
	mu      sync.Mutex
	idle    []*connection
}

// do sends a request over a connection that nobody uses, and tells when the answer came.
func (r *requester) do(ctx context.Context, request []byte) ([]byte, time.Time, error) {
	c, err := r.take(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	answer, err := c.do(request)
	at := time.Now()
	if err != nil {
		c.close()
		return nil, at, err
	}
	answer = append([]byte(nil), answer...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, c)
	return answer, at, nil
}

func (r *requester) take(ctx context.Context) (*connection, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return c, nil
	}
	return dial(ctx, r.address)
}

func (r *requester) close() {
	for _, c := range r.idle {
		c.close()
	}
}

// hubWriter publishes on the hub what another writer has written, or what it makes up without one. Its
// payload is one that the product sent, with another position.
type hubWriter struct {
	requester
	number        atomic.Int64 // of what is not committed
	commit        writer       // nil: nothing is committed
	before, after string       // the position
}

// like takes the payload from a message of the product.
func (w *hubWriter) like(message []byte) error {
	const key = `"position":"`
	before, rest, found := strings.Cut(string(message), key)
	_, after, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		return fmt.Errorf("no position in %.300s", message)
	}
	w.before, w.after = before+key, `"`+after
	return nil
}

func (w *hubWriter) write(ctx context.Context, card string) (change, error) {
	made := change{number: w.number.Add(1)}
	if w.commit != nil {
		var err error
		if made, err = w.commit.write(ctx, card); err != nil {
			return change{}, err
		}
	} else {
		made.at = time.Now()
	}
	payload := w.before + crm.Position{Number: made.number}.String() + w.after
	_, _, err := w.do(ctx, post("/publish?topic="+url.QueryEscape(card), "", []byte(payload)))
	return made, err
}
