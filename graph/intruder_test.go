package graph_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/graph"
)

var seed = flag.Uint64("seed", 1, "of what strangers try")

var anyID = regexp.MustCompile(`\b[a-z]{3}_[0-9a-z]{26}\b`)

// holdings are what an office holds, as the store tells.
type holdings struct {
	rows  map[string]string   // by table and row
	ids   map[string][]string // by prefix
	texts map[string]bool
}

// holdingsOf reads every table for what is an office's own.
func holdingsOf(t *testing.T, o *crmtest.Office, office crm.ID) holdings {
	t.Helper()
	held := holdings{map[string]string{}, map[string][]string{}, map[string]bool{}}
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_index%'"
	if o.DB.Read().Engine() == db.Postgres {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	var tables []string
	if err := o.DB.Read().NewRaw(query).Scan(db.Everywhere(t.Context()), &tables); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		held.read(t, o, table, string(office))
	}
	for _, row := range held.rows {
		for _, id := range anyID.FindAllString(row, -1) {
			prefix := id[:3]
			if !slices.Contains(held.ids[prefix], id) {
				held.ids[prefix] = append(held.ids[prefix], id)
			}
		}
	}
	for _, ids := range held.ids {
		slices.Sort(ids)
	}
	return held
}

func (h holdings) read(t *testing.T, o *crmtest.Office, table, office string) {
	t.Helper()
	found, err := o.DB.Read().QueryContext(db.Everywhere(t.Context()), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	key := slices.Index(columns, "organization_id")
	if table == "organizations" {
		key = slices.Index(columns, "id")
	}
	for key >= 0 && found.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = fmt.Sprint(value)
			if raw, ok := value.([]byte); ok {
				texts[i] = string(raw)
			}
		}
		if texts[key] != office {
			continue
		}
		row := strings.Join(texts, "|")
		h.rows[table+"|"+row] = row
		for _, text := range texts {
			h.texts[text] = true
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
}

// intruder tries the whole schema on what is another's.
type intruder struct {
	t       *testing.T
	office  *crmtest.Office
	schema  *ast.Schema
	exec    *executor.Executor
	streams *graph.Executor
	chance  *rand.Rand
	as      context.Context //nolint:containedctx // who tries
	ours    holdings
	theirs  holdings
	// told are the words of theirs that stand in no answer, and secret those that stand within none.
	told   map[string]bool
	secret []string
	texts  []string       // that are looked for
	within bool           // the office: what is locked before it is looked at costs a statement
	asked  map[string]int // how often of each kind
	faults int
}

func newIntruder(as context.Context, t *testing.T, o *crmtest.Office) *intruder {
	t.Helper()
	feed := graph.NewLive(o.CRM, graph.LiveSettings{})
	t.Cleanup(feed.Close)
	o.OnSignal(func(signal crm.Signal) { feed.Signal(signal) })
	schema := graph.NewSchema(o.CRM, feed)
	exec := executor.New(schema)
	exec.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	exec.SetErrorPresenter(graph.PresentError)
	exec.SetRecoverFunc(graph.Recover)
	return &intruder{t: t, office: o, schema: schema.Schema(), exec: exec, streams: graph.NewExecutor(schema, feed, graph.Settings{}),
		chance: rand.New(rand.NewPCG(*seed, 0)), as: as, asked: map[string]int{}}
}

// meets takes in what both hold, and what of theirs may stand in no answer.
func (s *intruder) meets(theirs holdings) {
	s.theirs, s.told = theirs, map[string]bool{}
	s.secret = []string{"geheim", "naburig", "heimelijk", "nico buur"}
	s.texts = []string{"Geheim", "Geheime Zaken B.V.", "Heimelijk", "nico@naburig.example", "geheim@naburig.example", "00900199",
		"Geheime lead", "geheim-1", "https://login.naburig.example", "geheim.txt", "Naburige Detachering B.V."}
	known := map[string]bool{}
	for _, definition := range s.schema.Types {
		for _, value := range definition.EnumValues {
			known[value.Name] = true
		}
	}
	for text := range theirs.texts {
		if len(text) > 3 && !s.ours.texts[text] && !known[text] && strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") && !strings.Contains(text, "UTC") {
			s.told[text] = true
		}
	}
}

