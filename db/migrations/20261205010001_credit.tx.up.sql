-- Up to how much is delivered before it is paid, in hundredths, and whether that is wanted at all.
ALTER TABLE customers ADD COLUMN credit_limit BIGINT CONSTRAINT customers_credit_limit CHECK (credit_limit >= 0);
--bun:split
ALTER TABLE customers ADD COLUMN credit_status TEXT NOT NULL DEFAULT 'UNKNOWN'
    CONSTRAINT customers_credit_status CHECK (credit_status IN ('UNKNOWN', 'REQUESTED', 'GRANTED', 'BLOCKED'));
--bun:split
CREATE INDEX customers_by_credit ON customers (organization_id, credit_status, name_key, id);
