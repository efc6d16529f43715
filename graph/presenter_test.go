package graph

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"klantkaart/crm"
	"klantkaart/page"
)

// atField is a context in which the field "klanten" is being answered.
func atField(ctx context.Context) context.Context {
	ctx = WithRequest(ctx, Request{ID: "request-1", Language: crm.LanguageNL})
	field := graphql.CollectedField{Field: &ast.Field{Alias: "klanten", Name: "customers", Position: &ast.Position{Line: 1, Column: 3}}}
	return graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Query", Field: field})
}

func TestPresentError(t *testing.T) {
	t.Parallel()
	business := &crm.Error{Code: crm.NotFound, Path: []string{"input", "id"}, Text: crm.Text{NL: "Weg.", EN: "Gone."}}
	over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	t.Cleanup(cancel)
	left, leave := context.WithCancel(t.Context())
	leave()
	english := func() context.Context { return crm.WithActor(t.Context(), crm.Actor{Language: crm.LanguageEN}) }
	late, gone := func() context.Context { return over }, func() context.Context { return left }
	for name, given := range map[string]struct {
		in                      func() context.Context
		err                     error
		message, code, argument string
	}{
		"the business's own":           {t.Context, business, "Weg.", "NOT_FOUND", "input.id"},
		"the business's own, wrapped":  {t.Context, fmt.Errorf("load customer: %w", business), "Weg.", "NOT_FOUND", "input.id"},
		"all faults by the first":      {t.Context, crm.Faults{business, crm.Invalid(crm.Text{}, "x")}, "Weg.", "NOT_FOUND", "input.id"},
		"in the actor's language":      {english, business, "Gone.", "NOT_FOUND", "input.id"},
		"a page's":                     {t.Context, &page.Error{Field: "first", Reason: page.SizeOutOfRange}, "Een pagina heeft 1 tot 100 regels.", "BAD_INPUT", "first"},
		"a cursor of another list":     {english, &page.Error{Field: "after", Reason: page.CursorMismatch}, "The cursor belongs to another filter or order.", "CURSOR_MISMATCH", "after"},
		"a failure without its reason": {t.Context, errors.New("pq: relation users does not exist"), InternalText.NL, "INTERNAL", ""},
		"gqlgen's without a code":      {t.Context, gqlerror.Errorf("unexpected type *crm.Customer"), InternalText.NL, "INTERNAL", ""},
		"what took too long":           {late, errors.New("interrupted"), "Het antwoord liet te lang op zich wachten.", "TIMEOUT", ""},
		"a deadline further down":      {t.Context, fmt.Errorf("query: %w", context.DeadlineExceeded), "Het antwoord liet te lang op zich wachten.", "TIMEOUT", ""},
		"a client that has left":       {gone, errors.New("interrupted"), "De aanvrager heeft de verbinding verbroken.", "CANCELLED", ""},
		"a fault of the API itself":    {t.Context, NewFault("FULL", crm.Text{NL: "Vol.", EN: "Full."}), "Vol.", "FULL", ""},
		"the same in English":          {english, NewFault("FULL", crm.Text{NL: "Vol.", EN: "Full."}), "Full.", "FULL", ""},
		"the business's own, too late": {late, business, "Weg.", "NOT_FOUND", "input.id"},
	} {
		t.Run("shows "+name, func(t *testing.T) {
			t.Parallel()
			shown := PresentError(atField(given.in()), given.err)
			if shown.Message != given.message {
				t.Errorf("message is %q, want %q", shown.Message, given.message)
			}
			want := map[string]any{"code": given.code, "requestId": "request-1"}
			if given.argument != "" {
				want["argument"] = given.argument
			}
			if !reflect.DeepEqual(shown.Extensions, want) {
				t.Errorf("extensions are %v, want %v", shown.Extensions, want)
			}
		})
	}
	t.Run("tells the field's path, and the argument beside it", func(t *testing.T) {
		t.Parallel()
		ctx := atField(t.Context())
		below := graphql.WithPathContext(graphql.WithPathContext(ctx, graphql.NewPathWithField("filter")), graphql.NewPathWithField("name"))
		shown := PresentError(ctx, graphql.ErrorOnPath(below, crm.Invalid(crm.Text{NL: "Nee."})))
		if got := shown.Path.String(); got != "klanten" {
			t.Errorf("path is %q", got)
		}
		if got := shown.Extensions["argument"]; got != "filter.name" {
			t.Errorf("argument is %v", got)
		}
	})
	t.Run("passes faults of a document, at a bounded length", func(t *testing.T) {
		t.Parallel()
		fault := gqlerror.Errorf("%s", strings.Repeat("é", 400))
		fault.Extensions = map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}
		shown := PresentError(WithRequest(t.Context(), Request{ID: "request-2"}), fault)
		if len(shown.Message) > maxMessage+3 || !utf8.ValidString(shown.Message) || shown.Extensions["requestId"] != "request-2" {
			t.Errorf("fault is %v %v", shown.Message, shown.Extensions)
		}
		if len(fault.Message) != 800 || len(fault.Extensions) != 1 {
			t.Error("the fault itself was changed: another request may hold it")
		}
	})
}

func TestLogBudget(t *testing.T) {
	t.Parallel()
	ctx, logged := withLogBudget(t.Context()), 0
	for range 1000 {
		if mayLog(ctx) {
			logged++
		}
	}
	if logged != maxErrors {
		t.Errorf("%d failures of one answer are logged, want %d", logged, maxErrors)
	}
	if !mayLog(t.Context()) || !mayLog(withLogBudget(ctx)) {
		t.Error("failures outside of it, or of the next answer, are not logged")
	}
}

func TestRecover(t *testing.T) {
	t.Parallel()
	shown := PresentError(atField(t.Context()), Recover(atField(t.Context()), "nil map of customers"))
	if shown.Message != InternalText.NL || shown.Extensions["code"] != Internal || shown.Path.String() != "klanten" {
		t.Errorf("a panic is shown as %v %v", shown, shown.Extensions)
	}
}
