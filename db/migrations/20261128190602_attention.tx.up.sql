-- Attentions can be changed, and say so in the log.

ALTER TABLE attentions ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE attentions ADD COLUMN updated_at TIMESTAMPTZ;
ALTER TABLE attentions ADD COLUMN updated_by TEXT;
DROP INDEX events_of_attentions;
CREATE INDEX events_of_attentions ON events (organization_id, position)
    WHERE kind IN ('ATTENTION_ADDED', 'ATTENTION_UPDATED', 'ATTENTION_SEEN', 'ATTENTION_ACKNOWLEDGED', 'ATTENTION_REMOVED');
