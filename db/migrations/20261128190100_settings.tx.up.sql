-- What an office chooses for itself; one without a row has the usual settings.
CREATE TABLE organization_settings (
    organization_id  TEXT PRIMARY KEY REFERENCES organizations,
    version          BIGINT NOT NULL CONSTRAINT organization_settings_version CHECK (version >= 1),
    features_off     TEXT NOT NULL,          -- JSON list of the parts of the card that it does without
    strict_revert    BOOLEAN NOT NULL,
    allows_http_help BOOLEAN NOT NULL,
    g_account_iban   TEXT,
    updated_at       TIMESTAMPTZ,            -- null until the first change
    updated_by       TEXT,
    FOREIGN KEY (organization_id, updated_by) REFERENCES users
);
