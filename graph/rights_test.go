package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
)

func wholeSchema() *ast.Schema {
	return generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(nil, nil)}).Schema()
}

// declares tells whether a type is one that the table of rights has to know.
func declares(schema *ast.Schema, definition *ast.Definition) bool {
	if !slices.Contains([]ast.DefinitionKind{ast.Object, ast.Interface, ast.Union}, definition.Kind) || strings.HasPrefix(definition.Name, "__") {
		return false
	}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if definition == root {
			return false
		}
	}
	for _, suffix := range []string{"Payload", "Connection", "Edge"} { // seen with what is in them
		if strings.HasSuffix(definition.Name, suffix) {
			return false
		}
	}
	return true
}

func TestEveryPlaceDeclaresItsRight(t *testing.T) {
	t.Parallel()
	schema := wholeSchema()
	for _, field := range schema.Mutation.Fields {
		if _, known := crm.RightToDo(field.Name); !known && !strings.HasPrefix(field.Name, "__") {
			t.Errorf("mutation %s declares no right", field.Name)
		}
	}
	for _, definition := range schema.Types {
		if !declares(schema, definition) {
			continue
		}
		own, known := crm.RightToSee(definition.Name)
		if !known {
			t.Errorf("type %s declares no right", definition.Name)
		}
		for _, field := range definition.Fields {
			to := schema.Types[field.Type.Name()]
			right, _ := crm.RightToSee(to.Name)
			if field.Type.NonNull && field.Type.Elem == nil && !strings.HasSuffix(to.Name, "Connection") && !crm.RightsOf(own).Closed().Has(right) {
				t.Errorf("%s.%s must be nullable: %s needs %s, which who sees %s may lack", definition.Name, field.Name, to.Name, right, definition.Name)
			}
		}
	}
}

func TestMutationsAskForTheirRightFirst(t *testing.T) {
	t.Parallel()
	schema := wholeSchema()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		office := crmtest.New(t, store)
		run := runner(office.CRM)
		codes := func(rights crm.RightSet, mutation *ast.FieldDefinition) string {
			t.Helper()
			actor := office.Actor(crmtest.Peter)
			actor.Rights = rights
			given := least(schema, mutation.Arguments[0].Type)
			query := fmt.Sprintf("mutation { %s(input: %s) @dryRun { userErrors { code } } }", mutation.Name, given)
			response := run(crm.WithActor(t.Context(), actor), query, nil)
			if len(response.Errors) > 0 {
				return response.Errors.Error()
			}
			return string(response.Data)
		}
		for _, mutation := range schema.Mutation.Fields {
			right, _ := crm.RightToDo(mutation.Name)
			with := crm.RightsOf(right, crm.ViewFinance).Closed()
			if got := codes(with, mutation); strings.Contains(got, "FORBIDDEN") {
				t.Errorf("%s with %s: %s", mutation.Name, right, got)
			}
			if right.IsEveryones() {
				continue
			}
			if got := codes(crm.AllRights().Without(right), mutation); !strings.Contains(got, `"userErrors":[{"code":"FORBIDDEN"}]`) {
				t.Errorf("%s without %s: %s", mutation.Name, right, got)
			}
		}
	})
}