// asks executes an operation and gives its answer with the number of statements it took.
func (s *intruder) asks(as context.Context, query string, probed any, try bool) (answer string, statements int64) {
	s.t.Helper()
	if try {
		as = crm.WithManner(as, crm.Manner{Try: func([]*crm.Event) {}})
	}
	variables := map[string]any{}
	if probed != nil {
		variables["probed"] = probed
	}
	if strings.HasPrefix(query, "subscription") {
		return s.listens(as, query, variables), 0
	}
	ctx, count := db.WithCount(graphql.StartOperationTrace(as))
	ctx = crm.WithCursor(graph.WithLoaders(ctx), crm.Position{})
	operation, faults := s.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if faults != nil {
		s.t.Fatalf("%s: %v", query, faults)
	}
	respond, ctx := s.exec.DispatchOperation(ctx, operation)
	response := respond(ctx)
	response.Extensions = nil
	encoded, err := json.Marshal(response)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(encoded), count.N()
}

// listens gives the first message of a subscription, or why it is refused.
func (s *intruder) listens(as context.Context, query string, variables map[string]any) string {
	s.t.Helper()
	ctx := graphql.StartOperationTrace(as)
	operation, faults := s.streams.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if faults != nil {
		s.t.Fatalf("%s: %v", query, faults)
	}
	stream, refused := s.streams.Subscribe(ctx, operation, graph.SubscribeOptions{Wake: func() {}})
	if refused != nil {
		return refused.Errors.Error()
	}
	defer stream.Close()
	message, err := stream.Next(ctx)
	if err != nil || message == nil {
		return fmt.Sprint(err)
	}
	return string(message.Payload)
}

// finds tells what of the other office stands in an answer, besides what was sent.
func (s *intruder) finds(answer, sent string) string {
	answer = strings.ReplaceAll(answer, sent, "")
	var data any
	if err := json.Unmarshal([]byte(answer), &data); err == nil {
		for _, text := range textsOf(data) {
			if s.told[text] {
				return text
			}
		}
	}
	for _, id := range anyID.FindAllString(answer, -1) {
		if slices.Contains(s.theirs.ids[id[:3]], id) && !slices.Contains(s.ours.ids[id[:3]], id) {
			return id
		}
	}
	small := strings.ToLower(strings.ReplaceAll(strings.ToLower(answer), strings.ToLower(sent), ""))
	for _, word := range s.secret {
		if strings.Contains(small, word) {
			return word
		}
	}
	return ""
}

// textsOf are all texts in an answer.
func textsOf(data any) []string {
	var found []string
	switch data := data.(type) {
	case string:
		return []string{data}
	case map[string]any:
		for _, value := range data {
			found = append(found, textsOf(value)...)
		}
	case []any:
		for _, value := range data {
			found = append(found, textsOf(value)...)
		}
	}
	return found
}

// pair is something of the other office's, and the same where there is none.
type pair struct{ foreign, absent string }

