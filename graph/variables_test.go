package graph_test

import (
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm/crmtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
)

func TestAnEnumInAVariableIsExact(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		feed := graph.NewLive(office.CRM, graph.LiveSettings{})
		exec := graph.NewExecutor(generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(office.CRM, feed)}), feed,
			graph.Settings{Demo: true, Timeout: time.Minute})
		query := `query ($stages: [CustomerStage!]!, $order: [CustomerOrder!]) { customers(stages: $stages, orderBy: $order) { totalCount } }`
		order := func(field string) any { return []any{map[string]any{"field": field, "direction": "ASC"}} }
		for _, tried := range []struct {
			stages, order any
			right         bool
		}{
			{[]any{"CUSTOMER", "PROSPECT"}, order("NAME"), true},
			{"CUSTOMER", nil, true},
			{[]any{"CUSTOMER", "prospect"}, nil, false},
			{"customer", nil, false},
			{[]any{}, order("Name"), false},
		} {
			ctx := graphql.StartOperationTrace(office.As("Sanne Verhoef"))
			_, faults := exec.CreateOperationContext(ctx, &graphql.RawParams{
				Query: query, Variables: map[string]any{"stages": tried.stages, "order": tried.order},
			})
			if right := len(faults) == 0; right != tried.right {
				t.Errorf("%v by %v: %v", tried.stages, tried.order, faults)
			}
		}
	})
}

func TestExactlyOneKeyIsGivenInAVariable(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		feed := graph.NewLive(office.CRM, graph.LiveSettings{})
		exec := graph.NewExecutor(generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(office.CRM, feed)}), feed,
			graph.Settings{Demo: true, Timeout: time.Minute})
		for _, tried := range []struct {
			by    map[string]any
			right bool
		}{
			{map[string]any{"number": "10002"}, true},
			{map[string]any{"number": nil}, false},
			{map[string]any{}, false},
			{map[string]any{"number": "10002", "id": nil}, false},
		} {
			ctx := graphql.StartOperationTrace(office.As("Sanne Verhoef"))
			_, faults := exec.CreateOperationContext(ctx, &graphql.RawParams{
				Query: `query ($by: CustomerRef!) { customer(by: $by) { id } }`, Variables: map[string]any{"by": tried.by},
			})
			if right := len(faults) == 0; right != tried.right {
				t.Errorf("%v: %v", tried.by, faults)
			}
		}
	})
}
