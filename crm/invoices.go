package crm

import (
	"context"
	"fmt"

	"klantkaart/db"
	"klantkaart/page"
)

// RegisterInvoiceInput is an invoice that the bookkeeping has sent. What it does not tell follows from the preferences.
type RegisterInvoiceInput struct {
	CustomerID          ID
	EngagementID        *ID
	Number              string
	InvoicedOn          *Date
	NetAmount           MoneyInput
	VatAmount           *MoneyInput
	GrossAmount         *MoneyInput
	GAccountAmount      *MoneyInput
	DueOn               *Date
	PurchaseOrderNumber *string
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
		told, on := input.told(fields), tx.pastDay("invoicedOn", input.InvoicedOn, fields)
		if err := tx.checkEngagement(ctx, customer, input.EngagementID, fields); err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		basis, err := tx.invoiceBasis(ctx, customer.ID, []invoicePart{{input.EngagementID, *told.NetAmountCents}})
		if err != nil {
			return nil, err
		}
		told.complete(on, basis)
		told.check(on, input.GrossAmount, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		known, err := tx.invoice(ctx, *told.InvoiceNumber)
		if err != nil {
			return nil, err
		}
		if known != nil {
			return nil, knownInvoice("number")
		}
		invoice := tx.sentInvoice(customer.ID, input.EngagementID, on, told)
		return &RegisterInvoicePayload{Invoice: invoice, CommunicationEdge: timelineEdge(invoice)}, tx.insertInvoice(ctx, invoice, "number")
	})
}

// told is what the input says of the invoice itself.
func (in RegisterInvoiceInput) told(fields *patching) *InvoiceFrame {
	number := fields.needed("number", in.Number, upTo(50))
	return &InvoiceFrame{
		InvoiceNumber: &number, OrderNumber: fields.part("purchaseOrderNumber", in.PurchaseOrderNumber, upTo(50)), DueOn: in.DueOn,
		NetAmountCents: fields.amount("netAmount", &in.NetAmount), VatAmountCents: fields.amount("vatAmount", in.VatAmount),
		GAccountAmountCents: fields.amount("gAccountAmount", in.GAccountAmount),
	}
}

// pastDay is the day of something that happened: today when none is given, and not one to come.
func (tx *Tx) pastDay(field string, given *Date, fields *patching) Date {
	if given == nil {
		return tx.Today
	}
	if *given > tx.Today {
		fields.refuse(field, Text{NL: "Niet in de toekomst.", EN: "Not in the future."})
	}
	return *given
}

// sentInvoice is a new invoice of a day: at this moment when it is of today, else at noon. Its text holds no amount, which
// not every colleague may see.
func (tx *Tx) sentInvoice(customer ID, engagement *ID, on Date, told *InvoiceFrame) *Invoice {
	m := &Message{OrganizationID: tx.Actor.OrganizationID, ID: tx.core.newID(communicationPrefix), CustomerID: customer, EngagementID: engagement,
		Kind: InvoiceKind, Direction: Outgoing, Status: Sent, At: tx.Now, AuthorID: actorID(tx.Actor), CreatedAt: tx.Now,
		Subject: "Factuur " + *told.InvoiceNumber, InvoiceFrame: *told}
	if on != tx.Today {
		m.At = on.noon(tx.core.amsterdam).UTC()
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
// there already stays as it was told, unless its lines come to more.
func (tx *Tx) invoiceOf(ctx context.Context, number string, on Date, lines []*BillableLine) (*Invoice, error) {
	known, err := tx.invoice(ctx, number)
	if err != nil {
		return nil, err
	}
	if known != nil {
		return &Invoice{known}, tx.addTo(ctx, &Invoice{known}, lines[0].CustomerID)
	}
	parts := partsOf(lines)
	basis, err := tx.invoiceBasis(ctx, lines[0].CustomerID, parts)
	if err != nil {
		return nil, err
	}
	told := &InvoiceFrame{InvoiceNumber: &number, NetAmountCents: new(totalOf(lines))}
	told.complete(on, basis)
	var project *ID
	if len(parts) == 1 {
		project = parts[0].engagement
	}
	invoice := tx.sentInvoice(lines[0].CustomerID, project, on, told)
	return invoice, tx.insertInvoice(ctx, invoice, "invoiceNumber")
}

// addTo counts the lines that came onto an invoice which is there. What the bookkeeping told of it holds as long as the
// lines fit in; an invoice of less than its lines was told before it was whole, and all its amounts are reckoned anew.
func (tx *Tx) addTo(ctx context.Context, invoice *Invoice, customer ID) error {
	if invoice.CustomerID != customer {
		return Invalid(Text{NL: "Een factuur met dit nummer is van een andere relatie.", EN: "An invoice of this number is of another relation."},
			"input", "invoiceNumber")
	}
	if err := invoice.notCredited("invoiceNumber"); err != nil {
		return err
	}
	lines, err := tx.linesOn(ctx, invoice)
	if err != nil {
		return err
	}
	net := totalOf(lines)
	if invoice.NetAmountCents != nil && *invoice.NetAmountCents >= net {
		return nil
	}
	if err := invoice.notPaid("invoiceNumber"); err != nil { // more is to be paid than was
		return err
	}
	basis, err := tx.invoiceBasis(ctx, customer, partsOf(lines))
	if err != nil {
		return err
	}
	invoice.NetAmountCents, invoice.VatAmountCents, invoice.GAccountAmountCents = &net, nil, nil
	invoice.complete(tx.core.day(invoice.At), basis)
	err = tx.saveMessage(ctx, invoice.Message, "net_amount", "vat_amount", "g_account_amount", "due_on", "purchase_order_number")
	if err != nil {
		return err
	}
	return tx.logMessage(ctx, CommunicationUpdatedEvent, invoice.Message, nil)
}

// linesOn are the lines of a relation that are on its invoice.
func (tx *Tx) linesOn(ctx context.Context, invoice *Invoice) ([]*BillableLine, error) {
	var lines []*BillableLine
	err := tx.NewSelect().Model(&lines).Column("project_id", "amount").Where("t.organization_id = ? AND t.customer_id = ? AND t.invoice_number = ?",
		tx.Actor.OrganizationID, invoice.CustomerID, *invoice.InvoiceNumber).OrderExpr("t.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("lines of invoice %s: %w", *invoice.InvoiceNumber, err)
	}
	return lines, nil
}
