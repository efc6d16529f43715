package db

import (
	"context"
	"sync/atomic"

	"github.com/uptrace/bun"
)

// Count is a number of statements, counted for one context.
type Count struct{ n atomic.Int64 }

// N tells how many statements were sent so far.
func (c *Count) N() int64 { return c.n.Load() }

type countKey struct{}

// WithCount returns a context whose statements are counted. Transactions count their statements, not
// their BEGIN and COMMIT.
func WithCount(ctx context.Context) (context.Context, *Count) {
	count := &Count{}
	return context.WithValue(ctx, countKey{}, count), count
}

// counter counts what bun sends.
type counter struct{ db *DB }

// BeforeQuery counts the statement.
func (c counter) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	switch event.Query {
	case "BEGIN", "COMMIT", "ROLLBACK":
	default:
		c.db.count(ctx)
	}
	return ctx
}

// AfterQuery has nothing to add.
func (counter) AfterQuery(context.Context, *bun.QueryEvent) {}

func (d *DB) count(ctx context.Context) {
	d.statements.Add(1)
	if count, ok := ctx.Value(countKey{}).(*Count); ok {
		count.n.Add(1)
	}
}

type traceKey struct{}

// WithTrace returns a context that tells the text and the values of each SELECT that Rows and its like send, so that
// a test can ask the engine for its plan.
func WithTrace(ctx context.Context, told func(query string, args []any)) context.Context {
	return context.WithValue(ctx, traceKey{}, told)
}

func trace(ctx context.Context, query string, args []any) {
	if told, ok := ctx.Value(traceKey{}).(func(string, []any)); ok {
		told(query, args)
	}
}
