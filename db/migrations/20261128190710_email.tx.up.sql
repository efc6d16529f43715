-- E-mails that go out and come in: what their heads hold, and the spool.
ALTER TABLE communications ADD COLUMN mail_cc TEXT;                    -- JSON list
ALTER TABLE communications ADD COLUMN mail_bcc TEXT;                   -- JSON list
ALTER TABLE communications ADD COLUMN message_id TEXT;                 -- without angle brackets
ALTER TABLE communications ADD COLUMN in_reply_to TEXT;                -- a Message-ID, of any card or none
ALTER TABLE communications ADD COLUMN mail_references TEXT;            -- JSON list of Message-IDs
ALTER TABLE communications ADD COLUMN campaign BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE communications SET thread_id = id WHERE kind = 'EMAIL' AND thread_id IS NULL;
CREATE UNIQUE INDEX communications_message_id ON communications (organization_id, message_id);

-- An e-mail in the spool. Whoever sends it holds a lease; another server goes on when that is over.
CREATE TABLE outbox (
    organization_id  TEXT NOT NULL,
    communication_id TEXT NOT NULL,
    status           TEXT NOT NULL CONSTRAINT outbox_status CHECK (status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED')),
    attempts         BIGINT NOT NULL,
    queued_by        TEXT NOT NULL,
    queued_at        TIMESTAMPTZ NOT NULL,
    next_attempt_at  TIMESTAMPTZ,
    lease_until      TIMESTAMPTZ,
    fault            TEXT,
    finished_at      TIMESTAMPTZ,
    PRIMARY KEY (organization_id, communication_id),
    FOREIGN KEY (organization_id, communication_id) REFERENCES communications,
    FOREIGN KEY (organization_id, queued_by) REFERENCES users,
    CONSTRAINT outbox_due CHECK (status <> 'QUEUED' OR next_attempt_at IS NOT NULL),
    CONSTRAINT outbox_leased CHECK (status <> 'SENDING' OR lease_until IS NOT NULL),
    CONSTRAINT outbox_finished CHECK ((finished_at IS NOT NULL) = (status IN ('SENT', 'FAILED')))
);
CREATE INDEX outbox_waiting ON outbox (queued_at, organization_id, communication_id) WHERE status IN ('QUEUED', 'SENDING');