// pairs are what a probe is tried with.
func (s *intruder) pairs(one probe, cursor string) []pair {
	switch {
	case one.takes == "ID":
		var all []pair
		for _, prefix := range s.prefixes(one) {
			id := s.theirs.ids[prefix][s.chance.IntN(len(s.theirs.ids[prefix]))]
			all = append(all, pair{id, prefix + "_06h0n" + crockford(s.chance, 20) + "0"})
		}
		return all
	case one.takes == "Position":
		head, err := s.office.Events.Head(s.as)
		if err != nil {
			s.t.Fatal(err)
		}
		raw, _ := base64.RawURLEncoding.DecodeString(head.String())
		var all []pair
		for number := range 2 {
			foreign, absent := slices.Clone(raw), slices.Clone(raw)
			foreign[8], absent[8] = byte(number+1), byte(number+1)
			copy(foreign[9:], s.checkOf(number+1))
			all = append(all, pair{base64.RawURLEncoding.EncodeToString(foreign), base64.RawURLEncoding.EncodeToString(absent)})
		}
		return all
	case cursor != "":
		return []pair{{cursor, ""}}
	}
	text := s.texts[s.chance.IntN(len(s.texts))]
	if addresses := slices.DeleteFunc(slices.Clone(s.texts), func(text string) bool { return !strings.Contains(text, "@") }); strings.Contains(strings.ToLower(one.name), "email") {
		text = addresses[s.chance.IntN(len(addresses))]
	}
	return []pair{{text, shifted(text)}}
}

// checkOf is the check of a place in the other office's log.
func (s *intruder) checkOf(number int) []byte {
	s.t.Helper()
	var id string
	err := s.office.DB.Read().NewSelect().Table("events").Column("id").Where("organization_id <> ? AND position = ?", s.office.ID, number).Scan(db.Everywhere(s.t.Context()), &id)
	if err != nil {
		s.t.Fatal(err)
	}
	event := &crm.Event{ID: crm.ID(id), Number: int64(number)}
	raw, _ := base64.RawURLEncoding.DecodeString(event.Position().String())
	return raw[9:]
}

func crockford(chance *rand.Rand, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = "0123456789abcdefghjkmnpqrstvwxyz"[chance.IntN(32)]
	}
	return string(text)
}

// shifted is another text of the same form: its first word has other letters behind the first.
func shifted(text string) string {
	other := []byte(text)
	for i := 1; i < len(other); i++ {
		switch c := other[i]; {
		case c >= 'a' && c < 'z' && !strings.HasPrefix(text, "http"):
			other[i]++
		case c >= 'a' && c < 'z' && i > len("https://"):
			other[i]++
		case c >= '0' && c < '9':
			other[i]++
		case c == ' ' || c == '@' || c == '-' || c == '.' && !strings.HasPrefix(text, "http"):
			return string(other)
		}
	}
	return string(other)
}

// prefixes are those of the ids that a probe is tried with: what it is likely about, and another by chance.
func (s *intruder) prefixes(one probe) []string {
	all := slices.DeleteFunc(sorted(s.theirs.ids), func(prefix string) bool { return len(s.theirs.ids[prefix]) == 0 })
	found := []string{all[s.chance.IntN(len(all))]}
	for _, name := range one.asks {
		prefix := prefixOf(name)
		if slices.Contains(all, prefix) && !slices.Contains(found, prefix) {
			found = append(found, prefix)
		}
		if len(found) == 2 {
			break
		}
	}
	return found
}

// prefixOf is that of the ids of a type.
func prefixOf(typeName string) string {
	return map[string]string{"Organization": "org", "User": "usr", "APIToken": "key", "Session": "ses", "Customer": "cus", "Contact": "con", "Lead": "lea",
		"Request": "req", "Project": "pro", "Nomination": "nom", "CardRelation": "rel", "Attention": "att", "Event": "evt", "Report": "rep", "ReportRun": "run",
		"LookupValue": "lok", "BillableLine": "bil", "ContactFunction": "fun", "File": "fil", "ChecklistItem": "chk", "Campaign": "cam",
		"CampaignMembership": "mem", "AcquisitionGoal": "gol", "OfficeRole": "rol", "Team": "tea", "IdentityProvider": "idp", "IdentityLink": "lnk",
		"Selection": "sel", "DocumentTemplate": "tpl", "ProcessTemplate": "ptm", "Process": "prc", "ProcessStep": "stp",
		"Email": "com", "Letter": "com", "Invoice": "com", "Appointment": "com", "ConversationNote": "com", "WorkflowEntry": "com"}[typeName]
}

