package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
)

// Values of three lists mean something beside what they are called: how an amount is calculated, when it is to be
// paid, and how an invoice is sent.

// SplitBy is what gets invoices of its own with a preset; where nothing does, that is left as it is.
func (v *LookupValue) SplitBy() []InvoiceSplit { return append([]InvoiceSplit{}, v.Splits...) }

// applyMeaning sets what a value means. A value of another list means nothing.
func (f LookupValueFields) applyMeaning(v *LookupValue, p *patching) {
	p.ofList(v.List, InvoicingMethodList, "basis", set(f.Basis))
	value(p, "basis", f.Basis, &v.Basis, asIs)
	p.ofList(v.List, PaymentConditionList, "days", set(f.Days))
	value(p, "days", f.Days, &v.Days, paymentDays)
	p.ofList(v.List, PaymentConditionList, "isEndOfMonth", set(f.IsEndOfMonth))
	choice(f.IsEndOfMonth, &v.IsEndOfMonth, false)
	p.ofList(v.List, PaymentConditionList, "isDirectDebit", set(f.IsDirectDebit))
	choice(f.IsDirectDebit, &v.IsDirectDebit, false)
	p.ofList(v.List, DeliveryPresetList, "channel", set(f.Channel))
	value(p, "channel", f.Channel, &v.Channel, asIs)
	p.ofList(v.List, DeliveryPresetList, "attachHourSpecification", set(f.AttachHourSpecification))
	value(p, "attachHourSpecification", f.AttachHourSpecification, &v.AttachHourSpecification, asIs)
	p.ofList(v.List, DeliveryPresetList, "attachTimesheets", set(f.AttachTimesheets))
	value(p, "attachTimesheets", f.AttachTimesheets, &v.AttachTimesheets, asIs)
	p.ofList(v.List, DeliveryPresetList, "purchaseOrderRequired", set(f.PurchaseOrderRequired))
	value(p, "purchaseOrderRequired", f.PurchaseOrderRequired, &v.PurchaseOrderRequired, asIs)
	splits, given := f.SplitBy.ValueOK()
	p.ofList(v.List, DeliveryPresetList, "splitBy", len(splits) > 0)
	switch {
	case len(splits) > 0:
		v.Splits = eachOnce(splits)
	case given:
		v.Splits = nil
	}
}

// set tells whether a field is given a value.
func set[T any](given graphql.Omittable[*T]) bool {
	v, ok := given.ValueOK()
	return ok && v != nil
}

// ofList refuses a value of a field that the values of another list have.
func (p *patching) ofList(list, wanted LookupListKey, field string, given bool) {
	if given && list != wanted {
		name := nameOf(wanted)
		p.refuse(field, Text{
			NL: "Dit hoort bij de lijst " + name.NL + ".",
			EN: "This belongs to the list " + name.EN + "."})
	}
}

func paymentDays(days int) (int, *Text) {
	if days < 0 || days > 120 {
		return 0, &Text{NL: "Een betaaltermijn is 0 tot en met 120 dagen.", EN: "A payment term is 0 to 120 days."}
	}
	return days, nil
}

// means says that a value which has to mean something does.
func (v *LookupValue) means(p *patching) {
	lacking := ""
	switch {
	case v.List == InvoicingMethodList && v.Basis == nil:
		lacking = "basis"
	case v.List == PaymentConditionList && v.Days == nil:
		lacking = "days"
	case v.List == DeliveryPresetList && v.Channel == nil:
		lacking = "channel"
	}
	if lacking != "" && len(p.faults) == 0 {
		p.refuse(lacking, missing())
	}
}

// meanings are the fields in which a change reaches what was agreed, where a request or a project bears the value.
func meanings() []string { return []string{"basis", "days", "isEndOfMonth", "isDirectDebit"} }

// keepsMeaning refuses another meaning of a value that requests or projects have: they copied what was agreed, which
// is the value. Relations and the office only begin new ones with it. What meant nothing yet can be told at any time.
func (tx *Tx) keepsMeaning(ctx context.Context, before *LookupValue, changes []FieldChange, patch *patching) error {
	at := slices.IndexFunc(changes, func(c FieldChange) bool { return slices.Contains(meanings(), c.Field) })
	if at < 0 || before.Basis == nil && before.Days == nil {
		return nil
	}
	agreed, err := tx.NewSelect().Table("invoicing_preferences").
		Where("organization_id = ? AND level IN ('REQUEST', 'PROJECT') AND (method_id = ? OR payment_condition_id = ?)", before.OrganizationID, before.ID, before.ID).
		Exists(ctx)
	if err != nil {
		return fmt.Errorf("what was agreed with %s: %w", before.ID, err)
	}
	if agreed {
		patch.faults = append(patch.faults, &Error{Code: LookupInUse, Path: patch.at(changes[at].Field), Text: Text{
			NL: "Met deze waarde is op aanvragen of projecten iets afgesproken; maak een nieuwe waarde.",
			EN: "Requests or projects were agreed on with this value; make a new value."}})
	}
	return patch.err()
}
