package crm

import "time"

// InvoiceStatus is how far an invoice is.
type InvoiceStatus string

// The statuses.
const (
	InvoiceSent     InvoiceStatus = "SENT"
	InvoicePaid     InvoiceStatus = "PAID"
	InvoiceCredited InvoiceStatus = "CREDITED"
)

// The kinds of changes of invoices, and why they are refused.
const (
	InvoicePaidEvent     EventKind = "INVOICE_PAID"
	InvoiceUnpaidEvent   EventKind = "INVOICE_UNPAID"
	InvoiceCreditedEvent EventKind = "INVOICE_CREDITED"

	AlreadyPaid     ErrorCode = "ALREADY_PAID"
	NotPaid         ErrorCode = "NOT_PAID"
	AlreadyCredited ErrorCode = "ALREADY_CREDITED"
)

// InvoiceFrame is what only invoices have.
type InvoiceFrame struct {
	InvoiceNumber       *string  `read:"number"`
	NetAmountCents      *Decimal `bun:"net_amount" read:"netAmount,grossAmount"`
	VatAmountCents      *Decimal `bun:"vat_amount" read:"vatAmount,grossAmount"`
	GAccountAmountCents *Decimal `bun:"g_account_amount" read:"gAccountAmount"`
	OrderNumber         *string  `bun:"purchase_order_number" read:"purchaseOrderNumber"`
	DueOn               *Date    `read:"dueOn,isOverdue"`
	PaidOn              *Date    `read:"paidOn,invoiceStatus,isOverdue"`
	CreditedOn          *Date    `read:"creditedOn,invoiceStatus,isOverdue"`
}

// Invoice is an invoice.
type Invoice struct{ *Message }

// Number is the invoice's number.
func (i *Invoice) Number() *string { return i.InvoiceNumber }

// PurchaseOrderNumber is that of the customer.
func (i *Invoice) PurchaseOrderNumber() *string { return i.OrderNumber }

// InvoiceStatus is how far it is.
func (i *Invoice) InvoiceStatus() InvoiceStatus {
	switch {
	case i.CreditedOn != nil:
		return InvoiceCredited
	case i.PaidOn != nil:
		return InvoicePaid
	}
	return InvoiceSent
}

// overdue tells whether it should have been paid before a day.
func (i *Invoice) overdue(today Date) bool {
	return i.InvoiceStatus() == InvoiceSent && i.DueOn != nil && *i.DueOn < today
}

// overdue is that as a condition on a row; its one value is today.
const overdue = "t.kind = 'INVOICE' AND t.paid_on IS NULL AND t.credited_on IS NULL AND t.due_on IS NOT NULL AND t.due_on < ?"

// GrossCents is net and VAT together; nil where one of them was never told.
func (f *InvoiceFrame) GrossCents() *Decimal {
	if f.NetAmountCents == nil || f.VatAmountCents == nil {
		return nil
	}
	return new(*f.NetAmountCents + *f.VatAmountCents)
}

// invoiceBasis is what an invoice follows from beside its net amount.
type invoiceBasis struct {
	taxed       Decimal // the part of the net amount that bears VAT
	gAccount    *Decimal
	condition   *LookupValue // nil where none was agreed on
	orderNumber *string
}

// complete fills in what was not told of an invoice of a day.
func (f *InvoiceFrame) complete(on Date, basis *invoiceBasis) {
	if f.VatAmountCents == nil {
		f.VatAmountCents = new(basis.taxed.percent(standardVatPercentage))
	}
	if f.GAccountAmountCents == nil && basis.gAccount != nil && *basis.gAccount > 0 {
		f.GAccountAmountCents = new(f.GrossCents().percent(*basis.gAccount))
	}
	if f.DueOn == nil {
		f.DueOn = new(basis.condition.due(on))
	}
	if f.OrderNumber == nil {
		f.OrderNumber = basis.orderNumber
	}
}

// standardVatPercentage is the VAT of STANDARD_21; under all other regimes we charge none.
const standardVatPercentage Decimal = 21_00

// percent is a share of an amount, rounded half up to cents. The amount goes in two parts, lest the product overflows.
func (d Decimal) percent(share Decimal) Decimal {
	const whole = 100_00
	return d/whole*share + (d%whole*share+whole/2)/whole
}

// statutoryDays are those within which an invoice is paid where nothing was agreed on.
const statutoryDays = 30

// due is the day by which an invoice of a day is to be paid. The days run from the end of its month where the condition
// says so.
func (v *LookupValue) due(on Date) Date {
	day, days := on.noon(time.UTC), statutoryDays
	if v != nil && v.Days != nil {
		days = *v.Days
	}
	if v != nil && v.IsEndOfMonth {
		day = day.AddDate(0, 1, -day.Day())
	}
	return Date(day.AddDate(0, 0, days).Format(time.DateOnly))
}