// kinds finds the types of all ids of an office, as its own colleague is told them.
func (s *intruder) kinds(as context.Context, held holdings) map[string][]string {
	s.t.Helper()
	found := map[string][]string{}
	for _, prefix := range sorted(held.ids) {
		for some := range slices.Chunk(held.ids[prefix], 100) {
			answer, _ := s.asks(as, `query ($probed: [ID!]!) { nodes(ids: $probed) { id __typename } }`, some, false)
			var told struct {
				Data struct {
					Nodes []*struct{ ID, Typename string }
				}
			}
			if err := json.Unmarshal([]byte(strings.ReplaceAll(answer, "__typename", "typename")), &told); err != nil {
				s.t.Fatal(err)
			}
			for _, node := range told.Data.Nodes {
				if node != nil {
					found[node.Typename] = append(found[node.Typename], node.ID)
				}
			}
		}
	}
	return found
}

// proberFor walks the schema with things of an office in the other places.
func (s *intruder) proberFor(kinds map[string][]string, rows holdings, centre crm.ID) *prober {
	of := func(typeName string) string {
		for _, id := range kinds[typeName] {
			for _, row := range rows.rows {
				if strings.Contains(row, id) && strings.Contains(row, string(centre)) {
					return id // on the relation that has some of everything
				}
			}
		}
		if ids := kinds[typeName]; len(ids) > 0 {
			return ids[0]
		}
		return ""
	}
	known := map[string]string{"Customer": string(centre)}
	remembered := func(typeName string) string {
		if _, ok := known[typeName]; !ok {
			known[typeName] = of(typeName)
		}
		return known[typeName]
	}
	return &prober{schema: s.schema, of: remembered, owned: func(asks []string) string {
		for _, typeName := range asks {
			if id := remembered(typeName); id != "" {
				return id
			}
		}
		return string(centre)
	}}
}

func (s *intruder) fails(format string, args ...any) {
	s.t.Helper()
	s.faults++
	if s.faults < 40 {
		s.t.Errorf(format, args...)
	}
}

// tries sends what a probe takes, twice: of the other office, and where there is none.
func (s *intruder) tries(one probe, cursor string) {
	s.t.Helper()
	for _, with := range s.pairs(one, cursor) {
		s.asked[string(one.root)+" "+one.takes]++
		foreign, cost := s.asks(s.as, one.query, with.foreign, true)
		if found := s.finds(foreign, with.foreign); found != "" {
			s.fails("%s with %s tells %q: %.600s", one.name, with.foreign, found, foreign)
		}
		if with.absent == "" {
			continue // a cursor is a place in an order, whoever gave it
		}
		absent, price := s.asks(s.as, one.query, with.absent, true)
		if a, b := s.plainly(foreign, with.foreign), s.plainly(absent, with.absent); a != b {
			s.fails("%s with %s and %s differ: %s", one.name, with.foreign, with.absent, apart(a, b))
		}
		if cost != price && !s.within {
			s.fails("%s takes %d statements with %s, and %d with %s", one.name, cost, with.foreign, price, with.absent)
		}
		if one.root == ast.Mutation && one.takes == "ID" {
			s.asks(s.as, one.query, with.foreign, false) // in earnest
		}
	}
}

// plainly is an answer without what was sent, and without the names that new things get.
func (s *intruder) plainly(answer, sent string) string {
	answer = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(sent)).ReplaceAllString(answer, "‹sent›")
	answer = anyID.ReplaceAllStringFunc(answer, func(id string) string {
		if slices.Contains(s.ours.ids[id[:3]], id) {
			return id
		}
		return "‹new›"
	})
	return regexp.MustCompile(`"([a-zA-Z_]*[pP]osition|[a-zA-Z]*Cursor|[a-zA-Z_]*[cC]ursor|requestId|secret)":"[^"]*"`).ReplaceAllString(answer, `"$1":"‹›"`)
}

