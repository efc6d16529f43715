-- Each event is known to follow another: a node that keeps the log in memory notices by it that a log was restored.

ALTER TABLE organizations ADD COLUMN last_event TEXT;     -- the id of the event at position; null while unknown
--bun:split
ALTER TABLE organizations ADD COLUMN previous_event TEXT; -- the one before the last change, for its writer
