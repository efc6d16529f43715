package crm

import "time"

// Setting is a preference as one level sees it: what counts, what the level states itself, and who decided.
type Setting[T any] struct {
	Value  T
	Own    T
	IsOwn  bool
	Origin *InvoicingOrigin
}

// Preferences by what they hold, under the names that the schema gives them.
type (
	// LookupPreference is a value of a lookup list.
	LookupPreference = Setting[*ID]
	// BooleanPreference is yes or no.
	BooleanPreference = Setting[*bool]
	// FrequencyPreference is how often is invoiced.
	FrequencyPreference = Setting[*InvoiceFrequency]
	// ChannelPreference is how an invoice is sent.
	ChannelPreference = Setting[*DeliveryChannel]
	// TextListPreference is a list of texts.
	TextListPreference = Setting[[]string]
	// TextPreference is a text.
	TextPreference = Setting[*string]
	// PostalAddressKindPreference is one of the addresses on the card.
	PostalAddressKindPreference = Setting[*PostalAddressKind]
	// InvoiceSplitPreference is what gets invoices of its own.
	InvoiceSplitPreference = Setting[[]InvoiceSplit]
	// PeppolSchemePreference is the scheme of a Peppol address.
	PeppolSchemePreference = Setting[*PeppolScheme]
	// VatRegimePreference is how VAT is charged.
	VatRegimePreference = Setting[*VatRegime]
	// DecimalPreference is a number.
	DecimalPreference = Setting[*Decimal]
)

// ContactPreference is a contact.
type ContactPreference struct{ Setting[*ID] }

// InvoicingOrigin is where a preference comes from.
type InvoicingOrigin struct {
	Level      InvoicingLevel
	OwnerID    ID
	SetAt      time.Time
	SetByID    *ID
	CopiedFrom *InvoicingLevel
}

// CardID is the card that stated it; nil for the office.
func (o *InvoicingOrigin) CardID() *ID {
	if o.Level == OrganizationLevel {
		return nil
	}
	return &o.OwnerID
}

// InvoicingPreferences are how the office, a relation, a request or a project is invoiced.
type InvoicingPreferences struct {
	Version            int
	Method             *LookupPreference
	SelfBilling        *BooleanPreference
	Frequency          *FrequencyPreference
	PaymentCondition   *LookupPreference
	Delivery           *InvoiceDelivery
	Approval           *InvoicingApproval
	VatRegime          *VatRegimePreference
	GAccountPercentage *DecimalPreference

	levels    cascade
	effective *statement
	origins   []*InvoicingOrigin
	dossier   *Dossier // the request or project whose they are; nil for a relation and the office
}

// InvoiceDelivery is how the invoice reaches the customer.
type InvoiceDelivery struct {
	Channel                 *ChannelPreference
	Emails                  *TextListPreference
	Cc                      *TextListPreference
	AttentionContact        *ContactPreference
	PostalAddressKind       *PostalAddressKindPreference
	AttachHourSpecification *BooleanPreference
	AttachTimesheets        *BooleanPreference
	SplitBy                 *InvoiceSplitPreference
	PurchaseOrderRequired   *BooleanPreference
	CustomerReference       *TextPreference
	PeppolScheme            *PeppolSchemePreference
	PeppolID                *TextPreference
}

// InvoicingApproval is which approvals a line needs.
type InvoicingApproval struct {
	HoursManager  *BooleanPreference
	Customer      *BooleanPreference
	ProjectLeader *BooleanPreference
}

// seeing makes the settings of one level out of a cascade.
type seeing struct {
	own, effective *statement
	from           map[string]*statement
	origins        []*InvoicingOrigin
}