func apart(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%.200s / %.200s", a[max(0, i-60):], b[max(0, i-60):])
		}
	}
	return fmt.Sprintf("%.300s / %.300s", a, b)
}

// everythingAtOnce asks for all that can be asked for without an argument.
func (s *intruder) everythingAtOnce() map[string]string {
	p, answers := &prober{schema: s.schema}, map[string]string{}
	for _, field := range s.schema.Query.Fields {
		if strings.HasPrefix(field.Name, "__") || len(needed(field)) > 0 {
			continue
		}
		answers[field.Name], _ = s.asks(s.as, "{ "+field.Name+" "+p.selection(field.Type.Name(), 2)+" }", nil, false)
	}
	return answers
}

// TestAStrangerFindsNothingOfAnotherOffice tries every place of the schema that takes an id, a position, a cursor or a
// text with what another office holds. It sees nothing of it, is answered as if it were not there, at the same
// price, and changes nothing.
func TestAStrangerFindsNothingOfAnotherOffice(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, o *crmtest.Office) {
		actor := o.Actor(crmtest.Peter)
		actor.Rights = crm.AllRights()
		actor.CredentialID = crmtest.Must(o.Sessions.CreateToken(crm.WithActor(t.Context(), actor), crm.CreateAPITokenInput{Name: "Eigen sleutel"}))(t).APIToken.ID
		s := newIntruder(crm.WithActor(t.Context(), actor), t, o)
		s.ours = holdingsOf(t, o, o.ID)
		alone := s.everythingAtOnce()
		n := o.Neighbour()
		theirs := holdingsOf(t, o, n.Office)
		s.meets(theirs)
		for name, together := range s.everythingAtOnce() {
			if alone[name] != together {
				s.fails("%s is another when there is another office: %s", name, apart(alone[name], together))
			}
		}
		centre := o.Customer(crmtest.Installatie).ID
		own := s.proberFor(s.kinds(s.as, s.ours), s.ours, centre).probes()
		cursors := s.cursorsOf(n, theirs)
		s.power(n, own)
		theirs = holdingsOf(t, o, n.Office)
		for _, one := range own {
			s.tries(one, cursors[one.name])
		}
		s.invites(n)
		if after := holdingsOf(t, o, n.Office); !maps.Equal(after.rows, theirs.rows) {
			for row := range after.rows {
				if _, there := theirs.rows[row]; !there {
					s.fails("the other office was changed: %.300s", row)
				}
			}
			s.fails("the other office has %d rows, not %d", len(after.rows), len(theirs.rows))
		}
		t.Logf("%d probes, %d words, tried %v, cursors %d", len(own), len(s.told), s.asked, len(cursors))
		for _, kind := range []string{"query ID", "query String", "mutation ID", "mutation String", "subscription ID", "subscription Position"} {
			if s.asked[kind] == 0 {
				t.Errorf("nothing was tried of %s", kind)
			}
		}
	})
}

// cursorsOf gives the cursors that the other office gets in its own lists, by the place that takes them.
func (s *intruder) cursorsOf(n *crmtest.Neighbour, theirs holdings) map[string]string {
	s.t.Helper()
	found := map[string]string{}
	for _, one := range s.proberFor(s.kinds(n.Context(), theirs), theirs, n.Customer).probes() {
		argument := one.name[strings.LastIndex(one.name, "(")+1 : len(one.name)-1]
		if argument != "after" && argument != "before" || one.root != ast.Query {
			continue
		}
		query := strings.Replace(one.query, argument+": "+probed, "first: 1", 1)
		answer, _ := s.asks(n.Context(), strings.Replace(query, " ("+probed+": "+one.takes+"!)", "", 1), nil, false)
		if _, rest, ok := strings.Cut(answer, `"endCursor":"`); ok {
			found[one.name], _, _ = strings.Cut(rest, `"`)
		}
	}
	return found
}

