-- How a contact likes to be spoken to is a value of the office's own list. SQLite adds no key of two columns to a
-- table that is there: triggers say the same, in the words of its own keys.
UPDATE contacts SET preferred_channel_id = NULL WHERE preferred_channel_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM lookup_values AS v WHERE v.organization_id = contacts.organization_id AND v.id = contacts.preferred_channel_id);
--bun:split
CREATE INDEX contacts_by_preferred_channel ON contacts (organization_id, preferred_channel_id) WHERE preferred_channel_id IS NOT NULL;
{{if .Postgres}}
--bun:split
ALTER TABLE contacts ADD CONSTRAINT contacts_preferred_channel FOREIGN KEY (organization_id, preferred_channel_id) REFERENCES lookup_values;
{{else}}
--bun:split
CREATE TRIGGER contacts_preferred_channel_added BEFORE INSERT ON contacts WHEN new.preferred_channel_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed') WHERE NOT EXISTS (
        SELECT 1 FROM lookup_values AS v WHERE v.organization_id = new.organization_id AND v.id = new.preferred_channel_id);
END;
--bun:split
CREATE TRIGGER contacts_preferred_channel_changed BEFORE UPDATE OF organization_id, preferred_channel_id ON contacts
WHEN new.preferred_channel_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed') WHERE NOT EXISTS (
        SELECT 1 FROM lookup_values AS v WHERE v.organization_id = new.organization_id AND v.id = new.preferred_channel_id);
END;
--bun:split
CREATE TRIGGER contacts_preferred_channel_kept BEFORE DELETE ON lookup_values BEGIN
    SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed') WHERE EXISTS (
        SELECT 1 FROM contacts AS c WHERE c.organization_id = old.organization_id AND c.preferred_channel_id = old.id);
END;
{{end}}
