package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
)

// What the verbs of a relation must know of what hangs on it, read inside their transaction.

// runningProjects are the projects that keep the card from being archived or put back.
func (tx *Tx) runningProjects(ctx context.Context, customer ID) ([]Card, error) {
	return tx.engagementCards(ctx, customer, running("t"), string(tx.Today))
}

// engagementCards are the leads, requests and projects of a relation that meet a condition.
func (tx *Tx) engagementCards(ctx context.Context, customer ID, condition string, args ...any) ([]Card, error) {
	rows, err := db.Rows[*Dossier](ctx, tx.Conn,
		"SELECT "+db.Columns[*Dossier](ctx, tx.Conn)+" FROM engagements AS t WHERE t.organization_id = ? AND t.customer_id = ? AND "+
			condition+" ORDER BY t.number LIMIT 100",
		append([]any{string(tx.Actor.OrganizationID), string(customer)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("engagements of %s: %w", customer, err)
	}
	cards := make([]Card, len(rows))
	for i, row := range rows {
		cards[i] = typed(tx.Today)(row)
	}
	return cards, nil
}

// warnBeforeArchive tells what stays behind on an archived card.
func (tx *Tx) warnBeforeArchive(ctx context.Context, customer *Customer) error {
	open, err := tx.engagementCards(ctx, customer.ID, "t.status = 'OPEN' AND t.archived_at IS NULL")
	if err != nil {
		return err
	}
	var leads, requests []Card
	for _, card := range open {
		if _, ok := card.(*Lead); ok {
			leads = append(leads, card)
			continue
		}
		requests = append(requests, card)
	}
	tx.warnAbout(OpenLeads, leads, Text{NL: "Open leads blijven openstaan.", EN: "Open leads stay open."})
	tx.warnAbout(OpenRequests, requests, Text{NL: "Open aanvragen blijven openstaan.", EN: "Open requests stay open."})
	if err := tx.warnOfProcesses(ctx, customer.ID); err != nil {
		return err
	}
	if err := tx.warnOfGoals(ctx, customer.ID); err != nil {
		return err
	}
	daughters, err := db.Rows[*Customer](ctx, tx.Conn,
		"SELECT "+db.Columns[*Customer](ctx, tx.Conn)+" FROM customers AS t JOIN card_relations AS r ON r.organization_id = t.organization_id AND r.to_id = t.id"+
			" WHERE t.organization_id = ? AND r.from_id = ? AND r.kind = 'MOTHER_OF' AND t.archived_at IS NULL ORDER BY t.name_key LIMIT 100",
		string(tx.Actor.OrganizationID), string(customer.ID))
	if err != nil {
		return fmt.Errorf("daughters of %s: %w", customer.ID, err)
	}
	tx.warnAbout(ActiveDaughters, asCards(daughters), Text{
		NL: "De kaart is de moeder van relaties in gebruik.",
		EN: "The card is the mother of relations in daily use."})
	return tx.warnUninvoiced(ctx, customer)
}

// checkNeverSold refuses who ever had a project, where the office says that such a relation is no prospect.
func (tx *Tx) checkNeverSold(ctx context.Context, customer *Customer) error {
	settings, err := settingsIn(ctx, tx.Conn, tx.Actor)
	if err != nil || !settings.StrictRevert {
		return err
	}
	projects, err := tx.engagementCards(ctx, customer.ID, "t.phase = 'PROJECT'")
	if err != nil {
		return err
	}
	return neverSold(projects)
}

// neverSold says that a relation cannot be put back for its projects, or nil when it has none.
func neverSold(projects []Card) error {
	if len(projects) == 0 {
		return nil
	}
	return &Error{Code: HasProjects, Path: []string{"input", "id"}, Cards: projects, Text: Text{
		NL: "Uw kantoor zet alleen terug wie nooit een project had.",
		EN: "Your office only puts back who never had a project."}}
}

// warnBeforeRevert tells what speaks against calling the relation a prospect.
func (tx *Tx) warnBeforeRevert(ctx context.Context, customer *Customer) error {
	past, err := tx.engagementCards(ctx, customer.ID, "t.phase = 'PROJECT'")
	if err != nil {
		return err
	}
	tx.warnAbout(PastProjects, past, Text{NL: "Er waren eerder projecten.", EN: "There were projects before."})
	invoices, err := db.CountAll(ctx, tx.Conn, db.Selection{Table: "communications", Where: []db.Part{
		ofOrganization(tx.Actor.OrganizationID),
		{SQL: "t.customer_id = ? AND t.kind = 'INVOICE' AND t.direction = 'OUT' AND t.status = 'SENT'", Args: []any{string(customer.ID)}},
	}})
	if err != nil {
		return fmt.Errorf("invoices of %s: %w", customer.ID, err)
	}
	if invoices > 0 {
		tx.warn(SentInvoices, Textf("Er zijn facturen verstuurd: %s.", "Invoices were sent: %s.", invoices))
	}
	return tx.warnUninvoiced(ctx, customer)
}

func (tx *Tx) warnAbout(code WarningCode, cards []Card, text Text) {
	if len(cards) > 0 {
		tx.warn(code, text, cards...)
	}
}

func asCards[C Card](found []C) []Card {
	cards := make([]Card, len(found))
	for i, card := range found {
		cards[i] = card
	}
	return cards
}
