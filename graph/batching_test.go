package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
	"klantkaart/graph/generated"
)

// everything asks for each kind of child, three levels deep, through lists and connections.
const everything = `query ($n: Int!) {
  customers(first: $n) {
    totalCount
    nodes {
      name tags { text } accountManager { name invitation { status } identityLinks { subject provider { name } } teams { name members { name identityLinks { subject } } } } createdBy { name } updatedBy { name } archivedBy { name }
      recentContacts { name checklist { categories { items { checkedBy { name } item { text } } } } customer { name accountManager { name } } attentions { text author { name } } }
      recentEngagements { title customer { name } contact { name customer { name } } handler { name }
        ... on Request { nominations { name hourTypes { text } expenseTypes { text } engagement { number } } lead { title } owner { name } source { text } campaign { name } requestedFunction { text }
          closedReasonChoice { text } phaseHistory { status by { name } } project { title handler { name } } invoicing { ...terms } }
        ... on Project { nominations { name hourTypes { text } } request { title contact { name } } projectLeader { name } owner { name } source { text } campaign { name } requestedFunction { text }
          closedReasonChoice { text } projectType { text } hoursGuardian { name } invoiceGuardian { name } phaseHistory { status by { name } } invoicing { ...terms }
          uninvoicedRevenue { total { amount } } billableLines(first: 2) { nodes { ...line } } }
        ... on Lead { request { title } owner { name } source { text } campaign { name } requestedFunction { text } closedReasonChoice { text } phaseHistory { status by { name } } } }
      recentLeads { title ...does } recentRequests { title ...does handler { name } } recentProjects { title nominations { name } }
      contacts(first: 3) { totalCount edges { cursor node { ...does name salutation preferredChannel { text }
        functions { title role { text } }
        communications(first: 2) { totalCount nodes { subject author { name } } }
        events(first: 2) { nodes { kind actor { name } } } revisions(first: 2) { nodes { kind by { name } } } } } }
      engagements(first: 3) { totalCount nodes { title
        communications(first: 2) { nodes { subject contacts { name } } }
        attentionIndicator { count } checklist { progress { total } } attentions { text } events(first: 1) { nodes { kind } } revisions(first: 1) { totalCount nodes { version by { name } } } } }
      projects(first: 2) { nodes { ...does number isRunning nominations { name } } }
      attentionIndicator { count highestLevel } vatRegimeLabel dataQuality { code grade field message }
      campaigns(first: 2) { totalCount nodes { status campaign { name engagementTotals { count } type { text } owner { name } createdBy { name } members(first: 2) { totalCount nodes { customer { name } } } }
        customer { name } contact { name } addedBy { name } } }
      acquisitionGoals(first: 2) { totalCount nodes { title isOverdue customer { name } kind { text } owner { name } closedBy { name } createdBy { name } } }
      ever: attentions(includeExpired: true) { text }
      attentions { text levelLabel updatedBy { name } author { name } recipients { name } receipts { user { name } }
        viewerReceipt { deliveredAt } card { title attentions { text } } }
      communications(first: 5) { totalCount nodes { subject contacts { name customer { name } }
        engagement { title handler { name } } author { name } customer { name }
        ... on ConversationNote { channelLabel type { text } followUpUser { name } followUpDoneBy { name } updatedBy { name } }
        ... on Appointment { type { text } followUpUser { name } followUpDoneBy { name } updatedBy { name } attendees { name } icalendar }
        ... on Letter { url sentTo delivery { status queuedBy { name } } attachments { name uploadedBy { name } } details { template { name category { text } updatedBy { name } versions { version savedBy { name } } }
          category { text } addressee { name } sentBy { name } } }
        ... on Email { inReplyTo { subject } delivery { status queuedBy { name } error { code } } } } }
      correspondence(first: 2) { nodes { subject } }
      events(first: 5) { totalCount nodes { kind actor { name } card { title } customer { name } subject { id } } }
      relations { kind other { name accountManager { name } contacts(first: 1) { nodes { name } } } }
      relatedContacts(first: 2) { totalCount nodes { kind contact { name customer { name } } } }
      group: relatedContacts(scope: GROUP, first: 1) { totalCount nodes { contact { name functions { title } } } }
      checklist { progress { checked total } retired { note } categories { category { text } items { visibility checked checkedBy { name } note noteBy { name }
        item { text category { text } settings { card visibility } } history { kind actor { name } subject { id } } } } }
      processes(statuses: []) { totalCount nodes { name template { name steps { title assignee { kind user { name } } } } card { title } startedBy { name }
        steps { title assignee { name } process { name } } currentStep { title assignee { name } } } }
      revisions(first: 2) { totalCount nodes { version source by { name } } }
      counts { contacts runningProjects communications }
      invoicing { ...terms }
      uninvoicedRevenue(includeDaughters: true) { total { amount } byProject { project { number customer { name } } lines(first: 2) { totalCount nodes { ...line } } } }
      actions { key isEnabled reason { code cards { title } } }
    }
  }
}
fragment does on Card { actions { key isEnabled reason { code cards { title } } } }
fragment line on BillableLine { amount { amount } project { number } nomination { name } type { text } createdBy { name } updatedBy { name } approvals { gate by { name } } }
fragment terms on InvoicingPreferences { version
  method { value { text } own { text } origin { card { title } setBy { name } } }
  frequency { value origin { card { title } setBy { name } } }
  delivery { attentionContact { value { name customer { name } } own { name } } }
  vatRegime { valueLabel ownLabel } problems { code message } }`

