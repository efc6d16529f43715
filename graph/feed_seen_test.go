package graph_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/crm"
	"klantkaart/db"
	"klantkaart/db/dbtest"
	"klantkaart/graph"
)

const attentionStream = `subscription ($after: Position) { myAttentions(after: $after) {
  __typename
  ... on Ready { position mode }
  ... on AttentionNotice { position kind attention { text } }
  ... on Checkpoint { position } } }`

const noticeStream = `subscription ($after: Position) { officeEvents(after: $after) {
  __typename
  ... on Ready { position mode }
  ... on OfficeNotice { position kind }
  ... on Checkpoint { position } } }`

// ownUser is a colleague who sees own cards alone.
const ownUser = "usr_00000000000000000000000004"

// ownCards gives the context of a colleague who has a role of the office with the scope MINE.
func ownCards(ctx context.Context, t *testing.T, on *node, store *db.DB) context.Context {
	t.Helper()
	run := runner(on.services)
	role := idIn(t, run(ctx, `mutation { createRole(input: {name: "Eigen kaarten", kind: COLLEAGUE, scope: MINE, rights: [VIEW_CONTACTS, VIEW_CARD_RELATIONS, VIEW_ENGAGEMENTS,
		VIEW_INVOICING, VIEW_CHECKLISTS, VIEW_CAMPAIGNS, VIEW_PROCESSES, VIEW_COMMUNICATIONS]}) { role { id } userErrors { code } } }`, nil))
	err := store.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO users (organization_id, id, name, sort_key, email, password_hash, role, finance, active, created_at)
			VALUES ('org_0', ?, 'Joris', 'joris', 'joris@delta.example', 'a hash', 'COLLEAGUE', FALSE, TRUE, '2026-11-23 09:00:00+00:00')`, ownUser).Exec(ctx)
		if err == nil {
			_, err = tx.NewRaw(`INSERT INTO sessions (organization_id, id, user_id, secret_hash, created_at, expires_at)
				VALUES ('org_0', 'ses_1', ?, 'another hash', '2026-11-23 09:00:00+00:00', '2100-01-01 00:00:00+00:00')`, ownUser).Exec(ctx)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	idIn(t, run(ctx, fmt.Sprintf(`mutation { updateColleague(input: {id: %q, roleId: %q}) { user { id } userErrors { code } } }`, ownUser, role), nil))
	actor, err := on.services.Sessions.Again(ctx, "ses_1")
	if err != nil || !actor.SeesOwnCards() {
		t.Fatalf("the colleague is %+v, %v", actor, err)
	}
	return crm.WithActor(ctx, actor)
}

// TestWhoSeesOwnCardsIsToldOfNoOthers follows everything while something happens to a card that is not seen, and then
// to one that is.
func TestWhoSeesOwnCardsIsToldOfNoOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, hidden := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		run := runner(on.services)
		own := crm.ID(idIn(t, run(ctx, `mutation { createCustomer(input: {fields: {name: "Eigen Velde"}}) { customer { id } } }`, nil)))
		colleague := ownCards(ctx, t, on, store)
		idIn(t, run(ctx, fmt.Sprintf(`mutation { updateCustomer(input: {id: %q, expectedVersion: 1, patch: {accountManagerId: %q}}) { customer { id } userErrors { code } } }`, own, ownUser), nil))
		streams := []struct {
			query     string
			variables map[string]any
			want      []string
		}{
			{noticeStream, map[string]any{}, []string{"SETTINGS_CHANGED"}},
			{attentionStream, map[string]any{}, []string{"ATTENTION_ADDED Zichtbaar"}},
			{overviewStream, map[string]any{}, []string{"CUSTOMER_UPDATED Eigen Velde B.V.", "ATTENTION_ADDED Eigen Velde B.V."}},
			{overviewStream, map[string]any{"filter": map[string]any{"name": map[string]any{"contains": "velde"}}},
				[]string{"CUSTOMER_UPDATED Eigen Velde B.V.", "ATTENTION_ADDED Eigen Velde B.V."}},
			{cardStream, map[string]any{"card": string(own)}, []string{"CUSTOMER_UPDATED Eigen Velde B.V.", "ATTENTION_ADDED Eigen Velde B.V."}},
		}
		open := []func(context.Context, *testing.T, *node, string, map[string]any) func() *message{shared, channelled}
		nexts, begun := make([][]func() *message, len(streams)), make([]string, len(streams))
		for i, stream := range streams {
			for _, listen := range open {
				next := listen(colleague, t, on, stream.query, stream.variables)
				begun[i] = told(next).Position
				nexts[i] = append(nexts[i], next)
			}
		}

		rename(ctx, t, on.services, hidden, "Van der Velde", "Velde")
		unseen := idIn(t, run(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Geheim", recipientIds: [%q]}) { attention { id } userErrors { code } } }`, hidden, ownUser), nil))
		idIn(t, run(ctx, fmt.Sprintf(`mutation { createContact(input: {customerId: %q, fields: {lastName: "Geheim"}}) { contact { id } userErrors { code } } }`, hidden), nil))
		rename(ctx, t, on.services, own, "Eigen Velde", "Eigen Velde B.V.")
		idIn(t, run(ctx, fmt.Sprintf(`mutation { addAttention(input: {cardId: %q, text: "Zichtbaar"}) { attention { id } userErrors { code } } }`, own), nil))
		if _, err := on.services.Settings.Update(ctx, crm.UpdateOrganizationSettingsInput{ExpectedVersion: new(1),
			Patch: crm.OrganizationSettingsFields{StrictRevert: graphql.OmittableOf(new(true))}}); err != nil {
			t.Fatal(err)
		}

		for i, stream := range streams {
			stream.variables["after"] = begun[i]
			for _, listen := range open { // who comes back
				next := listen(colleague, t, on, stream.query, stream.variables)
				if got := told(next); got.Mode != "REPLAYED" {
					t.Fatalf("who comes back: %+v", got)
				}
				nexts[i] = append(nexts[i], next)
			}
			for n, next := range nexts[i] {
				var heard []string
				for range stream.want {
					heard = append(heard, told(next).summary())
				}
				if !slices.Equal(heard, stream.want) {
					t.Errorf("%s, way %d: told %v, want %v", stream.query, n, heard, stream.want)
				}
			}
		}
		response := run(ctx, fmt.Sprintf(`{ node(id: %q) { ... on Attention { receipts { user { name } } } } }`, unseen), nil)
		if want := `{"node":{"receipts":[]}}`; string(response.Data) != want {
			t.Errorf("what was not told is recorded as delivered: %s", response.Data)
		}
		for _, query := range []string{cardStream, `subscription ($card: ID!) { cardPresence(card: $card) { version } }`} {
			refusedCard(colleague, t, on, query, hidden)
		}
	})
}

