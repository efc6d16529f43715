-- What invoicing methods and payment conditions mean, beside what they are called.
ALTER TABLE lookup_values ADD COLUMN basis TEXT CONSTRAINT lookup_values_basis
    CHECK (basis IS NULL OR (list = 'INVOICING_METHOD' AND basis IN ('TIME_AND_MATERIAL', 'FIXED_INSTALMENTS', 'RECURRING')));
ALTER TABLE lookup_values ADD COLUMN days BIGINT CONSTRAINT lookup_values_days
    CHECK (days IS NULL OR (list = 'PAYMENT_CONDITION' AND days BETWEEN 0 AND 120));
ALTER TABLE lookup_values ADD COLUMN end_of_month BOOLEAN NOT NULL DEFAULT FALSE CONSTRAINT lookup_values_end_of_month
    CHECK (list = 'PAYMENT_CONDITION' OR NOT end_of_month);
ALTER TABLE lookup_values ADD COLUMN direct_debit BOOLEAN NOT NULL DEFAULT FALSE CONSTRAINT lookup_values_direct_debit
    CHECK (list = 'PAYMENT_CONDITION' OR NOT direct_debit);
UPDATE lookup_values SET basis = 'TIME_AND_MATERIAL' WHERE list = 'INVOICING_METHOD';
UPDATE lookup_values SET days = 30 WHERE list = 'PAYMENT_CONDITION';

-- How the office, a relation, a request or a project wants to be invoiced: one row for each that states
-- anything. Null means that the next level decides.
CREATE TABLE invoicing_preferences (
    organization_id           TEXT NOT NULL REFERENCES organizations,
    id                        TEXT NOT NULL,
    owner_id                  TEXT NOT NULL,    -- the office, relation, request or project
    level                     TEXT NOT NULL CONSTRAINT invoicing_level CHECK (level IN ('ORGANIZATION', 'CUSTOMER', 'REQUEST', 'PROJECT')),
    customer_id               TEXT,
    engagement_id             TEXT,
    version                   BIGINT NOT NULL,  -- of the row; it counts for the office, a card has its own
    method_id                 TEXT,
    self_billing              BOOLEAN,
    frequency                 TEXT CONSTRAINT invoicing_frequency CHECK (frequency IN ('WEEKLY', 'FOUR_WEEKLY', 'MONTHLY', 'QUARTERLY', 'ON_COMPLETION')),
    payment_condition_id      TEXT,
    channel                   TEXT CONSTRAINT invoicing_channel CHECK (channel IN ('EMAIL_PDF', 'EMAIL_PDF_UBL', 'PEPPOL', 'POST', 'PORTAL', 'NONE')),
    emails                    TEXT,             -- JSON list
    cc                        TEXT,             -- JSON list
    attention_contact_id      TEXT,
    postal_address_kind       TEXT CONSTRAINT invoicing_postal_address CHECK (postal_address_kind IN ('INVOICE', 'POSTAL', 'VISITING')),
    attach_hour_specification BOOLEAN,
    attach_timesheets         BOOLEAN,
    split_by                  TEXT,             -- JSON list
    purchase_order_required   BOOLEAN,
    customer_reference        TEXT,
    peppol_scheme             TEXT CONSTRAINT invoicing_peppol_scheme CHECK (peppol_scheme IN ('KVK', 'OIN', 'VAT')),
    peppol_id                 TEXT,
    approval_by_hours_manager BOOLEAN,
    approval_by_customer      BOOLEAN,
    approval_by_project_leader BOOLEAN,
    vat_regime                TEXT CONSTRAINT invoicing_vat_regime CHECK (vat_regime IN ('STANDARD_21', 'REVERSE_CHARGE', 'EU_REVERSE_CHARGE', 'EXEMPT')),
    g_account_percentage      BIGINT CONSTRAINT invoicing_g_account CHECK (g_account_percentage BETWEEN 0 AND 10000), -- hundredths
    stamps                    TEXT NOT NULL,    -- JSON: for each stated field when, by whom, and from where it was copied
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, engagement_id) REFERENCES engagements,
    FOREIGN KEY (organization_id, method_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, payment_condition_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, attention_contact_id) REFERENCES contacts,
    CONSTRAINT invoicing_owner CHECK (
        (level = 'ORGANIZATION' AND owner_id = organization_id AND customer_id IS NULL AND engagement_id IS NULL) OR
        (level = 'CUSTOMER' AND owner_id = customer_id AND engagement_id IS NULL) OR
        (level IN ('REQUEST', 'PROJECT') AND owner_id = engagement_id AND customer_id IS NOT NULL)),
    -- The VAT regime and the G-account of a relation stand on its card.
    CONSTRAINT invoicing_of_card CHECK (level IN ('REQUEST', 'PROJECT') OR (vat_regime IS NULL AND g_account_percentage IS NULL)),
    CONSTRAINT invoicing_of_office CHECK (level <> 'ORGANIZATION' OR attention_contact_id IS NULL),
    CONSTRAINT invoicing_peppol CHECK ((peppol_scheme <> 'KVK' OR length(peppol_id) = 8) AND (peppol_scheme <> 'OIN' OR length(peppol_id) = 20))
);
CREATE UNIQUE INDEX invoicing_preferences_of_owner ON invoicing_preferences (organization_id, owner_id);
CREATE INDEX invoicing_preferences_by_contact ON invoicing_preferences (organization_id, attention_contact_id) WHERE attention_contact_id IS NOT NULL;
