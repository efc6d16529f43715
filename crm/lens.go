package crm

import (
	"context"

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
	return a.Rights&everything == everything
}

// lens shows what the actor may see.
func (a Actor) lens() *db.Lens {
	through := &lens{actor: a}
	through.hideParts()
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

// follow leaves out what hangs on rows that are left out.
func (l *lens) follow() {
	for _, one := range []struct{ table, column, to string }{
		{"contact_functions", "contact_id", "contacts"},
		{"nominations", "engagement_id", "engagements"},
		{"process_steps", "process_id", "processes"},
		{"communication_contacts", "communication_id", "communications"},
		{"documents", "communication_id", "communications"},
		{"outbox", "communication_id", "communications"},
		{"attachments", "communication_id", "communications"},
		{"attention_receipts", "attention_id", "attentions"},
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
			events: []string{"COMMUNICATION_", "APPOINTMENT_", "FOLLOW_UP_", "DOCUMENT_", "EMAIL_"}},
	}
}