// least writes the least that a type accepts.
func least(schema *ast.Schema, given *ast.Type) string {
	if given.Elem != nil && given.Elem.Name() == "Right" {
		return "[]" // one gives what one has
	}
	if given.Elem != nil {
		return "[" + least(schema, given.Elem) + "]"
	}
	definition := schema.Types[given.Name()]
	switch definition.Kind {
	case ast.Enum:
		return definition.EnumValues[0].Name
	case ast.InputObject:
		var fields []string
		for _, field := range definition.Fields {
			if (field.Type.NonNull && field.DefaultValue == nil) || (definition.Directives.ForName("oneOf") != nil && len(fields) == 0) {
				fields = append(fields, field.Name+": "+least(schema, field.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	values := map[string]string{"ID": `"cus_00000000000000000000000000"`, "Int": "1", "Boolean": "true", "Date": `"2026-11-23"`,
		"DateTime": `"2026-11-23T10:00:00.000Z"`, "Decimal": `"1.00"`, "String": `"x"`}
	if value, known := values[definition.Name]; known {
		return value
	}
	return `"1.00"`
}

// TestWhatIsNotSeenIsAbsent looks at the card and at all around it, with all rights but one.
func TestWhatIsNotSeenIsAbsent(t *testing.T) {
	t.Parallel()
	schema := wholeSchema()
	card := names(schema, schema.Types["Customer"], 3)
	query := `{ viewer { rights ` + names(schema, schema.Types["Viewer"], 2) + ` }
		one: customer(by: {number: "10002"}) { counts { contacts openLeads openRequests runningProjects communications } ` + card + ` }
		two: customer(by: {number: "10003"}) { ` + card + ` }
		search(text: "van", archived: INCLUDE) { card { __typename } } engagements(archived: INCLUDE) { totalCount nodes { ` + names(schema, schema.Types["Engagement"], 2) + ` } }
		engagementTotals { __typename } campaigns { totalCount nodes { ` + names(schema, schema.Types["Campaign"], 2) + ` } } checklistItems(group: CUSTOMER) { __typename }
		events(first: 100) { totalCount nodes { kind card { __typename } subject { __typename } } } }`
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		office := crmtest.New(t, store)
		run, ids := runner(office.CRM), everyID(t, store)
		look := func(rights crm.RightSet) (found map[crm.Right]bool, answer string) {
			t.Helper()
			actor := office.Actor(crmtest.Fatima)
			actor.Rights = rights
			found = make(map[crm.Right]bool)
			asked := []map[string]any{nil}
			for some := range slices.Chunk(ids, 100) {
				asked = append(asked, map[string]any{"ids": some})
			}
			for i := range asked {
				query := query
				if i > 0 {
					query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
				}
				response := run(crm.WithActor(t.Context(), actor), query, asked[i])
				for _, fault := range response.Errors {
					// Amounts alone are refused by name: their button says that there are any. They need the projects they are of.
					if !strings.Contains(fault.Error(), "these amounts") || rights.Has(crm.ViewFinance) && rights.Has(crm.ViewEngagements) {
						t.Fatalf("%v: %v", rights.List(), fault)
					}
				}
				answer += string(response.Data)
				var data any
				if err := json.Unmarshal(response.Data, &data); err != nil {
					t.Fatal(err)
				}
				for _, name := range valuesOf(data, "__typename") {
					right, _ := crm.RightToSee(name)
					found[right] = true
				}
			}
			return found, answer
		}
		all, _ := look(crm.AllRights())
		for _, right := range []crm.Right{crm.ViewContacts, crm.ViewRelations, crm.ViewEngagements, crm.ViewPreferences, crm.ViewFinance, crm.ViewChecklists,
			crm.ViewCampaigns, crm.ViewProcesses, crm.ViewCommunications} {
			if !all[right] {
				t.Errorf("nothing of %s was looked at", right)
			}
			found, answer := look(crm.AllRights().Without(right))
			if found[right] {
				t.Errorf("without %s one sees %s", right, answer)
			}
		}
		_, answer := look(crm.RightSet(0))
		if !strings.Contains(answer, `{"contacts":0,"openLeads":0,"openRequests":0,"runningProjects":0,"communications":0,`) {
			t.Errorf("counts without rights: %s", answer)
		}
	})
}

// TestWhoSeesOwnCardsFindsNoOthers looks at all that there is as a colleague who sees his own cards alone.
func TestWhoSeesOwnCardsFindsNoOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		office := crmtest.New(t, store)
		run := runner(office.CRM)
		own := map[string]bool{"10003": true, "10004": true, "10006": true, "10007": true} // those of Joris
		actor := office.Actor(crmtest.Joris)
		actor.Scope, actor.Rights = crm.OwnRelations, crm.AllRights()
		ask := func(query string, variables map[string]any) (data map[string]any) {
			t.Helper()
			response := run(crm.WithActor(t.Context(), actor), query, variables)
			if len(response.Errors) > 0 {
				t.Fatal(response.Errors)
			}
			if err := json.Unmarshal(response.Data, &data); err != nil {
				t.Fatal(err)
			}
			return data
		}
		lists := ask(`{ customers(stages: [CUSTOMER, PROSPECT], archived: INCLUDE) { totalCount nodes { number relations { other { number } } relatedContacts { nodes { contact { customer { number } } } } } }
			engagements(archived: INCLUDE, first: 100) { nodes { customer { number } } } events(first: 100) { nodes { customer { number } } }
			campaigns { nodes { members { totalCount nodes { customer { number } } } } } viewer { attentions { card { ... on Customer { number } } } openSteps { nodes { process { card { ... on Customer { number } } } } } }
			search(text: "de", archived: INCLUDE, first: 50) { card { ... on Customer { number } ... on Contact { customer { number } } ... on Engagement { customer { number } } } } }`, nil)
		for _, number := range valuesOf(lists, "number") {
			if !own[number] {
				t.Errorf("a list shows something of %s", number)
			}
		}
		if total := lists["customers"].(map[string]any)["totalCount"]; total != float64(len(own)) {
			t.Errorf("%v relations are counted", total)
		}
		seen := make(map[bool]int)
		for _, table := range []string{"contacts", "engagements", "communications", "attentions", "events", "billable_lines", "processes", "process_steps",
			"campaign_memberships", "acquisition_goals"} {
			var rows []struct{ ID, Number string }
			err := store.Read().NewSelect().TableExpr(table+" AS t").Join("JOIN customers AS c ON c.id = t.customer_id").ColumnExpr("t.id, c.number").Scan(db.Everywhere(t.Context()), &rows)
			if err != nil {
				t.Fatal(err)
			}
			for some := range slices.Chunk(rows, 100) {
				ids := make([]string, len(some))
				for i, row := range some {
					ids[i] = row.ID
				}
				for i, node := range ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": ids})["nodes"].([]any) {
					if (node != nil) != own[some[i].Number] {
						t.Errorf("%s of %s: %v", table, some[i].Number, node)
					}
					seen[node != nil]++
				}
			}
		}
		if seen[true] < 20 || seen[false] < 20 {
			t.Errorf("too little was looked at: %v", seen)
		}
		foreign, mine := office.Customer("10002").ID, office.Customer("10003").ID
		for name, mutation := range map[string]string{
			"archive":   fmt.Sprintf(`archiveCustomer(input: {id: %q})`, foreign),
			"attention": fmt.Sprintf(`addAttention(input: {cardId: %q, text: "x"})`, foreign),
			"relation":  fmt.Sprintf(`addCardRelation(input: {fromId: %q, toId: %q, kind: SISTER})`, mine, foreign),
			"contact":   fmt.Sprintf(`archiveContact(input: {id: %q})`, office.Contact("Erik Jansen").ID),
			"selection": fmt.Sprintf(`createSelection(input: {cardType: CUSTOMER, ids: [%q]})`, foreign),
			"report":    fmt.Sprintf(`runReport(input: {reportId: %q, scope: SELECTION, cardIds: [%q], format: CSV})`, office.Report("Klantenlijst").ID, foreign),
		} {
			answer := fmt.Sprint(ask("mutation { "+mutation+" { userErrors { code } } }", nil))
			if !strings.Contains(answer, "NOT_FOUND") {
				t.Errorf("%s: %s", name, answer)
			}
		}
	})
}

