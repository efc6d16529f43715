-- Reports: what the office configured, what was asked for, and the files that came of it.

CREATE TABLE reports (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    card_type       TEXT NOT NULL CONSTRAINT reports_card_type CHECK (card_type IN ('CUSTOMER', 'REQUEST', 'PROJECT')),
    name            TEXT NOT NULL CONSTRAINT reports_named CHECK (name <> ''),
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    description     TEXT,
    columns         TEXT NOT NULL CONSTRAINT reports_columns CHECK (columns <> '[]'), -- JSON list of keys
    filter          TEXT NOT NULL,          -- JSON
    order_by        TEXT NOT NULL,          -- JSON list of {column, direction}
    roles           TEXT NOT NULL CONSTRAINT reports_roles CHECK (roles <> '[]'),     -- JSON list
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT,
    updated_at      TIMESTAMPTZ NOT NULL,
    updated_by      TEXT,
    archived_at     TIMESTAMPTZ,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX reports_name ON reports (organization_id, card_type, name_key) WHERE archived_at IS NULL;
CREATE INDEX reports_by_name ON reports (organization_id, card_type, name_key, id);

CREATE TABLE report_runs (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,        -- rises with everything that is shown of the run
    report_id       TEXT NOT NULL,
    name            TEXT NOT NULL,          -- of the report, when it was asked for
    scope           TEXT NOT NULL CONSTRAINT report_runs_scope CHECK (scope IN ('CURRENT_CARD', 'SELECTION', 'ALL')),
    cards           TEXT NOT NULL,          -- JSON list of ids; [] where the scope is not a list
    overview        TEXT,                   -- JSON
    format          TEXT NOT NULL CONSTRAINT report_runs_format CHECK (format IN ('CSV', 'XLSX', 'PDF')),
    language        TEXT NOT NULL,          -- of who asked
    status          TEXT NOT NULL CONSTRAINT report_runs_status CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    done            BIGINT NOT NULL,
    total           BIGINT,
    fault           TEXT,                   -- the code of why it failed
    file_name       TEXT,
    file_size       BIGINT,
    requested_by    TEXT NOT NULL,
    requested_at    TIMESTAMPTZ NOT NULL,
    started_at      TIMESTAMPTZ,
    finished_at     TIMESTAMPTZ,
    attempt         BIGINT NOT NULL,        -- who began last; a server that lost the run writes nothing any more
    interruptions   BIGINT NOT NULL,        -- how often the server that made it died
    lease_until     TIMESTAMPTZ,            -- until when the server that makes it need not show itself
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, report_id) REFERENCES reports,
    FOREIGN KEY (organization_id, requested_by) REFERENCES users,
    CONSTRAINT report_runs_file CHECK ((status = 'DONE') = (file_name IS NOT NULL) AND (status = 'DONE') = (file_size IS NOT NULL)),
    CONSTRAINT report_runs_fault CHECK ((status = 'FAILED') = (fault IS NOT NULL)),
    CONSTRAINT report_runs_lease CHECK ((status = 'RUNNING') = (lease_until IS NOT NULL)),
    CONSTRAINT report_runs_finished CHECK ((status IN ('DONE', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL))
);
CREATE INDEX report_runs_by_user ON report_runs (organization_id, requested_by, id DESC);
-- The queue of the whole installation, and what has been kept long enough.
CREATE INDEX report_runs_waiting ON report_runs (requested_at, id) WHERE status IN ('QUEUED', 'RUNNING');
CREATE INDEX report_runs_finished ON report_runs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE report_chunks (
    organization_id TEXT NOT NULL,
    run_id          TEXT NOT NULL,
    attempt         BIGINT NOT NULL,
    ordinal         BIGINT NOT NULL,
    content         {{if .Postgres}}BYTEA{{else}}BLOB{{end}} NOT NULL,
    PRIMARY KEY (organization_id, run_id, attempt, ordinal),
    FOREIGN KEY (organization_id, run_id) REFERENCES report_runs ON DELETE CASCADE
);
