package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/graph"
)

// requestIDHeader carries the name of a request from client to log and back.
const requestIDHeader = "X-Request-Id"

var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// request gives every request a name, answers for panics, and writes its line into the log.
func (n *node) request(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := r.Header.Get(requestIDHeader)
		if !saneRequestID.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id)
		ctx := graph.WithRequest(r.Context(), graph.Request{ID: id, Language: languageOf(r)})
		ctx = crm.WithOrigin(ctx, crm.Origin{Address: n.clientAddress(r), UserAgent: r.UserAgent(), ClientID: saneClientID(clientOf(r))})
		watched := &watchedWriter{ResponseWriter: w}
		r = r.WithContext(ctx)
		defer logRequest(ctx, r, watched, began)
		defer answerPanic(watched, r)
		next.ServeHTTP(watched, r)
	})
}

// logRequest writes what happened, without what was asked and by whom.
func logRequest(ctx context.Context, r *http.Request, w *watchedWriter, began time.Time) {
	level := slog.LevelInfo
	if r.URL.Path != "/graphql" && r.URL.Path != "/session" && w.status < http.StatusInternalServerError {
		level = slog.LevelDebug // probes, metrics and the explorer's files
	}
	slog.LogAttrs(ctx, level, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", w.status), slog.Int64("bytes", w.written), slog.Float64("ms", float64(time.Since(began).Microseconds())/1000))
}

func answerPanic(w *watchedWriter, r *http.Request) {
	panicked := recover()
	if panicked == nil {
		return
	}
	slog.ErrorContext(r.Context(), "a request panicked", slog.Any("panic", panicked), slog.String("stack", string(debug.Stack())))
	if w.status == 0 {
		refuse(w, r, http.StatusInternalServerError, graph.Internal, graph.InternalText)
	}
}

// watchedWriter remembers what was answered.
type watchedWriter struct {
	http.ResponseWriter
	status  int // 0 while nothing was answered
	written int64
}

func (w *watchedWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(body)
	w.written += int64(n)
	return n, err
}

// Hijack lets a websocket take the connection over.
func (w *watchedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController find the connection.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// clientAddress is where a request comes from. Behind trusted proxies it is the last address that none
// of them has.
func (n *node) clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if !n.trusted(host) || hop == "" {
			break
		}
		host = hop
	}
	return host
}

func (n *node) trusted(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(n.config.proxies, func(network netip.Prefix) bool { return network.Contains(address.Unmap()) })
}
