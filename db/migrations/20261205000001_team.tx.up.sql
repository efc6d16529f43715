-- Teams of colleagues, who may see one another's relations.
CREATE TABLE teams (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL CONSTRAINT teams_name CHECK (name <> ''),
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX teams_by_name ON teams (organization_id, name_key);

CREATE TABLE team_members (
    organization_id TEXT NOT NULL,
    team_id         TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    PRIMARY KEY (organization_id, team_id, user_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams,
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX team_members_by_user ON team_members (organization_id, user_id);
