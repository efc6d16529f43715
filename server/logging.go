package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"klantkaart/graph"
)

// setLogger makes the process's log lines: text for people, JSON for programs.
func setLogger(out io.Writer, config Config) {
	slog.SetDefault(slog.New(handlerTo(out, config)))
	redis.SetLogger(redisLog{})
}

func handlerTo(out io.Writer, config Config) slog.Handler {
	options := &slog.HandlerOptions{Level: config.LogLevel, ReplaceAttr: discreet}
	if config.LogFormat == "json" {
		return withRequestID{slog.NewJSONHandler(out, options)}
	}
	return withRequestID{slog.NewTextHandler(out, options)}
}

// redisLog takes what the Redis client says about its attempts to connect; /readyz tells whether it is.
type redisLog struct{}

func (redisLog) Printf(ctx context.Context, format string, values ...any) {
	slog.DebugContext(ctx, "redis", slog.String("says", fmt.Sprintf(format, values...)))
}

// withRequestID adds to each line the request it belongs to.
type withRequestID struct{ slog.Handler }

func (h withRequestID) Handle(ctx context.Context, record slog.Record) error {
	if id := graph.RequestOf(ctx).ID; id != "" {
		record.AddAttrs(slog.String("requestId", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h withRequestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequestID{h.Handler.WithAttrs(attrs)}
}

func (h withRequestID) WithGroup(name string) slog.Handler {
	return withRequestID{h.Handler.WithGroup(name)}
}
