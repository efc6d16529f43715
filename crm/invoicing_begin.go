package crm

import (
	"context"
	"fmt"
	"reflect"

	"klantkaart/db"
)

// What other verbs do with preferences, inside their transactions.

// beginInvoicing gives a new request or project what counts for it at this moment as its own preferences: it
// keeps them when those of the relation or the office change. The project of a request begins with the
// request's.
func (tx *Tx) beginInvoicing(ctx context.Context, d *Dossier) error {
	from := invoicingOwner{id: d.CustomerID, level: CustomerLevel, customer: &d.CustomerID}
	if d.OriginID != nil && d.OriginID.Prefix() == requestPrefix {
		from = invoicingOwner{id: *d.OriginID, level: RequestLevel, customer: &d.CustomerID, dossier: &Dossier{CardFrame: CardFrame{ID: *d.OriginID}}}
	}
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, []invoicingOwner{from})
	if err != nil {
		return err
	}
	began := found[0].beginning(tx, d)
	if _, err := tx.NewInsert().Model(began).Exec(ctx); err != nil {
		return fmt.Errorf("begin preferences of %s: %w", d.ID, err)
	}
	return nil
}

// beginning is what a new request or project states itself: all that counts for it at this moment.
func (c cascade) beginning(tx *Tx, d *Dossier) *statement {
	began, owner := c.copied(tx.Now, actorID(tx.Actor)), ownerOfDossier(d)
	began.OrganizationID, began.ID, began.OwnerID, began.Level = d.OrganizationID, tx.core.newID(invoicingPrefix), d.ID, owner.level
	began.CustomerID, began.EngagementID, began.Version = &d.CustomerID, &d.ID, 1
	return began
}

// noteTerms remembers who changed what a relation's card says about its invoices.
func (tx *Tx) noteTerms(ctx context.Context, before, after *Customer) error {
	var changed []string
	if before.VatRegime != after.VatRegime {
		changed = append(changed, "vatRegime")
	}
	if !reflect.DeepEqual(before.GAccountPercentage, after.GAccountPercentage) {
		changed = append(changed, "gAccountPercentage")
	}
	if len(changed) == 0 {
		return nil
	}
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, []invoicingOwner{{id: after.ID, level: CustomerLevel, customer: &after.ID}})
	if err != nil {
		return err
	}
	row := *found[0][0]
	row.VatRegime, row.GAccountPercentage = nil, nil
	for _, field := range changed {
		row.Stamps[field] = stamp{At: tx.Now, ByID: actorID(tx.Actor)}
	}
	return tx.storeStatement(ctx, &row)
}

// invoicedFor are the relations, requests and projects whose invoices are for each contact, when they are in
// use: they keep the contact from being archived.
func invoicedFor(ctx context.Context, conn db.Conn, organization ID, contacts []ID, today Date) (map[ID][]Card, error) {
	whose := ", p.attention_contact_id AS invoiced_for"
	of := " AS t JOIN invoicing_preferences AS p ON p.organization_id = t.organization_id AND p.owner_id = t.id" +
		" WHERE p.organization_id = ? AND " + conn.In("p.attention_contact_id") + " AND t.archived_at IS NULL"
	relations, err := db.Rows[*invoicedCustomer](ctx, conn,
		"SELECT "+db.Columns[*Customer](ctx, conn)+whose+" FROM customers"+of+" ORDER BY t.number", string(organization), db.List(conn, contacts))
	if err != nil {
		return nil, fmt.Errorf("customers invoiced for %d contacts: %w", len(contacts), err)
	}
	rows, err := db.Rows[*invoicedDossier](ctx, conn,
		"SELECT "+db.Columns[*Dossier](ctx, conn)+whose+" FROM engagements"+of+" AND "+standingEngagement("t")+" ORDER BY t.number",
		string(organization), db.List(conn, contacts), string(today))
	if err != nil {
		return nil, fmt.Errorf("engagements invoiced for %d contacts: %w", len(contacts), err)
	}
	cards := make(map[ID][]Card, len(contacts))
	for _, row := range relations {
		cards[row.InvoicedFor] = append(cards[row.InvoicedFor], &row.Customer)
	}
	for _, row := range rows {
		cards[row.InvoicedFor] = append(cards[row.InvoicedFor], typed(today)(&row.Dossier))
	}
	return cards, nil
}

type invoicedCustomer struct {
	Customer    `bun:",extend"`
	InvoicedFor ID
}

type invoicedDossier struct {
	Dossier     `bun:",extend"`
	InvoicedFor ID
}

// standingEngagement is the condition on a row that it is an open request or a running project; its one value
// is today.
func standingEngagement(alias string) string {
	return "((" + alias + ".phase = 'REQUEST' AND " + alias + ".status = 'OPEN' AND " + alias + ".archived_at IS NULL) OR (" + running(alias) + "))"
}
