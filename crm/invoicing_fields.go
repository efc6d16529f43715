package crm

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// InvoicingFields are preferences as input: absent leaves, null clears, a value states.
type InvoicingFields struct {
	MethodID           graphql.Omittable[*ID]
	SelfBilling        graphql.Omittable[*bool]
	Frequency          graphql.Omittable[*InvoiceFrequency]
	PaymentConditionID graphql.Omittable[*ID]
	Delivery           graphql.Omittable[*InvoiceDeliveryFields]
	Approval           graphql.Omittable[*InvoicingApprovalFields]
	VatRegime          graphql.Omittable[*VatRegime]
	GAccountPercentage graphql.Omittable[*Decimal]
}

// InvoiceDeliveryFields are delivery options as input.
type InvoiceDeliveryFields struct {
	Channel                 graphql.Omittable[*DeliveryChannel]
	Emails                  graphql.Omittable[[]string]
	Cc                      graphql.Omittable[[]string]
	AttentionContactID      graphql.Omittable[*ID]
	PostalAddressKind       graphql.Omittable[*PostalAddressKind]
	AttachHourSpecification graphql.Omittable[*bool]
	AttachTimesheets        graphql.Omittable[*bool]
	SplitBy                 graphql.Omittable[[]InvoiceSplit]
	PurchaseOrderRequired   graphql.Omittable[*bool]
	CustomerReference       graphql.Omittable[*string]
	PeppolScheme            graphql.Omittable[*PeppolScheme]
	PeppolID                graphql.Omittable[*string]
}

// InvoicingApprovalFields are approvals as input.
type InvoicingApprovalFields struct {
	HoursManager  graphql.Omittable[*bool]
	Customer      graphql.Omittable[*bool]
	ProjectLeader graphql.Omittable[*bool]
}

// statementFields are the same fields side by side, as a statement holds them.
type statementFields struct {
	MethodID                graphql.Omittable[*ID]
	SelfBilling             graphql.Omittable[*bool]
	Frequency               graphql.Omittable[*InvoiceFrequency]
	PaymentConditionID      graphql.Omittable[*ID]
	Channel                 graphql.Omittable[*DeliveryChannel]
	Emails                  graphql.Omittable[[]string]
	Cc                      graphql.Omittable[[]string]
	AttentionContactID      graphql.Omittable[*ID]
	PostalAddressKind       graphql.Omittable[*PostalAddressKind]
	AttachHourSpecification graphql.Omittable[*bool]
	AttachTimesheets        graphql.Omittable[*bool]
	SplitBy                 graphql.Omittable[[]InvoiceSplit]
	PurchaseOrderRequired   graphql.Omittable[*bool]
	CustomerReference       graphql.Omittable[*string]
	PeppolScheme            graphql.Omittable[*PeppolScheme]
	PeppolID                graphql.Omittable[*string]
	HoursManager            graphql.Omittable[*bool]
	Customer                graphql.Omittable[*bool]
	ProjectLeader           graphql.Omittable[*bool]
	VatRegime               graphql.Omittable[*VatRegime]
	GAccountPercentage      graphql.Omittable[*Decimal]
}

// flat lays the groups open. A group that is null clears all its fields.
func (f InvoicingFields) flat() statementFields {
	delivery, all := group(f.Delivery)
	if all {
		delivery = &InvoiceDeliveryFields{
			graphql.OmittableOf[*DeliveryChannel](nil), graphql.OmittableOf[[]string](nil), graphql.OmittableOf[[]string](nil),
			graphql.OmittableOf[*ID](nil), graphql.OmittableOf[*PostalAddressKind](nil), graphql.OmittableOf[*bool](nil),
			graphql.OmittableOf[*bool](nil), graphql.OmittableOf[[]InvoiceSplit](nil), graphql.OmittableOf[*bool](nil),
			graphql.OmittableOf[*string](nil), graphql.OmittableOf[*PeppolScheme](nil), graphql.OmittableOf[*string](nil),
		}
	}
	approval, all := group(f.Approval)
	if all {
		approval = &InvoicingApprovalFields{graphql.OmittableOf[*bool](nil), graphql.OmittableOf[*bool](nil), graphql.OmittableOf[*bool](nil)}
	}
	return statementFields{
		f.MethodID, f.SelfBilling, f.Frequency, f.PaymentConditionID,
		delivery.Channel, delivery.Emails, delivery.Cc, delivery.AttentionContactID, delivery.PostalAddressKind,
		delivery.AttachHourSpecification, delivery.AttachTimesheets, delivery.SplitBy, delivery.PurchaseOrderRequired,
		delivery.CustomerReference, delivery.PeppolScheme, delivery.PeppolID,
		approval.HoursManager, approval.Customer, approval.ProjectLeader,
		f.VatRegime, f.GAccountPercentage,
	}
}

