package crm

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
)

// ApplyInvoiceDeliveryPresetInput says whose delivery options are to be as a preset has them.
type ApplyInvoiceDeliveryPresetInput struct {
	OwnerID         ID
	ExpectedVersion int
	PresetID        ID
}

// ApplyInvoiceDeliveryPresetPayload is the answer to ApplyDeliveryPreset.
type ApplyInvoiceDeliveryPresetPayload struct {
	Outcome
	Preferences *InvoicingPreferences
}

// ApplyDeliveryPreset states what a preset chooses, as if a colleague had typed it: by the same rules, with the same
// event. The preset is not remembered: when it changes, nobody's invoices go another way.
func (s *Preferences) ApplyDeliveryPreset(ctx context.Context, input ApplyInvoiceDeliveryPresetInput) (*ApplyInvoiceDeliveryPresetPayload, error) {
	return write(ctx, s.core, statingFor(input.OwnerID), func(ctx context.Context, tx *Tx) (*ApplyInvoiceDeliveryPresetPayload, error) {
		owner, err := tx.invoicingOwner(ctx, input.OwnerID)
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		preset, err := tx.lookup(ctx, DeliveryPresetList, &input.PresetID, nil, fields, "presetId")
		if err != nil {
			return nil, err
		}
		if err := fields.err(); err != nil {
			return nil, err
		}
		preferences, err := tx.state(ctx, owner, preset.delivery(), &input.ExpectedVersion, nil)
		return &ApplyInvoiceDeliveryPresetPayload{Preferences: preferences}, ofPreset(err)
	})
}

// delivery is what a preset chooses; it leaves the rest.
func (v *LookupValue) delivery() InvoicingFields {
	chosen := InvoiceDeliveryFields{Channel: graphql.OmittableOf(v.Channel)}
	if v.AttachHourSpecification != nil {
		chosen.AttachHourSpecification = graphql.OmittableOf(v.AttachHourSpecification)
	}
	if v.AttachTimesheets != nil {
		chosen.AttachTimesheets = graphql.OmittableOf(v.AttachTimesheets)
	}
	if v.PurchaseOrderRequired != nil {
		chosen.PurchaseOrderRequired = graphql.OmittableOf(v.PurchaseOrderRequired)
	}
	if v.Splits != nil {
		chosen.SplitBy = graphql.OmittableOf([]InvoiceSplit(v.Splits))
	}
	return InvoicingFields{Delivery: graphql.OmittableOf(&chosen)}
}

// ofPreset says of what is wrong with the choices that it is the preset which chose.
func ofPreset(err error) error {
	for _, fault := range FaultsOf(err) {
		if slices.Contains(fault.Path, "patch") {
			fault.Path = []string{"input", "presetId"}
		}
	}
	return err
}
