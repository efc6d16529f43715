package main

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"klantkaart/crm"
	"klantkaart/graph"
)

const (
	// reportInterval is how often a node looks for reports that other nodes were asked for.
	reportInterval = 2 * time.Second
	// chunkTimeout is how long a client may take to receive a piece of a file.
	chunkTimeout = 30 * time.Second
	// notFound is the code of a file that is not there, or not for who asks.
	notFound = "NOT_FOUND"
)

// startReports makes the reports that wait, one at a time, until the context ends or it is stopped.
func (n *node) startReports(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.crm.ReportRuns.Work(ctx, crm.ReportWork{Every: reportInterval, Keep: n.config.KeepReports})
	}()
	return func() {
		cancel()
		<-done
	}
}

// report sends the file of a report to who asked for it, or to an administrator. Whatever else is asked for
// looks absent.
func (n *node) report(w http.ResponseWriter, r *http.Request) {
	if _, err := crm.ActorFrom(r.Context()); err != nil {
		n.refuseCredential(w, r, err)
		return
	}
	run, err := n.crm.ReportRuns.Get(r.Context(), crm.ID(r.PathValue("id")))
	if err != nil && len(crm.FaultsOf(err)) == 0 {
		n.refuseInternal(w, r, err)
		return
	}
	if err != nil || run.File() == nil {
		refuse(w, r, http.StatusNotFound, notFound, crm.Text{NL: "Dit bestand bestaat niet, of niet voor u.", EN: "This file does not exist, or not for you."})
		return
	}
	first, err := n.crm.ReportRuns.Chunk(r.Context(), run, 0)
	if err != nil {
		n.refuseInternal(w, r, err)
		return
	}
	describe(w.Header(), run.File())
	if r.Method == http.MethodGet {
		n.sendChunks(w, r, run, first)
	}
}

// describe tells what the file is.
func describe(header http.Header, file *crm.ReportFile) {
	keepSafe(header, file.MediaType, file.Name)
	header.Set("Content-Length", strconv.Itoa(file.Size))
}

// keepSafe names a file and has browsers keep it: they neither run it nor guess at it.
func keepSafe(header http.Header, mediaType, name string) {
	header.Set("Content-Type", mediaType)
	header.Set("Content-Disposition", disposition(name))
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

// disposition names the file twice: for clients that know UTF-8, and in plain letters for those that do not.
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, name)
	if plain == name {
		return mime.FormatMediaType("attachment", map[string]string{"filename": name})
	}
	// FormatMediaType gives the name in UTF-8 and percents, behind "attachment; ".
	_, extended, _ := strings.Cut(mime.FormatMediaType("attachment", map[string]string{"filename": name}), "; ")
	return `attachment; filename="` + plain + `"; ` + extended
}

// sendChunks sends a file piece by piece, so that no more than one is held, and nothing of the store while
// the client takes its time. A file that ends early is shorter than it was said to be, which the client sees.
func (n *node) sendChunks(w http.ResponseWriter, r *http.Request, run *crm.ReportRun, chunk []byte) {
	control := http.NewResponseController(w)
	for ordinal := 1; len(chunk) > 0; ordinal++ {
		err := control.SetWriteDeadline(time.Now().Add(chunkTimeout))
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return
		}
		if _, err := w.Write(chunk); err != nil {
			return // the client has left
		}
		if chunk, err = n.crm.ReportRuns.Chunk(r.Context(), run, ordinal); err != nil {
			slog.ErrorContext(r.Context(), "the file of a report broke off", slog.String("request", graph.RequestOf(r.Context()).ID), slog.Any("error", err))
			return
		}
	}
	_ = control.SetWriteDeadline(time.Time{}) // the connection goes on to the next request
}
