-- All bank accounts of a relation, as JSON, the primary one in front; iban is that one's.
ALTER TABLE customers ADD COLUMN bank_accounts TEXT;
--bun:split
UPDATE customers SET bank_accounts = '[{"iban":"' || iban || '","holder":null,"description":null,"isPrimary":true}]' WHERE iban IS NOT NULL;