// TestWhoLosesSightOfACardHearsNoMoreOfIt hands a card over to somebody else, and takes one who sees a team's cards out of
// the team.
func TestWhoLosesSightOfACardHearsNoMoreOfIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, _ := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		run := runner(on.services)
		colleague := ownCards(ctx, t, on, store)
		id := func(format string, arguments ...any) string {
			t.Helper()
			return idIn(t, run(ctx, fmt.Sprintf(format, arguments...), nil))
		}
		gone := func(next func() *message) {
			t.Helper()
			for got := told(next); ; got = told(next) {
				if got == nil || got.Errors != nil {
					if got == nil || got.Errors[0].Extensions["code"] != string(crm.NotFound) {
						t.Errorf("the stream ends with %+v", got)
					}
					return
				}
			}
		}
		handed := id(`mutation { createCustomer(input: {fields: {name: "Overdracht", accountManagerId: %q}}) { customer { id } } }`, ownUser)
		next := shared(colleague, t, on, cardStream, map[string]any{"card": handed})
		if got := told(next); got.Mode != "LIVE" {
			t.Fatalf("one's own card: %+v", got)
		}
		id(`mutation { updateCustomer(input: {id: %q, expectedVersion: 1, patch: {accountManagerId: null}}) { customer { id } userErrors { code } } }`, handed)
		gone(next)

		team := id(`mutation { createTeam(input: {name: "Zuid", memberIds: [%q, "usr_00000000000000000000000000"]}) { team { id } userErrors { code } } }`, ownUser)
		role := id(`mutation { createRole(input: {name: "Teamlid", scope: TEAM, rights: [VIEW_CONTACTS]}) { role { id } userErrors { code } } }`)
		id(`mutation { updateColleague(input: {id: %q, roleId: %q}) { user { id } userErrors { code } } }`, ownUser, role)
		shown := id(`mutation { createCustomer(input: {fields: {name: "Van het team", accountManagerId: "usr_00000000000000000000000000"}}) { customer { id } } }`)
		actor, err := on.services.Sessions.Again(colleague, "ses_1")
		if err != nil {
			t.Fatal(err)
		}
		next = shared(crm.WithActor(ctx, actor), t, on, cardStream, map[string]any{"card": shown})
		if got := told(next); got.Mode != "LIVE" {
			t.Fatalf("a card of the team: %+v", got)
		}
		id(`mutation { updateTeam(input: {id: %q, expectedVersion: 1, memberIds: []}) { team { id } userErrors { code } } }`, team)
		gone(next)
	})
}

// TestTheFirstToListenBeginsAtTheHead listens as who does not see the last event of the log, before anybody else does.
func TestTheFirstToListenBeginsAtTheHead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, on, hidden := signalled(t, store)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		colleague := ownCards(ctx, t, on, store)
		rename(ctx, t, on.services, hidden, "Van der Velde", "Velde")
		begun := told(shared(colleague, t, on, overviewStream, map[string]any{}))
		response := runner(on.services)(ctx, `{ viewer { position } }`, nil)
		if want := fmt.Sprintf(`{"viewer":{"position":%q}}`, begun.Position); string(response.Data) != want || begun.Mode != "LIVE" {
			t.Errorf("begun with %+v, the head is %s", begun, response.Data)
		}
	})
}

// summary is what a message tells, in words.
func (m *message) summary() string {
	switch {
	case m == nil:
		return "nothing"
	case m.Attention != nil:
		return m.Kind + " " + m.Attention.Text
	case m.Customer != nil:
		return m.Kind + " " + m.Customer.Title
	case m.Card != nil:
		return m.Kind + " " + m.Card.Title
	case m.Kind == "":
		return fmt.Sprintf("%+v", *m)
	}
	return m.Kind
}

func refusedCard(ctx context.Context, t *testing.T, on *node, query string, card crm.ID) {
	t.Helper()
	ctx, operation := prepared(ctx, t, on, query, map[string]any{"card": string(card)})
	_, refused := on.exec.Subscribe(ctx, operation, graph.SubscribeOptions{})
	if refused == nil || len(refused.Errors) != 1 || refused.Errors[0].Extensions["code"] != string(crm.NotFound) {
		t.Errorf("%s is answered: %+v", query, refused)
	}
}
