-- Who a contact is: the name that is used, how to write to them, and what they do at the relation.

ALTER TABLE contacts ADD COLUMN partner_prefix TEXT;
--bun:split
ALTER TABLE contacts ADD COLUMN partner_name TEXT;
--bun:split
ALTER TABLE contacts ADD COLUMN name_use TEXT NOT NULL DEFAULT 'OWN'
    CONSTRAINT contacts_name_use CHECK (name_use IN ('OWN', 'PARTNER', 'PARTNER_FIRST', 'OWN_FIRST'));
--bun:split
ALTER TABLE contacts ADD COLUMN salutation_style TEXT NOT NULL DEFAULT 'FORMAL'
    CONSTRAINT contacts_salutation_style CHECK (salutation_style IN ('FORMAL', 'INFORMAL'));
--bun:split
ALTER TABLE contacts ADD COLUMN salutation_override TEXT;
--bun:split
ALTER TABLE contacts ADD COLUMN linked_in TEXT;
--bun:split
ALTER TABLE contacts ADD COLUMN preferred_channel_id TEXT; -- a lookup value; those are never deleted
--bun:split
ALTER TABLE contacts ADD COLUMN anonymized_at TIMESTAMPTZ;
--bun:split
-- A relation has one first contact, in daily use.
UPDATE contacts SET is_primary = FALSE WHERE is_primary AND (archived_at IS NOT NULL OR EXISTS (
    SELECT 1 FROM contacts AS o WHERE o.organization_id = contacts.organization_id AND o.customer_id = contacts.customer_id
        AND o.is_primary AND o.archived_at IS NULL AND o.id < contacts.id));
--bun:split
CREATE UNIQUE INDEX contacts_primary ON contacts (organization_id, customer_id) WHERE is_primary;
--bun:split
CREATE TABLE contact_functions (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    contact_id      TEXT NOT NULL,
    title           TEXT NOT NULL CONSTRAINT contact_functions_title CHECK (title <> ''),
    department      TEXT,
    role_id         TEXT,
    start_on        TEXT,
    end_on          TEXT,
    is_primary      BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
    FOREIGN KEY (organization_id, role_id) REFERENCES lookup_values,
    CONSTRAINT contact_functions_term CHECK (end_on >= start_on),
    CONSTRAINT contact_functions_current CHECK (NOT is_primary OR end_on IS NULL)
);
--bun:split
CREATE INDEX contact_functions_by_contact ON contact_functions (organization_id, contact_id, id);
--bun:split
CREATE UNIQUE INDEX contact_functions_primary ON contact_functions (organization_id, contact_id) WHERE is_primary;
--bun:split
-- What stood on the contact becomes the first function, under the same number.
INSERT INTO contact_functions (organization_id, id, contact_id, title, department, is_primary, created_at)
    SELECT organization_id, 'fun_' || substr(id, 5), id, function, department, TRUE, created_at FROM contacts WHERE function <> '';
