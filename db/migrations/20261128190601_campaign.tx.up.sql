-- Campaigns over many relations, who is in them, and the goals at one relation.

CREATE TABLE campaigns (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL CONSTRAINT campaigns_name CHECK (name <> ''),
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},  -- folded
    type_id         TEXT,
    start_on        TEXT NOT NULL,
    end_on          TEXT,
    ended_at        TIMESTAMPTZ,
    expected_yield  BIGINT CONSTRAINT campaigns_yield CHECK (expected_yield >= 0),  -- cents
    budget          BIGINT CONSTRAINT campaigns_budget CHECK (budget >= 0),         -- cents
    owner_id        TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, type_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, owner_id) REFERENCES users,
    CONSTRAINT campaigns_term CHECK (end_on >= start_on)
);
CREATE UNIQUE INDEX campaigns_by_name ON campaigns (organization_id, name_key);
CREATE INDEX campaigns_by_start ON campaigns (organization_id, start_on DESC, id DESC);

CREATE TABLE campaign_memberships (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    campaign_id     TEXT NOT NULL,
    customer_id     TEXT NOT NULL,
    contact_id      TEXT,
    status          TEXT NOT NULL CONSTRAINT campaign_memberships_status CHECK (status IN ('PLANNED', 'CONTACTED', 'RESPONDED', 'CONVERTED', 'DECLINED')),
    result          TEXT,
    responded_at    TIMESTAMPTZ,
    added_at        TIMESTAMPTZ NOT NULL,
    added_by        TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, campaign_id) REFERENCES campaigns,
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts,
    CONSTRAINT campaign_memberships_responded CHECK ((status IN ('RESPONDED', 'CONVERTED', 'DECLINED')) = (responded_at IS NOT NULL)),
    CONSTRAINT campaign_memberships_result CHECK (result IS NULL OR responded_at IS NOT NULL)
);
CREATE UNIQUE INDEX campaign_memberships_once ON campaign_memberships (organization_id, campaign_id, customer_id);
CREATE INDEX campaign_memberships_of_campaign ON campaign_memberships (organization_id, campaign_id, added_at DESC, id DESC);
CREATE INDEX campaign_memberships_of_customer ON campaign_memberships (organization_id, customer_id, added_at DESC, id DESC);
CREATE INDEX campaign_memberships_of_contact ON campaign_memberships (organization_id, contact_id);

CREATE TABLE acquisition_goals (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    customer_id     TEXT NOT NULL,
    title           TEXT NOT NULL CONSTRAINT acquisition_goals_title CHECK (title <> ''),
    kind_id         TEXT,
    owner_id        TEXT,
    due_on          TEXT,
    next_action     TEXT,
    next_action_on  TEXT,
    status          TEXT NOT NULL CONSTRAINT acquisition_goals_status CHECK (status IN ('OPEN', 'ACHIEVED', 'MISSED', 'DROPPED')),
    result          TEXT,
    closed_at       TIMESTAMPTZ,
    closed_by       TEXT,
    created_on      TEXT NOT NULL,          -- the day where the office is
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      TEXT,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers,
    FOREIGN KEY (organization_id, kind_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, owner_id) REFERENCES users,
    CONSTRAINT acquisition_goals_due CHECK (due_on >= created_on),
    CONSTRAINT acquisition_goals_closed CHECK ((status = 'OPEN') = (closed_at IS NULL) AND (status = 'OPEN') = (result IS NULL))
);
CREATE INDEX acquisition_goals_of_customer ON acquisition_goals (organization_id, customer_id, created_at DESC, id DESC);
