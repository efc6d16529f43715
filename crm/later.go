package crm

import (
	"context"
	"log/slog"
)

// maxLater is how much may wait to be done later; what is more is dropped, so that a flood cannot fill the memory.
const maxLater = 256

// later has something done when the request is answered, so that the time of an answer does not tell whether there
// was something to do. What is lost with the process, the person asks for again.
func (c *core) later(ctx context.Context, do func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	select {
	case c.backlog <- func() error { return do(ctx) }:
	default:
		slog.WarnContext(ctx, "too much is to be done later; a request was dropped")
	}
}

// WorkLater does what was put off, until the context ends, and then what is left of it.
func (s *Sessions) WorkLater(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			s.CatchUp(ctx)
			return
		case do := <-s.backlog:
			attempt(ctx, do)
		}
	}
}

// CatchUp does what was put off, until nothing is left.
func (s *Sessions) CatchUp(ctx context.Context) {
	for {
		select {
		case do := <-s.backlog:
			attempt(ctx, do)
		default:
			return
		}
	}
}

func attempt(ctx context.Context, do func() error) {
	if err := do(); err != nil {
		slog.ErrorContext(ctx, "what was put off could not be done", slog.Any("error", err))
	}
}