// group gives the fields of a group, none when it is absent, and tells whether it was cleared as a whole.
func group[G any](given graphql.Omittable[*G]) (fields *G, cleared bool) {
	fields, set := given.ValueOK()
	if fields == nil {
		return new(G), set
	}
	return fields, false
}

// apply states the given fields, each checked and in its stored form.
func (f statementFields) apply(s *statement, p *patching) {
	value(p, "methodId", f.MethodID, &s.MethodID, asIs)
	value(p, "selfBilling", f.SelfBilling, &s.SelfBilling, asIs)
	value(p, "frequency", f.Frequency, &s.Frequency, asIs)
	value(p, "paymentConditionId", f.PaymentConditionID, &s.PaymentConditionID, asIs)
	value(p, "vatRegime", f.VatRegime, &s.VatRegime, asIs)
	value(p, "gAccountPercentage", f.GAccountPercentage, &s.GAccountPercentage, percentage)
	delivery := patchingAt(p.at("delivery")...)
	f.applyDelivery(s, delivery)
	approval := patchingAt(p.at("approval")...)
	value(approval, "hoursManager", f.HoursManager, &s.ApprovalByHoursManager, asIs)
	value(approval, "customer", f.Customer, &s.ApprovalByCustomer, asIs)
	value(approval, "projectLeader", f.ProjectLeader, &s.ApprovalByProjectLeader, asIs)
	p.faults = slices.Concat(p.faults, delivery.faults, approval.faults)
}

func (f statementFields) applyDelivery(s *statement, p *patching) {
	value(p, "channel", f.Channel, &s.Channel, asIs)
	p.addresses("emails", f.Emails, &s.Emails)
	p.addresses("cc", f.Cc, &s.Cc)
	value(p, "attentionContactId", f.AttentionContactID, &s.AttentionContactID, asIs)
	value(p, "postalAddressKind", f.PostalAddressKind, &s.PostalAddressKind, asIs)
	value(p, "attachHourSpecification", f.AttachHourSpecification, &s.AttachHourSpecification, asIs)
	value(p, "attachTimesheets", f.AttachTimesheets, &s.AttachTimesheets, asIs)
	if splits, set := f.SplitBy.ValueOK(); set {
		s.SplitBy = eachOnce(splits)
	}
	value(p, "purchaseOrderRequired", f.PurchaseOrderRequired, &s.PurchaseOrderRequired, asIs)
	p.text("customerReference", f.CustomerReference, &s.CustomerReference, upTo(100))
	value(p, "peppolScheme", f.PeppolScheme, &s.PeppolScheme, asIs)
	p.text("peppolId", f.PeppolID, &s.PeppolID, peppolAddress)
}

// maxAddresses bounds to how many addresses an invoice goes.
const maxAddresses = 10

// addresses states a list of e-mail addresses, each once.
func (p *patching) addresses(field string, given graphql.Omittable[[]string], target *choices[string]) {
	texts, set := given.ValueOK()
	if !set {
		return
	}
	if len(texts) > maxAddresses {
		p.refuse(field, Text{NL: "Ten hoogste 10 adressen.", EN: "At most 10 addresses."})
		return
	}
	checked := make([]string, len(texts))
	for i, text := range texts {
		address, fault := email(strings.TrimSpace(text))
		if fault != nil {
			p.refuse(field, *fault)
			return
		}
		checked[i] = address
	}
	if texts == nil {
		checked = nil
	}
	*target = eachOnce(checked)
}

// eachOnce gives a list with each of its values once; nil stays nil, which states nothing.
func eachOnce[S ~string](given []S) choices[S] {
	if given == nil {
		return nil
	}
	return append(choices[S]{}, distinct(given)...)
}

// peppolAddress is an address in one of the schemes, without blanks; which one is judged with the scheme.
func peppolAddress(text string) (string, *Text) {
	plain := strings.ToUpper(dropped(text, " .-"))
	return upTo(50)(plain)
}