// invites invites an address that signs in at the other office and one of nobody, in earnest, and before that corrects the
// address of an invitation to either. Answers, prices, what the office sees of it afterwards and e-mails are the same.
func (s *intruder) invites(n *crmtest.Neighbour) {
	s.t.Helper()
	p, absent := &prober{schema: s.schema}, "nemo@naburig.example"
	payload := func(name string) string { return p.selection(name+"ColleaguePayload", 2) }
	corrected := map[string]string{}
	for _, address := range []string{n.UserEmail, absent} {
		user := crmtest.Must(s.office.Accounts.Invite(s.as, crm.InviteColleagueInput{Name: "Eva", Email: "bij." + address, Role: crm.Colleague}))(s.t).User
		corrected[address] = string(user.ID)
	}
	correct := func(to func(address string) string) func(string) (string, int64) {
		return func(address string) (string, int64) {
			return s.asks(s.as, fmt.Sprintf(`mutation { reinviteColleague(input: {id: %q, email: %q}) %s }`, corrected[address], to(address), payload("Reinvite")), nil, false)
		}
	}
	invite := func(address string) (string, int64) {
		return s.asks(s.as, fmt.Sprintf(`mutation { inviteColleague(input: {name: "Eva", email: %q}) %s }`, address, payload("Invite")), nil, false)
	}
	seen := func(query string) func(string) (string, int64) {
		return func(address string) (string, int64) {
			query := strings.NewReplacer("‹id›", corrected[address], "‹user›", p.selection("User", 2), "‹log›", p.selection("AccessEvent", 1)).Replace(query)
			return s.asks(s.as, query, nil, false)
		}
	}
	same := func(what string, ask func(address string) (string, int64), want string) {
		s.t.Helper()
		foreign, cost := ask(n.UserEmail)
		nobodys, price := ask(absent)
		if !strings.Contains(foreign, want) || s.finds(foreign, n.UserEmail) != "" {
			s.fails("%s: %.900s", what, foreign)
		}
		plain := func(answer, address string) string {
			return strings.ReplaceAll(s.plainly(answer, address), corrected[address], "‹new›")
		}
		if a, b := plain(foreign, n.UserEmail), plain(nobodys, absent); a != b || cost != price {
			s.fails("%s takes %d and %d statements, and differs: %s", what, cost, price, apart(a, b))
		}
	}
	same("correcting an address", correct(func(address string) string { return address }), `"userErrors":[]`)
	same("a colleague whose address was corrected", seen(`{ node(id: "‹id›") { ... on User ‹user› } }`), `"status":"QUEUED"`)
	before := len(s.office.Post.Mails())
	for tried := true; tried; {
		tried = crmtest.Must(s.office.Accounts.SendNext(s.as))(s.t)
	}
	s.sameMails(before, n.UserEmail, absent)
	same("a colleague who was sent an invitation", seen(`{ node(id: "‹id›") { ... on User ‹user› } }`), `"status":"SENT"`)
	same("the log", seen(`{ accessEvents(first: 2, filter: {users: ["‹id›"]}) { nodes ‹log› } }`), `"COLLEAGUE_INVITED"`)
	same("an address of one's own office", invite, `"DUPLICATE"`)
	same("going back", correct(func(address string) string { return "bij." + address }), `"userErrors":[]`)
	same("inviting", invite, `"userErrors":[]`)
	same("inviting again", invite, `"DUPLICATE"`)
}

