package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// profileConnections keep both processors busy.
const profileConnections = 16

// profile writes where the product's graph spends its time while it answers an operation, for go tool
// pprof. The graph must run in this program (serveGraph).
func profile(ctx context.Context, o operation, s *samples, product *side, folder string, duration time.Duration) error {
	drawn, err := o.requests(requestCount, s)
	if err != nil {
		return err
	}
	loaded := make(chan error, 1)
	go func() {
		_, err := load(ctx, product.address, ours(drawn), profileConnections, duration+time.Second)
		loaded <- err
	}()
	for _, kind := range []string{fmt.Sprintf("profile?seconds=%d", int(duration.Seconds())), "allocs"} {
		body, err := product.ask(ctx, get("/debug/pprof/"+kind, ""))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, o.name+"."+kind[:3]+".pprof"), body, 0o600); err != nil {
			return err
		}
	}
	return <-loaded
}
