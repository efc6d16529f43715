-- What was done under the idempotency keys of clients, for a day.
CREATE TABLE changes_made (
    organization_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    key             TEXT NOT NULL,
    request         TEXT NOT NULL,          -- SHA-256 of the mutation with its input
    at              TIMESTAMPTZ NOT NULL,
    last_event_id   TEXT,                   -- null when nothing was logged
    answer          TEXT NOT NULL,          -- JSON; of what has an id the id alone
    PRIMARY KEY (organization_id, user_id, key),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX changes_made_by_age ON changes_made (at);
