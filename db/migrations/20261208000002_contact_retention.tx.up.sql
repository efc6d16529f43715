-- After how many months an office anonymizes contacts that are out of use; null: never by a rule.
ALTER TABLE organization_settings ADD COLUMN contact_retention_months BIGINT
    CONSTRAINT organization_settings_contact_retention CHECK (contact_retention_months BETWEEN 1 AND 600);

-- The contacts of archived relations, and archived contacts, that still tell who they are.
CREATE INDEX contacts_archived ON contacts (organization_id, archived_at, id) WHERE archived_at IS NOT NULL AND anonymized_at IS NULL;
