package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/graph"
	"klantkaart/live"
	"klantkaart/quota"
	"klantkaart/transport"
)

// node is one running server: the business on a store, the listeners it wakes, and the ways in.
type node struct {
	config   Config
	store    *db.DB
	files    contents
	crm      *crm.CRM
	live     *graph.Live
	presence *live.Presence
	relay    *live.Relay // nil without Redis
	executor *graph.Executor
	sockets  *transport.Sockets
	// connections are all that clients hold open.
	connections *transport.Connections
	metrics     *metrics
	attempts    *attempts
	budgets     *budgets
	holdings    *quota.Holdings
	// retire tells the other servers that the connections of this one are on their way to them.
	retire   context.CancelFunc
	issuers  *issuers
	bearers  *bearers
	handler  http.Handler
	draining atomic.Bool
	// stopLive ends what startLive began.
	stopLive func()
}

// newNode makes a server. The store stays the caller's until it has succeeded.
func newNode(config Config, store *db.DB) (*node, error) {
	n := &node{config: config, store: store, issuers: newIssuers(config), bearers: newBearers(), stopLive: func() {}, retire: func() {}}
	kept, err := openFiles(config)
	if err != nil {
		return nil, err
	}
	n.files = kept
	if err := n.assemble(); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return n, nil
}

// assemble puts the parts together, on the store and the files.
func (n *node) assemble() error {
	config := n.config
	sender, err := openMail(config)
	if err != nil {
		return err
	}
	if n.attempts, err = openAttempts(config.RedisURL); err != nil {
		return wrong("redis-url", err.Error())
	}
	if err := n.makeBudgets(); err != nil {
		return err
	}
	vault, err := openVault(config)
	if err != nil {
		return err
	}
	services, err := crm.New(n.store, crm.Options{Signal: n.signal, Files: n.files, Mail: sender, Limiter: n.attempts,
		Accounts: config.accountLinks(), Vault: vault})
	if err != nil {
		return err
	}
	n.crm = services
	if err := n.makePresence(); err != nil {
		return err
	}
	n.live = graph.NewLive(services, graph.LiveSettings{Deaf: n.deaf, Checkpoint: config.Checkpoint, Presence: n.presence})
	if err := n.makeConnections(); err != nil {
		return err
	}
	if err := n.startLive(); err != nil {
		return err
	}
	n.metrics = newMetrics(n)
	schema := graph.NewSchema(services, n.live)
	if config.Trial {
		schema = withTrialFields(schema)
	}
	n.executor = graph.NewExecutor(schema, n.live, graph.Settings{Demo: config.Mode == Demo, Timeout: config.Timeout, Budget: n.budgets})
	n.executor.AroundOperations(n.metrics.aroundOperation)
	n.sockets = newSockets(n)
	n.handler = n.routes()
	return nil
}

// signal tells this node's listeners and the other nodes that a log has grown.
func (n *node) signal(signal crm.Signal) {
	n.metrics.signals.Inc()
	told := n.live.Signal(signal)
	if n.relay != nil {
		told.Sealed = n.crm.Events.Seal(signal)
		n.relay.Publish(told)
	}
}

// deaf tells whether the signals of other nodes are being missed.
func (n *node) deaf() bool { return n.relay != nil && n.relay.Deaf() }

// startLive begins to follow the logs, and to exchange signals with the other nodes.
func (n *node) startLive() error {
	if n.config.RedisURL != "" {
		relay, err := live.NewRelay(n.config.RedisURL, n.live)
		if err != nil {
			return wrong("redis-url", err.Error())
		}
		n.relay = relay
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { n.live.Run(ctx) })
	running.Go(func() { n.crm.Sessions.WorkLater(ctx) })
	running.Go(func() { repeat(ctx, usesInterval, n.keepUses) })
	running.Go(func() { n.budgets.quotas.Run(ctx) })
	sharing, retire := context.WithCancel(ctx)
	n.retire = retire
	running.Go(func() { n.holdings.Run(sharing, n.held) })
	if n.relay != nil {
		running.Go(func() { n.relay.Run(ctx) })
	}
	n.stopLive = func() {
		cancel()
		running.Wait()
		n.live.Close()
		closeRedis(n.presence)
		closeRedis(n.holdings)
	}
	return nil
}

// closeRedis lets go of one way to Redis.
func closeRedis(way io.Closer) {
	if err := way.Close(); err != nil {
		slog.Warn("Redis did not close", slog.Any("error", err))
	}
}

// close lets go of Redis, of the files and of the store. Nobody may be using them any more.
func (n *node) close() {
	n.stopLive()
	if n.relay != nil {
		closeRedis(n.relay)
	}
	closeRedis(n.budgets.quotas)
	closeRedis(n.attempts)
	if err := n.files.Close(); err != nil {
		slog.Warn("the files did not close", slog.Any("error", err))
	}
	if err := n.store.Close(); err != nil {
		slog.Error("the database did not close", slog.Any("error", err))
	}
}
