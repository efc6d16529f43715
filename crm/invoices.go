package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// RegisterInvoiceInput is an invoice that the bookkeeping has sent.
type RegisterInvoiceInput struct {
	CustomerID   ID
	EngagementID *ID
	Number       string
	InvoicedOn   *Date
	NetAmount    MoneyInput
}

// RegisterInvoicePayload is the answer to RegisterInvoice.
type RegisterInvoicePayload struct {
	Outcome
	Invoice           *Invoice
	CommunicationEdge *page.Edge[Communication]
}

// RegisterInvoice puts an invoice on the timeline that was sent outside of proposals. An archived card takes it too:
// late invoices are a part of its history.
func (s *BillableLines) RegisterInvoice(ctx context.Context, input RegisterInvoiceInput) (*RegisterInvoicePayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*RegisterInvoicePayload, error) {
		if err := tx.Actor.financial(); err != nil {
			return nil, err
		}
		customer, err := tx.customer(ctx, input.CustomerID, nil)
		if err != nil {
			return nil, faultAt(err, "customerId")
		}
		fields := patchingAt("input")
		number, on := fields.needed("number", input.Number, upTo(50)), tx.pastDay(input.InvoicedOn, fields)
		amount := fields.amount("netAmount", &input.NetAmount)
		if err := tx.checkEngagement(ctx, customer, input.EngagementID, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		known, err := tx.invoice(ctx, number)
		if err != nil {
			return nil, err
		}
		if known != nil {
			return nil, knownInvoice("number")
		}
		invoice := tx.sentInvoice(customer.ID, input.EngagementID, number, on, *amount)
		return &RegisterInvoicePayload{Invoice: invoice, CommunicationEdge: timelineEdge(invoice)}, tx.insertInvoice(ctx, invoice, "number")
	})
}

// pastDay is the day of an invoice: today when none is given, and not one to come.
func (tx *Tx) pastDay(given *Date, fields *patching) Date {
	if given == nil {
		return tx.Today
	}
	if *given > tx.Today {
		fields.refuse("invoicedOn", Text{NL: "Niet in de toekomst.", EN: "Not in the future."})
	}
	return *given
}

// sentInvoice is a new invoice of a day: at this moment when it is of today, else at noon. Its text holds no amount, which
// not every colleague may see.
func (tx *Tx) sentInvoice(customer ID, engagement *ID, number string, on Date, net Decimal) *Invoice {
	m := &Message{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer, EngagementID: engagement,
		Kind: InvoiceKind, Direction: Outgoing, Status: Sent, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now,
		Subject: "Factuur " + number, InvoiceNumber: &number, NetAmountCents: &net}
	if on != tx.Today {
		day, err := time.ParseInLocation(time.DateOnly, string(on), tx.core.amsterdam)
		if err != nil {
			panic(fmt.Sprintf("a checked date must read: %v", err))
		}
		m.At = day.Add(12 * time.Hour).UTC()
	}
	m.SearchText = m.searchText()
	return &Invoice{m}
}

func (tx *Tx) insertInvoice(ctx context.Context, invoice *Invoice, field string) error {
	err := tx.insertMessage(ctx, invoice.Message, nil)
	if db.IsUnique(err, "communications_by_invoice", "communications.organization_id, communications.invoice_number") {
		return knownInvoice(field) // registered at the same moment
	}
	return err
}

func knownInvoice(field string) error {
	return &Error{Code: Duplicate, Path: []string{"input", field}, Text: Text{
		NL: "Deze factuur staat al op een tijdlijn.", EN: "This invoice is on a timeline already."}}
}

// invoice finds the invoice with a number; nil when there is none. Its relation must be locked by whoever changes it.
func (tx *Tx) invoice(ctx context.Context, number string) (*Message, error) {
	found, err := db.Rows[*Message](ctx, tx.Conn,
		"SELECT "+db.Columns[*Message](ctx, tx.Conn)+" FROM communications AS t WHERE t.organization_id = ? AND t.invoice_number = ?",
		string(tx.Actor.OrganizationID), number)
	if err != nil {
		return nil, fmt.Errorf("look up invoice %s: %w", number, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// invoiceOf puts the invoice on the timeline that lines became, which are all of one relation. One of that number that is
// there already stays, and counts what was added to it: it is never less than its lines.
func (tx *Tx) invoiceOf(ctx context.Context, number string, on Date, lines []*BillableLine) (*Invoice, error) {
	known, err := tx.invoice(ctx, number)
	if err != nil {
		return nil, err
	}
	if known == nil {
		project := &lines[0].ProjectID
		if slices.ContainsFunc(lines, func(line *BillableLine) bool { return line.ProjectID != *project }) {
			project = nil
		}
		invoice := tx.sentInvoice(lines[0].CustomerID, project, number, on, totalOf(lines))
		return invoice, tx.insertInvoice(ctx, invoice, "invoiceNumber")
	}
	if known.CustomerID != lines[0].CustomerID {
		return nil, Invalid(Text{NL: "Een factuur met dit nummer is van een andere relatie.", EN: "An invoice of this number is of another relation."},
			"input", "invoiceNumber")
	}
	net, err := tx.invoiced(ctx, known.CustomerID, number)
	if err != nil || (known.NetAmountCents != nil && *known.NetAmountCents >= net) {
		return &Invoice{known}, err
	}
	known.NetAmountCents = &net
	if err := tx.saveMessage(ctx, known, "net_amount"); err != nil {
		return nil, err
	}
	return &Invoice{known}, tx.logMessage(ctx, CommunicationUpdatedEvent, known, nil)
}

// invoiced sums the lines of a relation that are on an invoice.
func (tx *Tx) invoiced(ctx context.Context, customer ID, number string) (Decimal, error) {
	var lines []*BillableLine
	err := tx.NewSelect().Model(&lines).Column("amount").Where("t.organization_id = ? AND t.customer_id = ? AND t.invoice_number = ?",
		tx.Actor.OrganizationID, customer, number).Scan(ctx)
	if err != nil {
		return 0, fmt.Errorf("sum invoice %s: %w", number, err)
	}
	return totalOf(lines), nil
}
