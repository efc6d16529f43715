package crm

import (
	"context"
	"slices"

	"klantkaart/db"
)

// looking returns a context whose readings find what the actor may see, and nothing else: not in lists, not by
// id, not in counts. It costs those who may see everything nothing.
func (a Actor) looking(ctx context.Context) context.Context {
	if a.SeesAll() {
		return db.Whole(ctx)
	}
	return db.Through(ctx, a.lens())
}

// SeesAll tells whether nothing of the office's cards is kept from the actor, but amounts of money.
func (a Actor) SeesAll() bool {
	everything := RightsOf(ViewContacts, ViewRelations, ViewEngagements, ViewPreferences, ViewChecklists, ViewCampaigns, ViewProcesses, ViewCommunications)
	return a.Rights&everything == everything && a.seesAllCards()
}

// SeesOwnCards tells whether the actor sees other cards than a colleague with the same rights.
func (a Actor) SeesOwnCards() bool { return !a.seesAllCards() }

// lens shows what the actor may see.
func (a Actor) lens() *db.Lens {
	through := &lens{actor: a}
	through.hideParts()
	if !a.seesAllCards() {
		through.hideCards()
	}
	through.follow()
	return &through.Lens
}

// lens shows an actor what his rights let him see.
type lens struct {
	db.Lens
	actor Actor
}

// hides tells whether the actor lacks a right.
func (l *lens) hides(right Right) bool { return !l.actor.Rights.Has(right) }

// hideParts leaves out the parts of the cards that the actor may not see.
func (l *lens) hideParts() {
	for _, part := range parts() {
		if !l.hides(part.right) {
			continue
		}
		for _, table := range part.tables {
			l.Only(table, db.Part{SQL: "FALSE"})
		}
		if part.cards != "" { // what hangs on a card that is not seen is not seen either
			for _, table := range []string{"attentions", "processes", "events", "search_entries"} {
				l.Only(table, db.Part{SQL: "substr(card_id, 1, 3) NOT IN (" + part.cards + ")"})
			}
		}
		for _, kind := range part.events {
			l.Only("events", db.Part{SQL: "substr(kind, 1, ?) <> ?", Args: []any{len(kind), kind}})
		}
	}
	if l.hides(ViewProcesses) {
		l.Only("communications", db.Part{SQL: "kind <> 'WORKFLOW'"})
	}
}

// whose is the condition that a colleague is the actor or, for who sees the cards of a team, in a team with him.
func (l *lens) whose(column string) db.Part {
	office, user := string(l.actor.OrganizationID), string(l.actor.UserID)
	if l.actor.Scope != TeamRelations {
		return db.Part{SQL: column + " = ?", Args: []any{user}}
	}
	return db.Part{SQL: column + " IN (SELECT ? UNION ALL SELECT user_id FROM team_members WHERE organization_id = ?" +
		" AND team_id IN (SELECT team_id FROM team_members WHERE organization_id = ? AND user_id = ?))", Args: []any{user, office, office, user}}
}

// hideCards leaves out the relations that are not the actor's or the team's, and what belongs to them.
func (l *lens) hideCards() {
	office := string(l.actor.OrganizationID)
	manager, handler, leader := l.whose("account_manager_id"), l.whose("handler_id"), l.whose("project_leader_id")
	l.Only("customers", db.Part{
		SQL: "(" + manager.SQL + " OR id IN (SELECT customer_id FROM engagements WHERE organization_id = ? AND " + handler.SQL +
			" UNION ALL SELECT customer_id FROM engagements WHERE organization_id = ? AND " + leader.SQL + "))",
		Args: slices.Concat(manager.Args, []any{office}, handler.Args, []any{office}, leader.Args),
	})
	for _, table := range []string{"contacts", "engagements", "communications", "attentions", "processes", "campaign_memberships", "acquisition_goals", "billable_lines"} {
		l.Follow(table, "customer_id", "customers", office)
	}
	l.Follow("card_relations", "from_id", "customers", office)
	l.Follow("card_relations", "to_id", "customers", office)
	seen, _ := l.Condition("customers")
	of := func(what, with string) db.Part {
		return db.Part{SQL: with + " (SELECT id FROM customers WHERE organization_id = ? AND " + seen.SQL + ")" + what, Args: append([]any{office}, seen.Args...)}
	}
	l.Only("events", of(")", "(substr(customer_id, 1, 3) <> 'cus' OR customer_id IN"))
	l.Only("invoicing_preferences", of(")", "(customer_id IS NULL OR customer_id IN"))
	cards := []db.Part{of("", "card_id IN"),
		of(")", "card_id IN (SELECT id FROM contacts WHERE customer_id IN"), of(")", "card_id IN (SELECT id FROM engagements WHERE customer_id IN")}
	entries := all(cards, " OR ")
	l.Only("search_entries", db.Part{SQL: "(" + entries.SQL + ")", Args: entries.Args})
}

// follow leaves out what hangs on rows that are left out.
func (l *lens) follow() {
	for _, one := range []struct{ table, column, to string }{
		{"contact_functions", "contact_id", "contacts"},
		{"nominations", "engagement_id", "engagements"},
		{"process_steps", "process_id", "processes"},
		{"communication_contacts", "communication_id", "communications"},
		{"communication_attendees", "communication_id", "communications"},
		{"documents", "communication_id", "communications"},
		{"outbox", "communication_id", "communications"},
		{"attachments", "communication_id", "communications"},
		{"attention_receipts", "attention_id", "attentions"},
		{"attention_recipients", "attention_id", "attentions"},
	} {
		l.Follow(one.table, one.column, one.to, string(l.actor.OrganizationID))
	}
	if attachments, restricted := l.Condition("attachments"); restricted {
		l.Only("files", db.Part{SQL: "(state <> 'ATTACHED' OR id IN (SELECT file_id FROM attachments WHERE organization_id = ? AND " + attachments.SQL + "))",
			Args: append([]any{string(l.actor.OrganizationID)}, attachments.Args...)})
	}
}

// part is what a right lets one see: the tables, the cards of its own, and what happened to it.
type part struct {
	right  Right
	tables []string
	cards  string   // the prefixes of their ids, as SQL
	events []string // how their kinds begin
}

func parts() []part {
	return []part{
		{right: ViewContacts, tables: []string{"contacts"}, cards: "'con'", events: []string{"CONTACT_"}},
		{right: ViewEngagements, tables: []string{"engagements", "billable_lines"}, cards: "'lea', 'req', 'pro'",
			events: []string{"LEAD_", "REQUEST_", "PROJECT_", "NOMINATION_", "BILLABLE_LINE_"}},
		{right: ViewRelations, tables: []string{"card_relations"}, events: []string{"CARD_RELATION_"}},
		{right: ViewPreferences, events: []string{"INVOICING_"}},
		{right: ViewChecklists, tables: []string{"checklist_items", "checklist_entries"}, events: []string{"CHECKLIST_"}},
		{right: ViewCampaigns, tables: []string{"campaigns", "campaign_memberships", "acquisition_goals"}, events: []string{"CAMPAIGN_", "ACQUISITION_GOAL_"}},
		{right: ViewProcesses, tables: []string{"processes"}, events: []string{"PROCESS_"}},
		{right: ViewCommunications, tables: []string{"communications"},
			events: []string{"COMMUNICATION_", "APPOINTMENT_", "FOLLOW_UP_", "DOCUMENT_", "EMAIL_", "INVOICE_"}},
	}
}
