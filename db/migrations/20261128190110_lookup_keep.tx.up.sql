-- Values that administrators change: a version to base a change on, and at most one default for each list.
ALTER TABLE lookup_values ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX lookup_values_default ON lookup_values (organization_id, list) WHERE is_default;
