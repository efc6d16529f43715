package main

import (
	"context"
	"log/slog"
	"time"

	"klantkaart/crm"
)

// startJanitor lets go of old events and loose files at the interval of the settings, until the context ends or it is
// stopped. The nodes of one database each have their own; they do not get in each other's way.
func (n *node) startJanitor(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		repeat(ctx, n.config.SweepInterval, n.sweep)
	}()
	return func() {
		cancel()
		<-done
	}
}

// repeat does something at an interval until the context ends.
func repeat(ctx context.Context, interval time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do(ctx)
		}
	}
}

// sweep does one round. What fails now is tried again in the next.
func (n *node) sweep(ctx context.Context) {
	swept, err := n.crm.Events.Sweep(ctx, crm.Retention{
		Window: n.config.ReplayWindow, Minimum: n.config.ReplayMinimum, History: n.config.History})
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "the janitor could not finish", slog.Any("error", err))
	}
	if _, err := n.crm.Events.ForgetAnswers(ctx); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "the janitor could not forget answers", slog.Any("error", err))
	}
	if swept != (crm.Swept{}) {
		slog.InfoContext(ctx, "old events let go", slog.Int64("outOfReplay", swept.Out), slog.Int64("deleted", swept.Deleted))
	}
	expired, err := n.crm.Contacts.Expire(ctx)
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "not all contacts beyond retention could be anonymized", slog.Any("error", err))
	}
	if expired > 0 {
		slog.InfoContext(ctx, "contacts beyond retention anonymized", slog.Int("contacts", expired))
	}
	if err := n.crm.Sessions.ForgetAccess(ctx); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "the janitor could not forget old events of access", slog.Any("error", err))
	}
	loose, err := n.crm.Files.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "not all loose files could be let go", slog.Any("error", err))
	}
	if loose > 0 {
		slog.InfoContext(ctx, "loose files let go", slog.Int("files", loose))
	}
}

// usesInterval is how often it is written which sessions were used.
const usesInterval = time.Minute

func (n *node) keepUses(ctx context.Context) {
	if err := n.crm.Sessions.KeepUses(ctx); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "the use of sessions could not be kept", slog.Any("error", err))
	}
}
