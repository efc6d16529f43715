-- Files: what was uploaded or made. Their content lies outside the database, under store_key. The row comes
-- first and goes last, so that no content is ever forgotten; it shows once the content is whole.
CREATE TABLE files (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    state           TEXT NOT NULL CONSTRAINT files_state CHECK (state IN ('ARRIVING', 'LOOSE', 'ATTACHED', 'LEAVING')),
    since           TIMESTAMPTZ NOT NULL,   -- of the state
    name            TEXT NOT NULL CONSTRAINT files_name CHECK (name <> ''),
    mime_type       TEXT NOT NULL,
    size            BIGINT NOT NULL,        -- bytes
    sha256          TEXT NOT NULL,
    store_key       TEXT NOT NULL,
    uploaded_by     TEXT,
    uploaded_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, uploaded_by) REFERENCES users,
    CONSTRAINT files_whole CHECK (state IN ('ARRIVING', 'LEAVING') OR (size > 0 AND length(sha256) = 64))
);
CREATE UNIQUE INDEX files_by_key ON files (store_key);
CREATE INDEX files_to_sweep ON files (since, organization_id, id) WHERE state <> 'ATTACHED';

CREATE TABLE attachments (
    organization_id  TEXT NOT NULL,
    communication_id TEXT NOT NULL,
    ordinal          BIGINT NOT NULL,
    file_id          TEXT NOT NULL,
    PRIMARY KEY (organization_id, communication_id, ordinal),
    FOREIGN KEY (organization_id, communication_id) REFERENCES communications,
    FOREIGN KEY (organization_id, file_id) REFERENCES files
);
CREATE UNIQUE INDEX attachments_by_file ON attachments (organization_id, file_id, communication_id);
