package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/graph"
)

// serveGraph answers with the product's own graph, in this program, so that it can be profiled.
func serveGraph(ctx context.Context, url, listen string) error {
	store, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // nothing was promised
	services, err := crm.New(store, crm.Options{})
	if err != nil {
		return err
	}
	return serve(ctx, listen, graphHandler(store, services))
}

// graphHandler is the least that makes the graph answer over HTTP.
func graphHandler(store *db.DB, services *crm.CRM) http.Handler {
	feed := graph.NewLive(services, graph.LiveSettings{})
	executor := graph.NewExecutor(graph.NewSchema(services, feed), feed, graph.Settings{Timeout: time.Minute})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s %d\n", statementsMetric, store.Statements())
	})
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.Handle("GET /debug/pprof/allocs", pprof.Handler("allocs"))
	mux.HandleFunc("POST "+graphPath, func(w http.ResponseWriter, r *http.Request) {
		actor, err := services.Sessions.Authenticate(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		answerGraph(w, r.WithContext(crm.WithActor(r.Context(), actor)), executor)
	})
	return mux
}

func answerGraph(w http.ResponseWriter, r *http.Request, executor *graph.Executor) {
	ctx := graphql.StartOperationTrace(r.Context())
	params := &graphql.RawParams{ReadTime: graphql.TraceTiming{Start: graphql.Now(), End: graphql.Now()}}
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	if err := decoder.Decode(params); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	operation, faults := executor.CreateOperationContext(ctx, params)
	if faults != nil {
		writeAnswer(w, executor.DispatchError(ctx, faults))
		return
	}
	answers, ctx := executor.DispatchOperation(ctx, operation)
	writeAnswer(w, answers(ctx))
}

func writeAnswer(w http.ResponseWriter, response *graphql.Response) {
	if len(response.Errors) == 0 {
		_, _ = w.Write([]byte(`{"data":`))
		_, _ = w.Write(response.Data)
		_, _ = w.Write([]byte(`}`))
		return
	}
	_ = json.NewEncoder(w).Encode(response)
}
