-- Which class a relation is of, how it was found, and its tags, a JSON list of values of the office's list. SQLite adds
-- no key of two columns to a table that is there, and no engine has one for lists: the verbs see to it.
ALTER TABLE customers ADD COLUMN classification TEXT;
--bun:split
ALTER TABLE customers ADD COLUMN classification_key TEXT NOT NULL DEFAULT ''{{if .Postgres}} COLLATE "C"{{end}};
--bun:split
ALTER TABLE customers ADD COLUMN source TEXT;
--bun:split
ALTER TABLE customers ADD COLUMN tag_ids TEXT;
--bun:split
CREATE INDEX customers_by_classification ON customers (organization_id, classification_key, name_key, id);
