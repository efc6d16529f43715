package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// request is an operation as it is sent.
type request struct {
	kind        string
	card        string
	query       string
	variables   map[string]any
	credential  credential
	least, most int
	// then takes what was answered, when it was acknowledged.
	then func(done)
	// conflict takes what the card holds instead, field by field.
	conflict func(field string, theirs any)
}

// write sends an operation to a node and notes what became of it.
func (r *run) write(ctx context.Context, n int, h *home, id string, one request) *operation {
	op := &operation{id: id, office: h.number, node: n, kind: one.kind, card: one.card, least: one.least, most: one.most, began: r.now()}
	answer, err := ask(ctx, r.client, r.stage.nodes[n].address, one.credential.token, id, one.query, one.variables)
	op.ended = r.now()
	told, err := op.settle(answer, err)
	if err != nil {
		op.reason = err.Error()
	}
	r.noteOperation(op)
	if told != nil && op.outcome == acknowledged && one.then != nil {
		one.then(*told)
	}
	if told != nil && one.conflict != nil {
		for _, fault := range told.UserErrors {
			for _, clash := range fault.Conflicts {
				one.conflict(clash.Field, clash.Theirs)
			}
		}
	}
	return op
}

// settle reads the outcome from the answer.
func (op *operation) settle(answer *response, err error) (*done, error) {
	op.outcome = unknown
	switch {
	case errors.Is(err, errNotSent):
		op.outcome = failed
		return nil, err
	case err != nil:
		return nil, err
	case len(answer.Errors) > 0:
		if !answer.internal() {
			op.outcome = failed
		}
		return nil, errors.New(answer.code() + " " + answer.Errors[0].Message)
	}
	var data struct{ Done *done }
	if err := json.Unmarshal(answer.Data, &data); err != nil || data.Done == nil {
		return nil, fmt.Errorf("unreadable: %.200s", answer.Data)
	}
	if len(data.Done.UserErrors) > 0 {
		op.outcome = failed
		return data.Done, errors.New(data.Done.UserErrors[0].Code)
	}
	op.outcome = acknowledged
	op.position, err = readPlace(data.Done.Position)
	return data.Done, err
}

// make makes something that the scene needs, and gives its id.
func (r *run) make(ctx context.Context, h *home, kind, query string, variables map[string]any) (string, error) {
	id := ""
	op := r.write(ctx, 0, h, h.marker+"scene-"+newID("op"), request{kind: kind, query: query, variables: variables, credential: h.writer, least: 1, most: 1,
		then: func(d done) { id = d.Card.ID }})
	if op.outcome != acknowledged {
		return "", fmt.Errorf("%s: %s", kind, op.reason)
	}
	return id, nil
}

// writer changes cards, one operation after the other.
type writer struct {
	*run
	number int
	dice   *rand.Rand
	made   int
	// What it made, for later operations.
	attentions []mark
	requests   []mark
}

// mark is something made in an office.
type mark struct {
	office int
	id     string
	card   string
}

// work writes until the context ends.
func (w *writer) work(ctx context.Context) {
	pace := time.Duration(float64(time.Second) * float64(w.writers) / w.rate)
	for ctx.Err() == nil {
		began := w.now()
		h := w.scene.offices[w.dice.IntN(len(w.scene.offices))]
		node := (w.number + w.made) % len(w.stage.nodes)
		if w.dice.IntN(4) > 0 {
			node = w.number % len(w.stage.nodes) // most of the time its own
		}
		if h.number == len(w.scene.offices)-1 {
			node = 0 // of this office the other nodes know only what they are told
		}
		w.made++
		id := fmt.Sprintf("%sw%d-%d", h.marker, w.number, w.made)
		w.write(context.WithoutCancel(ctx), node, h, id, w.next(h, id))
		pause := time.Duration((0.5 + w.dice.Float64()) * float64(pace))
		sleep(ctx, pause-(w.now()-began))
	}
}

// sleep waits, unless the context ends first.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(max(0, d)):
	}
}

// next is the writer's next operation, whose id is told in a field wherever there is room.
func (w *writer) next(h *home, id string) request {
	card := w.dice.IntN(len(h.customers))
	kinds := []struct {
		share int
		of    func(h *home, card int, id string) request
	}{
		{45, w.updateCustomer}, {12, w.updateContact}, {8, w.moment}, {6, w.lead}, {4, w.contact}, {8, w.attention},
		{6, w.acknowledge}, {3, w.archive}, {2, w.badInput}, {3, w.request}, {3, w.honour},
	}
	roll := w.dice.IntN(100)
	for _, kind := range kinds {
		if roll -= kind.share; roll < 0 {
			return kind.of(h, card, id)
		}
	}
	return w.updateCustomer(h, card, id)
}

const settled = `userErrors { code currentVersion conflicts { field base theirs } } position }`

// The fields that are changed, of relations and of contacts.
func customerFields() []string { return []string{"tradeName", "sector", "legalForm", "notes"} }
func contactFields() []string  { return []string{"function", "department", "notes"} }

// known is what the writers know of the fields of cards. It is as late as colleagues are: hot cards clash.
type known struct {
	mu     sync.Mutex
	fields map[[2]string]any
}

func (k *known) value(card, field string) any {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fields[[2]string{card, field}]
}

func (k *known) learn(card, field string, value any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fields[[2]string{card, field}] = value
}

// update changes one field from what the writers last knew of it.
func (w *writer) update(h *home, card string, fields []string, id, kind, input, node string) request {
	field := fields[w.dice.IntN(len(fields))]
	return request{
		kind: kind, card: card, credential: h.writer, least: 1, most: 1,
		query: fmt.Sprintf(`mutation ($input: %s!) { done: %s(input: $input) { card: %s { id version } %s }`, input, kind, node, settled),
		variables: map[string]any{"input": map[string]any{"id": card,
			"base": map[string]any{field: w.known.value(card, field)}, "patch": map[string]any{field: id}}},
		then:     func(done) { w.known.learn(card, field, id) },
		conflict: func(field string, theirs any) { w.known.learn(card, field, theirs) },
	}
}

func (w *writer) updateCustomer(h *home, card int, id string) request {
	return w.update(h, h.customers[card], customerFields(), id, "updateCustomer", "UpdateCustomerInput", "customer")
}

func (w *writer) updateContact(h *home, card int, id string) request {
	return w.update(h, h.contacts[card], contactFields(), id, "updateContact", "UpdateContactInput", "contact")
}
