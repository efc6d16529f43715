-- Which campaign a lead, request or project came from. SQLite adds no key of two columns to a table that is there: the verbs
-- see to it, and campaigns stay.
ALTER TABLE engagements ADD COLUMN campaign_id TEXT;
--bun:split
CREATE INDEX engagements_by_campaign ON engagements (organization_id, campaign_id, phase, status) WHERE campaign_id IS NOT NULL;
