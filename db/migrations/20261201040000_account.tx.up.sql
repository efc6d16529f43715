-- Accounts: where sessions come from, e-mails with a way in, second factors, and the log of access.
ALTER TABLE sessions ADD COLUMN client TEXT;                 -- what the client calls itself
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN last_used_at TIMESTAMPTZ;    -- null until somebody noted it
CREATE INDEX sessions_by_address ON sessions (organization_id, user_id, address, created_at);

ALTER TABLE organization_settings ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- An e-mail about an account: an invitation, a way to a new password, or a notice of what was changed. The token of the first two is made when the e-mail is handed
-- over, so that it stands nowhere but in the e-mail. A colleague has one of each kind at most.
CREATE TABLE account_mails (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    kind            TEXT NOT NULL CONSTRAINT account_mails_kind CHECK (kind IN ('INVITATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'SECOND_FACTOR_REMOVED')),
    language        TEXT NOT NULL,
    secret_hash     TEXT,                                    -- SHA-256 of the token; null until it is sent, and in notices
    expires_at      TIMESTAMPTZ NOT NULL,
    status          TEXT NOT NULL CONSTRAINT account_mails_status CHECK (status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED')),
    attempts        BIGINT NOT NULL,
    queued_by       TEXT,                                    -- null when nobody was signed in
    queued_at       TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ,
    lease_until     TIMESTAMPTZ,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users,
    FOREIGN KEY (organization_id, queued_by) REFERENCES users
);
CREATE UNIQUE INDEX account_mails_of_user ON account_mails (organization_id, user_id, kind);
CREATE UNIQUE INDEX account_mails_secret ON account_mails (secret_hash);
CREATE INDEX account_mails_waiting ON account_mails (queued_at, organization_id, id) WHERE status IN ('QUEUED', 'SENDING');

-- Who gave the right password and has still to show a second factor, or to choose one.
CREATE TABLE sign_in_challenges (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    step            TEXT NOT NULL CONSTRAINT sign_in_challenges_step CHECK (step IN ('CODE', 'ENROLMENT')),
    secret_hash     TEXT NOT NULL,
    wrong           BIGINT NOT NULL,                         -- codes so far
    created_at      TIMESTAMPTZ NOT NULL,
    expires_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX sign_in_challenges_secret ON sign_in_challenges (secret_hash);
CREATE INDEX sign_in_challenges_of_user ON sign_in_challenges (organization_id, user_id);

CREATE TABLE second_factors (
    organization_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    sealed          TEXT NOT NULL,                           -- the secret, encrypted
    last_step       BIGINT NOT NULL,                         -- the interval of the last code that was used
    created_at      TIMESTAMPTZ NOT NULL,
    confirmed_at    TIMESTAMPTZ,                             -- null until a code has shown that it works
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);

CREATE TABLE recovery_codes (
    organization_id TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    code_hash       TEXT NOT NULL,                           -- SHA-256; a code that was used is deleted
    PRIMARY KEY (organization_id, user_id, code_hash),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);

-- Who came in, was refused, or changed a way in. Unlike events these take no place in the order of changes.
CREATE TABLE access_events (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    kind            TEXT NOT NULL,
    at              TIMESTAMPTZ NOT NULL,
    last_at         TIMESTAMPTZ NOT NULL,
    times           BIGINT NOT NULL,
    user_id         TEXT NOT NULL,                           -- whom it is about
    actor_id        TEXT,                                    -- who did it; null when nobody was signed in
    address         TEXT,
    user_agent      TEXT,
    client          TEXT,
    changes         TEXT NOT NULL,                           -- JSON
    merge_key       TEXT{{if .Postgres}} COLLATE "C"{{end}}, -- what alike denials of one hour share
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX access_events_merged ON access_events (organization_id, merge_key);
CREATE INDEX access_events_by_user ON access_events (organization_id, user_id, id);
CREATE INDEX access_events_by_age ON access_events (last_at);
