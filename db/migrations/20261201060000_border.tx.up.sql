{{if .Postgres}}
-- Row level security keeps LIKE from an index: it might tell of rows that it was not to see. So the texts
-- that search looks through stand apart, without that lock and without anything to read but what was searched
-- for; whatever is shown of a card comes from search_entries, which has it.
CREATE TABLE search_texts (
    organization_id TEXT NOT NULL,
    card_id         TEXT NOT NULL,
    text            TEXT NOT NULL,
    PRIMARY KEY (organization_id, card_id),
    FOREIGN KEY (organization_id, card_id) REFERENCES search_entries (organization_id, card_id) ON DELETE CASCADE
);
INSERT INTO search_texts (organization_id, card_id, text) SELECT organization_id, card_id, text FROM search_entries;
DROP INDEX search_entries_text;
CREATE INDEX search_texts_text ON search_texts USING gin (text gin_trgm_ops);
--bun:split
CREATE FUNCTION keep_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_texts (organization_id, card_id, text) VALUES (new.organization_id, new.card_id, new.text)
    ON CONFLICT (organization_id, card_id) DO UPDATE SET text = EXCLUDED.text WHERE search_texts.text <> EXCLUDED.text;
    RETURN NULL;
END $$;
--bun:split
CREATE TRIGGER search_entries_text AFTER INSERT OR UPDATE ON search_entries FOR EACH ROW EXECUTE FUNCTION keep_search_text();
{{end}}
