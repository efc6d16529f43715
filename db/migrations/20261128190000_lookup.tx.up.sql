-- The values that an office keeps itself. What is in use is deactivated, never deleted.
CREATE TABLE lookup_values (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    list            TEXT NOT NULL,
    code            TEXT,
    text            TEXT NOT NULL CONSTRAINT lookup_values_text CHECK (text <> ''),
    text_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    sort_order      BIGINT NOT NULL,
    active          BOOLEAN NOT NULL,
    is_default      BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX lookup_values_in_order ON lookup_values (organization_id, list, sort_order, id);
CREATE UNIQUE INDEX lookup_values_by_text ON lookup_values (organization_id, list, text_key);
CREATE UNIQUE INDEX lookup_values_by_code ON lookup_values (organization_id, list, code);
