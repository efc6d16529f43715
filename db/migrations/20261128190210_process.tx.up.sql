-- Processes: what an office has defined, and how far each one is on a card.

CREATE TABLE process_templates (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL CONSTRAINT process_templates_name CHECK (name <> ''),
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    card_types      TEXT NOT NULL CONSTRAINT process_templates_types CHECK (card_types <> '[]'), -- JSON list
    steps           TEXT NOT NULL CONSTRAINT process_templates_steps CHECK (steps <> '[]'),      -- JSON list
    single_instance BOOLEAN NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT,
    updated_at      TIMESTAMPTZ NOT NULL,
    updated_by      TEXT,
    blocked_at      TIMESTAMPTZ,
    PRIMARY KEY (organization_id, id)
);
--bun:split
CREATE UNIQUE INDEX process_templates_by_name ON process_templates (organization_id, name_key);
--bun:split
CREATE TABLE processes (
    organization_id  TEXT NOT NULL,
    id               TEXT NOT NULL,
    template_id      TEXT NOT NULL,
    template_version BIGINT NOT NULL,
    name             TEXT NOT NULL,         -- of the template, when it started
    card_id          TEXT NOT NULL,
    customer_id      TEXT NOT NULL,
    single_instance  BOOLEAN NOT NULL,
    status           TEXT NOT NULL CONSTRAINT processes_status CHECK (status IN ('RUNNING', 'COMPLETED', 'CANCELLED')),
    started_at       TIMESTAMPTZ NOT NULL,
    started_by       TEXT,
    finished_at      TIMESTAMPTZ,
    finished_by      TEXT,
    cancel_reason    TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, template_id) REFERENCES process_templates,
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    CONSTRAINT processes_finished CHECK ((status = 'RUNNING') = (finished_at IS NULL)),
    CONSTRAINT processes_cancelled CHECK ((status = 'CANCELLED') = (cancel_reason IS NOT NULL))
);
--bun:split
CREATE INDEX processes_by_card ON processes (organization_id, card_id, started_at DESC, id DESC);
--bun:split
CREATE INDEX processes_running ON processes (organization_id, customer_id) WHERE status = 'RUNNING';
--bun:split
CREATE INDEX processes_by_template ON processes (organization_id, template_id);
--bun:split
CREATE UNIQUE INDEX processes_single ON processes (organization_id, template_id, card_id) WHERE single_instance AND status = 'RUNNING';
--bun:split
CREATE TABLE process_steps (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    process_id      TEXT NOT NULL,
    customer_id     TEXT NOT NULL,
    ordinal         BIGINT NOT NULL,
    key             TEXT NOT NULL,
    plan            TEXT NOT NULL,          -- JSON: the step as the template had it
    following       TEXT,                   -- the key of the step behind it; null at the end
    status          TEXT NOT NULL CONSTRAINT process_steps_status CHECK (status IN ('PENDING', 'OPEN', 'DONE', 'SKIPPED')),
    assignee_id     TEXT,
    assignee_role   TEXT,
    opened_at       TIMESTAMPTZ,
    due_on          TEXT,
    due_key         TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- due_on, or behind every day
    completed_at    TIMESTAMPTZ,
    completed_by    TEXT,
    outcome         TEXT,                   -- the key of what came of it
    note            TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, process_id) REFERENCES processes,
    FOREIGN KEY (organization_id, assignee_id) REFERENCES users,
    CONSTRAINT process_steps_opened CHECK (status <> 'OPEN' OR opened_at IS NOT NULL),
    CONSTRAINT process_steps_assigned CHECK (status <> 'OPEN' OR assignee_id IS NOT NULL OR assignee_role IS NOT NULL),
    CONSTRAINT process_steps_done CHECK (status <> 'DONE' OR completed_at IS NOT NULL)
);
--bun:split
CREATE UNIQUE INDEX process_steps_in_order ON process_steps (organization_id, process_id, ordinal);
--bun:split
-- One step of a process is open at a time.
CREATE UNIQUE INDEX process_steps_open ON process_steps (organization_id, process_id) WHERE status = 'OPEN';
--bun:split
CREATE INDEX process_steps_of_colleague ON process_steps (organization_id, due_key, id) WHERE status = 'OPEN';
--bun:split
ALTER TABLE communications ADD COLUMN process_id TEXT; -- of a workflow entry
