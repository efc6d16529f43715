package graph_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/graph"
)

// injections are texts that mean something to SQL, LIKE, the full-text searches of both engines, JSON or C.
var injections = []string{
	`' OR '1'='1' --`, `'; DROP TABLE customers; --`, `") OR 1=1 --`, `%`, `_%' ESCAPE '`, `\`, `\'`, `x" OR "y`, `NEAR("a" "b", 5)`, `* AND NOT -`, `a:* & !b | (`,
	`{"$gt": ""}`, `["name", {"desc": 1}]`, "x\x00y", "\u2028\u202e", `${jndi:ldap://x}`, `{{.}}`, `?`, `$1`, `:name`,
}

// TestTextsAreNeverStatements puts such texts in every place that takes a text, cursors and positions too. None breaks
// anything, and none finds more than another text that is nowhere.
func TestTextsAreNeverStatements(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, o *crmtest.Office) {
		actor := o.Actor(crmtest.Peter)
		actor.Rights = crm.AllRights()
		s := newIntruder(crm.WithActor(t.Context(), actor), t, o)
		s.ours = holdingsOf(t, o, o.ID)
		count := regexp.MustCompile(`"totalCount":[1-9]`)
		finds := 0
		for _, one := range s.proberFor(s.kinds(s.as, s.ours), s.ours, o.Customer(crmtest.Installatie).ID).probes() {
			if one.takes == "ID" || one.root == ast.Subscription {
				continue
			}
			finding := one.root == ast.Query && regexp.MustCompile(`\.(eq|in|contains|startsWith)\)$|\(search\)$`).MatchString(one.name) && !strings.Contains(one.name, ".none.")
			for _, text := range []string{injections[s.chance.IntN(len(injections))], injections[0]} {
				answer, _ := s.asks(s.as, one.query, text, true)
				if strings.Contains(answer, `"code":"INTERNAL"`) || strings.Contains(answer, "SQLSTATE") {
					s.fails("%s breaks on %q: %.300s", one.name, text, answer)
				}
				if finding && text == injections[0] {
					finds++
					if count.MatchString(answer) {
						s.fails("%s finds something by %q: %.300s", one.name, text, answer)
					}
				}
			}
		}
		if finds < 50 {
			t.Errorf("%d places were looked for", finds)
		}
		if after := holdingsOf(t, o, o.ID); len(after.rows) != len(s.ours.rows) {
			t.Errorf("%d rows became %d", len(s.ours.rows), len(after.rows))
		}
	})
}

// TestInputsTakeOnlyWhatTheyName says that nobody sets what the server sets: no input has a field for it, and a field
// that an input does not have is refused, written down or in a variable.
func TestInputsTakeOnlyWhatTheyName(t *testing.T) {
	t.Parallel()
	servers := regexp.MustCompile(`^(organization|office|tenant).*|^(created|updated|archived|revoked|lastUsed|closed)(At|By|ById)$|^version$|^(password|secret|token)Hash$|^isAdmin.*`)
	schema := wholeSchema()
	inputs := 0
	for _, definition := range schema.Types {
		if definition.Kind != ast.InputObject || strings.HasSuffix(definition.Name, "Filter") {
			continue
		}
		inputs++
		for _, field := range definition.Fields {
			if servers.MatchString(field.Name) && schema.Types[field.Type.Name()].Kind != ast.InputObject {
				t.Errorf("%s.%s is the server's to set", definition.Name, field.Name)
			}
		}
	}
	if inputs < 100 {
		t.Errorf("%d inputs", inputs)
	}
	exec := graph.NewExecutor(graph.NewSchema(nil, graph.NewLive(nil, graph.LiveSettings{})), nil, graph.Settings{})
	for _, more := range []string{"organizationId", "version", "createdById", "number", "__proto__"} {
		fields := map[string]any{"name": "x", more: "x"}
		for _, sent := range []*graphql.RawParams{
			{Query: `mutation { createCustomer(input: {fields: {name: "x", ` + more + `: "x"}}) { position } }`},
			{Query: `mutation ($fields: CustomerFields!) { createCustomer(input: {fields: $fields}) { position } }`, Variables: map[string]any{"fields": fields}},
		} {
			_, faults := exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), sent)
			if len(faults) == 0 || faults[0].Extensions["code"] != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s is taken: %v", more, faults)
			}
		}
	}
}
