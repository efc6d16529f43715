-- The customer card. One file serves both engines; what only one of them knows stands between template marks.
-- Every table begins with its organization, and every reference carries it, so that no row can point at a neighbour's.

CREATE TABLE organizations (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    position   BIGINT NOT NULL DEFAULT 0,   -- the number of the last event
    floor      BIGINT NOT NULL DEFAULT 0,   -- events up to here are no longer kept
    created_at TIMESTAMPTZ NOT NULL
){{if .Postgres}} WITH (fillfactor = 50){{end}};

CREATE TABLE number_series (
    organization_id TEXT NOT NULL REFERENCES organizations,
    name            TEXT NOT NULL,          -- 'customer', 'debtor', 'L-2026', 'A-2026', 'P-2026'
    last            BIGINT NOT NULL,
    PRIMARY KEY (organization_id, name)
);

CREATE TABLE users (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    name            TEXT NOT NULL,
    sort_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    email           TEXT NOT NULL,          -- lower case
    job_title       TEXT,
    role            TEXT NOT NULL CONSTRAINT users_role CHECK (role IN ('ADMIN', 'COLLEAGUE', 'READ_ONLY')),
    finance         BOOLEAN NOT NULL,
    password_hash   TEXT,                   -- argon2id; null means that no password signs in
    active          BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_by_name ON users (organization_id, sort_key, id);

CREATE TABLE sessions (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    secret_hash     TEXT NOT NULL,          -- SHA-256 of the token
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    revoked_at      TIMESTAMPTZ,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX sessions_secret ON sessions (secret_hash);

CREATE TABLE api_tokens (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    name            TEXT NOT NULL,
    secret_hash     TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ,
    last_used_at    TIMESTAMPTZ,
    revoked_at      TIMESTAMPTZ,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX api_tokens_secret ON api_tokens (secret_hash);
CREATE INDEX api_tokens_by_user ON api_tokens (organization_id, user_id, id);

CREATE TABLE customers (
    organization_id       TEXT NOT NULL REFERENCES organizations,
    id                    TEXT NOT NULL,
    version               BIGINT NOT NULL,
    number                TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    debtor_number         TEXT,
    stage                 TEXT NOT NULL CONSTRAINT customers_stage CHECK (stage IN ('PROSPECT', 'CUSTOMER')),
    customer_since        TEXT,
    name                  TEXT NOT NULL CONSTRAINT customers_name CHECK (name <> ''),
    name_key              TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded, for order and comparison
    trade_name            TEXT,
    legal_form            TEXT,
    kvk_number            TEXT,
    branch_number         TEXT,
    rsin                  TEXT,
    vat_id                TEXT,
    oin                   TEXT,
    sbi_code              TEXT,
    sector                TEXT,
    sector_key            TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    employees_count       BIGINT CONSTRAINT customers_employees CHECK (employees_count >= 0),
    is_large_enterprise   BOOLEAN NOT NULL,
    is_government         BOOLEAN NOT NULL,
    visiting_address      TEXT,             -- JSON
    postal_address        TEXT,
    invoice_address       TEXT,
    city_key              TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    phone                 TEXT,
    email                 TEXT,
    email_domain          TEXT,             -- for finding duplicates
    postcode              TEXT,             -- of the visiting address, for finding duplicates
    website               TEXT,
    language              TEXT NOT NULL CONSTRAINT customers_language CHECK (language IN ('NL', 'EN', 'DE', 'FR')),
    iban                  TEXT,
    g_account_percentage  BIGINT CONSTRAINT customers_g_account CHECK (g_account_percentage BETWEEN 0 AND 10000), -- hundredths
    vat_regime            TEXT NOT NULL CONSTRAINT customers_vat_regime CHECK (vat_regime IN ('STANDARD_21', 'REVERSE_CHARGE', 'EU_REVERSE_CHARGE', 'EXEMPT')),
    notes                 TEXT,
    account_manager_id    TEXT,
    created_at            TIMESTAMPTZ NOT NULL,
    created_by            TEXT,
    updated_at            TIMESTAMPTZ NOT NULL,
    updated_by            TEXT,
    archived_at           TIMESTAMPTZ,
    archived_by           TEXT,
    archived_reason       TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, account_manager_id) REFERENCES users
);
CREATE UNIQUE INDEX customers_number ON customers (organization_id, number);
CREATE UNIQUE INDEX customers_debtor ON customers (organization_id, debtor_number);
CREATE UNIQUE INDEX customers_branch ON customers (organization_id, kvk_number, branch_number);
CREATE INDEX customers_by_name ON customers (organization_id, name_key, id);
CREATE INDEX customers_by_city ON customers (organization_id, city_key, id);
CREATE INDEX customers_by_created ON customers (organization_id, created_at, id);
CREATE INDEX customers_by_updated ON customers (organization_id, updated_at, id);
CREATE INDEX customers_by_manager ON customers (organization_id, account_manager_id, name_key, id);
CREATE INDEX customers_by_sector ON customers (organization_id, sector_key, name_key, id);
CREATE INDEX customers_by_vat ON customers (organization_id, vat_id);
CREATE INDEX customers_by_domain ON customers (organization_id, email_domain);
-- The overview shows customers in daily use by name; this index holds just those.
CREATE INDEX customers_overview ON customers (organization_id, stage, name_key, id) WHERE archived_at IS NULL;

CREATE TABLE contacts (
    organization_id    TEXT NOT NULL,
    id                 TEXT NOT NULL,
    version            BIGINT NOT NULL,
    customer_id        TEXT NOT NULL,
    name               TEXT NOT NULL,       -- as shown
    sort_key           TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},     -- last name, prefix, first name, folded
    initials           TEXT,
    first_name         TEXT,
    prefix             TEXT,
    last_name          TEXT,
    functional_name    TEXT,
    gender             TEXT NOT NULL CONSTRAINT contacts_gender CHECK (gender IN ('MALE', 'FEMALE', 'X', 'UNKNOWN')),
    title_before       TEXT,
    title_after        TEXT,
    function           TEXT,
    department         TEXT,
    email              TEXT,
    email_key          TEXT,                -- lower case
    phone              TEXT,
    mobile             TEXT,
    language           TEXT NOT NULL CONSTRAINT contacts_language CHECK (language IN ('NL', 'EN', 'DE', 'FR')),
    is_primary         BOOLEAN NOT NULL,
    is_invoice_contact BOOLEAN NOT NULL,
    mailing_opt_out    BOOLEAN NOT NULL,
    notes              TEXT,
    search_text        TEXT NOT NULL,       -- folded
    created_at         TIMESTAMPTZ NOT NULL,
    created_by         TEXT,
    updated_at         TIMESTAMPTZ NOT NULL,
    updated_by         TEXT,
    archived_at        TIMESTAMPTZ,
    archived_by        TEXT,
    archived_reason    TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    CONSTRAINT contacts_named CHECK (last_name IS NOT NULL OR functional_name IS NOT NULL)
);
CREATE INDEX contacts_by_updated ON contacts (organization_id, customer_id, updated_at DESC, id DESC);
CREATE INDEX contacts_recent ON contacts (organization_id, customer_id, updated_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX contacts_by_name ON contacts (organization_id, customer_id, sort_key, id);
CREATE UNIQUE INDEX contacts_email ON contacts (organization_id, customer_id, email_key);

CREATE TABLE engagements (
    organization_id       TEXT NOT NULL,
    id                    TEXT NOT NULL,
    version               BIGINT NOT NULL,
    customer_id           TEXT NOT NULL,
    phase                 TEXT NOT NULL CONSTRAINT engagements_phase CHECK (phase IN ('LEAD', 'REQUEST', 'PROJECT')),
    status                TEXT NOT NULL,
    number                TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    title                 TEXT NOT NULL CONSTRAINT engagements_title CHECK (title <> ''),
    description           TEXT,
    contact_id            TEXT,
    handler_id            TEXT,
    project_leader_id     TEXT,
    origin_id             TEXT,             -- the lead of a request, the request of a project
    closed_reason         TEXT,
    phase_since           TEXT NOT NULL,
    expected_value        BIGINT,           -- cents
    probability           BIGINT CONSTRAINT engagements_probability CHECK (probability BETWEEN 0 AND 100),
    expected_close_on     TEXT,
    location              TEXT,
    hours_per_week        BIGINT,           -- hundredths
    openings              BIGINT,
    start_on              TEXT,
    end_on                TEXT,
    rate_min              BIGINT,
    rate_max              BIGINT,
    fixed_price           BIGINT,
    purchase_order_number TEXT,
    created_at            TIMESTAMPTZ NOT NULL,
    created_by            TEXT,
    updated_at            TIMESTAMPTZ NOT NULL,
    updated_by            TEXT,
    archived_at           TIMESTAMPTZ,
    archived_by           TEXT,
    archived_reason       TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
    FOREIGN KEY (organization_id, handler_id) REFERENCES users,
    FOREIGN KEY (organization_id, project_leader_id) REFERENCES users,
    FOREIGN KEY (organization_id, origin_id) REFERENCES engagements,
    CONSTRAINT engagements_status CHECK (
        (phase = 'LEAD' AND status IN ('OPEN', 'CONVERTED', 'LOST')) OR
        (phase = 'REQUEST' AND status IN ('OPEN', 'HONOURED', 'REJECTED', 'WITHDRAWN')) OR
        (phase = 'PROJECT' AND status IN ('PLANNED', 'ACTIVE', 'ON_HOLD', 'ENDED'))),
    CONSTRAINT engagements_contact CHECK (phase = 'LEAD' OR contact_id IS NOT NULL),
    CONSTRAINT engagements_term CHECK (end_on >= start_on),
    CONSTRAINT engagements_start CHECK (phase <> 'PROJECT' OR start_on IS NOT NULL)
);
CREATE UNIQUE INDEX engagements_number ON engagements (organization_id, number);
CREATE UNIQUE INDEX engagements_origin ON engagements (organization_id, origin_id);
CREATE INDEX engagements_by_phase ON engagements (organization_id, customer_id, phase_since DESC, id DESC);
CREATE INDEX engagements_recent ON engagements (organization_id, customer_id, phase_since DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX engagements_by_contact ON engagements (organization_id, contact_id);
-- What can be running, open or about to be: the counts on the card and the guards of archive and revert.
CREATE INDEX engagements_standing ON engagements (organization_id, customer_id, phase, status, end_on, archived_at);

CREATE TABLE nominations (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    engagement_id   TEXT NOT NULL,
    kind            TEXT NOT NULL CONSTRAINT nominations_kind CHECK (kind IN ('PERSON', 'ACTIVITY_GROUP', 'BUDGET_GROUP')),
    name            TEXT NOT NULL,
    hourly_rate     BIGINT,                 -- cents
    start_on        TEXT,
    end_on          TEXT,
    status          TEXT NOT NULL CONSTRAINT nominations_status CHECK (status IN ('PROPOSED', 'INTERVIEW', 'SELECTED', 'REJECTED', 'ACTIVE', 'ENDED')),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, engagement_id) REFERENCES engagements
);
CREATE INDEX nominations_by_engagement ON nominations (organization_id, engagement_id, id);

CREATE TABLE communications (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    customer_id     TEXT NOT NULL,          -- fixed at creation: a contact who moves leaves it behind
    engagement_id   TEXT,
    kind            TEXT NOT NULL CONSTRAINT communications_kind CHECK (kind IN ('DOCUMENT', 'LETTER', 'EMAIL', 'INVOICE', 'CONVERSATION_NOTE', 'APPOINTMENT', 'WORKFLOW')),
    direction       TEXT NOT NULL CONSTRAINT communications_direction CHECK (direction IN ('OUT', 'IN', 'INTERNAL')),
    status          TEXT NOT NULL CONSTRAINT communications_status CHECK (status IN ('DRAFT', 'SENT', 'RECEIVED', 'PLANNED', 'DONE', 'CANCELLED')),
    at              TIMESTAMPTZ NOT NULL,
    ends_at         TIMESTAMPTZ,
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL,
    search_text     TEXT NOT NULL,          -- folded
    channel         TEXT,
    duration        BIGINT,                 -- minutes
    location        TEXT,
    follow_up_on    TEXT,
    file_name       TEXT,
    mail_from       TEXT,
    mail_to         TEXT,                   -- JSON list
    thread_id       TEXT,
    invoice_number  TEXT,
    net_amount      BIGINT,                 -- cents
    author_id       TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, engagement_id) REFERENCES engagements,
    FOREIGN KEY (organization_id, author_id) REFERENCES users,
    CONSTRAINT communications_term CHECK (ends_at > at)
);
CREATE INDEX communications_timeline ON communications (organization_id, customer_id, at DESC, id DESC);
CREATE INDEX communications_correspondence ON communications (organization_id, customer_id, at DESC, id DESC)
    WHERE direction = 'OUT' AND status = 'SENT' AND kind IN ('DOCUMENT', 'EMAIL', 'INVOICE', 'LETTER');
CREATE INDEX communications_by_engagement ON communications (organization_id, engagement_id, at DESC, id DESC);

CREATE TABLE communication_contacts (
    organization_id  TEXT NOT NULL,
    communication_id TEXT NOT NULL,
    ordinal          BIGINT NOT NULL,
    contact_id       TEXT NOT NULL,
    at               TIMESTAMPTZ NOT NULL,  -- of the communication, for a contact's own timeline
    PRIMARY KEY (organization_id, communication_id, ordinal),
    FOREIGN KEY (organization_id, communication_id) REFERENCES communications,
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts
);
CREATE UNIQUE INDEX communication_contacts_timeline ON communication_contacts (organization_id, contact_id, at DESC, communication_id DESC);

CREATE TABLE card_relations (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    from_id         TEXT NOT NULL,          -- the mother, or the sister with the smaller id
    to_id           TEXT NOT NULL,
    kind            TEXT NOT NULL CONSTRAINT card_relations_kind CHECK (kind IN ('MOTHER_OF', 'SISTER_OF')),
    note            TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, from_id) REFERENCES customers,
    FOREIGN KEY (organization_id, to_id) REFERENCES customers,
    CONSTRAINT card_relations_self CHECK (from_id <> to_id)
);
CREATE UNIQUE INDEX card_relations_pair ON card_relations (organization_id, from_id, to_id);
CREATE INDEX card_relations_to ON card_relations (organization_id, to_id);

