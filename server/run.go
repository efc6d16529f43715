package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The measures of a connection. There is no WriteTimeout: answers are bounded by the timeout of
// operations, and sockets write with deadlines of their own.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

// run serves on the listener until the context ends, and then stops in good order.
func (n *node) run(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           n.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug), // what clients do wrong
	}
	defer n.startJanitor(ctx)()
	defer n.startReports(ctx)()
	defer n.startMail(ctx)()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return n.drain(context.WithoutCancel(ctx), server)
}

// drain stops: it says so to the balancer and waits for it, takes nobody new, asks sockets to come back
// elsewhere, and lets requests finish.
func (n *node) drain(ctx context.Context, server *http.Server) error {
	n.draining.Store(true)
	n.retire()
	slog.InfoContext(ctx, "draining", slog.String("delay", n.config.DrainDelay.String()), slog.Int("sockets", n.connections.Count()))
	<-time.After(n.config.DrainDelay)
	ctx, cancel := context.WithTimeout(ctx, n.config.StopTimeout)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- server.Shutdown(ctx) }() // closes the listener at once; knows nothing of sockets
	socketsErr := n.connections.Close(ctx)
	if err := errors.Join(<-stopped, socketsErr); err != nil {
		return errors.Join(errors.New("some requests did not finish in time and were cut off"), server.Close())
	}
	slog.InfoContext(ctx, "stopped")
	return nil
}
