-- What a colleague writes around a document that goes by e-mail; null where the e-mail says what it always says.
ALTER TABLE documents ADD COLUMN mail_subject TEXT;
--bun:split
ALTER TABLE documents ADD COLUMN mail_message TEXT;
