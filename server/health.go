package main

import (
	"context"
	"net/http"
	"time"
)

// pingBudget is how long a store may take to answer a probe.
const pingBudget = 500 * time.Millisecond

// livez answers as long as the process can answer at all: whoever gets no answer may restart it.
func (n *node) livez(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, mediaJSON.contentType(), http.StatusOK, map[string]string{"status": "alive"})
}

// readiness is what /readyz tells.
type readiness struct {
	Status   string `json:"status"`
	Database string `json:"database"`
	Redis    string `json:"redis"`
}

// readyz tells whether requests should be sent here. Redis is told but does not decide: without it,
// changes made on other nodes are seen a few seconds later.
func (n *node) readyz(w http.ResponseWriter, r *http.Request) {
	state := readiness{Status: "ready", Database: answered(r.Context(), n.store.Ping), Redis: "off"}
	if n.relay != nil {
		state.Redis = answered(r.Context(), n.relay.Ping)
	}
	status := http.StatusOK
	switch {
	case n.draining.Load():
		state.Status, status = "draining", http.StatusServiceUnavailable
	case state.Database != "up":
		state.Status, status = "not ready", http.StatusServiceUnavailable
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, mediaJSON.contentType(), status, state)
}

func answered(ctx context.Context, ping func(context.Context) error) string {
	ctx, cancel := context.WithTimeout(ctx, pingBudget)
	defer cancel()
	if ping(ctx) != nil {
		return "down"
	}
	return "up"
}
