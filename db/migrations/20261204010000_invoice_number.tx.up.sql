-- An invoice is on the timeline once; what an office has sent has a number of its own.
CREATE UNIQUE INDEX communications_by_invoice ON communications (organization_id, invoice_number) WHERE invoice_number IS NOT NULL;
