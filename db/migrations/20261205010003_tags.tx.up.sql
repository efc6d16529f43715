-- Which relations bear a tag, found from the tag: kept in line with customers.tag_ids by the database itself, so that
-- whatever writes a relation need not think of it. The list stays where it is, with its order and its place in the log.
CREATE TABLE customer_tags (
    organization_id TEXT NOT NULL,
    tag_id          TEXT NOT NULL,
    customer_id     TEXT NOT NULL,
    PRIMARY KEY (organization_id, tag_id, customer_id),
    FOREIGN KEY (organization_id, tag_id) REFERENCES lookup_values,
    FOREIGN KEY (organization_id, customer_id) REFERENCES customers ON DELETE CASCADE
);
CREATE INDEX customer_tags_of_customer ON customer_tags (organization_id, customer_id);
{{if .Postgres}}
INSERT INTO customer_tags (organization_id, tag_id, customer_id)
    SELECT v.organization_id, v.id, c.id FROM customers AS c CROSS JOIN LATERAL json_array_elements_text(c.tag_ids::json) AS t (id)
    JOIN lookup_values AS v ON v.organization_id = c.organization_id AND v.id = t.id WHERE c.tag_ids IS NOT NULL;
--bun:split
CREATE FUNCTION keep_customer_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM customer_tags WHERE organization_id = new.organization_id AND customer_id = new.id;
    IF new.tag_ids IS NOT NULL THEN
        INSERT INTO customer_tags (organization_id, tag_id, customer_id)
            SELECT new.organization_id, t.id, new.id FROM json_array_elements_text(new.tag_ids::json) AS t (id);
    END IF;
    RETURN NULL;
END $$;
--bun:split
CREATE TRIGGER customers_tags_given AFTER INSERT ON customers FOR EACH ROW WHEN (new.tag_ids IS NOT NULL) EXECUTE FUNCTION keep_customer_tags();
--bun:split
CREATE TRIGGER customers_tags_changed AFTER UPDATE ON customers FOR EACH ROW WHEN (old.tag_ids IS DISTINCT FROM new.tag_ids) EXECUTE FUNCTION keep_customer_tags();
{{end}}
{{if .SQLite}}
INSERT INTO customer_tags (organization_id, tag_id, customer_id)
    SELECT v.organization_id, v.id, c.id FROM customers AS c, json_each(c.tag_ids) AS t
    JOIN lookup_values AS v ON v.organization_id = c.organization_id AND v.id = t.value WHERE c.tag_ids IS NOT NULL;
--bun:split
CREATE TRIGGER customers_tags_given AFTER INSERT ON customers WHEN new.tag_ids IS NOT NULL BEGIN
    INSERT INTO customer_tags (organization_id, tag_id, customer_id) SELECT new.organization_id, t.value, new.id FROM json_each(new.tag_ids) AS t;
END;
--bun:split
CREATE TRIGGER customers_tags_changed AFTER UPDATE ON customers WHEN old.tag_ids IS NOT new.tag_ids BEGIN
    DELETE FROM customer_tags WHERE organization_id = new.organization_id AND customer_id = new.id;
    INSERT INTO customer_tags (organization_id, tag_id, customer_id) SELECT new.organization_id, t.value, new.id FROM json_each(new.tag_ids) AS t WHERE new.tag_ids IS NOT NULL;
END;
{{end}}
