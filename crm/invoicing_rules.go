package crm

// InvoicingProblemCode names a problem with preferences, for programs.
type InvoicingProblemCode string

// The codes; the schema says what each means.
const (
	EmailMissing            InvoicingProblemCode = "EMAIL_MISSING"
	PeppolAddressMissing    InvoicingProblemCode = "PEPPOL_ADDRESS_MISSING"
	PeppolAddressInvalid    InvoicingProblemCode = "PEPPOL_ADDRESS_INVALID"
	ReferenceMissing        InvoicingProblemCode = "REFERENCE_MISSING"
	PostalAddressIncomplete InvoicingProblemCode = "POSTAL_ADDRESS_INCOMPLETE"
	PurchaseOrderMissing    InvoicingProblemCode = "PURCHASE_ORDER_MISSING"
	ContactOutOfUse         InvoicingProblemCode = "CONTACT_OUT_OF_USE"
	PaymentTermLong         InvoicingProblemCode = "LONG_PAYMENT_TERM"
	LookupOutOfUse          InvoicingProblemCode = "VALUE_OUT_OF_USE"
)

// The codes of warnings about preferences.
const (
	LongPaymentTerm     WarningCode = "LONG_PAYMENT_TERM"
	InvoicingIncomplete WarningCode = "INVOICING_INCOMPLETE"
)

// InvoicingProblem is what is wrong with preferences as they work out together.
type InvoicingProblem struct {
	Code       InvoicingProblemCode
	Message    string
	IsBlocking bool
	Field      string

	text Text
}

// invoicedAs is what preferences are judged by, beside themselves: the relation, the request or project, and the contact.
type invoicedAs struct {
	customer  *Customer // nil for the office, which sends to nobody
	dossier   *Dossier  // nil for a relation
	attention *Contact
	method    *LookupValue
	condition *LookupValue
}

// judge tells what is wrong with what counts there. It needs neither store nor clock.
func (s *statement) judge(in invoicedAs) []*InvoicingProblem {
	j := &judging{s: s, in: in}
	if in.customer != nil {
		j.delivery()
	}
	j.condition()
	return j.found
}

type judging struct {
	s     *statement
	in    invoicedAs
	found []*InvoicingProblem
}

func (j *judging) blocks(code InvoicingProblemCode, field string, text Text) {
	j.found = append(j.found, &InvoicingProblem{Code: code, IsBlocking: true, Field: field, text: text})
}

func (j *judging) unwise(code InvoicingProblemCode, field string, text Text) {
	j.found = append(j.found, &InvoicingProblem{Code: code, Field: field, text: text})
}

// delivery judges whether an invoice would arrive.
func (j *judging) delivery() {
	channel := NoDelivery
	if j.s.Channel != nil {
		channel = *j.s.Channel
	}
	switch channel {
	case EmailPDF, EmailPDFUBL:
		if len(j.s.Emails) == 0 && (j.in.attention == nil || j.in.attention.Email == nil) {
			j.blocks(EmailMissing, "delivery.emails", Text{
				NL: "Factureren per e-mail vraagt een adres, of een contactpersoon met een adres.",
				EN: "Invoices by e-mail need an address, or a contact who has one."})
		}
	case PeppolNet:
		j.peppol()
	case PostedInvoice:
		if a := j.s.postalAddress(j.in.customer); a == nil || !a.isFull() {
			j.blocks(PostalAddressIncomplete, "delivery.postalAddressKind", Text{
				NL: "Factureren per post vraagt een volledig adres op de kaart van de klant.",
				EN: "Invoices by post need a full address on the customer's card."})
		}
	}
	if j.in.attention != nil && j.in.attention.ArchivedAt != nil {
		j.unwise(ContactOutOfUse, "delivery.attentionContactId", Textf("%s is gearchiveerd.", "%s is archived.", j.in.attention.Name))
	}
	if yes(j.s.PurchaseOrderRequired) && j.in.dossier != nil && j.in.dossier.Phase == ProjectPhase && j.in.dossier.PurchaseOrderNumber == nil {
		j.blocks(PurchaseOrderMissing, "purchaseOrderNumber", Text{
			NL: "De klant wil een inkoopordernummer op de factuur, en het project heeft er geen.",
			EN: "The customer wants a purchase order number on the invoice, and the project has none."})
	}
}

