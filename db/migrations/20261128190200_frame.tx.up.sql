-- The frame that all cards share: revisions to go back to, the audit of an office, and selections to walk through.

-- Texts over 1,000 characters are cut off in `changes`, which is what streams carry. What was cut off is kept beside it.
ALTER TABLE events ADD COLUMN whole TEXT; -- the changes with all of their texts; null where nothing was cut off
--bun:split
-- A revision of a card: its own data changed. What hangs on the card has a subject.
CREATE INDEX events_revisions ON events (organization_id, card_id, position) WHERE subject_id IS NULL AND changes <> '[]';
--bun:split
CREATE INDEX events_by_actor ON events (organization_id, actor_id, position);
--bun:split
CREATE INDEX events_by_kind ON events (organization_id, kind, position);
--bun:split
CREATE INDEX events_by_moment ON events (organization_id, at, position);
--bun:split
CREATE TABLE selections (
    organization_id TEXT NOT NULL,
    id              TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    card_type       TEXT NOT NULL CONSTRAINT selections_card_type CHECK (card_type IN ('CUSTOMER', 'CONTACT', 'LEAD', 'REQUEST', 'PROJECT')),
    origin          TEXT,
    ordinal         BIGINT NOT NULL,        -- of the card that the walk is at
    created_at      TIMESTAMPTZ NOT NULL,
    used_at         TIMESTAMPTZ NOT NULL,   -- the one used last is the active one
    expires_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
--bun:split
CREATE INDEX selections_by_user ON selections (organization_id, user_id, used_at DESC, id DESC);
--bun:split
CREATE INDEX selections_by_end ON selections (organization_id, expires_at);
--bun:split
CREATE TABLE selection_cards (
    organization_id TEXT NOT NULL,
    selection_id    TEXT NOT NULL,
    ordinal         BIGINT NOT NULL,        -- from 1
    card_id         TEXT NOT NULL,
    PRIMARY KEY (organization_id, selection_id, ordinal),
    FOREIGN KEY (organization_id, selection_id) REFERENCES selections ON DELETE CASCADE
);
--bun:split
CREATE UNIQUE INDEX selection_cards_once ON selection_cards (organization_id, selection_id, card_id);
