-- What duplicates are found by: the host of the website, without www, and the postcode alone.
ALTER TABLE customers ADD COLUMN website_domain TEXT;
{{if .Postgres}}
UPDATE customers SET website_domain = regexp_replace(lower(substring(website FROM '^[A-Za-z]+://([^/:?#]+)')), '^www\.', '') WHERE website IS NOT NULL;
{{else}}
UPDATE customers SET website_domain = lower(substr(website, instr(website, '://') + 3)) WHERE website IS NOT NULL;
UPDATE customers SET website_domain = substr(website_domain, 1, instr(website_domain || '/', '/') - 1) WHERE website_domain IS NOT NULL;
UPDATE customers SET website_domain = substr(website_domain, 5) WHERE website_domain LIKE 'www.%';
{{end}}
CREATE INDEX customers_by_website ON customers (organization_id, website_domain);
CREATE INDEX customers_by_postcode ON customers (organization_id, postcode);
