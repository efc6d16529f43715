package crm

import "context"

// MarkInvoicePaidInput says which invoice was paid, and when.
type MarkInvoicePaidInput struct {
	ID     ID
	PaidOn *Date
}

// MarkInvoicePaidPayload is the answer to MarkInvoicePaid.
type MarkInvoicePaidPayload struct {
	Outcome
	Invoice *Invoice
}

// MarkInvoicePaid notes that an invoice was paid. An archived card takes it too: late money is a part of its history.
func (s *BillableLines) MarkInvoicePaid(ctx context.Context, input MarkInvoicePaidInput) (*MarkInvoicePaidPayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*MarkInvoicePaidPayload, error) {
		invoice, err := tx.invoiceToSettle(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if err := invoice.notPaid("id"); err != nil {
			return nil, err
		}
		if invoice.PaidOn, err = tx.settledOn(invoice, "paidOn", input.PaidOn); err != nil {
			return nil, err
		}
		return &MarkInvoicePaidPayload{Invoice: invoice}, tx.settle(ctx, InvoicePaidEvent, invoice, "paid_on", FieldChange{Field: "paidOn", To: *invoice.PaidOn})
	})
}

// MarkInvoiceUnpaidInput says of which invoice the payment was noted by mistake.
type MarkInvoiceUnpaidInput struct{ ID ID }

// MarkInvoiceUnpaidPayload is the answer to MarkInvoiceUnpaid.
type MarkInvoiceUnpaidPayload struct {
	Outcome
	Invoice *Invoice
}

// MarkInvoiceUnpaid takes a payment back: one noted on the wrong invoice, or a direct debit that was reversed.
func (s *BillableLines) MarkInvoiceUnpaid(ctx context.Context, input MarkInvoiceUnpaidInput) (*MarkInvoiceUnpaidPayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*MarkInvoiceUnpaidPayload, error) {
		invoice, err := tx.invoiceToSettle(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if invoice.PaidOn == nil {
			return nil, &Error{Code: NotPaid, Path: []string{"input", "id"}, Text: Text{
				NL: "De factuur staat niet als betaald.",
				EN: "The invoice is not marked as paid."}}
		}
		was := *invoice.PaidOn
		invoice.PaidOn = nil
		return &MarkInvoiceUnpaidPayload{Invoice: invoice}, tx.settle(ctx, InvoiceUnpaidEvent, invoice, "paid_on", FieldChange{Field: "paidOn", From: was})
	})
}

// MarkInvoiceCreditedInput says which invoice was taken back, and when.
type MarkInvoiceCreditedInput struct {
	ID         ID
	CreditedOn *Date
}

// MarkInvoiceCreditedPayload is the answer to MarkInvoiceCredited.
type MarkInvoiceCreditedPayload struct {
	Outcome
	Invoice *Invoice
}

// MarkInvoiceCredited notes that an invoice was taken back, be it paid or not.
func (s *BillableLines) MarkInvoiceCredited(ctx context.Context, input MarkInvoiceCreditedInput) (*MarkInvoiceCreditedPayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*MarkInvoiceCreditedPayload, error) {
		invoice, err := tx.invoiceToSettle(ctx, input.ID)
		if err != nil {
			return nil, err
		}
		if invoice.CreditedOn, err = tx.settledOn(invoice, "creditedOn", input.CreditedOn); err != nil {
			return nil, err
		}
		return &MarkInvoiceCreditedPayload{Invoice: invoice},
			tx.settle(ctx, InvoiceCreditedEvent, invoice, "credited_on", FieldChange{Field: "creditedOn", To: *invoice.CreditedOn})
	})
}

// invoiceToSettle locks an invoice that was not taken back.
func (tx *Tx) invoiceToSettle(ctx context.Context, id ID) (*Invoice, error) {
	if err := tx.Actor.financial(); err != nil {
		return nil, err
	}
	seen, err := byIDs(tx.Actor.looking(ctx), tx.Conn, tx.Actor.OrganizationID, "communications", []ID{id}, (*Message).NodeID)
	if err != nil {
		return nil, err
	}
	if seen[0] == nil || seen[0].Kind != InvoiceKind {
		return nil, notFound("input", "id")
	}
	_, message, err := tx.message(ctx, id)
	if err != nil {
		return nil, err
	}
	invoice := &Invoice{message}
	return invoice, invoice.notCredited("id")
}

// settledOn is the day on which an invoice was paid or taken back: not before it was there.
func (tx *Tx) settledOn(invoice *Invoice, field string, given *Date) (*Date, error) {
	fields := patchingAt("input")
	on := tx.pastDay(field, given, fields)
	if on < tx.core.day(invoice.At) {
		fields.refuse(field, Text{NL: "Niet vóór de factuurdatum.", EN: "Not before the day of the invoice."})
	}
	return &on, fields.err()
}

func (tx *Tx) settle(ctx context.Context, kind EventKind, invoice *Invoice, column string, change FieldChange) error {
	if err := tx.saveMessage(ctx, invoice.Message, column); err != nil {
		return err
	}
	return tx.logMessage(ctx, kind, invoice.Message, []FieldChange{change})
}

func (i *Invoice) notPaid(field string) error {
	if i.PaidOn == nil {
		return nil
	}
	return &Error{Code: AlreadyPaid, Path: []string{"input", field}, Text: Textf("De factuur is op %s betaald.", "The invoice was paid on %s.", *i.PaidOn)}
}

func (i *Invoice) notCredited(field string) error {
	if i.CreditedOn == nil {
		return nil
	}
	return &Error{Code: AlreadyCredited, Path: []string{"input", field}, Text: Textf("De factuur is op %s gecrediteerd.", "The invoice was credited on %s.", *i.CreditedOn)}
}
