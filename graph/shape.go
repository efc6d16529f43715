package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/live"
)

// shape is what those share who subscribe with the same document, variables and rights: each message is
// executed once and sent to all of them.
type shape struct {
	executor  *Executor
	key       string
	operation *graphql.OperationContext
	actor     crm.Actor // with the rights of all, and nobody's name unless the document asks for it
	question  *question // nil for a state
	members   int       // under the lock of Live

	mu      sync.Mutex
	told    []byte // the last state's message
	version int64
}

// keyOf tells apart what may not be shared: another office, other rights, another language, another user
// where the document asks for something of the user, another document or other variables. The variable that
// only says where to go on is left out.
func (l *listener) keyOf(actor crm.Actor) string {
	sum := sha256.New()
	part := func(text string) { fmt.Fprintf(sum, "%d:%s", len(text), text) }
	part(string(actor.OrganizationID))
	part(actor.RightsKey())
	part(string(actor.Language))
	part(l.operation.OperationName)
	part(l.operation.RawQuery)
	variables, err := json.Marshal(without(l.operation.Variables, placeVariable(l.operation)))
	if err != nil {
		panic(err) // they came as JSON
	}
	part(string(variables))
	if l.uses().perViewer {
		part(string(actor.UserID))
	}
	return string(sum.Sum(nil))
}

func (l *listener) uses() uses {
	found, _ := l.operation.Stats.GetExtension(usesExtension).(uses)
	return found
}

func without(variables map[string]any, name string) map[string]any {
	if name == "" {
		return variables
	}
	rest := maps.Clone(variables)
	delete(rest, name)
	return rest
}

// placeVariable is the variable that only says where to go on; empty when there is none, or when it says
// something else too.
func placeVariable(operation *graphql.OperationContext) string {
	fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) == 0 {
		return ""
	}
	after := fields[0].Arguments.ForName("after")
	if after == nil || after.Value.Kind != ast.Variable {
		return ""
	}
	if bytes.Count([]byte(operation.RawQuery), []byte("$"+after.Value.Raw)) > 2 {
		return "" // it is defined once, and used more than once
	}
	return after.Value.Raw
}

// shapeFor finds what the subscriber shares with others, or opens it: then the resolver says what there is to
// listen to, or refuses. A subscription that another schema serves is a source of its own.
func (l *Live) shapeFor(asking *listener) (of *shape, own *watchedState, rest source, refused *graphql.Response) {
	actor, err := crm.ActorFrom(asking.ctx)
	if err != nil {
		return nil, nil, nil, &graphql.Response{Errors: gqlerror.List{PresentError(asking.ctx, err)}}
	}
	key := asking.keyOf(actor)
	if !actor.SeesOwnCards() { // which cards those are may have changed since the shape was made
		if of := l.shared(key); of != nil {
			return of, nil, nil, nil
		}
	}
	found := &opening{}
	ctx := context.WithValue(asking.ctx, openingKey{}, found)
	respond, running := asking.executor.teller.DispatchOperation(ctx, asking.operation)
	if !found.called {
		return nil, nil, newChannelled(running, respond, asking.wake), nil
	}
	if found.question == nil && found.state == nil {
		return nil, nil, nil, respond(running)
	}
	if !asking.uses().perViewer && !actor.SeesOwnCards() {
		actor.UserID = ""
	}
	actor.ClientID, actor.CredentialID = "", ""
	made := &shape{executor: asking.executor, key: key, operation: asking.operation, actor: actor, question: found.question}
	if found.question != nil {
		found.question.actor = actor
	}
	return l.share(made), found.state, nil, nil
}

// shared finds a shape of events that is in use. A state has to be opened by each who watches it.
func (l *Live) shared(key string) *shape {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.shapes[key]
	if of == nil || of.question == nil {
		return nil
	}
	of.members++
	return of
}

// share puts a shape in use, unless another was quicker.
func (l *Live) share(made *shape) *shape {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.shapes[made.key]
	if of == nil {
		of = made
		l.shapes[made.key] = of
	}
	of.members++
	return of
}

// forget takes a member out of a shape.
func (l *Live) forget(of *shape) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if of.members--; of.members == 0 && l.shapes[of.key] == of {
		delete(l.shapes, of.key)
	}
}

