package crm

import "context"

// invoicePart is an amount on an invoice, of one project where it is known of which.
type invoicePart struct {
	engagement *ID
	net        Decimal
}

// partsOf sums lines by their projects.
func partsOf(lines []*BillableLine) []invoicePart {
	place, parts := make(map[ID]int), []invoicePart{}
	for _, line := range lines {
		at, there := place[line.ProjectID]
		if !there {
			at, place[line.ProjectID] = len(parts), len(parts)
			parts = append(parts, invoicePart{engagement: &line.ProjectID})
		}
		parts[at].net += line.AmountCents
	}
	return parts
}

// invoiceBasis gathers what an invoice follows from: of one project, request or lead that one's preferences and purchase
// order; of several the relation's, but for the VAT, which each bears on its own part.
func (tx *Tx) invoiceBasis(ctx context.Context, customer ID, parts []invoicePart) (*invoiceBasis, error) {
	dossiers, err := tx.dossiersOf(ctx, parts)
	if err != nil {
		return nil, err
	}
	relation := invoicingOwner{id: customer, level: CustomerLevel, customer: &customer}
	owners := []invoicingOwner{relation}
	for _, dossier := range dossiers {
		owner := relation
		if dossier != nil && dossier.Phase != LeadPhase { // a lead agrees on nothing of its own
			owner = ownerOfDossier(dossier)
		}
		owners = append(owners, owner)
	}
	levels, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, owners)
	if err != nil {
		return nil, err
	}
	basis, agreed := &invoiceBasis{}, levels[0].effective()
	for i, part := range parts {
		own := levels[i+1].effective()
		if own.taxed() {
			basis.taxed += part.net
		}
		if len(parts) == 1 {
			agreed = own
		}
	}
	if len(parts) == 1 && dossiers[0] != nil {
		basis.orderNumber = dossiers[0].PurchaseOrderNumber
	}
	basis.gAccount = agreed.GAccountPercentage
	basis.condition, err = tx.paymentCondition(ctx, agreed)
	return basis, err
}

// dossiersOf are the leads, requests and projects of parts; nil where one is of none.
func (tx *Tx) dossiersOf(ctx context.Context, parts []invoicePart) ([]*Dossier, error) {
	ids := make([]ID, len(parts))
	for i, part := range parts {
		ids[i] = idOr(part.engagement)
	}
	return byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "engagements", ids, (*Dossier).NodeID)
}

// taxed tells whether we charge VAT.
func (s *statement) taxed() bool { return s.VatRegime == nil || *s.VatRegime == standardVat }

func (tx *Tx) paymentCondition(ctx context.Context, agreed *statement) (*LookupValue, error) {
	if agreed.PaymentConditionID == nil {
		return nil, nil
	}
	found, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "lookup_values", []ID{*agreed.PaymentConditionID}, (*LookupValue).NodeID)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// check adds what is wrong with the amounts and the day of an invoice, once nothing is missing.
func (f *InvoiceFrame) check(on Date, gross *MoneyInput, fields *patching) {
	if gross != nil && gross.Amount != *f.GrossCents() {
		fields.refuse("grossAmount", Textf("Netto en btw zijn samen %s.", "Net and VAT together are %s.", *euros(f.GrossCents())))
	}
	if f.GAccountAmountCents != nil && *f.GAccountAmountCents > *f.GrossCents() {
		fields.refuse("gAccountAmount", Text{NL: "Niet meer dan het brutobedrag.", EN: "Not more than the gross amount."})
	}
	if *f.DueOn < on {
		fields.refuse("dueOn", Text{NL: "Niet vóór de factuurdatum.", EN: "Not before the day of the invoice."})
	}
}
