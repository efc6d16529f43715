-- Presets for the delivery of invoices: values of a list, with what they choose. Null is left as it is.
ALTER TABLE lookup_values ADD COLUMN channel TEXT CONSTRAINT lookup_values_channel
    CHECK (channel IS NULL OR (list = 'INVOICE_DELIVERY_PRESET' AND channel IN ('EMAIL_PDF', 'EMAIL_PDF_UBL', 'PEPPOL', 'POST', 'PORTAL', 'NONE')));
--bun:split
ALTER TABLE lookup_values ADD COLUMN attach_hour_specification BOOLEAN CONSTRAINT lookup_values_hour_specification
    CHECK (attach_hour_specification IS NULL OR list = 'INVOICE_DELIVERY_PRESET');
--bun:split
ALTER TABLE lookup_values ADD COLUMN attach_timesheets BOOLEAN CONSTRAINT lookup_values_timesheets
    CHECK (attach_timesheets IS NULL OR list = 'INVOICE_DELIVERY_PRESET');
--bun:split
ALTER TABLE lookup_values ADD COLUMN purchase_order_required BOOLEAN CONSTRAINT lookup_values_purchase_order
    CHECK (purchase_order_required IS NULL OR list = 'INVOICE_DELIVERY_PRESET');
--bun:split
ALTER TABLE lookup_values ADD COLUMN split_by TEXT CONSTRAINT lookup_values_split_by -- JSON list
    CHECK (split_by IS NULL OR list = 'INVOICE_DELIVERY_PRESET');
