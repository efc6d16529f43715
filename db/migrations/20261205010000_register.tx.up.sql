-- What the card lacked of what a relation is known by: an abbreviation to search by, of which edition of the register's
-- classification its code is, and what it turns over, in hundredths. Codes that are there were entered as those of 2008.
ALTER TABLE customers ADD COLUMN search_name TEXT;
--bun:split
ALTER TABLE customers ADD COLUMN sbi_version TEXT CONSTRAINT customers_sbi_version CHECK (sbi_version IN ('SBI2008', 'SBI2025'));
--bun:split
ALTER TABLE customers ADD COLUMN annual_revenue BIGINT CONSTRAINT customers_annual_revenue CHECK (annual_revenue >= 0);
--bun:split
UPDATE customers SET sbi_version = 'SBI2008' WHERE sbi_code IS NOT NULL;
--bun:split
CREATE INDEX customers_by_sbi_version ON customers (organization_id, sbi_version, name_key, id);
--bun:split
ALTER TABLE search_entries ADD COLUMN alias_key TEXT NOT NULL DEFAULT ''{{if .Postgres}} COLLATE "C"{{end}};
--bun:split
CREATE INDEX search_entries_by_alias ON search_entries (organization_id, alias_key, card_id);