// valuesOf are all texts in an answer under a name.
func valuesOf(data any, name string) []string {
	var found []string
	switch data := data.(type) {
	case map[string]any:
		for key, value := range data {
			if text, ok := value.(string); ok && key == name {
				found = append(found, text)
			}
			found = append(found, valuesOf(value, name)...)
		}
	case []any:
		for _, value := range data {
			found = append(found, valuesOf(value, name)...)
		}
	}
	return found
}

// everyID gives the ids of all that the store holds.
func everyID(t *testing.T, store *db.DB) []string {
	t.Helper()
	var ids []string
	for _, table := range []string{"customers", "contacts", "contact_functions", "engagements", "nominations", "communications", "card_relations", "attentions",
		"events", "billable_lines", "processes", "process_steps", "campaigns", "campaign_memberships", "acquisition_goals", "checklist_items", "files"} {
		var some []string
		if err := store.Read().NewSelect().Table(table).Column("id").OrderExpr("id").Scan(db.Everywhere(t.Context()), &some); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, some...)
	}
	return ids
}

// names asks for the names of the types that a type leads to, so many steps far.
func names(schema *ast.Schema, of *ast.Definition, steps int) string {
	if steps == 0 || of.Kind == ast.Union {
		return "__typename"
	}
	var fields []string
	for _, field := range of.Fields {
		to := schema.Types[field.Type.Name()]
		required := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
		switch {
		case required || strings.HasPrefix(field.Name, "__") || !slices.Contains([]ast.DefinitionKind{ast.Object, ast.Interface}, to.Kind):
		case strings.HasSuffix(to.Name, "Connection"):
			row := schema.Types[to.Fields.ForName("nodes").Type.Name()]
			fields = append(fields, field.Name+" { totalCount nodes { "+names(schema, row, steps-1)+" } }")
		default:
			fields = append(fields, field.Name+" { "+names(schema, to, steps-1)+" }")
		}
	}
	return strings.Join(append(fields, "__typename"), " ")
}
