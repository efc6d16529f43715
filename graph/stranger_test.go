package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
)

// marks are texts that only the neighbouring office has.
var marks = []string{"Geheim", "geheim@", "Heimelijk", "Naburige", "nico@naburig", "Nico Buur"}

// place is somewhere in the schema where a client writes a value: a root field, and the way to the value from its
// arguments on.
type place struct {
	root  ast.Operation
	field *ast.FieldDefinition
	way   []string
	typ   string
}

func (p place) String() string { return p.field.Name + "(" + strings.Join(p.way, ".") + ")" }

// placesOf are all places of the schema that take a value of a scalar type; a new one is found without anyone telling.
func placesOf(schema *ast.Schema, types ...string) []place {
	var found []place
	for root, definition := range map[ast.Operation]*ast.Definition{ast.Query: schema.Query, ast.Mutation: schema.Mutation, ast.Subscription: schema.Subscription} {
		for _, field := range definition.Fields {
			for _, argument := range field.Arguments {
				for _, way := range waysTo(schema, argument.Type, types, nil) {
					found = append(found, place{root, field, append([]string{argument.Name}, way.names...), way.typ})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b place) int { return strings.Compare(a.String(), b.String()) })
	return found
}

type road struct {
	names []string
	typ   string
}

func waysTo(schema *ast.Schema, from *ast.Type, types []string, through []string) []road {
	definition := schema.Types[from.Name()]
	if slices.Contains(types, definition.Name) {
		return []road{{nil, definition.Name}}
	}
	if definition.Kind != ast.InputObject || slices.Contains(through, definition.Name) { // a filter within itself
		return nil
	}
	var found []road
	for _, field := range definition.Fields {
		for _, rest := range waysTo(schema, field.Type, types, append(through[:len(through):len(through)], definition.Name)) {
			found = append(found, road{append([]string{field.Name}, rest.names...), rest.typ})
		}
	}
	return found
}

// stranger asks as a colleague of one office, with ids of another.
type stranger struct {
	*testing.T
	schema *ast.Schema
	office *crmtest.Office
	node   *node
	ctx    context.Context //nolint:containedctx // of the one who asks
	own    map[string][]string
	dice   *rand.Rand
}

// query writes an operation with a value in a place; what else the field needs is the least that there is, with things
// of the office's own.
func (s *stranger) query(p place, value, directive string) string {
	var arguments []string
	for _, argument := range p.field.Arguments {
		switch {
		case argument.Name == p.way[0]:
			arguments = append(arguments, argument.Name+": "+s.written(argument.Type, p.field.Name+"."+argument.Name, p.way[1:], value))
		case argument.Type.NonNull && argument.DefaultValue == nil:
			arguments = append(arguments, argument.Name+": "+s.written(argument.Type, p.field.Name+"."+argument.Name, nil, ""))
		}
	}
	return string(p.root) + " { " + p.field.Name + "(" + strings.Join(arguments, ", ") + ") " + directive + s.asked(p.field.Type, 2) + " }"
}

// written writes a value of a type. at tells where, for an id of the right kind; way leads to the place of a given value.
func (s *stranger) written(given *ast.Type, at string, way []string, value string) string {
	if given.Elem != nil {
		return "[" + s.written(given.Elem, at, way, value) + "]"
	}
	definition := s.schema.Types[given.Name()]
	switch {
	case definition.Kind == ast.InputObject:
		var fields []string
		for _, field := range definition.Fields {
			needed := field.Type.NonNull && field.DefaultValue == nil || definition.Directives.ForName("oneOf") != nil && len(way) == 0 && len(fields) == 0
			switch {
			case len(way) > 0 && field.Name == way[0]:
				fields = append(fields, field.Name+": "+s.written(field.Type, at+"."+field.Name, way[1:], value))
			case needed || field.Name == "expectedVersion":
				fields = append(fields, field.Name+": "+s.written(field.Type, at+"."+field.Name, nil, ""))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case value != "" && len(way) == 0:
		return value
	case definition.Name == "ID":
		return fmt.Sprintf("%q", s.ownAt(at))
	}
	return least(s.schema, given)
}

// kindsOfIDs are the prefixes of ids, by what the name of a place holds; the longest comes first.
var kindsOfIDs = []struct{ name, prefix string }{
	{"documenttemplate", "tpl"}, {"processtemplate", "ptm"}, {"contactmoment", "com"}, {"checklistitem", "chk"}, {"communication", "com"},
	{"accountmanager", "usr"}, {"cardrelation", "rel"}, {"appointment", "com"}, {"nomination", "nom"}, {"membership", "mem"}, {"engagement", "req"},
	{"reportrun", "run"}, {"attachment", "fil"}, {"colleague", "usr"}, {"selection", "sel"}, {"attention", "att"}, {"customer", "cus"}, {"function", "fun"},
	{"document", "com"}, {"provider", "idp"}, {"campaign", "cam"}, {"identity", "lnk"}, {"invoice", "com"}, {"request", "req"}, {"contact", "con"},
	{"project", "pro"}, {"process", "prc"}, {"session", "ses"}, {"handler", "usr"}, {"leader", "usr"}, {"member", "usr"}, {"letter", "com"},
	{"report", "rep"}, {"lookup", "lok"}, {"attendee", "usr"}, {"recipient", "usr"}, {"email", "com"}, {"token", "key"}, {"line", "bil"},
	{"lead", "lea"}, {"file", "fil"}, {"item", "chk"}, {"goal", "gol"}, {"team", "tea"}, {"role", "rol"}, {"step", "stp"}, {"user", "usr"}, {"card", "cus"},
	{"owner", "cus"}, {"actor", "usr"}, {"from", "cus"}, {"to", "cus"}, {"by", "cus"},
}

// kindAt is the kind of thing that an id in a place is of, as far as the names tell.
func kindAt(at string) string {
	names := strings.Split(strings.ToLower(at), ".")
	slices.Reverse(names)
	for _, name := range names {
		for _, kind := range kindsOfIDs {
			if strings.Contains(name, kind.name) {
				return kind.prefix
			}
		}
	}
	return "lok"
}

func (s *stranger) ownAt(at string) string {
	if own := s.own[kindAt(at)]; len(own) > 0 {
		return own[0]
	}
	return "cus_00000000000000000000000000"
}

// asked selects what a type tells: its own fields, and of what it leads to as many steps as are left.
func (s *stranger) asked(of *ast.Type, steps int) string {
	definition := s.schema.Types[of.Name()]
	if len(definition.Fields) == 0 {
		if definition.Kind == ast.Union {
			return "{ __typename }"
		}
		return ""
	}
	fields := []string{"__typename"}
	for _, field := range definition.Fields {
		required := slices.ContainsFunc(field.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
		if required || strings.HasPrefix(field.Name, "__") || slices.Contains([]string{"position", "cursor", "startCursor", "endCursor", "secret", "eventCursor", "calendarUrl", "provisioningUri"}, field.Name) {
			continue
		}
		leads := len(s.schema.Types[field.Type.Name()].Fields) > 0 || s.schema.Types[field.Type.Name()].Kind == ast.Union
		deep := field.Name == "nodes" || field.Name == "userErrors" || field.Name == "warnings"
		switch {
		case !leads:
			fields = append(fields, field.Name)
		case deep:
			fields = append(fields, field.Name+" "+s.asked(field.Type, 1))
		case steps > 1:
			fields = append(fields, field.Name+" "+s.asked(field.Type, steps-1))
		}
	}
	return "{ " + strings.Join(fields, " ") + " }"
}

var anID = regexp.MustCompile(`[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}`)

// answer is what an operation tells, the ids aside that nobody has yet, and how many statements it took.
func (s *stranger) answer(query string) (text string, statements int64) {
	s.Helper()
	counted, count := db.WithCount(s.ctx)
	var told []byte
	if strings.HasPrefix(query, string(ast.Subscription)) {
		told = s.firstOf(counted, query)
	} else {
		ctx, operation := prepared(counted, s.T, s.node, query, nil)
		respond, ctx := s.node.exec.DispatchOperation(ctx, operation)
		response := respond(ctx)
		told = s.encoded(graphql.Response{Data: response.Data, Errors: response.Errors})
	}
	return anID.ReplaceAllStringFunc(string(told), func(id string) string {
		if slices.Contains(s.own[id[:3]], id) {
			return id
		}
		return "<id>"
	}), count.N()
}

func (s *stranger) encoded(told any) []byte {
	s.Helper()
	text, err := json.Marshal(told)
	if err != nil {
		s.Fatal(err)
	}
	return text
}

// firstOf is the first message of a subscription, or why there is none.
func (s *stranger) firstOf(ctx context.Context, query string) []byte {
	s.Helper()
	ctx, operation := prepared(ctx, s.T, s.node, query, nil)
	wake := make(chan struct{}, 1)
	sub, refused := s.node.exec.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}})
	if refused != nil {
		return s.encoded(refused.Errors)
	}
	defer sub.Close()
	for {
		got, err := sub.Next(ctx)
		switch {
		case err != nil:
			return s.encoded(fmt.Sprintf("%T", err) + string(s.encoded(err)))
		case got != nil:
			return got.Payload
		}
		<-wake
	}
}

// silent fails when an answer tells something of the neighbour.
func (s *stranger) silent(query, told string) {
	s.Helper()
	for _, mark := range marks {
		if strings.Contains(told, mark) {
			s.Errorf("%s tells %q: %s", query, mark, told)
		}
	}
}

// absent is an id of a kind that nobody has.
func absent(prefix string) string { return prefix + "_00000000000000000000zzzzz0" }

// idsOf are the ids of all that an office has, by their kind.
func idsOf(t *testing.T, store *db.DB, office crm.ID) map[string][]string {
	t.Helper()
	found := map[string][]string{"org": {string(office)}}
	for _, table := range tablesWith(t, store, "id", "organization_id") {
		var some []string
		err := store.Read().NewSelect().Table(table).Column("id").Where("organization_id = ?", office).OrderExpr("id").Scan(db.Everywhere(t.Context()), &some)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range some {
			if anID.MatchString(id) {
				found[id[:3]] = append(found[id[:3]], id)
			}
		}
	}
	return found
}

// tablesWith are the tables that have certain columns.
func tablesWith(t *testing.T, store *db.DB, columns ...string) []string {
	t.Helper()
	conn := store.Read()
	query := "SELECT m.name AS name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND " + conn.In("c.name") + " GROUP BY m.name HAVING count(*) = ?"
	if store.Engine() == db.Postgres {
		query = "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND " + conn.In("column_name") + " GROUP BY table_name HAVING count(*) = ?"
	}
	found, err := db.Rows[struct{ Name string }](db.Everywhere(t.Context()), conn, query, db.List(conn, columns), len(columns))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(found))
	for i, table := range found {
		names[i] = table.Name
	}
	slices.Sort(names)
	return names
}

func TestAStrangerFindsNothing(t *testing.T) {
	t.Parallel()
	schema := wholeSchema()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		office := crmtest.New(t, store)
		neighbour := office.Neighbour()
		actor := office.Actor(crmtest.Peter)
		token, err := office.Sessions.CreateToken(office.As(crmtest.Peter), crm.CreateAPITokenInput{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		actor.CredentialID = token.APIToken.ID
		feed := graph.NewLive(office.CRM, graph.LiveSettings{})
		t.Cleanup(feed.Close)
		on := &node{services: office.CRM, feed: feed, exec: graph.NewExecutor(graph.NewSchema(office.CRM, feed), feed, graph.Settings{Timeout: time.Minute})}
		s := &stranger{T: t, schema: schema, office: office, node: on, ctx: crm.WithActor(t.Context(), actor), own: idsOf(t, store, office.ID),
			dice: rand.New(rand.NewPCG(5, 11))}
		foreign := idsOf(t, store, neighbour.Office)
		before := rowsOf(t, store, neighbour.Office)
		t.Run("by any id in any place", func(t *testing.T) { s.with(t).tryIDs(foreign) })
		t.Run("by its places in lists and in its log", func(t *testing.T) { s.with(t).tryPlaces(neighbour) })
		t.Run("by any id in any mutation that is meant", func(t *testing.T) { s.with(t).changeByIDs(foreign) })
		t.Run("by its texts in any place", func(t *testing.T) { s.with(t).tryTexts(neighbour) })
		if after := rowsOf(t, store, neighbour.Office); after != before {
			t.Errorf("the neighbour's rows changed: %s", firstDifference(after, before))
		}
	})
}

func (s *stranger) with(t *testing.T) *stranger {
	t.Helper()
	own := *s
	own.T = t
	return &own
}

// tryIDs puts ids of the neighbour in every place: those of the kind that belongs there, and some of others. Each must be
// answered as one that nobody has, at the same cost.
func (s *stranger) tryIDs(foreign map[string][]string) {
	s.Helper()
	var kinds []string
	for kind := range foreign {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	tried := 0
	for _, p := range placesOf(s.schema, "ID") {
		directive := ""
		if p.root == ast.Mutation {
			directive = "@dryRun "
		}
		belongs := kindAt(p.String())
		for _, kind := range []string{belongs, kinds[s.dice.IntN(len(kinds))], kinds[s.dice.IntN(len(kinds))]} {
			some := foreign[kind]
			if len(some) == 0 {
				continue
			}
			id := some[s.dice.IntN(len(some))]
			query := s.query(p, fmt.Sprintf("%q", id), directive)
			got, cost := s.answer(query)
			want, usual := s.answer(s.query(p, fmt.Sprintf("%q", absent(kind)), directive))
			tried++
			s.silent(query, got)
			if got != want {
				s.Errorf("%s answers\n%s, and for what nobody has\n%s", query, got, want)
			} else if cost != usual {
				s.Errorf("%s costs %d statements, and for what nobody has %d", query, cost, usual)
			}
		}
	}
	s.Logf("%d operations were tried", tried)
}

// changeByIDs puts an id of the kind that belongs there in every place of a mutation, and lets it be done.
func (s *stranger) changeByIDs(foreign map[string][]string) {
	s.Helper()
	for _, p := range placesOf(s.schema, "ID") {
		some := foreign[kindAt(p.String())]
		if p.root != ast.Mutation || len(some) == 0 || strings.Contains(p.field.Name, "Session") { // not to sign itself out
			continue
		}
		query := s.query(p, fmt.Sprintf("%q", some[s.dice.IntN(len(some))]), "")
		told, _ := s.answer(query)
		s.silent(query, told)
	}
}

// tryPlaces goes on in lists and streams from where the neighbour was.
func (s *stranger) tryPlaces(neighbour *crmtest.Neighbour) {
	s.Helper()
	theirs := *s
	theirs.ctx = neighbour.Context()
	cursors := 0
	for _, p := range placesOf(s.schema, "String") {
		if p.root != ast.Query || p.way[0] != "after" || len(p.way) > 1 {
			continue
		}
		first := strings.Replace(s.query(p, "null", ""), s.asked(p.field.Type, 2), "{ pageInfo { endCursor } }", 1)
		told, _ := theirs.answer(first)
		cursor := regexp.MustCompile(`"endCursor":("[^"]+")`).FindStringSubmatch(told)
		if cursor == nil {
			continue
		}
		cursors++
		query := s.query(p, cursor[1], "")
		told, _ = s.answer(query)
		s.silent(query, told)
	}
	if cursors < 5 {
		s.Errorf("only %d lists of the neighbour have a page", cursors)
	}
	head, err := s.office.Events.Head(neighbour.Context())
	if err != nil {
		s.Fatal(err)
	}
	for _, p := range placesOf(s.schema, "Position") {
		query := s.query(p, fmt.Sprintf("%q", head), "")
		got, cost := s.answer(query)
		want, usual := s.answer(s.query(p, fmt.Sprintf("%q", crm.PositionAt(head.Number, head.Check()+1)), ""))
		s.silent(query, got)
		if got != want || cost != usual {
			s.Errorf("%s answers\n%s\nfor %d statements, and for a place that never was\n%s\nfor %d", query, got, cost, want, usual)
		}
	}
}

// tryTexts looks for the neighbour by what it is called.
func (s *stranger) tryTexts(neighbour *crmtest.Neighbour) {
	s.Helper()
	for _, p := range placesOf(s.schema, "String") {
		if p.root != ast.Query {
			continue
		}
		for _, text := range []string{"gEHEIM", "NABURIG", strings.ToUpper(neighbour.UserEmail), neighbour.CustomerNumber} {
			query := s.query(p, fmt.Sprintf("%q", text), "")
			told, _ := s.answer(query)
			s.silent(query, told)
		}
	}
}

// rowsOf are all rows of an office, as text.
func rowsOf(t *testing.T, store *db.DB, office crm.ID) string {
	t.Helper()
	var text strings.Builder
	for _, table := range tablesWith(t, store, "organization_id") {
		var rows []map[string]any
		err := store.Read().NewSelect().Table(table).Where("organization_id = ?", office).Scan(db.Everywhere(t.Context()), &rows)
		if err != nil {
			t.Fatal(err)
		}
		lines := make([]string, len(rows))
		for i, row := range rows {
			lines[i] = fmt.Sprint(table, " ", row)
		}
		slices.Sort(lines)
		fmt.Fprintln(&text, strings.Join(lines, "\n"))
	}
	return text.String()
}