CREATE TABLE attentions (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    card_id         TEXT NOT NULL,
    customer_id     TEXT NOT NULL,
    text            TEXT NOT NULL,
    level           TEXT NOT NULL CONSTRAINT attentions_level CHECK (level IN ('INFO', 'WARNING', 'CRITICAL')),
    valid_from      TIMESTAMPTZ NOT NULL,
    valid_until     TEXT,
    author_id       TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    removed_at      TIMESTAMPTZ,
    removed_by      TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, author_id) REFERENCES users
);
CREATE INDEX attentions_by_card ON attentions (organization_id, card_id, created_at DESC, id DESC) WHERE removed_at IS NULL;
CREATE INDEX attentions_standing ON attentions (organization_id, created_at DESC, id DESC) WHERE removed_at IS NULL;

CREATE TABLE attention_recipients (
    organization_id TEXT NOT NULL,
    attention_id    TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    PRIMARY KEY (organization_id, attention_id, user_id),
    FOREIGN KEY (organization_id, attention_id) REFERENCES attentions,
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);

CREATE TABLE attention_receipts (
    organization_id TEXT NOT NULL,
    attention_id    TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    delivered_at    TIMESTAMPTZ NOT NULL,
    seen_at         TIMESTAMPTZ,
    acknowledged_at TIMESTAMPTZ,
    PRIMARY KEY (organization_id, attention_id, user_id),
    FOREIGN KEY (organization_id, attention_id) REFERENCES attentions,
    FOREIGN KEY (organization_id, user_id) REFERENCES users,
    CONSTRAINT attention_receipts_order CHECK (acknowledged_at IS NULL OR seen_at IS NOT NULL)
);

