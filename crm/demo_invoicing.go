package crm

import "maps"

// mean says what the demo office's invoicing methods, payment conditions and delivery presets mean.
func (d *demo) mean() {
	bases := map[string]InvoicingBasis{"Nacalculatie": TimeAndMaterial, "Termijnen": "FIXED_INSTALMENTS", "Periodiek bedrag": "RECURRING"}
	days := map[string]int{"14 dagen": 14, "30 dagen netto": 30, "45 dagen": 45, "60 dagen": 60}
	for _, value := range d.lookups {
		if basis, ok := bases[value.Text]; ok && value.List == InvoicingMethodList {
			value.Basis = &basis
		}
		if n, ok := days[value.Text]; ok && value.List == PaymentConditionList {
			value.Days = &n
		}
		if value.List == DeliveryPresetList {
			value.preset()
		}
	}
}

// preset is what the demo office's delivery presets choose.
func (v *LookupValue) preset() {
	switch v.Text {
	case "E-mail met urenspecificatie":
		v.Channel, v.AttachHourSpecification = new(EmailPDF), new(true)
	case "Peppol met inkoopordernummer":
		v.Channel, v.PurchaseOrderRequired = new(PeppolNet), new(true)
	default:
		v.Channel, v.Splits = new(PostedInvoice), choices[InvoiceSplit]{SplitByWorker}
	}
}

// demoPreference is a line of the table of preferences: when a level stated it, through whom.
// An invoice can be for one of the contacts.
func demoPreference(owner, at, by, method, condition, attention string, row statement) happening {
	return happening{at: at, by: by, make: func(d *demo) {
		s := &row
		s.OrganizationID, s.ID = d.office.ID, d.tx.core.newID(invoicingPrefix)
		s.MethodID, s.PaymentConditionID = d.lookup(InvoicingMethodList, method), d.lookup(PaymentConditionList, condition)
		if attention != "" {
			s.AttentionContactID = &d.contacts[attention].ID
		}
		s.stampChanges(&statement{}, d.tx.Now, actorID(d.tx.Actor))
		if owner == "" {
			s.OwnerID, s.Level, s.Version = d.office.ID, OrganizationLevel, 1
			d.preferences[d.office.ID] = s
			return
		}
		card := d.customers[owner]
		s.OwnerID, s.Level, s.CustomerID, s.Version = card.ID, CustomerLevel, &card.ID, 1
		d.preferences[card.ID] = s
		card.Version++
		d.tx.log(&Event{Kind: InvoicingChangedEvent, CustomerID: card.ID, CardID: card.ID, CardVersion: card.Version,
			Changes: changesBetween(&statement{}, s)})
	}}
}

// demoPreferences are how the office and its relations want invoices.
func demoPreferences() []happening {
	return []happening{
		demoPreference("", "2019-01-07 10:00", "U4", "Nacalculatie", "30 dagen netto", "", statement{
			Frequency: new(InvoiceFrequency("MONTHLY")), Channel: new(EmailPDF), AttachHourSpecification: new(false)}),
		demoPreference("C1", "2021-04-07 09:30", "U3", "Nacalculatie", "30 dagen netto", "CP2", statement{
			Frequency: new(InvoiceFrequency("MONTHLY")), Channel: new(EmailPDF), Emails: choices[string]{"facturen@vandervelde.example"}}),
		demoPreference("C2", "2022-01-20 10:15", "U3", "Nacalculatie", "30 dagen netto", "", statement{
			Frequency: new(InvoiceFrequency("MONTHLY")), Channel: new(EmailPDFUBL), Emails: choices[string]{"facturen@vdv-installatie.example"},
			AttachHourSpecification: new(true), ApprovalByHoursManager: new(true)}),
		demoPreference("C3", "2019-09-18 11:00", "U3", "Nacalculatie", "14 dagen", "CP7", statement{
			Frequency: new(InvoiceFrequency("FOUR_WEEKLY")), Channel: new(PostedInvoice)}),
		demoPreference("C6", "2022-02-02 09:00", "U3", "Termijnen", "30 dagen netto", "", statement{
			Channel: new(EmailPDF), Emails: choices[string]{"facturen@hanzevastgoed.example"}}),
		demoPreference("C7", "2024-02-05 10:30", "U3", "Termijnen", "30 dagen netto", "CP19", statement{
			Channel: new(PeppolNet), PeppolScheme: new(PeppolOIN), PeppolID: new("00000001900000089000"), PurchaseOrderRequired: new(true)}),
		demoPreference("C8", "2023-05-16 09:45", "U3", "Nacalculatie", "45 dagen", "", statement{
			SelfBilling: new(true), Channel: new(NoDelivery)}),
	}
}

// beginInvoicing gives a request or project what counts for it at this moment, as creating one does.
func (d *demo) beginInvoicing(row *Dossier) {
	customer := d.preferenceOwner(row.CustomerID)
	levels := cascade{(&terms{ID: customer.ID, VatRegime: customer.VatRegime, GAccountPercentage: customer.GAccountPercentage,
		CreatedAt: customer.CreatedAt, CreatedByID: customer.CreatedByID}).onto(d.office.ID, copyOf(d.preferences[customer.ID]))}
	if office := d.preferences[d.office.ID]; office != nil {
		levels = append(levels, office)
	}
	d.preferences[row.ID] = levels.beginning(d.tx, row)
}

// completeInvoice gives an invoice of a project what follows from its preferences, as marking its lines does.
func (d *demo) completeInvoice(row *Message) {
	agreed := d.preferences[*row.EngagementID]
	basis := &invoiceBasis{gAccount: agreed.GAccountPercentage}
	if agreed.taxed() {
		basis.taxed = *row.NetAmountCents
	}
	for _, value := range d.lookups {
		if value.ID == *agreed.PaymentConditionID {
			basis.condition = value
		}
	}
	row.complete(d.tx.core.day(row.At), basis)
}

func (d *demo) preferenceOwner(id ID) *Customer {
	for _, customer := range d.customers {
		if customer.ID == id {
			return customer
		}
	}
	panic("no customer " + string(id)) // a slip in the tables, which a test loads
}

// copyOf keeps what a relation states apart from what its card adds.
func copyOf(s *statement) *statement {
	if s == nil {
		return nil
	}
	apart := *s
	apart.Stamps = maps.Clone(s.Stamps)
	return &apart
}