func TestAListCostsTheSameNumberOfStatementsForAnyNumberOfRows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services := officeWith(t, store, 100)
		run := runner(services)
		var costs []int64
		for _, n := range []int{1, 10, 100} {
			counted, count := db.WithCount(ctx)
			response := run(counted, everything, map[string]any{"n": n})
			if len(response.Errors) > 0 {
				t.Fatalf("%d customers: %v", n, response.Errors)
			}
			if got := strings.Count(string(response.Data), `"counts":`); got != n {
				t.Fatalf("%d customers asked, %d answered", n, got)
			}
			if got := strings.Count(string(response.Data), `"tags":[{"text":"Nieuwsbrief"},{"text":"Referentie"}]`); got != n {
				t.Errorf("%d customers asked, %d answered with their tags", n, got)
			}
			for i := range n {
				want := fmt.Sprintf(`"identityLinks":[{"subject":"beheer-%03d","provider":{"name":"Werk"}}],"teams":[{"name":"Team %03d","members":[{"name":"Beheer %03d"`, i, i, i)
				if !strings.Contains(string(response.Data), want) {
					t.Errorf("%d customers asked, none with %s", n, want)
				}
			}
			if !strings.Contains(string(response.Data), `"assignee":{"kind":"USER","user":{"name":"Sanne"}}`) {
				t.Error("no step of a template names its colleague")
			}
			costs = append(costs, count.N())
		}
		t.Logf("statements for 1, 10 and 100 customers: %v", costs)
		if costs[0] == 0 || costs[0] != costs[1] || costs[1] != costs[2] {
			t.Errorf("statements for 1, 10 and 100 customers: %v, want the same", costs)
		}
	})
}

// run executes an operation as one response.
type run func(ctx context.Context, query string, variables map[string]any) *graphql.Response

func runner(services *crm.CRM) run {
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: graph.NewResolver(services, graph.NewLive(services, graph.LiveSettings{}))}))
	return func(ctx context.Context, query string, variables map[string]any) *graphql.Response {
		ctx = crm.WithCursor(graph.WithLoaders(graphql.StartOperationTrace(ctx)), crm.Position{})
		operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
		if errs != nil {
			return exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		}
		respond, ctx := exec.DispatchOperation(ctx, operation)
		return respond(ctx)
	}
}

