-- Leads, requests and projects with all their fields, and nominations that move. SQLite adds no key of two columns
-- to a table: there the verbs alone say that a colleague and a value are the office's own. Neither is ever deleted.

ALTER TABLE engagements ADD COLUMN owner_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN source_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN priority TEXT CONSTRAINT engagements_priority CHECK (priority IN ('LOW', 'NORMAL', 'HIGH'));
--bun:split
ALTER TABLE engagements ADD COLUMN requested_function_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN project_type_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN hours_guardian_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN invoice_guardian_id TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN budget_hours BIGINT CONSTRAINT engagements_budget_hours CHECK (budget_hours >= 0);    -- hundredths
--bun:split
ALTER TABLE engagements ADD COLUMN budget_amount BIGINT CONSTRAINT engagements_budget_amount CHECK (budget_amount >= 0); -- cents
--bun:split
ALTER TABLE engagements ADD COLUMN cost_centre TEXT;
--bun:split
ALTER TABLE engagements ADD COLUMN closed_reason_id TEXT; -- closed_reason is its text as it was when it was chosen
--bun:split
ALTER TABLE engagements ADD COLUMN closed_remark TEXT;
--bun:split
-- A last day was agreed: from the day after, the project is over without anyone saying so.
ALTER TABLE engagements ADD COLUMN end_settled BOOLEAN NOT NULL DEFAULT FALSE
    CONSTRAINT engagements_end_settled CHECK (NOT end_settled OR (phase = 'PROJECT' AND end_on IS NOT NULL));
--bun:split
CREATE INDEX engagements_of_office ON engagements (organization_id, phase_since DESC, id DESC);
--bun:split
CREATE INDEX engagements_by_close ON engagements (organization_id, (COALESCE(expected_close_on, '9999-12-31')), id);
--bun:split
CREATE INDEX engagements_by_value ON engagements (organization_id, (COALESCE(expected_value, -1)), id);
--bun:split
CREATE INDEX engagements_by_handler ON engagements (organization_id, handler_id, phase_since DESC, id DESC);
--bun:split
{{if .Postgres}}
ALTER TABLE engagements
    ADD FOREIGN KEY (organization_id, owner_id) REFERENCES users,
    ADD FOREIGN KEY (organization_id, hours_guardian_id) REFERENCES users,
    ADD FOREIGN KEY (organization_id, invoice_guardian_id) REFERENCES users,
    ADD FOREIGN KEY (organization_id, source_id) REFERENCES lookup_values,
    ADD FOREIGN KEY (organization_id, requested_function_id) REFERENCES lookup_values,
    ADD FOREIGN KEY (organization_id, project_type_id) REFERENCES lookup_values,
    ADD FOREIGN KEY (organization_id, closed_reason_id) REFERENCES lookup_values,
    ADD CONSTRAINT engagements_hours CHECK (hours_per_week BETWEEN 50 AND 6000),
    ADD CONSTRAINT engagements_rates CHECK (rate_max >= rate_min),
    ADD CONSTRAINT engagements_value CHECK (expected_value >= 0);
--bun:split
ALTER TABLE nominations
    DROP CONSTRAINT nominations_status,
    ADD CONSTRAINT nominations_status CHECK (status IN ('PROPOSED', 'INTERVIEW', 'SELECTED', 'REJECTED', 'WITHDRAWN', 'ACTIVE', 'ENDED')),
    ADD COLUMN version BIGINT NOT NULL DEFAULT 1,
    ADD COLUMN name_key TEXT NOT NULL DEFAULT '',         -- folded, to find the same person elsewhere
    ADD COLUMN hour_type_ids TEXT NOT NULL DEFAULT '[]',  -- JSON list
    ADD COLUMN expense_type_ids TEXT NOT NULL DEFAULT '[]',
    ADD COLUMN remark TEXT,
    ADD CONSTRAINT nominations_named CHECK (name <> ''),
    ADD CONSTRAINT nominations_rate CHECK (hourly_rate >= 0),
    ADD CONSTRAINT nominations_term CHECK (end_on >= start_on);
--bun:split
{{else}}
CREATE TABLE nominations_anew (
    organization_id  TEXT NOT NULL,
    id               TEXT NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    engagement_id    TEXT NOT NULL,
    kind             TEXT NOT NULL CONSTRAINT nominations_kind CHECK (kind IN ('PERSON', 'ACTIVITY_GROUP', 'BUDGET_GROUP')),
    name             TEXT NOT NULL CONSTRAINT nominations_named CHECK (name <> ''),
    name_key         TEXT NOT NULL DEFAULT '',
    hourly_rate      BIGINT CONSTRAINT nominations_rate CHECK (hourly_rate >= 0),
    start_on         TEXT,
    end_on           TEXT,
    hour_type_ids    TEXT NOT NULL DEFAULT '[]',
    expense_type_ids TEXT NOT NULL DEFAULT '[]',
    status           TEXT NOT NULL CONSTRAINT nominations_status
        CHECK (status IN ('PROPOSED', 'INTERVIEW', 'SELECTED', 'REJECTED', 'WITHDRAWN', 'ACTIVE', 'ENDED')),
    remark           TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, engagement_id) REFERENCES engagements,
    CONSTRAINT nominations_term CHECK (end_on >= start_on)
);
--bun:split
INSERT INTO nominations_anew (organization_id, id, engagement_id, kind, name, hourly_rate, start_on, end_on, status)
    SELECT organization_id, id, engagement_id, kind, name, hourly_rate, start_on, end_on, status FROM nominations;
--bun:split
DROP TABLE nominations;
--bun:split
ALTER TABLE nominations_anew RENAME TO nominations;
--bun:split
CREATE INDEX nominations_by_engagement ON nominations (organization_id, engagement_id, id);
--bun:split
{{end}}
UPDATE nominations SET name_key = lower(name);
--bun:split
CREATE INDEX nominations_by_person ON nominations (organization_id, name_key);
