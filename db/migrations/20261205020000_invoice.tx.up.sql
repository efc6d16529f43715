-- What an invoice says beside its net amount, which may be absent on one from before it was kept; gross is net and VAT.
ALTER TABLE communications ADD COLUMN due_on TEXT;
--bun:split
ALTER TABLE communications ADD COLUMN vat_amount BIGINT; -- cents
--bun:split
ALTER TABLE communications ADD COLUMN g_account_amount BIGINT; -- cents
--bun:split
ALTER TABLE communications ADD COLUMN purchase_order_number TEXT;
--bun:split
ALTER TABLE communications ADD COLUMN paid_on TEXT;
--bun:split
ALTER TABLE communications ADD COLUMN credited_on TEXT;
