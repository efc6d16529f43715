package graph_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
)

// wholeCard asks for rows of every kind, each with the fields in the place of its type.
const wholeCard = `{ customer(by: {number: "10002"}) { id %[1]s contacts { nodes { id %[2]s } }
  engagements { nodes { id ... on Lead { %[3]s } ... on Request { %[4]s } ... on Project { %[5]s } } }
  communications { nodes { id ... on Email { %[6]s } ... on Invoice { %[7]s } ... on ConversationNote { %[8]s } ... on Appointment { %[9]s } ... on WorkflowEntry { %[10]s } } }
  events(first: 100) { nodes { id %[11]s } } } }`

// TestAFieldAloneAnswersAsAmongAllOthers keeps the choice of columns honest: a field must bring every column
// that its answer comes from.
func TestAFieldAloneAnswersAsAmongAllOthers(t *testing.T) {
	t.Parallel()
	types := []string{"Customer", "Contact", "Lead", "Request", "Project", "Email", "Invoice", "ConversationNote", "Appointment", "WorkflowEntry", "Event"}
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		run, ctx := runner(office.CRM), office.As("Fatima El Amrani")
		schema := generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(office.CRM, nil)}).Schema()
		ask := func(fieldsOf func(typeName string) []string) any {
			t.Helper()
			places := make([]any, len(types))
			for i, name := range types {
				places[i] = strings.Join(append(aliased(name, fieldsOf(name)), "__typename"), " ")
			}
			response := run(ctx, fmt.Sprintf(wholeCard, places...), nil)
			if len(response.Errors) > 0 {
				t.Fatal(response.Errors)
			}
			var data any
			if err := json.Unmarshal(response.Data, &data); err != nil {
				t.Fatal(err)
			}
			return data
		}
		all := ask(func(name string) []string { return plain(schema, schema.Types[name]) })
		for _, name := range types {
			for _, field := range plain(schema, schema.Types[name]) {
				alone := ask(func(of string) []string {
					if of == name {
						return []string{field}
					}
					return nil
				})
				if !within(alone, all) {
					t.Errorf("%s.%s alone: %v", name, field, alone)
				}
			}
		}
	})
}

// TestWhatIsNotMarkedIsTheSameForAllWithTheSameRights is what sharing a message counts on: two colleagues with
// the same rights get the same answers, but for the fields that are marked as the viewer's own.
func TestWhatIsNotMarkedIsTheSameForAllWithTheSameRights(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, office *crmtest.Office) {
		schema := generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(office.CRM, nil)}).Schema()
		attention := office.Attention("10002").ID
		if err := office.Attentions.Deliver(office.As(crmtest.Sanne), attention, []crm.ID{office.Actor(crmtest.Sanne).UserID}); err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, name := range []string{"Customer", "Contact", "Lead", "Request", "Project", "Email", "Invoice", "ConversationNote", "Appointment", "WorkflowEntry", "Event"} {
			fields = append(fields, strings.Join(append(aliased(name, plain(schema, schema.Types[name])), "__typename"), " "))
		}
		places := make([]any, len(fields))
		for i, of := range fields {
			places[i] = of
		}
		whole := fmt.Sprintf(wholeCard, places...)
		receipts := fmt.Sprintf(`{ node(id: %q) { ... on Attention { text isActive recipients { name } receipts { user { name } deliveredAt seenAt } %%s } } }`, attention)
		as := func(name, query string) string {
			t.Helper()
			actor := office.Actor(name)
			actor.Role, actor.Rights, actor.Language = crm.Colleague, crm.AllRights(), crm.LanguageNL
			response := runner(office.CRM)(crm.WithActor(t.Context(), actor), query, nil)
			if len(response.Errors) > 0 {
				t.Fatal(response.Errors)
			}
			return string(response.Data)
		}
		for _, query := range []string{whole, fmt.Sprintf(receipts, "")} {
			if one, other := as(crmtest.Sanne, query), as(crmtest.Joris, query); one != other {
				t.Errorf("one gets %s, the other %s", one, other)
			}
		}
		own := fmt.Sprintf(receipts, "viewerReceipt { deliveredAt }")
		if as(crmtest.Sanne, own) == as(crmtest.Joris, own) {
			t.Error("the viewer's own receipt is the same for two viewers")
		}
		if schema.Types["Attention"].Fields.ForName("viewerReceipt").Directives.ForName("perViewer") == nil {
			t.Error("viewerReceipt is not marked")
		}
	})
}

// plain gives the fields of a type that need no arguments and lead to no other row, with their selections.
func plain(schema *ast.Schema, definition *ast.Definition) []string {
	var fields []string
	for _, field := range definition.Fields {
		switch kind := schema.Types[field.Type.Name()]; {
		case strings.HasPrefix(field.Name, "__") || field.Name == "id":
		case kind.Kind == ast.Scalar || kind.Kind == ast.Enum:
			fields = append(fields, field.Name)
		case field.Type.Name() == "Money":
			fields = append(fields, field.Name+" { amount }")
		case field.Type.Name() == "Address":
			fields = append(fields, field.Name+" { street houseNumber postcode city country }")
		case field.Type.Name() == "User":
			fields = append(fields, field.Name+" { name }")
		}
	}
	return fields
}

// aliased tells the fields of different types apart, which may differ in type.
func aliased(typeName string, fields []string) []string {
	named := make([]string, len(fields))
	for i, field := range fields {
		named[i] = strings.ToLower(typeName) + "_" + strings.Fields(field)[0] + ": " + field
	}
	return named
}

// within tells whether everything in a part is the same in the whole.
func within(part, whole any) bool {
	switch part := part.(type) {
	case map[string]any:
		other, ok := whole.(map[string]any)
		for key, value := range part {
			ok = ok && within(value, other[key])
		}
		return ok
	case []any:
		other, ok := whole.([]any)
		ok = ok && len(part) == len(other)
		for i := range part {
			ok = ok && within(part[i], other[i])
		}
		return ok
	}
	return reflect.DeepEqual(part, whole)
}
