package main

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/graph"
	"klantkaart/transport"
)

// metrics counts what an operator watches. Labels come from short, fixed lists: nothing that a client
// writes becomes one.
type metrics struct {
	registry   *prometheus.Registry
	operations *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	signals    prometheus.Counter
	refusals   *prometheus.CounterVec
}

func newMetrics(n *node) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "klantkaart_operations_total",
			Help: "Operations by kind (query, mutation, subscription, unknown) and outcome (ok, errors, refused)."}, []string{"kind", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "klantkaart_operation_duration_seconds",
			Help:    "How long queries and mutations took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"kind"}),
		signals: prometheus.NewCounter(prometheus.CounterOpts{Name: "klantkaart_signals_total",
			Help: "Changes of this node whose listeners were woken."}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "klantkaart_refusals_total",
			Help: "What was refused for coming too soon or too often, by limit (credential_cost, organization_cost, address_cost, uploads, connections, attempts)."}, []string{"limit"}),
	}
	m.registry.MustRegister(m.operations, m.duration, m.signals, m.refusals,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(watched(n)...)
	m.registry.MustRegister(&spoolGauges{emails: n.crm.Emails})
	return m
}

// watched are the figures that other parts keep.
func watched(n *node) []prometheus.Collector {
	gauge := func(name, help string, read func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read)
	}
	return []prometheus.Collector{
		gauge("klantkaart_sockets", "Websockets and event streams that are open.", func() float64 { return float64(n.connections.Count()) }),
		gauge("klantkaart_quotas_shared", "1 while the servers know of each other what was used, 0 while this one counts alone.", func() float64 {
			if n.budgets.quotas.Shared() {
				return 1
			}
			return 0
		}),
		gauge("klantkaart_servers", "Servers that know of each other's connections, this one included; 1 while it counts alone.",
			func() float64 { return float64(n.holdings.Servers()) }),
		gauge("klantkaart_subscriptions", "Subscriptions that run.", func() float64 { return float64(n.live.Subscriptions()) }),
		gauge("klantkaart_executions", "Subscriptions that differ: each is executed once for all who share it.",
			func() float64 { return float64(n.live.Executions()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "klantkaart_log_reads_total",
			Help: "How often the log of an office was read for events."}, func() float64 { return float64(n.live.Reads()) }),
		gauge("klantkaart_database_connections", "Connections for reading that are open.",
			func() float64 { return float64(n.store.PoolStats().OpenConnections) }),
		gauge("klantkaart_database_connections_in_use", "Connections for reading that are in use.",
			func() float64 { return float64(n.store.PoolStats().InUse) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "klantkaart_database_waits_total",
			Help: "How often a statement waited for a connection for reading."},
			func() float64 { return float64(n.store.PoolStats().WaitCount) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "klantkaart_statements_total", Help: "Statements sent to the database."},
			func() float64 { return float64(n.store.Statements()) }),
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// limited counts what was refused under a limit.
func (m *metrics) limited(limit string) { m.refusals.WithLabelValues(limit).Inc() }

// refused counts a document that was not executed.
func (m *metrics) refused() { m.operations.WithLabelValues("unknown", "refused").Inc() }

// aroundOperation counts and times what is executed.
func (m *metrics) aroundOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	kind := graphql.GetOperationContext(ctx).Operation.Operation
	began := time.Now()
	answer := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		answered := answer(ctx)
		if answered != nil {
			m.duration.WithLabelValues(string(kind)).Observe(time.Since(began).Seconds())
			m.operations.WithLabelValues(string(kind), outcome(answered)).Inc()
		}
		return answered
	}
}

// counted counts what does not come to an execution, and subscriptions.
type counted struct {
	transport.Graph
	metrics *metrics
}

// CreateOperationContext prepares an operation.
func (c counted) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	operation, faults := c.Graph.CreateOperationContext(ctx, params)
	if len(faults) > 0 {
		c.metrics.refused()
	}
	return operation, faults
}

// Subscribe opens a subscription.
func (c counted) Subscribe(ctx context.Context, operation *graphql.OperationContext, options graph.SubscribeOptions) (transport.Feed, *graphql.Response) {
	feed, refused := c.Graph.Subscribe(ctx, operation, options)
	c.metrics.subscribed(refused == nil)
	return feed, refused
}

// subscribed counts a subscription that was opened, or not.
func (m *metrics) subscribed(opened bool) {
	answered := "errors"
	if opened {
		answered = "ok"
	}
	m.operations.WithLabelValues(string(ast.Subscription), answered).Inc()
}

func outcome(answer *graphql.Response) string {
	if len(answer.Errors) > 0 {
		return "errors"
	}
	return "ok"
}