-- The log. position is given by the last statement of the writing transaction, under the lock of the
-- organization's row: gapless, and visible in the order of the commits.
CREATE TABLE events (
    organization_id  TEXT NOT NULL REFERENCES organizations,
    position         BIGINT NOT NULL,
    id               TEXT NOT NULL,
    kind             TEXT NOT NULL,
    at               TIMESTAMPTZ NOT NULL,
    actor_id         TEXT,
    origin_client_id TEXT,
    customer_id      TEXT NOT NULL,         -- the card that shows it
    card_id          TEXT NOT NULL,         -- the card that changed
    card_version     BIGINT NOT NULL,
    subject_id       TEXT,
    recipients       TEXT NOT NULL,         -- JSON list of the users an attention is addressed to; [] means all
    changes          TEXT NOT NULL,         -- JSON list of {field, from, to}
    PRIMARY KEY (organization_id, position)
);
CREATE INDEX events_by_customer ON events (organization_id, customer_id, position);
CREATE INDEX events_by_card ON events (organization_id, card_id, position);
CREATE UNIQUE INDEX events_id ON events (organization_id, id);
CREATE INDEX events_of_attentions ON events (organization_id, position)
    WHERE kind IN ('ATTENTION_ADDED', 'ATTENTION_SEEN', 'ATTENTION_ACKNOWLEDGED', 'ATTENTION_REMOVED');

