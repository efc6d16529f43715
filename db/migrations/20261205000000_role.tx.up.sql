-- Roles that offices make of rights. A colleague without one has the rights that come with the kind of role.
CREATE TABLE roles (
    organization_id TEXT NOT NULL REFERENCES organizations,
    id              TEXT NOT NULL,
    version         BIGINT NOT NULL,
    name            TEXT NOT NULL CONSTRAINT roles_name CHECK (name <> ''),
    name_key        TEXT NOT NULL{{if .Postgres}} COLLATE "C"{{end}},
    kind            TEXT NOT NULL CONSTRAINT roles_kind CHECK (kind IN ('ADMIN', 'COLLEAGUE', 'READ_ONLY')),
    rights          TEXT NOT NULL,          -- JSON list
    scope           TEXT NOT NULL CONSTRAINT roles_scope CHECK (scope IN ('ALL', 'TEAM', 'MINE')),
    created_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX roles_by_name ON roles (organization_id, name_key);

ALTER TABLE users ADD COLUMN role_id TEXT;
CREATE INDEX users_of_role ON users (organization_id, role_id) WHERE role_id IS NOT NULL;

-- Whose cards they are, for those who see their own alone.
CREATE INDEX customers_of_manager ON customers (organization_id, account_manager_id);
CREATE INDEX engagements_of_handler ON engagements (organization_id, handler_id) WHERE handler_id IS NOT NULL;
CREATE INDEX engagements_of_leader ON engagements (organization_id, project_leader_id) WHERE project_leader_id IS NOT NULL;
