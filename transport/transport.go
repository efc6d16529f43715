// Package transport brings the graph to clients that stay: over websockets in graphql-transport-ws, and
// as Server-Sent Events. It decides who may send how much and when a connection ends; what is sent, the
// graph decides. Nothing is queued for a client that does not read: its subscriptions are further back in
// the log, and what they have is asked for when the client takes more.
package transport

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/graph"
)

// Feed gives the messages of one open subscription, as graph.Subscription does.
type Feed interface {
	Next(ctx context.Context) (*graph.Message, error)
	Close()
}

// Graph runs operations, as graph.Executor does.
type Graph interface {
	graphql.GraphExecutor
	Subscribe(ctx context.Context, operation *graphql.OperationContext, options graph.SubscribeOptions) (Feed, *graphql.Response)
	Attend(ctx context.Context, told func(graph.Access)) (leave func(), err error)
}

// Of is the graph that an executor runs.
func Of(executor *graph.Executor) Graph { return executed{executor} }

type executed struct{ *graph.Executor }

// Subscribe opens a subscription, or gives its refusal.
func (e executed) Subscribe(ctx context.Context, operation *graphql.OperationContext, options graph.SubscribeOptions) (Feed, *graphql.Response) {
	opened, refused := e.Executor.Subscribe(ctx, operation, options)
	if refused != nil {
		return nil, refused
	}
	return opened, nil
}
