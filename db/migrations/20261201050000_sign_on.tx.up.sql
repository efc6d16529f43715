-- Providers of OpenID Connect, and which account of theirs is which colleague. Secrets of clients are not here.

CREATE TABLE identity_providers (
    organization_id  TEXT NOT NULL REFERENCES organizations,
    id               TEXT NOT NULL,
    version          BIGINT NOT NULL,
    name             TEXT NOT NULL CONSTRAINT identity_providers_name CHECK (name <> ''),
    issuer           TEXT NOT NULL CONSTRAINT identity_providers_issuer CHECK (issuer <> ''),
    client_id        TEXT NOT NULL CONSTRAINT identity_providers_client CHECK (client_id <> ''),
    api_audience     TEXT,
    domains          TEXT NOT NULL,          -- JSON
    provisions       BOOLEAN NOT NULL,
    default_role     TEXT CONSTRAINT identity_providers_default_role CHECK (default_role IN ('COLLEAGUE', 'READ_ONLY')),
    groups_claim     TEXT NOT NULL,
    group_roles      TEXT NOT NULL,          -- JSON
    allows_passwords BOOLEAN NOT NULL,
    enabled          BOOLEAN NOT NULL,
    cookie_key       TEXT NOT NULL,          -- signs what a browser keeps while it is at the provider
    created_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    CONSTRAINT identity_providers_audience CHECK (api_audience <> client_id)
);
CREATE UNIQUE INDEX identity_providers_by_id ON identity_providers (id);
CREATE INDEX identity_providers_by_issuer ON identity_providers (issuer, api_audience);

CREATE TABLE identity_links (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    provider_id     TEXT NOT NULL,
    subject         TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    valid_from      TIMESTAMPTZ NOT NULL,    -- bearer tokens from before are over
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, provider_id) REFERENCES identity_providers,
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX identity_links_by_subject ON identity_links (organization_id, provider_id, subject);
CREATE UNIQUE INDEX identity_links_by_user ON identity_links (organization_id, provider_id, user_id);
CREATE INDEX identity_links_of_user ON identity_links (organization_id, user_id);
