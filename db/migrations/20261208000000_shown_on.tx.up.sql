-- The contacts, leads, requests and projects that an event is told of beside its own card: those that have the
-- communication it is about on their timelines.
ALTER TABLE events ADD COLUMN shown_on TEXT NOT NULL DEFAULT '[]';

-- Replay of such a card looks through those events alone.
CREATE INDEX events_shown_on ON events (organization_id, position) WHERE shown_on <> '[]';
