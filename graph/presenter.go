package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/page"
)

// The codes of errors that are neither the business's nor a limit's.
const (
	Internal       = "INTERNAL"
	Timeout        = "TIMEOUT"
	Cancelled      = "CANCELLED"
	CursorMismatch = "CURSOR_MISMATCH"
)

// maxMessage is how many bytes of a message are sent; those about documents quote them.
const maxMessage = 500

// Request is what an error tells of the request it belongs to.
type Request struct {
	// ID finds the request's lines in the log.
	ID string
	// Language is that of messages to a stranger; an actor brings a language of their own.
	Language crm.Language
}

type requestKey struct{}

// WithRequest returns a context whose errors belong to the request.
func WithRequest(ctx context.Context, request Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// RequestOf tells to which request a context belongs.
func RequestOf(ctx context.Context) Request {
	request, _ := ctx.Value(requestKey{}).(Request)
	return request
}

// PresentError turns any error into what a client may see of it. The business's own errors and those
// about the document pass, with their code; anything else says only that something failed, and is logged with the
// request's id, which the client gets too.
func PresentError(ctx context.Context, err error) *gqlerror.Error {
	shown := present(ctx, err)
	shown.Extensions = maps.Clone(shown.Extensions)
	if shown.Extensions == nil {
		shown.Extensions = map[string]any{}
	}
	if id := RequestOf(ctx).ID; id != "" {
		shown.Extensions["requestId"] = id
	}
	return shown
}

func present(ctx context.Context, err error) *gqlerror.Error {
	at := placeOf(ctx, err)
	if at.Err == nil && at.Extensions["code"] != nil {
		return clipped(at)
	}
	var paging *page.Error
	var said sentence
	faults := crm.FaultsOf(err)
	switch {
	case errors.As(at.Err, &said):
		shown := *at.Error
		shown.Err, shown.Message = nil, crm.Text(said).In(languageOf(ctx))
		return clipped(place{Error: &shown})
	case len(faults) > 0:
		return at.shown(string(faults[0].Code), faults[0].Text.In(languageOf(ctx)), strings.Join(faults[0].Path, "."))
	case errors.As(err, &paging):
		return at.shown(pagingCode(paging), pagingText(paging.Reason).In(languageOf(ctx)), paging.Field)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return at.shown(Timeout, lateText().In(languageOf(ctx)), "")
	case errors.Is(ctx.Err(), context.Canceled):
		return at.shown(Cancelled, leftText().In(languageOf(ctx)), "")
	}
	if mayLog(ctx) {
		slog.ErrorContext(ctx, "a field could not be answered", slog.String("path", at.Path.String()), slog.Any("error", err))
	}
	return at.shown(Internal, InternalText.In(languageOf(ctx)), "")
}

type logBudgetKey struct{}

// withLogBudget returns a context for one answer, in which as many failures are logged as it carries
// errors: when the database is away, each of a thousand rows fails for the same reason.
func withLogBudget(ctx context.Context) context.Context {
	return context.WithValue(ctx, logBudgetKey{}, new(atomic.Int32))
}

func mayLog(ctx context.Context) bool {
	logged, ok := ctx.Value(logBudgetKey{}).(*atomic.Int32)
	return !ok || logged.Add(1) <= maxErrors
}

// place is where in an answer an error belongs.
type place struct {
	*gqlerror.Error
	argument string // below the field, such as "input.patch.phone"
}

// placeOf finds the place of an error. gqlgen puts the names of arguments behind the field's path,
// where a client would look for them in vain in the answer.
func placeOf(ctx context.Context, err error) place {
	var found *gqlerror.Error
	if !errors.As(err, &found) {
		return place{Error: gqlerror.WrapPath(graphql.GetPath(ctx), err)}
	}
	field := graphql.GetFieldContext(ctx)
	if field == nil || found.Err == nil {
		return place{Error: found}
	}
	path := field.Path()
	if len(found.Path) <= len(path) {
		return place{Error: found}
	}
	at := *found
	at.Path = path
	return place{Error: &at, argument: found.Path[len(path):].String()}
}

func (p place) shown(code, message, argument string) *gqlerror.Error {
	shown := &gqlerror.Error{Message: message, Path: p.Path, Locations: p.Locations, Extensions: map[string]any{"code": code}}
	if argument = cmp.Or(p.argument, argument); argument != "" {
		shown.Extensions["argument"] = argument
	}
	return shown
}

// pagingText is a reason in a sentence for people; the package of pages speaks to programmers.
func pagingText(reason page.Reason) crm.Text {
	return map[page.Reason]crm.Text{
		page.FirstAndLast:   {NL: "Geef first of last, niet allebei.", EN: "Give first or last, not both."},
		page.SizeOutOfRange: {NL: "Een pagina heeft 1 tot 100 regels.", EN: "A page has 1 to 100 rows."},
		page.BadCursor:      {NL: "Dit is geen cursor.", EN: "This is not a cursor."},
		page.CursorMismatch: {NL: "De cursor hoort bij een ander filter of een andere volgorde.", EN: "The cursor belongs to another filter or order."},
	}[reason]
}

func pagingCode(err *page.Error) string {
	if err.Reason == page.CursorMismatch {
		return CursorMismatch
	}
	return string(crm.BadInput)
}

func languageOf(ctx context.Context) crm.Language {
	if actor, err := crm.ActorFrom(ctx); err == nil {
		return actor.Language
	}
	return RequestOf(ctx).Language
}

// clipped is the error with a message of bounded length, cut between characters.
func clipped(p place) *gqlerror.Error {
	shown := *p.Error
	if len(shown.Message) > maxMessage {
		shown.Message = strings.ToValidUTF8(shown.Message[:maxMessage], "") + "…"
	}
	return &shown
}

// Recover turns a panic into an error that may be shown. The panic and where it came from are logged.
func Recover(ctx context.Context, panicked any) error { return recovered(ctx, panicked) }

func recovered(ctx context.Context, panicked any) *gqlerror.Error {
	slog.ErrorContext(ctx, "a resolver panicked", slog.Any("panic", panicked), slog.String("stack", string(debug.Stack())))
	fault := NewFault(Internal, InternalText)
	fault.Path = graphql.GetPath(ctx)
	return PresentError(ctx, fault)
}