// peppol judges an electronic invoice: it goes to an address of a scheme, and bears a reference of the buyer.
func (j *judging) peppol() {
	switch {
	case j.s.PeppolScheme == nil:
		j.blocks(PeppolAddressMissing, "delivery.peppolScheme", Text{NL: "Peppol vraagt een schema.", EN: "Peppol needs a scheme."})
	case j.s.PeppolID == nil:
		j.blocks(PeppolAddressMissing, "delivery.peppolId", Text{NL: "Peppol vraagt een adres.", EN: "Peppol needs an address."})
	}
	ordered := j.in.dossier != nil && j.in.dossier.PurchaseOrderNumber != nil
	if !yes(j.s.PurchaseOrderRequired) && j.s.CustomerReference == nil && !ordered {
		j.blocks(ReferenceMissing, "delivery.customerReference", Text{
			NL: "Een factuur via Peppol vraagt een inkoopordernummer of een kenmerk van de klant.",
			EN: "An invoice by Peppol needs a purchase order number or a reference of the customer."})
	}
}

// condition judges when is paid: Dutch law lets companies agree on 60 days, and a large one with a smaller
// supplier on 30.
func (j *judging) condition() {
	if fault := j.s.peppolForm(); fault != nil {
		j.blocks(PeppolAddressInvalid, "delivery.peppolId", *fault)
	}
	j.inUse("methodId", j.in.method)
	j.inUse("paymentConditionId", j.in.condition)
	if j.in.condition == nil || j.in.condition.Days == nil {
		return
	}
	days := *j.in.condition.Days
	switch {
	case days > 60:
		j.unwise(PaymentTermLong, "paymentConditionId", Textf(
			"Een betaaltermijn van %s dagen is langer dan de wettelijke 60.",
			"A payment term of %s days is longer than the lawful 60.", days))
	case days > 30 && j.in.customer != nil && j.in.customer.IsLargeEnterprise:
		j.unwise(PaymentTermLong, "paymentConditionId", Textf(
			"Een grote onderneming mag met ons ten hoogste 30 dagen afspreken, dit zijn er %s.",
			"A large enterprise may agree on at most 30 days with us, these are %s.", days))
	}
}

func (j *judging) inUse(field string, value *LookupValue) {
	if value != nil && !value.Active {
		j.unwise(LookupOutOfUse, field, Textf("“%s” is niet meer in gebruik.", "“%s” is no longer in use.", value.Text))
	}
}

// peppolForm says what is wrong with the address in its scheme, where both are stated.
func (s *statement) peppolForm() *Text {
	if s.PeppolScheme == nil || s.PeppolID == nil {
		return nil
	}
	forms := map[PeppolScheme]rule{PeppolKVK: kvkNumber, PeppolOIN: oin, PeppolVAT: vatID}
	_, fault := forms[*s.PeppolScheme](*s.PeppolID)
	return fault
}

// postalAddress is where a letter goes: the chosen one of the card's addresses, else the first there is.
func (s *statement) postalAddress(customer *Customer) *Address {
	byKind := map[PostalAddressKind]*Address{"INVOICE": customer.InvoiceAddress, "POSTAL": customer.PostalAddress, "VISITING": customer.VisitingAddress}
	if s.PostalAddressKind != nil {
		return byKind[*s.PostalAddressKind]
	}
	for _, kind := range []PostalAddressKind{"INVOICE", "POSTAL", "VISITING"} {
		if byKind[kind] != nil {
			return byKind[kind]
		}
	}
	return nil
}

// isFull tells whether a letter would arrive: street with number or a post-office box, and the postcode.
func (a *Address) isFull() bool {
	return a.Postcode != nil && ((a.Street != nil && a.HouseNumber != nil) || a.PoBox != nil)
}
