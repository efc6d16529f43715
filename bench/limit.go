package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// limit is what the product is measured against: the same answers from statements written by hand, as
// few and as direct as they can be, and JSON written by hand.
type limit struct {
	engine    engine
	amsterdam *time.Location
}

// caller is who asks.
type caller struct{ organization, user string }

// serveLimit answers until the context ends.
func serveLimit(ctx context.Context, url, listen string) error {
	l, err := newLimit(ctx, url)
	if err != nil {
		return err
	}
	defer l.engine.close()
	return serve(ctx, listen, l.routes())
}

func newLimit(ctx context.Context, url string) (*limit, error) {
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, err
	}
	engine, err := openEngine(ctx, url)
	return &limit{engine: engine, amsterdam: amsterdam}, err
}

func (l *limit) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s %d\n", statementsMetric, l.engine.statements())
	})
	for pattern, answer := range map[string]func(*http.Request, caller, *answer) error{
		"GET /card/{id}":     l.card,
		"GET /list":          l.list,
		"GET /timeline/{id}": l.timeline,
		"GET /search":        l.search,
		"POST /moment":       l.moment,
	} {
		mux.HandleFunc(pattern, l.signedIn(answer))
	}
	return mux
}

// signedIn looks the token up, as the product does for every request.
func (l *limit) signedIn(write func(*http.Request, caller, *answer) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := l.caller(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		a := &answer{b: make([]byte, 0, 16<<10)}
		if err := write(r, who, a); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(a.b) // the client has gone
	}
}

func (l *limit) caller(r *http.Request) (caller, error) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return caller{}, errors.New("a token is needed")
	}
	sum := sha256.Sum256([]byte(token))
	var who caller
	err := l.engine.read(r.Context(), ask{sql: callerSQL, args: []any{hex.EncodeToString(sum[:])}, each: func(row scanner) error {
		var expires, revoked *string
		return row.Scan(&who.organization, &who.user, &expires, &revoked)
	}})
	if err == nil && who.organization == "" {
		err = errors.New("the token is unknown")
	}
	return who, err
}

// today is the day where the office is.
func (l *limit) today() string { return time.Now().In(l.amsterdam).Format(time.DateOnly) }

// serve answers on an address until the context ends.
func serve(ctx context.Context, listen string, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		_ = server.Close() // whoever is still asking has been stopped too
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// statementsMetric is the name under which both sides count the statements they sent.
const statementsMetric = "klantkaart_statements_total"