-- What search finds: one row for each card, its text folded by the program so that both engines agree.
CREATE TABLE search_entries (
    {{if .SQLite}}rowid INTEGER PRIMARY KEY,{{end}}
    organization_id TEXT NOT NULL,
    card_id         TEXT NOT NULL,
    type            TEXT NOT NULL,
    title           TEXT NOT NULL,
    subtitle        TEXT NOT NULL,
    title_key       TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    text            TEXT NOT NULL,
    archived        BOOLEAN NOT NULL,
    changed_at      TIMESTAMPTZ NOT NULL,
    {{if .Postgres}}PRIMARY KEY (organization_id, card_id){{else}}UNIQUE (organization_id, card_id){{end}}
);
CREATE INDEX search_entries_by_title ON search_entries (organization_id, title_key, card_id);
{{if .Postgres}}
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX search_entries_text ON search_entries USING gin (text gin_trgm_ops);
{{end}}
{{if .SQLite}}
CREATE VIRTUAL TABLE search_index USING fts5(text, content='search_entries', content_rowid='rowid', tokenize='trigram case_sensitive 1');
--bun:split
CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN
    INSERT INTO search_index (rowid, text) VALUES (new.rowid, new.text);
END;
--bun:split
CREATE TRIGGER search_entries_changed AFTER UPDATE OF text ON search_entries WHEN old.text <> new.text BEGIN
    INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.rowid, old.text);
    INSERT INTO search_index (rowid, text) VALUES (new.rowid, new.text);
END;
--bun:split
CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN
    INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.rowid, old.text);
END;
{{end}}