// sameMails says that the e-mails from one on are two alike for each of two addresses.
func (s *intruder) sameMails(from int, addresses ...string) {
	s.t.Helper()
	told := map[string]string{}
	for _, one := range s.office.Post.Mails()[from:] {
		for _, address := range addresses {
			if one.To[0].Email == address {
				told[address] += regexp.MustCompile(`kki_[A-Za-z0-9_-]{43}`).ReplaceAllString(s.plainly(one.Subject+one.Text, address), "‹token›")
			}
		}
	}
	if a, b := told[addresses[0]], told[addresses[1]]; a != b || !strings.Contains(a, "‹token›") {
		s.fails("e-mails differ: %s", apart(a, b))
	}
}

// power says that the probes find something where there is something: the other office does, by the same ways.
func (s *intruder) power(n *crmtest.Neighbour, all []probe) {
	s.t.Helper()
	found := 0
	for i, one := range all {
		if one.takes != "ID" || one.root == ast.Subscription || i%3 > 0 {
			continue
		}
		for _, with := range s.pairs(one, "") {
			if answer, _ := s.asks(n.Context(), one.query, with.foreign, true); s.finds(answer, with.foreign) != "" {
				found++
				break
			}
		}
	}
	s.t.Logf("%d probes find something for who owns it", found)
	if found < 15 {
		s.t.Errorf("the probes are blunt: %d find something for who owns it", found)
	}
}

// ofHidden leaves of what an office holds that of some relations: the rows that name them, and what these are called.
// What the whole office shares, such as its lists, colleagues and campaigns, is not theirs.
func ofHidden(whole holdings, relations ...crm.ID) holdings {
	hidden := holdings{map[string]string{}, map[string][]string{}, map[string]bool{}}
	own := []string{"cus", "con", "lea", "req", "pro", "nom", "com", "rel", "att", "evt", "bil", "fun", "mem", "gol", "prc", "stp"}
	for key, row := range whole.rows {
		if !slices.ContainsFunc(relations, func(id crm.ID) bool { return strings.Contains(row, string(id)) }) {
			continue
		}
		hidden.rows[key] = row
		for _, id := range anyID.FindAllString(row, -1) {
			if slices.Contains(own, id[:3]) && !slices.Contains(hidden.ids[id[:3]], id) {
				hidden.ids[id[:3]] = append(hidden.ids[id[:3]], id)
			}
		}
	}
	for _, ids := range hidden.ids {
		slices.Sort(ids)
	}
	return hidden
}

// TestAColleagueFindsNothingOfCardsNotSeen tries the same places as a colleague of the same office, who sees own cards
// alone and no amounts.
func TestAColleagueFindsNothingOfCardsNotSeen(t *testing.T) {
	t.Parallel()
	crmtest.Each(t, func(t *testing.T, o *crmtest.Office) {
		actor := o.Actor(crmtest.Joris)
		actor.Rights, actor.Scope = crm.AllRights().Without(crm.ViewFinance).Without(crm.Administer), crm.OwnRelations
		s := newIntruder(crm.WithActor(t.Context(), actor), t, o)
		s.ours = holdingsOf(t, o, o.ID)
		n := o.Side()
		theirs := ofHidden(holdingsOf(t, o, o.ID), n.Customer, n.Sister)
		s.theirs, s.told, s.within = theirs, map[string]bool{}, true
		s.texts = []string{"Geheime Zaken B.V.", "Geheime Zuster", "Heimelijk", "geheim@naburig.example", "00900199", "Geheime lead", "Geheim project", "Geheim doel"}
		s.secret = []string{"geheime zaken", "geheime zuster", "heimelijk", "geheim agent", "geheime lead", "geheime aanvraag", "geheim project", "geheim-1",
			"geheim gesprek", "geheime e-mail", "geheime afspraak", "geheime attentie", "geheim doel", "geheim@naburig.example", "00900199"}
		centre := o.Customer(crmtest.Brouwer).ID
		for _, one := range s.proberFor(s.kinds(s.as, s.ours), s.ours, centre).probes() {
			if one.root != ast.Subscription {
				s.tries(one, "")
			}
		}
		t.Logf("tried %v", s.asked)
	})
}
