-- An e-mail is filed once among the cards that a colleague sees, so that it may be on several.
DROP INDEX communications_message_id;
CREATE INDEX communications_message_id ON communications (organization_id, message_id);