// officeWith makes an office with customers that have each kind of child, so that every level has rows.
func officeWith(t testing.TB, store *db.DB, customers int) (context.Context, *crm.CRM) {
	t.Helper()
	services, err := crm.New(store, crm.Options{Mail: &crmtest.Post{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := db.Everywhere(context.Background())
	err = store.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO organizations (id, name, created_at) VALUES ('org_0', 'Kantoor', '2026-11-23 09:00:00+00:00')`).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, created_at)
			VALUES ('org_0', 'usr_00000000000000000000000000', 'Sanne', 'sanne', 'sanne@delta.example', 'ADMIN', TRUE, TRUE, '2026-11-23 09:00:00+00:00')`).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`INSERT INTO lookup_values (organization_id, id, list, text, text_key, sort_order, active, is_default, basis)
			VALUES ('org_0', 'lok_00000000000000000000000000', 'INVOICING_METHOD', 'Nacalculatie', 'nacalculatie', 1, TRUE, TRUE, 'TIME_AND_MATERIAL'),
			('org_0', 'lok_00000000000000000000000004', 'TAG', 'Referentie', 'referentie', 1, TRUE, FALSE, NULL),
			('org_0', 'lok_00000000000000000000000008', 'TAG', 'Nieuwsbrief', 'nieuwsbrief', 2, TRUE, FALSE, NULL)`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx = crm.WithActor(ctx, crm.Actor{OrganizationID: "org_0", UserID: "usr_00000000000000000000000000", Role: crm.Admin, Rights: crm.AllRights()})
	run := runner(services)
	item := idIn(t, run(ctx, `mutation { createChecklistItem(input: {group: CUSTOMER, fields: {text: "Gecontroleerd",
		settings: [{card: CUSTOMER, visibility: EDITABLE}, {card: CONTACT, visibility: EDITABLE}]}}) { item { id } userErrors { code } } }`, nil))
	campaign := idIn(t, run(ctx, `mutation { createCampaign(input: {fields: {name: "Najaar", startOn: "2026-01-01"}}) { campaign { id } userErrors { code } } }`, nil))
	staff(ctx, t, store, customers)
	for i := range customers {
		furnish(ctx, t, run, i, item, campaign)
	}
	relateAll(ctx, t, run)
	return ctx, services
}

// manager is the id of the account manager of the customer of a number.
func manager(i int) string { return fmt.Sprintf("usr_%025d0", i+1) }

// staff makes the account manager of each customer, with an account of a provider and a team.
func staff(ctx context.Context, t testing.TB, store *db.DB, customers int) {
	t.Helper()
	err := store.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO identity_providers (organization_id, id, version, name, issuer, client_id, domains, provisions, groups_claim, group_roles,
			allows_passwords, enabled, cookie_key, created_at) VALUES ('org_0', 'idp_00000000000000000000000000', 1, 'Werk', 'https://werk.example', 'klantkaart', '[]', FALSE,
			'groups', '[]', TRUE, TRUE, 'x', '2026-11-23 09:00:00+00:00')`).Exec(ctx)
		for i := range customers {
			own := strings.NewReplacer("{user}", "'"+manager(i)+"'", "{n}", fmt.Sprintf("%03d", i))
			for _, row := range []string{
				`INSERT INTO users (organization_id, id, name, sort_key, email, role, finance, active, created_at)
					VALUES ('org_0', {user}, 'Beheer {n}', 'beheer {n}', 'beheer-{n}@delta.example', 'COLLEAGUE', FALSE, TRUE, '2026-11-23 09:00:00+00:00')`,
				`INSERT INTO identity_links (organization_id, id, provider_id, subject, user_id, created_at, valid_from)
					VALUES ('org_0', 'lnk_{n}', 'idp_00000000000000000000000000', 'beheer-{n}', {user}, '2026-11-23 09:00:00+00:00', '2026-11-23 09:00:00+00:00')`,
				`INSERT INTO teams (organization_id, id, version, name, name_key, created_at) VALUES ('org_0', 'tea_{n}', 1, 'Team {n}', 'team {n}', '2026-11-23 09:00:00+00:00')`,
				`INSERT INTO team_members (organization_id, team_id, user_id) VALUES ('org_0', 'tea_{n}', {user}), ('org_0', 'tea_{n}', 'usr_00000000000000000000000000')`,
			} {
				if err == nil {
					_, err = tx.NewRaw(own.Replace(row)).Exec(ctx)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// furnish makes one customer with children, over the API.
func furnish(ctx context.Context, t testing.TB, run run, i int, item, campaign string) {
	t.Helper()
	do := func(mutation string, args ...any) string {
		t.Helper()
		return idIn(t, run(ctx, fmt.Sprintf("mutation { "+mutation+" }", args...), nil))
	}
	customer := do(`createCustomer(input: {stage: CUSTOMER, fields: {name: "Klant %03d", accountManagerId: %q, tagIds: ["lok_00000000000000000000000008", "lok_00000000000000000000000004"]}}) { customer { id } userErrors { code } }`, i, manager(i))
	contact := do(`createContact(input: {customerId: %q, fields: {lastName: "Jansen", email: "j@k.example"}}) { contact { id } userErrors { code } }`, customer)
	do(`updateInvoicingPreferences(input: {ownerId: %q, base: {frequency: null, methodId: null, delivery: {attentionContactId: null}},
		patch: {frequency: WEEKLY, methodId: "lok_00000000000000000000000000", delivery: {attentionContactId: %q}}}) { preferences { method { value { id } } } userErrors { code path message } }`, customer, contact)
	do(`addContactFunction(input: {contactId: %q, fields: {title: "Directeur"}}) { function { id } userErrors { code } }`, contact)
	do(`createLead(input: {customerId: %q, title: "Lead", contactId: %q}) { lead { id } userErrors { code } }`, customer, contact)
	request := do(`createRequest(input: {customerId: %q, title: "Aanvraag", contactId: %q}) { request { id } userErrors { code } }`, customer, contact)
	project := do(`honourRequest(input: {id: %q, startOn: "2026-12-01"}) { project { id } userErrors { code } }`, request)
	line := do(`addBillableLine(input: {projectId: %q, kind: EXPENSE, periodStartOn: "2026-12-01", periodEndOn: "2026-12-01", rate: {amount: "10"}}) { line { id } userErrors { code } }`, project)
	do(`addBillableLine(input: {projectId: %q, kind: EXPENSE, periodStartOn: "2026-12-02", periodEndOn: "2026-12-02", rate: {amount: "10"}}) { line { id } userErrors { code } }`, project)
	do(`approveBillableLines(input: {ids: [%q], gate: CUSTOMER}) { lines { id } userErrors { code } }`, line)
	do(`createContactMoment(input: {customerId: %q, subject: "Gesprek", contactIds: [%q], engagementId: %q}) { communication { id } userErrors { code } }`, customer, contact, request)
	appointment := do(`createContactMoment(input: {customerId: %q, kind: APPOINTMENT, subject: "Afspraak", at: "2026-12-01T09:00:00Z", endsAt: "2026-12-01T10:00:00Z", contactIds: [%q]}) { communication { id } userErrors { code } }`, customer, contact)
	do(`updateContactMoment(input: {id: %q, expectedVersion: 1, patch: {subject: "Afspraak 2"}}) { communication { id } userErrors { code } }`, appointment)
	do(`createLetter(input: {customerId: %q, subject: "Brief", body: "Tekst", contactId: %q}) { letter { id } userErrors { code } }`, customer, contact)
	email := do(`createEmail(input: {customerId: %q, fields: {to: [{contactId: %q}], subject: "Voorstel", body: "Zie bijlage"}}) { email { id } userErrors { code } }`, customer, contact)
	do(`sendEmail(input: {id: %q}) { email { id } userErrors { code } }`, email)
	do(`createEmail(input: {customerId: %q, inReplyToId: %q, fields: {subject: "Re: Voorstel"}}) { email { id } userErrors { code } }`, customer, email)
	attention := do(`addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } userErrors { code } }`, customer)
	do(`acknowledgeAttention(input: {id: %q}) { attention { id } userErrors { code } }`, attention)
	do(`addAttention(input: {cardId: %q, text: "Let op"}) { attention { id } userErrors { code } }`, contact)
	do(`addToCampaign(input: {campaignId: %q, customerId: %q, contactId: %q}) { membership { id } userErrors { code } }`, campaign, customer, contact)
	goal := do(`createAcquisitionGoal(input: {customerId: %q, fields: {title: "Kennismaken"}}) { goal { id } userErrors { code } }`, customer)
	do(`closeAcquisitionGoal(input: {id: %q, outcome: ACHIEVED, result: "Gelukt"}) { goal { id } userErrors { code } }`, goal)
	template := do(`saveProcessTemplate(input: {name: "Proces %03d", cardTypes: [CUSTOMER, CONTACT], steps: [{key: "a", title: "A", assignee: {kind: STARTER}}, {key: "b", title: "B", assignee: {kind: USER, userId: "usr_00000000000000000000000000"}}]}) { template { id } userErrors { code } }`, i)
	for _, card := range []string{customer, contact} {
		do(`startProcess(input: {cardId: %q, templateId: %q}) { process { id } userErrors { code } }`, card, template)
		do(`setChecklistItem(input: {cardId: %q, itemId: %q, checked: true}) { entry { item { id } } userErrors { code } }`, card, item)
		do(`setChecklistNote(input: {cardId: %q, itemId: %q, note: "Gedaan"}) { entry { item { id } } userErrors { code } }`, card, item)
	}
}

// relateAll makes sisters of each customer and the next, and so one group of all.
func relateAll(ctx context.Context, t testing.TB, run run) {
	t.Helper()
	var all struct {
		Customers struct{ Nodes []struct{ ID string } }
	}
	if err := json.Unmarshal(run(ctx, "{ customers(first: 100) { nodes { id } } }", nil).Data, &all); err != nil {
		t.Fatal(err)
	}
	nodes := all.Customers.Nodes
	for i := 1; i < len(nodes); i++ {
		idIn(t, run(ctx, fmt.Sprintf(`mutation { addCardRelation(input: {fromId: %q, toId: %q, kind: SISTER}) { relation { id } userErrors { code } } }`,
			nodes[i-1].ID, nodes[i].ID), nil))
	}
}

// idIn gives the first id of an answer without errors.
func idIn(t testing.TB, response *graphql.Response) string {
	t.Helper()
	_, after, found := strings.Cut(string(response.Data), `"id":"`)
	if len(response.Errors) > 0 || !found || strings.Contains(string(response.Data), `"code"`) {
		t.Fatalf("%v %s", response.Errors, response.Data)
	}
	id, _, _ := strings.Cut(after, `"`)
	return id
}
