package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/graph"
	"klantkaart/live"
)

// node is one running server: the business on a store, the listeners it wakes, and the ways in.
type node struct {
	config   Config
	store    *db.DB
	crm      *crm.CRM
	hub      *live.Hub
	relay    *live.Relay // nil without Redis
	executor *graph.Executor
	sockets  *sockets
	metrics  *metrics
	signIns  *signIns
	handler  http.Handler
	draining atomic.Bool
	// recheckInterval is how long a revoked credential keeps its socket at most.
	recheckInterval time.Duration
	// stopRelay ends the exchange of signals with the other nodes.
	stopRelay context.CancelFunc
}

// newNode puts the parts together. The store stays the caller's until it has succeeded.
func newNode(config Config, store *db.DB) (*node, error) {
	n := &node{config: config, store: store, hub: live.NewHub(), signIns: newSignIns(time.Now),
		recheckInterval: recheckInterval, stopRelay: func() {}}
	services, err := crm.New(store, crm.Options{Signal: n.signal})
	if err != nil {
		return nil, err
	}
	n.crm = services
	if err := n.startRelay(); err != nil {
		return nil, err
	}
	n.sockets = newSockets()
	n.metrics = newMetrics(n)
	schema := graph.NewSchema(services, n.hub)
	if config.Trial {
		schema = withTrialFields(schema)
	}
	n.executor = graph.NewExecutor(schema, graph.Settings{Demo: config.Mode == Demo, Timeout: config.Timeout})
	n.executor.AroundOperations(n.metrics.aroundOperation)
	n.handler = n.routes()
	return n, nil
}

// signal tells this node's listeners and the other nodes that a log has grown.
func (n *node) signal(signal crm.Signal) {
	n.metrics.signals.Inc()
	topics := make([]string, len(signal.Topics))
	for i, topic := range signal.Topics {
		topics[i] = string(topic)
	}
	told := live.Signal{OrganizationID: string(signal.OrganizationID), Position: signal.Position, Topics: topics}
	n.hub.Wake(told)
	if n.relay != nil {
		n.relay.Publish(told)
	}
}

func (n *node) startRelay() error {
	if n.config.RedisURL == "" {
		return nil
	}
	relay, err := live.NewRelay(n.config.RedisURL, n.hub)
	if err != nil {
		return wrong("redis-url", err.Error())
	}
	n.relay = relay
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		relay.Run(ctx)
	}()
	n.stopRelay = func() {
		cancel()
		<-done
	}
	return nil
}

// close lets go of Redis and of the store. Nobody may be using them any more.
func (n *node) close() {
	n.stopRelay()
	if n.relay != nil {
		if err := n.relay.Close(); err != nil {
			slog.Warn("Redis did not close", slog.Any("error", err))
		}
	}
	if err := n.store.Close(); err != nil {
		slog.Error("the database did not close", slog.Any("error", err))
	}
}
