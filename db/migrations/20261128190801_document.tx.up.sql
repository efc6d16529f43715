-- The office on its paper: business mail must show who sends it.
CREATE TABLE letterheads (
    organization_id TEXT NOT NULL REFERENCES organizations,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL CONSTRAINT letterheads_name CHECK (name <> ''),
    address_lines   TEXT NOT NULL,          -- JSON list
    phone           TEXT,
    email           TEXT,
    website         TEXT,
    kvk_number      TEXT,
    vat_id          TEXT,
    iban            TEXT,
    updated_at      TIMESTAMPTZ NOT NULL,
    updated_by      TEXT,
    PRIMARY KEY (organization_id),
    FOREIGN KEY (organization_id, updated_by) REFERENCES users
);

CREATE TABLE document_templates (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL,
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    kind            TEXT NOT NULL CONSTRAINT document_templates_kind CHECK (kind IN ('DOCUMENT', 'LETTER')),
    category_id     TEXT,
    card_types      TEXT NOT NULL,          -- JSON list
    language        TEXT NOT NULL CONSTRAINT document_templates_language CHECK (language IN ('NL', 'EN', 'DE', 'FR')),
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL,
    active          BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT,
    updated_at      TIMESTAMPTZ NOT NULL,
    updated_by      TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, category_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, created_by) REFERENCES users,
    FOREIGN KEY (organization_id, updated_by) REFERENCES users
);
CREATE UNIQUE INDEX document_templates_by_name ON document_templates (organization_id, name_key);
CREATE INDEX document_templates_in_order ON document_templates (organization_id, name_key, id);

-- What each version of a template said: what was made from it names the version.
CREATE TABLE document_template_versions (
    organization_id TEXT NOT NULL,
    template_id     TEXT NOT NULL,
    version         BIGINT NOT NULL,
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL,
    saved_at        TIMESTAMPTZ NOT NULL,
    saved_by        TEXT,
    PRIMARY KEY (organization_id, template_id, version),
    FOREIGN KEY (organization_id, template_id) REFERENCES document_templates,
    FOREIGN KEY (organization_id, saved_by) REFERENCES users
);

-- What a document or a letter has besides what every communication has.
CREATE TABLE documents (
    organization_id  TEXT NOT NULL,
    communication_id TEXT NOT NULL,
    version          BIGINT NOT NULL,
    template_id      TEXT,
    template_version BIGINT,
    category_id      TEXT,
    language         TEXT NOT NULL CONSTRAINT documents_language CHECK (language IN ('NL', 'EN', 'DE', 'FR')),
    addressee_id     TEXT,
    address_lines    TEXT NOT NULL,         -- JSON list
    salutation       TEXT NOT NULL,
    sent_via         TEXT CONSTRAINT documents_sent_via CHECK (sent_via IN ('POST', 'EMAIL', 'PORTAL', 'HANDED_OVER')),
    sent_at          TIMESTAMPTZ,
    sent_by          TEXT,
    PRIMARY KEY (organization_id, communication_id),
    FOREIGN KEY (organization_id, communication_id) REFERENCES communications,
    FOREIGN KEY (organization_id, template_id, template_version) REFERENCES document_template_versions,
    FOREIGN KEY (organization_id, category_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, addressee_id) REFERENCES contacts,
    FOREIGN KEY (organization_id, sent_by) REFERENCES users,
    CONSTRAINT documents_sent CHECK (sent_via IS NULL OR sent_at IS NOT NULL)
);
INSERT INTO documents (organization_id, communication_id, version, language, address_lines, salutation, sent_at, sent_by)
SELECT organization_id, id, 1, 'NL', '[]', '', CASE WHEN status = 'SENT' THEN at END, CASE WHEN status = 'SENT' THEN author_id END
FROM communications WHERE kind IN ('DOCUMENT', 'LETTER');