// view shows what counts for the first level of a cascade.
func (c cascade) view(version int, dossier *Dossier) *InvoicingPreferences {
	s := &seeing{own: c[0], effective: c.effective(), from: c.from()}
	if yes(s.effective.SelfBilling) {
		s.from["delivery.channel"] = s.from["selfBilling"]
	}
	view := &InvoicingPreferences{
		Version: version, levels: c, effective: s.effective, dossier: dossier,
		Method:             settingOf(s, "methodId", func(s *statement) *ID { return s.MethodID }),
		SelfBilling:        settingOf(s, "selfBilling", func(s *statement) *bool { return s.SelfBilling }),
		Frequency:          settingOf(s, "frequency", func(s *statement) *InvoiceFrequency { return s.Frequency }),
		PaymentCondition:   settingOf(s, "paymentConditionId", func(s *statement) *ID { return s.PaymentConditionID }),
		VatRegime:          settingOf(s, "vatRegime", func(s *statement) *VatRegime { return s.VatRegime }),
		GAccountPercentage: settingOf(s, "gAccountPercentage", func(s *statement) *Decimal { return s.GAccountPercentage }),
		Delivery:           s.delivery(),
		Approval: &InvoicingApproval{
			HoursManager:  settingOf(s, "approval.hoursManager", func(s *statement) *bool { return s.ApprovalByHoursManager }),
			Customer:      settingOf(s, "approval.customer", func(s *statement) *bool { return s.ApprovalByCustomer }),
			ProjectLeader: settingOf(s, "approval.projectLeader", func(s *statement) *bool { return s.ApprovalByProjectLeader }),
		},
	}
	view.origins = s.origins
	return view
}

func (s *seeing) delivery() *InvoiceDelivery {
	return &InvoiceDelivery{
		Channel:                 settingOf(s, "delivery.channel", func(s *statement) *DeliveryChannel { return s.Channel }),
		Emails:                  listOf(s, "delivery.emails", func(s *statement) choices[string] { return s.Emails }),
		Cc:                      listOf(s, "delivery.cc", func(s *statement) choices[string] { return s.Cc }),
		AttentionContact:        &ContactPreference{*settingOf(s, "delivery.attentionContactId", func(s *statement) *ID { return s.AttentionContactID })},
		PostalAddressKind:       settingOf(s, "delivery.postalAddressKind", func(s *statement) *PostalAddressKind { return s.PostalAddressKind }),
		AttachHourSpecification: settingOf(s, "delivery.attachHourSpecification", func(s *statement) *bool { return s.AttachHourSpecification }),
		AttachTimesheets:        settingOf(s, "delivery.attachTimesheets", func(s *statement) *bool { return s.AttachTimesheets }),
		SplitBy:                 listOf(s, "delivery.splitBy", func(s *statement) choices[InvoiceSplit] { return s.SplitBy }),
		PurchaseOrderRequired:   settingOf(s, "delivery.purchaseOrderRequired", func(s *statement) *bool { return s.PurchaseOrderRequired }),
		CustomerReference:       settingOf(s, "delivery.customerReference", func(s *statement) *string { return s.CustomerReference }),
		PeppolScheme:            settingOf(s, "delivery.peppolScheme", func(s *statement) *PeppolScheme { return s.PeppolScheme }),
		PeppolID:                settingOf(s, "delivery.peppolId", func(s *statement) *string { return s.PeppolID }),
	}
}

func settingOf[V any](s *seeing, name string, of func(*statement) *V) *Setting[*V] {
	own := of(s.own)
	return &Setting[*V]{Value: of(s.effective), Own: own, IsOwn: own != nil, Origin: s.origin(name)}
}

func listOf[V ~string](s *seeing, name string, of func(*statement) choices[V]) *Setting[[]V] {
	own := of(s.own)
	return &Setting[[]V]{Value: of(s.effective), Own: own, IsOwn: own != nil, Origin: s.origin(name)}
}

func (s *seeing) origin(name string) *InvoicingOrigin {
	level := s.from[name]
	if level == nil {
		return nil
	}
	stamped := level.Stamps[name]
	if name == "delivery.channel" && yes(s.effective.SelfBilling) {
		stamped = level.Stamps["selfBilling"]
	}
	origin := &InvoicingOrigin{Level: level.Level, OwnerID: level.OwnerID, SetAt: stamped.At.UTC(), SetByID: stamped.ByID, CopiedFrom: stamped.CopiedFrom}
	s.origins = append(s.origins, origin)
	return origin
}

// Rows are the parts that lead to other rows, for reading these at once.
func (p *InvoicingPreferences) Rows() []any {
	rows := []any{p, p.Method, p.PaymentCondition, p.Delivery.AttentionContact, p.VatRegime}
	for _, origin := range p.origins {
		rows = append(rows, origin)
	}
	return rows
}
