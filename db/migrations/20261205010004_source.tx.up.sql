-- How a relation was found, folded: the overview is filtered by it. What is there are texts of the office's list, of which
-- the folded form is known; of others, of an office without that list, the next change of the card makes it exact.
ALTER TABLE customers ADD COLUMN source_key TEXT NOT NULL DEFAULT ''{{if .Postgres}} COLLATE "C"{{end}};
--bun:split
UPDATE customers SET source_key = COALESCE((SELECT v.text_key FROM lookup_values AS v WHERE v.organization_id = customers.organization_id
    AND v.list = 'RELATION_SOURCE' AND v.text = customers.source), lower(customers.source)) WHERE source IS NOT NULL;
--bun:split
CREATE INDEX customers_by_source ON customers (organization_id, source_key, name_key, id);
