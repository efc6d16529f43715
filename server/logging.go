package main

import (
	"context"
	"io"
	"log/slog"

	"klantkaart/graph"
)

// setLogger makes the process's log lines: text for people, JSON for programs.
func setLogger(out io.Writer, config Config) {
	options := &slog.HandlerOptions{Level: config.LogLevel}
	var handler slog.Handler = slog.NewTextHandler(out, options)
	if config.LogFormat == "json" {
		handler = slog.NewJSONHandler(out, options)
	}
	slog.SetDefault(slog.New(withRequestID{handler}))
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