// answer makes the message of an entry, once for all; nil when it cannot be made just now.
func (s *shape) answer(h *heard, entry *live.Entry[*crm.Event]) []byte {
	shared := &entry.Shared
	shared.Lock()
	defer shared.Unlock()
	if shared.Resting() || !s.deliver(h, entry) {
		return nil
	}
	if shared.Made != nil {
		return shared.Made
	}
	response := s.execute(&telling{notice: entry.Notice})
	if failed(response) && !s.giveUp(shared) {
		return nil
	}
	shared.Made = Encode(response)
	return shared.Made
}

// giveUp tells whether a message that keeps failing is to be sent as it is: the database answers, so it is not
// for want of it.
func (s *shape) giveUp(shared *live.Answer) bool {
	ctx, cancel := context.WithTimeout(context.Background(), lastPause)
	defer cancel()
	if _, err := s.executor.live.services.Events.Heads(ctx, []crm.ID{s.actor.OrganizationID}); err == nil {
		shared.Tries++
	}
	shared.Rest(firstPause)
	return shared.Tries >= patience
}

// deliver records that an attention reaches the user, before it does, so that the message can tell so: for
// all who share the stream at once, and later for those who join. False when it cannot be recorded now.
func (s *shape) deliver(h *heard, entry *live.Entry[*crm.Event]) bool {
	if entry.Kind != live.Happened || !entry.Events[0].Value.Kind.BringsAttention() || entry.Shared.Heard[h.user] {
		return true
	}
	shared, users := &entry.Shared, []string{h.user}
	if shared.Heard == nil {
		shared.Heard = map[string]bool{}
		users = append(users, h.current().Users()...)
	}
	ctx, cancel := context.WithTimeout(crm.WithActor(context.Background(), s.actor), s.executor.settings.Timeout)
	defer cancel()
	if err := s.executor.live.services.Attentions.Deliver(ctx, *entry.Events[0].Value.SubjectID, idsOf(users)); err != nil {
		slog.WarnContext(ctx, "a delivery could not be recorded", slog.Any("error", err))
		shared.Rest(firstPause)
		return false
	}
	for _, user := range users {
		shared.Heard[user] = true
	}
	return true
}

func idsOf(texts []string) []crm.ID {
	ids := make([]crm.ID, len(texts))
	for i, text := range texts {
		ids[i] = crm.ID(text)
	}
	return ids
}

// execute answers the operation for one message.
func (s *shape) execute(told *telling) *graphql.Response {
	ctx, cancel := context.WithTimeout(context.Background(), s.executor.settings.Timeout)
	defer cancel()
	ctx = WithRequest(crm.WithActor(ctx, s.actor), Request{Language: s.actor.Language})
	ctx = crm.WithCursor(context.WithValue(ctx, tellingKey{}, told), positionAt(told.notice.At))
	respond, ctx := s.executor.teller.DispatchOperation(ctx, s.operation)
	response := respond(ctx)
	if response == nil {
		response = &graphql.Response{Errors: gqlerror.List{PresentError(ctx, context.DeadlineExceeded)}}
	}
	return response
}

// channelled is a subscription that is served by a channel: it is read one message ahead.
type channelled struct {
	cancel context.CancelFunc
	wake   func()
	mu     sync.Mutex
	ready  *graphql.Response
	done   bool
	taken  chan struct{}
}

func newChannelled(ctx context.Context, respond graphql.ResponseHandler, wake func()) *channelled {
	ctx, cancel := context.WithCancel(ctx)
	c := &channelled{cancel: cancel, wake: wake, taken: make(chan struct{}, 1)}
	go c.read(ctx, respond)
	return c
}

func (c *channelled) read(ctx context.Context, respond graphql.ResponseHandler) {
	for {
		response := respond(ctx)
		c.mu.Lock()
		c.ready, c.done = response, response == nil
		c.mu.Unlock()
		c.wake()
		if response == nil {
			return
		}
		select {
		case <-c.taken:
		case <-ctx.Done():
			return
		}
	}
}

func (c *channelled) next(context.Context) (*Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil, io.EOF
	}
	response := c.ready
	if response == nil {
		return nil, nil
	}
	c.ready = nil
	if response.Data == nil && len(response.Errors) > 0 {
		c.done = true
		c.cancel()
		return nil, &Refusal{response.Errors}
	}
	c.taken <- struct{}{}
	return &Message{Payload: Encode(response)}, nil
}

func (c *channelled) move(live.Place) {}
func (c *channelled) poke()           {}
func (c *channelled) close()          { c.cancel() }
