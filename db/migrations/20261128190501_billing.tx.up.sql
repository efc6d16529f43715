-- What was worked, spent or agreed on a project, and how far it is on its way to an invoice. The amount is the
-- quantity times the rate, rounded half up to cents.
CREATE TABLE billable_lines (
    organization_id    TEXT NOT NULL,
    id                 TEXT NOT NULL,
    version            BIGINT NOT NULL,
    customer_id        TEXT NOT NULL,       -- that of the project
    project_id         TEXT NOT NULL,
    nomination_id      TEXT,
    kind               TEXT NOT NULL CONSTRAINT billable_lines_kind CHECK (kind IN ('HOURS', 'EXPENSE', 'INSTALMENT', 'RECURRING')),
    type_id            TEXT,                -- an hour type or an expense type
    period_start       TEXT NOT NULL,
    period_end         TEXT NOT NULL,
    description        TEXT,
    quantity           BIGINT NOT NULL CONSTRAINT billable_lines_quantity CHECK (quantity BETWEEN 1 AND 1000000),      -- hundredths
    rate               BIGINT NOT NULL CONSTRAINT billable_lines_rate CHECK (rate BETWEEN 0 AND 1000000000),           -- cents
    amount             BIGINT NOT NULL CONSTRAINT billable_lines_amount CHECK (amount = (quantity * rate + 50) / 100), -- cents
    status             TEXT NOT NULL CONSTRAINT billable_lines_status CHECK (status IN ('OPEN', 'APPROVED', 'PROPOSED', 'INVOICED', 'WRITTEN_OFF')),
    billable           BOOLEAN NOT NULL,
    self_billing       BOOLEAN NOT NULL,
    approvals          TEXT NOT NULL,       -- JSON list
    approved_on        TEXT,
    proposed_on        TEXT,
    proposal_number    TEXT,
    invoiced_on        TEXT,
    invoice_number     TEXT,
    written_off_on     TEXT,
    written_off_reason TEXT,
    created_at         TIMESTAMPTZ NOT NULL,
    created_by         TEXT,
    updated_at         TIMESTAMPTZ NOT NULL,
    updated_by         TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, project_id) REFERENCES engagements,
    FOREIGN KEY (organization_id, nomination_id) REFERENCES nominations,
    FOREIGN KEY (organization_id, type_id) REFERENCES lookup_values,
    CONSTRAINT billable_lines_period CHECK (period_end >= period_start),
    CONSTRAINT billable_lines_hours CHECK (kind <> 'HOURS' OR nomination_id IS NOT NULL),
    CONSTRAINT billable_lines_approved CHECK (status NOT IN ('APPROVED', 'PROPOSED', 'INVOICED') OR approved_on IS NOT NULL),
    CONSTRAINT billable_lines_proposed CHECK (status NOT IN ('PROPOSED', 'INVOICED') OR (proposed_on IS NOT NULL AND proposal_number IS NOT NULL)),
    CONSTRAINT billable_lines_invoiced CHECK ((status = 'INVOICED') = (invoiced_on IS NOT NULL) AND (status = 'INVOICED') = (invoice_number IS NOT NULL)),
    CONSTRAINT billable_lines_written_off CHECK ((status = 'WRITTEN_OFF') = (written_off_on IS NOT NULL) AND (status = 'WRITTEN_OFF') = (written_off_reason IS NOT NULL)),
    CONSTRAINT billable_lines_not_billable CHECK (billable OR status NOT IN ('PROPOSED', 'INVOICED'))
);
CREATE INDEX billable_lines_of_project ON billable_lines (organization_id, project_id, period_start, id);
CREATE INDEX billable_lines_of_customer ON billable_lines (organization_id, customer_id, project_id);
-- What is still to be invoiced is little beside what was: this index holds just that.
CREATE INDEX billable_lines_uninvoiced ON billable_lines (organization_id, customer_id, project_id)
    WHERE billable AND status IN ('OPEN', 'APPROVED', 'PROPOSED');
CREATE INDEX billable_lines_by_proposal ON billable_lines (organization_id, proposal_number) WHERE proposal_number IS NOT NULL;
