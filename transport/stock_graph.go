package transport

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
	stock "github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
)

// stockGraph is the graph as gqlgen's transport asks it. All that is refused is refused as an error of a
// subscription, upon which it sends one error and nothing behind it.
type stockGraph struct {
	Graph
	socket *stockSocket
}

// refusedExtension is where a refusal is kept until the operation is dispatched.
const refusedExtension = "refused"

// CreateOperationContext prepares an operation, which may be a refused one.
func (g stockGraph) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	ctx, err := g.socket.whoNow(ctx)
	if err != nil {
		return refusedOperation(gqlerror.List{graph.PresentError(ctx, err)}), nil
	}
	operation, faults := g.Graph.CreateOperationContext(ctx, params)
	if len(faults) > 0 {
		ctx = graphql.WithOperationContext(ctx, operation)
		return refusedOperation(g.DispatchError(ctx, faults).Errors), nil
	}
	return operation, nil
}

func refusedOperation(faults gqlerror.List) *graphql.OperationContext {
	operation := &graphql.OperationContext{RecoverFunc: graph.Recover}
	operation.Stats.SetExtension(refusedExtension, faults)
	return operation
}

// DispatchOperation runs an operation.
func (g stockGraph) DispatchOperation(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	if faults, refused := operation.Stats.GetExtension(refusedExtension).(gqlerror.List); refused {
		return refuseWith(ctx, faults)
	}
	ctx, err := g.socket.whoNow(ctx)
	if err != nil {
		return refuseWith(ctx, gqlerror.List{graph.PresentError(ctx, err)})
	}
	if operation.Operation.Operation == ast.Subscription {
		return g.follow(ctx, operation)
	}
	g.socket.began()
	handler, running := g.Graph.DispatchOperation(ctx, operation)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered { // the answer was sent
			g.socket.ended()
			return nil
		}
		defer func() {
			if !answered { // nor will it be
				g.socket.ended()
			}
		}()
		answer := handler(ctx)
		if answered = answer != nil; !answered {
			stock.AddSubscriptionError(ctx, graph.PresentError(ctx, graph.Late()))
		}
		return answer
	}, running
}

func refuseWith(ctx context.Context, faults gqlerror.List) (graphql.ResponseHandler, context.Context) {
	addErrors(ctx, faults)
	return func(context.Context) *graphql.Response { return nil }, ctx
}

func addErrors(ctx context.Context, faults gqlerror.List) {
	for _, fault := range faults {
		stock.AddSubscriptionError(ctx, fault)
	}
}

// follow opens a subscription, whose messages gqlgen waits for.
func (g stockGraph) follow(ctx context.Context, operation *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	s := g.socket
	s.mu.Lock()
	fault := s.budget.take(time.Now())
	s.mu.Unlock()
	if fault != nil {
		return refuseWith(ctx, gqlerror.List{graph.PresentError(ctx, fault)})
	}
	woken := make(chan struct{}, 1)
	woken <- struct{}{}
	wake := func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
	feed, refused := g.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: wake})
	if refused != nil {
		s.unfollow()
		return refuseWith(ctx, refused.Errors)
	}
	return func(ctx context.Context) *graphql.Response {
		answer := await(ctx, feed, woken)
		if answer == nil {
			feed.Close()
			s.unfollow()
		}
		return answer
	}, ctx
}

// await waits for the next message of a feed; nil when there will be none.
func await(ctx context.Context, feed Feed, woken <-chan struct{}) *graphql.Response {
	for ctx.Err() == nil {
		message, err := next(ctx, feed)
		refusal, refused := errors.AsType[*graph.Refusal](err)
		switch {
		case refused:
			addErrors(ctx, refusal.Errors)
			return nil
		case errors.Is(err, io.EOF) || ctx.Err() != nil:
			return nil
		case err != nil:
			stock.AddSubscriptionError(ctx, graph.PresentError(ctx, err))
			return nil
		case message != nil:
			return answerOf(message)
		}
		select {
		case <-woken:
		case <-ctx.Done():
		}
	}
	return nil
}

// answerOf takes a message apart again, as gqlgen wants it.
func answerOf(message *graph.Message) *graphql.Response {
	answer := &graphql.Response{}
	if err := json.Unmarshal(message.Payload, answer); err != nil {
		panic(err) // the graph has written it
	}
	return answer
}

func (s *stockSocket) unfollow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget.giveBack()
}

func (s *stockSocket) began() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running++
}

func (s *stockSocket) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
}

// settle ends a socket that was to end once nothing runs.
func (s *stockSocket) settle() {
	s.mu.Lock()
	retired := s.retired
	if s.running > 0 {
		retired = nil
	}
	s.mu.Unlock()
	if retired != nil {
		s.End(*retired)
	}
}
