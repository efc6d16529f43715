-- What a contact moment has beside its text: who changed it, who follows it up, and what a calendar wants to know.
ALTER TABLE communications ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE communications ADD COLUMN updated_at TIMESTAMPTZ;          -- null as long as it is as it was recorded
ALTER TABLE communications ADD COLUMN updated_by TEXT;
ALTER TABLE communications ADD COLUMN type_id TEXT;                    -- a lookup value
ALTER TABLE communications ADD COLUMN body_html TEXT;                  -- harmless marks only
ALTER TABLE communications ADD COLUMN follow_up_user_id TEXT CONSTRAINT communications_follow_up_user CHECK (follow_up_user_id IS NULL OR follow_up_on IS NOT NULL);
ALTER TABLE communications ADD COLUMN follow_up_done_at TIMESTAMPTZ CONSTRAINT communications_follow_up_done CHECK (follow_up_done_at IS NULL OR follow_up_on IS NOT NULL);
ALTER TABLE communications ADD COLUMN follow_up_done_by TEXT;
ALTER TABLE communications ADD COLUMN remind_at TIMESTAMPTZ CONSTRAINT communications_reminder CHECK (remind_at <= at);
ALTER TABLE communications ADD COLUMN cancel_reason TEXT CONSTRAINT communications_cancelled CHECK (cancel_reason IS NULL OR status = 'CANCELLED');
ALTER TABLE communications ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;  -- how often a calendar entry changed
UPDATE communications SET follow_up_user_id = author_id WHERE follow_up_on IS NOT NULL;
-- What is still to be followed up, and what is still to come.
CREATE INDEX communications_follow_ups ON communications (organization_id, follow_up_user_id, follow_up_on, id)
    WHERE follow_up_on IS NOT NULL AND follow_up_done_at IS NULL;
CREATE INDEX communications_agenda ON communications (organization_id, at, id) WHERE kind = 'APPOINTMENT' AND status = 'PLANNED';

CREATE TABLE communication_attendees (
    organization_id  TEXT NOT NULL,
    communication_id TEXT NOT NULL,
    ordinal          BIGINT NOT NULL,
    user_id          TEXT NOT NULL,
    PRIMARY KEY (organization_id, communication_id, ordinal),
    FOREIGN KEY (organization_id, communication_id) REFERENCES communications,
    FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE UNIQUE INDEX communication_attendees_of_user ON communication_attendees (organization_id, user_id, communication_id);
